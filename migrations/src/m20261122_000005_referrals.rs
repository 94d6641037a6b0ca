//! Referrals to hospitals, and what the hospitals report on them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, date_null, integer, pk_uuid, small_integer, string, string_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_referrals(manager).await?;
        create_reports(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::release(manager, "referral_reports").await?;
        for table in ["referral_reports", "referrals"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_referrals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let referrals = Table::create()
        .table("referrals")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("hospital_id"))
        .col(small_integer("cycle"))
        .col(string("question"))
        .col(text_null("message"))
        .col(string("state"))
        // Whether the state is one that leads on: which ones do is the domain's to say, not the index's.
        .col(boolean("is_open"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("respond_by"))
        .col(timestamp_with_time_zone_null("received_at"))
        .col(text_null("acceptance"))
        .col(string_null("decline_reason"))
        .col(date_null("admission_on"))
        .col(date_null("surgery_on"))
        .col(string_null("ward"))
        .col(small_integer("reschedules"))
        .col(string_null("admission_number"))
        .col(string_null("reason"))
        .col(timestamp_with_time_zone_null("cancel_requested_at"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().name("fk_referrals_case").from("referrals", "case_id").to("cases", "id"))
        .foreign_key(
            ForeignKey::create().name("fk_referrals_hospital").from("referrals", "hospital_id").to("hospitals", "id"),
        )
        .foreign_key(
            ForeignKey::create().name("fk_referrals_created_by").from("referrals", "created_by").to("users", "id"),
        )
        .check(("ck_referrals_cycle", Expr::cust("cycle >= 1")))
        .check((
            "ck_referrals_sent",
            Expr::cust("(sent_at IS NULL) = (respond_by IS NULL) AND (state = 'draft') <= (sent_at IS NULL)"),
        ))
        .check((
            "ck_referrals_schedule",
            Expr::cust("(admission_on IS NULL) = (surgery_on IS NULL) AND (ward IS NULL OR admission_on IS NOT NULL)"),
        ))
        .check(("ck_referrals_schedule_order", Expr::cust("admission_on IS NULL OR admission_on <= surgery_on")))
        .to_owned();
    manager.create_table(referrals).await?;
    let one_open = Index::create()
        .name("uq_referrals_case_id_hospital_id")
        .table("referrals")
        .col("case_id")
        .col("hospital_id")
        .unique()
        .and_where(Expr::cust("is_open"))
        .to_owned();
    manager.create_index(one_open).await?;
    for (name, first, then) in [
        ("ix_referrals_case", "case_id", "id"),
        ("ix_referrals_hospital", "hospital_id", "id"),
        ("ix_referrals_respond_by", "state", "respond_by"),
        ("ix_referrals_cancel_requested_at", "state", "cancel_requested_at"),
    ] {
        manager.create_index(Index::create().name(name).table("referrals").col(first).col(then).to_owned()).await?;
    }
    Ok(())
}

async fn create_reports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let reports = Table::create()
        .table("referral_reports")
        .col(uuid("referral_id"))
        .col(uuid("id"))
        .col(string("kind"))
        .col(string("mrn"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid("reported_by"))
        .col(text("content"))
        .col(string("led_to"))
        // The id is the hospital's own: two hospitals may hit upon the same one.
        .primary_key(Index::create().name("referral_reports_pkey").col("referral_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_referral_reports_referral")
                .from("referral_reports", "referral_id")
                .to("referrals", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_referral_reports_reported_by")
                .from("referral_reports", "reported_by")
                .to("users", "id"),
        )
        .to_owned();
    manager.create_table(reports).await?;
    let in_order = Index::create()
        .name("ix_referral_reports_order")
        .table("referral_reports")
        .col("referral_id")
        .col("occurred_at")
        .col("id")
        .to_owned();
    manager.create_index(in_order).await?;
    append_only::protect(manager, "referral_reports").await
}
