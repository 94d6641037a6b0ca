//! The system of a hospital as the service meets it: a key of its own, and requests that it signs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::app::{Answer, Ask, Client, ORIGIN, Session, TestApp, Thing};

/// How a client says that it shows an assertion.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The address for which assertions are made.
pub(super) fn token_address() -> String {
    format!("{ORIGIN}/api/v1/oauth/token")
}

/// A key pair of a client.
pub(super) enum Key {
    /// On Ed25519.
    EdDsa(Box<Ed25519KeyPair>),
    /// On P-256.
    Es256(Box<EcdsaKeyPair>),
}

impl Key {
    pub(super) fn ed25519() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::EdDsa(Box::new(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()))
    }

    pub(super) fn p256() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self::Es256(Box::new(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap()))
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::EdDsa(_) => "EdDSA",
            Self::Es256(_) => "ES256",
        }
    }

    /// The public half.
    pub(super) fn jwk(&self) -> Value {
        match self {
            Self::EdDsa(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) }),
            Self::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
        }
    }

    /// A token of this header and these claims.
    pub(super) fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = encoded(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

pub(super) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A registered client.
pub(super) struct Machine<'app> {
    pub(super) app: &'app TestApp<'app>,
    /// Who registered it.
    pub(super) administrator: Session<'app>,
    /// Its address below `/api/v1`.
    pub(super) path: String,
    /// The name with which it signs in.
    pub(super) name: String,
    /// The key that it signs with.
    pub(super) key: Key,
    /// The key's entry.
    pub(super) credential: Value,
}

/// What makes a client.
pub(super) fn registration(name: &str, hospital: &Thing) -> Value {
    json!({
        "client_id": name, "name": "Information system", "hospital_id": hospital.id,
        "contact_email": "it@hospital.example.com", "scopes": ["referrals:read", "referrals:report"],
    })
}

impl<'app> Machine<'app> {
    /// A client of a hospital with a key on Ed25519.
    pub(super) async fn of(app: &'app TestApp<'app>, administrator: &Session<'app>, hospital: &Thing) -> Self {
        Self::with(app, administrator, hospital, Key::ed25519()).await
    }

    /// A client of a hospital with this key. It may have a secret too.
    pub(super) async fn with(
        app: &'app TestApp<'app>,
        administrator: &Session<'app>,
        hospital: &Thing,
        key: Key,
    ) -> Self {
        let name = format!("his.{}", app.fresh());
        let mut client = registration(&name, hospital);
        client["allows_secret"] = json!(true);
        let made = administrator.post("/clients", &client).await.expect(201);
        let path = format!("/clients/{}", made.text("/id"));
        let mut machine = Self { app, administrator: administrator.clone(), path, name, key, credential: Value::Null };
        machine.credential = machine.register(&machine.key).await.expect(201).body;
        machine
    }

    /// Registers one more key.
    pub(super) async fn register(&self, key: &Key) -> Answer {
        let expires_at = self.app.now() + TimeDelta::days(365);
        let body = json!({ "key": key.jwk(), "expires_at": expires_at });
        self.administrator.post(&format!("{}/keys", self.path), &body).await
    }

    /// Makes a secret.
    pub(super) async fn secret(&self) -> Answer {
        let expires_at = self.app.now() + TimeDelta::days(90);
        self.administrator.post(&format!("{}/secrets", self.path), &json!({ "expires_at": expires_at })).await
    }

    /// Revokes a key or a secret.
    pub(super) async fn revoke(&self, credential: &Value) -> Answer {
        let id = credential["id"].as_str().unwrap();
        self.administrator.command(&format!("{}/credentials/{id}/revoke", self.path)).await
    }

    /// As the administrator sees it.
    pub(super) async fn view(&self) -> Answer {
        self.administrator.get(&self.path).await.expect(200)
    }

    /// Replaces what it may.
    pub(super) async fn may(&self, scopes: &[&str]) -> Answer {
        let seen = self.view().await;
        let body = json!({ "contact_email": "it@hospital.example.com", "scopes": scopes, "allows_secret": true });
        self.administrator.put(&self.path, &body).with_if_match(seen.etag()).await
    }

    /// Disables or enables it.
    pub(super) async fn switch(&self, verb: &str) -> Answer {
        let seen = self.view().await;
        self.administrator.command(&format!("{}/{verb}", self.path)).with_if_match(seen.etag()).await
    }

    /// The claims of an assertion that was never used before.
    pub(super) fn claims(&self) -> Value {
        let at = self.app.now().timestamp();
        let id = format!("assertion-{}", self.app.fresh());
        json!({ "iss": self.name, "sub": self.name, "aud": token_address(), "jti": id, "iat": at, "exp": at + 60 })
    }

    /// The header of an assertion.
    pub(super) fn header(&self) -> Value {
        json!({ "alg": self.key.algorithm(), "typ": "JWT", "kid": self.credential["key_id"] })
    }

    /// An assertion that was never used before.
    pub(super) fn assertion(&self) -> String {
        self.key.token(&self.header(), &self.claims())
    }

    /// Asks for a token by an assertion.
    pub(super) fn asking(&self, assertion: &str) -> Ask<'app> {
        token(self.app, &by_assertion(assertion))
    }

    /// The client with a token.
    pub(super) async fn enters(&self) -> Client<'app> {
        let answer = self.asking(&self.assertion()).await.expect(200);
        self.app.bearer(answer.text("/access_token"))
    }

    /// The client with a token of these scopes.
    pub(super) async fn enters_for(&self, scope: &str) -> Client<'app> {
        let form = [by_assertion(&self.assertion()), vec![("scope", scope.to_owned())]].concat();
        self.app.bearer(token(self.app, &form).await.expect(200).text("/access_token"))
    }
}

/// The parameters of a form.
pub(super) type Form = Vec<(&'static str, String)>;

/// A request for a token that shows an assertion.
pub(super) fn by_assertion(assertion: &str) -> Form {
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", assertion.to_owned()),
    ]
}

/// A request for a token that shows a secret.
pub(super) fn by_secret(name: &str, secret: &str) -> Form {
    let values = [("grant_type", "client_credentials"), ("client_id", name), ("client_secret", secret)];
    values.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// The header that shows a secret.
pub(super) fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// A form to one of the addresses of OAuth.
pub(super) fn form<'app>(caller: &Client<'app>, path: &str, parameters: &[(&'static str, String)]) -> Ask<'app> {
    let ask = caller.ask(Method::POST, &format!("/api/v1/oauth/{path}"));
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", percent(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    ask.with("content-type", "application/x-www-form-urlencoded").bytes(&body)
}

/// A request for a token.
pub(super) fn token<'app>(app: &'app TestApp<'_>, parameters: &[(&'static str, String)]) -> Ask<'app> {
    form(&app.anyone(), "token", parameters)
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
