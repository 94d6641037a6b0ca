//! Quotes: drawn up, issued, and answered by the patient.

mod views;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::quotes::{self, NewQuote};
use rafiq_domain::ids::{CaseId, QuoteId, ReferralId};
use rafiq_domain::quotes::{Offer, QuoteAcceptance, QuoteLine};
use rafiq_domain::refusal::{FieldCode, FieldResult, Fields, Invalid};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Language, SpokenLanguage};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::views::QuoteView;
use crate::code::{AcceptanceChannelCode, CurrencyCode, QuoteLineInclusionCode, QuoteLineKindCode, SpokenLanguageCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Day, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::paging::views;
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a single line.
const LINE: usize = 500;

/// A quote to draw up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftQuoteRequest {
    /// The referral that a hospital accepted.
    referral_id: Uuid,
    /// The language that the quote is written in: `ar`, `en` or `tr`.
    language: SpokenLanguageCode,
    /// The one currency of all amounts.
    currency: CurrencyCode,
    /// What is offered, 1–100 lines.
    lines: Vec<QuoteLineRequest>,
    /// What must be paid beforehand, in minor units; 0 up to the total.
    #[schema(minimum = 0, example = 500_000)]
    deposit_minor: i64,
    /// The last day on which the quote may be accepted; not past.
    #[schema(value_type = NaiveDate)]
    valid_until: Day,
}

/// A line of a quote to draw up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteLineRequest {
    /// What the line pays for.
    kind: QuoteLineKindCode,
    /// In words, in the language of the quote, 1–500 characters.
    #[schema(example = "جراحة تخفيف الضغط الوعائي المجهري")]
    description: String,
    /// How many, 1–1,000.
    #[schema(minimum = 1, maximum = 1_000, example = 1)]
    quantity: u32,
    /// The price of one, in minor units; not negative: a discount is a line of its own kind.
    #[schema(minimum = 0, example = 1_250_500)]
    unit_price_minor: i64,
    /// Whether the line is part of the price.
    inclusion: QuoteLineInclusionCode,
}

impl TryFrom<DraftQuoteRequest> for NewQuote {
    type Error = Invalid;

    fn try_from(request: DraftQuoteRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let language = fields.take("/language", written(request.language.0));
        let lines = request.lines.into_iter().enumerate().filter_map(|(index, line)| {
            let description = Line::parse(&line.description, LINE);
            Some(QuoteLine {
                kind: line.kind.0,
                description: fields.take(&format!("/lines/{index}/description"), description)?,
                quantity: line.quantity,
                unit_price_minor: line.unit_price_minor,
                inclusion: line.inclusion.0,
            })
        });
        let lines = lines.collect();
        fields.finish(|| {
            let offer = Offer {
                currency: request.currency.0,
                lines,
                deposit_minor: request.deposit_minor,
                valid_until: request.valid_until.0,
            };
            Some(Self { referral_id: ReferralId::from(request.referral_id), language: language?, offer })
        })
    }
}

/// The language of the product that is the same as a spoken one.
fn written(spoken: SpokenLanguage) -> FieldResult<Language> {
    Language::ALL.into_iter().find(|language| language.spoken() == spoken).ok_or(FieldCode::UnknownCode)
}

/// The patient's acceptance of a quote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptQuoteRequest {
    /// The `content_hash` of the version that the patient saw.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    content_hash: String,
    /// When the patient accepted; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    accepted_at: Option<Instant>,
    /// How.
    channel: AcceptanceChannelCode,
    /// Where the proof lies, 1–500 characters.
    #[schema(example = "WhatsApp message 3EB0C431C26A1916E07E")]
    evidence: String,
    /// The version of the terms that the patient accepted, 1–500 characters.
    #[schema(example = "2026-01")]
    terms_version: String,
}

impl AcceptQuoteRequest {
    fn parts(self, now: DateTime<Utc>) -> Result<(String, QuoteAcceptance), Invalid> {
        let mut fields = Fields::new();
        let is_hash = self.content_hash.len() == 64 && self.content_hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        fields.require("/content_hash", is_hash, FieldCode::Malformed);
        let evidence = fields.take("/evidence", Line::parse(&self.evidence, LINE));
        let terms_version = fields.take("/terms_version", Line::parse(&self.terms_version, LINE));
        fields.finish(|| {
            let acceptance = QuoteAcceptance {
                accepted_at: self.accepted_at.map_or(now, |at| at.0),
                channel: self.channel.0,
                evidence: evidence?,
                terms_version: terms_version?,
            };
            Some((self.content_hash.to_ascii_lowercase(), acceptance))
        })
    }
}

/// The patient's rejection of a quote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectQuoteRequest {
    /// Why, as far as the patient said, 1–500 characters.
    #[schema(example = "The family prefers a hospital in Amman")]
    reason: Option<String>,
}

/// Draw up a quote
///
/// It is a draft that the patient does not see yet, on a referral that a hospital has accepted.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/quotes",
    tag = "quotes",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = DraftQuoteRequest,
    responses((status = 201, description = "The draft.", body = QuoteView), CreateProblems),
    security(("bearer" = []))
)]
async fn draft_quote(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<DraftQuoteRequest>,
) -> Result<Created<Versioned<QuoteView>>, Problem> {
    let quote = quotes::draft_quote(api.app(), &caller.0, case_id, request.try_into()?).await?;
    Ok(Created(format!("/api/v1/cases/{case_id}/quotes/{}", quote.id), Versioned(quote.version, quote.into())))
}

/// List the quotes of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/quotes",
    tag = "quotes",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The quotes, oldest first.", body = [QuoteView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_quotes(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<QuoteView>>, Problem> {
    let quotes = quotes::list_quotes(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(quotes)))
}

/// Read a quote
#[utoipa::path(
    get,
    path = "/cases/{case_id}/quotes/{quote_id}",
    tag = "quotes",
    params(("case_id" = Uuid, Path, description = "The case."), ("quote_id" = Uuid, Path, description = "The quote.")),
    responses((status = 200, description = "The quote.", body = QuoteView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_quote(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<QuoteId>>,
) -> Result<Versioned<QuoteView>, Problem> {
    let quote = quotes::view_quote(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(quote.version, quote.into()))
}

/// Issue a quote
///
/// The quote issued before is superseded. A quote with a discount waits in `pending_approval`
/// until finance or a lead issues it. Once issued, what it offers never changes.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/quotes/{quote_id}/issue",
    tag = "quotes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("quote_id" = Uuid, Path, description = "The quote."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The quote, issued or waiting.", body = QuoteView), ChangeProblems),
    security(("bearer" = []))
)]
async fn issue_quote(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<QuoteId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<QuoteView>, Problem> {
    let quote = quotes::issue_quote(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(quote.version, quote.into()))
}

/// Record the patient's acceptance
///
/// It names the hash of the version that the patient saw; another one answers 412 `stale_version`.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/quotes/{quote_id}/accept",
    tag = "quotes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("quote_id" = Uuid, Path, description = "The quote."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = AcceptQuoteRequest,
    responses((status = 200, description = "The accepted quote.", body = QuoteView), ChangeProblems),
    security(("bearer" = []))
)]
async fn accept_quote(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<QuoteId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<AcceptQuoteRequest>,
) -> Result<Versioned<QuoteView>, Problem> {
    let (hash, acceptance) = request.parts(api.app().now())?;
    let quote = quotes::accept_quote(api.app(), &caller.0, case_id, id, decided_on, &hash, acceptance).await?;
    Ok(Versioned(quote.version, quote.into()))
}

/// Record the patient's rejection
///
/// A case that waited for the answer goes back to `accepted`.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/quotes/{quote_id}/reject",
    tag = "quotes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("quote_id" = Uuid, Path, description = "The quote."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = RejectQuoteRequest,
    responses((status = 200, description = "The rejected quote.", body = QuoteView), ChangeProblems),
    security(("bearer" = []))
)]
async fn reject_quote(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<QuoteId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<RejectQuoteRequest>,
) -> Result<Versioned<QuoteView>, Problem> {
    let reason = request.reason.map(|reason| Line::parse(&reason, LINE)).transpose();
    let reason = reason.map_err(|code| Invalid::at("/reason", code))?;
    let quote = quotes::reject_quote(api.app(), &caller.0, case_id, id, decided_on, reason).await?;
    Ok(Versioned(quote.version, quote.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_quotes, draft_quote))
        .routes(routes!(view_quote))
        .routes(routes!(issue_quote))
        .routes(routes!(accept_quote))
        .routes(routes!(reject_quote))
}
