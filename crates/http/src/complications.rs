//! Complications.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_app::complications::{self, NewComplication};
use rafiq_domain::ids::{CaseId, ComplicationId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::surgery::Complication;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{ClavienDindoCode, Code, ComplicationPhaseCode, ComplicationStateCode, ComplicationTypeCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Day, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::views;
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A complication to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordComplicationRequest {
    /// What happened.
    kind: ComplicationTypeCode,
    /// When it began; not in the future.
    #[schema(value_type = NaiveDate)]
    onset_on: Day,
    /// In which phase.
    phase: ComplicationPhaseCode,
    /// How severe, by Clavien–Dindo.
    grade: ClavienDindoCode,
}

impl From<RecordComplicationRequest> for NewComplication {
    fn from(request: RecordComplicationRequest) -> Self {
        Self { kind: request.kind.0, onset_on: request.onset_on.0, phase: request.phase.0, grade: request.grade.0 }
    }
}

/// How a complication ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettleComplicationRequest {
    /// `resolved`, `chronic` or `fatal`.
    outcome: ComplicationStateCode,
}

/// A complication.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Complication)]
struct ComplicationView {
    /// The id.
    id: Uuid,
    /// What happened.
    kind: ComplicationTypeCode,
    /// When it began.
    onset_on: NaiveDate,
    /// In which phase.
    phase: ComplicationPhaseCode,
    /// How severe, by Clavien–Dindo.
    grade: ClavienDindoCode,
    /// Where it stands.
    state: ComplicationStateCode,
    /// Who recorded it.
    recorded_by: Uuid,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Complication>> for ComplicationView {
    fn from(complication: Permitted<Complication>) -> Self {
        let complication = complication.into_inner();
        Self {
            id: complication.id.uuid(),
            kind: Code(complication.kind),
            onset_on: complication.onset_on,
            phase: Code(complication.phase),
            grade: Code(complication.grade),
            state: Code(complication.state),
            recorded_by: complication.recorded_by.uuid(),
            recorded_at: complication.recorded_at,
            version: complication.version.0,
        }
    }
}

/// Record a complication
#[utoipa::path(
    post,
    path = "/cases/{case_id}/complications",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = RecordComplicationRequest,
    responses((status = 201, description = "The complication.", body = ComplicationView), CreateProblems),
    security(("bearer" = []))
)]
async fn record_complication(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<RecordComplicationRequest>,
) -> Result<Created<Versioned<ComplicationView>>, Problem> {
    let complication = complications::record_complication(api.app(), &caller.0, case_id, request.into()).await?;
    let place = format!("/api/v1/cases/{case_id}/complications/{}", complication.id);
    Ok(Created(place, Versioned(complication.version, complication.into())))
}

/// List the complications
#[utoipa::path(
    get,
    path = "/cases/{case_id}/complications",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The complications, oldest first.", body = [ComplicationView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_complications(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<ComplicationView>>, Problem> {
    let complications = complications::list_complications(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(complications)))
}

/// Read a complication
#[utoipa::path(
    get,
    path = "/cases/{case_id}/complications/{complication_id}",
    tag = "surgery",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("complication_id" = Uuid, Path, description = "The complication.")
    ),
    responses((status = 200, description = "The complication.", body = ComplicationView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_complication(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ComplicationId>>,
) -> Result<Versioned<ComplicationView>, Problem> {
    let complication = complications::view_complication(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(complication.version, complication.into()))
}

/// Settle a complication
#[utoipa::path(
    post,
    path = "/cases/{case_id}/complications/{complication_id}/settle",
    tag = "surgery",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("complication_id" = Uuid, Path, description = "The complication."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = SettleComplicationRequest,
    responses((status = 200, description = "The complication.", body = ComplicationView), ChangeProblems),
    security(("bearer" = []))
)]
async fn settle_complication(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ComplicationId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<SettleComplicationRequest>,
) -> Result<Versioned<ComplicationView>, Problem> {
    let outcome = request.outcome.0;
    let settled = complications::settle_complication(api.app(), &caller.0, case_id, id, decided_on, outcome).await?;
    Ok(Versioned(settled.version, settled.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_complications, record_complication))
        .routes(routes!(view_complication))
        .routes(routes!(settle_complication))
}
