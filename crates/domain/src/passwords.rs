//! What makes a password acceptable (security §2; NIST SP 800-63B-4 §3.1.1): long enough, not on a list
//! of common ones, and not made of what everyone knows about its owner. No composition, no rotation.

use unicode_normalization::UnicodeNormalization;

use crate::refusal::{FieldCode, FieldResult};
use crate::text::{EmailAddress, Login, PersonName};

/// The shortest password where it is all that is asked for.
pub const SHORTEST_ALONE: usize = 15;
/// The shortest password where a second factor is asked for as well.
pub const SHORTEST_OF_TWO: usize = 8;
/// The longest password; beyond it hashing is only work for an attacker to cause.
pub const LONGEST: usize = 256;

/// So many characters must be left of a password once what is easily guessed is taken away.
const CARRYING: usize = 8;
/// The shortest word about someone that counts: shorter ones stand in too many others.
const SHORTEST_WORD: usize = 3;
/// So many equal characters in a row are a repetition.
const REPETITION: usize = 3;
/// So many neighbors in a row are a sequence.
const SEQUENCE: usize = 4;

/// The words of the product itself.
const PRODUCT: [&str; 3] = ["rafiq", "رفيق", "refik"];
/// What fingers find in a row; alphabet and numbers are sequences by themselves.
const ROWS: [&str; 7] =
    ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "ضصثقفغعهخحجد"];

/// The one form in which a password is measured, hashed and compared, whatever keyboard it comes from:
/// NFC, with every blank a space (RFC 8265 §4.2.2, `OpaqueString`).
#[must_use]
pub fn normalized(typed: &str) -> String {
    let blank = |letter: char| if letter.is_whitespace() && !letter.is_control() { ' ' } else { letter };
    typed.chars().map(blank).nfc().collect()
}

/// Words that everyone who knows a person would try first.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnWords(Vec<String>);

impl std::fmt::Debug for OwnWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OwnWords(***)")
    }
}

impl OwnWords {
    /// The words of the product, of the login, of the mailbox and of the name, whole and in parts.
    #[must_use]
    pub fn of(login: &Login, email: Option<&EmailAddress>, name: &PersonName) -> Self {
        let mailbox = email.and_then(|email| email.as_str().split_once('@')).map_or("", |(mailbox, _)| mailbox);
        let mut words: Vec<String> = PRODUCT.map(str::to_owned).into();
        for source in [login.as_str(), mailbox, name.as_str()] {
            let lowered = lowered(source);
            let parts = lowered.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned);
            words.extend(parts.collect::<Vec<_>>());
            words.push(lowered);
        }
        words.retain(|word| word.chars().count() >= SHORTEST_WORD);
        Self(words)
    }
}

/// Judges a new password, [`normalized`] before.
///
/// # Errors
/// [`FieldCode::TooShort`], [`FieldCode::TooLong`], [`FieldCode::ForbiddenCharacter`] for a control,
/// [`FieldCode::TooCommon`] for one that `is_common`, repeated or decorated as it may be,
/// [`FieldCode::ContainsOwnName`] for little more than words about its owner, and [`FieldCode::TooWeak`]
/// for little more than repetitions and sequences.
pub fn judge(password: &str, shortest: usize, words: &OwnWords, is_common: impl Fn(&str) -> bool) -> FieldResult<()> {
    let length = password.chars().count();
    if length < shortest {
        return Err(FieldCode::TooShort);
    }
    if length > LONGEST {
        return Err(FieldCode::TooLong);
    }
    if password.contains(char::is_control) {
        return Err(FieldCode::ForbiddenCharacter);
    }
    let lowered = lowered(password);
    let unit = smallest_unit(&lowered);
    let core = unit.trim_matches(|letter: char| !letter.is_alphabetic());
    if [lowered.as_str(), unit, core].into_iter().any(&is_common) {
        return Err(FieldCode::TooCommon);
    }
    let letters: Vec<char> = unit.chars().collect();
    let (owned, guessed) = (covered_by(&letters, words), in_a_row(&letters));
    let carrying = owned.iter().zip(&guessed).filter(|(owned, guessed)| !**owned && !**guessed).count();
    match carrying {
        CARRYING.. => Ok(()),
        _ if owned.contains(&true) => Err(FieldCode::ContainsOwnName),
        _ => Err(FieldCode::TooWeak),
    }
}

fn lowered(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).nfc().collect()
}

/// What a text repeats from its beginning to its end; the text itself when it repeats nothing.
fn smallest_unit(text: &str) -> &str {
    let ends = text.char_indices().skip(1).map(|(end, _)| end);
    let repeats = |end: &usize| text.get(*end..).is_some_and(|rest| text.starts_with(rest));
    // A beginning that the rest repeats more than once, a last part cut off as it may be.
    let unit = ends.take_while(|end| end.saturating_mul(2) <= text.len()).find(repeats);
    unit.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Which letters belong to one of the words.
fn covered_by(letters: &[char], words: &OwnWords) -> Vec<bool> {
    let mut covered = vec![false; letters.len()];
    for word in &words.0 {
        let word: Vec<char> = word.chars().collect();
        for (start, window) in letters.windows(word.len()).enumerate() {
            if window == word {
                covered.iter_mut().skip(start).take(word.len()).for_each(|mark| *mark = true);
            }
        }
    }
    covered
}

/// Which letters only go on with what the letters before them began.
fn in_a_row(letters: &[char]) -> Vec<bool> {
    let mut guessed = vec![false; letters.len()];
    for (follows, least) in [(same as fn(char, char) -> bool, REPETITION), (next, SEQUENCE), (previous, SEQUENCE)] {
        let mut start = 0;
        for run in letters.chunk_by(|one, other| follows(*one, *other)) {
            if run.len() >= least {
                guessed.iter_mut().skip(start + 1).take(run.len() - 1).for_each(|mark| *mark = true);
            }
            start += run.len();
        }
    }
    guessed
}

fn same(one: char, other: char) -> bool {
    one == other
}

/// Whether `other` comes after `one` in its script or on a keyboard; after nine comes nought.
fn next(one: char, other: char) -> bool {
    let in_script = one.is_alphanumeric() && u32::from(one).checked_add(1) == Some(u32::from(other));
    in_script || ROWS.iter().any(|row| row.chars().zip(row.chars().skip(1)).any(|pair| pair == (one, other)))
}

fn previous(one: char, other: char) -> bool {
    next(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> OwnWords {
        let email = EmailAddress::parse("l.haddad@clinic.example").unwrap();
        OwnWords::of(
            &Login::parse("layla.coordinator").unwrap(),
            Some(&email),
            &PersonName::parse("Layla Haddad").unwrap(),
        )
    }

    fn judged(password: &str, shortest: usize) -> FieldResult<()> {
        judge(&normalized(password), shortest, &words(), |word| ["basketball", "trustno1", "password1"].contains(&word))
    }

    #[test]
    fn what_is_long_and_nobodys_name_is_accepted() {
        for password in [
            "correct horse battery staple",
            "Layla likes to walk along the sea",
            "basketball under four moons",
            "أربعة أقمار فوق البحر الهادئ",
            "dört ay ışığında sessiz bir deniz",
            &"a b c d e f g h ".repeat(16),
        ] {
            assert_eq!(judged(password, SHORTEST_ALONE), Ok(()), "{password}");
        }
        assert_eq!(judged("kV7-p!xQ", SHORTEST_OF_TWO), Ok(()));
    }

    #[test]
    fn length_counts_code_points_after_normalizing() {
        for (password, expected) in [
            ("kV7-p!xQzu4#mW", Err(FieldCode::TooShort)),
            ("kV7-p!xQzu4#mWe", Ok(())),
            // Fourteen letters, one of which arrives in two parts.
            ("kV7-p!xQzu4#me\u{301}", Err(FieldCode::TooShort)),
            ("كلمة سر أطول من", Ok(())),
        ] {
            assert_eq!(judged(password, SHORTEST_ALONE), expected, "{password}");
        }
        let long: String = (0_u32..).map_while(|step| char::from_u32(0x4E00 + step * 7 % 5000)).take(257).collect();
        assert_eq!(judged(&long, SHORTEST_ALONE), Err(FieldCode::TooLong));
        let longest: String = long.chars().skip(1).collect();
        assert_eq!(judged(&longest, SHORTEST_ALONE), Ok(()));
    }

    #[test]
    fn keyboards_that_write_a_letter_differently_make_one_password() {
        assert_eq!(normalized("s\u{327}ifre\u{a0}bu"), normalized("\u{15f}ifre bu"));
        assert_eq!(judged("sixteen letters\u{7}", SHORTEST_ALONE), Err(FieldCode::ForbiddenCharacter));
    }

    #[test]
    fn what_many_use_is_refused_repeated_and_decorated_too() {
        for password in [
            "Basketball",
            "BASKETBALL2026",
            "basketball!!!!!!!",
            "...basketball...",
            "basketballbasketball",
            "trustno1",
        ] {
            assert_eq!(judged(password, SHORTEST_OF_TWO), Err(FieldCode::TooCommon), "{password}");
        }
    }

    #[test]
    fn what_is_made_of_its_owners_names_is_refused() {
        for password in [
            "layla.coordinator",
            "Layla-Haddad-2026",
            "haddad haddad haddad",
            "rafiqrafiqrafiq1",
            "Rafiq123456789!!",
            "laylalaylalayla",
            "l.haddad@rafiq!",
        ] {
            assert_eq!(judged(password, SHORTEST_ALONE), Err(FieldCode::ContainsOwnName), "{password}");
        }
    }

    #[test]
    fn what_goes_on_as_it_began_is_refused() {
        for password in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "123456789012345",
            "987654321098765",
            "abcdefghijklmnop",
            "qwertyuiopasdfgh",
            "11112222333344445555",
            "ابابابابابابابابا",
        ] {
            assert_eq!(judged(password, SHORTEST_ALONE), Err(FieldCode::TooWeak), "{password}");
        }
    }

    #[test]
    fn the_words_of_a_person_are_not_printed() {
        assert_eq!(format!("{:?}", words()), "OwnWords(***)");
    }
}
