//! What we ask of the patient, and what came.

use chrono::NaiveDate;
use rafiq_domain::ids::{CaseId, InformationItemId};
use rafiq_domain::information::InformationItem;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, WrongState};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{InformationItemKind, InformationItemState};
use rafiq_persistence::information;

use crate::{App, Caller, Refused, cases};

/// Something to ask for.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// What kind of thing.
    pub kind: InformationItemKind,
    /// What exactly.
    pub text: Line,
    /// By which day.
    pub due_on: NaiveDate,
}

/// Asks for something.
///
/// # Errors
/// [`Refused`] when there is no such case, the caller may not, or the due day is past.
pub async fn request_information(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewItem,
) -> Result<Permitted<InformationItem>, Refused> {
    if new.due_on < app.now().date_naive() {
        return Err(Invalid::at("/due_on", FieldCode::InThePast).into());
    }
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RequestInformation, case_id).await?;
        case.takes_entries()?;
        let item = InformationItem {
            id: InformationItemId::new(app.ids()),
            case_id,
            kind: new.kind,
            text: new.text,
            due_on: new.due_on,
            state: InformationItemState::Requested,
            waived_because: None,
            asked_by: caller.actor.user_id(),
            version: Version::FIRST,
        };
        information::insert_many(tx, &case.with(vec![item.clone()])).await?;
        Ok(case.with(item))
    })
    .await
}

/// Notes that something came.
///
/// # Errors
/// [`Refused`] when there is none, or it is not asked for any more.
pub async fn receive_information(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: InformationItemId,
    decided_on: Version,
) -> Result<Permitted<InformationItem>, Refused> {
    change(app, caller, case_id, id, decided_on, InformationItem::receive).await
}

/// Does without something.
///
/// # Errors
/// [`Refused`] when there is none, or it is not asked for any more.
pub async fn waive_information(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: InformationItemId,
    decided_on: Version,
    because: Line,
) -> Result<Permitted<InformationItem>, Refused> {
    change(app, caller, case_id, id, decided_on, |item| item.waive(because)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: InformationItemId,
    decided_on: Version,
    operation: impl FnOnce(InformationItem) -> Result<InformationItem, WrongState> + Send,
) -> Result<Permitted<InformationItem>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RequestInformation, case_id).await?;
        case.takes_entries()?;
        let item = information::find(tx, case_id, id).await?.ok_or(NotFound)?;
        item.version.expect(decided_on)?;
        let changed = case.with(item).try_map(operation)?;
        let version = information::update(tx, &changed).await?;
        Ok(changed.map(|item| InformationItem { version, ..item }))
    })
    .await
}

/// Everything that was asked for in a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_information(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<InformationItem>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewCase, case_id).await?;
        let items = information::of_case(db, case_id).await?;
        Ok(case.with(items))
    })
    .await
}
