//! Confirmations on cases.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_app::confirmations;
use rafiq_domain::confirmations::{Confirmation, Statement};
use rafiq_domain::ids::{CaseId, ConfirmationId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, ConfirmationKindCode, ContactChannelCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Day, Id, IdempotencyKey, Instant};
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a reference.
const REFERENCE: usize = 500;

/// Something to confirm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordConfirmationRequest {
    /// What is confirmed.
    kind: ConfirmationKindCode,
    /// When it was so; now when not said.
    #[schema(value_type = Option<DateTime<Utc>>)]
    occurred_at: Option<Instant>,
    /// Where the proof lies: a policy number, a message id, a place; 1–500 characters, no personal data.
    #[schema(example = "policy TR-2026-88123")]
    reference: String,
    /// The channel; required for contacts.
    channel: Option<ContactChannelCode>,
    /// The first day on which it holds; required for insurance and fit-to-fly.
    #[schema(value_type = Option<NaiveDate>)]
    valid_from: Option<Day>,
    /// The last day on which it holds; required for insurance and fit-to-fly.
    #[schema(value_type = Option<NaiveDate>)]
    valid_until: Option<Day>,
}

impl RecordConfirmationRequest {
    fn statement(self, now: DateTime<Utc>) -> Result<Statement, Invalid> {
        let mut fields = Fields::new();
        let reference = fields.take("/reference", Line::parse(&self.reference, REFERENCE));
        fields.finish(|| {
            Some(Statement {
                kind: self.kind.0,
                occurred_at: self.occurred_at.map_or(now, |at| at.0),
                reference: reference?,
                channel: self.channel.map(|channel| channel.0),
                valid_from: self.valid_from.map(|day| day.0),
                valid_until: self.valid_until.map(|day| day.0),
            })
        })
    }
}

/// A confirmation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Confirmation)]
struct ConfirmationView {
    /// The id.
    id: Uuid,
    /// What is confirmed.
    kind: ConfirmationKindCode,
    /// When it was so.
    occurred_at: DateTime<Utc>,
    /// Where the proof lies.
    reference: String,
    /// The channel, for contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    channel: Option<ContactChannelCode>,
    /// The first day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    valid_from: Option<NaiveDate>,
    /// The last day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    valid_until: Option<NaiveDate>,
    /// The surgery cycle that it belongs to.
    surgery_cycle: i16,
    /// Who recorded it; left out when the product did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recorded_by: Option<Uuid>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retracted_at: Option<DateTime<Utc>>,
}

impl From<Permitted<Confirmation>> for ConfirmationView {
    fn from(confirmation: Permitted<Confirmation>) -> Self {
        let confirmation = confirmation.into_inner();
        let said = confirmation.statement;
        Self {
            id: confirmation.id.uuid(),
            kind: Code(said.kind),
            occurred_at: said.occurred_at,
            reference: said.reference.as_str().to_owned(),
            channel: said.channel.map(Code),
            valid_from: said.valid_from,
            valid_until: said.valid_until,
            surgery_cycle: confirmation.cycle,
            recorded_by: confirmation.recorded_by.map(UserId::uuid),
            recorded_at: confirmation.recorded_at,
            retracted_at: confirmation.retracted_at,
        }
    }
}

/// Confirm something
#[utoipa::path(
    post,
    path = "/cases/{case_id}/confirmations",
    tag = "confirmations",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = RecordConfirmationRequest,
    responses((status = 201, description = "The confirmation.", body = ConfirmationView), CreateProblems),
    security(("bearer" = []))
)]
async fn record_confirmation(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<RecordConfirmationRequest>,
) -> Result<Created<ApiJson<ConfirmationView>>, Problem> {
    let statement = request.statement(api.app().now())?;
    let recorded = confirmations::record_confirmation(api.app(), &caller.0, case_id, statement).await?;
    Ok(Created(format!("/api/v1/cases/{case_id}/confirmations"), ApiJson(recorded.into())))
}

/// List the confirmations
#[utoipa::path(
    get,
    path = "/cases/{case_id}/confirmations",
    tag = "confirmations",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The confirmations, oldest first.", body = [ConfirmationView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_confirmations(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<ConfirmationView>>, Problem> {
    let confirmations = confirmations::list_confirmations(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(crate::paging::views(confirmations)))
}

/// Take a confirmation back
///
/// It stays readable; the gates no longer count it.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/confirmations/{confirmation_id}/retract",
    tag = "confirmations",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("confirmation_id" = Uuid, Path, description = "The confirmation."),
        IdempotencyKey
    ),
    responses((status = 200, description = "The confirmation.", body = ConfirmationView), CreateProblems),
    security(("bearer" = []))
)]
async fn retract_confirmation(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ConfirmationId>>,
) -> Result<ApiJson<ConfirmationView>, Problem> {
    let retracted = confirmations::retract_confirmation(api.app(), &caller.0, case_id, id).await?;
    Ok(ApiJson(retracted.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_confirmations, record_confirmation)).routes(routes!(retract_confirmation))
}
