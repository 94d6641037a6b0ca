//! Reports: what a hospital tells us, taken once, with everything that follows from it in one unit.

mod effects;

use chrono::{DateTime, Utc};
use rafiq_domain::cases::{CaseFile, Stage};
use rafiq_domain::ids::{ReferralId, ReportId};
use rafiq_domain::policy::{Action, Permitted, ReferralInCase};
use rafiq_domain::refusal::{NotFound, ProblemCode};
use rafiq_domain::reports::{Fact, Report};
use rafiq_domain::tasks::{TaskKind, work_after};
use rafiq_domain::vocabulary::{Coded, OnBehalfOf};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{patients, reports};

use crate::referrals::hospital_side::find_own;
use crate::referrals::{file_for, save};
use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused};

/// How often a report is tried that others overtake.
const ATTEMPTS: usize = 3;

/// What a hospital says.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The hospital's own id of the event: a report sent twice is taken once.
    pub event_id: ReportId,
    /// The medical record number of the patient whom the hospital means.
    pub mrn: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What happened.
    pub fact: Fact,
}

/// Takes a report on a referral: what the referral keeps of it, what it leaves on the case, and the
/// steps that the case takes by it. A report sent again gets the first answer again.
///
/// # Errors
/// [`Refused`] when there is no such referral of the caller's hospital, the report is about another
/// patient or side, cannot come in the referral's state, or reuses the id of another.
pub async fn report(
    app: &App,
    caller: &Caller,
    referral_id: ReferralId,
    new: NewReport,
) -> Result<Permitted<Report>, Refused> {
    let fact = new.fact.check(new.occurred_at, app.now())?;
    let new = NewReport { fact, ..new };
    let mut taken = take(app, caller, referral_id, new.clone()).await;
    for _ in 1..ATTEMPTS {
        if !taken.as_ref().is_err_and(overtaken) {
            break;
        }
        taken = take(app, caller, referral_id, new.clone()).await;
    }
    if let Err(refused) = &taken
        && matches!(refused.code(), ProblemCode::WrongPatient | ProblemCode::WrongSide)
    {
        raise_mismatch(app, caller, referral_id, refused.code()).await?;
    }
    taken
}

/// What has happened already is not turned away because someone worked on the case at the same
/// moment, or because the same report came twice at once.
fn overtaken(refused: &Refused) -> bool {
    matches!(refused.code(), ProblemCode::StaleVersion | ProblemCode::AlreadyExists)
}

async fn take(
    app: &App,
    caller: &Caller,
    referral_id: ReferralId,
    new: NewReport,
) -> Result<Permitted<Report>, Refused> {
    app.write(caller, async |tx| {
        let found = find_own(caller, tx, Action::ReportOnReferral, referral_id).await?;
        let report = found.with(Report {
            id: new.event_id,
            referral_id,
            mrn: new.mrn,
            occurred_at: new.occurred_at,
            recorded_at: app.now(),
            reported_by: caller.actor.user_id().ok_or(NotFound)?,
            fact: new.fact,
            led_to: found.referral.state,
        });
        if let Some(first) = reports::find(tx, referral_id, report.id).await? {
            first.repeats(&report)?;
            return Ok(found.with(first));
        }
        let before = file_for(app, tx, &found.case, &found.referral).await?;
        expect_open(&before, &report)?;
        report.concerns(&patients::numbers_of(tx, &before.patient).await?, before.case.laterality)?;
        report.follows(before.procedure())?;
        let referral =
            found.with(found.referral.clone()).try_map(|referral| referral.take(&report.fact, report.occurred_at))?;
        let report = report.map(|report| Report { led_to: referral.state, ..report });
        reports::insert(tx, &report).await?;
        let referral = save(app, tx, referral).await?;
        let case = found.with(found.case.clone());
        effects::write(app, tx, &case, &before, &report).await?;
        // What follows depends on the other referrals too: saving this one has waited for those that changed.
        let mut file = file_for(app, tx, &case, &referral).await?;
        follow(app, tx, &found, &mut file, &report).await?;
        Ok(report)
    })
    .await
}

/// A bill may come after everything else, and what happened before a death is recorded after it;
/// nothing more is told of a case that has ended for good.
fn expect_open(file: &CaseFile, report: &Report) -> Result<(), Refused> {
    let case = &file.case;
    let died_at = file.died_at().unwrap_or(case.stage_since);
    let before_death = case.stage == Stage::Deceased && report.occurred_at <= died_at;
    if before_death || matches!(report.fact, Fact::InvoiceFinal { .. }) {
        Ok(case.takes_last_entries()?)
    } else {
        Ok(case.takes_entries()?)
    }
}

/// Takes the steps that follow. When the case stands where none does, someone of ours must know.
async fn follow(
    app: &App,
    tx: &Tx,
    found: &Permitted<ReferralInCase>,
    file: &mut CaseFile,
    report: &Report,
) -> Result<(), Refused> {
    let triggers = report.fact.triggers(file);
    let Some((first, _)) = triggers.first().copied() else { return Ok(()) };
    let stood = file.case.version;
    let told = Occurrence { at: report.occurred_at, on_behalf_of: Some(OnBehalfOf::Hospital) };
    steps::follow(app, tx, found, file, triggers, report.fact.reason().as_ref(), told).await?;
    if file.case.version == stood {
        let work = work_after(first).unwrap_or(TaskKind::GateViolation);
        steps::raise(app, tx, found, &file.case, work, vec![report.fact.kind().code().to_owned()]).await?;
    }
    Ok(())
}

/// A hospital that means another patient or side is refused, and our staff must know at once (domain §1.9).
async fn raise_mismatch(app: &App, caller: &Caller, id: ReferralId, code: ProblemCode) -> Result<(), Refused> {
    app.write(caller, async |tx| {
        let found = find_own(caller, tx, Action::ReportOnReferral, id).await?;
        steps::raise(app, tx, &found, &found.case, TaskKind::GateViolation, vec![code.code().to_owned()]).await?;
        Ok(found)
    })
    .await
    .map(|_| ())
}
