//! Reports: one operation for each kind of fact, so that no client has to build a tagged union.
//!
//! [`report_operations`] declares the operations of one theme: each is a request, its envelope
//! included, and a handler. What a request says is read by its [`Payload`], by hand, field by field.

mod answers;
mod operation;
mod stay;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::referrals::hospital_side;
use rafiq_app::reports::{self, NewReport};
use rafiq_domain::ids::{ReferralId, ReportId};
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::reports::Fact;
use rafiq_domain::text::{Line, Prose};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{Problem, ReadProblems};
use crate::referrals::views::ReportView;
use crate::state::{Api, Caller};

/// The most characters of a line.
const LINE: usize = 500;
/// The most characters of a long text.
const PROSE: usize = 10_000;

/// What every report says, whatever happened.
struct Envelope {
    event_id: Uuid,
    occurred_at: DateTime<Utc>,
    patient_mrn: String,
}

/// The part of a request that differs from kind to kind.
trait Payload {
    /// The fact; every place that is wrong is noted in `fields`.
    fn fact(self, fields: &mut Fields) -> Option<Fact>;
}

fn line(fields: &mut Fields, pointer: &str, text: &str) -> Option<Line> {
    fields.take(pointer, Line::parse(text, LINE))
}

fn line_if_given(fields: &mut Fields, pointer: &str, text: Option<&str>) -> Option<Line> {
    fields.take_optional(pointer, text.map(|text| Line::parse(text, LINE)))
}

fn prose(fields: &mut Fields, pointer: &str, text: &str) -> Option<Prose> {
    fields.take(pointer, Prose::parse(text, PROSE))
}

fn prose_if_given(fields: &mut Fields, pointer: &str, text: Option<&str>) -> Option<Prose> {
    fields.take_optional(pointer, text.map(|text| Prose::parse(text, PROSE)))
}

/// Takes a report of whichever kind.
async fn take(
    api: &Api,
    caller: &Caller,
    referral_id: ReferralId,
    envelope: Envelope,
    payload: impl Payload,
) -> Result<Created<ApiJson<ReportView>>, Problem> {
    let mut fields = Fields::new();
    let fact = payload.fact(&mut fields);
    let new: Result<_, Invalid> = fields.finish(|| {
        Some(NewReport {
            event_id: ReportId::from(envelope.event_id),
            mrn: envelope.patient_mrn,
            occurred_at: envelope.occurred_at,
            fact: fact?,
        })
    });
    let report = reports::report(api.app(), &caller.0, referral_id, new?).await?;
    Ok(Created(format!("/api/v1/partner/referrals/{referral_id}/reports"), ApiJson(report.into())))
}

/// Declares the report operations of a theme, and their `router()`:
/// `/// What the operation does` `operation_id "address" Request { /// Meaning. field: Type, }`. What
/// the operation does describes its request too.
macro_rules! report_operations {
    ($(
        $(#[doc = $about:literal])+
        $operation:ident $path:literal $request:ident {
            $( $(#[$meta:meta])+ $field:ident: $kind:ty, )*
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
            #[serde(deny_unknown_fields)]
            struct $request {
                /// The hospital's own id of the event, any UUID. The same event sent again gets the first
                /// answer again.
                event_id: uuid::Uuid,
                /// When it happened; at most 5 minutes ahead of our clock. It may be long past.
                #[schema(value_type = chrono::DateTime<chrono::Utc>)]
                occurred_at: crate::extract::Instant,
                /// The medical record number of the patient whom the report is about.
                #[schema(example = "BMC-2026-000017-5")]
                patient_mrn: String,
                $( $(#[$meta])+ $field: $kind, )*
            }

            $(#[doc = $about])+
            #[utoipa::path(
                post,
                path = $path,
                tag = "partner",
                params(
                    ("referral_id" = uuid::Uuid, Path, description = "The referral."),
                    crate::extract::IdempotencyKey,
                ),
                request_body = $request,
                responses(
                    (status = 201, description = "The report, and where it left the referral.", body = crate::referrals::views::ReportView),
                    crate::problem::CreateProblems,
                ),
                security(("bearer" = []), ("hospital_client" = ["referrals:report"]))
            )]
            async fn $operation(
                caller: crate::state::Caller,
                axum::extract::State(api): axum::extract::State<crate::state::Api>,
                crate::extract::ApiPath(crate::extract::Id(id)): crate::extract::ApiPath<crate::extract::Id<rafiq_domain::ids::ReferralId>>,
                crate::extract::ApiJson(mut request): crate::extract::ApiJson<$request>,
            ) -> Result<crate::extract::Created<crate::extract::ApiJson<crate::referrals::views::ReportView>>, crate::problem::Problem> {
                let envelope = super::Envelope {
                    event_id: request.event_id,
                    occurred_at: request.occurred_at.0,
                    patient_mrn: std::mem::take(&mut request.patient_mrn),
                };
                super::take(&api, &caller, id, envelope, request).await
            }
        )+

        pub(super) fn router() -> utoipa_axum::router::OpenApiRouter<crate::state::Api> {
            utoipa_axum::router::OpenApiRouter::new()$( .routes(utoipa_axum::routes!($operation)) )+
        }
    };
}
use report_operations;

/// List what the hospital reported on its own referral
#[utoipa::path(
    get,
    path = "/partner/referrals/{referral_id}/reports",
    tag = "partner",
    params(("referral_id" = Uuid, Path, description = "The referral."), PageQuery),
    responses((status = 200, description = "The reports, from what happened last.", body = PageView<ReportView>), ReadProblems),
    security(("bearer" = []), ("hospital_client" = ["referrals:read"]))
)]
async fn list_own_reports(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ReferralId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<ReportView>>, Problem> {
    let reports = hospital_side::list_own_reports(api.app(), &caller.0, id, query.into()).await?;
    Ok(ApiJson(paging::view(reports)))
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_own_reports))
        .merge(answers::router())
        .merge(operation::router())
        .merge(stay::router())
}
