//! Requests that may be repeated without being done twice: the HTTP half.
//!
//! The storage's half is handed in as two functions, scoped to the caller by whoever hands them in:
//! `claim` takes the key before the handler runs, `settle` says what became of it. A handler that
//! succeeded leaves its answer, to be given again. One that refused has written nothing (a refused
//! unit rolls back), so its key is given up and may be tried again. One that failed or did not come
//! back may have written: its claim stays, and the storage decides by what it finds.

use std::future::Future;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rafiq_app::Refused;
use rafiq_domain::refusal::{ProblemCode, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::extract::{ApiJson, IdempotencyKey, unreadable};
use crate::problem::{Fault, Problem};

/// Says that an answer is an earlier one, given again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The headers of an answer that are kept with it. All others belong to the request at hand.
const KEPT: [HeaderName; 4] = [CONTENT_TYPE, CONTENT_LANGUAGE, ETAG, LOCATION];

/// The largest answer that is kept. No operation of ours that creates or commands answers more.
const MAX_ANSWER: usize = 1024 * 1024;

/// A key, and what it was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The caller's key.
    pub(crate) key: IdempotencyKey,
    /// SHA-256 over method, address and body: the same key for anything else is a mistake.
    pub(crate) fingerprint: [u8; 32],
}

/// What the storage says to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is new; the request is now being worked on.
    Fresh,
    /// The request was answered: [`Answer::to_bytes`] as it was kept.
    Answered(Vec<u8>),
    /// The request is still being worked on, or its outcome is not known.
    InFlight,
    /// The key was used for another request.
    Reused,
}

/// What became of a claimed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done; the bytes are the answer to give again.
    Done(Vec<u8>),
    /// It was refused and nothing was written; the key is free again.
    Refused,
}

/// Why a key does not open the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyRefusal {
    /// The same request is still being worked on.
    #[error("the request is in flight")]
    InFlight,
    /// The key was used for another request.
    #[error("the key was used for another request")]
    Reused,
}

impl Refusal for KeyRefusal {
    fn code(&self) -> ProblemCode {
        match self {
            Self::InFlight => ProblemCode::RequestInFlight,
            Self::Reused => ProblemCode::IdempotencyKeyReused,
        }
    }
}

/// Runs a POST at most once for each key. Other methods pass: they are repeatable by themselves, or
/// guarded by `If-Match`.
///
/// # Errors
/// 400 without a key, 409 while the first request runs, 422 for a key used otherwise; what `claim`
/// refuses. What `settle` refuses is logged only: the request has been done.
pub(crate) async fn once<C, CF, S, SF>(request: Request, next: Next, claim: C, settle: S) -> Result<Response, Problem>
where
    C: FnOnce(Ticket) -> CF,
    CF: Future<Output = Result<Claim, Refused>> + Send,
    S: FnOnce(Ticket, Outcome) -> SF,
    SF: Future<Output = Result<(), Refused>> + Send,
{
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (ticket, request) = ticket(request).await?;
    match claim(ticket.clone()).await? {
        Claim::Answered(kept) => Ok(Answer::from_bytes(&kept)?.replay()),
        Claim::InFlight => Err(KeyRefusal::InFlight.into()),
        Claim::Reused => Err(KeyRefusal::Reused.into()),
        Claim::Fresh => {
            let (response, outcome) = outcome(next.run(request).await).await?;
            if let Some(outcome) = outcome
                && let Err(refused) = settle(ticket, outcome).await
            {
                tracing::error!(error = %refused.chain(), "the outcome of an idempotency key could not be kept");
            }
            Ok(response)
        }
    }
}

/// Reads the key, and the body to tell this request from others under the same key.
async fn ticket(request: Request) -> Result<(Ticket, Request), Problem> {
    let key = IdempotencyKey::of(request.headers())?.ok_or(Fault::IdempotencyKeyRequired)?;
    let (parts, body) = request.into_parts();
    // Through the extractor, because it keeps to the route's body limit.
    let mut carrier = Request::new(body);
    carrier.extensions_mut().clone_from(&parts.extensions);
    let body = Bytes::from_request(carrier, &()).await.map_err(|rejection| unreadable(&rejection))?;
    let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
    let mut hash = Sha256::new();
    for field in [parts.method.as_str().as_bytes(), address.as_bytes(), &body] {
        hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(field);
    }
    let ticket = Ticket { key, fingerprint: hash.finalize().into() };
    Ok((ticket, Request::from_parts(parts, Body::from(body))))
}

/// What became of the request, by its answer. None when that cannot be told.
async fn outcome(response: Response) -> Result<(Response, Option<Outcome>), Problem> {
    let status = response.status();
    if status.is_client_error() {
        return Ok((response, Some(Outcome::Refused)));
    }
    if !status.is_success() {
        return Ok((response, None));
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER).await.map_err(|_| Unreadable)?;
    let instead = parts.extensions.remove::<KeptBody>();
    let kept = instead.as_ref().map_or(&*body, |KeptBody(kept)| kept);
    let kept = Answer::of(status, &parts.headers, kept).to_bytes();
    Ok((Response::from_parts(parts, Body::from(body)), kept.map(Outcome::Done)))
}

/// An answer as it is kept.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// An answer with something in it that is not given again: `shown` goes out once, and the same request under the same
/// key is answered with `kept`. A secret must not lie in the storage for a day, and a patient is shown while a job lasts.
#[derive(Debug)]
pub(crate) struct Instead<T> {
    /// What goes out now.
    pub(crate) shown: T,
    /// What is kept, without what is shown once.
    pub(crate) kept: T,
}

/// The body that is kept in place of the one that goes out.
#[derive(Debug, Clone)]
struct KeptBody(Vec<u8>);

impl<T: Serialize> IntoResponse for Instead<T> {
    fn into_response(self) -> Response {
        let kept = match serde_json::to_vec(&self.kept) {
            Ok(kept) => KeptBody(kept),
            Err(error) => return Problem::from(Fault::Unwritable(error)).into_response(),
        };
        let mut response = ApiJson(self.shown).into_response();
        response.extensions_mut().insert(kept);
        response
    }
}

/// An answer cannot be kept, or not be read again.
#[derive(Debug, thiserror::Error)]
#[error("an answer cannot be kept or read again")]
struct Unreadable;

impl Refusal for Unreadable {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

impl Answer {
    fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let kept =
            KEPT.iter().filter_map(|name| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned())));
        Self { status: status.as_u16(), headers: kept.collect(), body: STANDARD.encode(body) }
    }

    fn to_bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        serde_json::from_slice(bytes).map_err(|_| Unreadable)
    }

    fn replay(self) -> Response {
        let (Ok(status), Ok(body)) = (StatusCode::from_u16(self.status), STANDARD.decode(self.body)) else {
            return Problem::from(Unreadable).into_response();
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        let kept = self
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::try_from(value).ok()?)));
        headers.extend(kept.collect::<Vec<(HeaderName, HeaderValue)>>());
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}
