//! The table `cases`.

use sea_orm::entity::prelude::*;

use rafiq_domain::cases::Stage;
use rafiq_domain::vocabulary::{CaseSource, ClosureReason, Laterality, PayerType, Priority};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) patient_id: Uuid,
    pub(crate) stage: Code<Stage>,
    pub(crate) stage_since: DateTimeUtc,
    pub(crate) return_to: Option<Code<Stage>>,
    pub(crate) hold_reason: Option<String>,
    pub(crate) held_since: Option<DateTimeUtc>,
    pub(crate) review_at: Option<DateTimeUtc>,
    pub(crate) priority: Code<Priority>,
    pub(crate) coordinator_id: Uuid,
    pub(crate) doctor_id: Option<Uuid>,
    pub(crate) laterality: Option<Code<Laterality>>,
    pub(crate) surgery_cycle: i16,
    pub(crate) source: Code<CaseSource>,
    pub(crate) agency: Option<String>,
    pub(crate) payer: Code<PayerType>,
    pub(crate) received_at: DateTimeUtc,
    pub(crate) closed_at: Option<DateTimeUtc>,
    pub(crate) closure_reason: Option<Code<ClosureReason>>,
    pub(crate) reopened_count: i16,
    pub(crate) merged_into: Option<Uuid>,
    pub(crate) anonymized_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
