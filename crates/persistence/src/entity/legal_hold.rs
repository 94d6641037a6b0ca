//! The table `legal_holds`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_holds")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) patient_id: Uuid,
    pub(crate) reason: String,
    pub(crate) placed_by: Uuid,
    pub(crate) placed_at: DateTimeUtc,
    pub(crate) lifted_by: Option<Uuid>,
    pub(crate) lifted_at: Option<DateTimeUtc>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
