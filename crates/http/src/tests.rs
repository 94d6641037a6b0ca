//! The core as a whole: a toy resource behind the frame, asked as a client would.

mod faults;
mod once;
mod toys;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use rafiq_domain::ids::Ids;
use rafiq_domain::refusal::ProblemCode;
use rafiq_domain::vocabulary::{Coded, Language};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::layers::{Limits, frame};

#[derive(Default)]
struct Counting(AtomicU64);

impl Ids for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u64_pair(0x019a_b000_0000_7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn limits() -> Limits {
    Limits { time_out: Duration::from_secs(5), body_bytes: 1024, in_flight: 16 }
}

fn server_with(limits: Limits) -> Router {
    let (router, _) = toys::api().split_for_parts();
    frame(router, Arc::new(Counting::default()), limits)
}

fn server() -> Router {
    server_with(limits())
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts the whole shape of a problem.
    fn is_problem(&self, code: ProblemCode, language: Language) {
        let body = self.json();
        assert_eq!(body["code"], code.code(), "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("content-language"), language.tag());
        assert_eq!(body["title"], code.label(language));
        assert_eq!(body["type"], format!("/problems/{code}"));
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(body["instance"], format!("urn:uuid:{}", self.header("x-request-id")));
    }
}

async fn send(server: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = server.clone().oneshot(request).await.unwrap().into_parts();
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
}

/// A request in one line: `ask("POST", "/toys", &[("if-match", "*")], "{}")`.
fn ask(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn an_answer_carries_the_request_id_and_the_security_headers() {
    let answer = send(&server(), ask("GET", "/toys?limit=2", &[("x-request-id", "theirs")], "")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("x-request-id"), "019ab000-0000-7000-0000-000000000000");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert!(
        send(&server(), ask("GET", "/docs/", &[], ""))
            .await
            .header("content-security-policy")
            .contains("script-src 'self'")
    );
    assert!(
        !send(&server(), ask("GET", "/docsx", &[], "")).await.header("content-security-policy").contains("script-src")
    );
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let first = send(&server(), ask("GET", "/toys?limit=2", &[], "")).await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = format!("/toys?limit=2&after={}", first["next"].as_str().unwrap());
    let second = send(&server(), ask("GET", &next, &[], "")).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second.get("next"), None);
}

#[tokio::test]
async fn what_is_made_answers_its_address_and_version() {
    let answer =
        send(&server(), ask("POST", "/toys", &[JSON], json!({ "name": "Ball", "stage": "unavailable" }).to_string()))
            .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("etag"), "\"v1\"");
    assert_eq!(answer.header("location"), "/toys/00000000-0000-0000-0000-000000000001");
    assert_eq!(answer.json()["name"], "Ball");
}

#[tokio::test]
async fn every_problem_code_explains_itself_in_every_language() {
    for code in ProblemCode::ALL {
        for language in Language::ALL {
            let request = ask("GET", &format!("/problems/{code}"), &[("accept-language", language.tag())], "");
            let answer = send(&server(), request).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.header("content-language"), language.tag());
            assert_eq!(answer.json()["title"], code.label(language));
        }
    }
}

#[test]
fn the_document_is_whole_and_stable() {
    let document = || crate::openapi::to_json(&toys::document()).unwrap();
    let text = document();
    assert_eq!(text, document());
    assert!(text.ends_with("}\n"));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(crate::openapi::faults(&value), Vec::<String>::new(), "{text}");
    assert_eq!(value["openapi"], "3.1.0");
    assert_eq!(
        value["components"]["schemas"]["ToyPage"]["properties"]["items"]["items"]["$ref"],
        "#/components/schemas/Toy"
    );
    assert_eq!(
        value["paths"]["/toys"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/ToyPage"
    );
    assert_eq!(
        value["components"]["schemas"]["Toy"]["properties"]["stage"]["$ref"],
        "#/components/schemas/ProblemCode"
    );
    assert_eq!(value["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert_eq!(value["paths"]["/problems/{code}"]["get"]["security"], json!([{}]));
}
