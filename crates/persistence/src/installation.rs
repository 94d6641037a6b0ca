//! What kind of installation a database belongs to.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::installation::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::{Reader, Store};

/// The one row's key.
const THIS: &str = "this";

/// Whether the database was made for a demonstration: it holds log-ins whose passwords are printed.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn is_demo(db: &impl Reader) -> Result<bool, StoreError> {
    let row = Entity::find().filter(Column::Name.eq(THIS)).one(db.connection()).await?;
    Ok(row.is_some_and(|row| row.demo))
}

/// Marks the database as one for demonstrations, for ever.
///
/// # Errors
/// [`StoreError::Taken`] when it was marked before.
pub async fn mark_as_demo(store: &Store) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    let row = ActiveModel { name: Set(THIS.to_owned()), demo: Set(true) };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    tx.commit().await
}
