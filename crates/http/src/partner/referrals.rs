//! Referrals, as their hospital reads them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::referrals::hospital_side::{self, HospitalFile, OwnReferral, PatientAtHospital};
use rafiq_domain::assessments::SymptomAssessment;
use rafiq_domain::ids::ReferralId;
use rafiq_domain::notes::Note;
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::referrals::reports_possible_in;
use rafiq_domain::reviews::Review;
use rafiq_domain::vocabulary::Coded;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::assessments::{AllergiesView, HistoryAnswerView};
use crate::code::{
    CertaintyCode, Code, DiagnosisCode, GateCode, HouseBrackmannGradeCode, LateralityCode, NoteTypeCode, OnsetSiteCode,
    PreviousFacialPalsyCode, RedFlagCode, ReferralDeclineReasonCode, ReferralQuestionCode, ReferralStateCode,
    ReportKindCode, SexCode, SpasmFormCode, SpasmFrequencyCode, SpasmRegionCode, SpasmTypeCode, VisionInterferenceCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{Cursor, Limit, PageView, page, rows};
use crate::patients::{LanguageBody, PassportNameBody};
use crate::problem::{ChangeProblems, Problem, ReadProblems};
use crate::referrals::views::{AcceptanceView, ScheduleView};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// Which of the hospital's referrals are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OwnReferralQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<ReferralStateCode>,
    /// Where the page begins: the `next` of the page before. Absent for the first page.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many entries at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 25)]
    limit: Option<Limit>,
}

/// The patient, as their hospital knows them. They are reached through us.
#[derive(Debug, Serialize, ToSchema)]
struct PatientAtHospitalView {
    /// The medical record number. Every report names it as `patient_mrn`.
    #[schema(example = "BMC-2026-000017-5")]
    mrn: String,
    /// The name as printed in the passport.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    passport_name: Option<PassportNameBody>,
    /// The full name in Arabic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "فاطمة محمد الخطيب")]
    arabic_name: Option<String>,
    /// The birth date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1968-03-14")]
    birth_date: Option<String>,
    /// Whether the birth date is documented or estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    birth_certainty: Option<CertaintyCode>,
    /// Administrative sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sex: Option<SexCode>,
    /// The nationality, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "IQ")]
    nationality: Option<String>,
    /// The languages and dialects, best first.
    languages: Vec<LanguageBody>,
    /// Whether encounters need an interpreter.
    interpreter_required: bool,
}

impl From<PatientAtHospital> for PatientAtHospitalView {
    fn from(patient: PatientAtHospital) -> Self {
        Self {
            mrn: patient.mrn,
            passport_name: patient.passport_name.map(PassportNameBody::from),
            arabic_name: patient.arabic_name.map(|name| name.as_str().to_owned()),
            birth_date: patient.birth.map(|birth| birth.date.to_string()),
            birth_certainty: patient.birth.map(|birth| Code(birth.certainty)),
            sex: patient.sex.map(Code),
            nationality: patient.nationality.map(|country| country.as_str().to_owned()),
            languages: patient.languages.into_iter().map(LanguageBody::from).collect(),
            interpreter_required: patient.interpreter_required,
        }
    }
}

/// A referral in the list of its hospital.
#[derive(Debug, Serialize, ToSchema)]
struct OwnReferralSummary {
    /// The id.
    id: Uuid,
    /// Where it stands.
    state: ReferralStateCode,
    /// What is asked.
    question: ReferralQuestionCode,
    /// The patient.
    patient: PatientAtHospitalView,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent_at: Option<DateTime<Utc>>,
    /// Until when an answer is hoped for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    respond_by: Option<DateTime<Utc>>,
    /// The dates that the hospital fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    schedule: Option<ScheduleView>,
}

impl From<Permitted<OwnReferral>> for OwnReferralSummary {
    fn from(own: Permitted<OwnReferral>) -> Self {
        let OwnReferral { referral, patient } = own.into_inner();
        Self {
            id: referral.id.uuid(),
            state: Code(referral.state),
            question: Code(referral.question),
            patient: patient.into(),
            sent_at: referral.sent_at,
            respond_by: referral.respond_by,
            schedule: referral.schedule.map(ScheduleView::from),
        }
    }
}

/// What the doctor of the case decided, for the hospital.
#[derive(Debug, Serialize, ToSchema)]
struct ClinicalSummaryView {
    /// When it was signed.
    signed_at: DateTime<Utc>,
    /// The working diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    diagnosis: Option<DiagnosisCode>,
    /// The summary.
    summary: TextView,
}

impl From<Review> for ClinicalSummaryView {
    fn from(review: Review) -> Self {
        Self {
            signed_at: review.signed_at,
            diagnosis: review.diagnosis.map(Code),
            summary: TextView::spoken(review.summary.as_str(), review.summary_language),
        }
    }
}

/// What was found of the symptoms and the history.
#[derive(Debug, Serialize, ToSchema)]
struct SymptomsView {
    /// When it was taken.
    taken_at: DateTime<Utc>,
    /// When the spasm began, as far as it is known.
    #[schema(example = "2022-07")]
    onset: String,
    /// Where it began.
    onset_site: OnsetSiteCode,
    /// Which way it spread.
    form: SpasmFormCode,
    /// The regions that move.
    regions: Vec<SpasmRegionCode>,
    /// The kind of spasm.
    spasm_type: SpasmTypeCode,
    /// How often.
    frequency: SpasmFrequencyCode,
    /// How far it disturbs seeing.
    vision_interference: VisionInterferenceCode,
    /// Pain on the numeric rating scale, 0–10.
    #[schema(minimum = 0, maximum = 10)]
    pain: u8,
    /// Facial weakness before any operation.
    facial_weakness: HouseBrackmannGradeCode,
    /// An earlier facial palsy.
    previous_facial_palsy: PreviousFacialPalsyCode,
    /// What argues for a closer look.
    red_flags: Vec<RedFlagCode>,
    /// What is known of allergies.
    allergies: AllergiesView,
    /// The answers on drugs, other illness, botulinum and earlier operations.
    history: Vec<HistoryAnswerView>,
}

impl SymptomsView {
    fn of(assessment: SymptomAssessment, audience: Audience) -> Self {
        let findings = assessment.findings;
        Self {
            taken_at: assessment.taken_at,
            onset: findings.onset.to_string(),
            onset_site: Code(findings.onset_site),
            form: Code(findings.form),
            regions: codes(findings.regions),
            spasm_type: Code(findings.spasm_type),
            frequency: Code(findings.frequency),
            vision_interference: Code(findings.vision_interference),
            pain: findings.pain,
            facial_weakness: Code(findings.facial_weakness),
            previous_facial_palsy: Code(findings.previous_facial_palsy),
            red_flags: codes(assessment.red_flags),
            allergies: AllergiesView::of(&assessment.allergies, audience),
            history: assessment.history.iter().map(|given| HistoryAnswerView::of(given, audience)).collect(),
        }
    }
}

fn codes<T: Coded>(values: Vec<T>) -> Vec<Code<T>> {
    values.into_iter().map(Code).collect()
}

/// A signed note that is shared with the hospital.
#[derive(Debug, Serialize, ToSchema)]
struct SharedNoteView {
    /// What kind of note.
    kind: NoteTypeCode,
    /// When it was written.
    written_at: DateTime<Utc>,
    /// The text.
    body: TextView,
}

impl From<Note> for SharedNoteView {
    fn from(note: Note) -> Self {
        Self {
            kind: Code(note.kind),
            written_at: note.written_at,
            body: TextView::spoken(note.body.as_str(), note.language),
        }
    }
}

/// A referral with everything that its hospital may read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnReferral)]
struct OwnReferralView {
    /// The id.
    id: Uuid,
    /// Where it stands.
    state: ReferralStateCode,
    /// The reports that may come now.
    reports_possible: Vec<ReportKindCode>,
    /// What is asked.
    question: ReferralQuestionCode,
    /// What the hospital should know besides the summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<TextView>,
    /// The patient.
    patient: PatientAtHospitalView,
    /// The side of the spasm. A report that names another side is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    side: Option<LateralityCode>,
    /// What the doctor of the case decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    clinical_summary: Option<ClinicalSummaryView>,
    /// The latest symptom assessment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    symptoms: Option<SymptomsView>,
    /// The notes that are shared with the hospital, oldest first.
    notes: Vec<SharedNoteView>,
    /// Whether surgery is cleared: consent, side, insurance, interpreter, hearing test, allergies and
    /// anticoagulants were checked, and a doctor agreed.
    cleared: bool,
    /// What still keeps surgery from being cleared.
    not_cleared_because: Vec<GateCode>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent_at: Option<DateTime<Utc>>,
    /// Until when an answer is hoped for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    respond_by: Option<DateTime<Utc>>,
    /// When the hospital received it: reported, or read for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    received_at: Option<DateTime<Utc>>,
    /// What the hospital accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    acceptance: Option<AcceptanceView>,
    /// Why the hospital declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decline_reason: Option<ReferralDeclineReasonCode>,
    /// The dates that the hospital fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    schedule: Option<ScheduleView>,
    /// The hospital's number for the stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    admission_number: Option<String>,
    /// Why it was declined, cancelled, withdrawn or failed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<TextView>,
    /// When we asked for its cancellation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cancel_requested_at: Option<DateTime<Utc>>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<HospitalFile>> for OwnReferralView {
    fn from(file: Permitted<HospitalFile>) -> Self {
        let audience = file.permit().audience();
        let acceptance = file.referral.acceptance.as_ref().map(|given| AcceptanceView::of(given, file.permit()));
        let file = file.into_inner();
        let referral = file.referral;
        Self {
            id: referral.id.uuid(),
            state: Code(referral.state),
            reports_possible: reports_possible_in(referral.state).map(Code).collect(),
            question: Code(referral.question),
            message: referral.message.map(|message| TextView::plain(message.as_str())),
            patient: file.patient.into(),
            side: file.side.map(Code),
            clinical_summary: file.review.map(ClinicalSummaryView::from),
            symptoms: file.assessment.map(|assessment| SymptomsView::of(assessment, audience)),
            notes: file.notes.into_iter().map(SharedNoteView::from).collect(),
            cleared: file.not_cleared_because.is_empty(),
            not_cleared_because: codes(file.not_cleared_because),
            sent_at: referral.sent_at,
            respond_by: referral.respond_by,
            received_at: referral.received_at,
            acceptance,
            decline_reason: referral.decline_reason.map(Code),
            schedule: referral.schedule.map(ScheduleView::from),
            admission_number: referral.admission_number.map(|number| number.as_str().to_owned()),
            reason: referral.reason.map(|reason| TextView::plain(reason.as_str())),
            cancel_requested_at: referral.cancel_requested_at,
            version: referral.version.0,
        }
    }
}

/// List the hospital's own referrals
#[utoipa::path(
    get,
    path = "/partner/referrals",
    tag = "partner",
    params(OwnReferralQuery),
    responses((status = 200, description = "The referrals, newest first.", body = PageView<OwnReferralSummary>), ReadProblems),
    security(("bearer" = []), ("hospital_client" = ["referrals:read"]))
)]
async fn list_own_referrals(
    caller: Caller,
    State(api): State<Api>,
    ApiQuery(query): ApiQuery<OwnReferralQuery>,
) -> Result<ApiJson<PageView<OwnReferralSummary>>, Problem> {
    let state = query.state.map(|state| state.0);
    let page = page(query.after, query.limit);
    Ok(ApiJson(rows(hospital_side::list_own_referrals(api.app(), &caller.0, state, page).await?)))
}

/// Read one of the hospital's own referrals
///
/// Reading a referral that was sent receives it.
#[utoipa::path(
    get,
    path = "/partner/referrals/{referral_id}",
    tag = "partner",
    params(("referral_id" = Uuid, Path, description = "The referral.")),
    responses((status = 200, description = "The referral.", body = OwnReferralView), ReadProblems),
    security(("bearer" = []), ("hospital_client" = ["referrals:read"]))
)]
async fn view_own_referral(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ReferralId>>,
) -> Result<Versioned<OwnReferralView>, Problem> {
    let file = hospital_side::open_own_referral(api.app(), &caller.0, id).await?;
    Ok(Versioned(file.referral.version, file.into()))
}

/// Confirm a cancellation that was asked for
///
/// The slot is free again, and the referral is over. A machine client needs both scopes: the answer shows the referral.
#[utoipa::path(
    post,
    path = "/partner/referrals/{referral_id}/confirm-cancellation",
    tag = "partner",
    params(("referral_id" = Uuid, Path, description = "The referral."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The referral, cancelled.", body = OwnReferralView), ChangeProblems),
    security(("bearer" = []), ("hospital_client" = ["referrals:read", "referrals:report"]))
)]
async fn confirm_cancellation(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ReferralId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<OwnReferralView>, Problem> {
    let file = hospital_side::confirm_cancellation(api.app(), &caller.0, id, decided_on).await?;
    Ok(Versioned(file.referral.version, file.into()))
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_own_referrals))
        .routes(routes!(view_own_referral))
        .routes(routes!(confirm_cancellation))
}
