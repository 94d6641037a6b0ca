//! Exporting cases in bulk: asked for by one, agreed to by another, fetched by the first within a day.
//!
//! What is in it is decided when it is fetched: the cases that the one who asked may see at that moment in the
//! roles in which they asked, each with as much of its patient as they may read of it one by one. What roles given
//! to them since would add, nobody has agreed to.

use chrono::TimeDelta;
use rafiq_domain::approvals::{Approval, ApprovalRefused, Deed};
use rafiq_domain::cases::Stage;
use rafiq_domain::ids::ApprovalId;
use rafiq_domain::paging::{MAX_PAGE, Page, Slice};
use rafiq_domain::policy::{Action, Decision, ObjectKind, Permitted, Scope, Whole, can, permit, scope};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::cases::CaseFilter;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{approvals as stored, cases as stored_cases};
use uuid::Uuid;

use crate::approvals::{self, ApprovalEntry};
use crate::cases::{self, CaseWithPatient};
use crate::{App, Caller, Refused};

/// For this long after the agreement an export may be fetched.
const FETCHED_WITHIN: TimeDelta = TimeDelta::hours(24);

/// There are more cases than an export may hold.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many rows for an export")]
struct TooManyRows;

impl Refusal for TooManyRows {
    fn code(&self) -> ProblemCode {
        ProblemCode::TooManyRows
    }
}

/// Asks for a second person to export the cases that the caller may see.
///
/// # Errors
/// [`Refused`] when the caller may not, or waits for such an agreement already.
pub async fn request_export(
    app: &App,
    caller: &Caller,
    stage: Option<Stage>,
    reason: Line,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        permit(&caller.actor, Action::ExportCases, Whole(ObjectKind::Case))?;
        let roles = caller.actor.roles().to_vec();
        approvals::ask(app, tx, caller, Deed::ExportCases { stage, roles }, reason).await
    })
    .await
}

/// An export that is being fetched, page by page. That it is fetched is on record before its first row leaves, and
/// each row before it leaves itself.
#[derive(Debug)]
pub struct Export {
    app: App,
    caller: Caller,
    scope: Permitted<Scope>,
    filter: CaseFilter,
    place: Place,
}

/// How far an export has come.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The next page begins after this key, and so many rows may still follow.
    After(Option<Uuid>, u32),
    /// All rows have left.
    End,
}

/// Begins to fetch an approved export.
///
/// # Errors
/// [`Refused`] when there is none, the caller did not ask for it or may not any more, nobody agreed, it
/// is too late, it was fetched often enough, or there are more rows than an export may hold.
pub async fn fetch_export(app: &App, caller: &Caller, id: ApprovalId) -> Result<Permitted<Export>, Refused> {
    app.write(caller, async |tx| {
        let approval = find_own(tx, caller, id).await?;
        let Deed::ExportCases { stage, roles } = &approval.deed else { return Err(NotFound.into()) };
        let (stage, caller) = (*stage, as_asked(caller, &approval, roles)?);
        let scope = scope(&caller.actor, Action::ViewCase, ObjectKind::Case)?;
        let filter = CaseFilter { stage, ..CaseFilter::default() };
        let most = app.settings().approvals.export_rows;
        if stored_cases::count(tx, &scope, &filter).await? > u64::from(most) {
            return Err(TooManyRows.into());
        }
        let by = approval.requested_by;
        let fetched = approval.try_map(|approval| approval.download(by, app.now(), FETCHED_WITHIN))?;
        let fetched = approvals::save(tx, fetched).await?;
        Ok(fetched.with(Export { app: app.clone(), caller, scope, filter, place: Place::After(None, most) }))
    })
    .await
}

/// The request, with the proof that the caller may export and is the one who asked to.
async fn find_own(tx: &Tx, caller: &Caller, id: ApprovalId) -> Result<Permitted<Approval>, Refused> {
    let approval = stored::take_turn(tx, id).await?.ok_or(NotFound)?;
    let approval = permit(&caller.actor, Action::ExportCases, approval)?;
    let own = caller.actor.user_id() == Some(approval.requested_by);
    if own { Ok(approval) } else { Err(approvals::narrower(&approval, ApprovalRefused::NotTheFirst)) }
}

/// The caller in the roles in which they asked, which must still be enough.
fn as_asked(caller: &Caller, approval: &Approval, roles: &[Role]) -> Result<Caller, Refused> {
    let actor = caller.actor.clone().in_roles(roles);
    match can(&actor, Action::ExportCases, approval) {
        Decision::Allow(_) => Ok(Caller { actor, request_id: caller.request_id }),
        Decision::Forbid | Decision::Hide => Err(ApprovalRefused::FirstMayNot.into()),
    }
}

impl Export {
    /// The next rows, newest case first, each as it may be read by itself; none once all have left.
    ///
    /// # Errors
    /// [`Refused`] when the database does not answer, or that they are shown cannot be recorded.
    pub async fn next_rows(&mut self) -> Result<Option<Vec<Permitted<CaseWithPatient>>>, Refused> {
        let Place::After(after, left) = self.place else { return Ok(None) };
        let limit = u16::try_from(left).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let page = Page { after, limit };
        let Slice { items, next } =
            cases::page_of(self.app.store(), &self.caller, &self.scope, &self.filter, page).await?;
        let left = left.saturating_sub(limit.into());
        self.place = match next {
            Some(next) if left > 0 => Place::After(Some(next), left),
            Some(_) | None => Place::End,
        };
        self.app.record_reads(&self.caller, items.iter().map(Permitted::permit)).await?;
        Ok(Some(items))
    }
}
