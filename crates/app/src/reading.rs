//! The record of reads: many are written in one unit, and each answer waits for its own.
//!
//! A row for each read would cost a flush of the disk for each; one task gathers what is waiting
//! and writes it at once. If the row cannot be written, the answer does not leave.

use rafiq_domain::policy::Permit;
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_persistence::audit::{self, Stamp};
use rafiq_persistence::store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::Refused;

/// The most answers that wait, and whose reads one unit writes.
const CAPACITY: usize = 256;

/// Where reads are handed in.
#[derive(Debug, Clone)]
pub(crate) struct ReadLog(mpsc::Sender<Entry>);

#[derive(Debug)]
struct Entry {
    reads: Vec<(Permit, Stamp)>,
    written: oneshot::Sender<bool>,
}

/// The read could not be recorded, so nothing is shown.
#[derive(Debug, thiserror::Error)]
#[error("the read could not be recorded")]
struct Unrecorded;

impl Refusal for Unrecorded {
    fn code(&self) -> ProblemCode {
        ProblemCode::Unavailable
    }
}

impl ReadLog {
    /// Starts the task that writes; it ends with the last sender.
    pub(crate) fn start(store: Store) -> Self {
        let (sender, mut entries) = mpsc::channel(CAPACITY);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(CAPACITY);
            while entries.recv_many(&mut batch, CAPACITY).await > 0 {
                write(&store, std::mem::take(&mut batch)).await;
            }
        });
        Self(sender)
    }

    /// Records what one answer shows and waits until it is kept.
    pub(crate) async fn record(&self, reads: Vec<(Permit, Stamp)>) -> Result<(), Refused> {
        let (written, kept) = oneshot::channel();
        self.0.send(Entry { reads, written }).await.map_err(|_| Unrecorded)?;
        if kept.await.unwrap_or(false) { Ok(()) } else { Err(Unrecorded.into()) }
    }
}

async fn write(store: &Store, batch: Vec<Entry>) {
    let (reads, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|entry| (entry.reads, entry.written)).unzip();
    let rows = reads.concat();
    let result = audit::reads(store, &rows).await;
    if let Err(error) = &result {
        tracing::error!(%error, count = rows.len(), "reads could not be recorded");
    }
    for waiter in waiting {
        // A reader that gave up waiting needs no word.
        let _ = waiter.send(result.is_ok());
    }
}
