//! The history of the schema: append-only, one file for each migration, the same result on both databases.
//!
//! A unique rule is an index named `uq_<table>_<column>[_<column>…]`, because SQLite tells only the
//! columns when one is broken; a test of `rafiq-persistence` holds every index to that. Codes are
//! text without a list of values here: the lists live in the domain and grow without a migration.

use sea_orm_migration::prelude::*;

mod append_only;
mod m20261122_000001_users_and_audit;
mod m20261122_000002_patients_and_cases;
mod m20261122_000003_hospitals_and_interpreters;
mod m20261122_000004_clinical;
mod m20261122_000005_referrals;
mod m20261122_000006_quotes_and_surgery;
mod m20261122_000007_access_grants;
mod m20261122_000008_sessions;
mod m20261122_000009_second_factor;
mod m20261122_000010_passwords_and_mail;
mod m20261122_000011_clients;
mod m20261122_000012_role_assignments;
mod m20261122_000013_approvals;
mod m20261122_000014_delegations;
mod m20261122_000015_client_credentials;
mod m20261122_000016_audit_trail;
mod m20261122_000017_grants_as_wanted;
mod m20261122_000018_forgotten_cases;
mod m20261122_000019_device_of_a_session;

/// Applies the migrations in the order listed here.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_users_and_audit::Migration),
            Box::new(m20261122_000002_patients_and_cases::Migration),
            Box::new(m20261122_000003_hospitals_and_interpreters::Migration),
            Box::new(m20261122_000004_clinical::Migration),
            Box::new(m20261122_000005_referrals::Migration),
            Box::new(m20261122_000006_quotes_and_surgery::Migration),
            Box::new(m20261122_000007_access_grants::Migration),
            Box::new(m20261122_000008_sessions::Migration),
            Box::new(m20261122_000009_second_factor::Migration),
            Box::new(m20261122_000010_passwords_and_mail::Migration),
            Box::new(m20261122_000011_clients::Migration),
            Box::new(m20261122_000012_role_assignments::Migration),
            Box::new(m20261122_000013_approvals::Migration),
            Box::new(m20261122_000014_delegations::Migration),
            Box::new(m20261122_000015_client_credentials::Migration),
            Box::new(m20261122_000016_audit_trail::Migration),
            Box::new(m20261122_000017_grants_as_wanted::Migration),
            Box::new(m20261122_000018_forgotten_cases::Migration),
            Box::new(m20261122_000019_device_of_a_session::Migration),
        ]
    }
}
