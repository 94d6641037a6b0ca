//! Review decisions: what the doctor of the case recommends, signed.

use rafiq_domain::ids::{CaseId, ReviewId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::reviews::{Conservative, Review};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{
    ContraindicationItem, Diagnosis, IndicationItem, Laterality, Recommendation, SpokenLanguage, UnsuitabilityReason,
    YesNoUnknown,
};
use rafiq_persistence::reviews;

use crate::{App, Caller, Refused, assessments, cases};

/// What a doctor decides.
#[derive(Debug, Clone)]
pub struct ReviewDecision {
    /// What the doctor recommends.
    pub recommendation: Recommendation,
    /// The working diagnosis.
    pub diagnosis: Option<Diagnosis>,
    /// The side that the doctor confirms.
    pub laterality: Option<Laterality>,
    /// The answers to the indications.
    pub indications: Vec<(IndicationItem, YesNoUnknown)>,
    /// The answers to the contraindications.
    pub contraindications: Vec<(ContraindicationItem, YesNoUnknown)>,
    /// What was done about the red flags.
    pub red_flags_addressed: Option<Prose>,
    /// The plan, when no surgery is recommended.
    pub conservative: Option<Conservative>,
    /// Why the patient is unsuitable.
    pub unsuitability: Option<UnsuitabilityReason>,
    /// What the patient is advised instead.
    pub advice: Option<Prose>,
    /// The clinical summary that a hospital reads.
    pub summary: Prose,
    /// The language of the summary.
    pub summary_language: SpokenLanguage,
}

/// Signs a review decision. The side that it names becomes the side of the case, also after a
/// hospital was told another: that correction is the doctor's alone.
///
/// # Errors
/// [`Refused`] when there is no such case, the caller is not its doctor, or the decision lacks what
/// its recommendation needs.
pub async fn sign_review(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    decision: ReviewDecision,
) -> Result<Permitted<Review>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::SignReview, case_id).await?;
        case.takes_entries()?;
        let review = Review {
            id: ReviewId::new(app.ids()),
            case_id,
            doctor_id: caller.actor.user_id().ok_or(NotFound)?,
            signed_at: app.now(),
            recommendation: decision.recommendation,
            diagnosis: decision.diagnosis,
            laterality: decision.laterality,
            indications: decision.indications,
            contraindications: decision.contraindications,
            red_flags_addressed: decision.red_flags_addressed,
            conservative: decision.conservative,
            unsuitability: decision.unsuitability,
            advice: decision.advice,
            summary: decision.summary,
            summary_language: decision.summary_language,
        };
        let review = case.with(review.check(app.now().date_naive())?);
        reviews::insert(tx, &review).await?;
        if let Some(side) = review.laterality {
            assessments::take_side(app, tx, &case, side).await?;
        }
        Ok(review)
    })
    .await
}

/// One review of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_review(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReviewId,
) -> Result<Permitted<Review>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let review = reviews::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(review))
    })
    .await
}

/// One page of a case's reviews, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn list_reviews(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<Review>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let reviews = reviews::list_of_case(db, case_id, page).await?;
        Ok(case.with(reviews))
    })
    .await
}
