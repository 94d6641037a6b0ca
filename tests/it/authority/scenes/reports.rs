//! The part of the journey that a hospital has a share in.

use chrono::TimeDelta;
use rafiq_domain::policy::{Action, ObjectKind};
use rafiq_domain::vocabulary::{ReferralState, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::records::consent;
use super::{CASE, confirm, said, step};
use crate::authority::script::{Entry, On, Row, Scene, ask};
use crate::authority::world::World;

const REFERRALS: On = On::All(ObjectKind::Referral);
const REFERRAL: On = On::One(ObjectKind::Referral);

/// What the hospital alone does with its referrals.
const REPORT: &[Action] = &[Action::ReportOnReferral];
/// What it does and is shown the referral for.
const READ_AND_REPORT: &[Action] = &[Action::ViewOwnReferral, Action::ReportOnReferral];
/// What the hospital alone reads of them.
const READ: &[Action] = &[Action::ViewOwnReferral];

/// From the choice of a hospital to its acceptance; one is called off and one declined before.
pub(super) fn referrals() -> Vec<Entry> {
    let draft =
        || Scene::Do { role: Role::Coordinator, id: "draft_referral", body: referral, keeps: Some("referral_id") };
    let send = || Scene::Do { role: Role::Coordinator, id: "send_referral", body: |_| Value::Null, keeps: None };
    vec![
        confirm(Role::Coordinator, |_| said("hospital_options_offered")),
        Scene::Note("mrn", "/patients/{patient_id}", "/mrn").into(),
        Scene::Do { role: Role::Coordinator, id: "record_consent", body: consent_to_share, keeps: None }.into(),
        ask("draft_referral", &[Action::WriteReferral], CASE).with(referral).keeps("referral_id").into(),
        ask("list_referrals", &[Action::ViewReferral], CASE).into(),
        ask("view_referral", &[Action::ViewReferral], CASE).into(),
        ask("send_referral", &[Action::WriteReferral], CASE).into(),
        ask("cancel_referral", &[Action::WriteReferral], CASE).with(|_| json!({ "reason": "another surgeon" })).into(),
        ask("confirm_cancellation", READ_AND_REPORT, REFERRAL).into(),
        draft().into(),
        send().into(),
        report("report_declined", |world| facts(world, json!({ "reason": "no_capacity" }))),
        draft().into(),
        send().into(),
        ask("list_own_referrals", READ, REFERRALS).into(),
        report("report_received", |world| facts(world, json!({}))),
        ask("view_own_referral", READ, REFERRAL).into(),
        ask("list_own_reports", READ, REFERRAL).into(),
        ask("list_referral_reports", &[Action::ViewClinical], CASE).into(),
        report("report_info_requested", |world| {
            let item = json!({ "kind": "audiogram", "text": "Audiogram of both ears" });
            facts(world, json!({ "items": [item], "due_on": world.day(7) }))
        }),
        Scene::ReceiveAll.into(),
        ask("answer_hospital", &[Action::WriteReferral], CASE).into(),
        step(Role::Coordinator, |_| json!({ "trigger": "information_complete" })),
        report("report_accepted", |world| {
            let price = json!({ "minor": 1_150_000, "currency": "USD" });
            facts(
                world,
                json!({
                    "surgeon": "Prof. Dr. Kemal Aksoy", "side": "left", "earliest_on": world.day(2), "latest_on": world.day(60),
                    "price": price, "plan": "Retrosigmoid microvascular decompression.", "valid_until": world.day(60),
                }),
            )
        }),
    ]
}

/// From the dates to the discharge.
pub(super) fn stay() -> Vec<Entry> {
    vec![
        report("report_scheduled", |world| facts(world, dates(world))),
        report("report_invitation_letter_issued", |world| facts(world, json!({ "reference": "INV-2026-0417" }))),
        confirm(Role::Coordinator, |_| said("travel_checklist")),
        step(Role::Coordinator, |_| json!({ "trigger": "fix_dates" })),
        confirm(Role::Coordinator, |_| said("arrival")),
        confirm(
            Role::Coordinator,
            |world| json!({ "kind": "insurance_bound", "reference": "policy", "valid_from": world.day(0), "valid_until": world.day(180) }),
        ),
        step(Role::Lead, |_| json!({ "trigger": "record_arrival", "override_reason": "the papers follow" })),
        report("report_arrived_preop", |world| facts(world, json!({ "result": "fit", "finding": "ECG normal" }))),
        report("report_admitted", admission),
        report("report_surgery_postponed", |world| facts(world, json!({ "reason": "no_theatre" }))),
        report("report_rescheduled", |world| {
            let mut facts = facts(world, dates(world));
            facts["reason"] = json!("theatre");
            facts
        }),
        Scene::Do { role: Role::HospitalUser, id: "report_admitted", body: admission, keeps: None }.into(),
        confirm(Role::Coordinator, |_| said("surgical_consent")),
        confirm(Role::Doctor, |_| said("anticoagulant_decision")),
        confirm(Role::Coordinator, |_| said("baseline_audiometry")),
        confirm(Role::Coordinator, |_| said("monitoring_plan")),
        ask("request_clearance", &[Action::RequestClearance], CASE).keeps("clearance_id").into(),
        ask("list_clearances", &[Action::ViewClinical], CASE).into(),
        ask("view_clearance", &[Action::ViewClinical], CASE).into(),
        ask("refuse_clearance", &[Action::DecideClearance], CASE)
            .with(|_| json!({ "reason": "blood pressure" }))
            .into(),
        Scene::Do {
            role: Role::Coordinator,
            id: "request_clearance",
            body: |_| Value::Null,
            keeps: Some("clearance_id"),
        }
        .into(),
        ask("clear_surgery", &[Action::DecideClearance], CASE).into(),
        report("report_surgery_started", |world| facts(world, json!({ "side": "left", "kind": "mvd_primary" }))),
        later(),
        report("report_surgery_ended", operation),
        ask("list_procedures", &[Action::ViewClinical], CASE).into(),
        report("report_icu_transfer", |world| facts(world, json!({ "reason": "observation" }))),
        report("report_daily_status", |world| {
            facts(
                world,
                json!({ "facial_function": "I", "spasm": "reduced", "hearing": "same", "wound": "dry", "pain": 2 }),
            )
        }),
        report("report_complication", |world| {
            facts(
                world,
                json!({ "kind": "headache_post_craniotomy", "onset_on": world.day(0), "phase": "inpatient", "grade": "I" }),
            )
        }),
        ask("record_complication", &[Action::RecordComplication], CASE)
            .with(|world| json!({ "kind": "wound_pain", "onset_on": world.day(0), "phase": "inpatient", "grade": "I" }))
            .keeps("complication_id")
            .into(),
        ask("list_complications", &[Action::ViewClinical], CASE).into(),
        ask("view_complication", &[Action::ViewClinical], CASE).into(),
        ask("settle_complication", &[Action::RecordComplication], CASE)
            .with(|_| json!({ "outcome": "resolved" }))
            .into(),
        ask("list_tasks", &[Action::ViewTasks], CASE).into(),
        Scene::Note("task_id", "/cases/{case_id}/tasks", "/items/0/id").into(),
        ask("complete_task", &[Action::CompleteTask], CASE).into(),
        report("report_reoperation", |world| {
            facts(world, json!({ "indication": "haematoma", "kind": "haematoma_evacuation", "side": "left" }))
        }),
        later(),
        report("report_surgery_aborted", |world| facts(world, json!({ "reason": "nothing to evacuate" }))),
        later(),
        report("report_transfer_out", |world| {
            facts(world, json!({ "receiving_hospital": "University hospital", "reason": "CT" }))
        }),
        report("report_discharged", discharge),
        ask("list_discharges", &[Action::ViewClinical], CASE).into(),
    ]
}

/// After the discharge.
pub(super) fn aftermath() -> Vec<Entry> {
    vec![
        ask("plan_visit", &[Action::RecordVisit], CASE)
            .with(|world| json!({ "timepoint": "y2", "due_on": world.day(730) }))
            .keeps("visit_id")
            .into(),
        ask("list_visits", &[Action::ViewClinical], CASE).into(),
        ask("view_visit", &[Action::ViewClinical], CASE).into(),
        ask("record_visit", &[Action::RecordVisit], CASE)
            .with(|_| json!({ "mode": "tele", "improvement_percent": 95, "course": "immediate", "facial_function": "I", "hearing": "same" }))
            .into(),
    ]
}

/// Each other end of a stay or of a referral, in one that it ends, and death at the last.
pub(super) fn ends() -> Vec<Entry> {
    let readmission: fn(&World<'_>) -> Value =
        |world| facts(world, json!({ "reason": "fever", "admission_number": "A-88124" }));
    let again = Scene::Do { role: Role::HospitalUser, id: "report_readmitted", body: readmission, keeps: None };
    vec![
        report("report_readmitted", readmission),
        report("report_left_against_advice", |world| facts(world, json!({ "documentation": "signed form" }))),
        again.into(),
        report("report_discharged_without_surgery", discharge),
        Scene::Refer(ReferralState::InProgress).into(),
        report("report_surgery_refused", |world| {
            facts(world, json!({ "reason": "afraid", "whereabouts": "convalescence" }))
        }),
        Scene::Refer(ReferralState::InProgress).into(),
        report("report_surgery_cancelled", |world| {
            facts(world, json!({ "class": "medical", "icd10": "R50.9", "whereabouts": "convalescence" }))
        }),
        Scene::Refer(ReferralState::Scheduled).into(),
        report("report_slot_withdrawn", |world| facts(world, json!({ "reason": "theatre closed" }))),
        Scene::Refer(ReferralState::InProgress).into(),
        report("report_followup_result", |world| {
            facts(world, json!({ "reference": "visit 1", "finding": "no spasm" }))
        }),
        report("report_invoice_final", |world| {
            facts(world, json!({ "reference": "F-2026-1", "total": { "minor": 1_150_000, "currency": "USD" } }))
        }),
        report("report_died", |world| facts(world, json!({ "place": "intensive care" }))),
    ]
}

fn later() -> Entry {
    Scene::Later(TimeDelta::hours(3)).into()
}

/// A report: the hospital's own, and nobody else's.
fn report(id: &'static str, body: fn(&World<'_>) -> Value) -> Entry {
    let row: Row = ask(id, REPORT, REFERRAL).with(body);
    row.into()
}

/// What each report says, besides what is particular to it.
fn facts(world: &World<'_>, particular: Value) -> Value {
    let mut facts = json!({
        "event_id": Uuid::from_u128(world.fresh()), "occurred_at": world.app.now(), "patient_mrn": world.get("mrn"),
    });
    if let (Value::Object(facts), Value::Object(particular)) = (&mut facts, particular) {
        facts.extend(particular);
    }
    facts
}

fn referral(world: &World<'_>) -> Value {
    json!({ "hospital_id": world.get("hospital_id"), "question": "opinion_and_price" })
}

fn consent_to_share(world: &World<'_>) -> Value {
    let mut consent = consent(world, "share_with_hospital");
    consent["hospital_id"] = json!(world.get("hospital_id"));
    consent
}

fn dates(world: &World<'_>) -> Value {
    json!({ "admission_on": world.day(2), "surgery_on": world.day(3), "ward": "Neurosurgery 4B" })
}

fn admission(world: &World<'_>) -> Value {
    facts(world, json!({ "admission_number": "A-88123", "ward": "Neurosurgery 4B" }))
}

fn operation(world: &World<'_>) -> Value {
    facts(
        world,
        json!({
            "side": "left", "vessels": ["AICA"], "method": "interposition", "materials": ["teflon_felt"],
            "lsr_event": "gone_at_decompression", "baep_final": "unchanged", "blood_loss_ml": 120,
        }),
    )
}

fn discharge(world: &World<'_>) -> Value {
    facts(
        world,
        json!({
            "disposition": "home_hotel", "facial_function": "I", "spasm": "none", "hearing": "same", "wound": "dry",
            "medication": "Paracetamol 1 g.", "advice_language": "ar", "advice_understood_through": "interpreter",
            "follow_up_on": world.day(7), "summary_reference": "summary, signed",
        }),
    )
}
