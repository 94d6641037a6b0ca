//! Partner hospitals.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::hospitals;
use rafiq_domain::hospitals::{Hospital, HospitalProfile, Licence};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::HospitalState;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{AccreditationCode, Code, HospitalCapabilityCode, HospitalStateCode, LicenceIssuerCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Day, Id, IdempotencyKey, IfMatch, Versioned, given};
use crate::paging::{Cursor, Limit, PageQuery, PageView, page, view};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::users::UserView;

/// The longest name of a hospital or a city.
const NAME: usize = 200;
/// The longest reason.
const REASON: usize = 500;
/// The longest number of a licence.
const NUMBER: usize = 100;

/// What is known of a hospital.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HospitalDetails)]
struct HospitalBody {
    /// The name in English, 1–200 characters.
    #[schema(example = "Golden Horn Hospital")]
    name_en: String,
    /// The name in Turkish, 1–200 characters.
    #[schema(example = "Haliç Hastanesi")]
    name_tr: String,
    /// The name in Arabic, 1–200 characters.
    #[schema(example = "مستشفى القرن الذهبي")]
    name_ar: String,
    /// The city, 1–200 characters.
    #[schema(example = "İstanbul")]
    city: String,
    /// The IANA time zone in which its dates are meant.
    #[schema(example = "Europe/Istanbul")]
    time_zone: String,
    /// The licence for international health tourism; without a valid one no referral is sent.
    licence: LicenceBody,
    /// What it can do for this operation.
    #[serde(default)]
    capabilities: Vec<HospitalCapabilityCode>,
    /// Who accredited it.
    #[serde(default)]
    accreditations: Vec<AccreditationCode>,
    /// Whether we work with it: a suspended hospital gets no new referral, and its people are out. When not
    /// said, a new one is active. Of a known one it changes by `suspend` and `reinstate`, never with the rest.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    state: Option<HospitalStateCode>,
}

/// A licence with its term.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Licence)]
struct LicenceBody {
    /// Who issued it.
    issuer: LicenceIssuerCode,
    /// Its number, 1–100 characters.
    #[schema(example = "HT-34-0042")]
    number: String,
    /// The first day.
    #[schema(value_type = NaiveDate)]
    valid_from: Day,
    /// The last day; after the first.
    #[schema(value_type = NaiveDate)]
    valid_until: Day,
}

impl HospitalBody {
    fn parts(self) -> Result<(HospitalProfile, Option<HospitalState>), Invalid> {
        let mut fields = Fields::new();
        let english = fields.take("/name_en", Line::parse(&self.name_en, NAME));
        let turkish = fields.take("/name_tr", Line::parse(&self.name_tr, NAME));
        let arabic = fields.take("/name_ar", Line::parse(&self.name_ar, NAME));
        let city = fields.take("/city", Line::parse(&self.city, NAME));
        let time_zone = fields.take("/time_zone", self.time_zone.parse().map_err(|_| FieldCode::UnknownCode));
        let number = fields.take("/licence/number", Line::parse(&self.licence.number, NUMBER));
        fields.finish(|| {
            let licence = Licence {
                issuer: self.licence.issuer.0,
                number: number?,
                valid_from: self.licence.valid_from.0,
                valid_until: self.licence.valid_until.0,
            };
            let profile = HospitalProfile {
                name_en: english?,
                name_tr: turkish?,
                name_ar: arabic?,
                city: city?,
                time_zone: time_zone?,
                licence,
                capabilities: self.capabilities.into_iter().map(|capability| capability.0).collect(),
                accreditations: self.accreditations.into_iter().map(|accreditation| accreditation.0).collect(),
            };
            Some((profile, self.state.map(|state| state.0)))
        })
    }
}

/// Which hospitals are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HospitalQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<HospitalStateCode>,
    /// Where the page begins: the `next` of the page before. Absent for the first page.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// A hospital.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hospital)]
struct HospitalView {
    /// The id.
    id: Uuid,
    /// What is known of it.
    details: HospitalBody,
    /// When it was last suspended or reinstated; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state_since: Option<DateTime<Utc>>,
    /// Why it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state_reason: Option<String>,
}

impl From<Permitted<Hospital>> for HospitalView {
    fn from(hospital: Permitted<Hospital>) -> Self {
        let Hospital { id, profile, state, last_change, .. } = hospital.into_inner();
        let details = HospitalBody {
            name_en: profile.name_en.as_str().to_owned(),
            name_tr: profile.name_tr.as_str().to_owned(),
            name_ar: profile.name_ar.as_str().to_owned(),
            city: profile.city.as_str().to_owned(),
            time_zone: profile.time_zone.name().to_owned(),
            licence: LicenceBody {
                issuer: Code(profile.licence.issuer),
                number: profile.licence.number.as_str().to_owned(),
                valid_from: Day(profile.licence.valid_from),
                valid_until: Day(profile.licence.valid_until),
            },
            capabilities: profile.capabilities.into_iter().map(Code).collect(),
            accreditations: profile.accreditations.into_iter().map(Code).collect(),
            state: Some(Code(state)),
        };
        Self {
            id: id.uuid(),
            details,
            state_since: last_change.as_ref().map(|change| change.at),
            state_reason: last_change.map(|change| change.reason.as_str().to_owned()),
        }
    }
}

/// Why a hospital is suspended, or taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeStateRequest {
    /// Why, 1–500 characters.
    #[schema(example = "Licence under inspection")]
    reason: String,
}

impl ChangeStateRequest {
    fn reason(&self) -> Result<Line, Invalid> {
        Line::parse(&self.reason, REASON).map_err(|code| Invalid::at("/reason", code))
    }
}

/// Register a hospital
#[utoipa::path(
    post,
    path = "/hospitals",
    tag = "hospitals",
    params(IdempotencyKey),
    request_body = HospitalBody,
    responses((status = 201, description = "The hospital.", body = HospitalView), CreateProblems),
    security(("bearer" = []))
)]
async fn register_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<HospitalBody>,
) -> Result<Created<Versioned<HospitalView>>, Problem> {
    let (profile, state) = request.parts()?;
    let hospital = hospitals::register_hospital(api.app(), &caller.0, profile, state).await?;
    Ok(Created(format!("/api/v1/hospitals/{}", hospital.id), Versioned(hospital.version, hospital.into())))
}

/// List the hospitals
#[utoipa::path(
    get,
    path = "/hospitals",
    tag = "hospitals",
    params(HospitalQuery),
    responses((status = 200, description = "The hospitals.", body = PageView<HospitalView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_hospitals(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<HospitalQuery>,
) -> Result<ApiJson<PageView<HospitalView>>, Problem> {
    let (state, page) = (query.state.map(|state| state.0), page(query.after, query.limit));
    let hospitals = hospitals::list_hospitals(api.app(), &caller.0, state, page).await?;
    Ok(ApiJson(view(hospitals)))
}

/// Read a hospital
#[utoipa::path(
    get,
    path = "/hospitals/{hospital_id}",
    tag = "hospitals",
    params(("hospital_id" = Uuid, Path, description = "The hospital.")),
    responses((status = 200, description = "The hospital.", body = HospitalView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<HospitalId>>,
) -> Result<Versioned<HospitalView>, Problem> {
    let hospital = hospitals::view_hospital(api.app(), &caller.0, id).await?;
    Ok(Versioned(hospital.version, hospital.into()))
}

/// Replace what is known of a hospital
///
/// But for its state: who suspends a hospital, or takes it back, says why.
#[utoipa::path(
    put,
    path = "/hospitals/{hospital_id}",
    tag = "hospitals",
    params(("hospital_id" = Uuid, Path, description = "The hospital."), IfMatch),
    request_body = HospitalBody,
    responses((status = 200, description = "The hospital.", body = HospitalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn update_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<HospitalId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<HospitalBody>,
) -> Result<Versioned<HospitalView>, Problem> {
    let (profile, state) = request.parts()?;
    let hospital = hospitals::update_hospital(api.app(), &caller.0, id, decided_on, profile, state).await?;
    Ok(Versioned(hospital.version, hospital.into()))
}

/// Suspend a hospital
///
/// Its people and its machines are out with their next request, and no referral is sent to it. What was sent
/// before stays as it is to our staff.
#[utoipa::path(
    post,
    path = "/hospitals/{hospital_id}/suspend",
    tag = "hospitals",
    params(("hospital_id" = Uuid, Path, description = "The hospital."), IfMatch, IdempotencyKey),
    request_body = ChangeStateRequest,
    responses((status = 200, description = "The hospital.", body = HospitalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn suspend_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<HospitalId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<ChangeStateRequest>,
) -> Result<Versioned<HospitalView>, Problem> {
    let hospital = hospitals::suspend_hospital(api.app(), &caller.0, id, decided_on, request.reason()?).await?;
    Ok(Versioned(hospital.version, hospital.into()))
}

/// Reinstate a hospital
#[utoipa::path(
    post,
    path = "/hospitals/{hospital_id}/reinstate",
    tag = "hospitals",
    params(("hospital_id" = Uuid, Path, description = "The hospital."), IfMatch, IdempotencyKey),
    request_body = ChangeStateRequest,
    responses((status = 200, description = "The hospital.", body = HospitalView), ChangeProblems),
    security(("bearer" = []))
)]
async fn reinstate_hospital(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<HospitalId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<ChangeStateRequest>,
) -> Result<Versioned<HospitalView>, Problem> {
    let hospital = hospitals::reinstate_hospital(api.app(), &caller.0, id, decided_on, request.reason()?).await?;
    Ok(Versioned(hospital.version, hospital.into()))
}

/// List the users of a hospital
///
/// Its people, and the machines that are registered for it.
#[utoipa::path(
    get,
    path = "/hospitals/{hospital_id}/users",
    tag = "hospitals",
    params(("hospital_id" = Uuid, Path, description = "The hospital."), PageQuery),
    responses((status = 200, description = "The users.", body = PageView<UserView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_hospital_users(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<HospitalId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<UserView>>, Problem> {
    let users = hospitals::list_hospital_users(api.app(), &caller.0, id, query.into()).await?;
    Ok(ApiJson(view(users)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_hospitals, register_hospital))
        .routes(routes!(view_hospital, update_hospital))
        .routes(routes!(suspend_hospital))
        .routes(routes!(reinstate_hospital))
        .routes(routes!(list_hospital_users))
}
