//! The table `delegations`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delegations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) from_user_id: Uuid,
    pub(crate) to_user_id: Uuid,
    pub(crate) valid_from: DateTimeUtc,
    pub(crate) valid_until: DateTimeUtc,
    pub(crate) reason: String,
    pub(crate) created_by: Uuid,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) ended_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
