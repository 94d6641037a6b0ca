//! The second factor: how it is set up, what it opens, and what a thief of the password gets.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use rafiq_app::second_factor::seal_anew;
use rafiq_domain::mail::MailKind;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::app::{Answer, Ask, Client, CodeApp, Instances, PASSWORD, Session, TestApp, a_passkey, all_at_once};

/// How long a code is shown.
const STEP: TimeDelta = TimeDelta::seconds(30);

/// Sets an authenticator app up.
pub(crate) async fn enrol(app: &TestApp<'_>, session: &Client<'_>) -> (CodeApp, Vec<String>) {
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
        by_code(&next, &codes, &app).await.expect(200);
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
        for path in ["/patients", "/cases", "/users", "/hospitals", "/sessions", "/account/passkeys"] {
            let refused = session.get(path).await.refused(403, "second_factor_required");
            assert_eq!(app.audited(&refused, "forbidden").await, 1, "{path}");
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
        verify(&next, &code).await.expect(200);
        verify(&session.again().await.client(), &code).await.refused(403, "invalid_second_factor");
        // One step late is still good, but not after a later one.
        let late = json!({ "code": codes.code(app.now() + STEP) });
        app.advance(STEP * 2);
        let second = session.again().await;
        let accepted = verify(&second, &late).await.expect(200);
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
        verify(&session.again().await.client(), &typed).await.expect(200);
        let next = session.again().await;
        verify(&next, &typed).await.refused(403, "invalid_second_factor");
        assert_eq!(session.get("/account/second-factor").await.body["recovery_codes"], 9);

        let renewed = session.command("/account/second-factor/recovery-codes").await.expect(200);
        let renewed = recovery_codes(&renewed);
        assert_eq!(renewed.len(), 10);
        verify(&next, &json!({ "recovery_code": recovery[1] })).await.refused(403, "invalid_second_factor");
        verify(&next, &json!({ "recovery_code": renewed[1] })).await.expect(200);
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
            assert_eq!(app.audited(&refused, "forbidden").await, 1);
        }
        // A session that is open goes on, and another user is not held up.
        patients(&session).await.expect(200);
        app.advance(STEP);
        verify(&next, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        assert_eq!(by_code(&next, &codes, &app).await.refused(429, "too_many_attempts").header("retry-after"), "60");
        app.advance(STEP * 2);
        by_code(&next, &codes, &app).await.expect(200);
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
        by_code(&thief, &codes, &app).await.expect(200);
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
        by_code(&next, &new, &app).await.expect(200);
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
        let codes = recovery_codes(&confirmed);
        assert_eq!(codes.len(), 10);
        let kept = db.bytes("SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL").await.unwrap();
        let kept: Vec<_> = kept.iter().map(|answer| kept_body(answer)).collect();
        assert!(kept.iter().any(|body| body.contains("recovery_codes")), "{kept:?}");
        let sealed = db.bytes("SELECT secret FROM totp_factors").await.unwrap();
        assert!(sealed.len() == 1 && sealed[0].len() == 12 + 20 + 16, "a nonce, the secret and a tag");
        for shown in codes.iter().chain([&secret]) {
            assert!(!kept.iter().any(|body| body.contains(shown)), "an answer is kept that shows a secret");
        }
    }
}

/// The body of a kept answer, in the form in which it goes out again.
fn kept_body(answer: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    String::from_utf8(STANDARD.decode(answer["body"].as_str().unwrap()).unwrap()).unwrap()
}

db_test! {
    async fn the_same_request_under_the_same_key_is_answered_without_its_secrets(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Coordinator]).await;
        let twice = async |path: &str, body: &Value| {
            let key = session.fresh_key();
            let ask = || session.post(path, body).with("idempotency-key", &key);
            (ask().await.expect(200), ask().await.expect(200))
        };
        let (started, again) = twice("/account/second-factor/totp", &Value::Null).await;
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &json!({})));
        let confirm = json!({ "code": CodeApp::new(started.text("/secret")).code(app.now()) });
        let (confirmed, again) = twice("/account/second-factor/totp/confirm", &confirm).await;
        assert!(confirmed.body["device_token"].is_string(), "from now on the device is known");
        assert_eq!((recovery_codes(&confirmed).len(), again.body), (10, json!({ "recovery_codes": [] })));
        let proof = json!({ "recovery_code": recovery_codes(&confirmed)[0] });
        let (_, again) = twice("/account/second-factor/verify", &proof).await;
        assert_eq!(again.body, json!({}));
    }
}

db_test! {
    async fn factors_are_changed_only_a_moment_after_one_was_shown(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        app.advance(TimeDelta::minutes(10));
        let refreshed = refresh(&app, &session.refresh_token).await.expect(200);
        let session = app.bearer(refreshed.text("/access_token"));
        session.command("/account/second-factor/totp").await.expect(200);
        app.advance(TimeDelta::minutes(1));
        for path in [
            "/account/second-factor/totp",
            "/account/second-factor/totp/remove",
            "/account/second-factor/recovery-codes",
            "/account/passkeys/registration",
        ] {
            let refused = session.command(path).await.refused(403, "second_factor_required");
            assert_eq!(app.audited(&refused, "forbidden").await, 1, "{path}");
        }
        patients(&session).await.expect(200);
        by_code(&session, &codes, &app).await.expect(200);
        session.command("/account/second-factor/totp").await.expect(200);
    }
}

db_test! {
    async fn the_owner_hears_of_recovery_codes_that_were_used_or_made(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (_, recovery) = enrol(&app, &session).await;
        let next = session.again().await;
        verify(&next, &json!({ "recovery_code": "0000-0000-0000-0000" })).await.refused(403, "invalid_second_factor");
        verify(&next, &json!({ "recovery_code": recovery[0] })).await.expect(200);
        session.command("/account/second-factor/recovery-codes").await.expect(200);
        app.run_mail().await;
        let kinds: Vec<_> = app.mailbox().mails().iter().map(|mail| mail.kind).collect();
        let expected = [MailKind::SignInMethodChanged, MailKind::RecoveryCodeUsed, MailKind::RecoveryCodesRenewed];
        assert_eq!(kinds, expected);
    }
}

/// A sign-in from a device.
fn from_device<'app>(app: &'app TestApp<'_>, login: &str, device: &str) -> Ask<'app> {
    let body = json!({ "login": login, "password": PASSWORD, "device_token": device });
    app.signing_in(login, PASSWORD).json(&body)
}

db_test! {
    async fn the_password_alone_makes_no_device_known_and_forgives_no_failure(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        app.advance(STEP);
        let half_way = app.signing_in(&session.login, PASSWORD).await.expect(200);
        assert!(half_way.body.get("device_token").is_none(), "{}", half_way.body);
        let proven = by_code(&app.bearer(half_way.text("/access_token")), &codes, &app).await.expect(200);
        let device = proven.text("/device_token").to_owned();
        // The thief knows the password, and comes again and again.
        let known = app.count("known_devices").await;
        for _ in 0..20 {
            app.signing_in(&session.login, PASSWORD).await.expect(200);
        }
        assert_eq!(app.count("known_devices").await, known);
        for _ in 0..4 {
            app.signing_in(&session.login, "nobody's own password").await.refused(401, "invalid_credentials");
        }
        app.signing_in(&session.login, PASSWORD).await.expect(200);
        app.advance(TimeDelta::seconds(2));
        app.signing_in(&session.login, "nobody's own password").await.refused(401, "invalid_credentials");
        app.signing_in(&session.login, PASSWORD).await.refused(401, "invalid_credentials");
        // The owner signs in as ever from where they did before, which forgives what happened there alone.
        let own = from_device(&app, &session.login, &device).await.expect(200);
        app.advance(STEP);
        let proven = by_code(&app.bearer(own.text("/access_token")), &codes, &app).await.expect(200);
        assert_eq!(proven.body, json!({}), "the device stays the same one");
        assert_eq!(app.count("known_devices").await, known);
        assert_eq!(app.number("SELECT CAST(count AS BIGINT) FROM throttles WHERE counter = 'account'").await, 5);
    }
}

db_test! {
    async fn a_sign_in_that_is_half_way_ends_itself_alone(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        enrol(&app, &session).await;
        let thief = session.again().await;
        let end = format!("/sessions/{}/end", session.own_id());
        let refused = thief.command(&end).await.refused(403, "second_factor_required");
        assert_eq!(app.audited(&refused, "forbidden").await, 1);
        session.get("/account").await.expect(200);
        thief.command("/sessions/end").await.expect(204);
        thief.get("/account").await.refused(401, "unauthenticated");
    }
}

db_test! {
    async fn a_new_password_lifts_the_wait_after_wrong_codes_and_not_their_count(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (codes, _) = enrol(&app, &session).await;
        app.advance(STEP);
        let thief = session.again().await;
        for _ in 0..5 {
            verify(&thief, &wrong(&codes, &app)).await.refused(403, "invalid_second_factor");
        }
        by_code(&thief, &codes, &app).await.refused(429, "too_many_attempts");
        app.anyone().post("/password-resets", &json!({ "login": session.login })).await.expect(202);
        app.run_mail().await;
        let reset = json!({ "token": app.mailbox().last_token(MailKind::PasswordReset), "password": "quite another phrase" });
        app.anyone().post("/password-resets/complete", &reset).await.expect(204);
        let signed_in = app.signing_in(&session.login, "quite another phrase").await.expect(200);
        let owner = app.bearer(signed_in.text("/access_token"));
        assert_eq!(app.number("SELECT CAST(failures AS BIGINT) FROM second_factor_attempts").await, 5);
        by_code(&owner, &codes, &app).await.expect(200);
    }
}

db_test! {
    async fn a_secret_that_does_not_open_leaves_no_record_with_each_run(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        enrol(&app, &session).await;
        db.execute("UPDATE totp_factors SET key_id = 'gone'").await.unwrap();
        let before = app.count("audit_records").await;
        assert_eq!(seal_anew(&app.use_cases()).await.unwrap(), 0);
        assert_eq!(app.count("audit_records").await, before);
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
        by_code(&session.again().await.client(), &codes, &app).await.expect(200);
        let younger = app.user(&[Role::Coordinator]).await;
        enrol(&app, &younger).await;
        assert_eq!(app.number(keys).await, 2);
        assert_eq!(seal_anew(&app.use_cases()).await.unwrap(), 1);
        assert_eq!((app.number(keys).await, seal_anew(&app.use_cases()).await.unwrap()), (1, 0));
        app.advance(STEP);
        by_code(&session.again().await.client(), &codes, &app).await.expect(200);
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
                let accepted = answers.iter().filter(|answer| answer.status == 200).count();
                let refused = answers.iter().filter(|answer| answer.body["code"] == "invalid_second_factor").count();
                assert_eq!((accepted, refused), (1, 1), "{proof}: {answers:?}");
                let open = [patients(&here).await.status, patients(&there).await.status];
                assert_eq!(open.iter().filter(|status| **status == 200).count(), 1, "{open:?}");
            }
        }
    }
}
