use serde_json::{Value, json};

use super::*;

/// The key of RFC 8037 appendix A.2.
fn ed25519() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

/// The key of RFC 7515 appendix A.3.1.
fn p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn wrong(key: &Value) -> Vec<(String, FieldCode)> {
    let body: PublicKeyBody = serde_json::from_value(key.clone()).unwrap();
    let faults = body.key().err().map(|invalid| invalid.0).unwrap_or_default();
    faults.into_iter().map(|wrong| (wrong.pointer, wrong.code)).collect()
}

#[test]
fn both_kinds_of_key_are_read_bare_and_with_what_fits_them() {
    for (key, algorithm, id) in [
        (ed25519(), "EdDSA", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (p256(), "ES256", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
    ] {
        assert_eq!(wrong(&key), [], "{key}");
        let mut full = key;
        for (name, value) in
            [("alg", json!(algorithm)), ("kid", json!(id)), ("use", json!("sig")), ("key_ops", json!(["verify"]))]
        {
            full[name] = value;
        }
        assert_eq!(wrong(&full), [], "{full}");
    }
}

#[test]
fn each_wrong_member_is_named() {
    for (mut key, name, value, code) in [
        (ed25519(), "kty", json!("oct"), FieldCode::UnknownCode),
        (ed25519(), "crv", json!("Ed448"), FieldCode::UnknownCode),
        (ed25519(), "crv", json!("X25519"), FieldCode::UnknownCode),
        (p256(), "crv", json!("P-384"), FieldCode::UnknownCode),
        (p256(), "crv", json!("secp256k1"), FieldCode::UnknownCode),
        (ed25519(), "x", json!(""), FieldCode::Malformed),
        (ed25519(), "x", json!("AAAA"), FieldCode::Malformed),
        (ed25519(), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="), FieldCode::Malformed),
        (ed25519(), "x", json!("A".repeat(43)), FieldCode::TooWeak),
        (ed25519(), "x", json!(format!("{}B", "A".repeat(42))), FieldCode::Malformed),
        (ed25519(), "y", json!("A".repeat(43)), FieldCode::Contradicts),
        (p256(), "x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV"), FieldCode::Malformed),
        (p256(), "x", json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"), FieldCode::Malformed),
        (p256(), "y", Value::Null, FieldCode::Required),
        (p256(), "alg", json!("EdDSA"), FieldCode::Contradicts),
        (ed25519(), "alg", json!("none"), FieldCode::Contradicts),
        (ed25519(), "kid", json!("my-key"), FieldCode::Contradicts),
        (ed25519(), "use", json!("enc"), FieldCode::Contradicts),
        (ed25519(), "key_ops", json!(["sign"]), FieldCode::Contradicts),
    ] {
        key[name] = value;
        assert_eq!(wrong(&key), [(format!("/{name}"), code)], "{key}");
    }
}

#[test]
fn a_private_key_is_refused() {
    for name in ["d", "k", "p", "oth"] {
        let mut key = ed25519();
        key[name] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        assert!(serde_json::from_value::<PublicKeyBody>(key.clone()).is_err(), "{name}");
        assert!(matches!(read_public_key(&key.to_string()), Err(JwkError::Malformed(_))), "{name}");
    }
}

#[test]
fn a_point_of_small_order_is_refused_with_either_sign() {
    for mut bytes in SMALL_ORDER {
        for _ in 0..2 {
            let mut key = ed25519();
            key["x"] = json!(URL_SAFE_NO_PAD.encode(bytes));
            assert_eq!(wrong(&key), [("/x".to_owned(), FieldCode::TooWeak)], "{bytes:?}");
            bytes[31] ^= 0x80;
        }
    }
}
