//! Tokens for the machine clients of hospitals (OAuth 2.0 client credentials, RFC 6749 §4.4), and what a
//! token of one's own is worth (RFC 7662).

mod authentication;

use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use rafiq_app::clients::entry::{self, ClientSession, LiveToken};
use rafiq_domain::clients::ClientScope;
use rafiq_domain::policy::Permitted;
use rafiq_domain::vocabulary::Coded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) use self::authentication::TOKEN_PATH;
use self::authentication::{Authentication, Presented, bears_token};
use crate::address::ClientAddress;
use crate::extract::{ApiForm, ApiJson};
use crate::layers::RequestId;
use crate::problem::{Fault, Problem, SignInProblems};
use crate::state::{AccountCaller, Api};
use crate::token::Claims;

/// The one way to a token.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// A request for a token. A client proves itself in one way: with an assertion, with its secret in the
/// header `Authorization: Basic`, or with its secret here.
#[derive(Debug, Deserialize, ToSchema)]
struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(required, nullable = false, example = "client_credentials")]
    grant_type: Option<String>,
    /// The scopes that are asked for, with one space between; all that the client has when left out.
    #[schema(nullable = false, example = "referrals:read referrals:report")]
    scope: Option<String>,
    /// The client. Beside an assertion it may be left out.
    #[schema(nullable = false, example = "bosphorus-his")]
    client_id: Option<String>,
    /// The client's secret, where it may have one.
    #[schema(nullable = false, format = Password, example = "4zvDkyZ0V1Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ")]
    client_secret: Option<String>,
    /// With an assertion always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(nullable = false, example = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    client_assertion_type: Option<String>,
    /// A JWT that the client signed (RFC 7523 §3): `iss` and `sub` are the client, `aud` is the full address
    /// of this endpoint as a single text, `exp` at most five minutes ahead, `jti` never used before.
    #[schema(nullable = false, example = "eyJhbGciOiJFZERTQSJ9.e30.AA")]
    client_assertion: Option<String>,
}

/// A question about a token. Without a bearer token in the header the client proves itself as it does for a token.
#[derive(Debug, Deserialize, ToSchema)]
struct IntrospectTokenRequest {
    /// The access token in question.
    #[schema(required, nullable = false, example = "eyJhbGciOiJFZERTQSJ9.e30.AA")]
    token: Option<String>,
    /// What kind of token it is; there is one kind, so nothing follows from it.
    #[schema(nullable = false, example = "access_token")]
    #[expect(dead_code, reason = "RFC 7662 §2.1 lets a client send it")]
    token_type_hint: Option<String>,
    /// As for a token.
    #[schema(nullable = false, example = "bosphorus-his")]
    client_id: Option<String>,
    /// As for a token.
    #[schema(nullable = false, format = Password, example = "4zvDkyZ0V1Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ")]
    client_secret: Option<String>,
    /// As for a token.
    #[schema(nullable = false, example = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    client_assertion_type: Option<String>,
    /// As for a token; its `aud` is the address of the token endpoint here too.
    #[schema(nullable = false, example = "eyJhbGciOiJFZERTQSJ9.e30.AA")]
    client_assertion: Option<String>,
}

/// A token (RFC 6749 §5.1). There is no refresh token: another request gives another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientToken)]
struct TokenView {
    /// Goes into `Authorization: Bearer …` of each request.
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, example = "Bearer")]
    token_type: &'static str,
    /// How long the token is good, in seconds; 300 at most.
    #[schema(minimum = 1, maximum = 300, example = 300)]
    expires_in: i64,
    /// What it may, with one space between.
    #[schema(example = "referrals:read referrals:report")]
    scope: String,
}

/// What a token is worth now (RFC 7662 §2.2). Of one that is not good, or not the caller's own, nothing is told.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TokenIntrospection)]
struct IntrospectionView {
    /// Whether the token is good now.
    active: bool,
    /// What it may now, with one space between: of the scopes that it was given, those that the client still has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "referrals:read")]
    scope: Option<String>,
    /// The client or user that it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "bosphorus-his")]
    client_id: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "Bearer")]
    token_type: Option<&'static str>,
    /// When it stops being good, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_795_338_300)]
    exp: Option<i64>,
    /// The id of whom it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sub: Option<Uuid>,
    /// The id of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<Uuid>,
}

impl IntrospectionView {
    fn of(live: Permitted<Option<LiveToken>>, claims: Option<Claims>) -> Self {
        let Some((live, claims)) = live.into_inner().zip(claims) else { return Self::default() };
        Self {
            active: true,
            scope: live.scopes.map(|scopes| text(&scopes)),
            client_id: Some(live.login.as_str().to_owned()),
            token_type: Some("Bearer"),
            exp: Some(claims.expires_at.timestamp()),
            sub: Some(claims.user_id.uuid()),
            jti: Some(claims.token_id),
        }
    }
}

impl TokenRequest {
    /// The way in which the client proves itself, when the request is one for a token.
    fn parts(self) -> Result<(Authentication, Option<String>), Problem> {
        match self.grant_type.as_deref() {
            Some(CLIENT_CREDENTIALS) => {}
            Some(_) => return Err(Fault::UnsupportedGrantType.into()),
            None => return Err(Fault::BadForm.into()),
        }
        let Self { scope, client_id: client, client_secret: secret, .. } = self;
        let (assertion_type, assertion) = (self.client_assertion_type, self.client_assertion);
        Ok((Authentication { client, secret, assertion_type, assertion }, scope))
    }
}

impl IntrospectTokenRequest {
    fn parts(self) -> Result<(Authentication, String), Problem> {
        let Self { token, client_id: client, client_secret: secret, .. } = self;
        let (assertion_type, assertion) = (self.client_assertion_type, self.client_assertion);
        let token = token.ok_or(Fault::BadForm)?;
        Ok((Authentication { client, secret, assertion_type, assertion }, token))
    }
}

/// The scopes as OAuth writes them.
fn text(scopes: &[ClientScope]) -> String {
    scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ")
}

/// Get a token
///
/// For machine clients (RFC 6749 §4.4). An unknown client, a disabled one, one of a suspended hospital and one
/// that shows a wrong key or secret answer the same. What RFC 6749 §5.2 has a code for also carries it in `error`.
///
/// The client proves itself with its secret in the header, or without one in the form: by an assertion, or by
/// `client_id` and `client_secret`.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "oauth",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token.", body = TokenView), SignInProblems),
    security(("client_basic" = []), ())
)]
async fn issue_client_token(
    State(api): State<Api>,
    request_id: RequestId,
    address: ClientAddress,
    headers: HeaderMap,
    ApiForm(request): ApiForm<TokenRequest>,
) -> Result<ApiJson<TokenView>, Problem> {
    let (authentication, scope) = request.parts()?;
    let presented = Presented::of(authentication, &headers, api.app())?;
    let approach = presented.approach(address, request_id);
    let session = entry::open_client_session(api.app(), approach, scope.as_deref()).await?;
    Ok(ApiJson(token_of(&api, &session, api.app().now())?))
}

fn token_of(api: &Api, session: &ClientSession, now: DateTime<Utc>) -> Result<TokenView, Problem> {
    let (scope, client) = (text(&session.scopes), session.login.as_str());
    let access_token =
        api.tokens().issue_to_client(session.user_id, session.session_id, client, &scope, api.app().ids(), now)?;
    let expires_in = api.tokens().lifetime().num_seconds();
    Ok(TokenView { access_token, token_type: "Bearer", expires_in, scope })
}

/// Ask what a token of one's own is worth
///
/// The caller shows a bearer token, or proves itself as for a token. Of a token that is unknown, over, or
/// somebody else's, the answer is `{"active": false}` and nothing more.
#[utoipa::path(
    post,
    path = "/oauth/introspect",
    tag = "oauth",
    request_body(content = IntrospectTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What the token is worth.", body = IntrospectionView), SignInProblems),
    security(("bearer" = []), ("client_basic" = []), ())
)]
async fn introspect_token(
    State(api): State<Api>,
    request_id: RequestId,
    address: ClientAddress,
    headers: HeaderMap,
    bearer: Result<AccountCaller, Problem>,
    form: Result<ApiForm<IntrospectTokenRequest>, Problem>,
) -> Result<ApiJson<IntrospectionView>, Problem> {
    let (caller, token) = if bears_token(&headers) {
        let (AccountCaller(caller), ApiForm(request)) = (bearer?, form?);
        (caller, request.parts()?.1)
    } else {
        // Who is not known learns nothing about the rest of the request.
        let (authentication, token) = form.map_err(|_| entry::InvalidClient)?.0.parts()?;
        let presented = Presented::of(authentication, &headers, api.app())?;
        (entry::identify_client(api.app(), presented.approach(address, request_id)).await?, token)
    };
    let claims = api.tokens().verify_with_newest(&token, api.app().now()).await.ok();
    let known = claims.map(|claims| (claims.user_id, claims.session_id));
    let live = entry::introspect(api.app(), &caller, known).await?;
    Ok(ApiJson(IntrospectionView::of(live, claims)))
}

/// What needs no sign-in: clients prove themselves in the request.
pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(issue_client_token)).routes(routes!(introspect_token))
}
