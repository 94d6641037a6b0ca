//! The table `approvals`.

use sea_orm::entity::prelude::*;

use rafiq_domain::approvals::{ApprovalKind, ApprovalState};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// What decides a deed besides its subject: codes and times, never a word about anyone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeedDocument {
    AdministratorRole {
        purpose: String,
        until: Option<DateTimeUtc>,
    },
    MergePatients {
        attested: Vec<String>,
    },
    ErasePatient {
        extent: String,
    },
    ExportCases {
        stage: Option<String>,
        // Of a request from before the roles were kept, nothing is handed out.
        #[serde(default)]
        roles: Vec<String>,
    },
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: Code<ApprovalKind>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) patient_id: Option<Uuid>,
    pub(crate) other_patient_id: Option<Uuid>,
    pub(crate) details: Json<DeedDocument>,
    pub(crate) reason: String,
    pub(crate) requested_by: Uuid,
    pub(crate) requested_at: DateTimeUtc,
    pub(crate) expires_at: DateTimeUtc,
    pub(crate) state: Code<ApprovalState>,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) note: Option<String>,
    pub(crate) downloads: i16,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
