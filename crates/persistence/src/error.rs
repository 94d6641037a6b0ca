//! What can go wrong in the storage, in the same words for both databases.
//!
//! PostgreSQL names every broken constraint. SQLite names checks and triggers, but for a unique
//! index tells only its columns (`UNIQUE constraint failed: users.email`). The name is rebuilt from
//! them: every unique index is called `uq_<table>_<columns>`, which a test of the schema enforces.

use std::fmt;

use rafiq_domain::refusal::{ProblemCode, Refusal};
use sea_orm::sqlx::{self, postgres::PgDatabaseError};
use sea_orm::{DbErr, RuntimeErr};

/// The rule that nothing is written any more on a case whose patient was forgotten.
const FORGOTTEN: &str = "ck_cases_forgotten";

/// A refusal or a fault of the storage.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row has another version than the one the change was decided on.
    #[error("the row was changed in the meantime")]
    Stale,
    /// There is no such row.
    #[error("no such row")]
    Missing,
    /// A unique index or an exclusion constraint found the place taken.
    #[error("taken: {constraint}")]
    Taken {
        /// The constraint's name, `uq_…` or `ex_…`, or `<table>_pkey` for a primary key.
        constraint: String,
    },
    /// A check or a trigger refused the row: the domain should have refused it before.
    #[error("the row breaks {constraint}")]
    Broken {
        /// The name of the check, or the text that the trigger raised.
        constraint: String,
    },
    /// A foreign key names no row, or a row still named by another was to go. Without a name,
    /// because SQLite has none to give.
    #[error("the row refers to a row that is not there")]
    Dangling,
    /// The database cannot be reached or is too busy; later may work.
    #[error("the database is not available")]
    Unavailable(#[source] Fault),
    /// A stored value that cannot be read back.
    #[error("corrupt: {table}.{column}, row {row}")]
    Corrupt {
        /// The table, or `?` where the decoder of a single column cannot tell.
        table: &'static str,
        /// The column.
        column: String,
        /// The row's key, or `?` where the decoder of a single column cannot tell.
        row: String,
    },
    /// The SQLite library is older than the first one whose write-ahead log is safe with several
    /// connections.
    #[error("SQLite {found} is too old: {needed} or later is needed")]
    OldSqlite {
        /// The version linked in.
        found: String,
        /// The oldest version accepted.
        needed: String,
    },
    /// Any other fault of the database.
    #[error("the database failed")]
    Database(#[source] Fault),
}

impl StoreError {
    /// A stored value that makes no sense together with its neighbors.
    pub fn corrupt(table: &'static str, column: &str, row: impl fmt::Display) -> Self {
        Self::Corrupt { table, column: column.to_owned(), row: row.to_string() }
    }

    /// Whether this is the breach of the named constraint, by the same name on both databases.
    #[must_use]
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Taken { constraint } | Self::Broken { constraint } if constraint == name)
    }

    /// The breach of a rule whose name tells its kind: an overlap is a taken place.
    fn breach(constraint: &str) -> Self {
        let constraint = constraint.to_owned();
        if constraint.starts_with("ex_") { Self::Taken { constraint } } else { Self::Broken { constraint } }
    }
}

impl Refusal for StoreError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::Stale => ProblemCode::StaleVersion,
            Self::Missing => ProblemCode::NotFound,
            Self::Taken { .. } => ProblemCode::AlreadyExists,
            Self::Dangling => ProblemCode::InvalidInput,
            Self::Unavailable(_) => ProblemCode::Unavailable,
            Self::Broken { constraint } if constraint == FORGOTTEN => ProblemCode::CaseIsFinal,
            Self::Broken { .. } | Self::Corrupt { .. } | Self::OldSqlite { .. } | Self::Database(_) => {
                ProblemCode::Internal
            }
        }
    }
}

/// The database library's own error. Prints its message only: its debug form carries the values of
/// the row (PostgreSQL's `DETAIL: Key (email)=(…) already exists`), which must not reach a log.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Fault(DbErr);

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Query(RuntimeErr::SqlxError(error.into())).into()
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match refusal(&error) {
            Some(refusal) => refusal,
            None if is_passing(&error) => Self::Unavailable(Fault(error)),
            None => Self::Database(Fault(error)),
        }
    }
}

/// What the database refused, if the error says so.
fn refusal(error: &DbErr) -> Option<StoreError> {
    if let DbErr::Type(column) = error {
        return Some(unreadable(column));
    }
    if matches!(error, DbErr::RecordNotFound(_)) {
        return Some(StoreError::Missing);
    }
    if matches!(error, DbErr::RecordNotUpdated) {
        return Some(StoreError::Stale);
    }
    let cause = driver(error)?;
    if let sqlx::Error::ColumnDecode { index, .. } = cause {
        return Some(unreadable(index));
    }
    let answer = cause.as_database_error()?;
    match answer.try_downcast_ref::<PgDatabaseError>() {
        Some(answer) => postgres_refusal(answer.code(), answer.constraint(), answer.message()),
        None => sqlite_refusal(answer.code()?.parse().ok()?, answer.message()),
    }
}

/// A column that a decoder could not read; it knows neither the table nor the row.
fn unreadable(column: &str) -> StoreError {
    StoreError::corrupt("?", column.trim_matches('"'), "?")
}

/// The driver's own error inside the library's.
fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    if let DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause)) = error
    {
        Some(cause)
    } else {
        None
    }
}

/// Reads a refusal by PostgreSQL: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres_refusal(code: &str, constraint: Option<&str>, message: &str) -> Option<StoreError> {
    match code {
        "23505" | "23P01" => Some(StoreError::Taken { constraint: constraint?.to_owned() }),
        "23514" => Some(StoreError::breach(constraint?)),
        "23503" | "23001" => Some(StoreError::Dangling),
        // A trigger's RAISE EXCEPTION 'name', the twin of SQLite's RAISE(ABORT, 'name').
        "P0001" => Some(StoreError::breach(message)),
        _ => None,
    }
}

/// Reads a refusal by SQLite: <https://www.sqlite.org/rescode.html>.
fn sqlite_refusal(code: u32, message: &str) -> Option<StoreError> {
    const CHECK: u32 = 275;
    const FOREIGN_KEY: u32 = 787;
    const PRIMARY_KEY: u32 = 1555;
    const TRIGGER: u32 = 1811;
    const UNIQUE: u32 = 2067;
    match code {
        UNIQUE => {
            Some(StoreError::Taken { constraint: unique_name(message.strip_prefix("UNIQUE constraint failed: ")?)? })
        }
        PRIMARY_KEY => {
            let (table, _) = message.strip_prefix("UNIQUE constraint failed: ")?.split_once('.')?;
            Some(StoreError::Taken { constraint: format!("{table}_pkey") })
        }
        CHECK => message.strip_prefix("CHECK constraint failed: ").map(StoreError::breach),
        FOREIGN_KEY => Some(StoreError::Dangling),
        // ON DELETE RESTRICT is a trigger inside.
        TRIGGER if message == "FOREIGN KEY constraint failed" => Some(StoreError::Dangling),
        TRIGGER => Some(StoreError::breach(message)),
        _ => None,
    }
}

/// `users.tenant_id, users.email` → `uq_users_tenant_id_email`; an index over expressions is named
/// by SQLite itself: `index 'uq_users_email'`.
fn unique_name(told: &str) -> Option<String> {
    if let Some(name) = told.strip_prefix("index '") {
        return name.strip_suffix('\'').map(str::to_owned);
    }
    let (table, _) = told.split_once('.')?;
    let columns: Option<Vec<_>> =
        told.split(", ").map(|place| place.split_once('.').map(|(_, column)| column)).collect();
    Some(format!("uq_{table}_{}", columns?.join("_")))
}

/// Whether the same request may succeed a little later.
fn is_passing(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    let Some(cause) = driver(error) else { return false };
    match cause.as_database_error() {
        Some(answer) if answer.try_downcast_ref::<PgDatabaseError>().is_some() => {
            answer.code().is_some_and(|code| is_passing_in_postgres(&code))
        }
        Some(answer) => answer.code().and_then(|code| code.parse().ok()).is_some_and(is_passing_in_sqlite),
        None => matches!(
            cause,
            sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::WorkerCrashed
        ),
    }
}

/// Connection lost, out of resources, lock or statement time-out, deadlock, serialization failure,
/// restart, or a stand-by that does not take writes.
fn is_passing_in_postgres(code: &str) -> bool {
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "08" | "53")
        || matches!(code, "40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "25006")
}

/// `SQLITE_BUSY`, `SQLITE_LOCKED`, `SQLITE_INTERRUPT` and `SQLITE_FULL`, in the low byte of every
/// extended code.
fn is_passing_in_sqlite(code: u32) -> bool {
    matches!(code & 0xff, 5 | 6 | 9 | 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraint(error: Option<StoreError>) -> Option<String> {
        match error {
            Some(StoreError::Taken { constraint }) => Some(format!("taken {constraint}")),
            Some(StoreError::Broken { constraint }) => Some(format!("broken {constraint}")),
            Some(StoreError::Dangling) => Some("dangling".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn both_databases_name_a_breach_alike() {
        let cases = [
            (
                "taken uq_users_email",
                ("23505", Some("uq_users_email"), ""),
                (2067, "UNIQUE constraint failed: users.email"),
            ),
            ("taken uq_a_b_c", ("23505", Some("uq_a_b_c"), ""), (2067, "UNIQUE constraint failed: a.b, a.c")),
            (
                "taken uq_users_key",
                ("23505", Some("uq_users_key"), ""),
                (2067, "UNIQUE constraint failed: index 'uq_users_key'"),
            ),
            ("taken users_pkey", ("23505", Some("users_pkey"), ""), (1555, "UNIQUE constraint failed: users.id")),
            ("taken ex_bookings", ("23P01", Some("ex_bookings"), ""), (1811, "ex_bookings")),
            ("broken ck_money", ("23514", Some("ck_money"), ""), (275, "CHECK constraint failed: ck_money")),
            ("broken audit_append_only", ("P0001", None, "audit_append_only"), (1811, "audit_append_only")),
            ("dangling", ("23503", Some("fk_a"), ""), (787, "FOREIGN KEY constraint failed")),
            ("dangling", ("23001", Some("fk_a"), ""), (1811, "FOREIGN KEY constraint failed")),
        ];
        for (expected, (code, name, message), (sqlite_code, sqlite_message)) in cases {
            assert_eq!(constraint(postgres_refusal(code, name, message)).as_deref(), Some(expected), "PostgreSQL");
            assert_eq!(constraint(sqlite_refusal(sqlite_code, sqlite_message)).as_deref(), Some(expected), "SQLite");
        }
    }

    #[test]
    fn a_missing_value_is_no_refusal_but_a_fault_of_ours() {
        assert_eq!(constraint(postgres_refusal("23502", None, "null value")), None);
        assert_eq!(constraint(sqlite_refusal(1299, "NOT NULL constraint failed: users.email")), None);
    }

    #[test]
    fn only_what_may_pass_is_unavailable() {
        assert!(["08006", "53300", "40001", "40P01", "57P01"].into_iter().all(is_passing_in_postgres));
        assert!(!["42P01", "23505", "28P01"].into_iter().any(is_passing_in_postgres));
        assert!([5, 261, 517, 6, 13].into_iter().all(is_passing_in_sqlite));
        assert!(![1, 2067, 11].into_iter().any(is_passing_in_sqlite));
        let timed_out = StoreError::from(sqlx::Error::PoolTimedOut);
        assert_eq!(timed_out.code(), ProblemCode::Unavailable);
    }
}
