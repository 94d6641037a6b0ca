//! The table `access_reviews`.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_reviews")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) reviewer_id: Uuid,
    pub(crate) reviewed_at: DateTimeUtc,
    pub(crate) note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
