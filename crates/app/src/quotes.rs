//! Quotes: drawn up on an accepted referral, issued, and answered by the patient.

use std::fmt::Write;

use rafiq_domain::cases::{Ask, Case, Party, Trigger, has_edge};
use rafiq_domain::ids::{CaseId, QuoteId, ReferralId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::quotes::{Offer, Quote, QuoteAcceptance};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, WrongState};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Language, QuoteState};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{case_files, quotes, referrals};
use sha2::{Digest, Sha256};

use crate::steps::{self, Occurrence};
use crate::{App, Caller, Refused, cases};

/// A quote to draw up.
#[derive(Debug, Clone)]
pub struct NewQuote {
    /// The accepted referral that it is based on.
    pub referral_id: ReferralId,
    /// The language that it is written in.
    pub language: Language,
    /// What is offered.
    pub offer: Offer,
}

/// Draws up a quote: a draft that the patient does not see yet.
///
/// # Errors
/// [`Refused`] when there is no such case, the referral is not an accepted one of its present
/// operation, or the offer is not sound.
pub async fn draft_quote(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    new: NewQuote,
) -> Result<Permitted<Quote>, Refused> {
    let offer = new.offer.check(app.now().date_naive())?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::WriteQuote, case_id).await?;
        case.takes_entries()?;
        let created_by = caller.actor.user_id().ok_or(NotFound)?;
        expect_accepted(tx, &case, new.referral_id).await?;
        let last = quotes::of_cycle(tx, &case).await?.iter().map(|quote| quote.revision).max();
        let quote = case.with(Quote {
            id: QuoteId::new(app.ids()),
            case_id,
            referral_id: new.referral_id,
            cycle: case.surgery_cycle,
            revision: last.unwrap_or(0).saturating_add(1),
            language: new.language,
            content_hash: hash_of(&offer),
            offer,
            state: QuoteState::Draft,
            issued_at: None,
            acceptance: None,
            created_by,
            version: Version::FIRST,
        });
        quotes::insert(tx, &quote).await?;
        Ok(quote)
    })
    .await
}

async fn expect_accepted(tx: &Tx, case: &Case, id: ReferralId) -> Result<(), Refused> {
    let unknown = || Invalid::at("/referral_id", FieldCode::NotKnownHere);
    let referral = referrals::find(tx, case.id, id).await?.ok_or_else(unknown)?;
    if referral.cycle != case.surgery_cycle || !referral.is_accepted() {
        return Err(WrongState::new(referral.state, "quote").into());
    }
    Ok(())
}

/// The name of exactly this offer, in hexadecimal.
fn hash_of(offer: &Offer) -> String {
    let mut name = String::new();
    for byte in Sha256::digest(offer.canonical_text()) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Issues a quote to the patient in place of the one issued before. One with a discount waits until
/// finance or a lead issues it.
///
/// # Errors
/// [`Refused`] when there is no such quote, it is neither a draft nor waiting for this caller, the
/// hospital has gone back on the referral that it rests on, the caller decided on an older version,
/// or the gates of the step are shut.
pub async fn issue_quote(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: QuoteId,
    decided_on: Version,
) -> Result<Permitted<Quote>, Refused> {
    app.write(caller, async |tx| {
        let (case, quote) = find(tx, caller, case_id, id, decided_on).await?;
        let parties = case.permit().parties();
        let quote = case.with(quote.issue(&parties, app.now())?);
        expect_accepted(tx, &case, quote.referral_id).await?;
        if quote.state != QuoteState::Issued {
            return save(tx, quote).await;
        }
        let before = case_files::assemble(tx, (*case).clone()).await?;
        let revises = has_edge(&case, Trigger::ReviseQuote, &parties);
        if let Some(previous) = before.issued_quote() {
            // A case that asks for its quote anew has left the way on which one was accepted.
            let outlived = previous.state == QuoteState::Accepted && !revises;
            let leave = if outlived { Quote::cancel } else { Quote::supersede };
            save(tx, case.with(previous.clone()).try_map(leave)?).await?;
        }
        let quote = save(tx, quote).await?;
        let mut file = case_files::assemble(tx, before.case).await?;
        let trigger = if revises { Trigger::ReviseQuote } else { Trigger::IssueQuote };
        steps::take(app, tx, &case, &mut file, Ask::new(trigger, &parties), Occurrence::now(app)).await?;
        Ok(quote)
    })
    .await
}

/// Records that the patient accepted the very version that `content_hash` names.
///
/// # Errors
/// [`Refused`] when there is no such quote, it is not before the patient, has expired, or is not
/// the version that they saw.
pub async fn accept_quote(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: QuoteId,
    decided_on: Version,
    content_hash: &str,
    acceptance: QuoteAcceptance,
) -> Result<Permitted<Quote>, Refused> {
    app.write(caller, async |tx| {
        let (case, quote) = find(tx, caller, case_id, id, decided_on).await?;
        let accepted = case.with(quote).try_map(|quote| quote.accept(content_hash, acceptance, app.now()))?;
        save(tx, accepted).await
    })
    .await
}

/// Records that the patient rejected a quote; a case that waited for the answer goes back.
///
/// # Errors
/// [`Refused`] when there is no such quote, it is not before the patient, or the caller may not
/// move the case that waits for the answer.
pub async fn reject_quote(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: QuoteId,
    decided_on: Version,
    reason: Option<Line>,
) -> Result<Permitted<Quote>, Refused> {
    app.write(caller, async |tx| {
        let (case, quote) = find(tx, caller, case_id, id, decided_on).await?;
        let rejected = save(tx, case.with(quote).try_map(Quote::reject)?).await?;
        // Whoever records the answer: a case that waits for it must not be left without a quote.
        if has_edge(&case, Trigger::QuoteLapsed, &[Party::Coordinator]) {
            let mut file = case_files::assemble(tx, (*case).clone()).await?;
            let ask = Ask { reason: reason.as_ref(), ..Ask::new(Trigger::QuoteLapsed, &[]) };
            steps::take(app, tx, &case, &mut file, ask, Occurrence::now(app)).await?;
        }
        Ok(rejected)
    })
    .await
}

/// One quote of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_quote(app: &App, caller: &Caller, case_id: CaseId, id: QuoteId) -> Result<Permitted<Quote>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewQuotes, case_id).await?;
        let quote = quotes::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(quote))
    })
    .await
}

/// All quotes of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_quotes(app: &App, caller: &Caller, case_id: CaseId) -> Result<Permitted<Vec<Quote>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewQuotes, case_id).await?;
        let quotes = quotes::of_case(db, case_id).await?;
        Ok(case.with(quotes))
    })
    .await
}

/// Cancels the running quotes of the present operation: all of them, or those that rest on one
/// referral. For use in the unit in which the hospital's acceptance is lost or given up.
///
/// # Errors
/// [`Refused`] when someone else was faster.
pub(crate) async fn cancel_running(
    tx: &Tx,
    case: &Permitted<Case>,
    resting_on: Option<ReferralId>,
) -> Result<(), Refused> {
    for quote in quotes::of_cycle(tx, case).await? {
        let meant = resting_on.is_none_or(|referral| referral == quote.referral_id);
        // Those that are over already refuse, and stay as they are.
        if let Some(cancelled) = meant.then(|| quote.cancel().ok()).flatten() {
            save(tx, case.with(cancelled)).await?;
        }
    }
    Ok(())
}

async fn find(
    tx: &Tx,
    caller: &Caller,
    case_id: CaseId,
    id: QuoteId,
    decided_on: Version,
) -> Result<(Permitted<Case>, Quote), Refused> {
    let case = cases::find(tx, caller, Action::WriteQuote, case_id).await?;
    case.takes_entries()?;
    let quote = quotes::find(tx, case_id, id).await?.ok_or(NotFound)?;
    quote.version.expect(decided_on)?;
    Ok((case, quote))
}

pub(crate) async fn save(tx: &Tx, quote: Permitted<Quote>) -> Result<Permitted<Quote>, Refused> {
    let version = quotes::update(tx, &quote).await?;
    Ok(quote.map(|quote| Quote { version, ..quote }))
}
