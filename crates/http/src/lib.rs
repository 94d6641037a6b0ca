//! The HTTP surface: who asks, what comes in, what goes out, and the document of it all.
//!
//! It holds no rule and no query. A handler takes inputs, converts them to domain types, calls a
//! use case and converts what it returns.
#![cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the resources that use the core come next"))]

mod code;
mod extract;
mod idempotency;
mod language;
mod layers;
pub mod openapi;
mod paging;
mod problem;
pub mod token;

pub use layers::Limits;

#[cfg(test)]
mod tests;
