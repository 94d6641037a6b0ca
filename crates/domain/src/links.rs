//! One-time links: what is sent to someone's mailbox so that they choose a password themselves.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::UserId;
use crate::refusal::{ProblemCode, Refusal, WrongState};
use crate::users::User;
use crate::vocabulary::{UserState, coded};

coded! {
    /// What a one-time link is good for.
    pub enum LinkPurpose: "link_purpose" {
        Invitation = "invitation" => "Choosing the first password", "اختيار أول كلمة مرور", "İlk parolayı belirleme";
        PasswordReset = "password_reset" => "Choosing a new password", "اختيار كلمة مرور جديدة", "Yeni parola belirleme";
    }
}

impl LinkPurpose {
    /// How long a link is good, from when it was sent (security §2).
    #[must_use]
    pub const fn validity(self) -> TimeDelta {
        match self {
            Self::Invitation => TimeDelta::hours(72),
            Self::PasswordReset => TimeDelta::minutes(30),
        }
    }
}

/// A link as it is kept: its secret is known to its mail alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// Whose it is.
    pub user_id: UserId,
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// When it was sent.
    pub issued_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

impl OneTimeLink {
    /// A link sent now.
    #[must_use]
    pub fn issue(user_id: UserId, purpose: LinkPurpose, now: DateTime<Utc>) -> Self {
        Self { user_id, purpose, issued_at: now, expires_at: now + purpose.validity() }
    }
}

/// The link is worth nothing: unknown, used, too old, or replaced by a later one. Which, is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link is not good any more")]
pub struct InvalidLink;

impl Refusal for InvalidLink {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidLink
    }
}

/// Someone cannot be invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// They are disabled.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// They have a password already; whoever forgot it asks for a new one themselves.
    #[error("the user has a password already")]
    HasPassword,
    /// Nothing can be sent to them.
    #[error("the user has no e-mail address")]
    NoAddress,
}

impl Refusal for InviteError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::HasPassword | Self::NoAddress => ProblemCode::WrongState,
        }
    }
}

/// Whether a user has a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasPassword {
    /// They have.
    Yes,
    /// They have not.
    No,
}

impl User {
    /// Checks that the user can be invited to choose a first password.
    ///
    /// # Errors
    /// [`InviteError`] when they are disabled, have one, or cannot be written to.
    pub fn invitable(&self, password: HasPassword) -> Result<(), InviteError> {
        match (self.state, password, &self.contact.email) {
            (UserState::Disabled, ..) => Err(WrongState::new(self.state, "invite").into()),
            (UserState::Active, HasPassword::No, _) if !self.may_have_password() => Err(InviteError::NoAddress),
            (UserState::Active, HasPassword::Yes, _) => Err(InviteError::HasPassword),
            (UserState::Active, HasPassword::No, None) => Err(InviteError::NoAddress),
            (UserState::Active, HasPassword::No, Some(_)) => Ok(()),
        }
    }
}
