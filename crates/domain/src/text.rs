//! Text as people type it: names, lines, long text, logins, addresses and phone numbers.
//!
//! Every value here is normalized (NFC, trimmed), then checked, then kept, so that two values that
//! look alike compare alike (domain §9.5). What is refused is what a keyboard does not type:
//! controls, characters without a shape and those that turn the direction of reading.
//! All lengths count code points after normalizing.

/// Declares a text whose value never shows in a log: `Debug` prints `***`.
macro_rules! private_text {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )+};
}

pub mod arabic;
mod clean;
mod contacts;
pub mod digits;
pub mod latin;
mod names;

pub use contacts::{CountryCode, EmailAddress, Login, Phone};
pub use names::{ArabicName, PassportName, PersonName};

use crate::refusal::FieldResult;

private_text! {
    /// One line of text in any script: a title, a reason, a reference (domain §9.5).
    ///
    /// Blanks inside are one space each; direction marks are dropped.
    Line;
    /// Long text in any script: a note, a message (domain §9.5).
    ///
    /// Line breaks are written `\n`; tabs, direction marks and joiners stay as typed.
    Prose;
}

impl Line {
    /// The longest line of any kind: what takes one in allows this or less, and what was stored is read with it.
    pub const LONGEST: usize = 500;

    /// Reads a line of 1 to `max` code points.
    ///
    /// # Errors
    /// [`Empty`], [`TooLong`], or [`ForbiddenCharacter`] for controls, line breaks, direction
    /// controls, tags and characters without a shape.
    ///
    /// [`Empty`]: crate::refusal::FieldCode::Empty
    /// [`TooLong`]: crate::refusal::FieldCode::TooLong
    /// [`ForbiddenCharacter`]: crate::refusal::FieldCode::ForbiddenCharacter
    pub fn parse(text: &str, max: usize) -> FieldResult<Self> {
        clean::line(text, 1..=max).map(Self)
    }
}

impl Prose {
    /// The longest text of any kind: what takes one in allows this or less, and what was stored is read with it.
    pub const LONGEST: usize = 20_000;

    /// Reads a long text of 1 to `max` code points.
    ///
    /// # Errors
    /// [`Empty`], [`TooLong`], or [`ForbiddenCharacter`] for controls but tab and line break, tags,
    /// direction overrides, and embeddings or isolates that do not close within their line.
    ///
    /// [`Empty`]: crate::refusal::FieldCode::Empty
    /// [`TooLong`]: crate::refusal::FieldCode::TooLong
    /// [`ForbiddenCharacter`]: crate::refusal::FieldCode::ForbiddenCharacter
    pub fn parse(text: &str, max: usize) -> FieldResult<Self> {
        clean::prose(text, 1..=max).map(Self)
    }
}

#[cfg(test)]
mod tests;
