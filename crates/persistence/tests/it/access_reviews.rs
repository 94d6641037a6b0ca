use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use rafiq_domain::access_reviews::{AccessReview, AccessSummary, SecondFactor};
use rafiq_domain::ids::UserId;
use rafiq_domain::paging::Page;
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Scope, permit, scope};
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{access_reviews, db_test, users};

use crate::fixtures::{at, id, lead, line, plant_case, plant_referred, plant_user, staff, unit};

fn all() -> Permitted<Scope> {
    scope(&staff(id(9), Role::Auditor), Action::ReviewAccess, ObjectKind::User).unwrap()
}

async fn plant(db: &TestDb, number: u128, role: Role, hospital: Option<u128>) {
    let profile = UserProfile {
        name: PersonName::parse("Sami").unwrap(),
        roles: vec![role],
        confers: Vec::new(),
        hospital_id: hospital.map(id),
        interpreter_id: None,
    };
    plant_user(db, id(number), profile).await;
}

async fn review(db: &TestDb, number: u128, of: UserId, minute: u32) -> AccessReview {
    let review = AccessReview::of(id(number), of, id(9), Some(line("as it should be")), at(10, minute)).unwrap();
    let user = users::find(db, of, at(10, minute)).await.unwrap().unwrap();
    let user = permit(&staff(id(9), Role::Auditor), Action::ReviewAccess, user).unwrap();
    unit(db, async |tx| access_reviews::insert(tx, &user.with(review.clone())).await).await.unwrap();
    review
}

fn of(summaries: &[AccessSummary], id: UserId) -> &AccessSummary {
    summaries.iter().find(|summary| summary.user.id == id).unwrap()
}

db_test! {
    async fn a_reviewer_sees_what_each_user_holds_and_reaches(db: &TestDb) {
        plant_case(db, 1).await;
        plant_referred(db, 2).await;
        plant(db, 9, Role::Auditor, None).await;
        plant(db, 5, Role::HospitalUser, Some(2)).await;
        review(db, 50, lead(), 1).await;
        let last = review(db, 51, lead(), 2).await;
        db.execute("UPDATE users SET last_signed_in_at = created_at WHERE login = 'user-5'").await.unwrap();

        let page = access_reviews::summaries(db, &all(), Page::default(), at(12, 0)).await.unwrap().items;
        assert_eq!(page.len(), 3);
        let seen = of(&page, lead());
        assert_eq!((seen.open_cases, seen.open_grants), (2, 2));
        assert_eq!(seen.last_review, Some(last));
        assert_eq!((seen.created_at, seen.last_signed_in_at), (at(8, 0), None));
        assert_eq!(seen.second_factor, SecondFactor::Missing);
        assert_eq!(seen.assignments.iter().map(|held| held.role).collect::<Vec<_>>(), [Role::Lead]);
        let theirs = of(&page, id(5));
        assert_eq!((theirs.open_cases, theirs.last_signed_in_at), (0, Some(at(8, 0))));
        assert_eq!(theirs.last_review, None);

        db.execute("UPDATE cases SET stage = 'deceased', closed_at = created_at, closure_reason = 'died'").await.unwrap();
        db.execute("UPDATE users SET state = 'disabled' WHERE login = 'user-5'").await.unwrap();
        let page = access_reviews::summaries(db, &all(), Page::default(), at(12, 0)).await.unwrap().items;
        assert_eq!((page.len(), of(&page, lead()).open_cases), (2, 0));
        let reviews = access_reviews::list_of_user(db, lead(), Page::default()).await.unwrap().items;
        assert_eq!(reviews.iter().map(|review| review.reviewed_at).collect::<Vec<_>>(), [at(10, 2), at(10, 1)]);
    }
}

db_test! {
    async fn a_page_costs_the_same_however_many_are_on_it(db: &TestDb) {
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let store = db.watched(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let cost = async || {
            let before = count.load(Ordering::Relaxed);
            access_reviews::summaries(&store, &all(), Page::default(), at(12, 0) + TimeDelta::days(1)).await.unwrap();
            count.load(Ordering::Relaxed) - before
        };
        plant(db, 9, Role::Auditor, None).await;
        assert_eq!(cost().await, 7);
        for number in 10..30 {
            plant(db, number, Role::Doctor, None).await;
            review(db, number + 100, id(number), 1).await;
        }
        assert_eq!(cost().await, 7);
    }
}

db_test! {
    async fn a_review_is_never_changed_and_never_of_oneself(db: &TestDb) {
        plant(db, 9, Role::Auditor, None).await;
        plant(db, 5, Role::Doctor, None).await;
        review(db, 50, id(5), 1).await;
        let changed = db.execute("UPDATE access_reviews SET reviewer_id = user_id").await.unwrap_err();
        assert!(changed.is_constraint("ck_access_reviews_only_grows"), "{changed:?}");
    }
}
