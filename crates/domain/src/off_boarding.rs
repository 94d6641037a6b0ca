//! When someone leaves: who takes over what is still theirs.

use crate::ids::UserId;
use crate::refusal::{FieldCode, FieldError, Fields, Invalid, ProblemCode, Refusal};
use crate::vocabulary::Language;

/// How many cases that are not closed someone is responsible for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenCases {
    /// As their coordinator.
    pub coordinating: u64,
    /// As their doctor.
    pub treating: u64,
}

/// Who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Successors {
    /// The cases that were coordinated.
    pub coordinator: Option<UserId>,
    /// The cases that were treated.
    pub doctor: Option<UserId>,
}

/// Why nobody can take over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// There are open cases, and nobody is named who takes them over.
    #[error("{} cases to coordinate and {} to treat need a successor", .0.coordinating, .0.treating)]
    Missing(OpenCases),
    /// Someone is named who cannot be meant.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Refusal for SuccessionError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::Missing(_) => ProblemCode::CasesNeedSuccessor,
            Self::Invalid(refusal) => refusal.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Missing(_) => Vec::new(),
            Self::Invalid(refusal) => refusal.fields(),
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        let Self::Missing(OpenCases { coordinating, treating }) = self else { return None };
        Some(match language {
            Language::English => {
                format!("Open cases without a successor: {coordinating} as coordinator, {treating} as doctor.")
            }
            Language::Arabic => {
                format!("حالات مفتوحة بلا خلف: {coordinating} بصفة منسّق، {treating} بصفة طبيب.")
            }
            Language::Turkish => {
                format!("Devralanı olmayan açık vakalar: koordinatör olarak {coordinating}, hekim olarak {treating}.")
            }
        })
    }
}

impl OpenCases {
    /// Whether `successors` take over all of `leaver`'s cases. Of the count in the refusal is left out what has one.
    ///
    /// # Errors
    /// [`SuccessionError`] for cases that would be left to nobody, or to the one who leaves.
    pub fn pass_to(self, successors: Successors, leaver: UserId) -> Result<(), SuccessionError> {
        let Successors { coordinator, doctor } = successors;
        let mut fields = Fields::new();
        let other = FieldCode::Contradicts;
        fields.require("/hand_over_to/coordinator_id", coordinator != Some(leaver), other);
        fields.require("/hand_over_to/doctor_id", doctor != Some(leaver), other);
        fields.finish(|| Some(()))?;
        let left = Self {
            coordinating: if coordinator.is_some() { 0 } else { self.coordinating },
            treating: if doctor.is_some() { 0 } else { self.treating },
        };
        if left == Self::default() { Ok(()) } else { Err(SuccessionError::Missing(left)) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn cases_are_left_to_nobody_and_none_needs_nobody() {
        let cases = |coordinating, treating| OpenCases { coordinating, treating };
        let to = |coordinator: Option<u128>, doctor: Option<u128>| Successors {
            coordinator: coordinator.map(id),
            doctor: doctor.map(id),
        };
        let missing = |coordinating, treating| Err(SuccessionError::Missing(cases(coordinating, treating)));
        for (open, successors, expected) in [
            (cases(0, 0), to(None, None), Ok(())),
            (cases(2, 0), to(Some(7), None), Ok(())),
            (cases(2, 3), to(Some(7), Some(8)), Ok(())),
            (cases(2, 3), to(Some(7), None), missing(0, 3)),
            (cases(2, 3), to(None, Some(8)), missing(2, 0)),
            (cases(2, 3), to(None, None), missing(2, 3)),
        ] {
            assert_eq!(open.pass_to(successors, id(1)), expected, "{open:?} {successors:?}");
        }
    }

    #[test]
    fn nobody_takes_over_from_themselves() {
        let oneself = Successors { coordinator: Some(id(1)), doctor: Some(id(1)) };
        let refused = OpenCases::default().pass_to(oneself, id(1)).unwrap_err();
        let places: Vec<_> = refused.fields().into_iter().map(|field| field.pointer).collect();
        assert_eq!(places, ["/hand_over_to/coordinator_id", "/hand_over_to/doctor_id"]);
    }
}
