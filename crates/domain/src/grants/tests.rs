use chrono::{NaiveDate, TimeZone};
use uuid::Uuid;

use super::*;
use crate::consents::ConsentTerms;
use crate::interpreters::{Job, Window};
use crate::paging::Version;
use crate::referrals::tests::referral;
use crate::refusal::FieldError;
use crate::vocabulary::{Coded, ConsentGiver, ConsentMethod, EncounterKind, InterpretingModality, SpokenLanguage};

/// Below the resolution of the databases there is nothing.
const TICK: TimeDelta = TimeDelta::microseconds(1);

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn line() -> Line {
    Line::parse("Because", 200).unwrap()
}

fn doctor() -> UserId {
    Uuid::from_u128(7).into()
}

fn consent(number: u128, purpose: ConsentPurpose, state: ConsentState) -> Consent {
    let shared = purpose == ConsentPurpose::ShareWithHospital;
    Consent {
        id: Uuid::from_u128(number).into(),
        case_id: Uuid::from_u128(2).into(),
        terms: ConsentTerms {
            purpose,
            hospital_id: shared.then(|| referral(ReferralState::Sent).hospital_id),
            text_version: line(),
            language: SpokenLanguage::Arabic,
            method: ConsentMethod::ESign,
            given_by: ConsentGiver::Patient,
            given_at: now(),
            valid_until: None,
            evidence: line(),
        },
        state,
        withdrawn_at: None,
        recorded_by: Uuid::from_u128(3).into(),
        version: Version::FIRST,
    }
}

fn shared() -> Consent {
    consent(20, ConsentPurpose::ShareWithHospital, ConsentState::Active)
}

/// A job that begins in ten days and takes two hours.
fn booking(state: BookingState) -> Booking {
    let starts_at = now() + TimeDelta::days(10);
    Booking {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        cycle: 1,
        interpreter_id: Some(Uuid::from_u128(5).into()),
        job: Job {
            encounter: EncounterKind::Admission,
            modality: InterpretingModality::InPerson,
            window: Window { starts_at, ends_at: starts_at + TimeDelta::hours(2) },
            time_zone: chrono_tz::Europe::Istanbul,
            place: line(),
            language: SpokenLanguage::Arabic,
        },
        state,
        offered_at: None,
        respond_by: None,
        answered_at: None,
        reason: None,
        requested_by: Uuid::from_u128(3).into(),
        version: Version::FIRST,
    }
}

fn grant(terms: GrantTerms) -> Grant {
    Grant { id: Uuid::from_u128(9).into(), case_id: Uuid::from_u128(2).into(), terms, granted_by: None, ended: None }
}

/// What a hospital reads by its referral at `at`.
fn of_hospital(referral: &Referral, consents: &[Consent], at: DateTime<Utc>) -> Option<GrantTerms> {
    let terms = of_referral(referral, consents, at)?;
    assert_eq!(terms.grantee, Grantee::Hospital(referral.hospital_id));
    assert_eq!((terms.basis, terms.referral_id), (GrantBasis::Referral, Some(referral.id)));
    assert_eq!((terms.view, terms.valid_from), (Audience::Hospital, at));
    Some(terms)
}

#[test]
fn a_hospital_reads_what_was_sent_with_a_consent_or_whom_it_treats() {
    for state in ReferralState::ALL.iter().copied() {
        let unsent = matches!(state, ReferralState::Draft | ReferralState::EnteredInError);
        let found = of_hospital(&referral(state), &[shared()], now());
        assert_eq!(found.is_some(), !unsent, "{state} with a consent");
        let rests_on = found.and_then(|terms| terms.consent_id);
        let needs = !unsent && !state.treats();
        assert_eq!(rests_on, needs.then(|| shared().id), "{state} rests on the consent");
        let without = of_hospital(&referral(state), &[], now());
        assert_eq!(without.is_some(), state.treats(), "{state} without a consent");
    }
}

#[test]
fn a_consent_to_another_hospital_shares_nothing_with_this_one() {
    let mut other = shared();
    other.terms.hospital_id = Some(Uuid::from_u128(99).into());
    assert_eq!(of_hospital(&referral(ReferralState::Sent), &[other], now()), None);
}

#[test]
fn a_withdrawal_takes_everything_from_a_hospital_that_does_not_treat() {
    let processing = |state| consent(19, ConsentPurpose::HealthDataProcessing, state);
    let withdrawn = consent(20, ConsentPurpose::ShareWithHospital, ConsentState::Withdrawn);
    let again = consent(21, ConsentPurpose::ShareWithHospital, ConsentState::Active);
    for (consents, shares) in [
        (vec![processing(ConsentState::Active), shared()], true),
        (vec![shared(), processing(ConsentState::Withdrawn)], false),
        (vec![processing(ConsentState::Withdrawn), processing(ConsentState::Active), shared()], true),
        (vec![withdrawn.clone()], false),
        (vec![withdrawn, again], true),
    ] {
        let found = of_hospital(&referral(ReferralState::Accepted), &consents, now());
        assert_eq!(found.is_some(), shares, "{consents:?}");
        assert!(of_hospital(&referral(ReferralState::InProgress), &consents, now()).is_some(), "care goes on");
    }
}

#[test]
fn what_a_hospital_reads_ends_some_time_after_its_part_did() {
    let until = |state, ended_at, consents: &[Consent]| {
        let ended = Referral { ended_at, ..referral(state) };
        of_hospital(&ended, consents, now()).map(|terms| terms.valid_until)
    };
    let ended = now() - TimeDelta::days(1);
    assert_eq!(until(ReferralState::Sent, None, &[shared()]), Some(None));
    assert_eq!(until(ReferralState::Declined, Some(ended), &[shared()]), Some(Some(ended + TimeDelta::days(30))));
    assert_eq!(until(ReferralState::Completed, Some(ended), &[]), Some(Some(ended + TimeDelta::days(400))));
    let (month, months) = (now() - TimeDelta::days(30), now() - TimeDelta::days(400));
    assert_eq!(until(ReferralState::Declined, Some(month), &[shared()]), None, "its last instant is none");
    assert_eq!(until(ReferralState::Declined, Some(month + TICK), &[shared()]), Some(Some(now() + TICK)));
    assert_eq!(until(ReferralState::Completed, Some(months), &[]), None);
}

#[test]
fn a_consent_with_a_term_shares_until_the_end_of_its_last_day() {
    let mut consent = shared();
    consent.terms.valid_until = NaiveDate::from_ymd_opt(2026, 3, 5);
    let found = |at| of_hospital(&referral(ReferralState::Sent), std::slice::from_ref(&consent), at);
    let midnight = Utc.with_ymd_and_hms(2026, 3, 6, 0, 0, 0).unwrap();
    assert_eq!(found(now()).and_then(|terms| terms.valid_until), Some(midnight));
    assert!(found(midnight - TICK).is_some());
    assert_eq!(found(midnight), None);
    // Whichever comes first.
    let declined = Referral { ended_at: Some(now()), ..referral(ReferralState::Declined) };
    let lapses = of_hospital(&declined, std::slice::from_ref(&consent), now());
    assert_eq!(lapses.and_then(|terms| terms.valid_until), Some(midnight));
}

/// The views of an interpreter, each with its time.
fn views(booking: &Booking, consents: &[Consent], at: DateTime<Utc>) -> Vec<(Audience, DateTime<Utc>, DateTime<Utc>)> {
    let wanted = of_booking(booking, consents, at).into_iter().map(|terms| {
        assert_eq!((terms.basis, terms.booking_id), (GrantBasis::Booking, Some(booking.id)));
        assert_eq!(terms.grantee, Grantee::Interpreter(booking.interpreter_id.unwrap()));
        (terms.view, terms.valid_from, terms.valid_until.unwrap())
    });
    wanted.collect()
}

#[test]
fn an_interpreter_learns_who_it_is_three_days_before_and_forgets_three_days_after() {
    use Audience::{Interpreter, Masked};
    let window = booking(BookingState::Accepted).job.window;
    let (near, over) = (window.starts_at - TimeDelta::hours(72), window.ends_at + TimeDelta::hours(72));
    for state in BookingState::ALL.iter().copied() {
        let expected = match state {
            BookingState::Offered => vec![(Masked, now(), window.starts_at)],
            BookingState::Accepted | BookingState::CheckedIn => vec![(Masked, now(), near), (Interpreter, near, over)],
            BookingState::Completed | BookingState::NoShow => vec![(Interpreter, now(), over)],
            BookingState::Requested
            | BookingState::Declined
            | BookingState::Expired
            | BookingState::CancelledEarly
            | BookingState::CancelledLate => Vec::new(),
        };
        assert_eq!(views(&booking(state), &[], now()), expected, "{state}");
    }
    let accepted = booking(BookingState::Accepted);
    assert_eq!(views(&accepted, &[], near - TICK).len(), 2);
    assert_eq!(views(&accepted, &[], near), [(Interpreter, near, over)]);
    assert_eq!(views(&accepted, &[], over - TICK), [(Interpreter, over - TICK, over)]);
    assert_eq!(views(&accepted, &[], over), []);
    assert_eq!(views(&booking(BookingState::Offered), &[], window.starts_at), []);
}

#[test]
fn an_interpreter_reads_nothing_of_who_took_back_the_consent() {
    let said = |state| consent(22, ConsentPurpose::ShareWithInterpreter, state);
    let processing = consent(23, ConsentPurpose::HealthDataProcessing, ConsentState::Withdrawn);
    let accepted = booking(BookingState::Accepted);
    let rests_on = |consents: &[Consent]| {
        of_booking(&accepted, consents, now()).into_iter().map(|terms| terms.consent_id).collect::<Vec<_>>()
    };
    assert_eq!(rests_on(&[]), [None, None]);
    let given = said(ConsentState::Active);
    assert_eq!(rests_on(std::slice::from_ref(&given)), [Some(given.id), Some(given.id)]);
    assert!(rests_on(&[said(ConsentState::Withdrawn)]).is_empty());
    assert!(rests_on(&[given, processing]).is_empty());
    let otherwise = consent(24, ConsentPurpose::ResearchStatistics, ConsentState::Withdrawn);
    assert_eq!(rests_on(&[otherwise]), [None, None], "what was said of another purpose says nothing of this one");
    let unassigned = Booking { interpreter_id: None, ..accepted };
    assert!(of_booking(&unassigned, &[], now()).is_empty());
}

#[test]
fn a_grant_runs_from_its_first_instant_to_before_its_last() {
    let until = now() + TimeDelta::hours(1);
    let terms = GrantTerms {
        valid_until: Some(until),
        ..GrantTerms::of_member(Grantee::User(doctor()), GrantBasis::Doctor, now())
    };
    let given = grant(terms);
    for (at, state) in [
        (now() - TICK, TermState::Upcoming),
        (now(), TermState::Running),
        (until - TICK, TermState::Running),
        (until, TermState::Over),
    ] {
        assert_eq!(given.state(at), state, "{at}");
        assert_eq!(given.runs(at), state == TermState::Running, "{at}");
        let can_end = matches!(state, TermState::Upcoming | TermState::Running);
        assert_eq!(given.clone().end(GrantEnd::GivenBack, at).is_ok(), can_end, "{at}");
    }
    let ended = given.end(GrantEnd::GivenBack, now()).unwrap();
    assert_eq!(
        (ended.ended, ended.state(now()), ended.runs(now())),
        (Some((now(), GrantEnd::GivenBack)), TermState::Ended, false)
    );
    assert!(ended.end(GrantEnd::GivenBack, now()).is_err());
    let lasting = grant(GrantTerms::of_member(Grantee::User(doctor()), GrantBasis::Doctor, now()));
    assert!(lasting.runs(now() + TimeDelta::days(36_500)));
}

#[test]
fn a_second_opinion_is_asked_for_ninety_days_at_the_most() {
    let asked = |until| GrantTerms::of_second_opinion(doctor(), until, line(), now());
    let wrong = |until| asked(until).unwrap_err().0;
    let at = |code| vec![FieldError { pointer: "/until".to_owned(), code }];
    let last = now() + TimeDelta::days(90);
    let terms = asked(last).unwrap();
    assert_eq!((terms.basis, terms.view, terms.valid_until), (GrantBasis::SecondOpinion, Audience::Full, Some(last)));
    assert!(terms.reason.is_some());
    assert!(asked(now() + TICK).is_ok());
    assert_eq!(wrong(now()), at(FieldCode::InThePast));
    assert_eq!(wrong(last + TICK), at(FieldCode::OutOfRange));
}

#[test]
fn an_emergency_lasts_five_to_sixty_minutes_and_says_why() {
    for (minutes, lasts) in
        [(None, Some(60)), (Some(5), Some(5)), (Some(60), Some(60)), (Some(4), None), (Some(61), None)]
    {
        let emergency =
            Emergency::lasts(minutes).map(|lasts| Emergency::new(EmergencyReason::AcuteEvent, line(), lasts));
        let terms = emergency.map(|emergency| emergency.declare(doctor(), 0, now()).unwrap());
        let until = terms.as_ref().ok().and_then(|terms| terms.valid_until);
        assert_eq!(until, lasts.map(|minutes| now() + TimeDelta::minutes(minutes)), "{minutes:?}");
        if let Ok(terms) = terms {
            assert_eq!((terms.basis, terms.grantee), (GrantBasis::BreakGlass, Grantee::User(doctor())));
            assert_eq!((terms.emergency, terms.reason), (Some(EmergencyReason::AcuteEvent), Some(line())));
        }
    }
}

#[test]
fn nobody_has_more_than_five_emergencies_at_a_time() {
    let emergency = Emergency::new(EmergencyReason::PatientCalls, line(), Emergency::lasts(None).unwrap());
    for (running, may) in [(0, true), (4, true), (5, false), (6, false)] {
        assert_eq!(emergency.clone().declare(doctor(), running, now()).is_ok(), may, "{running}");
    }
}

#[test]
fn the_same_terms_give_the_same_from_whenever() {
    let terms = of_referral(&referral(ReferralState::Sent), &[shared()], now()).unwrap();
    let later = GrantTerms { valid_from: now() + TimeDelta::hours(1), ..terms.clone() };
    assert!(terms.gives_as(&later) && later.gives_as(&terms));
    assert!(!terms.gives_as(&GrantTerms { view: Audience::Masked, ..later.clone() }));
    assert!(!terms.gives_as(&GrantTerms { consent_id: None, ..later }));
}

#[test]
fn what_opens_a_case_as_a_whole_is_held_by_people() {
    for basis in GrantBasis::ALL.iter().copied() {
        let of_outsiders = matches!(basis, GrantBasis::Referral | GrantBasis::Booking);
        assert_eq!(basis.opens_case(), !of_outsiders, "{basis}");
        assert_eq!(basis.passes_to_stand_ins(), GrantBasis::TEAM.contains(&basis), "{basis}");
    }
}

#[test]
fn a_grant_is_that_of_whoever_holds_it() {
    let held = grant(GrantTerms::of_member(Grantee::User(doctor()), GrantBasis::Doctor, now()));
    let relation = |user_id| held.relation(&Principal::new(user_id, Uuid::nil().into(), now()), Role::Doctor);
    assert_eq!(relation(doctor()), Relation::Own);
    assert_eq!(relation(Uuid::from_u128(8).into()), Relation::Stranger);
}
