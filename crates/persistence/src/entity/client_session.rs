//! The table `client_sessions`.

use rafiq_domain::clients::ClientScope;
use sea_orm::entity::prelude::*;

use crate::column::Codes;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) session_id: Uuid,
    pub(crate) credential_id: Uuid,
    pub(crate) scopes: Codes<ClientScope>,
}

impl ActiveModelBehavior for ActiveModel {}
