//! What we ask of the patient, and what came.

use axum::extract::State;
use chrono::NaiveDate;
use rafiq_app::information::{self, NewItem};
use rafiq_domain::ids::{CaseId, InformationItemId, UserId};
use rafiq_domain::information::InformationItem;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, InformationItemKindCode, InformationItemStateCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Day, Id, IdempotencyKey, IfMatch, Versioned};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a text.
const TEXT: usize = 500;

/// Something to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestInformationRequest {
    /// What kind of thing.
    kind: InformationItemKindCode,
    /// What exactly, 1–500 characters.
    #[schema(example = "MRI with 3D CISS and TOF angiography, DICOM")]
    text: String,
    /// By which day; not past.
    #[schema(value_type = NaiveDate)]
    due_on: Day,
}

impl TryFrom<RequestInformationRequest> for NewItem {
    type Error = Invalid;

    fn try_from(request: RequestInformationRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let text = fields.take("/text", Line::parse(&request.text, TEXT));
        fields.finish(|| Some(Self { kind: request.kind.0, text: text?, due_on: request.due_on.0 }))
    }
}

/// Why something is done without.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WaiveInformationRequest {
    /// Why, 1–500 characters.
    #[schema(example = "The hospital will do the audiogram")]
    because: String,
}

/// Something that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InformationItem)]
struct InformationItemView {
    /// The id.
    id: Uuid,
    /// What kind of thing.
    kind: InformationItemKindCode,
    /// What exactly.
    text: String,
    /// By which day.
    due_on: NaiveDate,
    /// Whether it came.
    state: InformationItemStateCode,
    /// Why it is done without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    waived_because: Option<String>,
    /// Who asked; left out when a hospital did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asked_by: Option<Uuid>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<InformationItem>> for InformationItemView {
    fn from(item: Permitted<InformationItem>) -> Self {
        let item = item.into_inner();
        Self {
            id: item.id.uuid(),
            kind: Code(item.kind),
            text: item.text.as_str().to_owned(),
            due_on: item.due_on,
            state: Code(item.state),
            waived_because: item.waived_because.map(|reason| reason.as_str().to_owned()),
            asked_by: item.asked_by.map(UserId::uuid),
            version: item.version.0,
        }
    }
}

/// Ask for something
#[utoipa::path(
    post,
    path = "/cases/{case_id}/information-items",
    tag = "information",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = RequestInformationRequest,
    responses((status = 201, description = "The item.", body = InformationItemView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_information(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<RequestInformationRequest>,
) -> Result<Created<Versioned<InformationItemView>>, Problem> {
    let item = information::request_information(api.app(), &caller.0, case_id, request.try_into()?).await?;
    Ok(Created(format!("/api/v1/cases/{case_id}/information-items"), Versioned(item.version, item.into())))
}

/// List what was asked for
#[utoipa::path(
    get,
    path = "/cases/{case_id}/information-items",
    tag = "information",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The items, oldest first.", body = [InformationItemView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_information(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<InformationItemView>>, Problem> {
    let items = information::list_information(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(crate::paging::views(items)))
}

/// Note that something came
#[utoipa::path(
    post,
    path = "/cases/{case_id}/information-items/{item_id}/receive",
    tag = "information",
    params(("case_id" = Uuid, Path, description = "The case."), ("item_id" = Uuid, Path, description = "The item."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The item.", body = InformationItemView), ChangeProblems),
    security(("bearer" = []))
)]
async fn receive_information(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<InformationItemId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<InformationItemView>, Problem> {
    let item = information::receive_information(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(item.version, item.into()))
}

/// Do without something
#[utoipa::path(
    post,
    path = "/cases/{case_id}/information-items/{item_id}/waive",
    tag = "information",
    params(("case_id" = Uuid, Path, description = "The case."), ("item_id" = Uuid, Path, description = "The item."), IfMatch, IdempotencyKey),
    request_body = WaiveInformationRequest,
    responses((status = 200, description = "The item.", body = InformationItemView), ChangeProblems),
    security(("bearer" = []))
)]
async fn waive_information(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<InformationItemId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<WaiveInformationRequest>,
) -> Result<Versioned<InformationItemView>, Problem> {
    let because = Line::parse(&request.because, TEXT).map_err(|code| Invalid::at("/because", code))?;
    let item = information::waive_information(api.app(), &caller.0, case_id, id, decided_on, because).await?;
    Ok(Versioned(item.version, item.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_information, request_information))
        .routes(routes!(receive_information))
        .routes(routes!(waive_information))
}
