use chrono::TimeZone;
use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

#[test]
fn a_code_is_read_in_any_digits_and_with_blanks() {
    for text in ["123456", " 123 456 ", "١٢٣٤٥٦", "۱۲۳ ۴۵۶"] {
        assert_eq!(TotpCode::parse(text).unwrap().as_str(), "123456", "{text}");
    }
    for text in ["", "12345", "1234567", "12345a", "12345٦", "１２３４５６", "123,456"] {
        assert!(TotpCode::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_recovery_code_is_shown_in_four_groups() {
    assert_eq!(RecoveryCode::new([0; 10]).written(), "0000-0000-0000-0000");
    assert_eq!(RecoveryCode::new([0xFF; 10]).written(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    let counted = RecoveryCode::new([0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF]);
    assert_eq!(counted.written(), "0123-4567-89AB-CDEF");
}

#[test]
fn a_recovery_code_forgives_what_people_confuse() {
    let code = RecoveryCode::parse("0123-4567-89AB-1DE0").unwrap();
    for text in ["o123 4567 89ab ideO", "0123456789abLde0", "-0123-4567-89AB-1DE0-"] {
        assert_eq!(RecoveryCode::parse(text).as_ref(), Ok(&code), "{text}");
    }
    for text in ["", "0123-4567-89AB-1DE", "0123-4567-89AB-1DE0F", "U123-4567-89AB-1DE0", "٠123-4567-89AB-1DE0"] {
        assert_eq!(RecoveryCode::parse(text), Err(FieldCode::Malformed), "{text}");
    }
}

proptest! {
    #[test]
    fn every_recovery_code_reads_back(random: [u8; 10]) {
        let code = RecoveryCode::new(random);
        prop_assert_eq!(RecoveryCode::parse(&code.written()), Ok(code));
    }
}

#[test]
fn five_tries_are_free_and_then_each_wait_is_twice_the_one_before() {
    let mut attempts = Attempts::default();
    for _ in 0..5 {
        attempts = attempts.make(now()).unwrap();
    }
    let mut at = now();
    for seconds in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        let wait = TimeDelta::seconds(seconds);
        let refused = attempts.make(at + wait - TimeDelta::microseconds(1)).unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_micros(1)), "{seconds}");
        at += wait;
        attempts = attempts.make(at).unwrap();
    }
}

#[test]
fn after_a_hundred_tries_in_a_row_only_an_administrator_helps() {
    let mut attempts = Attempts::default();
    let mut at = now();
    for _ in 0..100 {
        attempts = attempts.make(at).unwrap();
        at += LONGEST_WAIT;
    }
    let refused = attempts.make(at + TimeDelta::days(365)).unwrap_err();
    assert_eq!(refused.wait, None);
    assert!(refused.detail(Language::Turkish).is_some());
}

#[test]
fn recovery_codes_alone_are_no_factor() {
    let codes = Factors { recovery_codes: 10, ..Factors::default() };
    assert!(!codes.are_set_up());
    assert_eq!(codes.usable(), []);
    let app = Factors { totp_since: Some(now()), ..codes };
    assert_eq!(app.usable(), [FactorKind::Totp, FactorKind::RecoveryCode]);
    assert_eq!(Factors { passkeys: 1, ..Factors::default() }.usable(), [FactorKind::Passkey]);
}

#[test]
fn the_last_factor_is_the_one_beside_which_there_is_no_other() {
    for (totp_since, passkeys, last) in
        [(Some(now()), 0, true), (None, 1, true), (Some(now()), 1, false), (None, 2, false)]
    {
        assert_eq!(
            Factors { totp_since, passkeys, recovery_codes: 3 }.is_the_last(),
            last,
            "{totp_since:?} {passkeys}"
        );
    }
}

#[test]
fn no_code_shows_in_a_log() {
    let shown = format!("{:?} {:?}", TotpCode::parse("123456"), RecoveryCode::new([7; 10]));
    assert_eq!(shown, "Ok(TotpCode(***)) RecoveryCode(***)");
}
