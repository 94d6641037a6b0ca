//! The table `procedures`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{Laterality, ProcedureKind, ProcedureState};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// What was found and done, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecordDocument {
    pub(crate) vessels: Vec<String>,
    pub(crate) method: String,
    pub(crate) materials: Vec<String>,
    pub(crate) lsr_event: String,
    pub(crate) baep_final: String,
    pub(crate) blood_loss_ml: u16,
    pub(crate) note: Option<String>,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "procedures")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) referral_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) kind: Code<ProcedureKind>,
    pub(crate) side: Code<Laterality>,
    pub(crate) state: Code<ProcedureState>,
    pub(crate) started_at: DateTimeUtc,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) record: Option<Json<RecordDocument>>,
    pub(crate) abort_reason: Option<String>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
