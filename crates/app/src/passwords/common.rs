//! The passwords that many people use; where the list comes from is told beside it.

/// One a line, sorted by bytes.
const LIST: &str = include_str!("../../data/common-passwords.txt");

/// Whether many people use this password; it is in lower case.
pub(super) fn is_common(password: &str) -> bool {
    let mut rest = LIST;
    while !rest.is_empty() {
        let (before, line, after) = middle(rest);
        match password.as_bytes().cmp(line.as_bytes()) {
            std::cmp::Ordering::Less => rest = before,
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Greater => rest = after,
        }
    }
    false
}

/// The line in the middle of a text, with what stands before and after it.
fn middle(text: &str) -> (&str, &str, &str) {
    let half = text.floor_char_boundary(text.len() / 2);
    let (first, second) = text.split_at(half);
    let start = first.rfind('\n').map_or(0, |end| end + 1);
    let end = second.find('\n').map_or(text.len(), |end| half + end);
    let (before, rest) = text.split_at(start);
    let (line, after) = rest.split_at(end.saturating_sub(start));
    (before, line, after.strip_prefix('\n').unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_in_which_it_is_searched() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.is_sorted_by(|one, other| one.as_bytes() < other.as_bytes()));
        assert!(lines.iter().all(|line| line.len() >= 8 && *line == line.to_lowercase()));
        assert!(lines.len() > 8_000);
    }

    #[test]
    fn every_line_is_found_and_nothing_else() {
        assert!(LIST.lines().all(is_common));
        for word in ["", "\n", "a long enough test password", "password1\n", "zzzzzzzzzzzzzzz", "!", "كلمة المرور"]
        {
            assert!(!is_common(word), "{word}");
        }
    }
}
