//! The table `second_factor_attempts`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor_attempts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    pub(crate) failures: i32,
    pub(crate) last_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
