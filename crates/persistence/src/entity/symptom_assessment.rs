//! The table `symptom_assessments`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{
    AssessmentModality, BabinskiSign, EarSymptom, HouseBrackmannGrade, Laterality, OnsetSite, PreviousFacialPalsy,
    RedFlag, Reliever, SpasmForm, SpasmFrequency, SpasmRegion, SpasmTrigger, SpasmType, VisionInterference,
    YesNoUnknown,
};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Codes, Json, PartialDay};

/// What is known of allergies, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AllergiesDocument {
    Unknown,
    NoneKnown,
    Known(Vec<String>),
}

/// An answer on history, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HistoryDocument {
    pub(crate) item: String,
    pub(crate) answer: String,
    pub(crate) text: Option<String>,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "symptom_assessments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) taken_by: Uuid,
    pub(crate) taken_at: DateTimeUtc,
    pub(crate) modality: Code<AssessmentModality>,
    pub(crate) laterality: Code<Laterality>,
    pub(crate) onset: PartialDay,
    pub(crate) onset_site: Code<OnsetSite>,
    pub(crate) form: Code<SpasmForm>,
    pub(crate) regions: Codes<SpasmRegion>,
    pub(crate) spasm_type: Code<SpasmType>,
    pub(crate) frequency: Code<SpasmFrequency>,
    pub(crate) in_sleep: Code<YesNoUnknown>,
    pub(crate) triggers: Codes<SpasmTrigger>,
    pub(crate) relievers: Codes<Reliever>,
    pub(crate) ear_symptoms: Codes<EarSymptom>,
    pub(crate) vision_interference: Code<VisionInterference>,
    pub(crate) pain: i16,
    pub(crate) babinski: Code<BabinskiSign>,
    pub(crate) facial_weakness: Code<HouseBrackmannGrade>,
    pub(crate) previous_facial_palsy: Code<PreviousFacialPalsy>,
    pub(crate) red_flags: Codes<RedFlag>,
    pub(crate) allergies: Json<AllergiesDocument>,
    pub(crate) history: Json<Vec<HistoryDocument>>,
}

impl ActiveModelBehavior for ActiveModel {}
