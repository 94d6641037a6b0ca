//! Legal holds: whose record must be kept as it is.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::erasure;
use rafiq_domain::erasure::LegalHold;
use rafiq_domain::ids::{LegalHoldId, PatientId};
use rafiq_domain::policy::Permitted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::approvals::reason;
use crate::code::{Code, LegalHoldStateCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// Why a record must be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceLegalHoldRequest {
    /// Why, 1–500 characters; ids and codes, no names.
    #[schema(example = "Claim 2026/17")]
    reason: String,
}

/// A duty to keep the record of a patient as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LegalHold)]
struct LegalHoldView {
    /// The id.
    id: Uuid,
    /// The patient.
    patient_id: Uuid,
    /// Whether it still lies on the record.
    state: LegalHoldStateCode,
    /// Why.
    reason: String,
    /// The user who placed it.
    placed_by: Uuid,
    /// When.
    placed_at: DateTime<Utc>,
    /// The user who lifted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lifted_by: Option<Uuid>,
    /// When it was lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lifted_at: Option<DateTime<Utc>>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<LegalHold>> for LegalHoldView {
    fn from(hold: Permitted<LegalHold>) -> Self {
        let hold = hold.into_inner();
        Self {
            id: hold.id.uuid(),
            patient_id: hold.patient_id.uuid(),
            state: Code(hold.state()),
            reason: hold.reason.as_str().to_owned(),
            placed_by: hold.placed_by.uuid(),
            placed_at: hold.placed_at,
            lifted_by: hold.lifted.map(|(by, _)| by.uuid()),
            lifted_at: hold.lifted.map(|(_, at)| at),
            version: hold.version.0,
        }
    }
}

/// Place a legal hold
///
/// Until it is lifted, nothing of the patient is erased.
#[utoipa::path(
    post,
    path = "/patients/{patient_id}/legal-holds",
    tag = "patients",
    params(("patient_id" = Uuid, Path, description = "The patient."), IdempotencyKey),
    request_body = PlaceLegalHoldRequest,
    responses((status = 201, description = "The hold.", body = LegalHoldView), CreateProblems),
    security(("bearer" = []))
)]
async fn place_legal_hold(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(patient_id)): ApiPath<Id<PatientId>>,
    ApiJson(request): ApiJson<PlaceLegalHoldRequest>,
) -> Result<Created<Versioned<LegalHoldView>>, Problem> {
    let hold = erasure::place_legal_hold(api.app(), &caller.0, patient_id, reason(&request.reason)?).await?;
    let address = format!("/api/v1/patients/{patient_id}/legal-holds");
    Ok(Created(address, Versioned(hold.version, hold.into())))
}

/// List the legal holds on a patient's record
#[utoipa::path(
    get,
    path = "/patients/{patient_id}/legal-holds",
    tag = "patients",
    params(("patient_id" = Uuid, Path, description = "The patient."), PageQuery),
    responses((status = 200, description = "The holds, newest first.", body = PageView<LegalHoldView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_legal_holds(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(patient_id)): ApiPath<Id<PatientId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<LegalHoldView>>, Problem> {
    let holds = erasure::list_legal_holds(api.app(), &caller.0, patient_id, query.into()).await?;
    Ok(ApiJson(paging::view(holds)))
}

/// Lift a legal hold
#[utoipa::path(
    post,
    path = "/patients/{patient_id}/legal-holds/{legal_hold_id}/lift",
    tag = "patients",
    params(
        ("patient_id" = Uuid, Path, description = "The patient."),
        ("legal_hold_id" = Uuid, Path, description = "The hold."),
        IfMatch,
        IdempotencyKey,
    ),
    responses((status = 200, description = "The hold, lifted.", body = LegalHoldView), ChangeProblems),
    security(("bearer" = []))
)]
async fn lift_legal_hold(
    caller: Caller,
    State(api): State<Api>,
    ApiPath((patient_id, id)): ApiPath<(Uuid, Uuid)>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<LegalHoldView>, Problem> {
    let (patient_id, id) = (PatientId::from(patient_id), LegalHoldId::from(id));
    let hold = erasure::lift_legal_hold(api.app(), &caller.0, patient_id, id, decided_on).await?;
    Ok(Versioned(hold.version, hold.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_legal_holds, place_legal_hold)).routes(routes!(lift_legal_hold))
}
