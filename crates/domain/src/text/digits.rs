//! Digits as Arabic and Persian keyboards type them (domain §9.4).

use crate::refusal::{FieldCode, FieldResult};

/// The ASCII form of an Arabic-Indic (U+0660–0669) or Extended (U+06F0–06F9) digit.
pub(super) fn ascii_digit(letter: char) -> Option<char> {
    let zero = match letter {
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06F0}'..='\u{06F9}' => '\u{06F0}',
        _ => return None,
    };
    char::from_digit(u32::from(letter).saturating_sub(u32::from(zero)), 10)
}

/// Writes one number, date or phone number in ASCII: the digits, `٫` as `.`, and `٬` and `،` as `,`.
///
/// Everything else stays as typed; the reader of the number refuses what it does not know.
///
/// # Errors
/// [`FieldCode::MixedDigits`] when the text has digits of more than one of the three sets: honest
/// input does not, and such a number may read otherwise than it is stored.
pub fn to_ascii(text: &str) -> FieldResult<String> {
    let sets = [('0', '9'), ('\u{0660}', '\u{0669}'), ('\u{06F0}', '\u{06F9}')];
    let used = sets.iter().filter(|(zero, nine)| text.contains(|letter| (*zero..=*nine).contains(&letter))).count();
    if used > 1 {
        return Err(FieldCode::MixedDigits);
    }
    let ascii = text.chars().map(|letter| match letter {
        '\u{066B}' => '.',
        '\u{066C}' | '\u{060C}' => ',',
        other => ascii_digit(other).unwrap_or(other),
    });
    Ok(ascii.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_of_digits_reads_the_same() {
        for text in ["1961-07", "١٩٦١-٠٧", "۱۹۶۱-۰۷"] {
            assert_eq!(to_ascii(text).as_deref(), Ok("1961-07"), "{text}");
        }
    }

    #[test]
    fn separators_are_written_as_in_english() {
        assert_eq!(to_ascii("١٬٢٥٠٫٥٠٠").as_deref(), Ok("1,250.500"));
        assert_eq!(to_ascii("١،٢").as_deref(), Ok("1,2"));
    }

    #[test]
    fn digits_of_two_sets_in_one_number_are_refused() {
        for text in ["1٢3", "١۲", "12۳", "0532 ١٢٣"] {
            assert_eq!(to_ascii(text), Err(FieldCode::MixedDigits), "{text}");
        }
    }
}
