//! The public halves of the signing keys, for whoever verifies access tokens beside us.

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::ApiJson;
use crate::problem::PublicProblems;
use crate::state::Api;
use crate::token::{ALGORITHM_NAME, SigningKey};

/// How long an answer may be kept: a key is published longer than this before it signs.
const KEPT: &str = "public, max-age=60";
/// The media type of a set of keys (RFC 7517 §8.5.2).
const JWK_SET: &str = "application/jwk-set+json";

/// The public keys of the service (JWK Set, RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JwkSet)]
struct KeySetView {
    /// The keys: the one that signs, those that will, and those whose tokens may still be good.
    keys: Vec<KeyView>,
}

/// One public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Jwk)]
struct KeyView {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// The 32 bytes of the key, in base64url without padding.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
    /// The key's id, which tokens name in their header.
    #[schema(example = "21fe31dfa154a261")]
    kid: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
}

impl From<&SigningKey> for KeyView {
    fn from(key: &SigningKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            x: URL_SAFE_NO_PAD.encode(key.public()),
            kid: key.id().to_owned(),
            usage: "sig",
            alg: ALGORITHM_NAME,
        }
    }
}

/// Read the public keys of the service
///
/// A new key appears here before it signs, and an old one stays until its last token has expired.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "sessions",
    responses(
        (status = 200, description = "The keys.", body = KeySetView, content_type = "application/jwk-set+json"),
        PublicProblems
    ),
    security(())
)]
async fn view_signing_keys(State(api): State<Api>) -> ([(HeaderName, &'static str); 2], ApiJson<KeySetView>) {
    let ring = api.tokens().keys().ring();
    let keys = ring.published(api.app().now()).map(KeyView::from).collect();
    ([(CACHE_CONTROL, KEPT), (CONTENT_TYPE, JWK_SET)], ApiJson(KeySetView { keys }))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(view_signing_keys))
}
