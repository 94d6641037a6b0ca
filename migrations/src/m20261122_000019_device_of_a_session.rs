//! From which known device a session was begun: the device is known only once the sign-in went all the way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key: devices are forgotten while sessions go on, and an id is never given twice.
        manager.alter_table(Table::alter().table("sessions").add_column(uuid_null("device_id")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("sessions").drop_column("device_id").to_owned()).await
    }
}
