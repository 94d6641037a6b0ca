//! What was asked of the patient.

use rafiq_domain::ids::{CaseId, InformationItemId, UserId};
use rafiq_domain::information::InformationItem;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Line;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::information_item::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All items of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<InformationItem>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.iter().map(read).collect()
}

/// One item of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(
    db: &impl Reader,
    case_id: CaseId,
    id: InformationItemId,
) -> Result<Option<InformationItem>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds items.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_many(tx: &Tx, items: &Permitted<Vec<InformationItem>>) -> Result<(), StoreError> {
    let rows = items.iter().map(|item| ActiveModel {
        id: Set(item.id.uuid()),
        case_id: Set(item.case_id.uuid()),
        kind: Set(Code(item.kind)),
        text: Set(item.text.as_str().to_owned()),
        due_on: Set(item.due_on),
        state: Set(Code(item.state)),
        waived_because: Set(item.waived_because.as_ref().map(|reason| reason.as_str().to_owned())),
        asked_by: Set(item.asked_by.map(UserId::uuid)),
        version: Set(item.version.0),
    });
    Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed item.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, item: &Permitted<InformationItem>) -> Result<Version, StoreError> {
    let next = Version(item.version.0 + 1);
    let change = ActiveModel {
        state: Set(Code(item.state)),
        waived_because: Set(item.waived_because.as_ref().map(|reason| reason.as_str().to_owned())),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(item.id.uuid()))
        .filter(Column::Version.eq(item.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn read(row: &Model) -> Result<InformationItem, StoreError> {
    let place = Place { table: "information_items", id: row.id };
    Ok(InformationItem {
        id: row.id.into(),
        case_id: row.case_id.into(),
        kind: row.kind.0,
        text: place.read("text", Line::parse(&row.text, Line::LONGEST))?,
        due_on: row.due_on,
        state: row.state.0,
        waived_because: place.read_optional(
            "waived_because",
            row.waived_because.as_deref().map(|reason| Line::parse(reason, Line::LONGEST)),
        )?,
        asked_by: row.asked_by.map(UserId::from),
        version: Version(row.version),
    })
}
