//! Patients.

use axum::extract::State;
use chrono::NaiveDate;
use rafiq_app::patients::{self, SomebodyElse};
use rafiq_domain::ids::PatientId;
use rafiq_domain::patients::{
    BirthDate, Certainty, ContactPoint, ContactValue, NameInPassport, Patient, PatientDetails, PatientLanguage,
    PatientRecord,
};
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::{ArabicName, CountryCode, Line, PassportName};
use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::ContactOwner;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    CertaintyCode, Code, ContactOwnerCode, ContactSystemCode, DialectCode, PatientStateCode, SexCode,
    SpokenLanguageCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Created, Id, IdempotencyKey, IfMatch, Versioned, given};
use crate::paging::{Cursor, Limit, PageView, page, rows};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// The most characters of a reason.
const REASON: usize = 500;

/// A new patient. At first contact a name in any script is enough; registration asks for more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterPatientRequest {
    /// What is known of the patient.
    details: PatientDetailsBody,
    /// Why this is somebody else, after a likely duplicate was reported; 1–500 characters.
    #[schema(example = "The passport shows another birth place")]
    somebody_else_because: Option<String>,
}

/// What is known of a patient.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PatientDetails)]
struct PatientDetailsBody {
    /// The full name in Arabic as the patient writes it, 2–200 letters. It is the identity.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "فاطمة محمد الخطيب")]
    arabic_name: Option<String>,
    /// The name as printed in the passport.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    passport_name: Option<PassportNameBody>,
    /// Administrative sex.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sex: Option<SexCode>,
    /// The birth date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; not in the future, at most 120 years ago.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1968-03")]
    birth_date: Option<String>,
    /// Whether the birth date is documented or estimated; documented when not said.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    birth_certainty: Option<CertaintyCode>,
    /// The nationality, ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "IQ")]
    nationality: Option<String>,
    /// The country of residence, ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "IQ")]
    residence_country: Option<String>,
    /// The languages, best first; at most 20.
    #[serde(default)]
    languages: Vec<LanguageBody>,
    /// How the patient is reached; at most 20.
    #[serde(default)]
    contacts: Vec<ContactBody>,
    /// Whether encounters need an interpreter.
    #[serde(default)]
    interpreter_required: bool,
}

/// A name in the two parts of a passport's visual zone.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PassportName)]
pub(crate) struct PassportNameBody {
    /// The surname, 1–100 of A–Z, blank, hyphen, apostrophe.
    #[schema(example = "ALKHATEEB")]
    surname: String,
    /// The given names, 1–100 of A–Z, blank, hyphen, apostrophe.
    #[schema(example = "FATIMA MOHAMMED")]
    given: String,
}

/// A language that the patient speaks.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PatientLanguage)]
pub(crate) struct LanguageBody {
    /// The language.
    language: SpokenLanguageCode,
    /// The dialect group, for Arabic.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dialect: Option<DialectCode>,
    /// Whether the patient reads it too.
    reads: bool,
}

/// A way to reach the patient.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactPoint)]
struct ContactBody {
    /// Through which system.
    system: ContactSystemCode,
    /// An E.164 number, a national number of the country of residence, or an e-mail address.
    #[schema(example = "+9647701234567")]
    value: String,
    /// Whose it is; the patient's when not said.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    owner: Option<ContactOwnerCode>,
}

impl PatientDetailsBody {
    fn details(self, at: &str, today: NaiveDate) -> Result<PatientDetails, Invalid> {
        let mut fields = Fields::new();
        let place = |field: &str| format!("{at}/{field}");
        let arabic_name =
            fields.take_optional(&place("arabic_name"), self.arabic_name.as_deref().map(ArabicName::parse));
        let passport_name = self.passport_name.and_then(|name| name.parse(&mut fields, &place("passport_name")));
        let certainty = self.birth_certainty.map_or(Certainty::Documented, |certainty| certainty.0);
        let parse_birth =
            |text: &str| PartialDate::parse(text).and_then(|date| BirthDate::parse(date, certainty, today));
        let birth = fields.take_optional(&place("birth_date"), self.birth_date.as_deref().map(parse_birth));
        let nationality =
            fields.take_optional(&place("nationality"), self.nationality.as_deref().map(CountryCode::parse));
        let residence_country = fields
            .take_optional(&place("residence_country"), self.residence_country.as_deref().map(CountryCode::parse));
        let contacts = self.contacts.into_iter().enumerate().filter_map(|(index, contact)| {
            let value = ContactValue::parse(contact.system.0, &contact.value, residence_country);
            let value = fields.take(&format!("{}/{index}/value", place("contacts")), value)?;
            let owner = contact.owner.map_or(ContactOwner::Patient, |owner| owner.0);
            Some(ContactPoint { system: contact.system.0, value, owner })
        });
        let contacts = contacts.collect();
        let languages = self.languages.into_iter().map(LanguageBody::into).collect();
        let details = fields.finish(|| {
            Some(PatientDetails {
                arabic_name,
                passport_name,
                sex: self.sex.map(|sex| sex.0),
                birth,
                nationality,
                residence_country,
                languages,
                contacts,
                interpreter_required: self.interpreter_required,
            })
        })?;
        // The use case checks the same, and knows no place but the details' own.
        details.check().map_err(|invalid| invalid.below(at))
    }

    /// The details as `audience` reads them: a masked reader sees no name and nobody's number.
    fn of(details: PatientDetails, audience: Audience) -> Self {
        let names = audience > Audience::Masked;
        let contacts = audience == Audience::Full;
        Self {
            arabic_name: details.arabic_name.filter(|_| names).map(|name| name.as_str().to_owned()),
            passport_name: details.passport_name.filter(|_| names).map(PassportNameBody::from),
            sex: details.sex.map(Code),
            birth_date: details.birth.filter(|_| contacts).map(|birth| birth.date.to_string()),
            birth_certainty: details.birth.filter(|_| contacts).map(|birth| Code(birth.certainty)),
            nationality: details.nationality.map(|country| country.as_str().to_owned()),
            residence_country: details.residence_country.map(|country| country.as_str().to_owned()),
            languages: details.languages.into_iter().map(LanguageBody::from).collect(),
            contacts: details.contacts.into_iter().filter(|_| contacts).map(ContactBody::from).collect(),
            interpreter_required: details.interpreter_required,
        }
    }
}

impl PassportNameBody {
    fn parse(self, fields: &mut Fields, at: &str) -> Option<NameInPassport> {
        let surname = fields.take(&format!("{at}/surname"), PassportName::parse(&self.surname));
        let given = fields.take(&format!("{at}/given"), PassportName::parse(&self.given));
        Some(NameInPassport { surname: surname?, given: given? })
    }
}

impl From<NameInPassport> for PassportNameBody {
    fn from(name: NameInPassport) -> Self {
        Self { surname: name.surname.as_str().to_owned(), given: name.given.as_str().to_owned() }
    }
}

impl From<LanguageBody> for PatientLanguage {
    fn from(body: LanguageBody) -> Self {
        Self { language: body.language.0, dialect: body.dialect.map(|dialect| dialect.0), reads: body.reads }
    }
}

impl From<PatientLanguage> for LanguageBody {
    fn from(known: PatientLanguage) -> Self {
        Self { language: Code(known.language), dialect: known.dialect.map(Code), reads: known.reads }
    }
}

impl From<ContactPoint> for ContactBody {
    fn from(contact: ContactPoint) -> Self {
        Self {
            system: Code(contact.system),
            value: contact.value.as_str().to_owned(),
            owner: Some(Code(contact.owner)),
        }
    }
}

/// A patient, as much of them as the caller may read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Patient)]
struct PatientView {
    /// The id.
    id: Uuid,
    /// The medical record number.
    #[schema(example = "BMC-2026-000017-5")]
    mrn: String,
    /// Whether the record still stands for a person by itself.
    state: PatientStateCode,
    /// The record that stands for the person since the two were merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    merged_into: Option<Uuid>,
    /// What is known. Parts that the caller's role does not read are left out.
    details: PatientDetailsBody,
}

impl From<Permitted<Patient>> for PatientView {
    fn from(patient: Permitted<Patient>) -> Self {
        let audience = patient.permit().audience();
        let patient = patient.into_inner();
        let merged_into = match patient.record {
            PatientRecord::MergedInto(survivor) => Some(survivor.uuid()),
            PatientRecord::Active | PatientRecord::Anonymized => None,
        };
        Self {
            id: patient.id.uuid(),
            mrn: patient.mrn,
            state: Code(patient.record.state()),
            merged_into,
            details: PatientDetailsBody::of(patient.details, audience),
        }
    }
}

/// Which patients are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PatientQuery {
    /// A name or a part of one, in Arabic or Latin letters; spellings of one name find each other. It finds those whom
    /// the caller reads with their names.
    name: Option<String>,
    /// Where the page begins: the `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// Register a patient
///
/// A likely duplicate is refused with 409 `duplicate_suspected` and the candidates' ids, until the
/// caller says why this is somebody else. Records are never merged by the product itself. Whoever registered
/// a patient reads and changes the record until it has a case; from then on those who care for the case do.
#[utoipa::path(
    post,
    path = "/patients",
    tag = "patients",
    params(IdempotencyKey),
    request_body = RegisterPatientRequest,
    responses((status = 201, description = "The patient.", body = PatientView), CreateProblems),
    security(("bearer" = []))
)]
async fn register_patient(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<RegisterPatientRequest>,
) -> Result<Created<Versioned<PatientView>>, Problem> {
    let sure = request.somebody_else_because.as_deref().map(|reason| Line::parse(reason, REASON)).transpose();
    let sure = sure.map_err(|code| Invalid::at("/somebody_else_because", code))?.map(|reason| SomebodyElse { reason });
    let details = request.details.details("/details", api.app().now().date_naive())?;
    let patient = patients::register_patient(api.app(), &caller.0, details, sure.as_ref()).await?;
    Ok(Created(format!("/api/v1/patients/{}", patient.id), Versioned(patient.version, patient.into())))
}

/// List the patients
#[utoipa::path(
    get,
    path = "/patients",
    tag = "patients",
    params(PatientQuery),
    responses((status = 200, description = "The patients whom the caller may see.", body = PageView<PatientView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_patients(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<PatientQuery>,
) -> Result<ApiJson<PageView<PatientView>>, Problem> {
    let page = page(query.after, query.limit);
    let patients = patients::list_patients(api.app(), &caller.0, query.name.as_deref(), page).await?;
    Ok(ApiJson(rows(patients)))
}

/// Read a patient
#[utoipa::path(
    get,
    path = "/patients/{patient_id}",
    tag = "patients",
    params(("patient_id" = Uuid, Path, description = "The patient.")),
    responses((status = 200, description = "The patient.", body = PatientView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_patient(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<PatientId>>,
) -> Result<Versioned<PatientView>, Problem> {
    let patient = patients::view_patient(api.app(), &caller.0, id).await?;
    Ok(Versioned(patient.version, patient.into()))
}

/// Replace what is known of a patient
#[utoipa::path(
    put,
    path = "/patients/{patient_id}",
    tag = "patients",
    params(("patient_id" = Uuid, Path, description = "The patient."), IfMatch),
    request_body = PatientDetailsBody,
    responses((status = 200, description = "The patient.", body = PatientView), ChangeProblems),
    security(("bearer" = []))
)]
async fn update_patient(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<PatientId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<PatientDetailsBody>,
) -> Result<Versioned<PatientView>, Problem> {
    let details = request.details("", api.app().now().date_naive())?;
    let patient = patients::update_patient(api.app(), &caller.0, id, decided_on, details).await?;
    Ok(Versioned(patient.version, patient.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_patients, register_patient)).routes(routes!(view_patient, update_patient))
}
