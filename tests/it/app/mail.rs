//! The mailbox of everyone: what the service has sent, kept instead of being sent.

use std::sync::{Arc, Mutex};

use rafiq_app::mail::{Mail, MailError, Mailer, Sending};
use rafiq_domain::mail::MailKind;

/// A mailer that keeps what it is given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mailbox {
    mails: Arc<Mutex<Vec<Mail>>>,
    fault: Arc<Mutex<Option<MailError>>>,
}

impl Mailbox {
    /// What was sent so far, in its order.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// From now on every mail fails so; with none, it is taken again.
    pub(crate) fn fail(&self, fault: Option<MailError>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// The secret of the last link of a kind that was sent.
    #[track_caller]
    pub(crate) fn last_token(&self, kind: MailKind) -> String {
        let mails = self.mails();
        let body = &mails.iter().rev().find(|mail| mail.kind == kind).expect("no such mail").message.body.0;
        let (_, rest) = body.split_once('#').expect("no link in the mail");
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

impl Mailer for Mailbox {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            if let Some(fault) = *self.fault.lock().unwrap() {
                return Err(fault);
            }
            self.mails.lock().unwrap().push(mail.clone());
            Ok(())
        })
    }
}
