//! A resource as the others are written: the pattern to copy.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use rafiq_domain::ids::CaseId;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::refusal::{FieldCode, Fields, Invalid, NotFound, ProblemCode, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{InfoBuilder, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, ProblemCodeName};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{PageQuery, PageView};
use crate::problem::{self, ChangeProblems, CreateProblems, Problem, ReadProblems, SignInProblems};

/// A toy to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MakeToyRequest {
    /// What it is called.
    name: String,
    /// A code of some list.
    stage: ProblemCodeName,
}

/// A change of a toy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeToyRequest {
    /// What it is called.
    name: Option<String>,
}

/// A toy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Toy)]
struct ToyView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// A code of some list.
    stage: ProblemCodeName,
}

fn toy(id: u128, name: &str, stage: ProblemCode) -> ToyView {
    ToyView { id: Uuid::from_u128(id), name: name.to_owned(), stage: Code(stage) }
}

impl TryFrom<MakeToyRequest> for ToyView {
    type Error = Invalid;

    fn try_from(request: MakeToyRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/name", !request.name.is_empty(), FieldCode::Empty);
        fields.require("/stage", request.stage.0 != ProblemCode::Internal, FieldCode::OutOfRange);
        fields.finish(|| Some(toy(1, &request.name, request.stage.0)))
    }
}

/// List the toys
#[utoipa::path(
    get,
    path = "/toys",
    tag = "toys",
    params(PageQuery),
    responses((status = 200, description = "The toys.", body = PageView<ToyView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_toys(ApiQuery(query): ApiQuery<PageQuery>) -> Result<ApiJson<PageView<ToyView>>, Problem> {
    let page = Page::from(query);
    let toys = (1..=3).rev().map(|id| toy(id, "Ball", ProblemCode::Internal));
    let after = toys.filter(|toy| page.after.is_none_or(|after| toy.id < after)).collect();
    Ok(ApiJson(Slice::cut(after, page, |toy| toy.id).into()))
}

/// Make a toy
#[utoipa::path(
    post,
    path = "/toys",
    tag = "toys",
    params(IdempotencyKey),
    request_body = MakeToyRequest,
    responses((status = 201, description = "The toy.", body = ToyView), CreateProblems),
    security(("bearer" = []))
)]
async fn make_toy(ApiJson(request): ApiJson<MakeToyRequest>) -> Result<Created<Versioned<ToyView>>, Problem> {
    let toy = ToyView::try_from(request)?;
    Ok(Created(format!("/toys/{}", toy.id), Versioned(Version::FIRST, toy)))
}

/// Read a toy
#[utoipa::path(
    get,
    path = "/toys/{toy_id}",
    tag = "toys",
    params(("toy_id" = Uuid, Path, description = "The toy.")),
    responses((status = 200, description = "The toy.", body = ToyView), ReadProblems),
    security(("bearer" = []))
)]
async fn read_toy(ApiPath(Id(id)): ApiPath<Id<CaseId>>) -> Result<Versioned<ToyView>, Problem> {
    if id.uuid() == Uuid::from_u128(1) {
        Ok(Versioned(Version(7), toy(1, "Ball", ProblemCode::Internal)))
    } else {
        Err(NotFound.into())
    }
}

/// Change a toy
#[utoipa::path(
    patch,
    path = "/toys/{toy_id}",
    tag = "toys",
    params(("toy_id" = Uuid, Path, description = "The toy."), IfMatch),
    request_body = ChangeToyRequest,
    responses((status = 200, description = "The toy.", body = ToyView), ChangeProblems),
    security(("bearer" = []))
)]
async fn change_toy(
    ApiPath(Id(_id)): ApiPath<Id<CaseId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<ChangeToyRequest>,
) -> Result<Versioned<ToyView>, Problem> {
    Version(7).expect(decided_on)?;
    let name = request.name.unwrap_or_default();
    Ok(Versioned(Version(8), toy(1, &name, ProblemCode::Internal)))
}

/// Open the toy box
#[utoipa::path(
    post,
    path = "/sign-in",
    tag = "toys",
    request_body = MakeToyRequest,
    responses((status = 204, description = "Open."), SignInProblems),
    security(())
)]
async fn sign_in(ApiJson(_request): ApiJson<MakeToyRequest>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[derive(Debug, thiserror::Error)]
#[error("the storage is on fire at 10.0.0.7")]
struct Broken(#[source] std::io::Error);

impl Refusal for Broken {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }

    fn detail(&self, _language: rafiq_domain::vocabulary::Language) -> Option<String> {
        Some(self.to_string())
    }
}

async fn panicking() -> Result<(), Problem> {
    panic!("the secret is 42")
}

async fn broken() -> Result<(), Problem> {
    Err(Broken(std::io::Error::other("smoke")).into())
}

async fn key_required(_key: IdempotencyKey) {}

async fn never() {
    std::future::pending::<()>().await;
}

/// An answer in axum's own form, such as a component below might give.
async fn foreign() -> impl IntoResponse {
    (StatusCode::BAD_REQUEST, "no")
}

async fn stranger() -> Result<(), Problem> {
    Err(problem::Fault::Unauthenticated.into())
}

async fn refused_with(ApiPath(code): ApiPath<ProblemCodeName>) -> Result<(), Problem> {
    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Coded(ProblemCode);

    impl Refusal for Coded {
        fn code(&self) -> ProblemCode {
            self.0
        }

        fn retry_after(&self) -> Option<std::time::Duration> {
            Some(std::time::Duration::from_millis(1_200))
        }
    }
    Err(Coded(code.0).into())
}

pub(super) fn api() -> OpenApiRouter {
    use axum::routing::get;
    OpenApiRouter::new()
        .routes(routes!(list_toys, make_toy))
        .routes(routes!(read_toy, change_toy))
        .routes(routes!(sign_in))
        .merge(problem::router())
        .route("/panic", get(panicking))
        .route("/broken", get(broken))
        .route("/key", axum::routing::post(key_required))
        .route("/never", get(never))
        .route("/health/live", get(async || "alive"))
        .route("/foreign", get(foreign))
        .route("/stranger", get(stranger))
        .route("/refused/{code}", get(refused_with))
}

pub(super) fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Toys").version("1").build();
    crate::openapi::finish(api().into_openapi(), info, &[("toys", "Toys."), ("problems", "What problem codes mean.")])
}
