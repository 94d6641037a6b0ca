//! People who sign in, and their roles.

use chrono::{DateTime, Utc};

use crate::ids::{HospitalId, InterpreterId, SessionId, UserId};
use crate::paging::Version;
use crate::policy::Principal;
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::text::{EmailAddress, Login, PersonName};
use crate::vocabulary::{Coded as _, HospitalState, Language, Role, UserState};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name with which they sign in.
    pub login: Login,
    /// Who they are.
    pub profile: UserProfile,
    /// How they are written to.
    pub contact: Contact,
    /// Whether they may sign in.
    pub state: UserState,
    /// Whether we work with the hospital that they belong to; none for our own people.
    pub hospital_state: Option<HospitalState>,
    /// How often the row was changed.
    pub version: Version,
}

/// How a user is written to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// Where; without an address no invitation and no reset reaches them.
    pub email: Option<EmailAddress>,
    /// In which language.
    pub language: Language,
}

/// Who a user is and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// Their name.
    pub name: PersonName,
    /// The roles that they hold and act in; at least one when they are created.
    pub roles: Vec<Role>,
    /// The roles that they may give to others.
    pub confers: Vec<Role>,
    /// The one hospital that a hospital user belongs to.
    pub hospital_id: Option<HospitalId>,
    /// The interpreter that an interpreting user is.
    pub interpreter_id: Option<InterpreterId>,
}

impl User {
    /// The user as the policy sees them in a session, before anything is said of stand-ins, scopes and assurance.
    #[must_use]
    pub fn acting(self, session_id: SessionId, at: DateTime<Utc>) -> Principal {
        let UserProfile { roles, confers, hospital_id, interpreter_id, .. } = self.profile;
        Principal { roles, confers, hospital_id, interpreter_id, ..Principal::new(self.id, session_id, at) }
    }

    /// Whether they may act at all: neither they nor their organization is shut out, and there is something to act in.
    #[must_use]
    pub fn may_act(&self) -> bool {
        let active = self.state == UserState::Active && self.hospital_state != Some(HospitalState::Suspended);
        active && !self.profile.roles.is_empty()
    }
}

impl User {
    /// Whether anything may be given to them: whoever is shut out, or has left, is let in first.
    ///
    /// # Errors
    /// [`WrongState`] when they are disabled.
    pub fn expect_active(&self, operation: &'static str) -> Result<(), WrongState> {
        if self.state == UserState::Active { Ok(()) } else { Err(WrongState::new(self.state, operation)) }
    }

    /// Whether they may sign in by a password at all: a machine never does.
    #[must_use]
    pub fn may_have_password(&self) -> bool {
        !self.profile.roles.contains(&Role::HospitalClient)
    }
}

impl UserProfile {
    /// The profile of someone whom the operator of the product creates: an administrator who may give
    /// every role, since nobody stands before them who could have passed it on.
    #[must_use]
    pub fn of_operator(self) -> Self {
        let founds = self.roles.contains(&Role::Administrator) && self.confers.is_empty();
        if founds { Self { confers: Role::ALL.to_vec(), ..self } } else { self }
    }

    /// Checks the profile. A hospital user holds no role of ours: the two sides of a referral never meet in one person.
    ///
    /// # Errors
    /// [`Invalid`] for no role, or a binding that its role lacks or does not have.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let hospital = self.roles.iter().any(|role| matches!(role, Role::HospitalUser | Role::HospitalClient));
        let interpreter = self.roles.contains(&Role::Interpreter);
        fields.require("/roles", !self.roles.is_empty(), FieldCode::Empty);
        fields.require("/roles", !hospital || self.roles.len() == 1, FieldCode::Contradicts);
        fields.require("/roles", !hospital || self.confers.is_empty(), FieldCode::Contradicts);
        fields.require("/hospital_id", hospital == self.hospital_id.is_some(), FieldCode::Contradicts);
        fields.require("/interpreter_id", interpreter == self.interpreter_id.is_some(), FieldCode::Contradicts);
        fields.finish(|| Some(self))
    }
}

#[cfg(test)]
mod tests;
