//! Consents of patients. A broken rule of uniqueness is named by [`ACTIVE_TWICE`].

use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::ids::{CaseId, ConsentId, HospitalId, Moment};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Line;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::consent::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{cases, grants};

/// The constraints that hold one active consent for a case, purpose and recipient: with and without
/// a hospital as recipient.
pub const ACTIVE_TWICE: [&str; 2] = ["uq_consents_case_id_purpose_hospital_id", "uq_consents_case_id_purpose"];

/// All consents of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Consent>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.iter().map(read).collect()
}

/// One page of a case's consents, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_case(db: &impl Reader, case_id: CaseId, page: Page) -> Result<Slice<Consent>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |consent: &Consent| consent.id.uuid(), |row| read(&row)).await
}

/// One consent of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ConsentId) -> Result<Option<Consent>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a consent, in [turn](cases::take_turn); what rests on it is open from now on.
///
/// # Errors
/// [`StoreError::Taken`] by one of [`ACTIVE_TWICE`] when the same was consented to before.
pub async fn insert(tx: &Tx, consent: &Permitted<Consent>, moment: Moment<'_>) -> Result<(), StoreError> {
    let terms = &consent.terms;
    let row = ActiveModel {
        id: Set(consent.id.uuid()),
        case_id: Set(consent.case_id.uuid()),
        purpose: Set(Code(terms.purpose)),
        hospital_id: Set(terms.hospital_id.map(HospitalId::uuid)),
        text_version: Set(terms.text_version.as_str().to_owned()),
        language: Set(Code(terms.language)),
        method: Set(Code(terms.method)),
        given_by: Set(Code(terms.given_by)),
        given_at: Set(terms.given_at),
        valid_until: Set(terms.valid_until),
        evidence: Set(terms.evidence.as_str().to_owned()),
        state: Set(Code(consent.state)),
        withdrawn_at: Set(consent.withdrawn_at),
        recorded_by: Set(consent.recorded_by.uuid()),
        version: Set(consent.version.0),
    };
    cases::take_turn(tx, consent.case_id).await?;
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    grants::follow_consent(tx, consent, moment).await
}

/// Saves where a consent stands, in [turn](cases::take_turn); what was consented to never changes. What rested
/// on it ends with it.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, consent: &Permitted<Consent>, moment: Moment<'_>) -> Result<Version, StoreError> {
    let next = Version(consent.version.0 + 1);
    let change = ActiveModel {
        state: Set(Code(consent.state)),
        withdrawn_at: Set(consent.withdrawn_at),
        version: Set(next.0),
        ..Default::default()
    };
    cases::take_turn(tx, consent.case_id).await?;
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(consent.id.uuid()))
        .filter(Column::Version.eq(consent.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)?;
    grants::follow_consent(tx, consent, moment).await?;
    Ok(next)
}

fn read(row: &Model) -> Result<Consent, StoreError> {
    let place = Place { table: "consents", id: row.id };
    let terms = ConsentTerms {
        purpose: row.purpose.0,
        hospital_id: row.hospital_id.map(HospitalId::from),
        text_version: place.read("text_version", Line::parse(&row.text_version, Line::LONGEST))?,
        language: row.language.0,
        method: row.method.0,
        given_by: row.given_by.0,
        given_at: row.given_at,
        valid_until: row.valid_until,
        evidence: place.read("evidence", Line::parse(&row.evidence, Line::LONGEST))?,
    };
    Ok(Consent {
        id: row.id.into(),
        case_id: row.case_id.into(),
        terms,
        state: row.state.0,
        withdrawn_at: row.withdrawn_at,
        recorded_by: row.recorded_by.into(),
        version: Version(row.version),
    })
}
