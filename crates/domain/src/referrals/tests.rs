use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::vocabulary::Coded;

/// The time that a hospital has.
const WITHIN: TimeDelta = TimeDelta::hours(48);

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn line() -> Line {
    Line::parse("Because", 200).unwrap()
}

fn acceptance() -> Acceptance {
    Acceptance {
        surgeon: line(),
        side: Laterality::Left,
        earliest_on: day(10),
        latest_on: day(20),
        price: None,
        plan: Prose::parse("Decompression", 200).unwrap(),
        valid_until: day(20),
    }
}

pub(crate) fn referral(state: ReferralState) -> Referral {
    Referral {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        hospital_id: Uuid::from_u128(3).into(),
        cycle: 1,
        question: ReferralQuestion::Opinion,
        message: None,
        state,
        sent_at: None,
        respond_by: None,
        received_at: None,
        acceptance: Some(acceptance()),
        decline_reason: None,
        schedule: None,
        reschedules: 0,
        admission_number: None,
        reason: None,
        cancel_requested_at: None,
        ended_at: None,
        created_by: Uuid::from_u128(4).into(),
        version: Version::FIRST,
    }
}

/// The states in which an operation works, each with the state that it leads to; elsewhere it must name the state met.
fn check(operation: impl Fn(Referral) -> Result<Referral, WrongState>, moves: &[(ReferralState, ReferralState)]) {
    for state in ReferralState::ALL {
        let expected = moves.iter().find(|(from, _)| from == state).map(|(_, to)| *to);
        match operation(referral(*state)) {
            Ok(after) => assert_eq!(Some(after.state), expected, "{state}"),
            Err(refused) => assert_eq!((refused.state, expected), (state.code(), None), "{refused}"),
        }
    }
}

#[test]
fn our_own_operations_move_what_they_should() {
    check(|it| it.send(now(), WITHIN), &[(Draft, Sent)]);
    check(|it| it.answer(now(), WITHIN), &[(InfoRequested, Received)]);
    let cancellable = [Sent, Received, InfoRequested, Accepted, Scheduled].map(|state| (state, CancelRequested));
    check(|it| it.request_cancellation(line(), now()), &cancellable);
    check(Referral::confirm_cancellation, &[(CancelRequested, Cancelled)]);
    let late = |it| Referral { respond_by: Some(now()), cancel_requested_at: Some(now()), ..it };
    let day = TimeDelta::days(1);
    check(|it| late(it).expire(now() + day * 2, day), &[(Sent, Expired), (Received, Expired)]);
    check(|it| late(it).presume_cancelled(now() + CANCEL_WITHIN * 2), &[(CancelRequested, Cancelled)]);
}

#[test]
fn time_runs_out_only_after_its_last_instant() {
    let instant = TimeDelta::microseconds(1);
    let last = now() + TimeDelta::hours(1);
    let unanswered = Referral { respond_by: Some(now()), ..referral(Sent) };
    assert!(unanswered.clone().expire(last, TimeDelta::hours(1)).is_err());
    let expired = unanswered.expire(last + instant, TimeDelta::hours(1)).unwrap();
    assert_eq!(expired.end_reason().unwrap().as_str(), Expired.code());
    let last = now() + CANCEL_WITHIN;
    let called_off = Referral { cancel_requested_at: Some(now()), reason: Some(line()), ..referral(CancelRequested) };
    assert!(called_off.clone().presume_cancelled(last).is_err());
    assert_eq!(called_off.presume_cancelled(last + instant).unwrap().end_reason(), Some(line()));
}

/// The moves of each kind of report (domain §4.2, §4.4).
fn moves_of(kind: ReportKind) -> Vec<(ReferralState, ReferralState)> {
    let to = |states: &[ReferralState], to| states.iter().map(|state| (*state, to)).collect::<Vec<_>>();
    let stay = |states: &[ReferralState]| states.iter().map(|state| (*state, *state)).collect::<Vec<_>>();
    match kind {
        ReportKind::Received => to(&[Sent], Received),
        ReportKind::InfoRequested => to(&[Sent, Received], InfoRequested),
        ReportKind::Accepted => to(&[Sent, Received], Accepted),
        ReportKind::Declined => to(&[Sent, Received, InfoRequested], Declined),
        ReportKind::Scheduled => to(&[Accepted], Scheduled),
        ReportKind::Rescheduled => to(&[Scheduled, OnHold], Scheduled),
        ReportKind::SlotWithdrawn => to(&[Accepted, Scheduled], WithdrawnByHospital),
        ReportKind::InvitationLetterIssued | ReportKind::ArrivedPreop => {
            stay(&[Accepted, Scheduled, InProgress, OnHold])
        }
        ReportKind::Admitted => to(&[Accepted, Scheduled, OnHold], InProgress),
        ReportKind::SurgeryStarted
        | ReportKind::SurgeryEnded
        | ReportKind::SurgeryAborted
        | ReportKind::DailyStatus
        | ReportKind::Reoperation
        | ReportKind::IcuTransfer
        | ReportKind::TransferOut => stay(&[InProgress]),
        ReportKind::SurgeryPostponed => to(&[InProgress], OnHold),
        ReportKind::SurgeryCancelled | ReportKind::SurgeryRefused | ReportKind::DischargedWithoutSurgery => {
            to(&[InProgress], Failed)
        }
        ReportKind::Discharged | ReportKind::LeftAgainstAdvice => to(&[InProgress], Completed),
        ReportKind::Readmitted => to(&[Completed], InProgress),
        ReportKind::Complication | ReportKind::InvoiceFinal | ReportKind::FollowupResult => {
            stay(&[InProgress, OnHold, Completed])
        }
        ReportKind::Died => stay(&[Accepted, Scheduled, InProgress, OnHold, Completed]),
    }
}

#[test]
fn each_report_moves_what_it_should() {
    for kind in ReportKind::ALL {
        check(|it| it.take_report(*kind, now()), &moves_of(*kind));
        for state in ReferralState::ALL {
            let possible = reports_possible_in(*state).any(|possible| possible == *kind);
            assert_eq!(possible, moves_of(*kind).iter().any(|(from, _)| from == state), "{kind} in {state}");
        }
    }
}

#[test]
fn nothing_but_a_readmission_leaves_a_final_state() {
    for state in ReferralState::ALL.iter().filter(|state| referral(**state).is_final()) {
        for kind in reports_possible_in(*state) {
            let after = referral(*state).take_report(kind, now()).unwrap();
            assert!(after.state == *state || kind == ReportKind::Readmitted, "{kind} in {state}");
        }
    }
}

#[test]
fn the_clock_of_the_hospital_starts_when_it_is_asked() {
    let sent = referral(Draft).send(now(), WITHIN).unwrap();
    assert_eq!((sent.sent_at, sent.respond_by), (Some(now()), Some(now() + WITHIN)));
    assert_eq!(referral(InfoRequested).answer(now(), WITHIN).unwrap().respond_by, Some(now() + WITHIN));
}

#[test]
fn the_first_report_is_the_receipt_and_dates_are_counted() {
    let accepted = referral(Sent).take_report(ReportKind::Accepted, now()).unwrap();
    assert_eq!(accepted.received_at, Some(now()));
    let later = now() + TimeDelta::days(1);
    let moved = Referral { received_at: Some(now()), ..referral(Scheduled) };
    let moved = moved.take_report(ReportKind::Rescheduled, later).unwrap();
    assert_eq!((moved.received_at, moved.reschedules), (Some(now()), 1));
}

#[test]
fn an_acceptance_holds_to_its_last_day_and_while_the_patient_is_in() {
    for (state, on_the_day, after) in
        [(Accepted, true, false), (Scheduled, true, false), (InProgress, true, true), (Declined, false, false)]
    {
        assert_eq!(referral(state).acceptance_valid_on(day(20)), on_the_day, "{state}");
        assert_eq!(referral(state).acceptance_valid_on(day(21)), after, "{state}");
    }
}

#[test]
fn an_impossible_acceptance_is_refused() {
    let wrong = |change: fn(&mut Acceptance)| {
        let mut given = acceptance();
        change(&mut given);
        given.check(day(2)).err()
    };
    assert_eq!(wrong(|_| ()), None);
    assert_eq!(wrong(|it| it.latest_on = day(9)), Some(Invalid::at("/latest_on", FieldCode::OutOfOrder)));
    assert_eq!(wrong(|it| it.valid_until = day(1)), Some(Invalid::at("/valid_until", FieldCode::InThePast)));
    let negative = |it: &mut Acceptance| it.price = Some(Money::new(-1, crate::money::Currency::Eur));
    assert_eq!(wrong(negative), Some(Invalid::at("/price", FieldCode::OutOfRange)));
}

#[test]
fn an_impossible_schedule_is_refused() {
    let check = |admission, surgery| {
        Schedule { admission_on: day(admission), surgery_on: day(surgery), ward: None }.check(day(2)).err()
    };
    assert_eq!(check(2, 2), None);
    assert_eq!(check(1, 3), Some(Invalid::at("/admission_on", FieldCode::InThePast)));
    assert_eq!(check(5, 4), Some(Invalid::at("/surgery_on", FieldCode::OutOfOrder)));
}
