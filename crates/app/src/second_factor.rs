//! The second factor: setting it up, showing it, and what helps when it is lost.
//!
//! A session is proven once by a second factor, and its tokens go on. Whoever has a factor changes it
//! only in a session that was proven a moment ago: neither a password nor a stolen session adds one.

mod totp;

use rafiq_domain::ids::{SessionId, UserId};
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::policy::{Action, Actor, Assurance, Denied, Object, ObjectKind, Permitted, Principal, Whole, permit};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::second_factor::{
    Factors, FactorsRefused, RecoveryCode, SecondFactorOwed, SecondFactorRule, TotpCode,
};
use rafiq_domain::sensitive::{Sealed, Sensitive};
use rafiq_domain::sessions::Session;
use rafiq_domain::users::User;
use rafiq_persistence::second_factors::TotpSecret;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{second_factors, sessions, users};
use sha2::{Digest, Sha256};

pub use self::totp::Enrolment;
use crate::refused::DeniedBecause;
use crate::vault::Place;
use crate::{App, Caller, Refused, devices, mail, secrets};

/// How long a started enrolment can be confirmed.
pub(crate) const ENROLMENT_LASTS: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

/// How many secrets are sealed anew in one unit.
const BATCH: u64 = 100;

/// Where a session stands, and what its user has set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How far the sign-in has come.
    pub assurance: Assurance,
    /// Whether everyone needs a second factor.
    pub rule: SecondFactorRule,
    /// What the user has set up.
    pub factors: Factors,
}

/// What proves a session.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The code that an authenticator app shows.
    Code(TotpCode),
    /// A recovery code.
    RecoveryCode(RecoveryCode),
}

/// What follows from showing a second factor.
#[derive(Debug, Clone)]
pub struct Proven {
    /// By which the device is known at the next sign-in; none when it was known before.
    pub device_token: Option<Sensitive<String>>,
}

/// What follows from adding a second factor.
#[derive(Debug, Clone)]
pub struct Added {
    /// Recovery codes, when there were none left.
    pub recovery_codes: Vec<RecoveryCode>,
    /// By which the device is known at the next sign-in; none when it was known before.
    pub device_token: Option<Sensitive<String>>,
}

/// What was shown is wrong, was used before, or came too late; which of them is not said. It is on
/// record as a denial.
#[derive(Debug, thiserror::Error)]
#[error("the second factor is not valid")]
pub(crate) struct WrongSecondFactor(pub(crate) Denied);

impl Refusal for WrongSecondFactor {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidSecondFactor
    }

    fn denial(&self) -> Option<&Denied> {
        Some(&self.0)
    }
}

/// What the caller has set up, and whether more is owed.
///
/// # Errors
/// [`Refused`] when the caller is no user.
pub async fn view_second_factor(app: &App, caller: &Caller) -> Result<Permitted<Standing>, Refused> {
    app.read(caller, async |db| {
        let principal = signed_in(caller)?;
        let user = users::find(db, principal.user_id, app.now()).await?.ok_or(NotFound)?;
        let own = permit(&caller.actor, Action::ViewOwnAccount, user)?;
        let session = sessions::find(db, principal.session_id).await?.ok_or(NotFound)?;
        let standing = standing(app, db, &session).await?;
        Ok(own.with(standing))
    })
    .await
}

/// Where a session stands.
pub(crate) async fn standing(app: &App, db: &impl Reader, session: &Session) -> Result<Standing, Refused> {
    let rule = app.settings().second_factor;
    Ok(Standing {
        assurance: second_factors::assurance(db, session, rule).await?,
        rule,
        factors: second_factors::factors(db, session.user_id).await?,
    })
}

/// Starts to enrol an authenticator app; one that was confirmed before stays until this one is.
///
/// # Errors
/// [`SecondFactorOwed`] when there is a factor and it was not shown.
pub async fn start_totp(app: &App, caller: &Caller) -> Result<Permitted<Enrolment>, Refused> {
    let secret: Sensitive<[u8; totp::SECRET_LENGTH]> = secrets::random()?;
    app.write(caller, async |tx| {
        let Own { user: own, .. } = own_account(app, tx, caller).await?;
        let sealed = app.vault().seal(&enrolment_of(own.id), secret.as_slice(), app.now())?;
        second_factors::start_totp(tx, &own, sealed, app.now()).await?;
        let enrolment = totp::enrolment(secret.as_slice(), &own.login)?;
        Ok(own.with(enrolment))
    })
    .await
}

/// Confirms the app by its first code, which also proves the session. Answers recovery codes when there
/// were none left.
///
/// # Errors
/// [`FactorsRefused::NotStarted`], and [`ProblemCode::InvalidSecondFactor`] for a wrong code.
pub async fn confirm_totp(app: &App, caller: &Caller, code: TotpCode) -> Result<Permitted<Added>, Refused> {
    app.write(caller, async |tx| {
        let Own { user: own, session_id, factors } = own_account(app, tx, caller).await?;
        let started = second_factors::started_totp(tx, own.id).await?;
        let started = started.filter(|started| app.now() < started.started_at + ENROLMENT_LASTS);
        let sealed = started.ok_or(FactorsRefused::NotStarted)?.secret;
        let secret = app.vault().open(&enrolment_of(own.id), &sealed)?;
        let wrong = || WrongSecondFactor(own.permit().deny());
        let step = totp::step_of(&secret, &code, app.now())?.ok_or_else(wrong)?;
        let sealed = app.vault().seal(&factor_of(own.id), &secret, app.now())?;
        second_factors::confirm_totp(tx, &own, sealed, step, app.now()).await?;
        added(app, tx, &own, session_id, factors).await
    })
    .await
}

/// What follows a factor that was added: the session is proven, and there are recovery codes.
pub(crate) async fn added(
    app: &App,
    tx: &Tx,
    own: &Permitted<User>,
    session_id: SessionId,
    before: Factors,
) -> Result<Permitted<Added>, Refused> {
    let Proven { device_token } = prove(app, tx, own, session_id).await?;
    tell(app, tx, own, MailKind::SignInMethodChanged).await?;
    let recovery_codes = match before.recovery_codes {
        0 => hand_out_codes(app, tx, own).await?.into_inner(),
        _ => Vec::new(),
    };
    Ok(own.with(Added { recovery_codes, device_token }))
}

/// Notes that a session is proven, and with it the device from which it was begun.
pub(crate) async fn prove(app: &App, tx: &Tx, own: &Permitted<User>, session_id: SessionId) -> Result<Proven, Refused> {
    second_factors::prove_session(tx, own, session_id, app.now()).await?;
    Ok(Proven { device_token: devices::know(app, tx, own, session_id).await? })
}

/// Takes the caller's authenticator app away; with the last factor its recovery codes go.
///
/// # Errors
/// [`FactorsRefused`] when there is none, or it is the last and one is required.
pub async fn remove_totp(app: &App, caller: &Caller) -> Result<(), Refused> {
    app.write(caller, async |tx| {
        let Own { user: own, factors, .. } = own_account(app, tx, caller).await?;
        factors.totp_since.ok_or(FactorsRefused::NotSetUp)?;
        leave(app, tx, &own, factors).await?;
        second_factors::remove_totp(tx, &own).await?;
        tell(app, tx, &own, MailKind::SignInMethodChanged).await?;
        Ok(own.map(|_| ()))
    })
    .await
    .map(|_| ())
}

/// Whether one of `factors` may go; the recovery codes go with the last.
pub(crate) async fn leave(app: &App, tx: &Tx, own: &Permitted<User>, factors: Factors) -> Result<(), Refused> {
    if !factors.is_the_last() {
        return Ok(());
    }
    match app.settings().second_factor {
        SecondFactorRule::Required => Err(FactorsRefused::LastOne.into()),
        SecondFactorRule::Optional => Ok(second_factors::remove_recovery_codes(tx, own).await?),
    }
}

/// Hands out new recovery codes; the old ones are void.
///
/// # Errors
/// [`FactorsRefused::NotSetUp`] without a factor for which they could stand in.
pub async fn renew_recovery_codes(app: &App, caller: &Caller) -> Result<Permitted<Vec<RecoveryCode>>, Refused> {
    app.write(caller, async |tx| {
        let Own { user: own, factors, .. } = own_account(app, tx, caller).await?;
        if !factors.are_set_up() {
            return Err(FactorsRefused::NotSetUp.into());
        }
        tell(app, tx, &own, MailKind::RecoveryCodesRenewed).await?;
        hand_out_codes(app, tx, &own).await
    })
    .await
}

async fn hand_out_codes(app: &App, tx: &Tx, own: &Permitted<User>) -> Result<Permitted<Vec<RecoveryCode>>, Refused> {
    let draw = |_| secrets::random().map(|random| RecoveryCode::new(random.0));
    let codes = (0..RecoveryCode::BATCH).map(draw).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<_> = codes.iter().map(hash).collect();
    second_factors::replace_recovery_codes(tx, own, &hashes, app.now()).await?;
    Ok(own.with(codes))
}

/// What is kept of a recovery code: nobody guesses 80 bits.
fn hash(code: &RecoveryCode) -> [u8; 32] {
    Sha256::digest(code.bytes()).into()
}

/// Proves the caller's session by a code. Every try counts before it is looked at.
///
/// # Errors
/// [`ProblemCode::InvalidSecondFactor`] for a code that is wrong or was used, and
/// [`ProblemCode::TooManyAttempts`] when too many were.
pub async fn verify(app: &App, caller: &Caller, proof: Proof) -> Result<Permitted<Proven>, Refused> {
    let session_id = signed_in(caller)?.session_id;
    let own = may_verify(app, caller).await?;
    let attempt = second_factors::make_attempt(app.store(), own.id, app.now()).await?;
    let attempt = attempt.map_err(|why| DeniedBecause { why, denied: own.permit().deny() }.into());
    app.record_denial(caller, attempt).await?;
    app.write(caller, async |tx| {
        second_factors::hold(tx, own.id).await?;
        if !accepts(app, tx, &own, &proof).await? {
            return Err(WrongSecondFactor(own.permit().deny()).into());
        }
        let proven = prove(app, tx, &own, session_id).await?;
        Ok(own.with(proven))
    })
    .await
}

/// Lets nobody on whose sign-in still owes its second factor, whatever it asks for.
///
/// # Errors
/// [`SecondFactorOwed`], which is on record.
pub async fn insist(app: &App, caller: &Caller) -> Result<(), Refused> {
    let Actor::User(principal) = &caller.actor else { return Ok(()) };
    if principal.assurance == Assurance::Full {
        return Ok(());
    }
    let object = Object { kind: ObjectKind::Session, id: Some(principal.session_id.uuid()), case_id: None };
    let actor = Box::new(caller.actor.clone());
    let denied = Denied { actor, action: Action::SkipSecondFactor, object, hidden: false };
    app.record_denial(caller, Err(SecondFactorOwed(denied).into())).await
}

/// The caller's own account, before anything that they showed is looked at.
pub(crate) async fn may_verify(app: &App, caller: &Caller) -> Result<Permitted<User>, Refused> {
    let user = users::find(app.store(), signed_in(caller)?.user_id, app.now()).await?.ok_or(NotFound)?;
    app.ask(caller, Action::VerifySecondFactor, user).await
}

/// Whether the proof is good, which uses it up.
async fn accepts(app: &App, tx: &Tx, own: &Permitted<User>, proof: &Proof) -> Result<bool, Refused> {
    let code = match proof {
        Proof::RecoveryCode(code) => return accepts_recovery_code(app, tx, own, code).await,
        Proof::Code(code) => code,
    };
    let Some(factor) = second_factors::totp(tx, own.id).await? else { return Ok(false) };
    let secret = app.vault().open(&factor_of(own.id), &factor.secret)?;
    match totp::step_of(&secret, code, app.now())? {
        Some(step) => Ok(second_factors::advance_totp(tx, own, step).await?),
        None => Ok(false),
    }
}

/// Whether a recovery code is good. A thief of the printed sheet may have used it, so its owner is told.
async fn accepts_recovery_code(
    app: &App,
    tx: &Tx,
    own: &Permitted<User>,
    code: &RecoveryCode,
) -> Result<bool, Refused> {
    let good = second_factors::use_recovery_code(tx, own, hash(code), app.now()).await?;
    if good {
        tell(app, tx, own, MailKind::RecoveryCodeUsed).await?;
    }
    Ok(good)
}

/// Takes all factors of another user away, who lost them, and ends their sessions.
///
/// # Errors
/// [`Refused`] when the caller may not, or is the user.
pub async fn reset_second_factor(app: &App, caller: &Caller, id: UserId) -> Result<(), Refused> {
    app.write(caller, async |tx| {
        let user = users::find(tx, id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ResetSecondFactor, user)?;
        if caller.actor.user_id() == Some(id) {
            // Whoever took a session over must not get rid of the factor so.
            return Err(user.permit().deny().into());
        }
        second_factors::hold(tx, id).await?;
        second_factors::remove_all(tx, &user).await?;
        sessions::revoke_all(tx, &user, app.now()).await?;
        tell(app, tx, &user, MailKind::SignInMethodChanged).await?;
        Ok(user.map(|_| ()))
    })
    .await
    .map(|_| ())
}

/// Seals what older keys sealed with the present one, after which those can go. What does not open is
/// left as it is, and told. Answers how many were sealed anew.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn seal_anew(app: &App) -> Result<usize, Refused> {
    let (mut after, mut done) = (None, 0);
    loop {
        let found =
            second_factors::sealed_otherwise(app.store(), app.vault().current(app.now())?, after, BATCH).await?;
        let Some(last) = found.last() else { return Ok(done) };
        after = Some(last.user_id);
        let opened: Vec<_> = found.iter().filter_map(|factor| anew(app, factor)).collect();
        if opened.is_empty() {
            continue;
        }
        done += opened.len();
        let caller = Caller::system();
        app.write(&caller, async |tx| {
            let permitted = permit(&caller.actor, Action::SealAnew, Whole(ObjectKind::User))?;
            for (before, sealed) in &opened {
                second_factors::seal_anew(tx, before, &permitted.with(sealed.clone())).await?;
            }
            Ok(permitted)
        })
        .await?;
    }
}

fn anew<'factor>(app: &App, factor: &'factor TotpSecret) -> Option<(&'factor TotpSecret, Sealed)> {
    let place = factor_of(factor.user_id);
    let sealed =
        app.vault().open(&place, &factor.secret).and_then(|secret| app.vault().seal(&place, &secret, app.now()));
    match sealed {
        Ok(sealed) => Some((factor, sealed)),
        Err(error) => {
            tracing::error!(user.id = %factor.user_id, %error, "the secret of an authenticator app does not open");
            None
        }
    }
}

/// Tells the owner of the account by mail: if it was not they, they will know.
pub(crate) async fn tell(app: &App, tx: &Tx, user: &Permitted<User>, what: MailKind) -> Result<(), Refused> {
    let notice = Notice::new(what, Recipient::User(user.id));
    mail::enqueue(app, tx, user, notice).await
}

fn enrolment_of(user_id: UserId) -> Place {
    Place::new("totp_enrolments", "secret", user_id)
}

fn factor_of(user_id: UserId) -> Place {
    Place::new("totp_factors", "secret", user_id)
}

/// The user who calls.
pub(crate) fn signed_in(caller: &Caller) -> Result<&Principal, Refused> {
    match &caller.actor {
        Actor::User(principal) => Ok(principal),
        Actor::System => Err(NotFound.into()),
    }
}

/// The caller's own account, with permission to change its factors.
pub(crate) struct Own {
    /// The account.
    pub(crate) user: Permitted<User>,
    /// The session in which they ask.
    pub(crate) session_id: SessionId,
    /// What is set up.
    pub(crate) factors: Factors,
}

/// The caller's own account, whose factors nobody else changes until the unit ends.
pub(crate) async fn own_account(app: &App, tx: &Tx, caller: &Caller) -> Result<Own, Refused> {
    second_factors::hold(tx, signed_in(caller)?.user_id).await?;
    changeable(app, tx, caller).await
}

/// The caller's own account. Anyone may set up a first factor; whoever has one must have shown it lately, as the
/// session stands now and not as it stood when the request began: a session that was left open changes none.
pub(crate) async fn changeable(app: &App, db: &impl Reader, caller: &Caller) -> Result<Own, Refused> {
    let principal = signed_in(caller)?;
    let Principal { user_id, session_id, .. } = *principal;
    let user = users::find(db, user_id, app.now()).await?.ok_or(NotFound)?;
    let user = permit(&caller.actor, Action::SetUpSecondFactor, user)?;
    let session = sessions::find(db, session_id).await?.filter(|session| session.runs(app.now())).ok_or(NotFound)?;
    let factors = second_factors::factors(db, user_id).await?;
    if !factors.are_set_up() {
        return Ok(Own { user, session_id, factors });
    }
    let assurance = second_factors::assurance(db, &session, app.settings().second_factor).await?;
    let actor = Actor::User(Principal { assurance, ..principal.clone() });
    let user = permit(&actor, Action::ChangeSecondFactor, user.into_inner());
    // Nobody's own account is hidden from them: what they lack is told.
    let user = user.map_err(|denied| SecondFactorOwed(Denied { hidden: false, ..denied }))?;
    if !session.is_freshly_proven(app.now()) {
        return Err(SecondFactorOwed(user.permit().deny()).into());
    }
    Ok(Own { user, session_id, factors })
}
