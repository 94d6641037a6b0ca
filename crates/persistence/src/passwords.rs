//! Passwords, of which only hashes are kept, apart from the users whose they are.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::UserId;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::roles::RolePurpose;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{HospitalState, UserState};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait as _, JoinType, QueryFilter, QuerySelect, QueryTrait as _, RelationDef,
};

use crate::column::Code;
use crate::entity::password::{ActiveModel, Column, Entity, Model};
use crate::entity::{hospital, role_assignment, user};
use crate::error::StoreError;
use crate::store::{Reader, Store, Tx};
use crate::{roles, row};

/// A password as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// The argon2 string.
    pub hash: Sensitive<String>,
    /// When it was chosen.
    pub changed_at: DateTime<Utc>,
    /// How often one was chosen; hashing it anew does not count.
    pub version: Version,
}

/// What a sign-in is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who.
    pub user_id: UserId,
    /// Whether neither they nor their organization is shut out, and they hold a role to act in.
    pub active: bool,
    /// Their password, if they have one.
    pub password: Option<Password>,
}

/// What is known of `login`, in one statement whoever it is and whether it is anyone.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn credentials(db: &impl Reader, login: &str, now: DateTime<Utc>) -> Result<Option<Credentials>, StoreError> {
    type Row =
        (Uuid, Code<UserState>, Option<Code<HospitalState>>, bool, Option<String>, Option<DateTime<Utc>>, Option<i32>);
    let exercised = role_assignment::Column::Purpose.eq(Code(RolePurpose::Exercise));
    let held = role_assignment::Entity::find()
        .select_only()
        .column(role_assignment::Column::Id)
        .filter(
            Expr::col((role_assignment::Entity, role_assignment::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        )
        .filter(exercised)
        .filter(roles::runs(now))
        .into_query();
    let password: RelationDef = user::Entity::belongs_to(Entity).from(user::Column::Id).to(Column::UserId).into();
    let organization: RelationDef =
        user::Entity::belongs_to(hospital::Entity).from(user::Column::HospitalId).to(hospital::Column::Id).into();
    let found: Option<Row> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .column(user::Column::State)
        .column_as(hospital::Column::State, "hospital_state")
        .expr_as(Expr::exists(held), "holds_role")
        .column(Column::Hash)
        .column(Column::ChangedAt)
        .column_as(Column::Version, "password_version")
        .join(JoinType::LeftJoin, password)
        .join(JoinType::LeftJoin, organization)
        .filter(user::Column::Login.eq(login))
        .into_tuple()
        .one(db.connection())
        .await?;
    let password = |hash: Option<String>, changed_at: Option<DateTime<Utc>>, version: Option<i32>| {
        Some(Password { hash: Sensitive(hash?), changed_at: changed_at?, version: Version(version?) })
    };
    Ok(found.map(|(id, state, hospital, holds_role, hash, changed_at, version)| {
        let shut_out = state.0 != UserState::Active || hospital.is_some_and(|state| state.0 != HospitalState::Active);
        let password = password(hash, changed_at, version);
        Credentials { user_id: id.into(), active: holds_role && !shut_out, password }
    }))
}

/// The password of a user, if they have one.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, user_id: UserId) -> Result<Option<Password>, StoreError> {
    Ok(Entity::find_by_id(user_id.uuid()).one(db.connection()).await?.map(read))
}

/// The password of a user, which then stays as it is until the unit ends: a session that is opened by it
/// is either there when the password changes, and ends, or is not opened.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn hold(tx: &Tx, user_id: UserId) -> Result<Option<Password>, StoreError> {
    let held = Entity::find_by_id(user_id.uuid()).lock(LockType::Share);
    Ok(held.one(tx.connection()).await?.map(read))
}

/// Gives a user a password, in place of the one that they may have.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn set(
    tx: &Tx,
    user: &Permitted<User>,
    hash: &Sensitive<String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        user_id: Set(user.id.uuid()),
        hash: Set(hash.0.clone()),
        changed_at: Set(now),
        version: Set(Version::FIRST.0),
    };
    let replace = OnConflict::column(Column::UserId)
        .update_columns([Column::Hash, Column::ChangedAt])
        .value(Column::Version, Expr::col((Entity, Column::Version)).add(1))
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes a user's password away.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    Entity::delete_by_id(user.id.uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// Replaces the password that was `seen`.
///
/// # Errors
/// [`StoreError::Stale`] when another one was chosen since.
pub async fn replace(
    tx: &Tx,
    user: &Permitted<User>,
    seen: Version,
    hash: &Sensitive<String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let version = Set(seen.0.saturating_add(1));
    let change = ActiveModel { hash: Set(hash.0.clone()), changed_at: Set(now), version, ..Default::default() };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::UserId.eq(user.id.uuid()))
        .filter(Column::Version.eq(seen.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)
}

/// Keeps a dearer hash of the same password, unless it has been changed meanwhile. No decision is behind
/// it: the unit has no audit row.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn rehash(
    store: &Store,
    user_id: UserId,
    old: &Sensitive<String>,
    new: &Sensitive<String>,
) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    Entity::update_many()
        .col_expr(Column::Hash, Expr::value(new.0.clone()))
        .filter(Column::UserId.eq(user_id.uuid()))
        .filter(Column::Hash.eq(old.0.clone()))
        .exec(tx.connection())
        .await?;
    tx.commit().await
}

fn read(row: Model) -> Password {
    Password { hash: Sensitive(row.hash), changed_at: row.changed_at, version: Version(row.version) }
}
