//! Partner hospitals: who they are, and whether we work with them.

use rafiq_domain::hospitals::{Hospital, HospitalProfile, StateChange};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::HospitalState;
use rafiq_persistence::{hospitals, users};

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
        let hospital = Hospital { id, profile, state, last_change: None, version: Version::FIRST };
        let hospital = permitted.with(hospital);
        hospitals::insert(tx, &hospital, app.now()).await?;
        Ok(hospital)
    })
    .await
}

/// Replaces what is known of a hospital, but for its state.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not or decided on an older version, or `state` is not the present one.
pub async fn update_hospital(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    decided_on: Version,
    profile: HospitalProfile,
    state: Option<HospitalState>,
) -> Result<Permitted<Hospital>, Refused> {
    let profile = profile.check()?;
    change(app, caller, id, decided_on, |known| Ok(known.described(profile, state)?)).await
}

/// Suspends a hospital: its people and its machines are out with their next request, and no new referral goes
/// there. Its referrals stay what they are to our staff.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not or decided on an older version, or it is suspended already.
pub async fn suspend_hospital(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    decided_on: Version,
    reason: Line,
) -> Result<Permitted<Hospital>, Refused> {
    let why = StateChange { at: app.now(), reason };
    change(app, caller, id, decided_on, |hospital| Ok(hospital.suspend(why)?)).await
}

/// Takes a suspended hospital back.
///
/// # Errors
/// As for [`suspend_hospital`], when it is not suspended.
pub async fn reinstate_hospital(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    decided_on: Version,
    reason: Line,
) -> Result<Permitted<Hospital>, Refused> {
    let why = StateChange { at: app.now(), reason };
    change(app, caller, id, decided_on, |hospital| Ok(hospital.reinstate(why)?)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    decided_on: Version,
    operation: impl FnOnce(Hospital) -> Result<Hospital, Refused> + Send,
) -> Result<Permitted<Hospital>, Refused> {
    app.write(caller, async |tx| {
        let known = hospitals::find(tx, id).await?.ok_or(NotFound)?;
        let known = permit(&caller.actor, Action::ManageHospitals, known)?;
        known.version.expect(decided_on)?;
        let changed = known.try_map(operation)?;
        let version = hospitals::update(tx, &changed).await?;
        Ok(changed.map(|hospital| Hospital { version, ..hospital }))
    })
    .await
}

/// One page of the users of a hospital, its machines included.
///
/// # Errors
/// [`Refused`] when there is no such hospital, or the caller may not.
pub async fn list_hospital_users(
    app: &App,
    caller: &Caller,
    id: HospitalId,
    page: Page,
) -> Result<Permitted<Slice<User>>, Refused> {
    app.read(caller, async |db| {
        let hospital = hospitals::find(db, id).await?.ok_or(NotFound)?;
        let hospital = permit(&caller.actor, Action::ViewUsers, hospital)?;
        let users = users::list_of_hospital(db, &hospital, page, app.now()).await?;
        Ok(hospital.with(users))
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
