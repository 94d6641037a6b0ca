//! Storage: the pool, the unit of work, and one module of functions for each aggregate.
//!
//! Domain types go in and come out; rows and the database library stay inside. Reads take
//! [`store::Reader`], writes take an open [`store::Tx`] and a
//! [`Permitted`](rafiq_domain::policy::Permitted) value, and only [`store::Store::write`] opens a unit.

pub mod assessments;
pub mod audit;
pub mod bookings;
pub mod case_files;
pub mod cases;
pub mod clearances;
mod column;
pub mod complications;
pub mod confirmations;
pub mod consents;
pub mod discharges;
mod entity;
pub mod error;
pub mod hospitals;
pub mod idempotency;
pub mod information;
pub mod installation;
pub mod interpreters;
pub mod notes;
pub mod numbers;
pub mod patients;
pub mod procedures;
pub mod quotes;
pub mod referrals;
pub mod reports;
pub mod reviews;
mod row;
pub mod store;
pub mod tasks;
#[cfg(feature = "testing")]
pub mod testing;
pub mod users;
pub mod visits;
