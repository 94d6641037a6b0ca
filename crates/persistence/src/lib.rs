//! Storage: the pool, the unit of work, and one module of functions for each aggregate.
//!
//! Domain types go in and come out; rows and the database library stay inside. Reads take
//! [`store::Reader`], writes take an open [`store::Tx`], and only [`store::Store::write`] opens one.

pub mod column;
pub mod error;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
