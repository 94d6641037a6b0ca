//! The bridge between coded values of the domain and JSON: one for all lists, none mirrored.
//!
//! utoipa's derives compose the name of a generic type from its arguments, and the domain's lists
//! cannot carry its traits. A field therefore names an alias without arguments:
//! `pub(crate) type StageCode = Code<Stage>;`, one line for each list, in this file.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use rafiq_domain::access_reviews::AccessFlag;
use rafiq_domain::approvals::{ApprovalKind, ApprovalState};
use rafiq_domain::cases::{Gate, GateOutcome, Party, Stage, Strength, Trigger};
use rafiq_domain::clients::{ClientScope, CredentialKind, CredentialState, ExpiryWarning, KeyAlgorithm};
use rafiq_domain::confirmations::ConfirmationKind;
use rafiq_domain::erasure::{ErasureExtent, LegalHoldState};
use rafiq_domain::grants::{EmergencyReason, GrantBasis, GrantEnd, TermState};
use rafiq_domain::merging::StrongIdentifier;
use rafiq_domain::money::Currency;
use rafiq_domain::notes::{NoteAudience, NoteState};
use rafiq_domain::patients::{Certainty, PatientState};
use rafiq_domain::policy::{Action, Assurance, Audience, ObjectKind, Reach, Relation, Verdict};
use rafiq_domain::refusal::{FieldCode, ProblemCode};
use rafiq_domain::reports::Whereabouts;
use rafiq_domain::roles::{RoleAssignmentState, RolePurpose};
use rafiq_domain::second_factor::FactorKind;
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::vocabulary::{
    AcceptanceChannel, Accreditation, Answered, AssessmentModality, BabinskiSign, BaepFinal, BookingState,
    CancellationClass, CaseSource, ClavienDindo, ClearanceState, ClosureReason, Coded, ComplicationPhase,
    ComplicationState, ComplicationType, ConsentGiver, ConsentMethod, ConsentPurpose, ConsentState, ConservativePlan,
    ContactChannel, ContactOwner, ContactSystem, ContraindicationItem, DecompressionMaterial, DecompressionMethod,
    Diagnosis, Dialect, DischargeKind, Disposition, EarSymptom, EncounterKind, HearingStatus, HistoryItem,
    HospitalCapability, HospitalState, HouseBrackmannGrade, IndicationItem, InformationItemKind, InformationItemState,
    InterpreterQualification, InterpreterState, InterpretingModality, Language, Laterality, LicenceIssuer, LsrEvent,
    NoteType, OffendingVessel, OnBehalfOf, OnsetSite, OutcomeCourse, PayerType, PostponementReason, PreOpResult,
    PreviousFacialPalsy, Priority, ProcedureKind, ProcedureState, QuoteLineInclusion, QuoteLineKind, QuoteState,
    Recommendation, RedFlag, ReferralDeclineReason, ReferralQuestion, ReferralState, Reliever, ReportKind, Role, Sex,
    SpasmForm, SpasmFrequency, SpasmRegion, SpasmStatus, SpasmTrigger, SpasmType, SpokenLanguage, TaskState, Timepoint,
    UnsuitabilityReason, UserState, VisionInterference, VisitMode, WoundStatus, YesNoUnknown,
};
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::wrong;

/// A value of a closed list, written as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code<T>(pub(crate) T);

/// A role.
pub(crate) type RoleCode = Code<Role>;
/// How far a sign-in has come.
pub(crate) type AssuranceCode = Code<Assurance>;
/// A kind of second factor.
pub(crate) type FactorKindCode = Code<FactorKind>;
/// What a role is held for.
pub(crate) type RolePurposeCode = Code<RolePurpose>;
/// Whether a role is held.
pub(crate) type RoleAssignmentStateCode = Code<RoleAssignmentState>;
/// What stands out in someone's access.
pub(crate) type AccessFlagCode = Code<AccessFlag>;
/// In which language someone is written to.
pub(crate) type LanguageCode = Code<Language>;
/// Whether a user may sign in.
pub(crate) type UserStateCode = Code<UserState>;
/// What a client may.
pub(crate) type ClientScopeCode = Code<ClientScope>;
/// With what a client proves itself.
pub(crate) type CredentialKindCode = Code<CredentialKind>;
/// Whether a key or a secret is good.
pub(crate) type CredentialStateCode = Code<CredentialState>;
/// With which algorithm a client signs.
pub(crate) type KeyAlgorithmCode = Code<KeyAlgorithm>;
/// How near the end of a key or a secret is.
pub(crate) type ExpiryWarningCode = Code<ExpiryWarning>;
/// What takes two people.
pub(crate) type ApprovalKindCode = Code<ApprovalKind>;
/// Where a request for a second person stands.
pub(crate) type ApprovalStateCode = Code<ApprovalState>;
/// What tells a person from everyone else.
pub(crate) type StrongIdentifierCode = Code<StrongIdentifier>;
/// How much of a patient is erased.
pub(crate) type ErasureExtentCode = Code<ErasureExtent>;
/// Whether a legal hold still lies on a record.
pub(crate) type LegalHoldStateCode = Code<LegalHoldState>;
/// Whether a record still stands for a person by itself.
pub(crate) type PatientStateCode = Code<PatientState>;
/// A stage of the case machine.
pub(crate) type StageCode = Code<Stage>;
/// In which capacity someone moved a case.
pub(crate) type PartyCode = Code<Party>;
/// How a gate was found.
pub(crate) type GateOutcomeCode = Code<GateOutcome>;
/// Why a case was closed.
pub(crate) type ClosureReasonCode = Code<ClosureReason>;
/// How soon something must be dealt with.
pub(crate) type PriorityCode = Code<Priority>;
/// How the patient found us.
pub(crate) type CaseSourceCode = Code<CaseSource>;
/// Who pays.
pub(crate) type PayerTypeCode = Code<PayerType>;
/// A side of the face.
pub(crate) type LateralityCode = Code<Laterality>;
/// For whom something is done.
pub(crate) type OnBehalfOfCode = Code<OnBehalfOf>;
/// What is confirmed.
pub(crate) type ConfirmationKindCode = Code<ConfirmationKind>;
/// A channel of contact.
pub(crate) type ContactChannelCode = Code<ContactChannel>;
/// What is asked for.
pub(crate) type InformationItemKindCode = Code<InformationItemKind>;
/// Whether it came.
pub(crate) type InformationItemStateCode = Code<InformationItemState>;
/// On what basis someone may reach a case.
pub(crate) type GrantBasisCode = Code<GrantBasis>;
/// Why someone breaks the glass.
pub(crate) type EmergencyReasonCode = Code<EmergencyReason>;
/// Why a grant ended before its time.
pub(crate) type GrantEndCode = Code<GrantEnd>;
/// Where something stands that is given for a time.
pub(crate) type TermStateCode = Code<TermState>;
/// How much of a person someone may read.
pub(crate) type AudienceCode = Code<Audience>;
/// What is asked for.
pub(crate) type ActionCode = Code<Action>;
/// A kind of thing.
pub(crate) type ObjectKindCode = Code<ObjectKind>;
/// What the policy answers.
pub(crate) type VerdictCode = Code<Verdict>;
/// How far a role reaches.
pub(crate) type ReachCode = Code<Reach>;
/// How near someone stands.
pub(crate) type RelationCode = Code<Relation>;
/// What a task is about.
pub(crate) type TaskKindCode = Code<TaskKind>;
/// Where a task stands.
pub(crate) type TaskStateCode = Code<TaskState>;
/// Administrative sex.
pub(crate) type SexCode = Code<Sex>;
/// How sure a date is.
pub(crate) type CertaintyCode = Code<Certainty>;
/// A language that people speak.
pub(crate) type SpokenLanguageCode = Code<SpokenLanguage>;
/// An Arabic dialect group.
pub(crate) type DialectCode = Code<Dialect>;
/// A system that reaches people.
pub(crate) type ContactSystemCode = Code<ContactSystem>;
/// Whose contact point it is.
pub(crate) type ContactOwnerCode = Code<ContactOwner>;
/// What a consent is for.
pub(crate) type ConsentPurposeCode = Code<ConsentPurpose>;
/// How a consent was given.
pub(crate) type ConsentMethodCode = Code<ConsentMethod>;
/// Who gave a consent.
pub(crate) type ConsentGiverCode = Code<ConsentGiver>;
/// Where a consent stands.
pub(crate) type ConsentStateCode = Code<ConsentState>;
/// How an assessment was taken.
pub(crate) type AssessmentModalityCode = Code<AssessmentModality>;
/// Where a spasm began.
pub(crate) type OnsetSiteCode = Code<OnsetSite>;
/// Which way a spasm spread.
pub(crate) type SpasmFormCode = Code<SpasmForm>;
/// A region that moves.
pub(crate) type SpasmRegionCode = Code<SpasmRegion>;
/// A kind of spasm.
pub(crate) type SpasmTypeCode = Code<SpasmType>;
/// How often a spasm comes.
pub(crate) type SpasmFrequencyCode = Code<SpasmFrequency>;
/// What sets a spasm off.
pub(crate) type SpasmTriggerCode = Code<SpasmTrigger>;
/// What eases a spasm.
pub(crate) type RelieverCode = Code<Reliever>;
/// A symptom of the ear.
pub(crate) type EarSymptomCode = Code<EarSymptom>;
/// How far a spasm disturbs seeing.
pub(crate) type VisionInterferenceCode = Code<VisionInterference>;
/// The other Babinski sign.
pub(crate) type BabinskiSignCode = Code<BabinskiSign>;
/// An earlier facial palsy.
pub(crate) type PreviousFacialPalsyCode = Code<PreviousFacialPalsy>;
/// What argues for a closer look.
pub(crate) type RedFlagCode = Code<RedFlag>;
/// A question on history.
pub(crate) type HistoryItemCode = Code<HistoryItem>;
/// Whether a question is answered.
pub(crate) type AnsweredCode = Code<Answered>;
/// An answer that may be unknown.
pub(crate) type YesNoUnknownCode = Code<YesNoUnknown>;
/// A grade of facial weakness.
pub(crate) type HouseBrackmannGradeCode = Code<HouseBrackmannGrade>;
/// What a doctor recommends.
pub(crate) type RecommendationCode = Code<Recommendation>;
/// A diagnosis.
pub(crate) type DiagnosisCode = Code<Diagnosis>;
/// What speaks for surgery.
pub(crate) type IndicationItemCode = Code<IndicationItem>;
/// What speaks against surgery.
pub(crate) type ContraindicationItemCode = Code<ContraindicationItem>;
/// A plan without surgery.
pub(crate) type ConservativePlanCode = Code<ConservativePlan>;
/// Why a patient is unsuitable.
pub(crate) type UnsuitabilityReasonCode = Code<UnsuitabilityReason>;
/// A kind of note.
pub(crate) type NoteTypeCode = Code<NoteType>;
/// Whether a note may still be changed.
pub(crate) type NoteStateCode = Code<NoteState>;
/// Who reads a note.
pub(crate) type NoteAudienceCode = Code<NoteAudience>;
/// Who accredited a hospital.
pub(crate) type AccreditationCode = Code<Accreditation>;
/// What a hospital can do.
pub(crate) type HospitalCapabilityCode = Code<HospitalCapability>;
/// Whether we work with a hospital.
pub(crate) type HospitalStateCode = Code<HospitalState>;
/// Who issued a licence.
pub(crate) type LicenceIssuerCode = Code<LicenceIssuer>;
/// How an interpreter is qualified.
pub(crate) type InterpreterQualificationCode = Code<InterpreterQualification>;
/// Whether an interpreter takes jobs.
pub(crate) type InterpreterStateCode = Code<InterpreterState>;
/// How an encounter is interpreted.
pub(crate) type InterpretingModalityCode = Code<InterpretingModality>;
/// Where a booking stands.
pub(crate) type BookingStateCode = Code<BookingState>;
/// What an interpreter is booked for.
pub(crate) type EncounterKindCode = Code<EncounterKind>;
/// A currency.
pub(crate) type CurrencyCode = Code<Currency>;
/// Where a referral stands.
pub(crate) type ReferralStateCode = Code<ReferralState>;
/// What a referral asks.
pub(crate) type ReferralQuestionCode = Code<ReferralQuestion>;
/// Why a hospital declines.
pub(crate) type ReferralDeclineReasonCode = Code<ReferralDeclineReason>;
/// What a hospital reports.
pub(crate) type ReportKindCode = Code<ReportKind>;
/// Whether a patient is fit for surgery.
pub(crate) type PreOpResultCode = Code<PreOpResult>;
/// A kind of operation.
pub(crate) type ProcedureKindCode = Code<ProcedureKind>;
/// A vessel that presses on the nerve.
pub(crate) type OffendingVesselCode = Code<OffendingVessel>;
/// How a vessel was moved away.
pub(crate) type DecompressionMethodCode = Code<DecompressionMethod>;
/// What holds a vessel away.
pub(crate) type DecompressionMaterialCode = Code<DecompressionMaterial>;
/// What the lateral spread response did.
pub(crate) type LsrEventCode = Code<LsrEvent>;
/// How the hearing response ended.
pub(crate) type BaepFinalCode = Code<BaepFinal>;
/// Why an operation is put off.
pub(crate) type PostponementReasonCode = Code<PostponementReason>;
/// On whose side the cause of a cancellation lies.
pub(crate) type CancellationClassCode = Code<CancellationClass>;
/// Where a patient goes without an operation.
pub(crate) type WhereaboutsCode = Code<Whereabouts>;
/// How the spasm is.
pub(crate) type SpasmStatusCode = Code<SpasmStatus>;
/// How the hearing is.
pub(crate) type HearingStatusCode = Code<HearingStatus>;
/// How the wound is.
pub(crate) type WoundStatusCode = Code<WoundStatus>;
/// A kind of complication.
pub(crate) type ComplicationTypeCode = Code<ComplicationType>;
/// The phase of a complication.
pub(crate) type ComplicationPhaseCode = Code<ComplicationPhase>;
/// How severe a complication is.
pub(crate) type ClavienDindoCode = Code<ClavienDindo>;
/// Where a patient leaves to.
pub(crate) type DispositionCode = Code<Disposition>;
/// Where a quote stands.
pub(crate) type QuoteStateCode = Code<QuoteState>;
/// What a line of a quote pays for.
pub(crate) type QuoteLineKindCode = Code<QuoteLineKind>;
/// Whether a line is part of the price.
pub(crate) type QuoteLineInclusionCode = Code<QuoteLineInclusion>;
/// How a patient accepted a quote.
pub(crate) type AcceptanceChannelCode = Code<AcceptanceChannel>;
/// Where a surgery clearance stands.
pub(crate) type ClearanceStateCode = Code<ClearanceState>;
/// Where an operation stands.
pub(crate) type ProcedureStateCode = Code<ProcedureState>;
/// Where a complication stands.
pub(crate) type ComplicationStateCode = Code<ComplicationState>;
/// How a stay in hospital ended.
pub(crate) type DischargeKindCode = Code<DischargeKind>;
/// A point after the operation.
pub(crate) type TimepointCode = Code<Timepoint>;
/// How a patient was seen.
pub(crate) type VisitModeCode = Code<VisitMode>;
/// How the spasm went on.
pub(crate) type OutcomeCourseCode = Code<OutcomeCourse>;
/// The code of a problem.
pub(crate) type ProblemCodeName = Code<ProblemCode>;
/// The code of how strict a gate is.
pub(crate) type StrengthCode = Code<Strength>;
/// The code of a gate.
pub(crate) type GateCode = Code<Gate>;
/// The code of a trigger.
pub(crate) type TriggerCode = Code<Trigger>;
/// The code of what is wrong with one place of the input.
pub(crate) type FieldCodeName = Code<FieldCode>;

impl<T> From<T> for Code<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Coded> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de, T: Coded> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);

        impl<T: Coded> de::Visitor<'_> for Visitor<T> {
            type Value = Code<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a code of `{}`", T::NAME)
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Code<T>, E> {
                T::from_code(code).map(Code).ok_or_else(|| wrong(FieldCode::UnknownCode))
            }
        }

        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

impl<T: Coded> ToSchema for Code<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(pascal_case(T::NAME))
    }
}

impl<T: Coded> PartialSchema for Code<T> {
    fn schema() -> RefOr<Schema> {
        let codes: Vec<String> =
            T::ALL.iter().map(|value| format!("- `{}`: {}", value.code(), value.label(Language::English))).collect();
        let description = format!(
            "{}

{}",
            T::MEANING.trim(),
            codes.join(
                "
"
            )
        );
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(description))
            .enum_values(Some(T::ALL.iter().map(|value| value.code())))
            .into()
    }
}

/// `problem_code` → `ProblemCode`: the name under which generators make one enum for each list.
fn pascal_case(snake: &str) -> String {
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    snake.split('_').filter_map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_travels_as_its_string() {
        let code = Code(ProblemCode::StaleVersion);
        assert_eq!(serde_json::to_value(code).unwrap(), json!("stale_version"));
        assert_eq!(serde_json::from_value::<ProblemCodeName>(json!("stale_version")).unwrap(), code);
    }

    #[test]
    fn a_list_becomes_one_named_enum_that_explains_its_codes() {
        assert_eq!(<ProblemCodeName as ToSchema>::name(), "ProblemCode");
        let schema = serde_json::to_value(ProblemCodeName::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["enum"].as_array().unwrap().len(), ProblemCode::ALL.len());
        assert!(schema["description"].as_str().unwrap().contains("- `not_found`: There is no such resource"));
    }
}
