//! Refusals: whatever goes wrong, the answer is a problem of one shape, and nothing was written.

use axum::http::Method;
use rafiq_domain::refusal::ProblemCode;
use rafiq_domain::vocabulary::{Coded, Language, Role};
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::{Answer, Ask, BODY_BYTES, Session, TestApp, Thing, a_case, a_patient};

/// An id that nothing has.
const NOTHING: &str = "019ab000-0000-7000-8000-000000000000";

/// A refusal: what is asked, and the status and code that answer it.
type Refusal<'app> = (Ask<'app>, u16, &'static str);

db_test! {
    async fn every_refusal_is_a_problem_in_the_callers_language_and_writes_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        let refusals = [bodies(&coordinator), queries(&coordinator), changes(&app, &coordinator, &patient, &case).await];
        for (ask, status, code) in refusals.into_iter().flatten() {
            let before = app.census().await;
            for language in Language::ALL.iter().copied() {
                let answer = ask.clone().language(language.tag()).await.refused(status, code);
                is_problem(&answer, language);
            }
            assert_eq!(app.census().await, before, "{code}");
        }
    }
}

/// Bodies that are not what the operation takes.
fn bodies<'app>(coordinator: &Session<'app>) -> Vec<Refusal<'app>> {
    let register = coordinator.post("/patients", &json!({}));
    let body = |text: &str| register.clone().bytes(text);
    let deep = format!("{{\"details\":{}{}}}", "[".repeat(70), "]".repeat(70));
    let large = format!("{{\"details\":\"{}\"}}", "x".repeat(BODY_BYTES));
    let born = |date: &str| coordinator.post("/patients", &a_patient(1).with("/details/birth_date", date).body);
    let named = |name: &str| coordinator.post("/patients", &a_patient(1).with("/details/arabic_name", name).body);
    vec![
        (body("{\"details\":"), 400, "malformed_json"),
        (body(&deep), 400, "malformed_json"),
        (body("{\"details\":{},\"colour\":1}"), 422, "invalid_input"),
        (body("{\"details\":7}"), 422, "invalid_input"),
        (body("{\"details\":{},\"details\":{}}"), 422, "invalid_input"),
        (body("[]"), 422, "invalid_input"),
        (body("{}").with("content-type", "text/plain"), 415, "unsupported_media_type"),
        (body("{}").without("content-type"), 415, "unsupported_media_type"),
        (body(&large), 413, "payload_too_large"),
        (born("2026-11-23"), 422, "invalid_input"),
        (born("1961-02-30"), 422, "invalid_input"),
        (named("فاطمة\u{202e}محمد"), 422, "invalid_input"),
        (named("فاطمة\u{0000}محمد"), 422, "invalid_input"),
        (named(&"ف".repeat(201)), 422, "invalid_input"),
    ]
}

/// Addresses, queries, methods and credentials that lead nowhere.
fn queries<'app>(coordinator: &Session<'app>) -> Vec<Refusal<'app>> {
    let nobody = |ask: Ask<'app>| ask.without("authorization");
    vec![
        (coordinator.get("/patients?after=nonsense"), 400, "bad_query"),
        (coordinator.get("/patients?limit=101"), 400, "bad_query"),
        (coordinator.get("/patients?limit=0"), 400, "bad_query"),
        (coordinator.get("/patients?nmae=x"), 400, "bad_query"),
        (coordinator.get("/cases?stage=nonsense"), 400, "bad_query"),
        (coordinator.get("/nowhere"), 404, "not_found"),
        (nobody(coordinator.get("/nowhere")), 404, "not_found"),
        (coordinator.get(&format!("/cases/{NOTHING}")), 404, "not_found"),
        (coordinator.get("/cases/no-id"), 404, "not_found"),
        (coordinator.get("/cases/%ff"), 400, "bad_path"),
        (coordinator.ask(Method::DELETE, "/api/v1/cases"), 405, "method_not_allowed"),
        (coordinator.ask(Method::TRACE, "/api/v1/cases"), 405, "method_not_allowed"),
        (nobody(coordinator.get("/cases")), 401, "unauthenticated"),
        (coordinator.get("/cases").with("authorization", "Bearer nonsense"), 401, "unauthenticated"),
        (coordinator.get("/cases").with("authorization", "Basic YTpi"), 401, "unauthenticated"),
        (coordinator.get("/users"), 403, "forbidden"),
    ]
}

/// Changes that lack their version or their key, or that the state of things does not allow.
async fn changes<'app>(
    app: &TestApp<'_>,
    coordinator: &Session<'app>,
    patient: &Thing,
    case: &Thing,
) -> Vec<Refusal<'app>> {
    let replace = coordinator.put(&format!("/patients/{}", patient.id), &a_patient(0).body["details"]);
    let steps = format!("/cases/{}/steps", case.id);
    let step = |trigger: &str| coordinator.post(&steps, &json!({ "trigger": trigger })).with_if_match(&case.etag);
    let pause = json!({ "trigger": "pause", "reason": "a long holiday", "review_at": "2099-01-01T00:00:00Z" });
    let pause = coordinator.post(&steps, &pause);
    let open = coordinator.post("/cases", &a_case(patient).body);
    let used = open.clone().with("idempotency-key", "used").await.expect(201);
    assert_eq!(app.audited(&used, "allowed").await, 1);
    vec![
        (replace.clone(), 428, "version_required"),
        (replace.clone().with_if_match("*"), 428, "version_required"),
        (replace.clone().with_if_match("\"v99\""), 412, "stale_version"),
        (replace.clone().with_if_match("W/\"v1\""), 412, "stale_version"),
        (replace.with_if_match("v1"), 400, "bad_header"),
        (open.clone().without("idempotency-key"), 400, "idempotency_key_required"),
        (open.clone().with("idempotency-key", "two words"), 400, "bad_header"),
        (open.with("idempotency-key", "used").json(&json!({})), 422, "idempotency_key_reused"),
        (coordinator.post("/cases", &a_case(patient).with("/patient_id", NOTHING).body), 422, "invalid_input"),
        (coordinator.post("/patients", &a_patient(0).body), 409, "duplicate_suspected"),
        (step("complete"), 409, "illegal_transition"),
        (step("referral_sent"), 409, "illegal_transition"),
        (pause.with_if_match(&case.etag), 422, "invalid_input"),
    ]
}

/// The whole shape of a problem.
#[track_caller]
fn is_problem(answer: &Answer, language: Language) {
    let code = ProblemCode::from_code(answer.text("/code")).unwrap();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("content-language"), language.tag());
    assert_eq!(answer.text("/title"), code.label(language));
    assert_eq!(answer.text("/type"), format!("/problems/{code}"));
    assert_eq!(answer.body["status"], answer.status.as_u16());
    assert_eq!(answer.text("/instance"), format!("urn:uuid:{}", answer.header("x-request-id")));
    let pointed = ["invalid_input", "bad_query"].contains(&code.code());
    assert_eq!(answer.body.get("errors").is_some(), pointed, "{:#}", answer.body);
    is_closed(answer);
}

/// The headers that every answer of the interface carries.
#[track_caller]
fn is_closed(answer: &Answer) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("server", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

db_test! {
    async fn a_wrong_place_of_the_body_is_named_by_its_pointer(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        for (pointer, value, at, code) in [
            ("/colour", json!(1), "/colour", "unknown_field"),
            ("/details/sex", json!(1), "/details/sex", "wrong_type"),
            ("/details/sex", json!("neither"), "/details/sex", "unknown_code"),
            ("/details/birth_date", json!("2026-11-23"), "/details/birth_date", "in_the_future"),
            ("/details/birth_date", json!("1961-02-30"), "/details/birth_date", "malformed"),
            ("/details/arabic_name", json!("FATIMA"), "/details/arabic_name", "wrong_script"),
            ("/details/arabic_name", json!("فاطمة\u{202e}محمد"), "/details/arabic_name", "forbidden_character"),
            ("/details/contacts/0/value", json!("12"), "/details/contacts/0/value", "malformed"),
            ("/details/nationality", json!("Iraq"), "/details/nationality", "unknown_code"),
        ] {
            let draft = a_patient(0).with(pointer, value);
            let answer = coordinator.post("/patients", &draft.body).await.refused(422, "invalid_input");
            let places: Vec<_> = answer.body["errors"].as_array().unwrap().iter().map(place).collect();
            assert_eq!(places, [(at, code)], "{}", draft.body);
        }
    }
}

fn place(error: &Value) -> (&str, &str) {
    (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())
}

db_test! {
    async fn all_wrong_places_are_named_at_once(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let draft = a_patient(0).with("/details/birth_date", "2099").with("/details/nationality", "Iraq");
        let draft = draft.with("/details/contacts/0/value", "12");
        let answer = coordinator.post("/patients", &draft.body).await.refused(422, "invalid_input");
        let mut places: Vec<_> = answer.body["errors"].as_array().unwrap().iter().map(|error| place(error).0).collect();
        places.sort_unstable();
        assert_eq!(places, ["/details/birth_date", "/details/contacts/0/value", "/details/nationality"]);
    }
}

db_test! {
    async fn a_step_that_is_refused_names_the_legal_ones_or_every_shut_gate(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).without("/details/passport_name").without("/details/birth_date");
        let case = a_case(&patient.by(&coordinator).await).by(&coordinator).await;
        let steps = format!("/cases/{}/steps", case.id);
        let step = |trigger: &str| coordinator.post(&steps, &json!({ "trigger": trigger })).with_if_match(&case.etag);

        let illegal = step("complete").await.refused(409, "illegal_transition");
        let legal = illegal.body["legal_triggers"].as_array().unwrap();
        assert!(legal.contains(&json!("register")), "{legal:?}");

        let shut = step("register").await.refused(409, "gates_unmet");
        let next = coordinator.get(&format!("/cases/{}/next", case.id)).await.expect(200);
        let actions = next.body["actions"].as_array().unwrap();
        let announced = actions.iter().find(|action| action["trigger"] == "register").unwrap();
        let gates = |of: &Value| of["unmet_gates"].as_array().unwrap().iter().map(|gate| gate["gate"].clone()).collect::<Vec<_>>();
        assert_eq!(gates(&shut.body), gates(announced));
        assert_eq!(announced["open"], false);
    }
}

db_test! {
    async fn a_repeated_request_is_answered_as_the_first_time_and_done_once(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&coordinator).await;
        let open = coordinator.post("/cases", &a_case(&patient).body);
        let first = open.clone().await.expect(201);
        let again = open.clone().await.expect(201);
        assert_eq!(first.header("idempotency-replayed"), "");
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.bytes, first.bytes);
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        assert_eq!(app.count("cases").await, 1);
        is_closed(&again);
    }
}

db_test! {
    async fn a_key_belongs_to_its_user(db: &TestDb) {
        let app = TestApp::new(db);
        for who in 0..2 {
            let coordinator = app.user(&[Role::Coordinator]).await;
            let register = coordinator.post("/patients", &a_patient(who).body).with("idempotency-key", "one");
            assert_eq!(register.await.expect(201).header("idempotency-replayed"), "");
        }
        assert_eq!(app.count("patients").await, 2);
    }
}

db_test! {
    async fn a_refused_request_gives_its_key_back(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let register = coordinator.post("/patients", &json!({})).with("idempotency-key", "one");
        register.clone().await.refused(422, "invalid_input");
        register.json(&a_patient(0).body).await.expect(201);
    }
}

db_test! {
    async fn every_code_is_explained_in_every_language(db: &TestDb) {
        let app = TestApp::new(db);
        for code in ProblemCode::ALL {
            for language in Language::ALL.iter().copied() {
                let ask = app.anyone().ask(Method::GET, &format!("/problems/{code}"));
                let answer = ask.language(language.tag()).await.expect(200);
                assert_eq!(answer.text("/title"), code.label(language));
                assert_eq!(answer.text("/code"), code.code());
                assert_eq!(answer.header("content-language"), language.tag());
                is_closed(&answer);
            }
        }
        app.anyone().ask(Method::GET, "/problems/nonsense").await.refused(404, "not_found");
    }
}
