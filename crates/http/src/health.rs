//! Whether the process lives, and whether it can serve.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::ApiJson;
use crate::problem::{Fault, Problem, PublicProblems};
use crate::state::Api;

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthView {
    /// Always `ok`; anything else is a problem answer.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Tell whether the process lives
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    responses((status = 200, description = "It lives.", body = HealthView), PublicProblems),
    security(())
)]
async fn is_live() -> ApiJson<HealthView> {
    ApiJson(HealthView { status: "ok" })
}

/// Tell whether the service can serve
///
/// The database answers and has every table that this version needs.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    responses((status = 200, description = "It can.", body = HealthView), PublicProblems),
    security(())
)]
async fn is_ready(State(api): State<Api>) -> Result<ApiJson<HealthView>, Problem> {
    if api.app().is_ready().await? { Ok(ApiJson(HealthView { status: "ok" })) } else { Err(Fault::Overloaded.into()) }
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(is_live)).routes(routes!(is_ready))
}
