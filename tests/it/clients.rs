//! Machine clients of hospitals: how they come in, what they may, and who is kept out.

mod attacks;
mod machine;
mod partner;
mod upkeep;

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use self::machine::{Key, Machine, basic, by_assertion, by_secret, form, registration, token};
use crate::app::{Answer, Instances, PASSWORD, Session, TestApp, Thing, a_hospital, all_at_once};

/// An administrator and a hospital.
async fn office<'app>(app: &'app TestApp<'app>) -> (Session<'app>, Thing) {
    let administrator = app.user(&[Role::Administrator]).await;
    let hospital = a_hospital().by(&administrator).await;
    (administrator, hospital)
}

/// Insists on a refusal of OAuth: a problem that also carries the code in `error`.
#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    assert_eq!(answer.body["error"], code, "{:#}", answer.body);
    answer.refused(status, code)
}

db_test! {
    async fn a_client_comes_in_by_a_key_of_either_kind_or_by_a_secret(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        for key in [Key::ed25519(), Key::p256()] {
            let machine = Machine::with(&app, &administrator, &hospital, key).await;
            let secret = machine.secret().await.expect(201).text("/secret").to_owned();
            let in_header = token(&app, &[("grant_type", "client_credentials".to_owned())]);
            for ask in [
                machine.asking(&machine.assertion()),
                machine.asking(&machine.key.token(&json!({ "alg": machine.key.algorithm() }), &machine.claims())),
                token(&app, &by_secret(&machine.name, &secret)),
                in_header.with("authorization", &basic(&machine.name, &secret)),
            ] {
                let answer = ask.await.expect(200);
                assert_eq!((answer.text("/token_type"), &answer.body["expires_in"]), ("Bearer", &json!(300)));
                assert_eq!(answer.text("/scope"), "referrals:read referrals:report");
                assert_eq!(answer.header("cache-control"), "no-store");
                assert!(answer.body.get("refresh_token").is_none());
                let client = app.bearer(answer.text("/access_token"));
                client.get("/partner/referrals").await.expect(200);
                assert_eq!(client.get("/account").await.expect(200).text("/login"), machine.name);
            }
        }
    }
}

db_test! {
    async fn a_token_names_the_client_and_its_scopes(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let claims = claims_of(machine.enters_for("referrals:report").await.token().unwrap());
        assert_eq!(claims["client_id"], machine.name);
        assert_eq!(claims["scope"], "referrals:report");
        assert!(machine.path.ends_with(claims["sub"].as_str().unwrap()));
        let person = claims_of(administrator.token().unwrap());
        assert!(person.get("client_id").is_none() && person.get("scope").is_none());
    }
}

fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

db_test! {
    async fn a_key_is_replaced_while_the_old_one_still_opens(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let mut machine = Machine::of(&app, &administrator, &hospital).await;
        let old = machine.enters().await;
        let next = Key::p256();
        let added = machine.register(&next).await.expect(201).body;
        machine.register(&Key::ed25519()).await.refused(409, "too_many_credentials");
        machine.secret().await.refused(409, "too_many_credentials");

        let (first_key, first) = (std::mem::replace(&mut machine.key, next), std::mem::replace(&mut machine.credential, added));
        machine.enters().await.get("/account").await.expect(200);
        old.get("/account").await.expect(200);

        let revoked = machine.revoke(&first).await.expect(200);
        assert_eq!(revoked.text("/state"), "revoked");
        old.get("/account").await.refused(401, "unauthenticated");
        let late = first_key.token(&json!({ "alg": "EdDSA", "kid": first["key_id"] }), &machine.claims());
        refused(machine.asking(&late).await, 401, "invalid_client");
        machine.enters().await.get("/account").await.expect(200);

        // A key that was ever known is never registered again, here or for another client.
        machine.register(&first_key).await.refused(409, "already_exists");
        let other = Machine::of(&app, &administrator, &hospital).await;
        other.register(&machine.key).await.refused(409, "already_exists");
        machine.register(&Key::ed25519()).await.expect(201);
        let states: Vec<_> = machine.view().await.body["credentials"].as_array().unwrap().iter().map(|known| known["state"].clone()).collect();
        assert_eq!(states, ["revoked", "active", "active"]);
    }
}

db_test! {
    async fn what_changes_for_a_client_counts_from_its_next_request_on(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;

        let client = machine.enters().await;
        machine.switch("disable").await.expect(200);
        client.get("/partner/referrals").await.refused(401, "unauthenticated");
        refused(machine.asking(&machine.assertion()).await, 401, "invalid_client");
        machine.switch("enable").await.expect(200);
        client.get("/partner/referrals").await.refused(401, "unauthenticated");

        let client = machine.enters().await;
        client.get("/partner/referrals").await.expect(200);
        machine.may(&["referrals:report"]).await.expect(200);
        let lacking = client.get("/partner/referrals").await.refused(403, "insufficient_scope");
        assert_eq!(lacking.header("www-authenticate"), "Bearer error=\"insufficient_scope\"");
        machine.may(&["referrals:report", "referrals:read"]).await.expect(200);
        client.get("/partner/referrals").await.expect(200);

        work_with(&administrator, &hospital, "suspend").await;
        client.get("/partner/referrals").await.refused(401, "unauthenticated");
        refused(machine.asking(&machine.assertion()).await, 401, "invalid_client");
        work_with(&administrator, &hospital, "reinstate").await;
        client.get("/partner/referrals").await.expect(200);

        app.advance(TimeDelta::seconds(301));
        client.get("/partner/referrals").await.refused(401, "unauthenticated");
    }
}

/// Suspends the hospital, or takes it back.
async fn work_with(administrator: &Session<'_>, hospital: &Thing, verb: &str) {
    let path = format!("/hospitals/{}", hospital.id);
    let seen = administrator.get(&path).await.expect(200);
    let reason = json!({ "reason": "licence under inspection" });
    administrator.post(&format!("{path}/{verb}"), &reason).with_if_match(seen.etag()).await.expect(200);
}

db_test! {
    async fn a_secret_is_shown_once_and_good_while_it_is_allowed(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let body = json!({ "expires_at": app.now() + TimeDelta::days(90) });
        let ask = administrator.post(&format!("{}/secrets", machine.path), &body);
        let made = ask.clone().await.expect(201);
        let secret = made.text("/secret").to_owned();
        assert_eq!(secret.len(), 43, "256 bits");

        let again = ask.await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert!(again.body.get("secret").is_none() && again.body["id"] == made.body["id"]);
        assert!(!String::from_utf8_lossy(&machine.view().await.bytes).contains(&secret));
        assert_eq!(traces(&app, db, &secret).await, 0, "it is kept as a hash");

        let client = app.bearer(token(&app, &by_secret(&machine.name, &secret)).await.expect(200).text("/access_token"));
        let seen = machine.view().await;
        let update = json!({ "contact_email": "it@hospital.example.com", "scopes": ["referrals:read"], "allows_secret": false });
        administrator.put(&machine.path, &update).with_if_match(seen.etag()).await.expect(200);
        client.get("/account").await.refused(401, "unauthenticated");
        refused(token(&app, &by_secret(&machine.name, &secret)).await, 401, "invalid_client");
        machine.secret().await.refused(409, "secret_not_allowed");
        machine.enters().await.get("/account").await.expect(200);
    }
}

/// How many kept answers hold a text, plainly or as the body of an answer.
async fn traces(app: &TestApp<'_>, db: &TestDb, secret: &str) -> i64 {
    use base64::Engine as _;
    let kept = app.number("SELECT COUNT(*) FROM idempotency_keys WHERE answer IS NOT NULL").await;
    assert!(kept > 0);
    let text = match db.backend() {
        rafiq_persistence::store::Backend::Sqlite => "CAST(answer AS TEXT)",
        rafiq_persistence::store::Backend::Postgres => "convert_from(answer, 'UTF8')",
    };
    let mut found = 0;
    // A text in a body that is kept in base64 stands there in one of three forms.
    for shift in 0..3 {
        let shifted = format!("{}{secret}", "x".repeat(shift));
        let encoded = base64::engine::general_purpose::STANDARD.encode(shifted);
        let middle = &encoded[4..encoded.len() - 4];
        found += app.number(&format!("SELECT COUNT(*) FROM idempotency_keys WHERE {text} LIKE '%{middle}%'")).await;
    }
    found + app.number(&format!("SELECT COUNT(*) FROM idempotency_keys WHERE {text} LIKE '%{secret}%'")).await
}

db_test! {
    async fn whoever_does_not_prove_itself_learns_nothing_from_the_answer(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let (other_hospital, strangers) = (a_hospital().by(&administrator).await, Key::ed25519());
        let [known, disabled, suspended] = [
            Machine::of(&app, &administrator, &hospital).await,
            Machine::of(&app, &administrator, &hospital).await,
            Machine::of(&app, &administrator, &other_hospital).await,
        ];
        disabled.switch("disable").await.expect(200);
        work_with(&administrator, &other_hospital, "suspend").await;
        let mut unknown = known.claims();
        unknown["iss"] = json!("nobody.here");
        unknown["sub"] = json!("nobody.here");
        let answers = [
            known.asking(&strangers.token(&known.header(), &known.claims())).await,
            known.asking(&strangers.token(&known.header(), &unknown)).await,
            disabled.asking(&disabled.assertion()).await,
            suspended.asking(&suspended.assertion()).await,
            known.asking("no assertion at all").await,
            token(&app, &by_secret(&known.name, "a secret that it never had")).await,
            token(&app, &by_secret("nobody.here", "a secret that it never had")).await,
            token(&app, &by_secret(&administrator.login, PASSWORD)).await,
            token(&app, &[("grant_type", "client_credentials".to_owned())]).await,
        ];
        let first = refused(answers[0].clone(), 401, "invalid_client").anonymous();
        for answer in &answers {
            assert_eq!(answer.anonymous(), first);
            assert_eq!(answer.header("www-authenticate"), "Basic realm=\"rafiq\"");
        }
        let records = "SELECT COUNT(*) FROM audit_records WHERE action = 'sign_in' AND decision = 'forbidden' AND object_kind = 'client'";
        assert_eq!(app.number(records).await, 7, "each that came as far as the clients is on record");
    }
}

db_test! {
    async fn a_request_of_another_form_is_refused_by_its_name(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let secret = machine.secret().await.expect(201).text("/secret").to_owned();
        let (shows, tells) = (|| by_assertion(&machine.assertion()), || by_secret(&machine.name, &secret));
        let and = |form: machine::Form, name, value: &str| [form, vec![(name, value.to_owned())]].concat();
        let without = |form: machine::Form, name| form.into_iter().filter(|(known, _)| *known != name).collect::<Vec<_>>();
        for (what, parameters, status, code) in [
            ("no grant type", without(tells(), "grant_type"), 400, "invalid_request"),
            ("an empty grant type", and(without(tells(), "grant_type"), "grant_type", ""), 400, "invalid_request"),
            ("a password grant", and(without(tells(), "grant_type"), "grant_type", "password"), 400, "unsupported_grant_type"),
            ("a refresh", and(without(tells(), "grant_type"), "grant_type", "refresh_token"), 400, "unsupported_grant_type"),
            ("the scope twice", and(and(tells(), "scope", "referrals:read"), "scope", "referrals:read"), 400, "invalid_request"),
            ("an unknown parameter twice", and(and(tells(), "x", "1"), "x", "2"), 400, "invalid_request"),
            ("an assertion and a secret", and(shows(), "client_secret", &secret), 400, "invalid_request"),
            ("an assertion without its type", without(shows(), "client_assertion_type"), 400, "invalid_request"),
            ("a type without an assertion", without(shows(), "client_assertion"), 400, "invalid_request"),
            ("an assertion of another type", and(without(shows(), "client_assertion_type"), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), 401, "invalid_client"),
            ("an assertion of another than is named", and(shows(), "client_id", "nobody.here"), 401, "invalid_client"),
            ("a secret without a client", without(tells(), "client_id"), 400, "invalid_request"),
            ("a foreign scope", and(tells(), "scope", "patients:read"), 400, "invalid_scope"),
            ("a scope too many", and(tells(), "scope", "referrals:read admin"), 400, "invalid_scope"),
        ] {
            let answer = token(&app, &parameters).await;
            assert_eq!((answer.status.as_u16(), answer.body["error"].as_str()), (status, Some(code)), "{what}: {}", answer.body);
        }
        let both = token(&app, &tells()).with("authorization", &basic(&machine.name, &secret));
        refused(both.clone().await, 400, "invalid_request");
        let twice = token(&app, &[("grant_type", "client_credentials".to_owned())]);
        let twice = twice.with("authorization", &basic(&machine.name, &secret)).and("authorization", "Basic x");
        refused(twice.await, 400, "invalid_request");
        let bearer = token(&app, &[("grant_type", "client_credentials".to_owned())]).with("authorization", "Bearer x");
        refused(bearer.await, 401, "invalid_client");
        token(&app, &tells()).json(&json!({ "grant_type": "client_credentials" })).await.refused(415, "unsupported_media_type");
        token(&app, &and(tells(), "x", &"x".repeat(20_000))).await.refused(413, "payload_too_large");
        token(&app, &and(and(tells(), "x", "1"), "audience", "somewhere")).await.expect(200);
        token(&app, &and(shows(), "client_id", &machine.name)).await.expect(200);
    }
}

db_test! {
    async fn an_assertion_is_good_once_whatever_became_of_it(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let [machine, other] = [
            Machine::of(&app, &administrator, &hospital).await,
            Machine::of(&app, &administrator, &hospital).await,
        ];
        let assertion = machine.assertion();
        machine.asking(&assertion).await.expect(200);
        let replayed = refused(machine.asking(&assertion).await, 401, "invalid_client");
        assert_eq!(app.audited(&replayed, "forbidden").await, 1);

        let too_wide = machine.assertion();
        let form = [by_assertion(&too_wide), vec![("scope", "admin".to_owned())]].concat();
        refused(token(&app, &form).await, 400, "invalid_scope");
        refused(machine.asking(&too_wide).await, 401, "invalid_client");

        // The same id in another assertion is the same use; of another client it is its own.
        let mut claims = machine.claims();
        claims["jti"] = json!("the same");
        machine.asking(&machine.key.token(&machine.header(), &claims)).await.expect(200);
        claims["exp"] = json!(app.now().timestamp() + 61);
        refused(machine.asking(&machine.key.token(&machine.header(), &claims)).await, 401, "invalid_client");
        let mut claims = other.claims();
        claims["jti"] = json!("the same");
        other.asking(&other.key.token(&other.header(), &claims)).await.expect(200);

        assert_eq!(app.count("used_assertions").await, 4);
        app.advance(TimeDelta::minutes(10));
        rafiq_app::tidying::tidy(&app.use_cases()).await.unwrap();
        assert_eq!(app.count("used_assertions").await, 0);
        refused(machine.asking(&assertion).await, 401, "invalid_client");
    }
}

postgres_test! {
    async fn an_assertion_that_is_shown_to_two_instances_at_once_opens_one_session(db: &TestDb) {
        let both = Instances::start(db).await;
        let (administrator, hospital) = office(&both.one).await;
        let machine = Machine::of(&both.one, &administrator, &hospital).await;
        for round in 0..10 {
            let parameters = by_assertion(&machine.assertion());
            let asks = (0..6).map(|turn| token(both.both()[turn % 2], &parameters));
            let answers = all_at_once(asks).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "round {round}");
            for answer in lost {
                refused(answer, 401, "invalid_client");
            }
            for app in both.both() {
                app.bearer(won[0].text("/access_token")).get("/partner/referrals").await.expect(200);
            }
            both.advance(TimeDelta::minutes(16));
        }
        assert_eq!(both.one.count("client_sessions").await, 10);
    }
}

postgres_test! {
    async fn of_keys_that_are_added_at_once_no_more_than_two_are_taken(db: &TestDb) {
        let both = Instances::start(db).await;
        let (administrator, hospital) = office(&both.one).await;
        let path = {
            let made = administrator.post("/clients", &registration("his", &hospital)).await.expect(201);
            format!("/clients/{}/keys", made.text("/id"))
        };
        let expires_at = both.one.now() + TimeDelta::days(30);
        let asks = (0..8).map(|turn| {
            let body = json!({ "key": Key::ed25519().jwk(), "expires_at": expires_at });
            administrator.at(both.both()[turn % 2]).post(&path, &body)
        });
        let (taken, refused): (Vec<_>, Vec<_>) = all_at_once(asks).await.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(taken.len(), 2);
        for answer in refused {
            answer.refused(409, "too_many_credentials");
        }
    }
}

db_test! {
    async fn a_client_asks_what_its_own_token_is_worth_and_no_other(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let [machine, other] = [
            Machine::of(&app, &administrator, &hospital).await,
            Machine::of(&app, &administrator, &hospital).await,
        ];
        let (client, stranger) = (machine.enters().await, other.enters().await);
        let about = |token: &str| vec![("token", token.to_owned())];
        let own = client.token().unwrap().to_owned();

        let answer = form(&client, "introspect", &about(&own)).await.expect(200);
        let expected = json!({
            "active": true, "scope": "referrals:read referrals:report", "client_id": machine.name,
            "token_type": "Bearer", "exp": app.now().timestamp() + 300,
            "sub": claims_of(&own)["sub"], "jti": claims_of(&own)["jti"],
        });
        assert_eq!(answer.body, expected);
        let secret = machine.secret().await.expect(201).text("/secret").to_owned();
        let by_header = form(&app.anyone(), "introspect", &about(&own)).with("authorization", &basic(&machine.name, &secret));
        assert_eq!(by_header.await.expect(200).body, expected);
        let shown = [by_assertion(&machine.assertion()), about(&own)].concat();
        assert_eq!(form(&app.anyone(), "introspect", &shown).await.expect(200).body, expected);

        let nothing = json!({ "active": false });
        for token in [stranger.token().unwrap(), administrator.token().unwrap(), "no token"] {
            assert_eq!(form(&client, "introspect", &about(token)).await.expect(200).body, nothing);
        }
        assert_eq!(form(&stranger, "introspect", &about(&own)).await.expect(200).body, nothing);
        machine.may(&["referrals:read"]).await.expect(200);
        assert_eq!(form(&client, "introspect", &about(&own)).await.expect(200).text("/scope"), "referrals:read");

        form(&client, "introspect", &[]).await.refused(400, "invalid_request");
        form(&app.anyone(), "introspect", &about(&own)).await.refused(401, "invalid_client");
        form(&app.bearer("x"), "introspect", &about(&own)).await.refused(401, "unauthenticated");
        let late = machine.enters().await;
        app.advance(TimeDelta::minutes(4));
        let client = machine.enters().await;
        app.advance(TimeDelta::minutes(2));
        assert_eq!(form(&client, "introspect", &about(late.token().unwrap())).await.expect(200).body, nothing);
    }
}

db_test! {
    async fn failures_in_the_name_of_a_client_hold_back_nobody_elsewhere(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let wrong = |from: &str| token(&app, &by_secret(&machine.name, "wrong")).from(from);
        for _ in 0..20 {
            refused(wrong("203.0.113.9").await, 401, "invalid_client");
        }
        let held = wrong("203.0.113.9").await.refused(429, "too_many_attempts");
        assert!(held.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_eq!(app.audited(&held, "forbidden").await, 1);
        token(&app, &by_assertion(&machine.assertion())).from("203.0.113.9").await.refused(429, "too_many_attempts");
        for _ in 0..60 {
            token(&app, &by_assertion(&machine.assertion())).from("198.51.100.7").await.expect(200);
        }
        app.advance(TimeDelta::minutes(15));
        token(&app, &by_assertion(&machine.assertion())).from("203.0.113.9").await.expect(200);
    }
}

db_test! {
    async fn a_system_that_is_set_up_wrongly_keeps_nobody_beside_it_from_signing_in(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let [broken, sound] = [
            Machine::of(&app, &administrator, &hospital).await,
            Machine::of(&app, &administrator, &hospital).await,
        ];
        let wrong = |name: &str| token(&app, &by_secret(name, "wrong")).from("203.0.113.9");
        for attempt in 0..60 {
            let (status, code) = if attempt < 20 { (401, "invalid_client") } else { (429, "too_many_attempts") };
            wrong(&broken.name).await.refused(status, code);
        }
        let person = app.signing_in(&administrator.login, PASSWORD).from("203.0.113.9");
        person.clone().await.expect(200);
        sound.asking(&sound.assertion()).from("203.0.113.9").await.expect(200);

        // Many names fail as one address; still nobody who signs in there is any the worse for it.
        for name in 0..30 {
            wrong(&format!("nobody.{name}")).await.refused(401, "invalid_client");
        }
        wrong("nobody.else").await.refused(429, "too_many_attempts");
        sound.asking(&sound.assertion()).from("203.0.113.9").await.refused(429, "too_many_attempts");
        person.await.expect(200);
    }
}

db_test! {
    async fn a_client_has_no_password_and_is_made_in_no_other_way(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        app.signing_in(&machine.name, PASSWORD).await.refused(401, "invalid_credentials");
        let user = json!({
            "login": "another.machine", "name": "Machine", "roles": ["hospital_client"], "hospital_id": hospital.id,
            "email": "it@hospital.example.com", "language": "en",
        });
        administrator.post("/users", &user).await.refused(422, "invalid_input");
        assert_eq!(app.number("SELECT COUNT(*) FROM users WHERE login = 'another.machine'").await, 0);
    }
}

db_test! {
    async fn a_registration_names_every_wrong_place(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let (machine, nothing) = (Machine::of(&app, &administrator, &hospital).await, Thing { id: "019ab000-0000-7000-8000-000000000000".to_owned(), etag: String::new() });
        let mut wrong = registration("a b", &hospital);
        wrong["contact_email"] = json!("nobody");
        wrong["name"] = json!("");
        let answer = administrator.post("/clients", &wrong).await.refused(422, "invalid_input");
        let places: Vec<_> = answer.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
        assert_eq!(places, ["/client_id", "/name", "/contact_email"]);
        for (change, value, place) in [
            ("scopes", json!([]), "/scopes"),
            ("scopes", json!(["referrals:read", "referrals:read"]), "/scopes/1"),
            ("scopes", json!(["everything"]), "/scopes/0"),
            ("hospital_id", json!(nothing.id), "/hospital_id"),
        ] {
            let mut wrong = registration("his.one", &hospital);
            wrong[change] = value;
            let answer = administrator.post("/clients", &wrong).await.refused(422, "invalid_input");
            assert_eq!(answer.text("/errors/0/pointer"), place);
        }
        administrator.post("/clients", &registration(&machine.name, &hospital)).await.refused(409, "already_exists");
        administrator.post("/clients", &registration(&administrator.login, &hospital)).await.refused(409, "already_exists");

        let keys = format!("{}/keys", machine.path);
        let soon = app.now() + TimeDelta::days(30);
        let mut private = Key::ed25519().jwk();
        private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        for (key, expires_at, place) in [
            (private, soon, "/key/d"),
            (json!({ "kty": "RSA", "crv": "", "x": "" }), soon, "/key/kty"),
            (Key::ed25519().jwk(), app.now(), "/expires_at"),
            (Key::ed25519().jwk(), app.now() + TimeDelta::days(732), "/expires_at"),
        ] {
            let body = json!({ "key": key, "expires_at": expires_at });
            let answer = administrator.post(&keys, &body).await.refused(422, "invalid_input");
            assert_eq!(answer.text("/errors/0/pointer"), place);
        }
        let secrets = format!("{}/secrets", machine.path);
        let late = json!({ "expires_at": app.now() + TimeDelta::days(367) });
        administrator.post(&secrets, &late).await.refused(422, "invalid_input");
        let absent = machine.administrator.command(&format!("{}/credentials/{}/revoke", machine.path, nothing.id));
        absent.await.refused(404, "not_found");
        let other = Machine::of(&app, &administrator, &hospital).await;
        let foreign = format!("{}/credentials/{}/revoke", machine.path, other.credential["id"].as_str().unwrap());
        administrator.command(&foreign).await.refused(404, "not_found");
    }
}

db_test! {
    async fn its_people_are_told_once_at_each_stage_that_a_key_will_expire(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let mut told = Vec::new();
        for (days, expected) in [(334, 0), (1, 1), (0, 0), (22, 0), (1, 1), (5, 0), (1, 1), (1, 0)] {
            app.advance(TimeDelta::days(days));
            let warned = rafiq_app::clients::warnings::warn_of_expiry(&app.use_cases()).await.unwrap();
            assert_eq!(warned, expected, "after {days} more days, {told:?}");
            told.push(warned);
        }
        let of = |state: &str| format!("SELECT COUNT(*) FROM client_credentials WHERE warned = '{state}'");
        assert_eq!(app.number(&of("in_a_day")).await, 1);
        let about = "SELECT COUNT(*) FROM outgoing_mails WHERE kind = 'credential_expiring'";
        assert_eq!(app.number(about).await, 6, "three stages, for the client's contact and the administrator");
        let known = machine.administrator.again().await.get(&machine.path).await.expect(200);
        assert_eq!(known.text("/credentials/0/state"), "expired");
    }
}

db_test! {
    async fn a_client_shows_how_near_its_keys_are_to_their_end(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let first = machine.view().await;
        assert_eq!((first.body["credentials"][0]["expires_in_days"].as_i64(), &first.body["credentials"][0]["expiring"]), (Some(365), &Value::Null));
        assert!(first.body["credentials"][0].get("last_used_at").is_none());
        // Asking about a token, or for a scope that it has not, is no use: no token is given for it.
        let asks = [by_assertion(&machine.assertion()), vec![("token", "x".to_owned())]].concat();
        form(&app.anyone(), "introspect", &asks).await.expect(200);
        let asks = [by_assertion(&machine.assertion()), vec![("scope", "admin".to_owned())]].concat();
        refused(token(&app, &asks).await, 400, "invalid_scope");
        assert!(machine.view().await.body["credentials"][0].get("last_used_at").is_none());
        machine.enters().await;
        let used = machine.view().await;
        assert!(used.body["credentials"][0].get("last_used_at").is_some());
        app.advance(TimeDelta::days(360));
        let list = administrator.again().await.get("/clients").await.expect(200);
        let shown = &list.body["items"][0]["credentials"][0];
        assert_eq!((shown["expires_in_days"].as_i64(), shown["expiring"].as_str()), (Some(5), Some("in_a_week")));
    }
}
