//! The rules of all texts, as tables, and the properties that every text keeps.

use proptest::prelude::*;

use super::*;
use crate::refusal::FieldCode::{
    self, Empty, ForbiddenCharacter, Malformed, MixedDigits, TooLong, TooShort, UnknownCode, WrongScript,
};

/// Checks what a text reads as, or why it is refused.
fn check<T>(
    parse: impl Fn(&str) -> FieldResult<T>,
    read: impl Fn(&T) -> &str,
    table: &[(&str, Result<&str, FieldCode>)],
) {
    for (text, expected) in table {
        assert_eq!(parse(text).as_ref().map(&read).map_err(|code| *code), *expected, "{}", text.escape_unicode());
    }
}

#[test]
fn a_line_is_normalized_and_refuses_what_no_keyboard_types() {
    check(
        |text| Line::parse(text, 14),
        Line::as_str,
        &[
            ("  two   words\u{00A0}here ", Ok("two words here")),
            ("e\u{0301}", Ok("é")),
            ("e\u{200E}\u{0301}\u{200F}\u{061C}", Ok("é")),
            ("علی\u{200C}رضا", Ok("علی\u{200C}رضا")),
            ("❤\u{FE0F}", Ok("❤\u{FE0F}")),
            ("", Err(Empty)),
            (" \u{200F}\n ", Err(Empty)),
            ("fourteen-chars", Ok("fourteen-chars")),
            (
                "\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}",
                Ok("\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}"),
            ),
            ("fifteen-of-them", Err(TooLong)),
        ],
    );
    assert_eq!(Line::parse(&" ".repeat(225), 14), Err(TooLong), "more bytes than are read");
}

#[test]
fn one_line_fields_refuse_each_dangerous_character() {
    let dangerous = "\u{0}\u{1}\t\n\r\u{7F}\u{85}\u{2028}\u{2029}\u{AD}\u{200B}\u{200D}\u{2060}\u{FEFF}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{E0001}\u{E0041}\u{E007F}\u{FFFE}";
    for letter in dangerous.chars() {
        let text = format!("أحمد{letter}علي");
        assert_eq!(Line::parse(&text, 50).err(), Some(ForbiddenCharacter), "{}", letter.escape_unicode());
        assert_eq!(ArabicName::parse(&text).err(), Some(ForbiddenCharacter), "{}", letter.escape_unicode());
        assert_eq!(PersonName::parse(&text).err(), Some(ForbiddenCharacter), "{}", letter.escape_unicode());
        let text = format!("ahmed{letter}ali");
        assert_eq!(Login::parse(&text).err(), Some(ForbiddenCharacter), "{}", letter.escape_unicode());
        assert_eq!(PassportName::parse(&text).err(), Some(ForbiddenCharacter), "{}", letter.escape_unicode());
    }
}

#[test]
fn prose_keeps_its_lines_and_refuses_directions_left_open() {
    check(
        |text| Prose::parse(text, 60),
        Prose::as_str,
        &[
            (" one\r\ntwo\rthree\u{2028}four\tfive \n", Ok("one\ntwo\nthree\nfour\tfive")),
            ("a  b\u{200F}\u{200D}\u{AD}c", Ok("a  b\u{200F}\u{200D}\u{AD}c")),
            ("\u{2067}نص \u{2066}MRI\u{2069}\u{2069}.", Ok("\u{2067}نص \u{2066}MRI\u{2069}\u{2069}.")),
            ("\u{202B}نص\u{202C} text", Ok("\u{202B}نص\u{202C} text")),
            ("\u{2067}open", Err(ForbiddenCharacter)),
            ("closed\u{2069}", Err(ForbiddenCharacter)),
            ("\u{2067}across\nlines\u{2069}", Err(ForbiddenCharacter)),
            ("\u{2067}\u{202B}crossed\u{2069}\u{202C}", Err(ForbiddenCharacter)),
            ("over\u{202E}ride\u{202C}", Err(ForbiddenCharacter)),
            ("over\u{202D}ride\u{202C}", Err(ForbiddenCharacter)),
            ("tag\u{E0041}", Err(ForbiddenCharacter)),
            ("nul\u{0}", Err(ForbiddenCharacter)),
            ("\n \t", Err(Empty)),
            ("\u{200E}\n\u{FEFF}", Err(Empty)),
            ("\u{2066}\u{200C}\u{2069}", Err(Empty)),
        ],
    );
    assert_eq!(Prose::parse("abc", 2), Err(TooLong));
    assert_eq!(Line::parse("\u{200C}", 9), Err(Empty), "a joiner with nothing to join");
}

#[test]
fn an_arabic_name_has_arabic_letters_only() {
    check(
        ArabicName::parse,
        ArabicName::as_str,
        &[
            (" مُحَمَّد   بن علي ", Ok("مُحَمَّد بن علي")),
            ("محـمـد", Ok("محـمـد")),
            ("ﻣﺤﻤﺪ", Ok("ﻣﺤﻤﺪ")),
            ("مصطفیٰ پور-گچی", Ok("مصطفیٰ پور-گچی")),
            ("أبو'بكر", Ok("أبو'بكر")),
            ("Ahmed", Err(WrongScript)),
            ("أحمد Ali", Err(WrongScript)),
            ("أحمد٢", Err(WrongScript)),
            ("أحمد،", Err(WrongScript)),
            ("م", Err(TooShort)),
            ("--", Err(Malformed)),
            ("بن", Err(Malformed)),
            ("", Err(Empty)),
        ],
    );
    assert_eq!(ArabicName::parse(&"م".repeat(200)).map(|name| name.as_str().chars().count()), Ok(200));
    assert_eq!(ArabicName::parse(&"م".repeat(201)), Err(TooLong));
}

#[test]
fn a_passport_name_is_printed_in_capitals() {
    check(
        PassportName::parse,
        PassportName::as_str,
        &[
            ("al-Khatib", Ok("AL-KHATIB")),
            ("O’Brien  smith", Ok("O'BRIEN SMITH")),
            ("X", Ok("X")),
            ("ŞAHİN", Err(WrongScript)),
            ("ALİ", Err(WrongScript)),
            ("SMITH2", Err(WrongScript)),
            ("A<B", Err(WrongScript)),
            ("А", Err(WrongScript)),
            ("-", Err(Malformed)),
            ("", Err(Empty)),
        ],
    );
    assert_eq!(PassportName::parse(&"A".repeat(101)), Err(TooLong));
}

#[test]
fn a_person_name_needs_a_letter_of_some_script() {
    check(
        PersonName::parse,
        PersonName::as_str,
        &[
            ("Dr. Ayşe  Öz", Ok("Dr. Ayşe Öz")),
            ("د. أحمد", Ok("د. أحمد")),
            ("李", Ok("李")),
            ("12", Err(Malformed)),
            ("", Err(Empty)),
        ],
    );
}

#[test]
fn a_login_is_lower_case_ascii() {
    check(
        Login::parse,
        Login::as_str,
        &[
            (" Ahmed.Ali_1@Clinic-A ", Ok("ahmed.ali_1@clinic-a")),
            ("ab", Err(TooShort)),
            ("ahmed ali", Err(Malformed)),
            ("аhmed", Err(Malformed)),
            ("ahmed\u{212A}", Ok("ahmedk")),
            ("ahmed+1", Err(Malformed)),
            ("", Err(Empty)),
        ],
    );
    assert_eq!(Login::parse(&"a".repeat(65)), Err(TooLong));
}

#[test]
fn a_country_is_one_of_the_list() {
    check(
        CountryCode::parse,
        CountryCode::as_str,
        &[
            ("TR", Ok("TR")),
            (" kw ", Ok("KW")),
            ("XK", Ok("XK")),
            ("AC", Err(UnknownCode)),
            ("TA", Err(UnknownCode)),
            ("UK", Err(UnknownCode)),
            ("TUR", Err(UnknownCode)),
            ("", Err(UnknownCode)),
        ],
    );
}

#[test]
fn an_email_address_is_local_and_domain() {
    check(
        EmailAddress::parse,
        EmailAddress::as_str,
        &[
            (" Ahmed.Ali+mvd@Example.COM ", Ok("Ahmed.Ali+mvd@example.com")),
            ("a@b", Err(Malformed)),
            ("a@[127.0.0.1]", Err(Malformed)),
            ("Ahmed <a@b.com>", Err(Malformed)),
            ("\"a b\"@c.com", Err(Malformed)),
            ("a b@c.com", Err(Malformed)),
            ("a@@c.com", Err(Malformed)),
            ("a@c..com", Err(Malformed)),
            ("аhmed@example.com", Err(Malformed)),
            ("a@b.com\r\nBcc: c@d.com", Err(ForbiddenCharacter)),
            ("", Err(Empty)),
        ],
    );
    assert_eq!(EmailAddress::parse(&format!("a@{}.com", "b".repeat(250))), Err(TooLong));
}

#[test]
fn a_phone_number_reads_in_every_form_of_its_country() {
    let table = [
        ("TR", "0532 123 45 67", "+905321234567"),
        ("TR", "٠٥٣٢١٢٣٤٥٦٧", "+905321234567"),
        ("TR", "۰۵۳۲۱۲۳۴۵۶۷", "+905321234567"),
        ("TR", "00966 50 123 4567", "+966501234567"),
        ("TR", "+966 (50) 123-4567", "+966501234567"),
        ("TR", "\u{200E}+966501234567", "+966501234567"),
        ("SA", "0501234567", "+966501234567"),
        ("AE", "050 123 4567", "+971501234567"),
        ("IQ", "0790 123 4567", "+9647901234567"),
        ("LY", "091-2345678", "+218912345678"),
        ("JO", "0790123456", "+962790123456"),
        ("KW", "50012345", "+96550012345"),
    ];
    for (region, text, expected) in table {
        let phone = Phone::parse(text, CountryCode::parse(region).ok());
        assert_eq!(phone.as_ref().map(Phone::as_str), Ok(expected), "{region} {text}");
    }
}

#[test]
fn a_number_that_no_country_gives_out_is_refused() {
    check(
        |text| Phone::parse(text, None),
        Phone::as_str,
        &[
            ("0532 123 45 67", Err(Malformed)),
            ("+90 132 123 45 67", Err(Malformed)),
            ("+999 12345678", Err(Malformed)),
            ("+90532123456789012", Err(Malformed)),
            ("+90 532 ١٢٣ 45 67", Err(MixedDigits)),
            ("+90 532 123 45 67 ext 5", Err(Malformed)),
            ("tel:+905321234567", Err(Malformed)),
            ("+", Err(Malformed)),
            ("", Err(Empty)),
        ],
    );
}

#[test]
fn every_country_may_be_the_region_of_a_phone_number() {
    for (first, second) in ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| (first, second))) {
        let Ok(region) = CountryCode::parse(&format!("{first}{second}")) else { continue };
        for text in ["0501234567", "12", "+", "00", "000000000000000"] {
            let _ = Phone::parse(text, Some(region));
        }
    }
}

#[test]
fn personal_text_does_not_show_when_debugged() {
    assert_eq!(format!("{:?}", ArabicName::parse("أحمد")), "Ok(ArabicName(***))");
    assert_eq!(format!("{:?}", Phone::parse("+905321234567", None)), "Ok(Phone(***))");
}

/// Any text, and texts that come nearer to the values.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[أحمدعليیک ةى\u{64E}\u{640}'\u{200C}\u{200F}\u{654}-]{0,20}",
        "[A-Za-z0-9' .@_+\u{301}\u{200E}\u{2067}\u{2069}\n\t-]{0,20}",
        "(\\+|00|0)?[0-9٠-٩۰-۹ ()-]{0,17}",
        "[a-z0-9.]{1,8}@[A-Za-z0-9.-]{1,8}\\.[a-z]{2,3}",
    ]
}

/// A value that was read must read again as itself.
fn settles<T: PartialEq + std::fmt::Debug>(
    text: &str,
    parse: impl Fn(&str) -> FieldResult<T>,
    read: impl Fn(&T) -> &str,
) -> Result<(), TestCaseError> {
    if let Ok(value) = parse(text) {
        prop_assert_eq!(parse(read(&value)), Ok(value));
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_parser_takes_any_text_and_settles(text in texts()) {
        settles(&text, |text| Line::parse(text, 30), Line::as_str)?;
        settles(&text, |text| Prose::parse(text, 30), Prose::as_str)?;
        settles(&text, ArabicName::parse, ArabicName::as_str)?;
        settles(&text, PassportName::parse, PassportName::as_str)?;
        settles(&text, PersonName::parse, PersonName::as_str)?;
        settles(&text, Login::parse, Login::as_str)?;
        settles(&text, CountryCode::parse, CountryCode::as_str)?;
        settles(&text, EmailAddress::parse, EmailAddress::as_str)?;
        settles(&text, |text| Phone::parse(text, None), Phone::as_str)?;
        settles(&text, |text| Phone::parse(text, CountryCode::parse("TR").ok()), Phone::as_str)?;
        if let Ok(ascii) = digits::to_ascii(&text) {
            prop_assert_eq!(digits::to_ascii(&ascii), Ok(ascii));
        }
    }
}
