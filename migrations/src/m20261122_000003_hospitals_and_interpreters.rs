//! Partner hospitals, interpreters, and the bookings that must never overlap.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date, integer, pk_uuid, small_integer, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_hospitals(manager).await?;
        create_interpreters(manager).await?;
        bind_users(manager).await?;
        create_bookings(manager).await?;
        refuse_overlaps(manager).await
    }

    /// The extension stays: it may have been there before us, and it holds nothing.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("interpreter_bookings").to_owned()).await?;
        release_users(manager).await?;
        for table in ["interpreters", "hospitals"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_hospitals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let hospitals = Table::create()
        .table("hospitals")
        .col(pk_uuid("id"))
        .col(string("name_en"))
        .col(string("name_tr"))
        .col(string("name_ar"))
        .col(string("city"))
        .col(string("time_zone"))
        .col(string("licence_issuer"))
        .col(string("licence_number"))
        .col(date("licence_valid_from"))
        .col(date("licence_valid_until"))
        .col(string("capabilities"))
        .col(string("accreditations"))
        .col(string("state"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .check(("ck_hospitals_licence_term", Expr::cust("licence_valid_from < licence_valid_until")))
        .to_owned();
    manager.create_table(hospitals).await
}

async fn create_interpreters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let interpreters = Table::create()
        .table("interpreters")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(string("sex"))
        .col(string("languages"))
        .col(string("dialects"))
        .col(string("qualification"))
        .col(integer("training_hours"))
        .col(string("modalities"))
        .col(date("confidential_until"))
        .col(string("state"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .check(("ck_interpreters_training_hours", Expr::cust("training_hours BETWEEN 0 AND 10000")))
        .to_owned();
    manager.create_table(interpreters).await
}

/// What a user may be bound to, and where.
const BINDINGS: [(&str, &str); 2] = [("hospital_id", "hospitals"), ("interpreter_id", "interpreters")];

/// A user belongs to a hospital, or is an interpreter, that exists. SQLite cannot add a foreign key
/// to a table that stands, and many tables refer to this one; triggers that speak like a foreign
/// key do the same there. That the other end stays is nobody's risk: neither kind is ever deleted.
async fn bind_users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for (column, table) in BINDINGS {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let key = format!(
                "ALTER TABLE users ADD CONSTRAINT fk_users_{column} FOREIGN KEY ({column}) REFERENCES {table} (id)"
            );
            connection.execute_unprepared(&key).await?;
            continue;
        }
        for event in ["INSERT", "UPDATE"] {
            let trigger = format!(
                "CREATE TRIGGER fk_users_{column}_{event} BEFORE {event} ON users
                 WHEN NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} WHERE id = NEW.{column})
                 BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed'); END"
            );
            connection.execute_unprepared(&trigger).await?;
        }
    }
    Ok(())
}

async fn release_users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for (column, _) in BINDINGS {
        let drop = if manager.get_database_backend() == DatabaseBackend::Postgres {
            format!("ALTER TABLE users DROP CONSTRAINT fk_users_{column}")
        } else {
            format!("DROP TRIGGER fk_users_{column}_INSERT; DROP TRIGGER fk_users_{column}_UPDATE")
        };
        connection.execute_unprepared(&drop).await?;
    }
    Ok(())
}

async fn create_bookings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let bookings = Table::create()
        .table("interpreter_bookings")
        .col(pk_uuid("id"))
        .col(uuid("case_id"))
        .col(small_integer("cycle"))
        .col(uuid_null("interpreter_id"))
        .col(string("encounter"))
        .col(string("modality"))
        .col(timestamp_with_time_zone("starts_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .col(timestamp_with_time_zone("occupied_from"))
        .col(timestamp_with_time_zone("occupied_until"))
        .col(string("time_zone"))
        .col(string("place"))
        .col(string("language"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("offered_at"))
        .col(timestamp_with_time_zone_null("respond_by"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .col(string_null("reason"))
        .col(uuid("requested_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_interpreter_bookings_case")
                .from("interpreter_bookings", "case_id")
                .to("cases", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_interpreter_bookings_interpreter")
                .from("interpreter_bookings", "interpreter_id")
                .to("interpreters", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk_interpreter_bookings_requested_by")
                .from("interpreter_bookings", "requested_by")
                .to("users", "id"),
        )
        .check((
            "ck_interpreter_bookings_window",
            Expr::cust("starts_at < ends_at AND occupied_from <= starts_at AND ends_at <= occupied_until"),
        ))
        .check((
            "ck_interpreter_bookings_offered",
            Expr::cust(
                "(interpreter_id IS NULL) = (offered_at IS NULL) AND (offered_at IS NULL) = (respond_by IS NULL)",
            ),
        ))
        .check((
            "ck_interpreter_bookings_interpreter",
            Expr::cust("interpreter_id IS NOT NULL OR state IN ('requested', 'cancelled_early', 'cancelled_late')"),
        ))
        .to_owned();
    manager.create_table(bookings).await?;
    for (name, first, then) in [
        ("ix_interpreter_bookings_case", "case_id", "id"),
        ("ix_interpreter_bookings_interpreter", "interpreter_id", "id"),
        ("ix_interpreter_bookings_respond_by", "state", "respond_by"),
    ] {
        manager
            .create_index(Index::create().name(name).table("interpreter_bookings").col(first).col(then).to_owned())
            .await?;
    }
    Ok(())
}

/// Two firm bookings of one interpreter never overlap, whoever writes them and however many at once
/// (domain §7.5). The windows are half-open: one may begin when the other ends.
async fn refuse_overlaps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        // For `=` on uuid inside a gist index. Trusted since PostgreSQL 13: the database's owner may create it.
        connection.execute_unprepared("CREATE EXTENSION IF NOT EXISTS btree_gist").await?;
        connection
            .execute_unprepared(
                "ALTER TABLE interpreter_bookings ADD CONSTRAINT ex_interpreter_bookings_overlap
                 EXCLUDE USING gist (interpreter_id WITH =, tstzrange(occupied_from, occupied_until) WITH &&)
                 WHERE (state IN ('accepted', 'checked_in'))",
            )
            .await?;
        return Ok(());
    }
    // Instants are text there, always in UTC and of a form whose order is that of time. Writers come
    // one after another, so that a trigger sees every row that counts.
    for event in ["INSERT", "UPDATE"] {
        connection
            .execute_unprepared(&format!(
                "CREATE TRIGGER ex_interpreter_bookings_overlap_{event} BEFORE {event} ON interpreter_bookings
                 WHEN NEW.state IN ('accepted', 'checked_in') AND EXISTS (
                     SELECT 1 FROM interpreter_bookings AS other
                     WHERE other.interpreter_id = NEW.interpreter_id AND other.id <> NEW.id
                     AND other.state IN ('accepted', 'checked_in')
                     AND other.occupied_from < NEW.occupied_until AND NEW.occupied_from < other.occupied_until)
                 BEGIN SELECT RAISE(ABORT, 'ex_interpreter_bookings_overlap'); END"
            ))
            .await?;
    }
    Ok(())
}
