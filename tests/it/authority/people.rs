//! Who asks: everyone whom the service knows, as they stand to the one case of this world.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use rafiq_domain::clients::ClientScope;
use rafiq_domain::grants::GrantBasis;
use rafiq_domain::policy::{
    Action, Actor, Assurance, Decision, Denied, Object, ObjectKind, Principal, Relation, Resource, can, permit,
};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::vocabulary::{Coded, Role};
use uuid::Uuid;

use super::script::{On, Row};
use crate::app::{Client, Session, TestApp};

/// A person, or a machine.
pub(super) struct Person<'app> {
    /// How they ask.
    pub(super) client: Client<'app>,
    /// Who they are.
    pub(super) user_id: Uuid,
    /// The role that brings them here.
    pub(super) role: Role,
    /// Another role that they hold besides.
    also: Option<Role>,
    /// How they are told from others of their role.
    what: &'static str,
    /// The basis of the grant that counts for them.
    basis: Option<GrantBasis>,
    /// Whether they hold it themselves: nobody lends it, as to a stand-in.
    personally: bool,
    /// Whether they coordinate the case while they ask, and no longer: it has one coordinator at a time.
    pub(super) borrows_case: bool,
    assurance: Assurance,
    scopes: Option<Vec<ClientScope>>,
    /// What they ask about where others ask about what belongs to the case: it was theirs once.
    own: BTreeMap<&'static str, String>,
    entry: Entry<'app>,
}

/// How someone comes in again when time has passed.
enum Entry<'app> {
    Password(Session<'app>),
    Secret(Machine),
}

/// A hospital's client with its secret.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) user_id: Uuid,
    pub(super) login: String,
    pub(super) secret: String,
}

/// What the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// Go on.
    Allowed,
    /// Stop, by the table of the policy.
    Denied(Action, ProblemCode),
    /// Stop, by a rule of the thing itself, which has reasons of its own.
    NotThem,
}

impl<'app> Person<'app> {
    /// Somebody of a role, whom nothing ties to the case.
    pub(super) fn stranger(session: Session<'app>, role: Role) -> Self {
        Self {
            client: session.client(),
            user_id: session.user_id,
            role,
            also: None,
            what: "a strange",
            basis: None,
            personally: false,
            borrows_case: false,
            assurance: Assurance::Full,
            scopes: None,
            own: BTreeMap::new(),
            entry: Entry::Password(session),
        }
    }

    /// A machine of a hospital, which has these of the scopes.
    pub(super) async fn machine(app: &'app TestApp<'app>, machine: Machine, scopes: &[ClientScope]) -> Self {
        Self {
            client: machine.enter(app).await,
            user_id: machine.user_id,
            role: Role::HospitalClient,
            also: None,
            what: "a strange",
            basis: None,
            personally: false,
            borrows_case: false,
            assurance: Assurance::Full,
            scopes: Some(scopes.to_vec()),
            own: BTreeMap::new(),
            entry: Entry::Secret(machine),
        }
    }

    /// Holds a grant on this basis.
    pub(super) fn holding(self, basis: GrantBasis) -> Self {
        Self { basis: Some(basis), personally: true, what: "its own", ..self }
    }

    /// Stands in for someone who holds a grant on this basis.
    pub(super) fn standing_in(self, basis: GrantBasis, what: &'static str) -> Self {
        Self { basis: Some(basis), personally: false, what, ..self }
    }

    /// Is called so.
    pub(super) fn called(self, what: &'static str) -> Self {
        Self { what, ..self }
    }

    /// Holds another role besides.
    pub(super) fn and(self, role: Role) -> Self {
        Self { also: Some(role), ..self }
    }

    /// Coordinates the case for as long as they ask.
    pub(super) fn borrowing(self) -> Self {
        Self { borrows_case: true, ..self.holding(GrantBasis::Coordinator) }
    }

    /// Has shown the password and nothing else.
    pub(super) fn half_way(self) -> Self {
        Self { assurance: Assurance::Partial, ..self }
    }

    /// Asks about another thing of that name.
    pub(super) fn about(mut self, name: &'static str, id: String) -> Self {
        self.own.insert(name, id);
        self
    }

    /// Comes in once more.
    pub(super) async fn enter_again(&mut self, app: &'app TestApp<'app>) {
        match &mut self.entry {
            Entry::Password(session) => {
                *session = session.again().await;
                self.client = session.client();
            }
            Entry::Secret(machine) => self.client = machine.enter(app).await,
        }
    }

    /// What they mean by a name where they mean something of their own.
    pub(super) fn own(&self, name: &str) -> Option<&str> {
        self.own.get(name).map(String::as_str)
    }

    /// Whether they have shown the password and nothing else.
    pub(super) fn is_half_way(&self) -> bool {
        self.assurance == Assurance::Partial
    }

    /// The roles that they hold.
    fn roles(&self) -> Vec<Role> {
        [self.role].into_iter().chain(self.also).collect()
    }

    /// Whether they are here in one role and no other.
    pub(super) fn is_only(&self, role: Role) -> bool {
        self.roles() == [role]
    }

    /// Whether the case is theirs in person.
    pub(super) fn is_near(&self) -> bool {
        let own = self.basis.is_some_and(|basis| basis.relation(self.role) == Relation::Own);
        self.personally && own
    }

    fn principal(&self, at: DateTime<Utc>) -> Principal {
        Principal {
            roles: self.roles(),
            assurance: self.assurance,
            scopes: self.scopes.clone(),
            ..Principal::new(self.user_id.into(), Uuid::nil().into(), at)
        }
    }

    /// How near they stand to something of the case.
    fn relation(&self, kind: ObjectKind, role: Role) -> Relation {
        if kind == ObjectKind::Passkey {
            // Nobody is tied to one by the case.
            return if self.own("passkey_id").is_some() { Relation::Own } else { Relation::Stranger };
        }
        let Some(basis) = self.basis else { return Relation::Stranger };
        let reaches = match kind {
            ObjectKind::Patient | ObjectKind::Case => basis.opens_case(),
            ObjectKind::Referral => basis.opens_case() || basis == GrantBasis::Referral,
            ObjectKind::Booking => basis.opens_case() || basis == GrantBasis::Booking,
            ObjectKind::Interpreter => basis == GrantBasis::Booking,
            ObjectKind::Hospital => basis == GrantBasis::Referral,
            // The session in this world is the coordinator's.
            ObjectKind::Session => basis == GrantBasis::Coordinator && self.personally && !self.borrows_case,
            ObjectKind::Passkey
            | ObjectKind::User
            | ObjectKind::Client
            | ObjectKind::Approval
            | ObjectKind::Grant
            | ObjectKind::Delegation
            | ObjectKind::Audit => false,
        };
        if reaches { basis.relation(role) } else { Relation::Stranger }
    }

    /// What the policy says of them and a row.
    pub(super) fn expected(&self, row: &Row, on: On, at: DateTime<Utc>) -> Expected {
        let actor = Actor::User(self.principal(at));
        let mut by = self.roles();
        for action in row.needs {
            let place = Place { on, person: self, apart: row.apart, tie: row.tie };
            match permit(&actor, *action, place) {
                Ok(permitted) => permitted.permit().roles().clone_into(&mut by),
                Err(denied) => return Expected::Denied(*action, self.code_of(&denied, &actor)),
            }
        }
        if by.iter().any(|role| (row.only)(self, *role)) { Expected::Allowed } else { Expected::NotThem }
    }

    /// A sign-in that is half-way is told so before anything is looked at, but for what it may do to its own account.
    fn code_of(&self, denied: &Denied, actor: &Actor) -> ProblemCode {
        let own_account = Place { on: On::Oneself, person: self, apart: false, tie: |_| Relation::Stranger };
        let open = matches!(can(actor, denied.action, &own_account), Decision::Allow(_));
        if self.assurance == Assurance::Partial && !open { ProblemCode::SecondFactorRequired } else { denied.code() }
    }
}

impl fmt::Display for Person<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half_way = if self.assurance == Assurance::Partial { " half-way in" } else { "" };
        let also = self.also.map(|role| format!(" and {}", role.code())).unwrap_or_default();
        write!(formatter, "{} {}{also}{half_way}", self.what, self.role.code())
    }
}

impl Machine {
    /// Gets a token.
    async fn enter<'app>(&self, app: &'app TestApp<'app>) -> Client<'app> {
        let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", self.login, self.secret);
        let ask = app.anyone().ask(axum::http::Method::POST, "/api/v1/oauth/token");
        let answer = ask.with("content-type", "application/x-www-form-urlencoded").bytes(&form).await.expect(200);
        app.bearer(answer.text("/access_token"))
    }
}

/// What a row is about, as one person stands to it.
struct Place<'world, 'app> {
    on: On,
    person: &'world Person<'app>,
    apart: bool,
    tie: fn(&Person<'_>) -> Relation,
}

impl Resource for Place<'_, '_> {
    fn object(&self) -> Object {
        let (kind, id) = match self.on {
            On::All(kind) => (kind, None),
            On::One(kind) => (kind, Some(Uuid::nil())),
            On::Oneself => (ObjectKind::User, Some(Uuid::nil())),
        };
        Object { kind, id, case_id: None }
    }

    fn relation(&self, _who: &Principal, role: Role) -> Relation {
        match self.on {
            On::All(_) => Relation::Stranger,
            On::One(_) if self.apart => (self.tie)(self.person),
            On::One(kind) => self.person.relation(kind, role).max((self.tie)(self.person)),
            On::Oneself => Relation::Own,
        }
    }
}
