//! Signing in by password: what it costs, what it tells, and how often it may be tried.

use std::future::IntoFuture;

use chrono::TimeDelta;
use rafiq_app::accounts::FirstPassword;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::json;
use uuid::Uuid;

use crate::app::{Answer, Ask, Instances, PASSWORD, Session, TestApp, a_hospital, all_at_once};

/// What nobody has as a password.
const WRONG: &str = "nobody's own long password";

/// So many failures in a row are free.
const FREE: usize = 5;

fn profile(roles: &[Role]) -> UserProfile {
    let name = PersonName::parse("Layla Haddad").unwrap();
    UserProfile { name, roles: roles.to_vec(), confers: Vec::new(), hospital_id: None, interpreter_id: None }
}

fn chosen() -> FirstPassword {
    FirstPassword::Chosen(Sensitive(PASSWORD.to_owned()))
}

fn from_device<'app>(app: &'app TestApp<'_>, login: &str, password: &str, device: &str) -> Ask<'app> {
    let body = json!({ "login": login, "password": password, "device_token": device });
    app.signing_in(login, password).json(&body)
}

async fn fail(app: &TestApp<'_>, login: &str, times: usize) {
    for _ in 0..times {
        app.signing_in(login, WRONG).await.refused(401, "invalid_credentials");
    }
}

async fn disable(app: &TestApp<'_>, user_id: Uuid) {
    let administrator = app.user(&[Role::Administrator]).await;
    let path = format!("/users/{user_id}");
    let seen = administrator.get(&path).await.expect(200);
    administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);
}

/// Someone of each kind who cannot sign in, by the name of the kind, their login and what they type. Whose hash is
/// an older, cheaper one is told apart by the work until they sign in: `docs/operations.md` says so.
async fn everyone_refused(db: &TestDb, app: &TestApp<'_>) -> Vec<(&'static str, String, &'static str)> {
    app.enter("wrong.password", profile(&[Role::Doctor]), chosen()).await;
    app.enter("without.password", profile(&[Role::Doctor]), FirstPassword::None).await;
    let disabled = app.enter("disabled.one", profile(&[Role::Doctor]), chosen()).await;
    disable(app, disabled).await;
    app.enter("locked.one", profile(&[Role::Doctor]), chosen()).await;
    fail(app, "locked.one", FREE).await;
    let administrator = app.user(&[Role::Administrator]).await;
    let hospital = a_hospital().by(&administrator).await;
    let client = json!({
        "client_id": "machine.one", "name": "Information system", "hospital_id": hospital.id,
        "contact_email": "it@hospital.example.com", "scopes": ["referrals:read"], "allows_secret": true,
    });
    administrator.post("/clients", &client).await.expect(201);
    let shut = a_hospital().by(&administrator).await;
    let of_hospital = UserProfile { hospital_id: Some(shut.uuid().into()), ..profile(&[Role::HospitalUser]) };
    app.enter("of.suspended", of_hospital, chosen()).await;
    let roleless = app.enter("without.role", profile(&[Role::Doctor]), chosen()).await;
    for sql in [
        format!("UPDATE hospitals SET state = 'suspended' WHERE id = {}", app.literal(shut.uuid())),
        format!("UPDATE role_assignments SET ended_at = granted_at WHERE user_id = {}", app.literal(roleless)),
    ] {
        db.execute(&sql).await.unwrap();
    }
    vec![
        ("wrong", "wrong.password".to_owned(), WRONG),
        ("unknown", "nobody.here".to_owned(), PASSWORD),
        ("no login at all", "لا أحد".to_owned(), PASSWORD),
        ("no text at all", String::new(), PASSWORD),
        ("without password", "without.password".to_owned(), PASSWORD),
        ("disabled", "disabled.one".to_owned(), PASSWORD),
        ("locked", "locked.one".to_owned(), PASSWORD),
        ("a client", "machine.one".to_owned(), PASSWORD),
        ("of a suspended hospital", "of.suspended".to_owned(), PASSWORD),
        ("without a role", "without.role".to_owned(), PASSWORD),
    ]
}

/// The hashes and statements of a request, by their kind: how long what was typed is, is the client's own.
fn work(ledger: Vec<String>) -> Vec<String> {
    let bare =
        |line: String| if line.starts_with("verify") { line.split(" by ").nth(1).unwrap().to_owned() } else { line };
    ledger.into_iter().map(bare).collect()
}

db_test! {
    async fn whoever_is_refused_costs_the_same_work_and_reads_alike(db: &TestDb) {
        let app = TestApp::watched(db);
        let everyone = everyone_refused(db, &app).await;
        for device in [None, Some("a token that no device has")] {
            let mut answers = Vec::new();
            for (kind, login, password) in &everyone {
                let ask = match device {
                    Some(device) => from_device(&app, login, password, device),
                    None => app.signing_in(login, password),
                };
                app.ledger().take();
                let answer = ask.await.refused(401, "invalid_credentials");
                let work = work(app.ledger().take());
                assert_eq!(work.iter().filter(|line| line.starts_with("$argon2id$")).count(), 1, "{kind}: {work:#?}");
                assert_eq!(app.audited(&answer, "forbidden").await, 1, "{kind}");
                answers.push((kind, work, answer.anonymous()));
            }
            let (_, work, read) = &answers[0];
            for (kind, other_work, other_read) in &answers {
                assert_eq!(other_work, work, "{kind}");
                assert_eq!(other_read, read, "{kind}");
            }
        }
    }
}

db_test! {
    async fn failures_in_a_row_make_even_the_right_password_wait(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        fail(&app, &login, FREE - 1).await;
        app.signing_in(&login, PASSWORD).await.expect(200);
        fail(&app, &login, FREE).await;
        app.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
        app.advance(TimeDelta::seconds(2));
        app.signing_in(&login, PASSWORD).await.expect(200);
        fail(&app, &login, FREE).await;
        for wait in [2, 4, 8, 16] {
            app.advance(TimeDelta::seconds(wait - 1));
            app.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
            app.advance(TimeDelta::seconds(1));
            fail(&app, &login, 1).await;
        }
        app.advance(TimeDelta::seconds(32));
        app.signing_in(&login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn an_outsider_does_not_lock_anyone_out_of_a_known_device(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let device = app.signing_in(&login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        fail(&app, &login, FREE + 3).await;
        app.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
        let again = from_device(&app, &login, PASSWORD, &device).await.expect(200);
        assert_eq!(again.text("/device_token"), device, "the device stays the same one");
        app.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
    }
}

db_test! {
    async fn a_known_device_counts_its_own_failures_and_is_forgotten_in_time(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let device = app.signing_in(&login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        for _ in 0..FREE {
            from_device(&app, &login, WRONG, &device).await.refused(401, "invalid_credentials");
        }
        from_device(&app, &login, PASSWORD, &device).await.refused(401, "invalid_credentials");
        app.signing_in(&login, PASSWORD).await.expect(200);
        app.advance(TimeDelta::days(181));
        fail(&app, &login, FREE).await;
        from_device(&app, &login, PASSWORD, &device).await.refused(401, "invalid_credentials");
    }
}

db_test! {
    async fn a_device_is_known_to_its_own_user_only(db: &TestDb) {
        let app = TestApp::new(db);
        let (login, other) = (app.user(&[Role::Doctor]).await.login, app.user(&[Role::Doctor]).await.login);
        let device = app.signing_in(&other, PASSWORD).await.expect(200).text("/device_token").to_owned();
        fail(&app, &login, FREE).await;
        from_device(&app, &login, PASSWORD, &device).await.refused(401, "invalid_credentials");
    }
}

db_test! {
    async fn an_address_that_fails_too_often_is_told_to_wait_whoever_it_is_for(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let ask = |login: &str, password| app.signing_in(login, password).from("198.51.100.7");
        for number in 0..50 {
            ask(&format!("nobody.{number}"), WRONG).await.refused(401, "invalid_credentials");
        }
        app.advance(TimeDelta::minutes(5));
        let known = ask(&login, PASSWORD).await.refused(429, "too_many_attempts");
        let unknown = ask("nobody.here", PASSWORD).await.refused(429, "too_many_attempts");
        assert_eq!(known.anonymous(), unknown.anonymous());
        assert_eq!(known.header("retry-after"), "600");
        app.signing_in(&login, PASSWORD).from("198.51.100.8").await.expect(200);
        app.advance(TimeDelta::minutes(10));
        ask(&login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn a_guesser_behind_the_same_address_holds_no_known_device_back(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let device = app.signing_in(&login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        for number in 0..50 {
            app.signing_in(&format!("nobody.{number}"), WRONG).await.refused(401, "invalid_credentials");
        }
        let held = app.signing_in(&login, PASSWORD).await.refused(429, "too_many_attempts");
        assert_eq!(app.audited(&held, "forbidden").await, 1);
        from_device(&app, &login, PASSWORD, &device).await.expect(200);
        from_device(&app, &login, PASSWORD, "a token that no device has").await.refused(429, "too_many_attempts");
    }
}

db_test! {
    async fn that_we_are_busy_is_no_failure_of_whoever_signs_in(db: &TestDb) {
        let app = TestApp::narrow(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let device = app.signing_in(&login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        let kept = app.hand().keep();
        let meanwhile = async {
            kept.came().await;
            for _ in 0..=FREE {
                from_device(&app, &login, PASSWORD, &device).await.refused(503, "unavailable");
            }
            drop(kept);
        };
        let (first, ()) = tokio::join!(from_device(&app, &login, PASSWORD, &device).into_future(), meanwhile);
        first.expect(200);
        from_device(&app, &login, PASSWORD, &device).await.expect(200);
    }
}

db_test! {
    async fn an_office_behind_one_address_signs_in_as_often_as_it_likes(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        for _ in 0..60 {
            app.signing_in(&login, PASSWORD).from("198.51.100.7").await.expect(200);
        }
    }
}

db_test! {
    async fn a_forwarding_header_names_nobody_without_a_proxy_of_ours(db: &TestDb) {
        let app = TestApp::new(db);
        for number in 0..50 {
            let spoofed = format!("203.0.113.{number}");
            app.signing_in("nobody.here", WRONG).with("x-forwarded-for", &spoofed).await.expect(401);
        }
        app.signing_in("nobody.here", WRONG).with("x-forwarded-for", "203.0.113.99").await.refused(429, "too_many_attempts");
    }
}

db_test! {
    async fn a_sign_in_is_on_record_and_what_was_typed_is_not(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let record = async |answer: &Answer, decision: &str| {
            let found = app.audited(answer, decision).await;
            assert_eq!(found, 1, "{decision}");
        };
        record(&app.signing_in(&user.login, PASSWORD).await.expect(200), "allowed").await;
        record(&app.signing_in(&user.login, WRONG).await.expect(401), "forbidden").await;
        record(&app.signing_in("a.password.typed.here", WRONG).await.expect(401), "forbidden").await;
        let of = "FROM audit_records WHERE action = 'sign_in' AND object_kind = 'user'";
        assert_eq!(app.number(&format!("SELECT COUNT(*) {of} AND decision = 'forbidden' AND object_id IS NULL")).await, 1);
        assert_eq!(app.number(&format!("SELECT COUNT(*) {of} AND decision = 'forbidden' AND object_id IS NOT NULL")).await, 1);
        assert_eq!(app.number(&format!("SELECT COUNT(*) {of} AND decision = 'allowed' AND actor_id = object_id")).await, 2);
    }
}

db_test! {
    async fn a_cheap_hash_is_renewed_by_the_sign_in_that_matches_it(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let hash = async || db.text("SELECT hash FROM passwords").await.unwrap();
        let cheap = hash().await;
        let dearer = app.with_dearer_hashes(8);
        dearer.signing_in(&login, WRONG).await.expect(401);
        assert_eq!(hash().await, cheap);
        let changed_at = db.text("SELECT CAST(changed_at AS TEXT) FROM passwords").await.unwrap();
        dearer.signing_in(&login, PASSWORD).await.expect(200);
        assert!(hash().await.starts_with("$argon2id$v=19$m=16,"), "{}", hash().await);
        assert_eq!(db.text("SELECT CAST(changed_at AS TEXT) FROM passwords").await.unwrap(), changed_at);
        app.signing_in(&login, PASSWORD).await.expect(200);
        assert!(hash().await.starts_with("$argon2id$v=19$m=16,"), "a hash that is dear enough stays");
    }
}

db_test! {
    async fn a_good_sign_in_stays_one_when_its_hash_cannot_be_renewed(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let cheap = db.text("SELECT hash FROM passwords").await.unwrap();
        let dearer = app.with_dearer_hashes(8);
        dearer.hand().break_it();
        dearer.signing_in(&login, PASSWORD).await.expect(200);
        assert_eq!(db.text("SELECT hash FROM passwords").await.unwrap(), cheap);
    }
}

db_test! {
    async fn a_password_too_long_to_be_one_is_nobodys(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let long = "x".repeat(5_000);
        let known = app.signing_in(&login, &long).await.refused(401, "invalid_credentials");
        let unknown = app.signing_in("nobody.here", &long).await.refused(401, "invalid_credentials");
        assert_eq!(known.anonymous(), unknown.anonymous());
        assert_eq!((app.audited(&known, "forbidden").await, app.audited(&unknown, "forbidden").await), (1, 1));
    }
}

/// How many of the answers are neither 200 nor the refusal of credentials.
fn odd(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| !matches!(answer.status.as_u16(), 200 | 401)).count()
}

postgres_test! {
    async fn two_instances_hold_back_together(db: &TestDb) {
        let instances = Instances::start(db).await;
        let login = instances.one.user(&[Role::Doctor]).await.login;
        let asks = (0..30).map(|turn| {
            let [one, two] = instances.both();
            (if turn % 2 == 0 { one } else { two }).signing_in(&login, WRONG)
        });
        let answers = all_at_once(asks).await;
        assert_eq!(odd(&answers), 0);
        assert_eq!(instances.one.number("SELECT CAST(count AS BIGINT) FROM throttles WHERE counter = 'account'").await, 5);
        for instance in instances.both() {
            instance.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
        }
        instances.advance(TimeDelta::seconds(2));
        instances.two.signing_in(&login, PASSWORD).await.expect(200);
    }
}

/// A change of the password and sign-ins by the old one at once: none of the sessions outlives it, and whoever came too
/// late is on record.
async fn race(app: &TestApp<'_>, other: &TestApp<'_>, user: &Session<'_>) {
    let change = json!({ "current_password": PASSWORD, "new_password": "another long test password" });
    let change = user.post("/account/password", &change);
    let sign_ins = (0..4).map(|_| other.signing_in(&user.login, PASSWORD));
    let answers = all_at_once(std::iter::once(change).chain(sign_ins)).await;
    assert_eq!(answers[0].status, 204, "{:?}", answers[0].body);
    for answer in answers.iter().skip(1).filter(|answer| answer.status == 200) {
        let bearer = app.bearer(answer.text("/access_token"));
        bearer.get("/account").await.refused(401, "unauthenticated");
    }
    for answer in answers.iter().filter(|answer| answer.status == 401) {
        assert_eq!(app.audited(answer, "forbidden").await, 1);
    }
}

postgres_test! {
    async fn a_session_opened_while_the_password_changes_does_not_outlive_it(db: &TestDb) {
        let instances = Instances::start(db).await;
        for _ in 0..5 {
            let user = instances.one.user(&[Role::Doctor]).await;
            race(&instances.one, &instances.two, &user).await;
        }
    }
}
