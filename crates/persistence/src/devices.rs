//! Devices from which users have signed in, by the hashes of their tokens.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{DeviceId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::throttling::KnownDevice;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::entity::known_device::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::{Reader, Store, Tx};

/// So many devices of one user are known at the most; the one longest unused gives way.
const MOST: u64 = 20;

/// The device of a user behind the hash of its token, while it is known.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn behind(
    db: &impl Reader,
    user_id: UserId,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<KnownDevice>, StoreError> {
    one(db, user_id, Column::Hash.eq(hash.to_vec()), now).await
}

/// A device of a user, while it is known.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(
    db: &impl Reader,
    user_id: UserId,
    id: DeviceId,
    now: DateTime<Utc>,
) -> Result<Option<KnownDevice>, StoreError> {
    one(db, user_id, Column::Id.eq(id.uuid()), now).await
}

async fn one(
    db: &impl Reader,
    user_id: UserId,
    which: SimpleExpr,
    now: DateTime<Utc>,
) -> Result<Option<KnownDevice>, StoreError> {
    let own = Entity::find().filter(which).filter(Column::UserId.eq(user_id.uuid()));
    let row = own.filter(Column::ExpiresAt.gt(now)).one(db.connection()).await?;
    Ok(row.map(|row| KnownDevice {
        id: row.id.into(),
        user_id: row.user_id.into(),
        known_since: row.known_since,
        expires_at: row.expires_at,
    }))
}

/// Remembers a device by which someone has just signed in.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remember(tx: &Tx, device: &Permitted<KnownDevice>, hash: [u8; 32]) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(device.id.uuid()),
        user_id: Set(device.user_id.uuid()),
        hash: Set(hash.to_vec()),
        known_since: Set(device.known_since),
        expires_at: Set(device.expires_at),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    let own = Column::UserId.eq(device.user_id.uuid());
    let kept = Entity::find().select_only().column(Column::Id).filter(own.clone());
    let kept = kept.order_by_desc(Column::ExpiresAt).order_by_desc(Column::Id).limit(MOST).into_query();
    Entity::delete_many().filter(own).filter(Column::Id.not_in_subquery(kept)).exec(tx.connection()).await?;
    Ok(())
}

/// Knows a device for longer, since it was used again.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn extend(tx: &Tx, device: &Permitted<KnownDevice>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(device.expires_at))
        .filter(Column::Id.eq(device.id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets every device of a user.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn forget_all(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UserId.eq(user.id.uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets every device of a user but the one that is `kept`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn forget_others(tx: &Tx, user: &Permitted<User>, kept: Option<DeviceId>) -> Result<(), StoreError> {
    let others = kept.map(|kept| Column::Id.ne(kept.uuid()));
    Entity::delete_many()
        .filter(Column::UserId.eq(user.id.uuid()))
        .filter(Condition::all().add_option(others))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Removes the devices that were known until before `before`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let tx = store.begin().await?;
    let gone = Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(tx.connection()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}
