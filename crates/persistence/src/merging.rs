//! What a merge of two records moves from one to the other.

use rafiq_domain::ids::PatientId;
use rafiq_domain::interpreters::Booking;
use rafiq_domain::policy::Permitted;
use rafiq_domain::vocabulary::ReferralState;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, SelectExt};

use crate::column::Code;
use crate::entity::{case, interpreter_booking, patient, referral};
use crate::error::StoreError;
use crate::store::{Reader, Tx};

/// Whether a referral that was sent, or a booking, of any case of the patient is still open.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn leaves_open(db: &impl Reader, patient_id: PatientId) -> Result<bool, StoreError> {
    let referrals = referral::Entity::find()
        .filter(referral::Column::CaseId.in_subquery(cases_of(patient_id)))
        .filter(referral::Column::IsOpen.eq(true))
        .filter(referral::Column::State.ne(Code(ReferralState::Draft)));
    let bookings = interpreter_booking::Entity::find()
        .filter(interpreter_booking::Column::CaseId.in_subquery(cases_of(patient_id)))
        .filter(interpreter_booking::Column::State.is_in(Booking::OPEN.iter().copied().map(Code)));
    Ok(referrals.exists(db.connection()).await? || bookings.exists(db.connection()).await?)
}

fn cases_of(patient_id: PatientId) -> SelectStatement {
    let cases = case::Entity::find().select_only().column(case::Column::Id);
    cases.filter(case::Column::PatientId.eq(patient_id.uuid())).into_query()
}

/// Gives what belongs to one record to another one of the same person: its cases, which stay as they
/// are, and the records that were merged into it before.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn give_over<T: Sync>(
    tx: &Tx,
    _merge: &Permitted<T>,
    from: PatientId,
    to: PatientId,
) -> Result<(), StoreError> {
    case::Entity::update_many()
        .col_expr(case::Column::PatientId, Expr::value(to.uuid()))
        .col_expr(case::Column::Version, Expr::col(case::Column::Version).add(1))
        .filter(case::Column::PatientId.eq(from.uuid()))
        .exec(tx.connection())
        .await?;
    patient::Entity::update_many()
        .col_expr(patient::Column::MergedInto, Expr::value(to.uuid()))
        .filter(patient::Column::MergedInto.eq(from.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}
