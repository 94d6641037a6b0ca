use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::vocabulary::Coded;

const TICK: TimeDelta = TimeDelta::microseconds(1);

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// A week of absence from now on.
fn terms() -> DelegationTerms {
    DelegationTerms {
        from: user(1),
        to: user(2),
        valid_from: now(),
        valid_until: now() + TimeDelta::days(7),
        reason: Line::parse("Annual leave", 200).unwrap(),
    }
}

fn delegation() -> Delegation {
    Delegation { id: Uuid::from_u128(3).into(), terms: terms(), created_by: user(1), ended: None }
}

/// The wrong places of terms, each with its code.
fn wrong(terms: DelegationTerms) -> Vec<(String, FieldCode)> {
    let fields = terms.check(user(9), now()).map_or_else(|invalid| invalid.0, |_| Vec::new());
    fields.into_iter().map(|field| (field.pointer, field.code)).collect()
}

#[test]
fn an_absence_is_neither_past_nor_far_nor_long() {
    let at = |pointer: &str, code| vec![(pointer.to_owned(), code)];
    let until = |valid_until| wrong(DelegationTerms { valid_until, ..terms() });
    assert_eq!(until(now() + TICK), []);
    assert_eq!(until(now()), at("/valid_until", FieldCode::OutOfOrder));
    assert_eq!(until(now() + TimeDelta::days(60)), []);
    assert_eq!(until(now() + TimeDelta::days(60) + TICK), at("/valid_until", FieldCode::OutOfRange));
    let from =
        |valid_from| wrong(DelegationTerms { valid_from, valid_until: valid_from + TimeDelta::days(1), ..terms() });
    assert_eq!(from(now() - TICK), at("/valid_from", FieldCode::InThePast));
    assert_eq!(from(now() + TimeDelta::days(366)), []);
    assert_eq!(from(now() + TimeDelta::days(366) + TICK), at("/valid_from", FieldCode::OutOfRange));
}

#[test]
fn nobody_stands_in_for_themselves() {
    let own = wrong(DelegationTerms { to: user(1), ..terms() });
    let contradicts = [("/to_user_id".to_owned(), FieldCode::Contradicts)];
    assert_eq!(own, contradicts);
    assert_eq!(terms().check(user(1), now()), Ok(terms()), "who goes away names another");
    for from in [1, 3] {
        let appointed = DelegationTerms { from: user(from), ..terms() }.check(user(2), now());
        assert_eq!(appointed, Err(Invalid::at("/to_user_id", FieldCode::Contradicts)), "nobody names themselves");
    }
}

#[test]
fn who_stands_in_shares_a_role_of_case_teams() {
    for absent in Role::ALL.iter().copied() {
        for stand_in in Role::ALL.iter().copied() {
            let shares = absent == stand_in && DELEGABLE.contains(&absent);
            assert_eq!(can_stand_in(&[absent], &[stand_in]), shares, "{stand_in} for {absent}");
        }
    }
    assert!(can_stand_in(&[Role::Lead, Role::Doctor], &[Role::Finance, Role::Doctor]));
    assert!(!can_stand_in(&[], Role::ALL) && !can_stand_in(Role::ALL, &[]));
}

#[test]
fn a_delegation_ends_once_and_not_after_its_time() {
    let given = delegation();
    let until = given.terms.valid_until;
    for (at, state) in [
        (now() - TICK, TermState::Upcoming),
        (now(), TermState::Running),
        (until - TICK, TermState::Running),
        (until, TermState::Over),
    ] {
        assert_eq!(given.state(at), state, "{at}");
        let can_end = matches!(state, TermState::Upcoming | TermState::Running);
        assert_eq!(given.clone().end(Some(user(2)), at).is_ok(), can_end, "{at}");
    }
    let ended = given.end(Some(user(2)), now()).unwrap();
    assert_eq!((ended.ended, ended.state(now())), (Some((now(), Some(user(2)))), TermState::Ended));
    assert!(ended.end(None, now()).is_err());
}

#[test]
fn a_delegation_is_that_of_both_sides() {
    let relation = |number| {
        let who = Principal::new(user(number), Uuid::from_u128(9).into(), now());
        delegation().relation(&who, Role::Coordinator)
    };
    assert_eq!([1, 2, 3].map(relation), [Relation::Own, Relation::Own, Relation::Stranger]);
}
