//! The table `access_grants`.

use sea_orm::entity::prelude::*;

use rafiq_domain::grants::{EmergencyReason, GrantBasis, GrantEnd};
use rafiq_domain::policy::Audience;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_grants")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) basis: Code<GrantBasis>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) hospital_id: Option<Uuid>,
    pub(crate) interpreter_id: Option<Uuid>,
    pub(crate) referral_id: Option<Uuid>,
    pub(crate) booking_id: Option<Uuid>,
    pub(crate) audience: Code<Audience>,
    pub(crate) valid_from: DateTimeUtc,
    pub(crate) valid_until: Option<DateTimeUtc>,
    pub(crate) reason_code: Option<Code<EmergencyReason>>,
    pub(crate) reason: Option<String>,
    pub(crate) consent_id: Option<Uuid>,
    pub(crate) granted_by: Option<Uuid>,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) end_reason: Option<Code<GrantEnd>>,
}

impl ActiveModelBehavior for ActiveModel {}
