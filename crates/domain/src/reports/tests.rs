use chrono::TimeZone;
use uuid::Uuid;

use super::*;

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

#[test]
fn only_the_wrong_patient_and_the_wrong_side_are_refused() {
    let started = report(Fact::SurgeryStarted { side: Laterality::Left, kind: ProcedureKind::MvdPrimary });
    assert_eq!(started.concerns("BMC-2026-000001-6", Some(Laterality::Left)), Ok(()));
    for side in [Some(Laterality::Right), Some(Laterality::Uncertain), None] {
        assert_eq!(started.concerns("BMC-2026-000001-6", side), Err(ReportRefused::WrongSide), "{side:?}");
    }
    let other = started.concerns("BMC-2026-000002-4", Some(Laterality::Left));
    assert_eq!(other, Err(ReportRefused::WrongPatient));
    let sideless = report(Fact::TransferOut { receiving_hospital: line(), reason: line() });
    assert_eq!(sideless.concerns("BMC-2026-000001-6", None), Ok(()), "what names no side has no wrong one");
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
