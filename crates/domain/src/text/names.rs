//! Names of people, as they write them and as their passports print them (domain §7.1, §9.1).
//!
//! A name is not split: many have no family name, and a compound given name has blanks inside.

use unicode_normalization::char::is_combining_mark;

use super::{arabic::name_key, clean};
use crate::refusal::{FieldCode, FieldResult};

private_text! {
    /// A full name in Arabic script, 2 to 200 code points (domain §7.1 `name_ar_full`).
    ///
    /// Persian and Kurdish letters, harakat and tatweel stay as typed; only the search key folds them.
    ArabicName;
    /// A name as the passport prints it: A–Z, space, hyphen and apostrophe, 1 to 100 (domain §7.1).
    PassportName;
    /// The name of a member of staff or a relative, in any script, 1 to 200 code points.
    PersonName;
}

impl ArabicName {
    /// Reads a name in Arabic letters, with spaces, hyphens and apostrophes.
    ///
    /// # Errors
    /// [`FieldCode::WrongScript`] for any other character, [`FieldCode::Malformed`] for a text that
    /// names nobody (such as بن alone), and the refusals of [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str) -> FieldResult<Self> {
        let name = clean::line(text, 2..=200)?;
        if !name.chars().all(|letter| is_arabic_letter(letter) || is_joint(letter) || letter == '\u{200C}') {
            return Err(FieldCode::WrongScript);
        }
        if name_key(&name).is_empty() {
            return Err(FieldCode::Malformed);
        }
        Ok(Self(name))
    }
}

impl PassportName {
    /// Reads a surname or the given names; lower case is accepted and raised.
    ///
    /// # Errors
    /// [`FieldCode::WrongScript`] for another letter or sign, [`FieldCode::Malformed`] for a text
    /// without a letter, and the refusals of [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str) -> FieldResult<Self> {
        let name = clean::line(text, 1..=100)?;
        let printed: String = name
            .chars()
            .map(|letter| match letter {
                '\u{2019}' => '\'',
                '\u{2010}' | '\u{2011}' => '-',
                other => other.to_ascii_uppercase(),
            })
            .collect();
        if !printed.chars().all(|letter| letter.is_ascii_uppercase() || is_joint(letter)) {
            return Err(FieldCode::WrongScript);
        }
        if printed.contains(|letter: char| letter.is_ascii_uppercase()) {
            Ok(Self(printed))
        } else {
            Err(FieldCode::Malformed)
        }
    }
}

impl PersonName {
    /// Reads a name in any script.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for a text without a letter, and the refusals of
    /// [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str) -> FieldResult<Self> {
        let name = clean::line(text, 1..=200)?;
        if name.contains(char::is_alphabetic) { Ok(Self(name)) } else { Err(FieldCode::Malformed) }
    }
}

/// A letter or mark of the Arabic blocks; their digits and punctuation are neither.
fn is_arabic_letter(letter: char) -> bool {
    let in_a_block = matches!(
        letter,
        '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0870}'..='\u{08FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
    );
    in_a_block && (letter.is_alphabetic() || is_combining_mark(letter))
}

/// What may stand between the letters of a name.
const fn is_joint(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '\'' | '\u{2010}' | '\u{2011}' | '\u{2019}')
}
