//! Symptom assessments: what the patient has, and the side of the case with it.

use chrono::{DateTime, Utc};
use rafiq_domain::assessments::{Allergies, HistoryAnswer, SymptomAssessment, SymptomFindings};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{AssessmentId, CaseId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::referrals::Referral;
use rafiq_domain::refusal::{Invalid, NotFound};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Laterality, RedFlag};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{assessments, patients, referrals};

use crate::{App, Caller, Refused, cases, clearances};

/// What was found.
#[derive(Debug, Clone)]
pub struct NewAssessment {
    /// When.
    pub taken_at: DateTime<Utc>,
    /// The coded findings.
    pub findings: SymptomFindings,
    /// What argues for a closer look, besides what follows from the findings.
    pub red_flags: Vec<RedFlag>,
    /// What is known of allergies.
    pub allergies: Allergies,
    /// The answers on history.
    pub history: Vec<HistoryAnswer>,
}

/// Records an assessment; its side becomes the side of the case.
///
/// # Errors
/// [`Refused`] when there is no such case, the caller may not, the findings are not sound, or a
/// hospital was told another side.
pub async fn record_assessment(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewAssessment,
) -> Result<Permitted<SymptomAssessment>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordAssessment, case_id).await?;
        case.takes_entries()?;
        let assessment = SymptomAssessment {
            id: AssessmentId::new(app.ids()),
            case_id,
            taken_by: caller.actor.user_id().ok_or(NotFound)?,
            taken_at: new.taken_at,
            findings: new.findings,
            red_flags: new.red_flags,
            allergies: new.allergies,
            history: new.history,
        };
        let patient = patients::get(tx, case.patient_id).await?;
        let born = patient.details.birth.as_ref().map(|birth| *birth.date);
        let assessment = assessment.check(born, app.now())?;
        assessment.expect_side_of(&case, any_referral_sent(tx, &case).await?)?;
        let assessment = case.with(assessment);
        assessments::insert(tx, &assessment).await?;
        take_side(app, tx, &case, assessment.findings.laterality).await?;
        Ok(assessment)
    })
    .await
}

/// Whether a hospital was told of the case.
async fn any_referral_sent(tx: &Tx, case: &Case) -> Result<bool, Refused> {
    Ok(referrals::of_cycle(tx, case).await?.iter().any(Referral::is_visible_to_hospital))
}

/// Makes `side` the side of the case. Surgery that was cleared for another side is cleared no more.
pub(crate) async fn take_side(app: &App, tx: &Tx, case: &Permitted<Case>, side: Laterality) -> Result<(), Refused> {
    if case.laterality == Some(side) {
        return Ok(());
    }
    let corrected = case.clone().map(|case| Case { laterality: Some(side), ..case });
    rafiq_persistence::cases::update(tx, &corrected).await?;
    let reason = Line::parse(&format!("the side was corrected to {side}"), 200);
    clearances::revoke_standing(app, tx, case, reason.map_err(|code| Invalid::at("", code))?).await
}

/// One assessment of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_assessment(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: AssessmentId,
) -> Result<Permitted<SymptomAssessment>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let assessment = assessments::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(assessment))
    })
    .await
}

/// One page of a case's assessments, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn list_assessments(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<SymptomAssessment>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let assessments = assessments::list_of_case(db, case_id, page).await?;
        Ok(case.with(assessments))
    })
    .await
}
