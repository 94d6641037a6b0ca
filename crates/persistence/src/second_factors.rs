//! Second factors: authenticator apps, recovery codes, and how often codes were tried.
//!
//! Whatever must not happen twice is one conditional statement, so that it holds across instances.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{SessionId, UserId};
use rafiq_domain::policy::{Assurance, Permitted};
use rafiq_domain::second_factor::{Attempts, Factors, SecondFactorRule, TooManyWrongCodes};
use rafiq_domain::sensitive::Sealed;
use rafiq_domain::sessions::Session;
use rafiq_domain::users::User;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType, OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SelectExt};

use crate::entity::{passkey, recovery_code, second_factor_attempt, session, totp_enrolment, totp_factor, user};
use crate::error::StoreError;
use crate::row::Place;
use crate::store::{Reader, Store, Tx};

/// The secret of an authenticator app.
#[derive(Debug, Clone)]
pub struct TotpSecret {
    /// Whose.
    pub user_id: UserId,
    /// The secret, sealed.
    pub secret: Sealed,
}

/// An enrolment that was started.
#[derive(Debug, Clone)]
pub struct TotpEnrolment {
    /// The secret, sealed.
    pub secret: Sealed,
    /// When it was started.
    pub started_at: DateTime<Utc>,
}

/// What a user has set up.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn factors(db: &impl Reader, user_id: UserId) -> Result<Factors, StoreError> {
    let id = user_id.uuid();
    let totp = totp_factor::Entity::find_by_id(id).one(db.connection()).await?;
    let passkeys = passkey::Entity::find().filter(passkey::Column::UserId.eq(id)).count(db.connection()).await?;
    let codes = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(id))
        .filter(recovery_code::Column::UsedAt.is_null());
    Ok(Factors {
        totp_since: totp.map(|totp| totp.confirmed_at),
        passkeys,
        recovery_codes: codes.count(db.connection()).await?,
    })
}

/// Whether a user has set any up, in one statement: each request of an unproven session asks.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn are_set_up(db: &impl Reader, user_id: UserId) -> Result<bool, StoreError> {
    let of = user_id.uuid();
    let totp = Query::select()
        .expr(Expr::val(1))
        .from(totp_factor::Entity)
        .and_where(totp_factor::Column::UserId.eq(of))
        .to_owned();
    let passkeys =
        Query::select().expr(Expr::val(1)).from(passkey::Entity).and_where(passkey::Column::UserId.eq(of)).to_owned();
    let any = Condition::any().add(Expr::exists(totp)).add(Expr::exists(passkeys));
    Ok(user::Entity::find_by_id(of).filter(any).exists(db.connection()).await?)
}

/// How far the sign-in of a session has come.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn assurance(db: &impl Reader, session: &Session, rule: SecondFactorRule) -> Result<Assurance, StoreError> {
    let owed = session.second_factor_at.is_none()
        && match rule {
            SecondFactorRule::Required => true,
            SecondFactorRule::Optional => are_set_up(db, session.user_id).await?,
        };
    Ok(if owed { Assurance::Partial } else { Assurance::Full })
}

/// Lets the changes of a user's factors come one after another, so that two that are each allowed alone
/// do not both happen.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn hold(tx: &Tx, user_id: UserId) -> Result<(), StoreError> {
    user::Entity::find_by_id(user_id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    Ok(())
}

/// Starts to enrol an authenticator app, in place of an enrolment that was started before.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn start_totp(tx: &Tx, user: &Permitted<User>, secret: Sealed, now: DateTime<Utc>) -> Result<(), StoreError> {
    use totp_enrolment::Column;
    let row = totp_enrolment::ActiveModel {
        user_id: Set(user.id.uuid()),
        key_id: Set(secret.key_id),
        secret: Set(secret.bytes),
        started_at: Set(now),
    };
    let replace = OnConflict::column(Column::UserId)
        .update_columns([Column::KeyId, Column::Secret, Column::StartedAt])
        .to_owned();
    totp_enrolment::Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The enrolment that a user has started.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn started_totp(db: &impl Reader, user_id: UserId) -> Result<Option<TotpEnrolment>, StoreError> {
    let row = totp_enrolment::Entity::find_by_id(user_id.uuid()).one(db.connection()).await?;
    Ok(row.map(|row| TotpEnrolment {
        secret: Sealed { key_id: row.key_id, bytes: row.secret },
        started_at: row.started_at,
    }))
}

/// Ends an enrolment: its secret, sealed for its new place, is the user's factor from now on. `step` is
/// that of the code that confirmed it, which is thereby used.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn confirm_totp(
    tx: &Tx,
    user: &Permitted<User>,
    secret: Sealed,
    step: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    use totp_factor::Column;
    totp_enrolment::Entity::delete_by_id(user.id.uuid()).exec(tx.connection()).await?;
    let row = totp_factor::ActiveModel {
        user_id: Set(user.id.uuid()),
        key_id: Set(secret.key_id),
        secret: Set(secret.bytes),
        confirmed_at: Set(now),
        last_step: Set(step),
    };
    let replace = OnConflict::column(Column::UserId)
        .update_columns([Column::KeyId, Column::Secret, Column::ConfirmedAt, Column::LastStep])
        .to_owned();
    totp_factor::Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Removes the enrolments that were started before `before` and never confirmed.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    use totp_enrolment::{Column, Entity};
    let tx = store.begin().await?;
    let gone = Entity::delete_many().filter(Column::StartedAt.lt(before)).exec(tx.connection()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

/// The secret of a user's authenticator app.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn totp(db: &impl Reader, user_id: UserId) -> Result<Option<TotpSecret>, StoreError> {
    Ok(totp_factor::Entity::find_by_id(user_id.uuid()).one(db.connection()).await?.map(secret))
}

/// Notes the step of a code that was accepted. No when a code of this step or a later one was accepted
/// before: of two uses at once, on whichever instances, one gets a yes.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn advance_totp(tx: &Tx, user: &Permitted<User>, step: i64) -> Result<bool, StoreError> {
    use totp_factor::Column;
    let advanced = totp_factor::Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .filter(Column::UserId.eq(user.id.uuid()))
        .filter(Column::LastStep.lt(step))
        .exec(tx.connection())
        .await?;
    Ok(advanced.rows_affected == 1)
}

/// Takes a user's authenticator app away.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove_totp(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    totp_factor::Entity::delete_by_id(user.id.uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// Hands out recovery codes, by their hashes; the ones before are void.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn replace_recovery_codes(
    tx: &Tx,
    user: &Permitted<User>,
    hashes: &[[u8; 32]],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    remove_recovery_codes(tx, user).await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        user_id: Set(user.id.uuid()),
        hash: Set(hash.to_vec()),
        created_at: Set(now),
        used_at: Set(None),
    });
    recovery_code::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Uses a recovery code up. No when there is none of this hash, or it was used before.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn use_recovery_code(
    tx: &Tx,
    user: &Permitted<User>,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    use recovery_code::Column;
    let done = recovery_code::Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::UserId.eq(user.id.uuid()))
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(Column::UsedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes a user's recovery codes away.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove_recovery_codes(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    let codes = recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user.id.uuid()));
    codes.exec(tx.connection()).await?;
    Ok(())
}

/// Takes everything away that a user has set up or begun to, and forgets their wrong codes.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn remove_all(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    totp_enrolment::Entity::delete_by_id(user.id.uuid()).exec(tx.connection()).await?;
    remove_totp(tx, user).await?;
    remove_recovery_codes(tx, user).await?;
    passkey::Entity::delete_many().filter(passkey::Column::UserId.eq(user.id.uuid())).exec(tx.connection()).await?;
    forget_attempts(tx, user).await
}

/// Notes that a session was proven by a second factor.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prove_session(
    tx: &Tx,
    user: &Permitted<User>,
    session_id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::SecondFactorAt, Expr::value(now))
        .filter(session::Column::Id.eq(session_id.uuid()))
        .filter(session::Column::UserId.eq(user.id.uuid()))
        .exec(tx.connection())
        .await?;
    forget_attempts(tx, user).await
}

/// Counts one more try of a user's codes, in a unit of its own and before the code is looked at: of many
/// tries at once, no more get through than may.
///
/// # Errors
/// [`StoreError`] of reading and writing; [`TooManyWrongCodes`] inside, when the try comes too early.
pub async fn make_attempt(
    store: &Store,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<Result<(), TooManyWrongCodes>, StoreError> {
    use second_factor_attempt::{ActiveModel, Column, Entity};
    let tx = store.begin().await?;
    let first = ActiveModel { user_id: Set(user_id.uuid()), failures: Set(0), last_at: Set(None) };
    let known = OnConflict::column(Column::UserId).do_nothing().to_owned();
    Entity::insert(first).on_conflict(known).exec_without_returning(tx.connection()).await?;
    let row = Entity::find_by_id(user_id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    let row = row.ok_or(StoreError::Missing)?;
    let corrupt = Place { table: "second_factor_attempts", id: row.user_id }.corrupt("failures");
    let made = Attempts { failures: u32::try_from(row.failures).map_err(|_| corrupt)?, last_at: row.last_at }.make(now);
    if let Ok(made) = made {
        let failures = i32::try_from(made.failures).unwrap_or(i32::MAX);
        let change = ActiveModel { failures: Set(failures), last_at: Set(made.last_at), ..Default::default() };
        Entity::update_many().set(change).filter(Column::UserId.eq(user_id.uuid())).exec(tx.connection()).await?;
    }
    tx.commit().await?;
    Ok(made.map(|_| ()))
}

/// Lets a user try the next code at once, however many were wrong: how many stays counted, so that resets lend
/// nobody more guesses than there are.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn lift_wait(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    let at_once = second_factor_attempt::ActiveModel { last_at: Set(None), ..Default::default() };
    change_attempts(tx, user, at_once).await
}

/// Forgets a user's wrong codes. The counter itself stays: another try may be about to take its turn on it.
async fn forget_attempts(tx: &Tx, user: &Permitted<User>) -> Result<(), StoreError> {
    let none = second_factor_attempt::ActiveModel { failures: Set(0), last_at: Set(None), ..Default::default() };
    change_attempts(tx, user, none).await
}

async fn change_attempts(
    tx: &Tx,
    user: &Permitted<User>,
    change: second_factor_attempt::ActiveModel,
) -> Result<(), StoreError> {
    use second_factor_attempt::{Column, Entity};
    Entity::update_many().set(change).filter(Column::UserId.eq(user.id.uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// The first secrets after that of `after`, up to `limit`, that are sealed with another key than this one.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn sealed_otherwise(
    db: &impl Reader,
    key_id: &str,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<TotpSecret>, StoreError> {
    let after = after.map(|after| totp_factor::Column::UserId.gt(after.uuid()));
    let rows = totp_factor::Entity::find()
        .filter(totp_factor::Column::KeyId.ne(key_id))
        .filter(Condition::all().add_option(after))
        .order_by_asc(totp_factor::Column::UserId)
        .limit(limit)
        .all(db.connection())
        .await?;
    Ok(rows.into_iter().map(secret).collect())
}

/// Keeps the same secret under another seal, unless it was replaced in the meantime.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn seal_anew(tx: &Tx, before: &TotpSecret, now: &Permitted<Sealed>) -> Result<(), StoreError> {
    use totp_factor::{ActiveModel, Column};
    let change = ActiveModel { key_id: Set(now.key_id.clone()), secret: Set(now.bytes.clone()), ..Default::default() };
    totp_factor::Entity::update_many()
        .set(change)
        .filter(Column::UserId.eq(before.user_id.uuid()))
        .filter(Column::Secret.eq(before.secret.bytes.clone()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn secret(row: totp_factor::Model) -> TotpSecret {
    TotpSecret { user_id: row.user_id.into(), secret: Sealed { key_id: row.key_id, bytes: row.secret } }
}
