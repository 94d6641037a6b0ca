//! The table `totp_enrolments`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_enrolments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    pub(crate) key_id: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) started_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
