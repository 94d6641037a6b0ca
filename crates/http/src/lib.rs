//! The HTTP surface: who asks, what comes in, what goes out, and the document of it all.
//!
//! It holds no rule and no query. A handler takes inputs, converts them to domain types, calls a
//! use case and converts what it returns. [`router`] is the table of contents.

mod access;
mod access_review;
mod address;
mod approvals;
mod assessments;
mod bookings;
mod case_exports;
mod cases;
mod clearances;
mod client_assertion;
mod clients;
mod code;
mod complications;
mod confirmations;
mod consents;
mod csv;
mod delegations;
mod discharges;
mod emergency;
mod extract;
mod follow_up;
mod health;
mod hospitals;
mod idempotency;
mod information;
mod interpreters;
mod invitations;
pub mod jwk;
mod keys;
mod language;
mod layers;
mod legal_holds;
mod money;
mod notes;
mod oauth;
mod off_boarding;
pub mod openapi;
mod paging;
mod partner;
mod passkeys;
mod passwords;
mod patients;
mod problem;
mod procedures;
mod quotes;
mod reference;
mod referrals;
mod reviews;
mod roles;
mod second_factor;
mod sessions;
mod state;
mod tasks;
mod teams;
mod text;
pub mod token;
mod users;
mod vocabularies;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use rafiq_domain::ids::Ids;
use utoipa::openapi::OpenApi;
use utoipa::openapi::info::{ContactBuilder, InfoBuilder};
use utoipa_axum::router::OpenApiRouter;

pub use address::TrustedProxies;
pub use layers::Limits;
pub use state::Api;

/// The subjects of the document, in the order of a journey.
const TAGS: &[(&str, &str)] = &[
    ("sessions", "Signing in and out."),
    ("account", "One's own account: the second factor and passkeys."),
    ("oauth", "Tokens for the machine clients of hospitals."),
    ("users", "Who may sign in, and as what."),
    ("clients", "The machine clients of hospitals, their keys and secrets."),
    ("approvals", "What takes two people: asking for the second one, and being it."),
    ("patients", "The people who seek treatment."),
    ("cases", "Their journeys, and the machine that moves them."),
    ("teams", "Who cares for a case, to whom it is handed over, and who stands in."),
    ("access", "Who may see a case and why, emergencies, and who looked."),
    ("confirmations", "Evidence on a case that has no record of its own yet."),
    ("information", "What is asked of the patient, and what came."),
    ("consents", "What the patient allowed, and to whom."),
    ("assessments", "What the patient has, in codes."),
    ("reviews", "What the doctor of the case decides, signed."),
    ("notes", "What the team wrote, in any language."),
    ("hospitals", "The partner hospitals."),
    ("interpreters", "The interpreters, and their bookings for encounters of a case."),
    ("quotes", "What the journey costs, and which version the patient accepted."),
    ("surgery", "Clearance beforehand, operations, complications and discharges."),
    ("follow_up", "How the patient fares after the operation."),
    ("referrals", "Asking hospitals, and what they answered."),
    ("partner", "The surface of the hospitals: their own referrals, and their reports."),
    ("tasks", "Work that the product found for our staff."),
    ("vocabularies", "Every list of codes, in three languages."),
    ("problems", "What the codes of problem answers mean."),
    ("health", "Whether the service lives and can serve."),
];

/// What needs a sign-in.
fn signed_in() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(sessions::router())
        .merge(sessions::administration())
        .merge(second_factor::router())
        .merge(second_factor::administration())
        .merge(passkeys::router())
        .merge(users::router())
        .merge(roles::router())
        .merge(off_boarding::router())
        .merge(access_review::router())
        .merge(clients::router())
        .merge(invitations::router())
        .merge(approvals::router())
        .merge(case_exports::router())
        .merge(legal_holds::router())
        .merge(patients::router())
        .merge(cases::router())
        .merge(teams::router())
        .merge(delegations::router())
        .merge(access::router())
        .merge(emergency::router())
        .merge(confirmations::router())
        .merge(consents::router())
        .merge(assessments::router())
        .merge(reviews::router())
        .merge(notes::router())
        .merge(information::router())
        .merge(tasks::router())
        .merge(referrals::router())
        .merge(partner::router())
        .merge(hospitals::router())
        .merge(interpreters::router())
        .merge(bookings::router())
        .merge(quotes::router())
        .merge(clearances::router())
        .merge(procedures::router())
        .merge(complications::router())
        .merge(discharges::router())
        .merge(follow_up::router())
}

/// What anyone may ask.
fn open() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(oauth::router())
        .merge(sessions::open_router())
        .merge(passwords::open_router())
        .merge(invitations::open_router())
        .merge(vocabularies::router())
}

fn api(signed_in: OpenApiRouter<Api>) -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .nest("/api/v1", signed_in.merge(passwords::secret_router()).merge(open()))
        .merge(keys::router())
        .merge(problem::router())
        .merge(health::router())
}

/// The interface document: a pure function of the routes.
#[must_use]
pub fn document() -> OpenApi {
    let contact = ContactBuilder::new().name(Some("Rafiq")).build();
    let info = InfoBuilder::new()
        .title("Rafiq")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("about.md")))
        .contact(Some(contact))
        .build();
    openapi::finish(api(signed_in()).into_openapi(), info, TAGS)
}

/// The part of the document that a partner hospital needs: its own surface, signing in, and the codes.
#[must_use]
pub fn partner_document() -> OpenApi {
    let partner = OpenApiRouter::new()
        .merge(sessions::router())
        .merge(second_factor::router())
        .merge(passkeys::router())
        .merge(partner::router());
    let info = InfoBuilder::new()
        .title("Rafiq for hospitals")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("about.md")))
        .build();
    let subjects = ["oauth", "sessions", "account", "partner", "vocabularies", "problems", "health"];
    let tags: Vec<_> = TAGS.iter().copied().filter(|(name, _)| subjects.contains(name)).collect();
    openapi::finish(api(partner).into_openapi(), info, &tags)
}

/// The whole surface as one service.
pub fn router(state: Api, ids: Arc<dyn Ids>, limits: Limits) -> Router {
    let posts = state::Posts::of(&document());
    let once = middleware::from_fn_with_state((state.clone(), posts), state::done_once);
    let (routes, _) = api(signed_in().route_layer(once)).split_for_parts();
    layers::frame(routes.with_state(state).merge(reference::router(&document())), ids, limits)
}

#[cfg(test)]
mod tests;
