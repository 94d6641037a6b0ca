//! How a client proves itself in a request: one way of three, and never two at once (RFC 6749 §2.3).

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rafiq_app::App;
use rafiq_app::clients::entry::{Approach, Assertion, InvalidClient, Shown};

use crate::address::ClientAddress;
use crate::client_assertion::{ASSERTION_TYPE, ClientAssertion};
use crate::layers::RequestId;
use crate::problem::{Fault, Problem};

/// The path of the token endpoint; below the public address it is the audience of assertions.
pub(crate) const TOKEN_PATH: &str = "/api/v1/oauth/token";

/// The parameters by which a client proves itself.
#[derive(Debug, Default)]
pub(super) struct Authentication {
    pub(super) client: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) assertion_type: Option<String>,
    pub(super) assertion: Option<String>,
}

/// What a client presented.
#[derive(Debug)]
pub(super) enum Presented {
    Assertion(ClientAssertion),
    Secret(Secret),
}

/// A name with a secret; never printed.
pub(super) struct Secret {
    name: String,
    secret: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

impl Presented {
    /// Reads what is presented, in the header or in the form.
    ///
    /// # Errors
    /// `invalid_request` for more than one way or half of one, `invalid_client` for none and for what cannot be read.
    pub(super) fn of(form: Authentication, headers: &HeaderMap, app: &App) -> Result<Self, Problem> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (header, second) = (values.next(), values.next());
        let asserts = form.assertion.is_some() || form.assertion_type.is_some();
        let ways = [header.is_some(), asserts, form.secret.is_some()];
        if second.is_some() || ways.into_iter().filter(|shown| *shown).count() > 1 {
            return Err(Fault::BadForm.into());
        }
        match (header, asserts, form.secret) {
            (Some(header), ..) => {
                basic(header).filter(|shown| fits(form.client.as_deref(), &shown.name)).map(Self::Secret)
            }
            (None, true, _) => {
                let (Some(kind), Some(text)) = (form.assertion_type, form.assertion) else {
                    return Err(Fault::BadForm.into());
                };
                let read = (kind == ASSERTION_TYPE).then(|| assertion(&text, app)).flatten();
                read.filter(|read| fits(form.client.as_deref(), read.client())).map(Self::Assertion)
            }
            (None, false, Some(secret)) => {
                let name = form.client.ok_or(Fault::BadForm)?;
                Some(Self::Secret(Secret { name, secret }))
            }
            (None, false, None) => None,
        }
        .ok_or_else(|| InvalidClient.into())
    }

    /// The same as someone at the door.
    pub(super) fn approach(&self, ClientAddress(address): ClientAddress, request_id: RequestId) -> Approach<'_> {
        let shown = match self {
            Self::Assertion(assertion) => Shown::Assertion(assertion),
            Self::Secret(shown) => Shown::Secret(&shown.name, &shown.secret),
        };
        Approach { shown, address, request_id: Some(request_id.0) }
    }
}

/// Whether the client that a request names beside its proof is the one of the proof (RFC 7521 §4.2).
fn fits(named: Option<&str>, shown: &str) -> bool {
    named.is_none_or(|named| named == shown)
}

fn assertion(text: &str, app: &App) -> Option<ClientAssertion> {
    let audience = format!("{}{TOKEN_PATH}", app.public_url().trim_end_matches('/'));
    let read = ClientAssertion::read(text, &audience, app.now());
    read.inspect_err(|fault| tracing::info!(reason = %fault, "a client was turned away")).ok()
}

/// Name and secret of `Authorization: Basic …` (RFC 6749 §2.3.1): each encoded as in a form, then both as RFC 7617 has it.
fn basic(header: &HeaderValue) -> Option<Secret> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim_start()).ok()?;
    let (name, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let shown = Secret { name: from_form(name)?, secret: from_form(secret)? };
    scheme.eq_ignore_ascii_case("basic").then_some(shown)
}

/// A text that was encoded as one value of a form.
fn from_form(text: &str) -> Option<String> {
    let mut parts = form_urlencoded::parse(text.as_bytes());
    let (decoded, rest) = parts.next()?;
    (rest.is_empty() && parts.next().is_none() && !text.contains('=')).then(|| decoded.into_owned())
}

/// Whether a request shows a bearer token, good or not.
pub(super) fn bears_token(headers: &HeaderMap) -> bool {
    let schemes = headers.get_all(AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()?.split(' ').next());
    let mut bearers = schemes.filter(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    bearers.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<(String, String)> {
        basic(&header.parse().unwrap()).map(|shown| (shown.name, shown.secret))
    }

    fn encoded(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn a_name_and_a_secret_are_read_from_the_header() {
        let expected = Some(("his@bosphorus".to_owned(), "a_b-c".to_owned()));
        assert_eq!(read(&encoded("his%40bosphorus:a_b-c")), expected);
        assert_eq!(read(&encoded("his@bosphorus:a_b-c")), expected);
        assert_eq!(read(&encoded("his@bosphorus:a_b-c").replace("Basic", "bAsIc")), expected);
    }

    #[test]
    fn what_is_no_name_with_a_secret_is_not_read() {
        for header in ["Basic", "Basic !", "Bearer abc", &encoded("no-colon"), &encoded("a=b:c"), &encoded("a&b:c")] {
            assert_eq!(read(header), None, "{header}");
        }
        assert_eq!(read(&encoded(":secret")), None);
    }

    #[test]
    fn a_bearer_is_known_by_the_scheme_alone() {
        for (value, expected) in [("Bearer abc", true), ("bearer", true), ("Basic abc", false), ("Bearers abc", false)]
        {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bears_token(&headers), expected, "{value}");
        }
    }
}
