//! Erasing a patient: asked for by one, agreed to by another; and the legal holds that forbid it.

use rafiq_domain::approvals::Deed;
use rafiq_domain::erasure::{ErasureExtent, LegalHold};
use rafiq_domain::ids::{LegalHoldId, PatientId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::{Action, PatientInCare, Permitted, permit};
use rafiq_domain::refusal::{Invalid, NotFound};
use rafiq_domain::text::Line;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{erasure, legal_holds, patients};

use crate::approvals::{self, ApprovalEntry, SecondPerson};
use crate::{App, Caller, Refused};

/// Asks for a second person to erase a patient. How much may be erased follows from what the law keeps,
/// and is what the second person agrees to.
///
/// # Errors
/// [`Refused`] when there is no such patient, the caller may not, a case is open, a legal hold lies on
/// the record, or the same is asked for already.
pub async fn request_erasure(
    app: &App,
    caller: &Caller,
    patient_id: PatientId,
    reason: Line,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        find(tx, caller, Action::ErasePatient, patient_id).await?;
        let patient = patients::take_turn(tx, patient_id).await?;
        let others = patients::merged_into(tx, patient_id).await?;
        let file = erasure::file(tx, patient, &others).await?;
        let extent = file.extent(app.settings().approvals.retention_years, app.now())?;
        approvals::ask(app, tx, caller, Deed::ErasePatient { patient_id, extent }, reason).await
    })
    .await
}

/// Erases in the unit in which the second person agreed, with the records that were merged into it.
pub(crate) async fn erase(
    app: &App,
    tx: &Tx,
    second: SecondPerson<'_>,
    patient_id: PatientId,
    extent: ErasureExtent,
) -> Result<(), Refused> {
    let permitted = find(tx, second.caller, Action::ErasePatient, patient_id).await?;
    second.expect_pair(&*permitted)?;
    let patient = patients::take_turn(tx, patient_id).await?;
    let others = patients::merged_into(tx, patient_id).await?;
    let file = erasure::file(tx, patient, &others).await?;
    file.expect(extent, app.settings().approvals.retention_years, app.now())?;
    let records: Vec<_> = [file.patient].into_iter().chain(others).collect();
    let reached: Vec<_> = records.iter().map(|record| permitted.permit().reaching(record.object())).collect();
    for record in records {
        erase_record(app, tx, &permitted, record, extent).await?;
    }
    second.record_each(app, tx, reached).await
}

async fn erase_record<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    record: Patient,
    extent: ErasureExtent,
) -> Result<(), Refused> {
    let record = permitted.with(record);
    erasure::forget_answers(tx, &record).await?;
    match extent {
        ErasureExtent::Contacts => {
            patients::update(tx, &record.map(Patient::without_contacts)).await?;
        }
        ErasureExtent::Identity => {
            let anonymous = record.try_map(Patient::anonymized).map_err(|code| Invalid::at("", code))?;
            erasure::anonymize(tx, &anonymous, app.now()).await?;
        }
    }
    Ok(())
}

/// Places a legal hold: nothing of the patient is erased until it is lifted.
///
/// # Errors
/// [`Refused`] when there is no such patient, the caller may not, or the record is no person's any more.
pub async fn place_legal_hold(
    app: &App,
    caller: &Caller,
    patient_id: PatientId,
    reason: Line,
) -> Result<Permitted<LegalHold>, Refused> {
    app.write(caller, async |tx| {
        let permitted = find(tx, caller, Action::HoldRecord, patient_id).await?;
        patients::take_turn(tx, patient_id).await?.expect_active("place_legal_hold")?;
        let hold = permitted.with(LegalHold {
            id: LegalHoldId::new(app.ids()),
            patient_id,
            reason,
            placed_by: caller.actor.user_id().ok_or(NotFound)?,
            placed_at: app.now(),
            lifted: None,
            version: Version::FIRST,
        });
        legal_holds::insert(tx, &hold).await?;
        Ok(hold)
    })
    .await
}

/// Lifts a legal hold.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not or decided on an older version, or it was lifted.
pub async fn lift_legal_hold(
    app: &App,
    caller: &Caller,
    patient_id: PatientId,
    id: LegalHoldId,
    decided_on: Version,
) -> Result<Permitted<LegalHold>, Refused> {
    app.write(caller, async |tx| {
        let permitted = find(tx, caller, Action::HoldRecord, patient_id).await?;
        let hold = legal_holds::find(tx, patient_id, id).await?.ok_or(NotFound)?;
        hold.version.expect(decided_on)?;
        let by = caller.actor.user_id().ok_or(NotFound)?;
        let lifted = permitted.with(hold).try_map(|hold| hold.lift(by, app.now()))?;
        let version = legal_holds::update(tx, &lifted).await?;
        Ok(lifted.map(|hold| LegalHold { version, ..hold }))
    })
    .await
}

/// One page of the legal holds that ever lay on a patient's record, newest first.
///
/// # Errors
/// [`Refused`] when there is no such patient, or the caller may not.
pub async fn list_legal_holds(
    app: &App,
    caller: &Caller,
    patient_id: PatientId,
    page: Page,
) -> Result<Permitted<Slice<LegalHold>>, Refused> {
    app.read(caller, async |db| {
        let permitted = find(db, caller, Action::ViewLegalHolds, patient_id).await?;
        let holds = legal_holds::list_of_patient(db, patient_id, page).await?;
        Ok(permitted.with(holds))
    })
    .await
}

async fn find(
    db: &impl Reader,
    caller: &Caller,
    action: Action,
    id: PatientId,
) -> Result<Permitted<PatientInCare>, Refused> {
    let found = patients::find(db, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, action, found)?)
}
