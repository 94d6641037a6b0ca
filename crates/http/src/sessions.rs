//! Signing in and out, one's sessions, and one's own account.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use rafiq_app::credentials::SignIn;
use rafiq_app::sessions::{self, Opened, Origin, OwnSession, SignedIn};
use rafiq_domain::ids::{SessionId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::sessions::ClientName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::address::ClientAddress;
use crate::code::{AssuranceCode, FactorKindCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Id, IdempotencyKey};
use crate::layers::RequestId;
use crate::paging::{PageQuery, PageView};
use crate::problem::{CreateProblems, Problem, ReadProblems, SignInProblems};
use crate::state::{AccountCaller, Api, Caller};
use crate::users::UserView;

/// Where a request comes from for which nobody has signed in.
struct Visitor(Origin);

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let RequestId(request_id) = RequestId::from_request_parts(parts, state).await?;
        let client = parts.headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let client = client.and_then(|name| ClientName::cleaned(&name));
        Ok(Self(Origin { request_id: Some(request_id), client }))
    }
}

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
    /// The device's token of an earlier sign-in: with it, failures elsewhere do not hold this sign-in back.
    #[schema(example = "Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ4zvDkyZ0V1")]
    device_token: Option<String>,
}

impl SignInRequest {
    fn from(self, address: ClientAddress) -> SignIn {
        let device_token = self.device_token.map(Sensitive);
        SignIn { login: self.login, password: Sensitive(self.password), device_token, address: address.0 }
    }
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
    /// Whether a second factor is still owed: until it is shown, only the own account is open.
    assurance: AssuranceCode,
    /// What can be shown as the second factor, the best first.
    second_factors: Vec<FactorKindCode>,
    /// By which this device is known at the next sign-in, for 180 days. Only a sign-in answers it, and not while a second
    /// factor is owed: then showing it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_token: Option<String>,
}

/// Sign in
///
/// An unknown login, a disabled user, one without a password, one with too many failures, and a wrong password answer
/// the same. After five failures in a row from unknown devices the next attempt waits, ever longer up to a quarter of
/// an hour; meanwhile even the right password answers so. Too many failures from one address answer 429.
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
    Visitor(origin): Visitor,
    address: ClientAddress,
    ApiJson(request): ApiJson<SignInRequest>,
) -> Result<ApiJson<TokensView>, Problem> {
    let SignedIn { opened, device_token } = sessions::sign_in(api.app(), &request.from(address), origin).await?;
    tokens(&api, opened, device_token)
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
    tokens(&api, opened, None)
}

fn tokens(api: &Api, opened: Opened, device_token: Option<Sensitive<String>>) -> Result<ApiJson<TokensView>, Problem> {
    let access_token = api.tokens().issue(opened.user_id, opened.session_id, api.app().ids(), api.app().now())?;
    Ok(ApiJson(TokensView {
        access_token,
        token_type: "Bearer",
        expires_in: api.tokens().lifetime().num_seconds(),
        refresh_token: opened.refresh_token.0,
        assurance: opened.standing.assurance.into(),
        second_factors: opened.standing.factors.usable().into_iter().map(FactorKindCode::from).collect(),
        device_token: device_token.map(|token| token.0),
    }))
}

/// A session of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    /// The id.
    id: Uuid,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When it was last prolonged: a session in use is prolonged at least every five minutes.
    last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    ends_at: DateTime<Utc>,
    /// When a second factor was last shown in it; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    second_factor_at: Option<DateTime<Utc>>,
    /// The program that signed in, as it names itself: a hint for people, and no proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    client: Option<String>,
    /// Whether it is the session of this request.
    current: bool,
}

impl From<Permitted<OwnSession>> for SessionView {
    fn from(own: Permitted<OwnSession>) -> Self {
        let OwnSession { session, is_current } = own.into_inner();
        Self {
            id: session.id.uuid(),
            started_at: session.started_at,
            last_used_at: session.last_used_at,
            ends_at: session.ends_at,
            second_factor_at: session.second_factor_at,
            client: session.client.map(|client| client.as_str().to_owned()),
            current: is_current,
        }
    }
}

/// List one's own sessions
///
/// Those that run, the newest first.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "sessions",
    params(PageQuery),
    responses((status = 200, description = "The sessions.", body = PageView<SessionView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_own_sessions(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<SessionView>>, Problem> {
    let sessions = sessions::list_own_sessions(api.app(), &caller.0, query.into()).await?;
    Ok(ApiJson(crate::paging::view(sessions)))
}

/// End one of one's own sessions
///
/// Its access tokens are refused from the next request on, on every instance. Ending a session twice
/// changes nothing.
#[utoipa::path(
    post,
    path = "/sessions/{session_id}/end",
    tag = "sessions",
    params(("session_id" = Uuid, Path, description = "The session."), IdempotencyKey),
    responses((status = 204, description = "The session has ended."), CreateProblems),
    security(("bearer" = []))
)]
async fn end_session(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<SessionId>>,
) -> Result<StatusCode, Problem> {
    sessions::end_session(api.app(), &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End every session of a user
///
/// As when a device was lost. The user's next request is refused, on every instance; the user may
/// sign in again.
#[utoipa::path(
    post,
    path = "/users/{user_id}/sessions/end",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyKey),
    responses((status = 204, description = "The sessions have ended."), CreateProblems),
    security(("bearer" = []))
)]
async fn end_user_sessions(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
) -> Result<StatusCode, Problem> {
    sessions::end_sessions(api.app(), &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
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
async fn sign_out(caller: AccountCaller, State(api): State<Api>) -> Result<StatusCode, Problem> {
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
async fn view_own_account(caller: AccountCaller, State(api): State<Api>) -> Result<ApiJson<UserView>, Problem> {
    Ok(ApiJson(sessions::view_own_account(api.app(), &caller.0).await?.into()))
}

/// What needs no sign-in.
pub(crate) fn open_router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(refresh_session))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_own_sessions))
        .routes(routes!(sign_out))
        .routes(routes!(end_session))
        .routes(routes!(view_own_account))
}

/// What administrators do with the sessions of others.
pub(crate) fn administration() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(end_user_sessions))
}
