//! What handlers share, and who calls them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use rafiq_app::idempotency::{self, Key};
use rafiq_app::{App, second_factor, sessions};
use rafiq_domain::ids::UserId;
use utoipa::openapi::OpenApi;

use crate::address::TrustedProxies;
use crate::idempotency::{Claim, Outcome, Ticket, once};
use crate::layers::RequestId;
use crate::problem::{Fault, Problem};
use crate::token::AccessTokens;

/// The product and its access tokens.
#[derive(Debug, Clone)]
pub struct Api {
    app: App,
    tokens: Arc<AccessTokens>,
    proxies: TrustedProxies,
}

impl Api {
    /// Puts the two together.
    #[must_use]
    pub fn new(app: App, tokens: AccessTokens) -> Self {
        Self { app, tokens: Arc::new(tokens), proxies: TrustedProxies::default() }
    }

    /// Stands behind proxies whose word on the address of a client counts.
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    pub(crate) fn proxies(&self) -> &TrustedProxies {
        &self.proxies
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn tokens(&self) -> &AccessTokens {
        &self.tokens
    }
}

impl FromRef<Api> for App {
    fn from_ref(api: &Api) -> Self {
        api.app.clone()
    }
}

/// Who calls, having shown all that is asked of them. A sign-in that still owes its second factor is
/// refused here, whatever it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) rafiq_app::Caller);

impl<S: Sync> FromRequestParts<S> for Caller
where
    Api: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AccountCaller(caller) = AccountCaller::from_request_parts(parts, state).await?;
        second_factor::insist(&App::from_ref(&Api::from_ref(state)), &caller).await?;
        Ok(Self(caller))
    }
}

/// Who calls, also while a second factor is owed: for the few operations on one's own account that must
/// be open then. The live principal behind a verified access token, loaded once for each request.
#[derive(Debug, Clone)]
pub(crate) struct AccountCaller(pub(crate) rafiq_app::Caller);

impl<S: Sync> FromRequestParts<S> for AccountCaller
where
    Api: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let api = Api::from_ref(state);
        let token = bearer(parts).ok_or(Fault::Unauthenticated)?;
        let claims = api.tokens.verify_with_newest(token, api.app.now()).await?;
        let actor = sessions::authenticate(&api.app, claims.user_id, claims.session_id).await?;
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0);
        let caller = Self(rafiq_app::Caller { actor: actor.ok_or(Fault::Unauthenticated)?, request_id });
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// The token after the scheme, whose name has no case (RFC 9110 §11.1). Of two fields none counts:
/// what stands before us may have looked at the other one.
fn bearer(parts: &Parts) -> Option<&str> {
    let mut fields = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let (scheme, token) = field.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// The addresses that take a POST, as their patterns. A POST anywhere else is no request to be done once:
/// it answers 405, with a key and without.
#[derive(Debug, Clone)]
pub(crate) struct Posts(Arc<HashSet<String>>);

impl FromRef<(Self, Posts)> for Api {
    fn from_ref((api, _): &(Self, Posts)) -> Self {
        api.clone()
    }
}

impl Posts {
    /// Those of the document.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let posts = document.paths.paths.iter().filter(|(_, item)| item.post.is_some());
        Self(Arc::new(posts.map(|(path, _)| path.clone()).collect()))
    }
}

/// Lets each POST behind the sign-in happen once for each key of its caller.
pub(crate) async fn done_once(
    State((api, posts)): State<(Api, Posts)>,
    caller: AccountCaller,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !posts.0.contains(path.as_str()) {
        return Ok(next.run(request).await);
    }
    let Some(user_id) = caller.0.actor.user_id() else { return Err(Fault::Unauthenticated.into()) };
    let request_id = caller.0.request_id;
    let key = move |ticket: &Ticket| key_of(user_id, request_id, ticket);
    let claim = |ticket: Ticket| {
        let (app, caller, key) = (api.app.clone(), caller.0.clone(), key(&ticket));
        async move {
            Ok(match idempotency::claim(&app, &caller, &key).await? {
                idempotency::Claim::Fresh => Claim::Fresh,
                idempotency::Claim::Answered(answer) => Claim::Answered(answer),
                idempotency::Claim::InFlight => Claim::InFlight,
                idempotency::Claim::Reused => Claim::Reused,
            })
        }
    };
    let settle = |ticket: Ticket, outcome| {
        let (app, key) = (api.app.clone(), key(&ticket));
        async move {
            match outcome {
                Outcome::Done(answer) => idempotency::keep(&app, &key, answer).await,
                Outcome::Refused => idempotency::release(&app, &key).await,
            }
        }
    };
    once(request, next, claim, settle).await
}

fn key_of(user_id: UserId, request_id: Option<uuid::Uuid>, ticket: &Ticket) -> Key {
    Key { user_id, key: ticket.key.as_str().to_owned(), fingerprint: ticket.fingerprint, request_id }
}
