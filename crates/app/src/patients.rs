//! Patients: registering them once, whatever way their name is spelt.

use rafiq_domain::ids::PatientId;
use rafiq_domain::matching::{Likelihood, Score, score};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::{Patient, PatientDetails, PatientRecord};
use rafiq_domain::policy::{Action, ObjectKind, PatientInCare, Permitted, Whole, permit, scope, scope_of_named};
use rafiq_domain::refusal::{NotFound, ProblemCode, Refusal};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Language;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{numbers, patients};

use crate::{App, Caller, Refused, permit_each};

/// The caller looked at the likely duplicates and says that this is somebody else.
#[derive(Debug, Clone)]
pub struct SomebodyElse {
    /// Why they are sure.
    pub reason: Line,
}

/// Someone like this may be registered already. Whether it is the same person is for people to say.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} likely duplicate(s)", .0.len())]
pub struct DuplicateSuspected(Vec<(PatientId, Score)>);

impl Refusal for DuplicateSuspected {
    fn code(&self) -> ProblemCode {
        ProblemCode::DuplicateSuspected
    }

    /// The ids only: a name here would tell what the caller may not read.
    fn detail(&self, _language: Language) -> Option<String> {
        let candidates: Vec<_> = self.0.iter().map(|(id, score)| format!("{id} ({}‰)", score.thousandths)).collect();
        Some(candidates.join(", "))
    }
}

/// Registers a patient.
///
/// # Errors
/// [`DuplicateSuspected`] for a likely duplicate unless the caller says that it is somebody else.
pub async fn register_patient(
    app: &App,
    caller: &Caller,
    details: PatientDetails,
    sure: Option<&SomebodyElse>,
) -> Result<Permitted<Patient>, Refused> {
    let details = details.check()?;
    let created_by = caller.actor.user_id().ok_or(NotFound)?;
    app.write(caller, async |tx| {
        let permitted = permit(&caller.actor, Action::RegisterPatient, Whole(ObjectKind::Patient))?;
        if sure.is_none() {
            refuse_likely_duplicates(tx, &details).await?;
        }
        let mrn = numbers::next(tx, "BMC", chrono::Datelike::year(&app.now())).await?;
        let record = PatientRecord::Active;
        let id = PatientId::new(app.ids());
        let patient = Patient { id, mrn, details, record, created_by, version: Version::FIRST };
        let patient = permitted.with(patient);
        patients::insert(tx, &patient, app.now()).await?;
        let object = patient.object();
        Ok(patient.made(object))
    })
    .await
}

async fn refuse_likely_duplicates(tx: &Tx, details: &PatientDetails) -> Result<(), Refused> {
    let identity = patients::identity_of(details);
    let similar = patients::similar_to(tx, &identity).await?;
    let likely: Vec<_> = similar
        .iter()
        .map(|known| (known.stands_as(), score(&identity, &patients::identity_of(&known.details))))
        .filter(|(_, score)| score.likelihood() == Likelihood::Likely)
        .collect();
    if likely.is_empty() { Ok(()) } else { Err(DuplicateSuspected(likely).into()) }
}

/// Replaces what is known of a patient.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not, or decided on an older version.
pub async fn update_patient(
    app: &App,
    caller: &Caller,
    id: PatientId,
    decided_on: Version,
    details: PatientDetails,
) -> Result<Permitted<Patient>, Refused> {
    let details = details.check()?;
    app.write(caller, async |tx| {
        let known = patients::find(tx, id).await?.ok_or(NotFound)?;
        let known = permit(&caller.actor, Action::UpdatePatient, known)?;
        known.patient.expect_active("update")?;
        known.patient.version.expect(decided_on)?;
        let changed = known.map(|known| Patient { details, ..known.patient });
        let version = patients::update(tx, &changed).await?;
        Ok(changed.map(|patient| Patient { version, ..patient }))
    })
    .await
}

/// One patient.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of them.
pub async fn view_patient(app: &App, caller: &Caller, id: PatientId) -> Result<Permitted<Patient>, Refused> {
    app.read(caller, async |db| {
        let known: PatientInCare = patients::find(db, id).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ViewPatient, known)?.map(|known| known.patient))
    })
    .await
}

/// One page of the patients that the caller may see, each as by itself, by a name in any script when one is given.
/// A name finds whom the caller reads with a name, and nobody else.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_patients(
    app: &App,
    caller: &Caller,
    name: Option<&str>,
    page: Page,
) -> Result<Slice<Permitted<Patient>>, Refused> {
    app.read_each(caller, async |db| {
        let part = if name.is_some() { scope_of_named } else { scope };
        let scope = part(&caller.actor, Action::ViewPatient, ObjectKind::Patient)?;
        let Slice { items, next } = patients::list(db, &scope, name, page).await?;
        let found = patients::in_care(db, items).await?;
        let seen = permit_each(caller, Action::ViewPatient, found);
        let items = seen.into_iter().map(|seen| seen.map(|found| found.patient)).collect();
        Ok(scope.with(Slice { items, next }))
    })
    .await
}
