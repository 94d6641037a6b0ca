//! The `rafiq` binary: reads the arguments, runs one command and turns its result into an exit code.

use clap::Parser as _;
use rafiq_server::commands::{self, Cli};
use std::io::Write as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to tell when the error stream itself is gone.
            let _ = writeln!(std::io::stderr(), "rafiq: {error:#}");
            ExitCode::FAILURE
        }
    }
}
