//! Roles as they are given: to whom, for what, until when and by whom, and who may give them (security §3).
//!
//! A role is held to act in it, or to give it to others; the one does not follow from the other. So
//! an administrator brings in a doctor without being one, and nobody gives what was not given to them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{Moment, RoleAssignmentId, UserId};
use crate::policy::Actor;
use crate::refusal::{FieldCode, FieldError, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::text::Line;
use crate::users::{User, UserProfile};
use crate::vocabulary::{Role, coded};

coded! {
    /// What a role is held for (as SQL's GRANT OPTION tells using from passing on).
    pub enum RolePurpose: "role_purpose" {
        Exercise = "exercise" => "To act in it", "لممارسته", "Kullanmak için";
        Confer = "confer" => "To give it to others", "لمنحه للآخرين", "Başkalarına vermek için";
    }

    /// Whether a role is held by an assignment.
    pub enum RoleAssignmentState: "role_assignment_state" {
        Running = "running" => "Held", "سارٍ", "Yürürlükte";
        Expired = "expired" => "Its time is over", "انقضت مدته", "Süresi doldu";
        Ended = "ended" => "Ended by someone", "أُنهي من قبل شخص", "Bir kişi tarafından sonlandırıldı";
    }
}

/// The longest term of a role. Who needs it longer holds it without an end, and is asked about in each review of access.
pub const LONGEST_TERM: TimeDelta = TimeDelta::days(731);

/// One role of one user, for one purpose (FHIR `PractitionerRole`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    /// Its id.
    pub id: RoleAssignmentId,
    /// Whose it is.
    pub user_id: UserId,
    /// The role.
    pub role: Role,
    /// What it is held for.
    pub purpose: RolePurpose,
    /// Who gave it; none for the operator of the product.
    pub granted_by: Option<UserId>,
    /// From when.
    pub granted_at: DateTime<Utc>,
    /// Until when, exclusively; none for as long as nobody ends it.
    pub until: Option<DateTime<Utc>>,
    /// Why it was given.
    pub reason: Option<Line>,
    /// How it ended, if it did before its time.
    pub ended: Option<RoleEnd>,
}

/// The end of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleEnd {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; none for the operator, and for the passing of its time.
    pub by: Option<UserId>,
    /// Why.
    pub reason: Option<Line>,
}

/// A role to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// The role.
    pub role: Role,
    /// What it is to be held for.
    pub purpose: RolePurpose,
    /// Until when, exclusively.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<Line>,
}

/// Why a role is not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignRoleError {
    /// It would be the giver's own.
    #[error("nobody changes their own roles")]
    OwnRoles,
    /// The giver does not hold it for conferring.
    #[error("the giver does not hold the role {0} for conferring")]
    NotHeld(Role),
    /// One person alone makes nobody an administrator.
    #[error("a second person has to agree")]
    NeedsSecondPerson,
    /// The role or its term does not fit the person.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Refusal for AssignRoleError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::OwnRoles => ProblemCode::OwnRoles,
            Self::NotHeld(_) => ProblemCode::RoleNotHeld,
            Self::NeedsSecondPerson => ProblemCode::NeedsSecondPerson,
            Self::Invalid(refusal) => refusal.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(refusal) => refusal.fields(),
            Self::OwnRoles | Self::NotHeld(_) | Self::NeedsSecondPerson => Vec::new(),
        }
    }
}

/// Why an assignment is not ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndRoleError {
    /// It is the caller's own.
    #[error("nobody changes their own roles")]
    OwnRoles,
    /// It has ended already.
    #[error(transparent)]
    WrongState(#[from] WrongState),
}

impl Refusal for EndRoleError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::OwnRoles => ProblemCode::OwnRoles,
            Self::WrongState(refusal) => refusal.code(),
        }
    }

    fn detail(&self, language: crate::vocabulary::Language) -> Option<String> {
        match self {
            Self::OwnRoles => None,
            Self::WrongState(refusal) => refusal.detail(language),
        }
    }
}

/// With this change nobody would be left who administers the product for good, or who makes others administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last administrator stays")]
pub struct LastAdministrator;

impl Refusal for LastAdministrator {
    fn code(&self) -> ProblemCode {
        ProblemCode::LastAdministrator
    }
}

/// Whether `giver` may give `role` to `to`, as far as it is the giver's to decide.
///
/// # Errors
/// [`AssignRoleError::OwnRoles`] and [`AssignRoleError::NotHeld`]. The operator of the product is bound by neither.
pub fn may_give(giver: &Actor, to: UserId, role: Role) -> Result<(), AssignRoleError> {
    match giver {
        Actor::User(giver) if giver.user_id == to => Err(AssignRoleError::OwnRoles),
        Actor::User(giver) if !giver.confers.contains(&role) => Err(AssignRoleError::NotHeld(role)),
        Actor::User(_) | Actor::System => Ok(()),
    }
}

/// Whether `giver` may give `role` without asking anybody else: administrators are made by two people,
/// but for those whom the operator makes.
///
/// # Errors
/// As for [`may_give`], and [`AssignRoleError::NeedsSecondPerson`].
pub fn may_give_alone(giver: &Actor, to: UserId, role: Role) -> Result<(), AssignRoleError> {
    may_give(giver, to, role)?;
    match giver {
        Actor::User(_) if role == Role::Administrator => Err(AssignRoleError::NeedsSecondPerson),
        Actor::User(_) | Actor::System => Ok(()),
    }
}

impl NewRole {
    /// Checks it against the person who is to hold it.
    ///
    /// # Errors
    /// [`Invalid`] for a role of the other side, for one that lacks what it is bound to, and for a term
    /// that lies in the past or too far ahead.
    pub fn check(self, to: &UserProfile, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/role", self.fits(to), FieldCode::Contradicts);
        if let Some(until) = self.until {
            fields.require("/until", now < until, FieldCode::InThePast);
            fields.require("/until", until <= now + LONGEST_TERM, FieldCode::OutOfRange);
        }
        fields.finish(|| Some(self))
    }

    /// Whether such a person may hold it. A hospital's people hold no role of ours and give none, its
    /// machines are registered as what they are, and an interpreter is one who is known as such.
    fn fits(&self, to: &UserProfile) -> bool {
        let ours = to.hospital_id.is_none();
        match (self.purpose, self.role) {
            (RolePurpose::Exercise, Role::HospitalUser) => !ours && !to.roles.contains(&Role::HospitalClient),
            (RolePurpose::Exercise, Role::HospitalClient) => false,
            (RolePurpose::Exercise, Role::Interpreter) => ours && to.interpreter_id.is_some(),
            (
                RolePurpose::Exercise,
                Role::Administrator | Role::Coordinator | Role::Lead | Role::Doctor | Role::Finance | Role::Auditor,
            )
            | (RolePurpose::Confer, _) => ours,
        }
    }

    /// The assignment of it, from now on.
    #[must_use]
    pub fn assigned(
        self,
        id: RoleAssignmentId,
        to: UserId,
        granted_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> RoleAssignment {
        let Self { role, purpose, until, reason } = self;
        RoleAssignment { id, user_id: to, role, purpose, granted_by, granted_at: now, until, reason, ended: None }
    }
}

impl RoleAssignment {
    /// Whether the role is held by it.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> RoleAssignmentState {
        match (&self.ended, self.until) {
            // It was closed when it had long been over, to give its place to the next.
            (Some(end), Some(until)) if until <= end.at => RoleAssignmentState::Expired,
            (Some(_), _) => RoleAssignmentState::Ended,
            (None, Some(until)) if until <= now => RoleAssignmentState::Expired,
            (None, _) => RoleAssignmentState::Running,
        }
    }

    /// Ends it. Nobody ends a role of their own, so that whoever takes a duty away is another one.
    ///
    /// # Errors
    /// [`EndRoleError`] when it is the caller's own, or is over already.
    pub fn end(self, by: &Actor, reason: Line, now: DateTime<Utc>) -> Result<Self, EndRoleError> {
        if by.user_id() == Some(self.user_id) {
            return Err(EndRoleError::OwnRoles);
        }
        match self.state(now) {
            RoleAssignmentState::Running => {
                Ok(Self { ended: Some(RoleEnd { at: now, by: by.user_id(), reason: Some(reason) }), ..self })
            }
            state @ (RoleAssignmentState::Expired | RoleAssignmentState::Ended) => {
                Err(WrongState::new(state, "end").into())
            }
        }
    }

    /// Whether its holder is an administrator for good, or makes others one, while nobody ends it.
    #[must_use]
    pub fn administers(&self) -> bool {
        self.role == Role::Administrator && self.until.is_none() && self.ended.is_none()
    }
}

/// Those who administer the product for good.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Administrators {
    /// Those who act in the role.
    pub acting: Vec<UserId>,
    /// Those who may give it to others.
    pub giving: Vec<UserId>,
}

impl Administrators {
    /// Whether the product is administered without `leaving` as it is with them: someone acts in the role, and of
    /// those who act someone may give it, or nobody would ever be let in again.
    ///
    /// # Errors
    /// [`LastAdministrator`] when they are the last one of either.
    pub fn spare(&self, leaving: UserId) -> Result<(), LastAdministrator> {
        let makers: Vec<_> = self.acting.iter().filter(|id| self.giving.contains(id)).copied().collect();
        let is_last = |those: &[UserId]| those.contains(&leaving) && !those.iter().any(|id| *id != leaving);
        if is_last(&self.acting) || is_last(&makers) { Err(LastAdministrator) } else { Ok(()) }
    }
}

impl User {
    /// The assignments with which a user begins: what the profile says they hold, and what they may give to others.
    #[must_use]
    pub fn first_roles(&self, granted_by: Option<UserId>, moment: Moment<'_>) -> Vec<RoleAssignment> {
        let held = self.profile.roles.iter().map(|role| (*role, RolePurpose::Exercise));
        let conferred = self.profile.confers.iter().map(|role| (*role, RolePurpose::Confer));
        let new = |(role, purpose)| NewRole { role, purpose, until: None, reason: None };
        held.chain(conferred)
            .map(|held| new(held).assigned(RoleAssignmentId::new(moment.ids), self.id, granted_by, moment.at))
            .collect()
    }
}

#[cfg(test)]
mod tests;
