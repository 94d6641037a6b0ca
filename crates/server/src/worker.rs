//! The product's own work beside the requests: every minute it ends what was not answered in time.
//!
//! Instances need not agree on who does it: a run takes no input, and leaves alone what another has moved.

use std::time::Duration;

use rafiq_app::App;
use rafiq_app::expiry::{self, Reconciled};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// From one run to the next; answer times are counted in hours.
const PERIOD: Duration = Duration::from_mins(1);

/// Starts to work until told to stop; wait for the task before the database is closed. Must be
/// called within the runtime.
#[must_use]
pub fn start(app: App, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        // A unit that is dropped half-way leaves nothing behind. On the heap, as a run is large.
        stop.run_until_cancelled_owned(Box::pin(work(&app))).await;
    })
}

async fn work(app: &App) {
    let mut ticks = interval(PERIOD);
    // After a slow run the next one waits a whole period, instead of following at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        report(expiry::reconcile(app).await.as_ref().map_err(|refused| refused.chain().to_string()));
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
            overtaken = done.overtaken,
            "ended what was not answered in time"
        ),
        Err(error) => tracing::error!(error, "what was not answered in time could not all be ended"),
    }
}
