//! The periodic review of who may do what: what a reviewer looks at, and that somebody did look
//! (security §3; ISO/IEC 27001 A.5.18).

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{AccessReviewId, UserId};
use crate::refusal::{ProblemCode, Refusal};
use crate::roles::{RoleAssignment, RoleAssignmentState, RolePurpose};
use crate::text::Line;
use crate::users::User;
use crate::vocabulary::{Role, coded};

/// After this long without a sign-in someone may no longer need their access.
const LONG_AWAY: TimeDelta = TimeDelta::days(90);

/// A role that ends within this time is worth a word with its holder.
const ENDS_SOON: TimeDelta = TimeDelta::days(30);

coded! {
    /// What a reviewer of someone's access should look at.
    pub enum AccessFlag: "access_flag" {
        Administrator = "administrator" => "Administers the product", "يدير النظام", "Sistemi yönetiyor";
        Confers = "confers" => "May give roles to others", "يمكنه منح الأدوار لغيره", "Başkalarına rol verebiliyor";
        NoRole = "no_role" => "Holds no role", "لا يحمل أي دور", "Hiç rolü yok";
        RoleEndsSoon = "role_ends_soon" => "A role ends within 30 days", "ينتهي دور خلال ٣٠ يومًا", "Bir rol 30 gün içinde sona eriyor";
        NeverSignedIn = "never_signed_in" => "Never signed in", "لم يسجل الدخول قط", "Hiç oturum açmadı";
        LongAway = "long_away" => "No sign-in for 90 days", "لم يسجل الدخول منذ ٩٠ يومًا", "90 gündür oturum açmadı";
        NoSecondFactor = "no_second_factor" => "Has enrolled no second factor", "لم يسجّل عاملًا ثانيًا", "İkinci etken kaydetmedi";
        ReviewDue = "review_due" => "The access is due for review", "حان موعد مراجعة الصلاحيات", "Erişimin gözden geçirilme zamanı geldi";
    }
}

/// A reviewer's word that someone's access is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessReview {
    /// Its id.
    pub id: AccessReviewId,
    /// Whose access was looked at.
    pub user_id: UserId,
    /// Who looked.
    pub reviewer_id: UserId,
    /// When.
    pub reviewed_at: DateTime<Utc>,
    /// What they noted.
    pub note: Option<Line>,
}

/// Nobody reviews their own access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody reviews their own access")]
pub struct OwnAccess;

impl Refusal for OwnAccess {
    fn code(&self) -> ProblemCode {
        ProblemCode::OwnAccess
    }
}

impl AccessReview {
    /// The word of `reviewer_id` on the access of `user_id`.
    ///
    /// # Errors
    /// [`OwnAccess`] when the two are one.
    pub fn of(
        id: AccessReviewId,
        user_id: UserId,
        reviewer_id: UserId,
        note: Option<Line>,
        now: DateTime<Utc>,
    ) -> Result<Self, OwnAccess> {
        if user_id == reviewer_id {
            return Err(OwnAccess);
        }
        Ok(Self { id, user_id, reviewer_id, reviewed_at: now, note })
    }
}

/// What a reviewer looks at of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSummary {
    /// The user.
    pub user: User,
    /// Since when there is such a user.
    pub created_at: DateTime<Utc>,
    /// The roles that they hold.
    pub assignments: Vec<RoleAssignment>,
    /// When they last signed in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Whether they have enrolled a second factor.
    pub second_factor: SecondFactor,
    /// How many cases they are on the team of that are not closed.
    pub open_cases: u64,
    /// How many grants give them access to cases at present, those of their teams included.
    pub open_grants: u64,
    /// The last review of their access.
    pub last_review: Option<AccessReview>,
}

/// Whether someone has enrolled a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// They have.
    Enrolled,
    /// They have not.
    Missing,
}

impl AccessSummary {
    /// What stands out at `now`, when a review is good for `review_after`.
    #[must_use]
    pub fn flags(&self, now: DateTime<Utc>, review_after: TimeDelta) -> Vec<AccessFlag> {
        let held = || self.assignments.iter().filter(|held| held.state(now) == RoleAssignmentState::Running);
        let exercised = || held().filter(|held| held.purpose == RolePurpose::Exercise);
        let machine = exercised().any(|held| held.role == Role::HospitalClient);
        let reviewed = self.last_review.as_ref().map_or(self.created_at, |review| review.reviewed_at);
        let away = self.last_signed_in_at.is_some_and(|last| last + LONG_AWAY <= now);
        [
            (AccessFlag::Administrator, exercised().any(|held| held.role == Role::Administrator)),
            (AccessFlag::Confers, held().any(|held| held.purpose == RolePurpose::Confer)),
            (AccessFlag::NoRole, exercised().next().is_none()),
            (AccessFlag::RoleEndsSoon, held().any(|held| held.until.is_some_and(|until| until <= now + ENDS_SOON))),
            (AccessFlag::NeverSignedIn, self.last_signed_in_at.is_none()),
            (AccessFlag::LongAway, away),
            // A machine has keys, and nothing that it could forget.
            (AccessFlag::NoSecondFactor, self.second_factor == SecondFactor::Missing && !machine),
            (AccessFlag::ReviewDue, reviewed + review_after <= now),
        ]
        .into_iter()
        .filter_map(|(flag, raised)| raised.then_some(flag))
        .collect()
    }
}

#[cfg(test)]
mod tests;
