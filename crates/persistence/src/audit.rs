//! The audit trail: one row for each decision, made from the permit or the denial and from nothing else.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{AuditId, CaseId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Denied, Object, ObjectKind, Permit, Permitted, Scope, Verdict};
use rafiq_domain::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::column::{Code, Codes};
use crate::entity::audit_record::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row;
use crate::store::{Reader, Tx};

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

/// One decision on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// The request.
    pub request_id: Option<Uuid>,
    /// Who asked; none for the product itself.
    pub actor_id: Option<UserId>,
    /// In which roles it was allowed.
    pub roles: Vec<Role>,
    /// What was asked for.
    pub action: Action,
    /// The kind of thing.
    pub object_kind: ObjectKind,
    /// Which one.
    pub object_id: Option<Uuid>,
    /// The case that it belongs to.
    pub case_id: Option<CaseId>,
    /// What the policy answered.
    pub decision: Verdict,
}

/// Records that something was allowed. [`crate::store::Store::write`] calls it for every unit.
pub(crate) async fn allowed(tx: &Tx, permit: &Permit, stamp: Stamp) -> Result<(), StoreError> {
    let basis = Basis { actor: permit.actor().user_id(), roles: permit.roles().to_vec(), action: permit.action() };
    insert(tx, basis, permit.object(), Verdict::Allowed, stamp).await
}

/// Records reads that were allowed, many in one unit.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written; then nothing read may leave.
pub async fn reads(store: &crate::store::Store, reads: &[(Permit, Stamp)]) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    for (permit, stamp) in reads {
        allowed(&tx, permit, *stamp).await?;
    }
    tx.commit().await
}

/// Records that something was denied.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn denied(store: &crate::store::Store, denied: &Denied, stamp: Stamp) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    let verdict = if denied.hidden { Verdict::Hidden } else { Verdict::Forbidden };
    let basis = Basis { actor: denied.actor.user_id(), roles: Vec::new(), action: denied.action };
    insert(&tx, basis, denied.object, verdict, stamp).await?;
    tx.commit().await
}

/// The records of one case, newest first: who looked, and who changed.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(
    db: &impl Reader,
    _scope: &Permitted<Scope>,
    case_id: CaseId,
    page: Page,
) -> Result<Slice<AuditRecord>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |record: &AuditRecord| record.id.uuid(), |row| Ok(AuditRecord::from(row)))
        .await
}

struct Basis {
    actor: Option<UserId>,
    roles: Vec<Role>,
    action: Action,
}

async fn insert(tx: &Tx, basis: Basis, object: Object, verdict: Verdict, stamp: Stamp) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(stamp.id.uuid()),
        at: Set(stamp.at),
        request_id: Set(stamp.request_id),
        actor_id: Set(basis.actor.map(UserId::uuid)),
        roles: Set(Codes(basis.roles)),
        action: Set(Code(basis.action)),
        object_kind: Set(Code(object.kind)),
        object_id: Set(object.id),
        case_id: Set(object.case_id.map(CaseId::uuid)),
        decision: Set(Code(verdict)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

impl From<Model> for AuditRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            at: row.at,
            request_id: row.request_id,
            actor_id: row.actor_id.map(UserId::from),
            roles: row.roles.0,
            action: row.action.0,
            object_kind: row.object_kind.0,
            object_id: row.object_id,
            case_id: row.case_id.map(CaseId::from),
            decision: row.decision.0,
        }
    }
}
