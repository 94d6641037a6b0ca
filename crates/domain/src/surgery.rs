//! Surgery: clearance beforehand, the operation itself, and what went wrong (domain §1.9, §1.10, §1.12, §6.5).

use chrono::{DateTime, NaiveDate, Utc};

use crate::cases::{Ask, CaseFile, Gate, StepRefused, Strength, Trigger, UnmetGate};
use crate::ids::{CaseId, ClearanceId, ComplicationId, ProcedureId, ReferralId, UserId};
use crate::paging::Version;
use crate::refusal::{ChangeRefused, FieldCode, FieldResult, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::text::{Line, Prose};
use crate::vocabulary::{
    BaepFinal, ClavienDindo, ClearanceState, ComplicationPhase, ComplicationState, ComplicationType,
    DecompressionMaterial, DecompressionMethod, Laterality, LsrEvent, OffendingVessel, ProcedureKind, ProcedureState,
};

/// What must hold before surgery is cleared: here the gates block, because afterwards they only accuse.
pub const CLEARANCE_GATES: &[Gate] = &[
    Gate::DiagnosisAndSideConfirmed,
    Gate::SideMatches,
    Gate::InsuranceCoversSurgery,
    Gate::SurgicalConsent,
    Gate::AllergiesKnown,
    Gate::AnticoagulantDecided,
    Gate::DepositOrGuarantee,
    Gate::InterpreterAccepted,
    Gate::BaselineAudiometry,
];

/// A clearance for surgery: requested by the coordinator, decided by the doctor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    /// Its id.
    pub id: ClearanceId,
    /// The case.
    pub case_id: CaseId,
    /// Which operation of the case it is about.
    pub cycle: i16,
    /// Where it stands.
    pub state: ClearanceState,
    /// The coordinator who asked.
    pub requested_by: UserId,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The doctor who decided; also after it was revoked.
    pub decided_by: Option<UserId>,
    /// When it was decided or revoked.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was refused or revoked.
    pub reason: Option<Line>,
    /// How often the row was changed.
    pub version: Version,
}

/// The gates that keep surgery from being cleared.
#[must_use]
pub fn in_the_way_of_clearance(file: &CaseFile, now: DateTime<Utc>) -> Vec<UnmetGate> {
    let ask = Ask::new(Trigger::StartSurgery, &[]);
    CLEARANCE_GATES
        .iter()
        .map(|gate| UnmetGate { gate: *gate, strength: Strength::Hard, missing: gate.missing(file, &ask, now) })
        .filter(|unmet| !unmet.missing.is_empty())
        .collect()
}

impl Clearance {
    /// The doctor clears the surgery.
    ///
    /// # Errors
    /// [`ClearSurgeryError`] when it was decided before, or a gate is shut.
    pub fn clear(mut self, by: UserId, file: &CaseFile, now: DateTime<Utc>) -> Result<Self, ClearSurgeryError> {
        self.expect(ClearanceState::Requested, "clear")?;
        let unmet = in_the_way_of_clearance(file, now);
        if !unmet.is_empty() {
            return Err(StepRefused::Unmet(unmet).into());
        }
        self.decided_by = Some(by);
        self.decide(ClearanceState::Cleared, None, now);
        Ok(self)
    }

    /// The doctor refuses.
    ///
    /// # Errors
    /// [`WrongState`] when it was decided before.
    pub fn refuse(mut self, by: UserId, reason: Line, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(ClearanceState::Requested, "refuse")?;
        self.decided_by = Some(by);
        self.decide(ClearanceState::Refused, Some(reason), now);
        Ok(self)
    }

    /// Something it rested on has changed: side, dates, insurance or consent. Who had cleared it stays on record.
    ///
    /// # Errors
    /// [`WrongState`] unless it is requested or cleared.
    pub fn revoke(mut self, reason: Line, now: DateTime<Utc>) -> Result<Self, WrongState> {
        if !matches!(self.state, ClearanceState::Requested | ClearanceState::Cleared) {
            return Err(WrongState::new(self.state, "revoke"));
        }
        self.decide(ClearanceState::Revoked, Some(reason), now);
        Ok(self)
    }

    fn decide(&mut self, state: ClearanceState, reason: Option<Line>, now: DateTime<Utc>) {
        self.state = state;
        self.decided_at = Some(now);
        self.reason = reason;
    }

    fn expect(&self, state: ClearanceState, operation: &'static str) -> Result<(), WrongState> {
        if self.state == state { Ok(()) } else { Err(WrongState::new(self.state, operation)) }
    }
}

/// Why surgery is not cleared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClearSurgeryError {
    /// It was decided before.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// Gates are shut.
    #[error(transparent)]
    Unmet(#[from] StepRefused),
}

impl Refusal for ClearSurgeryError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::Unmet(refusal) => refusal.code(),
        }
    }

    fn unmet(&self) -> Vec<UnmetGate> {
        match self {
            Self::WrongState(_) => Vec::new(),
            Self::Unmet(refusal) => refusal.unmet(),
        }
    }
}

/// An operation (FHIR `Procedure`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// Its id.
    pub id: ProcedureId,
    /// The case.
    pub case_id: CaseId,
    /// The referral under which the hospital operates.
    pub referral_id: ReferralId,
    /// Which operation of the case it is.
    pub cycle: i16,
    /// What kind of operation.
    pub kind: ProcedureKind,
    /// The operated side; it is the side of the case.
    pub side: Laterality,
    /// Where it stands.
    pub state: ProcedureState,
    /// Knife to skin.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What was found and done.
    pub record: Option<OperationRecord>,
    /// Why it was aborted.
    pub abort_reason: Option<Line>,
    /// How often the row was changed.
    pub version: Version,
}

/// What was found and done, and how the nerves answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// The vessels that pressed on the nerve.
    pub vessels: Vec<OffendingVessel>,
    /// How they were moved away.
    pub method: DecompressionMethod,
    /// What holds them away. There is no default: leaflets that speak of a metal plate are wrong.
    pub materials: Vec<DecompressionMaterial>,
    /// What the lateral spread response did.
    pub lsr_event: LsrEvent,
    /// How the hearing response ended.
    pub baep_final: BaepFinal,
    /// Blood loss, 0–5,000 ml.
    pub blood_loss_ml: u16,
    /// The surgeon's note.
    pub note: Option<Prose>,
}

impl OperationRecord {
    /// Checks the record.
    ///
    /// # Errors
    /// [`Invalid`] for no vessel, or blood loss out of range.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/vessels", !self.vessels.is_empty(), FieldCode::Empty);
        let none_and_some = self.vessels.len() > 1 && self.vessels.contains(&OffendingVessel::NoneFound);
        fields.require("/vessels", !none_and_some, FieldCode::Contradicts);
        fields.require("/blood_loss_ml", self.blood_loss_ml <= 5_000, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

impl Procedure {
    /// The operation ends.
    ///
    /// # Errors
    /// [`ChangeRefused`] unless it is going on, and for an end before its start.
    pub fn complete(mut self, record: OperationRecord, ended_at: DateTime<Utc>) -> Result<Self, ChangeRefused> {
        self.end(ended_at, ProcedureState::Completed, "complete")?;
        self.record = Some(record);
        Ok(self)
    }

    /// The operation is broken off, or nothing is found.
    ///
    /// # Errors
    /// [`ChangeRefused`] unless it is going on, and for an end before its start.
    pub fn abort(mut self, reason: Line, ended_at: DateTime<Utc>) -> Result<Self, ChangeRefused> {
        self.end(ended_at, ProcedureState::Aborted, "abort")?;
        self.abort_reason = Some(reason);
        Ok(self)
    }

    fn end(&mut self, at: DateTime<Utc>, state: ProcedureState, operation: &'static str) -> Result<(), ChangeRefused> {
        if self.state != ProcedureState::Started {
            return Err(WrongState::new(self.state, operation).into());
        }
        if at <= self.started_at {
            return Err(Invalid::at("/occurred_at", FieldCode::OutOfOrder).into());
        }
        self.state = state;
        self.ended_at = Some(at);
        Ok(())
    }

    /// Whether vessels, method and monitoring are recorded.
    #[must_use]
    pub const fn is_documented(&self) -> bool {
        self.record.is_some()
    }
}

/// Something that went wrong (FHIR `Condition`, named by `Procedure.complicationDetail`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complication {
    /// Its id.
    pub id: ComplicationId,
    /// The case.
    pub case_id: CaseId,
    /// What happened.
    pub kind: ComplicationType,
    /// When it began.
    pub onset_on: NaiveDate,
    /// In which phase.
    pub phase: ComplicationPhase,
    /// How severe, by Clavien–Dindo.
    pub grade: ClavienDindo,
    /// Where it stands.
    pub state: ComplicationState,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// How often the row was changed.
    pub version: Version,
}

impl Complication {
    /// Accepts the day on which a complication began.
    ///
    /// # Errors
    /// [`FieldCode::InTheFuture`].
    pub fn onset(day: NaiveDate, today: NaiveDate) -> FieldResult<NaiveDate> {
        if day > today { Err(FieldCode::InTheFuture) } else { Ok(day) }
    }

    /// Whether it still needs care.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ComplicationState::Open | ComplicationState::Monitoring)
    }

    /// Whether it still needs care and is of grade `IIIa` or worse.
    #[must_use]
    pub fn is_severe_and_open(&self) -> bool {
        self.is_open() && self.grade >= ClavienDindo::IIIa
    }

    /// Ends it: resolved, or chronic with a plan.
    ///
    /// # Errors
    /// [`WrongState`] when it is over already.
    pub fn settle(mut self, outcome: ComplicationState) -> Result<Self, WrongState> {
        if !self.is_open() {
            return Err(WrongState::new(self.state, "settle"));
        }
        self.state = outcome;
        Ok(self)
    }
}

#[cfg(test)]
pub(crate) mod tests;
