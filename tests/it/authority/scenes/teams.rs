//! Teams, delegations, emergencies, and who sees what and why.

use chrono::TimeDelta;
use rafiq_domain::policy::{Action, ObjectKind, Relation};
use rafiq_domain::vocabulary::Role;
use serde_json::json;

use super::super::people::Person;
use super::super::script::{Entry, On, Scene, ask};
use super::{CASE, CASES, USERS};

const DELEGATIONS: On = On::All(ObjectKind::Delegation);
const DELEGATION: On = On::One(ObjectKind::Delegation);
const GRANT: On = On::One(ObjectKind::Grant);
const TRAIL: On = On::All(ObjectKind::Audit);

/// Who cares for the case, and who stands in.
pub(super) fn care() -> Vec<Entry> {
    vec![
        ask("view_team", &[Action::ViewCase], CASE).into(),
        ask("reassign_cases", &[Action::AssignCase], CASES)
            .with(|world| {
                json!({
                    "case_ids": [world.get("case_id")], "coordinator_id": world.get("coordinator_id"),
                    "note": "She stays with you.",
                })
            })
            // Whoever sees the case by another role is told that it is not theirs to hand over.
            .only(in_one_role)
            .into(),
        ask("ask_second_opinion", &[Action::AskSecondOpinion], CASE)
            .with(|world| {
                json!({
                    "doctor_id": world.get("user_id"), "until": world.app.now() + TimeDelta::days(7),
                    "reason": "Is it the artery?",
                })
            })
            .keeps("grant_id")
            .into(),
        ask("end_second_opinion", &[Action::AskSecondOpinion], CASE).into(),
        ask("delegate_work", &[Action::DelegateWork], USERS)
            .with(|world| {
                json!({
                    "to_user_id": world.get("user_id"), "valid_until": world.app.now() + TimeDelta::days(7),
                    "reason": "Annual leave",
                })
            })
            .keeps("delegation_id")
            .into(),
        ask("list_delegations", &[Action::ViewDelegations], DELEGATIONS).tied(the_doctors).into(),
        ask("end_delegation", &[Action::EndDelegation], DELEGATION).tied(the_doctors).into(),
    ]
}

/// Who sees the case, why, and who looked.
pub(super) fn insight() -> Vec<Entry> {
    vec![
        ask("list_grants", &[Action::ViewGrants], CASE).into(),
        ask("explain_access", &[Action::ExplainAccess], CASE).asking("?user_id={user_id}&case_id={case_id}").into(),
        ask("view_access_log", &[Action::ViewAccessLog], CASE).into(),
        Scene::Note("audit_id", "/cases/{case_id}/access-log", "/items/0/id").into(),
        ask("list_audit", &[Action::ViewAudit], TRAIL).into(),
    ]
}

/// Whoever may break the glass does: after it they stand otherwise to the case.
pub(super) fn emergencies() -> Vec<Entry> {
    vec![
        ask("break_glass", &[Action::BreakGlass], CASE)
            .with(|_| json!({ "reason_code": "acute_event", "reason": "She fell in the bath." }))
            .keeps("grant_id")
            .into(),
        ask("end_emergency", &[Action::EndEmergency], GRANT).tied(the_first_strangers).into(),
    ]
}

/// Whoever is nothing else besides.
fn in_one_role(person: &Person<'_>, role: Role) -> bool {
    person.is_only(role)
}

/// The first who can name the doctor who stands in is the case's own doctor.
fn the_doctors(person: &Person<'_>) -> Relation {
    if person.role == Role::Doctor && person.is_near() { Relation::Own } else { Relation::Stranger }
}

/// The first to whom the case is not open is the lead whom nothing ties to it.
fn the_first_strangers(person: &Person<'_>) -> Relation {
    if person.to_string() == "a strange lead" { Relation::Own } else { Relation::Stranger }
}
