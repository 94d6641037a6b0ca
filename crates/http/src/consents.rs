//! Consents of patients.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_app::consents::{self, Withdrawal};
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::ids::{CaseId, ConsentId, HospitalId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{ConsentGiverCode, ConsentMethodCode, ConsentPurposeCode, ConsentStateCode, SpokenLanguageCode};
use crate::extract::{
    ApiJson, ApiPath, ApiQuery, Child, Created, Day, Id, IdempotencyKey, IfMatch, Instant, Versioned,
};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// The longest one-line text, in code points.
const LINE: usize = 500;

/// A consent that the patient gave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordConsentRequest {
    /// What it is for.
    purpose: ConsentPurposeCode,
    /// The hospital that it names; for `share_with_hospital`, and for nothing else.
    hospital_id: Option<Uuid>,
    /// The version of the text that the patient read, 1–500 characters.
    #[schema(example = "kvkk-ar-2026-02")]
    text_version: String,
    /// The language of that text.
    language: SpokenLanguageCode,
    /// How it was given.
    method: ConsentMethodCode,
    /// Who gave it.
    given_by: ConsentGiverCode,
    /// When it was given; not in the future.
    #[schema(value_type = DateTime<Utc>)]
    given_at: Instant,
    /// The last day on which it holds; without it the consent holds until it is withdrawn.
    #[schema(value_type = Option<NaiveDate>)]
    valid_until: Option<Day>,
    /// Where the proof lies, 1–500 characters: a document or message number, no personal data.
    #[schema(example = "document 4711")]
    evidence: String,
}

impl TryFrom<RecordConsentRequest> for ConsentTerms {
    type Error = Invalid;

    fn try_from(request: RecordConsentRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let text_version = fields.take("/text_version", Line::parse(&request.text_version, LINE));
        let evidence = fields.take("/evidence", Line::parse(&request.evidence, LINE));
        fields.finish(|| {
            Some(Self {
                purpose: request.purpose.0,
                hospital_id: request.hospital_id.map(HospitalId::from),
                text_version: text_version?,
                language: request.language.0,
                method: request.method.0,
                given_by: request.given_by.0,
                given_at: request.given_at.0,
                valid_until: request.valid_until.map(|day| day.0),
                evidence: evidence?,
            })
        })
    }
}

/// The patient takes a consent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawConsentRequest {
    /// When the patient said so; now when absent, never before it was given.
    #[schema(value_type = Option<DateTime<Utc>>)]
    withdrawn_at: Option<Instant>,
    /// Why, up to 500 characters, if the patient said; nobody has to.
    reason: Option<String>,
}

impl TryFrom<WithdrawConsentRequest> for Withdrawal {
    type Error = Invalid;

    fn try_from(request: WithdrawConsentRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take_optional("/reason", request.reason.map(|reason| Line::parse(&reason, LINE)));
        fields.finish(|| Some(Self { at: request.withdrawn_at.map(|at| at.0), reason }))
    }
}

/// A consent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
struct ConsentView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// What it is for.
    purpose: ConsentPurposeCode,
    /// The hospital that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hospital_id: Option<Uuid>,
    /// The version of the text that the patient read.
    text_version: String,
    /// The language of that text.
    language: SpokenLanguageCode,
    /// How it was given.
    method: ConsentMethodCode,
    /// Who gave it.
    given_by: ConsentGiverCode,
    /// When it was given.
    given_at: DateTime<Utc>,
    /// The last day on which it holds, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    valid_until: Option<NaiveDate>,
    /// Where the proof lies.
    evidence: TextView,
    /// Where it stands. One whose last day has passed allows nothing, even while it reads `active`.
    state: ConsentStateCode,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    withdrawn_at: Option<DateTime<Utc>>,
    /// The user who recorded it.
    recorded_by: Uuid,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Consent>> for ConsentView {
    fn from(consent: Permitted<Consent>) -> Self {
        let consent = consent.into_inner();
        let terms = consent.terms;
        Self {
            id: consent.id.uuid(),
            case_id: consent.case_id.uuid(),
            purpose: terms.purpose.into(),
            hospital_id: terms.hospital_id.map(HospitalId::uuid),
            text_version: terms.text_version.as_str().to_owned(),
            language: terms.language.into(),
            method: terms.method.into(),
            given_by: terms.given_by.into(),
            given_at: terms.given_at,
            valid_until: terms.valid_until,
            evidence: TextView::plain(terms.evidence.as_str()),
            state: consent.state.into(),
            withdrawn_at: consent.withdrawn_at,
            recorded_by: consent.recorded_by.uuid(),
            version: consent.version.0,
        }
    }
}

/// Record a consent
///
/// At most one consent is active for a purpose and a recipient: a second one answers 409 until the
/// first is withdrawn or its last day has passed.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/consents",
    tag = "consents",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = RecordConsentRequest,
    responses((status = 201, description = "The consent.", body = ConsentView), CreateProblems),
    security(("bearer" = []))
)]
async fn record_consent(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<RecordConsentRequest>,
) -> Result<Created<Versioned<ConsentView>>, Problem> {
    let consent = consents::record_consent(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/consents/{}", consent.id);
    Ok(Created(address, Versioned(consent.version, consent.into())))
}

/// List the consents of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/consents",
    tag = "consents",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The consents, newest first.", body = PageView<ConsentView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_consents(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<ConsentView>>, Problem> {
    let consents = consents::list_consents(api.app(), &caller.0, case_id, query.into()).await?;
    Ok(ApiJson(paging::view(consents)))
}

/// Read a consent
#[utoipa::path(
    get,
    path = "/cases/{case_id}/consents/{consent_id}",
    tag = "consents",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("consent_id" = Uuid, Path, description = "The consent."),
    ),
    responses((status = 200, description = "The consent.", body = ConsentView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_consent(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ConsentId>>,
) -> Result<Versioned<ConsentView>, Problem> {
    let consent = consents::view_consent(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(consent.version, consent.into()))
}

/// Withdraw a consent
///
/// Sharing stops at once: the hospital that it names sees the case no more, unless the patient is
/// already in its care. The timeline records the withdrawal, a task says what is to be done, and a
/// surgery clearance that rested on the consent is revoked.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/consents/{consent_id}/withdraw",
    tag = "consents",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("consent_id" = Uuid, Path, description = "The consent."),
        IfMatch,
        IdempotencyKey,
    ),
    request_body = WithdrawConsentRequest,
    responses((status = 200, description = "The consent.", body = ConsentView), ChangeProblems),
    security(("bearer" = []))
)]
async fn withdraw_consent(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ConsentId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<WithdrawConsentRequest>,
) -> Result<Versioned<ConsentView>, Problem> {
    let withdrawal = request.try_into()?;
    let consent = consents::withdraw_consent(api.app(), &caller.0, case_id, id, decided_on, withdrawal).await?;
    Ok(Versioned(consent.version, consent.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_consents, record_consent))
        .routes(routes!(view_consent))
        .routes(routes!(withdraw_consent))
}
