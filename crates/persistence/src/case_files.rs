//! The case file: everything that the gates look at, read in one go.

use rafiq_domain::cases::{Case, CaseFile};
use rafiq_domain::vocabulary::NoteType;

use crate::error::StoreError;
use crate::store::Reader;
use crate::{
    assessments, bookings, clearances, complications, confirmations, consents, discharges, information, notes,
    patients, procedures, quotes, reviews, visits,
};

/// Reads the file of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn assemble(db: &impl Reader, case: Case) -> Result<CaseFile, StoreError> {
    Ok(CaseFile {
        patient: patients::get(db, case.patient_id).await?,
        consents: consents::of_case(db, case.id).await?,
        assessment: assessments::latest_of_case(db, case.id).await?,
        review: reviews::latest_of_case(db, case.id).await?,
        examined: notes::signed_exists(db, case.id, NoteType::Consultation).await?,
        information: information::of_case(db, case.id).await?,
        confirmations: confirmations::of_case(db, case.id).await?,
        referrals: Vec::new(),
        referral_in_hand: None,
        hospital_licensed: false,
        quotes: quotes::of_cycle(db, &case).await?,
        bookings: bookings::of_case(db, case.id).await?,
        clearance: clearances::latest_of_cycle(db, &case).await?,
        procedures: procedures::of_cycle(db, &case).await?,
        operated_on: procedures::last_completed_on(db, case.id).await?,
        admission_known: false,
        complications: complications::of_case(db, case.id).await?,
        discharge: discharges::latest_of_cycle(db, &case).await?,
        visits: visits::of_cycle(db, &case).await?,
        case,
    })
}
