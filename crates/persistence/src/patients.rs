//! Patients, and the look for those who may be the same person.

use chrono::{DateTime, Utc};
use rafiq_domain::grants::Grant;
use rafiq_domain::ids::{CaseId, PatientId};
use rafiq_domain::matching::{Birth, Identity};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::{
    BirthDate, Certainty, ContactPoint, ContactValue, NameInPassport, Patient, PatientDetails, PatientLanguage,
    PatientRecord, PatientState,
};
use rafiq_domain::policy::{PatientInCare, Permitted, Scope};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{ArabicName, CountryCode, PassportName, arabic, latin};
use rafiq_domain::vocabulary::{Coded, Sex};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Func, LockType, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    SelectExt,
};

use crate::column::{Code, Json, PartialDay};
use crate::entity::patient::{ActiveModel, Column, ContactDocument, Entity, LanguageDocument, Model};
use crate::entity::{case, patient_phone};
use crate::error::StoreError;
use crate::grants;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// The most candidates that a duplicate check weighs.
const MAX_CANDIDATES: u64 = 50;

/// A patient with the grants of their cases.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: PatientId) -> Result<Option<PatientInCare>, StoreError> {
    let Some(row) = Entity::find_by_id(id.uuid()).one(db.connection()).await? else { return Ok(None) };
    let patient = read(row)?;
    // After a merge the cases are the survivor's: whoever cares for the person reads both records.
    let grants = grants::of_patient(db, patient.stands_as()).await?;
    let cases = case::Entity::find().filter(case::Column::PatientId.eq(patient.stands_as().uuid()));
    let has_case = cases.exists(db.connection()).await?;
    Ok(Some(PatientInCare { patient, has_case, grants }))
}

/// The patient as they are now, once no other unit has its turn on them; the turn is kept until the end of
/// this unit. For what must not happen at the same time: a merge, an erasure, and a new case.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn take_turn(tx: &Tx, id: PatientId) -> Result<Patient, StoreError> {
    let row = Entity::find_by_id(id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    read(row.ok_or(StoreError::Missing)?)
}

/// The records that were merged into a patient's: their names are the patient's other names, and their
/// numbers the patient's other numbers.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn merged_into(db: &impl Reader, id: PatientId) -> Result<Vec<Patient>, StoreError> {
    let merged = Entity::find().filter(Column::MergedInto.eq(id.uuid())).order_by_asc(Column::Id);
    merged.all(db.connection()).await?.into_iter().map(read).collect()
}

/// The numbers by which hospitals may know a patient: their own, and those of the records merged into theirs.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn numbers_of(db: &impl Reader, patient: &Patient) -> Result<Vec<String>, StoreError> {
    let merged = merged_into(db, patient.id).await?;
    Ok([patient].into_iter().chain(&merged).map(|record| record.mrn.clone()).collect())
}

/// The patient of a case that was permitted already.
///
/// # Errors
/// [`StoreError::Missing`] never in a sound database: the case refers to its patient.
pub async fn get(db: &impl Reader, id: PatientId) -> Result<Patient, StoreError> {
    let row = Entity::find_by_id(id.uuid()).one(db.connection()).await?.ok_or(StoreError::Missing)?;
    read(row)
}

/// Several patients, in one query.
async fn get_many(db: &impl Reader, ids: impl IntoIterator<Item = PatientId>) -> Result<Vec<Patient>, StoreError> {
    let ids = ids.into_iter().map(PatientId::uuid);
    Entity::find().filter(Column::Id.is_in(ids)).all(db.connection()).await?.into_iter().map(read).collect()
}

/// One page of the patients in `scope`, by a name in any script when one is given.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    name: Option<&str>,
    page: Page,
) -> Result<Slice<Patient>, StoreError> {
    // A record that was merged is found through the one that stands for it.
    let mut select = Entity::find().filter(in_scope(scope)).filter(Column::MergedInto.is_null());
    if let Some(name) = name {
        let merged = Entity::find().select_only().column(Column::MergedInto).filter(Column::MergedInto.is_not_null());
        let alias = Column::Id.in_subquery(merged.filter(named(name)).into_query());
        select = select.filter(Condition::any().add(named(name)).add(alias));
    }
    row::page(db, select, Column::Id, page, |patient: &Patient| patient.id.uuid(), read).await
}

/// The same patients with the grants of their cases, in two statements: how much each of them shows is said by
/// their own.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn in_care(db: &impl Reader, patients: Vec<Patient>) -> Result<Vec<PatientInCare>, StoreError> {
    let standing = patients.iter().map(|patient| patient.stands_as().uuid());
    let cases = case::Entity::find().filter(case::Column::PatientId.is_in(standing));
    let cases = ids_with_patients(db, cases).await?;
    let grants = grants::of_cases(db, cases.iter().map(|(case, _)| *case)).await?;
    let of = |patient: &Patient| {
        let its = |grant: &&Grant| cases.contains(&(grant.case_id, patient.stands_as()));
        grants.iter().filter(its).cloned().collect()
    };
    let has_case = |patient: &Patient| cases.iter().any(|(_, whose)| *whose == patient.stands_as());
    let whole = |patient| PatientInCare { has_case: has_case(&patient), grants: of(&patient), patient };
    Ok(patients.into_iter().map(whole).collect())
}

/// Cases and whose they are.
async fn ids_with_patients(
    db: &impl Reader,
    cases: Select<case::Entity>,
) -> Result<Vec<(CaseId, PatientId)>, StoreError> {
    let select = cases.select_only().column(case::Column::Id).column(case::Column::PatientId);
    let pairs: Vec<(Uuid, Uuid)> = select.into_tuple().all(db.connection()).await?;
    Ok(pairs.into_iter().map(|(case, patient)| (case.into(), patient.into())).collect())
}

/// The records whose own names contain `name`.
fn named(name: &str) -> Condition {
    let arabic_key = arabic::name_key(name);
    let latin_key = latin::blocking_key(name);
    // A name without a letter names nobody.
    row::any_of([
        (!arabic_key.is_empty()).then(|| Column::ArabicNameKey.contains(&arabic_key)),
        (!latin_key.is_empty()).then(|| Column::LatinNameKey.contains(&latin_key)),
    ])
}

/// What [`Scope::holds_patient`] says.
fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own(own) => {
            let cases = case::Entity::find().select_only().column(case::Column::PatientId);
            let cases = cases.filter(case::Column::Id.in_subquery(grants::cases_opened(own))).into_query();
            row::any_of([
                own.registrar.map(|user| Column::CreatedBy.eq(user.uuid()).and(Expr::exists(any_case()).not())),
                Some(Column::Id.in_subquery(cases)),
            ])
        }
    }
}

/// The cases of the person in whose row it stands: after a merge they are the survivor's.
fn any_case() -> SelectStatement {
    let stands_as = Func::coalesce([Column::MergedInto, Column::Id].map(|column| Expr::col((Entity, column))));
    let of_patient = Expr::col((case::Entity, case::Column::PatientId)).eq(stands_as);
    case::Entity::find().select_only().column(case::Column::Id).filter(of_patient).into_query()
}

/// The patients who share a name key or a phone number with `identity`, those with the number first:
/// a common name has more bearers than are weighed. They are weighed, never merged.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn similar_to(db: &impl Reader, identity: &Identity) -> Result<Vec<Patient>, StoreError> {
    let phones: Vec<_> = identity.phones.iter().map(|phone| phone.as_str().to_owned()).collect();
    let same_phone = patient_phone::Entity::find()
        .select_only()
        .column(patient_phone::Column::PatientId)
        .filter(patient_phone::Column::Number.is_in(phones))
        .into_query();
    let same_phone = Column::Id.in_subquery(same_phone);
    let similar = Condition::any()
        .add_option(identity.arabic_key.as_ref().map(|key| Column::ArabicNameKey.eq(key)))
        .add_option(identity.latin_key.as_ref().map(|key| Column::LatinNameKey.eq(key)))
        .add(same_phone.clone());
    let rows = Entity::find()
        .filter(similar)
        .order_by(same_phone, Order::Desc)
        .order_by_desc(Column::Id)
        .limit(MAX_CANDIDATES)
        .all(db.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// What of a patient is compared with others.
#[must_use]
pub fn identity_of(details: &PatientDetails) -> Identity {
    Identity {
        arabic_key: arabic_key(details),
        latin_key: latin_key(details),
        birth: details
            .birth
            .map(|birth| Birth { date: *birth.date, estimated: birth.certainty == Certainty::Estimated }),
        phones: phones(details).collect(),
        sex: details.sex.filter(|sex| *sex != Sex::Unknown).map(Coded::code),
        nationality: details.nationality,
        passports: Vec::new(),
    }
}

fn arabic_key(details: &PatientDetails) -> Option<String> {
    details.arabic_name.as_ref().map(|name| arabic::name_key(name.as_str()))
}

fn latin_key(details: &PatientDetails) -> Option<String> {
    details
        .passport_name
        .as_ref()
        .map(|name| latin::blocking_key(&format!("{} {}", name.given.as_str(), name.surname.as_str())))
}

fn phones(details: &PatientDetails) -> impl Iterator<Item = rafiq_domain::text::Phone> + '_ {
    details.contacts.iter().filter_map(|contact| match &contact.value {
        ContactValue::Phone(phone) => Some(phone.clone()),
        ContactValue::Email(_) => None,
    })
}

/// Adds a patient.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, patient: &Permitted<Patient>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(patient.id.uuid()),
        created_by: Set(patient.created_by.uuid()),
        created_at: Set(now),
        version: Set(patient.version.0),
        ..columns(patient)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    write_phones(tx, patient).await
}

/// Saves a changed patient.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, patient: &Permitted<Patient>) -> Result<Version, StoreError> {
    let next = Version(patient.version.0 + 1);
    let change = ActiveModel { version: Set(next.0), ..columns(patient) };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(patient.id.uuid()))
        .filter(Column::Version.eq(patient.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)?;
    patient_phone::Entity::delete_many()
        .filter(patient_phone::Column::PatientId.eq(patient.id.uuid()))
        .exec(tx.connection())
        .await?;
    write_phones(tx, patient).await?;
    Ok(next)
}

async fn write_phones(tx: &Tx, patient: &Patient) -> Result<(), StoreError> {
    let mut numbers: Vec<_> = phones(&patient.details).map(|phone| phone.as_str().to_owned()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows: Vec<_> = numbers
        .into_iter()
        .map(|number| patient_phone::ActiveModel { patient_id: Set(patient.id.uuid()), number: Set(number) })
        .collect();
    if !rows.is_empty() {
        patient_phone::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

fn columns(patient: &Patient) -> ActiveModel {
    let details = &patient.details;
    let passport = details.passport_name.as_ref();
    ActiveModel {
        mrn: Set(patient.mrn.clone()),
        state: Set(Code(patient.record.state())),
        merged_into: Set(match patient.record {
            PatientRecord::MergedInto(survivor) => Some(survivor.uuid()),
            PatientRecord::Active | PatientRecord::Anonymized => None,
        }),
        arabic_name: Set(details.arabic_name.as_ref().map(|name| name.as_str().to_owned())),
        arabic_name_key: Set(arabic_key(details)),
        passport_surname: Set(passport.map(|name| name.surname.as_str().to_owned())),
        passport_given: Set(passport.map(|name| name.given.as_str().to_owned())),
        latin_name_key: Set(latin_key(details)),
        sex: Set(details.sex.map(Code)),
        birth_date: Set(details.birth.map(|birth| PartialDay(*birth.date))),
        birth_certainty: Set(details.birth.map(|birth| Code(birth.certainty))),
        nationality: Set(details.nationality.map(|country| country.as_str().to_owned())),
        residence_country: Set(details.residence_country.map(|country| country.as_str().to_owned())),
        languages: Set(Json(details.languages.iter().copied().map(write_language).collect())),
        contacts: Set(Json(details.contacts.iter().map(write_contact).collect())),
        interpreter_required: Set(details.interpreter_required),
        ..Default::default()
    }
}

fn write_language(known: PatientLanguage) -> LanguageDocument {
    LanguageDocument {
        language: known.language.code().to_owned(),
        dialect: known.dialect.map(|dialect| dialect.code().to_owned()),
        reads: known.reads,
    }
}

fn write_contact(contact: &ContactPoint) -> ContactDocument {
    ContactDocument {
        system: contact.system.code().to_owned(),
        value: contact.value.as_str().to_owned(),
        owner: contact.owner.code().to_owned(),
    }
}

fn read(row: Model) -> Result<Patient, StoreError> {
    let place = Place { table: "patients", id: row.id };
    let passport_name = row.passport_surname.zip(row.passport_given).map(|(surname, given)| {
        Ok::<_, StoreError>(NameInPassport {
            surname: place.read("passport_surname", PassportName::parse(&surname))?,
            given: place.read("passport_given", PassportName::parse(&given))?,
        })
    });
    let birth = row.birth_date.zip(row.birth_certainty);
    let details = PatientDetails {
        arabic_name: place.read_optional("arabic_name", row.arabic_name.as_deref().map(ArabicName::parse))?,
        passport_name: passport_name.transpose()?,
        sex: row.sex.map(|sex| sex.0),
        birth: birth.map(|(date, certainty)| BirthDate { date: Sensitive(date.0), certainty: certainty.0 }),
        nationality: place.read_optional("nationality", row.nationality.as_deref().map(CountryCode::parse))?,
        residence_country: place
            .read_optional("residence_country", row.residence_country.as_deref().map(CountryCode::parse))?,
        languages: row.languages.0.iter().map(|known| read_language(place, known)).collect::<Result<_, _>>()?,
        contacts: row.contacts.0.iter().map(|contact| read_contact(place, contact)).collect::<Result<_, _>>()?,
        interpreter_required: row.interpreter_required,
    };
    Ok(Patient {
        id: row.id.into(),
        mrn: row.mrn,
        details,
        record: read_record(place, row.state.0, row.merged_into)?,
        created_by: row.created_by.into(),
        version: Version(row.version),
    })
}

fn read_record(place: Place, state: PatientState, merged_into: Option<Uuid>) -> Result<PatientRecord, StoreError> {
    match (state, merged_into) {
        (PatientState::Active, None) => Ok(PatientRecord::Active),
        (PatientState::Merged, Some(survivor)) => Ok(PatientRecord::MergedInto(survivor.into())),
        (PatientState::Anonymized, None) => Ok(PatientRecord::Anonymized),
        (PatientState::Active | PatientState::Merged | PatientState::Anonymized, _) => Err(place.corrupt("state")),
    }
}

fn read_language(place: Place, known: &LanguageDocument) -> Result<PatientLanguage, StoreError> {
    Ok(PatientLanguage {
        language: place.code("languages", &known.language)?,
        dialect: known.dialect.as_ref().map(|dialect| place.code("languages", dialect)).transpose()?,
        reads: known.reads,
    })
}

fn read_contact(place: Place, contact: &ContactDocument) -> Result<ContactPoint, StoreError> {
    let system = place.code("contacts", &contact.system)?;
    Ok(ContactPoint {
        system,
        value: place.read("contacts", ContactValue::parse(system, &contact.value, None))?,
        owner: place.code("contacts", &contact.owner)?,
    })
}

/// The patients of the cases with these ids, by case: for lists that show a name beside a number.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cases(
    db: &impl Reader,
    cases: &[rafiq_domain::cases::Case],
) -> Result<Vec<(CaseId, Patient)>, StoreError> {
    let patients = get_many(db, cases.iter().map(|case| case.patient_id)).await?;
    let of = |case: &rafiq_domain::cases::Case| patients.iter().find(|patient| patient.id == case.patient_id).cloned();
    Ok(cases.iter().filter_map(|case| Some((case.id, of(case)?))).collect())
}

/// As [`of_cases`], for what is known of cases by their ids alone.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case_ids(
    db: &impl Reader,
    ids: impl IntoIterator<Item = CaseId>,
) -> Result<Vec<(CaseId, Patient)>, StoreError> {
    let cases = case::Entity::find().filter(case::Column::Id.is_in(ids.into_iter().map(CaseId::uuid)));
    let pairs = ids_with_patients(db, cases).await?;
    let patients = get_many(db, pairs.iter().map(|(_, patient)| *patient)).await?;
    let of = |id: PatientId| patients.iter().find(|patient| patient.id == id).cloned();
    Ok(pairs.into_iter().filter_map(|(case, patient)| Some((case, of(patient)?))).collect())
}
