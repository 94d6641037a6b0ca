//! The table `audit_records`.

use sea_orm::entity::prelude::*;

use rafiq_domain::policy::{self, Action, ObjectKind, Verdict};
use rafiq_domain::vocabulary::Role;

use crate::column::{Code, Codes};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_records")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) at: DateTimeUtc,
    pub(crate) request_id: Option<Uuid>,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) on_behalf_of: Option<Uuid>,
    pub(crate) roles: Codes<Role>,
    pub(crate) relation: Option<Code<policy::Relation>>,
    pub(crate) action: Code<Action>,
    pub(crate) object_kind: Code<ObjectKind>,
    pub(crate) object_id: Option<Uuid>,
    pub(crate) case_id: Option<Uuid>,
    pub(crate) decision: Code<Verdict>,
}

impl ActiveModelBehavior for ActiveModel {}
