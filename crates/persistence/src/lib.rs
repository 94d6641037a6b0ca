//! Storage: the pool, the unit of work, and one module of functions for each aggregate.
//!
//! Domain types go in and come out; rows and the database library stay inside. Reads take
//! [`store::Reader`], writes take an open [`store::Tx`] and a
//! [`Permitted`](rafiq_domain::policy::Permitted) value, and only [`store::Store::write`] opens a unit.

pub mod access_reviews;
pub mod approvals;
pub mod assessments;
pub mod audit;
pub mod bookings;
pub mod case_files;
pub mod cases;
pub mod clearances;
pub mod clients;
mod column;
pub mod complications;
pub mod confirmations;
pub mod consents;
pub mod delegations;
pub mod devices;
pub mod discharges;
mod entity;
pub mod erasure;
pub mod error;
pub mod grants;
pub mod hospitals;
pub mod idempotency;
pub mod information;
pub mod installation;
pub mod interpreters;
pub mod legal_holds;
pub mod links;
pub mod mails;
pub mod merging;
pub mod notes;
pub mod numbers;
pub mod passkeys;
pub mod passwords;
pub mod patients;
pub mod procedures;
pub mod quotes;
pub mod referrals;
pub mod reports;
pub mod reviews;
pub mod roles;
mod row;
pub mod second_factors;
pub mod sessions;
pub mod store;
pub mod tasks;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttles;
pub mod users;
pub mod visits;
