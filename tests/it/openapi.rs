//! The interface document: it is what the routes say, and the routes do what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use axum::http::Method;
use rafiq_domain::cases::{Trigger, Via};
use rafiq_domain::vocabulary::{Coded, Role};
use rafiq_http::openapi::{faults, operations, to_json};
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::TestApp;

/// Every method that a client may think of.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

#[test]
fn the_committed_document_is_the_generated_one() {
    let text = to_json(&rafiq_http::document()).unwrap();
    keep_or_compare("rafiq.json", &text);
}

#[test]
fn the_committed_document_for_partners_is_the_generated_one() {
    let text = to_json(&rafiq_http::partner_document()).unwrap();
    keep_or_compare("partner.json", &text);
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration to ask for UPDATE_OPENAPI")]
fn keep_or_compare(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("openapi").join(name);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(file, text).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let first = kept.lines().zip(text.lines()).position(|(kept, generated)| kept != generated);
    assert!(kept == text, "openapi/{name} differs from line {first:?} on; UPDATE_OPENAPI=1 rewrites it");
}

#[test]
fn the_documents_have_no_fault() {
    for text in [rafiq_http::document(), rafiq_http::partner_document()] {
        let document = serde_json::to_value(text).unwrap();
        assert_eq!(faults(&document), Vec::<String>::new());
    }
}

#[test]
fn the_document_for_partners_has_nothing_that_generators_choke_on() {
    let document = serde_json::to_value(rafiq_http::partner_document()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap().iter();
    let choices: Vec<_> =
        schemas.filter(|(_, schema)| schema.to_string().contains("\"oneOf\"")).map(|(name, _)| name).collect();
    assert_eq!(choices, Vec::<&str>::new());
}

#[test]
fn the_documents_say_how_a_machine_client_proves_itself_and_what_it_needs() {
    for text in [rafiq_http::document(), rafiq_http::partner_document()] {
        let document = serde_json::to_value(text).unwrap();
        assert_eq!(document["components"]["securitySchemes"]["client_basic"]["scheme"], "basic");
        let security = |path: &str| document["paths"][path]["post"]["security"].clone();
        let (bearer, basic, in_the_form) = (json!({ "bearer": [] }), json!({ "client_basic": [] }), json!({}));
        assert_eq!(security("/api/v1/oauth/token"), json!([basic, in_the_form]));
        assert_eq!(security("/api/v1/oauth/introspect"), json!([bearer, basic, in_the_form]));
        let both = json!({ "hospital_client": ["referrals:read", "referrals:report"] });
        assert_eq!(
            security("/api/v1/partner/referrals/{referral_id}/confirm-cancellation"),
            json!([{ "bearer": [] }, both])
        );
    }
}

#[test]
fn no_operation_answers_a_bare_code() {
    // Of two types with one name the document keeps one: an answer that is no record is the other's.
    let document = document();
    let methods = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let mut seen = 0;
    for operation in methods.filter(|method| method["responses"].is_object()) {
        for answer in operation["responses"].as_object().unwrap().values() {
            let schema = &answer["content"]["application/json"]["schema"];
            let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) else { continue };
            seen += 1;
            assert_ne!(
                document["components"]["schemas"][name]["type"], "string",
                "{}: {name}",
                operation["operationId"]
            );
        }
    }
    assert!(seen > 150, "only {seen} answers");
}

#[test]
fn every_operation_that_a_trigger_names_is_in_the_document() {
    let known: BTreeSet<_> = operations(&document()).into_iter().map(|(_, _, id)| id).collect();
    assert!(known.contains("take_step"));
    let named = Trigger::ALL.iter().filter_map(|trigger| match trigger.via() {
        Via::Operation(id) => Some(id),
        Via::Step | Via::Report => None,
    });
    let lost: BTreeSet<_> = named.filter(|id| !known.contains(*id)).collect();
    assert_eq!(lost, BTreeSet::new());
}

db_test! {
    async fn a_method_that_the_document_does_not_name_answers_405(db: &TestDb) {
        let app = TestApp::new(db);
        let session = app.user(&[Role::Coordinator]).await;
        for (path, documented) in methods() {
            for method in METHODS.into_iter().filter(|method| !documented.contains(*method)) {
                let verb = Method::from_bytes(method.as_bytes()).unwrap();
                let answer = session.ask(verb, &address(&path)).with("idempotency-key", "any").await;
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
                assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
                let allowed: BTreeSet<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, documented, "{method} {path}");
            }
        }
    }
}

db_test! {
    async fn every_documented_operation_is_served_and_asks_for_a_token_where_it_says_so(db: &TestDb) {
        let app = TestApp::new(db);
        let document = document();
        for (method, path, id) in operations(&document) {
            let verb = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = app.anyone().ask(verb, &address(&path)).await;
            let pointer = format!("/paths/{}/{}/security", path.replace('/', "~1"), method.to_lowercase());
            let requirements = document.pointer(&pointer).and_then(Value::as_array).unwrap();
            let secured = requirements.iter().any(|requirement| requirement.get("bearer").is_some());
            assert_eq!(answer.status == 401, secured, "{id}: {}", answer.body);
            assert!(![404, 405].contains(&answer.status.as_u16()), "{id}: {}", answer.body);
        }
    }
}

db_test! {
    async fn the_document_and_its_page_are_served_from_here_alone(db: &TestDb) {
        let app = TestApp::new(db);
        let served = app.anyone().ask(Method::GET, "/openapi.json").await.expect(200);
        assert_eq!(served.bytes, to_json(&rafiq_http::document()).unwrap());
        assert_eq!(served.header("content-type"), "application/json");

        let page = app.anyone().ask(Method::GET, "/docs/").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
        let html = String::from_utf8(page.bytes.to_vec()).unwrap();
        assert!(!html.contains("://"), "{html}");
        let parts = parts(&html);
        assert!(parts.iter().any(|part| part.contains("swagger-ui-bundle")), "{html}");
        for part in parts {
            let path = format!("/docs/{}", part.trim_start_matches("./"));
            app.anyone().ask(Method::GET, &path).await.expect(200);
        }
    }
}

fn document() -> Value {
    serde_json::to_value(rafiq_http::document()).unwrap()
}

/// The documented methods of each documented path.
fn methods() -> BTreeMap<String, BTreeSet<String>> {
    let mut methods = BTreeMap::<_, BTreeSet<_>>::new();
    for (method, path, _) in operations(&document()) {
        methods.entry(path).or_default().insert(method);
    }
    methods
}

/// An address of a path: what is public is named as it exists, all else as it does not.
fn address(path: &str) -> String {
    let steps = path.split('/').map(|step| match step {
        "{code}" => "not_found",
        "{name}" => "laterality",
        step if step.starts_with('{') => "019ab000-0000-7000-8000-000000000000",
        step => step,
    });
    steps.collect::<Vec<_>>().join("/")
}

/// What a page loads.
fn parts(html: &str) -> Vec<&str> {
    let attributes = html.split(['<', ' ', '>']).filter_map(|attribute| {
        attribute.strip_prefix("src=\"").or_else(|| attribute.strip_prefix("href=\""))?.split('"').next()
    });
    attributes.collect()
}
