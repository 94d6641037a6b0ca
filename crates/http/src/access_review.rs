//! The periodic review of who may do what.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::access_reviews::{self, AccessEntry};
use rafiq_domain::access_reviews::{AccessReview, SecondFactor};
use rafiq_domain::ids::{HospitalId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::roles::RoleAssignment;
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{AccessFlagCode, RoleCode, RolePurposeCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Id, IdempotencyKey, IfMatch};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{ChangeProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a note.
const NOTE: usize = 500;

/// What a reviewer says of someone's access.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmAccessRequest {
    /// What was noted, 1–500 characters.
    #[schema(example = "Asked the head of coordination; still in the team")]
    note: Option<String>,
}

impl ConfirmAccessRequest {
    fn note(self) -> Result<Option<Line>, Invalid> {
        let mut fields = Fields::new();
        let note = fields.take_optional("/note", self.note.map(|note| Line::parse(&note, NOTE)));
        fields.finish(|| Some(note))
    }
}

/// That someone looked at a user's access and found it as it should be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessReview)]
struct AccessReviewView {
    /// The id.
    id: Uuid,
    /// Whose access.
    user_id: Uuid,
    /// Who looked; never the same.
    reviewer_id: Uuid,
    /// When.
    reviewed_at: DateTime<Utc>,
    /// What was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
}

impl AccessReviewView {
    fn of(review: &AccessReview) -> Self {
        Self {
            id: review.id.uuid(),
            user_id: review.user_id.uuid(),
            reviewer_id: review.reviewer_id.uuid(),
            reviewed_at: review.reviewed_at,
            note: review.note.as_ref().map(|note| note.as_str().to_owned()),
        }
    }
}

impl From<Permitted<AccessReview>> for AccessReviewView {
    fn from(review: Permitted<AccessReview>) -> Self {
        Self::of(&review)
    }
}

/// A role that a user holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldRole)]
struct HeldRoleView {
    /// The role.
    role: RoleCode,
    /// What it is held for.
    purpose: RolePurposeCode,
    /// Since when.
    since: DateTime<Utc>,
    /// Until when, exclusively; absent for as long as nobody ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    until: Option<DateTime<Utc>>,
    /// Who gave it; absent for the operator of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    granted_by: Option<Uuid>,
}

impl From<RoleAssignment> for HeldRoleView {
    fn from(held: RoleAssignment) -> Self {
        Self {
            role: held.role.into(),
            purpose: held.purpose.into(),
            since: held.granted_at,
            until: held.until,
            granted_by: held.granted_by.map(UserId::uuid),
        }
    }
}

/// What a reviewer looks at of one user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessSummary)]
struct AccessSummaryView {
    /// The user.
    user_id: Uuid,
    /// The login.
    login: String,
    /// The name.
    name: String,
    /// The hospital that the user belongs to; absent for our own people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hospital_id: Option<Uuid>,
    /// The roles that the user holds.
    roles: Vec<HeldRoleView>,
    /// Since when there is such a user.
    created_at: DateTime<Utc>,
    /// When the user last signed in; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_signed_in_at: Option<DateTime<Utc>>,
    /// Whether the user has enrolled a second factor.
    second_factor: bool,
    /// How many cases that are not closed the user is on the team of.
    open_cases: u64,
    /// How many grants open cases to the user at present, those of their hospital included.
    open_grants: u64,
    /// The last review; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_review: Option<AccessReviewView>,
    /// What stands out.
    flags: Vec<AccessFlagCode>,
    /// The version of the user, for `If-Match`: it changes with their roles.
    version: i32,
}

impl From<Permitted<AccessEntry>> for AccessSummaryView {
    fn from(entry: Permitted<AccessEntry>) -> Self {
        let AccessEntry { summary, flags } = entry.into_inner();
        Self {
            user_id: summary.user.id.uuid(),
            login: summary.user.login.as_str().to_owned(),
            name: summary.user.profile.name.as_str().to_owned(),
            hospital_id: summary.user.profile.hospital_id.map(HospitalId::uuid),
            roles: summary.assignments.into_iter().map(HeldRoleView::from).collect(),
            created_at: summary.created_at,
            last_signed_in_at: summary.last_signed_in_at,
            second_factor: summary.second_factor == SecondFactor::Enrolled,
            open_cases: summary.open_cases,
            open_grants: summary.open_grants,
            last_review: summary.last_review.as_ref().map(AccessReviewView::of),
            flags: flags.into_iter().map(AccessFlagCode::from).collect(),
            version: summary.user.version.0,
        }
    }
}

/// Review who has access
///
/// Every active user with their roles, the last sign-in, the cases that are open to them, the last review, and
/// what stands out. The flag `review_due` says that nobody has looked for as long as the operator allows
/// (`access.review_after_days`).
#[utoipa::path(
    get,
    path = "/access/review",
    tag = "access",
    params(PageQuery),
    responses((status = 200, description = "The users.", body = PageView<AccessSummaryView>), ReadProblems),
    security(("bearer" = []))
)]
async fn review_access(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<AccessSummaryView>>, Problem> {
    let page = access_reviews::review_access(api.app(), &caller.0, query.into()).await?;
    Ok(ApiJson(paging::view(page)))
}

/// Confirm a user's access
///
/// Says that the caller has looked at it and found it as it should be. `If-Match` names the version of the user that
/// was looked at: a role given or ended since has to be looked at, too. Nobody confirms their own.
#[utoipa::path(
    post,
    path = "/users/{user_id}/confirm-access",
    tag = "access",
    params(("user_id" = Uuid, Path, description = "The user."), IfMatch, IdempotencyKey),
    request_body = ConfirmAccessRequest,
    responses((status = 200, description = "The review.", body = AccessReviewView), ChangeProblems),
    security(("bearer" = []))
)]
async fn confirm_access(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(user_id)): ApiPath<Id<UserId>>,
    IfMatch(looked_at): IfMatch,
    ApiJson(request): ApiJson<ConfirmAccessRequest>,
) -> Result<ApiJson<AccessReviewView>, Problem> {
    let review = access_reviews::confirm_access(api.app(), &caller.0, user_id, looked_at, request.note()?).await?;
    Ok(ApiJson(review.into()))
}

/// List the reviews of a user's access
#[utoipa::path(
    get,
    path = "/users/{user_id}/access-reviews",
    tag = "access",
    params(("user_id" = Uuid, Path, description = "The user."), PageQuery),
    responses(
        (status = 200, description = "The reviews, newest first.", body = PageView<AccessReviewView>),
        ReadProblems,
    ),
    security(("bearer" = []))
)]
async fn list_access_reviews(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(user_id)): ApiPath<Id<UserId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<AccessReviewView>>, Problem> {
    let reviews = access_reviews::list_access_reviews(api.app(), &caller.0, user_id, query.into()).await?;
    Ok(ApiJson(paging::view(reviews)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(review_access))
        .routes(routes!(confirm_access))
        .routes(routes!(list_access_reviews))
}
