//! Follow-up visits: planned, and recorded when the patient was seen.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_app::follow_up::{self, NewVisit, SeenPatient};
use rafiq_domain::discharge::{FollowUpVisit, KondoScore, VisitFindings};
use rafiq_domain::ids::{CaseId, FollowUpVisitId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, FieldResult, Fields, Invalid};
use rafiq_domain::text::Prose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, HearingStatusCode, HouseBrackmannGradeCode, OutcomeCourseCode, TimepointCode, VisitModeCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Day, Id, IdempotencyKey, IfMatch, Instant, Versioned, given};
use crate::paging::views;
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// The most characters of a note.
const NOTE: usize = 10_000;

/// A visit to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlanVisitRequest {
    /// Which point after the operation, `w1` or later.
    timepoint: TimepointCode,
    /// When it is due; not past.
    #[schema(value_type = NaiveDate)]
    due_on: Day,
}

impl From<PlanVisitRequest> for NewVisit {
    fn from(request: PlanVisitRequest) -> Self {
        Self { timepoint: request.timepoint.0, due_on: request.due_on.0 }
    }
}

/// What a visit found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordVisitRequest {
    /// When the patient was seen; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    seen_at: Option<Instant>,
    /// How they were seen.
    mode: VisitModeCode,
    /// How much better the spasm is, 0–100 %, as the patient says.
    #[schema(minimum = 0, maximum = 100, example = 95)]
    improvement_percent: u32,
    /// How the spasm went on.
    course: OutcomeCourseCode,
    /// Facial function.
    facial_function: HouseBrackmannGradeCode,
    /// The hearing.
    hearing: HearingStatusCode,
    /// What else was found, 1–10,000 characters.
    note: Option<String>,
    /// The outcome by the Kondo score, when it is judged.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    outcome: Option<KondoScoreRequest>,
}

/// An outcome by the score of the Japan Society for Microvascular Decompression (Kondo).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KondoScoreRequest {
    /// Efficacy, 0 (spasm gone) to 3.
    #[schema(minimum = 0, maximum = 3, example = 0)]
    efficacy: u32,
    /// Complications, 0 (none) to 3.
    #[schema(minimum = 0, maximum = 3, example = 0)]
    complications: u32,
}

impl RecordVisitRequest {
    fn seen(self, now: DateTime<Utc>) -> Result<SeenPatient, Invalid> {
        let mut fields = Fields::new();
        let improvement_percent = fields.take("/improvement_percent", small(self.improvement_percent));
        let note = fields.take_optional("/note", self.note.map(|note| Prose::parse(&note, NOTE)));
        let outcome = self.outcome.map(|score| {
            let efficacy = fields.take("/outcome/efficacy", small(score.efficacy));
            let complications = fields.take("/outcome/complications", small(score.complications));
            efficacy.zip(complications)
        });
        fields.finish(|| {
            Some(SeenPatient {
                seen_at: self.seen_at.map_or(now, |at| at.0),
                mode: self.mode.0,
                improvement_percent: improvement_percent?,
                course: self.course.0,
                facial_function: self.facial_function.0,
                hearing: self.hearing.0,
                note,
                outcome: outcome.flatten().map(|(efficacy, complications)| KondoScore { efficacy, complications }),
            })
        })
    }
}

/// A number beyond the type is beyond the range too: its place is told like that of any other.
fn small(number: u32) -> FieldResult<u8> {
    u8::try_from(number).map_err(|_| FieldCode::OutOfRange)
}

/// A follow-up visit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpVisit)]
struct FollowUpVisitView {
    /// The id.
    id: Uuid,
    /// Which operation of the case it follows, from 1.
    surgery_cycle: i16,
    /// Which point after the operation.
    timepoint: TimepointCode,
    /// When it is due.
    due_on: NaiveDate,
    /// What was found; left out while the visit is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    findings: Option<VisitFindingsView>,
    /// The version, for `If-Match`.
    version: i32,
}

/// What was found at a visit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VisitFindings)]
struct VisitFindingsView {
    /// When the patient was seen.
    seen_at: DateTime<Utc>,
    /// Who recorded it.
    recorded_by: Uuid,
    /// How they were seen.
    mode: VisitModeCode,
    /// How much better the spasm is, 0–100 %, as the patient says.
    improvement_percent: u8,
    /// How the spasm went on.
    course: OutcomeCourseCode,
    /// Facial function.
    facial_function: HouseBrackmannGradeCode,
    /// The hearing.
    hearing: HearingStatusCode,
    /// What else was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<TextView>,
    /// The outcome, when it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    outcome: Option<KondoScoreView>,
}

/// The outcome of an operation by the Kondo score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KondoScore)]
struct KondoScoreView {
    /// Efficacy, 0 (spasm gone) to 3.
    efficacy: u8,
    /// Complications, 0 (none) to 3.
    complications: u8,
    /// The sum of the two, 0 (best) to 6.
    total: u8,
}

impl From<Permitted<FollowUpVisit>> for FollowUpVisitView {
    fn from(visit: Permitted<FollowUpVisit>) -> Self {
        let visit = visit.into_inner();
        Self {
            id: visit.id.uuid(),
            surgery_cycle: visit.cycle,
            timepoint: Code(visit.timepoint),
            due_on: visit.due_on,
            findings: visit.findings.map(VisitFindingsView::from),
            version: visit.version.0,
        }
    }
}

impl From<VisitFindings> for VisitFindingsView {
    fn from(findings: VisitFindings) -> Self {
        Self {
            seen_at: findings.seen_at,
            recorded_by: findings.recorded_by.uuid(),
            mode: Code(findings.mode),
            improvement_percent: findings.improvement_percent,
            course: Code(findings.course),
            facial_function: Code(findings.facial_function),
            hearing: Code(findings.hearing),
            note: findings.note.map(|note| TextView::plain(note.as_str())),
            outcome: findings.outcome.map(|score| KondoScoreView {
                efficacy: score.efficacy,
                complications: score.complications,
                total: score.total(),
            }),
        }
    }
}

/// Plan a follow-up visit
///
/// The visits from the first week to the first year are planned by the discharge itself.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/follow-up-visits",
    tag = "follow_up",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = PlanVisitRequest,
    responses((status = 201, description = "The visit.", body = FollowUpVisitView), CreateProblems),
    security(("bearer" = []))
)]
async fn plan_visit(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<PlanVisitRequest>,
) -> Result<Created<Versioned<FollowUpVisitView>>, Problem> {
    let visit = follow_up::plan_visit(api.app(), &caller.0, case_id, request.into()).await?;
    let place = format!("/api/v1/cases/{case_id}/follow-up-visits/{}", visit.id);
    Ok(Created(place, Versioned(visit.version, visit.into())))
}

/// List the follow-up visits
#[utoipa::path(
    get,
    path = "/cases/{case_id}/follow-up-visits",
    tag = "follow_up",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The visits, by due day.", body = [FollowUpVisitView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_visits(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<FollowUpVisitView>>, Problem> {
    let visits = follow_up::list_visits(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(visits)))
}

/// Read a follow-up visit
#[utoipa::path(
    get,
    path = "/cases/{case_id}/follow-up-visits/{visit_id}",
    tag = "follow_up",
    params(("case_id" = Uuid, Path, description = "The case."), ("visit_id" = Uuid, Path, description = "The visit.")),
    responses((status = 200, description = "The visit.", body = FollowUpVisitView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_visit(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<FollowUpVisitId>>,
) -> Result<Versioned<FollowUpVisitView>, Problem> {
    let visit = follow_up::view_visit(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(visit.version, visit.into()))
}

/// Record what a visit found
#[utoipa::path(
    post,
    path = "/cases/{case_id}/follow-up-visits/{visit_id}/record",
    tag = "follow_up",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("visit_id" = Uuid, Path, description = "The visit."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = RecordVisitRequest,
    responses((status = 200, description = "The visit.", body = FollowUpVisitView), ChangeProblems),
    security(("bearer" = []))
)]
async fn record_visit(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<FollowUpVisitId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<RecordVisitRequest>,
) -> Result<Versioned<FollowUpVisitView>, Problem> {
    let seen = request.seen(api.app().now())?;
    let visit = follow_up::record_visit(api.app(), &caller.0, case_id, id, decided_on, seen).await?;
    Ok(Versioned(visit.version, visit.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_visits, plan_visit))
        .routes(routes!(view_visit))
        .routes(routes!(record_visit))
}
