//! Two instances of the service on one database, as behind a balancer: what one does, the other must know.
//!
//! They share the database, the clock, the ids and the signing keys, and nothing else: each has its
//! own connections and its own memory. SQLite is for one process, so such tests are written with
//! [`postgres_test!`](rafiq_persistence::postgres_test).

use std::future::{IntoFuture, poll_fn};
use std::task::Poll;

use chrono::TimeDelta;
use rafiq_persistence::testing::TestDb;

use super::{Answer, Ask, Shared, TestApp};

/// Two instances on one database.
pub(crate) struct Instances<'db> {
    /// The one.
    pub(crate) one: TestApp<'db>,
    /// The other.
    pub(crate) two: TestApp<'db>,
}

impl<'db> Instances<'db> {
    /// Starts both; must be called inside a runtime.
    pub(crate) async fn start(db: &'db TestDb) -> Self {
        let shared = Shared::begin();
        let one = TestApp::instance(db, db.store(), &shared);
        let two = TestApp::instance(db, db.another_store().await, &shared);
        Self { one, two }
    }

    /// Both, in their order.
    pub(crate) fn both(&self) -> [&TestApp<'db>; 2] {
        [&self.one, &self.two]
    }

    /// Lets time pass, for both.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.one.advance(by);
    }
}

/// Sends requests at the same time, to one instance or several; the answers stand in the order of the requests.
pub(crate) async fn all_at_once<'app>(asks: impl IntoIterator<Item = Ask<'app>>) -> Vec<Answer> {
    let mut asks: Vec<_> = asks.into_iter().map(|ask| (ask.into_future(), None)).collect();
    poll_fn(|context| {
        for (ask, answer) in asks.iter_mut().filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(ready) = ask.as_mut().poll(context) {
                *answer = Some(ready);
            }
        }
        if asks.iter().all(|(_, answer)| answer.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    asks.into_iter().filter_map(|(_, answer)| answer).collect()
}
