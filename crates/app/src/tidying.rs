//! Removes what has had its time: old counters, links, devices, mails, assertions, and what was begun and never finished. No decision is behind it.

use chrono::TimeDelta;
use rafiq_persistence::{clients, devices, links, mails, passkeys, second_factors, throttles};

use crate::second_factor::ENROLMENT_LASTS;
use crate::{App, Refused};

/// How long a mail is kept after it was sent or given up, for whoever asks what became of it.
const MAILS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long an assertion is kept after it could last be used: the clocks of instances differ.
const ASSERTIONS_KEPT: TimeDelta = TimeDelta::minutes(1);

/// Removes what has had its time. Answers how many rows.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn tidy(app: &App) -> Result<u64, Refused> {
    let (store, now) = (app.store(), app.now());
    let gone = [
        throttles::prune(store, now).await?,
        links::prune(store, now).await?,
        devices::prune(store, now).await?,
        mails::prune(store, now - MAILS_KEPT).await?,
        second_factors::prune(store, now - ENROLMENT_LASTS).await?,
        passkeys::prune(store, now).await?,
        clients::prune_assertions(store, now - ASSERTIONS_KEPT).await?,
    ];
    Ok(gone.into_iter().sum())
}
