//! The headers that carry meaning: versions (RFC 9110 §13) and idempotency keys.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rafiq_domain::paging::{Stale, Version};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::ApiJson;
use crate::problem::{Fault, Problem};

/// The version that the caller's change is based on, from `If-Match: "v7"`.
///
/// Absent answers 428, and so does `*`: it names no version, and would let one change silently
/// undo another. A tag that can match nothing of ours (weak, or of another form) answers 412. What
/// is no entity tag at all, or more than one, answers 400. In the document: `params(IfMatch)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Version);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = single(&parts.headers, &IF_MATCH, "if-match")? else {
            return Err(Fault::VersionRequired.into());
        };
        if value == "*" {
            return Err(Fault::VersionRequired.into());
        }
        let (weak, tag) = value.strip_prefix("W/").map_or((false, value), |tag| (true, tag));
        let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).filter(|tag| !tag.contains('"'));
        let tag = tag.ok_or(Fault::BadHeader("if-match"))?;
        let number = tag.strip_prefix('v').filter(|digits| !digits.starts_with(['+', '0']) && !weak);
        number.and_then(|digits| digits.parse().ok()).map(|version| Self(Version(version))).ok_or_else(|| Stale.into())
    }
}

impl IntoParams for IfMatch {
    fn into_params(_parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header("If-Match", "The version that the change is based on: the `ETag` of what was read.", "\"v7\"")]
    }
}

/// A view with the version that it shows, answered as the strong `ETag` to send back in `If-Match`.
#[derive(Debug)]
pub(crate) struct Versioned<T>(pub(crate) Version, pub(crate) T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        Tagged(self.0, ApiJson(self.1)).into_response()
    }
}

/// Any answer with the version of what it shows.
#[derive(Debug)]
pub(crate) struct Tagged<R>(pub(crate) Version, pub(crate) R);

impl<R: IntoResponse> IntoResponse for Tagged<R> {
    fn into_response(self) -> Response {
        let Self(Version(number), answer) = self;
        ([(ETAG, format!("\"v{number}\""))], answer).into_response()
    }
}

/// 201 with the address of what was made: `Created(format!("/api/v1/cases/{id}"), Versioned(…))`.
#[derive(Debug)]
pub(crate) struct Created<R>(pub(crate) String, pub(crate) R);

impl<R: IntoResponse> IntoResponse for Created<R> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(LOCATION, self.0)], self.1).into_response()
    }
}

/// The key under which a request may be repeated without being done twice (IETF draft
/// Idempotency-Key): 1 to 255 visible ASCII characters, plain or as a quoted string (RFC 9651).
///
/// As an argument it is required (400 when absent); as `Option<IdempotencyKey>` it is not. In the
/// document: `params(IdempotencyKey)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(String);

/// The header's name.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl IdempotencyKey {
    /// The key without its quotes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the key of a request, if it carries one.
    ///
    /// # Errors
    /// 400 when the header is there but not of its form.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = single(headers, &IDEMPOTENCY_KEY, "idempotency-key")? else { return Ok(None) };
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let key = match quoted {
            Some(text) => unescape(text),
            None => Some(value.to_owned()),
        };
        let key = key.filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
        key.map(|key| Some(Self(key))).ok_or_else(|| Fault::BadHeader("idempotency-key").into())
    }
}

/// Takes the backslashes out of a quoted string; none when it is not well-formed.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => plain.push(letters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            other => plain.push(other),
        }
    }
    Some(plain)
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::of(&parts.headers)?.ok_or_else(|| Fault::IdempotencyKeyRequired.into())
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        Self::of(&parts.headers)
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let meaning = "A key of the caller's own making, 1 to 255 visible ASCII characters. The same request with the same key \
                       is done once and answered alike for 24 hours.";
        vec![header("Idempotency-Key", meaning, "8e03978e-40d5-43e8-bc93-6894a57f9324")]
    }
}

/// How the document describes a header that an operation requires.
fn header(name: &str, meaning: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(meaning))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some(example.into()))
        .build()
}

/// The value of a header that may stand once only.
fn single<'a>(headers: &'a HeaderMap, header: &HeaderName, name: &'static str) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => text(value).map(Some).ok_or(Fault::BadHeader(name)),
        (Some(_), Some(_)) => Err(Fault::BadHeader(name)),
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rafiq_domain::refusal::ProblemCode;

    use super::*;

    async fn if_match(value: Option<&str>) -> Result<Version, ProblemCode> {
        let mut request = Request::new(());
        request.headers_mut().extend(value.map(|value| (IF_MATCH, value.parse().unwrap())));
        let (mut parts, ()) = request.into_parts();
        let taken = IfMatch::from_request_parts(&mut parts, &()).await;
        taken.map(|IfMatch(version)| version).map_err(|problem| problem.code())
    }

    #[tokio::test]
    async fn a_change_names_exactly_one_version_of_ours() {
        for (value, expected) in [
            (Some("\"v7\""), Ok(Version(7))),
            (Some(" \"v7\" "), Ok(Version(7))),
            (None, Err(ProblemCode::VersionRequired)),
            (Some("*"), Err(ProblemCode::VersionRequired)),
            (Some("W/\"v7\""), Err(ProblemCode::StaleVersion)),
            (Some("\"7\""), Err(ProblemCode::StaleVersion)),
            (Some("\"v+7\""), Err(ProblemCode::StaleVersion)),
            (Some("\"v07\""), Err(ProblemCode::StaleVersion)),
            (Some("\"v99999999999\""), Err(ProblemCode::StaleVersion)),
            (Some("\"\""), Err(ProblemCode::StaleVersion)),
            (Some("v7"), Err(ProblemCode::BadHeader)),
            (Some("\"v7\", \"v8\""), Err(ProblemCode::BadHeader)),
            (Some(""), Err(ProblemCode::BadHeader)),
        ] {
            assert_eq!(if_match(value).await, expected, "{value:?}");
        }
    }

    #[test]
    fn an_idempotency_key_is_plain_or_quoted() {
        let key = |value: &str| {
            let headers = HeaderMap::from_iter([(IDEMPOTENCY_KEY, value.parse().unwrap())]);
            IdempotencyKey::of(&headers).map(|key| key.map(|key| key.0)).map_err(|problem| problem.code())
        };
        let longest = "k".repeat(255);
        for (value, expected) in
            [("8e03978e-40d5", "8e03978e-40d5"), ("\"a\\\"b\"", "a\"b"), (longest.as_str(), longest.as_str())]
        {
            assert_eq!(key(value), Ok(Some(expected.to_owned())), "{value}");
        }
        for value in ["", "\"\"", "two words", "\"a\"b\"", "\"a\\x\"", &"k".repeat(256)] {
            assert_eq!(key(value), Err(ProblemCode::BadHeader), "{value}");
        }
        assert_eq!(IdempotencyKey::of(&HeaderMap::new()).unwrap(), None);
    }
}
