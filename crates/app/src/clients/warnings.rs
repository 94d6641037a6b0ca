//! Telling people that a credential of a client will expire, while there is time to replace it.
//!
//! A run takes no input. It asks which credentials have come nearer to their end than anyone was told,
//! and writes the mails of each in the unit that notes it, so that instances may do it at once.

use rafiq_domain::clients::{Credential, ExpiryWarning};
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::policy::{Action, permit};
use rafiq_domain::refusal::{NotFound, ProblemCode};
use rafiq_persistence::{clients, roles};

use crate::{App, Caller, Refused, mail};

/// The most credentials of which one run tells; the next run takes the rest.
const BATCH: u64 = 100;

/// Tells what will expire, up to a bound, and answers how many credentials that were. One that cannot be
/// told holds up no other one.
///
/// # Errors
/// The first [`Refused`] of a credential, after all the others were tried.
pub async fn warn_of_expiry(app: &App) -> Result<usize, Refused> {
    let now = app.now();
    let (mut told, mut failed) = (0, None);
    for credential in clients::to_be_warned(app.store(), now, BATCH).await? {
        let Some(warning) = credential.warning_due(now) else { continue };
        match warn(app, credential, warning).await {
            Ok(()) => told += 1,
            // Another instance was faster.
            Err(refused) if refused.code() == ProblemCode::StaleVersion => {}
            Err(refused) => failed = failed.or(Some(refused)),
        }
    }
    failed.map_or(Ok(told), Err)
}

async fn warn(app: &App, credential: Credential, warning: ExpiryWarning) -> Result<(), Refused> {
    let (caller, now) = (Caller::system(), app.now());
    let warned = app.write(&caller, async |tx| {
        let client = clients::find(tx, credential.client_id, now).await?.ok_or(NotFound)?;
        let client = permit(&caller.actor, Action::ManageClients, client)?;
        let credential = client.with(credential);
        clients::note_warning(tx, &credential, warning).await?;
        // Whoever cannot come in has nothing to renew.
        if client.is_enabled() {
            let administrators = roles::administrators(tx, now).await?;
            for recipient in administrators.into_iter().chain([client.id()]) {
                let notice = Notice::new(MailKind::CredentialExpiring, Recipient::User(recipient));
                mail::enqueue(app, tx, &client, notice.by(client.id()).at(credential.expires_at)).await?;
            }
        }
        Ok(client)
    });
    warned.await.map(|_| ())
}
