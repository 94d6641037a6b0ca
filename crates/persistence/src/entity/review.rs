//! The table `reviews`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{
    ConservativePlan, Diagnosis, Laterality, Recommendation, SpokenLanguage, UnsuitabilityReason,
};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// An answered item of a checklist, inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ItemDocument {
    pub(crate) item: String,
    pub(crate) answer: String,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) doctor_id: Uuid,
    pub(crate) signed_at: DateTimeUtc,
    pub(crate) recommendation: Code<Recommendation>,
    pub(crate) diagnosis: Option<Code<Diagnosis>>,
    pub(crate) laterality: Option<Code<Laterality>>,
    pub(crate) indications: Json<Vec<ItemDocument>>,
    pub(crate) contraindications: Json<Vec<ItemDocument>>,
    pub(crate) red_flags_addressed: Option<String>,
    pub(crate) plan: Option<Code<ConservativePlan>>,
    pub(crate) plan_review_on: Option<Date>,
    pub(crate) unsuitability: Option<Code<UnsuitabilityReason>>,
    pub(crate) advice: Option<String>,
    pub(crate) summary: String,
    pub(crate) summary_language: Code<SpokenLanguage>,
}

impl ActiveModelBehavior for ActiveModel {}
