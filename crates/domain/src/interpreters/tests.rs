use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::vocabulary::Coded;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn line() -> Line {
    Line::parse("Ward 3", 200).unwrap()
}

fn job() -> Job {
    let starts_at = now() + TimeDelta::hours(48);
    Job {
        encounter: EncounterKind::Admission,
        modality: InterpretingModality::InPerson,
        window: Window { starts_at, ends_at: starts_at + TimeDelta::hours(2) },
        time_zone: chrono_tz::Europe::Istanbul,
        place: line(),
        language: SpokenLanguage::Arabic,
    }
}

fn interpreter() -> Interpreter {
    Interpreter {
        id: Uuid::from_u128(5).into(),
        profile: InterpreterProfile {
            name: PersonName::parse("Salma").unwrap(),
            sex: Sex::Female,
            languages: vec![SpokenLanguage::Arabic, SpokenLanguage::Turkish],
            dialects: vec![Dialect::Gulf],
            qualification: InterpreterQualification::Certified,
            training_hours: 120,
            modalities: vec![InterpretingModality::InPerson],
            confidential_until: now().date_naive() + TimeDelta::days(300),
        },
        state: InterpreterState::Active,
        version: Version::FIRST,
    }
}

fn booking(state: BookingState) -> Booking {
    Booking {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        cycle: 1,
        interpreter_id: None,
        job: job(),
        state,
        offered_at: None,
        respond_by: None,
        answered_at: None,
        reason: None,
        requested_by: Uuid::from_u128(3).into(),
        version: Version::FIRST,
    }
}

/// The states in which an operation works, each with the state that it leads to.
fn check<E>(operation: impl Fn(Booking) -> Result<Booking, E>, moves: &[(BookingState, BookingState)]) {
    for state in BookingState::ALL {
        let expected = moves.iter().find(|(from, _)| from == state).map(|(_, to)| *to);
        assert_eq!(operation(booking(*state)).ok().map(|after| after.state), expected, "{state}");
    }
}

#[test]
fn each_operation_moves_what_it_should() {
    use BookingState::{Accepted, CancelledEarly, CancelledLate, CheckedIn, Completed, Declined, Offered, Requested};
    check(|it| it.offer(&interpreter(), now()), &[(Requested, Offered)]);
    check(|it| it.accept(now()), &[(Offered, Accepted)]);
    check(|it| it.decline(None, now()), &[(Offered, Declined)]);
    check(|it| it.complete(job().window.ends_at), &[(Accepted, Completed), (CheckedIn, Completed)]);
    let early = [Requested, Offered, Accepted].map(|state| (state, CancelledEarly));
    check(|it| it.cancel(Some(line()), job().window.starts_at - TimeDelta::hours(24)), &early);
    let late = [Requested, Offered, Accepted].map(|state| (state, CancelledLate));
    check(|it| it.cancel(Some(line()), job().window.starts_at - TimeDelta::hours(23)), &late);
}

#[test]
fn a_job_is_not_done_before_it_has_begun() {
    let early = booking(BookingState::Accepted).complete(job().window.starts_at - TimeDelta::seconds(1));
    assert_eq!(early, Err(CompleteBookingError::NotBegun));
}

#[test]
fn an_offer_is_answered_before_the_job_begins() {
    let offered = booking(BookingState::Requested).offer(&interpreter(), now()).unwrap();
    assert_eq!((offered.interpreter_id, offered.respond_by), (Some(interpreter().id), Some(now() + RESPOND_WITHIN)));
    let shortly = job().window.starts_at - TimeDelta::hours(1);
    let offered = booking(BookingState::Requested).offer(&interpreter(), shortly).unwrap();
    assert_eq!(offered.respond_by, Some(job().window.starts_at));
}

#[test]
fn an_offer_past_its_hour_has_expired_but_is_still_declined() {
    let offered = || booking(BookingState::Requested).offer(&interpreter(), now()).unwrap();
    let last = now() + RESPOND_WITHIN;
    assert_eq!(offered().accept(last).map(|booking| booking.state), Ok(BookingState::Accepted));
    let late = last + TimeDelta::seconds(1);
    assert_eq!(offered().accept(late), Err(WrongState::new(BookingState::Expired, "accept")));
    assert!(offered().decline(None, late).is_ok());
    assert_eq!(offered().expire(last), Err(WrongState::new(BookingState::Offered, "expire")));
    assert_eq!(offered().expire(late).map(|booking| booking.state), Ok(BookingState::Expired));
    assert!(offered().accept(last).unwrap().expire(late).is_err());
}

#[test]
fn an_interpreter_who_does_not_fit_is_told_every_reason() {
    assert_eq!(interpreter().suits(&job()), Ok(()));
    let mut wrong = interpreter();
    wrong.state = InterpreterState::Inactive;
    wrong.profile.languages = vec![SpokenLanguage::English, SpokenLanguage::Turkish];
    wrong.profile.modalities = vec![InterpretingModality::Phone];
    wrong.profile.confidential_until = now().date_naive();
    let reasons = Unsuitable(vec!["state", "languages", "modalities", "confidential_until"]);
    assert_eq!(wrong.suits(&job()), Err(reasons.clone()));
    let refused = booking(BookingState::Requested).offer(&wrong, now());
    assert_eq!(refused, Err(OfferBookingError::Unsuitable(reasons)));
}

#[test]
fn the_way_to_the_next_job_is_part_of_a_job_on_site() {
    let extra = |modality| Job { modality, ..job() }.occupies().ends_at - job().window.ends_at;
    assert_eq!(extra(InterpretingModality::InPerson), TimeDelta::minutes(30));
    assert_eq!(extra(InterpretingModality::Video), TimeDelta::zero());
}

#[test]
fn an_impossible_job_is_refused() {
    let wrong = |starts: i64, ends: i64| {
        let at = |hours| now() + TimeDelta::hours(hours);
        let window = Window { starts_at: at(starts), ends_at: at(ends) };
        Job { window, ..job() }.check(now()).err()
    };
    assert_eq!(wrong(1, 13), None);
    assert_eq!(wrong(1, 1), Some(Invalid::at("/ends_at", FieldCode::OutOfOrder)));
    assert_eq!(wrong(1, 14), Some(Invalid::at("/ends_at", FieldCode::OutOfRange)));
    assert_eq!(wrong(-1, 1), Some(Invalid::at("/starts_at", FieldCode::InThePast)));
    let last = DateTime::<Utc>::MAX_UTC;
    let window = Window { starts_at: last - TimeDelta::hours(1), ends_at: last };
    let refused = Job { window, ..job() }.check(now()).err();
    assert_eq!(refused, Some(Invalid::at("/starts_at", FieldCode::OutOfRange)), "no such day can be planned");
}

#[test]
fn an_impossible_profile_is_refused() {
    let wrong = |change: fn(&mut InterpreterProfile)| {
        let mut profile = interpreter().profile;
        change(&mut profile);
        profile.check().err()
    };
    assert_eq!(wrong(|_| ()), None);
    let one = |it: &mut InterpreterProfile| it.languages = vec![SpokenLanguage::Arabic; 2];
    assert_eq!(wrong(one), Some(Invalid::at("/languages", FieldCode::TooShort)));
    assert_eq!(wrong(|it| it.modalities.clear()), Some(Invalid::at("/modalities", FieldCode::Empty)));
    assert_eq!(wrong(|it| it.training_hours = 10_001), Some(Invalid::at("/training_hours", FieldCode::OutOfRange)));
}
