//! Who gave a client its keys and secrets, and who took them away. A client is changed when its user is: the version of
//! its own goes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["created_by", "revoked_by"] {
            let by = Table::alter().table("client_credentials").add_column(uuid_null(column)).to_owned();
            manager.alter_table(by).await?;
        }
        manager.alter_table(Table::alter().table("clients").drop_column("version").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = integer("version").default(1).to_owned();
        manager.alter_table(Table::alter().table("clients").add_column(version).to_owned()).await?;
        for column in ["revoked_by", "created_by"] {
            let by = Table::alter().table("client_credentials").drop_column(column).to_owned();
            manager.alter_table(by).await?;
        }
        Ok(())
    }
}
