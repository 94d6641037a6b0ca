//! The machine clients of hospitals, and what anyone may ask of tokens.

use chrono::TimeDelta;
use rafiq_domain::policy::{Action, ObjectKind};
use serde_json::{Value, json};

use crate::authority::script::{Entry, On, ask};
use crate::authority::world::World;

const CLIENTS: On = On::All(ObjectKind::Client);
const CLIENT: On = On::One(ObjectKind::Client);

/// What needs no sign-in: a client proves itself in the request.
pub(super) fn open() -> Vec<Entry> {
    vec![ask("issue_client_token", &[], On::Oneself).into()]
}

/// A client from its registration on, and the question about a token of one's own.
pub(super) fn register() -> Vec<Entry> {
    vec![
        ask("register_client", &[Action::ManageClients], CLIENTS).with(new_client).keeps("client_id").into(),
        ask("list_clients", &[Action::ViewClients], CLIENTS).into(),
        ask("view_client", &[Action::ViewClients], CLIENT).into(),
        ask("update_client", &[Action::ManageClients], CLIENT).with(|_| terms()).into(),
        ask("add_client_key", &[Action::ManageClients], CLIENT).with(key).keeps("credential_id").into(),
        ask("add_client_secret", &[Action::ManageClients], CLIENT).with(until).into(),
        ask("revoke_client_credential", &[Action::ManageClients], CLIENT).into(),
        ask("disable_client", &[Action::ManageClients], CLIENT).into(),
        ask("enable_client", &[Action::ManageClients], CLIENT).into(),
        ask("introspect_token", &[Action::ViewOwnAccount], On::Oneself).with(|_| json!("token=x")).into(),
    ]
}

fn new_client(world: &World<'_>) -> Value {
    let mut client = terms();
    client["client_id"] = json!("bosphorus-his");
    client["name"] = json!("Information system");
    client["hospital_id"] = json!(world.get("hospital_id"));
    client
}

fn terms() -> Value {
    json!({ "contact_email": "it@hospital.example.com", "scopes": ["referrals:read"], "allows_secret": true })
}

fn until(world: &World<'_>) -> Value {
    json!({ "expires_at": world.app.now() + TimeDelta::days(90) })
}

/// The key of RFC 8037 appendix A.2.
fn key(world: &World<'_>) -> Value {
    let mut body = until(world);
    body["key"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    body
}
