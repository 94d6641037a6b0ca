//! Erasing a patient: what there is to judge by, and the words that go.
//!
//! The one place that changes rows which are sealed for everyone else: the seals yield once the case is
//! marked as anonymized. A test of this crate holds every text column of the schema to this list.

use chrono::{DateTime, Utc};
use rafiq_domain::erasure::{CaseToKeep, ErasureFile};
use rafiq_domain::ids::PatientId;
use rafiq_domain::notes::NoteState;
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::Permitted;
use rafiq_domain::vocabulary::NoteType;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, SelectExt, Statement,
};

use crate::column::Code;
use crate::entity::{audit_record, case, discharge, idempotency_key, note, procedure, review};
use crate::error::StoreError;
use crate::store::{Reader, Tx};
use crate::{legal_holds, patients};

/// What stands in place of words that may tell who someone was.
const ERASED: &str = "[erased]";

/// What becomes of a column.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    /// Nothing stands there any more.
    Nothing,
    /// A mark that something stood there.
    Mark,
    /// A document that says nothing.
    Document(&'static str),
    /// The document without one of its fields.
    Without(&'static str),
    /// The document with a mark in one of its fields.
    Marked(&'static str),
}

/// The words in the rows of a case: table, column, and what becomes of it. Where words and codes share a
/// document that is not taken apart, the codes go too.
const WORDS: &[(&str, &str, Becomes)] = &[
    ("access_grants", "reason", Becomes::Mark),
    ("case_events", "reason", Becomes::Mark),
    ("case_events", "override_reason", Becomes::Mark),
    ("cases", "agency", Becomes::Nothing),
    ("cases", "hold_reason", Becomes::Mark),
    ("confirmations", "reference", Becomes::Mark),
    ("consents", "evidence", Becomes::Mark),
    ("discharges", "medication", Becomes::Mark),
    ("discharges", "advice_understood_through", Becomes::Mark),
    ("discharges", "summary_reference", Becomes::Mark),
    ("follow_up_visits", "findings", Becomes::Without("note")),
    ("information_items", "text", Becomes::Mark),
    ("information_items", "waived_because", Becomes::Mark),
    ("interpreter_bookings", "place", Becomes::Mark),
    ("interpreter_bookings", "reason", Becomes::Mark),
    ("notes", "body", Becomes::Mark),
    ("procedures", "record", Becomes::Without("note")),
    ("procedures", "abort_reason", Becomes::Mark),
    ("quotes", "acceptance_evidence", Becomes::Mark),
    ("referral_reports", "content", Becomes::Document("{}")),
    ("referral_reports", "mrn", Becomes::Mark),
    ("referrals", "acceptance", Becomes::Marked("plan")),
    ("referrals", "admission_number", Becomes::Nothing),
    ("referrals", "message", Becomes::Mark),
    ("referrals", "reason", Becomes::Mark),
    ("reviews", "advice", Becomes::Mark),
    ("reviews", "red_flags_addressed", Becomes::Mark),
    ("reviews", "summary", Becomes::Mark),
    ("surgery_clearances", "reason", Becomes::Mark),
    ("symptom_assessments", "allergies", Becomes::Document("\"unknown\"")),
    ("symptom_assessments", "history", Becomes::Document("[]")),
];

/// The columns of words that an erasure takes out, by table and name.
pub fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().map(|(table, column, _)| (*table, *column))
}

/// The file that says what may be erased of a patient, of whom `others` are records merged into theirs. Until the unit
/// ends nothing is added to their cases, and none of these moves: what is judged is what is erased.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn file(tx: &Tx, patient: Patient, others: &[Patient]) -> Result<ErasureFile, StoreError> {
    let ids: Vec<PatientId> = [patient.id].into_iter().chain(others.iter().map(|other| other.id)).collect();
    let on_legal_hold = legal_holds::in_force(tx, &ids).await?;
    let rows = case::Entity::find()
        .filter(case::Column::PatientId.is_in(ids.into_iter().map(PatientId::uuid)))
        .order_by_asc(case::Column::Id)
        // Stronger than a change needs: whatever refers to a case waits too.
        .lock(LockType::Update);
    let mut cases = Vec::new();
    for row in rows.all(tx.connection()).await? {
        let clinical = is_clinical(tx, row.id).await?;
        let ended_at = row.closed_at.unwrap_or(row.stage_since);
        cases.push(CaseToKeep { stage: row.stage.0, ended_at, clinical });
    }
    Ok(ErasureFile { patient, cases, on_legal_hold })
}

/// Whether a doctor has decided or written on the case, or a hospital treated the patient. A hand-over says who goes
/// on with the work, and is no finding.
async fn is_clinical(db: &impl Reader, case_id: Uuid) -> Result<bool, StoreError> {
    let signed = note::Entity::find()
        .filter(note::Column::State.eq(Code(NoteState::Signed)))
        .filter(note::Column::Kind.ne(Code(NoteType::Handover)));
    Ok(exists(db, review::Entity::find().filter(review::Column::CaseId.eq(case_id))).await?
        || exists(db, signed.filter(note::Column::CaseId.eq(case_id))).await?
        || exists(db, procedure::Entity::find().filter(procedure::Column::CaseId.eq(case_id))).await?
        || exists(db, discharge::Entity::find().filter(discharge::Column::CaseId.eq(case_id))).await?)
}

async fn exists<E: EntityTrait>(db: &impl Reader, rows: Select<E>) -> Result<bool, StoreError> {
    Ok(rows.exists(db.connection()).await?)
}

/// Saves a patient who was anonymized, and takes the words out of everything that is written about them.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn anonymize(tx: &Tx, patient: &Permitted<Patient>, now: DateTime<Utc>) -> Result<(), StoreError> {
    patients::update(tx, patient).await?;
    for id in cases_of(tx, patient).await? {
        mark(tx, id, now).await?;
        for (table, column, becomes) in WORDS {
            take_out(tx, id, table, column, *becomes).await?;
        }
    }
    Ok(())
}

/// Drops the answers that are kept for those who repeat a request about a patient: they say what is erased.
/// What a request was about is in the audit trail, and where it made something, in the address of that.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn forget_answers(tx: &Tx, patient: &Permitted<Patient>) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = cases_of(tx, patient).await?.into_iter().chain([patient.id.uuid()]).collect();
    let about = audit_record::Column::ObjectId.is_in(ids.clone()).or(audit_record::Column::CaseId.is_in(ids.clone()));
    let requests = audit_record::Entity::find()
        .select_only()
        .column(audit_record::Column::RequestId)
        .filter(audit_record::Column::RequestId.is_not_null())
        .filter(about)
        .into_query();
    let backend = tx.connection().get_database_backend();
    let of_those = idempotency_key::Column::RequestId.in_subquery(requests);
    let names = ids.into_iter().map(|id| Expr::cust(named_in_answer(backend, id)));
    let forgotten = names.fold(Condition::any().add(of_those), Condition::add);
    idempotency_key::Entity::delete_many().filter(forgotten).exec(tx.connection()).await?;
    Ok(())
}

/// Whether a kept answer names an id, in SQL.
fn named_in_answer(backend: DatabaseBackend, id: Uuid) -> String {
    if backend == DatabaseBackend::Postgres {
        format!("position('{id}'::bytea IN answer) > 0")
    } else {
        format!("instr(answer, CAST('{id}' AS BLOB)) > 0")
    }
}

async fn cases_of(tx: &Tx, patient: &Patient) -> Result<Vec<Uuid>, StoreError> {
    let cases = case::Entity::find().select_only().column(case::Column::Id);
    let cases = cases.filter(case::Column::PatientId.eq(patient.id.uuid()));
    Ok(cases.into_tuple().all(tx.connection()).await?)
}

/// The number of a case is known to hospitals, and so tells whose it was. Marked, the case takes no
/// entries, the seals of its rows yield, and whoever decided on how it was before decided on an older version.
async fn mark(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    let marked =
        case::ActiveModel { number: Set(format!("ERASED-{id}")), anonymized_at: Set(Some(now)), ..Default::default() };
    case::Entity::update_many()
        .set(marked)
        .col_expr(case::Column::Version, Expr::col(case::Column::Version).add(1))
        .filter(case::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn take_out(tx: &Tx, case_id: Uuid, table: &str, column: &str, becomes: Becomes) -> Result<(), StoreError> {
    let backend = tx.connection().get_database_backend();
    let place = if backend == DatabaseBackend::Postgres { "$1" } else { "?" };
    let rows = match table {
        "cases" => format!("id = {place}"),
        "referral_reports" => format!("referral_id IN (SELECT id FROM referrals WHERE case_id = {place})"),
        _ => format!("case_id = {place}"),
    };
    let value = becomes.value(backend, column);
    let sql = format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NOT NULL AND {rows}");
    tx.connection().execute_raw(Statement::from_sql_and_values(backend, sql, [case_id.into()])).await?;
    Ok(())
}

impl Becomes {
    /// The new value, in SQL.
    fn value(self, backend: DatabaseBackend, column: &str) -> String {
        let postgres = backend == DatabaseBackend::Postgres;
        match self {
            Self::Nothing => "NULL".to_owned(),
            Self::Mark => format!("'{ERASED}'"),
            Self::Document(document) => format!("'{document}'"),
            Self::Without(field) if postgres => format!("({column}::jsonb - '{field}')::text"),
            Self::Without(field) => format!("json_remove({column}, '$.{field}')"),
            Self::Marked(field) if postgres => {
                format!("jsonb_set({column}::jsonb, '{{{field}}}', '\"{ERASED}\"')::text")
            }
            Self::Marked(field) => format!("json_set({column}, '$.{field}', '{ERASED}')"),
        }
    }
}
