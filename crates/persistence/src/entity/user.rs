//! The table `users`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{Role, UserState};

use crate::column::{Code, Codes};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) roles: Codes<Role>,
    pub(crate) hospital_id: Option<Uuid>,
    pub(crate) interpreter_id: Option<Uuid>,
    pub(crate) state: Code<UserState>,
    pub(crate) password_hash: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
