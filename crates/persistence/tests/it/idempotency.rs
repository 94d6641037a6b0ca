//! Keys under which a request is done once.

use chrono::TimeDelta;
use rafiq_domain::policy::{Action, Actor, ObjectKind, Whole, permit};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::db_test;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::idempotency::{Claim, Kept, Key, claim, keep, release};
use uuid::Uuid;

use crate::fixtures::{at, id, lead, stamp};

/// One request under the one key of these tests.
fn request(number: u128) -> Key {
    let request_id = Some(Uuid::from_u128(number));
    Key { user_id: lead(), key: "a".to_owned(), fingerprint: [1; 32], request_id }
}

db_test! {
    async fn a_key_is_claimed_once_and_answers_what_was_kept(db: &TestDb) {
        let (first, again) = (request(1), request(2));
        assert_eq!(claim(db, &first, at(9, 0)).await.unwrap(), Claim::Fresh);
        assert_eq!(claim(db, &again, at(9, 1)).await.unwrap(), Claim::InFlight);
        keep(db, &first, b"done".to_vec()).await.unwrap();
        let kept = Kept { request_id: first.request_id, answer: b"done".to_vec() };
        assert_eq!(claim(db, &again, at(9, 2)).await.unwrap(), Claim::Answered(kept));
        let other = Key { fingerprint: [2; 32], ..request(3) };
        assert_eq!(claim(db, &other, at(9, 3)).await.unwrap(), Claim::Reused);
        let other = Key { user_id: id(2), ..request(4) };
        assert_eq!(claim(db, &other, at(9, 4)).await.unwrap(), Claim::Fresh, "the key of someone else");
        assert_eq!(claim(db, &again, at(9, 0) + TimeDelta::hours(25)).await.unwrap(), Claim::Fresh, "long forgotten");
    }
}

db_test! {
    async fn a_key_that_was_given_up_may_be_tried_again(db: &TestDb) {
        claim(db, &request(1), at(9, 0)).await.unwrap();
        release(db, &request(1)).await.unwrap();
        assert_eq!(claim(db, &request(2), at(9, 1)).await.unwrap(), Claim::Fresh);
    }
}

db_test! {
    async fn an_abandoned_key_is_taken_over_by_one_of_those_who_come_at_once(db: &TestDb) {
        claim(db, &request(1), at(9, 0)).await.unwrap();
        let tries = (2..10).map(|number| {
            let store = db.store();
            tokio::spawn(async move { claim(&store, &request(number), at(9, 6)).await.unwrap() })
        });
        let mut fresh = 0;
        for tried in tries.collect::<Vec<_>>() {
            fresh += u32::from(tried.await.unwrap() == Claim::Fresh);
        }
        assert_eq!(fresh, 1);
    }
}

db_test! {
    async fn whose_key_was_taken_over_neither_gives_it_up_nor_answers_for_it(db: &TestDb) {
        claim(db, &request(1), at(9, 0)).await.unwrap();
        assert_eq!(claim(db, &request(2), at(9, 6)).await.unwrap(), Claim::Fresh);
        release(db, &request(1)).await.unwrap();
        keep(db, &request(1), b"late".to_vec()).await.unwrap();
        assert_eq!(claim(db, &request(3), at(9, 7)).await.unwrap(), Claim::InFlight);
    }
}

db_test! {
    async fn what_was_done_is_not_done_again_though_its_answer_was_lost(db: &TestDb) {
        let first = request(1);
        claim(db, &first, at(9, 0)).await.unwrap();
        let allowed = permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap();
        let stamp = Stamp { request_id: first.request_id, ..stamp() };
        db.write(stamp, async |_| Ok::<_, StoreError>(allowed)).await.unwrap();
        assert_eq!(claim(db, &request(2), at(9, 6)).await.unwrap(), Claim::InFlight);
    }
}
