//! One's sessions: what is seen of them, who ends them, and what becomes of them with time.

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use rafiq_app::expiry::{Reconciled, reconcile};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::{Ask, PASSWORD, Session, TestApp};

/// How long a session lives between two uses of its refresh token.
const IDLE: TimeDelta = TimeDelta::minutes(30);

db_test! {
    async fn a_session_that_is_prolonged_is_on_record_as_that(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let body = json!({ "refresh_token": session.refresh_token });
        app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&body).await.expect(200);
        let of = "FROM audit_records WHERE action = 'prolong_session' AND object_kind = 'session'";
        assert_eq!(app.number(&format!("SELECT COUNT(*) {of} AND decision = 'allowed'")).await, 1);
    }
}

db_test! {
    async fn the_sessions_that_run_are_listed_newest_first_and_the_present_one_is_marked(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Coordinator]).await;
        app.user(&[Role::Coordinator]).await;
        app.advance(TimeDelta::minutes(1));
        let named = app.signing_in(&first.login, PASSWORD).with("user-agent", "Rafiq for\u{a0}iPad/2.1 \u{7fe}(tablet)");
        named.await.expect(200);
        let ended = first.again().await;
        ended.command("/sessions/end").await.expect(204);

        let listed = first.get("/sessions").await.expect(200);
        assert_eq!(app.audited(&listed, "allowed").await, 1);
        let items = listed.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "neither another user's nor an ended one: {:#}", listed.body);
        let begun = app.now() - TimeDelta::minutes(1);
        for (item, started, client, current) in
            [(&items[0], app.now(), json!("Rafiq foriPad/2.1 (tablet)"), false), (&items[1], begun, Value::Null, true)]
        {
            assert_eq!(instant(&item["started_at"]), started);
            assert_eq!(instant(&item["last_used_at"]), started);
            assert_eq!(instant(&item["ends_at"]), started + TimeDelta::hours(12));
            assert_eq!((&item["client"], &item["current"]), (&client, &json!(current)));
            assert!(item.get("second_factor_at").is_none());
        }
        let page = first.get("/sessions?limit=1").await.expect(200);
        assert_eq!(page.body["items"][0], items[0]);
        let rest = first.get(&format!("/sessions?limit=1&after={}", page.text("/next"))).await.expect(200);
        assert_eq!((&rest.body["items"][0], rest.body.get("next")), (&items[1], None));
    }
}

db_test! {
    async fn a_session_is_noted_as_used_when_it_is_prolonged_and_not_with_each_request(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let begun = app.now();
        app.advance(TimeDelta::minutes(4));
        session.get("/account").await.expect(200);
        assert_eq!(instant(&own(&session).await["last_used_at"]), begun);
        let next = refresh(&app, &session.refresh_token).await.expect(200);
        assert_eq!(instant(&own(&session).await["last_used_at"]), begun + TimeDelta::minutes(4));

        // Left alone, it ends as far as anyone can see when its refresh token does.
        app.advance(IDLE - TimeDelta::minutes(1));
        let other = session.again().await;
        assert_eq!(count(&other).await, 2);
        app.advance(TimeDelta::minutes(1));
        assert_eq!(count(&other).await, 1);
        refresh(&app, next.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn a_session_ends_after_twelve_hours_with_the_access_tokens_of_its_last_minutes(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let mut token = session.refresh_token.clone();
        for _ in 0..35 {
            app.advance(TimeDelta::minutes(20));
            token = refresh(&app, &token).await.expect(200).text("/refresh_token").to_owned();
        }
        app.advance(TimeDelta::minutes(18));
        let last = refresh(&app, &token).await.expect(200);
        let last_access = app.bearer(last.text("/access_token"));
        app.advance(TimeDelta::seconds(119));
        last_access.get("/account").await.expect(200);
        app.advance(TimeDelta::seconds(1));
        last_access.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, last.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn an_access_token_is_good_for_five_minutes_whatever_the_session_does(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        app.advance(TimeDelta::seconds(304));
        session.get("/account").await.expect(200);
        app.advance(TimeDelta::seconds(1));
        session.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, &session.refresh_token).await.expect(200);
        session.get("/account").await.refused(401, "unauthenticated");
    }
}

db_test! {
    async fn one_of_ones_sessions_can_be_ended_from_another(db: &TestDb) {
        let app = TestApp::new(db);
        let (here, stranger) = (app.user(&[Role::Doctor]).await, app.user(&[Role::Administrator]).await);
        let lost = here.again().await;
        let end = format!("/sessions/{}/end", lost.own_id());

        let hidden = stranger.command(&end).await.refused(404, "not_found");
        let nothing = stranger.command("/sessions/019ab000-0000-7000-8000-000000000000/end").await;
        assert_eq!(hidden.anonymous(), nothing.anonymous());
        assert_eq!(app.audited(&hidden, "hidden").await, 1);
        lost.get("/account").await.expect(200);

        for _ in 0..2 {
            let ended = here.command(&end).await.expect(204);
            assert_eq!(app.audited(&ended, "allowed").await, 1);
        }
        lost.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, &lost.refresh_token).await.refused(401, "invalid_refresh_token");
        here.get("/account").await.expect(200);
    }
}

db_test! {
    async fn an_administrator_ends_every_session_of_a_user_and_nobody_else_does(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Doctor]).await;
        let (other, bystander) = (user.again().await, app.user(&[Role::Doctor]).await);
        let end = format!("/users/{}/sessions/end", user.user_id);
        app.user(&[Role::Lead]).await.command(&end).await.refused(403, "forbidden");
        bystander.command(&end).await.refused(404, "not_found");
        user.get("/account").await.expect(200);

        let ended = administrator.command(&end).await.expect(204);
        assert_eq!(app.audited(&ended, "allowed").await, 1);
        for session in [&user, &other] {
            session.get("/account").await.refused(401, "unauthenticated");
            refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
        }
        bystander.get("/account").await.expect(200);
        user.again().await.get("/account").await.expect(200);
    }
}

db_test! {
    async fn a_refresh_token_that_is_used_again_is_an_event_on_record(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let second = refresh(&app, &session.refresh_token).await.expect(200);
        refresh(&app, second.text("/refresh_token")).await.expect(200);
        let before = app.count("audit_records").await;
        let caught = refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
        assert_eq!(app.audited(&caught, "forbidden").await, 1, "the reuse");
        assert_eq!(app.audited(&caught, "allowed").await, 1, "the end of the session by the product");
        let events = "SELECT COUNT(*) FROM audit_records r JOIN sessions s ON s.id = r.object_id WHERE r.actor_id IS NULL \
             AND r.object_kind = 'session' AND s.revoked_at IS NOT NULL AND r.action = ";
        for action in ["'reuse_refresh_token' AND r.decision = 'forbidden'", "'end_session' AND r.decision = 'allowed'"] {
            assert_eq!(app.number(&format!("{events}{action}")).await, 1, "{action}");
        }
        // What is over is over: more uses tell nothing new.
        refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
        assert_eq!(app.count("audit_records").await, before + 2);
    }
}

db_test! {
    async fn sessions_are_kept_for_a_month_after_their_end_and_then_removed_with_their_tokens(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        refresh(&app, &session.refresh_token).await.expect(200);
        app.advance(TimeDelta::hours(12) + TimeDelta::days(30));
        let run = async || reconcile(&app.use_cases()).await.unwrap();
        assert_eq!(run().await, Reconciled::default(), "its last instant still counts");
        app.advance(TimeDelta::seconds(1));
        let late = session.again().await;
        let before = app.count("audit_records").await;
        assert_eq!(run().await, Reconciled { sessions_forgotten: 1, ..Reconciled::default() });
        assert_eq!(run().await, Reconciled::default());
        assert_eq!(app.count("audit_records").await, before + 1, "who has nothing to remove leaves no record");
        assert_eq!((app.count("sessions").await, app.count("refresh_tokens").await), (1, 1));
        late.get("/account").await.expect(200);
        refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn the_public_keys_are_there_for_everyone(db: &TestDb) {
        let app = TestApp::new(db);
        let set = app.anyone().ask(Method::GET, "/.well-known/jwks.json").await.expect(200);
        let key = app.shelf().last().key;
        assert_eq!(set.header("content-type"), "application/jwk-set+json");
        assert_eq!(set.header("cache-control"), "public, max-age=60");
        let x = set.text("/keys/0/x").to_owned();
        assert_eq!(x.len(), 43);
        let expected = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.id(), "use": "sig", "alg": "EdDSA" });
        assert_eq!(set.body, json!({ "keys": [expected] }));
    }
}

/// The session in which one asks, as the list shows it.
async fn own(session: &Session<'_>) -> Value {
    let listed = session.get("/sessions").await.expect(200);
    listed.body["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap().clone()
}

async fn count(session: &Session<'_>) -> usize {
    session.get("/sessions").await.expect(200).body["items"].as_array().unwrap().len()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn refresh<'app>(app: &'app TestApp<'_>, token: &str) -> Ask<'app> {
    app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&json!({ "refresh_token": token }))
}
