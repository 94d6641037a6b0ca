//! Machine clients: systems of hospitals that call the partner surface by themselves (security §2 "machine clients").
//!
//! A client is a user with the one role [`Role::HospitalClient`]
//! and no password, bound to one hospital for good. It proves itself with a [`Credential`]: a key of its
//! own, of which only the public half is known here, or, where that is allowed, a secret. Its
//! [`ClientScope`]s narrow what the role may do.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{ClientCredentialId, HospitalId, UserId};
use crate::policy::{Object, ObjectKind, Principal, Relation, Resource};
use crate::refusal::{FieldCode, FieldResult, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::roles::RoleAssignmentState;
use crate::users::{Contact, User};
use crate::vocabulary::{Coded, Role, UserState, coded};

coded! {
    /// What a client may do besides its role (RFC 6749 §3.3); each action of the partner surface needs one.
    pub enum ClientScope: "client_scope" {
        ReadReferrals = "referrals:read" => "Read the hospital's referrals", "الاطلاع على إحالات المستشفى", "Hastanenin sevklerini okumak";
        ReportOnReferrals = "referrals:report" => "Report on the hospital's referrals", "الإبلاغ عن إحالات المستشفى", "Hastanenin sevkleri hakkında bildirmek";
    }

    /// With what a client proves itself.
    pub enum CredentialKind: "client_credential_kind" {
        PublicKey = "public_key" => "Public key", "مفتاح عام", "Açık anahtar";
        Secret = "secret" => "Secret", "سر", "Gizli anahtar";
    }

    /// Whether a credential is good.
    pub enum CredentialState: "client_credential_state" {
        Active = "active" => "Active", "سارٍ", "Geçerli";
        Expired = "expired" => "Expired", "منتهي الصلاحية", "Süresi dolmuş";
        Revoked = "revoked" => "Revoked", "ملغى", "İptal edilmiş";
    }

    /// With which algorithm a client signs (RFC 7518 §3.1, RFC 8037 §3.1).
    pub enum KeyAlgorithm: "client_key_algorithm" {
        EdDsa = "EdDSA" => "EdDSA (Ed25519)", "EdDSA (Ed25519)", "EdDSA (Ed25519)";
        Es256 = "ES256" => "ES256 (P-256)", "ES256 (P-256)", "ES256 (P-256)";
    }

    /// How near the end of a credential is, when its people are told.
    pub enum ExpiryWarning: "client_expiry_warning" {
        InAMonth = "in_a_month" => "Within 30 days", "خلال 30 يومًا", "30 gün içinde";
        InAWeek = "in_a_week" => "Within 7 days", "خلال 7 أيام", "7 gün içinde";
        InADay = "in_a_day" => "Within a day", "خلال يوم", "Bir gün içinde";
    }
}

/// The most credentials of a client that are good at once: the one in use, and the one that replaces it.
pub const MOST_ACTIVE: usize = 2;

/// The longest term of a key.
pub const LONGEST_KEY_TERM: TimeDelta = TimeDelta::days(731);

/// The longest term of a secret: shorter, since it travels with each use.
pub const LONGEST_SECRET_TERM: TimeDelta = TimeDelta::days(366);

/// How long a session of a client lasts at the most. Another one costs it one request.
pub const LONGEST_SESSION: TimeDelta = TimeDelta::minutes(5);

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The user that it is: its id, its login (the `client_id` of OAuth), its name, whom to write to, and the version
    /// of all of it, its credentials included.
    pub user: User,
    /// The hospital for which it acts.
    pub hospital_id: HospitalId,
    /// What it may.
    pub terms: ClientTerms,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Who registered it; none for the operator of the product.
    pub created_by: Option<UserId>,
}

/// What a client may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTerms {
    /// Its scopes; at least one.
    pub scopes: Vec<ClientScope>,
    /// Whether it may prove itself with a secret.
    pub allows_secret: bool,
}

impl ClientTerms {
    /// Checks the terms.
    ///
    /// # Errors
    /// [`Invalid`] for no scope, or one that is named twice.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/scopes", !self.scopes.is_empty(), FieldCode::Empty);
        for (index, scope) in self.scopes.iter().enumerate() {
            let first = self.scopes.iter().position(|known| known == scope) == Some(index);
            fields.require(&format!("/scopes/{index}"), first, FieldCode::Duplicate);
        }
        fields.finish(|| Some(self))
    }
}

impl Client {
    /// Its id: that of the user.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.user.id
    }

    /// Whether it may act at all; that of its hospital is another question. One whose role was ended never does again:
    /// there is nothing else that a machine could be.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.user.state == UserState::Active && self.has_its_role()
    }

    fn has_its_role(&self) -> bool {
        self.user.profile.roles.contains(&Role::HospitalClient)
    }

    /// The client with other terms, and with someone else to write to.
    #[must_use]
    pub fn updated(self, contact: Contact, terms: ClientTerms) -> Self {
        Self { user: User { contact, ..self.user }, terms, ..self }
    }

    /// Shuts it out.
    #[must_use]
    pub fn disabled(self) -> Self {
        self.in_state(UserState::Disabled)
    }

    /// Lets it in again.
    ///
    /// # Errors
    /// [`WrongState`] when its role was ended.
    pub fn enabled(self) -> Result<Self, WrongState> {
        if self.has_its_role() {
            Ok(self.in_state(UserState::Active))
        } else {
            Err(WrongState::new(RoleAssignmentState::Ended, "enable"))
        }
    }

    fn in_state(self, state: UserState) -> Self {
        Self { user: User { state, ..self.user }, ..self }
    }

    /// Accepts one more credential beside those it has.
    ///
    /// # Errors
    /// [`CredentialRefused`] when enough are good, or it may not have a secret.
    pub fn takes(
        &self,
        kind: CredentialKind,
        known: &[Credential],
        now: DateTime<Utc>,
    ) -> Result<(), CredentialRefused> {
        let active = known.iter().filter(|credential| credential.is_active(now)).count();
        match kind {
            CredentialKind::Secret if !self.terms.allows_secret => Err(CredentialRefused::SecretNotAllowed),
            CredentialKind::Secret | CredentialKind::PublicKey if active >= MOST_ACTIVE => {
                Err(CredentialRefused::TooMany)
            }
            CredentialKind::Secret | CredentialKind::PublicKey => Ok(()),
        }
    }

    /// The scopes of a session, from what is asked for: names with one space between (RFC 6749 §3.3).
    /// All that the client has when nothing is asked for.
    ///
    /// # Errors
    /// [`InvalidScope`] for a name that is not among the client's own.
    pub fn narrow(&self, asked: Option<&str>) -> Result<Vec<ClientScope>, InvalidScope> {
        let Some(asked) = asked else { return Ok(self.terms.scopes.clone()) };
        let mut narrowed = Vec::new();
        for name in asked.split(' ') {
            let scope = ClientScope::from_code(name).filter(|scope| self.terms.scopes.contains(scope));
            let scope = scope.ok_or(InvalidScope)?;
            if !narrowed.contains(&scope) {
                narrowed.push(scope);
            }
        }
        Ok(narrowed)
    }
}

impl Resource for Client {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Client, id: Some(self.id().uuid()), case_id: None }
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        Relation::own_if(self.id() == who.user_id)
    }
}

/// A client with everything that it was ever given to prove itself with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFile {
    /// The client.
    pub client: Client,
    /// Its credentials, oldest first.
    pub credentials: Vec<Credential>,
}

/// What is left of the scopes that a session was given, by those that the client still has.
#[must_use]
pub fn still_held(given: &[ClientScope], present: &[ClientScope]) -> Vec<ClientScope> {
    given.iter().copied().filter(|scope| present.contains(scope)).collect()
}

/// A credential. A secret itself is kept nowhere, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: ClientCredentialId,
    /// Whose it is.
    pub client_id: UserId,
    /// What is shown.
    pub proof: Proof,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, exclusively.
    pub expires_at: DateTime<Utc>,
    /// Who registered or made it; none for the operator of the product.
    pub created_by: Option<UserId>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who revoked it; none for the operator of the product.
    pub revoked_by: Option<UserId>,
    /// When a session was last opened with it.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The last warning that it will expire.
    pub warned: Option<ExpiryWarning>,
}

/// What a client shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A signature by this key.
    Key(KeyId, PublicKey),
    /// A secret with this SHA-256.
    Secret([u8; 32]),
}

/// The public half of a client's key: a point that a signature can be checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicKey {
    /// On Ed25519 (RFC 8032), as encoded there.
    Ed25519([u8; 32]),
    /// On P-256 (FIPS 186-5): both coordinates, big-endian.
    P256([u8; 32], [u8; 32]),
}

impl PublicKey {
    /// The algorithm of its signatures: one for each kind of key, never chosen by who signs.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Ed25519(_) => KeyAlgorithm::EdDsa,
            Self::P256(..) => KeyAlgorithm::Es256,
        }
    }

    /// The bytes: 32 for Ed25519, 64 for P-256, one coordinate after the other.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(point) => point.to_vec(),
            Self::P256(x, y) => [*x, *y].concat(),
        }
    }

    /// The key of an algorithm in its [`bytes`](Self::bytes), if there are as many as it has.
    #[must_use]
    pub fn from_bytes(algorithm: KeyAlgorithm, bytes: &[u8]) -> Option<Self> {
        match algorithm {
            KeyAlgorithm::EdDsa => bytes.try_into().ok().map(Self::Ed25519),
            KeyAlgorithm::Es256 => {
                let (x, y) = bytes.split_first_chunk()?;
                Some(Self::P256(*x, y.try_into().ok()?))
            }
        }
    }
}

/// The id of a key: its thumbprint (RFC 7638), SHA-256 in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// Reads 43 characters of base64url.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for anything else.
    pub fn parse(text: &str) -> FieldResult<Self> {
        let letters = text.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_'));
        if letters && text.len() == 43 { Ok(Self(text.to_owned())) } else { Err(FieldCode::Malformed) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Proof {
    /// Of which kind it is.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::Key(..) => CredentialKind::PublicKey,
            Self::Secret(_) => CredentialKind::Secret,
        }
    }
}

impl Credential {
    /// With what the client proves itself.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        self.proof.kind()
    }

    /// Takes it away; none for the operator of the product.
    #[must_use]
    pub fn revoked(self, by: Option<UserId>, now: DateTime<Utc>) -> Self {
        Self { revoked_at: Some(now), revoked_by: by, ..self }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> CredentialState {
        if self.revoked_at.is_some() {
            CredentialState::Revoked
        } else if now < self.expires_at {
            CredentialState::Active
        } else {
            CredentialState::Expired
        }
    }

    /// Whether it is good.
    #[must_use]
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.state(now) == CredentialState::Active
    }

    /// How many days it is still good, a begun one counted whole; none once it is not.
    #[must_use]
    pub fn days_left(&self, now: DateTime<Utc>) -> Option<i64> {
        let left = self.expires_at.signed_duration_since(now);
        let begun = i64::from(left > TimeDelta::days(left.num_days()));
        self.is_active(now).then(|| left.num_days().saturating_add(begun))
    }

    /// How near its end is, if it is near.
    #[must_use]
    pub fn expiring(&self, now: DateTime<Utc>) -> Option<ExpiryWarning> {
        let left = self.expires_at.signed_duration_since(now);
        let near = |warning: &ExpiryWarning| self.is_active(now) && left <= warning.ahead();
        ExpiryWarning::ALL.iter().copied().rfind(near)
    }

    /// The warning that is due: one for each stage, and none for a stage that was passed over.
    #[must_use]
    pub fn warning_due(&self, now: DateTime<Utc>) -> Option<ExpiryWarning> {
        self.expiring(now).filter(|warning| self.warned < Some(*warning))
    }
}

impl ExpiryWarning {
    /// How long before the end it is due.
    #[must_use]
    pub const fn ahead(self) -> TimeDelta {
        match self {
            Self::InAMonth => TimeDelta::days(30),
            Self::InAWeek => TimeDelta::days(7),
            Self::InADay => TimeDelta::days(1),
        }
    }
}

impl CredentialKind {
    /// The longest term of its kind.
    #[must_use]
    pub const fn longest_term(self) -> TimeDelta {
        match self {
            Self::PublicKey => LONGEST_KEY_TERM,
            Self::Secret => LONGEST_SECRET_TERM,
        }
    }

    /// Accepts the end of a new credential.
    ///
    /// # Errors
    /// [`FieldCode::InThePast`], or [`FieldCode::OutOfRange`] beyond the longest term.
    pub fn accept_end(self, end: DateTime<Utc>, now: DateTime<Utc>) -> FieldResult<DateTime<Utc>> {
        match end.signed_duration_since(now) {
            term if term <= TimeDelta::zero() => Err(FieldCode::InThePast),
            term if term > self.longest_term() => Err(FieldCode::OutOfRange),
            _ => Ok(end),
        }
    }
}

/// Why a client gets no further credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRefused {
    /// Enough are good at once.
    #[error("the client has as many active credentials as it may")]
    TooMany,
    /// It may not prove itself with a secret.
    #[error("the client may not have a secret")]
    SecretNotAllowed,
}

impl Refusal for CredentialRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::TooMany => ProblemCode::TooManyCredentials,
            Self::SecretNotAllowed => ProblemCode::SecretNotAllowed,
        }
    }
}

/// A scope is asked for that the client does not have (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope that the client does not have")]
pub struct InvalidScope;

impl Refusal for InvalidScope {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidScope
    }
}

#[cfg(test)]
mod tests;
