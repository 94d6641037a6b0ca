//! Requests that are done once, however often they are sent.
//!
//! A kept answer is given again only to whom it would be given now. The audit trail says what the request
//! was allowed when it was done, so each of that is asked of the policy once more, and put on record. Where the
//! request itself took the thing out of the caller's hands, and its answer says nothing of it but that, only the role
//! is asked for.

use rafiq_domain::interpreters::Booking;
use rafiq_domain::policy::{
    Action, Actor, Audience, Object, ObjectKind, Permitted, Reach, Resource, Verdict, Whole, permit, rules_of,
};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::vocabulary::{BookingState, Role};
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
    app.write(caller, async |tx| {
        let mut allowed = Vec::with_capacity(done.len());
        for record in &done {
            allowed.push(ask_again(app, tx, caller, record).await?);
        }
        // All is asked before any of it is on record: who may not be given the whole is given none of it.
        let last = allowed.pop().ok_or(NotFound)?;
        let others: Vec<_> = allowed.iter().map(|again| (again.permit().clone(), app.stamp(caller))).collect();
        audit::allowed_within(tx, &others).await?;
        Ok(last)
    })
    .await
    .map(Permitted::into_inner)
}

/// Asks about the thing as it is now.
async fn ask_again(
    app: &App,
    db: &impl Reader,
    caller: &Caller,
    record: &AuditRecord,
) -> Result<Permitted<()>, Refused> {
    let Object { kind, id, case_id } = record.object;
    let Some(id) = id else { return judge_role(caller, record) };
    match kind {
        // The cases of others, by this very request: its answer tells nothing of them.
        ObjectKind::Case if matches!(record.action, Action::AssignCase | Action::OffBoardUser) => {
            judge_role(caller, record)
        }
        ObjectKind::Patient => judge(caller, record, patients::find(db, id.into()).await?),
        ObjectKind::Case => judge(caller, record, cases::find(db, id.into()).await?),
        ObjectKind::Referral => judge(caller, record, referrals::find_in_case(db, id.into()).await?),
        ObjectKind::Booking => match bookings::find_in_case(db, id.into()).await? {
            Some(found) if has_declined(caller, &found.booking) => judge_role(caller, record),
            found => judge(caller, record, found),
        },
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

/// Whether the caller gave a job back, which is then no longer theirs to see.
fn has_declined(caller: &Caller, booking: &Booking) -> bool {
    let Actor::User(who) = &caller.actor else { return false };
    booking.state == BookingState::Declined && booking.interpreter_id == who.interpreter_id
}

/// Asks for the role alone; on record is the thing of then.
fn judge_role(caller: &Caller, record: &AuditRecord) -> Result<Permitted<()>, Refused> {
    let again = judge_action(caller, record, Whole(record.object.kind))?;
    Ok(again.made(record.object))
}

fn judge<T: Resource>(caller: &Caller, record: &AuditRecord, thing: Option<T>) -> Result<Permitted<()>, Refused> {
    let mut thing = thing.ok_or(NotFound)?;
    // A rule that reaches everything does not look at the thing, which may have passed into other hands.
    if rules_of(record.action).iter().all(|(_, reach)| *reach == Reach::All) {
        thing = permit(&caller.actor, record.object.kind.seen_by(), thing)?.into_inner();
    }
    judge_action(caller, record, thing)
}

fn judge_action<T: Resource>(caller: &Caller, record: &AuditRecord, thing: T) -> Result<Permitted<()>, Refused> {
    let permitted = permit(&caller.actor, record.action, thing)?;
    // What is kept was written for the eyes of then, which may have stood nearer.
    let present = permitted.permit();
    let farther = present.relation().is_some_and(|relation| Some(relation) < record.relation);
    if farther || widest(present.roles()) < widest(&record.roles) {
        return Err(permitted.permit().deny().into());
    }
    Ok(permitted.map(|_| ()).answered_again())
}

fn widest(roles: &[Role]) -> Option<Audience> {
    roles.iter().copied().map(Audience::of).max()
}
