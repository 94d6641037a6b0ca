//! Which status a refusal's meaning has in HTTP, and how the document describes it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rafiq_domain::refusal::Reason;
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::PROBLEM_JSON;

/// How HTTP and the document speak of a reason.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    name: &'static str,
    description: &'static str,
    /// The header that goes with the status, and what it says.
    header: Option<(&'static str, &'static str)>,
}

/// The table of statuses. Nothing else in the product turns a meaning into a status.
pub(super) fn answer(reason: Reason) -> Answer {
    let (status, name, description) = match reason {
        Reason::Malformed => (400, "BadRequest", "The request cannot be read."),
        Reason::Unauthenticated => (401, "Unauthorized", "The caller is not known."),
        Reason::Forbidden => (403, "Forbidden", "The caller may see this but not do it."),
        Reason::NotFound => (404, "NotFound", "There is no such thing, or the caller may not know of it."),
        Reason::WrongMethod => (405, "MethodNotAllowed", "The address does not know the method."),
        Reason::Conflict => (409, "Conflict", "The present state of things does not allow it."),
        Reason::Stale => (412, "PreconditionFailed", "Someone changed it in the meantime."),
        Reason::TooLarge => (413, "ContentTooLarge", "The body is larger than is accepted."),
        Reason::WrongFormat => (415, "UnsupportedMediaType", "The format of the body is not accepted."),
        Reason::Invalid => {
            (422, "UnprocessableContent", "Some of the input is not valid; every wrong place is listed.")
        }
        Reason::Unconditional => (428, "PreconditionRequired", "`If-Match` is missing."),
        Reason::TooMany => (429, "TooManyRequests", "Too many attempts."),
        Reason::Internal => (500, "InternalServerError", "A fault of this server."),
        Reason::Unavailable => (503, "ServiceUnavailable", "Cannot be served now; try again."),
    };
    let header = match reason {
        Reason::Unauthenticated => Some(("WWW-Authenticate", "How to authenticate.")),
        Reason::TooMany | Reason::Unavailable => Some(("Retry-After", "Seconds to wait before trying again.")),
        Reason::WrongMethod => Some(("Allow", "The methods that the address knows.")),
        Reason::Malformed
        | Reason::Forbidden
        | Reason::NotFound
        | Reason::Conflict
        | Reason::Stale
        | Reason::TooLarge
        | Reason::WrongFormat
        | Reason::Invalid
        | Reason::Unconditional
        | Reason::Internal => None,
    };
    Answer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        name,
        description,
        header,
    }
}

impl Answer {
    fn describe(&self) -> Response {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(self.description).content(PROBLEM_JSON, body);
        let Some((name, meaning)) = self.header else { return response.build() };
        let text = ObjectBuilder::new().schema_type(Type::String);
        response.header(name, HeaderBuilder::new().schema(Some(text)).description(Some(meaning)).build()).build()
    }
}

/// What any operation may answer.
const ANY: [Reason; 5] = [Reason::Malformed, Reason::NotFound, Reason::TooMany, Reason::Internal, Reason::Unavailable];
/// What an operation behind the sign-in adds.
const KNOWN_CALLER: [Reason; 2] = [Reason::Unauthenticated, Reason::Forbidden];
/// What an operation with a body adds.
const WITH_BODY: [Reason; 3] = [Reason::TooLarge, Reason::WrongFormat, Reason::Invalid];
/// What a change of an existing thing adds.
const CONDITIONAL: [Reason; 2] = [Reason::Stale, Reason::Unconditional];

/// The named answers that operations refer to, for the document's components.
pub(crate) fn components() -> impl Iterator<Item = (&'static str, Response)> {
    let other = [Reason::Conflict];
    let reasons = ANY.into_iter().chain(KNOWN_CALLER).chain(WITH_BODY).chain(CONDITIONAL).chain(other);
    reasons.map(answer).map(|answer| (answer.name, answer.describe()))
}

macro_rules! problem_sets {
    ($($(#[$doc:meta])+ $name:ident: $($reasons:expr),+;)+) => {$(
        $(#[$doc])+
        #[derive(Debug)]
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let reasons = [$($reasons.as_slice()),+].concat();
                let refer = |answer: Answer| (answer.status.as_str().to_owned(), Ref::from_response_name(answer.name).into());
                reasons.into_iter().map(answer).map(refer).collect()
            }
        }
    )+};
}

problem_sets! {
    /// The refusals of an operation open to all that reads.
    PublicProblems: ANY;
    /// The refusals of an operation that takes credentials in its body.
    SignInProblems: ANY, [Reason::Unauthenticated], WITH_BODY;
    /// The refusals of an operation that reads.
    ReadProblems: ANY, KNOWN_CALLER;
    /// The refusals of an operation that hands out what was agreed to.
    DownloadProblems: ANY, KNOWN_CALLER, [Reason::Conflict];
    /// The refusals of an operation that creates or commands.
    CreateProblems: ANY, KNOWN_CALLER, WITH_BODY, [Reason::Conflict];
    /// The refusals of an operation that changes what exists, under `If-Match`.
    ChangeProblems: ANY, KNOWN_CALLER, WITH_BODY, [Reason::Conflict], CONDITIONAL;
}
