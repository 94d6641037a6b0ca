//! The audit trail: one row for each decision, made from the permit or the denial and from nothing else.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{AuditId, CaseId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Denied, Object, Permit, Permitted, Scope, Verdict};
use rafiq_domain::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::column::{Code, Codes};
use crate::entity::audit_record::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row;
use crate::store::{Reader, Store, Tx};

/// A decision as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id.
    pub id: AuditId,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The request in which it was made.
    pub request_id: Option<Uuid>,
    /// Who asked; none for the product itself.
    pub actor_id: Option<UserId>,
    /// For whom they stood in.
    pub on_behalf_of: Option<UserId>,
    /// The roles that allowed it.
    pub roles: Vec<Role>,
    /// What was asked for.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// What was answered.
    pub verdict: Verdict,
}

/// What narrows a list of decisions.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those of this user.
    pub actor_id: Option<UserId>,
    /// Only those on this action.
    pub action: Option<Action>,
    /// Only those that answered so.
    pub verdict: Option<Verdict>,
    /// Only those made at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Only those made before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// One page of the decisions on a case and all that belongs to it, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case: &Permitted<Case>, page: Page) -> Result<Slice<AuditRecord>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case.id.uuid()));
    row::page(db, select, Column::Id, page, |record: &AuditRecord| record.id.uuid(), |row| Ok(read(row))).await
}

/// One page of all decisions, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    _scope: &Permitted<Scope>,
    filter: &AuditFilter,
    page: Page,
) -> Result<Slice<AuditRecord>, StoreError> {
    let wanted = Condition::all()
        .add_option(filter.actor_id.map(|id| Column::ActorId.eq(id.uuid())))
        .add_option(filter.action.map(|action| Column::Action.eq(Code(action))))
        .add_option(filter.verdict.map(|verdict| Column::Decision.eq(Code(verdict))))
        .add_option(filter.from.map(|from| Column::At.gte(from)))
        .add_option(filter.until.map(|until| Column::At.lt(until)));
    let select = Entity::find().filter(wanted);
    row::page(db, select, Column::Id, page, |record: &AuditRecord| record.id.uuid(), |row| Ok(read(row))).await
}

/// All decisions of one request, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_request(db: &impl Reader, request_id: Uuid) -> Result<Vec<AuditRecord>, StoreError> {
    let select = Entity::find().filter(Column::RequestId.eq(request_id)).order_by_asc(Column::Id);
    Ok(select.all(db.connection()).await?.into_iter().map(read).collect())
}

/// What an audit row needs besides the decision: its id, its time, and the request it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The id of the row.
    pub id: AuditId,
    /// When the decision was made.
    pub at: DateTime<Utc>,
    /// The request in which it was made.
    pub request_id: Option<Uuid>,
}

/// Records that something was allowed. [`crate::store::Store::write`] calls it for what a unit answers; a unit
/// that does more under another permit calls it for that.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn allowed(tx: &Tx, permit: &Permit, stamp: Stamp) -> Result<(), StoreError> {
    Entity::insert(row_of(permit, stamp)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Records in the unit of a change what else was allowed in it, such as each of many things that it concerns.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written.
pub async fn allowed_within(tx: &Tx, decisions: &[(Permit, Stamp)]) -> Result<(), StoreError> {
    if !decisions.is_empty() {
        let rows = decisions.iter().map(|(permit, stamp)| row_of(permit, *stamp));
        Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Records reads that were allowed, many in one unit.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written; then nothing read may leave.
pub async fn reads(store: &Store, reads: &[(Permit, Stamp)]) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    let rows = reads.iter().map(|(permit, stamp)| row_of(permit, *stamp));
    Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    tx.commit().await
}

/// Records that something was denied.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn denied(store: &Store, denied: &Denied, stamp: Stamp) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    denied_within(&tx, denied, stamp).await?;
    tx.commit().await
}

/// Records that something was denied in the unit that carries out what follows from it.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn denied_within(tx: &Tx, denied: &Denied, stamp: Stamp) -> Result<(), StoreError> {
    let verdict = if denied.hidden { Verdict::Hidden } else { Verdict::Forbidden };
    let basis = Basis { actor: denied.actor.user_id(), on_behalf_of: None, roles: Vec::new(), action: denied.action };
    Entity::insert(columns(basis, denied.object, verdict, stamp)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

struct Basis {
    actor: Option<UserId>,
    on_behalf_of: Option<UserId>,
    roles: Vec<Role>,
    action: Action,
}

fn row_of(permit: &Permit, stamp: Stamp) -> ActiveModel {
    let basis = Basis {
        actor: permit.actor().user_id(),
        on_behalf_of: permit.on_behalf_of(),
        roles: permit.roles().to_vec(),
        action: permit.action(),
    };
    columns(basis, permit.object(), Verdict::Allowed, stamp)
}

fn columns(basis: Basis, object: Object, verdict: Verdict, stamp: Stamp) -> ActiveModel {
    ActiveModel {
        id: Set(stamp.id.uuid()),
        at: Set(stamp.at),
        request_id: Set(stamp.request_id),
        actor_id: Set(basis.actor.map(UserId::uuid)),
        on_behalf_of: Set(basis.on_behalf_of.map(UserId::uuid)),
        roles: Set(Codes(basis.roles)),
        action: Set(Code(basis.action)),
        object_kind: Set(Code(object.kind)),
        object_id: Set(object.id),
        case_id: Set(object.case_id.map(CaseId::uuid)),
        decision: Set(Code(verdict)),
    }
}

fn read(row: Model) -> AuditRecord {
    AuditRecord {
        id: row.id.into(),
        at: row.at,
        request_id: row.request_id,
        actor_id: row.actor_id.map(UserId::from),
        on_behalf_of: row.on_behalf_of.map(UserId::from),
        roles: row.roles.0,
        action: row.action.0,
        object: Object { kind: row.object_kind.0, id: row.object_id, case_id: row.case_id.map(CaseId::from) },
        verdict: row.decision.0,
    }
}
