//! The doctor's review decision: what is recommended, signed (domain §1.8, §7.4).

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::ids::{CaseId, ReviewId, UserId};
use crate::refusal::{FieldCode, Fields, Invalid};
use crate::text::Prose;
use crate::vocabulary::{
    Coded, ConservativePlan, ContraindicationItem, Diagnosis, IndicationItem, Laterality, Recommendation,
    SpokenLanguage, UnsuitabilityReason, YesNoUnknown,
};

/// A signed review decision: written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// The case.
    pub case_id: CaseId,
    /// The doctor who signed.
    pub doctor_id: UserId,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// What the doctor recommends.
    pub recommendation: Recommendation,
    /// The working diagnosis.
    pub diagnosis: Option<Diagnosis>,
    /// The side that the doctor confirmed.
    pub laterality: Option<Laterality>,
    /// The answers to the indications.
    pub indications: Vec<(IndicationItem, YesNoUnknown)>,
    /// The answers to the contraindications.
    pub contraindications: Vec<(ContraindicationItem, YesNoUnknown)>,
    /// What was done about the red flags.
    pub red_flags_addressed: Option<Prose>,
    /// The plan, when no surgery is recommended.
    pub conservative: Option<Conservative>,
    /// Why the patient is unsuitable.
    pub unsuitability: Option<UnsuitabilityReason>,
    /// What the patient is advised instead.
    pub advice: Option<Prose>,
    /// The clinical summary that a hospital reads.
    pub summary: Prose,
    /// The language of the summary.
    pub summary_language: SpokenLanguage,
}

/// A plan without surgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conservative {
    /// What is done.
    pub plan: ConservativePlan,
    /// When it is looked at again, within 180 days.
    pub review_on: NaiveDate,
}

impl Conservative {
    /// Whether the HLA-B*15:02 question must be answered: carbamazepine is the usual drug (domain §1.7).
    #[must_use]
    pub fn needs_hla_answer(self) -> bool {
        self.plan == ConservativePlan::Drug
    }

    /// Whether it is looked at again soon enough, seen from `today`.
    #[must_use]
    pub fn is_timely(self, today: NaiveDate) -> bool {
        self.review_on >= today && self.review_on <= today + Days::new(LONGEST_PLAN_DAYS)
    }
}

impl Recommendation {
    /// Whether it is a plan without surgery.
    #[must_use]
    pub const fn is_conservative(self) -> bool {
        matches!(self, Self::Botulinum | Self::Drug | Self::Observe)
    }
}

/// The longest time until a conservative plan is looked at again (domain §6.3 T10).
const LONGEST_PLAN_DAYS: u64 = 180;

impl Review {
    /// Checks that the decision carries what its recommendation needs.
    ///
    /// # Errors
    /// [`Invalid`] naming every part that is missing, answered twice or out of range.
    pub fn check(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let surgical = self.recommendation == Recommendation::SurgicalOpinion;
        fields.require("/diagnosis", !surgical || self.diagnosis.is_some(), FieldCode::Required);
        fields.require("/laterality", !surgical || self.laterality.is_some(), FieldCode::Required);
        for (index, (item, _)) in self.indications.iter().enumerate() {
            let twice = self.indications.iter().take(index).any(|(earlier, _)| earlier == item);
            fields.require(&format!("/indications/{index}/item"), !twice, FieldCode::Duplicate);
        }
        for (index, (item, _)) in self.contraindications.iter().enumerate() {
            let twice = self.contraindications.iter().take(index).any(|(earlier, _)| earlier == item);
            fields.require(&format!("/contraindications/{index}/item"), !twice, FieldCode::Duplicate);
        }
        let conservative = self.recommendation.is_conservative();
        fields.require("/conservative", !conservative || self.conservative.is_some(), FieldCode::Required);
        let timely = self.conservative.is_none_or(|plan| plan.is_timely(today));
        fields.require("/conservative/review_on", timely, FieldCode::OutOfRange);
        let unsuitable = self.recommendation == Recommendation::Unsuitable;
        fields.require("/unsuitability", !unsuitable || self.unsuitability.is_some(), FieldCode::Required);
        let other = self.recommendation == Recommendation::OtherDiagnosis;
        fields.require(
            "/diagnosis",
            !other || self.diagnosis.is_some_and(|found| found != Diagnosis::HfsPrimary),
            FieldCode::Contradicts,
        );
        fields.require("/advice", !(unsuitable || other) || self.advice.is_some(), FieldCode::Required);
        fields.finish(|| Some(self))
    }

    /// The items of both lists that nobody has answered.
    #[must_use]
    pub fn unanswered_checklist(&self) -> Vec<&'static str> {
        let open_indications =
            IndicationItem::ALL.iter().filter(|item| !self.indications.iter().any(|(answered, _)| answered == *item));
        let open_contraindications = ContraindicationItem::ALL
            .iter()
            .filter(|item| !self.contraindications.iter().any(|(answered, _)| answered == *item));
        open_indications.map(|item| item.code()).chain(open_contraindications.map(|item| item.code())).collect()
    }
}

#[cfg(test)]
mod tests;
