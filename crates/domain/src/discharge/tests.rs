use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 12, 9, 0, 0).unwrap()
}

fn discharge() -> Discharge {
    Discharge {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        referral_id: Uuid::from_u128(3).into(),
        cycle: 1,
        kind: DischargeKind::Regular,
        discharged_at: now(),
        disposition: Disposition::HomeHotel,
        facial_function: HouseBrackmannGrade::I,
        spasm: SpasmStatus::None,
        hearing: HearingStatus::Same,
        wound: WoundStatus::Dry,
        medication: Prose::parse("Paracetamol", 200).unwrap(),
        advice_language: SpokenLanguage::Arabic,
        advice_understood_through: None,
        follow_up_on: now().date_naive(),
        summary_reference: None,
    }
}

fn findings() -> VisitFindings {
    VisitFindings {
        seen_at: now(),
        recorded_by: Uuid::from_u128(4).into(),
        mode: VisitMode::Tele,
        improvement_percent: 100,
        course: OutcomeCourse::Delayed,
        facial_function: HouseBrackmannGrade::I,
        hearing: HearingStatus::Same,
        note: None,
        outcome: Some(KondoScore { efficacy: 3, complications: 3 }),
    }
}

fn visit() -> FollowUpVisit {
    FollowUpVisit {
        id: Uuid::from_u128(5).into(),
        case_id: Uuid::from_u128(2).into(),
        cycle: 1,
        timepoint: Timepoint::W1,
        due_on: now().date_naive(),
        findings: None,
        version: Version::FIRST,
    }
}

#[test]
fn an_impossible_discharge_is_refused() {
    let hour = TimeDelta::hours(1);
    let wrong = |ended_at, change: fn(&mut Discharge)| {
        let mut given = discharge();
        change(&mut given);
        given.check(ended_at, now()).err()
    };
    assert_eq!(wrong(Some(now()), |_| ()), None);
    let before_surgery = wrong(Some(now() + hour), |_| ());
    assert_eq!(before_surgery, Some(Invalid::at("/occurred_at", FieldCode::OutOfOrder)));
    let future = wrong(None, |it| {
        it.discharged_at = now() + TimeDelta::minutes(6);
    });
    assert_eq!(future, Some(Invalid::at("/occurred_at", FieldCode::InTheFuture)));
    let seen_before = wrong(None, |it| it.follow_up_on = now().date_naive().pred_opt().unwrap());
    assert_eq!(seen_before, Some(Invalid::at("/follow_up_on", FieldCode::OutOfOrder)));
}

#[test]
fn a_visit_is_recorded_once_and_after_the_discharge() {
    let done = visit().record(findings(), Some(now())).unwrap();
    assert!(matches!(done.record(findings(), None), Err(ChangeRefused::WrongState(_))));
    let early = visit().record(findings(), Some(now() + TimeDelta::days(1)));
    assert_eq!(early, Err(ChangeRefused::Invalid(Invalid::at("/seen_at", FieldCode::OutOfOrder))));
}

#[test]
fn impossible_findings_are_refused() {
    let wrong = |change: fn(&mut VisitFindings)| {
        let mut given = findings();
        change(&mut given);
        given.check(now()).err()
    };
    assert_eq!(wrong(|_| ()), None);
    let future = wrong(|it| it.seen_at = now() + TimeDelta::days(1));
    assert_eq!(future, Some(Invalid::at("/seen_at", FieldCode::InTheFuture)));
    let percent = wrong(|it| it.improvement_percent = 101);
    assert_eq!(percent, Some(Invalid::at("/improvement_percent", FieldCode::OutOfRange)));
    let score = wrong(|it| it.outcome = Some(KondoScore { efficacy: 4, complications: 0 }));
    assert_eq!(score, Some(Invalid::at("/outcome", FieldCode::OutOfRange)));
}

#[test]
fn visits_are_planned_from_a_week_to_a_year() {
    let planned: Vec<_> = plan_after(now().date_naive()).map(|(point, day)| (point, day.to_string())).collect();
    assert_eq!(planned.len(), 6);
    assert_eq!(planned[0], (Timepoint::W1, "2026-03-19".to_owned()));
    assert_eq!(planned[5], (Timepoint::M12, "2027-03-12".to_owned()));
    assert_eq!(KondoScore { efficacy: 1, complications: 2 }.total(), 3);
}
