//! The table `tasks`.

use sea_orm::entity::prelude::*;

use rafiq_domain::tasks::TaskKind;
use rafiq_domain::vocabulary::{Role, TaskState};

use crate::column::{Code, Json};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) kind: Code<TaskKind>,
    pub(crate) about: Json<Vec<String>>,
    pub(crate) role: Code<Role>,
    pub(crate) due_at: DateTimeUtc,
    pub(crate) state: Code<TaskState>,
    pub(crate) review_of: Option<Uuid>,
    pub(crate) done_by: Option<Uuid>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
