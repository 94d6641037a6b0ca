//! Sessions and the chain of refresh tokens that keeps one alive.

use chrono::TimeDelta;
use rafiq_domain::ids::{RefreshTokenId, SessionId};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Whole, permit};
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::sessions::{ClientName, RefreshToken, RefreshVerdict, Session};
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Store, Tx};
use rafiq_persistence::{sessions, users};

use crate::fixtures::{at, id, lead, plant_user, unit};

fn session() -> SessionId {
    id(7)
}

/// The hash of the token with this number.
fn hash(number: u8) -> [u8; 32] {
    [number; 32]
}

/// A session of a day, as it begins.
fn begun() -> Session {
    Session {
        id: session(),
        user_id: lead(),
        started_at: at(9, 0),
        last_used_at: at(9, 0),
        ends_at: at(21, 0),
        revoked_at: None,
        second_factor_at: Some(at(9, 1)),
        client: ClientName::cleaned("Firefox"),
    }
}

/// Adds a session with its first token, number 1.
async fn plant_session(store: &Store) {
    let name = PersonName::parse("Layla").unwrap();
    let profile =
        UserProfile { name, roles: vec![Role::Lead], confers: Vec::new(), hospital_id: None, interpreter_id: None };
    plant_user(store, lead(), profile).await;
    let begun = begun();
    unit(store, async |tx| {
        sessions::insert(tx, &begun).await?;
        hand_out(tx, 1, None).await
    })
    .await
    .unwrap();
}

async fn hand_out(tx: &Tx, number: u8, parent: Option<RefreshTokenId>) -> Result<(), StoreError> {
    let token = RefreshToken {
        id: id(number.into()),
        session_id: session(),
        issued_at: at(9, 0),
        expires_at: at(9, 30),
        rotated_at: None,
    };
    sessions::insert_refresh_token(tx, &token, hash(number), parent).await
}

/// Presents a token and, if it is worth one, takes the next in exchange.
async fn exchange(store: &Store, number: u8, next: u8) -> RefreshVerdict {
    unit(store, async |tx| {
        let presented = sessions::present_refresh_token(tx, session(), hash(number)).await?.unwrap();
        let verdict = presented.token.judge(presented.relative_was_used, at(9, 10));
        if verdict == RefreshVerdict::Rotate {
            sessions::rotate_refresh_token(tx, presented.token.id, at(9, 10)).await?;
            hand_out(tx, next, Some(presented.token.id)).await?;
        }
        Ok(verdict)
    })
    .await
    .unwrap()
}

db_test! {
    async fn a_token_reads_back_with_its_session(db: &TestDb) {
        plant_session(db).await;
        assert_eq!(sessions::of_refresh_token(db, hash(1)).await.unwrap(), Some(session()));
        assert_eq!(sessions::of_refresh_token(db, hash(9)).await.unwrap(), None);
        let present = async |session, number| {
            unit(db, async |tx| sessions::present_refresh_token(tx, session, hash(number)).await).await
        };
        let presented = present(session(), 1).await.unwrap().unwrap();
        assert_eq!((presented.token.id, presented.session.user_id), (id(1), lead()));
        assert!(!presented.relative_was_used);
        assert!(present(session(), 9).await.unwrap().is_none());
        assert!(present(id(8), 1).await.unwrap().is_none());
        assert_eq!(presented.session, begun());
    }
}

db_test! {
    async fn a_thief_with_a_copy_is_found_out_by_the_first_use_of_either_answer(db: &TestDb) {
        plant_session(db).await;
        assert_eq!(exchange(db, 1, 2).await, RefreshVerdict::Rotate, "the owner");
        assert_eq!(exchange(db, 1, 3).await, RefreshVerdict::Rotate, "the thief, as if the answer had been lost");
        assert_eq!(exchange(db, 3, 4).await, RefreshVerdict::Rotate);
        assert_eq!(exchange(db, 2, 5).await, RefreshVerdict::Reused);
        assert_eq!(exchange(db, 1, 6).await, RefreshVerdict::Reused);
    }
}

db_test! {
    async fn of_two_answers_to_one_token_used_at_once_one_goes_on(db: &TestDb) {
        plant_session(db).await;
        exchange(db, 1, 2).await;
        exchange(db, 1, 3).await;
        let stores = [db.store(), db.store()];
        let uses = [(2, 4), (3, 5)].into_iter().zip(stores).map(|((number, next), store)| {
            tokio::spawn(async move { exchange(&store, number, next).await })
        });
        let mut verdicts = Vec::new();
        for used in uses.collect::<Vec<_>>() {
            verdicts.push(used.await.unwrap());
        }
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == RefreshVerdict::Rotate).count(), 1, "{verdicts:?}");
        assert!(verdicts.contains(&RefreshVerdict::Reused));
    }
}

db_test! {
    async fn a_session_that_was_ended_stays_ended_as_of_the_first_time(db: &TestDb) {
        plant_session(db).await;
        let principal = async |now| users::principal(db, lead(), session(), SecondFactorRule::Optional, now).await.unwrap();
        assert!(principal(at(10, 0)).await.is_some());
        for minute in [1, 2] {
            let ended = permit(&Actor::System, Action::EndSession, begun()).unwrap();
            unit(db, async |tx| sessions::revoke(tx, &ended, at(10, minute)).await).await.unwrap();
        }
        let presented = unit(db, async |tx| sessions::present_refresh_token(tx, session(), hash(1)).await).await.unwrap();
        assert_eq!(presented.unwrap().session.revoked_at, Some(at(10, 1)));
        assert!(principal(at(10, 1) + TimeDelta::seconds(1)).await.is_none());
    }
}

db_test! {
    async fn what_is_removed_takes_its_tokens_along(db: &TestDb) {
        plant_session(db).await;
        exchange(db, 1, 2).await;
        let over = async |hour| sessions::over_before(db, at(hour, 0), 10).await.unwrap();
        assert_eq!(over(21).await, [], "its last instant still counts");
        let old = permit(&Actor::System, Action::Forget, Whole(ObjectKind::Session)).unwrap().with(over(22).await);
        assert_eq!(*old, [session()]);
        unit(db, async |tx| sessions::remove(tx, &old).await).await.unwrap();
        assert!(sessions::find(db, session()).await.unwrap().is_none());
        assert_eq!(db.number("SELECT COUNT(*) FROM refresh_tokens").await.unwrap(), 0);
    }
}

db_test! {
    async fn a_session_from_before_its_use_was_noted_was_last_used_when_it_began(db: &TestDb) {
        plant_session(db).await;
        db.execute("UPDATE sessions SET last_used_at = NULL, client = NULL").await.unwrap();
        let old = sessions::find(db, session()).await.unwrap().unwrap();
        assert_eq!((old.last_used_at, old.client), (at(9, 0), None));
        db.execute("UPDATE sessions SET client = ''").await.unwrap();
        assert!(matches!(sessions::find(db, session()).await, Err(StoreError::Corrupt { .. })));
    }
}
