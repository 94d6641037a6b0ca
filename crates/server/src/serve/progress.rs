//! Notices connections on which nothing happens.
//!
//! hyper's header time-out begins only when the protocol is known and does not exist in HTTP/2, and nothing
//! in hyper ends a client that stops reading its answer. Each of them would hold a slot for ever.

use axum::body::Body;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::sync::watch;

/// What happens on one connection.
#[derive(Debug, Default)]
pub(super) struct Progress(watch::Sender<Activity>);

#[derive(Debug, Default)]
struct Activity {
    /// Whether a first request was there.
    begun: bool,
    /// Handlers at work; each is bounded by the router's own time-out, so it never counts as a stall.
    handlers: usize,
}

impl Progress {
    /// Notes that a handler runs, until the returned value is turned into the answer's body or dropped.
    pub(super) fn handling(&self) -> Handling {
        self.0.send_modify(|activity| {
            activity.begun = true;
            activity.handlers = activity.handlers.saturating_add(1);
        });
        Handling(self.0.clone())
    }

    /// Ends when the first request is not there in time, or later nothing moved for `idle` with no handler running.
    ///
    /// Taking a piece of an answer's body is a move. So an answer in one large piece must be read within `idle`;
    /// downloads are streamed.
    pub(super) fn stalled(&self, first: Duration, idle: Duration) -> impl Future<Output = ()> + use<> {
        let mut activity = self.0.subscribe();
        async move {
            // Waiting fails only when the sender is gone, and then so is the connection.
            while let Ok(begun) = activity.wait_for(|now| now.handlers == 0).await.map(|now| now.begun) {
                let patience = if begun { idle } else { first };
                if !matches!(tokio::time::timeout(patience, activity.changed()).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

/// A handler at work.
#[derive(Debug)]
pub(super) struct Handling(watch::Sender<Activity>);

impl Handling {
    /// Ends the handler's time and reports each piece that is taken of its answer.
    pub(super) fn watched(self, body: Body) -> Body {
        let progress = self.0.clone();
        drop(self);
        Body::new(body.map_frame(move |frame| {
            progress.send_modify(|_| ());
            frame
        }))
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.send_modify(|activity| activity.handlers = activity.handlers.saturating_sub(1));
    }
}
