//! Roles, organizations, reviews of access, and how someone leaves.

use rafiq_domain::policy::Action;
use rafiq_domain::vocabulary::Role;
use serde_json::{Value, json};

use super::super::script::{Entry, Scene, ask};
use super::super::world::World;
use super::{HOSPITAL, USER, USERS};
use crate::app::a_hospital;

/// About the user of the journey, who stays.
pub(super) fn people() -> Vec<Entry> {
    vec![
        ask("assign_role", &[Action::AssignRoles], USER)
            .with(|_| json!({ "role": "finance", "purpose": "exercise", "reason": "stands in" }))
            .keeps("assignment_id")
            .into(),
        ask("list_roles", &[Action::ViewUsers], USER).into(),
        ask("end_role", &[Action::AssignRoles], USER).with(|_| json!({ "reason": "back" })).into(),
        ask("review_access", &[Action::ReviewAccess], USERS).into(),
        ask("confirm_access", &[Action::ReviewAccess], USER).with(|_| json!({})).into(),
        ask("list_access_reviews", &[Action::ReviewAccess], USER).into(),
    ]
}

/// About a hospital that nobody of the journey belongs to: its people would be out.
pub(super) fn hospitals() -> Vec<Entry> {
    let spare = Scene::Do {
        role: Role::Administrator,
        id: "register_hospital",
        body: |_| a_hospital().body,
        keeps: Some("spare_hospital_id"),
    };
    let reason: fn(&World<'_>) -> Value = |_| json!({ "reason": "licence under inspection" });
    vec![
        spare.into(),
        Scene::Swap("hospital_id", "spare_hospital_id").into(),
        ask("suspend_hospital", &[Action::ManageHospitals], HOSPITAL).with(reason).into(),
        ask("reinstate_hospital", &[Action::ManageHospitals], HOSPITAL).with(reason).into(),
        ask("list_hospital_users", &[Action::ViewUsers], HOSPITAL).into(),
        Scene::Swap("hospital_id", "spare_hospital_id").into(),
    ]
}

/// About a user whom nobody needs.
pub(super) fn departure() -> Vec<Entry> {
    let spare = Scene::Do {
        role: Role::Administrator,
        id: "create_user",
        body: |_| json!({ "login": "soon.gone", "name": "Nour Saleh", "roles": ["doctor"], "email": "gone@clinic.example", "language": "ar" }),
        keeps: Some("spare_user_id"),
    };
    vec![
        spare.into(),
        Scene::Swap("user_id", "spare_user_id").into(),
        ask("off_board_user", &[Action::OffBoardUser], USER).with(|_| json!({})).into(),
        Scene::Swap("user_id", "spare_user_id").into(),
    ]
}
