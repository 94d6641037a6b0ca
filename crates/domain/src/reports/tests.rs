use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::surgery::tests::procedure;

fn line() -> Line {
    Line::parse("Because", 200).unwrap()
}

fn report(fact: Fact) -> Report {
    let now = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap();
    Report {
        id: Uuid::from_u128(1).into(),
        referral_id: Uuid::from_u128(2).into(),
        mrn: "BMC-2026-000001-6".to_owned(),
        occurred_at: now,
        recorded_at: now,
        reported_by: Uuid::from_u128(3).into(),
        fact,
        led_to: ReferralState::InProgress,
    }
}

/// The numbers of a patient whose record took another one in.
fn ours() -> Vec<String> {
    ["BMC-2026-000009-8", "BMC-2026-000001-6"].map(str::to_owned).to_vec()
}

#[test]
fn only_the_wrong_patient_and_the_wrong_side_are_refused() {
    let started = report(Fact::SurgeryStarted { side: Laterality::Left, kind: ProcedureKind::MvdPrimary });
    assert_eq!(started.concerns(&ours(), Some(Laterality::Left)), Ok(()));
    for side in [Some(Laterality::Right), Some(Laterality::Uncertain), None] {
        assert_eq!(started.concerns(&ours(), side), Err(ReportRefused::WrongSide), "{side:?}");
    }
    let other = started.concerns(&["BMC-2026-000002-4".to_owned()], Some(Laterality::Left));
    assert_eq!(other, Err(ReportRefused::WrongPatient));
    let sideless = report(Fact::TransferOut { receiving_hospital: line(), reason: line() });
    assert_eq!(sideless.concerns(&ours(), None), Ok(()), "what names no side has no wrong one");
}

#[test]
fn nobody_leaves_and_nothing_is_put_off_while_an_operation_goes_on() {
    let on_the_table = procedure(ProcedureState::Started);
    let left = report(Fact::LeftAgainstAdvice { documentation: line() });
    let postponed = report(Fact::SurgeryPostponed { reason: PostponementReason::NoIcuBed, new_date: None });
    for told in [&left, &postponed] {
        let refused = WrongState::new(ProcedureState::Started, told.fact.kind().code());
        assert_eq!(told.follows(Some(&on_the_table)), Err(refused));
        for last in [None, Some(procedure(ProcedureState::Completed)), Some(procedure(ProcedureState::Aborted))] {
            assert_eq!(told.follows(last.as_ref()), Ok(()));
        }
    }
    for fact in [Fact::Died { place: line() }, Fact::SurgeryAborted { reason: line() }] {
        assert_eq!(report(fact).follows(Some(&on_the_table)), Ok(()));
    }
}

#[test]
fn a_reason_is_told_in_words_or_by_its_code() {
    let postponed = Fact::SurgeryPostponed { reason: PostponementReason::NoIcuBed, new_date: None };
    assert_eq!(postponed.reason().map(|reason| reason.as_str().to_owned()), Some("no_icu_bed".to_owned()));
    let declined = |text| Fact::Declined { reason: ReferralDeclineReason::NoCapacity, text };
    assert_eq!(declined(Some(line())).reason(), Some(line()));
    assert_eq!(declined(None).reason().map(|reason| reason.as_str().to_owned()), Some("no_capacity".to_owned()));
    assert_eq!(Fact::Received.reason(), None);
}

#[test]
fn a_report_sent_again_says_the_same_or_is_another() {
    let first = report(Fact::Died { place: line() });
    let later = first.recorded_at + chrono::TimeDelta::minutes(3);
    let again = Report { recorded_at: later, led_to: ReferralState::Completed, ..first.clone() };
    assert_eq!(first.repeats(&again), Ok(()), "when it was taken, and where it led, is ours");
    for other in [
        Report { mrn: "BMC-2026-000002-4".to_owned(), ..first.clone() },
        Report { occurred_at: later, ..first.clone() },
        Report { fact: Fact::IcuTransfer { reason: line() }, ..first.clone() },
    ] {
        assert_eq!(first.repeats(&other), Err(ReportRefused::EventIdReused));
    }
}

#[test]
fn a_late_report_is_checked_against_the_day_on_which_it_happened() {
    let happened = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap();
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let told = happened + chrono::TimeDelta::days(20);
    let scheduled = |admission, surgery| {
        Fact::Scheduled(Schedule { admission_on: day(admission), surgery_on: day(surgery), ward: None })
    };
    assert!(scheduled(3, 4).check(happened, told).is_ok());
    let wrong = scheduled(1, 4).check(happened, told).unwrap_err();
    assert_eq!(wrong.0.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/admission_on"]);
    let early = Fact::Received.check(told, happened).unwrap_err();
    assert_eq!(early.0.first().map(|field| field.pointer.as_str()), Some("/occurred_at"));
    let asked = Fact::InfoRequested { items: Vec::new(), due_on: day(1) }.check(happened, told).unwrap_err();
    assert_eq!(asked.0.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/items", "/due_on"]);
}

#[test]
fn the_referral_keeps_what_a_report_says_of_it() {
    let referral = |state| crate::referrals::tests::referral(state);
    let now = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap();
    let schedule = Schedule {
        admission_on: NaiveDate::from_ymd_opt(2026, 3, 9).unwrap(),
        surgery_on: NaiveDate::from_ymd_opt(2026, 3, 10).unwrap(),
        ward: None,
    };
    let scheduled = referral(ReferralState::Accepted).take(&Fact::Scheduled(schedule.clone()), now).unwrap();
    assert_eq!(scheduled.schedule, Some(schedule));
    let admitted = Fact::Admitted { admission_number: line(), ward: Some(line()) };
    let admitted = scheduled.take(&admitted, now).unwrap();
    assert_eq!(admitted.admission_number, Some(line()));
    assert_eq!(admitted.schedule.and_then(|schedule| schedule.ward), Some(line()));
    let declined = Fact::Declined { reason: ReferralDeclineReason::Other, text: Some(line()) };
    let declined = referral(ReferralState::Sent).take(&declined, now).unwrap();
    assert_eq!((declined.decline_reason, declined.reason), (Some(ReferralDeclineReason::Other), Some(line())));
}
