//! The table `refresh_tokens`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) parent_id: Option<Uuid>,
    pub(crate) hash: Vec<u8>,
    pub(crate) issued_at: DateTimeUtc,
    pub(crate) expires_at: DateTimeUtc,
    pub(crate) rotated_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
