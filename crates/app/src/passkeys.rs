//! Passkeys (W3C Web Authentication): the second factor that cannot be phished, since the browser signs where it is.
//!
//! A ceremony has two halves: we draw a challenge, the authenticator signs it. What we must remember
//! between them waits in the database, is bound to the session, and is taken once, so that any instance
//! may finish what another began, and nobody finishes it twice.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use rafiq_domain::ids::PasskeyId;
use rafiq_domain::mail::MailKind;
use rafiq_domain::policy::{Action, Permitted, permit};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, ProblemCode, Refusal};
use rafiq_domain::second_factor::{FactorsRefused, Passkey};
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::passkeys::{self, Ceremony, Credential};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{second_factors, users};
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, Passkey as Verifier, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::second_factor::{
    Added, Own, Proven, WrongSecondFactor, added, changeable, leave, may_verify, own_account, prove, signed_in, tell,
};
use crate::{App, Caller, Refused};

/// How long a ceremony may take; browsers are told the same.
const CEREMONY_LASTS: TimeDelta = TimeDelta::minutes(5);

/// The name under which authenticators keep what is for us.
const NAME: &str = "Rafiq";

/// For which address passkeys are made, and from where answers are accepted. Cheap to clone.
#[derive(Clone)]
pub struct RelyingParty(Arc<Webauthn>);

/// The address is none for which a passkey can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address with a host name, as in https://rafiq.example")]
pub struct RelyingPartyError;

impl RelyingParty {
    /// The service at this address. Passkeys are bound to its host name for ever, and answers are
    /// accepted from exactly this scheme, host and port.
    ///
    /// # Errors
    /// [`RelyingPartyError`] for anything without a host name; browsers make no passkeys for numbers.
    pub fn new(address: &str) -> Result<Self, RelyingPartyError> {
        let origin = Url::parse(address).map_err(|_| RelyingPartyError)?;
        let host = origin.domain().ok_or(RelyingPartyError)?.to_owned();
        let lasts = CEREMONY_LASTS.to_std().map_err(|_| RelyingPartyError)?;
        let builder = WebauthnBuilder::new(&host, &origin).map_err(|_| RelyingPartyError)?;
        let verifier = builder.rp_name(NAME).timeout(lasts).build().map_err(|_| RelyingPartyError)?;
        Ok(Self(Arc::new(verifier)))
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RelyingParty").field(&self.0.get_allowed_origins()).finish()
    }
}

/// A passkey that was registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The passkey.
    pub passkey: Passkey,
    /// What follows from it.
    pub added: Added,
}

/// What the standard's library did not do although it was given nothing by anyone else.
#[derive(Debug, thiserror::Error)]
enum CeremonyFault {
    #[error("a passkey ceremony cannot be begun")]
    Begin(#[from] WebauthnError),
    #[error("a passkey ceremony cannot be written or read")]
    State(#[from] serde_json::Error),
}

impl Refusal for CeremonyFault {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

/// The passkeys of the caller.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn list_passkeys(app: &App, caller: &Caller) -> Result<Permitted<Vec<Passkey>>, Refused> {
    app.read(caller, async |db| {
        let user = users::find(db, signed_in(caller)?.user_id, app.now()).await?.ok_or(NotFound)?;
        let own = permit(&caller.actor, Action::ViewOwnSignIns, user)?;
        let found = passkeys::of_user(db, own.id).await?;
        Ok(own.with(found.into_iter().map(|credential| credential.passkey).collect()))
    })
    .await
}

/// Begins to register a passkey. Answers `PublicKeyCredentialCreationOptionsJSON` of the standard.
///
/// # Errors
/// [`FactorsRefused::TooManyPasskeys`]; `SecondFactorOwed` when there is a factor and it was not shown.
pub async fn start_registration(app: &App, caller: &Caller) -> Result<Permitted<Value>, Refused> {
    app.write(caller, async |tx| {
        let Own { user: own, session_id, factors } = own_account(app, tx, caller).await?;
        factors.room_for_passkey()?;
        let known = passkeys::of_user(tx, own.id).await?;
        let known: Vec<CredentialID> = known.into_iter().map(|known| known.credential_id).collect();
        let (login, name) = (own.login.as_str(), own.profile.name.as_str());
        let begun = app.relying_party().0.start_passkey_registration(own.id.uuid(), login, name, Some(known));
        let (options, state) = begun.map_err(CeremonyFault::from)?;
        let state = own.with(serde_json::to_string(&state).map_err(CeremonyFault::from)?);
        let ends_at = app.now() + CEREMONY_LASTS;
        passkeys::start(tx, &state, session_id, Ceremony::Registration, ends_at).await?;
        Ok(own.with(serde_json::to_value(options).map_err(CeremonyFault::from)?))
    })
    .await
}

/// Registers the passkey that answered, which also proves the session.
///
/// # Errors
/// [`Invalid`] for an answer that is none, [`FactorsRefused::NotStarted`], and
/// [`ProblemCode::InvalidSecondFactor`] for an answer to another challenge or from another place.
pub async fn finish_registration(
    app: &App,
    caller: &Caller,
    name: Line,
    answer: Value,
) -> Result<Permitted<Registered>, Refused> {
    app.record_denial(caller, changeable(app, app.store(), caller).await).await?;
    let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(malformed)?;
    let state = take(app, caller, Ceremony::Registration).await?;
    let state: PasskeyRegistration = serde_json::from_str(&state).map_err(CeremonyFault::from)?;
    app.write(caller, async |tx| {
        let Own { user: own, session_id, factors } = own_account(app, tx, caller).await?;
        factors.room_for_passkey()?;
        let made = app.relying_party().0.finish_passkey_registration(&answer, &state);
        let verifier = made.map_err(|error| wrong(&own, &error))?;
        let passkey =
            Passkey { id: PasskeyId::new(app.ids()), user_id: own.id, name, created_at: app.now(), last_used_at: None };
        passkeys::insert(tx, &own.with(credential(passkey.clone(), &verifier)?)).await?;
        let added = added(app, tx, &own, session_id, factors).await?;
        Ok(added.map(|added| Registered { passkey, added }))
    })
    .await
}

/// Takes a passkey of the caller away.
///
/// # Errors
/// [`NotFound`], [`FactorsRefused::LastOne`].
pub async fn remove_passkey(app: &App, caller: &Caller, id: PasskeyId) -> Result<(), Refused> {
    app.write(caller, async |tx| {
        let passkey = passkeys::find(tx, id).await?.ok_or(NotFound)?;
        permit(&caller.actor, Action::SetUpSecondFactor, passkey)?;
        let Own { user: own, factors, .. } = own_account(app, tx, caller).await?;
        if !passkeys::remove(tx, &own, id).await? {
            return Err(NotFound.into());
        }
        leave(app, tx, &own, factors).await?;
        tell(app, tx, &own, MailKind::SignInMethodChanged).await?;
        Ok(own.map(|_| ()))
    })
    .await
    .map(|_| ())
}

/// Draws a challenge for the caller's passkeys. Answers `PublicKeyCredentialRequestOptionsJSON` of the standard.
///
/// # Errors
/// [`FactorsRefused::NotSetUp`] without a passkey.
pub async fn challenge(app: &App, caller: &Caller) -> Result<Permitted<Value>, Refused> {
    let session_id = signed_in(caller)?.session_id;
    let own = may_verify(app, caller).await?;
    app.write(caller, async |tx| {
        let known = passkeys::of_user(tx, own.id).await?.iter().map(verifier).collect::<Result<Vec<_>, _>>()?;
        if known.is_empty() {
            return Err(FactorsRefused::NotSetUp.into());
        }
        let begun = app.relying_party().0.start_passkey_authentication(&known);
        let (options, state) = begun.map_err(CeremonyFault::from)?;
        let state = own.with(serde_json::to_string(&state).map_err(CeremonyFault::from)?);
        let ends_at = app.now() + CEREMONY_LASTS;
        passkeys::start(tx, &state, session_id, Ceremony::Verification, ends_at).await?;
        Ok(own.with(serde_json::to_value(options).map_err(CeremonyFault::from)?))
    })
    .await
}

/// Proves the caller's session by the passkey that answered.
///
/// # Errors
/// [`Invalid`] for an answer that is none, [`FactorsRefused::NotStarted`], and
/// [`ProblemCode::InvalidSecondFactor`] for an answer that does not verify.
pub async fn verify_passkey(app: &App, caller: &Caller, answer: Value) -> Result<Permitted<Proven>, Refused> {
    let own = may_verify(app, caller).await?;
    let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(malformed)?;
    let state = take(app, caller, Ceremony::Verification).await?;
    let state: PasskeyAuthentication = serde_json::from_str(&state).map_err(CeremonyFault::from)?;
    app.write(caller, async |tx| {
        second_factors::hold(tx, own.id).await?;
        let verified = app.relying_party().0.finish_passkey_authentication(&answer, &state);
        let verified = verified.map_err(|error| wrong(&own, &error))?;
        if !note_use(app, tx, &own, &verified).await? {
            return Err(WrongSecondFactor(own.permit().deny()).into());
        }
        let proven = prove(app, tx, &own, signed_in(caller)?.session_id).await?;
        Ok(own.with(proven))
    })
    .await
}

/// Notes the use of the passkey that answered. No when it was removed since the challenge, or its
/// counter did not go on.
async fn note_use(app: &App, tx: &Tx, own: &Permitted<User>, verified: &AuthenticationResult) -> Result<bool, Refused> {
    let known = passkeys::of_user(tx, own.id).await?;
    let used = known.into_iter().find(|known| known.credential_id == verified.cred_id().as_slice());
    let Some(used) = used else { return Ok(false) };
    let mut known = verifier(&used)?;
    known.update_credential(verified);
    let passkey = Passkey { last_used_at: Some(app.now()), ..used.passkey };
    let used = Credential { counter: verified.counter(), ..credential(passkey, &known)? };
    Ok(passkeys::note_use(tx, &own.with(used)).await?)
}

/// Takes what was begun in the caller's session.
async fn take(app: &App, caller: &Caller, kind: Ceremony) -> Result<String, Refused> {
    let session_id = signed_in(caller)?.session_id;
    let state = passkeys::take(app.store(), session_id, kind, app.now()).await?;
    Ok(state.ok_or(FactorsRefused::NotStarted)?)
}

fn credential(passkey: Passkey, verifier: &Verifier) -> Result<Credential, CeremonyFault> {
    // The counter within the document is what the first use is judged by.
    let document = serde_json::to_string(verifier)?;
    Ok(Credential { passkey, credential_id: verifier.cred_id().clone(), document, counter: 0 })
}

fn verifier(credential: &Credential) -> Result<Verifier, StoreError> {
    let corrupt = |_| StoreError::corrupt("passkeys", "credential", credential.passkey.id);
    serde_json::from_str(&credential.document).map_err(corrupt)
}

fn malformed(_: serde_json::Error) -> Invalid {
    Invalid::at("/credential", FieldCode::Malformed)
}

/// The refusal of an answer that does not verify. The log says why, for a service whose address is set wrongly.
fn wrong(own: &Permitted<User>, error: &WebauthnError) -> WrongSecondFactor {
    tracing::info!(%error, "a passkey does not verify");
    WrongSecondFactor(own.permit().deny())
}
