//! Passwords: chosen by their owners alone, changed, lost and found again.

use chrono::TimeDelta;
use rafiq_app::accounts::FirstPassword;
use rafiq_app::mail::{Delivered, MailError};
use rafiq_domain::mail::MailKind;
use rafiq_domain::refusal::FieldCode;
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::{Coded, Language, Role};
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::app::{Ask, Instances, PASSWORD, Session, TestApp, all_at_once};

/// Another password than everybody's.
const ANOTHER: &str = "quite another test phrase";

fn change<'app>(user: &Session<'app>, current: &str, new: &str) -> Ask<'app> {
    user.post("/account/password", &json!({ "current_password": current, "new_password": new }))
}

fn ask_reset<'app>(app: &'app TestApp<'_>, login: &str) -> Ask<'app> {
    app.anyone().post("/password-resets", &json!({ "login": login })).without("idempotency-key")
}

fn complete<'app>(app: &'app TestApp<'_>, token: &str, password: &str) -> Ask<'app> {
    app.anyone().post("/password-resets/complete", &json!({ "token": token, "password": password }))
}

fn accept<'app>(app: &'app TestApp<'_>, token: &str, password: &str) -> Ask<'app> {
    app.anyone().post("/invitations/accept", &json!({ "token": token, "password": password }))
}

/// Asks for a link, lets it be sent, and takes it out of the mailbox.
async fn reset_token(app: &TestApp<'_>, login: &str) -> String {
    ask_reset(app, login).await.expect(202);
    app.run_mail().await;
    app.mailbox().last_token(MailKind::PasswordReset)
}

fn new_user(login: &str) -> Value {
    let email = format!("{login}@clinic.example");
    json!({ "login": login, "name": "Nour Saleh", "roles": ["doctor"], "email": email, "language": "ar" })
}

/// Creates a user as an administrator does; answers the path of the user.
async fn invite(administrator: &Session<'_>, login: &str) -> String {
    let user = administrator.post("/users", &new_user(login)).await.expect(201);
    format!("/users/{}", user.text("/id"))
}

db_test! {
    async fn a_changed_password_is_the_only_one_at_once_and_ends_the_other_sessions(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let other = user.again().await;
        let changed = change(&user, PASSWORD, ANOTHER).await.expect(204);
        assert_eq!(app.audited(&changed, "allowed").await, 1);
        app.signing_in(&user.login, PASSWORD).await.refused(401, "invalid_credentials");
        app.signing_in(&user.login, ANOTHER).await.expect(200);
        user.get("/account").await.expect(200);
        other.get("/account").await.refused(401, "unauthenticated");
        app.run_mail().await;
        let [mail] = &app.mailbox().mails()[..] else { panic!("one mail") };
        assert_eq!((mail.kind, mail.to.as_str()), (MailKind::PasswordChanged, &*format!("{}@clinic.example", user.login)));
    }
}

db_test! {
    async fn a_broken_rule_is_named_in_the_callers_language(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let login = format!("{0}{0}", user.login);
        for (new, code) in [
            ("short of fifteen", None),
            ("fourteen chars", Some(FieldCode::TooShort)),
            (&"so long ".repeat(33), Some(FieldCode::TooLong)),
            ("Basketball!!!!!!", Some(FieldCode::TooCommon)),
            (&login, Some(FieldCode::ContainsOwnName)),
            ("laylahaddad-2026", Some(FieldCode::ContainsOwnName)),
            ("rafiq-rafiq-rafiq", Some(FieldCode::ContainsOwnName)),
            ("abababababababab", Some(FieldCode::TooWeak)),
            ("1234567890123456", Some(FieldCode::TooWeak)),
            ("a line\nand another", Some(FieldCode::ForbiddenCharacter)),
        ] {
            let Some(code) = code else {
                change(&user, PASSWORD, new).await.expect(204);
                change(&user, new, PASSWORD).await.expect(204);
                continue;
            };
            for language in Language::ALL {
                let refused = change(&user, PASSWORD, new).language(language.tag()).await.refused(422, "invalid_input");
                let expected = json!([{ "pointer": "/new_password", "code": code.code(), "detail": code.label(language) }]);
                assert_eq!(refused.body["errors"], expected, "{new}");
            }
        }
        app.signing_in(&user.login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn eight_characters_do_where_a_second_factor_is_asked_of_everyone(db: &TestDb) {
        let app = TestApp::demanding(db);
        let profile = UserProfile {
            name: PersonName::parse("Nour Saleh").unwrap(),
            roles: vec![Role::Doctor],
            confers: Vec::new(),
            hospital_id: None,
            interpreter_id: None,
        };
        app.enter("nour", profile, FirstPassword::None).await;
        let token = reset_token(&app, "nour").await;
        let refused = complete(&app, &token, "kV7-p!x").await.refused(422, "invalid_input");
        assert_eq!(refused.body["errors"][0]["code"], "too_short");
        complete(&app, &token, "kV7-p!xQ").await.expect(204);
    }
}

db_test! {
    async fn whoever_does_not_know_the_password_cannot_change_it_and_not_try_for_long(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        for _ in 0..5 {
            let wrong = change(&user, ANOTHER, ANOTHER).await.refused(422, "invalid_input");
            assert_eq!(wrong.body["errors"][0]["pointer"], "/current_password");
            assert_eq!(wrong.body["errors"][0]["code"], "incorrect");
            assert_eq!(app.audited(&wrong, "forbidden").await, 1);
        }
        let held = change(&user, PASSWORD, ANOTHER).await.refused(429, "too_many_attempts");
        assert_eq!(held.header("retry-after"), "2");
        assert_eq!(app.audited(&held, "forbidden").await, 1);
        app.signing_in(&user.login, PASSWORD).await.expect(200);
        app.advance(TimeDelta::seconds(2));
        change(&user, PASSWORD, ANOTHER).await.expect(204);
    }
}

db_test! {
    async fn what_is_typed_on_another_keyboard_is_the_same_password(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        change(&user, PASSWORD, "un café très très long").await.expect(204);
        app.signing_in(&user.login, "un cafe\u{301} tre\u{300}s\u{a0}tre\u{300}s long").await.expect(200);
    }
}

db_test! {
    async fn a_new_user_chooses_their_password_by_the_link_of_their_invitation(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let mut with_password = new_user("nour");
        with_password["password"] = json!(ANOTHER);
        let refused = administrator.post("/users", &with_password).await.refused(422, "invalid_input");
        assert_eq!(refused.body["errors"][0]["code"], "unknown_field");
        let mut without_address = new_user("nour");
        without_address["email"] = json!("nowhere");
        administrator.post("/users", &without_address).await.refused(422, "invalid_input");

        invite(&administrator, "nour").await;
        app.signing_in("nour", "").await.refused(401, "invalid_credentials");
        app.run_mail().await;
        let [mail] = &app.mailbox().mails()[..] else { panic!("one mail") };
        assert_eq!((mail.kind, mail.to.as_str(), mail.language), (MailKind::Invitation, "nour@clinic.example", Language::Arabic));
        assert!(mail.message.body.contains("https://rafiq.example/invitation#"), "{}", mail.message.body.0);
        assert!(mail.message.body.contains("\nnour\n"));

        let token = app.mailbox().last_token(MailKind::Invitation);
        let weak = accept(&app, &token, "nour-saleh-nour-saleh").await.refused(422, "invalid_input");
        assert_eq!((&weak.body["errors"][0]["pointer"], &weak.body["errors"][0]["code"]), (&json!("/password"), &json!("contains_own_name")));
        let accepted = accept(&app, &token, ANOTHER).await.expect(204);
        assert_eq!((app.audited(&accepted, "allowed").await, accepted.bytes.len()), (1, 0));
        app.signing_in("nour", ANOTHER).await.expect(200);
        accept(&app, &token, PASSWORD).await.refused(401, "invalid_link");
    }
}

/// Gives a user a password behind the back of the service: that of whoever alone has one.
async fn give_password(db: &TestDb, login: &str) {
    let row = "SELECT users.id, known.hash, known.changed_at, 1 FROM users, passwords AS known";
    let insert = "INSERT INTO passwords (user_id, hash, changed_at, version)";
    db.execute(&format!("{insert} {row} WHERE users.login = '{login}'")).await.unwrap();
}

db_test! {
    async fn an_invitation_replaces_no_password(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        invite(&administrator, "nour").await;
        app.run_mail().await;
        give_password(db, "nour").await;
        accept(&app, &app.mailbox().last_token(MailKind::Invitation), ANOTHER).await.refused(401, "invalid_link");
        app.signing_in("nour", PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn whoever_has_chosen_a_password_is_invited_no_more(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let path = invite(&administrator, "nour").await;
        app.run_mail().await;
        administrator.command(&format!("{path}/invite")).await.expect(202);
        accept(&app, &app.mailbox().last_token(MailKind::Invitation), ANOTHER).await.expect(204);
        assert_eq!(app.run_mail().await, Delivered { discarded: 1, ..Delivered::default() });
        assert_eq!(app.count("one_time_links").await, 0);
    }
}

db_test! {
    async fn a_changed_password_is_asked_of_every_other_device_as_of_an_unknown_one(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        let own = app.signing_in(&login, PASSWORD).await.expect(200);
        let other = app.signing_in(&login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        let body = json!({ "current_password": PASSWORD, "new_password": ANOTHER });
        app.bearer(own.text("/access_token")).post("/account/password", &body).await.expect(204);
        for (device, known) in [(own.text("/device_token"), true), (&other, false)] {
            let body = json!({ "login": login, "password": ANOTHER, "device_token": device });
            let signed_in = app.signing_in(&login, ANOTHER).json(&body).await.expect(200);
            assert_eq!(signed_in.text("/device_token") == device, known);
        }
    }
}

db_test! {
    async fn an_invitation_is_good_for_three_days_and_until_the_next_one(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let path = invite(&administrator, "nour").await;
        app.run_mail().await;
        let first = app.mailbox().last_token(MailKind::Invitation);
        administrator.command(&format!("{path}/invite")).await.expect(202);
        app.run_mail().await;
        let second = app.mailbox().last_token(MailKind::Invitation);
        accept(&app, &first, ANOTHER).await.refused(401, "invalid_link");
        app.advance(TimeDelta::hours(72));
        accept(&app, &second, ANOTHER).await.refused(401, "invalid_link");
        let administrator = administrator.again().await;
        administrator.command(&format!("{path}/invite")).await.expect(202);
        app.run_mail().await;
        accept(&app, &app.mailbox().last_token(MailKind::Invitation), ANOTHER).await.expect(204);
        administrator.command(&format!("{path}/invite")).await.refused(409, "wrong_state");
    }
}

db_test! {
    async fn a_lost_password_is_replaced_by_a_link_that_ends_all_sessions(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let device = app.signing_in(&user.login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        let token = reset_token(&app, &user.login).await;
        app.signing_in(&user.login, PASSWORD).await.expect(200);
        let completed = complete(&app, &token, ANOTHER).await.expect(204);
        assert_eq!((app.audited(&completed, "allowed").await, completed.bytes.len()), (1, 0));
        user.get("/account").await.refused(401, "unauthenticated");
        app.signing_in(&user.login, PASSWORD).await.refused(401, "invalid_credentials");
        app.signing_in(&user.login, ANOTHER).await.expect(200);
        complete(&app, &token, PASSWORD).await.refused(401, "invalid_link");
        assert_eq!(app.number("SELECT COUNT(*) FROM one_time_links").await, 0);
        let body = json!({ "login": user.login, "password": ANOTHER, "device_token": device });
        let signed_in = app.signing_in(&user.login, ANOTHER).json(&body).await.expect(200);
        assert_ne!(signed_in.text("/device_token"), device, "every device is unknown again");
    }
}

db_test! {
    async fn a_reset_is_good_for_half_an_hour_and_until_anything_changes(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let first = reset_token(&app, &user.login).await;
        let second = reset_token(&app, &user.login).await;
        complete(&app, &first, ANOTHER).await.refused(401, "invalid_link");
        change(&user, PASSWORD, ANOTHER).await.expect(204);
        complete(&app, &second, PASSWORD).await.refused(401, "invalid_link");
        let late = reset_token(&app, &user.login).await;
        accept(&app, &late, PASSWORD).await.refused(401, "invalid_link");
        app.advance(TimeDelta::minutes(30));
        complete(&app, &late, PASSWORD).await.refused(401, "invalid_link");
        complete(&app, "", PASSWORD).await.refused(401, "invalid_link");
    }
}

db_test! {
    async fn a_reset_lifts_the_lock_of_a_hundred_failures(db: &TestDb) {
        let app = TestApp::new(db);
        let login = app.user(&[Role::Doctor]).await.login;
        for number in 0..100 {
            let address = format!("198.51.100.{number}");
            app.signing_in(&login, ANOTHER).from(&address).await.refused(401, "invalid_credentials");
            app.advance(TimeDelta::minutes(15));
        }
        app.advance(TimeDelta::days(30));
        app.signing_in(&login, PASSWORD).await.refused(401, "invalid_credentials");
        let token = reset_token(&app, &login).await;
        complete(&app, &token, ANOTHER).await.expect(204);
        app.signing_in(&login, ANOTHER).await.expect(200);
    }
}

db_test! {
    async fn asking_for_a_link_costs_and_tells_the_same_whoever_it_is_for(db: &TestDb) {
        let app = TestApp::watched(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let [known, disabled, silent] = [app.user(&[Role::Doctor]).await, app.user(&[Role::Doctor]).await, app.user(&[Role::Doctor]).await];
        let path = format!("/users/{}", disabled.user_id);
        let seen = administrator.get(&path).await.expect(200);
        administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);
        db.execute(&format!("UPDATE users SET email = NULL WHERE login = '{}'", silent.login)).await.unwrap();
        let mut answers = Vec::new();
        for login in [known.login.as_str(), &disabled.login, &silent.login, "nobody.here", "لا أحد", ""] {
            app.ledger().take();
            let answer = ask_reset(&app, login).await.expect(202);
            answers.push((login, app.ledger().take(), answer.anonymous(), answer.bytes.len()));
            assert_eq!(app.audited(&answer, "allowed").await, 1, "{login}");
        }
        for (login, work, read, length) in &answers {
            assert_eq!((work, read, length), (&answers[0].1, &answers[0].2, &0), "{login}");
        }
        assert_eq!(app.run_mail().await, Delivered { sent: 1, discarded: 5, ..Delivered::default() });
        let [mail] = &app.mailbox().mails()[..] else { panic!("one mail") };
        assert_eq!(mail.to.as_str(), format!("{}@clinic.example", known.login));
        assert_eq!(app.number("SELECT COUNT(*) FROM outgoing_mails").await, 1);
    }
}

db_test! {
    async fn nobody_floods_a_mailbox_or_asks_from_one_address_for_ever(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        for _ in 0..5 {
            ask_reset(&app, &user.login).await.expect(202);
        }
        assert_eq!(app.run_mail().await, Delivered { sent: 3, discarded: 2, ..Delivered::default() });
        for number in 0..15 {
            ask_reset(&app, &format!("nobody.{number}")).await.expect(202);
        }
        let held = ask_reset(&app, "nobody.here").await.refused(429, "too_many_attempts");
        assert_eq!(held.header("retry-after"), "3600");
        assert_eq!(app.audited(&held, "forbidden").await, 1);
        ask_reset(&app, "nobody.here").from("198.51.100.7").await.expect(202);
    }
}

db_test! {
    async fn a_mail_that_is_not_taken_is_tried_again_with_another_secret_and_given_up_in_the_end(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        invite(&administrator, "nour").await;
        app.mailbox().fail(Some(MailError::Passing { code: Some(451) }));
        assert_eq!(app.run_mail().await, Delivered { postponed: 1, ..Delivered::default() });
        assert_eq!(app.run_mail().await, Delivered::default(), "not before its time");
        let kept = db.bytes("SELECT hash FROM one_time_links").await.unwrap();
        app.advance(TimeDelta::seconds(90));
        app.mailbox().fail(None);
        assert_eq!(app.run_mail().await, Delivered { sent: 1, ..Delivered::default() });
        assert_ne!(db.bytes("SELECT hash FROM one_time_links").await.unwrap(), kept);
        accept(&app, &app.mailbox().last_token(MailKind::Invitation), ANOTHER).await.expect(204);

        invite(&administrator.again().await, "sami").await;
        app.mailbox().fail(Some(MailError::Passing { code: None }));
        for _ in 0..9 {
            assert_eq!(app.run_mail().await.postponed, 1);
            app.advance(TimeDelta::hours(9));
        }
        assert_eq!(app.run_mail().await, Delivered { given_up: 1, ..Delivered::default() });
        app.advance(TimeDelta::hours(9));
        assert_eq!(app.run_mail().await, Delivered::default());
        assert_eq!(rafiq_app::mail::given_up(&app.use_cases()).await.unwrap(), 1);
    }
}

db_test! {
    async fn a_mail_that_is_refused_is_not_tried_again(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        invite(&administrator, "nour").await;
        app.mailbox().fail(Some(MailError::Refused { code: Some(550) }));
        assert_eq!(app.run_mail().await, Delivered { given_up: 1, ..Delivered::default() });
        app.advance(TimeDelta::hours(9));
        assert_eq!(app.run_mail().await, Delivered::default());
    }
}

db_test! {
    async fn what_has_had_its_time_is_removed(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        reset_token(&app, &user.login).await;
        app.signing_in("nobody.here", ANOTHER).await.expect(401);
        app.advance(TimeDelta::days(181));
        rafiq_app::tidying::tidy(&app.use_cases()).await.unwrap();
        for table in ["throttles", "one_time_links", "known_devices", "outgoing_mails"] {
            assert_eq!(app.count(table).await, 0, "{table}");
        }
        app.signing_in(&user.login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn what_can_be_used_is_kept_as_a_hash_alone(db: &TestDb) {
        let app = TestApp::new(db);
        let user = app.user(&[Role::Doctor]).await;
        let device = app.signing_in(&user.login, PASSWORD).await.expect(200).text("/device_token").to_owned();
        let token = reset_token(&app, &user.login).await;
        for (table, secret) in [("one_time_links", token), ("known_devices", device)] {
            assert_eq!(secret.len(), 43, "256 bits");
            let kept = db.bytes(&format!("SELECT hash FROM {table}")).await.unwrap();
            assert!(kept.iter().all(|hash| hash.len() == 32 && hash.as_slice() != secret.as_bytes()), "{table}");
        }
        let keys = app.number("SELECT COUNT(*) FROM idempotency_keys").await;
        change(&user, PASSWORD, ANOTHER).await.expect(204);
        assert_eq!(app.number("SELECT COUNT(*) FROM idempotency_keys").await, keys, "no fast hash of a password is kept");
    }
}

postgres_test! {
    async fn of_an_invitation_and_a_reset_at_once_one_chooses_the_password(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        for number in 0..5 {
            let login = format!("nour.{number}");
            invite(&administrator, &login).await;
            ask_reset(&both.one, &login).await.expect(202);
            both.one.run_mail().await;
            let token = |kind| both.one.mailbox().last_token(kind);
            let (invitation, reset) = (token(MailKind::Invitation), token(MailKind::PasswordReset));
            let asks = [accept(&both.one, &invitation, ANOTHER), complete(&both.two, &reset, PASSWORD)];
            let answers = all_at_once(asks).await;
            let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            let chosen = if statuses[0] == 204 { ANOTHER } else { PASSWORD };
            statuses.sort_unstable();
            assert_eq!(statuses, [204, 401], "{answers:?}");
            both.two.signing_in(&login, chosen).await.expect(200);
        }
    }
}

postgres_test! {
    async fn a_link_is_good_once_and_a_change_counts_at_once_on_every_instance(db: &TestDb) {
        let instances = Instances::start(db).await;
        let [one, two] = instances.both();
        let user = one.user(&[Role::Doctor]).await;
        let token = reset_token(one, &user.login).await;
        let asks = (0..8).map(|turn| complete(if turn % 2 == 0 { one } else { two }, &token, ANOTHER));
        let mut statuses: Vec<_> = all_at_once(asks).await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401, 401, 401, 401, 401, 401, 401]);
        for instance in instances.both() {
            instance.signing_in(&user.login, PASSWORD).await.refused(401, "invalid_credentials");
            instance.signing_in(&user.login, ANOTHER).await.expect(200);
        }
    }
}
