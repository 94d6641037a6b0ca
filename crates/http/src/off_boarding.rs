//! When someone leaves.

use axum::extract::State;
use rafiq_app::off_boarding::{self, OffBoarded};
use rafiq_domain::ids::UserId;
use rafiq_domain::off_boarding::Successors;
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::teams::HandOverNote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::SpokenLanguageCode;
use crate::extract::{ApiJson, ApiPath, Id, IdempotencyKey, IfMatch, Versioned};
use crate::problem::{ChangeProblems, Problem};
use crate::state::{Api, Caller};
use crate::users::UserView;

/// Someone who leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OffBoardUserRequest {
    /// Who takes over their cases; may be absent when they have none.
    #[serde(default)]
    hand_over_to: SuccessorsBody,
    /// What the successors have to know; it stands in each case that is handed over.
    note: Option<OffBoardingNoteBody>,
}

/// Who takes over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Successors)]
struct SuccessorsBody {
    /// The cases that they coordinate; needed when there are such cases.
    coordinator_id: Option<Uuid>,
    /// The cases of which they are the doctor; needed when there are such cases.
    doctor_id: Option<Uuid>,
}

/// A note to the successors.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OffBoardingNote)]
struct OffBoardingNoteBody {
    /// The language of the text.
    language: SpokenLanguageCode,
    /// The text, 1–2,000 characters in any script, in logical order.
    #[schema(example = "Layla leaves us at the end of the month; Omar takes her cases.")]
    body: String,
}

impl OffBoardUserRequest {
    fn parts(self) -> Result<(Successors, Option<HandOverNote>), Invalid> {
        let mut fields = Fields::new();
        let note = self.note.map(|note| HandOverNote::parse(&note.body, note.language.0));
        let note = fields.take_optional("/note/body", note);
        let to = Successors {
            coordinator: self.hand_over_to.coordinator_id.map(UserId::from),
            doctor: self.hand_over_to.doctor_id.map(UserId::from),
        };
        fields.finish(|| Some((to, note)))
    }
}

/// Someone who has left, and what that ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OffBoarding)]
struct OffBoardingView {
    /// The user, disabled.
    user: UserView,
    /// How many roles ended.
    roles_ended: u64,
    /// How many cases were handed over.
    cases_handed_over: u64,
    /// How many jobs and offers of theirs as an interpreter were called off.
    bookings_called_off: u64,
}

impl From<Permitted<OffBoarded>> for OffBoardingView {
    fn from(left: Permitted<OffBoarded>) -> Self {
        let user = left.with(left.user.clone()).into();
        let OffBoarded { roles_ended, cases_handed_over, bookings_called_off, .. } = left.into_inner();
        Self { user, roles_ended, cases_handed_over, bookings_called_off }
    }
}

/// Off-board a user
///
/// Disables the user, ends their sessions, roles, delegations and access to cases, voids their links and known
/// devices, takes their password, second factors and credentials away, hands over the cases in their care, and calls
/// off their jobs as an interpreter, unless another user is the same interpreter. All of it is done, or nothing.
/// Nobody off-boards themselves, and the last administrator stays. Successors are needed for cases that are not
/// closed; closed ones go to them, too.
#[utoipa::path(
    post,
    path = "/users/{user_id}/off-board",
    tag = "users",
    params(("user_id" = Uuid, Path, description = "The user."), IfMatch, IdempotencyKey),
    request_body = OffBoardUserRequest,
    responses((status = 200, description = "Who left, and what ended.", body = OffBoardingView), ChangeProblems),
    security(("bearer" = []))
)]
async fn off_board_user(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<UserId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<OffBoardUserRequest>,
) -> Result<Versioned<OffBoardingView>, Problem> {
    let (to, note) = request.parts()?;
    let left = off_boarding::off_board_user(api.app(), &caller.0, id, decided_on, to, note.as_ref()).await?;
    Ok(Versioned(left.user.version, left.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(off_board_user))
}
