//! The machine clients of hospitals: who they are, what they prove themselves with, and their sessions.

use chrono::{DateTime, Utc};
use rafiq_domain::clients::{
    Client, ClientFile, ClientScope, ClientTerms, Credential, CredentialKind, ExpiryWarning, KeyId, Proof, PublicKey,
    still_held,
};
use rafiq_domain::ids::{ClientCredentialId, SessionId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Permitted, Scope};
use rafiq_domain::text::Login;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Coded;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::column::{Code, Codes};
use crate::entity::{client, client_credential, client_session, used_assertion, user};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Store, Tx};
use crate::users::{self, Found};

const TABLE: &str = "client_credentials";

/// The name of the rule that lets an assertion be used once.
pub const USED_ASSERTIONS: &str = "used_assertions_pkey";

/// A client, as it is at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: UserId, now: DateTime<Utc>) -> Result<Option<Client>, StoreError> {
    let row = client::Entity::find_by_id(id.uuid()).one(db.connection()).await?;
    let user = users::find(db, id, now).await?;
    row.zip(user).map(|(row, user)| whole(row, user)).transpose()
}

/// The client that calls itself `login`, with its credentials.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_by_login(
    db: &impl Reader,
    login: &Login,
    now: DateTime<Utc>,
) -> Result<Option<ClientFile>, StoreError> {
    let id: Option<Uuid> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Login.eq(login.as_str()))
        .into_tuple()
        .one(db.connection())
        .await?;
    // Who is not there is looked for in the same places: the time must not tell.
    let id = id.unwrap_or_default().into();
    let credentials = credentials_of(db, id).await?;
    Ok(find(db, id, now).await?.map(|client| ClientFile { client, credentials }))
}

/// One page of the clients, as they are at `now`, each with its credentials.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    _scope: &Permitted<Scope>,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Slice<ClientFile>, StoreError> {
    let clients = client::Entity::find().select_only().column(client::Column::UserId).into_query();
    let wanted = Condition::all().add(user::Column::Id.in_subquery(clients));
    let users = users::load_page(db, wanted, page, now).await?;
    let ids: Vec<_> = users.items.iter().map(|found| found.row.id).collect();
    let mut credentials = credentials_of_all(db, ids.iter().copied()).await?;
    let mut rows = client::Entity::find().filter(client::Column::UserId.is_in(ids)).all(db.connection()).await?;
    let mut items = Vec::with_capacity(rows.len());
    for Found { user, .. } in users.items {
        let own = credentials.extract_if(.., |credential| credential.client_id == user.id).collect();
        let row = rows.extract_if(.., |row| UserId::from(row.user_id) == user.id).next();
        let row = row.ok_or_else(|| StoreError::corrupt("clients", "user_id", user.id))?;
        items.push(ClientFile { client: whole(row, user)?, credentials: own });
    }
    Ok(Slice { items, next: users.next })
}

/// Adds a client whose user was added.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, client: &Permitted<Client>) -> Result<(), StoreError> {
    let row = client::ActiveModel {
        user_id: Set(client.id().uuid()),
        scopes: Set(Codes(client.terms.scopes.clone())),
        allows_secret: Set(client.terms.allows_secret),
        created_at: Set(client.created_at),
        created_by: Set(client.created_by.map(UserId::uuid)),
    };
    client::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed client under the version of its user; answers the client as it is then.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, client: Permitted<Client>) -> Result<Permitted<Client>, StoreError> {
    let version = users::update(tx, &client.with(client.user.clone())).await?;
    let change = client::ActiveModel {
        scopes: Set(Codes(client.terms.scopes.clone())),
        allows_secret: Set(client.terms.allows_secret),
        ..Default::default()
    };
    let changed = client::Entity::update_many()
        .set(change)
        .filter(client::Column::UserId.eq(client.id().uuid()))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)?;
    Ok(client.map(|client| Client { user: User { version, ..client.user }, ..client }))
}

/// Notes that the credentials of a client change, and waits until no other unit changes them: of two that add one at
/// once the later sees the earlier.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn touch(tx: &Tx, client: &Permitted<Client>) -> Result<(), StoreError> {
    users::touch(tx, &client.with(client.user.clone())).await
}

/// The credentials of a client, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn credentials_of(db: &impl Reader, client: UserId) -> Result<Vec<Credential>, StoreError> {
    credentials_of_all(db, [client.uuid()]).await
}

async fn credentials_of_all(
    db: &impl Reader,
    clients: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Credential>, StoreError> {
    let rows = client_credential::Entity::find()
        .filter(client_credential::Column::UserId.is_in(clients))
        .order_by_asc(client_credential::Column::Id)
        .all(db.connection())
        .await?;
    rows.iter().map(read).collect()
}

/// One credential of a client.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_credential(
    db: &impl Reader,
    client: UserId,
    id: ClientCredentialId,
) -> Result<Option<Credential>, StoreError> {
    let found = client_credential::Entity::find_by_id(id.uuid())
        .filter(client_credential::Column::UserId.eq(client.uuid()))
        .one(db.connection())
        .await?;
    found.as_ref().map(read).transpose()
}

/// Adds a credential.
///
/// # Errors
/// [`StoreError::Taken`] by `uq_client_credentials_key_id` when the key is known, of this client or another.
pub async fn insert_credential(tx: &Tx, credential: &Permitted<Credential>) -> Result<(), StoreError> {
    let (key, secret) = match &credential.proof {
        Proof::Key(id, key) => (Some((id, key)), None),
        Proof::Secret(hash) => (None, Some(hash.to_vec())),
    };
    let row = client_credential::ActiveModel {
        id: Set(credential.id.uuid()),
        user_id: Set(credential.client_id.uuid()),
        key_id: Set(key.map(|(id, _)| id.as_str().to_owned())),
        algorithm: Set(key.map(|(_, key)| Code(key.algorithm()))),
        public_key: Set(key.map(|(_, key)| key.bytes())),
        secret_hash: Set(secret),
        valid_from: Set(credential.valid_from),
        expires_at: Set(credential.expires_at),
        created_by: Set(credential.created_by.map(UserId::uuid)),
        revoked_at: Set(credential.revoked_at),
        revoked_by: Set(credential.revoked_by.map(UserId::uuid)),
        last_used_at: Set(credential.last_used_at),
        warned: Set(credential.warned.map(Code)),
    };
    client_credential::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Keeps when a credential was revoked, and by whom; the first time counts.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_credential(tx: &Tx, credential: &Permitted<Credential>) -> Result<(), StoreError> {
    client_credential::Entity::update_many()
        .col_expr(client_credential::Column::RevokedAt, Expr::value(credential.revoked_at))
        .col_expr(client_credential::Column::RevokedBy, Expr::value(credential.revoked_by.map(UserId::uuid)))
        .filter(client_credential::Column::Id.eq(credential.id.uuid()))
        .filter(client_credential::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Revokes every credential of a client; of a user who is none, nothing.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn revoke_all(tx: &Tx, user: &Permitted<User>, now: DateTime<Utc>) -> Result<(), StoreError> {
    client_credential::Entity::update_many()
        .col_expr(client_credential::Column::RevokedAt, Expr::value(now))
        .col_expr(client_credential::Column::RevokedBy, Expr::value(user.permit().actor().user_id().map(UserId::uuid)))
        .filter(client_credential::Column::UserId.eq(user.id.uuid()))
        .filter(client_credential::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that a session was opened with a credential: its use is the proof.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn note_use(tx: &Tx, id: ClientCredentialId, now: DateTime<Utc>) -> Result<(), StoreError> {
    client_credential::Entity::update_many()
        .col_expr(client_credential::Column::LastUsedAt, Expr::value(now))
        .filter(client_credential::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Uses up an assertion: the hash of its id, until it could no longer be used anyway.
///
/// # Errors
/// [`StoreError::Taken`] by [`USED_ASSERTIONS`] when it was used before, on whichever instance.
pub async fn use_assertion(tx: &Tx, client: UserId, hash: [u8; 32], until: DateTime<Utc>) -> Result<(), StoreError> {
    let row = used_assertion::ActiveModel {
        user_id: Set(client.uuid()),
        token_hash: Set(hash.to_vec()),
        expires_at: Set(until),
    };
    used_assertion::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Removes the assertions that ended before `before`: they could not be used again anyway.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune_assertions(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let tx = store.begin().await?;
    let old = used_assertion::Entity::delete_many().filter(used_assertion::Column::ExpiresAt.lt(before));
    let gone = old.exec(tx.connection()).await?.rows_affected;
    tx.commit().await?;
    Ok(gone)
}

/// Says of a new session which credential opened it, and with which scopes. A session proves itself
/// by the credential, not by a permit.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_session(
    tx: &Tx,
    session: SessionId,
    credential: ClientCredentialId,
    scopes: &[ClientScope],
) -> Result<(), StoreError> {
    let row = client_session::ActiveModel {
        session_id: Set(session.uuid()),
        credential_id: Set(credential.uuid()),
        scopes: Set(Codes(scopes.to_vec())),
    };
    client_session::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// What a client's session may do now: of the scopes that it was given, those that the client still has.
/// None when it is no session of the client, or the credential that opened it is good no more.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn live_scopes(
    db: &impl Reader,
    client: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Vec<ClientScope>>, StoreError> {
    let connection = db.connection();
    let Some(opened) = client_session::Entity::find_by_id(session.uuid()).one(connection).await? else {
        return Ok(None);
    };
    let Some(credential) = find_credential(db, client, opened.credential_id.into()).await? else { return Ok(None) };
    let Some(terms) = client::Entity::find_by_id(client.uuid()).one(connection).await? else { return Ok(None) };
    let allowed = terms.allows_secret || credential.kind() == CredentialKind::PublicKey;
    let good = allowed && credential.is_active(now);
    Ok(good.then(|| still_held(&opened.scopes.0, &terms.scopes.0)))
}

/// The credentials of which someone must be told that they will expire, the most urgent first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn to_be_warned(db: &impl Reader, now: DateTime<Utc>, limit: u64) -> Result<Vec<Credential>, StoreError> {
    use client_credential::Column;
    let due = ExpiryWarning::ALL.iter().fold(Condition::any(), |due, warning| {
        let earlier = ExpiryWarning::ALL.iter().filter(|earlier| *earlier < warning).map(|earlier| Code(*earlier));
        let not_yet = Condition::any().add(Column::Warned.is_null()).add(Column::Warned.is_in(earlier));
        due.add(Condition::all().add(Column::ExpiresAt.lte(now + warning.ahead())).add(not_yet))
    });
    let rows = client_credential::Entity::find()
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(due)
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .all(db.connection())
        .await?;
    rows.iter().map(read).collect()
}

/// Notes that a warning goes out.
///
/// # Errors
/// [`StoreError::Stale`] when another instance was faster.
pub async fn note_warning(
    tx: &Tx,
    credential: &Permitted<Credential>,
    warning: ExpiryWarning,
) -> Result<(), StoreError> {
    use client_credential::Column;
    let before = match credential.warned {
        None => Column::Warned.is_null(),
        Some(before) => Column::Warned.eq(Code(before)),
    };
    let changed = client_credential::Entity::update_many()
        .col_expr(Column::Warned, Expr::value(Code(warning)))
        .filter(Column::Id.eq(credential.id.uuid()))
        .filter(before)
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)
}

fn whole(row: client::Model, user: User) -> Result<Client, StoreError> {
    let place = Place { table: "clients", id: row.user_id };
    let hospital_id = user.profile.hospital_id.ok_or_else(|| place.corrupt("user_id"))?;
    Ok(Client {
        user,
        hospital_id,
        terms: ClientTerms { scopes: row.scopes.0, allows_secret: row.allows_secret },
        created_at: row.created_at,
        created_by: row.created_by.map(UserId::from),
    })
}

fn read(row: &client_credential::Model) -> Result<Credential, StoreError> {
    let place = Place { table: TABLE, id: row.id };
    Ok(Credential {
        id: row.id.into(),
        client_id: row.user_id.into(),
        proof: read_proof(place, row)?,
        valid_from: row.valid_from,
        expires_at: row.expires_at,
        created_by: row.created_by.map(UserId::from),
        revoked_at: row.revoked_at,
        revoked_by: row.revoked_by.map(UserId::from),
        last_used_at: row.last_used_at,
        warned: row.warned.map(|warned| warned.0),
    })
}

fn read_proof(place: Place, row: &client_credential::Model) -> Result<Proof, StoreError> {
    let key = row.key_id.as_ref().zip(row.algorithm).zip(row.public_key.as_ref());
    match (key, &row.secret_hash) {
        (Some(((id, algorithm), key)), None) => {
            let id = place.read("key_id", KeyId::parse(id))?;
            let key = PublicKey::from_bytes(algorithm.0, key).ok_or_else(|| place.corrupt("public_key"))?;
            Ok(Proof::Key(id, key))
        }
        (None, Some(hash)) => {
            let hash = hash.as_slice().try_into().map_err(|_| place.corrupt("secret_hash"))?;
            Ok(Proof::Secret(hash))
        }
        (Some(_), Some(_)) | (None, None) => Err(place.corrupt("secret_hash")),
    }
}
