//! The table `role_assignments`.

use sea_orm::entity::prelude::*;

use rafiq_domain::roles::RolePurpose;
use rafiq_domain::vocabulary::Role;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_assignments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) role: Code<Role>,
    pub(crate) purpose: Code<RolePurpose>,
    pub(crate) granted_by: Option<Uuid>,
    pub(crate) granted_at: DateTimeUtc,
    pub(crate) until: Option<DateTimeUtc>,
    pub(crate) reason: Option<String>,
    pub(crate) ended_at: Option<DateTimeUtc>,
    pub(crate) ended_by: Option<Uuid>,
    pub(crate) end_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
