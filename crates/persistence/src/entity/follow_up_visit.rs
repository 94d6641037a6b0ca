//! The table `follow_up_visits`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::Timepoint;
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// What a visit found, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FindingsDocument {
    pub(crate) mode: String,
    pub(crate) improvement_percent: u8,
    pub(crate) course: String,
    pub(crate) facial_function: String,
    pub(crate) hearing: String,
    pub(crate) note: Option<String>,
    pub(crate) outcome: Option<OutcomeDocument>,
}

/// The score of the outcome, inside the findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OutcomeDocument {
    pub(crate) efficacy: u8,
    pub(crate) complications: u8,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up_visits")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) timepoint: Code<Timepoint>,
    pub(crate) due_on: Date,
    pub(crate) seen_at: Option<DateTimeUtc>,
    pub(crate) recorded_by: Option<Uuid>,
    pub(crate) findings: Option<Json<FindingsDocument>>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
