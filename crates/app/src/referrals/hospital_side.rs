//! Referrals as their hospital reads them: its own ones only, and of the patient what it needs to
//! decide and to treat. Nothing here tells of another hospital, of a price or of the case's stage.

use rafiq_domain::assessments::SymptomAssessment;
use rafiq_domain::cases::{Case, CaseFile, Gate, Target, Trigger, has_edge};
use rafiq_domain::ids::ReferralId;
use rafiq_domain::notes::Note;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::{BirthDate, NameInPassport, Patient, PatientLanguage};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, ReferralInCase, permit, scope};
use rafiq_domain::referrals::{Referral, after_loss};
use rafiq_domain::refusal::{NotFound, ProblemCode};
use rafiq_domain::reports::{Report, rests_on_hand};
use rafiq_domain::reviews::Review;
use rafiq_domain::surgery::in_the_way_of_clearance;
use rafiq_domain::text::{ArabicName, CountryCode};
use rafiq_domain::vocabulary::{Laterality, OnBehalfOf, ReferralState, ReportKind, Sex};
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{assessments, audit, case_files, notes, patients, referrals, reports, reviews};

use super::{file_for, save};
use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, permit_each, quotes};

/// What a hospital knows of a patient: who it is, and in which language they are spoken to. They are
/// reached through us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientAtHospital {
    /// The medical record number, which every report names.
    pub mrn: String,
    /// The name in Arabic.
    pub arabic_name: Option<ArabicName>,
    /// The name as printed in the passport.
    pub passport_name: Option<NameInPassport>,
    /// The birth date.
    pub birth: Option<BirthDate>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// The nationality.
    pub nationality: Option<CountryCode>,
    /// The languages and dialects, best first.
    pub languages: Vec<PatientLanguage>,
    /// Whether encounters need an interpreter.
    pub interpreter_required: bool,
}

impl From<Patient> for PatientAtHospital {
    fn from(patient: Patient) -> Self {
        let details = patient.details;
        Self {
            mrn: patient.mrn,
            arabic_name: details.arabic_name,
            passport_name: details.passport_name,
            birth: details.birth,
            sex: details.sex,
            nationality: details.nationality,
            languages: details.languages,
            interpreter_required: details.interpreter_required,
        }
    }
}

/// A referral in the list of its hospital.
#[derive(Debug, Clone)]
pub struct OwnReferral {
    /// The referral.
    pub referral: Referral,
    /// The patient.
    pub patient: PatientAtHospital,
}

/// A referral with everything that its hospital may read.
#[derive(Debug, Clone)]
pub struct HospitalFile {
    /// The referral.
    pub referral: Referral,
    /// The patient.
    pub patient: PatientAtHospital,
    /// The side of the case, which every report on an operation must name.
    pub side: Option<Laterality>,
    /// The latest signed review, as of the end of the referral; its summary is written for the hospital.
    pub review: Option<Review>,
    /// The latest symptom assessment, as of the end of the referral.
    pub assessment: Option<SymptomAssessment>,
    /// The signed notes that are shared with hospitals, until the end of the referral, oldest first.
    pub notes: Vec<Note>,
    /// What keeps surgery from going on; empty once it is cleared.
    pub not_cleared_because: Vec<Gate>,
}

/// One page of the hospital's own referrals, newest first, only those in `state` when it is given.
///
/// # Errors
/// [`Refused`] when the caller belongs to no hospital.
pub async fn list_own_referrals(
    app: &App,
    caller: &Caller,
    state: Option<ReferralState>,
    page: Page,
) -> Result<Slice<Permitted<OwnReferral>>, Refused> {
    app.read_each(caller, async |db| {
        let own = scope(&caller.actor, Action::ViewOwnReferral, ObjectKind::Referral)?;
        let Slice { items, next } = referrals::list(db, &own, state, page).await?;
        let people = patients::of_case_ids(db, items.iter().map(|referral| referral.case_id)).await?;
        let seen = permit_each(caller, Action::ViewOwnReferral, referrals::in_cases(db, items).await?);
        let with_patient = |seen: Permitted<ReferralInCase>| {
            let (_, patient) = people.iter().find(|(case_id, _)| *case_id == seen.case.id)?;
            Some(seen.map(|found| OwnReferral { referral: found.referral, patient: patient.clone().into() }))
        };
        Ok(own.with(Slice { items: seen.into_iter().filter_map(with_patient).collect(), next }))
    })
    .await
}

/// One of the hospital's own referrals. Reading a sent one receives it (domain §4.2).
///
/// # Errors
/// [`Refused`] when there is none, or it is another hospital's.
pub async fn open_own_referral(app: &App, caller: &Caller, id: ReferralId) -> Result<Permitted<HospitalFile>, Refused> {
    let file = app.read(caller, async |db| hospital_file(app, caller, db, id).await).await?;
    if file.referral.state != ReferralState::Sent {
        return Ok(file);
    }
    match receive(app, caller, id).await {
        // Two of the hospital's people opened it at once: one of them has received it.
        Err(refused) if refused.code() == ProblemCode::StaleVersion => {
            app.read(caller, async |db| hospital_file(app, caller, db, id).await).await
        }
        received => received,
    }
}

async fn receive(app: &App, caller: &Caller, id: ReferralId) -> Result<Permitted<HospitalFile>, Refused> {
    app.write(caller, async |tx| {
        let found = find_own(caller, tx, Action::ViewOwnReferral, id).await?;
        if found.referral.state == ReferralState::Sent {
            let referral = found.referral.clone().take_report(ReportKind::Received, app.now())?;
            save(app, tx, found.with(referral)).await?;
        }
        hospital_file(app, caller, tx, id).await
    })
    .await
}

/// Confirms the cancellation that we asked for. A case that waited on this hospital alone goes back. The answer shows
/// the referral, so that whoever confirms must be allowed to read it too.
///
/// # Errors
/// [`Refused`] when there is no such referral, the caller may not read it or not report on it, no cancellation was
/// asked for, or the caller decided on an older version.
pub async fn confirm_cancellation(
    app: &App,
    caller: &Caller,
    id: ReferralId,
    decided_on: Version,
) -> Result<Permitted<HospitalFile>, Refused> {
    app.write(caller, async |tx| {
        let seen = find_own(caller, tx, Action::ViewOwnReferral, id).await?;
        let found = permit(&caller.actor, Action::ReportOnReferral, (*seen).clone())?;
        found.referral.version.expect(decided_on)?;
        // On record, so that a repetition asks for it too.
        audit::allowed_within(tx, &[(seen.permit().clone(), app.stamp(caller))]).await?;
        let referral = found.with(found.referral.clone()).try_map(Referral::confirm_cancellation)?;
        let referral = save(app, tx, referral).await?;
        let told = Occurrence { on_behalf_of: Some(OnBehalfOf::Hospital), ..Occurrence::now(app) };
        after_cancellation(app, tx, &found.with(found.case.clone()), &referral, told).await?;
        hospital_file(app, caller, tx, id).await.map(|file| found.with(file.into_inner()))
    })
    .await
}

/// What a case does when a referral of it has been cancelled: one that waited on this hospital alone goes back.
pub(crate) async fn after_cancellation(
    app: &App,
    tx: &Tx,
    case: &Permitted<Case>,
    referral: &Referral,
    told: Occurrence,
) -> Result<(), Refused> {
    // What follows depends on the other referrals too: saving this one has waited for those that ended.
    let mut file = file_for(app, tx, case, referral).await?;
    let waits = has_edge(case, Trigger::QuoteLapsed, &case.permit().parties()) && rests_on_hand(&file);
    let mut triggers = after_loss(&file);
    if waits {
        // Only a quote that nobody has confirmed yet: what was paid on one is for us to settle first.
        quotes::cancel_running(tx, case, Some(referral.id)).await?;
        triggers.insert(0, Trigger::QuoteLapsed);
    }
    let triggers: Vec<(Trigger, Option<Target>)> = triggers.into_iter().map(|trigger| (trigger, None)).collect();
    steps::follow(app, tx, case, &mut file, triggers, referral.reason.as_ref(), told).await
}

/// One page of what the hospital reported on its own referral, from what happened last.
///
/// # Errors
/// [`Refused`] when there is no such referral, or it is another hospital's.
pub async fn list_own_reports(
    app: &App,
    caller: &Caller,
    id: ReferralId,
    page: Page,
) -> Result<Permitted<Slice<Report>>, Refused> {
    app.read(caller, async |db| {
        let found = find_own(caller, db, Action::ViewOwnReferral, id).await?;
        let reports = reports::list(db, id, page).await?;
        Ok(found.with(reports))
    })
    .await
}

/// The hospital's own referral, for what only a hospital may do: our staff have a view of their own.
pub(crate) async fn find_own(
    caller: &Caller,
    db: &impl Reader,
    action: Action,
    id: ReferralId,
) -> Result<Permitted<ReferralInCase>, Refused> {
    let found = referrals::find_in_case(db, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, action, found)?)
}

async fn hospital_file(
    app: &App,
    caller: &Caller,
    db: &impl Reader,
    id: ReferralId,
) -> Result<Permitted<HospitalFile>, Refused> {
    let found = find_own(caller, db, Action::ViewOwnReferral, id).await?;
    let referral = found.referral.clone();
    let mut file = case_files::assemble(db, found.case.clone()).await?;
    case_files::take_in_hand(db, &mut file, referral.clone(), app.now().date_naive()).await?;
    let not_cleared_because = not_cleared_because(app, &file, &referral);
    // What came after the hospital's part was over is not for the hospital.
    let (review, assessment) = match referral.ended_at {
        None => (file.review, file.assessment),
        Some(then) => {
            (reviews::latest_at(db, file.case.id, then).await?, assessments::latest_at(db, file.case.id, then).await?)
        }
    };
    Ok(found.with(HospitalFile {
        notes: notes::shared_with_hospitals(db, found.case.id, referral.ended_at).await?,
        not_cleared_because,
        referral,
        side: file.case.laterality,
        patient: file.patient.into(),
        review,
        assessment,
    }))
}

/// What keeps surgery from going on at this hospital. One on which the patient's quote does not rest
/// learns no more than that it is not cleared: the rest would tell of another hospital.
fn not_cleared_because(app: &App, file: &CaseFile, referral: &Referral) -> Vec<Gate> {
    let concerned = referral.is_accepted() && referral.cycle == file.case.surgery_cycle && rests_on_hand(file);
    if !concerned {
        return vec![Gate::SurgeryCleared];
    }
    if file.cleared() {
        return Vec::new();
    }
    let unmet = in_the_way_of_clearance(file, app.now()).into_iter().map(|unmet| unmet.gate);
    unmet.chain([Gate::SurgeryCleared]).collect()
}
