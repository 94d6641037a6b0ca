//! The table `users`.

use sea_orm::entity::prelude::*;

use rafiq_domain::vocabulary::{Language, UserState};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) hospital_id: Option<Uuid>,
    pub(crate) interpreter_id: Option<Uuid>,
    pub(crate) email: Option<String>,
    pub(crate) language: Code<Language>,
    pub(crate) state: Code<UserState>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) last_signed_in_at: Option<DateTimeUtc>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
