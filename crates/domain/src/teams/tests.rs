use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;
use crate::cases::{NewCase, Stage};
use crate::grants::{Grant, GrantBasis, GrantTerms, Grantee};
use crate::policy::{Action, Actor, CaseInCare, Permitted, Principal, StandIn, permit};
use crate::text::Line;
use crate::vocabulary::{CaseSource, Coded, PayerType, Priority, Role};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// A case that user 1 coordinates and whose doctor user 2 is.
fn case(stage: Stage) -> Case {
    let new = NewCase {
        patient_id: Uuid::from_u128(10).into(),
        source: CaseSource::Web,
        agency: None,
        payer: PayerType::SelfPaying,
        priority: Priority::Routine,
        received_at: now(),
        coordinator_id: None,
    };
    let begun = new.begin(Uuid::from_u128(11).into(), "C-2026-000001-6".to_owned(), user(1), now());
    Case { stage, doctor_id: Some(user(2)), ..begun }
}

fn to(coordinator: u128, doctor: Option<u128>) -> TeamChange {
    TeamChange::to(Team { coordinator_id: user(coordinator), doctor_id: doctor.map(user) })
}

#[test]
fn a_case_goes_to_a_new_owner_with_a_note_and_to_a_new_doctor_without() {
    let hand_over =
        |change, word| case(Stage::Intake).hand_over(change, word).map(|handed| (handed.case.team(), handed.new));
    let team =
        |coordinator, doctor: Option<u128>| Team { coordinator_id: user(coordinator), doctor_id: doctor.map(user) };
    let missing = Invalid::at("/note", FieldCode::Required);
    for word in [Word::Given, Word::Missing, Word::NotAsked] {
        assert_eq!(hand_over(to(1, Some(2)), word), Ok((team(1, Some(2)), NewOnTeam::Nobody)), "{word:?}");
        assert_eq!(hand_over(to(1, Some(4)), word), Ok((team(1, Some(4)), NewOnTeam::Doctor)), "{word:?}");
        assert_eq!(hand_over(to(1, None), word), Ok((team(1, None), NewOnTeam::Doctor)), "{word:?}");
        let owned = hand_over(to(3, Some(4)), word);
        if word == Word::Missing {
            assert_eq!(owned, Err(missing.clone().into()));
        } else {
            assert_eq!(owned, Ok((team(3, Some(4)), NewOnTeam::Owner)), "{word:?}");
        }
    }
}

#[test]
fn a_seat_that_is_not_named_stays_with_whoever_has_it() {
    let hand_over = |change| case(Stage::Intake).hand_over(change, Word::Given).map(|handed| handed.case.team());
    let keep_doctor = TeamChange { coordinator: Seat::Goes(user(3)), doctor: Seat::Stays };
    assert_eq!(hand_over(keep_doctor), Ok(Team { coordinator_id: user(3), doctor_id: Some(user(2)) }));
    let keep_owner = TeamChange { coordinator: Seat::Stays, doctor: Seat::Goes(Some(user(4))) };
    assert_eq!(hand_over(keep_owner), Ok(Team { coordinator_id: user(1), doctor_id: Some(user(4)) }));
}

/// What user `taker`, a coordinator and a doctor, may do to the case while standing in for user 1.
fn lent(action: Action, taker: u128) -> Permitted<CaseInCare> {
    lent_to(&[Role::Coordinator, Role::Doctor], action, taker)
}

/// What user `taker` may do to the case while standing in for user 1, its coordinator, until tomorrow.
fn lent_to(roles: &[Role], action: Action, taker: u128) -> Permitted<CaseInCare> {
    let absent = StandIn { user_id: user(1), roles: vec![Role::Coordinator], until: now() + TimeDelta::days(1) };
    let who = Principal {
        roles: roles.to_vec(),
        stands_in_for: vec![absent],
        ..Principal::new(user(taker), Uuid::nil().into(), now())
    };
    let held = GrantTerms::of_member(Grantee::User(user(1)), GrantBasis::Coordinator, now());
    let case = case(Stage::Intake);
    let (id, case_id) = (Uuid::from_u128(12).into(), case.id);
    let grants = vec![Grant { id, case_id, terms: held, granted_by: None, ended: None }];
    permit(&Actor::User(who), action, CaseInCare { case, grants }).unwrap()
}

#[test]
fn a_stand_in_takes_no_seat_and_keeps_one_of_their_own() {
    let lent = |change: TeamChange, taker| {
        let case = lent(Action::AssignCase, taker);
        change.expect_lent(case.case.team(), case.permit())
    };
    let wrong = |pointer| Err(Invalid::at(pointer, FieldCode::Contradicts));
    assert_eq!(lent(to(7, Some(2)), 7), wrong("/coordinator_id"));
    assert_eq!(lent(to(3, Some(7)), 7), wrong("/doctor_id"));
    assert_eq!(lent(to(3, Some(4)), 7), Ok(()));
    assert_eq!(lent(to(3, Some(2)), 2), Ok(()), "the doctor of the case stays it");
    assert_eq!(lent(to(2, Some(2)), 2), wrong("/coordinator_id"));
    assert_eq!(lent(to(1, Some(1)), 1), Ok(()), "nothing is lent to the coordinator");
    let by_a_lead = lent_to(&[Role::Coordinator, Role::Lead], Action::AssignCase, 7);
    assert_eq!(
        to(7, Some(2)).expect_lent(by_a_lead.case.team(), by_a_lead.permit()),
        Ok(()),
        "leads may, absent or not"
    );
}

#[test]
fn a_stand_in_asks_others_for_an_opinion_and_for_no_longer_than_the_absence() {
    let reason = Line::parse("Is it the artery?", 100).unwrap();
    let lent = |asked: u128, until, taker| {
        let terms = GrantTerms::of_second_opinion(user(asked), until, reason.clone(), now()).unwrap();
        terms.expect_lent(lent(Action::AskSecondOpinion, taker).permit())
    };
    let back_at = now() + TimeDelta::days(1);
    let later = back_at + TimeDelta::microseconds(1);
    assert_eq!(lent(4, back_at, 7), Ok(()));
    assert_eq!(lent(4, later, 7), Err(Invalid::at("/until", FieldCode::OutOfRange)));
    assert_eq!(lent(7, back_at, 7), Err(Invalid::at("/doctor_id", FieldCode::Contradicts)));
    assert_eq!(lent(1, later, 1), Ok(()), "nothing is lent to the coordinator");
}

#[test]
fn a_case_that_takes_no_entries_stays_with_its_team() {
    for stage in Stage::ALL.iter().copied() {
        let refused = case(stage).hand_over(to(3, None), Word::Given) == Err(CaseIsFinal.into());
        assert_eq!(refused, matches!(stage, Stage::Deceased | Stage::Merged), "{stage}");
    }
}

#[test]
fn a_note_of_a_hand_over_is_signed_and_for_the_team() {
    assert!(HandOverNote::parse(&"ن".repeat(HandOverNote::LONGEST), SpokenLanguage::Arabic).is_ok());
    assert_eq!(
        HandOverNote::parse(&"ن".repeat(HandOverNote::LONGEST + 1), SpokenLanguage::Arabic),
        Err(FieldCode::TooLong)
    );
    assert_eq!(HandOverNote::parse("  ", SpokenLanguage::Arabic), Err(FieldCode::Empty));
    let note = HandOverNote::parse("تتصل كل صباح", SpokenLanguage::Arabic).unwrap();
    let signed = note.signed(Uuid::from_u128(5).into(), case(Stage::Intake).id, user(1), now());
    assert_eq!((signed.kind, signed.state, signed.signed_at), (NoteType::Handover, NoteState::Signed, Some(now())));
    assert_eq!(
        (signed.audience, signed.author_id, signed.language),
        (NoteAudience::Team, user(1), SpokenLanguage::Arabic)
    );
}
