//! The one place that turns refusals into answers: problem details (RFC 9457).
//!
//! A handler returns `Result<_, Problem>` and `?` does the rest. A [`Problem`] leaves the handler
//! as a bare status that carries the refusal; the frame around the router ([`crate::layers`])
//! knows the request's id and language, and writes the body.

mod answers;
mod fault;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rafiq_app::Refused;
use rafiq_domain::cases::UnmetGate;
use rafiq_domain::refusal::{FieldError, ProblemCode, Reason, Refusal};
use rafiq_domain::vocabulary::{Coded, Language};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) use self::answers::{
    ChangeProblems, CreateProblems, DownloadProblems, PublicProblems, ReadProblems, SignInProblems, components,
};
pub(crate) use self::fault::Fault;
use crate::code::{Code, FieldCodeName, GateCode, ProblemCodeName, StrengthCode, TriggerCode};
use crate::extract::{ApiJson, ApiPath};
use crate::language::AnswerLanguage;

/// The media type of every self.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// How long to wait when the refusal does not know better.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Arc<Refused>);

impl<R: Into<Refused>> From<R> for Problem {
    fn from(refusal: R) -> Self {
        Self(Arc::new(refusal.into()))
    }
}

impl Deref for Problem {
    type Target = dyn Refusal;

    fn deref(&self) -> &Self::Target {
        &**self.0
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    /// The status that the refusal's meaning has in HTTP.
    pub(crate) fn status(&self) -> StatusCode {
        answers::answer(self.code().reason()).status
    }

    /// Logs a fault of ours, with its causes. Called once, at the edge, inside the request's span.
    pub(crate) fn log(&self) {
        match self.code().reason() {
            Reason::Internal => tracing::error!(error = %self.0.chain(), "the request failed"),
            Reason::Unavailable => tracing::warn!(error = %self.0.chain(), "the request could not be served"),
            Reason::Malformed
            | Reason::WrongFormat
            | Reason::TooLarge
            | Reason::WrongMethod
            | Reason::Invalid
            | Reason::NotFound
            | Reason::Forbidden
            | Reason::Unauthenticated
            | Reason::Conflict
            | Reason::Stale
            | Reason::Unconditional
            | Reason::TooMany => {}
        }
    }

    /// The answer in the caller's language. A fault of ours tells its title and the request's id only.
    pub(crate) fn render(&self, language: Language, request_id: Uuid) -> Response {
        let status = self.status();
        let body = serde_json::to_vec(&self.body(language, request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if let Some(challenge) = challenge(self.code()) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            let wait = self.retry_after().unwrap_or(DEFAULT_WAIT);
            headers
                .insert(RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)));
        }
        response
    }

    fn body(&self, language: Language, request_id: Uuid) -> ProblemView {
        let code = self.code();
        let told = code.reason() != Reason::Internal;
        ProblemView {
            kind: address(code),
            title: code.label(language),
            status: self.status().as_u16(),
            detail: self.detail(language).filter(|_| told),
            instance: format!("urn:uuid:{request_id}"),
            code: Code(code),
            error: is_of_oauth(code).then(|| code.code()),
            errors: self.fields().into_iter().map(|field| FieldErrorView::of(field, language)).collect(),
            unmet_gates: self.unmet().into_iter().map(|gate| UnmetGateView::of(gate, language)).collect(),
            legal_triggers: self.legal().into_iter().map(Code).collect(),
        }
    }
}

/// How a caller who is not known, or whose token has not the scope, is asked to come back (RFC 9110 §11.6.1, RFC 6750 §3).
fn challenge(code: ProblemCode) -> Option<&'static str> {
    match (code, code.reason()) {
        (ProblemCode::InsufficientScope, _) => Some("Bearer error=\"insufficient_scope\""),
        // Of the ways to prove itself as a client, the one that has a scheme of HTTP.
        (ProblemCode::InvalidClient, _) => Some("Basic realm=\"rafiq\""),
        (_, Reason::Unauthenticated) => Some("Bearer"),
        _ => None,
    }
}

/// Whether a code is one that OAuth gives the same name (RFC 6749 §5.2).
const fn is_of_oauth(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::InvalidClient
            | ProblemCode::InvalidRequest
            | ProblemCode::InvalidScope
            | ProblemCode::UnsupportedGrantType
    )
}

/// The address that explains a code.
fn address(code: ProblemCode) -> String {
    format!("/problems/{code}")
}

/// Why a request was refused (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView {
    /// The address that explains the code, relative to this server.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/not_found")]
    kind: String,
    /// The explanation of the code, in the caller's language.
    #[schema(value_type = String, example = "There is no such resource")]
    title: &'static str,
    /// The status of this answer, repeated.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    status: u16,
    /// What is particular to this refusal, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// The id of the request, as in `x-request-id`.
    #[schema(format = "uri", example = "urn:uuid:019ab000-0000-7000-8000-000000000000")]
    instance: String,
    /// The stable code, to act upon.
    code: ProblemCodeName,
    /// The code again under the name of OAuth (RFC 6749 §5.2), where a client asked for a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "invalid_client")]
    error: Option<&'static str>,
    /// Every wrong place of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldErrorView>,
    /// Every gate that is still shut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unmet_gates: Vec<UnmetGateView>,
    /// The triggers that would be legal now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    legal_triggers: Vec<TriggerCode>,
}

/// One wrong place of the input.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub(crate) struct FieldErrorView {
    /// JSON pointer (RFC 6901) into the body; for a query parameter, a slash and its name.
    #[schema(example = "/birth_date")]
    pointer: String,
    /// The stable code, to act upon.
    code: FieldCodeName,
    /// What is wrong there, in the caller's language.
    #[schema(value_type = String, example = "is required")]
    detail: &'static str,
}

impl FieldErrorView {
    fn of(field: FieldError, language: Language) -> Self {
        Self { pointer: field.pointer, code: Code(field.code), detail: field.code.label(language) }
    }
}

/// A gate that is still shut.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnmetGate)]
pub(crate) struct UnmetGateView {
    /// The stable code, to act upon.
    gate: GateCode,
    /// Whether it may be overridden with a reason.
    strength: StrengthCode,
    /// What must hold, in the caller's language.
    #[schema(value_type = String)]
    detail: &'static str,
    /// What is missing for it, as names of fields, confirmations and records.
    #[schema(value_type = Vec<String>)]
    missing: Vec<&'static str>,
}

impl UnmetGateView {
    fn of(unmet: UnmetGate, language: Language) -> Self {
        Self {
            gate: Code(unmet.gate),
            strength: Code(unmet.strength),
            detail: unmet.gate.label(language),
            missing: unmet.missing,
        }
    }
}

/// What a problem code means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemExplanation {
    /// The address of this explanation, as in the `type` of a problem.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/not_found")]
    kind: String,
    /// The code.
    code: ProblemCodeName,
    /// What it means, in the caller's language.
    #[schema(value_type = String, example = "There is no such resource")]
    title: &'static str,
    /// The status of answers with this code.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    status: u16,
}

/// Explain a problem code
///
/// Answers in the language of `Accept-Language`. This is the address in a problem's `type`.
#[utoipa::path(
    get,
    path = "/problems/{code}",
    tag = "problems",
    params(("code" = String, Path, description = "The code of a problem.", example = "not_found")),
    responses((status = 200, description = "What the code means.", body = ProblemExplanation), PublicProblems),
    security(())
)]
async fn explain_problem(
    ApiPath(code): ApiPath<ProblemCodeName>,
    AnswerLanguage(language): AnswerLanguage,
) -> impl IntoResponse {
    let Code(code) = code;
    let status = answers::answer(code.reason()).status.as_u16();
    let explanation = ProblemExplanation { kind: address(code), code: Code(code), title: code.label(language), status };
    ([(CONTENT_LANGUAGE, language.tag())], ApiJson(explanation))
}

/// The address that explains problems.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(explain_problem))
}
