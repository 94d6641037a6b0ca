//! JSON bodies, and what serde says about wrong ones turned into field errors.

use std::error::Error;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use rafiq_domain::refusal::{FieldCode, FieldError, Invalid};
use rafiq_domain::vocabulary::Coded;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};

use super::{MARK, step};
use crate::problem::{Fault, Problem};

/// How deep arrays and objects of a body may nest. Deeper ones are attacks, not requests.
const MAX_DEPTH: usize = 64;

/// A JSON body, in or out.
///
/// On the way in the struct denies unknown fields; serde's derive refuses a field given twice. The
/// first wrong type is answered alone (serde stops there); all else that is wrong is for the
/// struct's own conversion into domain types, which collects every wrong place.
///
/// A body is an object: serde's derive would also read a struct from an array of its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for ApiJson<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => Problem::from(Fault::Unwritable(error)).into_response(),
        }
    }
}

/// Whether the body says that it is JSON in UTF-8, plainly or in a dialect (`…+json`).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let media_type = parts.next().unwrap_or_default();
    let json =
        media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    json && parts.all(|parameter| !parameter.starts_with("charset=") || parameter.replace('"', "") == "charset=utf-8")
}

/// Why the bytes of a body did not arrive.
pub(crate) fn unreadable(rejection: &BytesRejection) -> Problem {
    if matches!(rejection, BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) {
        Fault::PayloadTooLarge.into()
    } else {
        Fault::MalformedJson { line: 0, column: 0 }.into()
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if depth(body) > MAX_DEPTH {
        return Err(Fault::TooDeep.into());
    }
    if body.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<IgnoredAny>(body).map_err(|error| malformed(&error))?;
        return Err(Invalid::at("", FieldCode::WrongType).into());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|failure| {
        let error = failure.inner();
        if error.is_data() {
            Invalid(vec![field_error(failure.path(), &error.to_string())]).into()
        } else {
            Problem::from(malformed(error))
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Fault {
    Fault::MalformedJson { line: error.line(), column: error.column() }
}

/// How deep the brackets of a JSON text nest, strings left aside.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The wrong parameter of a query.
pub(super) fn query_error(failure: &(dyn Error + 'static)) -> FieldError {
    let mut cause = Some(failure);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<serde_path_to_error::Error<serde::de::value::Error>>() {
            return field_error(error.path(), &error.inner().to_string());
        }
        cause = error.source();
    }
    FieldError { pointer: String::new(), code: FieldCode::Malformed }
}

/// Turns serde's words about a value into its place and our code. The words of serde and of its
/// derive are an interface of theirs only by custom: the tests below hold every one that is read.
fn field_error(path: &Path, message: &str) -> FieldError {
    let mut pointer = pointer(path);
    let (code, missing) = code(message);
    if let Some(name) = missing {
        step(&mut pointer, name);
    }
    FieldError { pointer, code }
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => step(&mut pointer, index),
            Segment::Map { key } => step(&mut pointer, key),
            Segment::Enum { variant } => step(&mut pointer, variant),
            Segment::Unknown => break,
        }
    }
    pointer
}

/// The code that a message stands for, and the field's name where the path stops short of it.
fn code(message: &str) -> (FieldCode, Option<&str>) {
    let name = message.split('`').nth(1);
    if let Some(own) = message.strip_prefix(MARK) {
        let own = own.split_whitespace().next().and_then(FieldCode::from_code);
        return (own.unwrap_or(FieldCode::Malformed), None);
    }
    let begins = |beginning| message.starts_with(beginning);
    if begins("missing field") {
        (FieldCode::Required, name)
    } else if begins("duplicate field") {
        (FieldCode::Duplicate, name)
    } else if begins("unknown field") {
        (FieldCode::Unknown, None)
    } else if begins("unknown variant") {
        (FieldCode::UnknownCode, None)
    } else if begins("invalid type: null") {
        (FieldCode::Required, None)
    } else if begins("invalid type") || begins("invalid length") {
        (FieldCode::WrongType, None)
    } else if begins("invalid value: integer") {
        (FieldCode::OutOfRange, None)
    } else {
        (FieldCode::Malformed, None)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use rafiq_domain::refusal::ProblemCode;
    use serde::Deserialize;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::code::ProblemCodeName;
    use crate::extract::given;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Sample {
        name: String,
        age: Option<u8>,
        born_on: Option<NaiveDate>,
        seen_at: Option<DateTime<Utc>>,
        id: Option<Uuid>,
        code: Option<ProblemCodeName>,
        #[serde(default, deserialize_with = "given")]
        nickname: Option<String>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Part {
        size: i64,
    }

    fn refusal_of(body: &str) -> Problem {
        parse::<Sample>(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn each_kind_of_wrong_value_is_named_at_its_place() {
        for (body, pointer, code) in [
            (r#"{"name":"a","colour":1}"#, "/colour", FieldCode::Unknown),
            (r#"{"name":"a","a/b~c":1}"#, "/a~1b~0c", FieldCode::Unknown),
            ("{}", "/name", FieldCode::Required),
            (r#"{"name":null}"#, "/name", FieldCode::Required),
            (r#"{"name":"a","nickname":null}"#, "/nickname", FieldCode::Required),
            (r#"{"name":"a","name":"b"}"#, "/name", FieldCode::Duplicate),
            (r#"{"name":1}"#, "/name", FieldCode::WrongType),
            (r#"{"name":"a","age":300}"#, "/age", FieldCode::OutOfRange),
            (r#"{"name":"a","age":1.5}"#, "/age", FieldCode::WrongType),
            (r#"{"name":"a","born_on":"2025-02-30"}"#, "/born_on", FieldCode::Malformed),
            (r#"{"name":"a","seen_at":"yesterday"}"#, "/seen_at", FieldCode::Malformed),
            (r#"{"name":"a","id":"7"}"#, "/id", FieldCode::Malformed),
            (r#"{"name":"a","code":"nonsense"}"#, "/code", FieldCode::UnknownCode),
            (r#"{"name":"a","code":7}"#, "/code", FieldCode::WrongType),
            (r#"{"name":"a","parts":[{"size":1},{"size":"x"}]}"#, "/parts/1/size", FieldCode::WrongType),
            (r#"{"name":"a","parts":[{}]}"#, "/parts/0/size", FieldCode::Required),
            (r#"{"name":"a","parts":[{"size":1,"size":1}]}"#, "/parts/0/size", FieldCode::Duplicate),
            (r#"{"name":"a","parts":[[]]}"#, "/parts/0", FieldCode::WrongType),
            (r#"["a"]"#, "", FieldCode::WrongType),
            ("null", "", FieldCode::WrongType),
        ] {
            let problem = refusal_of(body);
            assert_eq!(problem.fields(), [FieldError { pointer: pointer.to_owned(), code }], "{body}");
            assert_eq!(problem.code(), ProblemCode::InvalidInput);
        }
    }

    #[test]
    fn text_that_is_not_json_is_malformed() {
        for body in [
            "",
            "{",
            "{\"name\":\"a\"} x",
            "{'name':1}",
            "{\"name\":\"\u{1}\"}",
            "nul",
            "{\"name\":\"a\",\"age\":1e999}",
        ] {
            assert_eq!(refusal_of(body).code(), ProblemCode::MalformedJson, "{body}");
        }
        assert_eq!(parse::<Sample>(b"{\"name\":\"\xff\"}").unwrap_err().code(), ProblemCode::MalformedJson);
    }

    #[test]
    fn nesting_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(parse::<serde_json::Value>(nested(MAX_DEPTH).as_bytes()).is_ok());
        let refused = parse::<serde_json::Value>(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
        assert_eq!(refused.code(), ProblemCode::MalformedJson);
        let text = json!({ "a": format!("\\\"{}", "[{".repeat(MAX_DEPTH)) }).to_string();
        assert!(parse::<serde_json::Value>(text.as_bytes()).is_ok());
    }

    #[test]
    fn only_json_in_utf_8_is_taken_for_json() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/merge-patch+json", true),
            ("application/json; charset=latin1", false),
            ("text/json", false),
            ("application/jsonx", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
