//! The case file: the facts that gates look at, as one plain value.
//!
//! Persistence assembles it and the domain never fetches. It holds the rows of the present surgery
//! cycle only: the facts of an earlier operation say nothing about the next one.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Case;
use super::machine::Ask;
use super::stage::Stage;
use crate::assessments::SymptomAssessment;
use crate::confirmations::{Confirmation, ConfirmationKind};
use crate::consents::Consent;
use crate::discharge::{Discharge, FollowUpVisit};
use crate::ids::HospitalId;
use crate::information::InformationItem;
use crate::interpreters::Booking;
use crate::patients::Patient;
use crate::quotes::Quote;
use crate::referrals::{Referral, Schedule};
use crate::reviews::Review;
use crate::surgery::{Clearance, Complication, Procedure};
use crate::vocabulary::{
    BookingState, ClearanceState, Coded, ConsentPurpose, EncounterKind, Laterality, ProcedureState, QuoteState,
    ReferralState,
};

/// What is known about a case when someone wants to move it.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The case itself.
    pub case: Case,
    /// The patient.
    pub patient: Patient,
    /// All consents of the case.
    pub consents: Vec<Consent>,
    /// The latest symptom assessment.
    pub assessment: Option<SymptomAssessment>,
    /// The latest signed review.
    pub review: Option<Review>,
    /// Whether a signed consultation note exists.
    pub examined: bool,
    /// What was asked of the patient.
    pub information: Vec<InformationItem>,
    /// What was confirmed, oldest first.
    pub confirmations: Vec<Confirmation>,
    /// The referrals, oldest first.
    pub referrals: Vec<Referral>,
    /// The referral that the step in hand is about.
    pub referral_in_hand: Option<Referral>,
    /// Whether the hospital in question is active with a valid licence.
    pub hospital_licensed: bool,
    /// The quotes, oldest first.
    pub quotes: Vec<Quote>,
    /// The interpreter bookings.
    pub bookings: Vec<Booking>,
    /// The latest surgery clearance.
    pub clearance: Option<Clearance>,
    /// The operations of this cycle, oldest first.
    pub procedures: Vec<Procedure>,
    /// The day of the last completed operation in any cycle.
    pub operated_on: Option<NaiveDate>,
    /// Whether the hospital gave an admission number.
    pub admission_known: bool,
    /// The complications of all cycles.
    pub complications: Vec<Complication>,
    /// The latest discharge.
    pub discharge: Option<Discharge>,
    /// The planned and done follow-up visits.
    pub visits: Vec<FollowUpVisit>,
}

impl CaseFile {
    fn standing(&self, kind: ConfirmationKind) -> impl Iterator<Item = &Confirmation> {
        let cycle = self.case.surgery_cycle;
        self.confirmations.iter().filter(move |confirmation| {
            confirmation.statement.kind == kind
                && confirmation.stands()
                && (!kind.is_per_cycle() || confirmation.cycle == cycle)
        })
    }

    /// Whether `kind` is confirmed as of `now`.
    #[must_use]
    pub fn confirmed(&self, kind: ConfirmationKind, now: DateTime<Utc>) -> bool {
        self.count(kind, now) > 0
    }

    /// How often `kind` was confirmed as of `now`.
    #[must_use]
    pub fn count(&self, kind: ConfirmationKind, now: DateTime<Utc>) -> usize {
        self.standing(kind).filter(|confirmation| confirmation.recorded_at <= now).count()
    }

    /// How often `kind` was recorded at or after `since`.
    #[must_use]
    pub fn count_since(&self, kind: ConfirmationKind, since: DateTime<Utc>) -> usize {
        self.standing(kind).filter(|confirmation| confirmation.recorded_at >= since).count()
    }

    /// Whether `kind` was recorded at or after `since`.
    #[must_use]
    pub fn confirmed_since(&self, kind: ConfirmationKind, since: DateTime<Utc>) -> bool {
        self.count_since(kind, since) > 0
    }

    /// When the patient died, as it was told last; it may have been told long after.
    #[must_use]
    pub fn died_at(&self) -> Option<DateTime<Utc>> {
        let told = self.standing(ConfirmationKind::DeathReport).max_by_key(|report| (report.recorded_at, report.id));
        told.map(|report| report.statement.occurred_at)
    }

    /// Whether `kind` was confirmed for the day `day` or a later one.
    #[must_use]
    pub fn confirmed_on_or_after(&self, kind: ConfirmationKind, day: NaiveDate) -> bool {
        self.standing(kind).any(|confirmation| confirmation.statement.occurred_at.date_naive() >= day)
    }

    /// Whether someone else than the one who asks has agreed, after the case came to its stage.
    #[must_use]
    pub fn agreed(&self, kind: ConfirmationKind, ask: &Ask<'_>, now: DateTime<Utc>) -> bool {
        self.standing(kind).any(|confirmation| {
            confirmation.recorded_by.is_some()
                && confirmation.recorded_by != ask.user
                && confirmation.recorded_at <= now
                && confirmation.recorded_at >= self.case.stage_since
        })
    }

    /// Whether the patient was tried `times` times, on `channels` channels, over at least `span`,
    /// since the case came to its stage: what was tried in an earlier one says nothing about this silence.
    #[must_use]
    pub fn attempts(&self, times: usize, channels: usize, span: TimeDelta, now: DateTime<Utc>) -> bool {
        let case = &self.case;
        // An inquiry may have come, and been answered, before it was entered.
        let since =
            if case.stage == Stage::Inquiry { case.received_at.min(case.stage_since) } else { case.stage_since };
        let made: Vec<_> = self
            .standing(ConfirmationKind::ContactAttempt)
            .map(|made| &made.statement)
            .filter(|attempt| attempt.occurred_at >= since)
            .collect();
        let mut used: Vec<_> = made.iter().filter_map(|attempt| attempt.channel).collect();
        used.sort_unstable();
        used.dedup();
        let first = made.iter().map(|attempt| attempt.occurred_at).min();
        made.len() >= times && used.len() >= channels && first.is_some_and(|first| now - first >= span)
    }

    /// Whether a consent for `purpose` (and `recipient`) is active on `today`.
    #[must_use]
    pub fn consents_to(&self, purpose: ConsentPurpose, recipient: Option<HospitalId>, today: NaiveDate) -> bool {
        self.consents.iter().any(|consent| consent.covers(purpose, recipient, today))
    }

    /// Whether a referral still waits for its hospital or is being carried out.
    #[must_use]
    pub fn has_open_referral(&self) -> bool {
        self.referrals.iter().any(|referral| referral.state != ReferralState::Draft && !referral.is_final())
    }

    /// Whether an interpreter is still booked or asked.
    #[must_use]
    pub fn has_open_booking(&self) -> bool {
        self.bookings.iter().any(|booking| !booking.is_final())
    }

    /// The referral that a hospital accepted and that still runs: the one in hand, the one that the
    /// quote rests on, or else the latest.
    #[must_use]
    pub fn accepted_referral(&self) -> Option<&Referral> {
        let quoted = self.issued_quote().map(|quote| quote.referral_id);
        let accepted = || self.referrals.iter().rev().filter(|referral| referral.is_accepted());
        self.referral_in_hand
            .as_ref()
            .filter(|referral| referral.is_accepted())
            .or_else(|| accepted().find(|referral| Some(referral.id) == quoted))
            .or_else(|| accepted().next())
    }

    /// Whether `side` is one that the case allows.
    #[must_use]
    pub fn is_of_side(&self, side: Laterality) -> bool {
        self.case.laterality.is_some_and(|known| known.agrees_with(side))
    }

    /// Whether the hospital accepted the side of the case. A side that the doctor has corrected since
    /// was never accepted: the hospital plans for the other one.
    #[must_use]
    pub fn side_is_accepted(&self) -> bool {
        let acceptance = self.accepted_referral().and_then(|referral| referral.acceptance.as_ref());
        acceptance.is_none_or(|acceptance| self.is_of_side(acceptance.side))
    }

    /// The hospital that the step in hand is about: its referral's, or the accepted referral's.
    #[must_use]
    pub fn hospital_in_question(&self) -> Option<HospitalId> {
        self.referral_in_hand.as_ref().or_else(|| self.accepted_referral()).map(|referral| referral.hospital_id)
    }

    /// The dates that the hospital fixed.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.accepted_referral().and_then(|referral| referral.schedule.as_ref())
    }

    /// The quote that is before the patient or accepted.
    #[must_use]
    pub fn issued_quote(&self) -> Option<&Quote> {
        self.quotes.iter().rev().find(|quote| matches!(quote.state, QuoteState::Issued | QuoteState::Accepted))
    }

    /// The quote that the patient accepted.
    #[must_use]
    pub fn accepted_quote(&self) -> Option<&Quote> {
        self.quotes.iter().rev().find(|quote| quote.state == QuoteState::Accepted)
    }

    /// Whether the patient ever accepted a quote of this cycle, also one that was cancelled since: money may
    /// have been paid on it.
    #[must_use]
    pub fn was_ever_accepted(&self) -> bool {
        self.quotes.iter().any(|quote| quote.acceptance.is_some())
    }

    /// Whether a deposit or a guarantee stands: the latest word on each counts.
    #[must_use]
    pub fn funded(&self, now: DateTime<Utc>) -> bool {
        let latest = |kind| self.standing(kind).map(|said| said.recorded_at).filter(|at| *at <= now).max();
        let stands =
            |granted, reversed| latest(granted).is_some_and(|at| latest(reversed).is_none_or(|reversal| reversal < at));
        stands(ConfirmationKind::DepositCleared, ConfirmationKind::DepositReversed)
            || stands(ConfirmationKind::GuaranteeVerified, ConfirmationKind::GuaranteeRejected)
    }

    /// Whether complication insurance covers the day of surgery; today's when none is fixed.
    #[must_use]
    pub fn insured_for_surgery(&self, today: NaiveDate) -> bool {
        let day = self.schedule().map_or(today, |schedule| schedule.surgery_on);
        self.in_term(ConfirmationKind::InsuranceBound, day).next().is_some()
    }

    /// Whether a surgeon's fit-to-fly record holds today. One from before a readmission does not.
    #[must_use]
    pub fn fit_to_fly(&self, today: NaiveDate) -> bool {
        self.in_term(ConfirmationKind::FitToFly, today).any(|signed| signed.recorded_at >= self.case.stage_since)
    }

    fn in_term(&self, kind: ConfirmationKind, day: NaiveDate) -> impl Iterator<Item = &Confirmation> {
        self.standing(kind).filter(move |confirmation| {
            let said = &confirmation.statement;
            said.valid_from.is_some_and(|from| from <= day) && said.valid_until.is_some_and(|until| day <= until)
        })
    }

    /// The encounters among `wanted` for which no interpreter has accepted.
    #[must_use]
    pub fn encounters_without_interpreter(&self, wanted: &[EncounterKind]) -> Vec<&'static str> {
        let needed = self.patient.details.interpreter_required;
        let open = wanted.iter().filter(|encounter| needed && !self.is_interpreted(**encounter));
        open.map(|encounter| encounter.code()).collect()
    }

    /// Whether the surgery is cleared.
    #[must_use]
    pub fn cleared(&self) -> bool {
        self.clearance.as_ref().is_some_and(|clearance| clearance.state == ClearanceState::Cleared)
    }

    /// The latest operation of this cycle.
    #[must_use]
    pub fn procedure(&self) -> Option<&Procedure> {
        self.procedures.last()
    }

    /// Whether the operation of this cycle was completed: only then does a further one begin a new cycle.
    #[must_use]
    pub fn operated_in_cycle(&self) -> bool {
        self.procedures.iter().any(|procedure| procedure.state == ProcedureState::Completed)
    }

    /// The day of the last completed operation.
    #[must_use]
    pub fn last_operation_on(&self) -> Option<NaiveDate> {
        let this_cycle = self.procedures.iter().filter(|procedure| procedure.state == ProcedureState::Completed);
        this_cycle.filter_map(|procedure| procedure.ended_at).map(|at| at.date_naive()).max().max(self.operated_on)
    }

    /// Whether an outcome was recorded at least `days` after the last operation.
    #[must_use]
    pub fn has_final_outcome(&self, days: u64) -> bool {
        let earliest = self.last_operation_on().and_then(|day| day.checked_add_days(Days::new(days)));
        earliest.is_some_and(|earliest| {
            self.visits
                .iter()
                .filter_map(|visit| visit.findings.as_ref())
                .any(|findings| findings.outcome.is_some() && findings.seen_at.date_naive() >= earliest)
        })
    }

    /// Whether an interpreter will come to `encounter`, or has.
    #[must_use]
    pub fn is_interpreted(&self, encounter: EncounterKind) -> bool {
        self.bookings.iter().any(|booking| {
            booking.job.encounter == encounter
                && matches!(booking.state, BookingState::Accepted | BookingState::CheckedIn | BookingState::Completed)
        })
    }
}
