//! The second factor: how it is set up, what it opens, and what a thief of the password gets.

use axum::http::Method;
use chrono::TimeDelta;
use rafiq_app::second_factor::seal_anew;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::app::{Answer, Ask, Client, CodeApp, Instances, PASSWORD, Session, TestApp, a_passkey, all_at_once};

/// How long a code is shown.
const STEP: TimeDelta = TimeDelta::seconds(30);

/// Sets an authenticator app up.
async fn enrol(app: &TestApp<'_>, session: &Client<'_>) -> (CodeApp, Vec<String>) {
    let started = session.command("/account/second-factor/totp").await.expect(200);
    let codes = CodeApp::new(started.text("/secret"));
    let confirm = json!({ "code": codes.code(app.now()) });
    let confirmed = session.post("/account/second-factor/totp/confirm", &confirm).await.expect(200);
    (codes, recovery_codes(&confirmed))
}

fn recovery_codes(answer: &Answer) -> Vec<String> {
    let codes = answer.body["recovery_codes"].as_array().unwrap();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

fn verify<'app>(session: &Client<'app>, proof: &Value) -> Ask<'app> {
    session.post("/account/second-factor/verify", proof)
}

fn by_code<'app>(session: &Client<'app>, codes: &CodeApp, app: &TestApp<'_>) -> Ask<'app> {
    verify(session, &json!({ "code": codes.code(app.now()) }))
}

/// A code that is not the one shown.
fn wrong(codes: &CodeApp, app: &TestApp<'_>) -> Value {
    let near = [-1, 0, 1].map(|steps| codes.code(app.now() + STEP * steps));
    let code = (0..4).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap();
    json!({ "code": code })
}

/// What a patient's record answers, as the sign of how much a session opens.
async fn patients(session: &Client<'_>) -> Answer {
    session.get("/patients").await
}

db_test! {
    async fn whoever_sets_an_app_up_is_asked_for_its_code_from_then_on(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        patients(&session).await.expect(200);
        let other = session.again().await;

        let (codes, recovery) = enrol(&app, &session).await;
        assert_eq!(recovery.iter().collect::<std::collections::BTreeSet<_>>().len(), 10, "{recovery:?}");
        patients(&session).await.expect(200);
        patients(&other).await.refused(403, "second_factor_required");

        let tokens = app.signing_in(&session.login, PASSWORD).await.expect(200);
        assert_eq!(tokens.text("/assurance"), "partial");
        assert_eq!(tokens.body["second_factors"], json!(["totp", "recovery_code"]));
        let next = app.bearer(tokens.text("/access_token"));
        patients(&next).await.refused(403, "second_factor_required");
        app.advance(STEP);
        by_code(&next, &codes, &app).await.expect(204);
        patients(&next).await.expect(200);
        let refreshed = refresh(&app, tokens.text("/refresh_token")).await.expect(200);
        assert_eq!(refreshed.text("/assurance"), "full");
        patients(&app.bearer(refreshed.text("/access_token"))).await.expect(200);
    }
}

fn refresh<'app>(app: &'app TestApp<'_>, token: &str) -> Ask<'app> {
    app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&json!({ "refresh_token": token }))
}

db_test! {
    async fn where_everyone_needs_one_a_first_sign_in_reaches_only_the_account(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Administrator, Role::Lead]).await;
        for path in ["/patients", "/cases", "/users", "/hospitals"] {
            session.get(path).await.refused(403, "second_factor_required");
        }
        session.post("/patients", &json!({})).await.refused(403, "second_factor_required");
        session.get("/account").await.expect(200);
        let standing = session.get("/account/second-factor").await.expect(200);
        assert_eq!(
            standing.body,
            json!({ "assurance": "partial", "required": true, "usable": [], "passkeys": 0, "recovery_codes": 0 })
        );
        enrol(&app, &session).await;
        patients(&session).await.expect(200);
        let standing = session.get("/account/second-factor").await.expect(200);
        assert_eq!((&standing.body["assurance"], &standing.body["recovery_codes"]), (&json!("full"), &json!(10)));
    }
}

db_test! {
    async fn a_refusal_for_want_of_a_second_factor_speaks_three_languages(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Coordinator]).await;
        for (language, title) in [
            ("en", "Please confirm your sign-in with a second factor"),
            ("ar", "يرجى تأكيد تسجيل الدخول بعامل تحقق ثانٍ"),
            ("tr", "Lütfen oturumunuzu ikinci bir doğrulamayla onaylayın"),
        ] {
            let refused = session.get("/cases").language(language).await.refused(403, "second_factor_required");
            assert_eq!(refused.text("/title"), title);
        }
    }
}

db_test! {
    async fn a_code_is_good_once_and_for_a_short_while(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        let confirmed_with = codes.code(app.now());
        let next = session.again().await;
        // The code that confirmed the app is used.
        let refused = verify(&next, &json!({ "code": confirmed_with })).await.refused(403, "invalid_second_factor");
        assert_eq!(app.audited(&refused, "forbidden").await, 1);
        assert_eq!(app.audited(&refused, "allowed").await, 0);

        app.advance(STEP);
        let code = json!({ "code": codes.code(app.now()) });
        verify(&next, &code).await.expect(204);
        verify(&session.again().await.client(), &code).await.refused(403, "invalid_second_factor");
        // One step late is still good, but not after a later one.
        let late = json!({ "code": codes.code(app.now() + STEP) });
        app.advance(STEP * 2);
        let second = session.again().await;
        let accepted = verify(&second, &late).await.expect(204);
        assert_eq!(app.audited(&accepted, "allowed").await, 1);
        app.advance(STEP * 2);
        verify(&second, &json!({ "code": codes.code(app.now() - STEP * 2) })).await.refused(403, "invalid_second_factor");
    }
}

db_test! {
    async fn a_recovery_code_is_good_once_and_new_ones_void_the_old(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Doctor]).await;
        let (_, recovery) = enrol(&app, &session).await;
        let typed = json!({ "recovery_code": recovery[0].to_lowercase().replace('-', " ") });
        verify(&session.again().await.client(), &typed).await.expect(204);
        let next = session.again().await;
        verify(&next, &typed).await.refused(403, "invalid_second_factor");
        assert_eq!(session.get("/account/second-factor").await.body["recovery_codes"], 9);

        let renewed = session.command("/account/second-factor/recovery-codes").await.expect(200);
        let renewed = recovery_codes(&renewed);
        assert_eq!(renewed.len(), 10);
        verify(&next, &json!({ "recovery_code": recovery[1] })).await.refused(403, "invalid_second_factor");
        verify(&next, &json!({ "recovery_code": renewed[1] })).await.expect(204);
        let other = app.user(&[Role::Doctor]).await;
        verify(&other, &json!({ "recovery_code": renewed[2] })).await.refused(403, "invalid_second_factor");
    }
}

db_test! {
    async fn what_is_shown_is_one_thing_of_the_right_form(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Auditor]).await;
        for (proof, pointer, code) in [
            (json!({}), "/code", "required"),
            (json!({ "code": "12345" }), "/code", "malformed"),
            (json!({ "recovery_code": "1234" }), "/recovery_code", "malformed"),
            (json!({ "code": "123456", "recovery_code": "0000-0000-0000-0000" }), "/recovery_code", "contradicts"),
        ] {
            let refused = verify(&session, &proof).await.refused(422, "invalid_input");
            assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/0/code")), (pointer, code), "{proof}");
        }
    }
}

db_test! {
    async fn after_five_wrong_codes_even_the_right_one_waits(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, recovery) = enrol(&app, &session).await;
        app.advance(STEP);
        let next = session.again().await;
        for _ in 0..5 {
            verify(&next, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        }
        for proof in [json!({ "code": codes.code(app.now()) }), json!({ "recovery_code": recovery[0] })] {
            let refused = verify(&next, &proof).await.refused(429, "too_many_attempts");
            assert_eq!(refused.header("retry-after"), "30");
        }
        // A session that is open goes on, and another user is not held up.
        patients(&session).await.expect(200);
        app.advance(STEP);
        verify(&next, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        assert_eq!(by_code(&next, &codes, &app).await.refused(429, "too_many_attempts").header("retry-after"), "60");
        app.advance(STEP * 2);
        by_code(&next, &codes, &app).await.expect(204);
        verify(&next, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
    }
}

db_test! {
    async fn of_many_tries_at_once_no_more_are_looked_at_than_may_be(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        let next = session.again().await;
        let wrong = wrong(&codes, &app);
        let answers = all_at_once((0..20).map(|_| verify(&next, &wrong))).await;
        let looked_at = answers.iter().filter(|answer| answer.status == 403).count();
        assert_eq!((looked_at, answers.iter().filter(|answer| answer.status == 429).count()), (5, 15));
    }
}

db_test! {
    async fn after_a_hundred_wrong_codes_only_an_administrator_helps(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        verify(&session, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        db.execute("UPDATE second_factor_attempts SET failures = 99").await.unwrap();
        app.advance(TimeDelta::hours(1));
        verify(&session.again().await.client(), &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        app.advance(TimeDelta::days(9));
        let refused = by_code(&session.again().await.client(), &codes, &app).await.refused(429, "too_many_attempts");
        assert_eq!(refused.text("/detail"), "Too many wrong codes. Ask an administrator to reset the second factor.");
        let administrator = app.user(&[Role::Administrator]).await;
        reset(&administrator, &session).await.expect(204);
        patients(&session.again().await.client()).await.expect(200);
    }
}

fn reset<'app>(by: &Client<'app>, of: &Session<'_>) -> Ask<'app> {
    by.command(&format!("/users/{}/second-factor/reset", of.user_id))
}

db_test! {
    async fn a_password_alone_changes_nothing_about_the_factors_it_lacks(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        let passkey = a_passkey(&session).await.1;
        let remove_passkey = format!("/account/passkeys/{}/remove", passkey.text("/passkey/id"));
        let thief = session.again().await;
        for path in [
            remove_passkey.as_str(),
            "/account/second-factor/totp",
            "/account/second-factor/totp/remove",
            "/account/second-factor/recovery-codes",
            "/account/passkeys/registration",
        ] {
            thief.command(path).await.refused(403, "second_factor_required");
        }
        let before = app.census().await;
        let started = session.command("/account/second-factor/totp").await.expect(200);
        let known = CodeApp::new(started.text("/secret"));
        let confirm = json!({ "code": known.code(app.now()) });
        let refused = thief.post("/account/second-factor/totp/confirm", &confirm).await;
        let refused = refused.refused(403, "second_factor_required");
        assert_eq!(app.audited(&refused, "forbidden").await, 1);
        // The app that was confirmed counts until another one is.
        app.advance(STEP);
        by_code(&thief, &codes, &app).await.expect(204);
        assert_ne!(app.census().await, before, "the enrolment waits");
    }
}

db_test! {
    async fn an_app_is_replaced_by_the_next_one_and_the_recovery_codes_stay(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (old, recovery) = enrol(&app, &session).await;
        let (new, none) = enrol(&app, &session).await;
        assert_eq!((recovery.len(), none.len()), (10, 0));
        app.advance(STEP);
        let next = session.again().await;
        by_code(&next, &old, &app).await.refused(403, "invalid_second_factor");
        by_code(&next, &new, &app).await.expect(204);
    }
}

db_test! {
    async fn an_app_is_confirmed_by_a_right_code_within_half_an_hour(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let confirm = async |session: &Client<'_>, proof: &Value| {
            session.post("/account/second-factor/totp/confirm", proof).await
        };
        confirm(&session, &json!({ "code": "000000" })).await.refused(409, "wrong_state");
        let started = session.command("/account/second-factor/totp").await.expect(200);
        let codes = CodeApp::new(started.text("/secret"));
        confirm(&session, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        patients(&session.again().await.client()).await.expect(200);
        app.advance(TimeDelta::minutes(30));
        let session = session.again().await;
        confirm(&session, &json!({ "code": codes.code(app.now()) })).await.refused(409, "wrong_state");
    }
}

db_test! {
    async fn the_last_factor_goes_only_where_none_is_required(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Finance]).await;
        session.command("/account/second-factor/totp/remove").await.refused(409, "wrong_state");
        session.command("/account/second-factor/recovery-codes").await.refused(409, "wrong_state");
        enrol(&app, &session).await;
        session.command("/account/second-factor/totp/remove").await.expect(204);
        assert_eq!(app.count("recovery_codes").await, 0);
        assert_eq!(session.get("/account/second-factor").await.body["usable"], json!([]));
        patients(&session.again().await.client()).await.expect(200);
    }
}

db_test! {
    async fn where_one_is_required_the_last_factor_stays(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Finance]).await;
        enrol(&app, &session).await;
        session.command("/account/second-factor/totp/remove").await.refused(409, "last_second_factor");
        assert_eq!(session.get("/account/second-factor").await.body["recovery_codes"], 10);
    }
}

db_test! {
    async fn an_administrator_takes_lost_factors_away_and_never_their_own(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, lead) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Lead]).await);
        let session = app.user(&[Role::Doctor]).await;
        enrol(&app, &session).await;
        enrol(&app, &administrator).await;
        reset(&lead, &session).await.refused(403, "forbidden");
        let refused = reset(&administrator, &administrator).await.refused(403, "forbidden");
        assert_eq!(app.audited(&refused, "forbidden").await, 1);
        let done = reset(&administrator, &session).await.expect(204);
        assert_eq!(app.audited(&done, "allowed").await, 1);
        session.get("/account").await.refused(401, "unauthenticated");
        let tokens = app.signing_in(&session.login, PASSWORD).await.expect(200);
        assert_eq!((tokens.text("/assurance"), &tokens.body["second_factors"]), ("full", &json!([])));
    }
}

db_test! {
    async fn no_secret_lies_open_in_the_database(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let started = session.command("/account/second-factor/totp").await.expect(200);
        let secret = started.text("/secret").to_owned();
        let codes = CodeApp::new(&secret);
        let confirm = json!({ "code": codes.code(app.now()) });
        let confirmed = session.post("/account/second-factor/totp/confirm", &confirm).await.expect(200);
        let kept = db.bytes("SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL").await.unwrap();
        let sealed = db.bytes("SELECT secret FROM totp_factors").await.unwrap();
        assert!(sealed.len() == 1 && sealed[0].len() == 12 + 20 + 16, "a nonce, the secret and a tag");
        for shown in recovery_codes(&confirmed).iter().chain([&secret]) {
            let holds = |bytes: &Vec<u8>| bytes.windows(shown.len()).any(|part| part == shown.as_bytes());
            assert!(!kept.iter().any(holds), "an answer is kept that shows a secret");
        }
    }
}

db_test! {
    async fn a_newer_key_takes_over_what_an_older_one_sealed(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        let keys = "SELECT COUNT(DISTINCT key_id) FROM totp_factors";
        assert_eq!(seal_anew(&app.use_cases()).await.unwrap(), 0);
        app.advance(TimeDelta::days(1));
        // Until they are sealed anew, what the older key sealed opens all the same.
        by_code(&session.again().await.client(), &codes, &app).await.expect(204);
        let younger = app.user(&[Role::Coordinator]).await;
        enrol(&app, &younger).await;
        assert_eq!(app.number(keys).await, 2);
        assert_eq!(seal_anew(&app.use_cases()).await.unwrap(), 1);
        assert_eq!((app.number(keys).await, seal_anew(&app.use_cases()).await.unwrap()), (1, 0));
        app.advance(STEP);
        by_code(&session.again().await.client(), &codes, &app).await.expect(204);
    }
}

postgres_test! {
    async fn one_code_at_two_instances_at_once_is_accepted_by_one(db: &TestDb) {
        let both = Instances::start(db).await;
        let session = both.one.user(&[Role::Coordinator]).await;
        let (codes, recovery) = enrol(&both.one, &session).await;
        for recovery in recovery.iter().take(5) {
            both.advance(STEP);
            for proof in [json!({ "code": codes.code(both.one.now()) }), json!({ "recovery_code": recovery })] {
                let (here, there) = (session.again().await, session.again().await);
                let there = there.at(&both.two);
                let answers = all_at_once([verify(&here, &proof), verify(&there, &proof)]).await;
                let accepted = answers.iter().filter(|answer| answer.status == 204).count();
                let refused = answers.iter().filter(|answer| answer.body["code"] == "invalid_second_factor").count();
                assert_eq!((accepted, refused), (1, 1), "{proof}: {answers:?}");
                let open = [patients(&here).await.status, patients(&there).await.status];
                assert_eq!(open.iter().filter(|status| **status == 200).count(), 1, "{open:?}");
            }
        }
    }
}
