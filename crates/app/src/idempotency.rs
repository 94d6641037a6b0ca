//! Requests that are done once, however often they are sent.
//!
//! A kept answer is given again only to whom it would be given now. The audit trail says what the request
//! was allowed when it was done, so each of that is asked of the policy once more, and put on record.

use rafiq_domain::policy::{
    Audience, Object, ObjectKind, Permitted, Reach, Resource, Verdict, Whole, permit, rules_of,
};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::audit::AuditRecord;
use rafiq_persistence::idempotency::Kept;
pub use rafiq_persistence::idempotency::Key;
use rafiq_persistence::store::Reader;
use rafiq_persistence::{
    approvals, audit, bookings, cases, clients, delegations, grants, hospitals, idempotency, interpreters, passkeys,
    patients, referrals, sessions, users,
};

use crate::{App, Caller, Refused};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, and now the caller's to work on.
    Fresh,
    /// It was answered so, and the caller may still be answered so.
    Answered(Vec<u8>),
    /// It is being worked on, or its outcome is not known.
    InFlight,
    /// It was used for another request.
    Reused,
}

/// Claims a key before its request is worked on.
///
/// # Errors
/// [`Refused`] when the request was done, and the caller may no longer do it or see what came of it.
pub async fn claim(app: &App, caller: &Caller, key: &Key) -> Result<Claim, Refused> {
    Ok(match idempotency::claim(app.store(), key, app.now()).await? {
        idempotency::Claim::Fresh => Claim::Fresh,
        idempotency::Claim::InFlight => Claim::InFlight,
        idempotency::Claim::Reused => Claim::Reused,
        idempotency::Claim::Answered(kept) => {
            permit_again(app, caller, &kept).await?;
            Claim::Answered(kept.answer)
        }
    })
}

/// Keeps the answer, to give it again.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn keep(app: &App, key: &Key, answer: Vec<u8>) -> Result<(), Refused> {
    Ok(idempotency::keep(app.store(), key, answer).await?)
}

/// Gives the key up: the request was refused and wrote nothing.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn release(app: &App, key: &Key) -> Result<(), Refused> {
    Ok(idempotency::release(app.store(), key).await?)
}

async fn permit_again(app: &App, caller: &Caller, kept: &Kept) -> Result<(), Refused> {
    let mut done = audit::of_request(app.store(), kept.request_id.ok_or(NotFound)?).await?;
    done.retain(|record| record.actor_id == caller.actor.user_id() && record.verdict == Verdict::Allowed);
    // A change always leaves its row: without one there is nothing by which the answer could be given.
    if done.is_empty() {
        return Err(NotFound.into());
    }
    for record in &done {
        app.read(caller, async |db| ask_again(app, db, caller, record).await).await?;
    }
    Ok(())
}

/// Asks about the thing as it is now.
async fn ask_again(
    app: &App,
    db: &impl Reader,
    caller: &Caller,
    record: &AuditRecord,
) -> Result<Permitted<()>, Refused> {
    let Object { kind, id, case_id } = record.object;
    let Some(id) = id else { return judge(caller, record, Some(Whole(kind))) };
    match kind {
        ObjectKind::Patient => judge(caller, record, patients::find(db, id.into()).await?),
        ObjectKind::Case => judge(caller, record, cases::find(db, id.into()).await?),
        ObjectKind::Referral => judge(caller, record, referrals::find_in_case(db, id.into()).await?),
        ObjectKind::Booking => judge(caller, record, bookings::find_in_case(db, id.into()).await?),
        ObjectKind::Grant => {
            let grant = grants::find(db, case_id.ok_or(NotFound)?, id.into()).await?;
            judge(caller, record, grant)
        }
        ObjectKind::Delegation => judge(caller, record, delegations::find(db, id.into()).await?),
        ObjectKind::Interpreter => judge(caller, record, interpreters::find(db, id.into()).await?),
        ObjectKind::Hospital => judge(caller, record, hospitals::find(db, id.into()).await?),
        ObjectKind::User => judge(caller, record, users::find(db, id.into(), app.now()).await?),
        ObjectKind::Session => judge(caller, record, sessions::find(db, id.into()).await?),
        ObjectKind::Passkey => judge(caller, record, passkeys::find(db, id.into()).await?),
        ObjectKind::Client => judge(caller, record, clients::find(db, id.into(), app.now()).await?),
        ObjectKind::Approval => judge(caller, record, approvals::find(db, id.into()).await?),
        ObjectKind::Audit => Err(NotFound.into()),
    }
}

fn judge<T: Resource>(caller: &Caller, record: &AuditRecord, thing: Option<T>) -> Result<Permitted<()>, Refused> {
    let (action, mut thing) = (record.action, thing.ok_or(NotFound)?);
    // A rule that reaches everything does not look at the thing, which may have passed into other hands.
    if record.object.id.is_some() && rules_of(action).iter().all(|(_, reach)| *reach == Reach::All) {
        thing = permit(&caller.actor, record.object.kind.seen_by(), thing)?.into_inner();
    }
    let permitted = permit(&caller.actor, action, thing)?;
    // What is kept was written for the eyes of then.
    if widest(permitted.permit().roles()) < widest(&record.roles) {
        return Err(permitted.permit().deny().into());
    }
    Ok(permitted.map(|_| ()).answered_again())
}

fn widest(roles: &[Role]) -> Option<Audience> {
    roles.iter().copied().map(Audience::of).max()
}
