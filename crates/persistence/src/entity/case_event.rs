//! The table `case_events`.

use sea_orm::entity::prelude::*;

use rafiq_domain::cases::{Party, Stage, Trigger};
use rafiq_domain::vocabulary::{ClosureReason, OnBehalfOf};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// A gate as it was found, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GateDocument {
    pub(crate) gate: String,
    pub(crate) outcome: String,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_events")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) edge: String,
    pub(crate) trigger: Code<Trigger>,
    pub(crate) from_stage: Option<Code<Stage>>,
    pub(crate) to_stage: Code<Stage>,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) party: Code<Party>,
    pub(crate) on_behalf_of: Option<Code<OnBehalfOf>>,
    pub(crate) occurred_at: DateTimeUtc,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) closure_reason: Option<Code<ClosureReason>>,
    pub(crate) reason: Option<String>,
    pub(crate) gates: Json<Vec<GateDocument>>,
    pub(crate) override_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
