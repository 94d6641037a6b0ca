//! Every refusal of every use case in one type, so that `?` works for all of them.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use rafiq_domain::policy::Denied;
use rafiq_domain::refusal::{FieldCode, FieldError, ProblemCode, Refusal};
use rafiq_domain::vocabulary::Language;

/// A refusal of any kind: a domain error, a missing permission or a fault of the storage.
///
/// It is deliberately not a [`Refusal`] itself: that is what lets it be made from all of them.
#[derive(Debug)]
pub struct Refused(Box<dyn Refusal>);

impl<E: Refusal> From<E> for Refused {
    fn from(refusal: E) -> Self {
        Self(Box::new(refusal))
    }
}

impl Deref for Refused {
    type Target = dyn Refusal;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl Refused {
    /// The refusal and its causes, outermost first, for the log.
    #[must_use]
    pub fn chain(&self) -> Chain<'_> {
        Chain(self)
    }
}

/// Writes an error and its causes in one line: `cannot save: connection closed: broken pipe`.
#[derive(Debug)]
pub struct Chain<'a>(&'a Refused);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal: &dyn Refusal = &**self.0;
        write!(formatter, "{refusal}")?;
        let mut cause = refusal.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = Error::source(error);
        }
        Ok(())
    }
}

/// The input names something that is not there, or that the caller may not know of; both read the
/// same, but being denied is on record like any other denial.
#[derive(Debug, thiserror::Error)]
#[error("{pointer} names nothing that is known here")]
pub(crate) struct NotKnownHere {
    pointer: &'static str,
    denied: Option<Denied>,
}

impl NotKnownHere {
    pub(crate) const fn absent(pointer: &'static str) -> Self {
        Self { pointer, denied: None }
    }

    pub(crate) const fn hidden(pointer: &'static str, denied: Denied) -> Self {
        Self { pointer, denied: Some(denied) }
    }
}

impl Refusal for NotKnownHere {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidInput
    }

    fn fields(&self) -> Vec<FieldError> {
        vec![FieldError { pointer: self.pointer.to_owned(), code: FieldCode::NotKnownHere }]
    }

    fn denial(&self) -> Option<&Denied> {
        self.denied.as_ref()
    }
}

/// A refusal by a rule narrower than the table of permissions: it says why, and is on record like any other denial.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct DeniedBecause<E: Refusal> {
    pub(crate) why: E,
    pub(crate) denied: Denied,
}

impl<E: Refusal> Refusal for DeniedBecause<E> {
    fn code(&self) -> ProblemCode {
        self.why.code()
    }

    fn fields(&self) -> Vec<FieldError> {
        self.why.fields()
    }

    fn detail(&self, language: Language) -> Option<String> {
        self.why.detail(language)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.why.retry_after()
    }

    fn denial(&self) -> Option<&Denied> {
        Some(&self.denied)
    }
}

#[cfg(test)]
mod tests {
    use rafiq_domain::policy::{Action, Actor, ObjectKind, Whole, permit};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot save")]
    struct Outer(#[source] std::fmt::Error);

    impl Refusal for Outer {
        fn code(&self) -> ProblemCode {
            ProblemCode::Internal
        }
    }

    #[test]
    fn the_chain_names_every_cause_once() {
        let refused = Refused::from(Outer(std::fmt::Error));
        assert_eq!(refused.chain().to_string(), format!("cannot save: {}", std::fmt::Error));
    }

    #[test]
    fn a_refused_answers_as_the_refusal_within() {
        assert_eq!(Refused::from(Outer(std::fmt::Error)).code(), ProblemCode::Internal);
    }

    #[test]
    fn what_is_hidden_reads_like_what_is_absent_and_is_on_record() {
        let denied = permit(&Actor::System, Action::ViewCase, Whole(ObjectKind::Case)).unwrap_err();
        let (absent, hidden) = (NotKnownHere::absent("/id"), NotKnownHere::hidden("/id", denied));
        assert_eq!((absent.code(), absent.fields()), (hidden.code(), hidden.fields()));
        assert!(absent.denial().is_none() && hidden.denial().is_some());
    }
}
