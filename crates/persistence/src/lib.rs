//! Storage: the pool, the unit of work, and one module of functions for each aggregate.
//!
//! Domain types go in and come out; rows and the database library stay inside. Reads take
//! [`store::Reader`], writes take an open [`store::Tx`] and a
//! [`Permitted`](rafiq_domain::policy::Permitted) value, and only [`store::Store::write`] opens a unit.

pub mod audit;
pub mod case_files;
pub mod cases;
mod column;
pub mod confirmations;
mod entity;
pub mod error;
pub mod information;
pub mod numbers;
pub mod patients;
mod row;
pub mod store;
pub mod tasks;
#[cfg(feature = "testing")]
pub mod testing;
pub mod users;
