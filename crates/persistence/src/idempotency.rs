//! Keys under which a request is done once, however often it is sent.
//!
//! A claim is a unit of its own, before the request's: of two that come at once, one works.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::ids::UserId;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, SelectExt};

use crate::entity::audit_record;
use crate::entity::idempotency_key::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::{Store, Tx};

/// How long a key is remembered.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After this long a request without an answer is no longer being worked on: its time-out is shorter.
const ABANDONED: TimeDelta = TimeDelta::minutes(5);

/// Whose key it is, what it is for, and the request that brought it.
#[derive(Debug, Clone)]
pub struct Key {
    /// Whose.
    pub user_id: UserId,
    /// The key as the client chose it.
    pub key: String,
    /// SHA-256 over method, address and body.
    pub fingerprint: [u8; 32],
    /// The request.
    pub request_id: Option<Uuid>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, and now the caller's to work on.
    Fresh,
    /// It was answered.
    Answered(Kept),
    /// It is being worked on, or its outcome is not known.
    InFlight,
    /// It was used for another request.
    Reused,
}

/// What is kept of a request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The request that was done: what it was allowed stands in the audit trail.
    pub request_id: Option<Uuid>,
    /// The answer.
    pub answer: Vec<u8>,
}

/// Claims a key.
///
/// # Errors
/// [`StoreError`] of reading and writing.
pub async fn claim(store: &Store, key: &Key, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let tx = store.begin().await?;
    let claim = match insert(&tx, key, now).await? {
        Inserted::New => Claim::Fresh,
        Inserted::Known => judge(&tx, key, now).await?,
    };
    tx.commit().await?;
    Ok(claim)
}

/// Keeps the answer of a request that was done.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn keep(store: &Store, key: &Key, answer: Vec<u8>) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    Entity::update_many()
        .col_expr(Column::Answer, Expr::value(answer))
        .filter(claimed(key))
        .exec(tx.connection())
        .await?;
    tx.commit().await
}

/// Gives a key up whose request was refused and wrote nothing.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn release(store: &Store, key: &Key) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    Entity::delete_many().filter(claimed(key)).filter(Column::Answer.is_null()).exec(tx.connection()).await?;
    tx.commit().await
}

enum Inserted {
    New,
    Known,
}

async fn insert(tx: &Tx, key: &Key, now: DateTime<Utc>) -> Result<Inserted, StoreError> {
    let forgotten = Entity::delete_many().filter(Column::UserId.eq(key.user_id.uuid()));
    forgotten.filter(Column::ClaimedAt.lt(now - KEPT)).exec(tx.connection()).await?;
    let row = ActiveModel {
        user_id: Set(key.user_id.uuid()),
        key: Set(key.key.clone()),
        fingerprint: Set(key.fingerprint.to_vec()),
        request_id: Set(key.request_id),
        claimed_at: Set(now),
        answer: Set(None),
    };
    let ignore = OnConflict::columns([Column::UserId, Column::Key]).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(ignore).exec_without_returning(tx.connection()).await?;
    Ok(if inserted == 1 { Inserted::New } else { Inserted::Known })
}

async fn judge(tx: &Tx, key: &Key, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let Some(known) = Entity::find().filter(one(key)).one(tx.connection()).await? else { return Ok(Claim::InFlight) };
    if known.fingerprint != key.fingerprint {
        return Ok(Claim::Reused);
    }
    if let Some(answer) = known.answer {
        return Ok(Claim::Answered(Kept { request_id: known.request_id, answer }));
    }
    if now - known.claimed_at < ABANDONED || was_done(tx, known.request_id).await? {
        return Ok(Claim::InFlight);
    }
    // Of several that find it abandoned at once, one takes it over: the claim that was read must still stand.
    let taken = ActiveModel { request_id: Set(key.request_id), claimed_at: Set(now), ..Default::default() };
    let taken = Entity::update_many().set(taken).filter(one(key)).filter(Column::ClaimedAt.eq(known.claimed_at));
    let taken = taken.exec(tx.connection()).await?.rows_affected == 1;
    Ok(if taken { Claim::Fresh } else { Claim::InFlight })
}

/// Whether the first request got as far as its change: the audit row is part of the change's own unit.
async fn was_done(tx: &Tx, request_id: Option<Uuid>) -> Result<bool, StoreError> {
    let Some(request_id) = request_id else { return Ok(true) };
    let rows = audit_record::Entity::find().filter(audit_record::Column::RequestId.eq(request_id));
    Ok(rows.exists(tx.connection()).await?)
}

/// The key as long as this very request holds it; another may have taken it over.
fn claimed(key: &Key) -> Condition {
    one(key).add_option(key.request_id.map(|request| Column::RequestId.eq(request)))
}

fn one(key: &Key) -> Condition {
    Condition::all().add(Column::UserId.eq(key.user_id.uuid())).add(Column::Key.eq(&key.key))
}
