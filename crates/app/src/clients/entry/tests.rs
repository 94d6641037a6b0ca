use std::sync::Mutex;

use chrono::{TimeDelta, TimeZone};
use rafiq_domain::clients::KeyId;

use super::*;

/// An assertion that a certain key signed. It counts the keys that are tried.
struct Signed {
    by: Option<PublicKey>,
    algorithm: KeyAlgorithm,
    key_id: Option<String>,
    tried: Mutex<usize>,
}

impl Assertion for Signed {
    fn client(&self) -> &'static str {
        "his"
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn token_id(&self) -> &'static str {
        "one"
    }

    fn usable_until(&self) -> DateTime<Utc> {
        now()
    }

    fn is_signed_by(&self, key: Option<&PublicKey>) -> bool {
        *self.tried.lock().unwrap() += 1;
        key.is_some() && key == self.by.as_ref()
    }
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn ed25519(number: u8) -> PublicKey {
    PublicKey::Ed25519([number; 32])
}

fn named(number: u8) -> KeyId {
    KeyId::parse(&char::from(b'a' + number).to_string().repeat(43)).unwrap()
}

fn credential(proof: Proof) -> Credential {
    Credential {
        id: Uuid::nil().into(),
        client_id: Uuid::nil().into(),
        proof,
        valid_from: now(),
        expires_at: now() + TimeDelta::days(1),
        created_by: None,
        revoked_at: None,
        revoked_by: None,
        last_used_at: None,
        warned: None,
    }
}

fn key(number: u8) -> Credential {
    credential(Proof::Key(named(number), ed25519(number)))
}

fn signed(by: Option<PublicKey>, key_id: Option<KeyId>) -> Signed {
    let key_id = key_id.map(|id| id.as_str().to_owned());
    Signed { by, algorithm: KeyAlgorithm::EdDsa, key_id, tried: Mutex::new(0) }
}

#[test]
fn the_key_that_signed_is_found_by_its_name_and_without() {
    for id in [None, Some(named(2))] {
        let assertion = signed(Some(ed25519(2)), id);
        let found = matching(Shown::Assertion(&assertion), vec![key(1), key(2)]);
        assert_eq!(found, Some(key(2)));
    }
}

#[test]
fn a_key_of_another_name_or_another_algorithm_is_not_the_one() {
    let assertion = signed(Some(ed25519(2)), Some(named(1)));
    assert_eq!(matching(Shown::Assertion(&assertion), vec![key(1), key(2)]), None);
    let other = Signed { algorithm: KeyAlgorithm::Es256, ..signed(Some(ed25519(2)), None) };
    assert_eq!(matching(Shown::Assertion(&other), vec![key(2)]), None);
}

#[test]
fn as_many_keys_are_tried_whoever_the_client_is() {
    let secret = || credential(Proof::Secret([0; 32]));
    for (id, tries) in [(Some(named(1)), 1), (None, MOST_ACTIVE)] {
        for known in [vec![], vec![secret()], vec![key(1)], vec![key(1), key(2)], vec![key(2), secret()]] {
            for by in [None, Some(ed25519(1)), Some(ed25519(2))] {
                let assertion = signed(by, id.clone());
                matching(Shown::Assertion(&assertion), known.clone());
                assert_eq!(*assertion.tried.lock().unwrap(), tries, "{id:?} {by:?} {known:?}");
            }
        }
    }
}

#[test]
fn a_secret_is_known_by_its_hash() {
    let known = credential(Proof::Secret(secrets::hash("open sesame")));
    let find = |secret| matching(Shown::Secret("his", secret), vec![key(1), known.clone()]);
    assert_eq!(find("open sesame"), Some(known.clone()));
    assert_eq!(find("open says me"), None);
    assert_eq!(find(""), None);
}

#[test]
fn an_attempt_is_counted_by_client_and_address_and_by_address() {
    let keys = |name, address: &str| Shown::Secret(name, "x").counters(address.parse().unwrap());
    let [client, address] = keys("his", "198.51.100.7");
    assert_eq!(keys("his", "::ffff:198.51.100.7"), [client, address]);
    let [another, same] = keys("other", "198.51.100.7");
    assert!(same == address && another != client);
    let [elsewhere, _] = keys("his", "198.51.100.8");
    assert_ne!(elsewhere, client);
}
