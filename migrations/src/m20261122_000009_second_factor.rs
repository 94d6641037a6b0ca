//! Second factors: authenticator apps, passkeys, recovery codes, and how often codes were tried.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_len, integer, pk_uuid, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_totp(manager).await?;
        create_recovery_codes(manager).await?;
        create_passkeys(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "passkey_ceremonies",
            "passkeys",
            "second_factor_attempts",
            "recovery_codes",
            "totp_factors",
            "totp_enrolments",
        ];
        for table in tables {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_user")).from(table, "user_id").to("users", "id").to_owned()
}

async fn create_totp(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let enrolments = Table::create()
        .table("totp_enrolments")
        .col(pk_uuid("user_id"))
        .col(string("key_id"))
        .col(binary("secret"))
        .col(timestamp_with_time_zone("started_at"))
        .foreign_key(&mut of_user("totp_enrolments"))
        .to_owned();
    manager.create_table(enrolments).await?;
    let factors = Table::create()
        .table("totp_factors")
        .col(pk_uuid("user_id"))
        .col(string("key_id"))
        .col(binary("secret"))
        .col(timestamp_with_time_zone("confirmed_at"))
        .col(big_integer("last_step"))
        .foreign_key(&mut of_user("totp_factors"))
        .to_owned();
    manager.create_table(factors).await
}

async fn create_recovery_codes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let codes = Table::create()
        .table("recovery_codes")
        .col(uuid("user_id"))
        .col(binary_len("hash", 32))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .primary_key(Index::create().name("recovery_codes_pkey").col("user_id").col("hash"))
        .foreign_key(&mut of_user("recovery_codes"))
        .to_owned();
    manager.create_table(codes).await?;
    let attempts = Table::create()
        .table("second_factor_attempts")
        .col(pk_uuid("user_id"))
        .col(integer("failures"))
        .col(timestamp_with_time_zone_null("last_at"))
        .foreign_key(&mut of_user("second_factor_attempts"))
        .to_owned();
    manager.create_table(attempts).await
}

async fn create_passkeys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let passkeys = Table::create()
        .table("passkeys")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("name"))
        .col(binary("credential_id"))
        .col(text("credential"))
        .col(big_integer("counter"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .foreign_key(&mut of_user("passkeys"))
        .to_owned();
    manager.create_table(passkeys).await?;
    let by_credential =
        Index::create().name("uq_passkeys_credential_id").table("passkeys").col("credential_id").unique().to_owned();
    manager.create_index(by_credential).await?;
    let by_user = Index::create().name("ix_passkeys_user").table("passkeys").col("user_id").col("id").to_owned();
    manager.create_index(by_user).await?;
    let ceremonies = Table::create()
        .table("passkey_ceremonies")
        .col(uuid("session_id"))
        .col(string("kind"))
        .col(text("state"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().name("passkey_ceremonies_pkey").col("session_id").col("kind"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_passkey_ceremonies_session")
                .from("passkey_ceremonies", "session_id")
                .to("sessions", "id")
                // A session that is tidied away takes what it left half-done with it.
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned();
    manager.create_table(ceremonies).await?;
    let by_end = Index::create()
        .name("ix_passkey_ceremonies_expires_at")
        .table("passkey_ceremonies")
        .col("expires_at")
        .to_owned();
    manager.create_index(by_end).await
}
