//! The machine clients of hospitals: what they prove themselves with, and what was already shown.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary_len, binary_len_null, binary_null, boolean, integer, pk_uuid, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_clients(manager).await?;
        create_credentials(manager).await?;
        create_sessions(manager).await?;
        create_used_assertions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["used_assertions", "client_sessions", "client_credentials", "clients"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_clients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let by = |column: &str| {
        ForeignKey::create()
            .name(format!("fk_clients_{column}"))
            .from("clients", column.to_owned())
            .to("users", "id")
            .to_owned()
    };
    let clients = Table::create()
        .table("clients")
        .col(pk_uuid("user_id"))
        .col(string("scopes"))
        .col(boolean("allows_secret"))
        .col(timestamp_with_time_zone("created_at"))
        .col(uuid_null("created_by"))
        .col(integer("version"))
        .foreign_key(&mut by("user_id"))
        .foreign_key(&mut by("created_by"))
        .to_owned();
    manager.create_table(clients).await
}

async fn create_credentials(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Either a public key with its id and algorithm, or the hash of a secret.
    let whole = "(secret_hash IS NULL) = (public_key IS NOT NULL) \
                 AND (key_id IS NULL) = (public_key IS NULL) AND (algorithm IS NULL) = (public_key IS NULL)";
    let credentials = Table::create()
        .table("client_credentials")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string_null("key_id"))
        .col(string_null("algorithm"))
        .col(binary_null("public_key"))
        .col(binary_len_null("secret_hash", 32))
        .col(timestamp_with_time_zone("valid_from"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .col(string_null("warned"))
        .check(("ck_client_credentials_whole", Expr::cust(whole)))
        .check(("ck_client_credentials_term", Expr::cust("valid_from < expires_at")))
        .foreign_key(
            ForeignKey::create()
                .name("fk_client_credentials_client")
                .from("client_credentials", "user_id")
                .to("clients", "user_id"),
        )
        .to_owned();
    manager.create_table(credentials).await?;
    // One key is one client's: a shared one would let one hospital's system speak for another's.
    for column in ["key_id", "secret_hash"] {
        let name = format!("uq_client_credentials_{column}");
        let unique = Index::create().name(name).table("client_credentials").col(column).unique().to_owned();
        manager.create_index(unique).await?;
    }
    for column in ["user_id", "expires_at"] {
        let name = format!("ix_client_credentials_{column}");
        let index = Index::create().name(name).table("client_credentials").col(column).to_owned();
        manager.create_index(index).await?;
    }
    Ok(())
}

async fn create_sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sessions = Table::create()
        .table("client_sessions")
        .col(pk_uuid("session_id"))
        .col(uuid("credential_id"))
        .col(string("scopes"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_client_sessions_session")
                .from("client_sessions", "session_id")
                .to("sessions", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_client_sessions_credential")
                .from("client_sessions", "credential_id")
                .to("client_credentials", "id"),
        )
        .to_owned();
    manager.create_table(sessions).await
}

async fn create_used_assertions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let used = Table::create()
        .table("used_assertions")
        .col(uuid("user_id"))
        .col(binary_len("token_hash", 32))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().name("used_assertions_pkey").col("user_id").col("token_hash"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_used_assertions_client")
                .from("used_assertions", "user_id")
                .to("clients", "user_id"),
        )
        .to_owned();
    manager.create_table(used).await?;
    let by_end =
        Index::create().name("ix_used_assertions_expires_at").table("used_assertions").col("expires_at").to_owned();
    manager.create_index(by_end).await
}
