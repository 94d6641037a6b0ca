//! What a report leaves on the case besides the step: questions, operations, complications,
//! discharges, evidence, and the end of what rested on a slot.

use chrono::{DateTime, NaiveDate, Utc};
use rafiq_domain::cases::{Case, CaseFile, Party, Trigger, has_edge};
use rafiq_domain::confirmations::{Confirmation, ConfirmationKind, Statement};
use rafiq_domain::discharge::{Discharge, FollowUpVisit, plan_after};
use rafiq_domain::ids::{ComplicationId, ConfirmationId, DischargeId, FollowUpVisitId, InformationItemId, ProcedureId};
use rafiq_domain::information::InformationItem;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::referrals::ReportRefused;
use rafiq_domain::refusal::{Invalid, WrongState};
use rafiq_domain::reports::{DischargeFacts, Fact, Report, rests_on_hand};
use rafiq_domain::surgery::{Complication, Procedure};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{
    Coded, ComplicationState, DischargeKind, InformationItemKind, InformationItemState, Laterality, PreOpResult,
    ProcedureKind, ProcedureState,
};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{complications, confirmations, discharges, information, procedures, visits};

use crate::{App, Refused, clearances, quotes};

/// Writes what follows from the report. `before` is the case file with the referral as it was.
pub(super) async fn write(
    app: &App,
    tx: &Tx,
    case: &Permitted<Case>,
    before: &CaseFile,
    report: &Report,
) -> Result<(), Refused> {
    let on = Writing { app, tx, case, before, report };
    match &report.fact {
        Fact::InfoRequested { items, due_on } => on.ask(items, *due_on).await,
        Fact::ArrivedPreop { result: PreOpResult::Unfit, finding } => {
            on.confirm(ConfirmationKind::PreOpFinding, finding).await?;
            on.revoke_clearance().await
        }
        Fact::SurgeryStarted { side, kind } | Fact::Reoperation { side, kind, .. } => on.start(*side, *kind).await,
        Fact::SurgeryEnded { side, record } => {
            let operation = on.going_on("surgery_ended")?;
            if operation.side != *side {
                return Err(ReportRefused::WrongSide.into());
            }
            on.save(operation.complete(record.clone(), report.occurred_at)?).await
        }
        Fact::SurgeryAborted { reason } => {
            on.save(on.going_on("surgery_aborted")?.abort(reason.clone(), report.occurred_at)?).await?;
            on.revoke_clearance().await
        }
        Fact::Complication { .. } => on.complicate().await,
        Fact::Discharged(facts) => {
            on.discharge(DischargeKind::Regular, facts).await?;
            on.plan_visits().await
        }
        Fact::DischargedWithoutSurgery(facts) => {
            on.discharge(DischargeKind::WithoutSurgery, facts).await?;
            on.revoke_clearance().await
        }
        Fact::Died { place } => on.confirm(ConfirmationKind::DeathReport, place).await,
        Fact::Rescheduled { .. } | Fact::SlotWithdrawn { .. } => on.lose_slot().await,
        Fact::SurgeryPostponed { .. } | Fact::SurgeryCancelled { .. } | Fact::SurgeryRefused { .. } => {
            on.revoke_clearance().await
        }
        Fact::Readmitted { reason, .. } => clearances::revoke(app, tx, case, reason.clone()).await,
        Fact::Received
        | Fact::Accepted(_)
        | Fact::Declined { .. }
        | Fact::Scheduled(_)
        | Fact::InvitationLetterIssued { .. }
        | Fact::ArrivedPreop { .. }
        | Fact::Admitted { .. }
        | Fact::DailyStatus { .. }
        | Fact::IcuTransfer { .. }
        | Fact::TransferOut { .. }
        | Fact::LeftAgainstAdvice { .. }
        | Fact::InvoiceFinal { .. }
        | Fact::FollowupResult { .. } => Ok(()),
    }
}

/// Everything that an effect is made of.
#[derive(Clone, Copy)]
struct Writing<'a> {
    app: &'a App,
    tx: &'a Tx,
    case: &'a Permitted<Case>,
    before: &'a CaseFile,
    report: &'a Report,
}

impl Writing<'_> {
    async fn ask(self, items: &[(InformationItemKind, Line)], due_on: NaiveDate) -> Result<(), Refused> {
        let item = |(kind, text): &(_, Line)| InformationItem {
            id: InformationItemId::new(self.app.ids()),
            case_id: self.case.id,
            kind: *kind,
            text: text.clone(),
            due_on,
            state: InformationItemState::Requested,
            waived_because: None,
            asked_by: None,
            version: Version::FIRST,
        };
        let items = self.case.with(items.iter().map(item).collect());
        Ok(information::insert_many(self.tx, &items).await?)
    }

    async fn confirm(self, kind: ConfirmationKind, reference: &Line) -> Result<(), Refused> {
        let confirmation = Confirmation {
            id: ConfirmationId::new(self.app.ids()),
            case_id: self.case.id,
            cycle: self.case.surgery_cycle,
            statement: Statement {
                kind,
                occurred_at: self.report.occurred_at,
                reference: reference.clone(),
                channel: None,
                valid_from: None,
                valid_until: None,
            },
            recorded_by: Some(self.report.reported_by),
            recorded_at: self.app.now(),
            retracted_at: None,
        };
        Ok(confirmations::insert(self.tx, &self.case.with(confirmation)).await?)
    }

    async fn start(self, side: Laterality, kind: ProcedureKind) -> Result<(), Refused> {
        if let Some(running) = self.before.procedure().filter(|last| last.state == ProcedureState::Started) {
            return Err(WrongState::new(running.state, "start").into());
        }
        let operation = Procedure {
            id: ProcedureId::new(self.app.ids()),
            case_id: self.case.id,
            referral_id: self.report.referral_id,
            cycle: self.cycle(),
            kind,
            side,
            state: ProcedureState::Started,
            started_at: self.report.occurred_at,
            ended_at: None,
            record: None,
            abort_reason: None,
            version: Version::FIRST,
        };
        Ok(procedures::insert(self.tx, &self.case.with(operation)).await?)
    }

    /// The operation that goes on; one whose start was never reported cannot end.
    fn going_on(self, operation: &'static str) -> Result<Procedure, WrongState> {
        let last = self.before.procedure();
        let state = last.map_or(ProcedureState::Planned, |last| last.state);
        let running = last.filter(|last| last.state == ProcedureState::Started).cloned();
        running.ok_or_else(|| WrongState::new(state, operation))
    }

    async fn save(self, operation: Procedure) -> Result<(), Refused> {
        procedures::update(self.tx, &self.case.with(operation)).await?;
        Ok(())
    }

    async fn complicate(self) -> Result<(), Refused> {
        let Fact::Complication { kind, onset_on, phase, grade } = self.report.fact else { return Ok(()) };
        let complication = Complication {
            id: ComplicationId::new(self.app.ids()),
            case_id: self.case.id,
            kind,
            onset_on,
            phase,
            grade,
            state: ComplicationState::Open,
            recorded_by: self.report.reported_by,
            recorded_at: self.app.now(),
            version: Version::FIRST,
        };
        Ok(complications::insert(self.tx, &self.case.with(complication)).await?)
    }

    async fn discharge(self, kind: DischargeKind, facts: &DischargeFacts) -> Result<(), Refused> {
        let facts = facts.clone();
        let discharge = Discharge {
            id: DischargeId::new(self.app.ids()),
            case_id: self.case.id,
            referral_id: self.report.referral_id,
            cycle: self.cycle(),
            kind,
            discharged_at: self.report.occurred_at,
            disposition: facts.disposition,
            facial_function: facts.facial_function,
            spasm: facts.spasm,
            hearing: facts.hearing,
            wound: facts.wound,
            medication: facts.medication,
            advice_language: facts.advice_language,
            advice_understood_through: facts.advice_understood_through,
            follow_up_on: facts.follow_up_on,
            summary_reference: facts.summary_reference,
        };
        let discharge = discharge.check(self.surgery_ended_at(), self.app.now())?;
        Ok(discharges::insert(self.tx, &self.case.with(discharge)).await?)
    }

    fn surgery_ended_at(self) -> Option<DateTime<Utc>> {
        self.before.procedures.iter().filter_map(|operation| operation.ended_at).max()
    }

    async fn plan_visits(self) -> Result<(), Refused> {
        let visit = |(timepoint, due_on)| FollowUpVisit {
            id: FollowUpVisitId::new(self.app.ids()),
            case_id: self.case.id,
            cycle: self.cycle(),
            timepoint,
            due_on,
            findings: None,
            version: Version::FIRST,
        };
        let planned = plan_after(self.report.occurred_at.date_naive()).map(visit).collect();
        Ok(visits::insert_missing(self.tx, &self.case.with(planned)).await?)
    }

    /// What rested on the old dates ends: the clearance, and the quote of a patient who has not travelled.
    async fn lose_slot(self) -> Result<(), Refused> {
        if !rests_on_hand(self.before) {
            return Ok(());
        }
        self.revoke_clearance().await?;
        if has_edge(self.case, Trigger::MoveSlot, &[Party::Hospital]) {
            quotes::cancel_running(self.tx, self.case, Some(self.report.referral_id)).await?;
        }
        Ok(())
    }

    /// The operation for which surgery was cleared does not take place: the next one is cleared anew.
    async fn revoke_clearance(self) -> Result<(), Refused> {
        let kind = || Line::parse(self.report.fact.kind().code(), 200).map_err(|code| Invalid::at("", code));
        let reason = self.report.fact.reason().map_or_else(kind, Ok)?;
        clearances::revoke_standing(self.app, self.tx, self.case, reason).await
    }

    /// The operation that the referral is about; a late report speaks of an earlier one than the case does.
    fn cycle(self) -> i16 {
        self.before.referral_in_hand.as_ref().map_or(self.case.surgery_cycle, |referral| referral.cycle)
    }
}
