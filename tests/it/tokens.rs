//! Access tokens that are forged, altered or someone else's: the list of `data/token-attacks.json`, one by one.
//!
//! An attack is data: what it changes in a good token, how it is signed, and how its parts are put
//! together. `{…}` in it stands for what only a running service knows. Each part that an attack does
//! not name is as in a good token, so that it fails by what it names; and the same construction
//! without any change is let in, so that it does not fail by the construction.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rafiq_domain::vocabulary::Role;
use rafiq_http::token::SigningKey;
use rafiq_persistence::db_test;
use serde_json::{Map, Value, json};

use crate::app::{PASSWORD, Session, TestApp, announce};

/// What an attack may say.
const WORDS: &[&str] = &[
    "name",
    "header",
    "without_header",
    "header_text",
    "header_hex",
    "claims",
    "without_claims",
    "claims_text",
    "claims_hex",
    "signed",
    "shape",
    "authorization",
];

/// The fewest attacks that the list must hold.
const FEWEST: usize = 60;

db_test! {
    async fn no_forged_altered_or_foreign_token_is_let_in(db: &TestDb) {
        let app = TestApp::new(db);
        let forger = Forger::begin(&app).await;
        let attacks: Vec<Map<String, Value>> = serde_json::from_str(include_str!("data/token-attacks.json")).unwrap();
        let refused = app.anyone().get("/account").await.refused(401, "unauthenticated").anonymous();
        let mut wrong = Vec::new();
        for attack in &attacks {
            let name = attack["name"].as_str().unwrap();
            let unknown: Vec<_> = attack.keys().filter(|word| !WORDS.contains(&word.as_str())).collect();
            assert!(unknown.is_empty() && attack.len() > 1, "{name}: {unknown:?}");
            let answer = app.anyone().get("/account").with("authorization", &forger.forge(attack)).await;
            if answer.anonymous() != refused {
                wrong.push(format!("{name}: {} {}", answer.status, answer.body));
            }
        }
        announce(&format!("{} token attacks, {} wrong", attacks.len(), wrong.len()));
        assert!(attacks.len() >= FEWEST);
        assert_eq!(wrong, Vec::<String>::new());
        for untouched in [forger.forge(&Map::new()), format!("bearer {}", forger.good)] {
            app.anyone().get("/account").with("authorization", &untouched).await.expect(200);
        }
    }
}

db_test! {
    async fn two_tokens_in_one_request_open_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let good = format!("Bearer {}", session.token().unwrap());
        for other in ["Bearer x", &good] {
            session.get("/account").and("authorization", other).await.refused(401, "unauthenticated");
        }
    }
}

/// Someone with a session of their own, a pair of keys, and knowledge of the ids of others.
struct Forger {
    ours: Ed25519KeyPair,
    strangers: Ed25519KeyPair,
    public: Vec<u8>,
    kid: String,
    /// The token that the service gave.
    good: String,
    /// The claims of a good token.
    claims: Map<String, Value>,
    names: BTreeMap<&'static str, String>,
    now: i64,
}

impl Forger {
    async fn begin(app: &TestApp<'_>) -> Self {
        let own = app.user(&[Role::Coordinator]).await;
        let (other, disabled) = (app.user(&[Role::Lead]).await, app.user(&[Role::Lead]).await);
        let ended = own.again().await;
        ended.command("/sessions/end").await.expect(204);
        let administrator = app.user(&[Role::Administrator]).await;
        let path = format!("/users/{}", disabled.user_id);
        let seen = administrator.get(&path).await.expect(200);
        administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);

        let kept = app.shelf().last();
        let stranger = SigningKey::generate().unwrap();
        let stranger_key = SigningKey::read(&stranger, app.now()).unwrap();
        let good = own.token().unwrap().to_owned();
        let claims = claims_of(&own);
        let sid = |session: &Session<'_>| claims_of(session)["sid"].as_str().unwrap().to_owned();
        let basic = format!("{}:{PASSWORD}", own.login);
        let names = BTreeMap::from([
            ("kid", kept.key.id().to_owned()),
            ("KID", kept.key.id().to_uppercase()),
            ("issuer", claims["iss"].as_str().unwrap().to_owned()),
            ("audience", claims["aud"].as_str().unwrap().to_owned()),
            ("user", own.user_id.to_string()),
            ("login", own.login.clone()),
            ("session", sid(&own)),
            ("other_user", other.user_id.to_string()),
            ("other_session", sid(&other)),
            ("disabled_user", disabled.user_id.to_string()),
            ("disabled_session", sid(&disabled)),
            ("ended_session", sid(&ended)),
            ("refresh_token", own.refresh_token.clone()),
            ("basic", STANDARD.encode(basic)),
            ("good", good.clone()),
            ("other_signature", other.token().unwrap().rsplit('.').next().unwrap().to_owned()),
            ("stranger_kid", stranger_key.id().to_owned()),
            ("stranger_public", URL_SAFE_NO_PAD.encode(stranger_key.public())),
            ("long", "x".repeat(3_000)),
            ("nested", format!("{}{}", "[".repeat(400), "]".repeat(400))),
            ("now_text", app.now().timestamp().to_string()),
        ]);
        Self {
            ours: Ed25519KeyPair::from_pkcs8(&kept.pkcs8).unwrap(),
            strangers: Ed25519KeyPair::from_pkcs8(&stranger).unwrap(),
            public: kept.key.public().to_vec(),
            kid: kept.key.id().to_owned(),
            good,
            claims,
            names,
            now: app.now().timestamp(),
        }
    }

    /// The value of the `Authorization` field that an attack sends.
    fn forge(&self, attack: &Map<String, Value>) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.kid });
        let header = self.part(attack, "header", header.as_object().unwrap());
        let claims = self.part(attack, "claims", &self.claims);
        let (head, payload) = (URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signature(word(attack, "signed").unwrap_or("ours"), &head, &payload);
        let signed = URL_SAFE_NO_PAD.encode(&signature);
        let whole = format!("{head}.{payload}.{signed}");
        let shape = word(attack, "shape").unwrap_or("{header}.{payload}.{signature}");
        let shaped = shape
            .replace("{header}", &head)
            .replace("{payload}", &payload)
            .replace("{signature}", &signed)
            .replace("{signature_loose}", &loose(&signed))
            .replace("{signature_hex}", &hexadecimal(&signature))
            .replace("{header_standard}", &STANDARD.encode(&header))
            .replace("{cut}", &whole[..whole.len() - 1])
            .replace("{lowered}", &whole.to_lowercase());
        let authorization = word(attack, "authorization").unwrap_or("Bearer {token}");
        self.named(&authorization.replace("{token}", &shaped))
    }

    /// The bytes of the header or of the claims.
    fn part(&self, attack: &Map<String, Value>, part: &str, good: &Map<String, Value>) -> Vec<u8> {
        if let Some(hex) = word(attack, &format!("{part}_hex")) {
            let digits = hex.as_bytes().chunks(2).map(|two| str::from_utf8(two).unwrap());
            return digits.map(|two| u8::from_str_radix(two, 16).unwrap()).collect();
        }
        if let Some(text) = word(attack, &format!("{part}_text")) {
            return self.named(text).into_bytes();
        }
        let mut members = good.clone();
        for (name, value) in attack.get(part).and_then(Value::as_object).into_iter().flatten() {
            members.insert(self.named(name), self.value(value));
        }
        for name in attack.get(&format!("without_{part}")).and_then(Value::as_array).into_iter().flatten() {
            assert!(members.remove(name.as_str().unwrap()).is_some(), "{name} is not there anyway");
        }
        Value::Object(members).to_string().into_bytes()
    }

    /// A value with what it stands for; a text that is an instant alone becomes a number.
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix("{now").and_then(|rest| rest.strip_suffix('}')) {
                Some("") => self.now.into(),
                Some(offset) if offset.starts_with(['+', '-']) => (self.now + offset.parse::<i64>().unwrap()).into(),
                Some(_) | None => self.named(text).into(),
            },
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.named(name), self.value(value))).collect::<Map<_, _>>().into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A text with what its names stand for.
    fn named(&self, text: &str) -> String {
        let without = |claim: &str| {
            let mut claims = self.claims.clone();
            claims.remove(claim);
            inside(&claims)
        };
        let mut text = text
            .replace("{claims}", &Value::Object(self.claims.clone()).to_string())
            .replace("{claims_inside}", &inside(&self.claims))
            .replace("{claims_but_exp}", &without("exp"))
            .replace("{claims_but_iat}", &without("iat"))
            .replace("{now}", &self.now.to_string())
            .replace("{now+1}", &(self.now + 1).to_string())
            .replace("{now+200}", &(self.now + 200).to_string());
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let unknown = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        assert_eq!(unknown.filter(is_name).collect::<Vec<_>>(), Vec::<&str>::new(), "stands for nothing");
        text
    }

    fn signature(&self, how: &str, head: &str, payload: &str) -> Vec<u8> {
        let message = format!("{head}.{payload}");
        let hmac = |key: &[u8]| hmac::sign(&hmac::Key::new(HMAC_SHA256, key), message.as_bytes()).as_ref().to_vec();
        let ours = |message: &[u8]| self.ours.sign(message).as_ref().to_vec();
        let of = |token: &str| URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap();
        match how {
            "ours" => ours(message.as_bytes()),
            "stranger" => self.strangers.sign(message.as_bytes()).as_ref().to_vec(),
            "nothing" => Vec::new(),
            "as_good" => of(&self.good),
            "as_other" => of(&self.names["other_signature"]),
            "zeros" => vec![0; 64],
            "short" => ours(message.as_bytes())[..63].to_vec(),
            "long" => [ours(message.as_bytes()), vec![0]].concat(),
            "flipped" => {
                ours(message.as_bytes()).iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0)).collect()
            }
            "payload_only" => ours(payload.as_bytes()),
            "hashed" => ours(digest(&SHA256, message.as_bytes()).as_ref()),
            "hmac_public" => hmac(&self.public),
            "hmac_public_text" => hmac(URL_SAFE_NO_PAD.encode(&self.public).as_bytes()),
            "hmac_public_pem" => hmac(pem(&self.public).as_bytes()),
            "hmac_kid" => hmac(self.kid.as_bytes()),
            "hmac_empty" => hmac(b""),
            other => panic!("nobody signs as {other}"),
        }
    }
}

/// What an attack says under a name.
fn word<'a>(attack: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attack.get(name).map(|value| value.as_str().expect(name))
}

/// The claims of a session's token.
fn claims_of(session: &Session<'_>) -> Map<String, Value> {
    let payload = session.token().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The members of an object without its braces, to be written among others.
fn inside(claims: &Map<String, Value>) -> String {
    let text = Value::Object(claims.clone()).to_string();
    text[1..text.len() - 1].to_owned()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The same bytes with other bits behind their end, which a careless reader ignores (RFC 4648 §3.5).
fn loose(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let Some((last, rest)) = text.as_bytes().split_last() else { return text.to_owned() };
    let value = ALPHABET.iter().position(|letter| letter == last).unwrap();
    format!("{}{}", str::from_utf8(rest).unwrap(), char::from(ALPHABET[value | 1]))
}

/// The public key as a file would hold it (RFC 8410 §4).
fn pem(public: &[u8]) -> String {
    let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let der = [&prefix[..], public].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

#[test]
fn loose_bits_are_read_alike_by_a_careless_reader_only() {
    let text = URL_SAFE_NO_PAD.encode([7; 64]);
    assert_ne!(loose(&text), text);
    assert!(URL_SAFE_NO_PAD.decode(loose(&text)).is_err());
}
