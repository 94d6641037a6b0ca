//! The table `referral_reports`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{ReferralState, ReportKind};

use crate::column::{Code, Json as Document};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "referral_reports")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) referral_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: Code<ReportKind>,
    pub(crate) mrn: String,
    pub(crate) occurred_at: DateTimeUtc,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) reported_by: Uuid,
    pub(crate) content: Document<serde_json::Map<String, serde_json::Value>>,
    pub(crate) led_to: Code<ReferralState>,
}

impl ActiveModelBehavior for ActiveModel {}
