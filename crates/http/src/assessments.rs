//! Symptom assessments of cases.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::assessments::{self, NewAssessment};
use rafiq_domain::assessments::{Allergies, HistoryAnswer, SymptomAssessment, SymptomFindings};
use rafiq_domain::ids::{AssessmentId, CaseId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::text::Line;
use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::{Answered, Coded};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    AnsweredCode, AssessmentModalityCode, BabinskiSignCode, Code, EarSymptomCode, HistoryItemCode,
    HouseBrackmannGradeCode, LateralityCode, OnsetSiteCode, PreviousFacialPalsyCode, RedFlagCode, RelieverCode,
    SpasmFormCode, SpasmFrequencyCode, SpasmRegionCode, SpasmTriggerCode, SpasmTypeCode, VisionInterferenceCode,
    YesNoUnknownCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Created, Id, IdempotencyKey, Instant, Versioned};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// The longest one-line text, in code points.
const LINE: usize = 500;

/// The most substances that an assessment names.
const MAX_SUBSTANCES: usize = 50;

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordAssessmentRequest {
    /// When; not in the future.
    #[schema(value_type = DateTime<Utc>)]
    taken_at: Instant,
    /// How it was taken.
    modality: AssessmentModalityCode,
    /// The side; it becomes the side of the case. Once a hospital was told another side, only a
    /// doctor's review corrects it, and an assessment that names it answers 409.
    laterality: LateralityCode,
    /// When it began, as far as it is known: a year, a month or a day; not before birth.
    #[schema(example = "2022-07")]
    onset: String,
    /// Where it began.
    onset_site: OnsetSiteCode,
    /// Which way it spread.
    form: SpasmFormCode,
    /// The regions that move; at least one, each once.
    regions: Vec<SpasmRegionCode>,
    /// The kind of spasm.
    spasm_type: SpasmTypeCode,
    /// How often.
    frequency: SpasmFrequencyCode,
    /// Whether it goes on in sleep.
    in_sleep: YesNoUnknownCode,
    /// What sets it off, each once.
    triggers: Vec<SpasmTriggerCode>,
    /// What eases it, each once.
    relievers: Vec<RelieverCode>,
    /// Symptoms of the ear, each once.
    ear_symptoms: Vec<EarSymptomCode>,
    /// How far it disturbs seeing.
    vision_interference: VisionInterferenceCode,
    /// Pain on the numeric rating scale, 0–10. The spasm is painless: more than 0 is a red flag.
    #[schema(minimum = 0, maximum = 10, example = 0)]
    pain: u8,
    /// Whether the brow lifts while the eye closes.
    babinski: BabinskiSignCode,
    /// Facial weakness before any operation.
    facial_weakness: HouseBrackmannGradeCode,
    /// An earlier facial palsy.
    previous_facial_palsy: PreviousFacialPalsyCode,
    /// Red flags, each once. Those that follow from age, side and pain are added by themselves.
    #[serde(default)]
    red_flags: Vec<RedFlagCode>,
    /// What is known of allergies.
    allergies: AllergiesBody,
    /// The answers on history, each item once. Every item must be answered before medical review.
    history: Vec<HistoryAnswerBody>,
}

/// What is known of allergies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AllergiesBody {
    /// `none` when there are none, `unknown` when nobody knows, `recorded` with the substances.
    answer: AnsweredCode,
    /// The substances, 1–500 characters each, at most 50; for `recorded` only, and then at least one.
    #[serde(default)]
    #[schema(example = json!(["Penicillin"]))]
    substances: Vec<String>,
}

/// An answer on history.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HistoryAnswerBody {
    /// Which item.
    item: HistoryItemCode,
    /// The answer; `recorded` needs the text.
    answer: AnsweredCode,
    /// What was recorded, 1–500 characters.
    #[schema(example = "كاربامازيبين 200 ملغ مرتين يوميًا")]
    text: Option<String>,
}

impl TryFrom<RecordAssessmentRequest> for NewAssessment {
    type Error = Invalid;

    fn try_from(request: RecordAssessmentRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let onset = fields.take("/onset", PartialDate::parse(&request.onset));
        let regions = distinct(&mut fields, "/regions", request.regions);
        let triggers = distinct(&mut fields, "/triggers", request.triggers);
        let relievers = distinct(&mut fields, "/relievers", request.relievers);
        let ear_symptoms = distinct(&mut fields, "/ear_symptoms", request.ear_symptoms);
        let red_flags = distinct(&mut fields, "/red_flags", request.red_flags);
        let allergies = allergies(&mut fields, &request.allergies);
        let history = history(&mut fields, request.history);
        fields.finish(|| {
            let findings = SymptomFindings {
                modality: request.modality.0,
                laterality: request.laterality.0,
                onset: onset?,
                onset_site: request.onset_site.0,
                form: request.form.0,
                regions,
                spasm_type: request.spasm_type.0,
                frequency: request.frequency.0,
                in_sleep: request.in_sleep.0,
                triggers,
                relievers,
                ear_symptoms,
                vision_interference: request.vision_interference.0,
                pain: request.pain,
                babinski: request.babinski.0,
                facial_weakness: request.facial_weakness.0,
                previous_facial_palsy: request.previous_facial_palsy.0,
            };
            Some(Self { taken_at: request.taken_at.0, findings, red_flags, allergies, history })
        })
    }
}

/// The codes of a list, each of which may stand once.
fn distinct<T: Coded>(fields: &mut Fields, pointer: &str, codes: Vec<Code<T>>) -> Vec<T> {
    let mut kept = Vec::new();
    for (index, Code(value)) in codes.into_iter().enumerate() {
        if kept.contains(&value) {
            fields.refuse(&format!("{pointer}/{index}"), FieldCode::Duplicate);
        } else {
            kept.push(value);
        }
    }
    kept
}

fn allergies(fields: &mut Fields, given: &AllergiesBody) -> Allergies {
    let substances = &given.substances;
    fields.require("/allergies/substances", substances.len() <= MAX_SUBSTANCES, FieldCode::TooMany);
    let named =
        fields.take_all("/allergies/substances", substances.iter().map(|substance| Line::parse(substance, LINE)));
    let unnamed = given.answer.0 == Answered::Recorded || substances.is_empty();
    fields.require("/allergies/substances", unnamed, FieldCode::Contradicts);
    match given.answer.0 {
        Answered::None => Allergies::NoneKnown,
        Answered::Unknown => Allergies::Unknown,
        Answered::Recorded => Allergies::Known(named),
    }
}

fn history(fields: &mut Fields, given: Vec<HistoryAnswerBody>) -> Vec<HistoryAnswer> {
    let mut answers = Vec::new();
    for (index, answer) in given.into_iter().enumerate() {
        let text = answer.text.map(|text| Line::parse(&text, LINE));
        let text = fields.take_optional(&format!("/history/{index}/text"), text);
        answers.push(HistoryAnswer { item: answer.item.0, answer: answer.answer.0, text });
    }
    answers
}

/// A symptom assessment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assessment)]
struct AssessmentView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// The user who took it.
    taken_by: Uuid,
    /// When it was taken.
    taken_at: DateTime<Utc>,
    /// How it was taken.
    modality: AssessmentModalityCode,
    /// The side.
    laterality: LateralityCode,
    /// When it began, as far as it is known.
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
    /// Whether it goes on in sleep.
    in_sleep: YesNoUnknownCode,
    /// What sets it off.
    triggers: Vec<SpasmTriggerCode>,
    /// What eases it.
    relievers: Vec<RelieverCode>,
    /// Symptoms of the ear.
    ear_symptoms: Vec<EarSymptomCode>,
    /// How far it disturbs seeing.
    vision_interference: VisionInterferenceCode,
    /// Pain on the numeric rating scale, 0–10.
    #[schema(minimum = 0, maximum = 10)]
    pain: u8,
    /// Whether the brow lifts while the eye closes.
    babinski: BabinskiSignCode,
    /// Facial weakness before any operation.
    facial_weakness: HouseBrackmannGradeCode,
    /// An earlier facial palsy.
    previous_facial_palsy: PreviousFacialPalsyCode,
    /// What argues for a closer look.
    red_flags: Vec<RedFlagCode>,
    /// What is known of allergies.
    allergies: AllergiesView,
    /// The answers on history.
    history: Vec<HistoryAnswerView>,
}

/// What is known of allergies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AllergiesView {
    /// `none` when there are none, `unknown` when nobody knows, else `recorded`.
    answer: AnsweredCode,
    /// The substances; none for those who may read no names.
    substances: Vec<TextView>,
}

/// An answer on history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryAnswerView {
    /// Which item.
    item: HistoryItemCode,
    /// The answer.
    answer: AnsweredCode,
    /// What was recorded; absent for those who may read no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<TextView>,
}

impl From<Permitted<SymptomAssessment>> for AssessmentView {
    fn from(assessment: Permitted<SymptomAssessment>) -> Self {
        let audience = assessment.permit().audience();
        let assessment = assessment.into_inner();
        let findings = assessment.findings;
        Self {
            id: assessment.id.uuid(),
            case_id: assessment.case_id.uuid(),
            taken_by: assessment.taken_by.uuid(),
            taken_at: assessment.taken_at,
            modality: findings.modality.into(),
            laterality: findings.laterality.into(),
            onset: findings.onset.to_string(),
            onset_site: findings.onset_site.into(),
            form: findings.form.into(),
            regions: codes(findings.regions),
            spasm_type: findings.spasm_type.into(),
            frequency: findings.frequency.into(),
            in_sleep: findings.in_sleep.into(),
            triggers: codes(findings.triggers),
            relievers: codes(findings.relievers),
            ear_symptoms: codes(findings.ear_symptoms),
            vision_interference: findings.vision_interference.into(),
            pain: findings.pain,
            babinski: findings.babinski.into(),
            facial_weakness: findings.facial_weakness.into(),
            previous_facial_palsy: findings.previous_facial_palsy.into(),
            red_flags: codes(assessment.red_flags),
            allergies: AllergiesView::of(&assessment.allergies, audience),
            history: assessment.history.iter().map(|given| HistoryAnswerView::of(given, audience)).collect(),
        }
    }
}

fn codes<T: Coded>(values: Vec<T>) -> Vec<Code<T>> {
    values.into_iter().map(Code).collect()
}

impl AllergiesView {
    pub(crate) fn of(allergies: &Allergies, audience: Audience) -> Self {
        let (answer, named) = match allergies {
            Allergies::Unknown => (Answered::Unknown, [].as_slice()),
            Allergies::NoneKnown => (Answered::None, [].as_slice()),
            Allergies::Known(named) => (Answered::Recorded, named.as_slice()),
        };
        let shown = named.iter().filter(|_| audience > Audience::Masked);
        Self { answer: answer.into(), substances: shown.map(|named| TextView::plain(named.as_str())).collect() }
    }
}

impl HistoryAnswerView {
    pub(crate) fn of(given: &HistoryAnswer, audience: Audience) -> Self {
        let shown = given.text.as_ref().filter(|_| audience > Audience::Masked);
        Self {
            item: given.item.into(),
            answer: given.answer.into(),
            text: shown.map(|text| TextView::plain(text.as_str())),
        }
    }
}

/// Record a symptom assessment
///
/// It is never changed; a later one replaces it in meaning. Its side becomes the side of the case.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/symptom-assessments",
    tag = "assessments",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = RecordAssessmentRequest,
    responses((status = 201, description = "The assessment.", body = AssessmentView), CreateProblems),
    security(("bearer" = []))
)]
async fn record_assessment(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<RecordAssessmentRequest>,
) -> Result<Created<Versioned<AssessmentView>>, Problem> {
    let assessment = assessments::record_assessment(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/symptom-assessments/{}", assessment.id);
    Ok(Created(address, Versioned(Version::FIRST, assessment.into())))
}

/// List the symptom assessments of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/symptom-assessments",
    tag = "assessments",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses(
        (status = 200, description = "The assessments, newest first.", body = PageView<AssessmentView>),
        ReadProblems
    ),
    security(("bearer" = []))
)]
async fn list_assessments(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<AssessmentView>>, Problem> {
    let assessments = assessments::list_assessments(api.app(), &caller.0, case_id, query.into()).await?;
    Ok(ApiJson(paging::view(assessments)))
}

/// Read a symptom assessment
#[utoipa::path(
    get,
    path = "/cases/{case_id}/symptom-assessments/{assessment_id}",
    tag = "assessments",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("assessment_id" = Uuid, Path, description = "The assessment."),
    ),
    responses((status = 200, description = "The assessment.", body = AssessmentView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_assessment(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<AssessmentId>>,
) -> Result<Versioned<AssessmentView>, Problem> {
    let assessment = assessments::view_assessment(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(Version::FIRST, assessment.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_assessments, record_assessment)).routes(routes!(view_assessment))
}
