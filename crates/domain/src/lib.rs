//! The rules of medical travel: what a case is, what may happen to it, and who may do it.
//!
//! This crate decides and cannot touch the outside: no storage, no transport, no clock of its own
//! and no randomness. What it needs from outside it names as a port ([`time::Clock`], [`ids::Ids`]).

pub mod access_reviews;
pub mod approvals;
pub mod assessments;
pub mod cases;
pub mod clients;
pub mod confirmations;
pub mod consents;
pub mod delegations;
pub mod discharge;
pub mod erasure;
pub mod grants;
pub mod hospitals;
pub mod ids;
pub mod information;
pub mod interpreters;
pub mod links;
pub mod mail;
pub mod matching;
pub mod merging;
pub mod money;
pub mod notes;
pub mod off_boarding;
pub mod paging;
pub mod passwords;
pub mod patients;
pub mod policy;
pub mod quotes;
pub mod referrals;
pub mod refusal;
pub mod reports;
pub mod reviews;
pub mod roles;
pub mod second_factor;
pub mod sensitive;
pub mod sessions;
pub mod surgery;
pub mod tasks;
pub mod teams;
pub mod text;
pub mod throttling;
pub mod time;
pub mod users;
pub mod vocabulary;
