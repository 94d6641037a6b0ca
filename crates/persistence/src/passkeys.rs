//! Passkeys, and the ceremonies that register and use them.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{PasskeyId, SessionId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::second_factor::Passkey;
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{passkey, passkey_ceremony};
use crate::error::StoreError;
use crate::row::Place;
use crate::store::{Reader, Store, Tx};

/// A passkey with what verifies it.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The passkey.
    pub passkey: Passkey,
    /// The id by which the authenticator knows it.
    pub credential_id: Vec<u8>,
    /// The verifier's own document, as JSON.
    pub document: String,
    /// How often it was used, as far as the authenticator counts; 0 for one that does not.
    pub counter: u32,
}

/// What a ceremony is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// To register a passkey.
    Registration,
    /// To prove a session with one.
    Verification,
}

impl Ceremony {
    const fn code(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Verification => "verification",
        }
    }
}

/// The passkeys of a user, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_user(db: &impl Reader, user_id: UserId) -> Result<Vec<Credential>, StoreError> {
    let rows = passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user_id.uuid()))
        .order_by_asc(passkey::Column::Id)
        .all(db.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// A passkey, whosever it is.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: PasskeyId) -> Result<Option<Passkey>, StoreError> {
    let row = passkey::Entity::find_by_id(id.uuid()).one(db.connection()).await?;
    row.map(|row| read(row).map(|credential| credential.passkey)).transpose()
}

/// Adds a passkey.
///
/// # Errors
/// [`StoreError::Taken`] by `uq_passkeys_credential_id` when it is registered already, to whomever.
pub async fn insert(tx: &Tx, credential: &Permitted<Credential>) -> Result<(), StoreError> {
    let Passkey { id, user_id, name, created_at, last_used_at } = &credential.passkey;
    let row = passkey::ActiveModel {
        id: Set(id.uuid()),
        user_id: Set(user_id.uuid()),
        name: Set(name.as_str().to_owned()),
        credential_id: Set(credential.credential_id.clone()),
        credential: Set(credential.document.clone()),
        counter: Set(credential.counter.into()),
        created_at: Set(*created_at),
        last_used_at: Set(*last_used_at),
    };
    passkey::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes that a passkey was used. No when its counter did not go on from the one that is kept: a copy
/// of it is about, or the same answer came twice at once.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn note_use(tx: &Tx, credential: &Permitted<Credential>) -> Result<bool, StoreError> {
    let counter = i64::from(credential.counter);
    let change = passkey::ActiveModel {
        credential: Set(credential.document.clone()),
        counter: Set(counter),
        last_used_at: Set(credential.passkey.last_used_at),
        ..Default::default()
    };
    // Whoever does not count stays at 0 for ever.
    let goes_on = if counter == 0 { passkey::Column::Counter.eq(0) } else { passkey::Column::Counter.lt(counter) };
    let used = passkey::Entity::update_many()
        .set(change)
        .filter(passkey::Column::Id.eq(credential.passkey.id.uuid()))
        .filter(goes_on)
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// Takes a passkey of a user away; no when they have none of this id.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove(tx: &Tx, user: &Permitted<User>, id: PasskeyId) -> Result<bool, StoreError> {
    let removed = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id.uuid()))
        .filter(passkey::Column::UserId.eq(user.id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(removed.rows_affected == 1)
}

/// Starts a ceremony in a session, in place of one of its kind that was started before.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn start(
    tx: &Tx,
    state: &Permitted<String>,
    session_id: SessionId,
    kind: Ceremony,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    use passkey_ceremony::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        session_id: Set(session_id.uuid()),
        kind: Set(kind.code().to_owned()),
        state: Set((**state).clone()),
        expires_at: Set(expires_at),
    };
    let replace = OnConflict::columns([Column::SessionId, Column::Kind])
        .update_columns([Column::State, Column::ExpiresAt])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes the ceremony that a session has started, in a unit of its own: whatever becomes of the answer to
/// its challenge, there is no second one, on whichever instance.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn take(
    store: &Store,
    session_id: SessionId,
    kind: Ceremony,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    use passkey_ceremony::{Column, Entity};
    let tx = store.begin().await?;
    let taken = Entity::delete_many()
        .filter(Column::SessionId.eq(session_id.uuid()))
        .filter(Column::Kind.eq(kind.code()))
        .exec_with_returning(tx.connection())
        .await?;
    tx.commit().await?;
    Ok(taken.into_iter().find(|taken| now < taken.expires_at).map(|taken| taken.state))
}

/// Removes the ceremonies that ended before `before` and were never finished.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    use passkey_ceremony::{Column, Entity};
    let tx = store.begin().await?;
    let gone = Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(tx.connection()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

fn read(row: passkey::Model) -> Result<Credential, StoreError> {
    let place = Place { table: "passkeys", id: row.id };
    Ok(Credential {
        passkey: Passkey {
            id: row.id.into(),
            user_id: row.user_id.into(),
            name: place.read("name", Line::parse(&row.name, Passkey::LONGEST_NAME))?,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        },
        credential_id: row.credential_id,
        document: row.credential,
        counter: u32::try_from(row.counter).map_err(|_| place.corrupt("counter"))?,
    })
}
