//! Referrals as our staff handle them: drawn up, sent, answered and called off. The other side of
//! the loop is [`hospital_side`] and [`reports`](crate::reports).

pub mod hospital_side;

use rafiq_domain::cases::{Case, CaseFile, StepRefused, Trigger, UnmetGate};
use rafiq_domain::ids::{CaseId, ReferralId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::referrals::{Referral, unmet_for_answering, unmet_for_sending};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, ProblemCode, Refusal, WrongState};
use rafiq_domain::reports::Report;
use rafiq_domain::text::Line;
use rafiq_persistence::cases::take_turn;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{case_files, hospitals, referrals, reports};

use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, cases};

pub use rafiq_domain::referrals::NewReferral;

/// A referral of the case to this hospital is open already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a referral to this hospital is open")]
pub struct ReferralAlreadyOpen;

impl Refusal for ReferralAlreadyOpen {
    fn code(&self) -> ProblemCode {
        ProblemCode::ReferralAlreadyOpen
    }
}

/// Draws up a referral: a draft that the hospital does not see yet.
///
/// # Errors
/// [`Refused`] when there is no such case, it is in no stage for it, the hospital is unknown, or a
/// referral to it is open already.
pub async fn draft_referral(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewReferral,
) -> Result<Permitted<Referral>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::WriteReferral, case_id).await?;
        case.takes_entries()?;
        let created_by = caller.actor.user_id().ok_or(NotFound)?;
        let unknown = || Invalid::at("/hospital_id", FieldCode::NotKnownHere);
        hospitals::find(tx, new.hospital_id).await?.ok_or_else(unknown)?;
        let referral = case.with(new.draw_up(ReferralId::new(app.ids()), &case, created_by)?);
        referrals::insert(tx, &referral, app.moment()).await.map_err(already_open)?;
        Ok(referral)
    })
    .await
}

fn already_open(error: StoreError) -> Refused {
    if error.is_constraint(referrals::OPEN_TWICE) { ReferralAlreadyOpen.into() } else { error.into() }
}

/// Sends a referral to its hospital. The first one moves the case; the gates guard every one.
///
/// # Errors
/// [`Refused`] with all gates that are shut for this hospital, or when it is no draft of the present
/// operation, or the caller decided on an older version.
pub async fn send_referral(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
    decided_on: Version,
) -> Result<Permitted<Referral>, Refused> {
    app.write(caller, async |tx| {
        let (case, referral) = find(tx, caller, case_id, id, decided_on).await?;
        case.takes_entries()?;
        case.takes_referrals("send_referral")?;
        if referral.cycle != case.surgery_cycle {
            return Err(WrongState::new(referral.state, "send").into());
        }
        let referral = referral.try_map(|referral| referral.send(app.now(), app.settings().referral_answer))?;
        let mut file = file_for(app, tx, &case, &referral).await?;
        expect_met(unmet_for_sending(&file, app.now()))?;
        let referral = save(app, tx, referral).await?;
        let triggers = vec![(Trigger::ReferralSent, None)];
        steps::follow(app, tx, &case, &mut file, triggers, None, Occurrence::now(app)).await?;
        Ok(referral)
    })
    .await
}

/// Tells the hospital that its questions are answered. The case itself goes on when its coordinator says so.
///
/// # Errors
/// [`Refused`] when questions are open, the hospital has not asked, or the caller decided on an older version.
pub async fn answer_hospital(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
    decided_on: Version,
) -> Result<Permitted<Referral>, Refused> {
    app.write(caller, async |tx| {
        let (case, referral) = find(tx, caller, case_id, id, decided_on).await?;
        case.takes_entries()?;
        let referral = referral.try_map(|referral| referral.answer(app.now(), app.settings().referral_answer))?;
        expect_met(unmet_for_answering(&file_for(app, tx, &case, &referral).await?, app.now()))?;
        save(app, tx, referral).await
    })
    .await
}

/// Asks the hospital to cancel. A case that has ended takes it too: the slot is freed, and nothing
/// is added to the case.
///
/// # Errors
/// [`Refused`] when there is no such referral, it is a draft or over, or the patient is admitted.
pub async fn request_cancellation(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
    decided_on: Version,
    reason: Line,
) -> Result<Permitted<Referral>, Refused> {
    app.write(caller, async |tx| {
        let (_, referral) = find(tx, caller, case_id, id, decided_on).await?;
        save(app, tx, referral.try_map(|referral| referral.request_cancellation(reason, app.now()))?).await
    })
    .await
}

/// One referral of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_referral(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
) -> Result<Permitted<Referral>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewReferral, case_id).await?;
        let referral = referrals::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(referral))
    })
    .await
}

/// All referrals of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of its referrals.
pub async fn list_referrals(app: &App, caller: &Caller, case_id: CaseId) -> Result<Permitted<Vec<Referral>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewReferral, case_id).await?;
        let referrals = referrals::of_case(db, case_id).await?;
        Ok(case.with(referrals))
    })
    .await
}

/// One page of what the hospital reported on a referral of a case, from what happened last.
///
/// # Errors
/// [`Refused`] when there is no such referral, or the caller may not read clinical facts of the case.
pub async fn list_reports(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
    page: Page,
) -> Result<Permitted<Slice<Report>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        referrals::find(db, case_id, id).await?.ok_or(NotFound)?;
        let reports = reports::list(db, id, page).await?;
        Ok(case.with(reports))
    })
    .await
}

async fn find(
    tx: &Tx,
    caller: &Caller,
    case_id: CaseId,
    id: ReferralId,
    decided_on: Version,
) -> Result<(Permitted<Case>, Permitted<Referral>), Refused> {
    // Before anything is looked at: a consent may be withdrawn at this moment, or the case held.
    take_turn(tx, case_id).await?;
    let case = cases::find(tx, caller, Action::WriteReferral, case_id).await?;
    let referral = referrals::find(tx, case_id, id).await?.ok_or(NotFound)?;
    referral.version.expect(decided_on)?;
    let referral = case.with(referral);
    Ok((case, referral))
}

/// The case file with the referral before the gates.
pub(crate) async fn file_for(app: &App, tx: &Tx, case: &Case, referral: &Referral) -> Result<CaseFile, Refused> {
    let mut file = case_files::assemble(tx, case.clone()).await?;
    case_files::take_in_hand(tx, &mut file, referral.clone(), app.now().date_naive()).await?;
    Ok(file)
}

fn expect_met(unmet: Vec<UnmetGate>) -> Result<(), StepRefused> {
    if unmet.is_empty() { Ok(()) } else { Err(StepRefused::Unmet(unmet)) }
}

pub(crate) async fn save(app: &App, tx: &Tx, referral: Permitted<Referral>) -> Result<Permitted<Referral>, Refused> {
    let referral = referral.map(|referral| referral.ending(app.now()));
    let version = referrals::update(tx, &referral, app.moment()).await?;
    Ok(referral.map(|referral| Referral { version, ..referral }))
}
