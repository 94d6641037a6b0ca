//! The table `idempotency_keys`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) request_id: Option<Uuid>,
    pub(crate) claimed_at: DateTimeUtc,
    pub(crate) answer: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
