//! The table `consents`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{ConsentGiver, ConsentMethod, ConsentPurpose, ConsentState, SpokenLanguage};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) purpose: Code<ConsentPurpose>,
    pub(crate) hospital_id: Option<Uuid>,
    pub(crate) text_version: String,
    pub(crate) language: Code<SpokenLanguage>,
    pub(crate) method: Code<ConsentMethod>,
    pub(crate) given_by: Code<ConsentGiver>,
    pub(crate) given_at: DateTimeUtc,
    pub(crate) valid_until: Option<Date>,
    pub(crate) evidence: String,
    pub(crate) state: Code<ConsentState>,
    pub(crate) withdrawn_at: Option<DateTimeUtc>,
    pub(crate) recorded_by: Uuid,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
