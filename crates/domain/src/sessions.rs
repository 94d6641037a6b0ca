//! Sessions: one sign-in each, kept alive by a chain of refresh tokens (security §2).

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{RefreshTokenId, SessionId, UserId};
use crate::policy::{Assurance, Object, ObjectKind, Principal, Relation, Resource};
use crate::text::Line;
use crate::vocabulary::Role;

/// How long a session that has ended is kept, so that a late use of its refresh tokens is still told
/// from a token that never was.
pub const KEPT_AFTER_END: TimeDelta = TimeDelta::days(30);

/// For this long after a second factor was shown the factors themselves may be changed (OWASP ASVS 7.5.1).
const FRESHLY_PROVEN: TimeDelta = TimeDelta::minutes(10);

/// A session: one sign-in, kept alive by a chain of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was last prolonged. Not each request is noted: a session in use is prolonged every
    /// five minutes, and a write for each request would tell little more.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest, however busy it is.
    pub ends_at: DateTime<Utc>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When a second factor was last shown in it.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// The program that signed in, as it names itself.
    pub client: Option<ClientName>,
}

impl Session {
    /// Whether it still runs.
    #[must_use]
    pub fn runs(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.ends_at
    }

    /// Whether a second factor was shown in it so lately that the factors themselves may be changed.
    #[must_use]
    pub fn is_freshly_proven(&self, now: DateTime<Utc>) -> bool {
        self.second_factor_at.is_some_and(|shown| now - shown <= FRESHLY_PROVEN)
    }
}

impl Resource for Session {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Session, id: Some(self.id.uuid()), case_id: None }
    }

    /// Whoever still owes a second factor has the session alone in which they ask.
    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        let reached = who.assurance == Assurance::Full || self.id == who.session_id;
        Relation::own_if(self.user_id == who.user_id && reached)
    }
}

/// How a client program names itself (`User-Agent`), so that people tell their sessions apart.
/// Nothing is decided by it: anyone may send anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientName(Line);

impl ClientName {
    /// The most characters that are kept of a name.
    pub const LONGEST: usize = 200;

    /// What can be shown of a name: the printable part of ASCII, as `User-Agent` is made of (RFC 9110
    /// §10.1.5), and no more than [`ClientName::LONGEST`] of it. None when nothing is left.
    #[must_use]
    pub fn cleaned(text: &str) -> Option<Self> {
        let printable = text.chars().filter(|letter| (' '..='~').contains(letter));
        let kept: String = printable.take(Self::LONGEST).collect();
        Line::parse(&kept, Self::LONGEST).ok().map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
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
