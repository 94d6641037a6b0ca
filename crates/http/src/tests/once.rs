//! Idempotency keys, with a storage of one row.

use std::sync::Mutex;

use axum::extract::State;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::*;
use crate::extract::{ApiJson, Created};
use crate::idempotency::{Claim, Outcome, Ticket, once};
use crate::problem::{Fault, Problem};

#[derive(Default)]
struct Row {
    ticket: Option<Ticket>,
    answer: Option<Vec<u8>>,
    handled: u32,
}

type Shared = Arc<Mutex<Row>>;

async fn keyed(State(row): State<Shared>, request: axum::extract::Request, next: Next) -> Response {
    let claim = |ticket: Ticket| {
        let mut row = row.lock().unwrap();
        let claim = match (&row.ticket, &row.answer) {
            (None, _) => Claim::Fresh,
            (Some(known), _) if *known != ticket => Claim::Reused,
            (Some(_), Some(answer)) => Claim::Answered(answer.clone()),
            (Some(_), None) => Claim::InFlight,
        };
        row.ticket.get_or_insert(ticket);
        std::future::ready(Ok(claim))
    };
    let settle = |_: Ticket, outcome: Outcome| {
        let mut row = row.lock().unwrap();
        match outcome {
            Outcome::Done(answer) => row.answer = Some(answer),
            Outcome::Refused => row.ticket = None,
        }
        std::future::ready(Ok(()))
    };
    once(request, next, claim, settle).await.into_response()
}

async fn make(State(row): State<Shared>, ApiJson(body): ApiJson<Value>) -> Result<impl IntoResponse, Problem> {
    let mut row = row.lock().unwrap();
    row.handled += 1;
    match body["outcome"].as_str() {
        Some("refuse") => Err(Fault::VersionRequired.into()),
        Some("fail") => Err(Fault::Panicked.into()),
        _ => Ok(Created("/things/1".to_owned(), ApiJson(json!({ "handled": row.handled })))),
    }
}

fn things() -> (Router, Shared) {
    let row = Shared::default();
    let router = Router::new()
        .route("/things", axum::routing::post(make).get(async || "things"))
        .layer(middleware::from_fn_with_state(row.clone(), keyed))
        .with_state(row.clone());
    (frame(router, Arc::new(Counting::default()), limits()), row)
}

fn post(key: &str, body: &str) -> Request<Body> {
    ask("POST", "/things", &[JSON, ("idempotency-key", key)], body.to_owned())
}

#[tokio::test]
async fn a_repeated_request_is_done_once_and_answered_alike() {
    let (server, row) = things();
    let first = send(&server, post("k1", "{}")).await;
    let second = send(&server, post("\"k1\"", "{}")).await;
    assert_eq!(row.lock().unwrap().handled, 1);
    assert_eq!(row.lock().unwrap().ticket.as_ref().map(|ticket| ticket.key.as_str()), Some("k1"));
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    for header in ["location", "content-type"] {
        assert_eq!(second.header(header), first.header(header));
    }
    assert_ne!(second.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(second.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_key_serves_one_request_only() {
    let (server, _) = things();
    send(&server, post("k1", "{}")).await;
    let other = send(&server, post("k1", "{\"a\":1}")).await;
    other.is_problem(ProblemCode::IdempotencyKeyReused, Language::English);
}

#[tokio::test]
async fn a_refused_request_gives_its_key_back_and_a_failed_one_keeps_it() {
    let (server, row) = things();
    send(&server, post("k1", "{\"outcome\":\"refuse\"}"))
        .await
        .is_problem(ProblemCode::VersionRequired, Language::English);
    assert_eq!(row.lock().unwrap().ticket, None);
    send(&server, post("k1", "{\"outcome\":\"fail\"}")).await.is_problem(ProblemCode::Internal, Language::English);
    send(&server, post("k1", "{\"outcome\":\"fail\"}"))
        .await
        .is_problem(ProblemCode::RequestInFlight, Language::English);
    assert_eq!(row.lock().unwrap().handled, 2);
}

#[tokio::test]
async fn a_post_needs_a_key_and_a_get_does_not() {
    let (server, _) = things();
    send(&server, ask("POST", "/things", &[JSON], "{}"))
        .await
        .is_problem(ProblemCode::IdempotencyKeyRequired, Language::English);
    assert_eq!(send(&server, ask("GET", "/things", &[], "")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_its_key_is_taken() {
    let (server, row) = things();
    send(&server, post("k1", &" ".repeat(1025))).await.is_problem(ProblemCode::PayloadTooLarge, Language::English);
    assert_eq!(row.lock().unwrap().ticket, None);
}
