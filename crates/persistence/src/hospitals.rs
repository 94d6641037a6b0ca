//! Partner hospitals.

use chrono::{DateTime, Utc};
use rafiq_domain::hospitals::{Hospital, HospitalProfile, Licence, StateChange};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Permitted, Scope};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::HospitalState;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::column::{Code, Codes};
use crate::entity::hospital::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// A hospital.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: HospitalId) -> Result<Option<Hospital>, StoreError> {
    Entity::find_by_id(id.uuid()).one(db.connection()).await?.map(read).transpose()
}

/// One page of the hospitals, only those in `state` when it is given.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    state: Option<HospitalState>,
    page: Page,
) -> Result<Slice<Hospital>, StoreError> {
    let wanted = Condition::all().add_option(state.map(|state| Column::State.eq(Code(state))));
    let select = Entity::find().filter(in_scope(scope)).filter(wanted);
    row::page(db, select, Column::Id, page, |hospital: &Hospital| hospital.id.uuid(), read).await
}

fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        // No role lists only its own.
        Scope::Own(_) => row::any_of([]),
    }
}

/// The English names of several hospitals, in one query.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn names(
    db: &impl Reader,
    ids: impl IntoIterator<Item = HospitalId>,
) -> Result<Vec<(HospitalId, Line)>, StoreError> {
    let select = Entity::find().filter(Column::Id.is_in(ids.into_iter().map(HospitalId::uuid)));
    let rows = select.all(db.connection()).await?;
    rows.into_iter().map(|row| read(row).map(|hospital| (hospital.id, hospital.profile.name_en))).collect()
}

/// Adds a hospital.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, hospital: &Permitted<Hospital>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(hospital.id.uuid()),
        created_at: Set(now),
        version: Set(hospital.version.0),
        ..columns(hospital)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed hospital.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, hospital: &Permitted<Hospital>) -> Result<Version, StoreError> {
    let next = Version(hospital.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..columns(hospital) })
        .filter(Column::Id.eq(hospital.id.uuid()))
        .filter(Column::Version.eq(hospital.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn columns(hospital: &Hospital) -> ActiveModel {
    let profile = &hospital.profile;
    let licence = &profile.licence;
    ActiveModel {
        name_en: Set(profile.name_en.as_str().to_owned()),
        name_tr: Set(profile.name_tr.as_str().to_owned()),
        name_ar: Set(profile.name_ar.as_str().to_owned()),
        city: Set(profile.city.as_str().to_owned()),
        time_zone: Set(profile.time_zone.name().to_owned()),
        licence_issuer: Set(Code(licence.issuer)),
        licence_number: Set(licence.number.as_str().to_owned()),
        licence_valid_from: Set(licence.valid_from),
        licence_valid_until: Set(licence.valid_until),
        capabilities: Set(Codes(profile.capabilities.clone())),
        accreditations: Set(Codes(profile.accreditations.clone())),
        state: Set(Code(hospital.state)),
        state_reason: Set(hospital.last_change.as_ref().map(|change| change.reason.as_str().to_owned())),
        state_since: Set(hospital.last_change.as_ref().map(|change| change.at)),
        ..Default::default()
    }
}

fn read(row: Model) -> Result<Hospital, StoreError> {
    let place = Place { table: "hospitals", id: row.id };
    let line = |column, text: &str| place.read(column, Line::parse(text, Line::LONGEST));
    let reason = row.state_reason.as_deref().map(|reason| line("state_reason", reason)).transpose()?;
    let last_change = match (row.state_since, reason) {
        (Some(at), Some(reason)) => Some(StateChange { at, reason }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(place.corrupt("state_since")),
    };
    Ok(Hospital {
        id: row.id.into(),
        profile: HospitalProfile {
            name_en: line("name_en", &row.name_en)?,
            name_tr: line("name_tr", &row.name_tr)?,
            name_ar: line("name_ar", &row.name_ar)?,
            city: line("city", &row.city)?,
            time_zone: row.time_zone.parse().map_err(|_| place.corrupt("time_zone"))?,
            licence: Licence {
                issuer: row.licence_issuer.0,
                number: line("licence_number", &row.licence_number)?,
                valid_from: row.licence_valid_from,
                valid_until: row.licence_valid_until,
            },
            capabilities: row.capabilities.0,
            accreditations: row.accreditations.0,
        },
        state: row.state.0,
        last_change,
        version: Version(row.version),
    })
}
