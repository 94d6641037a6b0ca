//! What hospitals reported: written once, never changed.

mod payload;

use rafiq_domain::ids::{ReferralId, ReportId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::reports::Report;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::column::{Code, Json};
use crate::entity::referral_report::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::Place;
use crate::store::{Reader, Tx};

/// The rule that a hospital's event id stands for one report of a referral.
pub const EVENT_TWICE: &str = "referral_reports_pkey";

/// One report of a referral, by the hospital's own event id.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, referral_id: ReferralId, id: ReportId) -> Result<Option<Report>, StoreError> {
    Entity::find_by_id((referral_id.uuid(), id.uuid())).one(db.connection()).await?.map(read).transpose()
}

/// One page of the reports of a referral, from what happened last to what happened first.
///
/// The ids are the hospital's and tell no order, so that a page begins after the time of the report
/// that it names.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(db: &impl Reader, referral_id: ReferralId, page: Page) -> Result<Slice<Report>, StoreError> {
    let mut select = Entity::find().filter(Column::ReferralId.eq(referral_id.uuid()));
    if let Some(after) = page.after {
        let Some(last) = Entity::find_by_id((referral_id.uuid(), after)).one(db.connection()).await? else {
            return Ok(Slice { items: Vec::new(), next: None });
        };
        let same_time = Condition::all().add(Column::OccurredAt.eq(last.occurred_at)).add(Column::Id.lt(last.id));
        select = select.filter(Condition::any().add(Column::OccurredAt.lt(last.occurred_at)).add(same_time));
    }
    let rows = select
        .order_by_desc(Column::OccurredAt)
        .order_by_desc(Column::Id)
        .limit(u64::from(page.limit) + 1)
        .all(db.connection())
        .await?;
    let reports = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Slice::cut(reports, page, |report: &Report| report.id.uuid()))
}

/// Adds a report.
///
/// # Errors
/// [`StoreError::Taken`] by [`EVENT_TWICE`] when its id was used before.
pub async fn insert(tx: &Tx, report: &Permitted<Report>) -> Result<(), StoreError> {
    let row = ActiveModel {
        referral_id: Set(report.referral_id.uuid()),
        id: Set(report.id.uuid()),
        kind: Set(Code(report.fact.kind())),
        mrn: Set(report.mrn.clone()),
        occurred_at: Set(report.occurred_at),
        recorded_at: Set(report.recorded_at),
        reported_by: Set(report.reported_by.uuid()),
        content: Set(Json(payload::write(&report.fact))),
        led_to: Set(Code(report.led_to)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn read(row: Model) -> Result<Report, StoreError> {
    let place = Place { table: "referral_reports", id: row.id };
    Ok(Report {
        id: row.id.into(),
        referral_id: row.referral_id.into(),
        fact: payload::read(place, row.kind.0, &row.content.0)?,
        mrn: row.mrn,
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        reported_by: row.reported_by.into(),
        led_to: row.led_to.0,
    })
}
