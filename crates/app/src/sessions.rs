//! Signing in, staying in, and signing out.

use rafiq_domain::ids::{RefreshTokenId, SessionId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Principal, Whole, permit};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::sessions::{ClientName, KEPT_AFTER_END, RefreshToken, RefreshVerdict, Session};
use rafiq_domain::users::User;
use rafiq_persistence::sessions::Presented;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{audit, sessions, users};
use uuid::Uuid;

use crate::credentials::{self, Checked, SignIn};
use crate::second_factor::{self, Standing};
use crate::{App, Caller, Refused, secrets};

/// The most sessions that one run removes; the next run takes the rest.
const BATCH: u64 = 500;

/// What is known of a request for which nobody has signed in yet.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The request, for the audit trail.
    pub request_id: Option<Uuid>,
    /// The program that asks, for the list of sessions.
    pub client: Option<ClientName>,
}

/// What a client keeps of a session: its id, and the secret that prolongs it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Whose it is.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The refresh token, shown this once.
    pub refresh_token: Sensitive<String>,
    /// Whether a second factor is owed, and which are set up.
    pub standing: Standing,
}

/// What a sign-in answers.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub opened: Opened,
    /// By which the device is known at the next sign-in; none while a second factor is owed.
    pub device_token: Option<Sensitive<String>>,
}

/// A session of the caller.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// Whether it is the one in which the caller asks.
    pub is_current: bool,
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

/// Signs a user in.
///
/// # Errors
/// [`InvalidCredentials`](crate::credentials::InvalidCredentials) for an unknown user, for one who is shut out, and for a wrong password alike.
pub async fn sign_in(app: &App, sign_in: &SignIn, origin: Origin) -> Result<SignedIn, Refused> {
    let checked = credentials::check(app, sign_in, origin.request_id).await?;
    let user = users::find(app.store(), checked.user_id, app.now()).await?.filter(User::may_act);
    let Some(user) = user else {
        return Err(credentials::refuse(app, Some(checked.user_id), origin.request_id).await?);
    };
    let signed_in = open_session(app, user, &checked, origin).await?;
    checked.renew_hash(app).await;
    Ok(signed_in)
}

async fn open_session(app: &App, user: User, checked: &Checked, origin: Origin) -> Result<SignedIn, Refused> {
    let now = app.now();
    let session = Session {
        id: SessionId::new(app.ids()),
        user_id: user.id,
        started_at: now,
        last_used_at: now,
        ends_at: now + app.settings().session_absolute,
        revoked_at: None,
        second_factor_at: None,
        client: origin.client,
    };
    let caller = caller_of(app, &user, session.id, origin.request_id);
    let opened = app
        .write(&caller, async |tx| {
            // Before the password: whoever is shut out is held first, and loses what opens a session after that.
            let held = users::take_turn(tx, [user.id], now).await?.pop().filter(User::may_act);
            let user = held.ok_or_else(|| checked.too_late())?;
            checked.still_holds(tx).await?;
            let permitted = permit(&caller.actor, Action::SignIn, user)?;
            sessions::insert(tx, &session).await?;
            let opened = hand_out(app, tx, &session, None).await?;
            let device_token = checked.settle(app, tx, &permitted, &opened).await?;
            Ok(permitted.with(SignedIn { opened, device_token }))
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
    let hash = secrets::hash(secret);
    let session_id = sessions::of_refresh_token(app.store(), hash).await?.ok_or(InvalidRefreshToken)?;
    let caller = Caller::visitor(request_id);
    let exchanged = app
        .write(&caller, async |tx| {
            let presented = sessions::present_refresh_token(tx, session_id, hash).await?.ok_or(InvalidRefreshToken)?;
            if !presented.session.runs(app.now()) {
                return Err(InvalidRefreshToken.into());
            }
            match presented.token.judge(presented.relative_was_used, app.now()) {
                RefreshVerdict::Expired => Err(InvalidRefreshToken.into()),
                RefreshVerdict::Reused => end_for_reuse(app, &caller, tx, presented.session).await,
                RefreshVerdict::Rotate => rotate(app, &caller, tx, &presented).await.map(|opened| opened.map(Some)),
            }
        })
        .await?;
    Ok(exchanged.into_inner().ok_or(InvalidRefreshToken)?)
}

/// Ends the session, and puts on record that its token was used again. Both must be kept, so it is no
/// error here; there is nothing to hand out.
async fn end_for_reuse(
    app: &App,
    caller: &Caller,
    tx: &Tx,
    session: Session,
) -> Result<Permitted<Option<Opened>>, Refused> {
    tracing::warn!(session.id = %session.id, "a refresh token was used twice; the session is ended");
    // Nobody may use one twice, so what the policy answers is the event to record.
    if let Err(denied) = permit(&caller.actor, Action::ReuseRefreshToken, session.clone()) {
        audit::denied_within(tx, &denied, app.stamp(caller)).await?;
    }
    let ended = permit(&caller.actor, Action::EndSession, session)?;
    sessions::revoke(tx, &ended, app.now()).await?;
    Ok(ended.map(|_| None))
}

async fn rotate(app: &App, caller: &Caller, tx: &Tx, presented: &Presented) -> Result<Permitted<Opened>, Refused> {
    let Presented { token, session, .. } = presented;
    let user = users::find(tx, session.user_id, app.now()).await?.filter(User::may_act);
    let user = user.ok_or(InvalidRefreshToken)?;
    let owner = caller_of(app, &user, session.id, caller.request_id).actor;
    let own = permit(&owner, Action::ProlongSession, session.clone())?;
    sessions::rotate_refresh_token(tx, token.id, app.now()).await?;
    sessions::prolong(tx, session.id, app.now()).await?;
    let opened = hand_out(app, tx, session, Some(token.id)).await?;
    Ok(own.with(opened))
}

async fn hand_out(app: &App, tx: &Tx, session: &Session, parent: Option<RefreshTokenId>) -> Result<Opened, Refused> {
    let now = app.now();
    let secret = secrets::draw()?;
    let token = RefreshToken {
        id: RefreshTokenId::new(app.ids()),
        session_id: session.id,
        issued_at: now,
        expires_at: (now + app.settings().session_idle).min(session.ends_at),
        rotated_at: None,
    };
    sessions::insert_refresh_token(tx, &token, secrets::hash(&secret), parent).await?;
    let standing = second_factor::standing(app, tx, session).await?;
    Ok(Opened { user_id: session.user_id, session_id: session.id, refresh_token: secret, standing })
}

/// One page of the caller's sessions that run: neither ended nor idle for too long.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn list_own_sessions(
    app: &App,
    caller: &Caller,
    page: Page,
) -> Result<Permitted<Slice<OwnSession>>, Refused> {
    let (now, current) = (app.now(), session_of(caller));
    let used_since = now - app.settings().session_idle;
    app.read(caller, async |db| {
        let own = own_account(app, db, caller, Action::ViewOwnSignIns).await?;
        let running = sessions::list_running(db, &own, now, used_since, page).await?;
        let marked = running.map(|session| OwnSession { is_current: Some(session.id) == current, session });
        Ok(own.with(marked))
    })
    .await
}

/// Ends one of the caller's sessions: its access tokens stop with the next request. Ending it twice changes nothing.
///
/// # Errors
/// [`Refused`] when there is none, or it is another user's.
pub async fn end_session(app: &App, caller: &Caller, id: SessionId) -> Result<(), Refused> {
    let ended = app.write(caller, async |tx| {
        let session = sessions::find(tx, id).await?.ok_or(NotFound)?;
        let session = permit(&caller.actor, Action::EndSession, session)?;
        sessions::revoke(tx, &session, app.now()).await?;
        Ok(session)
    });
    ended.await.map(|_| ())
}

/// Ends the caller's session: its access tokens stop with the next request.
///
/// # Errors
/// [`Refused`] when it cannot be recorded.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Refused> {
    end_session(app, caller, session_of(caller).ok_or(NotFound)?).await
}

/// Ends every session of a user, as when a device was lost. The user may sign in again.
///
/// # Errors
/// [`Refused`] when there is no such user, or the caller may not.
pub async fn end_sessions(app: &App, caller: &Caller, user_id: UserId) -> Result<(), Refused> {
    let ended = app.write(caller, async |tx| {
        let user = users::find(tx, user_id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::EndSessions, user)?;
        sessions::revoke_all(tx, &user, app.now()).await?;
        Ok(user)
    });
    ended.await.map(|_| ())
}

/// Removes sessions that ended long ago, up to a bound, and tells how many. Takes no input: instances
/// may do it at once, and the later one finds less.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn forget_old(app: &App) -> Result<usize, Refused> {
    let old = sessions::over_before(app.store(), app.now() - KEPT_AFTER_END, BATCH).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let caller = Caller::system();
    let removed = app.write(&caller, async |tx| {
        let old = permit(&caller.actor, Action::Forget, Whole(ObjectKind::Session))?.with(old);
        sessions::remove(tx, &old).await?;
        Ok::<_, Refused>(old)
    });
    removed.await.map(|old| old.len())
}

/// The caller's own account.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn view_own_account(app: &App, caller: &Caller) -> Result<Permitted<User>, Refused> {
    app.read(caller, async |db| own_account(app, db, caller, Action::ViewOwnAccount).await).await
}

async fn own_account(app: &App, db: &impl Reader, caller: &Caller, action: Action) -> Result<Permitted<User>, Refused> {
    let id = caller.actor.user_id().ok_or(NotFound)?;
    let user = users::find(db, id, app.now()).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, action, user)?)
}

/// The live principal behind a verified access token; none when the user is disabled or the session over.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn authenticate(app: &App, user_id: UserId, session_id: SessionId) -> Result<Option<Actor>, Refused> {
    Ok(users::principal(app.store(), user_id, session_id, app.settings().second_factor, app.now())
        .await?
        .map(Actor::User))
}

const fn session_of(caller: &Caller) -> Option<SessionId> {
    match &caller.actor {
        Actor::User(principal) => Some(principal.session_id),
        Actor::System => None,
    }
}

fn caller_of(app: &App, user: &User, session_id: SessionId, request_id: Option<Uuid>) -> Caller {
    let principal = Principal {
        roles: user.profile.roles.clone(),
        confers: user.profile.confers.clone(),
        hospital_id: user.profile.hospital_id,
        interpreter_id: user.profile.interpreter_id,
        ..Principal::new(user.id, session_id, app.now())
    };
    Caller { actor: Actor::User(principal), request_id }
}
