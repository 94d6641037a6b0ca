use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::paging::Version;
use crate::roles::NewRole;
use crate::text::{Login, PersonName};
use crate::users::{Contact, UserProfile};
use crate::vocabulary::UserState;

const HALF_A_YEAR: TimeDelta = TimeDelta::days(180);

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 1, 9, 0, 0).unwrap()
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

fn id(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn held(role: Role, purpose: RolePurpose, until: Option<DateTime<Utc>>) -> RoleAssignment {
    let new = NewRole { role, purpose, until, reason: None };
    new.assigned(Uuid::from_u128(9).into(), id(2), None, now() - days(10))
}

/// A doctor of whom nothing stands out.
fn doctor() -> AccessSummary {
    let profile = UserProfile {
        name: PersonName::parse("Sami").unwrap(),
        roles: vec![Role::Doctor],
        confers: Vec::new(),
        hospital_id: None,
        interpreter_id: None,
    };
    AccessSummary {
        user: User {
            id: id(2),
            login: Login::parse("sami").unwrap(),
            profile,
            contact: Contact::default(),
            state: UserState::Active,
            hospital_state: None,
            version: Version::FIRST,
        },
        created_at: now() - days(10),
        assignments: vec![held(Role::Doctor, RolePurpose::Exercise, None)],
        last_signed_in_at: Some(now() - days(1)),
        second_factor: SecondFactor::Enrolled,
        open_cases: 0,
        open_grants: 0,
        last_review: None,
    }
}

fn flags(summary: &AccessSummary) -> Vec<AccessFlag> {
    summary.flags(now(), HALF_A_YEAR)
}

#[test]
fn of_an_ordinary_user_nothing_stands_out() {
    assert_eq!(flags(&doctor()), []);
}

#[test]
fn power_over_others_stands_out() {
    let administrator = held(Role::Administrator, RolePurpose::Exercise, None);
    assert_eq!(flags(&AccessSummary { assignments: vec![administrator], ..doctor() }), [AccessFlag::Administrator]);
    let confers =
        vec![held(Role::Doctor, RolePurpose::Exercise, None), held(Role::Administrator, RolePurpose::Confer, None)];
    assert_eq!(flags(&AccessSummary { assignments: confers, ..doctor() }), [AccessFlag::Confers]);
}

#[test]
fn a_role_stands_out_that_ends_soon_and_one_that_has_ended_is_none() {
    let until = |until| vec![held(Role::Doctor, RolePurpose::Exercise, Some(until))];
    let with = |assignments| flags(&AccessSummary { assignments, ..doctor() });
    assert_eq!(with(until(now() + days(30))), [AccessFlag::RoleEndsSoon]);
    assert_eq!(with(until(now() + days(30) + TimeDelta::seconds(1))), []);
    assert_eq!(with(until(now())), [AccessFlag::NoRole]);
    assert_eq!(with(Vec::new()), [AccessFlag::NoRole]);
}

#[test]
fn who_stays_away_stands_out() {
    let last = |last_signed_in_at| flags(&AccessSummary { last_signed_in_at, ..doctor() });
    assert_eq!(last(None), [AccessFlag::NeverSignedIn]);
    assert_eq!(last(Some(now() - days(90))), [AccessFlag::LongAway]);
    assert_eq!(last(Some(now() - days(90) + TimeDelta::seconds(1))), []);
}

#[test]
fn who_has_no_second_factor_stands_out_unless_it_is_a_machine() {
    let without = AccessSummary { second_factor: SecondFactor::Missing, ..doctor() };
    assert_eq!(flags(&without), [AccessFlag::NoSecondFactor]);
    let machine = vec![held(Role::HospitalClient, RolePurpose::Exercise, None)];
    assert_eq!(flags(&AccessSummary { assignments: machine, ..without }), []);
}

#[test]
fn a_review_is_due_a_term_after_the_last_one_or_after_the_beginning() {
    let created = |created_at| AccessSummary { created_at, ..doctor() };
    assert_eq!(flags(&created(now() - HALF_A_YEAR + TimeDelta::seconds(1))), []);
    assert_eq!(flags(&created(now() - HALF_A_YEAR)), [AccessFlag::ReviewDue]);
    let reviewed = |at| {
        let last_review = AccessReview::of(Uuid::from_u128(3).into(), id(2), id(1), None, at).ok();
        flags(&AccessSummary { last_review, ..created(now() - days(1_000)) })
    };
    assert_eq!(reviewed(now() - HALF_A_YEAR + TimeDelta::seconds(1)), []);
    assert_eq!(reviewed(now() - HALF_A_YEAR), [AccessFlag::ReviewDue]);
}

#[test]
fn nobody_reviews_their_own_access() {
    assert_eq!(AccessReview::of(Uuid::from_u128(3).into(), id(2), id(2), None, now()), Err(OwnAccess));
}
