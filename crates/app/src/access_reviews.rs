//! The periodic review of who may do what.

use rafiq_domain::access_reviews::{AccessFlag, AccessReview, AccessSummary};
use rafiq_domain::ids::{AccessReviewId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::Line;
use rafiq_persistence::{access_reviews, users};

use crate::refused::DeniedBecause;
use crate::{App, Caller, Refused};

/// What a reviewer looks at of one user, and what stands out.
#[derive(Debug, Clone)]
pub struct AccessEntry {
    /// What there is.
    pub summary: AccessSummary,
    /// What stands out.
    pub flags: Vec<AccessFlag>,
}

/// One page of the active users with their access.
///
/// # Errors
/// [`Refused`] when the caller may not.
pub async fn review_access(app: &App, caller: &Caller, page: Page) -> Result<Permitted<Slice<AccessEntry>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ReviewAccess, ObjectKind::User)?;
        let (now, review_after) = (app.now(), app.settings().access_review_after);
        let summaries = access_reviews::summaries(db, &scope, page, now).await?;
        let entry = |summary: AccessSummary| AccessEntry { flags: summary.flags(now, review_after), summary };
        Ok(scope.with(summaries.map(entry)))
    })
    .await
}

/// Records that the caller has looked at a user's access and found it as it should be.
///
/// # Errors
/// [`Refused`] when there is no such user, the caller may not, is that user, or looked at what they held before.
pub async fn confirm_access(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    looked_at: Version,
    note: Option<Line>,
) -> Result<Permitted<AccessReview>, Refused> {
    app.write(caller, async |tx| {
        let user = users::hold(tx, [user_id], app.now()).await?.pop().ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ReviewAccess, user)?;
        let reviewer = caller.actor.user_id().ok_or(NotFound)?;
        let review = AccessReview::of(AccessReviewId::new(app.ids()), user_id, reviewer, note, app.now());
        let review = user.with(review.map_err(|why| DeniedBecause { why, denied: user.permit().deny() })?);
        user.version.expect(looked_at)?;
        access_reviews::insert(tx, &review).await?;
        Ok(review)
    })
    .await
}

/// One page of the reviews of a user's access, newest first.
///
/// # Errors
/// [`Refused`] when there is no such user, or the caller may not.
pub async fn list_access_reviews(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    page: Page,
) -> Result<Permitted<Slice<AccessReview>>, Refused> {
    app.read(caller, async |db| {
        let user = users::find(db, user_id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ReviewAccess, user)?;
        let reviews = access_reviews::list_of_user(db, user_id, page).await?;
        Ok(user.with(reviews))
    })
    .await
}
