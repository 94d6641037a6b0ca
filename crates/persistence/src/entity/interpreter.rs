//! The table `interpreters`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{
    Dialect, InterpreterQualification, InterpreterState, InterpretingModality, Sex, SpokenLanguage,
};

use crate::column::{Code, Codes};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interpreters")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) sex: Code<Sex>,
    pub(crate) languages: Codes<SpokenLanguage>,
    pub(crate) dialects: Codes<Dialect>,
    pub(crate) qualification: Code<InterpreterQualification>,
    pub(crate) training_hours: i32,
    pub(crate) modalities: Codes<InterpretingModality>,
    pub(crate) confidential_until: Date,
    pub(crate) state: Code<InterpreterState>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
