use chrono::TimeZone;
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn token(rotated_at: Option<DateTime<Utc>>) -> RefreshToken {
    RefreshToken {
        id: Uuid::from_u128(1).into(),
        session_id: Uuid::from_u128(2).into(),
        issued_at: now() - seconds(100),
        expires_at: now() + seconds(100),
        rotated_at,
    }
}

#[test]
fn a_fresh_token_is_exchanged_until_it_ends() {
    assert_eq!(token(None).judge(false, now()), RefreshVerdict::Rotate);
    assert_eq!(token(None).judge(false, now() + seconds(99)), RefreshVerdict::Rotate);
    assert_eq!(token(None).judge(false, now() + seconds(100)), RefreshVerdict::Expired);
}

#[test]
fn a_second_use_is_a_lost_answer_only_at_once_and_only_while_nobody_used_the_next_token() {
    for (age, relative_was_used, verdict) in [
        (0, false, RefreshVerdict::Rotate),
        (29, false, RefreshVerdict::Rotate),
        (30, false, RefreshVerdict::Reused),
        (0, true, RefreshVerdict::Reused),
        (29, true, RefreshVerdict::Reused),
        (3_600, false, RefreshVerdict::Reused),
    ] {
        let used = token(Some(now() - seconds(age)));
        assert_eq!(used.judge(relative_was_used, now()), verdict, "{age} s, relative used: {relative_was_used}");
    }
}

#[test]
fn of_two_answers_to_one_token_only_the_first_used_goes_on() {
    assert_eq!(token(None).judge(true, now()), RefreshVerdict::Reused);
}

fn session(revoked_at: Option<DateTime<Utc>>) -> Session {
    Session {
        id: Uuid::from_u128(2).into(),
        user_id: Uuid::from_u128(3).into(),
        started_at: now(),
        last_used_at: now(),
        ends_at: now() + seconds(10),
        revoked_at,
        second_factor_at: None,
        client: None,
    }
}

#[test]
fn whoever_owes_a_second_factor_has_their_own_session_and_no_other_of_theirs() {
    let owner = |session: u128, assurance| Principal {
        assurance,
        ..Principal::new(Uuid::from_u128(3).into(), Uuid::from_u128(session).into(), now())
    };
    for (who, own) in [
        (owner(2, Assurance::Partial), true),
        (owner(9, Assurance::Partial), false),
        (owner(9, Assurance::Full), true),
        (Principal::new(Uuid::from_u128(4).into(), Uuid::from_u128(2).into(), now()), false),
    ] {
        let relation = session(None).relation(&who, Role::Coordinator);
        assert_eq!(relation == Relation::Own, own, "{who:?}");
    }
}

#[test]
fn a_second_factor_is_fresh_for_ten_minutes() {
    let shown = Session { second_factor_at: Some(now()), ..session(None) };
    assert!(shown.is_freshly_proven(now() + seconds(600)));
    assert!(!shown.is_freshly_proven(now() + seconds(601)));
    assert!(!session(None).is_freshly_proven(now()));
}

#[test]
fn a_session_runs_until_it_ends_or_is_ended() {
    assert!(session(None).runs(now() + seconds(9)));
    assert!(!session(None).runs(now() + seconds(10)));
    assert!(!session(Some(now())).runs(now()));
}

#[test]
fn of_a_client_name_only_what_can_be_shown_is_kept() {
    let kept = |text: &str| ClientName::cleaned(text).map(|name| name.as_str().to_owned());
    assert_eq!(kept("Mozilla/5.0 (X11)").as_deref(), Some("Mozilla/5.0 (X11)"));
    assert_eq!(kept("  a\tb\u{202E}c\u{0}\u{7F}  d ").as_deref(), Some("abc d"));
    for nothing in ["", "   ", "\u{200B}", "متصفح"] {
        assert_eq!(kept(nothing), None, "{nothing:?}");
    }
    assert_eq!(kept(&"x".repeat(5_000)).map(|name| name.len()), Some(ClientName::LONGEST));
}
