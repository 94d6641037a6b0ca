//! Delegations: who stands in for whom while they are away.

use chrono::{DateTime, Utc};
use rafiq_domain::delegations::{Delegation, DelegationTerms, can_stand_in};
use rafiq_domain::ids::{DelegationId, UserId};
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::{Line, PersonName};
use rafiq_domain::users::User;
use rafiq_persistence::store::Reader;
use rafiq_persistence::{delegations, users};

use crate::refused::NotKnownHere;
use crate::{App, Caller, Refused, mail};

/// An absence for which someone is to stand in.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    /// Who goes away; the caller when not said.
    pub from: Option<UserId>,
    /// Who stands in.
    pub to: UserId,
    /// From when; now when not said.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when, exclusively.
    pub valid_until: DateTime<Utc>,
    /// Why.
    pub reason: Line,
}

/// A delegation with the names of both sides.
#[derive(Debug, Clone)]
pub struct NamedDelegation {
    /// The delegation.
    pub delegation: Delegation,
    /// Who is away.
    pub from_name: Option<PersonName>,
    /// Who stands in.
    pub to_name: Option<PersonName>,
    /// When it was asked for.
    pub at: DateTime<Utc>,
}

/// Names someone who stands in. Who goes away hears of it when another arranges it.
///
/// # Errors
/// [`Refused`] when the caller may not for the one who goes away, names themselves, the other one cannot stand
/// in, or the times are out of bounds.
pub async fn delegate_work(
    app: &App,
    caller: &Caller,
    new: NewDelegation,
) -> Result<Permitted<NamedDelegation>, Refused> {
    let now = app.now();
    let created_by = caller.actor.user_id().ok_or(NotFound)?;
    let NewDelegation { from, to, valid_from, valid_until, reason } = new;
    let (from, valid_from) = (from.unwrap_or(created_by), valid_from.unwrap_or(now));
    let terms = DelegationTerms { from, to, valid_from, valid_until, reason };
    app.write(caller, async |tx| {
        permit(&caller.actor, Action::DelegateWork, Whole(ObjectKind::User))?;
        let terms = terms.check(created_by, now)?;
        let mut held = users::hold(tx, [from, to], now).await?;
        let mut held_as = |id: UserId| held.extract_if(.., |user| user.id == id).next();
        let absent = permit_absent(caller, held_as(from))?;
        let stand_in = held_as(to).filter(User::may_act);
        let able = |user: &User| can_stand_in(&absent.profile.roles, &user.profile.roles);
        stand_in.filter(able).ok_or(NotKnownHere::absent("/to_user_id"))?;
        let id = DelegationId::new(app.ids());
        let delegation = absent.with(Delegation { id, terms, created_by, ended: None });
        delegations::insert(tx, &delegation).await?;
        if from != created_by {
            let notice = Notice::new(MailKind::StandInNamed, Recipient::User(from)).by(to).at(valid_from);
            mail::enqueue(app, tx, &delegation, notice).await?;
        }
        named(app, tx, delegation).await
    })
    .await
}

fn permit_absent(caller: &Caller, user: Option<User>) -> Result<Permitted<User>, Refused> {
    const POINTER: &str = "/from_user_id";
    let user = user.ok_or(NotKnownHere::absent(POINTER))?;
    let user = permit(&caller.actor, Action::DelegateWork, user).map_err(|denied| {
        if denied.hidden { Refused::from(NotKnownHere::hidden(POINTER, denied)) } else { denied.into() }
    })?;
    if user.may_act() { Ok(user) } else { Err(NotKnownHere::absent(POINTER).into()) }
}

/// One page of the delegations that the caller may see, newest first.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_delegations(
    app: &App,
    caller: &Caller,
    page: Page,
) -> Result<Permitted<Slice<NamedDelegation>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewDelegations, ObjectKind::Delegation)?;
        let slice = delegations::list(db, &scope, page).await?;
        let named = with_names(app, db, slice).await?;
        Ok(scope.with(named))
    })
    .await
}

/// Ends a delegation before its time.
///
/// # Errors
/// [`Refused`] when there is none that the caller may know of, or it is over.
pub async fn end_delegation(
    app: &App,
    caller: &Caller,
    id: DelegationId,
) -> Result<Permitted<NamedDelegation>, Refused> {
    app.write(caller, async |tx| {
        let delegation = delegations::find(tx, id).await?.ok_or(NotFound)?;
        let delegation = permit(&caller.actor, Action::EndDelegation, delegation)?;
        let ended = delegation.try_map(|delegation| delegation.end(caller.actor.user_id(), app.now()))?;
        delegations::end(tx, &ended).await?;
        named(app, tx, ended).await
    })
    .await
}

async fn named(
    app: &App,
    db: &impl Reader,
    delegation: Permitted<Delegation>,
) -> Result<Permitted<NamedDelegation>, Refused> {
    let one = with_names(app, db, Slice { items: vec![(*delegation).clone()], next: None }).await?;
    let named = one.items.into_iter().next().ok_or(NotFound)?;
    Ok(delegation.with(named))
}

/// Finds the names of both sides, in one query.
pub(crate) async fn with_names(
    app: &App,
    db: &impl Reader,
    slice: Slice<Delegation>,
) -> Result<Slice<NamedDelegation>, Refused> {
    let sides: Vec<_> =
        slice.items.iter().flat_map(|delegation| [delegation.terms.from, delegation.terms.to]).collect();
    let names = users::names(db, sides).await?;
    let name_of = |id| names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    Ok(slice.map(|delegation| NamedDelegation {
        from_name: name_of(delegation.terms.from),
        to_name: name_of(delegation.terms.to),
        at: app.now(),
        delegation,
    }))
}
