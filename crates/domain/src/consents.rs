//! Consent: what the patient allowed, for which purpose and to whom (FHIR `Consent`).

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::{CaseId, ConsentId, HospitalId, UserId};
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::text::Line;
use crate::time::happened;
use crate::vocabulary::{ConsentGiver, ConsentMethod, ConsentPurpose, ConsentState, SpokenLanguage};

/// A consent. At most one is active for a case, purpose and recipient; the database holds that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// The case.
    pub case_id: CaseId,
    /// What was consented to.
    pub terms: ConsentTerms,
    /// Where it stands.
    pub state: ConsentState,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// How often the row was changed.
    pub version: Version,
}

/// What was consented to, how and when; the same record serves KVKK and GDPR (domain §2.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentTerms {
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// The hospital that it names, for sharing with a hospital.
    pub hospital_id: Option<HospitalId>,
    /// The version of the text that was read.
    pub text_version: Line,
    /// The language of that text.
    pub language: SpokenLanguage,
    /// How it was given.
    pub method: ConsentMethod,
    /// Who gave it.
    pub given_by: ConsentGiver,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// The last day on which it holds, if it has one.
    pub valid_until: Option<NaiveDate>,
    /// Where the proof lies.
    pub evidence: Line,
}

impl ConsentTerms {
    /// Checks what must hold between the fields.
    ///
    /// # Errors
    /// [`Invalid`] for a future time, a hospital that is missing or out of place, or a term already over.
    pub fn check(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.take("/given_at", happened(self.given_at, now));
        let names_hospital = self.purpose == ConsentPurpose::ShareWithHospital;
        fields.require("/hospital_id", !names_hospital || self.hospital_id.is_some(), FieldCode::Required);
        fields.require("/hospital_id", names_hospital || self.hospital_id.is_none(), FieldCode::Contradicts);
        let runs = self.valid_until.is_none_or(|until| until >= self.given_at.date_naive());
        fields.require("/valid_until", runs, FieldCode::OutOfOrder);
        fields.finish(|| Some(self))
    }
}

impl Consent {
    /// Whether it allows `purpose` towards `recipient` on `today`.
    #[must_use]
    pub fn covers(&self, purpose: ConsentPurpose, recipient: Option<HospitalId>, today: NaiveDate) -> bool {
        self.state == ConsentState::Active
            && self.terms.purpose == purpose
            && self.terms.hospital_id == recipient
            && self.terms.valid_until.is_none_or(|until| today <= until)
    }

    /// Whether its term is over although it is still kept as active.
    #[must_use]
    pub fn has_lapsed(&self, today: NaiveDate) -> bool {
        self.state == ConsentState::Active && self.terms.valid_until.is_some_and(|until| until < today)
    }

    /// Its term is over; the same may be consented to anew.
    ///
    /// # Errors
    /// [`WrongState`] unless it [has lapsed](Self::has_lapsed).
    pub fn expire(mut self, today: NaiveDate) -> Result<Self, WrongState> {
        if !self.has_lapsed(today) {
            return Err(WrongState::new(self.state, "expire"));
        }
        self.state = ConsentState::Expired;
        Ok(self)
    }

    /// The patient takes it back; sharing stops at once.
    ///
    /// # Errors
    /// [`WrongState`] unless it is active.
    pub fn withdraw(mut self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        if self.state != ConsentState::Active {
            return Err(WrongState::new(self.state, "withdraw"));
        }
        self.state = ConsentState::Withdrawn;
        self.withdrawn_at = Some(now);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Coded;

    fn consent(state: ConsentState, valid_until: Option<NaiveDate>) -> Consent {
        let id = uuid::Uuid::nil();
        Consent {
            id: id.into(),
            case_id: id.into(),
            terms: ConsentTerms {
                purpose: ConsentPurpose::HealthDataProcessing,
                hospital_id: None,
                text_version: Line::parse("2026-1", 20).unwrap(),
                language: SpokenLanguage::Arabic,
                method: ConsentMethod::ESign,
                given_by: ConsentGiver::Patient,
                given_at: DateTime::UNIX_EPOCH,
                valid_until,
                evidence: Line::parse("doc 7", 20).unwrap(),
            },
            state,
            withdrawn_at: None,
            recorded_by: id.into(),
            version: Version::FIRST,
        }
    }

    #[test]
    fn only_an_active_consent_is_withdrawn_or_expires() {
        let (last, next) = (NaiveDate::from_ymd_opt(2026, 5, 1), NaiveDate::from_ymd_opt(2026, 5, 2).unwrap());
        for state in ConsentState::ALL.iter().copied() {
            let active = state == ConsentState::Active;
            assert_eq!(consent(state, last).withdraw(DateTime::UNIX_EPOCH).is_ok(), active, "{state}");
            assert_eq!(consent(state, last).expire(next).is_ok(), active, "{state}");
        }
        assert!(consent(ConsentState::Active, last).expire(last.unwrap()).is_err(), "the last day still counts");
        assert!(consent(ConsentState::Active, None).expire(next).is_err(), "without a term it never lapses");
    }
}
