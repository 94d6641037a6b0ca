//! The table `complications`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{ClavienDindo, ComplicationPhase, ComplicationState, ComplicationType};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complications")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) kind: Code<ComplicationType>,
    pub(crate) onset_on: Date,
    pub(crate) phase: Code<ComplicationPhase>,
    pub(crate) grade: Code<ClavienDindo>,
    pub(crate) state: Code<ComplicationState>,
    pub(crate) recorded_by: Uuid,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
