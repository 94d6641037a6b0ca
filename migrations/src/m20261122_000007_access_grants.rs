//! Who may reach which case: one row for each access, with its basis, its times and its consent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    pk_uuid, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ended = Table::alter().table("referrals").add_column(timestamp_with_time_zone_null("ended_at")).to_owned();
        manager.alter_table(ended).await?;
        create_grants(manager).await?;
        grant_what_is_open(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("access_grants").to_owned()).await?;
        manager.alter_table(Table::alter().table("referrals").drop_column("ended_at").to_owned()).await
    }
}

async fn create_grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let reference = |column: &'static str, table: &'static str| {
        ForeignKey::create()
            .name(format!("fk_access_grants_{column}"))
            .from("access_grants", column)
            .to(table, "id")
            .to_owned()
    };
    let grants = Table::create()
        .table("access_grants")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("basis"))
        .col(uuid_null("user_id"))
        .col(uuid_null("hospital_id"))
        .col(uuid_null("interpreter_id"))
        .col(uuid_null("referral_id"))
        .col(uuid_null("booking_id"))
        .col(string("audience"))
        .col(timestamp_with_time_zone("valid_from"))
        .col(timestamp_with_time_zone_null("valid_until"))
        .col(string_null("reason_code"))
        .col(string_null("reason"))
        .col(uuid_null("consent_id"))
        .col(uuid_null("granted_by"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(string_null("end_reason"))
        .foreign_key(&mut reference("case_id", "cases"))
        .foreign_key(&mut reference("user_id", "users"))
        .foreign_key(&mut reference("hospital_id", "hospitals"))
        .foreign_key(&mut reference("interpreter_id", "interpreters"))
        .foreign_key(&mut reference("referral_id", "referrals"))
        .foreign_key(&mut reference("booking_id", "interpreter_bookings"))
        .foreign_key(&mut reference("consent_id", "consents"))
        .foreign_key(&mut reference("granted_by", "users"))
        // Each basis has its own kind of holder, and nothing else.
        .check((
            "ck_access_grants_holder",
            Expr::cust(
                "(basis = 'referral' AND hospital_id IS NOT NULL AND referral_id IS NOT NULL \
                    AND user_id IS NULL AND interpreter_id IS NULL AND booking_id IS NULL) \
                 OR (basis = 'booking' AND interpreter_id IS NOT NULL AND booking_id IS NOT NULL \
                    AND user_id IS NULL AND hospital_id IS NULL AND referral_id IS NULL) \
                 OR (basis NOT IN ('referral', 'booking') AND user_id IS NOT NULL \
                    AND hospital_id IS NULL AND interpreter_id IS NULL AND referral_id IS NULL AND booking_id IS NULL)",
            ),
        ))
        .check(("ck_access_grants_times", Expr::cust("valid_until IS NULL OR valid_from < valid_until")))
        .check(("ck_access_grants_end", Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)")))
        // An emergency ends by itself, and says why it was one.
        .check((
            "ck_access_grants_emergency",
            Expr::cust("basis <> 'break_glass' OR (valid_until IS NOT NULL AND reason_code IS NOT NULL AND reason IS NOT NULL)"),
        ))
        .to_owned();
    manager.create_table(grants).await?;
    // A case has one coordinator and one doctor at a time.
    let one_each = Index::create()
        .name("uq_access_grants_case_id_basis")
        .table("access_grants")
        .col("case_id")
        .col("basis")
        .unique()
        .and_where(Expr::cust("ended_at IS NULL AND basis IN ('coordinator', 'doctor')"))
        .to_owned();
    manager.create_index(one_each).await?;
    for column in ["case_id", "user_id", "hospital_id", "interpreter_id", "referral_id", "booking_id"] {
        let open = Index::create()
            .name(format!("ix_access_grants_{column}"))
            .table("access_grants")
            .col(column)
            .and_where(Expr::cust("ended_at IS NULL"))
            .to_owned();
        manager.create_index(open).await?;
    }
    let history =
        Index::create().name("ix_access_grants_history").table("access_grants").col("case_id").col("id").to_owned();
    manager.create_index(history).await
}

/// Whoever had access before has it on: teams, hospitals with a consent or a patient in their care, firm bookings.
async fn grant_what_is_open(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
    let id = if postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let insert = "INSERT INTO access_grants (id, case_id, basis, user_id, hospital_id, interpreter_id, \
                  referral_id, booking_id, audience, valid_from, valid_until, consent_id)";
    let consent = "(SELECT consents.id FROM consents WHERE consents.case_id = referrals.case_id \
                   AND consents.hospital_id = referrals.hospital_id AND consents.purpose = 'share_with_hospital' \
                   AND consents.state = 'active')";
    let statements = [
        format!(
            "{insert} SELECT {id}, id, 'coordinator', coordinator_id, NULL, NULL, NULL, NULL, 'full', received_at, NULL, NULL FROM cases"
        ),
        format!(
            "{insert} SELECT {id}, id, 'doctor', doctor_id, NULL, NULL, NULL, NULL, 'full', received_at, NULL, NULL \
             FROM cases WHERE doctor_id IS NOT NULL"
        ),
        format!(
            "{insert} SELECT {id}, case_id, 'referral', NULL, hospital_id, NULL, id, NULL, 'hospital', \
             coalesce(sent_at, created_at), NULL, {consent} FROM referrals \
             WHERE state IN ('in_progress', 'on_hold', 'completed') \
                OR (state NOT IN ('draft', 'entered_in_error') AND {consent} IS NOT NULL)"
        ),
        format!(
            "{insert} SELECT {id}, case_id, 'booking', NULL, NULL, interpreter_id, NULL, id, 'interpreter', \
             offered_at, ends_at, NULL FROM interpreter_bookings \
             WHERE interpreter_id IS NOT NULL AND offered_at IS NOT NULL AND offered_at < ends_at \
               AND state IN ('offered', 'accepted', 'checked_in')"
        ),
    ];
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
