//! Symptom assessments: written once, and the database refuses to change them.

use chrono::{DateTime, Utc};
use rafiq_domain::assessments::{Allergies, HistoryAnswer, SymptomAssessment, SymptomFindings};
use rafiq_domain::ids::{AssessmentId, CaseId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Coded;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use crate::column::{Code, Codes, Json, PartialDay};
use crate::entity::symptom_assessment::{ActiveModel, AllergiesDocument, Column, Entity, HistoryDocument, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// One page of a case's assessments, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_case(
    db: &impl Reader,
    case_id: CaseId,
    page: Page,
) -> Result<Slice<SymptomAssessment>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |assessment: &SymptomAssessment| assessment.id.uuid(), read).await
}

/// The assessment of a case that counts: the one recorded last.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_of_case(db: &impl Reader, case_id: CaseId) -> Result<Option<SymptomAssessment>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_desc(Column::Id);
    select.one(db.connection()).await?.map(read).transpose()
}

/// The assessment of a case that counted at `then`: the last one taken until then.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_at(
    db: &impl Reader,
    case_id: CaseId,
    then: DateTime<Utc>,
) -> Result<Option<SymptomAssessment>, StoreError> {
    let until_then = Column::CaseId.eq(case_id.uuid()).and(Column::TakenAt.lte(then));
    let select = Entity::find().filter(until_then).order_by_desc(Column::Id);
    select.one(db.connection()).await?.map(read).transpose()
}

/// One assessment of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(
    db: &impl Reader,
    case_id: CaseId,
    id: AssessmentId,
) -> Result<Option<SymptomAssessment>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// Adds an assessment.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, assessment: &Permitted<SymptomAssessment>) -> Result<(), StoreError> {
    let findings = &assessment.findings;
    let row = ActiveModel {
        id: Set(assessment.id.uuid()),
        case_id: Set(assessment.case_id.uuid()),
        taken_by: Set(assessment.taken_by.uuid()),
        taken_at: Set(assessment.taken_at),
        modality: Set(Code(findings.modality)),
        laterality: Set(Code(findings.laterality)),
        onset: Set(PartialDay(findings.onset)),
        onset_site: Set(Code(findings.onset_site)),
        form: Set(Code(findings.form)),
        regions: Set(Codes(findings.regions.clone())),
        spasm_type: Set(Code(findings.spasm_type)),
        frequency: Set(Code(findings.frequency)),
        in_sleep: Set(Code(findings.in_sleep)),
        triggers: Set(Codes(findings.triggers.clone())),
        relievers: Set(Codes(findings.relievers.clone())),
        ear_symptoms: Set(Codes(findings.ear_symptoms.clone())),
        vision_interference: Set(Code(findings.vision_interference)),
        pain: Set(i16::from(findings.pain)),
        babinski: Set(Code(findings.babinski)),
        facial_weakness: Set(Code(findings.facial_weakness)),
        previous_facial_palsy: Set(Code(findings.previous_facial_palsy)),
        red_flags: Set(Codes(assessment.red_flags.clone())),
        allergies: Set(Json(write_allergies(&assessment.allergies))),
        history: Set(Json(assessment.history.iter().map(write_answer).collect())),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn write_allergies(allergies: &Allergies) -> AllergiesDocument {
    match allergies {
        Allergies::Unknown => AllergiesDocument::Unknown,
        Allergies::NoneKnown => AllergiesDocument::NoneKnown,
        Allergies::Known(named) => {
            AllergiesDocument::Known(named.iter().map(|substance| substance.as_str().to_owned()).collect())
        }
    }
}

fn write_answer(given: &HistoryAnswer) -> HistoryDocument {
    HistoryDocument {
        item: given.item.code().to_owned(),
        answer: given.answer.code().to_owned(),
        text: given.text.as_ref().map(|text| text.as_str().to_owned()),
    }
}

fn read(row: Model) -> Result<SymptomAssessment, StoreError> {
    let place = Place { table: "symptom_assessments", id: row.id };
    let findings = SymptomFindings {
        modality: row.modality.0,
        laterality: row.laterality.0,
        onset: row.onset.0,
        onset_site: row.onset_site.0,
        form: row.form.0,
        regions: row.regions.0,
        spasm_type: row.spasm_type.0,
        frequency: row.frequency.0,
        in_sleep: row.in_sleep.0,
        triggers: row.triggers.0,
        relievers: row.relievers.0,
        ear_symptoms: row.ear_symptoms.0,
        vision_interference: row.vision_interference.0,
        pain: u8::try_from(row.pain).map_err(|_| place.corrupt("pain"))?,
        babinski: row.babinski.0,
        facial_weakness: row.facial_weakness.0,
        previous_facial_palsy: row.previous_facial_palsy.0,
    };
    Ok(SymptomAssessment {
        id: row.id.into(),
        case_id: row.case_id.into(),
        taken_by: row.taken_by.into(),
        taken_at: row.taken_at,
        findings,
        red_flags: row.red_flags.0,
        allergies: read_allergies(place, &row.allergies.0)?,
        history: row.history.0.iter().map(|given| read_answer(place, given)).collect::<Result<_, _>>()?,
    })
}

fn read_allergies(place: Place, stored: &AllergiesDocument) -> Result<Allergies, StoreError> {
    match stored {
        AllergiesDocument::Unknown => Ok(Allergies::Unknown),
        AllergiesDocument::NoneKnown => Ok(Allergies::NoneKnown),
        AllergiesDocument::Known(named) => {
            let named = named.iter().map(|substance| place.read("allergies", Line::parse(substance, Line::LONGEST)));
            named.collect::<Result<_, _>>().map(Allergies::Known)
        }
    }
}

fn read_answer(place: Place, stored: &HistoryDocument) -> Result<HistoryAnswer, StoreError> {
    Ok(HistoryAnswer {
        item: place.code("history", &stored.item)?,
        answer: place.code("history", &stored.answer)?,
        text: place.read_optional("history", stored.text.as_deref().map(|text| Line::parse(text, Line::LONGEST)))?,
    })
}
