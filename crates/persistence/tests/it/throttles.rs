//! Counters of attempts.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::throttling::{Counter, MOST, wait_after};
use rafiq_persistence::store::Store;
use rafiq_persistence::throttles::{Attempt, Key, attempt, forget, give_back, prune, wait};
use rafiq_persistence::{db_test, postgres_test};

use crate::fixtures::{at, unit};

fn key(counter: Counter) -> Key {
    Key { counter, about: [7; 32] }
}

async fn opens(store: &Store, counter: Counter, now: DateTime<Utc>) -> bool {
    attempt(store, key(counter), now).await.unwrap() == Attempt::Open
}

db_test! {
    async fn each_failure_in_a_row_makes_the_next_attempt_wait_as_the_rule_says(db: &TestDb) {
        let mut now = at(9, 0);
        for failures in 1..=40 {
            assert!(opens(db, Counter::Account, now).await, "attempt {failures}");
            let waits = wait_after(failures);
            assert_eq!(wait(db, key(Counter::Account), now).await.unwrap(), waits, "after {failures}");
            if waits > TimeDelta::zero() {
                let early = now + waits - TimeDelta::microseconds(1);
                assert!(!opens(db, Counter::Account, early).await, "too early after {failures}");
            }
            now += waits;
        }
    }
}

db_test! {
    async fn after_a_hundred_failures_in_a_row_nothing_opens_until_it_begins_anew(db: &TestDb) {
        let mut now = at(9, 0);
        for _ in 0..MOST {
            assert!(opens(db, Counter::Account, now).await);
            now += TimeDelta::hours(1);
        }
        for _ in 0..3 {
            now += TimeDelta::days(400);
            assert!(!opens(db, Counter::Account, now).await);
        }
        assert_eq!(prune(db, now).await.unwrap(), 0, "failures in a row are not forgotten");
        unit(db, async |tx| forget(tx, &[key(Counter::Account)]).await).await.unwrap();
        assert!(opens(db, Counter::Account, now).await);
    }
}

db_test! {
    async fn so_many_fit_into_a_span_and_the_next_begins_when_it_is_over(db: &TestDb) {
        let now = at(9, 0);
        for count in 1..=3 {
            assert!(opens(db, Counter::ResetsOfAccount, now + TimeDelta::minutes(count)).await);
        }
        assert!(!opens(db, Counter::ResetsOfAccount, now + TimeDelta::minutes(60)).await);
        let left = wait(db, key(Counter::ResetsOfAccount), now + TimeDelta::minutes(60)).await.unwrap();
        assert_eq!(left, TimeDelta::minutes(1));
        assert!(opens(db, Counter::ResetsOfAccount, now + TimeDelta::minutes(61)).await);
        assert!(opens(db, Counter::Address, now).await, "another counter");
    }
}

db_test! {
    async fn what_is_given_back_makes_room_for_another(db: &TestDb) {
        for _ in 0..200 {
            assert!(opens(db, Counter::Address, at(9, 0)).await);
            unit(db, async |tx| give_back(tx, key(Counter::Address)).await).await.unwrap();
        }
    }
}

db_test! {
    async fn what_fades_goes_when_nobody_touched_it_for_its_time(db: &TestDb) {
        for counter in [Counter::Account, Counter::UnknownLogin, Counter::Device] {
            assert!(opens(db, counter, at(9, 0)).await);
        }
        assert_eq!(prune(db, at(9, 0) + TimeDelta::hours(23)).await.unwrap(), 0);
        assert_eq!(prune(db, at(9, 0) + TimeDelta::hours(25)).await.unwrap(), 1);
        assert_eq!(prune(db, at(9, 0) + TimeDelta::days(181)).await.unwrap(), 1);
    }
}

/// Sends as many attempts at once as `stores` has, again and again, and counts those that got through.
async fn rush(stores: Vec<Store>, counter: Counter) -> usize {
    let tries = stores.into_iter().map(|store| tokio::spawn(async move { opens(&store, counter, at(9, 0)).await }));
    let mut through = 0;
    for tried in tries.collect::<Vec<_>>() {
        through += usize::from(tried.await.unwrap());
    }
    through
}

db_test! {
    async fn of_many_at_once_no_more_get_through_than_the_rule_allows(db: &TestDb) {
        assert_eq!(rush(vec![db.store(); 40], Counter::Account).await, 5);
        assert_eq!(rush(vec![db.store(); 40], Counter::ResetsOfAccount).await, 3);
    }
}

postgres_test! {
    async fn instances_count_together(db: &TestDb) {
        let other = db.another_store().await;
        let stores = (0..40).map(|turn| if turn % 2 == 0 { db.store() } else { other.clone() }).collect();
        assert_eq!(rush(stores, Counter::Account).await, 5);
        other.close().await.unwrap();
    }
}
