//! Doctors' review decisions.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::reviews::{self, ReviewDecision};
use rafiq_domain::ids::{CaseId, ReviewId};
use rafiq_domain::notes::LONGEST_NOTE;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::reviews::{Conservative, Review};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{ContraindicationItem, IndicationItem, YesNoUnknown};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    ConservativePlanCode, ContraindicationItemCode, DiagnosisCode, IndicationItemCode, LateralityCode,
    RecommendationCode, SpokenLanguageCode, UnsuitabilityReasonCode, YesNoUnknownCode,
};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Created, Day, Id, IdempotencyKey, Versioned};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// What a doctor decides, and signs by sending it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignReviewRequest {
    /// What the doctor recommends.
    recommendation: RecommendationCode,
    /// The working diagnosis; required for `surgical_opinion` and `other_dx`.
    diagnosis: Option<DiagnosisCode>,
    /// The side that the doctor confirms; required for `surgical_opinion`. It becomes the side of
    /// the case, also when a hospital was told another: that correction is the doctor's alone.
    laterality: Option<LateralityCode>,
    /// The answers to the indications, each item once.
    #[serde(default)]
    indications: Vec<IndicationAnswer>,
    /// The answers to the contraindications, each item once.
    #[serde(default)]
    contraindications: Vec<ContraindicationAnswer>,
    /// What was done about the red flags, 1–20,000 characters.
    red_flags_addressed: Option<String>,
    /// The plan; required for `botulinum`, `drug` and `observe`.
    conservative: Option<ConservativeBody>,
    /// Why the patient is unsuitable; required for `unsuitable`.
    unsuitability: Option<UnsuitabilityReasonCode>,
    /// What the patient is advised instead, 1–20,000 characters; required for `unsuitable` and `other_dx`.
    advice: Option<String>,
    /// The clinical summary that a hospital reads, 1–20,000 characters.
    #[schema(example = "Left hemifacial spasm since 2022, typical form, botulinum wearing off. No red flags.")]
    summary: String,
    /// The language of the summary.
    summary_language: SpokenLanguageCode,
}

/// An answered indication.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IndicationAnswer {
    /// Which item.
    item: IndicationItemCode,
    /// The answer.
    answer: YesNoUnknownCode,
}

/// An answered contraindication.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContraindicationAnswer {
    /// Which item.
    item: ContraindicationItemCode,
    /// The answer.
    answer: YesNoUnknownCode,
}

impl From<(IndicationItem, YesNoUnknown)> for IndicationAnswer {
    fn from((item, answer): (IndicationItem, YesNoUnknown)) -> Self {
        Self { item: item.into(), answer: answer.into() }
    }
}

impl From<(ContraindicationItem, YesNoUnknown)> for ContraindicationAnswer {
    fn from((item, answer): (ContraindicationItem, YesNoUnknown)) -> Self {
        Self { item: item.into(), answer: answer.into() }
    }
}

/// A plan without surgery.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConservativeCare)]
struct ConservativeBody {
    /// What is done.
    plan: ConservativePlanCode,
    /// When it is looked at again: from today up to 180 days ahead.
    #[schema(value_type = NaiveDate)]
    review_on: Day,
}

impl TryFrom<SignReviewRequest> for ReviewDecision {
    type Error = Invalid;

    fn try_from(request: SignReviewRequest) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let prose = |text: String| Prose::parse(&text, LONGEST_NOTE);
        let red_flags_addressed = fields.take_optional("/red_flags_addressed", request.red_flags_addressed.map(prose));
        let advice = fields.take_optional("/advice", request.advice.map(prose));
        let summary = fields.take("/summary", prose(request.summary));
        let plan = |body: ConservativeBody| Conservative { plan: body.plan.0, review_on: body.review_on.0 };
        fields.finish(|| {
            Some(Self {
                recommendation: request.recommendation.0,
                diagnosis: request.diagnosis.map(|diagnosis| diagnosis.0),
                laterality: request.laterality.map(|side| side.0),
                indications: request.indications.iter().map(|given| (given.item.0, given.answer.0)).collect(),
                contraindications: request
                    .contraindications
                    .iter()
                    .map(|given| (given.item.0, given.answer.0))
                    .collect(),
                red_flags_addressed,
                conservative: request.conservative.map(plan),
                unsuitability: request.unsuitability.map(|reason| reason.0),
                advice,
                summary: summary?,
                summary_language: request.summary_language.0,
            })
        })
    }
}

/// A signed review decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
struct ReviewView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// The doctor who signed.
    doctor_id: Uuid,
    /// When it was signed.
    signed_at: DateTime<Utc>,
    /// What the doctor recommends.
    recommendation: RecommendationCode,
    /// The working diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    diagnosis: Option<DiagnosisCode>,
    /// The side that the doctor confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    laterality: Option<LateralityCode>,
    /// The answers to the indications.
    indications: Vec<IndicationAnswer>,
    /// The answers to the contraindications.
    contraindications: Vec<ContraindicationAnswer>,
    /// What was done about the red flags; absent for those who may read no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    red_flags_addressed: Option<TextView>,
    /// The plan without surgery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    conservative: Option<ConservativeBody>,
    /// Why the patient is unsuitable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unsuitability: Option<UnsuitabilityReasonCode>,
    /// What the patient is advised instead; absent for those who may read no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    advice: Option<TextView>,
    /// The clinical summary that a hospital reads; absent for those who may read no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    summary: Option<TextView>,
}

impl From<Permitted<Review>> for ReviewView {
    fn from(review: Permitted<Review>) -> Self {
        let named = review.permit().audience() > Audience::Masked;
        let review = review.into_inner();
        let plain = |text: &Prose| TextView::plain(text.as_str());
        Self {
            id: review.id.uuid(),
            case_id: review.case_id.uuid(),
            doctor_id: review.doctor_id.uuid(),
            signed_at: review.signed_at,
            recommendation: review.recommendation.into(),
            diagnosis: review.diagnosis.map(DiagnosisCode::from),
            laterality: review.laterality.map(LateralityCode::from),
            indications: review.indications.into_iter().map(IndicationAnswer::from).collect(),
            contraindications: review.contraindications.into_iter().map(ContraindicationAnswer::from).collect(),
            red_flags_addressed: review.red_flags_addressed.as_ref().filter(|_| named).map(plain),
            conservative: review
                .conservative
                .map(|care| ConservativeBody { plan: care.plan.into(), review_on: Day(care.review_on) }),
            unsuitability: review.unsuitability.map(UnsuitabilityReasonCode::from),
            advice: review.advice.as_ref().filter(|_| named).map(plain),
            summary: named.then(|| TextView::spoken(review.summary.as_str(), review.summary_language)),
        }
    }
}

/// Sign a review decision
///
/// Only the doctor of the case may. It is never changed; a later one replaces it in meaning.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/reviews",
    tag = "reviews",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = SignReviewRequest,
    responses((status = 201, description = "The review.", body = ReviewView), CreateProblems),
    security(("bearer" = []))
)]
async fn sign_review(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<SignReviewRequest>,
) -> Result<Created<Versioned<ReviewView>>, Problem> {
    let review = reviews::sign_review(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/reviews/{}", review.id);
    Ok(Created(address, Versioned(Version::FIRST, review.into())))
}

/// List the reviews of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/reviews",
    tag = "reviews",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The reviews, newest first.", body = PageView<ReviewView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_reviews(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<ReviewView>>, Problem> {
    let reviews = reviews::list_reviews(api.app(), &caller.0, case_id, query.into()).await?;
    Ok(ApiJson(paging::view(reviews)))
}

/// Read a review
#[utoipa::path(
    get,
    path = "/cases/{case_id}/reviews/{review_id}",
    tag = "reviews",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("review_id" = Uuid, Path, description = "The review."),
    ),
    responses((status = 200, description = "The review.", body = ReviewView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_review(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<ReviewId>>,
) -> Result<Versioned<ReviewView>, Problem> {
    let review = reviews::view_review(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(Version::FIRST, review.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_reviews, sign_review)).routes(routes!(view_review))
}
