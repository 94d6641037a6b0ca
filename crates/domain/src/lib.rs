//! The rules of medical travel: what a case is, what may happen to it, and who may do it.
//!
//! This crate decides and cannot touch the outside: no storage, no transport, no clock of its own
//! and no randomness. What it needs from outside it names as a port ([`time::Clock`], [`ids::Ids`]).

pub mod assessments;
pub mod cases;
pub mod confirmations;
pub mod consents;
pub mod discharge;
pub mod hospitals;
pub mod ids;
pub mod information;
pub mod interpreters;
pub mod matching;
pub mod money;
pub mod notes;
pub mod paging;
pub mod patients;
pub mod policy;
pub mod quotes;
pub mod referrals;
pub mod refusal;
pub mod reports;
pub mod reviews;
pub mod sensitive;
pub mod surgery;
pub mod tasks;
pub mod text;
pub mod time;
pub mod users;
pub mod vocabulary;
