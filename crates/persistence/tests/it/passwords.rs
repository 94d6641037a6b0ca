//! Passwords, one-time links and known devices.

use chrono::TimeDelta;
use rafiq_domain::links::{LinkPurpose, OneTimeLink};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::PersonName;
use rafiq_domain::throttling::KnownDevice;
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Store;
use rafiq_persistence::{db_test, devices, links, passwords, postgres_test, users};

use crate::fixtures::{at, id, lead, plant_user, unit};

fn hash(text: &str) -> Sensitive<String> {
    Sensitive(text.to_owned())
}

fn permitted<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

async fn plant(store: &Store) -> Permitted<User> {
    let name = PersonName::parse("Layla").unwrap();
    let profile =
        UserProfile { name, roles: vec![Role::Lead], confers: Vec::new(), hospital_id: None, interpreter_id: None };
    plant_user(store, lead(), profile).await;
    permitted(users::find(store, lead(), at(9, 0)).await.unwrap().unwrap())
}

db_test! {
    async fn a_password_is_kept_apart_and_found_by_login(db: &TestDb) {
        let user = plant(db).await;
        let login = user.login.as_str();
        let known = passwords::credentials(db, login, at(9, 0)).await.unwrap().unwrap();
        assert_eq!((known.user_id, known.active, known.password), (lead(), true, None));
        unit(db, async |tx| passwords::set(tx, &user, &hash("one"), at(9, 0)).await).await.unwrap();
        let known = passwords::credentials(db, login, at(9, 0)).await.unwrap().unwrap().password.unwrap();
        assert_eq!((known.hash, known.changed_at, known.version), (hash("one"), at(9, 0), Version(1)));
        for nobody in ["", "nobody", "LAYLA"] {
            assert_eq!(passwords::credentials(db, nobody, at(9, 0)).await.unwrap(), None, "{nobody}");
        }
    }
}

db_test! {
    async fn a_password_is_replaced_only_by_who_saw_the_one_before(db: &TestDb) {
        let user = plant(db).await;
        unit(db, async |tx| passwords::set(tx, &user, &hash("one"), at(9, 0)).await).await.unwrap();
        let replace = async |seen, new| {
            unit(db, async |tx| passwords::replace(tx, &user, seen, &hash(new), at(10, 0)).await).await
        };
        assert!(matches!(replace(Version(2), "two").await, Err(StoreError::Stale)));
        replace(Version(1), "two").await.unwrap();
        assert!(matches!(replace(Version(1), "three").await, Err(StoreError::Stale)));
        assert_eq!(passwords::find(db, lead()).await.unwrap().unwrap().hash, hash("two"));
    }
}

db_test! {
    async fn a_dearer_hash_does_not_undo_a_change(db: &TestDb) {
        let user = plant(db).await;
        unit(db, async |tx| passwords::set(tx, &user, &hash("cheap"), at(9, 0)).await).await.unwrap();
        passwords::rehash(db, lead(), &hash("cheap"), &hash("dear")).await.unwrap();
        let kept = passwords::find(db, lead()).await.unwrap().unwrap();
        assert_eq!((kept.hash, kept.changed_at, kept.version), (hash("dear"), at(9, 0), Version(1)));
        unit(db, async |tx| passwords::set(tx, &user, &hash("changed"), at(9, 1)).await).await.unwrap();
        passwords::rehash(db, lead(), &hash("dear"), &hash("dearer")).await.unwrap();
        let kept = passwords::find(db, lead()).await.unwrap().unwrap();
        assert_eq!((kept.hash, kept.version), (hash("changed"), Version(2)));
    }
}

db_test! {
    async fn the_migration_moves_passwords_out_and_back(db: &TestDb) {
        let user = plant(db).await;
        unit(db, async |tx| passwords::set(tx, &user, &hash("one"), at(9, 0)).await).await.unwrap();
        db.migrate_back_before("m20261122_000010_passwords_and_mail").await.unwrap();
        assert_eq!(db.text("SELECT password_hash FROM users").await.unwrap(), "one");
        db.migrate().await.unwrap();
        assert_eq!(passwords::find(db, lead()).await.unwrap().unwrap().hash, hash("one"));
        let user = users::find(db, lead(), at(9, 0)).await.unwrap().unwrap();
        assert_eq!(user.contact, rafiq_domain::users::Contact::default());
    }
}

fn link(purpose: LinkPurpose) -> OneTimeLink {
    OneTimeLink::issue(lead(), purpose, at(9, 0))
}

async fn spend(store: &Store, purpose: LinkPurpose, secret: u8, minute: u32) -> bool {
    let link = permitted(link(purpose));
    unit(store, async |tx| links::spend(tx, &link, [secret; 32], at(9, minute)).await).await.unwrap()
}

db_test! {
    async fn a_link_is_good_once_for_its_purpose_and_its_time(db: &TestDb) {
        plant(db).await;
        let reset = LinkPurpose::PasswordReset;
        links::issue(db, &link(reset), [1; 32]).await.unwrap();
        assert!(links::find(db, reset, [1; 32], at(9, 29)).await.unwrap().is_some());
        assert!(links::find(db, reset, [1; 32], at(9, 30)).await.unwrap().is_none());
        assert!(links::find(db, LinkPurpose::Invitation, [1; 32], at(9, 0)).await.unwrap().is_none());
        assert!(!spend(db, LinkPurpose::Invitation, 1, 5).await && !spend(db, reset, 2, 5).await);
        assert!(!spend(db, reset, 1, 30).await, "too late");
        assert!(spend(db, reset, 1, 29).await);
        assert!(!spend(db, reset, 1, 29).await, "once");
        assert!(links::find(db, reset, [1; 32], at(9, 0)).await.unwrap().is_none());
    }
}

db_test! {
    async fn a_later_link_voids_the_earlier_and_a_change_voids_all(db: &TestDb) {
        let user = plant(db).await;
        for (purpose, secret) in [(LinkPurpose::PasswordReset, 1), (LinkPurpose::PasswordReset, 2), (LinkPurpose::Invitation, 3)] {
            links::issue(db, &link(purpose), [secret; 32]).await.unwrap();
        }
        assert!(!spend(db, LinkPurpose::PasswordReset, 1, 5).await);
        unit(db, async |tx| links::void_all(tx, &user).await).await.unwrap();
        assert!(!spend(db, LinkPurpose::PasswordReset, 2, 5).await && !spend(db, LinkPurpose::Invitation, 3, 5).await);
    }
}

/// Tries to use one link as often at once as there are stores.
async fn rush(stores: Vec<Store>) -> usize {
    let tries = stores
        .into_iter()
        .map(|store| tokio::spawn(async move { spend(&store, LinkPurpose::PasswordReset, 1, 5).await }));
    let mut good = 0;
    for tried in tries.collect::<Vec<_>>() {
        good += usize::from(tried.await.unwrap());
    }
    good
}

db_test! {
    async fn of_many_who_use_a_link_at_once_one_does(db: &TestDb) {
        plant(db).await;
        links::issue(db, &link(LinkPurpose::PasswordReset), [1; 32]).await.unwrap();
        assert_eq!(rush(vec![db.store(); 12]).await, 1);
    }
}

postgres_test! {
    async fn a_link_is_good_once_on_all_instances_together(db: &TestDb) {
        plant(db).await;
        links::issue(db, &link(LinkPurpose::PasswordReset), [1; 32]).await.unwrap();
        let other = db.another_store().await;
        let stores = (0..12).map(|turn| if turn % 2 == 0 { db.store() } else { other.clone() }).collect();
        assert_eq!(rush(stores).await, 1);
        other.close().await.unwrap();
    }
}

db_test! {
    async fn a_device_is_known_to_its_user_for_its_time(db: &TestDb) {
        let user = plant(db).await;
        let device = KnownDevice { id: id(1), user_id: lead(), known_since: at(9, 0), expires_at: at(10, 0) };
        let device = permitted(device);
        unit(db, async |tx| devices::remember(tx, &device, [1; 32]).await).await.unwrap();
        let find = async |user_id, secret, now| devices::behind(db, user_id, [secret; 32], now).await.unwrap();
        assert_eq!(find(lead(), 1, at(9, 59)).await, Some((*device).clone()));
        assert_eq!(find(lead(), 1, at(10, 0)).await, None);
        assert_eq!(find(id(99), 1, at(9, 0)).await, None);
        assert_eq!(find(lead(), 2, at(9, 0)).await, None);
        let longer = device.clone().map(|device| KnownDevice { expires_at: at(11, 0), ..device });
        unit(db, async |tx| devices::extend(tx, &longer).await).await.unwrap();
        assert!(find(lead(), 1, at(10, 30)).await.is_some());
        let other = permitted(KnownDevice { id: id(2), ..(*device).clone() });
        unit(db, async |tx| devices::remember(tx, &other, [2; 32]).await).await.unwrap();
        unit(db, async |tx| devices::forget_others(tx, &user, Some(id(2))).await).await.unwrap();
        assert_eq!(find(lead(), 1, at(9, 0)).await, None);
        assert_eq!(devices::find(db, lead(), id(2), at(9, 0)).await.unwrap(), Some((*other).clone()));
        assert_eq!(devices::find(db, id(99), id(2), at(9, 0)).await.unwrap(), None);
        unit(db, async |tx| devices::forget_others(tx, &user, None).await).await.unwrap();
        assert_eq!(find(lead(), 2, at(9, 0)).await, None);
        unit(db, async |tx| devices::remember(tx, &other, [2; 32]).await).await.unwrap();
        unit(db, async |tx| devices::forget_all(tx, &user).await).await.unwrap();
        assert_eq!(find(lead(), 2, at(9, 0)).await, None);
    }
}

db_test! {
    async fn the_devices_of_a_user_have_an_end(db: &TestDb) {
        plant(db).await;
        for number in 1..=25_u8 {
            let expires_at = at(10, 0) + TimeDelta::minutes(number.into());
            let device = KnownDevice { id: id(number.into()), user_id: lead(), known_since: at(9, 0), expires_at };
            let device = permitted(device);
            unit(db, async |tx| devices::remember(tx, &device, [number; 32]).await).await.unwrap();
        }
        assert_eq!(db.number("SELECT COUNT(*) FROM known_devices").await.unwrap(), 20);
        assert!(devices::behind(db, lead(), [5; 32], at(9, 0)).await.unwrap().is_none());
        assert!(devices::behind(db, lead(), [6; 32], at(9, 0)).await.unwrap().is_some());
        assert_eq!(devices::prune(db, at(10, 16)).await.unwrap(), 10);
    }
}
