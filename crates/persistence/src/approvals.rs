//! Requests for a second person. That the second is another one, and that a request is open once, are
//! also the database's own rules.

use chrono::{DateTime, Utc};
use rafiq_domain::approvals::{Approval, ApprovalKind, ApprovalState, Deed, Ending, kinds_in};
use rafiq_domain::ids::{ApprovalId, PatientId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Permitted, Scope};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Coded;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::column::{Code, Json};
use crate::entity::approval::{ActiveModel, Column, DeedDocument, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// What narrows a list of requests.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApprovalFilter {
    /// Only those of this kind.
    pub kind: Option<ApprovalKind>,
    /// Only those that stand so.
    pub state: Option<ApprovalState>,
    /// Only those that this user asked for.
    pub requested_by: Option<UserId>,
    /// Only those that somebody else asked for.
    pub not_requested_by: Option<UserId>,
}

/// A request.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
    Entity::find_by_id(id.uuid()).one(db.connection()).await?.as_ref().map(read).transpose()
}

/// As [`find`], of a request that nobody else changes until the unit ends.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn take_turn(tx: &Tx, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
    let held = Entity::find_by_id(id.uuid()).lock(LockType::NoKeyUpdate);
    held.one(tx.connection()).await?.as_ref().map(read).transpose()
}

/// One page of the requests in `scope`, as they stand at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    filter: ApprovalFilter,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<Approval>, StoreError> {
    let wanted = Condition::all()
        .add(Column::Kind.is_in(kinds_in(scope).into_iter().map(Code)))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(Code(kind))))
        .add_option(filter.state.map(|state| stands(state, now)))
        .add_option(filter.requested_by.map(|user| Column::RequestedBy.eq(user.uuid())))
        .add_option(filter.not_requested_by.map(|user| Column::RequestedBy.ne(user.uuid())));
    let select = Entity::find().filter(wanted);
    row::page(db, select, Column::Id, page, |approval: &Approval| approval.id.uuid(), |row| read(&row)).await
}

/// What [`Approval::present_state`] says.
fn stands(state: ApprovalState, now: DateTime<Utc>) -> Condition {
    let waits = Column::State.eq(Code(ApprovalState::Requested));
    match state {
        ApprovalState::Requested => Condition::all().add(waits).add(Column::ExpiresAt.gt(now)),
        ApprovalState::Expired => Condition::any()
            .add(Column::State.eq(Code(state)))
            .add(Condition::all().add(waits).add(Column::ExpiresAt.lte(now))),
        ApprovalState::Approved | ApprovalState::Rejected | ApprovalState::Withdrawn => {
            Condition::all().add(Column::State.eq(Code(state)))
        }
    }
}

/// At most `limit` requests whose time was over at `now`, the longest due first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn unanswered_since(db: &impl Reader, now: DateTime<Utc>, limit: u64) -> Result<Vec<ApprovalId>, StoreError> {
    let due = Column::State.eq(Code(ApprovalState::Requested)).and(Column::ExpiresAt.lte(now));
    let select = Entity::find().select_only().column(Column::Id).filter(due).order_by_asc(Column::ExpiresAt);
    let ids: Vec<Uuid> = select.order_by_asc(Column::Id).limit(limit).into_tuple().all(db.connection()).await?;
    Ok(ids.into_iter().map(ApprovalId::from).collect())
}

/// Adds a request.
///
/// # Errors
/// [`StoreError::Taken`] while the same is asked for already (`uq_approvals_…`).
pub async fn insert(tx: &Tx, approval: &Permitted<Approval>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(approval.id.uuid()),
        kind: Set(Code(approval.deed.kind())),
        user_id: Set(approval.deed.user_id().map(UserId::uuid)),
        patient_id: Set(approval.deed.patient_id().map(PatientId::uuid)),
        other_patient_id: Set(approval.deed.survivor_id().map(PatientId::uuid)),
        details: Set(Json(write_deed(&approval.deed))),
        reason: Set(approval.reason.as_str().to_owned()),
        requested_by: Set(approval.requested_by.uuid()),
        requested_at: Set(approval.requested_at),
        expires_at: Set(approval.expires_at),
        version: Set(approval.version.0),
        ..standing(approval)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves where a request stands; what was asked for never changes.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, approval: &Permitted<Approval>) -> Result<Version, StoreError> {
    let next = Version(approval.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..standing(approval) })
        .filter(Column::Id.eq(approval.id.uuid()))
        .filter(Column::Version.eq(approval.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn standing(approval: &Approval) -> ActiveModel {
    let ending = approval.ending.as_ref();
    ActiveModel {
        state: Set(Code(approval.state)),
        decided_by: Set(ending.and_then(|ending| ending.by).map(UserId::uuid)),
        ended_at: Set(ending.map(|ending| ending.at)),
        note: Set(ending.and_then(|ending| ending.note.as_ref()).map(|note| note.as_str().to_owned())),
        downloads: Set(approval.downloads),
        ..Default::default()
    }
}

fn write_deed(deed: &Deed) -> DeedDocument {
    match deed {
        Deed::AdministratorRole { purpose, until, .. } => {
            DeedDocument::AdministratorRole { purpose: purpose.code().to_owned(), until: *until }
        }
        Deed::MergePatients { attested, .. } => {
            DeedDocument::MergePatients { attested: attested.iter().map(|said| said.code().to_owned()).collect() }
        }
        Deed::ErasePatient { extent, .. } => DeedDocument::ErasePatient { extent: extent.code().to_owned() },
        Deed::ExportCases { stage, roles } => DeedDocument::ExportCases {
            stage: stage.map(|stage| stage.code().to_owned()),
            roles: roles.iter().map(|role| role.code().to_owned()).collect(),
        },
    }
}

fn read(row: &Model) -> Result<Approval, StoreError> {
    let place = Place { table: "approvals", id: row.id };
    let note = place.read_optional("note", row.note.as_deref().map(|note| Line::parse(note, Line::LONGEST)))?;
    let ending = row.ended_at.map(|at| Ending { by: row.decided_by.map(UserId::from), at, note });
    Ok(Approval {
        id: row.id.into(),
        deed: read_deed(place, row)?,
        reason: place.read("reason", Line::parse(&row.reason, Line::LONGEST))?,
        requested_by: row.requested_by.into(),
        requested_at: row.requested_at,
        expires_at: row.expires_at,
        state: row.state.0,
        ending,
        downloads: row.downloads,
        version: Version(row.version),
    })
}

fn read_deed(place: Place, row: &Model) -> Result<Deed, StoreError> {
    let subject = |id: Option<Uuid>, column| id.ok_or_else(|| place.corrupt(column));
    let deed = match &row.details.0 {
        DeedDocument::AdministratorRole { purpose, until } => Deed::AdministratorRole {
            user_id: subject(row.user_id, "user_id")?.into(),
            purpose: place.code("details", purpose)?,
            until: *until,
        },
        DeedDocument::MergePatients { attested } => Deed::MergePatients {
            source_id: subject(row.patient_id, "patient_id")?.into(),
            survivor_id: subject(row.other_patient_id, "other_patient_id")?.into(),
            attested: attested.iter().map(|said| place.code("details", said)).collect::<Result<_, _>>()?,
        },
        DeedDocument::ErasePatient { extent } => Deed::ErasePatient {
            patient_id: subject(row.patient_id, "patient_id")?.into(),
            extent: place.code("details", extent)?,
        },
        DeedDocument::ExportCases { stage, roles } => Deed::ExportCases {
            stage: stage.as_deref().map(|stage| place.code("details", stage)).transpose()?,
            roles: roles.iter().map(|role| place.code("details", role)).collect::<Result<_, _>>()?,
        },
    };
    if deed.kind() == row.kind.0 { Ok(deed) } else { Err(place.corrupt("details")) }
}
