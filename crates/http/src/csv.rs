//! Tables as text that spreadsheets open (RFC 4180), and in which no cell is a formula.

/// Tells spreadsheets that the text is UTF-8: without it Arabic names come out as nonsense.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// One row, ended as the standard ends it. Every cell is quoted.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = cells.into_iter().map(|cell| format!("\"{}\"", defused(cell).replace('"', "\"\""))).collect();
    format!("{}\r\n", quoted.join(","))
}

/// The text with a mark before each place where a spreadsheet would begin to calculate (security §5).
///
/// A formula begins a cell, after characters that are not seen. Whoever opens the file with another
/// separator than ours sees cells begin after that one, so those places count too.
fn defused(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for letter in cell.chars() {
        if begins && is_formula(letter) {
            safe.push('\'');
        }
        begins = is_separator(letter) || (begins && is_unseen(letter));
        safe.push(letter);
    }
    safe
}

/// What makes a cell a formula or a call, full-width forms too.
const fn is_formula(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠' | '｜' | '％' | '\u{2212}')
}

const fn is_separator(letter: char) -> bool {
    matches!(letter, ',' | ';' | '\t' | '\n' | '\r' | '"')
}

/// What may stand before a formula without being seen: blanks, controls, marks of order and direction.
fn is_unseen(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{00AD}' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_quoted_and_every_row_ended() {
        assert_eq!(row(["C-2026-000017-5", "", "says \"no\""]), "\"C-2026-000017-5\",\"\",\"says \"\"no\"\"\"\r\n");
        assert_eq!(row(["فاطمة محمد الخطيب"]), "\"فاطمة محمد الخطيب\"\r\n");
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("+905321234567", "'+905321234567"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("|calc", "'|calc"),
            ("%0A", "'%0A"),
            ("＝1+1", "'＝1+1"),
            ("\u{FEFF}=1", "\u{FEFF}'=1"),
            (" \t=1", " \t'=1"),
            ("\u{0}\u{1}=1", "\u{0}\u{1}'=1"),
            ("\u{200F}=1", "\u{200F}'=1"),
            ("'=1", "''=1"),
            ("a;=1", "a;'=1"),
            ("a, -1", "a, '-1"),
            ("a\n=1", "a\n'=1"),
            ("\"=1", "\"'=1"),
        ] {
            assert_eq!(defused(cell), safe, "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_formula_stays_as_it_is() {
        for cell in ["", "C-2026-000017-5", "ALI-REZA", "2026-03-02T09:00:00Z", "50 %", "a = b", "عبد الله"] {
            assert_eq!(defused(cell), cell);
        }
    }
}
