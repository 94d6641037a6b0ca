//! Breaking the glass: taking access to a case in an emergency, where others hear of it at once.

use rafiq_domain::grants::{AccessHeld, Emergency, Grant, GrantBasis, GrantEnd};
use rafiq_domain::ids::{CaseId, GrantId, UserId};
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::policy::{Action, Decision, Permitted, can, permit};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::tasks::{Task, TaskKind};
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{grants, tasks, users};

use crate::access::NamedGrant;
use crate::{App, Caller, Refused, access, cases, mail, steps};

/// Opens a case to the caller for an hour at the most, to read. The owner of the case and the data protection
/// officer are told, and a lead looks at it afterwards.
///
/// # Errors
/// [`Refused`] when the caller may not, has access without it, or has too many emergencies running.
pub async fn break_glass(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    emergency: Emergency,
) -> Result<Permitted<NamedGrant>, Refused> {
    app.write(caller, async |tx| {
        let holder = caller.actor.user_id().ok_or(NotFound)?;
        // Before the case is looked at: of two at once the later finds what the earlier opened.
        let running = grants::take_turn(tx, holder, app.now()).await?;
        // Who was shut out while they waited opens nothing.
        users::find(tx, holder, app.now()).await?.filter(User::may_act).ok_or(NotFound)?;
        let found = cases::find_in_care(tx, caller, Action::BreakGlass, case_id).await?;
        if matches!(can(&caller.actor, Action::ViewClinical, &*found), Decision::Allow(_)) {
            return Err(AccessHeld.into());
        }
        let why = emergency.reason_code();
        let terms = emergency.declare(holder, running, app.now())?;
        let granted_by = Some(holder);
        let grant = found.with(Grant { id: GrantId::new(app.ids()), case_id, terms, granted_by, ended: None });
        grants::insert(tx, &grant).await?;
        tell(app, tx, &grant, holder, found.case.coordinator_id).await?;
        let review = steps::task(app, case_id, TaskKind::ReviewEmergencyAccess, vec![why.code().to_owned()]);
        tasks::insert(tx, &grant.with(Task { review_of: Some(holder), ..review })).await?;
        access::named(app, tx, grant).await
    })
    .await
}

async fn tell(app: &App, tx: &Tx, grant: &Permitted<Grant>, holder: UserId, owner: UserId) -> Result<(), Refused> {
    for recipient in [Recipient::User(owner), Recipient::DataProtectionOfficer] {
        let alert = Notice::new(MailKind::BreakGlassAlert, recipient).in_case(grant.case_id).by(holder);
        mail::enqueue(app, tx, grant, alert).await?;
    }
    Ok(())
}

/// Gives the access of an emergency back before its time.
///
/// # Errors
/// [`Refused`] when there is none of the caller's own, or it is over.
pub async fn end_emergency(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: GrantId,
) -> Result<Permitted<NamedGrant>, Refused> {
    app.write(caller, async |tx| {
        let grant = grants::find(tx, case_id, id).await?;
        let grant = grant.filter(|grant| grant.terms.basis == GrantBasis::BreakGlass).ok_or(NotFound)?;
        let grant = permit(&caller.actor, Action::EndEmergency, grant)?;
        let ended = grant.try_map(|grant| grant.end(GrantEnd::GivenBack, app.now()))?;
        grants::end(tx, &ended).await?;
        access::named(app, tx, ended).await
    })
    .await
}
