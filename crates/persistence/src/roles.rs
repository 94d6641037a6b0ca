//! Who holds which role, for what and until when. That a role is held once for a purpose is the database's own rule.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{RoleAssignmentId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::roles::{Administrators, RoleAssignment, RoleEnd, RolePurpose};
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{Role, UserState};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    RelationDef, Select,
};

use crate::column::Code;
use crate::entity::role_assignment::{ActiveModel, Column, Entity, Model};
use crate::entity::user;
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// The rule of one open assignment for each user, role and purpose.
pub const HELD_TWICE: &str = "uq_role_assignments_user_id_role_purpose";

/// What holds a role at `now`: neither ended nor over.
pub(crate) fn runs(now: DateTime<Utc>) -> Condition {
    let lasts = Condition::any().add(Column::Until.is_null()).add(Column::Until.gt(now));
    Condition::all().add(Column::EndedAt.is_null()).add(lasts)
}

/// One assignment of a user.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(
    db: &impl Reader,
    user_id: UserId,
    id: RoleAssignmentId,
) -> Result<Option<RoleAssignment>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::UserId.eq(user_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// One page of all the assignments that a user ever had, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_user(db: &impl Reader, user_id: UserId, page: Page) -> Result<Slice<RoleAssignment>, StoreError> {
    let all = Entity::find().filter(Column::UserId.eq(user_id.uuid()));
    row::page(db, all, Column::Id, page, |held: &RoleAssignment| held.id.uuid(), read).await
}

/// The roles that several users hold at `now`, in one statement.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn held_by(
    db: &impl Reader,
    users: impl IntoIterator<Item = UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<RoleAssignment>, StoreError> {
    let users = users.into_iter().map(UserId::uuid);
    let held = Entity::find().filter(Column::UserId.is_in(users)).filter(runs(now)).order_by_asc(Column::Id);
    held.all(db.connection()).await?.into_iter().map(read).collect()
}

/// Who made a user's account, by who gave the first of their roles; none for the operator of the product.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn let_in_by(db: &impl Reader, user_id: UserId) -> Result<Option<UserId>, StoreError> {
    let first = Entity::find().filter(Column::UserId.eq(user_id.uuid())).order_by_asc(Column::GrantedAt);
    let first = first.order_by_asc(Column::Id).one(db.connection()).await?;
    Ok(first.and_then(|row| row.granted_by).map(UserId::from))
}

/// Adds assignments. One whose time is over gives its place to the next of its kind.
///
/// # Errors
/// [`StoreError::Taken`] when the role is held already ([`HELD_TWICE`]).
pub async fn insert(tx: &Tx, new: &Permitted<Vec<RoleAssignment>>) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    for assignment in new.iter() {
        close_expired(tx, assignment).await?;
    }
    Entity::insert_many(new.iter().map(columns)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn close_expired(tx: &Tx, new: &RoleAssignment) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::col(Column::Until))
        .filter(Column::UserId.eq(new.user_id.uuid()))
        .filter(Column::Role.eq(Code(new.role)))
        .filter(Column::Purpose.eq(Code(new.purpose)))
        .filter(Column::EndedAt.is_null())
        .filter(Column::Until.lte(new.granted_at))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Keeps how an assignment ended.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn end(tx: &Tx, assignment: &Permitted<RoleAssignment>) -> Result<(), StoreError> {
    let ended = Entity::update_many()
        .set(end_of(assignment.ended.as_ref()))
        .filter(Column::Id.eq(assignment.id.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(tx.connection())
        .await?;
    row::expect_one(ended.rows_affected)
}

/// Ends everything that a user holds; answers how much that was. What is over already stays as it is.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn end_all(tx: &Tx, user: &Permitted<User>, end: &RoleEnd) -> Result<u64, StoreError> {
    let ended = Entity::update_many()
        .set(end_of(Some(end)))
        .filter(Column::UserId.eq(user.id.uuid()))
        .filter(runs(end.at))
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected)
}

/// The active users who administer for good ([`RoleAssignment::administers`]), held until the unit ends: of two units
/// that would each take one of the last two away, the later sees what the earlier did.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn lock_administrators(tx: &Tx) -> Result<Administrators, StoreError> {
    let for_good = || active_administrators().filter(Column::Until.is_null()).filter(Column::EndedAt.is_null());
    // Their roles alone: who holds users does so in the order of their ids, which is another one.
    let mut held = for_good();
    QueryTrait::query(&mut held).lock_with_tables(LockType::NoKeyUpdate, [Entity]);
    held.all(tx.connection()).await?;
    // By a statement of its own, that sees what those wrote who were waited for.
    let rows = for_good().all(tx.connection()).await?;
    let mut found = Administrators::default();
    for row in rows {
        match row.purpose.0 {
            RolePurpose::Exercise => found.acting.push(row.user_id.into()),
            RolePurpose::Confer => found.giving.push(row.user_id.into()),
        }
    }
    Ok(found)
}

/// The active users who are administrators at `now`, for good or for a time.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn administrators(db: &impl Reader, now: DateTime<Utc>) -> Result<Vec<UserId>, StoreError> {
    let acting = active_administrators().filter(Column::Purpose.eq(Code(RolePurpose::Exercise)));
    let rows = acting.filter(runs(now)).all(db.connection()).await?;
    Ok(rows.into_iter().map(|row| row.user_id.into()).collect())
}

/// What active users hold of the role of an administrator, each user's assignments together.
fn active_administrators() -> Select<Entity> {
    Entity::find()
        .join(JoinType::InnerJoin, holder())
        .filter(Column::Role.eq(Code(Role::Administrator)))
        .filter(Expr::col((user::Entity, user::Column::State)).eq(Code(UserState::Active)))
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::Id)
}

fn holder() -> RelationDef {
    Entity::belongs_to(user::Entity).from(Column::UserId).to(user::Column::Id).into()
}

fn columns(assignment: &RoleAssignment) -> ActiveModel {
    ActiveModel {
        id: Set(assignment.id.uuid()),
        user_id: Set(assignment.user_id.uuid()),
        role: Set(Code(assignment.role)),
        purpose: Set(Code(assignment.purpose)),
        granted_by: Set(assignment.granted_by.map(UserId::uuid)),
        granted_at: Set(assignment.granted_at),
        until: Set(assignment.until),
        reason: Set(assignment.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        ..end_of(assignment.ended.as_ref())
    }
}

fn end_of(end: Option<&RoleEnd>) -> ActiveModel {
    ActiveModel {
        ended_at: Set(end.map(|end| end.at)),
        ended_by: Set(end.and_then(|end| end.by).map(UserId::uuid)),
        end_reason: Set(end.and_then(|end| end.reason.as_ref()).map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    }
}

fn read(row: Model) -> Result<RoleAssignment, StoreError> {
    let place = Place { table: "role_assignments", id: row.id };
    let line =
        |column, text: Option<String>| place.read_optional(column, text.map(|text| Line::parse(&text, Line::LONGEST)));
    let end_reason = line("end_reason", row.end_reason)?;
    Ok(RoleAssignment {
        id: row.id.into(),
        user_id: row.user_id.into(),
        role: row.role.0,
        purpose: row.purpose.0,
        granted_by: row.granted_by.map(UserId::from),
        granted_at: row.granted_at,
        until: row.until,
        reason: line("reason", row.reason)?,
        ended: row.ended_at.map(|at| RoleEnd { at, by: row.ended_by.map(UserId::from), reason: end_reason }),
    })
}
