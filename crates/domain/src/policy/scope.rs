//! Which part of a collection someone may list: exactly what [`can`](super::can) lets them see one by one.

use super::{
    Action, Actor, BookingInCase, Denied, ObjectKind, PatientInCare, Permitted, Reach, ReferralInCase, Whole, permit,
    rules_of,
};
use crate::cases::Case;
use crate::ids::{HospitalId, InterpreterId, UserId};
use crate::vocabulary::Role;

/// Which part of a collection a caller may list. The query takes it, so that a list is permitted as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    All,
    /// What is the caller's own.
    Own(Own),
}

/// What is a caller's own, by the roles that they hold: the union of the parts that are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Own {
    /// What belongs to the cases that this user coordinates.
    pub coordinator: Option<UserId>,
    /// What belongs to the cases of which this user is the doctor.
    pub doctor: Option<UserId>,
    /// What was sent to this hospital.
    pub hospital: Option<HospitalId>,
    /// What was offered to this interpreter.
    pub interpreter: Option<InterpreterId>,
}

/// Asks which part of a collection `actor` may list.
///
/// # Errors
/// [`Denied`] when no role allows any of it.
pub fn scope(actor: &Actor, action: Action, kind: ObjectKind) -> Result<Permitted<Scope>, Denied> {
    let permitted = permit(actor, action, Whole(kind))?;
    let Actor::User(who) = actor else { return Ok(permitted.map(|_| Scope::All)) };
    let mut own = Own::default();
    for (role, reach) in rules_of(action).iter().filter(|(role, _)| who.roles.contains(role)) {
        match (reach, role) {
            (Reach::All, _) => return Ok(permitted.map(|_| Scope::All)),
            (Reach::Own, Role::Coordinator | Role::Lead) => own.coordinator = Some(who.user_id),
            (Reach::Own, Role::Doctor) => own.doctor = Some(who.user_id),
            (Reach::Own, Role::HospitalUser) => own.hospital = who.hospital_id,
            (Reach::Own, Role::Interpreter) => own.interpreter = who.interpreter_id,
            // Nothing that is listed is theirs.
            (Reach::Own, Role::Administrator | Role::Finance | Role::Auditor) => {}
        }
    }
    Ok(permitted.map(|_| Scope::Own(own)))
}

/// What a scope holds. The queries of the storage say the same in the words of the database.
impl Scope {
    /// Whether it holds the case.
    #[must_use]
    pub fn holds_case(&self, case: &Case) -> bool {
        self.holds(|own| own.has_on_team(case))
    }

    /// Whether it holds the patient.
    #[must_use]
    pub fn holds_patient(&self, found: &PatientInCare) -> bool {
        self.holds(|own| {
            let registered = |user: UserId| found.patient.created_by == user || found.coordinators.contains(&user);
            own.coordinator.is_some_and(registered) || own.doctor.is_some_and(|user| found.doctors.contains(&user))
        })
    }

    /// Whether it holds the referral.
    #[must_use]
    pub fn holds_referral(&self, found: &ReferralInCase) -> bool {
        self.holds(|own| {
            own.has_on_team(&found.case) || own.hospital.is_some_and(|hospital| found.is_shown_to(hospital))
        })
    }

    /// Whether it holds the booking.
    #[must_use]
    pub fn holds_booking(&self, found: &BookingInCase) -> bool {
        self.holds(|own| {
            let offered = own.interpreter.is_some() && own.interpreter == found.booking.interpreter_id;
            own.has_on_team(&found.case) || offered
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
    /// Whether any of it belongs to cases by their teams.
    #[must_use]
    pub const fn is_of_teams(&self) -> bool {
        self.coordinator.is_some() || self.doctor.is_some()
    }

    fn has_on_team(&self, case: &Case) -> bool {
        self.coordinator == Some(case.coordinator_id) || (self.doctor.is_some() && self.doctor == case.doctor_id)
    }
}
