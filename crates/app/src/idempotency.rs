//! Requests that are done once, however often they are sent.

use rafiq_persistence::idempotency;
pub use rafiq_persistence::idempotency::{Claim, Key};

use crate::{App, Refused};

/// Claims a key before its request is worked on.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn claim(app: &App, key: &Key) -> Result<Claim, Refused> {
    Ok(idempotency::claim(app.store(), key, app.now()).await?)
}

/// Keeps the answer, to give it again.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn keep(app: &App, key: &Key, answer: Vec<u8>) -> Result<(), Refused> {
    Ok(idempotency::keep(app.store(), key, answer).await?)
}

/// Gives the key up: the request was refused and wrote nothing.
///
/// # Errors
/// [`Refused`] when the storage does not answer.
pub async fn release(app: &App, key: &Key) -> Result<(), Refused> {
    Ok(idempotency::release(app.store(), key).await?)
}
