//! A client of the service: how it asks, and what it is answered.

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::TestApp;

/// Where requests come from unless they say otherwise.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);

/// Someone who asks, with an access token or without.
#[derive(Clone)]
pub(crate) struct Client<'app> {
    app: &'app TestApp<'app>,
    token: Option<String>,
}

impl<'app> Client<'app> {
    pub(super) fn new(app: &'app TestApp<'_>, token: Option<String>) -> Self {
        Self { app, token }
    }

    /// The same caller at another instance.
    pub(crate) fn at<'other>(&self, app: &'other TestApp<'_>) -> Client<'other> {
        Client::new(app, self.token.clone())
    }

    /// The access token that is shown; none by someone who has not signed in.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to an address as the document writes it.
    pub(crate) fn ask(&self, method: Method, address: &str) -> Ask<'app> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap());
        }
        let router = &self.app.router;
        Ask { router, method, address: address.to_owned(), headers, body: Bytes::new(), peer: HERE }
    }

    /// Reads `path`, below `/api/v1`.
    pub(crate) fn get(&self, path: &str) -> Ask<'app> {
        self.ask(Method::GET, &format!("/api/v1{path}"))
    }

    /// Posts to `path`, below `/api/v1`, under a key of its own.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask<'app> {
        let key = self.fresh_key();
        self.ask(Method::POST, &format!("/api/v1{path}")).with("idempotency-key", &key).json(body)
    }

    /// A key that no request has had.
    pub(crate) fn fresh_key(&self) -> String {
        format!("key-{}", self.app.fresh())
    }

    /// Commands what takes no body.
    pub(crate) fn command(&self, path: &str) -> Ask<'app> {
        let mut ask = self.post(path, &Value::Null);
        ask.headers.remove(CONTENT_TYPE);
        Ask { body: Bytes::new(), ..ask }
    }

    /// Whether the access log of a case tells of the request that was answered so.
    pub(crate) async fn finds_in_log(&self, case_id: &str, answer: &Answer) -> bool {
        let log = self.get(&format!("/cases/{case_id}/access-log?limit=100")).await.expect(200);
        log.items().iter().any(|entry| entry["request_id"] == answer.header("x-request-id"))
    }

    /// Replaces what is at `path`, below `/api/v1`.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Ask<'app> {
        self.ask(Method::PUT, &format!("/api/v1{path}")).json(body)
    }
}

/// Someone who signed in.
#[derive(Clone)]
pub(crate) struct Session<'app> {
    client: Client<'app>,
    /// Who.
    pub(crate) user_id: Uuid,
    /// With which name.
    pub(crate) login: String,
    /// What prolongs the session.
    pub(crate) refresh_token: String,
}

impl<'app> Deref for Session<'app> {
    type Target = Client<'app>;

    fn deref(&self) -> &Client<'app> {
        &self.client
    }
}

impl<'app> Session<'app> {
    pub(super) fn new(client: Client<'app>, user_id: Uuid, login: &str, refresh_token: String) -> Self {
        Self { client, user_id, login: login.to_owned(), refresh_token }
    }

    /// Whoever shows this session's access token.
    pub(crate) fn client(&self) -> Client<'app> {
        self.client.clone()
    }

    /// Its id, as its access token says.
    pub(crate) fn own_id(&self) -> String {
        let payload = self.client.token.as_deref().unwrap().split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        claims["sid"].as_str().unwrap().to_owned()
    }

    /// The same user after signing in once more, for when time has passed.
    pub(crate) async fn again(&self) -> Session<'app> {
        self.client.app.sign_in(&self.login, self.user_id).await
    }
}

/// A request on its way; `.await` sends it.
#[derive(Clone)]
pub(crate) struct Ask<'app> {
    router: &'app Router,
    method: Method,
    address: String,
    headers: HeaderMap,
    body: Bytes,
    peer: SocketAddr,
}

impl Ask<'_> {
    /// Sets a header, in place of what it was.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        self
    }

    /// Adds a header beside those of the same name.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        self
    }

    /// Comes over a connection from this address.
    pub(crate) fn from(self, address: &str) -> Self {
        Self { peer: SocketAddr::new(address.parse().unwrap(), 4711), ..self }
    }

    /// Takes a header away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Names the version that the change is based on.
    pub(crate) fn with_if_match(self, etag: &str) -> Self {
        self.with(IF_MATCH.as_str(), etag)
    }

    /// Asks for an answer in a language.
    pub(crate) fn language(self, tag: &str) -> Self {
        self.with(ACCEPT_LANGUAGE.as_str(), tag)
    }

    /// Carries a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        let ask = self.with(CONTENT_TYPE.as_str(), "application/json");
        ask.bytes(&body.to_string())
    }

    /// Carries any body, however odd.
    pub(crate) fn bytes(self, body: &str) -> Self {
        Self { body: Bytes::copy_from_slice(body.as_bytes()), ..self }
    }
}

impl<'app> IntoFuture for Ask<'app> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'app>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = format!("{} {}", self.method, self.address);
            let mut request = Request::new(Body::from(self.body));
            *request.method_mut() = self.method;
            *request.uri_mut() = self.address.parse().unwrap();
            *request.headers_mut() = self.headers;
            request.extensions_mut().insert(ConnectInfo(self.peer));
            let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            Answer { asked, status: parts.status, headers: parts.headers, bytes, body }
        })
    }
}

/// What two answers are told apart by: status, headers, body and length.
pub(crate) type Anonymous = (StatusCode, Vec<(String, String)>, Value, usize);

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    asked: String,
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as it came.
    pub(crate) bytes: Bytes,
    /// The body as JSON; null when it is none.
    pub(crate) body: Value,
}

impl Answer {
    /// Insists on a status, and shows the problem when it is another.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{} answered {:#}", self.asked, self.body);
        self
    }

    /// Insists on a problem of this code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(self.body["code"], code, "{} answered {:#}", self.asked, self.body);
        self.expect(status)
    }

    /// A header; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The version that was shown.
    pub(crate) fn etag(&self) -> &str {
        self.header(ETAG.as_str())
    }

    /// A text of the body, by JSON pointer.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).expect(pointer)
    }

    /// The entries of a page.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.body["items"].as_array().unwrap_or_else(|| panic!("{} answered {:#}", self.asked, self.body)).clone()
    }

    /// The wrong places of the input, each with its code.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<(&str, &str)> {
        let errors =
            self.body["errors"].as_array().unwrap_or_else(|| panic!("{} answered {:#}", self.asked, self.body));
        errors.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
    }

    /// The id of the request.
    pub(crate) fn request_id(&self) -> Uuid {
        self.header("x-request-id").parse().unwrap()
    }

    /// Everything that a caller could tell two answers apart by, but for the request's own id.
    pub(crate) fn anonymous(&self) -> Anonymous {
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let mut body = self.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("instance".to_owned(), json!("the request"));
        }
        (self.status, headers, body, self.bytes.len())
    }
}
