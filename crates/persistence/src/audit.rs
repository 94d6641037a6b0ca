//! The audit trail: one row for each decision, made from the permit or the denial and from nothing else.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{AuditId, CaseId, UserId};
use rafiq_domain::policy::{Action, Denied, Object, Permit, Verdict};
use rafiq_domain::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::prelude::Uuid;

use crate::column::{Code, Codes};
use crate::entity::audit_record::{ActiveModel, Entity};
use crate::error::StoreError;
use crate::store::{Store, Tx};

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

/// Records that something was allowed. [`crate::store::Store::write`] calls it for every unit.
pub(crate) async fn allowed(tx: &Tx, permit: &Permit, stamp: Stamp) -> Result<(), StoreError> {
    Entity::insert(row_of(permit, stamp)).exec_without_returning(tx.connection()).await?;
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
    let verdict = if denied.hidden { Verdict::Hidden } else { Verdict::Forbidden };
    let basis = Basis { actor: denied.actor.user_id(), roles: Vec::new(), action: denied.action };
    Entity::insert(row(basis, denied.object, verdict, stamp)).exec_without_returning(tx.connection()).await?;
    tx.commit().await
}

struct Basis {
    actor: Option<UserId>,
    roles: Vec<Role>,
    action: Action,
}

fn row_of(permit: &Permit, stamp: Stamp) -> ActiveModel {
    let basis = Basis { actor: permit.actor().user_id(), roles: permit.roles().to_vec(), action: permit.action() };
    row(basis, permit.object(), Verdict::Allowed, stamp)
}

fn row(basis: Basis, object: Object, verdict: Verdict, stamp: Stamp) -> ActiveModel {
    ActiveModel {
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
    }
}
