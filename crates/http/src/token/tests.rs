use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

#[derive(Default)]
struct Counting(AtomicU64);

impl Ids for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u64_pair(0x019a_b000_0000_7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn tokens(key: &[u8]) -> AccessTokens {
    let keys = SigningKeys::new::<&[u8]>(key, &[]).unwrap();
    AccessTokens::new(keys, "https://rafiq.example".to_owned(), "rafiq-api".to_owned(), LONGEST)
}

fn ours() -> AccessTokens {
    tokens(&SigningKeys::generate().unwrap())
}

fn issue(tokens: &AccessTokens) -> String {
    tokens.issue(Uuid::from_u128(1).into(), Uuid::from_u128(2).into(), &Counting::default(), now()).unwrap()
}

/// The payload of a good token, to be spoiled.
fn payload() -> Value {
    let at = now().timestamp();
    json!({
        "iss": "https://rafiq.example", "aud": "rafiq-api", "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
        "jti": Uuid::from_u128(3), "iat": at, "nbf": at, "exp": at + 300,
    })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_token_names_its_user_and_session_for_five_minutes() {
    let tokens = ours();
    let token = issue(&tokens);
    let claims = tokens.verify(&token, now()).unwrap();
    assert_eq!(claims.user_id, Uuid::from_u128(1).into());
    assert_eq!(claims.session_id, Uuid::from_u128(2).into());
    assert_eq!(claims.expires_at, now() + TimeDelta::minutes(5));
    for (seconds, expected) in
        [(-6, Err(TokenError::NotYet)), (-5, Ok(())), (304, Ok(())), (305, Err(TokenError::Expired))]
    {
        assert_eq!(tokens.verify(&token, now() + TimeDelta::seconds(seconds)).map(drop), expected, "{seconds}");
    }
}

#[test]
fn a_token_carries_no_more_than_it_must() {
    let token = issue(&ours());
    let mut parts =
        token.split('.').map(|part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()));
    let header = parts.next().unwrap().unwrap();
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(header["kid"].as_str().unwrap().len(), 16);
    let mut claims: Vec<_> = parts.next().unwrap().unwrap().as_object().unwrap().keys().cloned().collect();
    claims.sort();
    assert_eq!(claims, ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]);
}

#[test]
fn an_older_key_still_verifies_and_a_dropped_one_does_not() {
    let (old, new) = (SigningKeys::generate().unwrap(), SigningKeys::generate().unwrap());
    let token = issue(&tokens(&old));
    let rotated = AccessTokens { keys: SigningKeys::new(&new, &[&old]).unwrap(), ..tokens(&new) };
    assert!(rotated.verify(&token, now()).is_ok());
    assert!(rotated.verify(&issue(&rotated), now()).is_ok());
    assert_eq!(tokens(&new).verify(&token, now()), Err(TokenError::Forged));
}

#[test]
fn what_is_no_key_is_refused() {
    assert_eq!(SigningKeys::new::<&[u8]>(b"not a key", &[]).map(drop), Err(KeyError));
}

#[test]
fn a_signed_token_with_other_claims_is_refused() {
    let tokens = ours();
    assert!(tokens.verify(&tokens.sign(&payload()).unwrap(), now()).is_ok());
    let at = now().timestamp();
    for (claim, value, expected) in [
        ("iss", json!("https://evil.example"), TokenError::Forged),
        ("iss", json!(["https://rafiq.example"]), TokenError::Claims),
        ("aud", json!("another-api"), TokenError::Forged),
        ("aud", json!(["rafiq-api", "another-api"]), TokenError::Claims),
        ("sub", json!("admin"), TokenError::Claims),
        ("exp", json!(at - 5), TokenError::Expired),
        ("exp", json!(at + 301), TokenError::Claims),
        ("exp", json!(i64::MAX), TokenError::Claims),
        ("exp", json!("tomorrow"), TokenError::Claims),
        ("nbf", json!(at + 6), TokenError::NotYet),
        ("iat", json!(at + 6), TokenError::NotYet),
        ("iat", json!(i64::MIN), TokenError::Claims),
    ] {
        let mut spoiled = payload();
        spoiled[claim] = value.clone();
        assert_eq!(tokens.verify(&tokens.sign(&spoiled).unwrap(), now()), Err(expected), "{claim} {value}");
    }
    for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"] {
        let mut lacking = payload();
        lacking.as_object_mut().unwrap().remove(claim);
        assert_eq!(tokens.verify(&tokens.sign(&lacking).unwrap(), now()), Err(TokenError::Claims), "{claim}");
    }
}

#[test]
fn a_forged_token_is_refused() {
    let tokens = ours();
    let good = issue(&tokens);
    let mut parts = good.split('.');
    let (head, body, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let kid = tokens.keys.current.clone();
    let public = tokens.keys.verifying[&kid].try_get_as_bytes().unwrap().to_vec();
    let header = |alg: &str, typ: &str| part(&json!({ "alg": alg, "typ": typ, "kid": kid }));
    let signed = |header: Header| encode(&header, &payload(), &tokens.keys.signing).unwrap();
    let with = |change: fn(&mut Header)| {
        let mut header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(ALGORITHM) };
        change(&mut header);
        signed(header)
    };
    let confused = {
        let header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &payload(), &EncodingKey::from_secret(&public)).unwrap()
    };
    let other_body = part(&{
        let mut other = payload();
        other["sub"] = json!(Uuid::from_u128(99));
        other
    });
    let flipped = {
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[0] ^= 1;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    for (kind, token) in [
        ("alg none, no signature", format!("{}.{body}.", header("none", "at+jwt"))),
        ("alg None", format!("{}.{body}.{signature}", header("None", "at+jwt"))),
        ("HS256 with the public key", confused),
        ("alg changed to ES256", format!("{}.{body}.{signature}", header("ES256", "at+jwt"))),
        ("another payload", format!("{head}.{other_body}.{signature}")),
        ("another signature", format!("{head}.{body}.{flipped}")),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.{signature}")),
        ("truncated", good[..good.len() - 4].to_owned()),
        ("padded", format!("{good}=")),
        ("typ JWT", with(|header| header.typ = Some("JWT".to_owned()))),
        ("no typ", with(|header| header.typ = None)),
        ("no kid", with(|header| header.kid = None)),
        ("unknown kid", with(|header| header.kid = Some("0000000000000000".to_owned()))),
        ("kid as a path", with(|header| header.kid = Some("../../etc/passwd".to_owned()))),
        ("crit", with(|header| header.crit = Some(vec!["b64".to_owned()]))),
        (
            "another key, our kid",
            encode(
                &Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(ALGORITHM) },
                &payload(),
                &EncodingKey::from_ed_der(&SigningKeys::generate().unwrap()),
            )
            .unwrap(),
        ),
        ("very long", "a".repeat(MAX_LENGTH + 1)),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("not ASCII", "مرحبا.مرحبا.مرحبا".to_owned()),
    ] {
        assert_eq!(tokens.verify(&token, now()), Err(TokenError::Forged), "{kind}");
    }
}

#[test]
fn keys_do_not_print_themselves() {
    let key = SigningKeys::generate().unwrap();
    let printed = format!("{:?}", tokens(&key));
    assert!(!printed.contains(&format!("{:?}", &key[..8])), "{printed}");
    assert!(printed.contains("current"));
}
