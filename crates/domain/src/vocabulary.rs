//! Coded values: every list of codes that the product knows, each written once.
//!
//! A coded value is an enum that carries its wire code and its labels in the three languages of
//! the product. Transport and storage know only the trait [`Coded`]; neither mirrors a list.

mod clinical;
mod operations;
mod people;
mod recovery;
mod surgery;

pub use clinical::*;
pub use operations::*;
pub use people::*;
pub use recovery::*;
pub use surgery::*;

/// A language the product speaks to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, the fall-back.
    #[default]
    English,
    /// Arabic, written right to left.
    Arabic,
    /// Turkish.
    Turkish,
}

impl Language {
    /// Every language, in the order of the labels.
    pub const ALL: [Self; 3] = [Self::English, Self::Arabic, Self::Turkish];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::Turkish => "tr",
        }
    }

    /// The same language as one that people speak.
    #[must_use]
    pub const fn spoken(self) -> SpokenLanguage {
        match self {
            Self::English => SpokenLanguage::English,
            Self::Arabic => SpokenLanguage::Arabic,
            Self::Turkish => SpokenLanguage::Turkish,
        }
    }
}

/// Written out, since a label is chosen by a language.
impl Coded for Language {
    const NAME: &'static str = "language";
    const MEANING: &'static str = "A language that the product speaks to its users, by its ISO 639-1 code.";
    const ALL: &'static [Self] = &Self::ALL;

    fn code(self) -> &'static str {
        self.tag()
    }

    fn label(self, language: Language) -> &'static str {
        self.spoken().label(language)
    }
}

/// A value from a closed list, with one code and a label in every language.
pub trait Coded: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// The list's name in addresses and schemas, in snake case.
    const NAME: &'static str;
    /// What the list is about, for people who read the interface document.
    const MEANING: &'static str;
    /// Every value, in the order they are shown.
    const ALL: &'static [Self];

    /// The stable code, in snake case unless the field's own standard writes it otherwise.
    fn code(self) -> &'static str;

    /// The text that a person reads.
    fn label(self, language: Language) -> &'static str;

    /// The value behind a code, if the list has it.
    #[must_use]
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

/// Declares coded values: `Variant = "code" => "English", "Arabic", "Turkish";`.
macro_rules! coded {
    ($(
        $(#[doc = $doc:literal])+
        pub enum $name:ident : $list:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $code:literal => $en:literal, $ar:literal, $tr:literal; )+
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( #[doc = concat!("`", $code, "`: ", $en, ".")] $(#[doc = $variant_doc])* $variant, )+
        }

        impl $crate::vocabulary::Coded for $name {
            const NAME: &'static str = $list;
            const MEANING: &'static str = concat!($($doc),+);
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            fn label(self, language: $crate::vocabulary::Language) -> &'static str {
                let [english, arabic, turkish] = match self { $(Self::$variant => [$en, $ar, $tr]),+ };
                match language {
                    $crate::vocabulary::Language::English => english,
                    $crate::vocabulary::Language::Arabic => arabic,
                    $crate::vocabulary::Language::Turkish => turkish,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str($crate::vocabulary::Coded::code(*self))
            }
        }
    )+};
}
pub(crate) use coded;

/// One list of coded values, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// The list's name: [`Coded::NAME`].
    pub name: &'static str,
    /// What the list is about, in one line.
    pub meaning: String,
    /// The values, in the order they are shown.
    pub entries: Vec<Entry>,
}

/// One value of a [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The stable code.
    pub code: &'static str,
    /// The labels, in the order of [`Language::ALL`].
    pub labels: [&'static str; 3],
}

impl Entry {
    /// The text that a person reads.
    #[must_use]
    pub const fn label(&self, language: Language) -> &'static str {
        let [english, arabic, turkish] = self.labels;
        match language {
            Language::English => english,
            Language::Arabic => arabic,
            Language::Turkish => turkish,
        }
    }
}

impl Vocabulary {
    /// The list behind a coded type.
    #[must_use]
    pub fn of<T: Coded>() -> Self {
        let entry =
            |value: &T| Entry { code: value.code(), labels: Language::ALL.map(|language| value.label(language)) };
        Self {
            name: T::NAME,
            // The doc lines arrive as the compiler joined them, with their leading spaces.
            meaning: T::MEANING.split_whitespace().collect::<Vec<_>>().join(" "),
            entries: T::ALL.iter().map(entry).collect(),
        }
    }
}

/// Declares the lists that are served; one type a line, so that lists are added without conflict.
macro_rules! registry {
    ($($list:path,)+) => {
        /// Every list of coded values, sorted by name.
        #[must_use]
        pub fn vocabularies() -> Vec<Vocabulary> {
            let mut all = vec![$(Vocabulary::of::<$list>()),+];
            all.sort_unstable_by_key(|list| list.name);
            all
        }

        #[cfg(test)]
        const ROUND_TRIPS: &[fn()] = &[$(tests::every_code_leads_back_to_its_value::<$list>),+];
    };
}

registry! {
    AcceptanceChannel,
    crate::access_reviews::AccessFlag,
    Accreditation,
    crate::policy::Action,
    crate::approvals::ApprovalKind,
    crate::approvals::ApprovalState,
    crate::erasure::ErasureExtent,
    crate::erasure::LegalHoldState,
    crate::merging::StrongIdentifier,
    crate::patients::PatientState,
    Answered,
    AssessmentModality,
    crate::policy::Assurance,
    crate::policy::Audience,
    BabinskiSign,
    BaepFinal,
    BookingState,
    CancellationClass,
    CaseSource,
    crate::patients::Certainty,
    ClavienDindo,
    ClearanceState,
    ClosureReason,
    crate::clients::ClientScope,
    ComplicationPhase,
    ComplicationState,
    ComplicationType,
    crate::confirmations::ConfirmationKind,
    ConflictZone,
    ConsentGiver,
    ConsentMethod,
    ConsentPurpose,
    ConsentState,
    ConservativePlan,
    ContactChannel,
    ContactOwner,
    ContactSystem,
    ContraindicationItem,
    crate::clients::CredentialKind,
    crate::clients::CredentialState,
    crate::money::Currency,
    crate::time::DatePrecision,
    DecompressionMaterial,
    DecompressionMethod,
    Diagnosis,
    Dialect,
    DischargeKind,
    Disposition,
    EarSymptom,
    crate::grants::EmergencyReason,
    EncounterKind,
    crate::matching::Evidence,
    crate::refusal::FieldCode,
    crate::clients::ExpiryWarning,
    FitToFlyDecision,
    FollowUpProblem,
    FourLevelOutcome,
    crate::cases::Gate,
    crate::cases::GateOutcome,
    crate::grants::GrantBasis,
    crate::grants::GrantEnd,
    HearingStatus,
    HistoryItem,
    HospitalCapability,
    HospitalState,
    HouseBrackmannGrade,
    IndicationItem,
    InformationItemKind,
    InformationItemState,
    InterpreterQualification,
    InterpreterState,
    InterpretingModality,
    crate::clients::KeyAlgorithm,
    Language,
    Laterality,
    LicenceIssuer,
    crate::matching::Likelihood,
    crate::links::LinkPurpose,
    LsrBaseline,
    LsrEvent,
    crate::mail::MailKind,
    crate::mail::RecipientKind,
    crate::notes::NoteAudience,
    crate::notes::NoteState,
    NoteType,
    crate::policy::ObjectKind,
    crate::policy::Reach,
    crate::policy::Relation,
    OffendingVessel,
    OnBehalfOf,
    OnsetSite,
    OutcomeCourse,
    crate::cases::Party,
    PayerType,
    PostponementReason,
    PreOpResult,
    PreviousFacialPalsy,
    Priority,
    crate::refusal::ProblemCode,
    ProcedureKind,
    ProcedureState,
    QuoteLineInclusion,
    QuoteLineKind,
    QuoteState,
    Recommendation,
    RedFlag,
    ReferralDeclineReason,
    ReferralQuestion,
    ReferralState,
    Relationship,
    Reliever,
    ReportKind,
    Role,
    crate::roles::RoleAssignmentState,
    crate::roles::RolePurpose,
    crate::second_factor::FactorKind,
    Sex,
    SpasmForm,
    SpasmFrequency,
    SpasmRegion,
    SpasmStatus,
    SpasmTrigger,
    SpasmType,
    SpokenLanguage,
    crate::cases::Stage,
    crate::cases::Strength,
    SurgicalApproach,
    crate::tasks::TaskKind,
    crate::grants::TermState,
    TaskState,
    crate::throttling::Counter,
    Timepoint,
    crate::cases::Trigger,
    UnsuitabilityReason,
    UserState,
    crate::policy::Verdict,
    VisionInterference,
    VisitMode,
    crate::reports::Whereabouts,
    WoundStatus,
    YesNoUnknown,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    pub(super) fn every_code_leads_back_to_its_value<T: Coded>() {
        for &value in T::ALL {
            assert_eq!(T::from_code(value.code()), Some(value), "{}", T::NAME);
        }
        assert_eq!(T::from_code("no such code"), None, "{}", T::NAME);
    }

    fn labels() -> impl Iterator<Item = (&'static str, Entry)> {
        vocabularies().into_iter().flat_map(|list| list.entries.into_iter().map(move |entry| (list.name, entry)))
    }

    /// The characters that change the direction of text without being seen (UAX #9).
    fn turns_direction(character: char) -> bool {
        matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    }

    fn is_snake_case(name: &str) -> bool {
        name.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
    }

    #[test]
    fn codes_round_trip() {
        for check in ROUND_TRIPS {
            check();
        }
    }

    #[test]
    fn list_names_are_unique_and_sorted() {
        let names: Vec<_> = vocabularies().iter().map(|list| list.name).collect();
        assert!(names.is_sorted_by(|left, right| left < right), "{names:?}");
        assert!(names.iter().all(|name| is_snake_case(name)), "{names:?}");
    }

    #[test]
    fn codes_are_unique_within_a_list() {
        for list in vocabularies() {
            let mut seen = HashSet::new();
            for entry in &list.entries {
                assert!(seen.insert(entry.code), "{} has `{}` twice", list.name, entry.code);
            }
        }
    }

    #[test]
    fn labels_tell_values_of_a_list_apart() {
        for list in vocabularies() {
            let mut seen = HashSet::new();
            for entry in &list.entries {
                for (language, label) in Language::ALL.into_iter().zip(entry.labels) {
                    assert!(seen.insert((language, label)), "{} says `{label}` twice", list.name);
                }
            }
        }
    }

    #[test]
    fn meanings_are_one_clean_line() {
        for list in vocabularies() {
            assert!(!list.meaning.is_empty(), "{}", list.name);
            assert!(!list.meaning.contains("  ") && !list.meaning.contains('\n'), "{}", list.name);
        }
    }

    #[test]
    fn labels_are_filled_and_trimmed() {
        for (list, entry) in labels() {
            for label in entry.labels {
                assert!(!label.is_empty() && label.trim() == label, "{list}: {entry:?}");
            }
        }
    }

    #[test]
    fn labels_hold_no_control_or_direction_characters() {
        for (list, entry) in labels() {
            for label in entry.labels {
                assert!(!label.chars().any(|it| it.is_control() || turns_direction(it)), "{list}: {entry:?}");
            }
        }
    }

    #[test]
    fn arabic_labels_are_arabic() {
        for (list, entry) in labels() {
            let [english, arabic, turkish] = entry.labels;
            let pure_code = english == arabic && arabic == turkish;
            let has_arabic = arabic.chars().any(|it| matches!(it, '\u{621}'..='\u{64A}'));
            assert!(has_arabic || pure_code, "{list}: {entry:?}");
        }
    }

    #[test]
    fn other_labels_hold_no_arabic() {
        for (list, entry) in labels() {
            let [english, _, turkish] = entry.labels;
            let is_arabic = |it: char| matches!(it, '\u{600}'..='\u{6FF}');
            assert!(!english.chars().chain(turkish.chars()).any(is_arabic), "{list}: {entry:?}");
        }
    }
}
