//! What the patient allowed, and what was found, decided and written about the patient.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date_null, integer, pk_uuid, small_integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_consents(manager).await?;
        create_assessments(manager).await?;
        create_reviews(manager).await?;
        create_notes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        release_signed_notes(manager).await?;
        append_only::release(manager, "reviews").await?;
        append_only::release(manager, "symptom_assessments").await?;
        for table in ["notes", "reviews", "symptom_assessments", "consents"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_consents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let consents = Table::create()
        .table("consents")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(string("purpose"))
        .col(uuid_null("hospital_id"))
        .col(string("text_version"))
        .col(string("language"))
        .col(string("method"))
        .col(string("given_by"))
        .col(timestamp_with_time_zone("given_at"))
        .col(date_null("valid_until"))
        .col(string("evidence"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .col(uuid("recorded_by"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().name("fk_consents_case").from("consents", "case_id").to("cases", "id"))
        .foreign_key(
            ForeignKey::create().name("fk_consents_hospital").from("consents", "hospital_id").to("hospitals", "id"),
        )
        .foreign_key(
            ForeignKey::create().name("fk_consents_recorded_by").from("consents", "recorded_by").to("users", "id"),
        )
        .check(("ck_consents_hospital", Expr::cust("(purpose = 'share_with_hospital') = (hospital_id IS NOT NULL)")))
        .check(("ck_consents_withdrawn", Expr::cust("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)")))
        .to_owned();
    manager.create_table(consents).await?;
    manager
        .create_index(Index::create().name("ix_consents_case").table("consents").col("case_id").col("id").to_owned())
        .await?;
    // One active consent for a case, purpose and recipient. Two indexes, because to a single one
    // no two rows without a hospital would be alike: NULL equals nothing.
    let with_recipient = Index::create()
        .name("uq_consents_case_id_purpose_hospital_id")
        .table("consents")
        .col("case_id")
        .col("purpose")
        .col("hospital_id")
        .unique()
        .and_where(Expr::cust("state = 'active'"))
        .to_owned();
    manager.create_index(with_recipient).await?;
    let without_recipient = Index::create()
        .name("uq_consents_case_id_purpose")
        .table("consents")
        .col("case_id")
        .col("purpose")
        .unique()
        .and_where(Expr::cust("state = 'active' AND hospital_id IS NULL"))
        .to_owned();
    manager.create_index(without_recipient).await
}

async fn create_assessments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let assessments = Table::create()
        .table("symptom_assessments")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("taken_by"))
        .col(timestamp_with_time_zone("taken_at"))
        .col(string("modality"))
        .col(string("laterality"))
        .col(string("onset"))
        .col(string("onset_site"))
        .col(string("form"))
        .col(text("regions"))
        .col(string("spasm_type"))
        .col(string("frequency"))
        .col(string("in_sleep"))
        .col(text("triggers"))
        .col(text("relievers"))
        .col(text("ear_symptoms"))
        .col(string("vision_interference"))
        .col(small_integer("pain"))
        .col(string("babinski"))
        .col(string("facial_weakness"))
        .col(string("previous_facial_palsy"))
        .col(text("red_flags"))
        .col(text("allergies"))
        .col(text("history"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_symptom_assessments_case")
                .from("symptom_assessments", "case_id")
                .to("cases", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_symptom_assessments_taken_by")
                .from("symptom_assessments", "taken_by")
                .to("users", "id"),
        )
        .check(("ck_symptom_assessments_pain", Expr::cust("pain BETWEEN 0 AND 10")))
        .to_owned();
    manager.create_table(assessments).await?;
    let by_case = Index::create()
        .name("ix_symptom_assessments_case")
        .table("symptom_assessments")
        .col("case_id")
        .col("id")
        .to_owned();
    manager.create_index(by_case).await?;
    append_only::protect(manager, "symptom_assessments").await
}

async fn create_reviews(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let reviews = Table::create()
        .table("reviews")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("doctor_id"))
        .col(timestamp_with_time_zone("signed_at"))
        .col(string("recommendation"))
        .col(string_null("diagnosis"))
        .col(string_null("laterality"))
        .col(text("indications"))
        .col(text("contraindications"))
        .col(text_null("red_flags_addressed"))
        .col(string_null("plan"))
        .col(date_null("plan_review_on"))
        .col(string_null("unsuitability"))
        .col(text_null("advice"))
        .col(text("summary"))
        .col(string("summary_language"))
        .foreign_key(ForeignKey::create().name("fk_reviews_case").from("reviews", "case_id").to("cases", "id"))
        .foreign_key(ForeignKey::create().name("fk_reviews_doctor").from("reviews", "doctor_id").to("users", "id"))
        .check(("ck_reviews_plan", Expr::cust("(plan IS NULL) = (plan_review_on IS NULL)")))
        .to_owned();
    manager.create_table(reviews).await?;
    manager
        .create_index(Index::create().name("ix_reviews_case").table("reviews").col("case_id").col("id").to_owned())
        .await?;
    append_only::protect(manager, "reviews").await
}

async fn create_notes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let notes = Table::create()
        .table("notes")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(uuid("author_id"))
        .col(string("kind"))
        .col(string("language"))
        .col(text("body"))
        .col(string("audience"))
        .col(string("state"))
        .col(timestamp_with_time_zone("written_at"))
        .col(timestamp_with_time_zone_null("signed_at"))
        .col(uuid_null("addendum_of"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().name("fk_notes_case").from("notes", "case_id").to("cases", "id"))
        .foreign_key(ForeignKey::create().name("fk_notes_author").from("notes", "author_id").to("users", "id"))
        .foreign_key(ForeignKey::create().name("fk_notes_addendum_of").from("notes", "addendum_of").to("notes", "id"))
        .check(("ck_notes_signed", Expr::cust("(state = 'signed') = (signed_at IS NOT NULL)")))
        .to_owned();
    manager.create_table(notes).await?;
    manager
        .create_index(Index::create().name("ix_notes_case").table("notes").col("case_id").col("id").to_owned())
        .await?;
    seal_signed_notes(manager).await
}

/// Refuses to change or delete a note once it is signed; a draft may still change, and be signed.
async fn seal_signed_notes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        connection
            .execute_unprepared(
                "CREATE FUNCTION notes_signed_stay() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'ck_notes_signed_stay'; END $$;
                 CREATE TRIGGER notes_signed_stay BEFORE UPDATE OR DELETE ON notes
                 FOR EACH ROW WHEN (OLD.state = 'signed') EXECUTE FUNCTION notes_signed_stay();",
            )
            .await?;
        return Ok(());
    }
    for event in ["UPDATE", "DELETE"] {
        connection
            .execute_unprepared(&format!(
                "CREATE TRIGGER notes_signed_refuse_{event} BEFORE {event} ON notes WHEN OLD.state = 'signed'
                 BEGIN SELECT RAISE(ABORT, 'ck_notes_signed_stay'); END;"
            ))
            .await?;
    }
    Ok(())
}

async fn release_signed_notes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        let drop = "DROP TRIGGER notes_signed_stay ON notes; DROP FUNCTION notes_signed_stay();";
        manager.get_connection().execute_unprepared(drop).await?;
    }
    Ok(())
}
