//! Breaking the glass.

use axum::extract::State;
use rafiq_app::emergency;
use rafiq_domain::grants::Emergency;
use rafiq_domain::ids::{CaseId, GrantId};
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::GrantView;
use crate::code::EmergencyReasonCode;
use crate::extract::{ApiJson, ApiPath, Child, Created, Id, IdempotencyKey};
use crate::problem::{CreateProblems, Problem};
use crate::state::{Api, Caller};

/// Why someone needs a case at once that is not open to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BreakGlassRequest {
    /// Which emergency it is.
    reason_code: EmergencyReasonCode,
    /// What has happened, 1–500 characters.
    #[schema(example = "The hotel called: the patient cannot be woken")]
    reason: String,
    /// For how many minutes, 5 to 60; 60 when not said.
    #[schema(minimum = 5, maximum = 60)]
    minutes: Option<u16>,
}

impl TryFrom<BreakGlassRequest> for Emergency {
    type Error = Invalid;

    fn try_from(request: BreakGlassRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take("/reason", Line::parse(&request.reason, Line::LONGEST));
        let lasts = fields.take("/minutes", Self::lasts(request.minutes));
        fields.finish(|| Some(Self::new(request.reason_code.0, reason?, lasts?)))
    }
}

/// Open a case in an emergency
///
/// For doctors and leads who have no access to what is clinical in the case. It opens the case for an hour at the
/// most, to read and nothing else. The owner of the case and the data protection officer are told at once, and
/// another lead reviews it. Refused with 409 `access_held` when the case is open to the caller already, and with
/// 409 `too_many_emergencies` when the caller has five running.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/break-glass",
    tag = "access",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = BreakGlassRequest,
    responses((status = 201, description = "The access.", body = GrantView), CreateProblems),
    security(("bearer" = []))
)]
async fn break_glass(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<BreakGlassRequest>,
) -> Result<Created<ApiJson<GrantView>>, Problem> {
    let grant = emergency::break_glass(api.app(), &caller.0, case_id, request.try_into()?).await?;
    Ok(Created(format!("/api/v1/cases/{case_id}"), ApiJson(grant.into())))
}

/// Give the access of an emergency back
///
/// Only its holder does. It ends by itself otherwise.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/break-glass/{grant_id}/end",
    tag = "access",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("grant_id" = Uuid, Path, description = "The access."),
        IdempotencyKey,
    ),
    responses((status = 200, description = "The access.", body = GrantView), CreateProblems),
    security(("bearer" = []))
)]
async fn end_emergency(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<GrantId>>,
) -> Result<ApiJson<GrantView>, Problem> {
    Ok(ApiJson(emergency::end_emergency(api.app(), &caller.0, case_id, id).await?.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(break_glass)).routes(routes!(end_emergency))
}
