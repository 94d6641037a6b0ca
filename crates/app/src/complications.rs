//! Complications that our staff learn of; what a hospital reports comes with its reports.

use chrono::NaiveDate;
use rafiq_domain::cases::{Ask, Trigger};
use rafiq_domain::ids::{CaseId, ComplicationId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound};
use rafiq_domain::surgery::Complication;
use rafiq_domain::vocabulary::{ClavienDindo, ComplicationPhase, ComplicationState, ComplicationType};
use rafiq_persistence::{case_files, complications};

use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, cases};

/// A complication to record.
#[derive(Debug, Clone, Copy)]
pub struct NewComplication {
    /// What happened.
    pub kind: ComplicationType,
    /// When it began.
    pub onset_on: NaiveDate,
    /// In which phase.
    pub phase: ComplicationPhase,
    /// How severe, by Clavien–Dindo.
    pub grade: ClavienDindo,
}

/// Records a complication.
///
/// # Errors
/// [`Refused`] when there is no such case, it begins in the future, or the case is at no stage that knows complications.
pub async fn record_complication(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewComplication,
) -> Result<Permitted<Complication>, Refused> {
    let onset_on =
        Complication::onset(new.onset_on, app.now().date_naive()).map_err(|code| Invalid::at("/onset_on", code))?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordComplication, case_id).await?;
        case.takes_entries()?;
        let complication = case.with(Complication {
            id: ComplicationId::new(app.ids()),
            case_id,
            kind: new.kind,
            onset_on,
            phase: new.phase,
            grade: new.grade,
            state: ComplicationState::Open,
            recorded_by: caller.actor.user_id().ok_or(NotFound)?,
            recorded_at: app.now(),
            version: Version::FIRST,
        });
        complications::insert(tx, &complication).await?;
        let mut file = case_files::assemble(tx, (*case).clone()).await?;
        let ask = Ask::new(Trigger::RecordComplication, &[]);
        steps::take(app, tx, &case, &mut file, ask, Occurrence::now(app)).await?;
        Ok(complication)
    })
    .await
}

/// Ends a complication: resolved, chronic or fatal.
///
/// # Errors
/// [`Refused`] when there is none, it is over already, or `outcome` would leave it open.
pub async fn settle_complication(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ComplicationId,
    decided_on: Version,
    outcome: ComplicationState,
) -> Result<Permitted<Complication>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordComplication, case_id).await?;
        case.takes_entries()?;
        let complication = complications::find(tx, case_id, id).await?.ok_or(NotFound)?;
        complication.version.expect(decided_on)?;
        let settled = case.with(complication).try_map(|complication| complication.settle(outcome))?;
        if settled.is_open() {
            return Err(Invalid::at("/outcome", FieldCode::Contradicts).into());
        }
        let version = complications::update(tx, &settled).await?;
        Ok(settled.map(|complication| Complication { version, ..complication }))
    })
    .await
}

/// One complication of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_complication(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ComplicationId,
) -> Result<Permitted<Complication>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let complication = complications::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(complication))
    })
    .await
}

/// All complications of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_complications(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<Complication>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let complications = complications::of_case(db, case_id).await?;
        Ok(case.with(complications))
    })
    .await
}
