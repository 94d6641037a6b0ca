//! The table `notes`.

use sea_orm::entity::prelude::*;

use rafiq_domain::notes::{NoteAudience, NoteState};
use rafiq_domain::vocabulary::{NoteType, SpokenLanguage};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) author_id: Uuid,
    pub(crate) kind: Code<NoteType>,
    pub(crate) language: Code<SpokenLanguage>,
    pub(crate) body: String,
    pub(crate) audience: Code<NoteAudience>,
    pub(crate) state: Code<NoteState>,
    pub(crate) written_at: DateTimeUtc,
    pub(crate) signed_at: Option<DateTimeUtc>,
    pub(crate) addendum_of: Option<Uuid>,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
