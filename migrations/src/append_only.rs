//! Tables that only grow: the database itself refuses to change or delete their rows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

/// Refuses updates and deletes on `table` from now on.
pub(crate) async fn protect(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        connection
            .execute_unprepared(&format!(
                "CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN RAISE EXCEPTION 'ck_{table}_only_grows'; END $$;
                     CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
                     FOR EACH ROW EXECUTE FUNCTION {table}_only_grows();"
            ))
            .await?;
    } else {
        for event in ["UPDATE", "DELETE"] {
            connection
                .execute_unprepared(&format!(
                    "CREATE TRIGGER {table}_refuses_{event} BEFORE {event} ON {table}
                         BEGIN SELECT RAISE(ABORT, 'ck_{table}_only_grows'); END;"
                ))
                .await?;
        }
    }
    Ok(())
}

/// Takes the protection away, so that the table can be dropped.
pub(crate) async fn release(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        let drop = format!("DROP TRIGGER {table}_only_grows ON {table}; DROP FUNCTION {table}_only_grows();");
        manager.get_connection().execute_unprepared(&drop).await?;
    }
    Ok(())
}
