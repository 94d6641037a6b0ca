//! Breaking the glass: who has no access to a case and needs it at once takes it, for an hour, to read,
//! and others hear of it (security §3).

use chrono::{DateTime, TimeDelta, Utc};

use super::{EmergencyReason, GrantBasis, GrantTerms, Grantee};
use crate::ids::UserId;
use crate::refusal::{FieldCode, FieldResult, ProblemCode, Refusal};
use crate::text::Line;

/// How many minutes someone may ask for; the most are given to who does not say.
const MINUTES: std::ops::RangeInclusive<u16> = 5..=60;

/// The most emergencies of one person that run at a time. Whoever has more cases open at once than one
/// person can see to looks around rather than helps.
pub const MOST_EMERGENCIES: u64 = 5;

/// What someone declares who breaks the glass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    reason_code: EmergencyReason,
    reason: Line,
    lasts: Lasts,
}

/// How long an emergency lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts(TimeDelta);

/// Whoever breaks the glass can read the case without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the case is open to the caller already")]
pub struct AccessHeld;

impl Refusal for AccessHeld {
    fn code(&self) -> ProblemCode {
        ProblemCode::AccessHeld
    }
}

/// Whoever breaks the glass has [`MOST_EMERGENCIES`] open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many emergencies of one person run at a time")]
pub struct TooManyEmergencies;

impl Refusal for TooManyEmergencies {
    fn code(&self) -> ProblemCode {
        ProblemCode::TooManyEmergencies
    }
}

impl Emergency {
    /// An emergency for this reason, for as long as [`Emergency::lasts`] allowed.
    #[must_use]
    pub const fn new(reason_code: EmergencyReason, reason: Line, lasts: Lasts) -> Self {
        Self { reason_code, reason, lasts }
    }

    /// How long an emergency lasts for which so many minutes are asked.
    ///
    /// # Errors
    /// [`FieldCode::OutOfRange`] for fewer than 5 or more than 60.
    pub fn lasts(minutes: Option<u16>) -> FieldResult<Lasts> {
        let minutes = minutes.unwrap_or(*MINUTES.end());
        if !MINUTES.contains(&minutes) {
            return Err(FieldCode::OutOfRange);
        }
        Ok(Lasts(TimeDelta::minutes(minutes.into())))
    }

    /// Which emergency it is.
    #[must_use]
    pub const fn reason_code(&self) -> EmergencyReason {
        self.reason_code
    }

    /// The access that it gives to `holder`, who has so many others running.
    ///
    /// # Errors
    /// [`TooManyEmergencies`] beyond [`MOST_EMERGENCIES`].
    pub fn declare(self, holder: UserId, running: u64, now: DateTime<Utc>) -> Result<GrantTerms, TooManyEmergencies> {
        if running >= MOST_EMERGENCIES {
            return Err(TooManyEmergencies);
        }
        Ok(GrantTerms {
            valid_until: Some(now + self.lasts.0),
            emergency: Some(self.reason_code),
            reason: Some(self.reason),
            ..GrantTerms::of_member(Grantee::User(holder), GrantBasis::BreakGlass, now)
        })
    }
}
