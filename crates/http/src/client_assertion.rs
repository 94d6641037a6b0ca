//! What clients sign about themselves (`private_key_jwt`: RFC 7523 §3, RFC 8725): read, judged, and held
//! against their keys. The only module that reads it.
//!
//! The algorithm follows from the registered key and is chosen by no header; a header that brings a key of
//! its own is no header of ours. What can be judged without a key is judged first: it depends on nothing
//! but what was sent.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use rafiq_app::clients::entry::Assertion;
use rafiq_domain::clients::{KeyAlgorithm, PublicKey};
use rafiq_domain::vocabulary::Coded;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The kind of assertion that is taken (RFC 7523 §2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead its end may lie, and how long ago it may have been made: it is made for one request, by a clock that
/// some libraries set back on purpose.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// How far a client's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// No honest one is longer; longer ones are not worth the work of reading.
const MAX_LENGTH: usize = 4096;

/// The longest id: what is kept of it is a hash, but it is hashed first.
const MAX_ID: usize = 255;

/// How one may be typed: not at all, as any JWT, or as what it is (RFC 8725 §3.11). An access token is none.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// The header as it travels. What else a header can hold (RFC 7515 §4.1) names keys of the sender's choice
/// or asks for what we do not do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssertionHeader {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
}

/// The claims as they travel; times are whole seconds since 1970. Other claims say nothing to us.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
}

/// A well-formed assertion of now. Whether a key of the client signed it is another question.
#[derive(Debug)]
pub(crate) struct ClientAssertion {
    message: String,
    signature: String,
    algorithm: KeyAlgorithm,
    key_id: Option<String>,
    client: String,
    token_id: String,
    usable_until: DateTime<Utc>,
}

/// Why an assertion is none. For our log: to the outside all are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AssertionFault {
    /// Not three parts of base64url with JSON objects in the first two, or too long.
    #[error("the assertion is not well-formed")]
    Malformed,
    /// A header other than ours: algorithm, type, or what it brings along.
    #[error("the assertion's header is not accepted")]
    Header,
    /// It speaks for someone else than itself, or names nobody.
    #[error("the assertion's issuer is not its subject")]
    Subject,
    /// It is for another address.
    #[error("the assertion is for another audience")]
    Audience,
    /// It has no id that could be remembered.
    #[error("the assertion has no usable id")]
    Id,
    /// It is over, or not yet begun.
    #[error("the assertion is not of now")]
    Untimely,
    /// Its end lies too far ahead, or it was made too long ago.
    #[error("the assertion is good for too long, or was made too long ago")]
    TooLong,
}

impl ClientAssertion {
    /// Reads an assertion and judges all that needs no key. `audience` is the address of the token endpoint,
    /// to the letter; a list is refused even if it is the only entry.
    ///
    /// # Errors
    /// [`AssertionFault`] for the first thing that is wrong.
    pub(crate) fn read(text: &str, audience: &str, now: DateTime<Utc>) -> Result<Self, AssertionFault> {
        let (message, signature) = text.rsplit_once('.').ok_or(AssertionFault::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(AssertionFault::Malformed)?;
        if text.len() > MAX_LENGTH || claims.contains('.') {
            return Err(AssertionFault::Malformed);
        }
        let header: AssertionHeader = part(header).ok_or(AssertionFault::Header)?;
        let algorithm = header.accepted().ok_or(AssertionFault::Header)?;
        let claims: Claims = part(claims).ok_or(AssertionFault::Malformed)?;
        let usable_until = claims.judge(audience, now)?;
        Ok(Self {
            message: message.to_owned(),
            signature: signature.to_owned(),
            algorithm,
            key_id: header.kid,
            client: claims.iss,
            token_id: claims.jti,
            usable_until,
        })
    }
}

/// A part is an object: serde's derive would also read it from an array of its values.
fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    let text = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let object = text.trim_ascii_start().first() == Some(&b'{');
    serde_json::from_slice(&text).ok().filter(|_| object)
}

impl AssertionHeader {
    /// The algorithm, when type and algorithm are among those that are taken.
    fn accepted(&self) -> Option<KeyAlgorithm> {
        let typed = self.typ.as_deref().is_none_or(|kind| TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind)));
        KeyAlgorithm::from_code(&self.alg).filter(|_| typed)
    }
}

impl Claims {
    /// Until when it could be used, if all that it says is right.
    fn judge(&self, audience: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, AssertionFault> {
        if self.iss.is_empty() || self.iss != self.sub {
            return Err(AssertionFault::Subject);
        }
        if self.aud != audience {
            return Err(AssertionFault::Audience);
        }
        if !(1..=MAX_ID).contains(&self.jti.len()) {
            return Err(AssertionFault::Id);
        }
        let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(AssertionFault::Malformed);
        let (expires_at, issued_at) = (at(self.exp)?, at(self.iat.unwrap_or(now.timestamp()))?);
        let valid_from = at(self.nbf.unwrap_or(issued_at.timestamp()))?;
        if now.signed_duration_since(expires_at) >= LEEWAY
            || valid_from.max(issued_at).signed_duration_since(now) > LEEWAY
        {
            return Err(AssertionFault::Untimely);
        }
        let longest = expires_at.signed_duration_since(now).max(now.signed_duration_since(issued_at));
        if longest > LONGEST + LEEWAY { Err(AssertionFault::TooLong) } else { Ok(expires_at + LEEWAY) }
    }
}

impl Assertion for ClientAssertion {
    fn client(&self) -> &str {
        &self.client
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn token_id(&self) -> &str {
        &self.token_id
    }

    fn usable_until(&self) -> DateTime<Utc> {
        self.usable_until
    }

    fn is_signed_by(&self, key: Option<&PublicKey>) -> bool {
        let known = key.filter(|key| key.algorithm() == self.algorithm);
        let tried = known.copied().unwrap_or(nobodys(self.algorithm));
        let (key, algorithm) = match tried {
            PublicKey::Ed25519(point) => (DecodingKey::from_ed_der(&point), Algorithm::EdDSA),
            PublicKey::P256(..) => (DecodingKey::from_ec_der(&uncompressed(&tried)), Algorithm::ES256),
        };
        let fits = crypto::verify(&self.signature, self.message.as_bytes(), &key, algorithm).unwrap_or(false);
        fits && known.is_some()
    }
}

/// A point as SEC 1 §2.3.3 writes it without compression.
pub(crate) fn uncompressed(key: &PublicKey) -> Vec<u8> {
    [&[4], key.bytes().as_slice()].concat()
}

/// The key that is tried where a client has none: those of the standards' examples (RFC 8032 §7.1, RFC 7515
/// §A.3). Their private halves are known to all, so what fits them is worth nothing.
const fn nobodys(algorithm: KeyAlgorithm) -> PublicKey {
    match algorithm {
        KeyAlgorithm::EdDsa => PublicKey::Ed25519([
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
            0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ]),
        KeyAlgorithm::Es256 => PublicKey::P256(
            [
                127, 205, 206, 39, 112, 246, 196, 93, 65, 131, 203, 238, 111, 219, 75, 123, 88, 7, 51, 53, 123, 233,
                239, 19, 186, 207, 110, 60, 123, 209, 84, 69,
            ],
            [
                199, 241, 68, 205, 27, 189, 155, 126, 135, 44, 223, 237, 185, 238, 185, 244, 179, 105, 93, 110, 169,
                11, 36, 173, 138, 70, 35, 40, 133, 136, 229, 173,
            ],
        ),
    }
}

#[cfg(test)]
mod tests;
