//! What people need to tell their sessions apart, and the indexes to list and to tidy them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string_null, timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Each index with its table and columns.
const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("ix_sessions_user", "sessions", &["user_id", "id"]),
    ("ix_sessions_ends_at", "sessions", &["ends_at"]),
    ("ix_refresh_tokens_session", "refresh_tokens", &["session_id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            // One column at a time, which is all that SQLite takes.
            manager.alter_table(Table::alter().table("sessions").add_column(column).to_owned()).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        for name in ["client", "second_factor_at", "last_used_at"] {
            manager.alter_table(Table::alter().table("sessions").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

fn columns() -> [ColumnDef; 3] {
    [
        timestamp_with_time_zone_null("last_used_at"),
        timestamp_with_time_zone_null("second_factor_at"),
        string_null("client"),
    ]
}
