//! Public keys of clients as they come in: JSON Web Keys (RFC 7517), Ed25519 and P-256 alone.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rafiq_app::clients::thumbprint;
use rafiq_domain::clients::PublicKey;
use rafiq_domain::refusal::{FieldCode, FieldResult, Fields, Invalid};
use rafiq_domain::vocabulary::Coded;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::client_assertion::uncompressed;

/// Points of Ed25519 of so small an order that a signature by them proves nothing, the sign left aside: of
/// order 4, 1, 8, 8, 2, and the first two once more as they are not written (the list that libsodium refuses).
const SMALL_ORDER: [[u8; 32]; 7] = [
    ends(0x00, 0x00, 0x00),
    ends(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

/// 32 bytes that are alike but for the first and the last.
const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    (bytes[0], bytes[31]) = (first, last);
    bytes
}

/// A public key (JWK, RFC 7517): `OKP` with `Ed25519`, or `EC` with `P-256`. A member of a private key is
/// refused; a key whose private half was sent here is no longer private, and is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientPublicKey)]
pub(crate) struct PublicKeyBody {
    /// The kind of key: `OKP` or `EC`.
    #[schema(example = "OKP")]
    kty: String,
    /// The curve: `Ed25519` or `P-256`.
    #[schema(example = "Ed25519")]
    crv: String,
    /// The key, or its first coordinate: 32 bytes in base64url without padding.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
    /// The second coordinate of a key on P-256.
    y: Option<String>,
    /// The key's id, when it has one: its thumbprint (RFC 7638) and no other.
    kid: Option<String>,
    /// The algorithm, when it is said: `EdDSA` for Ed25519, `ES256` for P-256.
    alg: Option<String>,
    /// The use, when it is said: `sig`.
    #[serde(rename = "use")]
    usage: Option<String>,
    /// The operations, when they are said: `verify`.
    key_ops: Option<Vec<String>>,
}

impl PublicKeyBody {
    /// The key, if it can verify signatures.
    ///
    /// # Errors
    /// [`Invalid`] with every wrong member.
    pub(crate) fn key(&self) -> Result<PublicKey, Invalid> {
        let mut fields = Fields::new();
        let key = match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") => self.on_ed25519(&mut fields),
            ("EC", "P-256") => self.on_p256(&mut fields),
            ("OKP" | "EC", _) => fields.take("/crv", Err(FieldCode::UnknownCode)),
            _ => fields.take("/kty", Err(FieldCode::UnknownCode)),
        };
        let verifies = self.key_ops.as_ref().is_none_or(|operations| operations.as_slice() == ["verify"]);
        fields.require("/key_ops", verifies, FieldCode::Contradicts);
        fields.require("/use", self.usage.as_deref().is_none_or(|usage| usage == "sig"), FieldCode::Contradicts);
        if let Some(key) = key {
            let fits = |said: &Option<String>, known: &str| said.as_deref().is_none_or(|said| said == known);
            fields.require("/alg", fits(&self.alg, key.algorithm().code()), FieldCode::Contradicts);
            let named = fields.take("/x", thumbprint(&key)).is_some_and(|id| fits(&self.kid, id.as_str()));
            fields.require("/kid", named, FieldCode::Contradicts);
        }
        fields.finish(|| key)
    }

    fn on_ed25519(&self, fields: &mut Fields) -> Option<PublicKey> {
        fields.require("/y", self.y.is_none(), FieldCode::Contradicts);
        let point = fields.take("/x", coordinate(&self.x))?;
        let mut unsigned = point;
        unsigned[31] &= 0x7f;
        let weak = SMALL_ORDER.contains(&unsigned);
        fields.take("/x", if weak { Err(FieldCode::TooWeak) } else { Ok(PublicKey::Ed25519(point)) })
    }

    fn on_p256(&self, fields: &mut Fields) -> Option<PublicKey> {
        let x = fields.take("/x", coordinate(&self.x));
        let y = fields.take("/y", self.y.as_deref().ok_or(FieldCode::Required).and_then(coordinate));
        let key = PublicKey::P256(x?, y?);
        let on_curve = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(&key)).is_ok();
        fields.take("/x", if on_curve { Ok(key) } else { Err(FieldCode::Malformed) })
    }
}

fn coordinate(text: &str) -> FieldResult<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| FieldCode::Malformed)?;
    bytes.try_into().map_err(|_| FieldCode::Malformed)
}

/// Why a file holds no key of a client.
#[derive(Debug, thiserror::Error)]
pub enum JwkError {
    /// It is no public JWK.
    #[error("not a public JSON Web Key")]
    Malformed(#[source] serde_json::Error),
    /// It is one that no client may have.
    #[error("not a key that a client may have: {}", .0.0.iter().map(|wrong| format!("{} {}", wrong.pointer, wrong.code)).collect::<Vec<_>>().join(", "))]
    Invalid(#[from] Invalid),
}

/// Reads a client's public key from its JWK, for the command line.
///
/// # Errors
/// [`JwkError`] when it is none, or one that no client may have.
pub fn read_public_key(text: &str) -> Result<PublicKey, JwkError> {
    let body: PublicKeyBody = serde_json::from_str(text).map_err(JwkError::Malformed)?;
    Ok(body.key()?)
}

#[cfg(test)]
mod tests;
