//! The pool and the unit of work. The only place that opens, commits or rolls back a transaction.

use std::fmt;
use std::time::Duration;

use rafiq_domain::policy::Permitted;
use rafiq_migrations::Migrator;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, IsolationLevel, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::audit::{self, Stamp};
use crate::error::StoreError;

/// The first SQLite without the race between a checkpoint and a commit of another connection that
/// could lose a committed write (<https://www.sqlite.org/wal.html#walresetbug>).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// How many connections read a SQLite file side by side, next to its one writer.
const SQLITE_READERS: u32 = 4;

/// One arbitrary number that all our processes share: who holds this lock migrates.
const MIGRATION_LOCK: i64 = 0x7261_6669_716d_6967;

/// Where the database is, checked; never printed, since it may hold a password.
#[derive(Clone)]
pub struct DatabaseUrl(Target);

#[derive(Clone)]
enum Target {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// Why a text is no address of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another kind of database.
    #[error("the database address must begin with sqlite: or postgres:")]
    Scheme,
    /// The right kind, but not readable.
    #[error("the database address is malformed")]
    Malformed,
    /// Memory is refused: readers and writer would each see a database of their own.
    #[error("an in-memory database is not supported; name a file")]
    Memory,
}

impl DatabaseUrl {
    /// Reads `sqlite:///path/to/file` or `postgres://user:password@host/database`. What a
    /// PostgreSQL address leaves out comes from the `PG…` variables, as with `psql`.
    ///
    /// # Errors
    /// [`DatabaseUrlError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        if text.starts_with("sqlite:") {
            if text.contains(":memory:") || text.contains("mode=memory") {
                return Err(DatabaseUrlError::Memory);
            }
            let options = text.parse().map_err(|_| DatabaseUrlError::Malformed)?;
            Ok(Self(Target::Sqlite(options)))
        } else if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            let options = text.parse().map_err(|_| DatabaseUrlError::Malformed)?;
            Ok(Self(Target::Postgres(options)))
        } else {
            Err(DatabaseUrlError::Scheme)
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Target::Sqlite(_) => "sqlite:***",
            Target::Postgres(_) => "postgres:***",
        })
    }
}

/// Whether a committed unit outlives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does: each commit waits for the disk.
    Full,
    /// It may not: for tests on a SQLite file. PostgreSQL follows its server's own setting.
    Relaxed,
}

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The most connections to PostgreSQL. A SQLite file has one writer and four readers.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is turned away.
    pub acquire_timeout: Duration,
    /// Whether commits wait for the disk.
    pub durability: Durability,
}

/// Which of the two databases stands behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A SQLite file, for one process.
    Sqlite,
    /// A PostgreSQL server, for several.
    Postgres,
}

/// The connections to the database. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// As the writer, but without foreign keys, which a table's rebuild has to suspend on SQLite.
    migrator: Migrations,
}

#[derive(Debug, Clone)]
enum Migrations {
    OnWriter,
    OnFile(Box<SqliteConnectOptions>),
}

/// An open unit of work: everything written through it is kept, or nothing is.
#[derive(Debug)]
pub struct Tx(DatabaseTransaction);

/// What can be read through: the [`Store`], or an open [`Tx`] that also sees its own writes.
pub trait Reader: sealed::Connected {}

pub(crate) mod sealed {
    use sea_orm::ConnectionTrait;

    /// Keeps [`super::Reader`] closed and its connection inside this crate.
    pub trait Connected: Send + Sync {
        /// The library's connection type.
        type Connection: ConnectionTrait + Send;
        /// The connection that reads.
        fn connection(&self) -> &Self::Connection;
    }
}

impl sealed::Connected for Store {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        &self.reader
    }
}

impl Reader for Store {}

impl sealed::Connected for Tx {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.0
    }
}

impl Reader for Tx {}

impl Store {
    /// Opens the connections; a SQLite file is created when missing.
    ///
    /// # Errors
    /// [`StoreError::OldSqlite`] for a library with the known fault, [`StoreError::Unavailable`]
    /// when the database does not answer, [`StoreError::Database`] when it refuses us.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        match &config.url.0 {
            Target::Sqlite(file) => Self::connect_sqlite(file, config).await,
            Target::Postgres(server) => Self::connect_postgres(server, config).await,
        }
    }

    async fn connect_sqlite(file: &SqliteConnectOptions, config: &StoreConfig) -> Result<Self, StoreError> {
        let synchronous = match config.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Relaxed => SqliteSynchronous::Off,
        };
        let file = file
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            // Only other processes are waited for: ours has a single writer.
            .busy_timeout(config.acquire_timeout);
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(config.acquire_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        // First the writer: it creates the file and recovers its log.
        let writer = pool().max_connections(1).connect_with(file.clone()).await?;
        check_sqlite_version(&sqlx::query_scalar::<_, String>("SELECT sqlite_version()").fetch_one(&writer).await?)?;
        let reader =
            pool().max_connections(SQLITE_READERS).connect_with(file.clone().pragma("query_only", "ON")).await?;
        Ok(Self {
            backend: Backend::Sqlite,
            reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            migrator: Migrations::OnFile(Box::new(file.foreign_keys(false))),
        })
    }

    async fn connect_postgres(server: &PgConnectOptions, config: &StoreConfig) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout)
            .connect_with(server.clone().application_name("rafiq"))
            .await?;
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { backend: Backend::Postgres, reader: pool.clone(), writer: pool, migrator: Migrations::OnWriter })
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reader.ping().await?)
    }

    /// Waits for the units that are open and closes the connections.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database objects.
    pub async fn close(&self) -> Result<(), StoreError> {
        // The writer last: the last connection to a SQLite file folds the log into it.
        self.reader.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }

    /// Runs `work` as one unit: what it wrote is kept when it answers `Ok`, and gone when it
    /// answers `Err`, panics, or is dropped half-way.
    ///
    /// On SQLite the unit is alone in writing from its first moment (a unit that reads first and
    /// asks to write later is refused when another was faster); on PostgreSQL it is READ COMMITTED
    /// and versions guard the rows. Inside, read through the unit: waiting for a second one while
    /// holding this one never ends on SQLite.
    ///
    /// The unit answers with something permitted, and its audit row is made from that permit before
    /// the commit: no change without its record.
    ///
    /// # Errors
    /// Whatever `work` answers, or a [`StoreError`] of beginning and committing.
    pub async fn write<T, E>(
        &self,
        stamp: Stamp,
        work: impl AsyncFnOnce(&Tx) -> Result<Permitted<T>, E>,
    ) -> Result<Permitted<T>, E>
    where
        E: From<StoreError>,
    {
        let tx = self.begin().await?;
        match work(&tx).await {
            Ok(done) => {
                audit::allowed(&tx, done.permit(), stamp).await?;
                tx.commit().await?;
                Ok(done)
            }
            Err(refused) => {
                tx.roll_back().await;
                Err(refused)
            }
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        begin(&self.writer, self.backend).await
    }

    /// The same store, that tells of each statement sent through it.
    #[cfg(feature = "testing")]
    pub(crate) fn watched(mut self, watch: impl Fn(&str) + Clone + Send + Sync + 'static) -> Self {
        for connection in [&mut self.reader, &mut self.writer] {
            let watch = watch.clone();
            connection.set_metric_callback(move |sent| watch(&sent.statement.sql));
        }
        self
    }
}

/// The schema's history, applied to a running store.
impl Store {
    /// Applies the migrations that are pending: all of them, or none when one fails. Several
    /// processes may ask at once; one does the work and the others find it done.
    ///
    /// # Errors
    /// [`StoreError::Database`] when a migration fails, leaves a row that refers to nothing, or
    /// when the database knows migrations that this program does not.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.change_schema(async |tx| Ok(Migrator::up(&tx.0, None).await?)).await
    }

    /// The names of the migrations not applied yet, oldest first.
    ///
    /// # Errors
    /// As for [`Store::migrate`]; nothing is changed.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.reader).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    pub(crate) async fn change_schema(
        &self,
        change: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match &self.migrator {
            Migrations::OnWriter => {
                let tx = self.begin().await?;
                tx.0.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
                change(&tx).await?;
                tx.commit().await
            }
            Migrations::OnFile(file) => {
                let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file.as_ref().clone()).await?;
                let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
                let changed = change_sqlite_schema(&connection, change).await;
                connection.close().await?;
                changed
            }
        }
    }
}

impl Tx {
    /// The connection that writes; what takes a [`Tx`] needs no trait in scope to use it.
    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.0
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }

    /// Gives the place to the next unit at once; the failure that led here is what counts.
    async fn roll_back(self) {
        if let Err(error) = self.0.rollback().await {
            tracing::warn!(%error, "a unit could not be rolled back; its connection does it on return");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens a unit")]
async fn begin(connection: &DatabaseConnection, backend: Backend) -> Result<Tx, StoreError> {
    let options = match backend {
        Backend::Sqlite => TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        },
        Backend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::ReadCommitted),
            access_mode: None,
            sqlite_transaction_mode: None,
        },
    };
    Ok(Tx(connection.begin_with_options(options).await?))
}

/// Foreign keys are off on this connection, so that a table can be rebuilt; they are checked as a
/// whole before the commit instead.
async fn change_sqlite_schema(
    connection: &DatabaseConnection,
    change: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let tx = begin(connection, Backend::Sqlite).await?;
    change(&tx).await?;
    let check = sea_orm::Statement::from_string(tx.0.get_database_backend(), "PRAGMA foreign_key_check");
    if tx.connection().query_one_raw(check).await?.is_some() {
        return Err(StoreError::Dangling);
    }
    tx.commit().await
}

fn check_sqlite_version(found: &str) -> Result<(), StoreError> {
    let parts: Vec<u32> = found.split('.').map_while(|part| part.parse().ok()).collect();
    if parts.as_slice() >= OLDEST_SQLITE.as_slice() {
        return Ok(());
    }
    let needed = OLDEST_SQLITE.map(|part| part.to_string()).join(".");
    Err(StoreError::OldSqlite { found: found.to_owned(), needed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_refused() {
        for good in ["3.51.3", "3.52.0", "4.0.0"] {
            assert!(check_sqlite_version(good).is_ok(), "{good}");
        }
        for bad in ["3.51.2", "3.50.7", "2.99.99", "", "3.x"] {
            assert!(check_sqlite_version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_read_and_never_printed() {
        let url = DatabaseUrl::parse("postgres://rafiq:hunter2@localhost/rafiq").unwrap();
        assert_eq!(format!("{url:?}"), "postgres:***");
        assert_eq!(DatabaseUrl::parse("mysql://localhost/x").unwrap_err(), DatabaseUrlError::Scheme);
        assert_eq!(DatabaseUrl::parse("sqlite::memory:").unwrap_err(), DatabaseUrlError::Memory);
        assert_eq!(DatabaseUrl::parse("postgres://localhost:port/x").unwrap_err(), DatabaseUrlError::Malformed);
    }

    /// A web handler's future must move between threads, with borrowed arguments held across a unit.
    #[test]
    fn a_unit_can_be_awaited_in_a_handler() {
        fn assert_send<T: Send>(future: T) -> T {
            future
        }
        struct App {
            store: Store,
            stamp: Stamp,
            permitted: Permitted<()>,
        }
        #[derive(Debug)]
        struct Refused(
            #[expect(dead_code, reason = "only its conversion is of interest")] Box<dyn rafiq_domain::refusal::Refusal>,
        );
        impl<E: rafiq_domain::refusal::Refusal> From<E> for Refused {
            fn from(error: E) -> Self {
                Self(Box::new(error))
            }
        }
        async fn ask(db: &impl Reader, name: &str) -> Result<usize, StoreError> {
            db.connection().execute_unprepared(name).await?;
            Ok(name.len())
        }
        async fn note(tx: &Tx, name: &str, ids: &[String]) -> Result<(), StoreError> {
            for id in ids {
                tx.connection().execute_unprepared(&format!("{name}{id}")).await?;
            }
            Ok(())
        }
        async fn use_case(app: &App, actor: &str, ids: &[String]) -> Result<usize, Refused> {
            let reason = actor.to_owned();
            let known = ask(&app.store, actor).await?;
            app.store
                .write(app.stamp, async |tx| {
                    let found = ask(tx, actor).await?;
                    note(tx, &reason, ids).await?;
                    if found == known {
                        Err(StoreError::Stale)?;
                    }
                    Ok(app.permitted.with(found))
                })
                .await
                .map(Permitted::into_inner)
        }
        async fn handler(app: std::sync::Arc<App>) -> Result<usize, Refused> {
            let ids = vec!["a".to_owned()];
            use_case(&app, "someone", &ids).await
        }
        fn spawned(
            app: std::sync::Arc<App>,
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, Refused>> + Send + 'static>> {
            Box::pin(assert_send(handler(app)))
        }
        let _ = spawned;
    }
}
