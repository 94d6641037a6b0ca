//! Test support: a private, migrated database for each test, on SQLite and on PostgreSQL.
//!
//! [`db_test!`](crate::db_test) makes two tests of one body. The only place of this crate that
//! reads the environment: `TEST_DATABASE_URL` names a PostgreSQL server to use instead of a
//! throw-away one, and `REQUIRE_POSTGRES=1` makes its absence a failure.
#![expect(clippy::panic, reason = "a test that cannot be set up fails by panicking")]

mod postgres;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rafiq_migrations::Migrator;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::error::StoreError;
use crate::store::{DatabaseUrl, Durability, Reader, Store, StoreConfig, sealed};

/// A migrated database that only one test sees; it is gone when the test ends.
#[derive(Debug)]
pub struct TestDb {
    store: Store,
    address: String,
    place: Place,
}

/// What has to go with the database.
#[derive(Debug)]
enum Place {
    Directory(#[expect(dead_code, reason = "removed when dropped")] TempDir),
    Postgres(postgres::Database),
}

impl TestDb {
    /// A database in a SQLite file.
    pub async fn sqlite() -> Self {
        /// The migrated file, kept in memory: nothing is left on the disk when the process ends.
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

        let template = TEMPLATE.get_or_init(migrated_file).await;
        let directory = scratch_directory();
        let file = directory.path().join("test.db");
        must("copy the template", std::fs::write(&file, template));
        let address = sqlite_address(&file);
        Self { store: open(&address).await, address, place: Place::Directory(directory) }
    }

    /// A database on the PostgreSQL server of this test process; none if the machine has no server.
    pub async fn postgres() -> Option<Self> {
        let database = postgres::Database::create().await?;
        let address = database.address();
        Some(Self { store: open(&address).await, address, place: Place::Postgres(database) })
    }

    /// The store, for what wants to own one.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// A store with connections of its own, as another instance on the same database has them.
    ///
    /// # Panics
    /// On SQLite, which is for one process.
    pub async fn another_store(&self) -> Store {
        assert!(matches!(self.place, Place::Postgres(_)), "only PostgreSQL serves several instances");
        open(&self.address).await
    }

    /// The store, that tells of each statement sent through it.
    #[must_use]
    pub fn watched(&self, watch: impl Fn(&str) + Clone + Send + Sync + 'static) -> Store {
        self.store().watched(watch)
    }

    /// Where the database is, for a program under test that connects by itself.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs bare SQL in a unit of its own: to plant what the product would never write.
    ///
    /// # Errors
    /// As for any write.
    pub async fn execute(&self, sql: &str) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        execute(&tx, sql).await?;
        tx.commit().await
    }

    /// The text that a query answers in its first row and column.
    ///
    /// # Errors
    /// [`StoreError::Missing`] without a row.
    pub async fn text(&self, sql: &str) -> Result<String, StoreError> {
        first(&self.store, sql).await
    }

    /// The bytes that a query answers in the first column of each row: how a secret is really kept.
    ///
    /// # Errors
    /// As for any read.
    pub async fn bytes(&self, sql: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let connection = sealed::Connected::connection(&self.store);
        let query = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(query).await?;
        rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    }

    /// The number that a query answers in its first row and column.
    ///
    /// # Errors
    /// [`StoreError::Missing`] without a row.
    pub async fn number(&self, sql: &str) -> Result<i64, StoreError> {
        first(&self.store, sql).await
    }

    /// Takes every migration back.
    ///
    /// # Errors
    /// As for [`Store::migrate`].
    pub async fn migrate_down(&self) -> Result<(), StoreError> {
        self.store.change_schema(async |tx| Ok(Migrator::down(tx.connection(), None).await?)).await
    }

    /// Takes migrations back, the last one first, down to and with the one of this name.
    ///
    /// # Errors
    /// As for [`Store::migrate`].
    pub async fn migrate_back_before(&self, name: &str) -> Result<(), StoreError> {
        let kept = Migrator::migrations().iter().take_while(|migration| migration.name() != name).count();
        let back = u32::try_from(Migrator::migrations().len() - kept).ok();
        self.store.change_schema(async |tx| Ok(Migrator::down(tx.connection(), back).await?)).await
    }

    async fn remove(self) {
        must("close the store", self.store.close().await);
        if let Place::Postgres(database) = self.place {
            database.remove().await;
        }
    }
}

impl Deref for TestDb {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl sealed::Connected for TestDb {
    type Connection = <Store as sealed::Connected>::Connection;

    fn connection(&self) -> &Self::Connection {
        self.store.connection()
    }
}

impl Reader for TestDb {}

/// Runs bare SQL inside a unit.
///
/// # Errors
/// Whatever the database answers.
pub async fn execute(tx: &crate::store::Tx, sql: &str) -> Result<(), StoreError> {
    tx.connection().execute_unprepared(sql).await?;
    Ok(())
}

/// The number that a query answers in its first row and column.
///
/// # Errors
/// [`StoreError::Missing`] without a row.
pub async fn number(db: &impl Reader, sql: &str) -> Result<i64, StoreError> {
    first(db, sql).await
}

async fn first<T: sea_orm::TryGetable>(db: &impl Reader, sql: &str) -> Result<T, StoreError> {
    let connection = db.connection();
    let query = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(query).await?.ok_or(StoreError::Missing)?;
    Ok(row.try_get_by_index(0)?)
}

/// Makes two tests, `name::sqlite` and `name::postgres`, of one `async fn name(db: &TestDb)`.
#[macro_export]
macro_rules! db_test {
    ($(#[$attribute:meta])* async fn $name:ident($db:ident: &TestDb) $body:block) => {
        $(#[$attribute])*
        #[cfg(test)]
        mod $name {
            use super::*;

            async fn body($db: &$crate::testing::TestDb) $body

            #[test]
            fn sqlite() {
                $crate::testing::on_sqlite(body);
            }

            #[test]
            fn postgres() {
                $crate::testing::on_postgres(body);
            }
        }
    };
}

/// Makes one test, `name::postgres`, of one `async fn name(db: &TestDb)`: for what SQLite, which is for
/// one process, does not offer.
#[macro_export]
macro_rules! postgres_test {
    ($(#[$attribute:meta])* async fn $name:ident($db:ident: &TestDb) $body:block) => {
        $(#[$attribute])*
        #[cfg(test)]
        mod $name {
            use super::*;

            async fn body($db: &$crate::testing::TestDb) $body

            #[test]
            fn postgres() {
                $crate::testing::on_postgres(body);
            }
        }
    };
}

/// Runs a test body on SQLite; called by [`db_test!`](crate::db_test).
pub fn on_sqlite(body: impl AsyncFnOnce(&TestDb)) {
    run(async {
        let db = TestDb::sqlite().await;
        body(&db).await;
        db.remove().await;
    });
}

/// Runs a test body on PostgreSQL; called by [`db_test!`](crate::db_test).
pub fn on_postgres(body: impl AsyncFnOnce(&TestDb)) {
    run(async {
        if let Some(db) = TestDb::postgres().await {
            body(&db).await;
            db.remove().await;
        }
    });
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    must("start a runtime", runtime).block_on(test);
}

async fn migrated_file() -> Vec<u8> {
    let directory = scratch_directory();
    let file = directory.path().join("template.db");
    let store = open(&sqlite_address(&file)).await;
    must("migrate", store.migrate().await);
    must("close the template", store.close().await);
    must("read the template", std::fs::read(&file))
}

async fn open(address: &str) -> Store {
    let config = StoreConfig {
        url: must("read the address", DatabaseUrl::parse(address)),
        max_connections: 5,
        acquire_timeout: Duration::from_secs(30),
        durability: Durability::Relaxed,
    };
    must("connect", Store::connect(&config).await)
}

fn sqlite_address(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// A directory that vanishes when dropped.
fn scratch_directory() -> TempDir {
    must("make a directory", tempfile::Builder::new().prefix("rafiq-test-").tempdir_in(scratch_root()))
}

/// Memory where there is enough of it, since a test database need not outlive anything.
fn scratch_root() -> PathBuf {
    const ENOUGH_KIB: u64 = 512 * 1024;
    let memory = Path::new("/dev/shm");
    // Containers often have 64 MiB there, which one PostgreSQL cluster fills.
    let free = std::process::Command::new("df").arg("-Pk").arg(memory).output().ok();
    let free = free.and_then(|answer| String::from_utf8(answer.stdout).ok());
    let free = free.and_then(|text| text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok());
    if free.is_some_and(|kib| kib >= ENOUGH_KIB) { memory.to_owned() } else { std::env::temp_dir() }
}

fn must<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("cannot {what}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "what a test run is given, it is given in variables")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
