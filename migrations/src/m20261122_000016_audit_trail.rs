//! How near whoever was allowed something stood to it; and the ways to the decisions on one thing, and on those of
//! some time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let relation = Table::alter().table("audit_records").add_column(string_null("relation")).to_owned();
        manager.alter_table(relation).await?;
        let by_object = Index::create()
            .name("ix_audit_records_object")
            .table("audit_records")
            .col("object_kind")
            .col("object_id")
            .col("id")
            .to_owned();
        manager.create_index(by_object).await?;
        let by_time = Index::create().name("ix_audit_records_at").table("audit_records").col("at").col("id").to_owned();
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["ix_audit_records_at", "ix_audit_records_object"] {
            manager.drop_index(Index::drop().name(index).table("audit_records").to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("audit_records").drop_column("relation").to_owned()).await
    }
}
