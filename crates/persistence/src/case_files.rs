//! The case file: everything that the gates look at, read in one go.

use chrono::NaiveDate;
use rafiq_domain::cases::{Case, CaseFile};
use rafiq_domain::referrals::Referral;
use rafiq_domain::vocabulary::NoteType;

use crate::error::StoreError;
use crate::store::Reader;
use crate::{
    assessments, bookings, clearances, complications, confirmations, consents, discharges, hospitals, information,
    notes, patients, procedures, quotes, referrals, reviews, visits,
};

/// Reads the file of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn assemble(db: &impl Reader, case: Case) -> Result<CaseFile, StoreError> {
    let referrals = referrals::of_cycle(db, &case).await?;
    Ok(CaseFile {
        patient: patients::get(db, case.patient_id).await?,
        consents: consents::of_case(db, case.id).await?,
        assessment: assessments::latest_of_case(db, case.id).await?,
        review: reviews::latest_of_case(db, case.id).await?,
        examined: notes::signed_exists(db, case.id, NoteType::Consultation).await?,
        information: information::of_case(db, case.id).await?,
        confirmations: confirmations::of_case(db, case.id).await?,
        admission_known: referrals.iter().any(|referral| referral.admission_number.is_some()),
        referrals,
        referral_in_hand: None,
        hospital_licensed: false,
        quotes: quotes::of_cycle(db, &case).await?,
        bookings: bookings::of_cycle(db, &case).await?,
        clearance: clearances::latest_of_cycle(db, &case).await?,
        procedures: procedures::of_cycle(db, &case).await?,
        operated_on: procedures::last_completed_on(db, case.id).await?,
        complications: complications::of_case(db, case.id).await?,
        discharge: discharges::latest_of_cycle(db, &case).await?,
        visits: visits::of_cycle(db, &case).await?,
        case,
    })
}

/// Puts a referral of the case, as it now is, before the gates: the step in hand is about it and its hospital.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn take_in_hand(
    db: &impl Reader,
    file: &mut CaseFile,
    referral: Referral,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let hospital = hospitals::find(db, referral.hospital_id).await?;
    file.hospital_licensed = hospital.is_some_and(|hospital| hospital.is_licensed_on(today));
    file.admission_known = referral.admission_number.is_some();
    file.referral_in_hand = Some(referral);
    Ok(())
}
