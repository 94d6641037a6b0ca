//! Who may do what: the one table of permissions, and the proof that it was asked.
//!
//! [`Permitted`] is that proof. Only [`permit`] and [`scope`] make one, storage writes take one and
//! views are built from one, so forgetting the check does not compile. A role says what may be
//! done; the relation to the object (case team, own referral, own booking) says on which.

mod rules;
mod scope;

use uuid::Uuid;

pub use rules::{Action, Audience, ObjectKind, Reach, Verdict, rules_of};
pub use scope::{Own, Scope, scope};

use crate::cases::{Case, Party};
use crate::hospitals::Hospital;
use crate::ids::{CaseId, HospitalId, InterpreterId, SessionId, UserId};
use crate::interpreters::{Booking, Interpreter};
use crate::patients::Patient;
use crate::referrals::Referral;
use crate::refusal::{ProblemCode, Refusal};
use crate::users::User;
use crate::vocabulary::Role;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A user who signed in.
    User(Principal),
    /// The product itself: its jobs and its own start-up.
    System,
}

/// A user as the policy sees them, read afresh for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// The session in which they act.
    pub session_id: SessionId,
    /// Their roles.
    pub roles: Vec<Role>,
    /// The hospital that a hospital user belongs to.
    pub hospital_id: Option<HospitalId>,
    /// The interpreter that an interpreting user is.
    pub interpreter_id: Option<InterpreterId>,
}

impl Actor {
    /// The user, unless the product acts.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User(principal) => Some(principal.user_id),
            Self::System => None,
        }
    }
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Which one; none for a whole collection.
    pub id: Option<Uuid>,
    /// The case that it belongs to.
    pub case_id: Option<CaseId>,
}

/// Something that is protected.
pub trait Resource {
    /// What it is, for the audit record.
    fn object(&self) -> Object;

    /// Whether it is `who`'s own in the capacity of `role`.
    fn is_own(&self, who: &Principal, role: Role) -> bool;
}

/// A whole collection: what is created into it or listed from it has no owner yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole(pub ObjectKind);

impl Resource for Whole {
    fn object(&self) -> Object {
        Object { kind: self.0, id: None, case_id: None }
    }

    fn is_own(&self, _who: &Principal, _role: Role) -> bool {
        false
    }
}

impl Resource for Case {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Case, id: Some(self.id.uuid()), case_id: Some(self.id) }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        match role {
            Role::Coordinator | Role::Lead => self.coordinator_id == who.user_id,
            Role::Doctor => self.doctor_id == Some(who.user_id),
            Role::Administrator | Role::Interpreter | Role::Finance | Role::Auditor | Role::HospitalUser => false,
        }
    }
}

/// A patient with the people who care for them: the teams of their cases, and who registered them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientInCare {
    /// The patient.
    pub patient: Patient,
    /// The coordinators of the patient's cases.
    pub coordinators: Vec<UserId>,
    /// The doctors of the patient's cases.
    pub doctors: Vec<UserId>,
}

impl Resource for PatientInCare {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Patient, id: Some(self.patient.id.uuid()), case_id: None }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        match role {
            Role::Coordinator | Role::Lead => {
                self.patient.created_by == who.user_id || self.coordinators.contains(&who.user_id)
            }
            Role::Doctor => self.doctors.contains(&who.user_id),
            Role::Administrator | Role::Interpreter | Role::Finance | Role::Auditor | Role::HospitalUser => false,
        }
    }
}

/// A referral with its case, and whether the patient still consents to share with the hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralInCase {
    /// The case.
    pub case: Case,
    /// The referral.
    pub referral: Referral,
    /// Whether the consent to share with this hospital is active.
    pub consented: bool,
}

impl ReferralInCase {
    /// Whether the hospital is shown it: what was sent to it, while the patient consents or it treats them.
    fn is_shown_to(&self, hospital: HospitalId) -> bool {
        self.referral.hospital_id == hospital
            && self.referral.is_visible_to_hospital()
            && (self.consented || self.referral.state.treats())
    }
}

impl Resource for ReferralInCase {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Referral, id: Some(self.referral.id.uuid()), case_id: Some(self.case.id) }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        match role {
            Role::HospitalUser => who.hospital_id.is_some_and(|hospital| self.is_shown_to(hospital)),
            Role::Coordinator
            | Role::Lead
            | Role::Doctor
            | Role::Administrator
            | Role::Interpreter
            | Role::Finance
            | Role::Auditor => self.case.is_own(who, role),
        }
    }
}

/// A booking with its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingInCase {
    /// The case.
    pub case: Case,
    /// The booking.
    pub booking: Booking,
}

impl Resource for BookingInCase {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Booking, id: Some(self.booking.id.uuid()), case_id: Some(self.case.id) }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        match role {
            Role::Interpreter => who.interpreter_id.is_some() && who.interpreter_id == self.booking.interpreter_id,
            Role::Coordinator
            | Role::Lead
            | Role::Doctor
            | Role::Administrator
            | Role::HospitalUser
            | Role::Finance
            | Role::Auditor => self.case.is_own(who, role),
        }
    }
}

impl Resource for User {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::User, id: Some(self.id.uuid()), case_id: None }
    }

    fn is_own(&self, who: &Principal, _role: Role) -> bool {
        self.id == who.user_id
    }
}

impl Resource for Hospital {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Hospital, id: Some(self.id.uuid()), case_id: None }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        role == Role::HospitalUser && who.hospital_id == Some(self.id)
    }
}

impl Resource for Interpreter {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Interpreter, id: Some(self.id.uuid()), case_id: None }
    }

    fn is_own(&self, who: &Principal, role: Role) -> bool {
        role == Role::Interpreter && who.interpreter_id == Some(self.id)
    }
}

/// What the policy answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, in these roles.
    Allow(Vec<Role>),
    /// No; the caller sees the thing but may not do this.
    Forbid,
    /// No; to the caller the thing does not exist.
    Hide,
}

/// Answers whether `actor` may do `action` to `resource`. Nothing granted means no.
pub fn can(actor: &Actor, action: Action, resource: &impl Resource) -> Decision {
    let principal = match actor {
        Actor::System if rules::SYSTEM.contains(&action) => return Decision::Allow(Vec::new()),
        Actor::System => return Decision::Forbid,
        Actor::User(principal) => principal,
    };
    let granting = granting_roles(principal, action, resource);
    if !granting.is_empty() {
        return Decision::Allow(granting);
    }
    let object = resource.object();
    let visible = object.id.is_none() || !granting_roles(principal, object.kind.seen_by(), resource).is_empty();
    if visible { Decision::Forbid } else { Decision::Hide }
}

fn granting_roles(principal: &Principal, action: Action, resource: &impl Resource) -> Vec<Role> {
    let collection = resource.object().id.is_none();
    rules_of(action)
        .iter()
        .filter(|(role, _)| principal.roles.contains(role))
        .filter(|(role, reach)| match reach {
            Reach::All => true,
            Reach::Own => collection || resource.is_own(principal, *role),
        })
        .map(|(role, _)| *role)
        .collect()
}

/// The decision behind a [`Permitted`]: the audit record is made from it and from nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    actor: Actor,
    action: Action,
    object: Object,
    roles: Vec<Role>,
}

impl Permit {
    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What they do.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// To what.
    #[must_use]
    pub const fn object(&self) -> Object {
        self.object
    }

    /// The roles that allowed it: its basis.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The refusal by a rule narrower than the table, such as that only its author signs a note. It
    /// goes on record like any other denial.
    #[must_use]
    pub fn deny(&self) -> Denied {
        Denied { actor: Box::new(self.actor.clone()), action: self.action, object: self.object, hidden: false }
    }

    /// The capacities in which the actor may move a case by this permit. A lead is a coordinator who may override.
    #[must_use]
    pub fn parties(&self) -> Vec<Party> {
        match self.actor {
            Actor::System => vec![Party::System],
            Actor::User(_) => self.roles.iter().flat_map(|role| parties_of(*role)).copied().collect(),
        }
    }

    /// How much of a person the actor may read by this permit.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.roles.iter().map(|role| Audience::of(*role)).max().unwrap_or(Audience::Masked)
    }
}

/// The capacities in which a role moves cases.
#[must_use]
pub const fn parties_of(role: Role) -> &'static [Party] {
    match role {
        Role::Coordinator => &[Party::Coordinator],
        Role::Lead => &[Party::Lead, Party::Coordinator],
        Role::Doctor => &[Party::Doctor],
        Role::Finance => &[Party::Finance],
        Role::Administrator => &[Party::Administrator],
        Role::HospitalUser => &[Party::Hospital],
        Role::Interpreter | Role::Auditor => &[],
    }
}

/// A value that the policy has allowed its holder to use as the permit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted<T> {
    value: T,
    permit: Permit,
}

/// Asks whether `actor` may do `action` to `resource`, and proves it.
///
/// # Errors
/// [`Denied`], which reads like "not found" when the resource is hidden from the actor.
pub fn permit<T: Resource>(actor: &Actor, action: Action, resource: T) -> Result<Permitted<T>, Denied> {
    let object = resource.object();
    let denied = |hidden| Denied { actor: Box::new(actor.clone()), action, object, hidden };
    match can(actor, action, &resource) {
        Decision::Allow(roles) => {
            Ok(Permitted { value: resource, permit: Permit { actor: actor.clone(), action, object, roles } })
        }
        Decision::Forbid => Err(denied(false)),
        Decision::Hide => Err(denied(true)),
    }
}

impl<T> Permitted<T> {
    /// What allowed it.
    #[must_use]
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }

    /// Gives the value up together with its proof's protection.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// What follows from the value is permitted as it was.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Permitted<U> {
        Permitted { value: change(self.value), permit: self.permit }
    }

    /// Like [`Permitted::map`], for a change that may be refused.
    ///
    /// # Errors
    /// What `change` refuses.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Permitted<U>, E> {
        Ok(Permitted { value: change(self.value)?, permit: self.permit })
    }

    /// Another value under the same permit: a child of the value, or what was made from it.
    #[must_use]
    pub fn with<U>(&self, value: U) -> Permitted<U> {
        Permitted { value, permit: self.permit.clone() }
    }
}

impl<T> std::ops::Deref for Permitted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The policy said no. What is hidden reads exactly like what does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("denied")]
pub struct Denied {
    /// Who asked; boxed, as refusals are passed on by value.
    pub actor: Box<Actor>,
    /// For what.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// Whether the actor may not even know of it.
    pub hidden: bool,
}

impl Refusal for Denied {
    fn code(&self) -> ProblemCode {
        if self.hidden { ProblemCode::NotFound } else { ProblemCode::Forbidden }
    }

    fn denial(&self) -> Option<&Denied> {
        Some(self)
    }
}
