//! Confirmations: evidence for gates, given by those entitled to give it.

use rafiq_domain::cases::{Case, CaseIsFinal};
use rafiq_domain::confirmations::{Confirmation, ConfirmationKind, Statement};
use rafiq_domain::ids::{CaseId, ConfirmationId};
use rafiq_domain::policy::{Action, Denied, Permitted};
use rafiq_domain::refusal::{Invalid, NotFound};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::confirmations;
use rafiq_persistence::store::Tx;

use crate::{App, Caller, Refused, cases, clearances};

/// Records that something is so.
///
/// # Errors
/// [`Refused`] when there is no such case, the kind is for another role, the statement is not sound,
/// or the case has ended for good and the kind neither corrects nor settles it.
pub async fn record_confirmation(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    statement: Statement,
) -> Result<Permitted<Confirmation>, Refused> {
    let statement = statement.check(app.now())?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::Confirm, case_id).await?;
        expect_entitled(statement.kind, &case)?;
        expect_open(&case, statement.kind)?;
        let confirmation = Confirmation {
            id: ConfirmationId::new(app.ids()),
            case_id,
            cycle: case.surgery_cycle,
            statement,
            recorded_by: caller.actor.user_id(),
            recorded_at: app.now(),
            retracted_at: None,
        };
        let confirmation = case.with(confirmation);
        confirmations::insert(tx, &confirmation).await?;
        revoke_what_rests_on(app, tx, &case, confirmation.statement.kind).await?;
        Ok(confirmation)
    })
    .await
}

/// Takes a confirmation back.
///
/// # Errors
/// [`Refused`] when there is none, it is for another role, or was taken back before.
pub async fn retract_confirmation(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ConfirmationId,
) -> Result<Permitted<Confirmation>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::Confirm, case_id).await?;
        let confirmation = confirmations::find(tx, case_id, id).await?.ok_or(NotFound)?;
        expect_entitled(confirmation.statement.kind, &case)?;
        expect_open(&case, confirmation.statement.kind)?;
        let retracted = case.with(confirmation).try_map(|confirmation| confirmation.retract(app.now()))?;
        confirmations::retract(tx, &retracted).await?;
        revoke_what_rests_on(app, tx, &case, retracted.statement.kind).await?;
        Ok(retracted)
    })
    .await
}

/// All confirmations of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_confirmations(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<Confirmation>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewCase, case_id).await?;
        let confirmations = confirmations::of_case(db, case_id).await?;
        Ok(case.with(confirmations))
    })
    .await
}

/// A clearance was given on what was confirmed then; a change of it takes the clearance away.
async fn revoke_what_rests_on(
    app: &App,
    tx: &Tx,
    case: &Permitted<Case>,
    kind: ConfirmationKind,
) -> Result<(), Refused> {
    if !kind.feeds_clearance() {
        return Ok(());
    }
    let reason = Line::parse(kind.code(), 200).map_err(|code| Invalid::at("", code))?;
    clearances::revoke_standing(app, tx, case, reason).await
}

/// Nothing is added to a case that has ended for good, but what corrects or settles it.
fn expect_open(case: &Case, kind: ConfirmationKind) -> Result<(), CaseIsFinal> {
    if kind.outlasts_the_case() { case.takes_last_entries() } else { case.takes_entries() }
}

/// Each kind of confirmation is for certain roles to give: money by finance, a doctor's word by a doctor.
fn expect_entitled(kind: ConfirmationKind, case: &Permitted<Case>) -> Result<(), Denied> {
    let parties = case.permit().parties();
    let entitled = kind.recorders().iter().any(|party| parties.contains(party));
    if entitled { Ok(()) } else { Err(case.permit().deny()) }
}
