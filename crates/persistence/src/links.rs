//! One-time links, by the hashes of their secrets.

use chrono::{DateTime, Utc};
use rafiq_domain::links::{LinkPurpose, OneTimeLink};
use rafiq_domain::policy::Permitted;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::column::Code;
use crate::entity::one_time_link::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::{Reader, Store, Tx};

/// Keeps a link that is about to be sent; an earlier one of its purpose is void from now on. What caused
/// it is on record already: the unit has no audit row.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn issue(store: &Store, link: &OneTimeLink, hash: [u8; 32]) -> Result<(), StoreError> {
    let row = ActiveModel {
        user_id: Set(link.user_id.uuid()),
        purpose: Set(Code(link.purpose)),
        hash: Set(hash.to_vec()),
        issued_at: Set(link.issued_at),
        expires_at: Set(link.expires_at),
        used_at: Set(None),
    };
    let replaced = [Column::Hash, Column::IssuedAt, Column::ExpiresAt, Column::UsedAt];
    let replace = OnConflict::columns([Column::UserId, Column::Purpose]).update_columns(replaced).to_owned();
    let tx = store.begin().await?;
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    tx.commit().await
}

/// The link behind a hash, while it is good.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(
    db: &impl Reader,
    purpose: LinkPurpose,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<OneTimeLink>, StoreError> {
    let row = Entity::find().filter(good(purpose, hash, now)).one(db.connection()).await?;
    Ok(row.map(|row| OneTimeLink {
        user_id: row.user_id.into(),
        purpose: row.purpose.0,
        issued_at: row.issued_at,
        expires_at: row.expires_at,
    }))
}

/// Uses a link up. Of several who try at once, on whatever instances, one is told that it was good.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn spend(
    tx: &Tx,
    link: &Permitted<OneTimeLink>,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(good(link.purpose, hash, now))
        .filter(Column::UserId.eq(link.user_id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// Voids every link of a user: their password has changed.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn void_all(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UserId.eq(user.id.uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// Removes the links that ended before `before`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let tx = store.begin().await?;
    let gone = Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(tx.connection()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

fn good(purpose: LinkPurpose, hash: [u8; 32], now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::Hash.eq(hash.to_vec()))
        .add(Column::Purpose.eq(Code(purpose)))
        .add(Column::UsedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}
