//! Operations and discharges as our staff read them; the hospitals' reports write them.

use rafiq_domain::discharge::Discharge;
use rafiq_domain::ids::CaseId;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::surgery::Procedure;
use rafiq_persistence::{discharges, procedures};

use crate::{App, Caller, Refused, cases};

/// All operations of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_procedures(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<Procedure>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let procedures = procedures::of_case(db, case_id).await?;
        Ok(case.with(procedures))
    })
    .await
}

/// All discharges of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_discharges(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
) -> Result<Permitted<Vec<Discharge>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let discharges = discharges::of_case(db, case_id).await?;
        Ok(case.with(discharges))
    })
    .await
}
