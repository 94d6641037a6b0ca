//! Follow-up visits: planned after the discharge, and recorded when the patient was seen.

use chrono::{DateTime, NaiveDate, Utc};
use rafiq_domain::cases::Trigger;
use rafiq_domain::discharge::{FollowUpVisit, KondoScore, VisitFindings};
use rafiq_domain::ids::{CaseId, FollowUpVisitId, UserId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{FieldCode, Fields, Invalid, NotFound};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{HearingStatus, HouseBrackmannGrade, OutcomeCourse, Timepoint, VisitMode};
use rafiq_persistence::{case_files, discharges, visits};

use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, cases};

/// A visit to plan.
#[derive(Debug, Clone, Copy)]
pub struct NewVisit {
    /// Which point after the operation.
    pub timepoint: Timepoint,
    /// When it is due.
    pub due_on: NaiveDate,
}

/// What someone found who saw the patient.
#[derive(Debug, Clone)]
pub struct SeenPatient {
    /// When the patient was seen.
    pub seen_at: DateTime<Utc>,
    /// How they were seen.
    pub mode: VisitMode,
    /// How much better the spasm is, in percent.
    pub improvement_percent: u8,
    /// How the spasm went on.
    pub course: OutcomeCourse,
    /// Facial function.
    pub facial_function: HouseBrackmannGrade,
    /// The hearing.
    pub hearing: HearingStatus,
    /// What else was found.
    pub note: Option<Prose>,
    /// The outcome, when it is judged.
    pub outcome: Option<KondoScore>,
}

impl SeenPatient {
    fn recorded_by(self, recorded_by: UserId) -> VisitFindings {
        VisitFindings {
            seen_at: self.seen_at,
            recorded_by,
            mode: self.mode,
            improvement_percent: self.improvement_percent,
            course: self.course,
            facial_function: self.facial_function,
            hearing: self.hearing,
            note: self.note,
            outcome: self.outcome,
        }
    }
}

impl NewVisit {
    fn check(self, today: NaiveDate) -> Result<Self, Invalid> {
        let before_home = matches!(self.timepoint, Timepoint::Baseline | Timepoint::PreOp | Timepoint::Discharge);
        let mut fields = Fields::new();
        fields.require("/timepoint", !before_home, FieldCode::Contradicts);
        fields.require("/due_on", self.due_on >= today, FieldCode::InThePast);
        fields.finish(|| Some(self))
    }
}

/// Plans a visit beside those that the discharge planned.
///
/// # Errors
/// [`Refused`] when there is no such case, the due day is past, or the point is planned already.
pub async fn plan_visit(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewVisit,
) -> Result<Permitted<FollowUpVisit>, Refused> {
    let new = new.check(app.now().date_naive())?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordVisit, case_id).await?;
        case.takes_entries()?;
        let visit = case.with(FollowUpVisit {
            id: FollowUpVisitId::new(app.ids()),
            case_id,
            cycle: case.surgery_cycle,
            timepoint: new.timepoint,
            due_on: new.due_on,
            findings: None,
            version: Version::FIRST,
        });
        visits::insert(tx, &visit).await?;
        Ok(visit)
    })
    .await
}

/// Records what a visit found. The first visits take place before the patient flies home, at a
/// stage that has no step for them; then only the findings are kept.
///
/// # Errors
/// [`Refused`] when there is no such visit, it was recorded before, or the findings are not sound.
pub async fn record_visit(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: FollowUpVisitId,
    decided_on: Version,
    seen: SeenPatient,
) -> Result<Permitted<FollowUpVisit>, Refused> {
    let occurrence = Occurrence { at: seen.seen_at, ..Occurrence::now(app) };
    let findings = seen.recorded_by(caller.actor.user_id().ok_or(NotFound)?).check(app.now())?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordVisit, case_id).await?;
        case.takes_entries()?;
        let visit = visits::find(tx, case_id, id).await?.ok_or(NotFound)?;
        visit.version.expect(decided_on)?;
        // Who was readmitted left several times; any visit follows the first of them.
        let discharged = discharges::of_case(tx, case_id).await?;
        let first =
            discharged.iter().filter(|discharge| discharge.cycle == visit.cycle).map(|left| left.discharged_at).min();
        let done = case.with(visit).try_map(|visit| visit.record(findings, first))?;
        let version = visits::update(tx, &done).await?;
        let mut file = case_files::assemble(tx, (*case).clone()).await?;
        steps::follow(app, tx, &case, &mut file, vec![(Trigger::RecordVisit, None)], None, occurrence).await?;
        Ok(done.map(|visit| FollowUpVisit { version, ..visit }))
    })
    .await
}

/// One visit of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_visit(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: FollowUpVisitId,
) -> Result<Permitted<FollowUpVisit>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let visit = visits::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(visit))
    })
    .await
}

/// All visits of a case, by due day.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_visits(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<FollowUpVisit>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let visits = visits::of_case(db, case_id).await?;
        Ok(case.with(visits))
    })
    .await
}
