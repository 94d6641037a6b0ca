//! The table `patients`.

use sea_orm::entity::prelude::*;

use rafiq_domain::patients::{Certainty, PatientState};
use rafiq_domain::vocabulary::Sex;
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json, PartialDay};

/// A language inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LanguageDocument {
    pub(crate) language: String,
    pub(crate) dialect: Option<String>,
    pub(crate) reads: bool,
}

/// A contact point inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ContactDocument {
    pub(crate) system: String,
    pub(crate) value: String,
    pub(crate) owner: String,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "patients")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) mrn: String,
    pub(crate) arabic_name: Option<String>,
    pub(crate) arabic_name_key: Option<String>,
    pub(crate) passport_surname: Option<String>,
    pub(crate) passport_given: Option<String>,
    pub(crate) latin_name_key: Option<String>,
    pub(crate) sex: Option<Code<Sex>>,
    pub(crate) birth_date: Option<PartialDay>,
    pub(crate) birth_certainty: Option<Code<Certainty>>,
    pub(crate) nationality: Option<String>,
    pub(crate) residence_country: Option<String>,
    pub(crate) languages: Json<Vec<LanguageDocument>>,
    pub(crate) contacts: Json<Vec<ContactDocument>>,
    pub(crate) interpreter_required: bool,
    pub(crate) state: Code<PatientState>,
    pub(crate) merged_into: Option<Uuid>,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
