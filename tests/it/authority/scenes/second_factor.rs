//! One's own second factor and passkeys, and an administrator's word on those of others.
//!
//! None of those who go on sets one up: from then on they would be asked for it. A newcomer does.

use rafiq_domain::policy::{Action, ObjectKind};
use serde_json::json;

use super::USER;
use crate::authority::script::{Entry, On, Row, ask};

/// Whoever has a factor must have shown it.
const CHANGE: &[Action] = &[Action::SetUpSecondFactor, Action::ChangeSecondFactor];

/// Whoever is only half-way in has a factor already, and changes nothing about it.
pub(super) fn own() -> Vec<Entry> {
    vec![
        ask("view_second_factor", &[Action::ViewOwnAccount], On::Oneself).into(),
        changing("confirm_totp").with(|_| json!({ "code": "000000" })).into(),
        changing("start_totp").into(),
        changing("remove_totp").into(),
        changing("renew_recovery_codes").into(),
        showing("verify_second_factor").with(|_| json!({ "code": "000000" })).into(),
        ask("list_passkeys", &[Action::ViewOwnSignIns], On::Oneself).into(),
        changing("start_passkey_registration").into(),
        changing("finish_passkey_registration").with(|_| json!({ "name": "Phone", "credential": {} })).into(),
        ask("remove_passkey", CHANGE, On::One(ObjectKind::Passkey)).into(),
        showing("challenge_passkey").into(),
        showing("verify_passkey").with(|_| json!({ "credential": {} })).into(),
        ask("reset_second_factor", &[Action::ResetSecondFactor], USER).into(),
        Entry::OwnFactors,
    ]
}

fn changing(id: &'static str) -> Row {
    ask(id, CHANGE, On::Oneself)
}

fn showing(id: &'static str) -> Row {
    ask(id, &[Action::VerifySecondFactor], On::Oneself)
}
