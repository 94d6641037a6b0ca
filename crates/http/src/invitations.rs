//! Invitations: who is new chooses their password themselves.

use axum::extract::State;
use axum::http::StatusCode;
use rafiq_app::links;
use rafiq_domain::ids::UserId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{ApiJson, ApiPath, Id, IdempotencyKey};
use crate::layers::RequestId;
use crate::passwords::SetPasswordRequest;
use crate::problem::{CreateProblems, Problem, SignInProblems};
use crate::state::{Api, Caller};

/// Invite a user again
///
/// Sends a user who has not chosen a password yet another link, good once and for 72 hours; it voids the
/// link of an earlier mail.
#[utoipa::path(
    post,
    path = "/users/{user_id}/invite",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyKey),
    responses((status = 202, description = "The invitation will be sent."), CreateProblems),
    security(("bearer" = []))
)]
async fn invite_user(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
) -> Result<StatusCode, Problem> {
    links::invite_user(api.app(), &caller.0, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Accept an invitation
///
/// Chooses the first password by the link of an invitation. It signs nobody in.
#[utoipa::path(
    post,
    path = "/invitations/accept",
    tag = "sessions",
    request_body = SetPasswordRequest,
    responses((status = 204, description = "The password is set."), SignInProblems),
    security(())
)]
async fn accept_invitation(
    State(api): State<Api>,
    RequestId(request_id): RequestId,
    ApiJson(request): ApiJson<SetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    links::accept_invitation(api.app(), &request.token, &request.password, Some(request_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What needs no sign-in.
pub(crate) fn open_router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(accept_invitation))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(invite_user))
}
