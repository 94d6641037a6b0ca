//! A small client of our own interface, as a partner would write one.

use anyhow::Context as _;
use axum::body::Bytes;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rafiq_domain::ids::Ids as _;
use serde_json::Value;

use crate::assembly::SystemIds;

/// Someone who uses the interface: an address and, once signed in, a token.
#[derive(Debug, Clone)]
pub(super) struct Person {
    http: Client<HttpConnector, Full<Bytes>>,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) body: Value,
    etag: Option<String>,
}

impl Answer {
    /// A text of the answer, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> anyhow::Result<String> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        Ok(found.with_context(|| format!("the answer has no text at {pointer}"))?.to_owned())
    }

    /// The id that the answer begins with.
    pub(super) fn id(&self) -> anyhow::Result<String> {
        self.text("/id")
    }
}

impl Person {
    /// Signs in.
    pub(super) async fn sign_in(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let http = Client::builder(TokioExecutor::new()).build_http();
        let stranger = Self { http, base: base.to_owned(), token: None };
        let body = serde_json::json!({ "login": login, "password": password });
        let tokens =
            stranger.post("/api/v1/sessions", body).await.with_context(|| format!("{login} cannot sign in"))?;
        Ok(Self { token: Some(tokens.text("/access_token")?), ..stranger })
    }

    /// Reads something.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, None).await
    }

    /// Creates something, or reports something new.
    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, None, Some(body)).await
    }

    /// Changes something: reads it at `of` for its version first, as a client with a fresh screen would.
    pub(super) async fn change(&self, of: &str, method: Method, path: &str, body: Value) -> anyhow::Result<Answer> {
        let seen = self.get(of).await?;
        let version = seen.etag.with_context(|| format!("{of} has no version"))?;
        self.send(method, path, Some(version), Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        version: Option<String>,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let mut request =
            Request::builder().method(&method).uri(format!("{}{path}", self.base)).header(ACCEPT_LANGUAGE, "en");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if method == Method::POST {
            request = request.header("idempotency-key", SystemIds.next().to_string());
        }
        if let Some(version) = version {
            request = request.header(IF_MATCH, version);
        }
        let text = body.filter(|body| !body.is_null()).map(|body| body.to_string());
        if text.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(text.unwrap_or_default())))?;
        let response = self.http.request(request).await?;
        let status = response.status();
        let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let bytes = response.into_body().collect().await?.to_bytes();
        let body: Value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        anyhow::ensure!(status.is_success(), "{method} {path} answered {status}: {body}");
        Ok(Answer { body, etag })
    }
}
