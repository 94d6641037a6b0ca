//! Consents of patients: recording, reading and withdrawing them.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::{Case, Trigger, has_edge};
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::ids::{CaseId, ConsentId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, ProblemCode, Refusal};
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::text::Line;
use rafiq_domain::time::happened;
use rafiq_domain::vocabulary::{ConsentGiver, ConsentPurpose, ConsentState, OnBehalfOf};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{case_files, consents};

use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, cases, clearances};

/// The same purpose and recipient are consented to already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is an active consent for this purpose and recipient")]
pub struct ConsentIsActive;

impl Refusal for ConsentIsActive {
    fn code(&self) -> ProblemCode {
        ProblemCode::AlreadyExists
    }
}

/// How a patient took a consent back.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// When; now when not said.
    pub at: Option<DateTime<Utc>>,
    /// Why, if the patient said so; nobody has to.
    pub reason: Option<Line>,
}

/// Records that a patient consented.
///
/// # Errors
/// [`Refused`] when there is no such case, the terms are not sound, the hospital is not known, or
/// the same is consented to already.
pub async fn record_consent(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    terms: ConsentTerms,
) -> Result<Permitted<Consent>, Refused> {
    let terms = terms.check(app.now())?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordConsent, case_id).await?;
        case.takes_entries()?;
        let recorded_by = caller.actor.user_id().ok_or(NotFound)?;
        expire_lapsed(app, tx, &case).await?;
        let consent = case.with(Consent {
            id: ConsentId::new(app.ids()),
            case_id,
            terms,
            state: ConsentState::Active,
            withdrawn_at: None,
            recorded_by,
            version: Version::FIRST,
        });
        consents::insert(tx, &consent, app.moment()).await.map_err(refused_insert)?;
        Ok(consent)
    })
    .await
}

/// A consent whose term is over must not keep the next one out.
async fn expire_lapsed(app: &App, tx: &Tx, case: &Permitted<Case>) -> Result<(), Refused> {
    let today = app.now().date_naive();
    for consent in consents::of_case(tx, case.id).await? {
        if consent.has_lapsed(today) {
            consents::update(tx, &case.with(consent.expire(today)?), app.moment()).await?;
        }
    }
    Ok(())
}

fn refused_insert(error: StoreError) -> Refused {
    if consents::ACTIVE_TWICE.iter().any(|rule| error.is_constraint(rule)) {
        return ConsentIsActive.into();
    }
    // The case and the recorder were just read: what dangles is the hospital.
    if matches!(error, StoreError::Dangling) {
        return Invalid::at("/hospital_id", FieldCode::NotKnownHere).into();
    }
    error.into()
}

/// Takes a consent back: sharing stops, the timeline says so, and someone is to act on it.
///
/// # Errors
/// [`Refused`] when there is none, it is not active, or the caller decided on an older version.
pub async fn withdraw_consent(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ConsentId,
    decided_on: Version,
    withdrawal: Withdrawal,
) -> Result<Permitted<Consent>, Refused> {
    let at = withdrawal.at.unwrap_or(app.now());
    happened(at, app.now()).map_err(|code| Invalid::at("/withdrawn_at", code))?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::RecordConsent, case_id).await?;
        case.takes_entries()?;
        let consent = consents::find(tx, case_id, id).await?.ok_or(NotFound)?;
        consent.version.expect(decided_on)?;
        if at < consent.terms.given_at {
            return Err(Invalid::at("/withdrawn_at", FieldCode::OutOfOrder).into());
        }
        let withdrawn = case.with(consent).try_map(|consent| consent.withdraw(at))?;
        let version = consents::update(tx, &withdrawn, app.moment()).await?;
        let occurrence = Occurrence { at, on_behalf_of: Some(giver(withdrawn.terms.given_by)) };
        stop_sharing(app, tx, &case, withdrawn.terms.purpose, withdrawal.reason.as_ref(), occurrence).await?;
        Ok(withdrawn.map(|consent| Consent { version, ..consent }))
    })
    .await
}

/// The step of the case and the task that a withdrawal leaves. A closed case takes no step, but
/// there, too, sharing has to stop.
async fn stop_sharing(
    app: &App,
    tx: &Tx,
    case: &Permitted<Case>,
    purpose: ConsentPurpose,
    reason: Option<&Line>,
    occurrence: Occurrence,
) -> Result<(), Refused> {
    let parties = case.permit().parties();
    let mut file = case_files::assemble(tx, (**case).clone()).await?;
    if has_edge(&file.case, Trigger::ConsentWithdrawn, &parties) {
        let step = vec![(Trigger::ConsentWithdrawn, None)];
        steps::follow(app, tx, case, &mut file, step, reason, occurrence).await?;
    } else {
        steps::raise(app, tx, case, &file.case, TaskKind::StopSharing, vec![purpose.to_string()]).await?;
    }
    if carries_surgery(purpose) {
        let because = Line::parse(&format!("consent withdrawn: {purpose}"), 200);
        clearances::revoke_standing(app, tx, case, because.map_err(|code| Invalid::at("", code))?).await?;
    }
    Ok(())
}

/// Whether surgery is not cleared any more once such a consent is withdrawn.
const fn carries_surgery(purpose: ConsentPurpose) -> bool {
    matches!(purpose, ConsentPurpose::HealthDataProcessing | ConsentPurpose::ShareWithHospital)
}

const fn giver(given_by: ConsentGiver) -> OnBehalfOf {
    match given_by {
        ConsentGiver::Patient => OnBehalfOf::Patient,
        ConsentGiver::Guardian => OnBehalfOf::Guardian,
    }
}

/// One consent of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_consent(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: ConsentId,
) -> Result<Permitted<Consent>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewConsents, case_id).await?;
        let consent = consents::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(consent))
    })
    .await
}

/// One page of a case's consents, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn list_consents(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<Consent>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewConsents, case_id).await?;
        let consents = consents::list_of_case(db, case_id, page).await?;
        Ok(case.with(consents))
    })
    .await
}
