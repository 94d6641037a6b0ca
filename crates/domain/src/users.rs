//! People who sign in: their roles, their sessions, and the tokens that keep a session alive.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{HospitalId, InterpreterId, RefreshTokenId, SessionId, UserId};
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid};
use crate::text::{Login, PersonName};
use crate::vocabulary::{Role, UserState};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name with which they sign in.
    pub login: Login,
    /// Who they are.
    pub profile: UserProfile,
    /// Whether they may sign in.
    pub state: UserState,
    /// How often the row was changed.
    pub version: Version,
}

/// Who a user is and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// Their name.
    pub name: PersonName,
    /// Their roles; at least one.
    pub roles: Vec<Role>,
    /// The one hospital that a hospital user belongs to.
    pub hospital_id: Option<HospitalId>,
    /// The interpreter that an interpreting user is.
    pub interpreter_id: Option<InterpreterId>,
}

impl UserProfile {
    /// Checks the profile. A hospital user holds no role of ours: the two sides of a referral never meet in one person.
    ///
    /// # Errors
    /// [`Invalid`] for no role, or a binding that its role lacks or does not have.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let hospital = self.roles.contains(&Role::HospitalUser);
        let interpreter = self.roles.contains(&Role::Interpreter);
        fields.require("/roles", !self.roles.is_empty(), FieldCode::Empty);
        fields.require("/roles", !hospital || self.roles.len() == 1, FieldCode::Contradicts);
        fields.require("/hospital_id", hospital == self.hospital_id.is_some(), FieldCode::Contradicts);
        fields.require("/interpreter_id", interpreter == self.interpreter_id.is_some(), FieldCode::Contradicts);
        fields.finish(|| Some(self))
    }
}

/// A session: one sign-in, kept alive by a chain of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ends at the latest, however busy it is.
    pub ends_at: DateTime<Utc>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Session {
    /// Whether it still runs.
    #[must_use]
    pub fn runs(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.ends_at
    }
}

/// A refresh token, of which only the hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its id.
    pub id: RefreshTokenId,
    /// The session that it keeps alive.
    pub session_id: SessionId,
    /// When it was handed out.
    pub issued_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// When it was exchanged for the next one.
    pub rotated_at: Option<DateTime<Utc>>,
}

/// What a refresh token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// It is exchanged for the next one.
    Rotate,
    /// It is over, and nothing more.
    Expired,
    /// It was exchanged before: a thief or its victim holds the other one. The session ends.
    Reused,
}

/// For this long a second use of the same token is a lost answer, if none of its children was used (security §2).
const LOST_ANSWER: TimeDelta = TimeDelta::seconds(30);

impl RefreshToken {
    /// Judges a token that is presented. `relative_was_used` says whether a child of it was used, or
    /// another child of its parent: a token exchanged twice leaves two children, of which one may go on.
    #[must_use]
    pub fn judge(&self, relative_was_used: bool, now: DateTime<Utc>) -> RefreshVerdict {
        match self.rotated_at {
            _ if relative_was_used => RefreshVerdict::Reused,
            None if now < self.expires_at => RefreshVerdict::Rotate,
            None => RefreshVerdict::Expired,
            Some(rotated) if now - rotated < LOST_ANSWER => RefreshVerdict::Rotate,
            Some(_) => RefreshVerdict::Reused,
        }
    }
}

#[cfg(test)]
mod tests;
