//! The interface document: what utoipa collects, finished, written and checked.
//!
//! The document is a pure function of the routes. `finish` adds what belongs to no single
//! operation; [`faults`] says what a reviewer would otherwise have to look for.

mod check;

use std::collections::BTreeMap;
use std::mem;

use rafiq_domain::clients::ClientScope;
use rafiq_domain::vocabulary::{Coded, Language};
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, Info, OpenApi, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

pub use self::check::{faults, operations};
use crate::oauth::TOKEN_PATH;
use crate::problem::{self, ProblemView};

/// The name of the security scheme that operations behind the sign-in require.
pub(crate) const BEARER: &str = "bearer";

/// The name of the security scheme by which the machine clients of hospitals come in.
const HOSPITAL_CLIENT: &str = "hospital_client";

/// The name of the security scheme by which a machine client shows its secret in the header.
const CLIENT_BASIC: &str = "client_basic";

/// What a generic page is called while utoipa composes it.
const PAGE: &str = "PageView_";

/// Adds to the collected document its title, its tags, the security scheme and the shared answers,
/// and gives pages readable names (`PageView_CaseSummary` → `CaseSummaryPage`).
pub(crate) fn finish(mut document: OpenApi, info: Info, tags: &[(&str, &str)]) -> OpenApi {
    document.info = info;
    document.tags = Some(
        tags.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect(),
    );
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of a session: `Authorization: Bearer …`."))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some(
            "The `client_id` and the secret of a machine client: `Authorization: Basic …` (RFC 6749 §2.3.1).",
        ))
        .build();
    components.add_security_scheme(CLIENT_BASIC, SecurityScheme::Http(basic));
    components.add_security_scheme(HOSPITAL_CLIENT, hospital_client());
    components.responses.extend(problem::components().map(|(name, answer)| (name.to_owned(), answer.into())));
    let mut schemas = Vec::new();
    <ProblemView as ToSchema>::schemas(&mut schemas);
    schemas.push((ProblemView::name().into_owned(), ProblemView::schema()));
    components.schemas.extend(schemas);
    refer_to_entries(&mut components.schemas);
    renamed(document)
}

/// How a hospital's client comes by a token, and which scopes there are.
fn hospital_client() -> SecurityScheme {
    let scopes = ClientScope::ALL.iter().map(|scope| (scope.code(), scope.label(Language::English)));
    let flow = Flow::ClientCredentials(ClientCredentials::new(TOKEN_PATH, scopes.collect::<Scopes>()));
    let about = "A token for a machine client of a hospital, which proves itself with a key or a secret of its own.";
    SecurityScheme::OAuth2(OAuth2::with_description([flow], about))
}

/// The document as it is kept in the repository and served: indented, in a stable order, with a
/// new line at its end.
///
/// # Errors
/// When the document cannot be written, which would be a fault of utoipa's.
pub fn to_json(document: &OpenApi) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

/// Lets pages refer to the schema of their entries, which utoipa writes into every page anew.
fn refer_to_entries(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut entries = Vec::new();
    for (name, page) in schemas.iter_mut() {
        if let Some(entry) = name.strip_prefix(PAGE)
            && let RefOr::T(Schema::Object(page)) = page
            && let Some(RefOr::T(Schema::Array(list))) = page.properties.get_mut("items")
            && let ArrayItems::RefOrSchema(items) = &mut list.items
        {
            let written = mem::replace(&mut **items, Ref::from_schema_name(entry).into());
            entries.push((entry.to_owned(), written));
        }
    }
    for (name, schema) in entries {
        schemas.entry(name).or_insert(schema);
    }
}

/// Renames the pages, where they stand and where they are referred to.
fn renamed(document: OpenApi) -> OpenApi {
    let Ok(mut text) = serde_json::to_string(&document) else { return document };
    let names = document.components.iter().flat_map(|components| components.schemas.keys());
    for name in names {
        if let Some(entry) = name.strip_prefix(PAGE) {
            let entry = entry.strip_suffix("Summary").or_else(|| entry.strip_suffix("View")).unwrap_or(entry);
            text = text.replace(&format!("{name}\""), &format!("{entry}Page\""));
        }
    }
    serde_json::from_str(&text).unwrap_or(document)
}
