//! The table `quotes`.

use sea_orm::entity::prelude::*;

use rafiq_domain::money::Currency;
use rafiq_domain::vocabulary::{AcceptanceChannel, QuoteState};
use serde::{Deserialize, Serialize};

use crate::column::{Code, Json};

/// A line of the offer inside the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LineDocument {
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price_minor: i64,
    pub(crate) inclusion: String,
}

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quotes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) referral_id: Uuid,
    pub(crate) cycle: i16,
    pub(crate) revision: i16,
    pub(crate) language: String,
    pub(crate) currency: Code<Currency>,
    pub(crate) lines: Json<Vec<LineDocument>>,
    pub(crate) deposit_minor: i64,
    pub(crate) valid_until: Date,
    pub(crate) content_hash: String,
    pub(crate) state: Code<QuoteState>,
    pub(crate) issued_at: Option<DateTimeUtc>,
    pub(crate) accepted_at: Option<DateTimeUtc>,
    pub(crate) acceptance_channel: Option<Code<AcceptanceChannel>>,
    pub(crate) acceptance_evidence: Option<String>,
    pub(crate) terms_version: Option<String>,
    pub(crate) created_by: Uuid,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
