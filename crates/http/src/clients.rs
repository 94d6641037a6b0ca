//! The machine clients of hospitals, for administrators.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::clients::{self, Given, NewClient};
use rafiq_domain::clients::{ClientFile, ClientTerms, Credential, Proof};
use rafiq_domain::ids::{ClientCredentialId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::users::Contact;
use rafiq_domain::vocabulary::Language;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    ClientScopeCode, Code, CredentialKindCode, CredentialStateCode, ExpiryWarningCode, KeyAlgorithmCode, LanguageCode,
    UserStateCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::idempotency::Instead;
use crate::jwk::PublicKeyBody;
use crate::paging::{PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A new client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterClientRequest {
    /// The name with which it signs in, for good: 3–64 of `a–z 0–9 . _ @ -`; upper case is lowered.
    #[schema(example = "bosphorus-his")]
    client_id: String,
    /// What people call it, up to 200 characters.
    #[schema(example = "Information system of Bosphorus Hospital")]
    name: String,
    /// The hospital for which it acts, for good.
    hospital_id: Uuid,
    /// Who is written to when a key or a secret will expire.
    #[schema(example = "it@bosphorus.example.com")]
    contact_email: String,
    /// In which language they are written to; English when left out.
    #[serde(default = "english")]
    language: LanguageCode,
    /// What it may; at least one.
    scopes: Vec<ClientScopeCode>,
    /// Whether it may prove itself with a secret. A key is better: it never leaves the client.
    #[serde(default)]
    allows_secret: bool,
}

/// What a client may, as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateClientRequest {
    /// Who is written to when a key or a secret will expire.
    #[schema(example = "it@bosphorus.example.com")]
    contact_email: String,
    /// In which language they are written to; English when left out.
    #[serde(default = "english")]
    language: LanguageCode,
    /// What it may; at least one. Tokens that are out narrow with their next use.
    scopes: Vec<ClientScopeCode>,
    /// Whether it may prove itself with a secret. Without it, secrets that it has are good no more.
    allows_secret: bool,
}

/// A public key of a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddClientKeyRequest {
    /// The key.
    key: PublicKeyBody,
    /// Until when it is good, at most two years ahead.
    #[schema(value_type = DateTime<Utc>)]
    expires_at: Instant,
}

/// A secret to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddClientSecretRequest {
    /// Until when it is good, at most a year ahead.
    #[schema(value_type = DateTime<Utc>)]
    expires_at: Instant,
}

impl RegisterClientRequest {
    fn parts(self) -> Result<NewClient, Invalid> {
        let mut fields = Fields::new();
        let login = fields.take("/client_id", Login::parse(&self.client_id));
        let name = fields.take("/name", PersonName::parse(&self.name));
        let email = fields.take("/contact_email", EmailAddress::parse(&self.contact_email));
        let terms = terms(self.scopes, self.allows_secret);
        fields.finish(|| {
            let (hospital_id, contact) = (self.hospital_id.into(), contact(email?, self.language));
            Some(NewClient { login: login?, name: name?, hospital_id, contact, terms })
        })
    }
}

impl UpdateClientRequest {
    fn parts(self) -> Result<(Contact, ClientTerms), Invalid> {
        let mut fields = Fields::new();
        let email = fields.take("/contact_email", EmailAddress::parse(&self.contact_email));
        fields.finish(|| Some((contact(email?, self.language), terms(self.scopes, self.allows_secret))))
    }
}

const fn english() -> LanguageCode {
    Code(Language::English)
}

fn contact(email: EmailAddress, language: LanguageCode) -> Contact {
    Contact { email: Some(email), language: language.0 }
}

fn terms(scopes: Vec<ClientScopeCode>, allows_secret: bool) -> ClientTerms {
    ClientTerms { scopes: scopes.into_iter().map(|scope| scope.0).collect(), allows_secret }
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
struct ClientView {
    /// The id.
    id: Uuid,
    /// The name with which it signs in.
    client_id: String,
    /// What people call it.
    name: String,
    /// The hospital for which it acts.
    hospital_id: Uuid,
    /// Who is written to when a key or a secret will expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    contact_email: Option<String>,
    /// In which language they are written to.
    language: LanguageCode,
    /// What it may.
    scopes: Vec<ClientScopeCode>,
    /// Whether it may prove itself with a secret.
    allows_secret: bool,
    /// Whether it may come in.
    state: UserStateCode,
    /// Its keys and secrets, oldest first.
    credentials: Vec<CredentialView>,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// The version, for `If-Match`.
    version: i32,
}

/// A key or a secret of a client. The secret itself is never shown again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientCredential)]
struct CredentialView {
    /// The id.
    id: Uuid,
    /// With what the client proves itself.
    kind: CredentialKindCode,
    /// The id of a key: its thumbprint (RFC 7638), to be named as `kid` in assertions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key_id: Option<String>,
    /// With which algorithm a key signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    algorithm: Option<KeyAlgorithmCode>,
    /// Whether it is good.
    state: CredentialStateCode,
    /// From when.
    valid_from: DateTime<Utc>,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// How many days it is still good, a begun one counted whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_in_days: Option<i64>,
    /// How near its end is, once it is near: time to replace it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expiring: Option<ExpiryWarningCode>,
    /// Who registered or made it; left out for the operator of the service, and where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created_by: Option<Uuid>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    revoked_at: Option<DateTime<Utc>>,
    /// Who revoked it; left out for the operator of the service, and where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    revoked_by: Option<Uuid>,
    /// When a token was last given for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used_at: Option<DateTime<Utc>>,
    /// The secret, in the one answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "4zvDkyZ0V1Zt7o6PqJm0eTnXr3Yb2wQeUoIpAsDfGhJ")]
    secret: Option<String>,
}

impl ClientView {
    fn of(file: Permitted<ClientFile>, now: DateTime<Utc>) -> Self {
        let ClientFile { client, credentials } = file.into_inner();
        Self {
            id: client.id().uuid(),
            client_id: client.user.login.as_str().to_owned(),
            name: client.user.profile.name.as_str().to_owned(),
            hospital_id: client.hospital_id.uuid(),
            language: Code(client.user.contact.language),
            contact_email: client.user.contact.email.map(|email| email.as_str().to_owned()),
            scopes: client.terms.scopes.into_iter().map(Code).collect(),
            allows_secret: client.terms.allows_secret,
            state: Code(client.user.state),
            credentials: credentials.iter().map(|credential| CredentialView::of(credential, now)).collect(),
            created_at: client.created_at,
            version: client.user.version.0,
        }
    }
}

impl CredentialView {
    fn of(credential: &Credential, now: DateTime<Utc>) -> Self {
        let key = match &credential.proof {
            Proof::Key(id, key) => Some((id, key)),
            Proof::Secret(_) => None,
        };
        Self {
            id: credential.id.uuid(),
            kind: Code(credential.kind()),
            key_id: key.map(|(id, _)| id.as_str().to_owned()),
            algorithm: key.map(|(_, key)| Code(key.algorithm())),
            state: Code(credential.state(now)),
            valid_from: credential.valid_from,
            expires_at: credential.expires_at,
            expires_in_days: credential.days_left(now),
            expiring: credential.expiring(now).map(Code),
            created_by: credential.created_by.map(UserId::uuid),
            revoked_at: credential.revoked_at,
            revoked_by: credential.revoked_by.map(UserId::uuid),
            last_used_at: credential.last_used_at,
            secret: None,
        }
    }
}

/// The ids of a client and of a credential of it.
#[derive(Debug, Clone, Copy)]
struct Its(UserId, ClientCredentialId);

impl<'de> Deserialize<'de> for Its {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (client, credential) = <(Uuid, Uuid)>::deserialize(deserializer)?;
        Ok(Self(client.into(), credential.into()))
    }
}

/// Register a client
///
/// It has no key and no secret yet, and gets no token before.
#[utoipa::path(
    post,
    path = "/clients",
    tag = "clients",
    params(IdempotencyKey),
    request_body = RegisterClientRequest,
    responses((status = 201, description = "The client.", body = ClientView), CreateProblems),
    security(("bearer" = []))
)]
async fn register_client(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<RegisterClientRequest>,
) -> Result<Created<Versioned<ClientView>>, Problem> {
    let file = clients::register_client(api.app(), &caller.0, request.parts()?).await?;
    Ok(Created(address(file.client.id()), shown(&api, file)))
}

/// List the clients
#[utoipa::path(
    get,
    path = "/clients",
    tag = "clients",
    params(PageQuery),
    responses((status = 200, description = "The clients, newest first.", body = PageView<ClientView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_clients(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<ClientView>>, Problem> {
    let files = clients::list_clients(api.app(), &caller.0, query.into()).await?;
    let (permit, now) = (files.with(()), api.app().now());
    Ok(ApiJson(files.into_inner().map(|file| ClientView::of(permit.with(file), now)).into()))
}

/// Read a client
#[utoipa::path(
    get,
    path = "/clients/{client_id}",
    tag = "clients",
    params(("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in.")),
    responses((status = 200, description = "The client.", body = ClientView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_client(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
) -> Result<Versioned<ClientView>, Problem> {
    let file = clients::view_client(api.app(), &caller.0, id).await?;
    Ok(shown(&api, file))
}

/// Replace what a client may
///
/// Tokens that are out narrow to the new scopes with their next use. Hospital and names stay.
#[utoipa::path(
    put,
    path = "/clients/{client_id}",
    tag = "clients",
    params(("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."), IfMatch),
    request_body = UpdateClientRequest,
    responses((status = 200, description = "The client.", body = ClientView), ChangeProblems),
    security(("bearer" = []))
)]
async fn update_client(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<UpdateClientRequest>,
) -> Result<Versioned<ClientView>, Problem> {
    let (contact, terms) = request.parts()?;
    let file = clients::update_client(api.app(), &caller.0, id, decided_on, contact, terms).await?;
    Ok(shown(&api, file))
}

/// Register a public key of a client
///
/// Two keys or secrets of a client are good at once: the one in use, and the one that replaces it. A key that
/// was ever registered is not registered again.
#[utoipa::path(
    post,
    path = "/clients/{client_id}/keys",
    tag = "clients",
    params(
        ("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."),
        IdempotencyKey
    ),
    request_body = AddClientKeyRequest,
    responses((status = 201, description = "The key.", body = CredentialView), CreateProblems),
    security(("bearer" = []))
)]
async fn add_client_key(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    ApiJson(request): ApiJson<AddClientKeyRequest>,
) -> Result<Created<ApiJson<CredentialView>>, Problem> {
    let key = request.key.key().map_err(|wrong| wrong.below("/key"))?;
    let credential = clients::add_key(api.app(), &caller.0, id, key, request.expires_at.0).await?;
    Ok(Created(address(id), ApiJson(CredentialView::of(&credential, api.app().now()))))
}

/// Make a secret for a client
///
/// The answer shows it, and nothing shows it again: the same request under the same key is answered without
/// it. If the answer was lost, revoke the secret and make another.
#[utoipa::path(
    post,
    path = "/clients/{client_id}/secrets",
    tag = "clients",
    params(
        ("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."),
        IdempotencyKey
    ),
    request_body = AddClientSecretRequest,
    responses((status = 201, description = "The secret.", body = CredentialView), CreateProblems),
    security(("bearer" = []))
)]
async fn add_client_secret(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    ApiJson(request): ApiJson<AddClientSecretRequest>,
) -> Result<Created<Instead<CredentialView>>, Problem> {
    let made = clients::add_secret(api.app(), &caller.0, id, request.expires_at.0).await?;
    let Given { credential, secret } = made.into_inner();
    let kept = CredentialView::of(&credential, api.app().now());
    let secret = secret.map(|secret| secret.0);
    let shown = CredentialView { secret, ..CredentialView::of(&credential, api.app().now()) };
    Ok(Created(address(id), Instead { shown, kept }))
}

/// Revoke a key or a secret of a client
///
/// Tokens that were given for it end with their next use. Doing it twice changes nothing.
#[utoipa::path(
    post,
    path = "/clients/{client_id}/credentials/{credential_id}/revoke",
    tag = "clients",
    params(
        ("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."),
        ("credential_id" = Uuid, Path, description = "The key or the secret."),
        IdempotencyKey
    ),
    responses((status = 200, description = "The key or the secret, revoked.", body = CredentialView), CreateProblems),
    security(("bearer" = []))
)]
async fn revoke_client_credential(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Its(id, credential_id)): ApiPath<Its>,
) -> Result<ApiJson<CredentialView>, Problem> {
    let credential = clients::revoke_credential(api.app(), &caller.0, id, credential_id).await?;
    Ok(ApiJson(CredentialView::of(&credential, api.app().now())))
}

/// Disable a client
///
/// Its next request is refused, on every instance.
#[utoipa::path(
    post,
    path = "/clients/{client_id}/disable",
    tag = "clients",
    params(
        ("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The client.", body = ClientView), ChangeProblems),
    security(("bearer" = []))
)]
async fn disable_client(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ClientView>, Problem> {
    let file = clients::disable_client(api.app(), &caller.0, id, decided_on).await?;
    Ok(shown(&api, file))
}

/// Enable a client
///
/// The keys and secrets that it has are good again, as far as they were neither revoked nor have expired. One whose
/// role was ended, as by off-boarding, stays out: 409 `wrong_state`.
#[utoipa::path(
    post,
    path = "/clients/{client_id}/enable",
    tag = "clients",
    params(
        ("client_id" = Uuid, Path, description = "The client: its id, not the name with which it signs in."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The client.", body = ClientView), ChangeProblems),
    security(("bearer" = []))
)]
async fn enable_client(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ClientView>, Problem> {
    let file = clients::enable_client(api.app(), &caller.0, id, decided_on).await?;
    Ok(shown(&api, file))
}

fn shown(api: &Api, file: Permitted<ClientFile>) -> Versioned<ClientView> {
    Versioned(file.client.user.version, ClientView::of(file, api.app().now()))
}

fn address(id: UserId) -> String {
    format!("/api/v1/clients/{id}")
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, register_client))
        .routes(routes!(view_client, update_client))
        .routes(routes!(add_client_key))
        .routes(routes!(add_client_secret))
        .routes(routes!(revoke_client_credential))
        .routes(routes!(disable_client))
        .routes(routes!(enable_client))
}
