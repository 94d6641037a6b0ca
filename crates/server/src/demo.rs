//! The demonstration: a fresh embedded database, seeded, and one patient's whole journey through the API.

mod client;

use crate::config::Config;

/// What happens after the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The process ends.
    End,
    /// The server goes on, for people to look around.
    Serve,
}

/// Runs the demonstration.
///
/// # Errors
/// When any step of the journey fails.
pub async fn run(_config: &Config, _after: After) -> anyhow::Result<()> {
    client::Person::sign_in("", "", "").await.map(|_| ())
}
