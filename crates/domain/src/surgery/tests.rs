use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;
use crate::vocabulary::Coded;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn line() -> Line {
    Line::parse("Because", 200).unwrap()
}

fn clearance(state: ClearanceState) -> Clearance {
    Clearance {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        cycle: 1,
        state,
        requested_by: Uuid::from_u128(3).into(),
        requested_at: now(),
        decided_by: None,
        decided_at: None,
        reason: None,
        version: Version::FIRST,
    }
}

fn record() -> OperationRecord {
    OperationRecord {
        vessels: vec![OffendingVessel::Aica],
        method: DecompressionMethod::Interposition,
        materials: vec![DecompressionMaterial::TeflonFelt],
        lsr_event: LsrEvent::GoneAtDecompression,
        baep_final: BaepFinal::Unchanged,
        blood_loss_ml: 100,
        note: None,
    }
}

pub(crate) fn procedure(state: ProcedureState) -> Procedure {
    Procedure {
        id: Uuid::from_u128(4).into(),
        case_id: Uuid::from_u128(2).into(),
        referral_id: Uuid::from_u128(5).into(),
        cycle: 1,
        kind: ProcedureKind::MvdPrimary,
        side: Laterality::Left,
        state,
        started_at: now(),
        ended_at: None,
        record: None,
        abort_reason: None,
        version: Version::FIRST,
    }
}

fn complication(state: ComplicationState, grade: ClavienDindo) -> Complication {
    Complication {
        id: Uuid::from_u128(6).into(),
        case_id: Uuid::from_u128(2).into(),
        kind: ComplicationType::CsfLeakWound,
        onset_on: now().date_naive(),
        phase: ComplicationPhase::Inpatient,
        grade,
        state,
        recorded_by: Uuid::from_u128(3).into(),
        recorded_at: now(),
        version: Version::FIRST,
    }
}

/// The states in which an operation works, each with the state that it leads to.
fn check<S: Coded, T, E>(make: fn(S) -> T, act: impl Fn(T) -> Result<T, E>, state: fn(&T) -> S, moves: &[(S, S)]) {
    for from in S::ALL {
        let expected = moves.iter().find(|(leaves, _)| leaves == from).map(|(_, to)| *to);
        assert_eq!(act(make(*from)).ok().map(|after| state(&after)), expected, "{}", from.code());
    }
}

#[test]
fn a_clearance_is_decided_once_and_revoked_while_it_counts() {
    use ClearanceState::{Cleared, Refused, Requested, Revoked};
    let by = Uuid::from_u128(7).into();
    check(clearance, |it| it.refuse(by, line(), now()), |it| it.state, &[(Requested, Refused)]);
    check(clearance, |it| it.revoke(line(), now()), |it| it.state, &[(Requested, Revoked), (Cleared, Revoked)]);
}

#[test]
fn an_operation_ends_once() {
    use ProcedureState::{Aborted, Completed, Started};
    let end = now() + TimeDelta::hours(3);
    check(procedure, |it| it.complete(record(), end), |it| it.state, &[(Started, Completed)]);
    check(procedure, |it| it.abort(line(), end), |it| it.state, &[(Started, Aborted)]);
    let done = procedure(Started).complete(record(), end).unwrap();
    assert!(done.is_documented());
    assert!(!procedure(Started).abort(line(), end).unwrap().is_documented());
}

#[test]
fn an_operation_ends_after_it_began() {
    let refused = procedure(ProcedureState::Started).complete(record(), now());
    assert_eq!(refused, Err(ChangeRefused::Invalid(Invalid::at("/occurred_at", FieldCode::OutOfOrder))));
}

#[test]
fn an_impossible_operation_record_is_refused() {
    let wrong = |vessels: &[OffendingVessel], blood_loss_ml| {
        OperationRecord { vessels: vessels.to_vec(), blood_loss_ml, ..record() }.check().err()
    };
    assert_eq!(wrong(&[OffendingVessel::NoneFound], 5_000), None);
    assert_eq!(wrong(&[], 0), Some(Invalid::at("/vessels", FieldCode::Empty)));
    let both = [OffendingVessel::NoneFound, OffendingVessel::Aica];
    assert_eq!(wrong(&both, 0), Some(Invalid::at("/vessels", FieldCode::Contradicts)));
    assert_eq!(wrong(&[OffendingVessel::Aica], 5_001), Some(Invalid::at("/blood_loss_ml", FieldCode::OutOfRange)));
}

#[test]
fn a_complication_is_settled_while_it_is_open() {
    use ComplicationState::{Monitoring, Open, Resolved};
    let make = |state| complication(state, ClavienDindo::I);
    check(make, |it| it.settle(Resolved), |it| it.state, &[(Open, Resolved), (Monitoring, Resolved)]);
}

#[test]
fn a_complication_is_severe_from_grade_three_on() {
    for grade in ClavienDindo::ALL {
        let severe = complication(ComplicationState::Open, *grade).is_severe_and_open();
        assert_eq!(severe, !matches!(grade, ClavienDindo::I | ClavienDindo::II), "{grade}");
        assert!(!complication(ComplicationState::Chronic, *grade).is_severe_and_open());
    }
}

#[test]
fn a_complication_does_not_begin_tomorrow() {
    let today = now().date_naive();
    assert_eq!(Complication::onset(today, today), Ok(today));
    assert_eq!(Complication::onset(today.succ_opt().unwrap(), today), Err(FieldCode::InTheFuture));
}
