//! The table `hospitals`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{Accreditation, HospitalCapability, HospitalState, LicenceIssuer};

use crate::column::{Code, Codes};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hospitals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name_en: String,
    pub(crate) name_tr: String,
    pub(crate) name_ar: String,
    pub(crate) city: String,
    pub(crate) time_zone: String,
    pub(crate) licence_issuer: Code<LicenceIssuer>,
    pub(crate) licence_number: String,
    pub(crate) licence_valid_from: Date,
    pub(crate) licence_valid_until: Date,
    pub(crate) capabilities: Codes<HospitalCapability>,
    pub(crate) accreditations: Codes<Accreditation>,
    pub(crate) state: Code<HospitalState>,
    pub(crate) state_reason: Option<String>,
    pub(crate) state_since: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
