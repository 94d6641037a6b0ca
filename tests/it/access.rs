//! Who gets in, who stays in, and how much of a person each of them reads.

use std::future::IntoFuture;

use axum::http::Method;
use chrono::TimeDelta;
use rafiq_domain::vocabulary::{Coded, Role};
use rafiq_persistence::db_test;
use serde_json::json;

use crate::app::{Answer, Ask, PASSWORD, Session, TestApp, a_case, a_hospital, a_patient, an_interpreter};

/// How long an access token is good.
const ACCESS: TimeDelta = TimeDelta::minutes(5);

db_test! {
    async fn a_wrong_password_an_unknown_login_and_a_disabled_user_read_the_same(db: &TestDb) {
        let app = TestApp::new(db);
        let known = app.user(&[Role::Coordinator]).await;
        let disabled = app.user(&[Role::Doctor]).await;
        disable(&app.user(&[Role::Administrator]).await, &disabled).await.expect(200);

        let wrong = app.signing_in(&known.login, "not the password").await.refused(401, "invalid_credentials");
        for (login, password) in [
            ("no.such.person", PASSWORD),
            (disabled.login.as_str(), PASSWORD),
            ("not a login!", PASSWORD),
            (known.login.as_str(), ""),
        ] {
            assert_eq!(app.signing_in(login, password).await.anonymous(), wrong.anonymous(), "{login}");
        }
        assert_eq!(wrong.header("www-authenticate"), "Bearer");
        app.signing_in(&known.login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn a_session_lives_on_by_exchanging_its_refresh_token(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        session.get("/account").await.expect(200);
        app.advance(ACCESS + TimeDelta::seconds(6));
        session.get("/account").await.refused(401, "unauthenticated");

        let next = refresh(&app, &session.refresh_token).await.expect(200);
        app.bearer(next.text("/access_token")).get("/account").await.expect(200);
        app.advance(TimeDelta::minutes(29));
        let last = refresh(&app, next.text("/refresh_token")).await.expect(200);
        app.advance(TimeDelta::minutes(30));
        refresh(&app, last.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn a_session_ends_after_twelve_hours_however_busy_it_is(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let mut token = session.refresh_token.clone();
        for _ in 0..28 {
            app.advance(TimeDelta::minutes(25));
            token = refresh(&app, &token).await.expect(200).text("/refresh_token").to_owned();
        }
        app.advance(TimeDelta::minutes(25));
        refresh(&app, &token).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn a_refresh_token_that_is_used_again_ends_the_session(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let second = refresh(&app, &session.refresh_token).await.expect(200);
        let third = refresh(&app, second.text("/refresh_token")).await.expect(200);
        let own = app.bearer(third.text("/access_token"));
        own.get("/account").await.expect(200);

        refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
        own.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, third.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
    }
}

db_test! {
    async fn an_answer_that_was_lost_can_be_asked_for_again_for_half_a_minute(db: &TestDb) {
        let app = TestApp::new(db);
        let patient = app.user(&[Role::Coordinator]).await;
        refresh(&app, &patient.refresh_token).await.expect(200);
        app.advance(TimeDelta::seconds(29));
        let again = refresh(&app, &patient.refresh_token).await.expect(200);
        app.bearer(again.text("/access_token")).get("/account").await.expect(200);

        let late = app.user(&[Role::Coordinator]).await;
        refresh(&app, &late.refresh_token).await.expect(200);
        app.advance(TimeDelta::seconds(30));
        refresh(&app, &late.refresh_token).await.refused(401, "invalid_refresh_token");
        late.get("/account").await.refused(401, "unauthenticated");
    }
}

db_test! {
    async fn of_two_children_of_one_refresh_token_the_second_used_ends_the_session(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let victim = refresh(&app, &session.refresh_token).await.expect(200);
        let thief = refresh(&app, &session.refresh_token).await.expect(200);
        let victim = refresh(&app, victim.text("/refresh_token")).await.expect(200);
        refresh(&app, thief.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
        refresh(&app, victim.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
        app.bearer(victim.text("/access_token")).get("/account").await.refused(401, "unauthenticated");
    }
}

db_test! {
    async fn who_signs_out_is_out_at_once(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let other = session.again().await;
        session.command("/sessions/end").await.expect(204);
        session.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");
        other.get("/account").await.expect(200);
    }
}

db_test! {
    async fn a_disabled_user_is_out_at_the_next_request(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let session = app.user(&[Role::Doctor]).await;
        session.get("/account").await.expect(200);
        let disabled = disable(&administrator, &session).await.expect(200);
        session.get("/account").await.refused(401, "unauthenticated");
        refresh(&app, &session.refresh_token).await.refused(401, "invalid_refresh_token");

        let enable = format!("/users/{}/enable", session.user_id);
        administrator.command(&enable).with_if_match(disabled.etag()).await.expect(200);
        app.signing_in(&session.login, PASSWORD).await.expect(200);
        disable(&administrator, &administrator).await.refused(403, "forbidden");
    }
}

db_test! {
    async fn a_token_that_is_altered_or_foreign_opens_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let stranger = TestApp::new(db);
        let opened = stranger.signing_in(&session.login, PASSWORD).await.expect(200);
        let good = opened.text("/access_token");
        let parts: Vec<_> = good.split('.').collect();
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
        let huge = "x".repeat(4096);
        let refused = app.bearer("").get("/account").await.refused(401, "unauthenticated");
        for token in [good, &unsigned, &none, &huge, "a.b.c", ". .", opened.text("/refresh_token")] {
            let answer = app.bearer(token).get("/account").await;
            assert_eq!(answer.anonymous(), refused.anonymous(), "{token}");
        }
        stranger.bearer(good).get("/account").await.expect(200);
    }
}

db_test! {
    async fn who_need_not_know_the_patient_reads_no_name_and_no_contact(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        let (one, list) = (format!("/patients/{}", patient.id), "/patients".to_owned());
        let (its_case, cases) = (format!("/cases/{}", case.id), "/cases".to_owned());
        let telling = ["فاطمة", "ALKHATEEB", "FATIMA", "7701234507", "1960-03"];

        let full = coordinator.get(&one).await.expect(200);
        let full = String::from_utf8(full.bytes.to_vec()).unwrap();
        assert!(telling.iter().all(|word| full.contains(word)), "{full}");
        for role in [Role::Auditor, Role::Administrator] {
            let reader = app.user(&[role]).await;
            for path in [&one, &list, &its_case, &cases] {
                let masked = reader.get(path).await.expect(200);
                let masked = String::from_utf8(masked.bytes.to_vec()).unwrap();
                assert!(masked.contains(&patient.id), "{masked}");
                assert!(!telling.iter().any(|word| masked.contains(word)), "{role:?}: {masked}");
            }
            let found = reader.get("/patients?name=fatima").await;
            let lost = reader.get("/patients?name=nobody").await;
            assert_eq!(found.anonymous(), lost.anonymous(), "a search tells {role:?} the name that the mask hides");
        }
        let finance = app.user(&[Role::Finance]).await.get(&one).await.expect(200);
        assert_eq!(finance.body["details"]["contacts"], json!([]));
    }
}

db_test! {
    async fn a_coordinator_does_not_learn_of_the_cases_of_another(db: &TestDb) {
        let app = TestApp::new(db);
        let (one, other) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let patient = a_patient(0).by(&one).await;
        let case = a_case(&patient).by(&one).await;
        a_case(&a_patient(1).by(&other).await).by(&other).await;
        for path in ["", "/next", "/timeline", "/confirmations", "/information-items", "/tasks"] {
            let address = |id: &str| format!("/cases/{id}{path}");
            let foreign = other.get(&address(&case.id)).await.refused(404, "not_found");
            let nothing = other.get(&address("019ab000-0000-7000-8000-000000000000")).await;
            assert_eq!(foreign.anonymous(), nothing.anonymous(), "{path}");
        }
        for list in ["/cases", "/patients", &format!("/cases?patient_id={}", patient.id)] {
            let listed = other.get(list).await.expect(200);
            assert!(!String::from_utf8_lossy(&listed.bytes).contains(&patient.id), "{list}");
        }
        one.get(&format!("/cases/{}", case.id)).await.expect(200);
    }
}

db_test! {
    async fn every_read_change_and_denial_is_on_record(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let other = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        let path = format!("/cases/{}", case.id);
        let confirm = json!({ "kind": "privacy_notice", "reference": "notice of 2026-02" });
        for (ask, status, decision, rows) in [
            (coordinator.get(&path), 200, "allowed", 1),
            // The list, and the case that it shows.
            (coordinator.get("/cases"), 200, "allowed", 2),
            (coordinator.post(&format!("{path}/confirmations"), &confirm), 201, "allowed", 1),
            (coordinator.put(&format!("/patients/{}", patient.id), &a_patient(0).body["details"]).with_if_match(&patient.etag), 200, "allowed", 1),
            (other.get(&path), 404, "hidden", 1),
            (other.post(&format!("{path}/confirmations"), &confirm), 404, "hidden", 1),
            (coordinator.get("/users"), 403, "forbidden", 1),
        ] {
            let before = app.count("audit_records").await;
            let answer = ask.await.expect(status);
            assert_eq!(app.audited(&answer, decision).await, rows);
            assert_eq!(app.count("audit_records").await, before + rows);
        }
        let before = app.count("audit_records").await;
        coordinator.post("/patients", &json!({})).await.expect(422);
        assert_eq!(app.count("audit_records").await, before);
    }
}

db_test! {
    async fn of_eight_requests_at_once_under_one_key_one_is_done(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&coordinator).await;
        let open = coordinator.post("/cases", &a_case(&patient).body);
        let (one, two, three, four, five, six, seven, eight) = tokio::join!(
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
            open.clone().into_future(),
        );
        let answers = [one, two, three, four, five, six, seven, eight];
        let fresh = answers.iter().filter(|answer| answer.status == 201 && answer.header("idempotency-replayed").is_empty());
        assert_eq!(fresh.count(), 1);
        for answer in answers {
            let replayed = answer.status == 201;
            assert!(replayed || answer.text("/code") == "request_in_flight", "{}", answer.body);
        }
        assert_eq!(app.count("cases").await, 1);
    }
}

db_test! {
    async fn staff_bound_to_a_hospital_or_an_interpreter_see_themselves_and_no_case(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let hospital = a_hospital().by(&administrator).await;
        let interpreter = an_interpreter().by(&administrator).await;
        let coordinator = app.user(&[Role::Coordinator]).await;
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        for (session, role) in [
            (app.hospital_user(&hospital).await, Role::HospitalUser),
            (app.interpreter_user(&interpreter).await, Role::Interpreter),
        ] {
            let account = session.get("/account").await.expect(200);
            assert_eq!(account.body["roles"], json!([role.code()]));
            session.get(&format!("/cases/{}", case.id)).await.refused(404, "not_found");
            session.get("/cases").await.refused(403, "forbidden");
            session.get("/patients").await.refused(403, "forbidden");
        }
    }
}

fn refresh<'app>(app: &'app TestApp<'_>, token: &str) -> Ask<'app> {
    app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&json!({ "refresh_token": token }))
}

async fn disable(administrator: &Session<'_>, user: &Session<'_>) -> Answer {
    let path = format!("/users/{}", user.user_id);
    let seen = administrator.get(&path).await.expect(200);
    administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await
}
