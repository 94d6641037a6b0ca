//! The case file: everything that the gates look at, read in one go.

use rafiq_domain::cases::{Case, CaseFile};

use crate::error::StoreError;
use crate::store::Reader;
use crate::{confirmations, information, patients};

/// Reads the file of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn assemble(db: &impl Reader, case: Case) -> Result<CaseFile, StoreError> {
    Ok(CaseFile {
        patient: patients::get(db, case.patient_id).await?,
        consents: Vec::new(),
        assessment: None,
        review: None,
        examined: false,
        information: information::of_case(db, case.id).await?,
        confirmations: confirmations::of_case(db, case.id).await?,
        referrals: Vec::new(),
        referral_in_hand: None,
        hospital_licensed: false,
        quotes: Vec::new(),
        bookings: Vec::new(),
        clearance: None,
        procedures: Vec::new(),
        operated_on: None,
        admission_known: false,
        complications: Vec::new(),
        discharge: None,
        visits: Vec::new(),
        case,
    })
}
