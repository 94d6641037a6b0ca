//! Patients: who they are, in Arabic and as in the passport, and how they are reached.

use chrono::NaiveDate;

use crate::ids::{PatientId, UserId};
use crate::paging::Version;
use crate::policy::{Object, ObjectKind};
use crate::refusal::{FieldCode, FieldResult, Fields, Invalid, WrongState};
use crate::sensitive::Sensitive;
use crate::text::{ArabicName, CountryCode, EmailAddress, PassportName, Phone};
use crate::time::PartialDate;
use crate::vocabulary::{ContactOwner, ContactSystem, Dialect, Sex, SpokenLanguage, coded};

/// The oldest age that is believed (domain §7.1).
const OLDEST_YEARS: u32 = 120;
/// Below this age a guardian acts for the patient.
const ADULT_YEARS: u32 = 18;
/// The most contact points and languages of one patient.
pub(crate) const MAX_ENTRIES: usize = 20;

/// A person who seeks treatment (FHIR `Patient`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// The medical record number, `BMC-YYYY-NNNNNN-C`.
    pub mrn: String,
    /// What is known of them.
    pub details: PatientDetails,
    /// Whether the record stands by itself.
    pub record: PatientRecord,
    /// Who registered them.
    pub created_by: UserId,
    /// How often the row was changed.
    pub version: Version,
}

/// Whether a record still stands for a person by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientRecord {
    /// It does.
    Active,
    /// It was of the same person as another one, which stands for both.
    MergedInto(PatientId),
    /// Nobody can tell any more whose it was.
    Anonymized,
}

/// What is known of a patient. Almost nothing is required at first contact; registration asks for more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatientDetails {
    /// The full name in Arabic, as the patient writes it. It is the identity; Latin forms vary.
    pub arabic_name: Option<ArabicName>,
    /// The name as printed in the passport.
    pub passport_name: Option<NameInPassport>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// The birth date.
    pub birth: Option<BirthDate>,
    /// The nationality, ISO 3166-1 alpha-2.
    pub nationality: Option<CountryCode>,
    /// The country of residence, ISO 3166-1 alpha-2.
    pub residence_country: Option<CountryCode>,
    /// The languages, best first.
    pub languages: Vec<PatientLanguage>,
    /// How they are reached. One number may serve a whole family.
    pub contacts: Vec<ContactPoint>,
    /// Whether encounters need an interpreter.
    pub interpreter_required: bool,
}

/// A name in the two parts of a passport's visual zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameInPassport {
    /// The surname; in some countries a grandfather's name.
    pub surname: PassportName,
    /// The given names.
    pub given: PassportName,
}

coded! {
    /// Whether the record of a patient still stands for a person by itself.
    pub enum PatientState: "patient_state" {
        Active = "active" => "Active", "نشط", "Etkin";
        Merged = "merged" => "Merged into another record", "مدموج في سجل آخر", "Başka kayda birleştirildi";
        Anonymized = "anonymized" => "Anonymized", "مجهول الهوية", "Anonimleştirildi";
    }

    /// Whether a birth date is documented or estimated; registries default unknown ones to 1 January or 1 July.
    pub enum Certainty: "certainty" {
        Documented = "documented" => "Documented", "موثّق", "Belgeli";
        Estimated = "estimated" => "Estimated", "تقديري", "Tahmini";
    }
}

/// When someone was born, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    /// The date.
    pub date: Sensitive<PartialDate>,
    /// How sure it is.
    pub certainty: Certainty,
}

impl BirthDate {
    /// Accepts a birth date.
    ///
    /// # Errors
    /// [`FieldCode::InTheFuture`], or [`FieldCode::OutOfRange`] for an age over 120 years.
    pub fn parse(date: PartialDate, certainty: Certainty, today: NaiveDate) -> FieldResult<Self> {
        if date.first_day() > today {
            return Err(FieldCode::InTheFuture);
        }
        if date.years_until(today) > OLDEST_YEARS {
            return Err(FieldCode::OutOfRange);
        }
        Ok(Self { date: Sensitive(date), certainty })
    }
}

/// A language that a patient speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatientLanguage {
    /// The language.
    pub language: SpokenLanguage,
    /// The dialect group, for Arabic.
    pub dialect: Option<Dialect>,
    /// Whether they read it too; not everyone does.
    pub reads: bool,
}

/// A way to reach a patient (FHIR `ContactPoint`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPoint {
    /// Through which system.
    pub system: ContactSystem,
    /// The number or address.
    pub value: ContactValue,
    /// Whose it is.
    pub owner: ContactOwner,
}

/// A number or an address that a system can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactValue {
    /// A telephone number, also for messengers.
    Phone(Phone),
    /// An e-mail address.
    Email(EmailAddress),
}

impl ContactValue {
    /// Reads the value that `system` needs; a national number is read by the rules of `country`.
    ///
    /// # Errors
    /// What [`Phone::parse`] or [`EmailAddress::parse`] refuse.
    pub fn parse(system: ContactSystem, text: &str, country: Option<CountryCode>) -> FieldResult<Self> {
        match system {
            ContactSystem::Email => EmailAddress::parse(text).map(Self::Email),
            ContactSystem::Phone | ContactSystem::Whatsapp | ContactSystem::Telegram => {
                Phone::parse(text, country).map(Self::Phone)
            }
        }
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }
}

impl PatientDetails {
    /// Checks what must hold between the fields.
    ///
    /// # Errors
    /// [`Invalid`] when no name is given in any script, or lists are longer than anyone needs.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/arabic_name", self.has_name(), FieldCode::Required);
        fields.require("/contacts", self.contacts.len() <= MAX_ENTRIES, FieldCode::TooMany);
        fields.require("/languages", self.languages.len() <= MAX_ENTRIES, FieldCode::TooMany);
        fields.finish(|| Some(self))
    }

    /// Whether a name in any script is known.
    #[must_use]
    pub const fn has_name(&self) -> bool {
        self.arabic_name.is_some() || self.passport_name.is_some()
    }

    /// Whether the patient reads `language`; nobody is said to read what was not asked.
    #[must_use]
    pub fn reads(&self, language: SpokenLanguage) -> bool {
        self.languages.iter().any(|known| known.language == language && known.reads)
    }

    /// What registration still asks for (domain §6.3 T02).
    #[must_use]
    pub fn missing_for_registration(&self) -> Vec<&'static str> {
        let checks = [
            (self.has_name(), "name"),
            (self.sex.is_some(), "sex"),
            (self.birth.is_some(), "birth_date"),
            (self.residence_country.is_some(), "residence_country"),
            (!self.languages.is_empty(), "languages"),
        ];
        checks.into_iter().filter_map(|(known, field)| (!known).then_some(field)).collect()
    }
}

impl PatientRecord {
    /// The code of where it stands.
    #[must_use]
    pub const fn state(self) -> PatientState {
        match self {
            Self::Active => PatientState::Active,
            Self::MergedInto(_) => PatientState::Merged,
            Self::Anonymized => PatientState::Anonymized,
        }
    }
}

impl Patient {
    /// What it is, for the audit record: it belongs to no case, but cases belong to it.
    #[must_use]
    pub const fn object(&self) -> Object {
        Object { kind: ObjectKind::Patient, id: Some(self.id.uuid()), case_id: None }
    }

    /// Whether the record may be changed: one that no longer stands by itself is only read.
    ///
    /// # Errors
    /// [`WrongState`] after a merge or an erasure.
    pub fn expect_active(&self, operation: &'static str) -> Result<(), WrongState> {
        match self.record {
            PatientRecord::Active => Ok(()),
            PatientRecord::MergedInto(_) | PatientRecord::Anonymized => {
                Err(WrongState::new(self.record.state(), operation))
            }
        }
    }

    /// The record that stands for the person: another one after a merge.
    #[must_use]
    pub const fn stands_as(&self) -> PatientId {
        match self.record {
            PatientRecord::MergedInto(survivor) => survivor,
            PatientRecord::Active | PatientRecord::Anonymized => self.id,
        }
    }

    /// Whether there is any way to reach the patient.
    #[must_use]
    pub const fn can_be_reached(&self) -> bool {
        !self.details.contacts.is_empty()
    }

    /// Whether the patient may be a minor on `today`, by the latest day that the birth date can mean.
    #[must_use]
    pub fn is_minor(&self, today: NaiveDate) -> bool {
        let years = |birth: BirthDate| today.years_since(birth.date.last_day()).unwrap_or(0);
        self.details.birth.is_some_and(|birth| years(birth) < ADULT_YEARS)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::refusal::FieldCode;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn born(text: &str) -> FieldResult<BirthDate> {
        BirthDate::parse(PartialDate::parse(text).unwrap(), Certainty::Documented, day("2026-03-02"))
    }

    fn patient(birth: &str) -> Patient {
        Patient {
            id: Uuid::from_u128(1).into(),
            mrn: "BMC-2026-000001-6".to_owned(),
            details: PatientDetails { birth: born(birth).ok(), ..PatientDetails::default() },
            record: PatientRecord::Active,
            created_by: Uuid::from_u128(2).into(),
            version: Version::FIRST,
        }
    }

    #[test]
    fn an_impossible_birth_date_is_refused() {
        assert_eq!(born("2026-03-03"), Err(FieldCode::InTheFuture));
        assert_eq!(born("1904"), Err(FieldCode::OutOfRange));
        assert!(born("1906-03-02").is_ok());
    }

    #[test]
    fn whoever_may_still_be_a_minor_is_one() {
        let today = day("2026-03-02");
        for (birth, minor) in [
            ("2008-03-02", false),
            ("2008-03-03", true),
            ("2008-02", false),
            ("2008-03", true),
            ("2007", false),
            ("2008", true),
        ] {
            assert_eq!(patient(birth).is_minor(today), minor, "{birth}");
        }
    }

    #[test]
    fn registration_asks_for_everything_that_is_missing() {
        let missing = ["name", "sex", "birth_date", "residence_country", "languages"];
        assert_eq!(PatientDetails::default().missing_for_registration(), missing);
        assert_eq!(PatientDetails::default().check(), Err(Invalid::at("/arabic_name", FieldCode::Required)));
    }
}
