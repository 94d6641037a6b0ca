//! Signing in, staying in, and signing out.

use rafiq_domain::ids::{RefreshTokenId, SessionId, UserId};
use rafiq_domain::policy::{Action, Actor, Permitted, Principal, permit};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::Login;
use rafiq_domain::users::{RefreshToken, RefreshVerdict, Session, User};
use rafiq_domain::vocabulary::UserState;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::users::{self, Presented};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::passwords::Password;
use crate::{App, Caller, Refused};

/// What a client keeps of a session: its id, and the secret that prolongs it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Whose it is.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The refresh token, shown this once.
    pub refresh_token: Sensitive<String>,
}

/// The login or the password is wrong; which of them is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("login or password is wrong")]
pub struct InvalidCredentials;

impl Refusal for InvalidCredentials {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidCredentials
    }
}

/// The refresh token is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the refresh token is not valid")]
pub struct InvalidRefreshToken;

impl Refusal for InvalidRefreshToken {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidRefreshToken
    }
}

/// Signs a user in. `request_id` is for the audit trail.
///
/// # Errors
/// [`InvalidCredentials`] for an unknown or disabled user and for a wrong password alike.
pub async fn sign_in(app: &App, login: &str, password: &str, request_id: Option<Uuid>) -> Result<Opened, Refused> {
    let known = match Login::parse(login) {
        Ok(login) => users::find_by_login(app.store(), &login).await?,
        Err(_) => None,
    };
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let typed = Password::typed(password).ok_or(InvalidCredentials)?;
    let matches = app.passwords().verify(typed, hash).await?;
    let user = known
        .map(|known| known.user)
        .filter(|user| matches && user.state == UserState::Active)
        .ok_or(InvalidCredentials)?;
    open_session(app, user, request_id).await
}

async fn open_session(app: &App, user: User, request_id: Option<Uuid>) -> Result<Opened, Refused> {
    let now = app.now();
    let session = Session {
        id: SessionId::new(app.ids()),
        user_id: user.id,
        started_at: now,
        ends_at: now + app.settings().session_absolute,
        revoked_at: None,
    };
    let caller = caller_of(&user, session.id, request_id);
    let opened = app
        .write(&caller, async |tx| {
            let permitted = permit(&caller.actor, Action::ViewOwnAccount, user)?;
            users::insert_session(tx, &session).await?;
            let refresh_token = hand_out(app, tx, &session, None).await?;
            Ok(permitted.with(Opened { user_id: session.user_id, session_id: session.id, refresh_token }))
        })
        .await?;
    Ok(opened.into_inner())
}

/// Exchanges a refresh token for the next one. `request_id` is for the audit trail.
///
/// # Errors
/// [`InvalidRefreshToken`] when it is unknown, expired, or was exchanged before; in the last case
/// the session ends, since a thief or its victim holds the other one.
pub async fn refresh(app: &App, secret: &str, request_id: Option<Uuid>) -> Result<Opened, Refused> {
    let hash = hash(secret);
    let session_id = users::session_of_refresh_token(app.store(), hash).await?.ok_or(InvalidRefreshToken)?;
    let caller = Caller { actor: Actor::System, request_id };
    let exchanged = app
        .write(&caller, async |tx| {
            let presented = users::present_refresh_token(tx, session_id, hash).await?.ok_or(InvalidRefreshToken)?;
            let user = users::find(tx, presented.session.user_id).await?.filter(|user| user.state == UserState::Active);
            let user = user.ok_or(InvalidRefreshToken)?;
            let own = permit(&caller_of(&user, session_id, request_id).actor, Action::ViewOwnAccount, user)?;
            let user_id = own.id;
            let next = exchange(app, tx, &presented).await?;
            Ok(own.with(next.map(|refresh_token| Opened { user_id, session_id, refresh_token })))
        })
        .await?;
    Ok(exchanged.into_inner().ok_or(InvalidRefreshToken)?)
}

/// The next token, or none when the session was ended for a reuse: that end must be kept, so it is no error here.
async fn exchange(app: &App, tx: &Tx, presented: &Presented) -> Result<Option<Sensitive<String>>, Refused> {
    let Presented { token, relative_was_used, session } = presented;
    let now = app.now();
    if !session.runs(now) {
        return Err(InvalidRefreshToken.into());
    }
    match token.judge(*relative_was_used, now) {
        RefreshVerdict::Expired => Err(InvalidRefreshToken.into()),
        RefreshVerdict::Reused => {
            tracing::warn!(session.id = %session.id, "a refresh token was used twice; the session is ended");
            users::revoke_session(tx, session.id, now).await?;
            Ok(None)
        }
        RefreshVerdict::Rotate => {
            users::rotate_refresh_token(tx, token.id, now).await?;
            hand_out(app, tx, session, Some(token.id)).await.map(Some)
        }
    }
}

async fn hand_out(
    app: &App,
    tx: &Tx,
    session: &Session,
    parent: Option<RefreshTokenId>,
) -> Result<Sensitive<String>, Refused> {
    let now = app.now();
    let secret = random_secret()?;
    let token = RefreshToken {
        id: RefreshTokenId::new(app.ids()),
        session_id: session.id,
        issued_at: now,
        expires_at: (now + app.settings().session_idle).min(session.ends_at),
        rotated_at: None,
    };
    users::insert_refresh_token(tx, &token, hash(&secret), parent).await?;
    Ok(Sensitive(secret))
}

/// Ends the caller's session: its access tokens stop with the next request.
///
/// # Errors
/// [`Refused`] when it cannot be recorded.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Refused> {
    app.write(caller, async |tx| {
        let own = own_account(tx, caller).await?;
        if let Actor::User(principal) = &caller.actor {
            users::revoke_session(tx, principal.session_id, app.now()).await?;
        }
        Ok(own)
    })
    .await
    .map(|_| ())
}

/// The caller's own account.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn view_own_account(app: &App, caller: &Caller) -> Result<Permitted<User>, Refused> {
    app.read(caller, async |db| own_account(db, caller).await).await
}

async fn own_account(db: &impl Reader, caller: &Caller) -> Result<Permitted<User>, Refused> {
    let id = caller.actor.user_id().ok_or(NotFound)?;
    let user = users::find(db, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, Action::ViewOwnAccount, user)?)
}

/// The live principal behind a verified access token; none when the user is disabled or the session over.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn authenticate(app: &App, user_id: UserId, session_id: SessionId) -> Result<Option<Actor>, Refused> {
    Ok(users::principal(app.store(), user_id, session_id, app.now()).await?.map(Actor::User))
}

fn caller_of(user: &User, session_id: SessionId, request_id: Option<Uuid>) -> Caller {
    let principal = Principal {
        user_id: user.id,
        session_id,
        roles: user.profile.roles.clone(),
        hospital_id: user.profile.hospital_id,
        interpreter_id: user.profile.interpreter_id,
    };
    Caller { actor: Actor::User(principal), request_id }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness to be had")]
struct NoRandomness;

impl Refusal for NoRandomness {
    fn code(&self) -> ProblemCode {
        ProblemCode::Unavailable
    }
}

/// 256 random bits, as text.
fn random_secret() -> Result<String, Refused> {
    use base64::Engine as _;
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
