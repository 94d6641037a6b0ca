//! What must not happen twice: a code, a recovery code, a challenge, and one try too many.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::ids::SessionId;
use rafiq_domain::policy::{Action, Actor, Assurance, Permitted, permit};
use rafiq_domain::second_factor::{Factors, Passkey, SecondFactorRule};
use rafiq_domain::sensitive::Sealed;
use rafiq_domain::sessions::Session;
use rafiq_domain::text::PersonName;
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::passkeys::{self, Ceremony, Credential};
use rafiq_persistence::store::Store;
use rafiq_persistence::{db_test, second_factors, sessions, users};

use crate::fixtures::{at, id, lead, line, plant_user, unit};

fn session() -> SessionId {
    id(7)
}

fn sealed(byte: u8) -> Sealed {
    Sealed { key_id: format!("key {byte}"), bytes: vec![byte; 48] }
}

/// A user with a session, and the permission to do anything to them.
async fn plant(store: &Store) -> Permitted<User> {
    let name = PersonName::parse("Layla").unwrap();
    let profile =
        UserProfile { name, roles: vec![Role::Lead], confers: Vec::new(), hospital_id: None, interpreter_id: None };
    plant_user(store, lead(), profile).await;
    let begun = begun(None);
    unit(store, async |tx| sessions::insert(tx, &begun).await).await.unwrap();
    let user = users::find(store, lead(), at(9, 0)).await.unwrap().unwrap();
    permit(&Actor::System, Action::ManageUsers, user).unwrap()
}

fn begun(second_factor_at: Option<DateTime<Utc>>) -> Session {
    Session {
        id: session(),
        user_id: lead(),
        started_at: at(9, 0),
        last_used_at: at(9, 0),
        ends_at: at(21, 0),
        revoked_at: None,
        second_factor_at,
        client: None,
    }
}

async fn enrol(store: &Store, user: &Permitted<User>, secret: Sealed, step: i64) {
    unit(store, async |tx| second_factors::confirm_totp(tx, user, secret, step, at(9, 0)).await).await.unwrap();
}

fn passkey(user: &Permitted<User>, number: u8, counter: u32) -> Permitted<Credential> {
    let passkey = Passkey {
        id: id(number.into()),
        user_id: user.id,
        name: line("Phone"),
        created_at: at(9, 0),
        last_used_at: Some(at(9, 0)),
    };
    user.with(Credential { passkey, credential_id: vec![number], document: "{}".to_owned(), counter })
}

db_test! {
    async fn a_step_is_accepted_once_and_only_forwards(db: &TestDb) {
        let user = plant(db).await;
        let accepts = async |step| unit(db, async |tx| second_factors::advance_totp(tx, &user, step).await).await.unwrap();
        assert!(!accepts(1).await, "nothing is set up");
        enrol(db, &user, sealed(1), 10).await;
        for (step, accepted) in [(10, false), (9, false), (11, true), (11, false), (10, false), (13, true), (12, false)] {
            assert_eq!(accepts(step).await, accepted, "{step}");
        }
    }
}

db_test! {
    async fn a_confirmed_app_takes_the_place_of_enrolment_and_predecessor(db: &TestDb) {
        let user = plant(db).await;
        for byte in [1, 2] {
            let start = async |tx: &_| second_factors::start_totp(tx, &user, sealed(byte), at(9, byte.into())).await;
            unit(db, start).await.unwrap();
        }
        let started = second_factors::started_totp(db, user.id).await.unwrap().unwrap();
        assert_eq!((started.secret, started.started_at), (sealed(2), at(9, 2)));
        assert_eq!(second_factors::prune(db, at(9, 2)).await.unwrap(), 0, "not before its time");
        enrol(db, &user, sealed(3), 10).await;
        enrol(db, &user, sealed(4), 5).await;
        assert!(second_factors::started_totp(db, user.id).await.unwrap().is_none());
        assert_eq!(second_factors::totp(db, user.id).await.unwrap().unwrap().secret, sealed(4));
        assert!(unit(db, async |tx| second_factors::advance_totp(tx, &user, 6).await).await.unwrap());
    }
}

db_test! {
    async fn a_recovery_code_is_used_up_and_new_ones_void_the_rest(db: &TestDb) {
        let user = plant(db).await;
        let hand_out = async |hashes: &[[u8; 32]]| {
            unit(db, async |tx| second_factors::replace_recovery_codes(tx, &user, hashes, at(9, 0)).await).await.unwrap();
        };
        let uses = async |byte: u8| {
            unit(db, async |tx| second_factors::use_recovery_code(tx, &user, [byte; 32], at(9, 1)).await).await.unwrap()
        };
        hand_out(&[[1; 32], [2; 32]]).await;
        assert!(uses(1).await && !uses(1).await && !uses(3).await);
        assert_eq!(second_factors::factors(db, user.id).await.unwrap().recovery_codes, 1);
        hand_out(&[[4; 32]]).await;
        assert!(!uses(2).await && uses(4).await);
    }
}

db_test! {
    async fn a_session_owes_a_factor_by_the_rule_or_because_there_is_one(db: &TestDb) {
        use SecondFactorRule::{Optional, Required};
        let user = plant(db).await;
        let stands = async |session: Session, rule| second_factors::assurance(db, &session, rule).await.unwrap();
        assert_eq!(stands(begun(None), Optional).await, Assurance::Full);
        assert_eq!(stands(begun(None), Required).await, Assurance::Partial);
        let of_another = Session { user_id: id(99), ..begun(None) };
        unit(db, async |tx| passkeys::insert(tx, &passkey(&user, 1, 0)).await).await.unwrap();
        assert_eq!(stands(begun(None), Optional).await, Assurance::Partial);
        assert_eq!(stands(of_another, Optional).await, Assurance::Full);
        unit(db, async |tx| second_factors::remove_all(tx, &user).await).await.unwrap();
        assert_eq!(stands(begun(None), Optional).await, Assurance::Full);
        enrol(db, &user, sealed(1), 10).await;
        assert_eq!(stands(begun(None), Optional).await, Assurance::Partial);
        unit(db, async |tx| second_factors::prove_session(tx, &user, session(), at(9, 5)).await).await.unwrap();
        let proven = sessions::find(db, session()).await.unwrap().unwrap();
        assert_eq!(proven, begun(Some(at(9, 5))));
        assert_eq!(stands(proven, Required).await, Assurance::Full);
    }
}

db_test! {
    async fn what_a_user_set_up_goes_altogether(db: &TestDb) {
        let user = plant(db).await;
        enrol(db, &user, sealed(1), 10).await;
        unit(db, async |tx| {
            second_factors::start_totp(tx, &user, sealed(2), at(9, 0)).await?;
            second_factors::replace_recovery_codes(tx, &user, &[[1; 32]], at(9, 0)).await?;
            passkeys::insert(tx, &passkey(&user, 1, 0)).await
        })
        .await
        .unwrap();
        second_factors::make_attempt(db, user.id, at(9, 0)).await.unwrap().unwrap();
        let set_up = Factors { totp_since: Some(at(9, 0)), passkeys: 1, recovery_codes: 1 };
        assert_eq!(second_factors::factors(db, user.id).await.unwrap(), set_up);
        unit(db, async |tx| second_factors::remove_all(tx, &user).await).await.unwrap();
        for table in ["totp_enrolments", "totp_factors", "recovery_codes", "passkeys"] {
            assert_eq!(db.number(&format!("SELECT COUNT(*) FROM {table}")).await.unwrap(), 0, "{table}");
        }
        let counted = "SELECT COUNT(*) FROM second_factor_attempts WHERE failures > 0 OR last_at IS NOT NULL";
        assert_eq!(db.number(counted).await.unwrap(), 0);
    }
}

db_test! {
    async fn tries_are_counted_until_one_succeeds(db: &TestDb) {
        let user = plant(db).await;
        let tries = async |at| second_factors::make_attempt(db, user.id, at).await.unwrap();
        for _ in 0..5 {
            tries(at(9, 0)).await.unwrap();
        }
        let refused = tries(at(9, 0)).await.unwrap_err();
        assert_eq!(refused.wait, Some(std::time::Duration::from_secs(30)));
        tries(at(9, 1)).await.unwrap();
        tries(at(9, 1)).await.unwrap_err();
        unit(db, async |tx| second_factors::lift_wait(tx, &user).await).await.unwrap();
        tries(at(9, 1)).await.unwrap();
        let refused = tries(at(9, 1)).await.unwrap_err();
        assert_eq!(refused.wait, Some(std::time::Duration::from_mins(2)), "how many were wrong stays counted");
        unit(db, async |tx| second_factors::prove_session(tx, &user, session(), at(9, 1)).await).await.unwrap();
        tries(at(9, 1)).await.unwrap();
    }
}

db_test! {
    async fn only_what_another_key_sealed_is_sealed_anew_and_never_over_a_newer_secret(db: &TestDb) {
        let user = plant(db).await;
        enrol(db, &user, sealed(1), 10).await;
        let others = async |key: &str, after| second_factors::sealed_otherwise(db, key, after, 10).await.unwrap();
        assert!(others("key 1", None).await.is_empty() && others("key 2", Some(user.id)).await.is_empty());
        let found = others("key 2", None).await.pop().unwrap();
        assert_eq!((found.user_id, &found.secret), (user.id, &sealed(1)));
        let again = async |to: u8| {
            let sealed = user.with(sealed(to));
            unit(db, async |tx| second_factors::seal_anew(tx, &found, &sealed).await).await.unwrap();
            second_factors::totp(db, user.id).await.unwrap().unwrap().secret
        };
        assert_eq!(again(2).await, sealed(2));
        assert_eq!(again(3).await, sealed(2), "replaced in the meantime");
    }
}

db_test! {
    async fn a_challenge_is_taken_once_in_its_session_and_in_time(db: &TestDb) {
        let user = plant(db).await;
        let start = async |kind, state: &str, now| {
            let (state, ends_at) = (user.with(state.to_owned()), now + TimeDelta::minutes(5));
            unit(db, async |tx| passkeys::start(tx, &state, session(), kind, ends_at).await).await.unwrap();
        };
        let take = async |session, kind, now| passkeys::take(db, session, kind, now).await.unwrap();
        start(Ceremony::Registration, "one", at(9, 0)).await;
        start(Ceremony::Verification, "two", at(9, 0)).await;
        start(Ceremony::Verification, "three", at(9, 1)).await;
        assert_eq!(take(id(8), Ceremony::Verification, at(9, 1)).await, None);
        assert_eq!(take(session(), Ceremony::Verification, at(9, 5)).await.as_deref(), Some("three"));
        assert_eq!(take(session(), Ceremony::Verification, at(9, 5)).await, None);
        assert_eq!(take(session(), Ceremony::Registration, at(9, 5)).await, None, "its time is over");
        start(Ceremony::Registration, "four", at(9, 6)).await;
        start(Ceremony::Verification, "five", at(9, 30)).await;
        assert_eq!(passkeys::prune(db, at(9, 30)).await.unwrap(), 1, "what is over goes");
        assert_eq!(passkeys::prune(db, at(9, 30)).await.unwrap(), 0);
    }
}

db_test! {
    async fn a_counter_goes_on_or_stays_at_nothing(db: &TestDb) {
        let user = plant(db).await;
        let uses = async |number, counter| {
            unit(db, async |tx| passkeys::note_use(tx, &passkey(&user, number, counter)).await).await.unwrap()
        };
        unit(db, async |tx| {
            passkeys::insert(tx, &passkey(&user, 1, 0)).await?;
            passkeys::insert(tx, &passkey(&user, 2, 0)).await
        })
        .await
        .unwrap();
        for (counter, accepted) in [(5, true), (5, false), (4, false), (0, false), (6, true)] {
            assert_eq!(uses(1, counter).await, accepted, "{counter}");
        }
        assert!(uses(2, 0).await && uses(2, 0).await);
        let found = passkeys::of_user(db, user.id).await.unwrap();
        assert_eq!(found.iter().map(|known| known.counter).collect::<Vec<_>>(), [6, 0]);
        let twice = unit(db, async |tx| passkeys::insert(tx, &passkey(&user, 2, 0)).await).await.unwrap_err();
        assert!(matches!(twice, StoreError::Taken { .. }), "{twice:?}");
        let remove = async |number| unit(db, async |tx| passkeys::remove(tx, &user, id(number)).await).await.unwrap();
        assert!(remove(1).await && !remove(1).await);
        assert_eq!(passkeys::find(db, id(1)).await.unwrap(), None);
    }
}
