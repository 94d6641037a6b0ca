//! Who asks and is not known: nobody, forgers, and people whose time here is over.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::ids::SessionId;
use rafiq_domain::sessions::Session;
use rafiq_domain::vocabulary::Role;
use rafiq_http::token::{AccessTokens, LONGEST, SigningKeys};
use rafiq_persistence::sessions;
use rafiq_persistence::testing::TestDb;
use uuid::Uuid;

use super::planting::{fresh, unit};
use crate::app::{Client, Session as SignedIn, TestApp, Thing};

/// The issuer and the audience of the service under test.
const SERVICE: &str = "rafiq";

/// People who could do much, each but for one thing.
pub(super) struct Outsiders<'app> {
    db: &'app TestDb,
    app: &'app TestApp<'app>,
    in_order: Uuid,
    disabled: Uuid,
    of_suspended_hospital: Uuid,
    without_role: Uuid,
}

impl<'app> Outsiders<'app> {
    pub(super) async fn gather(
        db: &'app TestDb,
        app: &'app TestApp<'app>,
        administrator: &SignedIn<'_>,
        hospital: &Thing,
    ) -> Self {
        let mighty = [Role::Administrator, Role::Lead];
        let in_order = app.user(&mighty).await.user_id;
        let disabled = app.user(&mighty).await;
        let of_suspended_hospital = app.hospital_user(hospital).await;
        let without_role = app.user(&mighty).await;
        for still_in in [&disabled, &of_suspended_hospital, &without_role] {
            still_in.get("/account").await.expect(200);
        }
        let path = format!("/users/{}", disabled.user_id);
        let seen = administrator.get(&path).await.expect(200);
        administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);
        let state = format!("UPDATE hospitals SET state = 'suspended' WHERE id = {}", app.literal(hospital.uuid()));
        db.execute(&state).await.unwrap();
        let over = format!(
            "UPDATE role_assignments SET ended_at = granted_at WHERE user_id = {}",
            app.literal(without_role.user_id)
        );
        db.execute(&over).await.unwrap();
        let id = |session: SignedIn<'_>| session.user_id;
        let (disabled, without_role) = (id(disabled), id(without_role));
        Self { db, app, in_order, disabled, of_suspended_hospital: id(of_suspended_hospital), without_role }
    }

    /// All of them, with tokens that are fresh where it is not the token that is wrong.
    pub(super) async fn clients(&self) -> Vec<(&'static str, Client<'app>)> {
        let (app, now) = (self.app, self.app.now());
        let keys = app.keys();
        let foreign = TestApp::new(self.db).keys().clone();
        let running = |user_id| self.session(user_id, None, now + TimeDelta::hours(1));
        let mine = running(self.in_order).await;
        let over = self.session(self.in_order, None, now - TimeDelta::seconds(1)).await;
        let ended = self.session(self.in_order, Some(now), now + TimeDelta::hours(1)).await;
        let anothers = running(self.disabled).await;
        let token = |user_id, session, keys, audience, at| self.token(user_id, session, keys, audience, at);
        let good = |user_id, session| token(user_id, session, keys, SERVICE, now);
        app.bearer(&good(self.in_order, mine)).get("/account").await.expect(200);
        let late = now - LONGEST - TimeDelta::minutes(1);
        let tokens = [
            ("one with a token that never was", "eyJhbGciOiJFZERTQSJ9.e30.AA".to_owned()),
            ("a forger", token(self.in_order, mine, &foreign, SERVICE, now)),
            ("one too late", token(self.in_order, mine, keys, SERVICE, late)),
            ("one meant for another audience", token(self.in_order, mine, keys, "another", now)),
            ("one who signed out", good(self.in_order, ended)),
            ("one whose session is over", good(self.in_order, over)),
            ("one in another's session", good(self.in_order, anothers)),
            ("one disabled", good(self.disabled, anothers)),
            (
                "one of a suspended hospital",
                good(self.of_suspended_hospital, running(self.of_suspended_hospital).await),
            ),
            ("one without a role any more", good(self.without_role, running(self.without_role).await)),
        ];
        let bearers = tokens.map(|(who, token)| (who, app.bearer(&token)));
        [("nobody", app.anyone())].into_iter().chain(bearers).collect()
    }

    async fn session(&self, user_id: Uuid, revoked_at: Option<DateTime<Utc>>, ends_at: DateTime<Utc>) -> SessionId {
        let id = SessionId::from(fresh(self.app));
        let started_at = self.app.now() - TimeDelta::minutes(10);
        let session = Session {
            id,
            user_id: user_id.into(),
            started_at,
            last_used_at: started_at,
            ends_at,
            revoked_at,
            second_factor_at: None,
            client: None,
        };
        unit(self.db, self.app, async |tx| sessions::insert(tx, &session).await).await;
        id
    }

    fn token(
        &self,
        user_id: Uuid,
        session: SessionId,
        keys: &SigningKeys,
        audience: &str,
        at: DateTime<Utc>,
    ) -> String {
        let tokens = AccessTokens::new(keys.clone(), SERVICE.to_owned(), audience.to_owned(), LONGEST);
        tokens.issue(user_id.into(), session, self.app.use_cases().ids(), at).unwrap()
    }
}
