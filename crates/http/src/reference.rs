//! The document and its reference page, served from this binary alone.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Serves the document at `/openapi.json` and the page at `/docs`.
pub(crate) fn router(document: &OpenApi) -> Router {
    let text = crate::openapi::to_json(document).unwrap_or_default();
    let page = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]));
    Router::new().merge(page).route("/openapi.json", get(async move || json(text.clone())))
}

fn json(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}
