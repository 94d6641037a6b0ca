//! Who may do what: the one table of permissions, and the proof that it was asked.
//!
//! [`Permitted`] is that proof. Only [`permit`] and [`scope`] make one, storage writes take one and
//! views are built from one, so forgetting the check does not compile. A role says what may be
//! done; the [`Relation`] to the object (by a grant: case team, own referral, own booking, emergency)
//! says on which.

mod rules;
mod scope;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use rules::{
    Action, Assurance, Audience, ON_A_BOOKING, ON_A_CASE, ON_A_PATIENT, ON_A_REFERRAL, ObjectKind, Reach, Relation,
    Verdict, nearest_needed, rules_of, scope_needed,
};
pub use scope::{Claim, Own, Scope, scope, scope_of_named};

use crate::cases::{Case, Party};
use crate::clients::ClientScope;
use crate::grants::{Grant, GrantBasis, Grantee, relation_to_case};
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
    /// When they ask: what runs at this instant counts.
    pub at: DateTime<Utc>,
    /// The roles that they exercise.
    pub roles: Vec<Role>,
    /// The roles that they may give to others.
    pub confers: Vec<Role>,
    /// The hospital that a hospital's user or client belongs to.
    pub hospital_id: Option<HospitalId>,
    /// The interpreter that an interpreting user is.
    pub interpreter_id: Option<InterpreterId>,
    /// For whom they stand in at present.
    pub stands_in_for: Vec<StandIn>,
    /// How far their sign-in has come.
    pub assurance: Assurance,
    /// What narrows the role of a hospital's client; none for people.
    pub scopes: Option<Vec<ClientScope>>,
}

/// Someone who is away, and for whom another acts meanwhile: on their cases, and in no role that they do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// Who is away.
    pub user_id: UserId,
    /// The roles that they exercise.
    pub roles: Vec<Role>,
    /// Until when, exclusively.
    pub until: DateTime<Utc>,
}

impl Principal {
    /// Someone without any role or binding, fully signed in.
    #[must_use]
    pub const fn new(user_id: UserId, session_id: SessionId, at: DateTime<Utc>) -> Self {
        Self {
            user_id,
            session_id,
            at,
            roles: Vec::new(),
            confers: Vec::new(),
            hospital_id: None,
            interpreter_id: None,
            stands_in_for: Vec::new(),
            assurance: Assurance::Full,
            scopes: None,
        }
    }

    /// Those as whom they act where a grant on `basis` counts in the capacity of `role`.
    #[must_use]
    pub fn holders(&self, basis: GrantBasis, role: Role) -> Vec<Grantee> {
        let absent =
            self.stands_in_for.iter().filter(|absent| basis.passes_to_stand_ins() && absent.roles.contains(&role));
        match basis {
            GrantBasis::Referral => self.hospital_id.map(Grantee::Hospital).into_iter().collect(),
            GrantBasis::Booking => self.interpreter_id.map(Grantee::Interpreter).into_iter().collect(),
            GrantBasis::Coordinator | GrantBasis::Doctor | GrantBasis::SecondOpinion | GrantBasis::BreakGlass => {
                [self.user_id].into_iter().chain(absent.map(|absent| absent.user_id)).map(Grantee::User).collect()
            }
        }
    }
}

impl Principal {
    /// The rules that speak for them in an action: of the roles that they exercise, as far as their sign-in
    /// and their scopes go.
    fn rules_for(&self, action: Action) -> impl Iterator<Item = (Role, Reach)> {
        let assured = self.assurance == Assurance::Full || rules::ONES_OWN_ACCOUNT.contains(&action);
        let rules = rules_of(action).iter().copied().filter(move |_| assured);
        rules.filter(move |(role, _)| self.roles.contains(role) && self.has_scope_for(action, *role))
    }

    /// Whether a role may be used for an action as far as scopes go: only those of clients are narrowed.
    fn has_scope_for(&self, action: Action, role: Role) -> bool {
        let held = |scope| self.scopes.as_ref().is_some_and(|scopes| scopes.contains(&scope));
        role != Role::HospitalClient || scope_needed(action).is_none_or(held)
    }

    /// Whether it is a client that may not do `action` for want of a scope.
    fn lacks_scope_for(&self, action: Action) -> bool {
        self.scopes.is_some() && !self.has_scope_for(action, Role::HospitalClient)
    }
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

    /// The roles in which the user acts; none of the product.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        match self {
            Self::User(principal) => &principal.roles,
            Self::System => &[],
        }
    }

    /// The same one, without the roles that are not among `roles`.
    #[must_use]
    pub fn in_roles(mut self, roles: &[Role]) -> Self {
        if let Self::User(principal) = &mut self {
            principal.roles.retain(|role| roles.contains(role));
        }
        self
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

    /// How near `who` stands to it in the capacity of `role`.
    fn relation(&self, who: &Principal, role: Role) -> Relation;

    /// How much of a person it shows to `who` in the capacity of `role`.
    fn view(&self, _who: &Principal, role: Role) -> Audience {
        Audience::of(role)
    }
}

/// A whole collection: what is created into it or listed from it has no owner yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole(pub ObjectKind);

impl Resource for Whole {
    fn object(&self) -> Object {
        Object { kind: self.0, id: None, case_id: None }
    }

    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        Relation::Stranger
    }
}

/// A case with the grants that open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseInCare {
    /// The case.
    pub case: Case,
    /// Its grants that have not ended.
    pub grants: Vec<Grant>,
}

impl Resource for CaseInCare {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Case, id: Some(self.case.id.uuid()), case_id: Some(self.case.id) }
    }

    fn relation(&self, who: &Principal, role: Role) -> Relation {
        relation_to_case(&self.grants, who, role)
    }
}

/// A patient with the grants of their cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientInCare {
    /// The patient.
    pub patient: Patient,
    /// Whether a case was opened for them: from then on its team cares for them.
    pub has_case: bool,
    /// The grants of all their cases that have not ended.
    pub grants: Vec<Grant>,
}

impl PatientInCare {
    /// Whether they are `user`'s for having registered them: whoever did so opens the first case.
    fn awaits_case_by(&self, user: UserId) -> bool {
        !self.has_case && self.patient.created_by == user
    }
}

impl Resource for PatientInCare {
    fn object(&self) -> Object {
        self.patient.object()
    }

    fn relation(&self, who: &Principal, role: Role) -> Relation {
        if registers(role) && self.awaits_case_by(who.user_id) {
            return Relation::Own;
        }
        relation_to_case(&self.grants, who, role)
    }
}

/// Whether what someone registered is their own in the capacity of `role`.
const fn registers(role: Role) -> bool {
    matches!(role, Role::Coordinator | Role::Lead)
}

/// A referral with its case and the grants that open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralInCase {
    /// The case.
    pub case: Case,
    /// The referral.
    pub referral: Referral,
    /// The grants of the case that have not ended.
    pub grants: Vec<Grant>,
}

impl Resource for ReferralInCase {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Referral, id: Some(self.referral.id.uuid()), case_id: Some(self.case.id) }
    }

    fn relation(&self, who: &Principal, role: Role) -> Relation {
        let own = self.grants.iter().filter(|grant| grant.terms.referral_id == Some(self.referral.id));
        let own = own.map(|grant| grant.brings(who, role)).max().unwrap_or(Relation::Stranger);
        own.max(relation_to_case(&self.grants, who, role))
    }
}

/// A booking with its case and the grants that open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingInCase {
    /// The case.
    pub case: Case,
    /// The booking.
    pub booking: Booking,
    /// The grants of the case that have not ended.
    pub grants: Vec<Grant>,
}

impl BookingInCase {
    /// The grants of the booking itself that reach `who`.
    fn granted(&self, who: &Principal, role: Role) -> impl Iterator<Item = &Grant> {
        let own = self.grants.iter().filter(|grant| grant.terms.booking_id == Some(self.booking.id));
        own.filter(move |grant| grant.brings(who, role) > Relation::Stranger)
    }
}

impl Resource for BookingInCase {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Booking, id: Some(self.booking.id.uuid()), case_id: Some(self.case.id) }
    }

    fn relation(&self, who: &Principal, role: Role) -> Relation {
        let own = self.granted(who, role).map(|grant| grant.brings(who, role)).max().unwrap_or(Relation::Stranger);
        own.max(relation_to_case(&self.grants, who, role))
    }

    /// An interpreter reads as much as the grant of the moment gives.
    fn view(&self, who: &Principal, role: Role) -> Audience {
        let granted = self.granted(who, role).map(|grant| grant.terms.view).max();
        granted.map_or(Audience::of(role), |view| view.min(Audience::of(role)))
    }
}

impl Resource for User {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::User, id: Some(self.id.uuid()), case_id: None }
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        Relation::own_if(self.id == who.user_id)
    }
}

impl Resource for Hospital {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Hospital, id: Some(self.id.uuid()), case_id: None }
    }

    /// No role reaches its own hospital alone.
    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        Relation::Stranger
    }
}

impl Resource for Interpreter {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Interpreter, id: Some(self.id.uuid()), case_id: None }
    }

    /// No role reaches its own entry in the register alone.
    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        Relation::Stranger
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
    principal
        .rules_for(action)
        .filter(|(role, reach)| match reach {
            Reach::All => true,
            Reach::Own => collection || resource.relation(principal, *role) >= nearest_needed(action),
        })
        .map(|(role, _)| role)
        .collect()
}

/// The decision behind a [`Permitted`]: the audit record is made from it and from nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    actor: Actor,
    action: Action,
    object: Object,
    roles: Vec<Role>,
    relation: Option<Relation>,
    audience: Audience,
    clinical: bool,
    on_behalf_of: Option<UserId>,
    lent: bool,
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

    /// How near these roles brought the actor to the thing; none for a collection, and for the product itself.
    #[must_use]
    pub const fn relation(&self) -> Option<Relation> {
        self.relation
    }

    /// Whom the actor stands in for, where one of the [roles](Self::roles) is theirs for no other reason.
    #[must_use]
    pub const fn on_behalf_of(&self) -> Option<UserId> {
        self.on_behalf_of
    }

    /// Until when it is lent, where the actor may do it for standing in for someone and for no other reason: what they
    /// do by it must not outlast that.
    #[must_use]
    pub fn lent_until(&self) -> Option<DateTime<Utc>> {
        let Actor::User(who) = &self.actor else { return None };
        if !self.lent {
            return None;
        }
        let absent = who.stands_in_for.iter().find(|absent| Some(absent.user_id) == self.on_behalf_of)?;
        Some(absent.until)
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
    pub const fn audience(&self) -> Audience {
        self.audience
    }

    /// Whether the actor may read, along with what the permit is about, what is clinical of its case: a side, a
    /// finding.
    #[must_use]
    pub const fn reads_clinical(&self) -> bool {
        self.clinical
    }

    /// Whether the actor may read what people wrote about the patient. Words are clinical, and they may name
    /// whom a masked reader does not know.
    #[must_use]
    pub fn reads_words(&self) -> bool {
        self.clinical && self.audience > Audience::Masked
    }

    /// The same permit, on record for another thing that was reached by it: a case that is handed over when
    /// someone leaves.
    #[must_use]
    pub fn reaching(&self, object: Object) -> Self {
        Self { object, relation: self.relation.filter(|_| object == self.object), ..self.clone() }
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
        Role::HospitalUser | Role::HospitalClient => &[Party::Hospital],
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
            let audience = audience(actor, &roles, &resource);
            let permit = Permit {
                actor: actor.clone(),
                action,
                object,
                relation: relation(actor, &roles, &resource),
                audience,
                clinical: reads_clinical(actor, audience, &resource),
                on_behalf_of: on_behalf_of(actor, action, &resource, &roles),
                lent: is_lent(actor, action, &resource),
                roles,
            };
            Ok(Permitted { value: resource, permit })
        }
        Decision::Forbid => Err(denied(false)),
        Decision::Hide => Err(denied(true)),
    }
}

/// The widest view that one of the `roles` gives.
fn audience(actor: &Actor, roles: &[Role], resource: &impl Resource) -> Audience {
    let Actor::User(who) = actor else { return Audience::Masked };
    roles.iter().map(|role| resource.view(who, *role)).max().unwrap_or(Audience::Masked)
}

/// How near the nearest of the `roles` brings the actor to a single thing.
fn relation(actor: &Actor, roles: &[Role], resource: &impl Resource) -> Option<Relation> {
    let Actor::User(who) = actor else { return None };
    resource.object().id?;
    roles.iter().map(|role| resource.relation(who, *role)).max()
}

/// Whether what is clinical of the thing's case is open too. A hospital reads it of what it may read at all.
fn reads_clinical(actor: &Actor, audience: Audience, resource: &impl Resource) -> bool {
    let open = || matches!(can(actor, Action::ViewClinical, resource), Decision::Allow(_));
    resource.object().case_id.is_some() && (audience == Audience::Hospital || open())
}

/// Whether the actor may do it for standing in for someone alone.
fn is_lent(actor: &Actor, action: Action, resource: &impl Resource) -> bool {
    let Actor::User(who) = actor else { return false };
    let by_themselves = Principal { stands_in_for: Vec::new(), ..who.clone() };
    !who.stands_in_for.is_empty() && granting_roles(&by_themselves, action, resource).is_empty()
}

/// The first of those who are away to whom the actor owes one of the `roles`.
fn on_behalf_of(actor: &Actor, action: Action, resource: &impl Resource, roles: &[Role]) -> Option<UserId> {
    let Actor::User(who) = actor else { return None };
    if who.stands_in_for.is_empty() {
        return None;
    }
    let with = |absent: &[StandIn]| Principal { stands_in_for: absent.to_vec(), ..who.clone() };
    let own = granting_roles(&with(&[]), action, resource);
    let borrowed: Vec<_> = roles.iter().filter(|role| !own.contains(role)).collect();
    let lends = |absent: &&StandIn| {
        let lent = granting_roles(&with(std::slice::from_ref(*absent)), action, resource);
        borrowed.iter().any(|role| lent.contains(role))
    };
    who.stands_in_for.iter().find(lends).map(|absent| absent.user_id)
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

    /// The same, but that it tells nothing of a person.
    #[must_use]
    fn masked(self) -> Self {
        Self { permit: Permit { audience: Audience::Masked, ..self.permit }, ..self }
    }

    /// Like [`Permitted::map`], for a change that may be refused.
    ///
    /// # Errors
    /// What `change` refuses.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Permitted<U>, E> {
        Ok(Permitted { value: change(self.value)?, permit: self.permit })
    }

    /// What was made into a collection: the record names it, so that it can be told who made what.
    #[must_use]
    pub fn made(self, object: Object) -> Self {
        Self { permit: Permit { object, ..self.permit }, ..self }
    }

    /// That an answer given under this permit before is given again: on record as that, since nothing is done twice.
    #[must_use]
    pub fn answered_again(self) -> Self {
        Self { permit: Permit { action: Action::RepeatAnswer, ..self.permit }, ..self }
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
        match &*self.actor {
            _ if self.hidden => ProblemCode::NotFound,
            Actor::User(client) if client.lacks_scope_for(self.action) => ProblemCode::InsufficientScope,
            Actor::User(_) | Actor::System => ProblemCode::Forbidden,
        }
    }

    fn denial(&self) -> Option<&Denied> {
        Some(self)
    }
}
