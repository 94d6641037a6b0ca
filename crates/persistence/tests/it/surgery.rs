//! Clearances, operations, complications, discharges and follow-up visits.

use chrono::NaiveDate;
use rafiq_domain::cases::Case;
use rafiq_domain::discharge::{Discharge, FollowUpVisit, KondoScore, VisitFindings, plan_after};
use rafiq_domain::ids::ClearanceId;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, ObjectKind, Permitted};
use rafiq_domain::surgery::{Clearance, Complication, OperationRecord, Procedure};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{
    BaepFinal, ClavienDindo, ClearanceState, ComplicationPhase, ComplicationState, ComplicationType,
    DecompressionMaterial, DecompressionMethod, DischargeKind, Disposition, HearingStatus, HouseBrackmannGrade,
    Laterality, LsrEvent, OffendingVessel, OutcomeCourse, ProcedureKind, ProcedureState, SpasmStatus, SpokenLanguage,
    Timepoint, VisitMode, WoundStatus,
};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Store;
use rafiq_persistence::{case_files, cases, clearances, complications, db_test, discharges, procedures, visits};

use crate::fixtures::{allowed, at, id, lead, line, plant_case, plant_referred, unit};

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose::parse(text, 1_000).unwrap()
}

/// A value as the lead may write it on the case.
fn on<T>(value: T) -> Permitted<T> {
    allowed(Action::RecordVisit, ObjectKind::Case, value)
}

/// The case as it is about its second operation.
async fn next_operation(store: &Store, case: Case) -> Case {
    let again = allowed(Action::MoveCase, ObjectKind::Case, Case { surgery_cycle: 2, ..case });
    let version = unit(store, async |tx| cases::update(tx, &again).await).await.unwrap();
    Case { version, ..again.into_inner() }
}

fn requested(case: &Case, number: u128) -> Permitted<Clearance> {
    let clearance = Clearance {
        id: id(number),
        case_id: case.id,
        cycle: case.surgery_cycle,
        state: ClearanceState::Requested,
        requested_by: lead(),
        requested_at: at(9, 0),
        decided_by: None,
        decided_at: None,
        reason: None,
        version: Version::FIRST,
    };
    on(clearance)
}

async fn request(store: &Store, case: &Case, number: u128) -> Result<(), StoreError> {
    let clearance = requested(case, number);
    unit(store, async |tx| clearances::insert(tx, &clearance).await).await
}

async fn decide(
    store: &Store,
    case: &Case,
    id: ClearanceId,
    decision: impl FnOnce(Clearance) -> Clearance,
) -> Result<Version, StoreError> {
    unit(store, async |tx| {
        let clearance = clearances::find(tx, case.id, id).await?.ok_or(StoreError::Missing)?;
        clearances::update(tx, &on(decision(clearance))).await
    })
    .await
}

db_test! {
    async fn a_case_has_one_standing_clearance_for_each_operation(db: &TestDb) {
        let case = plant_case(db, 10).await;
        request(db, &case, 1).await.unwrap();
        let refused = request(db, &case, 2).await.unwrap_err();
        assert!(refused.is_constraint("uq_surgery_clearances_case_id_cycle"), "{refused:?}");
        decide(db, &case, id(1), |clearance| clearance.refuse(lead(), line("no audiogram"), at(9, 30)).unwrap())
            .await
            .unwrap();
        request(db, &case, 2).await.unwrap();
        decide(db, &case, id(2), |clearance| clearance.revoke(line("insurance_bound"), at(9, 40)).unwrap()).await.unwrap();
        request(db, &case, 3).await.unwrap();
        let states: Vec<_> = clearances::of_case(db, case.id).await.unwrap().iter().map(|found| found.state).collect();
        assert_eq!(states, [ClearanceState::Refused, ClearanceState::Revoked, ClearanceState::Requested]);
        let again = next_operation(db, case).await;
        assert_eq!(clearances::latest_of_cycle(db, &again).await.unwrap(), None);
        request(db, &again, 4).await.unwrap();
        let latest = clearances::latest_of_cycle(db, &again).await.unwrap();
        assert_eq!(latest, Some(requested(&again, 4).into_inner()));
    }
}

db_test! {
    async fn a_decided_clearance_reads_back_and_is_decided_once(db: &TestDb) {
        let case = plant_case(db, 10).await;
        request(db, &case, 1).await.unwrap();
        let refuse = |clearance: Clearance| clearance.refuse(lead(), line("لا يوجد تخطيط سمع"), at(9, 30)).unwrap();
        assert_eq!(decide(db, &case, id(1), refuse).await.unwrap(), Version(2));
        let found = clearances::find(db, case.id, id(1)).await.unwrap();
        let expected = Clearance { version: Version(2), ..refuse(requested(&case, 1).into_inner()) };
        assert_eq!(found, Some(expected));
        let late = requested(&case, 1).map(refuse);
        let refused = unit(db, async |tx| clearances::update(tx, &late).await).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stale), "{refused:?}");
    }
}

fn started(case: &Case, number: u128) -> Procedure {
    Procedure {
        id: id(number),
        case_id: case.id,
        referral_id: id(10),
        cycle: case.surgery_cycle,
        kind: ProcedureKind::MvdPrimary,
        side: Laterality::Left,
        state: ProcedureState::Started,
        started_at: at(9, 0),
        ended_at: None,
        record: None,
        abort_reason: None,
        version: Version::FIRST,
    }
}

fn record() -> OperationRecord {
    OperationRecord {
        vessels: vec![OffendingVessel::Aica, OffendingVessel::Va],
        method: DecompressionMethod::Both,
        materials: vec![DecompressionMaterial::TeflonFelt, DecompressionMaterial::FibrinGlue],
        lsr_event: LsrEvent::GoneAtDecompression,
        baep_final: BaepFinal::Recovered,
        blood_loss_ml: 5_000,
        note: Some(prose("دون مضاعفات.\nTeflon 3 × 4 mm")),
    }
}

async fn plant_procedure(store: &Store, procedure: Procedure) -> Result<(), StoreError> {
    let procedure = on(procedure);
    unit(store, async |tx| procedures::insert(tx, &procedure).await).await
}

db_test! {
    async fn an_operation_reads_back_with_all_that_was_found_and_done(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        plant_procedure(db, started(&case, 1)).await.unwrap();
        assert_eq!(procedures::of_cycle(db, &case).await.unwrap(), [started(&case, 1)]);
        let completed = on(started(&case, 1).complete(record(), at(13, 30)).unwrap());
        let version = unit(db, async |tx| procedures::update(tx, &completed).await).await.unwrap();
        let found = procedures::of_cycle(db, &case).await.unwrap();
        assert_eq!(found, [Procedure { version, ..completed.into_inner() }]);
    }
}

db_test! {
    async fn an_operation_does_not_end_before_it_began(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        for ended_at in [at(9, 0), at(8, 59)] {
            let ended = Procedure { ended_at: Some(ended_at), state: ProcedureState::Aborted, ..started(&case, 1) };
            let refused = plant_procedure(db, ended).await.unwrap_err();
            assert!(refused.is_constraint("ck_procedures_order"), "{refused:?}");
        }
        let endless = Procedure { state: ProcedureState::Completed, ..started(&case, 1) };
        assert!(plant_procedure(db, endless).await.unwrap_err().is_constraint("ck_procedures_ended"));
        let microsecond = at(9, 0) + chrono::TimeDelta::microseconds(1);
        let short = Procedure { ended_at: Some(microsecond), state: ProcedureState::Aborted, ..started(&case, 1) };
        plant_procedure(db, short).await.unwrap();
    }
}

db_test! {
    async fn the_last_completed_operation_counts_in_every_cycle_and_its_record_in_one(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        assert_eq!(procedures::last_completed_on(db, case.id).await.unwrap(), None);
        plant_procedure(db, started(&case, 1).complete(record(), at(13, 0)).unwrap()).await.unwrap();
        let again = next_operation(db, case).await;
        plant_procedure(db, started(&again, 2).abort(line("ضغط الدم"), at(23, 0)).unwrap()).await.unwrap();
        let file = case_files::assemble(db, again).await.unwrap();
        assert_eq!(file.operated_on, Some(day(3, 2)));
        assert_eq!(file.procedures.iter().map(|operation| operation.id).collect::<Vec<_>>(), [id(2)]);
        assert_eq!(procedures::of_case(db, file.case.id).await.unwrap().len(), 2);
    }
}

db_test! {
    async fn a_complication_reads_back_in_every_cycle_and_is_settled_once(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let complication = on(Complication {
            id: id(1),
            case_id: case.id,
            kind: ComplicationType::CsfLeakWound,
            onset_on: day(3, 1),
            phase: ComplicationPhase::Inpatient,
            grade: ClavienDindo::IIIa,
            state: ComplicationState::Open,
            recorded_by: lead(),
            recorded_at: at(9, 0),
            version: Version::FIRST,
        });
        unit(db, async |tx| complications::insert(tx, &complication).await).await.unwrap();
        let again = next_operation(db, case).await;
        let file = case_files::assemble(db, again.clone()).await.unwrap();
        assert_eq!(file.complications, [(*complication).clone()]);
        let settled = complication.map(|complication| complication.settle(ComplicationState::Resolved).unwrap());
        let version = unit(db, async |tx| complications::update(tx, &settled).await).await.unwrap();
        let found = complications::find(db, again.id, id(1)).await.unwrap();
        assert_eq!(found, Some(Complication { version, ..(*settled).clone() }));
        let refused = unit(db, async |tx| complications::update(tx, &settled).await).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stale), "{refused:?}");
    }
}

fn discharge(case: &Case, number: u128, hour: u32) -> Discharge {
    Discharge {
        id: id(number),
        case_id: case.id,
        referral_id: id(10),
        cycle: case.surgery_cycle,
        kind: DischargeKind::Regular,
        discharged_at: at(hour, 0),
        disposition: Disposition::HomeHotel,
        facial_function: HouseBrackmannGrade::II,
        spasm: SpasmStatus::Reduced,
        hearing: HearingStatus::Same,
        wound: WoundStatus::Dry,
        medication: prose("باراسيتامول 500 mg\nثلاث مرات يوميًا"),
        advice_language: SpokenLanguage::Arabic,
        advice_understood_through: Some(line("booking 7")),
        follow_up_on: day(3, 9),
        summary_reference: None,
    }
}

db_test! {
    async fn the_latest_discharge_is_the_one_that_happened_last(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        // The later one was told first.
        for found in [discharge(&case, 1, 15), discharge(&case, 2, 11)] {
            let found = on(found);
            unit(db, async |tx| discharges::insert(tx, &found).await).await.unwrap();
        }
        assert_eq!(discharges::latest_of_cycle(db, &case).await.unwrap(), Some(discharge(&case, 1, 15)));
        assert_eq!(discharges::of_case(db, case.id).await.unwrap(), [discharge(&case, 1, 15), discharge(&case, 2, 11)]);
        let again = next_operation(db, case).await;
        assert_eq!(discharges::latest_of_cycle(db, &again).await.unwrap(), None);
    }
}

fn visit(case: &Case, number: u128, timepoint: Timepoint, due_on: NaiveDate) -> FollowUpVisit {
    let cycle = case.surgery_cycle;
    FollowUpVisit {
        id: id(number),
        case_id: case.id,
        cycle,
        timepoint,
        due_on,
        findings: None,
        version: Version::FIRST,
    }
}

db_test! {
    async fn a_timepoint_is_planned_once_for_each_operation(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let plan = async |case: &Case, number, timepoint| {
            let visit = on(visit(case, number, timepoint, day(3, 9)));
            unit(db, async |tx| visits::insert(tx, &visit).await).await
        };
        plan(&case, 1, Timepoint::W1).await.unwrap();
        let refused = plan(&case, 2, Timepoint::W1).await.unwrap_err();
        assert!(refused.is_constraint("uq_follow_up_visits_case_id_cycle_timepoint"), "{refused:?}");
        plan(&case, 2, Timepoint::W2).await.unwrap();
        let again = next_operation(db, case).await;
        plan(&again, 3, Timepoint::W1).await.unwrap();
        assert_eq!(visits::of_cycle(db, &again).await.unwrap(), [visit(&again, 3, Timepoint::W1, day(3, 9))]);
    }
}

db_test! {
    async fn who_is_discharged_twice_keeps_the_first_plan(db: &TestDb) {
        let case = plant_case(db, 10).await;
        for (discharged_on, numbers) in [(day(3, 2), 1..), (day(3, 12), 100..)] {
            let plan = numbers.zip(plan_after(discharged_on));
            let plan = plan.map(|(number, (timepoint, due_on))| visit(&case, number, timepoint, due_on)).collect();
            let plan = on(plan);
            unit(db, async |tx| visits::insert_missing(tx, &plan).await).await.unwrap();
        }
        let due: Vec<_> = visits::of_case(db, case.id).await.unwrap().iter().map(|found| found.due_on).collect();
        assert_eq!(due, plan_after(day(3, 2)).map(|(_, due_on)| due_on).collect::<Vec<_>>());
    }
}

db_test! {
    async fn a_visit_reads_back_with_what_it_found(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let planned = on(visit(&case, 1, Timepoint::M12, day(3, 1)));
        unit(db, async |tx| visits::insert(tx, &planned).await).await.unwrap();
        let findings = VisitFindings {
            seen_at: at(9, 0),
            recorded_by: lead(),
            mode: VisitMode::Tele,
            improvement_percent: 95,
            course: OutcomeCourse::Delayed,
            facial_function: HouseBrackmannGrade::I,
            hearing: HearingStatus::Reduced,
            note: Some(prose("تحسّن ملحوظ")),
            outcome: Some(KondoScore { efficacy: 1, complications: 0 }),
        };
        let done = planned.map(|visit| visit.record(findings, None).unwrap());
        let version = unit(db, async |tx| visits::update(tx, &done).await).await.unwrap();
        let found = visits::find(db, case.id, id(1)).await.unwrap();
        assert_eq!(found, Some(FollowUpVisit { version, ..(*done).clone() }));
        let refused = unit(db, async |tx| visits::update(tx, &done).await).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stale), "{refused:?}");
    }
}
