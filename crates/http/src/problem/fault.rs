//! Refusals that only the transport knows: the request did not get as far as a use case.

use axum::http::StatusCode;
use rafiq_domain::refusal::{FieldError, ProblemCode, Refusal};
use rafiq_domain::vocabulary::Language;

/// What went wrong before, around or instead of a use case.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The body is not JSON, or breaks off.
    #[error("malformed JSON at line {line}, column {column}")]
    MalformedJson {
        /// The line of the first fault, from 1; 0 when the body could not be read.
        line: usize,
        /// The column of the first fault, from 1.
        column: usize,
    },
    /// The body nests deeper than 64 levels.
    #[error("JSON nested too deeply")]
    TooDeep,
    /// The path holds bytes that are not text.
    #[error("malformed path")]
    BadPath,
    /// Query parameters are unknown, missing or wrong.
    #[error("{} wrong query parameter(s)", .0.len())]
    BadQuery(Vec<FieldError>),
    /// The named header does not have the form its standard gives it.
    #[error("malformed header {0}")]
    BadHeader(&'static str),
    /// The body is not of the format that the operation takes.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// The body is larger than the operation takes.
    #[error("body too large")]
    PayloadTooLarge,
    /// The address does not know the method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The address leads nowhere.
    #[error("no such address")]
    NoSuchAddress,
    /// The request names no version to change.
    #[error("no version named")]
    VersionRequired,
    /// The operation must be repeatable, and the request carries no key for it.
    #[error("no idempotency key")]
    IdempotencyKeyRequired,
    /// The caller is not known.
    #[error("no credentials")]
    Unauthenticated,
    /// A form lacks a parameter, has one twice, or shows more than one proof (RFC 6749 §5.2).
    #[error("malformed form")]
    BadForm,
    /// A token is asked for in a way that is not offered.
    #[error("unsupported grant type")]
    UnsupportedGrantType,
    /// The answer was not ready in time.
    #[error("timed out")]
    TimedOut,
    /// More requests at once than are served.
    #[error("too many requests at once")]
    Overloaded,
    /// A handler panicked. The panic hook has said where.
    #[error("a handler panicked")]
    Panicked,
    /// A handler reads a part that its address does not have.
    #[error("the address lacks a part that the handler reads")]
    MissingPart,
    /// A view could not be written.
    #[error("an answer could not be written")]
    Unwritable(#[source] serde_json::Error),
    /// A component below answered an error of its own.
    #[error("a component answered {0}")]
    Foreign(StatusCode),
}

impl Fault {
    /// The fault behind an error status that something below our handlers answered.
    pub(crate) fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NoSuchAddress,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::BAD_REQUEST => Self::BadPath,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Self::TimedOut,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            other => Self::Foreign(other),
        }
    }
}

impl Refusal for Fault {
    fn code(&self) -> ProblemCode {
        match self {
            Self::MalformedJson { .. } | Self::TooDeep => ProblemCode::MalformedJson,
            Self::BadPath => ProblemCode::BadPath,
            Self::BadQuery(_) => ProblemCode::BadQuery,
            Self::BadHeader(_) => ProblemCode::BadHeader,
            Self::UnsupportedMediaType => ProblemCode::UnsupportedMediaType,
            Self::PayloadTooLarge => ProblemCode::PayloadTooLarge,
            Self::MethodNotAllowed => ProblemCode::MethodNotAllowed,
            Self::NoSuchAddress => ProblemCode::NotFound,
            Self::VersionRequired => ProblemCode::VersionRequired,
            Self::IdempotencyKeyRequired => ProblemCode::IdempotencyKeyRequired,
            Self::Unauthenticated => ProblemCode::Unauthenticated,
            Self::BadForm => ProblemCode::InvalidRequest,
            Self::UnsupportedGrantType => ProblemCode::UnsupportedGrantType,
            Self::TimedOut => ProblemCode::RequestTimeout,
            Self::Overloaded => ProblemCode::Unavailable,
            Self::Panicked | Self::MissingPart | Self::Unwritable(_) | Self::Foreign(_) => ProblemCode::Internal,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        if let Self::BadQuery(fields) = self { fields.clone() } else { Vec::new() }
    }

    fn detail(&self, language: Language) -> Option<String> {
        match (self, language) {
            (Self::MalformedJson { line: 0, .. }, _) => None,
            (Self::MalformedJson { line, column }, Language::English) => Some(format!("Line {line}, column {column}")),
            (Self::MalformedJson { line, column }, Language::Arabic) => Some(format!("السطر {line}، العمود {column}")),
            (Self::MalformedJson { line, column }, Language::Turkish) => Some(format!("Satır {line}, sütun {column}")),
            (Self::TooDeep, Language::English) => Some("It is nested too deeply".to_owned()),
            (Self::TooDeep, Language::Arabic) => Some("مستويات التداخل أكثر من المسموح".to_owned()),
            (Self::TooDeep, Language::Turkish) => Some("İç içe geçme düzeyi çok fazla".to_owned()),
            (Self::BadHeader(name), _) => Some((*name).to_owned()),
            _ => None,
        }
    }
}
