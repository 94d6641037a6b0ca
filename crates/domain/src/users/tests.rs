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

#[test]
fn a_session_runs_until_it_ends_or_is_ended() {
    let session = |revoked_at| Session {
        id: Uuid::from_u128(2).into(),
        user_id: Uuid::from_u128(3).into(),
        started_at: now(),
        ends_at: now() + seconds(10),
        revoked_at,
    };
    assert!(session(None).runs(now() + seconds(9)));
    assert!(!session(None).runs(now() + seconds(10)));
    assert!(!session(Some(now())).runs(now()));
}

#[test]
fn roles_and_bindings_belong_together() {
    let wrong = |roles: &[Role], hospital: bool, interpreter: bool| {
        let profile = UserProfile {
            name: PersonName::parse("Layla").unwrap(),
            roles: roles.to_vec(),
            hospital_id: hospital.then(|| Uuid::from_u128(4).into()),
            interpreter_id: interpreter.then(|| Uuid::from_u128(5).into()),
        };
        profile.check().err().map(|refused| refused.0.into_iter().map(|field| field.code).collect::<Vec<_>>())
    };
    assert_eq!(wrong(&[Role::Coordinator, Role::Finance], false, false), None);
    assert_eq!(wrong(&[Role::HospitalUser], true, false), None);
    assert_eq!(wrong(&[Role::Interpreter], false, true), None);
    assert_eq!(wrong(&[], false, false), Some(vec![FieldCode::Empty]));
    for (roles, hospital, interpreter) in [
        (&[Role::HospitalUser][..], false, false),
        (&[Role::Coordinator], true, false),
        (&[Role::Interpreter], false, false),
        (&[Role::Doctor], false, true),
        (&[Role::HospitalUser, Role::Doctor], true, false),
    ] {
        assert_eq!(wrong(roles, hospital, interpreter), Some(vec![FieldCode::Contradicts]), "{roles:?}");
    }
}
