//! The two-person rule: who asked, who agreed, and that what was agreed to is done in the same unit as
//! the agreement, or neither is.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::approvals::{Answer, Approval, ApprovalRefused, ApprovalState, Deed, Standing};
use rafiq_domain::ids::{ApprovalId, SessionId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Actor, Decision, ObjectKind, Permit, Permitted, Resource, can, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::roles::{NewRole, RolePurpose, may_give};
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::approvals::{self, ApprovalFilter};
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{audit, roles as stored_roles, users};
use uuid::Uuid;

use crate::refused::DeniedBecause;
use crate::{App, Caller, Refused, erasure, merging, roles};

pub use rafiq_domain::approvals::ApprovalKind;

/// How the two-person rule is set.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalSettings {
    /// How long a request waits for a second person.
    pub wait: TimeDelta,
    /// For how many years after its case ended a clinical record is kept.
    pub retention_years: u32,
    /// The most rows of one export.
    pub export_rows: u32,
}

impl Default for ApprovalSettings {
    /// Three days; twenty years, the longest of the terms that domain §2.7 found; ten thousand rows.
    fn default() -> Self {
        Self { wait: TimeDelta::hours(72), retention_years: 20, export_rows: 10_000 }
    }
}

/// A request, and where it stands at present, whether or not anyone has noted that its time is over.
#[derive(Debug, Clone)]
pub struct ApprovalEntry {
    /// The request.
    pub approval: Approval,
    /// Where it stands.
    pub state: ApprovalState,
}

impl ApprovalEntry {
    fn at_present(app: &App, approval: Approval) -> Self {
        Self { state: approval.present_state(app.now()), approval }
    }
}

/// Which requests are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only those of this kind.
    pub kind: Option<ApprovalKind>,
    /// Only those that stand so.
    pub state: Option<ApprovalState>,
    /// Only those that the caller asked for, or only those of others.
    pub mine: Option<bool>,
}

/// What the role of an administrator is to be held for, and until when.
#[derive(Debug, Clone, Copy)]
pub struct NewAdministrator {
    /// For what.
    pub purpose: RolePurpose,
    /// Until when, exclusively.
    pub until: Option<DateTime<Utc>>,
}

/// Asks for a second person to make someone an administrator.
///
/// # Errors
/// [`Refused`] when there is no such user, the caller may not give the role or is the one who would get
/// it, the user is shut out, the role does not fit, or the same is asked for already.
pub async fn request_administrator(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    new: NewAdministrator,
    reason: Line,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        let user = find_user(app, tx, caller, user_id).await?;
        user.expect_active("request_administrator")?;
        let NewAdministrator { purpose, until } = new;
        role(purpose, until, &reason).check(&user.profile, app.now())?;
        ask(app, tx, caller, Deed::AdministratorRole { user_id, purpose, until }, reason).await
    })
    .await
}

/// The user, with the proof that the caller may make them an administrator.
async fn find_user(app: &App, tx: &Tx, caller: &Caller, id: UserId) -> Result<Permitted<User>, Refused> {
    let user = users::take_turn(tx, [id], app.now()).await?.pop().ok_or(NotFound)?;
    let user = permit(&caller.actor, Action::ConferAdministrator, user)?;
    let denied = |why| DeniedBecause { why, denied: user.permit().deny() };
    may_give(&caller.actor, id, Role::Administrator).map_err(denied)?;
    Ok(user)
}

fn role(purpose: RolePurpose, until: Option<DateTime<Utc>>, reason: &Line) -> NewRole {
    NewRole { role: Role::Administrator, purpose, until, reason: Some(reason.clone()) }
}

/// Asks for a second person, in the unit that found out that the caller may do the deed.
pub(crate) async fn ask(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    deed: Deed,
    reason: Line,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    let approval = Approval {
        id: ApprovalId::new(app.ids()),
        deed,
        reason,
        requested_by: caller.actor.user_id().ok_or(NotFound)?,
        requested_at: app.now(),
        expires_at: app.now() + app.settings().approvals.wait,
        state: ApprovalState::Requested,
        ending: None,
        downloads: 0,
        version: Version::FIRST,
    };
    let approval = permit(&caller.actor, Action::RequestApproval, approval)?;
    approvals::insert(tx, &approval).await?;
    Ok(approval.map(|approval| ApprovalEntry::at_present(app, approval)))
}

/// Agrees, and thereby does what was asked for.
///
/// # Errors
/// [`Refused`] when there is no such request, the caller is no second person for it or decided on an
/// older version, it has ended, whoever asked may not ask for it any more, or what was asked for cannot
/// be done now. Then the request stands as it stood.
pub async fn approve_request(
    app: &App,
    caller: &Caller,
    id: ApprovalId,
    decided_on: Version,
    note: Option<Line>,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        let approval = find_to_decide(tx, caller, id).await?;
        approval.version.expect(decided_on)?;
        let asking = asking(app, tx, &approval).await?;
        let answer = answer(app, caller, note)?;
        // First the decision: of two people who agree at once, one carries it out.
        let approved = save(tx, approval.try_map(|approval| approval.approve(answer))?).await?;
        carry_out(app, tx, caller, &approved, &asking).await?;
        Ok(approved.map(|approval| ApprovalEntry::at_present(app, approval)))
    })
    .await
}

/// Does not agree.
///
/// # Errors
/// [`Refused`] when there is no such request, the caller is no second person for it or decided on an
/// older version, or it has ended.
pub async fn reject_request(
    app: &App,
    caller: &Caller,
    id: ApprovalId,
    decided_on: Version,
    note: Option<Line>,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        let approval = find_to_decide(tx, caller, id).await?;
        approval.version.expect(decided_on)?;
        let answer = answer(app, caller, note)?;
        let rejected = save(tx, approval.try_map(|approval| approval.reject(answer))?).await?;
        Ok(rejected.map(|approval| ApprovalEntry::at_present(app, approval)))
    })
    .await
}

/// Asks no longer.
///
/// # Errors
/// [`Refused`] when there is no such request, somebody else asked for it, the caller decided on an older
/// version, or it has ended.
pub async fn withdraw_request(
    app: &App,
    caller: &Caller,
    id: ApprovalId,
    decided_on: Version,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        let approval = approvals::find(tx, id).await?.ok_or(NotFound)?;
        let approval = permit(&caller.actor, Action::RequestApproval, approval)?;
        let by = caller.actor.user_id().ok_or(NotFound)?;
        if by != approval.requested_by {
            return Err(narrower(&approval, ApprovalRefused::NotTheFirst));
        }
        approval.version.expect(decided_on)?;
        let withdrawn = save(tx, approval.try_map(|approval| approval.withdraw(by, app.now()))?).await?;
        Ok(withdrawn.map(|approval| ApprovalEntry::at_present(app, approval)))
    })
    .await
}

/// One request.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_approval(app: &App, caller: &Caller, id: ApprovalId) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.read(caller, async |db| {
        let approval = approvals::find(db, id).await?.ok_or(NotFound)?;
        let approval = permit(&caller.actor, Action::ViewApprovals, approval)?;
        Ok(approval.map(|approval| ApprovalEntry::at_present(app, approval)))
    })
    .await
}

/// One page of the requests that are the caller's business, newest first.
///
/// # Errors
/// [`Refused`] when none is.
pub async fn list_approvals(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    page: Page,
) -> Result<Permitted<Slice<ApprovalEntry>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewApprovals, ObjectKind::Approval)?;
        let Wanted { kind, state, mine } = wanted;
        let oneself = |meant: bool| caller.actor.user_id().filter(|_| mine == Some(meant));
        let filter = ApprovalFilter { kind, state, requested_by: oneself(true), not_requested_by: oneself(false) };
        let found = approvals::list(db, &scope, filter, page, app.now()).await?;
        Ok(scope.with(found.map(|approval| ApprovalEntry::at_present(app, approval))))
    })
    .await
}

/// Ends a request that nobody answered in time.
pub(crate) async fn expire(app: &App, id: ApprovalId) -> Result<(), Refused> {
    let caller = Caller::system();
    let expired = app.write(&caller, async |tx| {
        let approval = approvals::find(tx, id).await?.ok_or(NotFound)?;
        let approval = permit(&caller.actor, Action::Expire, approval)?;
        save(tx, approval.try_map(|approval| approval.expire(app.now()))?).await
    });
    expired.await.map(|_| ())
}

/// The request, with the proof that the caller may be its second person.
async fn find_to_decide(db: &impl Reader, caller: &Caller, id: ApprovalId) -> Result<Permitted<Approval>, Refused> {
    let approval = approvals::find(db, id).await?.ok_or(NotFound)?;
    let action = approval.deed.kind().decision();
    let approval = permit(&caller.actor, action, approval)?;
    let second = caller.actor.user_id().is_some_and(|user| approval.is_second(user));
    if second { Ok(approval) } else { Err(narrower(&approval, ApprovalRefused::NotTheSecond)) }
}

/// Whoever asked, as the policy sees them now; someone without any role when they may not act any more.
async fn asking(app: &App, tx: &Tx, approval: &Approval) -> Result<Actor, Refused> {
    let user = users::hold(tx, [approval.requested_by], app.now()).await?.pop().filter(User::may_act);
    let user = user.ok_or(ApprovalRefused::FirstMayNot)?;
    // They need no session to have asked, and nothing is recorded of this one.
    Ok(Actor::User(user.acting(SessionId::from(Uuid::nil()), app.now())))
}

fn answer(app: &App, caller: &Caller, note: Option<Line>) -> Result<Answer, Refused> {
    Ok(Answer { by: caller.actor.user_id().ok_or(NotFound)?, at: app.now(), note })
}

async fn carry_out(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    approval: &Permitted<Approval>,
    asking: &Actor,
) -> Result<(), Refused> {
    let pair = &Pair::of(app, tx, approval).await?;
    let second = SecondPerson { caller, approval, asking, pair };
    match &approval.deed {
        Deed::AdministratorRole { user_id, purpose, until } => {
            make_administrator(app, tx, second, *user_id, role(*purpose, *until, &approval.reason)).await
        }
        Deed::MergePatients { source_id, survivor_id, attested } => {
            merging::merge(app, tx, second, *source_id, *survivor_id, attested).await
        }
        Deed::ErasePatient { patient_id, extent } => erasure::erase(app, tx, second, *patient_id, *extent).await,
        // What it allows is handed out when whoever asked comes for it.
        Deed::ExportCases { .. } => second.expect_pair(&rafiq_domain::policy::Whole(ObjectKind::Case)),
    }
}

async fn make_administrator(
    app: &App,
    tx: &Tx,
    second: SecondPerson<'_>,
    user_id: UserId,
    new: NewRole,
) -> Result<(), Refused> {
    let user = find_user(app, tx, second.caller, user_id).await?;
    second.expect_pair(&*user)?;
    may_give(second.asking, user_id, new.role).map_err(|_| ApprovalRefused::FirstMayNot)?;
    roles::assign_role_unchecked(app, tx, &user, new, Some(second.approval.requested_by)).await?;
    second.record(app, tx, &user).await
}

/// The roles in which the two count beside each other.
#[derive(Debug)]
struct Pair {
    asking: Vec<Role>,
    agreeing: Vec<Role>,
}

impl Pair {
    async fn of(app: &App, tx: &Tx, approval: &Approval) -> Result<Self, Refused> {
        let first = approval.requested_by;
        let second = approval.ending.as_ref().and_then(|ending| ending.by).ok_or(NotFound)?;
        Ok(Self {
            asking: standing(app, tx, first).await?.beside(second),
            agreeing: standing(app, tx, second).await?.beside(first),
        })
    }
}

async fn standing(app: &App, tx: &Tx, user: UserId) -> Result<Standing, Refused> {
    let held = stored_roles::held_by(tx, [user], app.now()).await?;
    Ok(Standing { held, let_in_by: stored_roles::let_in_by(tx, user).await? })
}

/// The one who agrees, what they agree to, and the one who asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SecondPerson<'unit> {
    pub(crate) caller: &'unit Caller,
    approval: &'unit Permitted<Approval>,
    asking: &'unit Actor,
    pair: &'unit Pair,
}

impl SecondPerson<'_> {
    /// Whether the one who asked may still do the deed to `subject`, and the two suffice together.
    pub(crate) fn expect_pair(&self, subject: &impl Resource) -> Result<(), Refused> {
        let kind = self.approval.deed.kind();
        let Decision::Allow(asking) = can(self.asking, kind.deed(), subject) else {
            return Err(ApprovalRefused::FirstMayNot.into());
        };
        let Pair { asking: first, agreeing: second } = self.pair;
        let both = |entitled: &[Role], counts: &[Role]| -> Vec<Role> {
            entitled.iter().copied().filter(|role| counts.contains(role)).collect()
        };
        let suffices = kind.suffices(&both(&asking, first), &both(self.approval.permit().roles(), second));
        if suffices { Ok(()) } else { Err(narrower(self.approval, ApprovalRefused::NotTheSecond)) }
    }

    /// Puts the deed itself on record, beside the decision: that row names the one who agreed.
    pub(crate) async fn record<T: Sync>(&self, app: &App, tx: &Tx, deed: &Permitted<T>) -> Result<(), Refused> {
        self.record_each(app, tx, [deed.permit().clone()]).await
    }

    /// As [`record`](Self::record), for a deed that reaches several things.
    pub(crate) async fn record_each(
        &self,
        app: &App,
        tx: &Tx,
        deeds: impl IntoIterator<Item = Permit>,
    ) -> Result<(), Refused> {
        let deeds: Vec<_> = deeds.into_iter().map(|permit| (permit, app.stamp(self.caller))).collect();
        Ok(audit::allowed_within(tx, &deeds).await?)
    }
}

/// The refusal by a rule narrower than the table, which is on record like any other denial.
pub(crate) fn narrower(approval: &Permitted<Approval>, why: ApprovalRefused) -> Refused {
    DeniedBecause { why, denied: approval.permit().deny() }.into()
}

pub(crate) async fn save(tx: &Tx, approval: Permitted<Approval>) -> Result<Permitted<Approval>, Refused> {
    let version = approvals::update(tx, &approval).await?;
    Ok(approval.map(|approval| Approval { version, ..approval }))
}
