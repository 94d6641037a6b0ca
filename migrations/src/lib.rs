//! The history of the schema: append-only, one file for each migration, the same result on both databases.
//!
//! A unique rule is an index named `uq_<table>_<column>[_<column>…]`, because SQLite tells only the
//! columns when one is broken; a test of `rafiq-persistence` holds every index to that.

use sea_orm_migration::prelude::*;

/// Applies the migrations in the order listed here.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}
