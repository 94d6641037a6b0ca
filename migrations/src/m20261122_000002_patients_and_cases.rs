//! Patients, their cases, and what happened to them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, date, date_null, integer, pk_uuid, small_integer, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_patients(manager).await?;
        create_cases(manager).await?;
        create_events(manager).await?;
        create_evidence(manager).await?;
        create_tasks(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::release(manager, "case_events").await?;
        for table in
            ["tasks", "information_items", "confirmations", "case_events", "cases", "patient_phones", "patients"]
        {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_patients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let patients = Table::create()
        .table("patients")
        .col(pk_uuid("id"))
        .col(string("mrn"))
        .col(string_null("arabic_name"))
        .col(string_null("arabic_name_key"))
        .col(string_null("passport_surname"))
        .col(string_null("passport_given"))
        .col(string_null("latin_name_key"))
        .col(string_null("sex"))
        .col(string_null("birth_date"))
        .col(string_null("birth_certainty"))
        .col(string_null("nationality"))
        .col(string_null("residence_country"))
        .col(text("languages"))
        .col(text("contacts"))
        .col(boolean("interpreter_required"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create().name("fk_patients_created_by").from("patients", "created_by").to("users", "id"),
        )
        .check(("ck_patients_named", Expr::cust("arabic_name IS NOT NULL OR passport_surname IS NOT NULL")))
        .check(("ck_patients_passport_name", Expr::cust("(passport_surname IS NULL) = (passport_given IS NULL)")))
        .check(("ck_patients_birth", Expr::cust("(birth_date IS NULL) = (birth_certainty IS NULL)")))
        .to_owned();
    manager.create_table(patients).await?;
    for (name, column) in
        [("ix_patients_arabic_name_key", "arabic_name_key"), ("ix_patients_latin_name_key", "latin_name_key")]
    {
        manager.create_index(Index::create().name(name).table("patients").col(column).to_owned()).await?;
    }
    manager
        .create_index(Index::create().name("uq_patients_mrn").table("patients").col("mrn").unique().to_owned())
        .await?;
    let phones = Table::create()
        .table("patient_phones")
        .col(uuid("patient_id"))
        .col(string("number"))
        .primary_key(Index::create().name("patient_phones_pkey").col("patient_id").col("number"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_patient_phones_patient")
                .from("patient_phones", "patient_id")
                .to("patients", "id"),
        )
        .to_owned();
    manager.create_table(phones).await?;
    manager
        .create_index(Index::create().name("ix_patient_phones_number").table("patient_phones").col("number").to_owned())
        .await
}

async fn create_cases(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let cases = Table::create()
        .table("cases")
        .col(pk_uuid("id"))
        .col(string("number"))
        .col(uuid("patient_id"))
        .col(string("stage"))
        .col(timestamp_with_time_zone("stage_since"))
        .col(string_null("return_to"))
        .col(string_null("hold_reason"))
        .col(timestamp_with_time_zone_null("held_since"))
        .col(timestamp_with_time_zone_null("review_at"))
        .col(string("priority"))
        .col(uuid("coordinator_id"))
        .col(uuid_null("doctor_id"))
        .col(string_null("laterality"))
        .col(small_integer("surgery_cycle"))
        .col(string("source"))
        .col(string_null("agency"))
        .col(string("payer"))
        .col(timestamp_with_time_zone("received_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .col(string_null("closure_reason"))
        .col(small_integer("reopened_count"))
        .col(uuid_null("merged_into"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().name("fk_cases_patient").from("cases", "patient_id").to("patients", "id"))
        .foreign_key(
            ForeignKey::create().name("fk_cases_coordinator").from("cases", "coordinator_id").to("users", "id"),
        )
        .foreign_key(ForeignKey::create().name("fk_cases_doctor").from("cases", "doctor_id").to("users", "id"))
        .foreign_key(ForeignKey::create().name("fk_cases_merged_into").from("cases", "merged_into").to("cases", "id"))
        .check((
            "ck_cases_hold",
            Expr::cust("(hold_reason IS NULL) = (held_since IS NULL) AND (held_since IS NULL) = (review_at IS NULL)"),
        ))
        .check(("ck_cases_closed", Expr::cust("(stage = 'closed') <= (closed_at IS NOT NULL)")))
        .check(("ck_cases_closure_reason", Expr::cust("(closed_at IS NULL) = (closure_reason IS NULL)")))
        .check(("ck_cases_merged", Expr::cust("(stage = 'merged') = (merged_into IS NOT NULL)")))
        .check(("ck_cases_surgery_cycle", Expr::cust("surgery_cycle >= 1")))
        .to_owned();
    manager.create_table(cases).await?;
    manager
        .create_index(Index::create().name("uq_cases_number").table("cases").col("number").unique().to_owned())
        .await?;
    for (name, column) in [
        ("ix_cases_patient", "patient_id"),
        ("ix_cases_coordinator", "coordinator_id"),
        ("ix_cases_doctor", "doctor_id"),
        ("ix_cases_stage", "stage"),
    ] {
        manager.create_index(Index::create().name(name).table("cases").col(column).col("id").to_owned()).await?;
    }
    Ok(())
}

async fn create_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let events = Table::create()
        .table("case_events")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("edge"))
        .col(string("trigger"))
        .col(string_null("from_stage"))
        .col(string("to_stage"))
        .col(uuid_null("actor_id"))
        .col(string("party"))
        .col(string_null("on_behalf_of"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(string_null("closure_reason"))
        .col(string_null("reason"))
        .col(text("gates"))
        .col(string_null("override_reason"))
        .foreign_key(ForeignKey::create().name("fk_case_events_case").from("case_events", "case_id").to("cases", "id"))
        .foreign_key(
            ForeignKey::create().name("fk_case_events_actor").from("case_events", "actor_id").to("users", "id"),
        )
        .to_owned();
    manager.create_table(events).await?;
    manager
        .create_index(
            Index::create().name("ix_case_events_case").table("case_events").col("case_id").col("id").to_owned(),
        )
        .await?;
    append_only::protect(manager, "case_events").await
}

async fn create_evidence(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let confirmations = Table::create()
        .table("confirmations")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(small_integer("cycle"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(string("reference"))
        .col(string_null("channel"))
        .col(date_null("valid_from"))
        .col(date_null("valid_until"))
        .col(uuid_null("recorded_by"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(timestamp_with_time_zone_null("retracted_at"))
        .foreign_key(
            ForeignKey::create().name("fk_confirmations_case").from("confirmations", "case_id").to("cases", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_confirmations_recorded_by")
                .from("confirmations", "recorded_by")
                .to("users", "id"),
        )
        .check((
            "ck_confirmations_term",
            Expr::cust("valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until"),
        ))
        .to_owned();
    manager.create_table(confirmations).await?;
    manager
        .create_index(Index::create().name("ix_confirmations_case").table("confirmations").col("case_id").to_owned())
        .await?;
    let items = Table::create()
        .table("information_items")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(string("text"))
        .col(date("due_on"))
        .col(string("state"))
        .col(string_null("waived_because"))
        .col(uuid_null("asked_by"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_information_items_case")
                .from("information_items", "case_id")
                .to("cases", "id"),
        )
        .check(("ck_information_items_waived", Expr::cust("(state = 'waived') = (waived_because IS NOT NULL)")))
        .to_owned();
    manager.create_table(items).await?;
    manager
        .create_index(
            Index::create().name("ix_information_items_case").table("information_items").col("case_id").to_owned(),
        )
        .await
}

async fn create_tasks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let tasks = Table::create()
        .table("tasks")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(text("about"))
        .col(string("role"))
        .col(timestamp_with_time_zone("due_at"))
        .col(string("state"))
        .col(uuid_null("done_by"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().name("fk_tasks_case").from("tasks", "case_id").to("cases", "id"))
        .foreign_key(ForeignKey::create().name("fk_tasks_done_by").from("tasks", "done_by").to("users", "id"))
        .to_owned();
    manager.create_table(tasks).await?;
    manager.create_index(Index::create().name("ix_tasks_case").table("tasks").col("case_id").col("id").to_owned()).await
}
