//! How quotes are shown.

use chrono::{DateTime, NaiveDate, Utc};
use rafiq_domain::money::Money;
use rafiq_domain::policy::Permitted;
use rafiq_domain::quotes::{Quote, QuoteAcceptance, QuoteLine};
use rafiq_domain::vocabulary::Language;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::code::{
    AcceptanceChannelCode, Code, CurrencyCode, QuoteLineInclusionCode, QuoteLineKindCode, QuoteStateCode,
    SpokenLanguageCode,
};
use crate::money::MoneyView;
use crate::text::TextView;

/// A quote.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub(super) struct QuoteView {
    /// The id.
    id: Uuid,
    /// The accepted referral that it is based on.
    referral_id: Uuid,
    /// Which operation of the case it is about, from 1.
    surgery_cycle: i16,
    /// Which version it is, from 1.
    revision: i16,
    /// Where it stands.
    state: QuoteStateCode,
    /// The language that it is written in.
    language: SpokenLanguageCode,
    /// The one currency of all amounts.
    currency: CurrencyCode,
    /// What is offered.
    lines: Vec<QuoteLineView>,
    /// The sum of what is included, less the discounts. Left out when it is beyond what can be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<MoneyView>,
    /// What must be paid beforehand.
    deposit: MoneyView,
    /// The last day on which it may be accepted.
    valid_until: NaiveDate,
    /// SHA-256 of the offer, in hexadecimal: the patient's acceptance names it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    content_hash: String,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    issued_at: Option<DateTime<Utc>>,
    /// How the patient accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    acceptance: Option<QuoteAcceptanceView>,
    /// Who drew it up.
    created_by: Uuid,
    /// The version, for `If-Match`.
    version: i32,
}

/// A line of a quote.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuoteLine)]
struct QuoteLineView {
    /// What it pays for.
    kind: QuoteLineKindCode,
    /// In words.
    description: TextView,
    /// How many.
    quantity: u32,
    /// The price of one.
    unit_price: MoneyView,
    /// Whether it is part of the price.
    inclusion: QuoteLineInclusionCode,
}

/// How a patient accepted a quote.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuoteAcceptance)]
struct QuoteAcceptanceView {
    /// When.
    accepted_at: DateTime<Utc>,
    /// How.
    channel: AcceptanceChannelCode,
    /// Where the proof lies.
    evidence: String,
    /// The version of the terms.
    terms_version: String,
}

impl From<Permitted<Quote>> for QuoteView {
    fn from(quote: Permitted<Quote>) -> Self {
        let quote = quote.into_inner();
        let total = quote.offer.total().ok().map(MoneyView::from);
        let currency = quote.offer.currency;
        let amount = |minor| MoneyView::from(Money::new(minor, currency));
        Self {
            id: quote.id.uuid(),
            referral_id: quote.referral_id.uuid(),
            surgery_cycle: quote.cycle,
            revision: quote.revision,
            state: Code(quote.state),
            language: Code(quote.language.spoken()),
            currency: Code(currency),
            lines: quote.offer.lines.iter().map(|line| line_view(line, quote.language, amount)).collect(),
            total,
            deposit: amount(quote.offer.deposit_minor),
            valid_until: quote.offer.valid_until,
            content_hash: quote.content_hash,
            issued_at: quote.issued_at,
            acceptance: quote.acceptance.map(QuoteAcceptanceView::from),
            created_by: quote.created_by.uuid(),
            version: quote.version.0,
        }
    }
}

fn line_view(line: &QuoteLine, language: Language, amount: impl Fn(i64) -> MoneyView) -> QuoteLineView {
    QuoteLineView {
        kind: Code(line.kind),
        description: TextView::spoken(line.description.as_str(), language.spoken()),
        quantity: line.quantity,
        unit_price: amount(line.unit_price_minor),
        inclusion: Code(line.inclusion),
    }
}

impl From<QuoteAcceptance> for QuoteAcceptanceView {
    fn from(acceptance: QuoteAcceptance) -> Self {
        Self {
            accepted_at: acceptance.accepted_at,
            channel: Code(acceptance.channel),
            evidence: acceptance.evidence.as_str().to_owned(),
            terms_version: acceptance.terms_version.as_str().to_owned(),
        }
    }
}
