//! Forms (`application/x-www-form-urlencoded`), as OAuth sends its requests (RFC 6749 §3.2).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json::unreadable;
use crate::problem::{Fault, Problem};

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The most bytes of a form. None of ours needs nearly as many.
const MAX_BYTES: usize = 16 * 1024;

/// A form, read into a struct of optional texts.
///
/// As RFC 6749 §3.2 has it: a parameter without a value counts as left out, an unknown one is passed
/// over, and one that is given twice is refused, known or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiForm<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_form(request.headers()) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        if body.len() > MAX_BYTES {
            return Err(Fault::PayloadTooLarge.into());
        }
        parse(&body).map(Self)
    }
}

/// Whether the body says that it is a form; one is in UTF-8 without saying so.
fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().is_some_and(|kind| kind == FORM)
        && parts.all(|parameter| !parameter.starts_with("charset=") || parameter.replace('"', "") == "charset=utf-8")
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Fault::BadForm.into());
        }
    }
    parameters.retain(|_, value| !value.is_empty());
    let parameters = parameters.into_iter().map(|(name, value)| (name, Value::String(value)));
    serde_json::from_value(Value::Object(parameters.collect())).map_err(|_| Fault::BadForm.into())
}

#[cfg(test)]
mod tests {
    use rafiq_domain::refusal::ProblemCode;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        grant_type: Option<String>,
        scope: Option<String>,
    }

    fn read(body: &str) -> Result<Sample, ProblemCode> {
        parse(body.as_bytes()).map_err(|problem: Problem| problem.code())
    }

    fn sample(grant_type: Option<&str>, scope: Option<&str>) -> Sample {
        Sample { grant_type: grant_type.map(str::to_owned), scope: scope.map(str::to_owned) }
    }

    #[test]
    fn a_form_is_read_as_oauth_has_it() {
        for (body, expected) in [
            ("grant_type=client_credentials&scope=a+b%20c", sample(Some("client_credentials"), Some("a b c"))),
            ("scope=&grant_type=x", sample(Some("x"), None)),
            ("grant_type=x&unknown=1", sample(Some("x"), None)),
            ("scope=%F0%9F%98%80", sample(None, Some("😀"))),
            ("", sample(None, None)),
            ("&&=&", sample(None, None)),
        ] {
            assert_eq!(read(body), Ok(expected), "{body}");
        }
    }

    #[test]
    fn a_parameter_that_is_given_twice_is_refused() {
        for body in ["scope=a&scope=a", "scope=&scope=a", "unknown=1&unknown=2", "scope=a&%73cope=b"] {
            assert_eq!(read(body), Err(ProblemCode::InvalidRequest), "{body}");
        }
    }

    #[test]
    fn only_a_form_is_taken_for_one() {
        for (value, expected) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("application/x-www-form-urlencoded; charset=latin1", false),
            ("application/json", false),
            ("multipart/form-data", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]);
            assert_eq!(is_form(&headers), expected, "{value}");
        }
        assert!(!is_form(&HeaderMap::new()));
    }
}
