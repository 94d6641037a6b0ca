//! Who stands in for whom.

use chrono::{DateTime, Utc};
use rafiq_domain::delegations::{DELEGABLE, Delegation, DelegationTerms};
use rafiq_domain::ids::{DelegationId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Permitted, Scope, StandIn};
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::entity::delegation::{ActiveModel, Column, Entity, Model};
use crate::entity::user;
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::users;

/// A delegation.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: DelegationId) -> Result<Option<Delegation>, StoreError> {
    Entity::find_by_id(id.uuid()).one(db.connection()).await?.as_ref().map(read).transpose()
}

/// One page of the delegations in `scope`, newest first: all of them, or those that the caller is a party to.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(db: &impl Reader, scope: &Permitted<Scope>, page: Page) -> Result<Slice<Delegation>, StoreError> {
    let select = Entity::find().filter(in_scope(scope));
    row::page(db, select, Column::Id, page, |delegation: &Delegation| delegation.id.uuid(), |row| read(&row)).await
}

/// What [`Delegation`] calls its parties' own.
fn in_scope(scope: &Permitted<Scope>) -> Condition {
    match &**scope {
        Scope::All => Condition::all(),
        Scope::Own(_) => {
            let party = scope.permit().actor().user_id().map(UserId::uuid);
            row::any_of([party.map(|id| Column::FromUserId.eq(id)), party.map(|id| Column::ToUserId.eq(id))])
        }
    }
}

/// For whom `user` stands in at `now`, with the roles that those exercise and the last end of their absence:
/// nobody who may not act themselves.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn stands_in_for(db: &impl Reader, user: &User, now: DateTime<Utc>) -> Result<Vec<StandIn>, StoreError> {
    if !DELEGABLE.iter().any(|role| user.profile.roles.contains(role)) {
        return Ok(Vec::new());
    }
    let running = Entity::find().filter(Column::ToUserId.eq(user.id.uuid())).filter(runs(now));
    let running = running.all(db.connection()).await?;
    if running.is_empty() {
        return Ok(Vec::new());
    }
    let absent = user::Column::Id.is_in(running.iter().map(|row| row.from_user_id));
    let able = users::load(db, absent, now).await?.into_iter().map(|found| found.user).filter(User::may_act);
    let stand_in = |user: User| {
        let ends = running.iter().filter(|row| row.from_user_id == user.id.uuid()).map(|row| row.valid_until);
        Some(StandIn { user_id: user.id, until: ends.max()?, roles: user.profile.roles })
    };
    Ok(able.filter_map(stand_in).collect())
}

/// The delegations by which `user_id` stands in for someone, or has stood in, newest first; at most `limit`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn to_user(db: &impl Reader, user_id: UserId, limit: u16) -> Result<Slice<Delegation>, StoreError> {
    let select = Entity::find().filter(Column::ToUserId.eq(user_id.uuid()));
    let page = Page { after: None, limit };
    row::page(db, select, Column::Id, page, |delegation: &Delegation| delegation.id.uuid(), |row| read(&row)).await
}

fn runs(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::EndedAt.is_null()).add(Column::ValidFrom.lte(now)).add(Column::ValidUntil.gt(now))
}

/// Adds a delegation.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, delegation: &Permitted<Delegation>) -> Result<(), StoreError> {
    let DelegationTerms { from, to, valid_from, valid_until, reason } = &delegation.terms;
    let row = ActiveModel {
        id: Set(delegation.id.uuid()),
        from_user_id: Set(from.uuid()),
        to_user_id: Set(to.uuid()),
        valid_from: Set(*valid_from),
        valid_until: Set(*valid_until),
        reason: Set(reason.as_str().to_owned()),
        created_by: Set(delegation.created_by.uuid()),
        ended_at: Set(delegation.ended.map(|(at, _)| at)),
        ended_by: Set(delegation.ended.and_then(|(_, by)| by).map(UserId::uuid)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Keeps how a delegation ended.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn end(tx: &Tx, delegation: &Permitted<Delegation>) -> Result<(), StoreError> {
    let (at, by) = delegation.ended.unzip();
    let by = by.flatten().map(UserId::uuid);
    let ended = end_those(tx, Column::Id.eq(delegation.id.uuid()), at, by).await?;
    row::expect_one(ended)
}

/// Ends all delegations for `user_id` and to them that are not over, as when they leave.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn end_all_of_user<T: Sync>(
    tx: &Tx,
    by: &Permitted<T>,
    user_id: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let party = Condition::any().add(Column::FromUserId.eq(user_id.uuid())).add(Column::ToUserId.eq(user_id.uuid()));
    let open = Condition::all().add(party).add(Column::ValidUntil.gt(at));
    let by = by.permit().actor().user_id().map(UserId::uuid);
    end_those(tx, open, Some(at), by).await?;
    Ok(())
}

async fn end_those(
    tx: &Tx,
    which: impl sea_orm::sea_query::IntoCondition,
    at: Option<DateTime<Utc>>,
    by: Option<sea_orm::prelude::Uuid>,
) -> Result<u64, StoreError> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(at))
        .col_expr(Column::EndedBy, Expr::value(by))
        .filter(which)
        .filter(Column::EndedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected)
}

fn read(row: &Model) -> Result<Delegation, StoreError> {
    let place = Place { table: "delegations", id: row.id };
    Ok(Delegation {
        id: row.id.into(),
        terms: DelegationTerms {
            from: row.from_user_id.into(),
            to: row.to_user_id.into(),
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            reason: place.read("reason", Line::parse(&row.reason, Line::LONGEST))?,
        },
        created_by: row.created_by.into(),
        ended: row.ended_at.map(|at| (at, row.ended_by.map(UserId::from))),
    })
}
