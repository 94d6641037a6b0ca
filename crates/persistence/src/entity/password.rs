//! The table `passwords`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passwords")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    pub(crate) hash: String,
    pub(crate) changed_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
