//! The table `surgery_clearances`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::ClearanceState;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "surgery_clearances")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) state: Code<ClearanceState>,
    pub(crate) requested_by: Uuid,
    pub(crate) requested_at: DateTimeUtc,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<DateTimeUtc>,
    pub(crate) reason: Option<String>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
