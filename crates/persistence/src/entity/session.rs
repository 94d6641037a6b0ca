//! The table `sessions`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) started_at: DateTimeUtc,
    pub(crate) ends_at: DateTimeUtc,
    pub(crate) revoked_at: Option<DateTimeUtc>,
    pub(crate) last_used_at: Option<DateTimeUtc>,
    pub(crate) second_factor_at: Option<DateTimeUtc>,
    pub(crate) client: Option<String>,
    pub(crate) device_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
