//! What takes two people, and what the law keeps from erasure.

use rafiq_domain::policy::{Action, ObjectKind, Relation};
use rafiq_domain::vocabulary::Role;
use serde_json::{Value, json};

use super::super::people::Person;
use super::super::script::{Entry, On, Scene, ask};
use super::super::world::World;
use super::{CASES, PATIENT, USER};
use crate::app::a_patient;

const APPROVALS: On = On::All(ObjectKind::Approval);
const APPROVAL: On = On::One(ObjectKind::Approval);

/// About the user of the journey: what is no lead's business.
pub(super) fn people() -> Vec<Entry> {
    vec![
        ask("request_administrator_role", &[Action::ConferAdministrator], USER)
            .with(|_| json!({ "purpose": "confer", "reason": "takes over in August" }))
            .keeps("approval_id")
            .into(),
        ask("list_approvals", &[Action::ViewApprovals], APPROVALS).into(),
        ask("view_approval", &[Action::ViewApprovals], APPROVAL).into(),
        ask("withdraw_request", &[Action::RequestApproval], APPROVAL).only(whoever_asked).into(),
    ]
}

/// About the patient of the journey, who was registered twice.
pub(super) fn records() -> Vec<Entry> {
    let again = Scene::Do {
        role: Role::Coordinator,
        id: "register_patient",
        body: |_| a_patient(0).with("/somebody_else_because", "not sure").body,
        keeps: Some("survivor_id"),
    };
    let spare = Scene::Do {
        role: Role::Coordinator,
        id: "register_patient",
        body: |_| a_patient(3).body,
        keeps: Some("spare_patient_id"),
    };
    vec![
        again.into(),
        // The second record goes: of the first one something is open.
        Scene::Swap("patient_id", "survivor_id").into(),
        ask("request_merge", &[Action::MergePatients], PATIENT)
            .with(
                |world| json!({ "survivor_id": world.get("survivor_id"), "attested": ["phone"], "reason": "the same" }),
            )
            .apart(who_registered)
            .into(),
        Scene::Swap("patient_id", "survivor_id").into(),
        ask("place_legal_hold", &[Action::HoldRecord], PATIENT).with(because).keeps("legal_hold_id").into(),
        ask("list_legal_holds", &[Action::ViewLegalHolds], PATIENT).into(),
        ask("lift_legal_hold", &[Action::HoldRecord], PATIENT).into(),
        // One without a case: nobody is erased in the middle of a journey.
        spare.into(),
        Scene::Swap("patient_id", "spare_patient_id").into(),
        ask("request_erasure", &[Action::ErasePatient], PATIENT).with(because).apart(who_registered).into(),
        Scene::Swap("patient_id", "spare_patient_id").into(),
    ]
}

/// About exports: a lead's are decided by administrators and auditors, an administrator's are fetched.
pub(super) fn exports() -> Vec<Entry> {
    let by = |role| Scene::Do { role, id: "request_case_export", body: because, keeps: Some("approval_id") };
    let decide = |id| ask(id, &[Action::DecideExport], APPROVAL).with(|_| json!({})).tied(of_leads);
    let withdraw = Scene::Do { role: Role::Lead, id: "withdraw_request", body: |_| Value::Null, keeps: None };
    let agree = Scene::Do { role: Role::Auditor, id: "approve_request", body: |_| json!({}), keeps: None };
    vec![
        by(Role::Lead).into(),
        decide("reject_request").into(),
        by(Role::Lead).into(),
        decide("approve_request").into(),
        by(Role::Lead).into(),
        withdraw.into(),
        by(Role::Administrator).into(),
        agree.into(),
        ask("download_case_export", &[Action::ExportCases], APPROVAL).tied(of_leads).only(whoever_asked).into(),
        ask("request_case_export", &[Action::ExportCases], CASES).with(because).into(),
    ]
}

fn because(_world: &World<'_>) -> Value {
    json!({ "reason": "letter of 2 November" })
}

/// The coordinator of the case registers every patient of the journey.
fn who_registered(person: &Person<'_>) -> Relation {
    if person.role == Role::Coordinator && person.is_near() { Relation::Own } else { Relation::Stranger }
}

/// Every lead sees what leads ask for.
fn of_leads(person: &Person<'_>) -> Relation {
    if person.role == Role::Lead { Relation::Own } else { Relation::Stranger }
}

/// Nobody else fetches or withdraws it: here it is an administrator who is nothing besides.
fn whoever_asked(person: &Person<'_>, _role: Role) -> bool {
    person.is_only(Role::Administrator)
}
