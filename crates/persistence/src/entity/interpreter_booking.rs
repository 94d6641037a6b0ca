//! The table `interpreter_bookings`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{BookingState, EncounterKind, InterpretingModality, SpokenLanguage};

use crate::column::Code;

/// A row. `occupied_from` and `occupied_until` are derived from the job for the rule against overlaps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interpreter_bookings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) interpreter_id: Option<Uuid>,
    pub(crate) encounter: Code<EncounterKind>,
    pub(crate) modality: Code<InterpretingModality>,
    pub(crate) starts_at: DateTimeUtc,
    pub(crate) ends_at: DateTimeUtc,
    pub(crate) occupied_from: DateTimeUtc,
    pub(crate) occupied_until: DateTimeUtc,
    pub(crate) time_zone: String,
    pub(crate) place: String,
    pub(crate) language: Code<SpokenLanguage>,
    pub(crate) state: Code<BookingState>,
    pub(crate) offered_at: Option<DateTimeUtc>,
    pub(crate) respond_by: Option<DateTimeUtc>,
    pub(crate) answered_at: Option<DateTimeUtc>,
    pub(crate) reason: Option<String>,
    pub(crate) requested_by: Uuid,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
