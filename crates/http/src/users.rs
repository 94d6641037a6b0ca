//! Users, for administrators.

use axum::extract::State;
use rafiq_app::accounts::{self, FirstPassword};
use rafiq_domain::ids::{HospitalId, InterpreterId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::users::{Contact, User, UserProfile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{LanguageCode, RoleCode, UserStateCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A new user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUserRequest {
    /// The login: 3–64 of `a–z 0–9 . _ @ -`; upper case is lowered.
    #[schema(example = "layla.coordinator")]
    login: String,
    /// The name, in any script, up to 200 characters.
    #[schema(example = "Layla Haddad")]
    name: String,
    /// The roles; a hospital user holds no other.
    roles: Vec<RoleCode>,
    /// The hospital, for a hospital user.
    hospital_id: Option<Uuid>,
    /// The interpreter, for an interpreting user.
    interpreter_id: Option<Uuid>,
    /// Where the invitation goes: by its link they choose their password themselves.
    #[schema(example = "layla@clinic.example")]
    email: String,
    /// The language in which they are written to.
    language: LanguageCode,
}

impl CreateUserRequest {
    fn parts(self) -> Result<(Login, UserProfile, Contact), Invalid> {
        let mut fields = Fields::new();
        let login = fields.take("/login", Login::parse(&self.login));
        let name = fields.take("/name", PersonName::parse(&self.name));
        let email = fields.take("/email", EmailAddress::parse(&self.email));
        fields.finish(|| {
            let profile = UserProfile {
                name: name?,
                roles: self.roles.into_iter().map(|role| role.0).collect(),
                confers: Vec::new(),
                hospital_id: self.hospital_id.map(HospitalId::from),
                interpreter_id: self.interpreter_id.map(InterpreterId::from),
            };
            Some((login?, profile, Contact { email: Some(email?), language: self.language.0 }))
        })
    }
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    /// The id.
    id: Uuid,
    /// The login.
    login: String,
    /// The name.
    name: String,
    /// The roles that the user holds and acts in.
    roles: Vec<RoleCode>,
    /// The roles that the user may give to others; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    confers: Vec<RoleCode>,
    /// Where they are written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<String>,
    /// The language in which they are written to.
    language: LanguageCode,
    /// Whether the user may sign in.
    state: UserStateCode,
    /// The hospital that a hospital user belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hospital_id: Option<Uuid>,
    /// The interpreter that an interpreting user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    interpreter_id: Option<Uuid>,
}

impl From<Permitted<User>> for UserView {
    fn from(user: Permitted<User>) -> Self {
        let user = user.into_inner();
        Self {
            id: user.id.uuid(),
            login: user.login.as_str().to_owned(),
            name: user.profile.name.as_str().to_owned(),
            roles: user.profile.roles.into_iter().map(RoleCode::from).collect(),
            confers: user.profile.confers.into_iter().map(RoleCode::from).collect(),
            email: user.contact.email.map(|email| email.as_str().to_owned()),
            language: user.contact.language.into(),
            state: user.state.into(),
            hospital_id: user.profile.hospital_id.map(HospitalId::uuid),
            interpreter_id: user.profile.interpreter_id.map(InterpreterId::uuid),
        }
    }
}

/// Create a user
///
/// They get a mail with a link, good once and for 72 hours, by which they choose their password.
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    params(IdempotencyKey),
    request_body = CreateUserRequest,
    responses((status = 201, description = "The user.", body = UserView), CreateProblems),
    security(("bearer" = []))
)]
async fn create_user(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<CreateUserRequest>,
) -> Result<Created<Versioned<UserView>>, Problem> {
    let (login, profile, contact) = request.parts()?;
    let user = accounts::create_user(api.app(), &caller.0, login, profile, contact, FirstPassword::Invited).await?;
    Ok(Created(format!("/api/v1/users/{}", user.id), Versioned(user.version, user.into())))
}

/// List the users
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(PageQuery),
    responses((status = 200, description = "The users.", body = PageView<UserView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_users(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<UserView>>, Problem> {
    let users = accounts::list_users(api.app(), &caller.0, query.into()).await?;
    Ok(ApiJson(crate::paging::view(users)))
}

/// Read a user
#[utoipa::path(
    get,
    path = "/users/{user_id}",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = UserView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_user(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
) -> Result<Versioned<UserView>, Problem> {
    let user = accounts::view_user(api.app(), &caller.0, id).await?;
    Ok(Versioned(user.version, user.into()))
}

/// Disable a user
///
/// The user's next request is refused, on every instance.
#[utoipa::path(
    post,
    path = "/users/{user_id}/disable",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The user.", body = UserView), ChangeProblems),
    security(("bearer" = []))
)]
async fn disable_user(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(version): IfMatch,
) -> Result<Versioned<UserView>, Problem> {
    let user = accounts::disable_user(api.app(), &caller.0, id, version).await?;
    Ok(Versioned(user.version, user.into()))
}

/// Enable a user
#[utoipa::path(
    post,
    path = "/users/{user_id}/enable",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The user.", body = UserView), ChangeProblems),
    security(("bearer" = []))
)]
async fn enable_user(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(version): IfMatch,
) -> Result<Versioned<UserView>, Problem> {
    let user = accounts::enable_user(api.app(), &caller.0, id, version).await?;
    Ok(Versioned(user.version, user.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(view_user))
        .routes(routes!(disable_user))
        .routes(routes!(enable_user))
}
