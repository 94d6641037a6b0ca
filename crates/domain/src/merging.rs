//! Two records of one person become one: only where two strong identifiers agree and none denies it,
//! and never without people (domain §6.3 T04, §9.3).
//!
//! Nothing is lost: the record that goes stays readable with its names and its number, and points to
//! the one that remains.

use crate::matching::{Evidence, Identity, Score, score};
use crate::patients::{ContactPoint, MAX_ENTRIES, Patient, PatientDetails, PatientRecord};
use crate::refusal::{FieldCode, FieldError, Invalid, ProblemCode, Refusal, WrongState};
use crate::vocabulary::{Language, coded};

/// How many strong identifiers must agree (domain §6.3 T04).
const STRONG_ENOUGH: usize = 2;

coded! {
    /// What tells a person from everyone else (domain §6.3 T04).
    pub enum StrongIdentifier: "strong_identifier" {
        Passport = "passport" => "The same passport, seen by the one who asks", "جواز السفر نفسه وقد اطّلع عليه مقدّم الطلب", "Talep edenin gördüğü aynı pasaport";
        NameAndBirth = "name_and_birth" => "The same Arabic name and date of birth", "الاسم العربي نفسه وتاريخ الميلاد نفسه", "Aynı Arapça ad ve doğum tarihi";
        Phone = "phone" => "A shared phone number that the patient confirmed", "رقم هاتف مشترك أكّده المريض", "Hastanın doğruladığı ortak telefon numarası";
    }
}

/// Why two records are not merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefused {
    /// A record was merged or anonymized before.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The record that should remain is no other one, or does not stand by itself any more.
    #[error(transparent)]
    Survivor(Invalid),
    /// The two records differ in what is documented of a person once and for all.
    #[error("the records deny that they are of one person")]
    Denied,
    /// Too few strong identifiers agree.
    #[error("only {} strong identifier(s) agree", .0.len())]
    TooLittle(Vec<StrongIdentifier>),
    /// A referral or a booking of the record that goes is still open.
    #[error("a referral or a booking is open")]
    LeftOpen,
}

impl Refusal for MergeRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::Survivor(refusal) => refusal.code(),
            Self::Denied | Self::TooLittle(_) | Self::LeftOpen => ProblemCode::MergeRefused,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Survivor(refusal) => refusal.fields(),
            Self::WrongState(_) | Self::Denied | Self::TooLittle(_) | Self::LeftOpen => Vec::new(),
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        let texts = match self {
            Self::WrongState(refusal) => return refusal.detail(language),
            Self::Survivor(_) => return None,
            Self::Denied => [
                "The documented date of birth or the sex differs.",
                "تاريخ الميلاد الموثّق أو الجنس مختلف.",
                "Belgeli doğum tarihi veya cinsiyet farklı.",
            ],
            Self::TooLittle(_) => [
                "At least two strong identifiers must agree: passport, Arabic name with date of birth, confirmed phone.",
                "يجب أن يتطابق معرّفان قويان على الأقل: جواز السفر، أو الاسم العربي مع تاريخ الميلاد، أو هاتف مؤكَّد.",
                "En az iki güçlü tanımlayıcı uyuşmalı: pasaport, doğum tarihiyle Arapça ad, doğrulanmış telefon.",
            ],
            Self::LeftOpen => [
                "A referral or an interpreter booking of the record is still open.",
                "لا تزال للسجل إحالة أو حجز مترجم مفتوح.",
                "Kaydın açık bir sevki veya tercüman görevi var.",
            ],
        };
        let [english, arabic, turkish] = texts;
        Some(match language {
            Language::English => english.to_owned(),
            Language::Arabic => arabic.to_owned(),
            Language::Turkish => turkish.to_owned(),
        })
    }
}

/// A merge under consideration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The record that goes.
    pub source: Patient,
    /// The record that remains.
    pub survivor: Patient,
    /// What the one who asks has seen or asked outside of the records.
    pub attested: Vec<StrongIdentifier>,
    /// Whether a referral or a booking of the source is still open.
    pub left_open: bool,
}

impl Merge {
    /// Carries the merge out: the source points to the survivor, and the survivor is reached wherever
    /// one of the two was.
    ///
    /// # Errors
    /// [`MergeRefused`] unless both stand by themselves, are of one person by two strong identifiers,
    /// and nothing of the source is open.
    pub fn carry_out(self, source: &Identity, survivor: &Identity) -> Result<(Patient, Patient), MergeRefused> {
        self.check(source, survivor)?;
        let contacts = self.contacts();
        let details = PatientDetails { contacts, ..self.survivor.details };
        let survivor = Patient { details, ..self.survivor };
        Ok((Patient { record: PatientRecord::MergedInto(survivor.id), ..self.source }, survivor))
    }

    /// The contact points of both, each once.
    fn contacts(&self) -> Vec<ContactPoint> {
        let known = &self.survivor.details.contacts;
        let is_known = |contact: &ContactPoint| {
            known.iter().any(|known| known.system == contact.system && known.value == contact.value)
        };
        let others = self.source.details.contacts.iter().filter(|contact| !is_known(contact));
        known.iter().chain(others).cloned().collect()
    }

    /// Whether the merge may be carried out.
    ///
    /// # Errors
    /// As for [`Merge::carry_out`].
    pub fn check(&self, source: &Identity, survivor: &Identity) -> Result<Vec<StrongIdentifier>, MergeRefused> {
        self.source.expect_active("merge")?;
        let other = self.source.id != self.survivor.id && self.survivor.record == PatientRecord::Active;
        if !other {
            return Err(MergeRefused::Survivor(Invalid::at("/survivor_id", FieldCode::Contradicts)));
        }
        if self.contacts().len() > MAX_ENTRIES {
            return Err(MergeRefused::Survivor(Invalid::at("/survivor_id", FieldCode::TooMany)));
        }
        if denied(source, survivor) {
            return Err(MergeRefused::Denied);
        }
        let agreeing = agreeing(&score(source, survivor), &self.attested);
        if agreeing.len() < STRONG_ENOUGH {
            return Err(MergeRefused::TooLittle(agreeing));
        }
        if self.left_open { Err(MergeRefused::LeftOpen) } else { Ok(agreeing) }
    }
}

/// Whether something that never changes in a person differs. An estimated birth denies nothing.
fn denied(source: &Identity, survivor: &Identity) -> bool {
    let documented = [source, survivor].iter().all(|identity| identity.birth.is_some_and(|birth| !birth.estimated));
    let births_differ = score(source, survivor).evidence.contains(&Evidence::BirthDiffers);
    let sexes_differ = source.sex.zip(survivor.sex).is_some_and(|(source, survivor)| source != survivor);
    (documented && births_differ) || sexes_differ
}

/// The strong identifiers that agree. A passport counts when someone saw it, and a phone number when
/// both records have it and someone asked: families share numbers. Nobody can attest what the records hold.
fn agreeing(found: &Score, attested: &[StrongIdentifier]) -> Vec<StrongIdentifier> {
    let shows = |evidence| found.evidence.contains(&evidence);
    let said = |identifier| attested.contains(&identifier);
    let checks = [
        (StrongIdentifier::Passport, shows(Evidence::PassportEqual) || said(StrongIdentifier::Passport)),
        (StrongIdentifier::NameAndBirth, shows(Evidence::NameEqual) && shows(Evidence::BirthEqual)),
        (StrongIdentifier::Phone, shows(Evidence::PhoneEqual) && said(StrongIdentifier::Phone)),
    ];
    checks.into_iter().filter_map(|(identifier, agrees)| agrees.then_some(identifier)).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::*;
    use crate::matching::Birth;
    use crate::paging::Version;
    use crate::patients::ContactValue;
    use crate::text::Phone;
    use crate::time::PartialDate;
    use crate::vocabulary::{ContactOwner, ContactSystem};
    use StrongIdentifier::{NameAndBirth, Passport, Phone as Number};

    fn patient(id: u128, phones: &[&str]) -> Patient {
        let contact = |phone: &&str| ContactPoint {
            system: ContactSystem::Phone,
            value: ContactValue::Phone(Phone::parse(phone, None).unwrap()),
            owner: ContactOwner::Patient,
        };
        Patient {
            id: Uuid::from_u128(id).into(),
            mrn: format!("BMC-2026-00000{id}-6"),
            details: PatientDetails { contacts: phones.iter().map(contact).collect(), ..PatientDetails::default() },
            record: PatientRecord::Active,
            created_by: Uuid::from_u128(9).into(),
            version: Version::FIRST,
        }
    }

    fn identity() -> Identity {
        Identity {
            arabic_key: Some("فاطمه محمد خطيب".to_owned()),
            birth: Some(Birth { date: PartialDate::parse("1961-03-10").unwrap(), estimated: false }),
            phones: vec![Phone::parse("+9647701234567", None).unwrap()],
            sex: Some("female"),
            ..Identity::default()
        }
    }

    fn merge(attested: &[StrongIdentifier]) -> Merge {
        Merge {
            source: patient(1, &["+9647701234567"]),
            survivor: patient(2, &["+9647701234568"]),
            attested: attested.to_vec(),
            left_open: false,
        }
    }

    #[test]
    fn two_strong_identifiers_are_needed_and_a_person_attests_one() {
        let unnamed = Identity { arabic_key: None, ..identity() };
        for (attested, other, agreeing) in [
            (vec![], identity(), Err(vec![NameAndBirth])),
            (vec![NameAndBirth], identity(), Err(vec![NameAndBirth])),
            (vec![Number], identity(), Ok(vec![NameAndBirth, Number])),
            (vec![Passport], identity(), Ok(vec![Passport, NameAndBirth])),
            (vec![Passport], unnamed.clone(), Err(vec![Passport])),
            (vec![Passport, Number], unnamed.clone(), Ok(vec![Passport, Number])),
            (vec![Passport, Number], Identity { phones: Vec::new(), ..unnamed }, Err(vec![Passport])),
        ] {
            let found = merge(&attested).check(&identity(), &other);
            assert_eq!(found, agreeing.map_err(MergeRefused::TooLittle), "{attested:?}");
        }
    }

    #[test]
    fn what_never_changes_in_a_person_denies_a_merge() {
        let later = NaiveDate::from_ymd_opt(1962, 1, 1).unwrap();
        let documented =
            Identity { birth: Some(Birth { date: PartialDate::day(later), estimated: false }), ..identity() };
        let estimated =
            Identity { birth: Some(Birth { date: PartialDate::day(later), estimated: true }), ..identity() };
        let male = Identity { sex: Some("male"), ..identity() };
        let everything = merge(&[Passport, Number]);
        assert_eq!(everything.check(&identity(), &documented), Err(MergeRefused::Denied));
        assert_eq!(everything.check(&identity(), &male), Err(MergeRefused::Denied));
        assert_eq!(everything.check(&identity(), &estimated), Ok(vec![Passport, Number]));
    }

    #[test]
    fn only_records_that_stand_by_themselves_are_merged_and_into_another_one() {
        let (one, both) = (identity(), [Passport, Number]);
        let gone = PatientRecord::MergedInto(Uuid::from_u128(7).into());
        let mut gone_already = merge(&both);
        gone_already.source.record = gone;
        assert_eq!(gone_already.check(&one, &one).unwrap_err().code(), ProblemCode::WrongState);
        for record in [gone, PatientRecord::Anonymized] {
            let mut into_nothing = merge(&both);
            into_nothing.survivor.record = record;
            assert_eq!(into_nothing.check(&one, &one).unwrap_err().code(), ProblemCode::InvalidInput);
        }
        let mut into_itself = merge(&both);
        into_itself.survivor = into_itself.source.clone();
        assert_eq!(into_itself.check(&one, &one).unwrap_err().code(), ProblemCode::InvalidInput);
        assert_eq!(Merge { left_open: true, ..merge(&both) }.check(&one, &one), Err(MergeRefused::LeftOpen));
    }

    #[test]
    fn the_survivor_is_reached_wherever_one_of_the_two_was() {
        let (source, survivor) = merge(&[Number]).carry_out(&identity(), &identity()).unwrap();
        let numbers: Vec<_> = survivor.details.contacts.iter().map(|contact| contact.value.as_str()).collect();
        assert_eq!(numbers, ["+9647701234568", "+9647701234567"]);
        assert_eq!(source.record, PatientRecord::MergedInto(survivor.id));
        assert_eq!(source.details.contacts.len(), 1, "what is known stays on the record that goes");
        let same = Merge { survivor: patient(2, &["+9647701234567"]), ..merge(&[Number]) };
        assert_eq!(same.carry_out(&identity(), &identity()).unwrap().1.details.contacts.len(), 1);
    }
}
