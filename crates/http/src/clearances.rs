//! Surgery clearances: requested by the coordinator, decided by the doctor.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::clearances;
use rafiq_domain::ids::{CaseId, ClearanceId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::Invalid;
use rafiq_domain::surgery::Clearance;
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{ClearanceStateCode, Code};
use crate::extract::{ApiJson, ApiPath, Child, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::views;
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a reason.
const LINE: usize = 500;

/// Why surgery is not cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefuseClearanceRequest {
    /// Why, 1–500 characters.
    #[schema(example = "Blood pressure is not controlled")]
    reason: String,
}

/// A clearance for surgery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurgeryClearance)]
struct ClearanceView {
    /// The id.
    id: Uuid,
    /// Which operation of the case it is about, from 1.
    surgery_cycle: i16,
    /// Where it stands.
    state: ClearanceStateCode,
    /// The coordinator who asked.
    requested_by: Uuid,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// The doctor who decided; left out when the product revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_by: Option<Uuid>,
    /// When it was decided or revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_at: Option<DateTime<Utc>>,
    /// Why it was refused, or what changed when it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Clearance>> for ClearanceView {
    fn from(clearance: Permitted<Clearance>) -> Self {
        let clearance = clearance.into_inner();
        Self {
            id: clearance.id.uuid(),
            surgery_cycle: clearance.cycle,
            state: Code(clearance.state),
            requested_by: clearance.requested_by.uuid(),
            requested_at: clearance.requested_at,
            decided_by: clearance.decided_by.map(UserId::uuid),
            decided_at: clearance.decided_at,
            reason: clearance.reason.map(|reason| reason.as_str().to_owned()),
            version: clearance.version.0,
        }
    }
}

/// Request a surgery clearance
///
/// What is in the way answers 409 `gates_unmet` with all of it. A change of side, dates, insurance
/// or consent revokes the clearance again.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/surgery-clearances",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    responses((status = 201, description = "The clearance, waiting for the doctor.", body = ClearanceView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_clearance(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<Created<Versioned<ClearanceView>>, Problem> {
    let clearance = clearances::request_clearance(api.app(), &caller.0, case_id).await?;
    let place = format!("/api/v1/cases/{case_id}/surgery-clearances/{}", clearance.id);
    Ok(Created(place, Versioned(clearance.version, clearance.into())))
}

/// List the surgery clearances
#[utoipa::path(
    get,
    path = "/cases/{case_id}/surgery-clearances",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The clearances, oldest first.", body = [ClearanceView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_clearances(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<ClearanceView>>, Problem> {
    let clearances = clearances::list_clearances(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(clearances)))
}

/// Read a surgery clearance
#[utoipa::path(
    get,
    path = "/cases/{case_id}/surgery-clearances/{clearance_id}",
    tag = "surgery",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("clearance_id" = Uuid, Path, description = "The clearance.")
    ),
    responses((status = 200, description = "The clearance.", body = ClearanceView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_clearance(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ClearanceId>>,
) -> Result<Versioned<ClearanceView>, Problem> {
    let clearance = clearances::view_clearance(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(clearance.version, clearance.into()))
}

/// Clear the surgery
///
/// Every gate is looked at again; one that has shut answers 409 `gates_unmet`.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/surgery-clearances/{clearance_id}/clear",
    tag = "surgery",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("clearance_id" = Uuid, Path, description = "The clearance."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The clearance.", body = ClearanceView), ChangeProblems),
    security(("bearer" = []))
)]
async fn clear_surgery(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ClearanceId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ClearanceView>, Problem> {
    let clearance = clearances::clear_surgery(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(clearance.version, clearance.into()))
}

/// Refuse to clear the surgery
#[utoipa::path(
    post,
    path = "/cases/{case_id}/surgery-clearances/{clearance_id}/refuse",
    tag = "surgery",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("clearance_id" = Uuid, Path, description = "The clearance."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = RefuseClearanceRequest,
    responses((status = 200, description = "The clearance.", body = ClearanceView), ChangeProblems),
    security(("bearer" = []))
)]
async fn refuse_clearance(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ClearanceId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<RefuseClearanceRequest>,
) -> Result<Versioned<ClearanceView>, Problem> {
    let reason = Line::parse(&request.reason, LINE).map_err(|code| Invalid::at("/reason", code))?;
    let clearance = clearances::refuse_clearance(api.app(), &caller.0, case_id, id, decided_on, reason).await?;
    Ok(Versioned(clearance.version, clearance.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_clearances, request_clearance))
        .routes(routes!(view_clearance))
        .routes(routes!(clear_surgery))
        .routes(routes!(refuse_clearance))
}
