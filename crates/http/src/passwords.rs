//! One's own password: changed by who knows it, or chosen anew by a link.

use axum::extract::State;
use axum::http::StatusCode;
use rafiq_app::{links, passwords};
use rafiq_domain::sensitive::Sensitive;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::address::ClientAddress;
use crate::extract::ApiJson;
use crate::layers::RequestId;
use crate::problem::{Problem, SignInProblems};
use crate::state::{Api, Caller};

/// A change of the caller's own password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePasswordRequest {
    /// The present password.
    #[schema(example = "four words nobody says", format = Password)]
    current_password: String,
    /// The new one: 15 to 256 characters, or from 8 where a second factor is asked of everyone. Refused are
    /// those that many people use, and those made of one's own names, repetitions or sequences.
    #[schema(example = "five other words, said aloud", format = Password)]
    new_password: String,
}

/// For whom a link is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestResetRequest {
    /// The login.
    #[schema(example = "layla.coordinator")]
    login: String,
}

/// A password chosen by a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPasswordRequest {
    /// The secret of the link: what stands behind its `#`.
    #[schema(example = "4zvDkyZ0V1Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ")]
    pub(crate) token: String,
    /// The new password; the rules are those of a change.
    #[schema(example = "five other words, said aloud", format = Password)]
    pub(crate) password: String,
}

/// Change one's own password
///
/// The old one is worth nothing from the answer on, every other session of the caller has ended, and every other device
/// is unknown again. After
/// several wrong present passwords the next attempt has to wait. It takes no `Idempotency-Key`: what is kept
/// of a request under such a key would make its passwords easier to guess.
#[utoipa::path(
    post,
    path = "/account/password",
    tag = "sessions",
    request_body = ChangePasswordRequest,
    responses((status = 204, description = "The password is changed."), SignInProblems),
    security(("bearer" = []))
)]
async fn change_password(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<ChangePasswordRequest>,
) -> Result<StatusCode, Problem> {
    passwords::change_password(api.app(), &caller.0, &request.current_password, &request.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a link to choose a new password
///
/// Whatever the login, the answer is the same. Whoever can use it gets a mail with a link that is good once,
/// for half an hour; it voids the link of an earlier mail.
#[utoipa::path(
    post,
    path = "/password-resets",
    tag = "sessions",
    request_body = RequestResetRequest,
    responses((status = 202, description = "The request is noted."), SignInProblems),
    security(())
)]
async fn request_password_reset(
    State(api): State<Api>,
    RequestId(request_id): RequestId,
    ClientAddress(address): ClientAddress,
    ApiJson(request): ApiJson<RequestResetRequest>,
) -> Result<StatusCode, Problem> {
    links::request_reset(api.app(), &Sensitive(request.login), address, Some(request_id)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password by a link
///
/// Every session of the user ends, every device is unknown again, and nothing is signed in.
#[utoipa::path(
    post,
    path = "/password-resets/complete",
    tag = "sessions",
    request_body = SetPasswordRequest,
    responses((status = 204, description = "The password is set."), SignInProblems),
    security(())
)]
async fn complete_password_reset(
    State(api): State<Api>,
    RequestId(request_id): RequestId,
    ApiJson(request): ApiJson<SetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    links::complete_reset(api.app(), &request.token, &request.password, Some(request_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What needs no sign-in.
pub(crate) fn open_router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(request_password_reset)).routes(routes!(complete_password_reset))
}

/// What carries a password, and so stays apart from what is kept for each idempotency key.
pub(crate) fn secret_router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(change_password))
}
