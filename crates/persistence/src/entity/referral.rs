//! The table `referrals`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{ReferralDeclineReason, ReferralQuestion, ReferralState};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// What the hospital accepted, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AcceptanceDocument {
    pub(crate) surgeon: String,
    pub(crate) side: String,
    pub(crate) earliest_on: Date,
    pub(crate) latest_on: Date,
    pub(crate) price: Option<(i64, String)>,
    pub(crate) plan: String,
    pub(crate) valid_until: Date,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "referrals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) hospital_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) question: Code<ReferralQuestion>,
    pub(crate) message: Option<String>,
    pub(crate) state: Code<ReferralState>,
    pub(crate) is_open: bool,
    pub(crate) sent_at: Option<DateTimeUtc>,
    pub(crate) respond_by: Option<DateTimeUtc>,
    pub(crate) received_at: Option<DateTimeUtc>,
    pub(crate) acceptance: Option<Json<AcceptanceDocument>>,
    pub(crate) decline_reason: Option<Code<ReferralDeclineReason>>,
    pub(crate) admission_on: Option<Date>,
    pub(crate) surgery_on: Option<Date>,
    pub(crate) ward: Option<String>,
    pub(crate) reschedules: i16,
    pub(crate) admission_number: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) cancel_requested_at: Option<DateTimeUtc>,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
