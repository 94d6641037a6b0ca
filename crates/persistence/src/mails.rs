//! Mails that wait to be sent: written in the unit that causes them, sent by whichever instance comes first.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{CaseId, MailId, UserId};
use rafiq_domain::mail::{Notice, Recipient, RecipientKind, back_off};
use rafiq_domain::policy::Permitted;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::column::Code;
use crate::entity::case;
use crate::entity::outgoing_mail::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::Place;
use crate::store::{Reader, Store, Tx};

/// A mail whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id.
    pub id: MailId,
    /// What it is to say, and to whom.
    pub notice: Notice,
    /// How often it has been tried, this time included.
    pub attempts: u32,
}

/// Adds a mail that is due at `due_at`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, id: MailId, notice: &Permitted<Notice>, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        kind: Set(Code(notice.kind)),
        recipient: Set(Code(notice.to.kind())),
        user_id: Set(notice.to.user_id().map(UserId::uuid)),
        case_id: Set(notice.case_id.map(CaseId::uuid)),
        about_user_id: Set(notice.about.map(UserId::uuid)),
        about_at: Set(notice.at),
        due_at: Set(due_at),
        attempts: Set(0),
        next_attempt_at: Set(due_at),
        sent_at: Set(None),
        failed_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes mails whose turn it is, up to `limit`: whoever takes one has it alone until the time of its next
/// attempt. The next attempts are set before this one is made, so that a crash leaves none forgotten;
/// `stretched` says by how much, in percent, so that mails that failed together are not tried together.
///
/// # Errors
/// [`StoreError`] of reading and writing.
pub async fn claim(
    store: &Store,
    now: DateTime<Utc>,
    limit: u64,
    stretched: impl Fn() -> u32 + Send,
) -> Result<Vec<Claimed>, StoreError> {
    let tx = store.begin().await?;
    let due = Entity::find()
        .filter(waiting())
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut claimed = Vec::new();
    for row in due.all(tx.connection()).await? {
        let mail = read(&row)?;
        let change = ActiveModel {
            attempts: Set(row.attempts.saturating_add(1)),
            next_attempt_at: Set(now + back_off(mail.attempts) * i32::try_from(stretched()).unwrap_or(100) / 100),
            ..Default::default()
        };
        Entity::update_many().set(change).filter(Column::Id.eq(row.id)).exec(tx.connection()).await?;
        claimed.push(mail);
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Notes that a mail was sent.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn sent(store: &Store, id: MailId, now: DateTime<Utc>) -> Result<(), StoreError> {
    end(store, id, Column::SentAt, now).await
}

/// Notes that a mail was given up.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn failed(store: &Store, id: MailId, now: DateTime<Utc>) -> Result<(), StoreError> {
    end(store, id, Column::FailedAt, now).await
}

async fn end(store: &Store, id: MailId, how: Column, now: DateTime<Utc>) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    let ended = Entity::update_many().col_expr(how, Expr::value(now)).filter(Column::Id.eq(id.uuid()));
    ended.filter(waiting()).exec(tx.connection()).await?;
    tx.commit().await
}

/// Removes a mail that reaches nobody.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn discard(store: &Store, id: MailId) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    Entity::delete_many().filter(Column::Id.eq(id.uuid())).exec(tx.connection()).await?;
    tx.commit().await
}

/// Removes what ended before `before`.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let over = Condition::any().add(Column::SentAt.lt(before)).add(Column::FailedAt.lt(before));
    let tx = store.begin().await?;
    let gone = Entity::delete_many().filter(over).exec(tx.connection()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

/// How many mails were given up and are still kept.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn given_up(db: &impl Reader) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::FailedAt.is_not_null()).count(db.connection()).await?)
}

/// The number of a case, for a mail that speaks of it.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn case_number(db: &impl Reader, id: CaseId) -> Result<Option<String>, StoreError> {
    let number = case::Entity::find_by_id(id.uuid()).select_only().column(case::Column::Number);
    Ok(number.into_tuple().one(db.connection()).await?)
}

fn waiting() -> Condition {
    Condition::all().add(Column::SentAt.is_null()).add(Column::FailedAt.is_null())
}

fn read(row: &Model) -> Result<Claimed, StoreError> {
    let place = Place { table: "outgoing_mails", id: row.id };
    let to = match (row.recipient.0, row.user_id) {
        (RecipientKind::User, Some(id)) => Recipient::User(id.into()),
        (RecipientKind::User, None) => return Err(place.corrupt("user_id")),
        (RecipientKind::DataProtectionOfficer, _) => Recipient::DataProtectionOfficer,
        (RecipientKind::Nobody, _) => Recipient::Nobody,
    };
    let notice = Notice {
        kind: row.kind.0,
        to,
        case_id: row.case_id.map(CaseId::from),
        about: row.about_user_id.map(UserId::from),
        at: row.about_at,
    };
    let attempts = u32::try_from(row.attempts).map_err(|_| place.corrupt("attempts"))?;
    Ok(Claimed { id: row.id.into(), notice, attempts: attempts.saturating_add(1) })
}
