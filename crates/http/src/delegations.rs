//! Who stands in for whom.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::delegations::{self, NamedDelegation, NewDelegation};
use rafiq_domain::ids::{DelegationId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, TermStateCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, Instant};
use crate::paging::{PageQuery, PageView, view};
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// An absence for which someone is to stand in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DelegateWorkRequest {
    /// Who goes away; the caller when not said. A lead or an administrator may name someone else, who is told
    /// of it by mail.
    from_user_id: Option<Uuid>,
    /// Who stands in: someone who shares at least one role of case teams, and never the caller.
    to_user_id: Uuid,
    /// From when, not past and at most a year ahead; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    valid_from: Option<Instant>,
    /// Until when, exclusively; at most 60 days after the beginning.
    #[schema(value_type = DateTime<Utc>)]
    valid_until: Instant,
    /// Why, 1–500 characters.
    #[schema(example = "Annual leave")]
    reason: String,
}

impl TryFrom<DelegateWorkRequest> for NewDelegation {
    type Error = Invalid;

    fn try_from(request: DelegateWorkRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take("/reason", Line::parse(&request.reason, Line::LONGEST));
        fields.finish(|| {
            Some(Self {
                from: request.from_user_id.map(UserId::from),
                to: request.to_user_id.into(),
                valid_from: request.valid_from.map(|from| from.0),
                valid_until: request.valid_until.0,
                reason: reason?,
            })
        })
    }
}

/// A delegation: someone stands in for someone else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delegation)]
pub(crate) struct DelegationView {
    /// The id.
    id: Uuid,
    /// Where it stands.
    state: TermStateCode,
    /// Who is away.
    from_user_id: Uuid,
    /// The name of who is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Layla Haddad")]
    from_name: Option<String>,
    /// Who stands in.
    to_user_id: Uuid,
    /// The name of who stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Omar Saleh")]
    to_name: Option<String>,
    /// From when.
    valid_from: DateTime<Utc>,
    /// Until when, exclusively.
    valid_until: DateTime<Utc>,
    /// Why.
    reason: String,
    /// Who arranged it.
    created_by: Uuid,
    /// When it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_by: Option<Uuid>,
}

impl From<Permitted<NamedDelegation>> for DelegationView {
    fn from(named: Permitted<NamedDelegation>) -> Self {
        let NamedDelegation { delegation, from_name, to_name, at } = named.into_inner();
        let state = delegation.state(at);
        let (ended_at, ended_by) = delegation.ended.unzip();
        let terms = delegation.terms;
        Self {
            id: delegation.id.uuid(),
            state: Code(state),
            from_user_id: terms.from.uuid(),
            from_name: from_name.map(|name| name.as_str().to_owned()),
            to_user_id: terms.to.uuid(),
            to_name: to_name.map(|name| name.as_str().to_owned()),
            valid_from: terms.valid_from,
            valid_until: terms.valid_until,
            reason: terms.reason.as_str().to_owned(),
            created_by: delegation.created_by.uuid(),
            ended_at,
            ended_by: ended_by.flatten().map(UserId::uuid),
        }
    }
}

/// Name a stand-in
///
/// For that time the stand-in acts on the cases on whose team the absent one is, in the roles that both hold,
/// and in the absent one's name: the audit trail says for whom. Nothing else passes: no emergency, no role, and
/// nothing that the absent one owes to standing in themselves. Nor does anything stay: a stand-in takes no seat
/// of a team for themselves, and asks for no second opinion beyond the delegation's end.
#[utoipa::path(
    post,
    path = "/delegations",
    tag = "teams",
    params(IdempotencyKey),
    request_body = DelegateWorkRequest,
    responses((status = 201, description = "The delegation.", body = DelegationView), CreateProblems),
    security(("bearer" = []))
)]
async fn delegate_work(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<DelegateWorkRequest>,
) -> Result<Created<ApiJson<DelegationView>>, Problem> {
    let delegation = delegations::delegate_work(api.app(), &caller.0, request.try_into()?).await?;
    Ok(Created("/api/v1/delegations".to_owned(), ApiJson(delegation.into())))
}

/// List delegations
///
/// Those for the caller and by the caller; leads, administrators and auditors see all of them.
#[utoipa::path(
    get,
    path = "/delegations",
    tag = "teams",
    params(PageQuery),
    responses((status = 200, description = "The delegations, newest first.", body = PageView<DelegationView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_delegations(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<DelegationView>>, Problem> {
    Ok(ApiJson(view(delegations::list_delegations(api.app(), &caller.0, query.into()).await?)))
}

/// End a delegation
///
/// Either side may, and so may leads and administrators.
#[utoipa::path(
    post,
    path = "/delegations/{delegation_id}/end",
    tag = "teams",
    params(("delegation_id" = Uuid, Path, description = "The delegation."), IdempotencyKey),
    responses((status = 200, description = "The delegation.", body = DelegationView), CreateProblems),
    security(("bearer" = []))
)]
async fn end_delegation(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<DelegationId>>,
) -> Result<ApiJson<DelegationView>, Problem> {
    Ok(ApiJson(delegations::end_delegation(api.app(), &caller.0, id).await?.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_delegations, delegate_work)).routes(routes!(end_delegation))
}
