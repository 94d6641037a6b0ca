use std::sync::atomic::{AtomicU64, Ordering};

use jsonwebtoken::EncodingKey;
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

/// Keys that never change.
struct Fixed(KeyRing);

impl KeySource for Fixed {
    fn read(&self) -> Result<KeyRing, KeysUnreadable> {
        Ok(self.0.clone())
    }
}

fn key(signs_from: DateTime<Utc>) -> SigningKey {
    SigningKey::read(&SigningKey::generate().unwrap(), signs_from).unwrap()
}

fn tokens(keys: &[&SigningKey]) -> AccessTokens {
    let ring = KeyRing::of(keys.iter().copied().cloned().collect()).unwrap();
    let keys = SigningKeys::open(Fixed(ring)).unwrap();
    AccessTokens::new(keys, "https://rafiq.example".to_owned(), "rafiq-api".to_owned(), LONGEST)
}

fn ours() -> AccessTokens {
    tokens(&[&key(now())])
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
fn a_token_outlives_the_key_that_signed_it_by_its_own_time() {
    let (old, new) = (key(now()), key(now() + TimeDelta::seconds(1)));
    let rotated = tokens(&[&old, &new]);
    let token = issue(&rotated);
    assert_eq!(token.split('.').next(), issue(&tokens(&[&old])).split('.').next(), "the old one still signs");
    let verify = |tokens: &AccessTokens, seconds| tokens.verify(&token, now() + TimeDelta::seconds(seconds)).map(drop);
    assert_eq!(verify(&rotated, 304), Ok(()));
    assert_eq!(verify(&rotated, 305), Err(TokenError::Expired));
    assert_eq!(verify(&rotated, 306), Err(TokenError::UnknownKey));
    assert_eq!(verify(&tokens(&[&new]), 0), Err(TokenError::UnknownKey));
}

#[test]
fn a_signed_token_with_other_claims_is_refused() {
    let tokens = ours();
    assert!(tokens.verify(&tokens.sign(&payload(), now()).unwrap(), now()).is_ok());
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
        assert_eq!(tokens.verify(&tokens.sign(&spoiled, now()).unwrap(), now()), Err(expected), "{claim} {value}");
    }
    for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"] {
        let mut lacking = payload();
        lacking.as_object_mut().unwrap().remove(claim);
        assert_eq!(tokens.verify(&tokens.sign(&lacking, now()).unwrap(), now()), Err(TokenError::Claims), "{claim}");
    }
}

#[test]
fn a_forged_token_is_refused() {
    let tokens = ours();
    let good = issue(&tokens);
    let mut parts = good.split('.');
    let (head, body, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let ring = tokens.keys.ring();
    let key = ring.signing_at(now());
    let kid = key.id().to_owned();
    let header = |alg: &str, typ: &str| part(&json!({ "alg": alg, "typ": typ, "kid": kid }));
    let signed = |header: Header| encode(&header, &payload(), key.signing()).unwrap();
    let with = |change: fn(&mut Header)| {
        let mut header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(ALGORITHM) };
        change(&mut header);
        signed(header)
    };
    let confused = {
        let header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &payload(), &EncodingKey::from_secret(key.public())).unwrap()
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
        ("crit", with(|header| header.crit = Some(vec!["b64".to_owned()]))),
        ("a key's address", with(|header| header.jku = Some("https://evil.example/jwks.json".to_owned()))),
        (
            "another key, our kid",
            encode(
                &Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.clone()), ..Header::new(ALGORITHM) },
                &payload(),
                &EncodingKey::from_ed_der(&SigningKey::generate().unwrap()),
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
    for unknown in ["0000000000000000", "../../etc/passwd", ""] {
        let mut header = Header { typ: Some("at+jwt".to_owned()), ..Header::new(ALGORITHM) };
        header.kid = Some(unknown.to_owned());
        assert_eq!(tokens.verify(&signed(header), now()), Err(TokenError::UnknownKey), "{unknown}");
    }
}
