//! Roles as assignments with a purpose and a term, reviews of who holds them, and why a hospital is suspended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    pk_uuid, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The roles that there were when roles became assignments.
const ROLES: &str = "'administrator', 'coordinator', 'lead', 'doctor', 'interpreter', 'finance', 'auditor', \
                     'hospital_user', 'hospital_client'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_assignments(manager).await?;
        fill_assignments(manager).await?;
        manager.alter_table(Table::alter().table("users").drop_column("roles").to_owned()).await?;
        add_last_sign_in(manager).await?;
        create_reviews(manager).await?;
        for column in [string_null("state_reason"), timestamp_with_time_zone_null("state_since")] {
            manager.alter_table(Table::alter().table("hospitals").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["state_since", "state_reason"] {
            manager.alter_table(Table::alter().table("hospitals").drop_column(column).to_owned()).await?;
        }
        append_only::release(manager, "access_reviews").await?;
        manager.drop_table(Table::drop().table("access_reviews").to_owned()).await?;
        manager.alter_table(Table::alter().table("users").drop_column("last_signed_in_at").to_owned()).await?;
        restore_roles(manager).await?;
        manager.drop_table(Table::drop().table("role_assignments").to_owned()).await
    }
}

async fn create_assignments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = |name: &str, column: &'static str| {
        ForeignKey::create().name(name).from("role_assignments", column).to("users", "id").to_owned()
    };
    let assignments = Table::create()
        .table("role_assignments")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("role"))
        .col(string("purpose"))
        .col(uuid_null("granted_by"))
        .col(timestamp_with_time_zone("granted_at"))
        .col(timestamp_with_time_zone_null("until"))
        .col(string_null("reason"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(uuid_null("ended_by"))
        .col(string_null("end_reason"))
        .foreign_key(&mut person("fk_role_assignments_user", "user_id"))
        .foreign_key(&mut person("fk_role_assignments_granted_by", "granted_by"))
        .foreign_key(&mut person("fk_role_assignments_ended_by", "ended_by"))
        .check(("ck_role_assignments_term", Expr::cust("until IS NULL OR granted_at < until")))
        .check((
            "ck_role_assignments_end",
            Expr::cust("ended_at IS NOT NULL OR (ended_by IS NULL AND end_reason IS NULL)"),
        ))
        .to_owned();
    manager.create_table(assignments).await?;
    let one_open = Index::create()
        .name("uq_role_assignments_user_id_role_purpose")
        .table("role_assignments")
        .col("user_id")
        .col("role")
        .col("purpose")
        .unique()
        .and_where(Expr::cust("ended_at IS NULL"))
        .to_owned();
    manager.create_index(one_open).await?;
    for (name, column) in [("ix_role_assignments_user", "user_id"), ("ix_role_assignments_role", "role")] {
        manager
            .create_index(Index::create().name(name).table("role_assignments").col(column).col("id").to_owned())
            .await?;
    }
    Ok(())
}

/// Each role that a user had becomes an assignment since their creation, given by nobody who is known;
/// administrators could give every role, and still can.
async fn fill_assignments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Ids of version 7 (RFC 9562) by the time of the user's creation, so that they are in order with later ones.
    let (id, roles, role, administers) = if manager.get_database_backend() == DatabaseBackend::Postgres {
        (
            "(lpad(to_hex((extract(epoch FROM users.created_at) * 1000)::bigint), 12, '0') || '7' \
              || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid",
            "jsonb_array_elements_text(users.roles::jsonb) AS held (value)",
            "held.value",
            "users.roles::jsonb ? 'administrator'",
        )
    } else {
        (
            "unhex(printf('%012x', unixepoch(users.created_at) * 1000) || '7' || substr(hex(randomblob(2)), 2) \
              || '8' || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))",
            "json_each(users.roles) AS held",
            "held.value",
            "EXISTS (SELECT 1 FROM json_each(users.roles) AS held WHERE held.value = 'administrator')",
        )
    };
    let insert = "INSERT INTO role_assignments (id, user_id, role, purpose, granted_at)";
    let exercised =
        format!("{insert} SELECT {id}, users.id, {role}, 'exercise', users.created_at FROM users CROSS JOIN {roles}");
    let every = ROLES.replace(", ", "), (");
    let conferred = format!(
        "{insert} SELECT {id}, users.id, every_role.code, 'confer', users.created_at FROM users \
         CROSS JOIN (WITH codes (code) AS (VALUES ({every})) SELECT code FROM codes) AS every_role WHERE {administers}"
    );
    let connection = manager.get_connection();
    connection.execute_unprepared(&exercised).await?;
    connection.execute_unprepared(&conferred).await?;
    Ok(())
}

/// What is held when the migration is taken back; a term is lost.
async fn restore_roles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let roles = string("roles").default("[]").to_owned();
    manager.alter_table(Table::alter().table("users").add_column(roles).to_owned()).await?;
    let list = if manager.get_database_backend() == DatabaseBackend::Postgres {
        "json_agg(role ORDER BY role)::text"
    } else {
        "json_group_array(role)"
    };
    let restore = format!(
        "UPDATE users SET roles = coalesce((SELECT {list} FROM role_assignments WHERE user_id = users.id \
         AND purpose = 'exercise' AND ended_at IS NULL), '[]')"
    );
    manager.get_connection().execute_unprepared(&restore).await?;
    Ok(())
}

/// Sessions are not kept for ever; when someone last signed in is.
async fn add_last_sign_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let column = timestamp_with_time_zone_null("last_signed_in_at");
    manager.alter_table(Table::alter().table("users").add_column(column).to_owned()).await?;
    let fill = "UPDATE users SET last_signed_in_at = \
                (SELECT max(started_at) FROM sessions WHERE sessions.user_id = users.id)";
    manager.get_connection().execute_unprepared(fill).await?;
    Ok(())
}

async fn create_reviews(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = |name: &str, column: &'static str| {
        ForeignKey::create().name(name).from("access_reviews", column).to("users", "id").to_owned()
    };
    let reviews = Table::create()
        .table("access_reviews")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(uuid("reviewer_id"))
        .col(timestamp_with_time_zone("reviewed_at"))
        .col(string_null("note"))
        .foreign_key(&mut person("fk_access_reviews_user", "user_id"))
        .foreign_key(&mut person("fk_access_reviews_reviewer", "reviewer_id"))
        .check(("ck_access_reviews_other_eyes", Expr::cust("user_id <> reviewer_id")))
        .to_owned();
    manager.create_table(reviews).await?;
    let by_user =
        Index::create().name("ix_access_reviews_user").table("access_reviews").col("user_id").col("id").to_owned();
    manager.create_index(by_user).await?;
    append_only::protect(manager, "access_reviews").await
}
