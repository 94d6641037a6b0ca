//! Which part of a collection someone may list: exactly what [`can`](super::can) lets them see one by one.

use chrono::{DateTime, Utc};

use super::{
    Action, Actor, Audience, BookingInCase, CaseInCare, Denied, ObjectKind, PatientInCare, Permitted, Principal, Reach,
    ReferralInCase, Relation, Whole, nearest_needed, permit, registers,
};
use crate::grants::{Grant, GrantBasis, Grantee};
use crate::ids::UserId;
use crate::vocabulary::{Coded, Role};

/// Which part of a collection a caller may list. The query takes it, so that a list is permitted as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    All,
    /// What is the caller's own.
    Own(Own),
}

/// What is a caller's own: what their claims open, and whom they registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The instant at which grants count.
    pub at: DateTime<Utc>,
    /// The grants that count.
    pub claims: Vec<Claim>,
    /// Whoever registered patients that are their own as long as they have no case.
    pub registrar: Option<UserId>,
}

/// A kind of grant that counts for someone: who holds it, and on what basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who holds it.
    pub grantee: Grantee,
    /// On what basis.
    pub basis: GrantBasis,
}

/// Asks which part of a collection `actor` may list. The permit tells nothing of a person: how much a row shows
/// is asked of the row, since one may be the caller's own and the next a stranger's.
///
/// # Errors
/// [`Denied`] when no role allows any of it.
pub fn scope(actor: &Actor, action: Action, kind: ObjectKind) -> Result<Permitted<Scope>, Denied> {
    scope_of(actor, action, kind, |_| true)
}

/// As [`scope`], for a search by a person's name: what is found by a name tells the name, so it holds only what
/// `actor` reads with names.
///
/// # Errors
/// [`Denied`] when no role allows any of the collection.
pub fn scope_of_named(actor: &Actor, action: Action, kind: ObjectKind) -> Result<Permitted<Scope>, Denied> {
    scope_of(actor, action, kind, |role| Audience::of(role) > Audience::Masked)
}

fn scope_of(
    actor: &Actor,
    action: Action,
    kind: ObjectKind,
    counts: impl Fn(Role) -> bool,
) -> Result<Permitted<Scope>, Denied> {
    let permitted = permit(actor, action, Whole(kind))?.masked();
    let Actor::User(who) = actor else { return Ok(permitted.map(|_| Scope::All)) };
    let mut own = Own { at: who.at, claims: Vec::new(), registrar: None };
    for (role, reach) in who.rules_for(action).filter(|(role, _)| counts(*role)) {
        match reach {
            Reach::All => return Ok(permitted.map(|_| Scope::All)),
            Reach::Own => own.add(who, role, nearest_needed(action)),
        }
    }
    Ok(permitted.map(|_| Scope::Own(own)))
}

/// What a scope holds. The queries of the storage say the same in the words of the database.
impl Scope {
    /// Whether it holds the case.
    #[must_use]
    pub fn holds_case(&self, found: &CaseInCare) -> bool {
        self.holds(|own| own.opens_case(&found.grants))
    }

    /// Whether it holds the patient.
    #[must_use]
    pub fn holds_patient(&self, found: &PatientInCare) -> bool {
        self.holds(|own| own.registrar.is_some_and(|user| found.awaits_case_by(user)) || own.opens_case(&found.grants))
    }

    /// Whether it holds the referral.
    #[must_use]
    pub fn holds_referral(&self, found: &ReferralInCase) -> bool {
        let its = |grant: &Grant| grant.terms.referral_id == Some(found.referral.id);
        self.holds(|own| {
            own.opens_case(&found.grants) || found.grants.iter().any(|grant| its(grant) && own.claims(grant))
        })
    }

    /// Whether it holds the booking.
    #[must_use]
    pub fn holds_booking(&self, found: &BookingInCase) -> bool {
        let its = |grant: &Grant| grant.terms.booking_id == Some(found.booking.id);
        self.holds(|own| {
            own.opens_case(&found.grants) || found.grants.iter().any(|grant| its(grant) && own.claims(grant))
        })
    }

    fn holds(&self, is_own: impl FnOnce(&Own) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => is_own(own),
        }
    }
}

impl Own {
    fn add(&mut self, who: &Principal, role: Role, nearest: Relation) {
        let near = GrantBasis::ALL.iter().copied().filter(|basis| basis.relation(role) >= nearest);
        for basis in near {
            let claims = who.holders(basis, role).into_iter().map(|grantee| Claim { grantee, basis });
            self.claims.extend(claims);
        }
        if registers(role) {
            self.registrar = Some(who.user_id);
        }
    }

    fn opens_case(&self, grants: &[Grant]) -> bool {
        grants.iter().any(|grant| grant.terms.basis.opens_case() && self.claims(grant))
    }

    fn claims(&self, grant: &Grant) -> bool {
        let claim = Claim { grantee: grant.terms.grantee, basis: grant.terms.basis };
        grant.runs(self.at) && self.claims.contains(&claim)
    }
}
