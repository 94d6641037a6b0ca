//! Normalizing and refusing: the rules that all texts share (domain §9.5, security §5 "text").

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

use crate::refusal::{FieldCode, FieldResult};

/// The most bytes for each code point allowed, before normalizing: a combined letter may arrive in
/// several parts, but a text beyond this is refused unread.
const MAX_BYTES_PER_CODE_POINT: usize = 16;

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';

/// U+200E, U+200F and U+061C: they steer the display of their neighbors and mean nothing else.
pub(super) const fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{061C}')
}

/// Embeddings, overrides and isolates (UAX #9).
pub(super) const fn is_direction_control(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters without a shape (Unicode `Default_Ignorable_Code_Point`), tags among them.
///
/// U+200C is legitimate in Persian names and U+FE00–FE0F after pictures; both stay.
const fn is_shapeless(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}' | '\u{200D}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

const fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{E0000}'..='\u{E007F}')
}

/// Code points that Unicode never assigns; XML cannot carry some of them.
fn is_noncharacter(letter: char) -> bool {
    matches!(letter, '\u{FDD0}'..='\u{FDEF}') || u32::from(letter) & 0xFFFE == 0xFFFE
}

const fn is_line_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{0085}' | '\u{2028}' | '\u{2029}')
}

/// Whether [`super::arabic`]'s keys leave the character out (domain §9.2 step 2).
pub(super) const fn is_invisible(letter: char) -> bool {
    letter == ZERO_WIDTH_NON_JOINER || is_shapeless(letter) || is_direction_mark(letter) || is_direction_control(letter)
}

/// Reads one line: direction marks dropped, NFC, trimmed, each run of blanks one space.
pub(super) fn line(text: &str, length: RangeInclusive<usize>) -> FieldResult<String> {
    refuse_unread(text, &length)?;
    let normal: String = text.chars().filter(|letter| !is_direction_mark(*letter)).nfc().collect();
    let trimmed = normal.trim();
    let refused = |letter: char| {
        letter.is_control()
            || is_line_break(letter)
            || is_direction_control(letter)
            || is_shapeless(letter)
            || is_noncharacter(letter)
    };
    if trimmed.chars().any(refused) {
        return Err(FieldCode::ForbiddenCharacter);
    }
    within(trimmed.split_whitespace().collect::<Vec<_>>().join(" "), &length)
}

/// Reads long text: line breaks as `\n`, NFC, trimmed.
pub(super) fn prose(text: &str, length: RangeInclusive<usize>) -> FieldResult<String> {
    refuse_unread(text, &length)?;
    let breaks = text.replace("\r\n", "\n");
    let normal: String = breaks.chars().map(|letter| if is_line_break(letter) { '\n' } else { letter }).nfc().collect();
    let trimmed = normal.trim();
    let refused = |letter: char| {
        (letter.is_control() && letter != '\n' && letter != '\t') || is_tag(letter) || is_noncharacter(letter)
    };
    if trimmed.chars().any(refused) || !trimmed.split('\n').all(closes_its_directions) {
        return Err(FieldCode::ForbiddenCharacter);
    }
    within(trimmed.to_owned(), &length)
}

/// Whether a line has no override, and each embedding and isolate is closed by its own kind.
fn closes_its_directions(line: &str) -> bool {
    let mut open = Vec::new();
    line.chars().all(|letter| match letter {
        '\u{202D}' | '\u{202E}' => false,
        '\u{202A}' | '\u{202B}' => {
            open.push('\u{202C}');
            true
        }
        '\u{2066}'..='\u{2068}' => {
            open.push('\u{2069}');
            true
        }
        '\u{202C}' | '\u{2069}' => open.pop() == Some(letter),
        _ => true,
    }) && open.is_empty()
}

fn refuse_unread(text: &str, length: &RangeInclusive<usize>) -> FieldResult<()> {
    let most = length.end().saturating_mul(MAX_BYTES_PER_CODE_POINT);
    if text.len() > most { Err(FieldCode::TooLong) } else { Ok(()) }
}

fn within(text: String, length: &RangeInclusive<usize>) -> FieldResult<String> {
    if text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter)) {
        // Nothing in it that anyone could read.
        return Err(FieldCode::Empty);
    }
    match text.chars().count() {
        count if count < *length.start() => Err(FieldCode::TooShort),
        count if count > *length.end() => Err(FieldCode::TooLong),
        _ => Ok(text),
    }
}
