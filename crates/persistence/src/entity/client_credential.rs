//! The table `client_credentials`.

use rafiq_domain::clients::{ExpiryWarning, KeyAlgorithm};
use sea_orm::entity::prelude::*;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_credentials")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) key_id: Option<String>,
    pub(crate) algorithm: Option<Code<KeyAlgorithm>>,
    pub(crate) public_key: Option<Vec<u8>>,
    pub(crate) secret_hash: Option<Vec<u8>>,
    pub(crate) valid_from: DateTimeUtc,
    pub(crate) expires_at: DateTimeUtc,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) revoked_at: Option<DateTimeUtc>,
    pub(crate) revoked_by: Option<Uuid>,
    pub(crate) last_used_at: Option<DateTimeUtc>,
    pub(crate) warned: Option<Code<ExpiryWarning>>,
}

impl ActiveModelBehavior for ActiveModel {}
