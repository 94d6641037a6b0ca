//! Every way in which a request fails before, around or instead of a use case.

use super::*;

const TOY: &str = "/toys/00000000-0000-0000-0000-000000000001";

/// Each fault with the code it answers, and a request that causes it.
fn causes() -> Vec<(ProblemCode, Request<Body>)> {
    let post = |headers: &[(&str, &str)], body: &str| ask("POST", "/toys", headers, body.to_owned());
    let patch = |headers: &[(&str, &str)], body: &str| ask("PATCH", TOY, headers, body.to_owned());
    vec![
        (ProblemCode::MalformedJson, post(&[JSON], "{")),
        (ProblemCode::MalformedJson, post(&[JSON], "")),
        (ProblemCode::MalformedJson, post(&[JSON], &format!("{{\"name\":{}", "[".repeat(65)))),
        (ProblemCode::InvalidInput, post(&[JSON], "{}")),
        (ProblemCode::InvalidInput, post(&[JSON], "[]")),
        (ProblemCode::UnsupportedMediaType, post(&[], "{}")),
        (ProblemCode::UnsupportedMediaType, post(&[("content-type", "text/plain")], "{}")),
        (ProblemCode::PayloadTooLarge, post(&[JSON], &" ".repeat(1025))),
        (ProblemCode::BadQuery, ask("GET", "/toys?limit=0", &[], "")),
        (ProblemCode::BadQuery, ask("GET", "/toys?after=nonsense", &[], "")),
        (ProblemCode::BadQuery, ask("GET", "/toys?unknown=1", &[], "")),
        (ProblemCode::BadPath, ask("GET", "/toys/%ff", &[], "")),
        (ProblemCode::NotFound, ask("GET", "/toys/7", &[], "")),
        (ProblemCode::NotFound, ask("GET", "/toys/00000000-0000-0000-0000-000000000002", &[], "")),
        (ProblemCode::NotFound, ask("GET", "/nowhere", &[], "")),
        (ProblemCode::NotFound, ask("GET", "/problems/nonsense", &[], "")),
        (ProblemCode::NotFound, ask("HEAD", "/nowhere", &[], "")),
        (ProblemCode::MethodNotAllowed, ask("DELETE", "/toys", &[], "")),
        (ProblemCode::MethodNotAllowed, ask("HEAD", "/toys", &[], "")),
        (ProblemCode::MethodNotAllowed, ask("OPTIONS", "/toys", &[], "")),
        (ProblemCode::MethodNotAllowed, ask("TRACE", "/toys", &[], "")),
        (ProblemCode::MethodNotAllowed, ask("BREW", "/toys", &[], "")),
        (ProblemCode::VersionRequired, patch(&[JSON], "{}")),
        (ProblemCode::StaleVersion, patch(&[JSON, ("if-match", "\"v6\"")], "{}")),
        (ProblemCode::BadHeader, patch(&[JSON, ("if-match", "v7")], "{}")),
        (ProblemCode::IdempotencyKeyRequired, ask("POST", "/key", &[], "")),
        (ProblemCode::Unauthenticated, ask("GET", "/stranger", &[], "")),
        (ProblemCode::Internal, ask("GET", "/panic", &[], "")),
        (ProblemCode::Internal, ask("GET", "/broken", &[], "")),
        (ProblemCode::BadPath, ask("GET", "/foreign", &[], "")),
    ]
}

#[tokio::test]
async fn every_fault_is_a_problem_in_every_language() {
    let server = server();
    for language in Language::ALL {
        for (code, mut request) in causes() {
            request.headers_mut().insert("accept-language", language.tag().parse().unwrap());
            send(&server, request).await.is_problem(code, language);
        }
    }
}

#[tokio::test]
async fn every_code_answers_the_status_of_its_reason() {
    for (code, status) in [
        ("malformed_json", 400),
        ("unauthenticated", 401),
        ("invalid_credentials", 401),
        ("forbidden", 403),
        ("not_found", 404),
        ("method_not_allowed", 405),
        ("gates_unmet", 409),
        ("stale_version", 412),
        ("payload_too_large", 413),
        ("unsupported_media_type", 415),
        ("invalid_input", 422),
        ("version_required", 428),
        ("too_many_attempts", 429),
        ("internal", 500),
        ("unavailable", 503),
    ] {
        let answer = send(&server(), ask("GET", &format!("/refused/{code}"), &[], "")).await;
        assert_eq!(answer.status.as_u16(), status, "{code}");
        assert_eq!(answer.header("www-authenticate"), if status == 401 { "Bearer" } else { "" }, "{code}");
        assert_eq!(answer.header("retry-after"), if matches!(status, 429 | 503) { "2" } else { "" }, "{code}");
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    for method in ["DELETE", "HEAD", "OPTIONS", "TRACE"] {
        let answer = send(&server(), ask(method, "/toys", &[], "")).await;
        assert_eq!(answer.header("allow"), "GET, POST", "{method}");
    }
}

#[tokio::test]
async fn a_fault_of_ours_tells_nothing() {
    for path in ["/panic", "/broken"] {
        let answer = send(&server(), ask("GET", path, &[], "")).await;
        let body = String::from_utf8(answer.body).unwrap();
        assert!(!body.contains("fire") && !body.contains("smoke") && !body.contains("42"), "{body}");
        assert!(!body.contains("detail"), "{body}");
    }
}

#[tokio::test]
async fn an_id_that_is_no_uuid_answers_like_one_that_does_not_exist() {
    let server = server();
    let mut bodies = Vec::new();
    for path in ["/toys/7", "/toys/00000000-0000-0000-0000-000000000002"] {
        let mut body = send(&server, ask("GET", path, &[], "")).await.json();
        body.as_object_mut().unwrap().remove("instance");
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn every_wrong_place_is_listed_in_the_callers_language() {
    let body = json!({ "name": "", "stage": "internal" }).to_string();
    let answer = send(&server(), ask("POST", "/toys", &[JSON, ("accept-language", "ar")], body)).await;
    assert_eq!(
        answer.json()["errors"],
        json!([
            { "pointer": "/name", "code": "empty", "detail": "يجب ألا يكون فارغًا" },
            { "pointer": "/stage", "code": "out_of_range", "detail": "خارج النطاق المسموح" },
        ])
    );
}

#[tokio::test]
async fn a_wrong_query_parameter_is_pointed_at() {
    for (query, pointer, code) in [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=101", "/limit", "out_of_range"),
        ("limit=many", "/limit", "out_of_range"),
        ("after=!", "/after", "malformed"),
        ("after=AAAA", "/after", "malformed"),
        ("colour=red", "/colour", "unknown_field"),
        ("limit=1&limit=2", "/limit", "duplicate"),
    ] {
        let answer = send(&server(), ask("GET", &format!("/toys?{query}"), &[], "")).await;
        let body = answer.json();
        assert_eq!(body["errors"][0]["pointer"], pointer, "{query}: {body}");
        assert_eq!(body["errors"][0]["code"], code, "{query}: {body}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let hurried = server_with(Limits { time_out: Duration::from_millis(1), ..limits() });
    let answer = send(&hurried, ask("GET", "/never", &[], "")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.is_problem(ProblemCode::RequestTimeout, Language::English);
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn more_requests_than_there_are_places_are_turned_away_but_probes_are_not() {
    let full = server_with(Limits { in_flight: 0, ..limits() });
    let answer = send(&full, ask("GET", "/toys", &[], "")).await;
    answer.is_problem(ProblemCode::Unavailable, Language::English);
    assert_eq!(send(&full, ask("GET", "/health/live", &[], "")).await.status, StatusCode::OK);
}
