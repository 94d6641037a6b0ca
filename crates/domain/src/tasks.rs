//! Tasks: work that the product found for our staff (FHIR `Task`).

use chrono::{DateTime, TimeDelta, Utc};

use crate::cases::Trigger;
use crate::ids::{CaseId, TaskId, UserId};
use crate::paging::Version;
use crate::policy::{Denied, Permit};
use crate::refusal::{ProblemCode, Refusal, WrongState};
use crate::vocabulary::{Language, Role, TaskState, coded};

coded! {
    /// What a task is about.
    pub enum TaskKind: "task_kind" {
        GateViolation = "gate_violation" => "A reported fact broke a rule", "واقعة مُبلَّغ عنها خالفت قاعدة", "Bildirilen olay bir kurala aykırı";
        FixDates = "fix_dates" => "Fix the dates with the patient", "تثبيت المواعيد مع المريض", "Tarihleri hastayla kesinleştir";
        AnswerHospital = "answer_hospital" => "Answer the hospital's questions", "الرد على أسئلة المستشفى", "Hastanenin sorularını yanıtla";
        NextHospital = "next_hospital" => "Find the next hospital", "إيجاد المستشفى التالي", "Sonraki hastaneyi bul";
        Replan = "replan" => "Plan again: the hospital changed the dates", "إعادة التخطيط بعد تغيير المستشفى للمواعيد", "Yeniden planla: hastane tarihi değiştirdi";
        TellFamily = "tell_family" => "Tell the family how the surgery went", "إبلاغ العائلة بسير العملية", "Aileye ameliyatın gidişini bildir";
        ReviewAbortedSurgery = "review_aborted_surgery" => "Review the aborted operation", "مراجعة العملية الموقوفة", "Yarıda kesilen ameliyatı değerlendir";
        CallComplication = "call_complication" => "Follow a complication up", "متابعة مضاعفة", "Komplikasyonu izle";
        ConfirmDeath = "confirm_death" => "Confirm the death and call the next of kin", "تأكيد الوفاة والاتصال بأقرب الأقارب", "Ölümü doğrula, yakınını ara";
        ClearanceRevoked = "clearance_revoked" => "Surgery clearance was revoked", "أُلغيت إجازة العملية", "Ameliyat izni geri alındı";
        CallAgainstAdvice = "call_against_advice" => "Call the patient who left against advice", "الاتصال بالمريض الذي غادر خلافًا للنصيحة", "Öneriye rağmen ayrılan hastayı ara";
        DecideAfterCancellation = "decide_after_cancellation" => "Decide what follows the cancelled surgery", "تقرير ما يلي العملية الملغاة", "İptal edilen ameliyat sonrası karar ver";
        StopSharing = "stop_sharing" => "Consent withdrawn: stop sharing", "سُحبت الموافقة: أوقف المشاركة", "Rıza geri çekildi: paylaşımı durdur";
        ReplaceInterpreter = "replace_interpreter" => "Find another interpreter: theirs has left", "إيجاد مترجم آخر بعد مغادرة المترجم", "Başka tercüman bul: tercüman ayrıldı";
        TakeOverCase = "take_over_case" => "Take the case over", "استلام الحالة", "Vakayı devral";
        ReviewEmergencyAccess = "review_emergency_access" => "Review an access in an emergency", "مراجعة وصول طارئ", "Acil erişimi incele";
    }
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The case.
    pub case_id: CaseId,
    /// What is to be done.
    pub kind: TaskKind,
    /// Codes that say more, such as the gates that were broken.
    pub about: Vec<String>,
    /// Whose work it is.
    pub role: Role,
    /// Until when.
    pub due_at: DateTime<Utc>,
    /// Where it stands.
    pub state: TaskState,
    /// Whose doing is to be looked at: it takes someone else to complete it.
    pub review_of: Option<UserId>,
    /// Who did it.
    pub done_by: Option<UserId>,
    /// How often the row was changed.
    pub version: Version,
}

/// Why a task is not completed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompleteTaskError {
    /// It is over already.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// It is for someone else to complete.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl Refusal for CompleteTaskError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::Denied(refusal) => refusal.code(),
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        match self {
            Self::WrongState(refusal) => refusal.detail(language),
            Self::Denied(refusal) => refusal.detail(language),
        }
    }

    fn denial(&self) -> Option<&Denied> {
        match self {
            Self::WrongState(_) => None,
            Self::Denied(refusal) => Some(refusal),
        }
    }
}

impl Task {
    /// The work is done. What someone did is looked at by another one, who holds the role that the task asks for.
    ///
    /// # Errors
    /// [`CompleteTaskError`] when it is over already, or not for this one to complete.
    pub fn complete(mut self, by: &Permit) -> Result<Self, CompleteTaskError> {
        let who = by.actor().user_id();
        if let Some(reviewed) = self.review_of
            && (who == Some(reviewed) || by.on_behalf_of() == Some(reviewed) || !by.roles().contains(&self.role))
        {
            return Err(by.deny().into());
        }
        if !matches!(self.state, TaskState::Open | TaskState::InProgress) {
            return Err(WrongState::new(self.state, "complete").into());
        }
        self.state = TaskState::Done;
        self.done_by = who;
        Ok(self)
    }
}

/// The work that a step of the case machine leaves for our staff.
#[must_use]
pub fn work_after(trigger: Trigger) -> Option<TaskKind> {
    const WORK: &[(Trigger, TaskKind)] = &[
        (Trigger::HospitalAsks, TaskKind::AnswerHospital),
        (Trigger::ReferralsExhausted, TaskKind::NextHospital),
        (Trigger::AcceptanceLost, TaskKind::NextHospital),
        (Trigger::MoveSlot, TaskKind::Replan),
        (Trigger::PostponeSurgery, TaskKind::Replan),
        (Trigger::CancelSurgery, TaskKind::DecideAfterCancellation),
        (Trigger::RefuseSurgery, TaskKind::DecideAfterCancellation),
        (Trigger::DischargeWithoutSurgery, TaskKind::DecideAfterCancellation),
        (Trigger::EndSurgery, TaskKind::TellFamily),
        (Trigger::AbortSurgery, TaskKind::ReviewAbortedSurgery),
        (Trigger::RecordComplication, TaskKind::CallComplication),
        (Trigger::LeaveAgainstAdvice, TaskKind::CallAgainstAdvice),
        (Trigger::DeathInHospital, TaskKind::ConfirmDeath),
        (Trigger::Death, TaskKind::ConfirmDeath),
        (Trigger::ConsentWithdrawn, TaskKind::StopSharing),
    ];
    WORK.iter().find(|(after, _)| *after == trigger).map(|(_, kind)| *kind)
}

impl TaskKind {
    /// Whose work it is, and within which time (domain §6.4).
    #[must_use]
    pub const fn assignment(self) -> (Role, TimeDelta) {
        match self {
            Self::TellFamily => (Role::Coordinator, TimeDelta::hours(4)),
            Self::CallComplication => (Role::Doctor, TimeDelta::hours(4)),
            Self::ConfirmDeath | Self::ReviewEmergencyAccess => (Role::Lead, TimeDelta::hours(24)),
            Self::StopSharing => (Role::Coordinator, TimeDelta::hours(1)),
            Self::ReviewAbortedSurgery | Self::CallAgainstAdvice | Self::DecideAfterCancellation => {
                (Role::Doctor, TimeDelta::hours(24))
            }
            Self::GateViolation
            | Self::FixDates
            | Self::AnswerHospital
            | Self::NextHospital
            | Self::Replan
            | Self::ReplaceInterpreter
            | Self::TakeOverCase
            | Self::ClearanceRevoked => (Role::Coordinator, TimeDelta::hours(24)),
        }
    }
}

#[cfg(test)]
mod tests;
