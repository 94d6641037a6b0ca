//! Signing in and out, and one's own account.

use axum::extract::State;
use axum::http::StatusCode;
use rafiq_app::sessions::{self, Opened};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{ApiJson, IdempotencyKey};
use crate::layers::RequestId;
use crate::problem::{CreateProblems, Problem, ReadProblems, SignInProblems};
use crate::state::{Api, Caller};
use crate::users::UserView;

/// A sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    /// The login, in lower case.
    #[schema(example = "coordinator@demo")]
    login: String,
    /// The password.
    #[schema(example = "a long demo password", format = Password)]
    password: String,
}

/// A refresh token to be exchanged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    /// The refresh token of the answer before.
    #[schema(example = "4zvDkyZ0V1Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ")]
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionTokens)]
struct TokensView {
    /// Goes into `Authorization: Bearer …` of each request.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How long the access token is good, in seconds.
    expires_in: i64,
    /// Exchanged once for the next pair; a second use ends the session.
    refresh_token: String,
}

/// Sign in
///
/// An unknown login, a disabled user and a wrong password answer the same.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "sessions",
    request_body = SignInRequest,
    responses((status = 200, description = "The tokens.", body = TokensView), SignInProblems),
    security(())
)]
async fn sign_in(
    State(api): State<Api>,
    request_id: RequestId,
    ApiJson(request): ApiJson<SignInRequest>,
) -> Result<ApiJson<TokensView>, Problem> {
    let opened = sessions::sign_in(api.app(), &request.login, &request.password, Some(request_id.0)).await?;
    tokens(&api, opened)
}

/// Exchange a refresh token
///
/// Each refresh token is good once. Using one again ends the session, unless the answer to the
/// first use was lost: then a second use within 30 seconds is good.
#[utoipa::path(
    post,
    path = "/sessions/refresh",
    tag = "sessions",
    request_body = RefreshRequest,
    responses((status = 200, description = "The next tokens.", body = TokensView), SignInProblems),
    security(())
)]
async fn refresh_session(
    State(api): State<Api>,
    request_id: RequestId,
    ApiJson(request): ApiJson<RefreshRequest>,
) -> Result<ApiJson<TokensView>, Problem> {
    let opened = sessions::refresh(api.app(), &request.refresh_token, Some(request_id.0)).await?;
    tokens(&api, opened)
}

fn tokens(api: &Api, opened: Opened) -> Result<ApiJson<TokensView>, Problem> {
    let access_token = api.tokens().issue(opened.user_id, opened.session_id, api.app().ids(), api.app().now())?;
    Ok(ApiJson(TokensView {
        access_token,
        token_type: "Bearer",
        expires_in: api.tokens().lifetime().num_seconds(),
        refresh_token: opened.refresh_token.0,
    }))
}

/// Sign out
#[utoipa::path(
    post,
    path = "/sessions/end",
    tag = "sessions",
    params(IdempotencyKey),
    responses((status = 204, description = "The session has ended."), CreateProblems),
    security(("bearer" = []))
)]
async fn sign_out(caller: Caller, State(api): State<Api>) -> Result<StatusCode, Problem> {
    sessions::sign_out(api.app(), &caller.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read one's own account
#[utoipa::path(
    get,
    path = "/account",
    tag = "sessions",
    responses((status = 200, description = "The account.", body = UserView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_own_account(caller: Caller, State(api): State<Api>) -> Result<ApiJson<UserView>, Problem> {
    Ok(ApiJson(sessions::view_own_account(api.app(), &caller.0).await?.into()))
}

/// What needs no sign-in.
pub(crate) fn open_router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(refresh_session))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_out)).routes(routes!(view_own_account))
}
