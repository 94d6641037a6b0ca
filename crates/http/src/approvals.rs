//! The two-person rule: asking for a second person, and being one.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::approvals::{self, ApprovalEntry, NewAdministrator, Wanted};
use rafiq_app::merging::NewMerge;
use rafiq_app::{erasure, merging};
use rafiq_domain::approvals::Deed;
use rafiq_domain::ids::{ApprovalId, PatientId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    ApprovalKindCode, ApprovalStateCode, AudienceCode, Code, ErasureExtentCode, RolePurposeCode, StageCode,
    StrongIdentifierCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::paging::{Cursor, Limit, PageView, page, view};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most identifiers of one request: there are three of them.
const MAX_ATTESTED: usize = 3;

/// Why someone should become an administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestAdministratorRequest {
    /// What the role is to be held for: acting in it, or giving it to others.
    purpose: RolePurposeCode,
    /// Until when, exclusively, at most 731 days ahead; absent for as long as nobody ends it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    until: Option<Instant>,
    /// Why, 1–500 characters, without a word about a patient.
    #[schema(example = "Takes over from Sami, who leaves in August")]
    reason: String,
}

/// Why a record should be merged into another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestMergeRequest {
    /// The record that remains.
    survivor_id: Uuid,
    /// What you have seen or asked yourself: `passport` when you saw the same passport, `phone` when the
    /// patient confirmed a number that both records have.
    #[serde(default)]
    attested: Vec<StrongIdentifierCode>,
    /// Why, 1–500 characters; ids and codes, no names.
    #[schema(example = "The same person wrote from two numbers")]
    reason: String,
}

/// Why a patient should be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestErasureRequest {
    /// Why, 1–500 characters; ids and codes, no names.
    #[schema(example = "Request of the patient by letter of 2026-11-02")]
    reason: String,
}

/// What the second person says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideRequest {
    /// What there is to say, 1–500 characters; ids and codes, no names.
    #[schema(example = "Compared both files")]
    note: Option<String>,
}

impl DecideRequest {
    fn note(&self) -> Result<Option<Line>, Invalid> {
        let mut fields = Fields::new();
        let note = self.note.as_deref().map(|note| Line::parse(note, Line::LONGEST));
        let note = fields.take_optional("/note", note);
        fields.finish(|| Some(note))
    }
}

impl RequestMergeRequest {
    fn parts(self) -> Result<(NewMerge, Line), Invalid> {
        let mut fields = Fields::new();
        fields.require("/attested", self.attested.len() <= MAX_ATTESTED, FieldCode::TooMany);
        let reason = fields.take("/reason", Line::parse(&self.reason, Line::LONGEST));
        let attested = self.attested.into_iter().map(|said| said.0).collect();
        fields.finish(|| Some((NewMerge { survivor_id: self.survivor_id.into(), attested }, reason?)))
    }
}

/// The reason that every request gives.
pub(crate) fn reason(text: &str) -> Result<Line, Invalid> {
    let mut fields = Fields::new();
    let reason = fields.take("/reason", Line::parse(text, Line::LONGEST));
    fields.finish(|| reason)
}

/// A request for a second person. What is asked for is fixed with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
pub(crate) struct ApprovalView {
    /// The id.
    id: Uuid,
    /// What takes two people.
    kind: ApprovalKindCode,
    /// Where it stands.
    state: ApprovalStateCode,
    /// Who should become an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<Uuid>,
    /// What the role is to be held for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role_purpose: Option<RolePurposeCode>,
    /// Until when the role is to be held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role_until: Option<DateTime<Utc>>,
    /// Who should be erased, or the record that should go in a merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    patient_id: Option<Uuid>,
    /// The record that remains after a merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    survivor_id: Option<Uuid>,
    /// What the one who asks for a merge has seen or asked outside of the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attested: Option<Vec<StrongIdentifierCode>>,
    /// How much is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    extent: Option<ErasureExtentCode>,
    /// The stage that an export is narrowed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stage: Option<StageCode>,
    /// How much of a patient an export shows at the most, whatever roles the one who asks gets later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    audience: Option<AudienceCode>,
    /// Why.
    reason: String,
    /// The user who asked.
    requested_by: Uuid,
    /// When.
    requested_at: DateTime<Utc>,
    /// When it ends if nobody answers.
    expires_at: DateTime<Utc>,
    /// The second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_by: Option<Uuid>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
    /// What the second person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
    /// How often the export was fetched.
    downloads: i16,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<ApprovalEntry>> for ApprovalView {
    fn from(entry: Permitted<ApprovalEntry>) -> Self {
        let ApprovalEntry { approval, state } = entry.into_inner();
        let (mut role_purpose, mut role_until, mut attested, mut extent, mut narrowed) = (None, None, None, None, None);
        match &approval.deed {
            Deed::AdministratorRole { purpose, until, .. } => {
                (role_purpose, role_until) = (Some(Code(*purpose)), *until);
            }
            Deed::MergePatients { attested: said, .. } => attested = Some(said.iter().copied().map(Code).collect()),
            Deed::ErasePatient { extent: how_much, .. } => extent = Some(Code(*how_much)),
            Deed::ExportCases { stage, .. } => narrowed = stage.map(Code),
        }
        let ending = approval.ending.as_ref();
        Self {
            id: approval.id.uuid(),
            kind: Code(approval.deed.kind()),
            state: Code(state),
            user_id: approval.deed.user_id().map(UserId::uuid),
            role_purpose,
            role_until,
            patient_id: approval.deed.patient_id().map(PatientId::uuid),
            survivor_id: approval.deed.survivor_id().map(PatientId::uuid),
            attested,
            extent,
            stage: narrowed,
            audience: approval.deed.audience().map(Code),
            reason: approval.reason.as_str().to_owned(),
            requested_by: approval.requested_by.uuid(),
            requested_at: approval.requested_at,
            expires_at: approval.expires_at,
            decided_by: ending.and_then(|ending| ending.by).map(UserId::uuid),
            ended_at: ending.map(|ending| ending.at),
            note: ending.and_then(|ending| ending.note.as_ref()).map(|note| note.as_str().to_owned()),
            downloads: approval.downloads,
            version: approval.version.0,
        }
    }
}

/// The answer to whoever asked for a second person.
pub(crate) fn requested(entry: Permitted<ApprovalEntry>) -> Created<Versioned<ApprovalView>> {
    let address = format!("/api/v1/approvals/{}", entry.approval.id);
    Created(address, shown(entry))
}

fn shown(entry: Permitted<ApprovalEntry>) -> Versioned<ApprovalView> {
    Versioned(entry.approval.version, entry.into())
}

/// Which requests are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApprovalQuery {
    /// Only those of this kind.
    #[param(inline)]
    kind: Option<ApprovalKindCode>,
    /// Only those that stand so.
    #[param(inline)]
    state: Option<ApprovalStateCode>,
    /// Only those that the caller asked for (`true`), or only those of others (`false`).
    mine: Option<bool>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// Ask for a second person to make someone an administrator
///
/// Both must be able to give the role, and neither is the one who gets it. It is given in the moment
/// in which the second person agrees.
#[utoipa::path(
    post,
    path = "/users/{user_id}/administrator-role-requests",
    tag = "approvals",
    params(("user_id" = Uuid, Path, description = "Who should become an administrator."), IdempotencyKey),
    request_body = RequestAdministratorRequest,
    responses((status = 201, description = "The request.", body = ApprovalView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_administrator_role(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(user_id)): ApiPath<Id<UserId>>,
    ApiJson(request): ApiJson<RequestAdministratorRequest>,
) -> Result<Created<Versioned<ApprovalView>>, Problem> {
    let reason = reason(&request.reason)?;
    let new = NewAdministrator { purpose: request.purpose.0, until: request.until.map(|until| until.0) };
    let asked = approvals::request_administrator(api.app(), &caller.0, user_id, new, reason).await?;
    Ok(requested(asked))
}

/// Ask for a second person to merge a patient's record into another one
///
/// One of the two is a lead and the other an administrator. Two strong identifiers must agree:
/// passport, Arabic name with date of birth, confirmed phone. Nothing of the record may be open at a
/// hospital or an interpreter. It goes with all that belongs to it: its cases are then the survivor's,
/// and it is only read, with a pointer to the survivor.
#[utoipa::path(
    post,
    path = "/patients/{patient_id}/merge-requests",
    tag = "approvals",
    params(("patient_id" = Uuid, Path, description = "The record that goes."), IdempotencyKey),
    request_body = RequestMergeRequest,
    responses((status = 201, description = "The request.", body = ApprovalView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_merge(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(patient_id)): ApiPath<Id<PatientId>>,
    ApiJson(request): ApiJson<RequestMergeRequest>,
) -> Result<Created<Versioned<ApprovalView>>, Problem> {
    let (new, reason) = request.parts()?;
    let asked = merging::request_merge(api.app(), &caller.0, patient_id, new, reason).await?;
    Ok(requested(asked))
}

/// Ask for a second person to erase a patient
///
/// At least one of the two is an administrator. How much may go is in the answer: contact points only
/// while the law wants the clinical record kept, else everything that tells who it was. Refused while
/// a case is open or a legal hold lies on the record.
#[utoipa::path(
    post,
    path = "/patients/{patient_id}/erasure-requests",
    tag = "approvals",
    params(("patient_id" = Uuid, Path, description = "The patient."), IdempotencyKey),
    request_body = RequestErasureRequest,
    responses((status = 201, description = "The request.", body = ApprovalView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_erasure(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(patient_id)): ApiPath<Id<PatientId>>,
    ApiJson(request): ApiJson<RequestErasureRequest>,
) -> Result<Created<Versioned<ApprovalView>>, Problem> {
    let reason = reason(&request.reason)?;
    let asked = erasure::request_erasure(api.app(), &caller.0, patient_id, reason).await?;
    Ok(requested(asked))
}

/// List the requests for a second person
///
/// Those that are the caller's business: administrators and auditors see all, leads those that leads
/// ask for or agree to.
#[utoipa::path(
    get,
    path = "/approvals",
    tag = "approvals",
    params(ApprovalQuery),
    responses((status = 200, description = "The requests, newest first.", body = PageView<ApprovalView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_approvals(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<ApprovalQuery>,
) -> Result<ApiJson<PageView<ApprovalView>>, Problem> {
    let kind = query.kind.map(|kind| kind.0);
    let wanted = Wanted { kind, state: query.state.map(|state| state.0), mine: query.mine };
    let found = approvals::list_approvals(api.app(), &caller.0, wanted, page(query.after, query.limit)).await?;
    Ok(ApiJson(view(found)))
}

/// Read a request for a second person
#[utoipa::path(
    get,
    path = "/approvals/{approval_id}",
    tag = "approvals",
    params(("approval_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request.", body = ApprovalView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_approval(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ApprovalId>>,
) -> Result<Versioned<ApprovalView>, Problem> {
    Ok(shown(approvals::view_approval(api.app(), &caller.0, id).await?))
}

/// Agree, and do it
///
/// What was asked for is done with this answer, or nothing is. Whoever asked, and whom it is about,
/// cannot agree.
#[utoipa::path(
    post,
    path = "/approvals/{approval_id}/approve",
    tag = "approvals",
    params(("approval_id" = Uuid, Path, description = "The request."), IfMatch, IdempotencyKey),
    request_body = DecideRequest,
    responses((status = 200, description = "The request, approved.", body = ApprovalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn approve_request(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ApprovalId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<DecideRequest>,
) -> Result<Versioned<ApprovalView>, Problem> {
    let note = request.note()?;
    Ok(shown(approvals::approve_request(api.app(), &caller.0, id, decided_on, note).await?))
}

/// Do not agree
#[utoipa::path(
    post,
    path = "/approvals/{approval_id}/reject",
    tag = "approvals",
    params(("approval_id" = Uuid, Path, description = "The request."), IfMatch, IdempotencyKey),
    request_body = DecideRequest,
    responses((status = 200, description = "The request, rejected.", body = ApprovalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn reject_request(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ApprovalId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<DecideRequest>,
) -> Result<Versioned<ApprovalView>, Problem> {
    let note = request.note()?;
    Ok(shown(approvals::reject_request(api.app(), &caller.0, id, decided_on, note).await?))
}

/// Ask no longer
///
/// Only whoever asked may.
#[utoipa::path(
    post,
    path = "/approvals/{approval_id}/withdraw",
    tag = "approvals",
    params(("approval_id" = Uuid, Path, description = "The request."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The request, withdrawn.", body = ApprovalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn withdraw_request(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ApprovalId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<ApprovalView>, Problem> {
    Ok(shown(approvals::withdraw_request(api.app(), &caller.0, id, decided_on).await?))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(request_administrator_role))
        .routes(routes!(request_merge))
        .routes(routes!(request_erasure))
        .routes(routes!(list_approvals))
        .routes(routes!(view_approval))
        .routes(routes!(approve_request))
        .routes(routes!(reject_request))
        .routes(routes!(withdraw_request))
}
