//! Free text on its way out, with the language and the direction that a reader sets it in.
//!
//! Texts of both directions stand on one page: an interface that does not isolate each of them by
//! its own direction shows Arabic and Latin words in the wrong order (domain §9.5).

use rafiq_domain::vocabulary::{Coded, SpokenLanguage};
use serde::Serialize;
use utoipa::ToSchema;

/// The direction in which a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TextDirection)]
pub(crate) enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left, as Arabic is.
    Rtl,
}

/// A free text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Text)]
pub(crate) struct TextView {
    /// The text, in logical order as it was typed.
    #[schema(example = "تشنج في الجفن السفلي الأيسر منذ سنتين")]
    text: String,
    /// The language of the text, ISO 639-1; absent when nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ar")]
    lang: Option<&'static str>,
    /// The direction of the text.
    dir: Direction,
}

impl TextView {
    /// A text whose language was said. The language decides: an Arabic note may begin with the
    /// Latin name of a drug.
    pub(crate) fn spoken(text: &str, language: SpokenLanguage) -> Self {
        let dir = match language {
            SpokenLanguage::Arabic | SpokenLanguage::Persian | SpokenLanguage::Urdu => Direction::Rtl,
            // Written in Latin letters in Turkey and in Arabic ones in Iraq.
            SpokenLanguage::Kurdish => Direction::of(text),
            SpokenLanguage::English
            | SpokenLanguage::Turkish
            | SpokenLanguage::French
            | SpokenLanguage::German
            | SpokenLanguage::Russian
            | SpokenLanguage::Azerbaijani
            | SpokenLanguage::Somali
            | SpokenLanguage::Amharic => Direction::Ltr,
        };
        Self { text: text.to_owned(), lang: Some(language.code()), dir }
    }

    /// A text of unknown language: its first letter decides.
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), lang: None, dir: Direction::of(text) }
    }
}

impl Direction {
    /// By the first letter, as `dir="auto"` of HTML does.
    fn of(text: &str) -> Self {
        let first = text.chars().find(|letter| letter.is_alphabetic());
        if first.is_some_and(is_right_to_left) { Self::Rtl } else { Self::Ltr }
    }
}

/// The blocks of scripts written from right to left, Hebrew to Arabic Extended-A and their presentation forms.
const fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_decides_and_without_one_the_first_letter() {
        let drug_first = "Botox مرتين";
        assert_eq!(TextView::spoken(drug_first, SpokenLanguage::Arabic).dir, Direction::Rtl);
        assert_eq!(TextView::plain(drug_first).dir, Direction::Ltr);
        assert_eq!(TextView::plain("12: تشنج").dir, Direction::Rtl);
        assert_eq!(TextView::spoken("پزیشک", SpokenLanguage::Kurdish).dir, Direction::Rtl);
        assert_eq!(TextView::spoken("bijîşk", SpokenLanguage::Kurdish).dir, Direction::Ltr);
        assert_eq!(TextView::plain("").dir, Direction::Ltr);
    }
}
