//! Counters of attempts, shared by all instances.
//!
//! An attempt is counted before it is made, by one statement that also says whether it may be made: of
//! however many at once, on however many instances, no more get through than the rule allows.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::throttling::{Counter, MOST, Rule, Window, settled_after, wait_after};
use rafiq_domain::vocabulary::Coded as _;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use crate::column::Code;
use crate::entity::throttle::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::{Reader, Store, Tx};

/// What is counted: of what kind, and the hash of what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Of what kind.
    pub counter: Counter,
    /// What it is about, hashed.
    pub about: [u8; 32],
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may, and is counted.
    Open,
    /// It may not, and is not counted.
    Shut,
}

/// Counts an attempt, if it may be made, in a unit of its own: it counts whatever becomes of the rest.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn attempt(store: &Store, key: Key, now: DateTime<Utc>) -> Result<Attempt, StoreError> {
    let (first, again) = match key.counter.rule() {
        Rule::Growing => (now + wait_after(1), growing(now)),
        Rule::Within(window) => (now + window.span, within(window, now)),
    };
    let row = ActiveModel {
        counter: Set(Code(key.counter)),
        key: Set(key.about.to_vec()),
        count: Set(1),
        open_at: Set(first),
        touched_at: Set(now),
    };
    let tx = store.begin().await?;
    let written = Entity::insert(row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    tx.commit().await?;
    Ok(if written == 1 { Attempt::Open } else { Attempt::Shut })
}

/// One more failure in a row, unless the wait after the last one is not over or there were too many.
fn growing(now: DateTime<Utc>) -> OnConflict {
    let wait = |failures: u32| Expr::value(now + wait_after(failures));
    // As it is counted up, so the wait grows: one branch for each count until it grows no more.
    let next = (1..settled_after()).fold(CaseStatement::new(), |case, failures| {
        case.case(old(Column::Count).eq(failures.saturating_sub(1)), wait(failures))
    });
    repeated(now)
        .value(Column::Count, old(Column::Count).add(1))
        .value(Column::OpenAt, next.finally(wait(settled_after())))
        .action_and_where(old(Column::OpenAt).lte(now).and(old(Column::Count).lt(MOST)))
        .to_owned()
}

/// One more in this span, or the first in the next; unless this one is full.
fn within(window: Window, now: DateTime<Utc>) -> OnConflict {
    let over = || old(Column::OpenAt).lte(now);
    repeated(now)
        .value(Column::Count, CaseStatement::new().case(over(), 1).finally(old(Column::Count).add(1)))
        .value(Column::OpenAt, CaseStatement::new().case(over(), now + window.span).finally(old(Column::OpenAt)))
        .action_and_where(over().or(old(Column::Count).lt(window.most)))
        .to_owned()
}

fn repeated(now: DateTime<Utc>) -> OnConflict {
    OnConflict::columns([Column::Counter, Column::Key]).value(Column::TouchedAt, now).to_owned()
}

/// The value that the row has, by the table's name: the bare column would be that of the new row as well.
fn old(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// How long the next attempt has to wait; nothing when there is no such counter.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn wait(db: &impl Reader, key: Key, now: DateTime<Utc>) -> Result<TimeDelta, StoreError> {
    let opens: Option<DateTime<Utc>> =
        Entity::find().select_only().column(Column::OpenAt).filter(one(key)).into_tuple().one(db.connection()).await?;
    Ok(opens.map_or(TimeDelta::zero(), |opens| (opens - now).max(TimeDelta::zero())))
}

/// Takes an attempt back that was counted: it was none of those that are held against anyone.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn give_back(tx: &Tx, key: Key) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .filter(one(key))
        .filter(Column::Count.gt(0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Begins a counter anew.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn forget(tx: &Tx, keys: &[Key]) -> Result<(), StoreError> {
    let any = keys.iter().fold(Condition::any().add(Expr::val(1).eq(0)), |any, key| any.add(one(*key)));
    Entity::delete_many().filter(any).exec(tx.connection()).await?;
    Ok(())
}

/// Removes what was not touched for as long as it is kept.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut gone = 0;
    for counter in Counter::ALL.iter().copied() {
        let Some(kept) = counter.kept() else { continue };
        let tx = store.begin().await?;
        let old = Condition::all().add(Column::Counter.eq(Code(counter))).add(Column::TouchedAt.lt(now - kept));
        gone += Entity::delete_many().filter(old).exec(tx.connection()).await?.rows_affected;
        tx.commit().await?;
    }
    Ok(gone)
}

fn one(key: Key) -> Condition {
    Condition::all().add(Column::Counter.eq(Code(key.counter))).add(Column::Key.eq(key.about.to_vec()))
}
