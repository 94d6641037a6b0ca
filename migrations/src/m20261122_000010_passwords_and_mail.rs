//! Passwords apart from their users, one-time links, known devices, throttles, and mails to be sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary_len, integer, pk_uuid, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        move_passwords_out(manager).await?;
        let language = string("language").default("en").to_owned();
        for column in [string_null("email"), language] {
            manager.alter_table(Table::alter().table("users").add_column(column).to_owned()).await?;
        }
        create_links(manager).await?;
        create_devices(manager).await?;
        create_throttles(manager).await?;
        create_mails(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["outgoing_mails", "throttles", "known_devices", "one_time_links"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in ["language", "email"] {
            manager.alter_table(Table::alter().table("users").drop_column(column).to_owned()).await?;
        }
        move_passwords_back(manager).await
    }
}

fn refers(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    let name = format!("fk_{table}_{}", column.trim_end_matches("_id"));
    ForeignKey::create().name(name).from(table, column).to(to, "id").to_owned()
}

async fn move_passwords_out(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let passwords = Table::create()
        .table("passwords")
        .col(uuid("user_id").primary_key())
        .col(string("hash"))
        .col(timestamp_with_time_zone("changed_at"))
        .col(integer("version"))
        .foreign_key(&mut refers("passwords", "user_id", "users"))
        .to_owned();
    manager.create_table(passwords).await?;
    let copy = "INSERT INTO passwords (user_id, hash, changed_at, version) \
                SELECT id, password_hash, created_at, 1 FROM users WHERE password_hash <> ''";
    manager.get_connection().execute_unprepared(copy).await?;
    manager.alter_table(Table::alter().table("users").drop_column("password_hash").to_owned()).await
}

/// Whoever has no password gets an empty text, which no password matches.
async fn move_passwords_back(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let hash = string("password_hash").default("").to_owned();
    manager.alter_table(Table::alter().table("users").add_column(hash).to_owned()).await?;
    let copy = "UPDATE users SET password_hash = \
                coalesce((SELECT hash FROM passwords WHERE passwords.user_id = users.id), '')";
    manager.get_connection().execute_unprepared(copy).await?;
    manager.drop_table(Table::drop().table("passwords").to_owned()).await
}

/// One link of each purpose for each user: a later one takes the place of the earlier.
async fn create_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let links = Table::create()
        .table("one_time_links")
        .col(uuid("user_id"))
        .col(string("purpose"))
        .col(binary_len("hash", 32))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .primary_key(Index::create().name("one_time_links_pkey").col("user_id").col("purpose"))
        .foreign_key(&mut refers("one_time_links", "user_id", "users"))
        .to_owned();
    manager.create_table(links).await?;
    let by_hash =
        Index::create().name("uq_one_time_links_hash").table("one_time_links").col("hash").unique().to_owned();
    manager.create_index(by_hash).await
}

async fn create_devices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let devices = Table::create()
        .table("known_devices")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(binary_len("hash", 32))
        .col(timestamp_with_time_zone("known_since"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut refers("known_devices", "user_id", "users"))
        .to_owned();
    manager.create_table(devices).await?;
    let by_hash = Index::create().name("uq_known_devices_hash").table("known_devices").col("hash").unique().to_owned();
    manager.create_index(by_hash).await?;
    let by_user = Index::create().name("ix_known_devices_user").table("known_devices").col("user_id").to_owned();
    manager.create_index(by_user).await?;
    let by_end =
        Index::create().name("ix_known_devices_expires_at").table("known_devices").col("expires_at").to_owned();
    manager.create_index(by_end).await
}

/// Without a foreign key: most of what is counted is no row of ours.
async fn create_throttles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let throttles = Table::create()
        .table("throttles")
        .col(string("counter"))
        .col(binary_len("key", 32))
        .col(integer("count"))
        .col(timestamp_with_time_zone("open_at"))
        .col(timestamp_with_time_zone("touched_at"))
        .primary_key(Index::create().name("throttles_pkey").col("counter").col("key"))
        .check(("ck_throttles_count", Expr::cust("count >= 0")))
        .to_owned();
    manager.create_table(throttles).await?;
    let by_age = Index::create().name("ix_throttles_touched_at").table("throttles").col("touched_at").to_owned();
    manager.create_index(by_age).await
}

async fn create_mails(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mails = Table::create()
        .table("outgoing_mails")
        .col(pk_uuid("id"))
        .col(string("kind"))
        .col(string("recipient"))
        .col(uuid_null("user_id"))
        .col(uuid_null("case_id"))
        .col(uuid_null("about_user_id"))
        .col(timestamp_with_time_zone_null("about_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("next_attempt_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("failed_at"))
        .foreign_key(&mut refers("outgoing_mails", "user_id", "users"))
        .foreign_key(&mut refers("outgoing_mails", "case_id", "cases"))
        .foreign_key(&mut refers("outgoing_mails", "about_user_id", "users"))
        .check(("ck_outgoing_mails_recipient", Expr::cust("(recipient = 'user') = (user_id IS NOT NULL)")))
        .check(("ck_outgoing_mails_end", Expr::cust("sent_at IS NULL OR failed_at IS NULL")))
        .check(("ck_outgoing_mails_attempts", Expr::cust("attempts >= 0")))
        .to_owned();
    manager.create_table(mails).await?;
    let waiting = Index::create()
        .name("ix_outgoing_mails_waiting")
        .table("outgoing_mails")
        .col("next_attempt_at")
        .and_where(Expr::cust("sent_at IS NULL AND failed_at IS NULL"))
        .to_owned();
    manager.create_index(waiting).await
}
