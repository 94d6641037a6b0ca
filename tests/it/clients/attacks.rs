//! Assertions that are forged, altered or somebody else's: the list of `data/assertion-attacks.json`, one by one.
//!
//! An attack is data: what it changes in a good assertion, and how it is signed. `{…}` in it stands for
//! what only a running service knows; `{now}` and `{now±…}` are instants. Each part that an attack does not
//! name is as in a good assertion, and the same construction without any change is let in.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Map, Value, json};

use super::machine::{Key, Machine, encoded, token_address};
use super::{office, refused};
use crate::app::{ORIGIN, TestApp, announce};

/// What an attack may say.
const WORDS: &[&str] =
    &["name", "header", "without_header", "claims", "without_claims", "claims_text", "signed", "shape", "assertion"];

/// The fewest attacks that the list must hold.
const FEWEST: usize = 25;

db_test! {
    async fn no_forged_altered_or_foreign_assertion_opens_a_session(db: &TestDb) {
        let app = TestApp::new(db);
        let forger = Forger::begin(&app).await;
        let attacks: Vec<Map<String, Value>> = serde_json::from_str(include_str!("../data/assertion-attacks.json")).unwrap();
        let first = refused(forger.victim.asking("x").await, 401, "invalid_client").anonymous();
        let sessions = app.count("client_sessions").await;
        let mut wrong = Vec::new();
        for (number, attack) in attacks.iter().enumerate() {
            let name = attack["name"].as_str().unwrap();
            let unknown: Vec<_> = attack.keys().filter(|word| !WORDS.contains(&word.as_str())).collect();
            assert!(unknown.is_empty() && attack.len() > 1, "{name}: {unknown:?}");
            // Each from an address of its own, so that none fails for the attempts before it.
            let answer = forger.victim.asking(&forger.forge(attack)).from(&format!("203.0.113.{number}")).await;
            if answer.anonymous() != first {
                wrong.push(format!("{name}: {} {}", answer.status, answer.body));
            }
        }
        announce(&format!("{} assertion attacks, {} wrong", attacks.len(), wrong.len()));
        assert!(attacks.len() >= FEWEST);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(app.count("client_sessions").await, sessions);
        forger.victim.asking(&forger.forge(&Map::new())).await.expect(200);
    }
}

/// Someone with a client of their own, a key that nobody knows, and all that is public.
struct Forger<'app> {
    victim: Machine<'app>,
    own: Machine<'app>,
    revoked: Key,
    replayed: String,
    token: String,
}

impl<'app> Forger<'app> {
    async fn begin(app: &'app TestApp<'app>) -> Self {
        let (administrator, hospital) = office(app).await;
        let victim = Machine::of(app, &administrator, &hospital).await;
        let own = Machine::of(app, &administrator, &hospital).await;
        let revoked = Key::ed25519();
        let known = victim.register(&revoked).await.expect(201).body;
        victim.revoke(&known).await.expect(200);
        let replayed = victim.assertion();
        let token = victim.asking(&replayed).await.expect(200).text("/access_token").to_owned();
        app.user(&[Role::Auditor]).await;
        Self { victim, own, revoked, replayed, token }
    }

    fn forge(&self, attack: &Map<String, Value>) -> String {
        match attack.get("assertion").and_then(Value::as_str) {
            Some("replayed") => return self.replayed.clone(),
            Some("access token") => return self.token.clone(),
            Some(other) => return other.to_owned(),
            None => {}
        }
        let header = self.changed(self.victim.header(), attack, "header");
        let claims = self.changed(self.victim.claims(), attack, "claims");
        let claims = attack.get("claims_text").map_or(claims.to_string(), |text| self.filled(text.as_str().unwrap()));
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims));
        let signature = self.signature(attack.get("signed").and_then(Value::as_str).unwrap_or("victim"), &message);
        let whole = format!("{message}.{signature}");
        match attack.get("shape").and_then(Value::as_str) {
            None => whole,
            Some("no signature") => format!("{message}."),
            Some("two parts") => message,
            Some("four parts") => format!("{whole}.{signature}"),
            Some("padded") => format!("{whole}=="),
            Some("cut") => whole[..whole.len() - 8].to_owned(),
            Some("altered afterwards") => {
                let spoiled = self.changed(
                    self.victim.claims(),
                    &Map::from_iter([("claims".to_owned(), json!({ "extra": 1 }))]),
                    "claims",
                );
                format!("{}.{}.{signature}", encoded(header.to_string()), encoded(spoiled.to_string()))
            }
            Some(other) => panic!("no shape {other}"),
        }
    }

    fn signature(&self, by: &str, message: &str) -> String {
        let bytes = message.as_bytes();
        let public = || self.victim.key.jwk()["x"].as_str().unwrap().to_owned();
        match by {
            "victim" => encoded(self.victim.key.sign(bytes)),
            "own client" => encoded(self.own.key.sign(bytes)),
            "revoked key" => encoded(self.revoked.sign(bytes)),
            "stranger" => encoded(Key::ed25519().sign(bytes)),
            "stranger on P-256" => encoded(Key::p256().sign(bytes)),
            "public key as secret" => encoded(hmac::sign(&hmac::Key::new(HMAC_SHA256, public().as_bytes()), bytes)),
            "nothing" => String::new(),
            "zeros" => encoded([0; 64]),
            other => panic!("nobody signs as {other}"),
        }
    }

    /// A part with what the attack sets and takes away.
    fn changed(&self, mut part: Value, attack: &Map<String, Value>, name: &str) -> Value {
        for (member, value) in attack.get(name).and_then(Value::as_object).into_iter().flatten() {
            part[member] = self.value(value);
        }
        for member in attack.get(&format!("without_{name}")).and_then(Value::as_array).into_iter().flatten() {
            part.as_object_mut().unwrap().remove(member.as_str().unwrap());
        }
        part
    }

    /// A value with its placeholders filled; an instant alone is a number.
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let filled = self.filled(text);
                let instant = text.starts_with("{now") && text.ends_with('}');
                if instant { json!(filled.parse::<i64>().unwrap()) } else { json!(filled) }
            }
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), self.value(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn filled(&self, text: &str) -> String {
        let own_key = &self.own.credential["key_id"];
        let mut filled = text
            .replace("{audience}", &token_address())
            .replace("{origin}", ORIGIN)
            .replace("{victim}", &self.victim.name)
            .replace("{VICTIM}", &self.victim.name.to_uppercase())
            .replace("{own}", &self.own.name)
            .replace("{own_key_id}", own_key.as_str().unwrap())
            .replace("{own_x}", self.own.key.jwk()["x"].as_str().unwrap())
            .replace("{long}", &"j".repeat(256))
            .replace("{fresh}", &self.victim.app.fresh().to_string());
        let now = self.victim.app.now().timestamp();
        while let Some((before, rest)) = filled.split_once("{now") {
            let (shift, after) = rest.split_once('}').unwrap();
            let shift: i64 = if shift.is_empty() { 0 } else { shift.parse().unwrap() };
            filled = format!("{before}{}{after}", now + shift);
        }
        filled
    }
}
