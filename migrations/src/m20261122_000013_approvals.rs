//! The two-person rule, and what it lets happen: records that are merged, anonymized, or held by law.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, pk_uuid, small_integer, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        extend_patients(manager).await?;
        let anonymized = timestamp_with_time_zone_null("anonymized_at");
        manager.alter_table(Table::alter().table("cases").add_column(anonymized).to_owned()).await?;
        create_approvals(manager).await?;
        create_legal_holds(manager).await?;
        for sealed in SEALED {
            sealed.yield_to_erasure(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sealed in SEALED {
            sealed.stand_for_all(manager).await?;
        }
        for table in ["legal_holds", "approvals"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("cases").drop_column("anonymized_at").to_owned()).await?;
        manager.drop_index(Index::drop().name("ix_patients_merged_into").table("patients").to_owned()).await?;
        for column in ["merged_into", "state"] {
            manager.alter_table(Table::alter().table("patients").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn extend_patients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let state = string("state").default("active").to_owned();
    manager.alter_table(Table::alter().table("patients").add_column(state).to_owned()).await?;
    let rules = "CONSTRAINT fk_patients_merged_into REFERENCES patients (id) \
                 CONSTRAINT ck_patients_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL))";
    let kind = if manager.get_database_backend() == DatabaseBackend::Postgres { "uuid" } else { "uuid_text" };
    // Written out, since SQLite takes the rules of a new column together with it or never.
    let pointer = format!("ALTER TABLE patients ADD COLUMN merged_into {kind} {rules}");
    manager.get_connection().execute_unprepared(&pointer).await?;
    let index = Index::create().name("ix_patients_merged_into").table("patients").col("merged_into").to_owned();
    manager.create_index(index).await
}

async fn create_approvals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let reference = |column: &'static str, table: &'static str| {
        ForeignKey::create().name(format!("fk_approvals_{column}")).from("approvals", column).to(table, "id").to_owned()
    };
    let approvals = Table::create()
        .table("approvals")
        .col(pk_uuid("id"))
        .col(string("kind"))
        .col(uuid_null("user_id"))
        .col(uuid_null("patient_id"))
        .col(uuid_null("other_patient_id"))
        .col(text("details"))
        .col(string("reason"))
        .col(uuid("requested_by"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(string("state"))
        .col(uuid_null("decided_by"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(string_null("note"))
        .col(small_integer("downloads"))
        .col(integer("version"))
        .foreign_key(&mut reference("user_id", "users"))
        .foreign_key(&mut reference("patient_id", "patients"))
        .foreign_key(&mut reference("other_patient_id", "patients"))
        .foreign_key(&mut reference("requested_by", "users"))
        .foreign_key(&mut reference("decided_by", "users"))
        // Each kind has its own subject, and no other.
        .check((
            "ck_approvals_subject",
            Expr::cust(
                "(kind = 'administrator_role') = (user_id IS NOT NULL) \
                 AND (kind IN ('merge_patients', 'erase_patient')) = (patient_id IS NOT NULL) \
                 AND (kind = 'merge_patients') = (other_patient_id IS NOT NULL)",
            ),
        ))
        .check(("ck_approvals_other_patient", Expr::cust("patient_id <> other_patient_id")))
        .check(("ck_approvals_two_persons", Expr::cust("decided_by <> requested_by")))
        .check(("ck_approvals_not_oneself", Expr::cust("user_id <> requested_by AND user_id <> decided_by")))
        .check(("ck_approvals_decided", Expr::cust("(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)")))
        .check(("ck_approvals_ended", Expr::cust("(state = 'requested') = (ended_at IS NULL)")))
        .check((
            "ck_approvals_downloads",
            Expr::cust("downloads = 0 OR (kind = 'export_cases' AND state = 'approved')"),
        ))
        .check(("ck_approvals_times", Expr::cust("requested_at < expires_at")))
        .to_owned();
    manager.create_table(approvals).await?;
    // One open request for each kind and subject; an export is about whoever asks for it.
    for (subject, only) in [
        ("user_id", "state = 'requested'"),
        ("patient_id", "state = 'requested'"),
        ("requested_by", "state = 'requested' AND kind = 'export_cases'"),
    ] {
        let one_open = Index::create()
            .name(format!("uq_approvals_kind_{subject}"))
            .table("approvals")
            .col("kind")
            .col(subject)
            .unique()
            .and_where(Expr::cust(only))
            .to_owned();
        manager.create_index(one_open).await?;
    }
    for (name, first, then) in [
        ("ix_approvals_expires_at", "state", "expires_at"),
        ("ix_approvals_requested_by", "requested_by", "id"),
        ("ix_approvals_patient", "patient_id", "id"),
    ] {
        manager.create_index(Index::create().name(name).table("approvals").col(first).col(then).to_owned()).await?;
    }
    Ok(())
}

async fn create_legal_holds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let reference = |column: &'static str, table: &'static str| {
        ForeignKey::create()
            .name(format!("fk_legal_holds_{column}"))
            .from("legal_holds", column)
            .to(table, "id")
            .to_owned()
    };
    let holds = Table::create()
        .table("legal_holds")
        .col(pk_uuid("id"))
        .col(uuid("patient_id"))
        .col(string("reason"))
        .col(uuid("placed_by"))
        .col(timestamp_with_time_zone("placed_at"))
        .col(uuid_null("lifted_by"))
        .col(timestamp_with_time_zone_null("lifted_at"))
        .col(integer("version"))
        .foreign_key(&mut reference("patient_id", "patients"))
        .foreign_key(&mut reference("placed_by", "users"))
        .foreign_key(&mut reference("lifted_by", "users"))
        .check(("ck_legal_holds_lifted", Expr::cust("(lifted_by IS NULL) = (lifted_at IS NULL)")))
        .to_owned();
    manager.create_table(holds).await?;
    let by_patient =
        Index::create().name("ix_legal_holds_patient").table("legal_holds").col("patient_id").col("id").to_owned();
    manager.create_index(by_patient).await
}

/// A table whose rows the database keeps as they are. Those of a case that was anonymized may be
/// changed, so that the words in them can go; they are still not deleted.
struct Sealed {
    table: &'static str,
    /// The case of the row `OLD`, in SQL.
    case: &'static str,
    /// The rows that are sealed, in SQL; all when nothing is said.
    only: Option<&'static str>,
    /// The function behind the seal on PostgreSQL.
    function: &'static str,
    /// What refuses updates on SQLite.
    trigger: &'static str,
    /// What a refusal says.
    says: &'static str,
}

const SEALED: &[Sealed] = &[
    Sealed {
        table: "case_events",
        case: "OLD.case_id",
        only: None,
        function: "case_events_only_grows",
        trigger: "case_events_refuses_UPDATE",
        says: "ck_case_events_only_grows",
    },
    Sealed {
        table: "symptom_assessments",
        case: "OLD.case_id",
        only: None,
        function: "symptom_assessments_only_grows",
        trigger: "symptom_assessments_refuses_UPDATE",
        says: "ck_symptom_assessments_only_grows",
    },
    Sealed {
        table: "reviews",
        case: "OLD.case_id",
        only: None,
        function: "reviews_only_grows",
        trigger: "reviews_refuses_UPDATE",
        says: "ck_reviews_only_grows",
    },
    Sealed {
        table: "referral_reports",
        case: "(SELECT case_id FROM referrals WHERE id = OLD.referral_id)",
        only: None,
        function: "referral_reports_only_grows",
        trigger: "referral_reports_refuses_UPDATE",
        says: "ck_referral_reports_only_grows",
    },
    Sealed {
        table: "notes",
        case: "OLD.case_id",
        only: Some("OLD.state = 'signed'"),
        function: "notes_signed_stay",
        trigger: "notes_signed_refuse_UPDATE",
        says: "ck_notes_signed_stay",
    },
];

impl Sealed {
    async fn yield_to_erasure(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let Self { case, .. } = self;
        let anonymized = format!("EXISTS (SELECT 1 FROM cases WHERE id = {case} AND anonymized_at IS NOT NULL)");
        self.seal(manager, Some(&anonymized)).await
    }

    async fn stand_for_all(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        self.seal(manager, None).await
    }

    /// Refuses updates but where `unless` holds.
    async fn seal(&self, manager: &SchemaManager<'_>, unless: Option<&str>) -> Result<(), DbErr> {
        let Self { table, only, function, trigger, says, .. } = self;
        let statement = if manager.get_database_backend() == DatabaseBackend::Postgres {
            let way = unless.map(|unless| format!("IF TG_OP = 'UPDATE' AND {unless} THEN RETURN NEW; END IF;"));
            let way = way.unwrap_or_default();
            format!(
                "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN {way} RAISE EXCEPTION '{says}'; END $$;"
            )
        } else {
            let unless = unless.map(|unless| format!("NOT {unless}"));
            let when: Vec<_> = only.map(str::to_owned).into_iter().chain(unless).collect();
            let when = if when.is_empty() { String::new() } else { format!("WHEN {}", when.join(" AND ")) };
            format!(
                "DROP TRIGGER {trigger};
                 CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} {when}
                 BEGIN SELECT RAISE(ABORT, '{says}'); END;"
            )
        };
        manager.get_connection().execute_unprepared(&statement).await?;
        Ok(())
    }
}
