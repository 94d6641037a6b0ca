//! The table `information_items`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{InformationItemKind, InformationItemState};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "information_items")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) kind: Code<InformationItemKind>,
    pub(crate) text: String,
    pub(crate) due_on: Date,
    pub(crate) state: Code<InformationItemState>,
    pub(crate) waived_because: Option<String>,
    pub(crate) asked_by: Option<Uuid>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
