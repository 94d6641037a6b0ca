//! Mails that wait to be sent.

use chrono::TimeDelta;
use rafiq_domain::ids::MailId;
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Whole, permit};
use rafiq_persistence::mails::{self, Claimed};
use rafiq_persistence::store::Store;
use rafiq_persistence::{db_test, postgres_test};

use crate::fixtures::{at, id, lead, plant_case, unit};

async fn plant(store: &Store, number: u128, notice: Notice) -> MailId {
    let notice = permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(notice);
    unit(store, async |tx| mails::insert(tx, id(number), &notice, at(9, 0)).await).await.unwrap();
    id(number)
}

async fn claim(store: &Store, minute: u32, limit: u64) -> Vec<Claimed> {
    mails::claim(store, at(9, minute), limit, || 100).await.unwrap()
}

db_test! {
    async fn a_mail_reads_back_as_it_was_noted(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let alert = Notice::new(MailKind::BreakGlassAlert, Recipient::DataProtectionOfficer);
        let notices = [
            Notice::new(MailKind::PasswordReset, Recipient::Nobody),
            Notice::new(MailKind::Invitation, Recipient::User(lead())),
            alert.in_case(case.id).by(lead()).at(at(8, 30)),
        ];
        for (number, notice) in (1..).zip(notices) {
            plant(db, number, notice).await;
        }
        let claimed = claim(db, 0, 10).await;
        assert_eq!(claimed.iter().map(|mail| mail.notice).collect::<Vec<_>>(), notices);
        assert_eq!(mails::case_number(db, case.id).await.unwrap(), Some(case.number));
    }
}

db_test! {
    async fn whoever_takes_a_mail_has_it_until_its_next_attempt(db: &TestDb) {
        let mail = plant(db, 1, Notice::new(MailKind::PasswordReset, Recipient::Nobody)).await;
        let attempts = async |minute| claim(db, minute, 10).await.first().map(|mail| mail.attempts);
        assert_eq!(attempts(0).await, Some(1));
        assert_eq!(attempts(0).await, None);
        assert_eq!(attempts(1).await, Some(2));
        assert_eq!(attempts(2).await, None);
        assert_eq!(attempts(3).await, Some(3));
        mails::sent(db, mail, at(9, 3)).await.unwrap();
        assert_eq!(attempts(59).await, None);
        mails::failed(db, mail, at(9, 4)).await.unwrap();
        assert_eq!(mails::given_up(db).await.unwrap(), 0, "what was sent has not failed");
    }
}

db_test! {
    async fn what_ended_is_kept_for_a_while(db: &TestDb) {
        for number in 1..=3 {
            plant(db, number, Notice::new(MailKind::PasswordReset, Recipient::Nobody)).await;
        }
        mails::sent(db, id(1), at(9, 1)).await.unwrap();
        mails::failed(db, id(2), at(9, 2)).await.unwrap();
        assert_eq!(mails::given_up(db).await.unwrap(), 1);
        assert_eq!(mails::prune(db, at(9, 2)).await.unwrap(), 1);
        assert_eq!(mails::prune(db, at(9, 2) + TimeDelta::days(1)).await.unwrap(), 1);
        mails::discard(db, id(3)).await.unwrap();
        assert_eq!(db.number("SELECT COUNT(*) FROM outgoing_mails").await.unwrap(), 0);
    }
}

/// Lets several workers empty the table at once; answers how many mails they took.
async fn empty(stores: Vec<Store>) -> usize {
    let workers = stores.into_iter().map(|store| {
        tokio::spawn(async move {
            let mut taken = 0;
            loop {
                let mails = claim(&store, 0, 3).await;
                if mails.is_empty() {
                    break taken;
                }
                taken += mails.len();
            }
        })
    });
    let mut taken = 0;
    for worker in workers.collect::<Vec<_>>() {
        taken += worker.await.unwrap();
    }
    taken
}

postgres_test! {
    async fn workers_of_several_instances_take_each_mail_once(db: &TestDb) {
        for number in 1..=60 {
            plant(db, number, Notice::new(MailKind::PasswordReset, Recipient::Nobody)).await;
        }
        let other = db.another_store().await;
        let stores = vec![db.store(), other.clone(), db.store(), other.clone()];
        assert_eq!(empty(stores).await, 60);
        assert_eq!(db.number("SELECT SUM(attempts) FROM outgoing_mails").await.unwrap(), 60);
        other.close().await.unwrap();
    }
}
