//! Quotes, and what follows an accepted one: clearance, operation, complications, discharge and follow-up.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, date, integer, pk_uuid, small_integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_quotes(manager).await?;
        keep_issued_quotes(manager).await?;
        create_clearances(manager).await?;
        create_procedures(manager).await?;
        create_complications(manager).await?;
        create_discharges(manager).await?;
        create_visits(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["follow_up_visits", "discharges", "complications", "procedures", "surgery_clearances", "quotes"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION quotes_stay_as_issued();").await?;
        }
        Ok(())
    }
}

/// A foreign key of `table`, named after its column without `_id`.
fn refers(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    let name = format!("fk_{table}_{}", column.trim_end_matches("_id"));
    ForeignKey::create().name(name).from(table, column).to(to, "id").to_owned()
}

async fn create_quotes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let quotes = Table::create()
        .table("quotes")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("referral_id"))
        .col(small_integer("cycle"))
        .col(small_integer("revision"))
        .col(string("language"))
        .col(string("currency"))
        .col(text("lines"))
        .col(big_integer("deposit_minor"))
        .col(date("valid_until"))
        .col(string("content_hash"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("issued_at"))
        .col(timestamp_with_time_zone_null("accepted_at"))
        .col(string_null("acceptance_channel"))
        .col(string_null("acceptance_evidence"))
        .col(string_null("terms_version"))
        .col(uuid("created_by"))
        .col(integer("version"))
        .foreign_key(&mut refers("quotes", "case_id", "cases"))
        .foreign_key(&mut refers("quotes", "referral_id", "referrals"))
        .foreign_key(&mut refers("quotes", "created_by", "users"))
        .check(("ck_quotes_revision", Expr::cust("revision >= 1 AND cycle >= 1")))
        .check(("ck_quotes_deposit", Expr::cust("deposit_minor >= 0")))
        .check(("ck_quotes_issued", Expr::cust("(state IN ('issued', 'accepted')) <= (issued_at IS NOT NULL)")))
        .check((
            "ck_quotes_accepted",
            Expr::cust(
                "(state = 'accepted') <= (accepted_at IS NOT NULL) \
                 AND (accepted_at IS NULL) = (acceptance_channel IS NULL) \
                 AND (accepted_at IS NULL) = (acceptance_evidence IS NULL) \
                 AND (accepted_at IS NULL) = (terms_version IS NULL)",
            ),
        ))
        .to_owned();
    manager.create_table(quotes).await?;
    manager
        .create_index(
            Index::create().name("ix_quotes_valid_until").table("quotes").col("state").col("valid_until").to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_quotes_case_id_cycle_revision")
                .table("quotes")
                .col("case_id")
                .col("cycle")
                .col("revision")
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_quotes_case_id_cycle")
                .table("quotes")
                .col("case_id")
                .col("cycle")
                .unique()
                .and_where(Expr::cust("state IN ('issued', 'accepted')"))
                .to_owned(),
        )
        .await
}

/// What a quote offers, and when it was issued: the patient's acceptance names exactly this.
const QUOTE_CONTENT: &[&str] = &[
    "id",
    "case_id",
    "referral_id",
    "cycle",
    "revision",
    "language",
    "currency",
    "lines",
    "deposit_minor",
    "valid_until",
    "content_hash",
    "issued_at",
    "created_by",
];

/// Refuses to change what a quote says once it has left our hands, and to take it back to a draft.
async fn keep_issued_quotes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let ours = "IN ('draft', 'pending_approval')";
    let changed = |differs: &str| {
        let columns: Vec<_> =
            QUOTE_CONTENT.iter().map(|column| format!("NEW.{column} {differs} OLD.{column}")).collect();
        format!("OLD.state NOT {ours} AND (NEW.state {ours} OR {})", columns.join(" OR "))
    };
    let statement = if manager.get_database_backend() == DatabaseBackend::Postgres {
        format!(
            "CREATE FUNCTION quotes_stay_as_issued() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'ck_quotes_immutable'; END $$;
             CREATE TRIGGER ck_quotes_immutable BEFORE UPDATE ON quotes
             FOR EACH ROW WHEN ({}) EXECUTE FUNCTION quotes_stay_as_issued();",
            changed("IS DISTINCT FROM")
        )
    } else {
        format!(
            "CREATE TRIGGER ck_quotes_immutable BEFORE UPDATE ON quotes WHEN {}
             BEGIN SELECT RAISE(ABORT, 'ck_quotes_immutable'); END;",
            changed("IS NOT")
        )
    };
    manager.get_connection().execute_unprepared(&statement).await?;
    Ok(())
}

async fn create_clearances(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let clearances = Table::create()
        .table("surgery_clearances")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(small_integer("cycle"))
        .col(string("state"))
        .col(uuid("requested_by"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(uuid_null("decided_by"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(string_null("reason"))
        .col(integer("version"))
        .foreign_key(&mut refers("surgery_clearances", "case_id", "cases"))
        .foreign_key(&mut refers("surgery_clearances", "requested_by", "users"))
        .foreign_key(&mut refers("surgery_clearances", "decided_by", "users"))
        .check(("ck_surgery_clearances_decided", Expr::cust("(state = 'requested') = (decided_at IS NULL)")))
        .check((
            "ck_surgery_clearances_decided_by",
            Expr::cust("(state IN ('cleared', 'refused')) <= (decided_by IS NOT NULL)"),
        ))
        .check(("ck_surgery_clearances_reason", Expr::cust("(state IN ('refused', 'revoked')) = (reason IS NOT NULL)")))
        .to_owned();
    manager.create_table(clearances).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_surgery_clearances_case_id_cycle")
                .table("surgery_clearances")
                .col("case_id")
                .col("cycle")
                .unique()
                .and_where(Expr::cust("state IN ('requested', 'cleared')"))
                .to_owned(),
        )
        .await?;
    index_by_case(manager, "surgery_clearances").await
}

async fn create_procedures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let procedures = Table::create()
        .table("procedures")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("referral_id"))
        .col(small_integer("cycle"))
        .col(string("kind"))
        .col(string("side"))
        .col(string("state"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(text_null("record"))
        .col(string_null("abort_reason"))
        .col(integer("version"))
        .foreign_key(&mut refers("procedures", "case_id", "cases"))
        .foreign_key(&mut refers("procedures", "referral_id", "referrals"))
        .check(("ck_procedures_order", Expr::cust("ended_at IS NULL OR ended_at > started_at")))
        .check(("ck_procedures_ended", Expr::cust("(state IN ('completed', 'aborted')) <= (ended_at IS NOT NULL)")))
        .to_owned();
    manager.create_table(procedures).await?;
    index_by_case(manager, "procedures").await
}

async fn create_complications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let complications = Table::create()
        .table("complications")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(date("onset_on"))
        .col(string("phase"))
        .col(string("grade"))
        .col(string("state"))
        .col(uuid("recorded_by"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(integer("version"))
        .foreign_key(&mut refers("complications", "case_id", "cases"))
        .foreign_key(&mut refers("complications", "recorded_by", "users"))
        .to_owned();
    manager.create_table(complications).await?;
    index_by_case(manager, "complications").await
}

async fn create_discharges(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let discharges = Table::create()
        .table("discharges")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("referral_id"))
        .col(small_integer("cycle"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("discharged_at"))
        .col(string("disposition"))
        .col(string("facial_function"))
        .col(string("spasm"))
        .col(string("hearing"))
        .col(string("wound"))
        .col(text("medication"))
        .col(string("advice_language"))
        .col(string_null("advice_understood_through"))
        .col(date("follow_up_on"))
        .col(string_null("summary_reference"))
        .foreign_key(&mut refers("discharges", "case_id", "cases"))
        .foreign_key(&mut refers("discharges", "referral_id", "referrals"))
        .to_owned();
    manager.create_table(discharges).await?;
    index_by_case(manager, "discharges").await
}

async fn create_visits(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let visits = Table::create()
        .table("follow_up_visits")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(small_integer("cycle"))
        .col(string("timepoint"))
        .col(date("due_on"))
        .col(timestamp_with_time_zone_null("seen_at"))
        .col(uuid_null("recorded_by"))
        .col(text_null("findings"))
        .col(integer("version"))
        .foreign_key(&mut refers("follow_up_visits", "case_id", "cases"))
        .foreign_key(&mut refers("follow_up_visits", "recorded_by", "users"))
        .check((
            "ck_follow_up_visits_done",
            Expr::cust("(seen_at IS NULL) = (findings IS NULL) AND (seen_at IS NULL) = (recorded_by IS NULL)"),
        ))
        .to_owned();
    manager.create_table(visits).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_follow_up_visits_case_id_cycle_timepoint")
                .table("follow_up_visits")
                .col("case_id")
                .col("cycle")
                .col("timepoint")
                .unique()
                .to_owned(),
        )
        .await
}

async fn index_by_case(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    let index = Index::create().name(format!("ix_{table}_case")).table(table).col("case_id").col("id").to_owned();
    manager.create_index(index).await
}
