//! Referrals, as our staff handle them.

pub(crate) mod views;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::referrals::{self, NewReferral};
use rafiq_domain::ids::{CaseId, HospitalId, ReferralId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::referrals::Referral;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::{Line, Prose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::views::{AcceptanceView, ReportView, ScheduleView};
use crate::code::{Code, ReferralDeclineReasonCode, ReferralQuestionCode, ReferralStateCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// The most characters of a reason.
const REASON: usize = 500;
/// The most characters of a message.
const MESSAGE: usize = 5_000;

/// A referral to be drawn up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftReferralRequest {
    /// The hospital.
    hospital_id: Uuid,
    /// What is asked.
    question: ReferralQuestionCode,
    /// What the hospital should know besides the clinical summary, 1–5,000 characters.
    #[schema(example = "The patient can travel from 10 January on and brings one companion.")]
    message: Option<String>,
}

impl TryFrom<DraftReferralRequest> for NewReferral {
    type Error = Invalid;

    fn try_from(request: DraftReferralRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let message = request.message.as_deref().map(|message| Prose::parse(message, MESSAGE));
        let message = fields.take_optional("/message", message);
        let hospital_id = HospitalId::from(request.hospital_id);
        fields.finish(|| Some(Self { hospital_id, question: request.question.0, message }))
    }
}

/// Why a referral is called off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancelReferralRequest {
    /// Why, 1–500 characters; the hospital reads it.
    #[schema(example = "The patient postponed the operation")]
    reason: String,
}

/// A referral.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Referral)]
struct ReferralView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// The hospital.
    hospital_id: Uuid,
    /// Which operation of the case it is about, from 1.
    #[schema(minimum = 1)]
    cycle: i16,
    /// What is asked.
    question: ReferralQuestionCode,
    /// What the hospital should know besides the clinical summary; absent for those who may read no
    /// clinical texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<TextView>,
    /// Where it stands.
    state: ReferralStateCode,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent_at: Option<DateTime<Utc>>,
    /// Until when the hospital should answer; counted anew when it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    respond_by: Option<DateTime<Utc>>,
    /// When the hospital received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    received_at: Option<DateTime<Utc>>,
    /// What the hospital accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    acceptance: Option<AcceptanceView>,
    /// Why the hospital declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decline_reason: Option<ReferralDeclineReasonCode>,
    /// The dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    schedule: Option<ScheduleView>,
    /// How often the hospital changed the dates.
    #[schema(minimum = 0)]
    reschedules: i16,
    /// The hospital's number for the stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    admission_number: Option<String>,
    /// Why it was declined, cancelled, withdrawn or failed, in words; absent for those who may read
    /// no clinical texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<TextView>,
    /// When a cancellation was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cancel_requested_at: Option<DateTime<Utc>>,
    /// The user who drew it up.
    created_by: Uuid,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Referral>> for ReferralView {
    fn from(referral: Permitted<Referral>) -> Self {
        let acceptance = referral.acceptance.as_ref().map(|given| AcceptanceView::of(given, referral.permit()));
        let words = referral.permit().reads_words();
        let referral = referral.into_inner();
        Self {
            id: referral.id.uuid(),
            case_id: referral.case_id.uuid(),
            hospital_id: referral.hospital_id.uuid(),
            cycle: referral.cycle,
            question: Code(referral.question),
            message: referral.message.filter(|_| words).map(|message| TextView::plain(message.as_str())),
            state: Code(referral.state),
            sent_at: referral.sent_at,
            respond_by: referral.respond_by,
            received_at: referral.received_at,
            acceptance,
            decline_reason: referral.decline_reason.map(Code),
            schedule: referral.schedule.map(ScheduleView::from),
            reschedules: referral.reschedules,
            admission_number: referral.admission_number.map(|number| number.as_str().to_owned()),
            reason: referral.reason.filter(|_| words).map(|reason| TextView::plain(reason.as_str())),
            cancel_requested_at: referral.cancel_requested_at,
            created_by: referral.created_by.uuid(),
            version: referral.version.0,
        }
    }
}

/// Draw up a referral
///
/// It begins as a draft that the hospital does not see. A case has at most one open referral to a hospital.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/referrals",
    tag = "referrals",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = DraftReferralRequest,
    responses((status = 201, description = "The referral, a draft.", body = ReferralView), CreateProblems),
    security(("bearer" = []))
)]
async fn draft_referral(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<DraftReferralRequest>,
) -> Result<Created<Versioned<ReferralView>>, Problem> {
    let referral = referrals::draft_referral(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/referrals/{}", referral.id);
    Ok(Created(address, Versioned(referral.version, referral.into())))
}

/// List the referrals of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/referrals",
    tag = "referrals",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The referrals, oldest first.", body = [ReferralView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_referrals(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<ReferralView>>, Problem> {
    let referrals = referrals::list_referrals(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(paging::views(referrals)))
}

/// Read a referral
#[utoipa::path(
    get,
    path = "/cases/{case_id}/referrals/{referral_id}",
    tag = "referrals",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("referral_id" = Uuid, Path, description = "The referral."),
    ),
    responses((status = 200, description = "The referral.", body = ReferralView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_referral(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReferralId>>,
) -> Result<Versioned<ReferralView>, Problem> {
    let referral = referrals::view_referral(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(referral.version, referral.into()))
}

/// Send a referral to its hospital
///
/// Every sending is guarded by the gates of the case's step `referral_sent`; the first one takes that step.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/referrals/{referral_id}/send",
    tag = "referrals",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("referral_id" = Uuid, Path, description = "The referral."),
        IfMatch,
        IdempotencyKey,
    ),
    responses((status = 200, description = "The referral, sent.", body = ReferralView), ChangeProblems),
    security(("bearer" = []))
)]
async fn send_referral(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReferralId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ReferralView>, Problem> {
    let referral = referrals::send_referral(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(referral.version, referral.into()))
}

/// Tell the hospital that its questions are answered
///
/// All items of information must be received or waived. The hospital has 48 hours again.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/referrals/{referral_id}/answer",
    tag = "referrals",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("referral_id" = Uuid, Path, description = "The referral."),
        IfMatch,
        IdempotencyKey,
    ),
    responses((status = 200, description = "The referral, before the hospital again.", body = ReferralView), ChangeProblems),
    security(("bearer" = []))
)]
async fn answer_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReferralId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ReferralView>, Problem> {
    let referral = referrals::answer_hospital(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(referral.version, referral.into()))
}

/// Ask the hospital to cancel a referral
///
/// The slot is released when the hospital confirms. Once the patient is admitted it is too late.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/referrals/{referral_id}/cancel",
    tag = "referrals",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("referral_id" = Uuid, Path, description = "The referral."),
        IfMatch,
        IdempotencyKey,
    ),
    request_body = CancelReferralRequest,
    responses((status = 200, description = "The referral, its cancellation asked for.", body = ReferralView), ChangeProblems),
    security(("bearer" = []))
)]
async fn cancel_referral(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReferralId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<CancelReferralRequest>,
) -> Result<Versioned<ReferralView>, Problem> {
    let reason = Line::parse(&request.reason, REASON).map_err(|code| Invalid::at("/reason", code))?;
    let referral = referrals::request_cancellation(api.app(), &caller.0, case_id, id, decided_on, reason).await?;
    Ok(Versioned(referral.version, referral.into()))
}

/// List what the hospital reported on a referral
#[utoipa::path(
    get,
    path = "/cases/{case_id}/referrals/{referral_id}/reports",
    tag = "referrals",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("referral_id" = Uuid, Path, description = "The referral."),
        PageQuery,
    ),
    responses((status = 200, description = "The reports, from what happened last.", body = PageView<ReportView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_referral_reports(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReferralId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<ReportView>>, Problem> {
    let reports = referrals::list_reports(api.app(), &caller.0, case_id, id, query.into()).await?;
    Ok(ApiJson(paging::view(reports)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_referrals, draft_referral))
        .routes(routes!(view_referral))
        .routes(routes!(send_referral))
        .routes(routes!(answer_hospital))
        .routes(routes!(cancel_referral))
        .routes(routes!(list_referral_reports))
}
