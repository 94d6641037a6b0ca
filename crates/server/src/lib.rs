//! The process around the product: configuration, telemetry, the listener and the command line.
//!
//! It knows how Rafiq is started, fed and stopped. It holds no rule of the business and no query:
//! a line that could be called from a request handler belongs in `rafiq-app`.

pub mod assembly;
pub mod commands;
pub mod config;
pub mod demo;
mod folder;
mod keys;
pub mod mail;
pub mod serve;
pub mod telemetry;
mod vault;
pub mod worker;
