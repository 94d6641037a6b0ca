//! Sessions, and the refresh tokens that keep them alive.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{DeviceId, RefreshTokenId, SessionId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::sessions::{ClientName, RefreshToken, Session};
use rafiq_domain::throttling::KnownDevice;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SelectExt};

use crate::entity::{refresh_token, session, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

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

/// A session.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: SessionId) -> Result<Option<Session>, StoreError> {
    session::Entity::find_by_id(id.uuid()).one(db.connection()).await?.map(read).transpose()
}

/// One page of the sessions of a user that run: neither ended nor over, and used since `used_since`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_running(
    db: &impl Reader,
    user: &Permitted<User>,
    now: DateTime<Utc>,
    used_since: DateTime<Utc>,
    page: Page,
) -> Result<Slice<Session>, StoreError> {
    let recently =
        Condition::any().add(session::Column::LastUsedAt.gt(used_since)).add(session::Column::StartedAt.gt(used_since));
    let running = session::Entity::find()
        .filter(session::Column::UserId.eq(user.id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::EndsAt.gt(now))
        .filter(recently);
    row::page(db, running, session::Column::Id, page, |session: &Session| session.id.uuid(), read).await
}

/// Adds a session, and notes with its user when they signed in. A sign-in proves itself by its password, not by a
/// permit.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, session: &Session) -> Result<(), StoreError> {
    let row = session::ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user_id.uuid()),
        started_at: Set(session.started_at),
        ends_at: Set(session.ends_at),
        revoked_at: Set(session.revoked_at),
        last_used_at: Set(Some(session.last_used_at)),
        second_factor_at: Set(session.second_factor_at),
        client: Set(session.client.as_ref().map(|client| client.as_str().to_owned())),
        device_id: Set(None),
    };
    session::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    user::Entity::update_many()
        .col_expr(user::Column::LastSignedInAt, Expr::value(session.started_at))
        .filter(user::Column::Id.eq(session.user_id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes from which device a session was begun.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn note_device(tx: &Tx, id: SessionId, device: &Permitted<KnownDevice>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::DeviceId, Expr::value(device.id.uuid()))
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::UserId.eq(device.user_id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The device from which a session was begun; it may be known no more.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn device_of(db: &impl Reader, id: SessionId) -> Result<Option<DeviceId>, StoreError> {
    let row = session::Entity::find_by_id(id.uuid()).one(db.connection()).await?;
    Ok(row.and_then(|row| row.device_id).map(DeviceId::from))
}

/// Notes that a session was prolonged. Its refresh token is the proof.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prolong(tx: &Tx, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends a session; ending it twice changes nothing.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke(tx: &Tx, session: &Permitted<Session>, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.eq(session.id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_all(tx: &Tx, user: &Permitted<User>, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user.id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends every session of a user but the one that is `kept`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_others(
    tx: &Tx,
    user: &Permitted<User>,
    kept: SessionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user.id.uuid()))
        .filter(session::Column::Id.ne(kept.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The first sessions, up to `limit`, that had to end before `before`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn over_before(db: &impl Reader, before: DateTime<Utc>, limit: u64) -> Result<Vec<SessionId>, StoreError> {
    let ids: Vec<sea_orm::prelude::Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::EndsAt.lt(before))
        .order_by_asc(session::Column::EndsAt)
        .limit(limit)
        .into_tuple()
        .all(db.connection())
        .await?;
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// Removes sessions with their refresh tokens.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove(tx: &Tx, sessions: &Permitted<Vec<SessionId>>) -> Result<(), StoreError> {
    let ids: Vec<_> = sessions.iter().map(|id| id.uuid()).collect();
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.is_in(ids.iter().copied()))
        .exec(tx.connection())
        .await?;
    session::Entity::delete_many().filter(session::Column::Id.is_in(ids)).exec(tx.connection()).await?;
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
pub async fn of_refresh_token(db: &impl Reader, hash: [u8; 32]) -> Result<Option<SessionId>, StoreError> {
    let found = refresh_token::Entity::find()
        .filter(refresh_token::Column::Hash.eq(hash.to_vec()))
        .one(db.connection())
        .await?;
    Ok(found.map(|found| found.session_id.into()))
}

/// The refresh token behind a hash, with its session and the fate of its relatives. The tokens of a
/// session are presented one after another, so that of two uses at once the later sees the earlier.
/// None when there is no such token, or its session is gone.
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
    let Some(session) = session.map(read).transpose()? else { return Ok(None) };
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

fn read(row: session::Model) -> Result<Session, StoreError> {
    let place = Place { table: "sessions", id: row.id };
    let client =
        row.client.map(|name| ClientName::cleaned(&name).ok_or_else(|| place.corrupt("client"))).transpose()?;
    Ok(Session {
        id: row.id.into(),
        user_id: row.user_id.into(),
        started_at: row.started_at,
        // A session from before this was noted is as good as last used when it began.
        last_used_at: row.last_used_at.unwrap_or(row.started_at),
        ends_at: row.ends_at,
        revoked_at: row.revoked_at,
        second_factor_at: row.second_factor_at,
        client,
    })
}
