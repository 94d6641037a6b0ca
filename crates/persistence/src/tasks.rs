//! Tasks on cases.

use rafiq_domain::ids::{CaseId, TaskId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::Permitted;
use rafiq_domain::tasks::Task;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::column::{Code, Json};
use crate::entity::task::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row;
use crate::store::{Reader, Tx};

/// One page of a case's tasks, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_case(db: &impl Reader, case_id: CaseId, page: Page) -> Result<Slice<Task>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |task: &Task| task.id.uuid(), |row| Ok(Task::from(row))).await
}

/// One task of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: TaskId) -> Result<Option<Task>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    Ok(row.map(Task::from))
}

/// Adds a task.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, task: &Permitted<Task>) -> Result<(), StoreError> {
    Entity::insert(whole(task)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Adds several tasks in one statement.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_all(tx: &Tx, tasks: &Permitted<Vec<Task>>) -> Result<(), StoreError> {
    if !tasks.is_empty() {
        Entity::insert_many(tasks.iter().map(whole)).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

fn whole(task: &Task) -> ActiveModel {
    ActiveModel {
        id: Set(task.id.uuid()),
        case_id: Set(task.case_id.uuid()),
        kind: Set(Code(task.kind)),
        about: Set(Json(task.about.clone())),
        role: Set(Code(task.role)),
        due_at: Set(task.due_at),
        state: Set(Code(task.state)),
        review_of: Set(task.review_of.map(UserId::uuid)),
        done_by: Set(task.done_by.map(UserId::uuid)),
        version: Set(task.version.0),
    }
}

/// Saves a changed task.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, task: &Permitted<Task>) -> Result<Version, StoreError> {
    let next = Version(task.version.0 + 1);
    let change = ActiveModel {
        state: Set(Code(task.state)),
        done_by: Set(task.done_by.map(UserId::uuid)),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(task.id.uuid()))
        .filter(Column::Version.eq(task.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

impl From<Model> for Task {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            case_id: row.case_id.into(),
            kind: row.kind.0,
            about: row.about.0,
            role: row.role.0,
            due_at: row.due_at,
            state: row.state.0,
            review_of: row.review_of.map(UserId::from),
            done_by: row.done_by.map(UserId::from),
            version: Version(row.version),
        }
    }
}
