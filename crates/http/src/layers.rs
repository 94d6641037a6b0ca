//! The frame around every request: its id, its span, its limits, and the shape of every refusal.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use rafiq_domain::ids::Ids;
use rafiq_domain::vocabulary::Language;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::language;
use crate::problem::{Fault, PROBLEM_JSON, Problem};

/// The answer's header with the id of the request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What browsers may do with an answer of the API: nothing.
const CLOSED: &str = "default-src 'none'; frame-ancestors 'none'";
/// What browsers may do with the reference page: load its own parts and call this server.
const REFERENCE_PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The methods that the document may name. All others answer 405, `HEAD` and `OPTIONS` included.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// How much one request, and all of them together, may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a request may take, its body's arrival included; then 503.
    pub time_out: Duration,
    /// How many bytes a body may have, unless its route says otherwise with a `DefaultBodyLimit`.
    pub body_bytes: usize,
    /// How many requests are served at once; then 503. Health probes are not counted.
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_out: Duration::from_secs(30), body_bytes: 256 * 1024, in_flight: 512 }
    }
}

/// The id of the request, made by us: an id that comes in could be anyone's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) Uuid);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or_else(|| Fault::MissingPart.into())
    }
}

#[derive(Clone)]
struct Frame {
    ids: Arc<dyn Ids>,
    limits: Limits,
    places: Arc<Semaphore>,
}

/// Puts the frame around the whole router.
pub(crate) fn frame(router: Router, ids: Arc<dyn Ids>, limits: Limits) -> Router {
    let frame = Frame { ids, limits, places: Arc::new(Semaphore::new(limits.in_flight)) };
    let inner = router
        .layer(middleware::from_fn(note_route))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(limits.body_bytes));
    // As a fallback of an empty router, so that the frame sees the 405 and the `Allow` that axum
    // adds outside of a router's own layers.
    Router::new().fallback_service(inner).layer(middleware::from_fn_with_state(frame, around))
}

async fn around(State(frame): State<Frame>, mut request: Request, next: Next) -> Response {
    let id = RequestId(frame.ids.next());
    let language = language::negotiate(request.headers());
    let policy = if is_below(request.uri().path(), "/docs") { REFERENCE_PAGE } else { CLOSED };
    let method = request.method();
    let span = tracing::info_span!(
        "request",
        request.id = %id.0,
        method = if METHODS.contains(method) { method.as_str() } else { "other" },
        route = Empty,
        status = Empty,
        duration_ms = Empty,
    );
    if !METHODS.contains(method) {
        // axum answers HEAD where there is a GET; no route of ours knows TRACE, so this gives 405.
        *request.method_mut() = Method::TRACE;
    }
    request.extensions_mut().insert(id);
    let answering = async move {
        let started = Instant::now();
        let response = frame.answer(request, next).await;
        let mut response = shape(response, language, id);
        secure(response.headers_mut(), policy);
        if let Ok(id) = HeaderValue::try_from(id.0.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        let span = Span::current();
        span.record("status", response.status().as_u16());
        span.record("duration_ms", u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        tracing::info!("request answered");
        response
    };
    answering.instrument(span).await
}

impl Frame {
    async fn answer(&self, request: Request, next: Next) -> Response {
        let probe = is_below(request.uri().path(), "/health");
        let place = self.places.try_acquire();
        if place.is_err() && !probe {
            return Problem::from(Fault::Overloaded).into_response();
        }
        let answered = timeout(self.limits.time_out, next.run(request)).await;
        answered.unwrap_or_else(|_| Problem::from(Fault::TimedOut).into_response())
    }
}

/// Writes the refusal that a response carries, or that a component below us answered in a form of
/// its own: no error leaves this server in another shape.
fn shape(mut response: Response, language: Language, id: RequestId) -> Response {
    let status = response.status();
    let carried = response.extensions_mut().remove::<Problem>();
    let shaped = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == PROBLEM_JSON);
    let foreign = (status.is_client_error() || status.is_server_error()) && !shaped;
    let Some(problem) = carried.or_else(|| foreign.then(|| Fault::of(status).into())) else { return response };
    problem.log();
    let mut rendered = problem.render(language, id.0);
    if let Some(methods) = response.headers().get(ALLOW).and_then(documented) {
        rendered.headers_mut().insert(ALLOW, methods);
    }
    rendered
}

/// The methods of an `Allow` header without `HEAD`, which axum adds to every `GET`.
fn documented(allow: &HeaderValue) -> Option<HeaderValue> {
    let methods = allow.to_str().ok()?.split(',').map(str::trim).filter(|method| *method != "HEAD");
    HeaderValue::try_from(methods.collect::<Vec<_>>().join(", ")).ok()
}

fn secure(headers: &mut HeaderMap, policy: &'static str) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}

/// Names the route in the request's span: the pattern, never the path with its ids.
async fn note_route(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if let Some(route) = route {
        Span::current().record("route", route.as_str());
    }
    next.run(request).await
}

/// Answers for a handler that panicked. The payload stays unread: it may hold what a log must not.
fn panicked(_payload: Box<dyn Any + Send>) -> Response<Body> {
    Problem::from(Fault::Panicked).into_response()
}

/// Whether a path is `root` or lies below it.
fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
