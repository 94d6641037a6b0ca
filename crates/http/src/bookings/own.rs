//! Bookings as the interpreter meets them: by themselves, without the case.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::bookings::{self, OwnBooking, PatientAtJob};
use rafiq_domain::ids::BookingId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{JobBody, REASON};
use crate::code::{BookingStateCode, Code};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Id, IdempotencyKey, IfMatch, Tagged, Versioned, given};
use crate::idempotency::Instead;
use crate::paging::{Cursor, Limit, PageView, page, rows};
use crate::patients::{LanguageBody, PassportNameBody};
use crate::problem::{ChangeProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A refusal of an offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeclineBookingRequest {
    /// Why, 1–500 characters; nobody has to say.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "The patient is a relative of mine")]
    reason: Option<String>,
}

impl DeclineBookingRequest {
    fn reason(self) -> Result<Option<Line>, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take_optional("/reason", self.reason.map(|reason| Line::parse(&reason, REASON)));
        fields.finish(|| Some(reason))
    }
}

/// Which of one's own bookings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OwnBookingQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<BookingStateCode>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// A booking as its interpreter reads it: the job, and of the patient what the job needs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnBooking)]
struct OwnBookingView {
    /// The id.
    id: Uuid,
    /// Where it stands.
    state: BookingStateCode,
    /// What for.
    job: JobBody,
    /// The patient, from 72 hours before an accepted job until 72 hours after its time; left out before, and once the
    /// job is completed, declined or called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    patient: Option<JobPatientView>,
    /// When it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    offered_at: Option<DateTime<Utc>>,
    /// Until when it can be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    respond_by: Option<DateTime<Utc>>,
    /// When it was accepted or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answered_at: Option<DateTime<Utc>>,
    /// The version, for `If-Match`.
    version: i32,
}

/// What an interpreter is told of the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPatient)]
struct JobPatientView {
    /// The name in Arabic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "فاطمة محمد الخطيب")]
    arabic_name: Option<String>,
    /// The name as printed in the passport, by which the hospital knows the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    passport_name: Option<PassportNameBody>,
    /// The languages and dialects, best first.
    languages: Vec<LanguageBody>,
}

impl From<PatientAtJob> for JobPatientView {
    fn from(patient: PatientAtJob) -> Self {
        Self {
            arabic_name: patient.arabic_name.map(|name| name.as_str().to_owned()),
            passport_name: patient.passport_name.map(PassportNameBody::from),
            languages: patient.languages.into_iter().map(LanguageBody::from).collect(),
        }
    }
}

/// The reason is left out: a cancellation's may speak of the patient.
impl From<Permitted<OwnBooking>> for OwnBookingView {
    fn from(own: Permitted<OwnBooking>) -> Self {
        let OwnBooking { booking, patient } = own.into_inner();
        Self {
            id: booking.id.uuid(),
            state: Code(booking.state),
            job: booking.job.into(),
            patient: patient.map(JobPatientView::from),
            offered_at: booking.offered_at,
            respond_by: booking.respond_by,
            answered_at: booking.answered_at,
            version: booking.version.0,
        }
    }
}

/// List one's own bookings
///
/// An interpreter's from the offer on; for our staff those of the cases that they see.
#[utoipa::path(
    get,
    path = "/interpreter-bookings",
    tag = "interpreters",
    params(OwnBookingQuery),
    responses((status = 200, description = "The bookings.", body = PageView<OwnBookingView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_own_bookings(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<OwnBookingQuery>,
) -> Result<ApiJson<PageView<OwnBookingView>>, Problem> {
    let (state, page) = (query.state.map(|state| state.0), page(query.after, query.limit));
    Ok(ApiJson(rows(bookings::list_own_bookings(api.app(), &caller.0, state, page).await?)))
}

/// Read one's own booking
#[utoipa::path(
    get,
    path = "/interpreter-bookings/{booking_id}",
    tag = "interpreters",
    params(("booking_id" = Uuid, Path, description = "The booking.")),
    responses((status = 200, description = "The booking.", body = OwnBookingView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_own_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<BookingId>>,
) -> Result<Versioned<OwnBookingView>, Problem> {
    let own = bookings::view_own_booking(api.app(), &caller.0, id).await?;
    Ok(Versioned(own.booking.version, own.into()))
}

/// Accept a booking
///
/// From now on it is firm. Refused with 409 `interpreter_overlaps` when another firm job of the
/// interpreter overlaps, the way after a job on site included. The same request under the same key is answered
/// without the patient: the job may be over by then.
#[utoipa::path(
    post,
    path = "/interpreter-bookings/{booking_id}/accept",
    tag = "interpreters",
    params(("booking_id" = Uuid, Path, description = "The booking."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The booking.", body = OwnBookingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn accept_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<BookingId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Tagged<Instead<OwnBookingView>>, Problem> {
    let own = bookings::accept_booking(api.app(), &caller.0, id, decided_on).await?;
    let kept = own.with(OwnBooking { patient: None, ..(*own).clone() });
    Ok(Tagged(own.booking.version, Instead { shown: own.into(), kept: kept.into() }))
}

/// Decline a booking
#[utoipa::path(
    post,
    path = "/interpreter-bookings/{booking_id}/decline",
    tag = "interpreters",
    params(("booking_id" = Uuid, Path, description = "The booking."), IfMatch, IdempotencyKey),
    request_body = DeclineBookingRequest,
    responses((status = 200, description = "The booking.", body = OwnBookingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn decline_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<BookingId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<DeclineBookingRequest>,
) -> Result<Versioned<OwnBookingView>, Problem> {
    let own = bookings::decline_booking(api.app(), &caller.0, id, decided_on, request.reason()?).await?;
    Ok(Versioned(own.booking.version, own.into()))
}

/// Say that a job is done
#[utoipa::path(
    post,
    path = "/interpreter-bookings/{booking_id}/complete",
    tag = "interpreters",
    params(("booking_id" = Uuid, Path, description = "The booking."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The booking.", body = OwnBookingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn complete_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<BookingId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<OwnBookingView>, Problem> {
    let own = bookings::complete_booking(api.app(), &caller.0, id, decided_on).await?;
    Ok(Versioned(own.booking.version, own.into()))
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_own_bookings))
        .routes(routes!(view_own_booking))
        .routes(routes!(accept_booking))
        .routes(routes!(decline_booking))
        .routes(routes!(complete_booking))
}
