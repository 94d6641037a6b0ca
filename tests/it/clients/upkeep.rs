//! What administrators do with a client over the years: whom it is written to, what it proves itself with, and its end.

use chrono::TimeDelta;
use rafiq_app::Caller;
use rafiq_app::clients::warnings::warn_of_expiry;
use rafiq_app::clients::{NewClient, NewCredential, Registered, register_client_with};
use rafiq_domain::clients::{ClientScope, ClientTerms, PublicKey};
use rafiq_domain::refusal::ProblemCode;
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::Contact;
use rafiq_domain::vocabulary::{Language, Role};
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use super::machine::{Key, Machine, by_secret, registration, token};
use super::{office, refused};
use crate::app::{Session, TestApp};

db_test! {
    async fn another_contact_is_kept_and_is_whom_the_next_warning_reaches(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let seen = machine.view().await;
        assert_eq!((seen.text("/contact_email"), seen.text("/language")), ("it@hospital.example.com", "en"));
        let mut terms = json!({
            "contact_email": "his@hospital.example.com", "language": "tr", "scopes": ["referrals:read"], "allows_secret": false,
        });
        let changed = administrator.put(&machine.path, &terms).with_if_match(seen.etag()).await.expect(200);
        let read = machine.view().await;
        assert_eq!((&read.body, read.etag()), (&changed.body, changed.etag()));
        assert_eq!((read.text("/contact_email"), read.text("/language")), ("his@hospital.example.com", "tr"));

        app.advance(TimeDelta::days(336));
        assert_eq!(warn_of_expiry(&app.use_cases()).await.unwrap(), 1);
        app.run_mail().await;
        let mails = app.mailbox().mails();
        let told: Vec<_> = mails.iter().map(|mail| (mail.to.as_str(), mail.language)).collect();
        assert!(told.contains(&("his@hospital.example.com", Language::Turkish)), "{told:?}");
        assert!(!told.iter().any(|(to, _)| *to == "it@hospital.example.com"), "{told:?}");

        terms.as_object_mut().unwrap().remove("language");
        let put = administrator.again().await.put(&machine.path, &terms).with_if_match(read.etag());
        assert_eq!(put.await.expect(200).text("/language"), "en", "what a PUT leaves out is as at the beginning");
    }
}

db_test! {
    async fn a_client_is_registered_with_its_first_key_or_not_at_all(db: &TestDb) {
        let app = TestApp::new(db);
        let (_, hospital) = office(&app).await;
        let key = PublicKey::Ed25519(*b"as good as any other public key.");
        let new = |login: &str| NewClient {
            login: Login::parse(login).unwrap(),
            name: PersonName::parse("Information system").unwrap(),
            hospital_id: hospital.uuid().into(),
            contact: Contact::default(),
            terms: ClientTerms { scopes: vec![ClientScope::ReadReferrals], allows_secret: false },
        };
        let (use_cases, ends_at) = (app.use_cases(), app.now() + TimeDelta::days(30));
        let operator = Caller::system();
        let register = |login, first| register_client_with(&use_cases, &operator, new(login), Some(first));
        let Registered { client, first } = register("his.one", NewCredential::Key(key, ends_at)).await.unwrap().into_inner();
        let first = first.unwrap().credential;
        assert_eq!((first.client_id, first.created_by, client.created_by), (client.id(), None, None));
        let before = app.census().await;
        for (refused, code) in [
            (NewCredential::Key(key, ends_at), ProblemCode::AlreadyExists),
            (NewCredential::Secret(ends_at), ProblemCode::SecretNotAllowed),
            (NewCredential::Secret(app.now()), ProblemCode::InvalidInput),
        ] {
            assert_eq!(register("his.two", refused).await.unwrap_err().code(), code);
        }
        assert_eq!(app.census().await, before);
    }
}

db_test! {
    async fn a_client_is_registered_in_the_language_of_its_people(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        for language in ["en", "ar", "tr"] {
            let mut client = registration(&format!("his.{language}"), &hospital);
            client["language"] = json!(language);
            assert_eq!(administrator.post("/clients", &client).await.expect(201).text("/language"), language);
        }
        let mut client = registration("his.de", &hospital);
        client["language"] = json!("de");
        administrator.post("/clients", &client).await.refused(422, "invalid_input");
    }
}

db_test! {
    async fn administrators_for_a_time_are_told_while_their_time_lasts(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        Machine::of(&app, &administrator, &hospital).await;
        let [stays, left] = [app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await];
        for (who, days) in [(&stays, 400), (&left, 300)] {
            let until = (app.now() + TimeDelta::days(days)).to_rfc3339();
            let sql = format!("UPDATE role_assignments SET until = '{until}' WHERE role = 'administrator' AND user_id = {}", app.literal(who.user_id));
            db.execute(&sql).await.unwrap();
        }
        app.advance(TimeDelta::days(336));
        assert_eq!(warn_of_expiry(&app.use_cases()).await.unwrap(), 1);
        app.run_mail().await;
        let mut told: Vec<_> = app.mailbox().mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
        told.sort();
        let mut expected = vec![format!("{}@clinic.example", administrator.login), format!("{}@clinic.example", stays.login), "it@hospital.example.com".to_owned()];
        expected.sort();
        assert_eq!(told, expected);
    }
}

db_test! {
    async fn who_gave_a_credential_and_who_took_it_away_are_told_apart(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, hospital) = office(&app).await;
        let second = app.user(&[Role::Administrator]).await;
        let machine = Machine::of(&app, &first, &hospital).await;
        let [keys, revoke] = ["keys", "credentials"].map(|below| format!("{}/{below}", machine.path));
        let body = json!({ "key": Key::p256().jwk(), "expires_at": app.now() + TimeDelta::days(30) });
        let added = second.post(&keys, &body).await.expect(201);
        assert_eq!(added.body["created_by"], json!(second.user_id));
        let old = machine.credential["id"].as_str().unwrap();
        for (who, by) in [(&second, &second), (&first, &second)] {
            // The second time changes nothing, whoever asks.
            let revoked = who.command(&format!("{revoke}/{old}/revoke")).await.expect(200);
            assert_eq!((&revoked.body["created_by"], &revoked.body["revoked_by"]), (&json!(first.user_id), &json!(by.user_id)));
        }
        let shown = machine.view().await.body["credentials"].clone();
        let people = |at: usize| [shown[at]["created_by"].clone(), shown[at]["revoked_by"].clone()];
        assert_eq!(people(0), [json!(first.user_id), json!(second.user_id)]);
        assert_eq!(people(1), [json!(second.user_id), Value::Null]);
        let nameless = "SELECT COUNT(*) FROM audit_records WHERE action = 'manage_clients' AND object_id IS NULL";
        assert_eq!(app.number(nameless).await, 0, "a registration names what was registered");
    }
}

db_test! {
    async fn whatever_changes_what_is_shown_of_a_client_changes_its_tag(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let terms = json!({ "contact_email": "it@hospital.example.com", "scopes": ["referrals:read"], "allows_secret": true });
        let put = |tag: &str| administrator.put(&machine.path, &terms).with_if_match(tag);
        let mut tag = machine.view().await.etag().to_owned();

        let added = machine.register(&Key::p256()).await.expect(201).body;
        put(&tag).await.refused(412, "stale_version");
        tag = machine.view().await.etag().to_owned();
        machine.revoke(&added).await.expect(200);
        put(&tag).await.refused(412, "stale_version");
        tag = machine.view().await.etag().to_owned();
        machine.revoke(&added).await.expect(200);
        tag = put(&tag).await.expect(200).etag().to_owned();
        machine.secret().await.expect(201);
        put(&tag).await.refused(412, "stale_version");
        tag = machine.view().await.etag().to_owned();

        let user = machine.path.replace("/clients/", "/users/");
        let seen = administrator.get(&user).await.expect(200);
        administrator.command(&format!("{user}/disable")).with_if_match(seen.etag()).await.expect(200);
        put(&tag).await.refused(412, "stale_version");
        let shown = machine.view().await;
        assert_eq!((shown.text("/state"), shown.etag()), ("disabled", format!("\"v{}\"", shown.body["version"]).as_str()));
    }
}

db_test! {
    async fn a_key_and_a_secret_open_until_their_last_second(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let mut machine = Machine::of(&app, &administrator, &hospital).await;
        let first = machine.credential.clone();
        let key = Key::p256();
        let soon = app.now() + TimeDelta::seconds(60);
        let added = administrator.post(&format!("{}/keys", machine.path), &json!({ "key": key.jwk(), "expires_at": soon })).await;
        (machine.credential, machine.key) = (added.expect(201).body, key);
        machine.revoke(&first).await.expect(200);
        let made = administrator.post(&format!("{}/secrets", machine.path), &json!({ "expires_at": soon })).await.expect(201);
        let asking = || token(&app, &by_secret(&machine.name, made.text("/secret")));

        app.advance(TimeDelta::seconds(59));
        let by_secret = app.bearer(asking().await.expect(200).text("/access_token"));
        for client in [machine.enters().await, by_secret.clone()] {
            client.get("/partner/referrals").await.expect(200);
        }
        let by_key = machine.enters().await;
        app.advance(TimeDelta::seconds(1));
        for client in [by_key, by_secret] {
            client.get("/partner/referrals").await.refused(401, "unauthenticated");
        }
        refused(machine.asking(&machine.assertion()).await, 401, "invalid_client");
        refused(asking().await, 401, "invalid_client");
        let states: Vec<_> = machine.view().await.body["credentials"].as_array().unwrap().iter().map(|known| known["state"].clone()).collect();
        assert_eq!(states, ["revoked", "expired", "expired"]);
    }
}

db_test! {
    async fn a_machine_whose_role_was_ended_becomes_nothing_else(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        for way in ["end", "off-board"] {
            let machine = Machine::of(&app, &administrator, &hospital).await;
            let client = machine.enters().await;
            let user = machine.path.replace("/clients/", "/users/");
            if way == "end" {
                let role = administrator.get(&format!("{user}/roles")).await.expect(200).items()[0]["id"].clone();
                let end = format!("{user}/roles/{}/end", role.as_str().unwrap());
                administrator.post(&end, &json!({ "reason": "replaced" })).await.expect(200);
                machine.switch("disable").await.expect(200);
            } else {
                let seen = administrator.get(&user).await.expect(200);
                let leaving = json!({ "hand_over_to": {} });
                administrator.post(&format!("{user}/off-board"), &leaving).with_if_match(seen.etag()).await.expect(200);
                assert_eq!(machine.view().await.body["credentials"][0]["revoked_by"], json!(administrator.user_id));
            }
            client.get("/account").await.refused(401, "unauthenticated");

            machine.switch("enable").await.refused(409, "wrong_state");
            let seen = administrator.get(&user).await.expect(200);
            administrator.command(&format!("{user}/enable")).with_if_match(seen.etag()).await.expect(200);
            refused(machine.asking(&machine.assertion()).await, 401, "invalid_client");
            for role in ["hospital_user", "hospital_client"] {
                assert_eq!(assign(&administrator, &user, role).await, [("/role".to_owned(), "contradicts".to_owned())], "{way}");
            }

            // Were it another role's after all, it would not come in as that.
            let planted = format!(
                "UPDATE role_assignments SET role = 'hospital_user', ended_at = NULL, ended_by = NULL, end_reason = NULL WHERE user_id = {}",
                app.literal(user.rsplit('/').next().unwrap().parse().unwrap())
            );
            db.execute(&planted).await.unwrap();
            refused(machine.asking(&machine.assertion()).await, 401, "invalid_client");
            client.get("/account").await.refused(401, "unauthenticated");
        }
    }
}

/// What is wrong with giving a role.
async fn assign(by: &Session<'_>, user: &str, role: &str) -> Vec<(String, String)> {
    let body = json!({ "role": role, "purpose": "exercise", "reason": "it still has its key" });
    let answer = by.post(&format!("{user}/roles"), &body).await.refused(422, "invalid_input");
    answer.errors().into_iter().map(|(place, code)| (place.to_owned(), code.to_owned())).collect()
}
