//! Giving roles to people, and ending them. A change acts on the next request of its holder, on every instance:
//! the roles of a caller are read with each request.

use rafiq_domain::ids::{RoleAssignmentId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Permitted, permit};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound};
use rafiq_domain::roles::{self, NewRole, RoleAssignment, RoleAssignmentState};
use rafiq_domain::text::Line;
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{clients, roles as stored, users};

use crate::refused::DeniedBecause;
use crate::{App, Caller, Refused};

/// An assignment, and whether the role is held by it at present.
#[derive(Debug, Clone)]
pub struct RoleEntry {
    /// The assignment.
    pub assignment: RoleAssignment,
    /// Whether the role is held.
    pub state: RoleAssignmentState,
}

impl RoleEntry {
    pub(crate) fn at_present(app: &App, assignment: RoleAssignment) -> Self {
        Self { state: assignment.state(app.now()), assignment }
    }
}

/// One page of all the roles that a user holds or held, newest first.
///
/// # Errors
/// [`Refused`] when there is no such user, or the caller may not.
pub async fn list_roles(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    page: Page,
) -> Result<Permitted<Slice<RoleEntry>>, Refused> {
    app.read(caller, async |db| {
        let user = users::find(db, user_id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ViewUsers, user)?;
        let roles = stored::list_of_user(db, user_id, page).await?;
        Ok(user.with(roles.map(|assignment| RoleEntry::at_present(app, assignment))))
    })
    .await
}

/// Gives a role to a user.
///
/// # Errors
/// [`Refused`] when there is no such user, the caller may not or not alone, the user is shut out, the role or its
/// term does not fit, or it is held already.
pub async fn assign_role(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    new: NewRole,
) -> Result<Permitted<RoleEntry>, Refused> {
    app.write(caller, async |tx| {
        let user = users::take_turn(tx, [user_id], app.now()).await?.pop().ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::AssignRoles, user)?;
        expect_given(&user, user_id, new.role)?;
        let assignment = assign_role_unchecked(app, tx, &user, new, caller.actor.user_id()).await?;
        Ok(assignment.map(|assignment| RoleEntry::at_present(app, assignment)))
    })
    .await
}

/// Gives a role when it is settled that it may be given: by [`expect_given`], or by two people. That it
/// fits the one who gets it, and whose turn the unit has taken, is looked at here.
pub(crate) async fn assign_role_unchecked(
    app: &App,
    tx: &Tx,
    user: &Permitted<User>,
    new: NewRole,
    granted_by: Option<UserId>,
) -> Result<Permitted<RoleAssignment>, Refused> {
    user.expect_active("assign_role")?;
    let new = new.check(&user.profile, app.now())?;
    // What was registered as a machine is one for good, also when nothing is left of its role.
    if clients::find(tx, user.id, app.now()).await?.is_some() {
        return Err(Invalid::at("/role", FieldCode::Contradicts).into());
    }
    let assignment = new.assigned(RoleAssignmentId::new(app.ids()), user.id, granted_by, app.now());
    stored::insert(tx, &user.with(vec![assignment.clone()])).await?;
    users::touch(tx, user).await?;
    Ok(user.with(assignment))
}

/// Whether the caller of a permit may give `role` to `to`, and alone. A no is on record.
pub(crate) fn expect_given<T>(permitted: &Permitted<T>, to: UserId, role: Role) -> Result<(), Refused> {
    let permit = permitted.permit();
    roles::may_give_alone(permit.actor(), to, role).map_err(|why| DeniedBecause { why, denied: permit.deny() }.into())
}

/// As [`expect_given`] for all the roles of a new user. A hospital's machine is no user to be created: it is
/// registered, with what it may and what it proves itself with.
pub(crate) fn expect_all_given<T>(permitted: &Permitted<T>, to: UserId, profile: &UserProfile) -> Result<(), Refused> {
    let by_user = permitted.permit().actor().user_id().is_some();
    if by_user && profile.roles.contains(&Role::HospitalClient) {
        return Err(Invalid::at("/roles", FieldCode::Contradicts).into());
    }
    profile.roles.iter().try_for_each(|role| expect_given(permitted, to, *role))
}

/// Ends a role of a user.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not or is its holder, it has ended, or nobody would be left to
/// administer the product.
pub async fn end_role(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    id: RoleAssignmentId,
    reason: Line,
) -> Result<Permitted<RoleEntry>, Refused> {
    app.write(caller, async |tx| {
        let user = users::find(tx, user_id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::AssignRoles, user)?;
        let held = stored::find(tx, user_id, id).await?.ok_or(NotFound)?;
        if held.administers() {
            keep_an_administrator(tx, user_id).await?;
        }
        let denied = |why: roles::EndRoleError| match why {
            roles::EndRoleError::OwnRoles => Refused::from(DeniedBecause { why, denied: user.permit().deny() }),
            roles::EndRoleError::WrongState(why) => why.into(),
        };
        let ended = user.with(held.end(&caller.actor, reason, app.now()).map_err(denied)?);
        // First the user, as off-boarding does.
        users::touch(tx, &user).await?;
        stored::end(tx, &ended).await?;
        Ok(ended.map(|assignment| RoleEntry::at_present(app, assignment)))
    })
    .await
}

/// Whether the product stays administered when `leaving` goes. Whoever asks holds the answer until the unit ends.
pub(crate) async fn keep_an_administrator(tx: &Tx, leaving: UserId) -> Result<(), Refused> {
    Ok(stored::lock_administrators(tx).await?.spare(leaving)?)
}
