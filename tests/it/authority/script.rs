//! The words in which the table of operations is written.

use chrono::TimeDelta;
use rafiq_domain::policy::{Action, ObjectKind, Relation};
use rafiq_domain::vocabulary::{ReferralState, Role};
use serde_json::Value;

use super::people::Person;
use super::world::World;

/// What an operation is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// A collection: what is made into it or listed from it.
    All(ObjectKind),
    /// The one of its kind in the address.
    One(ObjectKind),
    /// The caller's own account.
    Oneself,
}

impl On {
    /// Which kind of thing it is.
    pub(super) fn kind(self) -> ObjectKind {
        match self {
            Self::All(kind) | Self::One(kind) => kind,
            Self::Oneself => ObjectKind::User,
        }
    }
}

/// One operation of the document.
pub(super) struct Row {
    /// Its id in the document.
    pub(super) id: &'static str,
    /// The actions that the caller needs, in the order in which they are asked for.
    pub(super) needs: &'static [Action],
    /// To what.
    pub(super) on: On,
    /// Whom the thing itself lets do it, of those whom the policy allows: by a role that it allows them in.
    pub(super) only: fn(&Person<'_>, Role) -> bool,
    /// What else ties someone to the thing, besides how they stand to the case.
    pub(super) tie: fn(&Person<'_>) -> Relation,
    /// Whether it belongs to no case, so that how they stand to one is nothing to it.
    pub(super) apart: bool,
    /// What stands after the path, with names as in a path.
    pub(super) query: &'static str,
    /// The request's body; null for none.
    pub(super) body: fn(&World<'_>) -> Value,
    /// The name under which the id of what was made is remembered.
    pub(super) keeps: Option<&'static str>,
}

/// Something that has to happen for the journey to go on.
pub(super) enum Scene {
    /// Someone who stands near carries out an operation; what it makes is remembered.
    Do { role: Role, id: &'static str, body: fn(&World<'_>) -> Value, keeps: Option<&'static str> },
    /// A value of what is at a path is remembered: its name, the path, and a JSON pointer.
    Note(&'static str, &'static str, &'static str),
    /// What is remembered under the two names changes places.
    Swap(&'static str, &'static str),
    /// Everything asked of the patient arrives.
    ReceiveAll,
    /// Another referral to the hospital of the journey comes to a state.
    Refer(ReferralState),
    /// Time passes, and everyone signs in again.
    Later(TimeDelta),
}

/// One line of the script.
pub(super) enum Entry {
    /// An operation, asked for by everyone.
    Test(Row),
    /// What happens between.
    Scene(Scene),
    /// A newcomer sets up factors of their own, shows them and takes them away.
    OwnFactors,
}

/// An operation that takes no body.
pub(super) fn ask(id: &'static str, needs: &'static [Action], on: On) -> Row {
    let only = |_: &Person<'_>, _: Role| true;
    let tie = |_: &Person<'_>| Relation::Stranger;
    Row { id, needs, on, only, tie, apart: false, query: "", body: |_| Value::Null, keeps: None }
}

impl Row {
    /// Whether it is open to the world.
    pub(super) fn is_open(&self) -> bool {
        self.needs.is_empty()
    }

    /// With a body.
    pub(super) fn with(self, body: fn(&World<'_>) -> Value) -> Self {
        Self { body, ..self }
    }

    /// With a query.
    pub(super) fn asking(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    /// Remembers the id of what was made.
    pub(super) fn keeps(self, name: &'static str) -> Self {
        Self { keeps: Some(name), ..self }
    }

    /// The thing is tied to some people by itself, such as a delegation to its parties.
    pub(super) fn tied(self, tie: fn(&Person<'_>) -> Relation) -> Self {
        Self { tie, ..self }
    }

    /// The thing has nothing to do with the case of this world: only what ties people to it counts.
    pub(super) fn apart(self, tie: fn(&Person<'_>) -> Relation) -> Self {
        Self { tie, apart: true, ..self }
    }

    /// Only these, of those whom the policy allows.
    pub(super) fn only(self, only: fn(&Person<'_>, Role) -> bool) -> Self {
        Self { only, ..self }
    }
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self::Test(row)
    }
}

impl From<Scene> for Entry {
    fn from(scene: Scene) -> Self {
        Self::Scene(scene)
    }
}
