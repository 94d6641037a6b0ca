//! Who signs in, what they did, and the numbers that people use.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_len, binary_null, boolean, integer, pk_uuid, string, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_users(manager).await?;
        create_sessions(manager).await?;
        create_audit(manager).await?;
        create_counters_and_keys(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::release(manager, "audit_records").await?;
        for table in
            ["idempotency_keys", "installation", "counters", "audit_records", "refresh_tokens", "sessions", "users"]
        {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let users = Table::create()
        .table("users")
        .col(pk_uuid("id"))
        .col(string("login"))
        .col(string("name"))
        .col(string("roles"))
        .col(uuid_null("hospital_id"))
        .col(uuid_null("interpreter_id"))
        .col(string("state"))
        .col(string("password_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .to_owned();
    manager.create_table(users).await?;
    let login = Index::create().name("uq_users_login").table("users").col("login").unique().to_owned();
    manager.create_index(login).await
}

async fn create_sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sessions = Table::create()
        .table("sessions")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .foreign_key(ForeignKey::create().name("fk_sessions_user").from("sessions", "user_id").to("users", "id"))
        .to_owned();
    manager.create_table(sessions).await?;
    let tokens = Table::create()
        .table("refresh_tokens")
        .col(pk_uuid("id"))
        .col(uuid("session_id"))
        .col(uuid_null("parent_id"))
        .col(binary_len("hash", 32))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("rotated_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_refresh_tokens_session")
                .from("refresh_tokens", "session_id")
                .to("sessions", "id"),
        )
        .to_owned();
    manager.create_table(tokens).await?;
    let by_hash =
        Index::create().name("uq_refresh_tokens_hash").table("refresh_tokens").col("hash").unique().to_owned();
    manager.create_index(by_hash).await?;
    let by_parent =
        Index::create().name("ix_refresh_tokens_parent").table("refresh_tokens").col("parent_id").to_owned();
    manager.create_index(by_parent).await
}

async fn create_audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let records = Table::create()
        .table("audit_records")
        .col(pk_uuid("id"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("request_id"))
        .col(uuid_null("actor_id"))
        .col(string("roles"))
        .col(string("action"))
        .col(string("object_kind"))
        .col(uuid_null("object_id"))
        .col(uuid_null("case_id"))
        .col(string("decision"))
        .to_owned();
    manager.create_table(records).await?;
    let by_case =
        Index::create().name("ix_audit_records_case").table("audit_records").col("case_id").col("id").to_owned();
    manager.create_index(by_case).await?;
    let by_request =
        Index::create().name("ix_audit_records_request").table("audit_records").col("request_id").to_owned();
    manager.create_index(by_request).await?;
    append_only::protect(manager, "audit_records").await
}

async fn create_counters_and_keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let counters =
        Table::create().table("counters").col(string("name").primary_key()).col(big_integer("value")).to_owned();
    manager.create_table(counters).await?;
    let installation =
        Table::create().table("installation").col(string("name").primary_key()).col(boolean("demo")).to_owned();
    manager.create_table(installation).await?;
    let keys = Table::create()
        .table("idempotency_keys")
        .col(uuid("user_id"))
        .col(string("key"))
        .col(binary_len("fingerprint", 32))
        .col(uuid_null("request_id"))
        .col(timestamp_with_time_zone("claimed_at"))
        .col(binary_null("answer"))
        .primary_key(Index::create().name("idempotency_keys_pkey").col("user_id").col("key"))
        .to_owned();
    manager.create_table(keys).await
}
