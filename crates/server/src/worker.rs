//! The product's own work beside the requests: it sends mail, and every minute ends what was not answered in time.
//!
//! Instances need not agree on who does it: a run takes no input, and leaves alone what another has moved.

use std::time::Duration;

use rafiq_app::clients::warnings;
use rafiq_app::expiry::{self, Reconciled};
use rafiq_app::mail::{self, Delivered};
use rafiq_app::{App, Refused, second_factor, tidying};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// From one run to the next; answer times are counted in hours.
const PERIOD: Duration = Duration::from_mins(1);

/// From one look for mail to the next: who asked for a link waits for it.
const MAIL_PERIOD: Duration = Duration::from_secs(5);

/// Starts to work until told to stop; wait for the task before the database is closed. Must be
/// called within the runtime.
#[must_use]
pub fn start(app: App, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        // A unit that is dropped half-way leaves nothing behind. On the heap, as a run is large.
        let work = async { tokio::join!(work(&app), send_mail(&app)) };
        stop.run_until_cancelled_owned(Box::pin(work)).await;
    })
}

async fn work(app: &App) {
    let mut ticks = interval(PERIOD);
    // After a slow run the next one waits a whole period, instead of following at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        report(expiry::reconcile(app).await.as_ref().map_err(|refused| refused.chain().to_string()));
        report_warnings(warnings::warn_of_expiry(app).await);
        match second_factor::seal_anew(app).await {
            Ok(0) => {}
            Ok(sealed) => tracing::info!(sealed, "sealed secrets with the present key"),
            Err(refused) => tracing::error!(error = %refused.chain(), "secrets could not be sealed anew"),
        }
        if let Err(refused) = tidying::tidy(app).await {
            tracing::error!(error = %refused.chain(), "what has had its time could not be removed");
        }
    }
}

async fn send_mail(app: &App) {
    let mut ticks = interval(MAIL_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        report_mail(app, mail::deliver(app).await).await;
    }
}

/// One record for each run that did something or failed; with what was given up, how many of those there are.
async fn report_mail(app: &App, run: Result<Delivered, Refused>) {
    match run {
        Ok(done) if done == Delivered::default() => {}
        Ok(done) => {
            let Delivered { sent, postponed, given_up, discarded } = done;
            tracing::info!(sent, postponed, given_up, discarded, "sent mail");
            if given_up > 0 {
                let kept = mail::given_up(app).await.unwrap_or_default();
                tracing::error!(kept, "mails were given up; they are not tried again");
            }
        }
        Err(refused) => tracing::error!(error = %refused.chain(), "mail could not be sent"),
    }
}

/// One record for each run that warned of something or failed.
fn report_warnings(run: Result<usize, Refused>) {
    match run {
        Ok(0) => {}
        Ok(credentials) => tracing::info!(credentials, "warned of keys and secrets of clients that will expire"),
        Err(refused) => tracing::error!(error = %refused.chain(), "not all could be warned of keys that will expire"),
    }
}

/// One record for each run that did something or failed.
fn report(run: Result<&Reconciled, String>) {
    match run {
        Ok(done) if *done == Reconciled::default() => {}
        Ok(done) => tracing::info!(
            referrals_expired = done.referrals_expired,
            referrals_cancelled = done.referrals_cancelled,
            quotes_expired = done.quotes_expired,
            bookings_expired = done.bookings_expired,
            sessions_forgotten = done.sessions_forgotten,
            overtaken = done.overtaken,
            "ended what was not answered in time"
        ),
        Err(error) => tracing::error!(error, "what was not answered in time could not all be ended"),
    }
}
