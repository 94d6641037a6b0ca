//! Referrals. That a case has one open referral to a hospital is the database's own rule.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{CaseId, Moment, ReferralId};
use rafiq_domain::money::Money;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Permitted, ReferralInCase, Scope};
use rafiq_domain::referrals::{Acceptance, Referral, Schedule};
use rafiq_domain::text::{Line, Prose};
use rafiq_domain::vocabulary::{Coded, ReferralState};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::column::{Code, Json};
use crate::entity::referral::{AcceptanceDocument, ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{cases, grants};

/// The rule of one open referral for each case and hospital.
pub const OPEN_TWICE: &str = "uq_referrals_case_id_hospital_id";

/// All referrals of a case, in every cycle, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Referral>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.into_iter().map(read).collect()
}

/// The referrals of the present cycle of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cycle(db: &impl Reader, case: &Case) -> Result<Vec<Referral>, StoreError> {
    let all = of_case(db, case.id).await?;
    Ok(all.into_iter().filter(|referral| referral.cycle == case.surgery_cycle).collect())
}

/// One referral of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ReferralId) -> Result<Option<Referral>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// A referral with its case and the grants that open it.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_in_case(db: &impl Reader, id: ReferralId) -> Result<Option<ReferralInCase>, StoreError> {
    let Some(row) = Entity::find_by_id(id.uuid()).one(db.connection()).await? else { return Ok(None) };
    let referral = read(row)?;
    let case = cases::get(db, referral.case_id).await?;
    let grants = grants::of_case(db, referral.case_id).await?;
    Ok(Some(ReferralInCase { case, referral, grants }))
}

/// One page of the referrals in `scope`, newest first, only those in `state` when it is given.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    state: Option<ReferralState>,
    page: Page,
) -> Result<Slice<Referral>, StoreError> {
    let wanted = Condition::all().add_option(state.map(|state| Column::State.eq(Code(state))));
    let select = Entity::find().filter(in_scope(scope)).filter(wanted);
    row::page(db, select, Column::Id, page, |referral: &Referral| referral.id.uuid(), read).await
}

/// The same referrals with their cases and the grants that open them, in two statements.
///
/// # Errors
/// [`StoreError::Missing`] never in a sound database: a referral refers to its case.
pub async fn in_cases(db: &impl Reader, referrals: Vec<Referral>) -> Result<Vec<ReferralInCase>, StoreError> {
    let found = cases::get_in_care(db, referrals.iter().map(|referral| referral.case_id)).await?;
    let whole = |referral: Referral| {
        let its = found.iter().find(|found| found.case.id == referral.case_id).ok_or(StoreError::Missing)?.clone();
        Ok(ReferralInCase { case: its.case, referral, grants: its.grants })
    };
    referrals.into_iter().map(whole).collect()
}

/// What [`Scope::holds_referral`] says.
fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own(own) => row::any_of([
            Some(Column::Id.in_subquery(grants::referrals_opened(own))),
            Some(Column::CaseId.in_subquery(grants::cases_opened(own))),
        ]),
    }
}

/// At most `limit` referrals whose hospital should have answered before `then`, the longest due first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn unanswered_since(
    db: &impl Reader,
    then: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<ReferralId>, StoreError> {
    let awaited = Column::State.is_in(Referral::AWAITED.iter().copied().map(Code));
    due(db, awaited.and(Column::RespondBy.lt(then)), Column::RespondBy, limit).await
}

/// At most `limit` referrals whose hospital was asked before `then` to cancel, the longest due first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn cancelling_since(
    db: &impl Reader,
    then: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<ReferralId>, StoreError> {
    let asked = Column::State.eq(Code(ReferralState::CancelRequested));
    due(db, asked.and(Column::CancelRequestedAt.lt(then)), Column::CancelRequestedAt, limit).await
}

async fn due(db: &impl Reader, which: Expr, since: Column, limit: u64) -> Result<Vec<ReferralId>, StoreError> {
    let select = Entity::find().select_only().column(Column::Id).filter(which).order_by_asc(since);
    let ids: Vec<Uuid> = select.order_by_asc(Column::Id).limit(limit).into_tuple().all(db.connection()).await?;
    Ok(ids.into_iter().map(ReferralId::from).collect())
}

/// Adds a referral, in [turn](cases::take_turn).
///
/// # Errors
/// [`StoreError::Taken`] by [`OPEN_TWICE`] when one to the same hospital is open.
pub async fn insert(tx: &Tx, referral: &Permitted<Referral>, moment: Moment<'_>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(referral.id.uuid()),
        case_id: Set(referral.case_id.uuid()),
        hospital_id: Set(referral.hospital_id.uuid()),
        cycle: Set(referral.cycle),
        question: Set(Code(referral.question)),
        message: Set(referral.message.as_ref().map(|message| message.as_str().to_owned())),
        created_by: Set(referral.created_by.uuid()),
        created_at: Set(moment.at),
        version: Set(referral.version.0),
        ..columns(referral)
    };
    cases::take_turn(tx, referral.case_id).await?;
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    grants::follow_referral(tx, referral, moment).await
}

/// Saves where a referral stands, in [turn](cases::take_turn), and what its hospital may read by it; what was
/// asked of whom is written once.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster; [`StoreError::Taken`] by [`OPEN_TWICE`] when
/// it opens again while another to the same hospital is open.
pub async fn update(tx: &Tx, referral: &Permitted<Referral>, moment: Moment<'_>) -> Result<Version, StoreError> {
    cases::take_turn(tx, referral.case_id).await?;
    let next = Version(referral.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..columns(referral) })
        .filter(Column::Id.eq(referral.id.uuid()))
        .filter(Column::Version.eq(referral.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)?;
    grants::follow_referral(tx, referral, moment).await?;
    Ok(next)
}

fn columns(referral: &Referral) -> ActiveModel {
    let text = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    let schedule = referral.schedule.as_ref();
    ActiveModel {
        state: Set(Code(referral.state)),
        ended_at: Set(referral.ended_at),
        is_open: Set(!referral.is_final()),
        sent_at: Set(referral.sent_at),
        respond_by: Set(referral.respond_by),
        received_at: Set(referral.received_at),
        acceptance: Set(referral.acceptance.as_ref().map(write_acceptance).map(Json)),
        decline_reason: Set(referral.decline_reason.map(Code)),
        admission_on: Set(schedule.map(|schedule| schedule.admission_on)),
        surgery_on: Set(schedule.map(|schedule| schedule.surgery_on)),
        ward: Set(schedule.and_then(|schedule| text(&schedule.ward))),
        reschedules: Set(referral.reschedules),
        admission_number: Set(text(&referral.admission_number)),
        reason: Set(text(&referral.reason)),
        cancel_requested_at: Set(referral.cancel_requested_at),
        ..Default::default()
    }
}

fn write_acceptance(acceptance: &Acceptance) -> AcceptanceDocument {
    AcceptanceDocument {
        surgeon: acceptance.surgeon.as_str().to_owned(),
        side: acceptance.side.code().to_owned(),
        earliest_on: acceptance.earliest_on,
        latest_on: acceptance.latest_on,
        price: acceptance.price.map(|price| (price.minor, price.currency.code().to_owned())),
        plan: acceptance.plan.as_str().to_owned(),
        valid_until: acceptance.valid_until,
    }
}

fn read(row: Model) -> Result<Referral, StoreError> {
    let place = Place { table: "referrals", id: row.id };
    let line =
        |column, text: Option<&str>| place.read_optional(column, text.map(|text| Line::parse(text, Line::LONGEST)));
    let schedule = match (row.admission_on, row.surgery_on) {
        (None, None) => None,
        (Some(admission_on), Some(surgery_on)) => {
            Some(Schedule { admission_on, surgery_on, ward: line("ward", row.ward.as_deref())? })
        }
        (Some(_), None) | (None, Some(_)) => return Err(place.corrupt("surgery_on")),
    };
    let acceptance = row.acceptance.map(|found| read_acceptance(place, found.0));
    Ok(Referral {
        id: row.id.into(),
        case_id: row.case_id.into(),
        hospital_id: row.hospital_id.into(),
        cycle: row.cycle,
        question: row.question.0,
        message: place
            .read_optional("message", row.message.as_deref().map(|text| Prose::parse(text, Prose::LONGEST)))?,
        state: row.state.0,
        sent_at: row.sent_at,
        respond_by: row.respond_by,
        received_at: row.received_at,
        acceptance: acceptance.transpose()?,
        decline_reason: row.decline_reason.map(|reason| reason.0),
        schedule,
        reschedules: row.reschedules,
        admission_number: line("admission_number", row.admission_number.as_deref())?,
        reason: line("reason", row.reason.as_deref())?,
        cancel_requested_at: row.cancel_requested_at,
        ended_at: row.ended_at,
        created_by: row.created_by.into(),
        version: Version(row.version),
    })
}

fn read_acceptance(place: Place, found: AcceptanceDocument) -> Result<Acceptance, StoreError> {
    const COLUMN: &str = "acceptance";
    let price = found
        .price
        .map(|(minor, currency)| Ok::<_, StoreError>(Money { minor, currency: place.code(COLUMN, &currency)? }));
    Ok(Acceptance {
        surgeon: place.read(COLUMN, Line::parse(&found.surgeon, Line::LONGEST))?,
        side: place.code(COLUMN, &found.side)?,
        earliest_on: found.earliest_on,
        latest_on: found.latest_on,
        price: price.transpose()?,
        plan: place.read(COLUMN, Prose::parse(&found.plan, Prose::LONGEST))?,
        valid_until: found.valid_until,
    })
}
