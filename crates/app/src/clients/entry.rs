//! Letting clients in: what they show is checked, and a session opened that lasts minutes (RFC 6749 §4.4).
//!
//! Whoever is turned away learns nothing from it: an unknown client, a disabled one, one of a suspended
//! hospital and one with a wrong key are given the same refusal after the same work. The reason goes to
//! the log, and the denial on record.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use rafiq_domain::clients::{
    Client, ClientScope, Credential, InvalidScope, KeyAlgorithm, LONGEST_SESSION, MOST_ACTIVE, Proof, PublicKey,
};
use rafiq_domain::ids::{SessionId, UserId};
use rafiq_domain::policy::{Action, Actor, Denied, Object, ObjectKind, Permitted, Principal, permit};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::sessions::Session;
use rafiq_domain::text::Login;
use rafiq_domain::throttling::Counter;
use rafiq_persistence::clients::{self, USED_ASSERTIONS};
use rafiq_persistence::store::Tx;
use rafiq_persistence::throttles::{self as counters, Key};
use rafiq_persistence::{sessions, users};
use uuid::Uuid;

use crate::{App, Caller, Refused, secrets, throttles};

/// A signed statement of a client about itself (RFC 7523 §3), well-formed and of now. Not yet believed:
/// whose key signed it is asked here.
pub trait Assertion: Sync {
    /// Who it says it is of.
    fn client(&self) -> &str;
    /// The algorithm by which it says it is signed.
    fn algorithm(&self) -> KeyAlgorithm;
    /// The key that it says signed it.
    fn key_id(&self) -> Option<&str>;
    /// Its id, which no other one of the client has.
    fn token_id(&self) -> &str;
    /// Until when it could be used again, were that not refused.
    fn usable_until(&self) -> DateTime<Utc>;
    /// Whether `key` signed it. Without a key the work is the same, and the answer is no.
    fn is_signed_by(&self, key: Option<&PublicKey>) -> bool;
}

/// What a client shows of itself.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A signed statement.
    Assertion(&'a dyn Assertion),
    /// Its name and its secret.
    Secret(&'a str, &'a str),
}

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Assertion(_) => "Assertion(***)",
            Self::Secret(..) => "Secret(***)",
        })
    }
}

/// Someone at the door: what they show, and where they ask from.
#[derive(Debug, Clone, Copy)]
pub struct Approach<'a> {
    /// What they show.
    pub shown: Shown<'a>,
    /// From where.
    pub address: IpAddr,
    /// The request, for the audit trail.
    pub request_id: Option<Uuid>,
}

/// A session that a client opened.
#[derive(Debug, Clone)]
pub struct ClientSession {
    /// The client.
    pub user_id: UserId,
    /// Its name.
    pub login: Login,
    /// The session.
    pub session_id: SessionId,
    /// What it may.
    pub scopes: Vec<ClientScope>,
}

/// What is known of a token whose session runs.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// The name of whom it was given to.
    pub login: Login,
    /// What it may, for a client.
    pub scopes: Option<Vec<ClientScope>>,
}

/// The client is not known, or did not prove itself (RFC 6749 §5.2); which of them is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client did not prove itself")]
pub struct InvalidClient;

impl Refusal for InvalidClient {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidClient
    }
}

/// Opens a session for a client, with the scopes that `asked` names or all that it has. An assertion is
/// used up by it, also when the scopes are refused.
///
/// # Errors
/// [`InvalidClient`] for whoever did not prove itself, [`InvalidScope`] for a scope that the client does not have.
pub async fn open_client_session(
    app: &App,
    approach: Approach<'_>,
    asked: Option<&str>,
) -> Result<ClientSession, Refused> {
    let proven = prove(app, approach).await?;
    let session = new_session(app, &proven.client);
    let caller = proven.caller(app, session.id, approach.request_id);
    let opened = app.write(&caller, async |tx| {
        let own = permit(&caller.actor, Action::SignIn, proven.client.user.clone())?;
        proven.settle(tx, approach.shown).await?;
        Ok(own.with(match proven.client.narrow(asked) {
            Ok(scopes) => Ok(open(tx, &proven, &session, scopes).await?),
            // That the assertion is used up must be kept, so it is no error here.
            Err(refused) => Err(refused),
        }))
    });
    let opened = proven.unless_shown_before(app, approach, opened.await).await?;
    Ok(opened.into_inner().map_err(|InvalidScope| InvalidScope)?)
}

async fn open(tx: &Tx, proven: &Proven, session: &Session, scopes: Vec<ClientScope>) -> Result<ClientSession, Refused> {
    let Proven { client, credential, .. } = proven;
    sessions::insert(tx, session).await?;
    clients::note_use(tx, credential.id, session.started_at).await?;
    clients::insert_session(tx, session.id, credential.id, &scopes).await?;
    Ok(ClientSession { user_id: client.id(), login: client.user.login.clone(), session_id: session.id, scopes })
}

/// A client that proves itself without opening a session, to ask about a token of its own.
///
/// # Errors
/// [`InvalidClient`] for whoever did not prove itself.
pub async fn identify_client(app: &App, approach: Approach<'_>) -> Result<Caller, Refused> {
    let proven = prove(app, approach).await?;
    // No session stands behind it, and none has this id.
    let caller = proven.caller(app, Uuid::nil().into(), approach.request_id);
    let known = app.write(&caller, async |tx| {
        let own = permit(&caller.actor, Action::ViewOwnAccount, proven.client.user.clone())?;
        proven.settle(tx, approach.shown).await?;
        Ok(own)
    });
    proven.unless_shown_before(app, approach, known.await).await?;
    Ok(caller)
}

/// What is known of a token, if it is the caller's own and its session runs (RFC 7662 §2.2). Nothing is
/// told of another's: it reads like one that never was.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn introspect(
    app: &App,
    caller: &Caller,
    token: Option<(UserId, SessionId)>,
) -> Result<Permitted<Option<LiveToken>>, Refused> {
    let id = caller.actor.user_id().ok_or(NotFound)?;
    let own = token.filter(|(user_id, _)| *user_id == id);
    app.read(caller, async |db| {
        let user = users::find(db, id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ViewOwnAccount, user)?;
        let live = match own {
            Some((user_id, session_id)) => {
                users::principal(db, user_id, session_id, app.settings().second_factor, app.now()).await?
            }
            None => None,
        };
        let live = live.map(|principal| LiveToken { login: user.login.clone(), scopes: principal.scopes });
        Ok(user.with(live))
    })
    .await
}

/// A client that proved itself.
#[derive(Debug)]
struct Proven {
    client: Client,
    credential: Credential,
    /// What counted the attempt as one that fails.
    counters: [Key; 2],
}

/// The client that is shown, with the credential that proves it. The attempt is counted before it is made.
async fn prove(app: &App, approach: Approach<'_>) -> Result<Proven, Refused> {
    let (shown, now) = (approach.shown, app.now());
    let counters = shown.counters(approach.address);
    for counter in counters {
        throttles::attempt(app, &Caller::visitor(approach.request_id), counter, || denied(None)).await?;
    }
    // A login is lowered when it is read; the name of a client is its login to the letter.
    let known = match Login::parse(shown.name()).ok().filter(|login| login.as_str() == shown.name()) {
        Some(login) => clients::find_by_login(app.store(), &login, now).await?,
        None => None,
    };
    let (client, credentials) = known.map_or((None, Vec::new()), |file| (Some(file.client), file.credentials));
    let id = client.as_ref().map(Client::id);
    let active = credentials.into_iter().filter(|credential| credential.is_active(now)).collect();
    match client.zip(matching(shown, active)) {
        Some((client, credential)) if may_enter(&client, &credential) => Ok(Proven { client, credential, counters }),
        Some(_) => Err(turn_away(app, approach, id, "the client or its hospital is shut out").await?),
        None => Err(turn_away(app, approach, id, "no active credential of a known client fits").await?),
    }
}

/// The refusal, on record, with its reason for the operator alone.
async fn turn_away(
    app: &App,
    approach: Approach<'_>,
    client: Option<UserId>,
    reason: &'static str,
) -> Result<Refused, Refused> {
    tracing::info!(client.id = client.map(tracing::field::display), reason, "a client was turned away");
    app.note_denial(&Caller::visitor(approach.request_id), &denied(client)).await?;
    Ok(InvalidClient.into())
}

fn denied(client: Option<UserId>) -> Denied {
    let object = Object { kind: ObjectKind::Client, id: client.map(UserId::uuid), case_id: None };
    Denied { actor: Box::new(Actor::System), action: Action::SignIn, object, hidden: false }
}

impl Proven {
    /// Takes the attempt out of the counters, and uses up what may be used once: of two uses at once, on
    /// whichever instances, one finds it taken.
    async fn settle(&self, tx: &Tx, shown: Shown<'_>) -> Result<(), Refused> {
        if let Shown::Assertion(assertion) = shown {
            let hash = secrets::hash(assertion.token_id());
            let used = clients::use_assertion(tx, self.client.id(), hash, assertion.usable_until()).await;
            if used.as_ref().is_err_and(|error| error.is_constraint(USED_ASSERTIONS)) {
                return Err(InvalidClient.into());
            }
            used?;
        }
        for counter in self.counters {
            counters::give_back(tx, counter).await?;
        }
        Ok(())
    }

    /// What a unit answered, with its refusal of an assertion that was shown before on record.
    async fn unless_shown_before<T>(
        &self,
        app: &App,
        approach: Approach<'_>,
        answer: Result<T, Refused>,
    ) -> Result<T, Refused> {
        match answer {
            Err(refused) if refused.code() == ProblemCode::InvalidClient => {
                Err(turn_away(app, approach, Some(self.client.id()), "the assertion was shown before").await?)
            }
            answer => answer,
        }
    }

    /// The client as the one who acts. One's own account needs no scope, and nothing else is done with this.
    fn caller(&self, app: &App, session_id: SessionId, request_id: Option<Uuid>) -> Caller {
        let principal = self.client.user.clone().acting(session_id, app.now());
        Caller { actor: Actor::User(Principal { scopes: Some(Vec::new()), ..principal }), request_id }
    }
}

impl<'a> Shown<'a> {
    fn name(self) -> &'a str {
        match self {
            Self::Assertion(assertion) => assertion.client(),
            Self::Secret(name, _) => name,
        }
    }

    /// What counts the attempt: by client and address, and then by address alone, where one client that fails again and
    /// again does not come.
    fn counters(self, address: IpAddr) -> [Key; 2] {
        let about = format!("{} {}", address.to_canonical(), self.name());
        [throttles::key(Counter::Client, about.as_bytes()), throttles::of_address(Counter::ClientAddress, address)]
    }
}

/// The credential that fits what is shown. How many keys are tried follows from what is shown, not from
/// what is known of the client.
fn matching(shown: Shown<'_>, active: Vec<Credential>) -> Option<Credential> {
    match shown {
        Shown::Secret(_, secret) => {
            let shown = secrets::hash(secret);
            active.into_iter().find(|known| matches!(known.proof, Proof::Secret(hash) if hash == shown))
        }
        Shown::Assertion(assertion) => {
            let tries = if assertion.key_id().is_some() { 1 } else { MOST_ACTIVE };
            let candidates = active.into_iter().filter(|known| may_have_signed(known, assertion)).map(Some);
            let candidates = candidates.chain(std::iter::repeat_with(|| None)).take(tries);
            let mut fitting = candidates.filter(|known| assertion.is_signed_by(known.as_ref().and_then(key_of)));
            let found = fitting.next().flatten();
            // The others are tried as well.
            fitting.for_each(drop);
            found
        }
    }
}

fn key_of(credential: &Credential) -> Option<&PublicKey> {
    match &credential.proof {
        Proof::Key(_, key) => Some(key),
        Proof::Secret(_) => None,
    }
}

/// Whether a credential is a key of the algorithm, and the one that is named if one is.
fn may_have_signed(credential: &Credential, assertion: &dyn Assertion) -> bool {
    let Proof::Key(id, key) = &credential.proof else { return false };
    let named = assertion.key_id().is_none_or(|named| named == id.as_str());
    named && key.algorithm() == assertion.algorithm()
}

fn may_enter(client: &Client, credential: &Credential) -> bool {
    let by_secret = matches!(credential.proof, Proof::Secret(_));
    client.is_enabled() && client.user.may_act() && (client.terms.allows_secret || !by_secret)
}

fn new_session(app: &App, client: &Client) -> Session {
    let now = app.now();
    Session {
        id: SessionId::new(app.ids()),
        user_id: client.id(),
        started_at: now,
        last_used_at: now,
        ends_at: now + LONGEST_SESSION,
        revoked_at: None,
        second_factor_at: None,
        client: None,
    }
}

#[cfg(test)]
mod tests;
