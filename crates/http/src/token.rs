//! Access tokens: who the caller is, signed by us and short-lived. The only module that reads them.
//!
//! JWT profile of RFC 9068, checked as RFC 8725 asks. A token carries no role: what its bearer may
//! do is loaded with every request. One algorithm, Ed25519, is written here and nowhere chosen.

mod keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use rafiq_domain::ids::{Ids, SessionId, UserId};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::keys::{KeyError, KeyRing, KeySource, KeyState, KeysUnreadable, SigningKey, SigningKeys};

/// The longest that a token may be good. Revocation does not wait for it: every request loads the session.
pub const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// How far the clocks of our own instances may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// No token of ours is longer; longer ones are not worth the work of reading.
const MAX_LENGTH: usize = 2048;

const ALGORITHM: Algorithm = Algorithm::EdDSA;
/// The same, as a header names it (RFC 8037 §3.1).
pub(crate) const ALGORITHM_NAME: &str = "EdDSA";
const TOKEN_TYPE: &str = "at+jwt";

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

/// The header as it travels. What else a header can hold (RFC 7515 §4.1) names keys of the sender's
/// choice or asks for what we do not do, so a header with anything else is not ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// The payload as it travels. Every claim that we look at is required; times are seconds since 1970.
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
    /// The name of a machine client, and what it may (RFC 9068 §2.2); for those who verify tokens beside us.
    /// We look at neither: what a client may is loaded with every request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// Why a token is refused. All answer the same 401: a forger learns nothing from the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a token of ours: its form, algorithm, type, key, signature, issuer or audience.
    #[error("not a token of ours")]
    Forged,
    /// It names a key that is not ours, or that is not known here yet.
    #[error("the token names an unknown key")]
    UnknownKey,
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

    /// The keys that sign them.
    #[must_use]
    pub const fn keys(&self) -> &SigningKeys {
        &self.keys
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
        self.sign(&self.payload(user_id, session_id, ids, now), now).map_err(SigningError)
    }

    /// As [`AccessTokens::issue`], for a machine client: the token also names it and its scopes.
    ///
    /// # Errors
    /// [`SigningError`] when the key does not sign.
    pub fn issue_to_client(
        &self,
        user_id: UserId,
        session_id: SessionId,
        client: &str,
        scope: &str,
        ids: &dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<String, SigningError> {
        let (client_id, scope) = (Some(client.to_owned()), Some(scope.to_owned()));
        let payload = Payload { client_id, scope, ..self.payload(user_id, session_id, ids, now) };
        self.sign(&payload, now).map_err(SigningError)
    }

    fn payload(&self, user_id: UserId, session_id: SessionId, ids: &dyn Ids, now: DateTime<Utc>) -> Payload {
        Payload {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user_id.uuid(),
            sid: session_id.uuid(),
            jti: ids.next(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: now.timestamp().saturating_add(self.lifetime.num_seconds()),
            client_id: None,
            scope: None,
        }
    }

    fn sign<P: Serialize>(&self, payload: &P, now: DateTime<Utc>) -> jsonwebtoken::errors::Result<String> {
        let ring = self.keys.ring();
        let key = ring.signing_at(now);
        let mut header = Header::new(ALGORITHM);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(key.id().to_owned());
        encode(&header, payload, key.signing())
    }

    /// As [`AccessTokens::verify`], but looks whether the keys have changed before a token is refused
    /// for its key: another instance may sign with one that came a moment ago.
    ///
    /// # Errors
    /// As for [`AccessTokens::verify`].
    pub async fn verify_with_newest(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let verified = self.verify(token, now);
        if verified != Err(TokenError::UnknownKey) {
            return verified;
        }
        self.keys.look_again(now).await;
        self.verify(token, now)
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
        let header = header_of(token).ok_or(TokenError::Forged)?;
        if header.alg != ALGORITHM_NAME || header.typ != TOKEN_TYPE {
            return Err(TokenError::Forged);
        }
        let ring = self.keys.ring();
        let key = ring.verifying(&header.kid, now).ok_or(TokenError::UnknownKey)?.verifying();
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

/// The header of a token, when it is as we write it.
fn header_of(token: &str) -> Option<TokenHeader> {
    let (header, _) = token.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
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
