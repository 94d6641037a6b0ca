//! Partner hospitals: who they are, what they can do, and whether they are licensed (domain §7.2).

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::ids::HospitalId;
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid};
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
    /// How often the row was changed.
    pub version: Version,
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
}
