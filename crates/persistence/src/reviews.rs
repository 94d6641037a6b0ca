//! Signed review decisions: written once, and the database refuses to change them.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{CaseId, ReviewId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::reviews::{Conservative, Review};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{Coded, YesNoUnknown};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use crate::column::{Code, Json};
use crate::entity::review::{ActiveModel, Column, Entity, ItemDocument, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// One page of a case's reviews, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_case(db: &impl Reader, case_id: CaseId, page: Page) -> Result<Slice<Review>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |review: &Review| review.id.uuid(), |row| read(&row)).await
}

/// The review of a case that counts: the one signed last.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_of_case(db: &impl Reader, case_id: CaseId) -> Result<Option<Review>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_desc(Column::Id);
    select.one(db.connection()).await?.as_ref().map(read).transpose()
}

/// The review of a case that counted at `then`: the last one signed until then.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_at(db: &impl Reader, case_id: CaseId, then: DateTime<Utc>) -> Result<Option<Review>, StoreError> {
    let until_then = Column::CaseId.eq(case_id.uuid()).and(Column::SignedAt.lte(then));
    let select = Entity::find().filter(until_then).order_by_desc(Column::Id);
    select.one(db.connection()).await?.as_ref().map(read).transpose()
}

/// One review of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ReviewId) -> Result<Option<Review>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a review.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, review: &Permitted<Review>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(review.id.uuid()),
        case_id: Set(review.case_id.uuid()),
        doctor_id: Set(review.doctor_id.uuid()),
        signed_at: Set(review.signed_at),
        recommendation: Set(Code(review.recommendation)),
        diagnosis: Set(review.diagnosis.map(Code)),
        laterality: Set(review.laterality.map(Code)),
        indications: Set(Json(write_items(&review.indications))),
        contraindications: Set(Json(write_items(&review.contraindications))),
        red_flags_addressed: Set(review.red_flags_addressed.as_ref().map(|text| text.as_str().to_owned())),
        plan: Set(review.conservative.map(|conservative| Code(conservative.plan))),
        plan_review_on: Set(review.conservative.map(|conservative| conservative.review_on)),
        unsuitability: Set(review.unsuitability.map(Code)),
        advice: Set(review.advice.as_ref().map(|text| text.as_str().to_owned())),
        summary: Set(review.summary.as_str().to_owned()),
        summary_language: Set(Code(review.summary_language)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn write_items<T: Coded>(items: &[(T, YesNoUnknown)]) -> Vec<ItemDocument> {
    let written = items
        .iter()
        .map(|(item, answer)| ItemDocument { item: item.code().to_owned(), answer: answer.code().to_owned() });
    written.collect()
}

fn read(row: &Model) -> Result<Review, StoreError> {
    let place = Place { table: "reviews", id: row.id };
    let prose =
        |column, text: Option<&str>| place.read_optional(column, text.map(|text| Prose::parse(text, Prose::LONGEST)));
    let conservative = match (row.plan, row.plan_review_on) {
        (None, None) => None,
        (Some(plan), Some(review_on)) => Some(Conservative { plan: plan.0, review_on }),
        (Some(_), None) | (None, Some(_)) => return Err(place.corrupt("plan")),
    };
    Ok(Review {
        id: row.id.into(),
        case_id: row.case_id.into(),
        doctor_id: row.doctor_id.into(),
        signed_at: row.signed_at,
        recommendation: row.recommendation.0,
        diagnosis: row.diagnosis.map(|diagnosis| diagnosis.0),
        laterality: row.laterality.map(|side| side.0),
        indications: read_items(place, "indications", &row.indications.0)?,
        contraindications: read_items(place, "contraindications", &row.contraindications.0)?,
        red_flags_addressed: prose("red_flags_addressed", row.red_flags_addressed.as_deref())?,
        conservative,
        unsuitability: row.unsuitability.map(|reason| reason.0),
        advice: prose("advice", row.advice.as_deref())?,
        summary: place.read("summary", Prose::parse(&row.summary, Prose::LONGEST))?,
        summary_language: row.summary_language.0,
    })
}

fn read_items<T: Coded>(
    place: Place,
    column: &str,
    stored: &[ItemDocument],
) -> Result<Vec<(T, YesNoUnknown)>, StoreError> {
    stored.iter().map(|item| Ok((place.code(column, &item.item)?, place.code(column, &item.answer)?))).collect()
}
