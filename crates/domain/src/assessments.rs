//! Symptom assessment: what the patient has, coded (domain §1.2).

use chrono::{DateTime, NaiveDate, Utc};

use crate::cases::Case;
use crate::ids::{AssessmentId, CaseId, UserId};
use crate::refusal::{FieldCode, Fields, Invalid, ProblemCode, Refusal};
use crate::text::Line;
use crate::time::{PartialDate, happened};
use crate::vocabulary::{
    Answered, AssessmentModality, BabinskiSign, Coded, EarSymptom, HistoryItem, HouseBrackmannGrade, Laterality,
    OnsetSite, PreviousFacialPalsy, RedFlag, Reliever, SpasmForm, SpasmFrequency, SpasmRegion, SpasmTrigger, SpasmType,
    VisionInterference, YesNoUnknown,
};

/// A symptom assessment: written once; a later one replaces it in meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymptomAssessment {
    /// Its id.
    pub id: AssessmentId,
    /// The case.
    pub case_id: CaseId,
    /// Who took it.
    pub taken_by: UserId,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// What was found.
    pub findings: SymptomFindings,
    /// What argues for a closer look; derived from the findings and the age, and added to by hand.
    pub red_flags: Vec<RedFlag>,
    /// What is known of allergies.
    pub allergies: Allergies,
    /// The answers on history; each item is answered, if only with `none` or `unknown`.
    pub history: Vec<HistoryAnswer>,
}

/// The coded findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymptomFindings {
    /// How it was taken.
    pub modality: AssessmentModality,
    /// The side; it becomes the side of the case.
    pub laterality: Laterality,
    /// When it began.
    pub onset: PartialDate,
    /// Where it began.
    pub onset_site: OnsetSite,
    /// Which way it spread.
    pub form: SpasmForm,
    /// The regions that move.
    pub regions: Vec<SpasmRegion>,
    /// The kind of spasm.
    pub spasm_type: SpasmType,
    /// How often.
    pub frequency: SpasmFrequency,
    /// Whether it goes on in sleep.
    pub in_sleep: YesNoUnknown,
    /// What sets it off.
    pub triggers: Vec<SpasmTrigger>,
    /// What eases it.
    pub relievers: Vec<Reliever>,
    /// Symptoms of the ear.
    pub ear_symptoms: Vec<EarSymptom>,
    /// How far it disturbs seeing.
    pub vision_interference: VisionInterference,
    /// Pain, 0–10 on the numeric rating scale. Hemifacial spasm is painless: more than 0 is a red flag.
    pub pain: u8,
    /// Whether the brow lifts while the eye closes.
    pub babinski: BabinskiSign,
    /// Facial weakness before any operation.
    pub facial_weakness: HouseBrackmannGrade,
    /// An earlier facial palsy, which may mimic the spasm.
    pub previous_facial_palsy: PreviousFacialPalsy,
}

/// An answer on one item of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryAnswer {
    /// Which item.
    pub item: HistoryItem,
    /// The answer.
    pub answer: Answered,
    /// What was recorded.
    pub text: Option<Line>,
}

/// What is known of allergies; "none" is an answer, silence is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allergies {
    /// Nobody knows.
    Unknown,
    /// Known to have none.
    NoneKnown,
    /// These.
    Known(Vec<Line>),
}

impl Allergies {
    /// Whether the question is answered well enough for surgery.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }
}

/// The assessment names another side than hospitals were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hospital was told another side")]
pub struct SideIsPublished;

impl Refusal for SideIsPublished {
    fn code(&self) -> ProblemCode {
        ProblemCode::WrongSide
    }
}

/// Under this age another cause is likelier (domain §1.1).
const YOUNG_YEARS: u32 = 30;

impl SymptomAssessment {
    /// Checks the assessment against the patient and adds the red flags that follow from it.
    ///
    /// # Errors
    /// [`Invalid`] for times in the future, an onset before birth, pain over 10, known allergies
    /// without a name, or items that are answered twice or recorded without words.
    pub fn check(mut self, born: Option<PartialDate>, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let today = now.date_naive();
        let findings = &self.findings;
        fields.take("/taken_at", happened(self.taken_at, now));
        fields.require("/onset", findings.onset.first_day() <= today, FieldCode::InTheFuture);
        let after_birth = born.is_none_or(|born| findings.onset.year() >= born.year());
        fields.require("/onset", after_birth, FieldCode::OutOfOrder);
        fields.require("/pain", findings.pain <= 10, FieldCode::OutOfRange);
        fields.require("/regions", !findings.regions.is_empty(), FieldCode::Empty);
        let none_named = matches!(&self.allergies, Allergies::Known(named) if named.is_empty());
        fields.require("/allergies", !none_named, FieldCode::Empty);
        for (index, given) in self.history.iter().enumerate() {
            let twice = self.history.iter().take(index).any(|earlier| earlier.item == given.item);
            fields.require(&format!("/history/{index}/item"), !twice, FieldCode::Duplicate);
            let worded = given.answer != Answered::Recorded || given.text.is_some();
            fields.require(&format!("/history/{index}/text"), worded, FieldCode::Required);
        }
        self.add_derived_red_flags(born, today);
        fields.finish(|| Some(self))
    }

    fn add_derived_red_flags(&mut self, born: Option<PartialDate>, today: NaiveDate) {
        let derived = [
            (born.is_some_and(|born| born.years_until(today) < YOUNG_YEARS), RedFlag::AgeUnder30),
            (self.findings.laterality == Laterality::Bilateral, RedFlag::Bilateral),
            (self.findings.pain > 0, RedFlag::Pain),
        ];
        for (present, flag) in derived {
            if present && !self.red_flags.contains(&flag) {
                self.red_flags.push(flag);
            }
        }
    }

    /// Whether the case may take over the side that was found.
    ///
    /// # Errors
    /// [`SideIsPublished`] when a hospital was told another side: then only a doctor's review corrects it.
    pub fn expect_side_of(&self, case: &Case, any_referral_sent: bool) -> Result<(), SideIsPublished> {
        let same = case.laterality == Some(self.findings.laterality);
        if same || !case.side_is_published(any_referral_sent) { Ok(()) } else { Err(SideIsPublished) }
    }

    /// The items of the history that nobody has answered.
    #[must_use]
    pub fn unanswered_history(&self) -> Vec<&'static str> {
        let answered = |item: HistoryItem| self.history.iter().any(|given| given.item == item);
        HistoryItem::ALL.iter().filter(|item| !answered(**item)).map(|item| item.code()).collect()
    }
}

impl Laterality {
    /// Whether an operation on `side` is one that this side allows.
    #[must_use]
    pub fn agrees_with(self, side: Self) -> bool {
        match self {
            Self::Left | Self::Right => side == self,
            Self::Bilateral => matches!(side, Self::Left | Self::Right | Self::Bilateral),
            Self::Uncertain => false,
        }
    }
}

#[cfg(test)]
mod tests;
