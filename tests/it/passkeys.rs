//! Passkeys: the two ceremonies, and answers that are not what they should be.

use axum::http::Method;
use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::app::{
    Answer, Ask, Authenticator, Client, Instances, ORIGIN, PASSWORD, PRESENT, TestApp, VERIFIED, a_passkey,
    all_at_once, finish_passkey,
};

async fn challenge(session: &Client<'_>) -> Value {
    session.command("/account/second-factor/passkey/challenge").await.expect(200).body
}

fn verify<'app>(session: &Client<'app>, credential: &Value) -> Ask<'app> {
    session.post("/account/second-factor/passkey/verify", &json!({ "credential": credential }))
}

db_test! {
    async fn a_passkey_proves_each_further_sign_in(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Coordinator]).await;
        session.get("/cases").await.refused(403, "second_factor_required");
        let (mut key, registered) = a_passkey(&session).await;
        assert_eq!(registered.text("/passkey/name"), "Phone");
        assert_eq!(registered.body["recovery_codes"].as_array().unwrap().len(), 10);
        session.get("/cases").await.expect(200);

        for _ in 0..2 {
            let tokens = app.signing_in(&session.login, PASSWORD).await.expect(200);
            assert_eq!(tokens.body["second_factors"], json!(["passkey", "recovery_code"]));
            let next = app.bearer(tokens.text("/access_token"));
            next.get("/cases").await.refused(403, "second_factor_required");
            key.counter += 1;
            verify(&next, &key.get(&challenge(&next).await)).await.expect(200);
            next.get("/cases").await.expect(200);
        }
        let listed = session.get("/account/passkeys").await.expect(200);
        assert_eq!(listed.body["items"][0]["id"], registered.body["passkey"]["id"]);
        assert_eq!(listed.body["items"][0]["last_used_at"], json!(app.now()));
    }
}

db_test! {
    async fn what_the_browser_is_asked_names_us_and_what_it_has(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Doctor]).await;
        let asked = session.command("/account/passkeys/registration").await.expect(200);
        assert_eq!(asked.body["publicKey"]["rp"], json!({ "id": "rafiq.example", "name": "Rafiq" }));
        assert_eq!(asked.body["publicKey"]["user"]["name"], json!(session.login));
        assert_eq!(asked.body["publicKey"]["authenticatorSelection"]["userVerification"], "required");
        let (key, _) = a_passkey(&session).await;
        let known = json!([{ "id": key.create(&asked.body)["id"], "type": "public-key" }]);
        let asked = session.command("/account/passkeys/registration").await.expect(200);
        assert_eq!(asked.body["publicKey"]["excludeCredentials"], known);
        assert_eq!(challenge(&session).await["publicKey"]["allowCredentials"], known);
    }
}

/// What a thief, or a page that plays our part, gets the passkey to sign.
type Forge = fn(&mut Authenticator, &mut Value) -> Value;

/// Each way to answer a challenge that is not good enough, all else being right.
const FORGERIES: &[(&str, Forge)] = &[
    ("another origin", |key, asked| {
        key.origin = "https://rafiq.example.evil".to_owned();
        key.get(asked)
    }),
    ("a subdomain", |key, asked| {
        key.origin = "https://www.rafiq.example".to_owned();
        key.get(asked)
    }),
    ("no encryption", |key, asked| {
        key.origin = "http://rafiq.example".to_owned();
        key.get(asked)
    }),
    ("another port", |key, asked| {
        key.origin = format!("{ORIGIN}:8443");
        key.get(asked)
    }),
    ("another relying party", |key, asked| {
        asked["publicKey"]["rpId"] = json!("rafiq.example.evil");
        key.get(asked)
    }),
    ("another challenge", |key, asked| {
        asked["publicKey"]["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        key.get(asked)
    }),
    ("another purpose", |key, asked| key.signed("webauthn.create", asked)),
    ("a user who was not verified", |key, asked| {
        key.user = PRESENT;
        key.get(asked)
    }),
    ("a user who was not present", |key, asked| {
        key.user = VERIFIED;
        key.get(asked)
    }),
    ("another key", |key, asked| key.forged().get(asked)),
    ("a passkey that we do not know", |_, asked| Authenticator::new(ORIGIN).get(asked)),
    ("a counter that stands still", |key, asked| {
        key.counter -= 1;
        key.get(asked)
    }),
    ("a counter that went back", |key, asked| {
        key.counter -= 2;
        key.get(asked)
    }),
];

db_test! {
    async fn a_challenge_is_answered_by_the_right_key_at_the_right_place_and_nowhere_else(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (mut key, _) = a_passkey(&session).await;
        let next = session.again().await;
        key.counter = 7;
        verify(&next, &key.get(&challenge(&next).await)).await.expect(200);

        let next = session.again().await;
        for (what, forge) in FORGERIES {
            let mut asked = challenge(&next).await;
            key.counter = 8;
            let answer = forge(&mut key, &mut asked);
            (key.origin, key.user) = (ORIGIN.to_owned(), PRESENT | VERIFIED);
            let refused = verify(&next, &answer).await;
            assert_eq!(refused.body["code"], "invalid_second_factor", "{what}: {:#}", refused.body);
            assert_eq!(app.audited(&refused, "forbidden").await, 1, "{what}");
            next.get("/cases").await.refused(403, "second_factor_required");
        }
        key.counter = 8;
        verify(&next, &key.get(&challenge(&next).await)).await.expect(200);
    }
}

db_test! {
    async fn the_passkey_of_another_user_proves_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let (session, other) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Lead]).await);
        a_passkey(&session).await;
        let (mut key, registered) = a_passkey(&other).await;
        let next = session.again().await;
        key.counter += 1;
        let answer = key.get(&challenge(&next).await);
        verify(&next, &answer).await.refused(403, "invalid_second_factor");
        // Nor does it become theirs.
        let options = session.command("/account/passkeys/registration").await.expect(200);
        finish_passkey(&session, &key.create(&options.body)).await.refused(409, "already_exists");
        let path = format!("/account/passkeys/{}/remove", registered.text("/passkey/id"));
        session.command(&path).await.refused(404, "not_found");
        other.command(&path).await.expect(204);
    }
}

db_test! {
    async fn a_challenge_is_good_for_one_answer_in_its_own_session(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (mut key, _) = a_passkey(&session).await;
        let (next, other) = (session.again().await, session.again().await);
        key.counter += 1;
        let asked = challenge(&next).await;
        let answer = key.get(&asked);
        // In a session that was asked nothing, and in one that was asked something else.
        verify(&other, &answer).await.refused(409, "wrong_state");
        challenge(&other).await;
        verify(&other, &answer).await.refused(403, "invalid_second_factor");
        verify(&next, &answer).await.expect(200);
        // Once more, without a challenge and with a new one.
        verify(&next, &answer).await.refused(409, "wrong_state");
        challenge(&next).await;
        verify(&next, &answer).await.refused(403, "invalid_second_factor");
        // A wrong answer uses the challenge up.
        let asked = challenge(&other).await;
        key.counter += 1;
        verify(&other, &key.forged().get(&asked)).await.refused(403, "invalid_second_factor");
        verify(&other, &key.get(&asked)).await.refused(409, "wrong_state");
        // And so does time.
        let asked = challenge(&other).await;
        app.advance(TimeDelta::minutes(5));
        let other = app.bearer(&refresh(&app, &other.refresh_token).await);
        verify(&other, &key.get(&asked)).await.refused(409, "wrong_state");
    }
}

async fn refresh(app: &TestApp<'_>, token: &str) -> String {
    let ask = app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&json!({ "refresh_token": token }));
    ask.await.expect(200).text("/access_token").to_owned()
}

db_test! {
    async fn a_passkey_is_registered_where_it_was_asked_for(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        let asked = async || session.command("/account/passkeys/registration").await.expect(200).body;
        let key = Authenticator::new(ORIGIN);
        finish_passkey(&session, &key.create(&asked().await)).await.expect(200);

        let elsewhere = Authenticator::new("https://rafiq.example.evil");
        finish_passkey(&session, &elsewhere.create(&asked().await)).await.refused(403, "invalid_second_factor");
        let mut unverified = Authenticator::new(ORIGIN);
        unverified.user = PRESENT;
        finish_passkey(&session, &unverified.create(&asked().await)).await.refused(403, "invalid_second_factor");
        let mut foreign = asked().await;
        foreign["publicKey"]["rp"]["id"] = json!("rafiq.example.evil");
        finish_passkey(&session, &Authenticator::new(ORIGIN).create(&foreign)).await.refused(403, "invalid_second_factor");
        let before = asked().await;
        asked().await;
        finish_passkey(&session, &Authenticator::new(ORIGIN).create(&before)).await.refused(403, "invalid_second_factor");
        finish_passkey(&session, &Authenticator::new(ORIGIN).create(&before)).await.refused(409, "wrong_state");

        let asked = asked().await;
        let refused = finish_passkey(&session, &json!({ "id": "?" })).await.refused(422, "invalid_input");
        assert_eq!(refused.text("/errors/0/pointer"), "/credential");
        // What is no answer at all leaves the challenge standing.
        finish_passkey(&session, &Authenticator::new(ORIGIN).create(&asked)).await.expect(200);
        assert_eq!(app.count("passkeys").await, 2);
    }
}

db_test! {
    async fn a_passkey_that_does_not_count_is_good_all_the_same(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Auditor]).await;
        let mut key = Authenticator::new(ORIGIN);
        key.counter = 0;
        let options = session.command("/account/passkeys/registration").await.expect(200);
        finish_passkey(&session, &key.create(&options.body)).await.expect(200);
        for _ in 0..3 {
            let next = session.again().await;
            verify(&next, &key.get(&challenge(&next).await)).await.expect(200);
        }
    }
}

db_test! {
    async fn the_last_passkey_stays_where_a_second_factor_is_required(db: &TestDb) {
        let app = TestApp::demanding(db);
        let session = app.user(&[Role::Coordinator]).await;
        let (_, first) = a_passkey(&session).await;
        let (_, second) = a_passkey(&session).await;
        assert_eq!(second.body["recovery_codes"], json!([]));
        let remove = |registered: &Answer| {
            session.command(&format!("/account/passkeys/{}/remove", registered.text("/passkey/id")))
        };
        remove(&first).await.expect(204);
        remove(&second).await.refused(409, "last_second_factor");
        assert_eq!(app.count("passkeys").await, 1);
    }
}

db_test! {
    async fn an_account_has_at_most_ten_passkeys(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        session.command("/account/second-factor/passkey/challenge").await.refused(409, "wrong_state");
        for _ in 0..10 {
            a_passkey(&session).await;
        }
        session.command("/account/passkeys/registration").await.refused(409, "wrong_state");
    }
}

postgres_test! {
    async fn any_instance_finishes_what_another_began_and_only_one_of_them_once(db: &TestDb) {
        let both = Instances::start(db).await;
        let session = both.one.user(&[Role::Coordinator]).await;
        let mut key = Authenticator::new(ORIGIN);
        let options = session.command("/account/passkeys/registration").await.expect(200);
        finish_passkey(&session.at(&both.two), &key.create(&options.body)).await.expect(200);
        for _ in 0..5 {
            let next = session.again().await;
            key.counter += 1;
            let answer = key.get(&challenge(&next).await);
            let answers = all_at_once([verify(&next, &answer), verify(&next.at(&both.two), &answer)]).await;
            let accepted = answers.iter().filter(|answer| answer.status == 200).count();
            let refused = answers.iter().filter(|answer| answer.body["code"] == "wrong_state").count();
            assert_eq!((accepted, refused), (1, 1));
        }
    }
}
