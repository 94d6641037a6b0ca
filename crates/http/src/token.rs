//! Access tokens: who the caller is, signed by us and short-lived. The only module that reads them.
//!
//! JWT profile of RFC 9068, checked as RFC 8725 asks. A token carries no role: what its bearer may
//! do is loaded with every request. One algorithm, Ed25519, is written here and nowhere chosen.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use rafiq_domain::ids::{Ids, SessionId, UserId};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest that a token may be good. Revocation does not wait for it: every request loads the session.
pub const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// How far the clocks of our own instances may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// No token of ours is longer; longer ones are not worth the work of reading.
const MAX_LENGTH: usize = 2048;

const ALGORITHM: Algorithm = Algorithm::EdDSA;
const TOKEN_TYPE: &str = "at+jwt";

/// The keys that sign and verify tokens: one that signs, and older ones that still verify until
/// the last token they signed has expired.
#[derive(Clone)]
pub struct SigningKeys {
    current: String,
    signing: EncodingKey,
    verifying: BTreeMap<String, DecodingKey>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKeys").field("current", &self.current).finish_non_exhaustive()
    }
}

/// A signing key could not be made or read. It says no more, for the key's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 key in PKCS#8")]
pub struct KeyError;

impl SigningKeys {
    /// Makes a new key, in PKCS#8 (RFC 5958) DER, to be kept where only the server reads it.
    ///
    /// # Errors
    /// [`KeyError`] when the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, KeyError> {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError)?;
        Ok(key.as_ref().to_vec())
    }

    /// Takes the key that signs and those that only verify, each in PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError`] when one of them is not an Ed25519 key.
    pub fn new<K: AsRef<[u8]>>(current: &[u8], previous: &[K]) -> Result<Self, KeyError> {
        let (id, key) = verifying_key(current)?;
        let mut verifying = BTreeMap::from([(id.clone(), key)]);
        for key in previous {
            verifying.extend([verifying_key(key.as_ref())?]);
        }
        Ok(Self { current: id, signing: EncodingKey::from_ed_der(current), verifying })
    }
}

/// The public half of a key and its id: the first 16 hexadecimal digits of its SHA-256.
fn verifying_key(pkcs8: &[u8]) -> Result<(String, DecodingKey), KeyError> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError)?;
    let public = pair.public_key().as_ref();
    let hash: [u8; 32] = Sha256::digest(public).into();
    let (first, _) = hash.split_first_chunk().ok_or(KeyError)?;
    Ok((format!("{:016x}", u64::from_be_bytes(*first)), DecodingKey::from_ed_der(public)))
}

/// Issues access tokens, and verifies those that come back.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    keys: SigningKeys,
    issuer: String,
    audience: String,
    lifetime: TimeDelta,
}

/// What a verified token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Who the bearer is.
    pub user_id: UserId,
    /// The session in which the token was issued; the caller checks that it still lasts.
    pub session_id: SessionId,
    /// The id of this token.
    pub token_id: Uuid,
    /// When the token stops being good.
    pub expires_at: DateTime<Utc>,
}

/// The payload as it travels. Every claim is required; times are seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Why a token is refused. All answer the same 401: a forger learns nothing from the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a token of ours: its form, algorithm, type, key, signature, issuer or audience.
    #[error("not a token of ours")]
    Forged,
    /// It lacks a claim, or a claim is out of its bounds.
    #[error("the token's claims are not as we issue them")]
    Claims,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
}

impl Refusal for TokenError {
    fn code(&self) -> ProblemCode {
        ProblemCode::Unauthenticated
    }
}

/// A token could not be signed: the key went bad in memory.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct SigningError(#[source] jsonwebtoken::errors::Error);

impl Refusal for SigningError {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

impl AccessTokens {
    /// Tokens in the name of `issuer`, good at `audience` only, and never longer than [`LONGEST`].
    #[must_use]
    pub fn new(keys: SigningKeys, issuer: String, audience: String, lifetime: TimeDelta) -> Self {
        Self { keys, issuer, audience, lifetime: lifetime.min(LONGEST) }
    }

    /// How long a token is good.
    #[must_use]
    pub fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }

    /// Signs a token for one session of one user, good for [`AccessTokens::lifetime`] from `now`.
    ///
    /// # Errors
    /// [`SigningError`] when the key does not sign.
    pub fn issue(
        &self,
        user_id: UserId,
        session_id: SessionId,
        ids: &dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<String, SigningError> {
        let payload = Payload {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user_id.uuid(),
            sid: session_id.uuid(),
            jti: ids.next(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: now.timestamp().saturating_add(self.lifetime.num_seconds()),
        };
        self.sign(&payload).map_err(SigningError)
    }

    fn sign<P: Serialize>(&self, payload: &P) -> jsonwebtoken::errors::Result<String> {
        let mut header = Header::new(ALGORITHM);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(self.keys.current.clone());
        encode(&header, payload, &self.keys.signing)
    }

    /// Reads a token and checks everything about it that a token can tell.
    ///
    /// # Errors
    /// [`TokenError`] when anything is not exactly as [`AccessTokens::issue`] writes it, or its
    /// time is not now, give or take five seconds.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Forged);
        }
        let header = decode_header(token).map_err(|_| TokenError::Forged)?;
        let key = header.kid.as_ref().and_then(|id| self.keys.verifying.get(id)).ok_or(TokenError::Forged)?;
        // `crit` names extensions that a reader must know (RFC 7515 §4.1.11); we know none.
        if header.alg != ALGORITHM || header.typ.as_deref() != Some(TOKEN_TYPE) || header.crit.is_some() {
            return Err(TokenError::Forged);
        }
        let payload: Payload = decode(token, key, &self.validation()).map_err(|error| refused(&error))?.claims;
        // The library would take a list of audiences with ours among them, and reads the system's
        // clock; both are checked here instead.
        if payload.iss != self.issuer || payload.aud != self.audience {
            return Err(TokenError::Forged);
        }
        timely(&payload, now)
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

/// Checks the times of a payload whose signature is good.
fn timely(payload: &Payload, now: DateTime<Utc>) -> Result<Claims, TokenError> {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Claims);
    let (issued, valid_from, expires_at) = (at(payload.iat)?, at(payload.nbf)?, at(payload.exp)?);
    if expires_at.signed_duration_since(issued) > LONGEST {
        return Err(TokenError::Claims);
    }
    if now.signed_duration_since(expires_at) >= LEEWAY {
        return Err(TokenError::Expired);
    }
    if valid_from.max(issued).signed_duration_since(now) > LEEWAY {
        return Err(TokenError::NotYet);
    }
    Ok(Claims { user_id: payload.sub.into(), session_id: payload.sid.into(), token_id: payload.jti, expires_at })
}

/// Tells apart what a signed token lacks from what was never ours.
fn refused(error: &jsonwebtoken::errors::Error) -> TokenError {
    use jsonwebtoken::errors::ErrorKind;
    if matches!(error.kind(), ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_)) {
        TokenError::Claims
    } else {
        TokenError::Forged
    }
}

#[cfg(test)]
mod tests;
