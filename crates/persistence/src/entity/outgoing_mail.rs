//! The table `outgoing_mails`.

use sea_orm::entity::prelude::*;

use rafiq_domain::mail::{MailKind, RecipientKind};

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_mails")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: Code<MailKind>,
    pub(crate) recipient: Code<RecipientKind>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) case_id: Option<Uuid>,
    pub(crate) about_user_id: Option<Uuid>,
    pub(crate) about_at: Option<DateTimeUtc>,
    pub(crate) due_at: DateTimeUtc,
    pub(crate) attempts: i32,
    pub(crate) next_attempt_at: DateTimeUtc,
    pub(crate) sent_at: Option<DateTimeUtc>,
    pub(crate) failed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
