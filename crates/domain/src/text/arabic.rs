//! Search keys for Arabic: what makes two spellings of one name, or one word, the same.
//!
//! Keys are compared and indexed, never shown.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{clean::is_invisible, digits::ascii_digit};

/// Words between a name and the father's name.
const DESCENT: [&str; 3] = ["بن", "ابن", "بنت"];
/// Words that make one name with the next: servant of, father of, mother of, house of.
const JOINED_TO_NEXT: [&str; 4] = ["عبد", "ابو", "ام", "ال"];
const ARTICLE: &str = "ال";
/// The article goes only where at least so many letters remain: الله keeps it.
const MIN_LETTERS_AFTER_ARTICLE: usize = 3;

/// The key of a person's name (domain §9.2, steps 1 to 7): its words, folded, between single spaces.
///
/// The steps repeat until nothing changes, so that the key of a key is that key: stripping the
/// article from العبد الله uncovers an عبد to join, as in عبدالله.
#[must_use]
pub fn name_key(name: &str) -> String {
    settle(name, name_pass)
}

/// The key of running text, for the search in notes: Lucene's standard rules for Arabic (domain §9.2).
///
/// It keeps ؤ, ئ, ء, Persian letters and every word, which [`name_key`] folds further.
#[must_use]
pub fn text_key(text: &str) -> String {
    settle(text, text_pass)
}

/// Repeats a pass until it changes nothing. It ends: after the first, a pass only composes or removes.
fn settle(text: &str, pass: fn(&str) -> String) -> String {
    let mut key = pass(text);
    loop {
        let next = pass(&key);
        if next == key {
            return key;
        }
        key = next;
    }
}

fn name_pass(name: &str) -> String {
    let letters: String = visible_letters(name)
        .filter(|letter| !matches!(letter, 'ء' | '\u{0674}'))
        .map(fold_name_letter)
        .map(|letter| if letter.is_alphanumeric() || is_combining_mark(letter) { letter } else { ' ' })
        .collect();
    let mut words = Vec::new();
    let mut prefix = String::new();
    for word in letters.split_whitespace().filter(|word| !DESCENT.contains(word)) {
        prefix.push_str(word);
        if !JOINED_TO_NEXT.contains(&word) {
            words.push(std::mem::take(&mut prefix));
        }
    }
    words.push(prefix);
    let bare: Vec<&str> = words.iter().map(|word| without_article(word)).filter(|word| !word.is_empty()).collect();
    bare.join(" ")
}

fn text_pass(text: &str) -> String {
    let letters: String = visible_letters(text)
        .map(|letter| match letter {
            'آ' | 'أ' | 'إ' => 'ا',
            'ة' => 'ه',
            'ى' => 'ي',
            other => other,
        })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Steps 1 to 3, 5 and the folding of case: composed letters without ornament.
fn visible_letters(text: &str) -> impl Iterator<Item = char> {
    text.nfkc()
        .filter(|letter| !is_invisible(*letter) && !is_ornament(*letter))
        .map(|letter| ascii_digit(letter).unwrap_or(letter))
        .flat_map(char::to_lowercase)
}

/// Tatweel, harakat, the dagger alef and the marks of the Qur'an.
const fn is_ornament(letter: char) -> bool {
    matches!(
        letter,
        '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0610}'..='\u{061A}' | '\u{06D6}'..='\u{06ED}'
    )
}

/// Step 4, and ۂ ۓ: the composed forms of letters that it names.
const fn fold_name_letter(letter: char) -> char {
    match letter {
        'آ' | 'أ' | 'إ' | 'ٱ' | 'ٲ' | 'ٳ' => 'ا',
        'ى' | 'ی' | 'ے' | 'ئ' | 'ۓ' => 'ي',
        'ؤ' => 'و',
        'ة' | 'ہ' | 'ھ' | 'ە' | 'ۀ' | 'ۂ' => 'ه',
        'ک' | 'ڪ' => 'ك',
        other => other,
    }
}

fn without_article(mut word: &str) -> &str {
    while let Some(rest) = word.strip_prefix(ARTICLE).filter(|rest| rest.chars().count() >= MIN_LETTERS_AFTER_ARTICLE) {
        word = rest;
    }
    word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VECTORS: &str = include_str!("../../tests/vectors/arabic-names.tsv");

    /// Reads `\u0654` as the character that it stands for.
    fn unescape(text: &str) -> String {
        let mut parts = text.split("\\u");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (code, rest) = part.split_at(4);
            plain.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
            plain.push_str(rest);
        }
        plain
    }

    #[test]
    fn every_vector_gives_its_name_key() {
        let vectors = VECTORS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
        let mut count = 0;
        for (name, key) in vectors {
            assert_eq!(name_key(&unescape(name)), key, "{name}");
            count += 1;
        }
        assert_eq!(count, 28);
    }

    #[test]
    fn a_compound_name_reads_the_same_however_it_is_spaced() {
        for (left, right) in
            [("العبد الله", "العبدالله"), ("أبو بكر", "ابوبكر"), ("ألباني", "الألباني"), ("أم-كلثوم", "ام كلثوم")]
        {
            assert_eq!(name_key(left), name_key(right), "{left}");
        }
    }

    #[test]
    fn the_article_stays_where_too_little_would_remain() {
        assert_eq!(name_key("الله"), "الله");
        assert_eq!(name_key("العلي"), "علي");
    }

    #[test]
    fn a_persian_joiner_does_not_change_the_key() {
        assert_eq!(name_key("علی\u{200C}رضا"), name_key("علیرضا"));
    }

    #[test]
    fn the_text_key_goes_no_further_than_lucene() {
        for (text, key) in [
            ("أُحْمَد إلى مستشفى", "احمد الي مستشفي"),
            ("مسؤول عن بن الرائد", "مسؤول عن بن الرائد"),
            ("ألم ـــ شديد ٣ مرّات، MRI", "الم شديد 3 مرات، mri"),
            ("کريم", "کريم"),
        ] {
            assert_eq!(text_key(text), key, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_that_key(text in any::<String>(), name in "[اأإآٱبتةهدعمنلويىئؤء \u{0640}\u{064E}\u{0654}\u{200C}-]{0,30}") {
            for input in [&text, &name] {
                let key = name_key(input);
                prop_assert_eq!(name_key(&key), key);
                let key = text_key(input);
                prop_assert_eq!(text_key(&key), key);
            }
        }
    }
}
