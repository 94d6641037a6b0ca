use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::*;

const AUDIENCE: &str = "https://rafiq.example/api/v1/oauth/token";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A key with its public half.
struct Key {
    signing: EncodingKey,
    public: PublicKey,
}

fn ed25519() -> Key {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let public = PublicKey::from_bytes(KeyAlgorithm::EdDsa, pair.public_key().as_ref()).unwrap();
    Key { signing: EncodingKey::from_ed_der(document.as_ref()), public }
}

fn p256() -> Key {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap();
    let public = PublicKey::from_bytes(KeyAlgorithm::Es256, &pair.public_key().as_ref()[1..]).unwrap();
    Key { signing: EncodingKey::from_ec_der(document.as_ref()), public }
}

/// The claims of a good assertion, to be spoiled.
fn claims() -> Value {
    let at = now().timestamp();
    json!({ "iss": "his", "sub": "his", "aud": AUDIENCE, "jti": "one", "iat": at, "exp": at + 60 })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &Key, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let algorithm = if matches!(key.public, PublicKey::P256(..)) { Algorithm::ES256 } else { Algorithm::EdDSA };
    let signature = crypto::sign(message.as_bytes(), &key.signing, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn read(text: &str) -> Result<ClientAssertion, AssertionFault> {
    ClientAssertion::read(text, AUDIENCE, now())
}

#[test]
fn an_assertion_fits_the_key_that_signed_it_and_no_other() {
    for (key, other, algorithm) in [(ed25519(), ed25519(), "EdDSA"), (p256(), p256(), "ES256")] {
        let assertion = read(&signed(&key, &json!({ "alg": algorithm, "kid": "k" }), &claims())).unwrap();
        assert_eq!((assertion.client(), assertion.token_id(), assertion.key_id()), ("his", "one", Some("k")));
        assert_eq!(assertion.usable_until(), now() + TimeDelta::seconds(65));
        assert!(assertion.is_signed_by(Some(&key.public)), "{algorithm}");
        assert!(!assertion.is_signed_by(Some(&other.public)), "{algorithm}");
        assert!(!assertion.is_signed_by(None), "{algorithm}");
    }
}

#[test]
fn a_key_of_another_kind_than_the_header_says_never_fits() {
    let (one, other) = (ed25519(), p256());
    let assertion = read(&signed(&one, &json!({ "alg": "ES256" }), &claims())).unwrap();
    assert!(!assertion.is_signed_by(Some(&one.public)) && !assertion.is_signed_by(Some(&other.public)));
}

#[test]
fn what_the_published_example_keys_sign_is_worth_nothing() {
    // The private half of RFC 8032 §7.1 test 1, in PKCS#8.
    let secret = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let bytes: Vec<u8> =
        (0..secret.len()).step_by(2).map(|at| u8::from_str_radix(&secret[at..at + 2], 16).unwrap()).collect();
    let key = Key { signing: EncodingKey::from_ed_der(&bytes), public: nobodys(KeyAlgorithm::EdDsa) };
    let assertion = read(&signed(&key, &json!({ "alg": "EdDSA" }), &claims())).unwrap();
    assert!(assertion.is_signed_by(Some(&key.public)), "it is the example's key");
    assert!(!assertion.is_signed_by(None));
}

#[test]
fn a_header_is_ours_or_none() {
    let key = ed25519();
    let of = |header: Value| read(&signed(&key, &header, &claims())).err();
    for typed in [json!("JWT"), json!("jwt"), json!("client-authentication+jwt"), Value::Null] {
        assert_eq!(of(json!({ "alg": "EdDSA", "typ": typed })), None, "{typed}");
    }
    for header in [
        json!({}),
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "eddsa" }),
        json!({ "alg": ["EdDSA"] }),
        json!({ "alg": "EdDSA", "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "typ": "" }),
        json!({ "alg": "EdDSA", "crit": ["exp"] }),
        json!({ "alg": "EdDSA", "jwk": {} }),
        json!({ "alg": "EdDSA", "jku": "https://example.com" }),
        json!({ "alg": "EdDSA", "b64": false }),
        json!("EdDSA"),
    ] {
        assert_eq!(of(header.clone()), Some(AssertionFault::Header), "{header}");
    }
}

#[test]
fn each_wrong_claim_is_found() {
    use AssertionFault::{Audience, Id, Malformed, Subject, TooLong, Untimely};
    let (key, at) = (ed25519(), now().timestamp());
    for (name, value, expected) in [
        ("iss", json!("other"), Some(Subject)),
        ("sub", json!("other"), Some(Subject)),
        ("iss", Value::Null, Some(Malformed)),
        ("aud", json!("https://rafiq.example"), Some(Audience)),
        ("aud", json!(format!("{AUDIENCE}/")), Some(Audience)),
        ("aud", json!([AUDIENCE]), Some(Malformed)),
        ("jti", json!(""), Some(Id)),
        ("jti", json!("j".repeat(255)), None),
        ("jti", json!("j".repeat(256)), Some(Id)),
        ("jti", json!(7), Some(Malformed)),
        ("exp", json!(at - 4), None),
        ("exp", json!(at - 5), Some(Untimely)),
        ("exp", json!(at + 300), None),
        ("exp", json!(at + 306), Some(TooLong)),
        ("exp", json!(format!("{}", at + 60)), Some(Malformed)),
        ("exp", json!(9.5), Some(Malformed)),
        ("exp", json!(i64::MAX), Some(Malformed)),
        ("iat", json!(at + 5), None),
        ("iat", json!(at + 6), Some(Untimely)),
        ("iat", json!(at - 305), None),
        ("iat", json!(at - 306), Some(TooLong)),
        ("iat", Value::Null, None),
        ("nbf", json!(at + 5), None),
        ("nbf", json!(at + 6), Some(Untimely)),
        ("extra", json!("passed over"), None),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let found = read(&signed(&key, &json!({ "alg": "EdDSA" }), &claims)).err();
        assert_eq!(found, expected, "{name} {value}");
    }
    // Made by a library that sets its clock back by a minute, and good for as long as it may be.
    let mut cautious = claims();
    (cautious["iat"], cautious["exp"]) = (json!(at - 60), json!(at + 300));
    assert!(read(&signed(&key, &json!({ "alg": "EdDSA" }), &cautious)).is_ok());
    for name in ["iss", "sub", "aud", "jti", "exp"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(read(&signed(&key, &json!({ "alg": "EdDSA" }), &claims)).err(), Some(Malformed), "{name}");
    }
}

#[test]
fn a_text_of_another_form_is_no_assertion() {
    let good = signed(&ed25519(), &json!({ "alg": "EdDSA" }), &claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let twice =
        URL_SAFE_NO_PAD.encode(claims().to_string().replace("\"iss\":\"his\"", "\"iss\":\"his\",\"iss\":\"his\""));
    for text in [
        String::new(),
        "..".to_owned(),
        message.to_owned(),
        format!("{good}.{signature}"),
        format!(" {good}"),
        format!("{}.{twice}.{signature}", part(&json!({ "alg": "EdDSA" }))),
        format!("{good}{}", "A".repeat(MAX_LENGTH)),
    ] {
        assert!(read(&text).is_err(), "{text}");
    }
}
