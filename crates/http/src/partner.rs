//! The surface of the hospitals: their own referrals, and what they report on them.
//!
//! Nothing here tells of another hospital, of another hospital's price, or of the case's stage.

mod referrals;
mod reports;

use utoipa_axum::router::OpenApiRouter;

use crate::state::Api;

pub(crate) fn router() -> OpenApiRouter<Api> {
    referrals::router().merge(reports::router())
}
