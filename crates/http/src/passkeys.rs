//! Passkeys of one's own account, in the words of the standard (W3C Web Authentication, level 3).
//!
//! What goes to the browser and comes from it is the standard's own JSON, which browsers write and
//! read (`toJSON`, `parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`): its names are in
//! camel case, and it may bring more than the document names.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rafiq_app::passkeys::{self, Registered};
use rafiq_domain::ids::PasskeyId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::second_factor::Passkey;
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{ApiJson, ApiPath, Id, IdempotencyKey};
use crate::idempotency::Instead;
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::second_factor::{ProvenView, written};
use crate::state::{AccountCaller, Api, Caller};

/// What a browser is asked.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyOptions {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`, to be given
    /// to `navigator.credentials` within five minutes.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: Value,
}

impl From<Permitted<Value>> for PasskeyOptions {
    fn from(options: Permitted<Value>) -> Self {
        let public_key = options.into_inner().get_mut("publicKey").map(Value::take);
        Self { public_key: public_key.unwrap_or_default() }
    }
}

/// A passkey that a browser made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FinishRegistrationRequest {
    /// What to call it, 1–60 characters.
    #[schema(example = "Phone")]
    name: String,
    /// `RegistrationResponseJSON`: what `navigator.credentials.create` answered, by its `toJSON`.
    #[schema(value_type = Object)]
    credential: Value,
}

impl FinishRegistrationRequest {
    fn parts(self) -> Result<(Line, Value), Invalid> {
        let mut fields = Fields::new();
        let name = fields.take("/name", Line::parse(&self.name, Passkey::LONGEST_NAME));
        fields.finish(|| Some((name?, self.credential)))
    }
}

/// The answer of a passkey to a challenge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyPasskeyRequest {
    /// `AuthenticationResponseJSON`: what `navigator.credentials.get` answered, by its `toJSON`.
    #[schema(value_type = Object)]
    credential: Value,
}

/// A passkey.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Passkey)]
struct PasskeyView {
    /// The id.
    id: Uuid,
    /// What its owner calls it.
    name: String,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// When it was last used; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used_at: Option<DateTime<Utc>>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        let Passkey { id, name, created_at, last_used_at, .. } = passkey;
        Self { id: id.uuid(), name: name.as_str().to_owned(), created_at, last_used_at }
    }
}

/// The passkeys of an account.
#[derive(Debug, Serialize, ToSchema)]
struct Passkeys {
    /// Oldest first, at most ten.
    items: Vec<PasskeyView>,
}

/// A passkey that was registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredPasskey)]
struct RegisteredView {
    /// The passkey.
    passkey: PasskeyView,
    /// Recovery codes, each good once. Shown this once: empty when the same request is answered again, and
    /// when there are codes from before, which stay good.
    recovery_codes: Vec<String>,
    /// By which this device is known at the next sign-in, for 180 days. Shown this once, and absent when the device was
    /// known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_token: Option<String>,
}

impl From<Permitted<Registered>> for Instead<RegisteredView> {
    fn from(registered: Permitted<Registered>) -> Self {
        let Registered { passkey, added } = registered.into_inner();
        let passkey = PasskeyView::from(passkey);
        let kept = RegisteredView { passkey: passkey.clone(), recovery_codes: Vec::new(), device_token: None };
        let device_token = added.device_token.map(|token| token.0);
        Self { shown: RegisteredView { passkey, recovery_codes: written(&added.recovery_codes), device_token }, kept }
    }
}

/// List one's own passkeys
#[utoipa::path(
    get,
    path = "/account/passkeys",
    tag = "account",
    responses((status = 200, description = "The passkeys.", body = Passkeys), ReadProblems),
    security(("bearer" = []))
)]
async fn list_passkeys(caller: Caller, State(api): State<Api>) -> Result<ApiJson<Passkeys>, Problem> {
    let passkeys = passkeys::list_passkeys(api.app(), &caller.0).await?.into_inner();
    Ok(ApiJson(Passkeys { items: passkeys.into_iter().map(PasskeyView::from).collect() }))
}

/// Start to register a passkey
///
/// Whoever has a second factor must have shown it in this session within the last ten minutes.
#[utoipa::path(
    post,
    path = "/account/passkeys/registration",
    tag = "account",
    params(IdempotencyKey),
    responses((status = 200, description = "What the browser is asked.", body = PasskeyOptions), CreateProblems),
    security(("bearer" = []))
)]
async fn start_passkey_registration(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
) -> Result<ApiJson<PasskeyOptions>, Problem> {
    Ok(ApiJson(passkeys::start_registration(api.app(), &caller).await?.into()))
}

/// Register the passkey
///
/// Which also proves this sign-in. A challenge is good for one answer, right or wrong. Answers
/// recovery codes when there are none yet.
#[utoipa::path(
    post,
    path = "/account/passkeys/registration/finish",
    tag = "account",
    params(IdempotencyKey),
    request_body = FinishRegistrationRequest,
    responses((status = 200, description = "The passkey.", body = RegisteredView), CreateProblems),
    security(("bearer" = []))
)]
async fn finish_passkey_registration(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<FinishRegistrationRequest>,
) -> Result<Instead<RegisteredView>, Problem> {
    let (name, credential) = request.parts()?;
    Ok(passkeys::finish_registration(api.app(), &caller, name, credential).await?.into())
}

/// Take a passkey away
///
/// Refused when it is the last second factor where one is required. The recovery codes go with the last.
#[utoipa::path(
    post,
    path = "/account/passkeys/{passkey_id}/remove",
    tag = "account",
    params(("passkey_id" = Uuid, Path, description = "The passkey."), IdempotencyKey),
    responses((status = 204, description = "It is gone."), CreateProblems),
    security(("bearer" = []))
)]
async fn remove_passkey(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<PasskeyId>>,
) -> Result<StatusCode, Problem> {
    passkeys::remove_passkey(api.app(), &caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a challenge to one's passkeys
#[utoipa::path(
    post,
    path = "/account/second-factor/passkey/challenge",
    tag = "account",
    params(IdempotencyKey),
    responses((status = 200, description = "What the browser is asked.", body = PasskeyOptions), CreateProblems),
    security(("bearer" = []))
)]
async fn challenge_passkey(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
) -> Result<ApiJson<PasskeyOptions>, Problem> {
    Ok(ApiJson(passkeys::challenge(api.app(), &caller).await?.into()))
}

/// Show one's passkey
///
/// The tokens of this session go on, now with full assurance. A challenge is good for one answer,
/// right or wrong.
#[utoipa::path(
    post,
    path = "/account/second-factor/passkey/verify",
    tag = "account",
    params(IdempotencyKey),
    request_body = VerifyPasskeyRequest,
    responses((status = 200, description = "The sign-in is proven.", body = ProvenView), CreateProblems),
    security(("bearer" = []))
)]
async fn verify_passkey(
    AccountCaller(caller): AccountCaller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<VerifyPasskeyRequest>,
) -> Result<Instead<ProvenView>, Problem> {
    Ok(passkeys::verify_passkey(api.app(), &caller, request.credential).await?.into())
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_passkeys))
        .routes(routes!(start_passkey_registration))
        .routes(routes!(finish_passkey_registration))
        .routes(routes!(remove_passkey))
        .routes(routes!(challenge_passkey))
        .routes(routes!(verify_passkey))
}
