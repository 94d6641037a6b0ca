//! Partner hospitals: who they are, what they can do, and whether they are licensed (domain §7.2).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::ids::HospitalId;
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::text::Line;
use crate::vocabulary::{Accreditation, HospitalCapability, HospitalState, LicenceIssuer};

/// A partner hospital (FHIR `Organization`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hospital {
    /// Its id.
    pub id: HospitalId,
    /// What is known of it.
    pub profile: HospitalProfile,
    /// Whether we work with it.
    pub state: HospitalState,
    /// When and why that last changed; none when it never did.
    pub last_change: Option<StateChange>,
    /// How often the row was changed.
    pub version: Version,
}

/// A change of a hospital's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Line,
}

/// What is known of a hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HospitalProfile {
    /// The name in English.
    pub name_en: Line,
    /// The name in Turkish.
    pub name_tr: Line,
    /// The name in Arabic.
    pub name_ar: Line,
    /// The city.
    pub city: Line,
    /// The IANA time zone.
    pub time_zone: Tz,
    /// The licence for international health tourism.
    pub licence: Licence,
    /// What it can do for this operation.
    pub capabilities: Vec<HospitalCapability>,
    /// Who accredited it.
    pub accreditations: Vec<Accreditation>,
}

/// A licence with its term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Who issued it.
    pub issuer: LicenceIssuer,
    /// Its number.
    pub number: Line,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_until: NaiveDate,
}

impl HospitalProfile {
    /// Checks the profile.
    ///
    /// # Errors
    /// [`Invalid`] for a licence that ends before it begins.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require(
            "/licence/valid_until",
            self.licence.valid_from < self.licence.valid_until,
            FieldCode::OutOfOrder,
        );
        fields.finish(|| Some(self))
    }
}

impl Hospital {
    /// Whether referrals may go there on `day`: active, and licensed on that day.
    #[must_use]
    pub fn is_licensed_on(&self, day: NaiveDate) -> bool {
        let licence = &self.profile.licence;
        self.state == HospitalState::Active && licence.valid_from <= day && day <= licence.valid_until
    }

    /// Suspends it: its people and its machines are out with their next request, and no new referral goes there.
    ///
    /// # Errors
    /// [`WrongState`] when it is suspended already.
    pub fn suspend(self, change: StateChange) -> Result<Self, WrongState> {
        match self.state {
            HospitalState::Active => Ok(Self { state: HospitalState::Suspended, last_change: Some(change), ..self }),
            state @ HospitalState::Suspended => Err(WrongState::new(state, "suspend")),
        }
    }

    /// Takes it back after a suspension.
    ///
    /// # Errors
    /// [`WrongState`] when it is not suspended.
    pub fn reinstate(self, change: StateChange) -> Result<Self, WrongState> {
        match self.state {
            HospitalState::Suspended => Ok(Self { state: HospitalState::Active, last_change: Some(change), ..self }),
            state @ HospitalState::Active => Err(WrongState::new(state, "reinstate")),
        }
    }

    /// Replaces what is known of it. Its state is not part of that: who suspends it says why.
    ///
    /// # Errors
    /// [`Invalid`] for another `state` than the present one.
    pub fn described(self, profile: HospitalProfile, state: Option<HospitalState>) -> Result<Self, Invalid> {
        if state.is_some_and(|state| state != self.state) {
            return Err(Invalid::at("/state", FieldCode::Contradicts));
        }
        Ok(Self { profile, ..self })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;

    use super::*;

    fn line(text: &str) -> Line {
        Line::parse(text, 100).unwrap()
    }

    fn change(reason: &str) -> StateChange {
        StateChange { at: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap(), reason: line(reason) }
    }

    fn hospital() -> Hospital {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let licence = Licence {
            issuer: LicenceIssuer::Ushas,
            number: line("4711"),
            valid_from: day(2025),
            valid_until: day(2028),
        };
        let profile = HospitalProfile {
            name_en: line("Bosphorus Hospital"),
            name_tr: line("Boğaz Hastanesi"),
            name_ar: line("مستشفى البوسفور"),
            city: line("Istanbul"),
            time_zone: "Europe/Istanbul".parse().unwrap(),
            licence,
            capabilities: Vec::new(),
            accreditations: Vec::new(),
        };
        let id = Uuid::from_u128(1).into();
        Hospital { id, profile, state: HospitalState::Active, last_change: None, version: Version::FIRST }
    }

    #[test]
    fn a_hospital_is_suspended_once_and_taken_back_once() {
        let suspended = hospital().suspend(change("licence under inspection")).unwrap();
        assert_eq!(suspended.last_change, Some(change("licence under inspection")));
        assert!(!suspended.is_licensed_on(NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()));
        let again = suspended.clone().suspend(change("again"));
        assert_eq!(again, Err(WrongState::new(HospitalState::Suspended, "suspend")));
        let back = suspended.reinstate(change("inspection passed")).unwrap();
        assert!(back.is_licensed_on(NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()));
        assert_eq!(back.reinstate(change("again")), Err(WrongState::new(HospitalState::Active, "reinstate")));
    }

    #[test]
    fn a_new_description_leaves_the_state_as_it_is() {
        let profile = || HospitalProfile { city: line("Izmir"), ..hospital().profile };
        let described = |state| hospital().described(profile(), state);
        assert_eq!(described(None), Ok(Hospital { profile: profile(), ..hospital() }));
        assert_eq!(described(Some(HospitalState::Active)), described(None));
        let other = described(Some(HospitalState::Suspended));
        assert_eq!(other, Err(Invalid::at("/state", FieldCode::Contradicts)));
    }
}
