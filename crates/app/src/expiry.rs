//! What the passing of time ends: the moves of the product that no request causes (domain §4.2, §6.4, §6.5).
//!
//! A run takes no input. It finds what is due and moves each row in a unit of its own, so that it may
//! run as often, and in as many instances at once, as one likes: what another has moved in the
//! meantime is left alone.

use rafiq_domain::cases::{Case, CaseFile, Target, Trigger};
use rafiq_domain::ids::{BookingId, CaseId, QuoteId, ReferralId};
use rafiq_domain::policy::{Action, Permitted, ReferralInCase, permit};
use rafiq_domain::referrals::{CANCEL_WITHIN, after_loss};
use rafiq_domain::refusal::{NotFound, ProblemCode};
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::approvals as stored_approvals;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{bookings, case_files, quotes, referrals};

use crate::referrals::{file_for, hospital_side, save};
use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, approvals, cases, sessions};

/// The most rows of each kind that one run moves; the next run takes the rest.
const BATCH: u64 = 100;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Referrals that their hospitals did not answer.
    pub referrals_expired: usize,
    /// Referrals whose hospitals did not confirm the cancellation.
    pub referrals_cancelled: usize,
    /// Quotes that their patients did not answer.
    pub quotes_expired: usize,
    /// Bookings that their interpreters did not answer.
    pub bookings_expired: usize,
    /// Sessions that ended long ago, and are kept no longer.
    pub sessions_forgotten: usize,
    /// Requests that no second person answered.
    pub approvals_expired: usize,
    /// Rows that were due, and that someone else moved first.
    pub overtaken: usize,
}

/// Moves everything that is due, up to a bound. A row that cannot be moved holds up no other one.
///
/// # Errors
/// The first [`Refused`] of a row, after all the others were tried; at once when the database does not answer.
pub async fn reconcile(app: &App) -> Result<Reconciled, Refused> {
    let (store, now) = (app.store(), app.now());
    let mut run = Run::default();
    for id in referrals::unanswered_since(store, now - app.settings().referral_grace, BATCH).await? {
        run.note(expire_referral(app, id).await, |done| &mut done.referrals_expired)?;
    }
    for id in referrals::cancelling_since(store, now - CANCEL_WITHIN, BATCH).await? {
        run.note(cancel_referral(app, id).await, |done| &mut done.referrals_cancelled)?;
    }
    for (case_id, id) in quotes::unanswered_on(store, now.date_naive(), BATCH).await? {
        run.note(expire_quote(app, case_id, id).await, |done| &mut done.quotes_expired)?;
    }
    for id in stored_approvals::unanswered_since(store, now, BATCH).await? {
        run.note(approvals::expire(app, id).await, |done| &mut done.approvals_expired)?;
    }
    for id in bookings::unanswered_since(store, now, BATCH).await? {
        run.note(expire_booking(app, id).await, |done| &mut done.bookings_expired)?;
    }
    run.done.sessions_forgotten = sessions::forget_old(app).await?;
    run.end()
}

/// A run under way.
#[derive(Debug, Default)]
struct Run {
    done: Reconciled,
    failed: Option<Refused>,
}

impl Run {
    fn note(&mut self, moved: Result<(), Refused>, kind: fn(&mut Reconciled) -> &mut usize) -> Result<(), Refused> {
        let Err(refused) = moved else {
            *kind(&mut self.done) += 1;
            return Ok(());
        };
        if refused.code() == ProblemCode::Unavailable {
            return Err(refused);
        }
        if matches!(refused.code(), ProblemCode::StaleVersion | ProblemCode::WrongState) {
            self.done.overtaken += 1;
        } else {
            self.failed.get_or_insert(refused);
        }
        Ok(())
    }

    fn end(self) -> Result<Reconciled, Refused> {
        self.failed.map_or(Ok(self.done), Err)
    }
}

async fn expire_referral(app: &App, id: ReferralId) -> Result<(), Refused> {
    let grace = app.settings().referral_grace;
    let caller = Caller::system();
    let expired = app.write(&caller, async |tx| {
        let found = find_referral(&caller, tx, id).await?;
        let case = found.with(found.case.clone());
        let expired = found.with(found.referral.clone().expire(app.now(), grace)?);
        let referral = save(app, tx, expired).await?;
        // The last two referrals of a case may end at the same moment: the later has waited, and sees the other gone.
        let mut file = file_for(app, tx, &case, &referral).await?;
        let triggers: Vec<_> = after_loss(&file).into_iter().map(|trigger| (trigger, None)).collect();
        let lost = !triggers.is_empty();
        follow(app, tx, &case, &mut file, triggers, referral.end_reason().as_ref()).await?;
        // Hospitals are also asked from home, where no step follows; someone of ours must know all the same.
        if lost && file.case.version == case.version && case.takes_referrals("expire_referral").is_ok() {
            let about = vec![referral.state.code().to_owned()];
            steps::raise(app, tx, &case, &file.case, TaskKind::NextHospital, about).await?;
        }
        Ok(referral)
    });
    expired.await.map(|_| ())
}

async fn cancel_referral(app: &App, id: ReferralId) -> Result<(), Refused> {
    let caller = Caller::system();
    let cancelled = app.write(&caller, async |tx| {
        let found = find_referral(&caller, tx, id).await?;
        let cancelled = found.with(found.referral.clone().presume_cancelled(app.now())?);
        let referral = save(app, tx, cancelled).await?;
        let case = found.with(found.case.clone());
        hospital_side::after_cancellation(app, tx, &case, &referral, Occurrence::now(app)).await?;
        Ok(referral)
    });
    cancelled.await.map(|_| ())
}

async fn find_referral(caller: &Caller, tx: &Tx, id: ReferralId) -> Result<Permitted<ReferralInCase>, Refused> {
    let found = referrals::find_in_case(tx, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, Action::Expire, found)?)
}

/// Expires a quote. Only one of the present operation is what its case waits for.
async fn expire_quote(app: &App, case_id: CaseId, id: QuoteId) -> Result<(), Refused> {
    let caller = Caller::system();
    let expired = app.write(&caller, async |tx| {
        let case = cases::find(tx, &caller, Action::Expire, case_id).await?;
        let quote = quotes::find(tx, case_id, id).await?.ok_or(NotFound)?;
        let present = quote.cycle == case.surgery_cycle;
        let expired = case.with(quote.expire(app.now().date_naive())?);
        let quote = crate::quotes::save(tx, expired).await?;
        if present {
            let mut file = case_files::assemble(tx, (*case).clone()).await?;
            let reason = Line::parse(quote.state.code(), 100).ok();
            follow(app, tx, &case, &mut file, vec![(Trigger::QuoteLapsed, None)], reason.as_ref()).await?;
        }
        Ok(quote)
    });
    expired.await.map(|_| ())
}

async fn expire_booking(app: &App, id: BookingId) -> Result<(), Refused> {
    let caller = Caller::system();
    let expired = app.write(&caller, async |tx| {
        let found = bookings::find_in_case(tx, id).await?.ok_or(NotFound)?;
        let found = permit(&caller.actor, Action::Expire, found)?;
        crate::bookings::save(app, tx, found.try_map(|found| found.booking.expire(app.now()))?).await
    });
    expired.await.map(|_| ())
}

async fn follow(
    app: &App,
    tx: &Tx,
    case: &Permitted<Case>,
    file: &mut CaseFile,
    triggers: Vec<(Trigger, Option<Target>)>,
    reason: Option<&Line>,
) -> Result<(), Refused> {
    steps::follow(app, tx, case, file, triggers, reason, Occurrence::now(app)).await
}
