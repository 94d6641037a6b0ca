//! No word comes into a case whose patient was forgotten, even from a unit that began before.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            manager.get_connection().execute_unprepared(ASK).await?;
        }
        for words in WORDS {
            words.refuse(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for words in WORDS {
            words.admit(manager).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION case_is_forgotten(uuid)").await?;
        }
        Ok(())
    }
}

/// Asks on PostgreSQL, and holds the answer until the unit ends: an erasure, which locks its cases for update, either
/// finds what was written, or is waited for. A change of the case itself is not in the way of this lock.
const ASK: &str = "CREATE FUNCTION case_is_forgotten(the_case uuid) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE forgotten_at timestamptz;
    BEGIN
        SELECT anonymized_at INTO forgotten_at FROM cases WHERE id = the_case FOR KEY SHARE;
        RETURN forgotten_at IS NOT NULL;
    END $$";

/// A table whose rows belong to a case and hold words.
struct Words {
    table: &'static str,
    /// The case of the row `NEW`, in SQL.
    case: &'static str,
    /// When a new row holds words, in SQL.
    when: &'static str,
    /// The columns of words where an erasure leaves nothing but its mark. Those that share a document with codes are
    /// none: what an erasure leaves of them cannot be told from what came later.
    changed: &'static [&'static str],
}

const fn words(table: &'static str, changed: &'static [&'static str]) -> Words {
    Words { table, case: "NEW.case_id", when: "1 = 1", changed }
}

const WORDS: &[Words] = &[
    // The product itself gives and ends grants without a word.
    Words { when: "NEW.reason IS NOT NULL", ..words("access_grants", &["reason"]) },
    words("case_events", &["reason", "override_reason"]),
    words("confirmations", &["reference"]),
    words("consents", &["evidence"]),
    words("discharges", &["medication", "advice_understood_through", "summary_reference"]),
    words("follow_up_visits", &[]),
    words("information_items", &["text", "waived_because"]),
    words("interpreter_bookings", &["place", "reason"]),
    words("notes", &["body"]),
    words("procedures", &["abort_reason"]),
    words("quotes", &["acceptance_evidence"]),
    Words { case: "(SELECT case_id FROM referrals WHERE id = NEW.referral_id)", ..words("referral_reports", &["mrn"]) },
    words("referrals", &["admission_number", "message", "reason"]),
    words("reviews", &["advice", "red_flags_addressed", "summary"]),
    words("surgery_clearances", &["reason"]),
    words("symptom_assessments", &[]),
];

const SAYS: &str = "ck_cases_forgotten";

impl Words {
    /// What refuses, and when: a new row with words, and a word in place of nothing or of the mark.
    fn rules(&self) -> Vec<(&'static str, String)> {
        let other = |column: &&str| {
            format!(
                "(NEW.{column} IS NOT NULL AND NEW.{column} <> '[erased]' \
                 AND (OLD.{column} IS NULL OR NEW.{column} <> OLD.{column}))"
            )
        };
        let changed: Vec<_> = self.changed.iter().map(other).collect();
        let update = (!changed.is_empty()).then(|| ("UPDATE", changed.join(" OR ")));
        [("INSERT", self.when.to_owned())].into_iter().chain(update).collect()
    }

    async fn refuse(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let Self { table, case, .. } = self;
        let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
        if postgres {
            let function = format!(
                "CREATE FUNCTION {table}_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF case_is_forgotten({case}) THEN RAISE EXCEPTION '{SAYS}'; END IF; RETURN NEW;
                 END $$"
            );
            manager.get_connection().execute_unprepared(&function).await?;
        }
        for (event, when) in self.rules() {
            let trigger = if postgres {
                format!(
                    "CREATE TRIGGER {table}_forget_{event} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})
                     EXECUTE FUNCTION {table}_forget()"
                )
            } else {
                format!(
                    "CREATE TRIGGER {table}_forget_{event} BEFORE {event} ON {table} WHEN ({when})
                         AND EXISTS (SELECT 1 FROM cases WHERE id = {case} AND anonymized_at IS NOT NULL)
                     BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
                )
            };
            manager.get_connection().execute_unprepared(&trigger).await?;
        }
        Ok(())
    }

    async fn admit(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let table = self.table;
        let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
        let of = if postgres { format!(" ON {table}") } else { String::new() };
        for (event, _) in self.rules() {
            manager.get_connection().execute_unprepared(&format!("DROP TRIGGER {table}_forget_{event}{of}")).await?;
        }
        if postgres {
            manager.get_connection().execute_unprepared(&format!("DROP FUNCTION {table}_forget()")).await?;
        }
        Ok(())
    }
}
