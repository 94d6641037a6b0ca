//! Partner hospitals: who they are, and whether we work with them.

use rafiq_domain::hospitals::{Hospital, HospitalProfile};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::vocabulary::HospitalState;
use rafiq_persistence::hospitals;

use crate::{App, Caller, Refused};

/// Registers a hospital; it is active unless said otherwise.
///
/// # Errors
/// [`Refused`] when the caller may not, or the profile is not sound.
pub async fn register_hospital(
    app: &App,
    caller: &Caller,
    profile: HospitalProfile,
    state: Option<HospitalState>,
) -> Result<Permitted<Hospital>, Refused> {
    let profile = profile.check()?;
    let state = state.unwrap_or(HospitalState::Active);
    app.write(caller, async |tx| {
        let permitted = permit(&caller.actor, Action::ManageHospitals, Whole(ObjectKind::Hospital))?;
        let id = HospitalId::new(app.ids());
        let hospital = Hospital { id, profile, state, version: Version::FIRST };
        let hospital = permitted.with(hospital);
        hospitals::insert(tx, &hospital, app.now()).await?;
        Ok(hospital)
    })
    .await
}

/// Replaces what is known of a hospital; a `state` suspends it, or takes it back.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not, or decided on an older version.
pub async fn update_hospital(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    decided_on: Version,
    profile: HospitalProfile,
    state: Option<HospitalState>,
) -> Result<Permitted<Hospital>, Refused> {
    let profile = profile.check()?;
    app.write(caller, async |tx| {
        let known = hospitals::find(tx, id).await?.ok_or(NotFound)?;
        let known = permit(&caller.actor, Action::ManageHospitals, known)?;
        known.version.expect(decided_on)?;
        let changed = known.map(|known| Hospital { profile, state: state.unwrap_or(known.state), ..known });
        let version = hospitals::update(tx, &changed).await?;
        Ok(changed.map(|hospital| Hospital { version, ..hospital }))
    })
    .await
}

/// One hospital.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_hospital(app: &App, caller: &Caller, id: HospitalId) -> Result<Permitted<Hospital>, Refused> {
    app.read(caller, async |db| {
        let hospital = hospitals::find(db, id).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ViewHospitals, hospital)?)
    })
    .await
}

/// One page of the hospitals, only those in `state` when it is given.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_hospitals(
    app: &App,
    caller: &Caller,
    state: Option<HospitalState>,
    page: Page,
) -> Result<Permitted<Slice<Hospital>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewHospitals, ObjectKind::Hospital)?;
        let hospitals = hospitals::list(db, &scope, state, page).await?;
        Ok(scope.with(hospitals))
    })
    .await
}
