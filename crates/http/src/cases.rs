//! Cases: opening, reading and moving them.

mod views;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::cases::{self, NewCase, StepRequest};
use rafiq_domain::cases::Target;
use rafiq_domain::ids::{CaseId, PatientId, UserId};
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{PayerType, Priority};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) use self::views::CaseView;
use self::views::{CaseEventView, NextActionsView};
use crate::code::{
    CaseSourceCode, ClosureReasonCode, OnBehalfOfCode, PayerTypeCode, PriorityCode, StageCode, TriggerCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::language::AnswerLanguage;
use crate::paging::{Cursor, Limit, PageQuery, PageView, page, rows};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a reason or another single line.
const LINE: usize = 500;

/// A new case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCaseRequest {
    /// Whose journey it is.
    patient_id: Uuid,
    /// How the patient found us.
    source: CaseSourceCode,
    /// The agency that referred the patient, 1–500 characters.
    agency: Option<String>,
    /// Who pays; the patient when not said.
    payer: Option<PayerTypeCode>,
    /// How soon it must be dealt with; routine when not said.
    priority: Option<PriorityCode>,
    /// When the inquiry came; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    received_at: Option<Instant>,
    /// The coordinator who will answer for the patient; the caller when not said.
    coordinator_id: Option<Uuid>,
}

impl OpenCaseRequest {
    fn case(self, now: DateTime<Utc>) -> Result<NewCase, Invalid> {
        let mut fields = Fields::new();
        let agency = fields.take_optional("/agency", self.agency.as_deref().map(|agency| Line::parse(agency, LINE)));
        fields.finish(|| {
            Some(NewCase {
                patient_id: PatientId::from(self.patient_id),
                source: self.source.0,
                agency,
                payer: self.payer.map_or(PayerType::SelfPaying, |payer| payer.0),
                priority: self.priority.map_or(Priority::Routine, |priority| priority.0),
                received_at: self.received_at.map_or(now, |at| at.0),
                coordinator_id: self.coordinator_id.map(UserId::from),
            })
        })
    }
}

/// A step that the case should take. What a step needs is said by `GET …/next`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeStepRequest {
    /// What sets the step off.
    trigger: TriggerCode,
    /// The stage it should lead to, when there is a choice.
    to: Option<StageCode>,
    /// Why the case is closed, when the step closes it and leaves a choice.
    closure_reason: Option<ClosureReasonCode>,
    /// Why, 1–500 characters.
    #[schema(example = "The patient asked to wait until after Ramadan")]
    reason: Option<String>,
    /// When a case put on hold is looked at again, at most 90 days ahead. Chooses the hold where there is a choice.
    #[schema(value_type = Option<DateTime<Utc>>)]
    review_at: Option<Instant>,
    /// The case that survives a merge.
    survivor_case_id: Option<Uuid>,
    /// Why gates that may be overridden are, 1–500 characters; a lead or a doctor may.
    override_reason: Option<String>,
    /// When it happened; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    occurred_at: Option<Instant>,
    /// For whom it is recorded.
    on_behalf_of: Option<OnBehalfOfCode>,
}

impl TryFrom<TakeStepRequest> for StepRequest {
    type Error = Invalid;

    fn try_from(request: TakeStepRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take_optional("/reason", request.reason.as_deref().map(|text| Line::parse(text, LINE)));
        let override_reason = fields
            .take_optional("/override_reason", request.override_reason.as_deref().map(|text| Line::parse(text, LINE)));
        fields.require(
            "/closure_reason",
            request.to.is_none() || request.closure_reason.is_none(),
            FieldCode::Contradicts,
        );
        let to = request.to.map(|stage| Target::To(stage.0));
        let end = request.closure_reason.map(|reason| Target::End(reason.0));
        fields.finish(|| {
            Some(Self {
                trigger: request.trigger.0,
                target: to.or(end),
                reason,
                review_at: request.review_at.map(|at| at.0),
                survivor: request.survivor_case_id.map(CaseId::from),
                override_reason,
                occurred_at: request.occurred_at.map(|at| at.0),
                on_behalf_of: request.on_behalf_of.map(|whom| whom.0),
            })
        })
    }
}

/// Which cases are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CaseQuery {
    /// Only cases in this stage.
    #[param(inline)]
    stage: Option<StageCode>,
    /// Only cases of this patient.
    patient_id: Option<Uuid>,
    /// Only cases on hold (`true`) or not on hold (`false`).
    held: Option<bool>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// Open a case
#[utoipa::path(
    post,
    path = "/cases",
    tag = "cases",
    params(IdempotencyKey),
    request_body = OpenCaseRequest,
    responses((status = 201, description = "The case, in stage `inquiry`.", body = CaseView), CreateProblems),
    security(("bearer" = []))
)]
async fn open_case(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<OpenCaseRequest>,
) -> Result<Created<Versioned<CaseView>>, Problem> {
    let new = request.case(api.app().now())?;
    let opened = cases::open_case(api.app(), &caller.0, new).await?;
    Ok(Created(format!("/api/v1/cases/{}", opened.case.id), Versioned(opened.case.version, opened.into())))
}

/// List the cases
#[utoipa::path(
    get,
    path = "/cases",
    tag = "cases",
    params(CaseQuery),
    responses((status = 200, description = "The cases that the caller may see, newest first.", body = PageView<CaseView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_cases(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<CaseQuery>,
) -> Result<ApiJson<PageView<CaseView>>, Problem> {
    let filter = cases::filter(query.stage.map(|stage| stage.0), query.patient_id.map(PatientId::from), query.held);
    let cases = cases::list_cases(api.app(), &caller.0, &filter, page(query.after, query.limit)).await?;
    Ok(ApiJson(rows(cases)))
}

/// Read a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}",
    tag = "cases",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The case.", body = CaseView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_case(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
) -> Result<Versioned<CaseView>, Problem> {
    let seen = cases::view_case(api.app(), &caller.0, id).await?;
    Ok(Versioned(seen.case.version, seen.into()))
}

/// List what the caller may do now
///
/// Each action comes with all gates still shut; an action without any can be taken at once. What
/// is listed here and what is accepted are decided by the same function.
#[utoipa::path(
    get,
    path = "/cases/{case_id}/next",
    tag = "cases",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The actions.", body = NextActionsView), ReadProblems),
    security(("bearer" = []))
)]
async fn list_next_actions(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
) -> Result<Versioned<NextActionsView>, Problem> {
    let actions = cases::next_actions(api.app(), &caller.0, id).await?;
    Ok(Versioned(actions.0.version, NextActionsView::of(actions, language)))
}

/// Take a step
///
/// An illegal step answers 409 `illegal_transition` with the legal triggers; shut gates answer 409
/// `gates_unmet` with all of them.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/steps",
    tag = "cases",
    params(("case_id" = Uuid, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = TakeStepRequest,
    responses((status = 200, description = "The case after the step.", body = CaseView), ChangeProblems),
    security(("bearer" = []))
)]
async fn take_step(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<TakeStepRequest>,
) -> Result<Versioned<CaseView>, Problem> {
    let moved = cases::take_step(api.app(), &caller.0, id, decided_on, &request.try_into()?).await?;
    Ok(Versioned(moved.case.version, moved.into()))
}

/// Read the timeline
#[utoipa::path(
    get,
    path = "/cases/{case_id}/timeline",
    tag = "cases",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The steps of the case, newest first.", body = PageView<CaseEventView>), ReadProblems),
    security(("bearer" = []))
)]
async fn view_timeline(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<CaseEventView>>, Problem> {
    let events = cases::view_timeline(api.app(), &caller.0, id, query.into()).await?;
    let permit = events.with(());
    Ok(ApiJson(events.into_inner().map(|event| CaseEventView::of(permit.with(event), language)).into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_cases, open_case))
        .routes(routes!(view_case))
        .routes(routes!(list_next_actions))
        .routes(routes!(take_step))
        .routes(routes!(view_timeline))
}
