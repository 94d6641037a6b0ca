//! What people prove themselves with, in software: an app that shows codes, and a passkey with the browser around it.
//!
//! Both are written after the standards and know nothing of how the product checks them.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Answer, Ask, Client, ORIGIN};

/// An authenticator app (RFC 6238).
pub(crate) struct CodeApp(Key);

impl CodeApp {
    /// Takes the secret as it is typed in: base 32 (RFC 4648).
    pub(crate) fn new(secret: &str) -> Self {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let digits = secret.bytes().map(|letter| LETTERS.iter().position(|known| *known == letter).unwrap());
        let bits: Vec<_> = digits.flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1)).collect();
        let byte = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |byte, bit| byte << 1 | bit)).unwrap();
        let bytes: Vec<_> = bits.chunks_exact(8).map(byte).collect();
        Self(Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes))
    }

    /// The code that it shows.
    pub(crate) fn code(&self, at: DateTime<Utc>) -> String {
        let hash = sign(&self.0, &(at.timestamp() / 30).to_be_bytes());
        let offset = usize::from(hash.as_ref()[19] & 0xF);
        let word = u32::from_be_bytes(hash.as_ref()[offset..offset + 4].try_into().unwrap());
        format!("{:06}", (word & 0x7FFF_FFFF) % 1_000_000)
    }
}

/// The user was present (Web Authentication §6.1).
pub(crate) const PRESENT: u8 = 0b1;
/// The user was verified, by a finger or a PIN.
pub(crate) const VERIFIED: u8 = 0b100;
/// A new credential follows.
const WITH_CREDENTIAL: u8 = 0b100_0000;

/// One credential of one authenticator, and the browser around it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// Where the browser believes to be.
    pub(crate) origin: String,
    /// What it says of the user.
    pub(crate) user: u8,
    /// How often it signed; 0 for ever with one that does not count.
    pub(crate) counter: u32,
}

impl Authenticator {
    pub(crate) fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref()).unwrap();
        let id = hash(key.public_key().as_ref());
        Self { key, id, origin: origin.to_owned(), user: PRESENT | VERIFIED, counter: 1 }
    }

    /// Another key that passes itself off as this one.
    pub(crate) fn forged(&self) -> Self {
        Self { id: self.id.clone(), counter: self.counter, ..Self::new(&self.origin) }
    }

    /// `navigator.credentials.create()`: the answer to the options of a registration.
    pub(crate) fn create(&self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let client_data = self.client_data("webauthn.create", &options["challenge"]);
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), self.user | WITH_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": data} in CBOR (RFC 8949).
        let mut attestation = b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        self.credential(&json!({ "clientDataJSON": encode(&client_data), "attestationObject": encode(&attestation) }))
    }

    /// `navigator.credentials.get()`: the answer to a challenge.
    pub(crate) fn get(&self, options: &Value) -> Value {
        self.signed("webauthn.get", options)
    }

    /// What it signs when it is told that this is the purpose.
    pub(crate) fn signed(&self, purpose: &str, options: &Value) -> Value {
        let options = &options["publicKey"];
        let client_data = self.client_data(purpose, &options["challenge"]);
        let data = self.data(options["rpId"].as_str().unwrap(), self.user);
        let signed = [data.clone(), hash(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(&json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": null,
        }))
    }

    fn credential(&self, response: &Value) -> Value {
        let id = encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, relying_party: &str, flags: u8) -> Vec<u8> {
        let mut data = hash(relying_party.as_bytes());
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key in COSE (RFC 9052): an EC2 key for ES256 on P-256.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [b"\xA5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }
}

/// Registers a new passkey.
pub(crate) async fn a_passkey(session: &Client<'_>) -> (Authenticator, Answer) {
    let key = Authenticator::new(ORIGIN);
    let options = session.command("/account/passkeys/registration").await.expect(200);
    let registered = finish_passkey(session, &key.create(&options.body)).await.expect(200);
    (key, registered)
}

/// Sends the answer of a passkey to a registration.
pub(crate) fn finish_passkey<'app>(session: &Client<'app>, credential: &Value) -> Ask<'app> {
    session.post("/account/passkeys/registration/finish", &json!({ "name": "Phone", "credential": credential }))
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
