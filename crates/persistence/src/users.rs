//! Users, their sessions and refresh tokens.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{HospitalId, InterpreterId, RefreshTokenId, SessionId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Permitted, Principal, Scope};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::{RefreshToken, Session, User, UserProfile};
use rafiq_domain::vocabulary::UserState;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, SelectExt};

use crate::column::{Code, Codes};
use crate::entity::{refresh_token, session, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// A user with the hash of the password: only signing in needs it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The argon2 string.
    pub password_hash: Sensitive<String>,
}

/// A presented refresh token with what judges it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The token.
    pub token: RefreshToken,
    /// Whether a child of it was used, or another child of its parent.
    pub relative_was_used: bool,
    /// Its session.
    pub session: Session,
}

/// The user who signs in as `login`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_by_login(db: &impl Reader, login: &Login) -> Result<Option<Credentials>, StoreError> {
    let row = user::Entity::find().filter(user::Column::Login.eq(login.as_str())).one(db.connection()).await?;
    row.map(|row| {
        let password_hash = Sensitive(row.password_hash.clone());
        Ok(Credentials { user: read(row)?, password_hash })
    })
    .transpose()
}

/// A user.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: UserId) -> Result<Option<User>, StoreError> {
    user::Entity::find_by_id(id.uuid()).one(db.connection()).await?.map(read).transpose()
}

/// The user of a running session, as the policy sees them: a disabled user or an ended session is out at once.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn principal(
    db: &impl Reader,
    user_id: UserId,
    session_id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Principal>, StoreError> {
    let session = session::Entity::find_by_id(session_id.uuid()).one(db.connection()).await?.as_ref().map(read_session);
    let runs = session.is_some_and(|session| session.user_id == user_id && session.runs(now));
    if !runs {
        return Ok(None);
    }
    let user = find(db, user_id).await?.filter(|user| user.state == UserState::Active);
    Ok(user.map(|user| Principal {
        user_id,
        session_id,
        roles: user.profile.roles,
        hospital_id: user.profile.hospital_id,
        interpreter_id: user.profile.interpreter_id,
    }))
}

/// One page of users.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(db: &impl Reader, _scope: &Permitted<Scope>, page: Page) -> Result<Slice<User>, StoreError> {
    row::page(db, user::Entity::find(), user::Column::Id, page, |user: &User| user.id.uuid(), read).await
}

/// The names of several users, in one query.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn names(
    db: &impl Reader,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<(UserId, PersonName)>, StoreError> {
    let ids = ids.into_iter().map(UserId::uuid);
    let rows: Vec<(sea_orm::prelude::Uuid, String)> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .column(user::Column::Name)
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db.connection())
        .await?;
    let read = |(id, name): (sea_orm::prelude::Uuid, String)| {
        let place = Place { table: "users", id };
        Ok((id.into(), place.read("name", PersonName::parse(&name))?))
    };
    rows.into_iter().map(read).collect()
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Taken`] when the login is in use (`uq_users_login`).
pub async fn insert(
    tx: &Tx,
    user: &Permitted<User>,
    password_hash: &Sensitive<String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = user::ActiveModel {
        id: Set(user.id.uuid()),
        login: Set(user.login.as_str().to_owned()),
        name: Set(user.profile.name.as_str().to_owned()),
        roles: Set(Codes(user.profile.roles.clone())),
        hospital_id: Set(user.profile.hospital_id.map(HospitalId::uuid)),
        interpreter_id: Set(user.profile.interpreter_id.map(InterpreterId::uuid)),
        state: Set(Code(user.state)),
        password_hash: Set(password_hash.0.clone()),
        created_at: Set(now),
        version: Set(user.version.0),
    };
    user::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed user.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, user: &Permitted<User>) -> Result<Version, StoreError> {
    let next = Version(user.version.0 + 1);
    let change = user::ActiveModel {
        name: Set(user.profile.name.as_str().to_owned()),
        roles: Set(Codes(user.profile.roles.clone())),
        state: Set(Code(user.state)),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = user::Entity::update_many()
        .set(change)
        .filter(user::Column::Id.eq(user.id.uuid()))
        .filter(user::Column::Version.eq(user.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

/// Adds a session. A sign-in proves itself by its password, not by a permit.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_session(tx: &Tx, session: &Session) -> Result<(), StoreError> {
    let row = session::ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user_id.uuid()),
        started_at: Set(session.started_at),
        ends_at: Set(session.ends_at),
        revoked_at: Set(session.revoked_at),
    };
    session::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Ends a session; ending it twice changes nothing.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_session(tx: &Tx, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_sessions(tx: &Tx, user: &Permitted<User>, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user.id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Adds a refresh token by its hash; `parent` is the token that it replaces.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_refresh_token(
    tx: &Tx,
    token: &RefreshToken,
    hash: [u8; 32],
    parent: Option<RefreshTokenId>,
) -> Result<(), StoreError> {
    let row = refresh_token::ActiveModel {
        id: Set(token.id.uuid()),
        session_id: Set(token.session_id.uuid()),
        parent_id: Set(parent.map(RefreshTokenId::uuid)),
        hash: Set(hash.to_vec()),
        issued_at: Set(token.issued_at),
        expires_at: Set(token.expires_at),
        rotated_at: Set(token.rotated_at),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes that a refresh token was exchanged; the first time counts.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn rotate_refresh_token(tx: &Tx, id: RefreshTokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RotatedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(id.uuid()))
        .filter(refresh_token::Column::RotatedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The session that a refresh token of this hash keeps alive.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn session_of_refresh_token(db: &impl Reader, hash: [u8; 32]) -> Result<Option<SessionId>, StoreError> {
    let found = refresh_token::Entity::find()
        .filter(refresh_token::Column::Hash.eq(hash.to_vec()))
        .one(db.connection())
        .await?;
    Ok(found.map(|found| found.session_id.into()))
}

/// The refresh token behind a hash, with its session and the fate of its relatives. The tokens of a
/// session are presented one after another, so that of two uses at once the later sees the earlier.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn present_refresh_token(
    tx: &Tx,
    session_id: SessionId,
    hash: [u8; 32],
) -> Result<Option<Presented>, StoreError> {
    let session =
        session::Entity::find_by_id(session_id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    let session = session.as_ref().map(read_session).ok_or(StoreError::Missing)?;
    let found = refresh_token::Entity::find()
        .filter(refresh_token::Column::SessionId.eq(session_id.uuid()))
        .filter(refresh_token::Column::Hash.eq(hash.to_vec()))
        .one(tx.connection())
        .await?;
    let Some(found) = found else { return Ok(None) };
    let siblings = found.parent_id.map(|parent| {
        Condition::all().add(refresh_token::Column::ParentId.eq(parent)).add(refresh_token::Column::Id.ne(found.id))
    });
    let relatives = Condition::any().add(refresh_token::Column::ParentId.eq(found.id)).add_option(siblings);
    let relative_was_used = refresh_token::Entity::find()
        .filter(relatives)
        .filter(refresh_token::Column::RotatedAt.is_not_null())
        .exists(tx.connection())
        .await?;
    let token = RefreshToken {
        id: found.id.into(),
        session_id,
        issued_at: found.issued_at,
        expires_at: found.expires_at,
        rotated_at: found.rotated_at,
    };
    Ok(Some(Presented { token, relative_was_used, session }))
}

fn read(row: user::Model) -> Result<User, StoreError> {
    let place = Place { table: "users", id: row.id };
    Ok(User {
        id: row.id.into(),
        login: place.read("login", Login::parse(&row.login))?,
        profile: UserProfile {
            name: place.read("name", PersonName::parse(&row.name))?,
            roles: row.roles.0,
            hospital_id: row.hospital_id.map(HospitalId::from),
            interpreter_id: row.interpreter_id.map(InterpreterId::from),
        },
        state: row.state.0,
        version: Version(row.version),
    })
}

fn read_session(row: &session::Model) -> Session {
    Session {
        id: row.id.into(),
        user_id: row.user_id.into(),
        started_at: row.started_at,
        ends_at: row.ends_at,
        revoked_at: row.revoked_at,
    }
}
