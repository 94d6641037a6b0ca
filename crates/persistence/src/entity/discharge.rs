//! The table `discharges`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{
    DischargeKind, Disposition, HearingStatus, HouseBrackmannGrade, SpasmStatus, SpokenLanguage, WoundStatus,
};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "discharges")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) referral_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) kind: Code<DischargeKind>,
    pub(crate) discharged_at: DateTimeUtc,
    pub(crate) disposition: Code<Disposition>,
    pub(crate) facial_function: Code<HouseBrackmannGrade>,
    pub(crate) spasm: Code<SpasmStatus>,
    pub(crate) hearing: Code<HearingStatus>,
    pub(crate) wound: Code<WoundStatus>,
    pub(crate) medication: String,
    pub(crate) advice_language: Code<SpokenLanguage>,
    pub(crate) advice_understood_through: Option<String>,
    pub(crate) follow_up_on: Date,
    pub(crate) summary_reference: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
