//! Passwords, invitations and resets.

use rafiq_domain::policy::Action;
use serde_json::json;

use super::super::script::{Entry, On, ask};
use super::USER;
use crate::app::PASSWORD;

/// What needs no sign-in.
pub(super) fn open() -> Vec<Entry> {
    let open = |id| ask(id, &[], On::Oneself);
    vec![
        open("request_password_reset").with(|_| json!({ "login": 7 })).into(),
        open("complete_password_reset").with(|_| json!({ "token": "nonsense", "password": 7 })).into(),
        open("accept_invitation").with(|_| json!({ "token": "nonsense", "password": 7 })).into(),
    ]
}

/// One's own password, and the invitation of a user who has none.
pub(super) fn staff() -> Vec<Entry> {
    vec![
        // To the same one, by which everybody signs in again later.
        ask("change_password", &[Action::ChangePassword], On::Oneself)
            .with(|_| json!({ "current_password": PASSWORD, "new_password": PASSWORD }))
            .into(),
        ask("invite_user", &[Action::ManageUsers], USER).into(),
    ]
}
