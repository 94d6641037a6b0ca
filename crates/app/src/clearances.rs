//! Surgery clearances: asked for by the coordinator, decided by the doctor, revoked when what they rested on changes.

use rafiq_domain::cases::{Case, StepRefused};
use rafiq_domain::ids::{CaseId, ClearanceId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{NotFound, WrongState};
use rafiq_domain::surgery::{Clearance, Procedure, in_the_way_of_clearance};
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{ClearanceState, ProcedureState};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{case_files, clearances, procedures};

use crate::{App, Caller, Refused, cases, steps};

/// Asks the doctor to clear the surgery.
///
/// # Errors
/// [`Refused`] with all gates that are shut, or when a clearance is asked for or given already.
pub async fn request_clearance(app: &App, caller: &Caller, case_id: CaseId) -> Result<Permitted<Clearance>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RequestClearance, case_id).await?;
        case.takes_entries()?;
        let requested_by = caller.actor.user_id().ok_or(NotFound)?;
        let file = case_files::assemble(tx, (*case).clone()).await?;
        let unmet = in_the_way_of_clearance(&file, app.now());
        if !unmet.is_empty() {
            return Err(StepRefused::Unmet(unmet).into());
        }
        let clearance = case.with(Clearance {
            id: ClearanceId::new(app.ids()),
            case_id,
            cycle: case.surgery_cycle,
            state: ClearanceState::Requested,
            requested_by,
            requested_at: app.now(),
            decided_by: None,
            decided_at: None,
            reason: None,
            version: Version::FIRST,
        });
        clearances::insert(tx, &clearance).await?;
        Ok(clearance)
    })
    .await
}

/// Clears the surgery.
///
/// # Errors
/// [`Refused`] when there is no such clearance, it was decided before, or a gate has shut in the meantime.
pub async fn clear_surgery(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ClearanceId,
    decided_on: Version,
) -> Result<Permitted<Clearance>, Refused> {
    app.write(caller, async |tx| {
        let (case, clearance) = find(tx, caller, case_id, id, decided_on).await?;
        let by = caller.actor.user_id().ok_or(NotFound)?;
        let file = case_files::assemble(tx, (*case).clone()).await?;
        save(tx, case.with(clearance).try_map(|clearance| clearance.clear(by, &file, app.now()))?).await
    })
    .await
}

/// Refuses to clear the surgery.
///
/// # Errors
/// [`Refused`] when there is no such clearance, or it was decided before.
pub async fn refuse_clearance(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ClearanceId,
    decided_on: Version,
    reason: Line,
) -> Result<Permitted<Clearance>, Refused> {
    app.write(caller, async |tx| {
        let (case, clearance) = find(tx, caller, case_id, id, decided_on).await?;
        let by = caller.actor.user_id().ok_or(NotFound)?;
        save(tx, case.with(clearance).try_map(|clearance| clearance.refuse(by, reason, app.now()))?).await
    })
    .await
}

/// One clearance of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_clearance(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ClearanceId,
) -> Result<Permitted<Clearance>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let clearance = clearances::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(clearance))
    })
    .await
}

/// All clearances of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_clearances(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<Clearance>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let clearances = clearances::of_case(db, case_id).await?;
        Ok(case.with(clearances))
    })
    .await
}

/// Revokes the clearance of the present operation, if one is asked for or given, and raises the
/// task that tells of it. For use in the unit that changes what it rested on. Once the operation
/// has begun the clearance has served, and stays as the record of it.
///
/// # Errors
/// [`Refused`] when someone else was faster.
pub(crate) async fn revoke_standing(app: &App, tx: &Tx, case: &Permitted<Case>, reason: Line) -> Result<(), Refused> {
    let used = |operation: &Procedure| matches!(operation.state, ProcedureState::Started | ProcedureState::Completed);
    if procedures::of_cycle(tx, case).await?.iter().any(used) { Ok(()) } else { revoke(app, tx, case, reason).await }
}

/// Revokes the clearance of the present cycle whether it has served or not: who comes back to the
/// hospital after an operation is cleared anew before the next.
///
/// # Errors
/// [`Refused`] when someone else was faster.
pub(crate) async fn revoke(app: &App, tx: &Tx, case: &Permitted<Case>, reason: Line) -> Result<(), Refused> {
    let latest = clearances::latest_of_cycle(tx, case).await?;
    // One that was refused or revoked before has nothing left to revoke.
    if let Some(revoked) = latest.and_then(|clearance| clearance.revoke(reason, app.now()).ok()) {
        save(tx, case.with(revoked)).await?;
        steps::raise(app, tx, case, case, TaskKind::ClearanceRevoked, Vec::new()).await?;
    }
    Ok(())
}

/// The clearance with its case. What was asked for an earlier operation is not decided any more.
async fn find(
    tx: &Tx,
    caller: &Caller,
    case_id: CaseId,
    id: ClearanceId,
    decided_on: Version,
) -> Result<(Permitted<Case>, Clearance), Refused> {
    let case = cases::find(tx, caller, Action::DecideClearance, case_id).await?;
    case.takes_entries()?;
    let clearance = clearances::find(tx, case_id, id).await?.ok_or(NotFound)?;
    clearance.version.expect(decided_on)?;
    if clearance.cycle != case.surgery_cycle {
        return Err(WrongState::new(clearance.state, "decide").into());
    }
    Ok((case, clearance))
}

async fn save(tx: &Tx, clearance: Permitted<Clearance>) -> Result<Permitted<Clearance>, Refused> {
    let version = clearances::update(tx, &clearance).await?;
    Ok(clearance.map(|clearance| Clearance { version, ..clearance }))
}
