//! Erasing a patient: what may go, what the law keeps, and what is left (KVKK art. 7 and 11, GDPR art. 17).
//!
//! A clinical record under a duty to be kept loses its contact points only. What is under no duty, or
//! no longer, is anonymized: codes stay for statistics, and nothing in the row tells who it was.

use chrono::{DateTime, Months, Utc};

use crate::cases::Stage;
use crate::ids::{LegalHoldId, PatientId, UserId};
use crate::paging::Version;
use crate::patients::{BirthDate, Certainty, NameInPassport, Patient, PatientDetails, PatientRecord};
use crate::refusal::{FieldCode, FieldResult, ProblemCode, Refusal, WrongState};
use crate::sensitive::Sensitive;
use crate::text::{Line, PassportName};
use crate::time::PartialDate;
use crate::vocabulary::{Language, coded};

/// What stands in place of a name.
const NOBODY: &str = "ANONYMIZED";

coded! {
    /// How much of a patient is erased.
    pub enum ErasureExtent: "erasure_extent" {
        Contacts = "contacts" => "Contact points only, since the clinical record must be kept", "جهات الاتصال فقط لوجوب حفظ السجل السريري", "Klinik kaydın saklanması gerektiğinden yalnızca iletişim bilgileri";
        Identity = "identity" => "Everything that tells who it was", "كل ما يدل على هوية المريض", "Kim olduğunu belli eden her şey";
    }

    /// Whether a legal hold still lies on a record.
    pub enum LegalHoldState: "legal_hold_state" {
        InForce = "in_force" => "In force", "سارٍ", "Yürürlükte";
        Lifted = "lifted" => "Lifted", "مرفوع", "Kaldırıldı";
    }
}

/// A duty to keep the record of a patient as it is, such as for a lawsuit (domain §2.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Its id.
    pub id: LegalHoldId,
    /// Whose record is kept.
    pub patient_id: PatientId,
    /// Why.
    pub reason: Line,
    /// Who placed it.
    pub placed_by: UserId,
    /// When.
    pub placed_at: DateTime<Utc>,
    /// Who lifted it, and when.
    pub lifted: Option<(UserId, DateTime<Utc>)>,
    /// How often the row was changed.
    pub version: Version,
}

impl LegalHold {
    /// Whether it still lies on the record.
    #[must_use]
    pub const fn state(&self) -> LegalHoldState {
        if self.lifted.is_none() { LegalHoldState::InForce } else { LegalHoldState::Lifted }
    }

    /// The duty has ended.
    ///
    /// # Errors
    /// [`WrongState`] when it was lifted before.
    pub fn lift(self, by: UserId, now: DateTime<Utc>) -> Result<Self, WrongState> {
        match self.state() {
            LegalHoldState::InForce => Ok(Self { lifted: Some((by, now)), ..self }),
            state @ LegalHoldState::Lifted => Err(WrongState::new(state, "lift")),
        }
    }
}

/// A case, as far as it decides what may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseToKeep {
    /// Where it stands.
    pub stage: Stage,
    /// When it ended; what happened last when it did not.
    pub ended_at: DateTime<Utc>,
    /// Whether a doctor decided on it or a hospital treated the patient: then it is a clinical record.
    pub clinical: bool,
}

/// What an erasure looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureFile {
    /// The patient.
    pub patient: Patient,
    /// Their cases.
    pub cases: Vec<CaseToKeep>,
    /// Whether a legal hold lies on the record.
    pub on_legal_hold: bool,
}

/// Why nothing is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErasureRefused {
    /// The record was merged into another one, with which it is erased, or is anonymous already.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// A case is still open.
    #[error("a case is open")]
    CaseOpen,
    /// A legal hold lies on the record.
    #[error("the record is on legal hold")]
    LegalHold,
    /// What may be erased is no longer what was asked for.
    #[error("the extent has changed since it was asked for")]
    OtherExtent,
}

impl Refusal for ErasureRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::CaseOpen | Self::LegalHold | Self::OtherExtent => ProblemCode::ErasureRefused,
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        let texts = match self {
            Self::WrongState(refusal) => return refusal.detail(language),
            Self::CaseOpen => [
                "A case of the patient is still open.",
                "لا تزال للمريض حالة مفتوحة.",
                "Hastanın hâlâ açık bir vakası var.",
            ],
            Self::LegalHold => {
                ["The record is on legal hold.", "السجل محفوظ بموجب أمر قانوني.", "Kayıt hukuki saklama altında."]
            }
            Self::OtherExtent => [
                "What may be erased has changed since the request; ask again.",
                "تغيّر ما يجوز محوه منذ تقديم الطلب، يرجى تقديم طلب جديد.",
                "Silinebilecekler talepten bu yana değişti; yeniden talep edin.",
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

impl ErasureFile {
    /// What may be erased now, where clinical records are kept for `retention_years` after their case ended.
    ///
    /// # Errors
    /// [`ErasureRefused`] while a case is open or a legal hold lies on the record, or when there is
    /// nobody in it to erase.
    pub fn extent(&self, retention_years: u32, now: DateTime<Utc>) -> Result<ErasureExtent, ErasureRefused> {
        self.patient.expect_active("erase")?;
        if self.on_legal_hold {
            return Err(ErasureRefused::LegalHold);
        }
        if self.cases.iter().any(|case| !case.stage.is_final()) {
            return Err(ErasureRefused::CaseOpen);
        }
        let kept = self.cases.iter().any(|case| case.clinical && now < kept_until(case.ended_at, retention_years));
        Ok(if kept { ErasureExtent::Contacts } else { ErasureExtent::Identity })
    }

    /// Whether what was asked for is still what may be erased: the second person agrees to that and nothing else.
    ///
    /// # Errors
    /// [`ErasureRefused`].
    pub fn expect(&self, asked: ErasureExtent, retention_years: u32, now: DateTime<Utc>) -> Result<(), ErasureRefused> {
        if self.extent(retention_years, now)? == asked { Ok(()) } else { Err(ErasureRefused::OtherExtent) }
    }
}

/// A record of a year that no calendar has is kept for ever.
fn kept_until(ended_at: DateTime<Utc>, years: u32) -> DateTime<Utc> {
    let months = years.checked_mul(12).map(Months::new);
    months.and_then(|months| ended_at.checked_add_months(months)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Patient {
    /// The patient without any way to reach them.
    #[must_use]
    pub fn without_contacts(mut self) -> Self {
        self.details.contacts.clear();
        self
    }

    /// The record without the person: no name, no number that anyone else knows, no contact, and of the
    /// birth only the year. Codes stay: they are what statistics count.
    ///
    /// # Errors
    /// Never for a stored patient: what stands in place of name and birth is of their form.
    pub fn anonymized(self) -> FieldResult<Self> {
        let nobody = || PassportName::parse(NOBODY);
        let passport_name = Some(NameInPassport { surname: nobody()?, given: nobody()? });
        let birth = self.details.birth.map(to_the_year).transpose()?;
        let details = PatientDetails { arabic_name: None, passport_name, birth, contacts: Vec::new(), ..self.details };
        Ok(Self { mrn: format!("ERASED-{}", self.id), details, record: PatientRecord::Anonymized, ..self })
    }
}

fn to_the_year(birth: BirthDate) -> FieldResult<BirthDate> {
    let year = PartialDate::parse(&format!("{:04}", birth.date.year())).map_err(|_| FieldCode::OutOfRange)?;
    Ok(BirthDate { date: Sensitive(year), certainty: Certainty::Estimated })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::patients::{ContactPoint, ContactValue};
    use crate::text::{ArabicName, CountryCode};
    use crate::vocabulary::{ContactOwner, ContactSystem, Sex};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn patient() -> Patient {
        let birth =
            BirthDate { date: Sensitive(PartialDate::parse("1961-03-10").unwrap()), certainty: Certainty::Documented };
        let contact = ContactPoint {
            system: ContactSystem::Phone,
            value: ContactValue::parse(ContactSystem::Phone, "+9647701234567", None).unwrap(),
            owner: ContactOwner::Patient,
        };
        Patient {
            id: Uuid::from_u128(1).into(),
            mrn: "BMC-2026-000001-6".to_owned(),
            details: PatientDetails {
                arabic_name: Some(ArabicName::parse("فاطمة محمد الخطيب").unwrap()),
                sex: Some(Sex::Female),
                birth: Some(birth),
                nationality: Some(CountryCode::parse("IQ").unwrap()),
                contacts: vec![contact],
                ..PatientDetails::default()
            },
            record: PatientRecord::Active,
            created_by: Uuid::from_u128(2).into(),
            version: Version::FIRST,
        }
    }

    fn file(cases: Vec<CaseToKeep>) -> ErasureFile {
        ErasureFile { patient: patient(), cases, on_legal_hold: false }
    }

    fn closed(clinical: bool) -> CaseToKeep {
        CaseToKeep { stage: Stage::Closed, ended_at: at("2026-03-02T09:00:00Z"), clinical }
    }

    #[test]
    fn a_clinical_record_is_kept_for_its_years_and_anonymized_after_them() {
        use ErasureExtent::{Contacts, Identity};
        for (cases, now, extent) in [
            (vec![], "2026-03-02T09:00:00Z", Identity),
            (vec![closed(false)], "2026-03-02T09:00:00Z", Identity),
            (vec![closed(false), closed(true)], "2026-03-02T09:00:00Z", Contacts),
            (vec![closed(true)], "2046-03-02T08:59:59Z", Contacts),
            (vec![closed(true)], "2046-03-02T09:00:00Z", Identity),
        ] {
            assert_eq!(file(cases.clone()).extent(20, at(now)), Ok(extent), "{cases:?} at {now}");
        }
        assert_eq!(file(vec![closed(true)]).extent(u32::MAX, at("2300-01-01T00:00:00Z")), Ok(Contacts));
    }

    #[test]
    fn an_open_case_and_a_legal_hold_keep_everything() {
        let now = at("2099-01-01T00:00:00Z");
        for stage in [Stage::Inquiry, Stage::FollowUp] {
            let open = file(vec![closed(false), CaseToKeep { stage, ..closed(false) }]);
            assert_eq!(open.extent(20, now), Err(ErasureRefused::CaseOpen));
        }
        for stage in [Stage::Closed, Stage::Deceased, Stage::Merged] {
            assert!(file(vec![CaseToKeep { stage, ..closed(false) }]).extent(20, now).is_ok());
        }
        let held = ErasureFile { on_legal_hold: true, ..file(vec![closed(false)]) };
        assert_eq!(held.extent(20, now), Err(ErasureRefused::LegalHold));
        assert_eq!(file(vec![closed(true)]).expect(ErasureExtent::Contacts, 20, now), Err(ErasureRefused::OtherExtent));
    }

    #[test]
    fn a_record_that_is_nobodys_is_not_erased_again() {
        for record in [PatientRecord::Anonymized, PatientRecord::MergedInto(Uuid::from_u128(3).into())] {
            let gone = ErasureFile { patient: Patient { record, ..patient() }, ..file(Vec::new()) };
            let refused = gone.extent(20, at("2099-01-01T00:00:00Z")).unwrap_err();
            assert_eq!(refused.code(), ProblemCode::WrongState);
        }
    }

    #[test]
    fn an_anonymous_record_keeps_codes_and_nothing_else() {
        let left = patient().anonymized().unwrap();
        assert_eq!(left.record, PatientRecord::Anonymized);
        assert_eq!(left.mrn, "ERASED-00000000-0000-0000-0000-000000000001");
        let details = left.details;
        assert!(details.arabic_name.is_none() && details.contacts.is_empty());
        assert_eq!(details.passport_name.unwrap().surname.as_str(), NOBODY);
        let birth = details.birth.unwrap();
        assert_eq!((birth.date.to_string(), birth.certainty), ("1961".to_owned(), Certainty::Estimated));
        assert_eq!(
            (details.sex, details.nationality.map(|country| country.as_str().to_owned())),
            (Some(Sex::Female), Some("IQ".to_owned()))
        );
    }

    #[test]
    fn a_legal_hold_is_lifted_once() {
        let hold = LegalHold {
            id: Uuid::from_u128(4).into(),
            patient_id: patient().id,
            reason: Line::parse("Claim 2026/17", 100).unwrap(),
            placed_by: Uuid::from_u128(2).into(),
            placed_at: at("2026-03-02T09:00:00Z"),
            lifted: None,
            version: Version::FIRST,
        };
        let lifted = hold.lift(Uuid::from_u128(3).into(), at("2026-04-02T09:00:00Z")).unwrap();
        assert_eq!(lifted.state(), LegalHoldState::Lifted);
        assert!(lifted.lift(Uuid::from_u128(3).into(), at("2026-04-02T09:00:00Z")).is_err());
    }

    #[test]
    fn a_record_that_is_kept_loses_its_contacts_alone() {
        let left = patient().without_contacts();
        assert_eq!(
            left,
            Patient { details: PatientDetails { contacts: Vec::new(), ..patient().details }, ..patient() }
        );
    }
}
