//! The table `patient_phones`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "patient_phones")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) patient_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: String,
}

impl ActiveModelBehavior for ActiveModel {}
