//! Use cases: what the product does. Each authorizes, transacts and records.

pub mod refused;

pub use refused::Refused;
