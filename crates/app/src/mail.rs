//! Mail: noted in the unit that causes it, written and sent by the worker.
//!
//! What waits to be sent is ids only. Address, language and text are looked up when its turn comes, and a
//! one-time secret is drawn then: it is known to the mail alone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{MailId, UserId};
use rafiq_domain::links::{LinkPurpose, OneTimeLink};
use rafiq_domain::mail::{ATTEMPTS, Facts, MailKind, Message, Notice, Recipient, compose};
use rafiq_domain::policy::Permitted;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::EmailAddress;
use rafiq_domain::users::{Contact, User};
use rafiq_domain::vocabulary::{Language, UserState};
use rafiq_persistence::mails::{self, Claimed};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{links, users};

use crate::links::may_use;
use crate::{App, Refused, secrets};

/// The most mails that one run sends; the next run takes the rest.
const BATCH: usize = 100;
/// The share, in percent, of the wait before the next attempt that may be added to it by chance.
const JITTER: u32 = 50;

/// How mail leaves the product, and what stands in it.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Who sends it.
    pub mailer: Arc<dyn Mailer>,
    /// Where people open the product, without a slash at the end: links begin with it.
    pub public_url: String,
    /// Who is told of what touches the protection of data.
    pub data_protection_officer: Contact,
}

/// A mail on its way. Never printed: it may carry a link.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its id, the same for each attempt.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// To whom it goes.
    pub to: EmailAddress,
    /// In which language it is.
    pub language: Language,
    /// Subject and text.
    pub message: Message,
}

/// A mail that is being sent.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Sends mail. Answers within half a minute: until then no other instance takes the same mail.
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Sends one mail.
    ///
    /// # Errors
    /// [`MailError`] says whether it is worth another attempt.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// A mail was not sent. Says no more than the server's code, since its words may name the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Later may work.
    #[error("the mail could not be handed over ({})", reply(*.code))]
    Passing {
        /// The reply code of the mail server (RFC 5321 §4.2), if it came to that.
        code: Option<u16>,
    },
    /// It will never be taken.
    #[error("the mail was refused ({})", reply(*.code))]
    Refused {
        /// The reply code of the mail server, if it came to that.
        code: Option<u16>,
    },
}

fn reply(code: Option<u16>) -> String {
    code.map_or_else(|| "no reply".to_owned(), |code| format!("reply {code}"))
}

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Handed over.
    pub sent: usize,
    /// Not handed over; there will be another attempt.
    pub postponed: usize,
    /// Given up for good.
    pub given_up: usize,
    /// Dropped: there was nobody to send them to.
    pub discarded: usize,
}

/// Notes a mail to be sent, in the unit that causes it.
///
/// # Errors
/// [`Refused`] when it cannot be written.
pub(crate) async fn enqueue<T: Sync>(app: &App, tx: &Tx, cause: &Permitted<T>, notice: Notice) -> Result<(), Refused> {
    // What says nothing of its time speaks of now.
    let notice = Notice { at: notice.at.or_else(|| Some(app.now())), ..notice };
    Ok(mails::insert(tx, MailId::new(app.ids()), &cause.with(notice), app.now()).await?)
}

/// Sends what is due, up to a bound.
///
/// # Errors
/// [`Refused`] when the storage does not answer. That a mail was not taken is none: it is tried again.
pub async fn deliver(app: &App) -> Result<Delivered, Refused> {
    let mut done = Delivered::default();
    for _ in 0..BATCH {
        // One at a time, so that none waits for the others longer than it is ours.
        let Some(claimed) = mails::claim(app.store(), app.now(), 1, stretched).await?.pop() else { break };
        deliver_one(app, claimed, &mut done).await?;
    }
    Ok(done)
}

/// How many mails were given up and are still kept.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn given_up(app: &App) -> Result<u64, Refused> {
    Ok(mails::given_up(app.store()).await?)
}

async fn deliver_one(app: &App, claimed: Claimed, done: &mut Delivered) -> Result<(), Refused> {
    let Some(mail) = write(app, &claimed).await? else {
        done.discarded += 1;
        return Ok(mails::discard(app.store(), claimed.id).await?);
    };
    match app.settings().mail.mailer.send(&mail).await {
        Ok(()) => {
            done.sent += 1;
            mails::sent(app.store(), claimed.id, app.now()).await?;
        }
        Err(MailError::Passing { .. }) if claimed.attempts < ATTEMPTS => done.postponed += 1,
        Err(error) => {
            done.given_up += 1;
            tracing::error!(mail.id = %claimed.id, kind = %mail.kind, attempts = claimed.attempts, %error, "a mail is given up");
            mails::failed(app.store(), claimed.id, app.now()).await?;
        }
    }
    Ok(())
}

/// The mail as it is sent now; none when there is nobody to send it to.
async fn write(app: &App, claimed: &Claimed) -> Result<Option<Mail>, Refused> {
    let notice = claimed.notice;
    let Some((login, contact)) = addressee(app, &notice).await? else { return Ok(None) };
    let Some(to) = contact.email else { return Ok(None) };
    let mut facts = Facts { to: login, at: notice.at, ..Facts::default() };
    if let Some(about) = notice.about {
        facts.about = users::find(app.store(), about, app.now()).await?.map(|user| user.login);
    }
    if let Some(case_id) = notice.case_id {
        facts.case_number = mails::case_number(app.store(), case_id).await?;
    }
    if let (Some(purpose), Recipient::User(user_id)) = (notice.kind.link(), notice.to) {
        if !may_use(app.store(), purpose, user_id).await? {
            return Ok(None);
        }
        let (link, until) = issue_link(app, user_id, purpose).await?;
        (facts.link, facts.at) = (Some(link), Some(until));
    }
    let message = compose(notice.kind, contact.language, &facts);
    Ok(Some(Mail { id: claimed.id, kind: notice.kind, to, language: contact.language, message }))
}

/// Whom a mail reaches. A link reaches only those who may still use it.
async fn addressee(
    app: &App,
    notice: &Notice,
) -> Result<Option<(Option<rafiq_domain::text::Login>, Contact)>, Refused> {
    let user_id = match notice.to {
        Recipient::User(id) => id,
        Recipient::DataProtectionOfficer => {
            return Ok(Some((None, app.settings().mail.data_protection_officer.clone())));
        }
        Recipient::Nobody => return Ok(None),
    };
    let user = users::find(app.store(), user_id, app.now()).await?.filter(|user| reaches(user, notice.kind));
    Ok(user.map(|user| (Some(user.login), user.contact)))
}

fn reaches(user: &User, kind: MailKind) -> bool {
    match kind.link() {
        Some(_) => user.may_act() && user.may_have_password(),
        None => user.state == UserState::Active,
    }
}

/// Draws the secret of a link and keeps its hash, in place of that of an earlier one.
async fn issue_link(
    app: &App,
    user_id: UserId,
    purpose: LinkPurpose,
) -> Result<(Sensitive<String>, DateTime<Utc>), Refused> {
    let secret = secrets::draw()?;
    let link = OneTimeLink::issue(user_id, purpose, app.now());
    links::issue(app.store(), &link, secrets::hash(&secret)).await?;
    let page = match purpose {
        LinkPurpose::Invitation => "invitation",
        LinkPurpose::PasswordReset => "password-reset",
    };
    // Behind the mark that browsers keep to themselves: no server on the way writes the secret into its log.
    let address = format!("{}/{page}#{}", app.settings().mail.public_url, secret.0);
    Ok((Sensitive(address), link.expires_at))
}

/// By how much, in percent, a wait is stretched: what failed together is not tried together again.
fn stretched() -> u32 {
    let mut chance = [0_u8; 4];
    // Without randomness the wait is not stretched, and nothing worse happens.
    let _ = getrandom::fill(&mut chance);
    100 + u32::from_be_bytes(chance) % (JITTER + 1)
}
