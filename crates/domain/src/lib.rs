//! The rules of medical travel: what a case is, what may happen to it, and who may do it.
//!
//! This crate decides and cannot touch the outside: no storage, no transport, no clock of its own
//! and no randomness. What it needs from outside it names as a port ([`time::Clock`], [`ids::Ids`]).

pub mod cases;
pub mod ids;
pub mod paging;
pub mod policy;
pub mod refusal;
pub mod sensitive;
pub mod time;
pub mod vocabulary;
