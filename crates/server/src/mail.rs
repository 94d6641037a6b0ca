//! Who sends mail: an SMTP server, or for a developer the log.

use std::time::Duration;

use anyhow::Context as _;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use rafiq_app::mail::{Mail, MailError, Mailer, Sending};
use rafiq_domain::text::EmailAddress;
use url::Url;

/// How long one mail may take from first to last; half a minute is what the product allows.
const LONGEST: Duration = Duration::from_secs(25);

/// Writes mail to the log, with its links: for a developer, who has no mail server and sees no patients.
#[derive(Debug, Clone, Copy)]
pub struct LogMailer;

impl Mailer for LogMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            tracing::warn!(
                kind = %mail.kind,
                to = mail.to.as_str(),
                subject = %mail.message.subject,
                body = %mail.message.body.0,
                "DEVELOPMENT MAIL: written here instead of being sent"
            );
            Ok(())
        })
    }
}

/// Hands mail to an SMTP server.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

impl SmtpMailer {
    /// A mailer for the server at `url`, in the name of `from`. Connections are opened when there is mail.
    ///
    /// # Errors
    /// When the address is none of an SMTP server.
    pub fn new(url: &Url, from: &EmailAddress) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).context("mail.server")?;
        let address: lettre::Address = from.as_str().parse().context("mail.from")?;
        let host = address.domain().to_owned();
        let transport = transport.timeout(Some(LONGEST)).build();
        Ok(Self { transport, from: Mailbox::new(Some("Rafiq".to_owned()), address), host })
    }

    fn written(&self, mail: &Mail) -> Result<Message, MailError> {
        let unwritable = MailError::Refused { code: None };
        let to: lettre::Address = mail.to.as_str().parse().map_err(|_| unwritable)?;
        let header = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.message.subject.clone())
            // The same for each attempt, so that a mail that arrives twice is known as one.
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            // No machine need answer (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", mail.language.tag()))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.message.body.0.clone());
        message.map_err(|_| unwritable)
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            let message = self.written(mail)?;
            match tokio::time::timeout(LONGEST, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(failure(&error)),
                Err(_) => Err(MailError::Passing { code: None }),
            }
        })
    }
}

/// What a failure means for the mail. A server that does not let us in refuses no mail.
fn failure(error: &smtp::Error) -> MailError {
    let code = error.status().map(u16::from);
    match code {
        Some(550..=554) => MailError::Refused { code },
        _ => MailError::Passing { code },
    }
}
