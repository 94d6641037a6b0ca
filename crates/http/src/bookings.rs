//! Bookings of interpreters, as our staff make them on a case.

mod own;

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::bookings;
use rafiq_domain::ids::{BookingId, CaseId, InterpreterId};
use rafiq_domain::interpreters::{Booking, Job, Window};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::text::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{BookingStateCode, Code, EncounterKindCode, InterpretingModalityCode, SpokenLanguageCode};
use crate::extract::{ApiJson, ApiPath, Child, Created, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::paging::views;
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a place.
const PLACE: usize = 200;
/// The most characters of a reason.
const REASON: usize = 500;

/// What an interpreter is needed for.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InterpreterJob)]
struct JobBody {
    /// The kind of encounter.
    encounter: EncounterKindCode,
    /// How it is interpreted. On site half an hour after the job belongs to it, for the way.
    modality: InterpretingModalityCode,
    /// When it begins; not past.
    #[schema(value_type = DateTime<Utc>)]
    starts_at: Instant,
    /// When it ends; at most twelve hours after its beginning.
    #[schema(value_type = DateTime<Utc>)]
    ends_at: Instant,
    /// The IANA time zone of the place, in which the times are told to people.
    #[schema(example = "Europe/Istanbul")]
    time_zone: String,
    /// Where: a ward, an address, a link; 1–200 characters. Nothing about the patient.
    #[schema(example = "Golden Horn Hospital, neurosurgery, room 12")]
    place: String,
    /// The language that the patient speaks.
    language: SpokenLanguageCode,
}

impl TryFrom<JobBody> for Job {
    type Error = Invalid;

    fn try_from(body: JobBody) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let time_zone = fields.take("/time_zone", body.time_zone.parse().map_err(|_| FieldCode::UnknownCode));
        let place = fields.take("/place", Line::parse(&body.place, PLACE));
        fields.finish(|| {
            Some(Self {
                encounter: body.encounter.0,
                modality: body.modality.0,
                window: Window { starts_at: body.starts_at.0, ends_at: body.ends_at.0 },
                time_zone: time_zone?,
                place: place?,
                language: body.language.0,
            })
        })
    }
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        Self {
            encounter: Code(job.encounter),
            modality: Code(job.modality),
            starts_at: Instant(job.window.starts_at),
            ends_at: Instant(job.window.ends_at),
            time_zone: job.time_zone.name().to_owned(),
            place: job.place.as_str().to_owned(),
            language: Code(job.language),
        }
    }
}

/// An offer to an interpreter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfferBookingRequest {
    /// The interpreter: active, of the job's language and modality, and bound to confidentiality.
    interpreter_id: Uuid,
}

/// A cancellation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancelBookingRequest {
    /// Why, 1–500 characters.
    #[schema(example = "The hospital moved the admission")]
    reason: String,
}

/// A booking of an interpreter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InterpreterBooking)]
struct BookingView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// Where it stands.
    state: BookingStateCode,
    /// What for.
    job: JobBody,
    /// The interpreter to whom it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    interpreter_id: Option<Uuid>,
    /// When it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    offered_at: Option<DateTime<Utc>>,
    /// Until when the interpreter can accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    respond_by: Option<DateTime<Utc>>,
    /// When it was accepted or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answered_at: Option<DateTime<Utc>>,
    /// Why it was declined or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Who asked for it.
    requested_by: Uuid,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Booking>> for BookingView {
    fn from(booking: Permitted<Booking>) -> Self {
        let booking = booking.into_inner();
        Self {
            id: booking.id.uuid(),
            case_id: booking.case_id.uuid(),
            state: Code(booking.state),
            job: booking.job.into(),
            interpreter_id: booking.interpreter_id.map(InterpreterId::uuid),
            offered_at: booking.offered_at,
            respond_by: booking.respond_by,
            answered_at: booking.answered_at,
            reason: booking.reason.map(|reason| reason.as_str().to_owned()),
            requested_by: booking.requested_by.uuid(),
            version: booking.version.0,
        }
    }
}

/// Ask for an interpreter
///
/// The booking is a wish until it is offered, and firm only once the interpreter has accepted.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/interpreter-bookings",
    tag = "interpreters",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = JobBody,
    responses((status = 201, description = "The booking.", body = BookingView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<JobBody>,
) -> Result<Created<Versioned<BookingView>>, Problem> {
    let booking = bookings::request_booking(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/interpreter-bookings/{}", booking.id);
    Ok(Created(address, Versioned(booking.version, booking.into())))
}

/// List the interpreter bookings of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/interpreter-bookings",
    tag = "interpreters",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The bookings, oldest first.", body = [BookingView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_bookings(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<BookingView>>, Problem> {
    Ok(ApiJson(views(bookings::list_bookings(api.app(), &caller.0, case_id).await?)))
}

/// Read an interpreter booking
#[utoipa::path(
    get,
    path = "/cases/{case_id}/interpreter-bookings/{booking_id}",
    tag = "interpreters",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("booking_id" = Uuid, Path, description = "The booking.")
    ),
    responses((status = 200, description = "The booking.", body = BookingView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<BookingId>>,
) -> Result<Versioned<BookingView>, Problem> {
    let booking = bookings::view_booking(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(booking.version, booking.into()))
}

/// Offer a booking to an interpreter
///
/// One who declines, or does not answer in time, is not asked twice: a new booking is made for another.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/interpreter-bookings/{booking_id}/offer",
    tag = "interpreters",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("booking_id" = Uuid, Path, description = "The booking."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = OfferBookingRequest,
    responses((status = 200, description = "The booking.", body = BookingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn offer_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<BookingId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<OfferBookingRequest>,
) -> Result<Versioned<BookingView>, Problem> {
    let to = request.interpreter_id.into();
    let booking = bookings::offer_booking(api.app(), &caller.0, case_id, id, decided_on, to).await?;
    Ok(Versioned(booking.version, booking.into()))
}

/// Call a booking off
///
/// Less than 24 hours before the job it is a late cancellation. The interpreter's time is free again.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/interpreter-bookings/{booking_id}/cancel",
    tag = "interpreters",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("booking_id" = Uuid, Path, description = "The booking."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = CancelBookingRequest,
    responses((status = 200, description = "The booking.", body = BookingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn cancel_booking(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<BookingId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<CancelBookingRequest>,
) -> Result<Versioned<BookingView>, Problem> {
    let reason = Line::parse(&request.reason, REASON).map_err(|code| Invalid::at("/reason", code))?;
    let booking = bookings::cancel_booking(api.app(), &caller.0, case_id, id, decided_on, reason).await?;
    Ok(Versioned(booking.version, booking.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_bookings, request_booking))
        .routes(routes!(view_booking))
        .routes(routes!(offer_booking))
        .routes(routes!(cancel_booking))
        .merge(own::router())
}
