//! Who holds which role, for what and until when.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::roles::{self, RoleEntry};
use rafiq_domain::ids::{RoleAssignmentId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::roles::NewRole;
use rafiq_domain::text::Line;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{RoleAssignmentStateCode, RoleCode, RolePurposeCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, Instant};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a reason.
const REASON: usize = 500;

/// A role to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignRoleRequest {
    /// The role.
    role: RoleCode,
    /// What it is held for: acting in it, or giving it to others. The one does not follow from the other.
    purpose: RolePurposeCode,
    /// Until when, exclusively, at most 731 days ahead; absent for as long as nobody ends it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    until: Option<Instant>,
    /// Why, 1–500 characters.
    #[schema(example = "Stands in for Dr. Sami in August")]
    reason: String,
}

impl TryFrom<AssignRoleRequest> for NewRole {
    type Error = Invalid;

    fn try_from(request: AssignRoleRequest) -> Result<Self, Invalid> {
        let reason = reason(&request.reason)?;
        let until = request.until.map(|until| until.0);
        Ok(Self { role: request.role.0, purpose: request.purpose.0, until, reason: Some(reason) })
    }
}

/// Why a role ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndRoleRequest {
    /// Why, 1–500 characters.
    #[schema(example = "Moved to finance")]
    reason: String,
}

fn reason(text: &str) -> Result<Line, Invalid> {
    let mut fields = Fields::new();
    let reason = fields.take("/reason", Line::parse(text, REASON));
    fields.finish(|| reason)
}

/// The ids of a user and of one of their roles.
#[derive(Debug, Clone, Copy)]
struct Held(UserId, RoleAssignmentId);

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (user_id, id) = <(Uuid, Uuid)>::deserialize(deserializer)?;
        Ok(Self(user_id.into(), id.into()))
    }
}

/// A role that a user holds, or held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleAssignment)]
pub(crate) struct RoleAssignmentView {
    /// The id.
    id: Uuid,
    /// The user.
    user_id: Uuid,
    /// The role.
    role: RoleCode,
    /// What it is held for.
    purpose: RolePurposeCode,
    /// Whether it is held.
    state: RoleAssignmentStateCode,
    /// From when.
    granted_at: DateTime<Utc>,
    /// Who gave it; absent for the operator of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    granted_by: Option<Uuid>,
    /// Until when, exclusively; absent for as long as nobody ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    until: Option<DateTime<Utc>>,
    /// Why it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it; absent for the operator of the product, and when its time was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_by: Option<Uuid>,
    /// Why it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end_reason: Option<String>,
}

impl From<Permitted<RoleEntry>> for RoleAssignmentView {
    fn from(entry: Permitted<RoleEntry>) -> Self {
        let RoleEntry { assignment, state } = entry.into_inner();
        let ended = assignment.ended.as_ref();
        Self {
            id: assignment.id.uuid(),
            user_id: assignment.user_id.uuid(),
            role: assignment.role.into(),
            purpose: assignment.purpose.into(),
            state: state.into(),
            granted_at: assignment.granted_at,
            granted_by: assignment.granted_by.map(UserId::uuid),
            until: assignment.until,
            reason: assignment.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            ended_at: ended.map(|end| end.at),
            ended_by: ended.and_then(|end| end.by).map(UserId::uuid),
            end_reason: ended.and_then(|end| end.reason.as_ref()).map(|reason| reason.as_str().to_owned()),
        }
    }
}

/// List the roles of a user
///
/// All that the user holds and ever held, newest first.
#[utoipa::path(
    get,
    path = "/users/{user_id}/roles",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), PageQuery),
    responses((status = 200, description = "The roles.", body = PageView<RoleAssignmentView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_roles(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(user_id)): ApiPath<Id<UserId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<RoleAssignmentView>>, Problem> {
    let roles = roles::list_roles(api.app(), &caller.0, user_id, query.into()).await?;
    Ok(ApiJson(paging::view(roles)))
}

/// Give a role to a user
///
/// It counts from the user's next request. Nobody gives a role that they do not hold for conferring, and
/// nobody gives one to themselves. What makes an administrator needs a second person, and is asked for as
/// an approval. The people of a hospital hold no other role, and a hospital's machine is registered as a client.
#[utoipa::path(
    post,
    path = "/users/{user_id}/roles",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyKey),
    request_body = AssignRoleRequest,
    responses((status = 201, description = "The role.", body = RoleAssignmentView), CreateProblems),
    security(("bearer" = []))
)]
async fn assign_role(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(user_id)): ApiPath<Id<UserId>>,
    ApiJson(request): ApiJson<AssignRoleRequest>,
) -> Result<Created<ApiJson<RoleAssignmentView>>, Problem> {
    let assigned = roles::assign_role(api.app(), &caller.0, user_id, request.try_into()?).await?;
    Ok(Created(format!("/api/v1/users/{user_id}/roles"), ApiJson(assigned.into())))
}

/// End a role of a user
///
/// It counts from the user's next request. Nobody ends a role of their own, and the last administrator stays one.
#[utoipa::path(
    post,
    path = "/users/{user_id}/roles/{assignment_id}/end",
    tag = "users",
    params(
        ("user_id" = Uuid, Path, description = "The user."),
        ("assignment_id" = Uuid, Path, description = "The assignment of the role."),
        IdempotencyKey,
    ),
    request_body = EndRoleRequest,
    responses((status = 200, description = "The role.", body = RoleAssignmentView), CreateProblems),
    security(("bearer" = []))
)]
async fn end_role(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Held(user_id, id)): ApiPath<Held>,
    ApiJson(request): ApiJson<EndRoleRequest>,
) -> Result<ApiJson<RoleAssignmentView>, Problem> {
    let ended = roles::end_role(api.app(), &caller.0, user_id, id, reason(&request.reason)?).await?;
    Ok(ApiJson(ended.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_roles, assign_role)).routes(routes!(end_role))
}
