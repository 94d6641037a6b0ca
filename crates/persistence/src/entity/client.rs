//! The table `clients`.

use rafiq_domain::clients::ClientScope;
use sea_orm::entity::prelude::*;

use crate::column::Codes;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    pub(crate) scopes: Codes<ClientScope>,
    pub(crate) allows_secret: bool,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) created_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
