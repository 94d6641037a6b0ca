//! The table `confirmations`.

use sea_orm::entity::prelude::*;

use rafiq_domain::confirmations::ConfirmationKind;
use rafiq_domain::vocabulary::ContactChannel;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "confirmations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) kind: Code<ConfirmationKind>,
    pub(crate) occurred_at: DateTimeUtc,
    pub(crate) reference: String,
    pub(crate) channel: Option<Code<ContactChannel>>,
    pub(crate) valid_from: Option<Date>,
    pub(crate) valid_until: Option<Date>,
    pub(crate) recorded_by: Option<Uuid>,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) retracted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
