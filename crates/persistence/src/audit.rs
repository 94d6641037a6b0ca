//! The audit trail: one row for each decision, made from the permit or the denial and from nothing else.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{AuditId, CaseId, PatientId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, Denied, Object, ObjectKind, Permit, Permitted, Relation, Scope, Verdict};
use rafiq_domain::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::column::{Code, Codes};
use crate::entity::audit_record::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::store::{Reader, Store, Tx};
use crate::{patients, row};

/// The most rows that one statement writes: each has a dozen values, and SQLite takes 32,766 in a statement.
const AT_A_TIME: usize = 1_000;

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
    /// How near these roles brought them to the thing; none for a collection, for a denial and for the product.
    pub relation: Option<Relation>,
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

/// One page of the decisions on a case, all that belongs to it, and its patient with the records that were merged
/// into theirs, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case: &Permitted<Case>, page: Page) -> Result<Slice<AuditRecord>, StoreError> {
    // Asked for first: behind an OR, PostgreSQL uses no index for what a subquery names.
    let merged = patients::merged_into(db, case.patient_id).await?;
    let records = [case.patient_id].into_iter().chain(merged.into_iter().map(|record| record.id));
    let of_patient =
        Column::ObjectKind.eq(Code(ObjectKind::Patient)).and(Column::ObjectId.is_in(records.map(PatientId::uuid)));
    let select = Entity::find().filter(Condition::any().add(Column::CaseId.eq(case.id.uuid())).add(of_patient));
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
    if filter.from.is_some() || filter.until.is_some() {
        return page_of_time(db, select, page).await;
    }
    row::page(db, select, Column::Id, page, |record: &AuditRecord| record.id.uuid(), |row| Ok(read(row))).await
}

/// As [`row::page`], in the order of the index by time, so that a span of it is not looked for in the whole trail.
async fn page_of_time(db: &impl Reader, select: Select<Entity>, page: Page) -> Result<Slice<AuditRecord>, StoreError> {
    let after = match page.after {
        Some(id) => Some(before(id, Entity::find_by_id(id).one(db.connection()).await?.map(|last| last.at))),
        None => None,
    };
    let rows = select
        .filter(Condition::all().add_option(after))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(u64::from(page.limit) + 1)
        .all(db.connection())
        .await?;
    Ok(Slice::cut(rows.into_iter().map(read).collect(), page, |record| record.id.uuid()))
}

/// What was decided before the record of an id. The first part alone bounds the way through the index.
fn before(id: Uuid, decided_at: Option<DateTime<Utc>>) -> Expr {
    let earlier = Column::Id.lt(id);
    let Some(at) = decided_at else { return earlier };
    Column::At.lte(at).and(Column::At.lt(at).or(earlier))
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
    insert(tx, vec![row_of(permit, stamp)]).await
}

/// Records in the unit of a change what else was allowed in it, such as each of many things that it concerns.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written.
pub async fn allowed_within(tx: &Tx, decisions: &[(Permit, Stamp)]) -> Result<(), StoreError> {
    insert(tx, decisions.iter().map(|(permit, stamp)| row_of(permit, *stamp)).collect()).await
}

/// Records reads that were allowed, many in one unit.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written; then nothing read may leave.
pub async fn reads(store: &Store, reads: &[(Permit, Stamp)]) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    allowed_within(&tx, reads).await?;
    tx.commit().await
}

/// Records that something was denied, or several things of one request, in one unit.
///
/// # Errors
/// [`StoreError`] when the rows cannot be written.
pub async fn denied(store: &Store, denied: &[(&Denied, Stamp)]) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    insert(&tx, denied.iter().map(|(denied, stamp)| row_of_denied(denied, *stamp)).collect()).await?;
    tx.commit().await
}

/// Records that something was denied in the unit that carries out what follows from it.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn denied_within(tx: &Tx, denied: &Denied, stamp: Stamp) -> Result<(), StoreError> {
    insert(tx, vec![row_of_denied(denied, stamp)]).await
}

async fn insert(tx: &Tx, rows: Vec<ActiveModel>) -> Result<(), StoreError> {
    for some in rows.chunks(AT_A_TIME) {
        Entity::insert_many(some.iter().cloned()).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

struct Basis {
    actor: Option<UserId>,
    on_behalf_of: Option<UserId>,
    roles: Vec<Role>,
    relation: Option<Relation>,
    action: Action,
}

fn row_of(permit: &Permit, stamp: Stamp) -> ActiveModel {
    let basis = Basis {
        actor: permit.actor().user_id(),
        on_behalf_of: permit.on_behalf_of(),
        roles: permit.roles().to_vec(),
        relation: permit.relation(),
        action: permit.action(),
    };
    columns(basis, permit.object(), Verdict::Allowed, stamp)
}

fn row_of_denied(denied: &Denied, stamp: Stamp) -> ActiveModel {
    let verdict = if denied.hidden { Verdict::Hidden } else { Verdict::Forbidden };
    let actor = denied.actor.user_id();
    let basis = Basis { actor, on_behalf_of: None, roles: Vec::new(), relation: None, action: denied.action };
    columns(basis, denied.object, verdict, stamp)
}

fn columns(basis: Basis, object: Object, verdict: Verdict, stamp: Stamp) -> ActiveModel {
    ActiveModel {
        id: Set(stamp.id.uuid()),
        at: Set(stamp.at),
        request_id: Set(stamp.request_id),
        actor_id: Set(basis.actor.map(UserId::uuid)),
        on_behalf_of: Set(basis.on_behalf_of.map(UserId::uuid)),
        roles: Set(Codes(basis.roles)),
        relation: Set(basis.relation.map(Code)),
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
        relation: row.relation.map(|relation| relation.0),
        action: row.action.0,
        object: Object { kind: row.object_kind.0, id: row.object_id, case_id: row.case_id.map(CaseId::from) },
        verdict: row.decision.0,
    }
}
