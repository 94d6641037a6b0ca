//! The two-person rule: what one person alone does not do. Someone asks for it, someone else agrees,
//! and in that moment it is done (security §3).
//!
//! What is asked for is fixed when it is asked: the second person agrees to exactly that. Both must be
//! entitled at their own moment, and the first one still when the second agrees.

use chrono::{DateTime, Utc};

use crate::cases::Stage;
use crate::erasure::ErasureExtent;
use crate::ids::{ApprovalId, PatientId, UserId};
use crate::merging::StrongIdentifier;
use crate::paging::Version;
use crate::policy::{Action, Audience, Object, ObjectKind, Principal, Reach, Relation, Resource, Scope, rules_of};
use crate::refusal::{ProblemCode, Refusal, WrongState};
use crate::roles::{RoleAssignment, RolePurpose};
use crate::text::Line;
use crate::vocabulary::{Coded, Language, Role, coded};

/// How often an approved export is fetched at most: once, and once more when it broke off.
const MAX_DOWNLOADS: i16 = 2;

coded! {
    /// What takes two people.
    pub enum ApprovalKind: "approval_kind" {
        AdministratorRole = "administrator_role" => "Make someone an administrator", "تعيين شخص مسؤولًا للنظام", "Birini yönetici yapmak";
        MergePatients = "merge_patients" => "Merge two patient records", "دمج سجلَّي مريض", "İki hasta kaydını birleştirmek";
        ErasePatient = "erase_patient" => "Erase a patient", "محو بيانات مريض", "Hasta verisini silmek";
        ExportCases = "export_cases" => "Export cases in bulk", "تصدير الحالات جملةً", "Vakaları toplu dışa aktarmak";
    }

    /// Where a request for a second person stands.
    pub enum ApprovalState: "approval_state" {
        Requested = "requested" => "Waits for a second person", "بانتظار شخص ثانٍ", "İkinci kişiyi bekliyor";
        Approved = "approved" => "Approved and done", "تمت الموافقة والتنفيذ", "Onaylandı ve yapıldı";
        Rejected = "rejected" => "Rejected", "مرفوض", "Reddedildi";
        Withdrawn = "withdrawn" => "Withdrawn", "مسحوب", "Geri çekildi";
        Expired = "expired" => "Expired without an answer", "انتهت مهلته دون رد", "Yanıtsız süresi doldu";
    }
}

/// What is to be done, with all that decides what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Someone becomes an administrator.
    AdministratorRole {
        /// Who.
        user_id: UserId,
        /// What they are to hold the role for.
        purpose: RolePurpose,
        /// Until when, exclusively.
        until: Option<DateTime<Utc>>,
    },
    /// Two records of one person become one.
    MergePatients {
        /// The record that goes.
        source_id: PatientId,
        /// The record that remains.
        survivor_id: PatientId,
        /// What the one who asks has seen or asked outside of the records.
        attested: Vec<StrongIdentifier>,
    },
    /// A patient is erased.
    ErasePatient {
        /// Who.
        patient_id: PatientId,
        /// How much of them.
        extent: ErasureExtent,
    },
    /// The cases that the one who asks may see are exported.
    ExportCases {
        /// Only those in this stage.
        stage: Option<Stage>,
        /// The roles in which it is asked for: what other roles would add is not agreed to.
        roles: Vec<Role>,
    },
}

impl Deed {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ApprovalKind {
        match self {
            Self::AdministratorRole { .. } => ApprovalKind::AdministratorRole,
            Self::MergePatients { .. } => ApprovalKind::MergePatients,
            Self::ErasePatient { .. } => ApprovalKind::ErasePatient,
            Self::ExportCases { .. } => ApprovalKind::ExportCases,
        }
    }

    /// How much of a patient is handed out at the most.
    #[must_use]
    pub fn audience(&self) -> Option<Audience> {
        let Self::ExportCases { roles, .. } = self else { return None };
        let reads = |role: &&Role| rules_of(Action::ViewCase).iter().any(|(allowed, _)| allowed == *role);
        Some(roles.iter().filter(reads).map(|role| Audience::of(*role)).max().unwrap_or(Audience::Masked))
    }

    /// The user whom it is about.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::AdministratorRole { user_id, .. } => Some(*user_id),
            Self::MergePatients { .. } | Self::ErasePatient { .. } | Self::ExportCases { .. } => None,
        }
    }

    /// The patient whom it is about: of a merge the record that goes.
    #[must_use]
    pub const fn patient_id(&self) -> Option<PatientId> {
        match self {
            Self::MergePatients { source_id: id, .. } | Self::ErasePatient { patient_id: id, .. } => Some(*id),
            Self::AdministratorRole { .. } | Self::ExportCases { .. } => None,
        }
    }

    /// The record that remains after a merge.
    #[must_use]
    pub const fn survivor_id(&self) -> Option<PatientId> {
        match self {
            Self::MergePatients { survivor_id, .. } => Some(*survivor_id),
            Self::AdministratorRole { .. } | Self::ErasePatient { .. } | Self::ExportCases { .. } => None,
        }
    }
}

impl ApprovalKind {
    /// The permission for the deed itself.
    #[must_use]
    pub const fn deed(self) -> Action {
        match self {
            Self::AdministratorRole => Action::ConferAdministrator,
            Self::MergePatients => Action::MergePatients,
            Self::ErasePatient => Action::ErasePatient,
            Self::ExportCases => Action::ExportCases,
        }
    }

    /// The permission to agree to it, or not.
    #[must_use]
    pub const fn decision(self) -> Action {
        match self {
            Self::AdministratorRole => Action::DecideAdministrator,
            Self::MergePatients => Action::DecideMerge,
            Self::ErasePatient => Action::DecideErasure,
            Self::ExportCases => Action::DecideExport,
        }
    }

    /// Who asks and who agrees, in which roles:
    ///
    /// - an administrator is made by two who may confer the role;
    /// - a merge needs one who knows patients and one who answers for the data (domain §6.3 T04, "L+A");
    /// - an erasure is the duty of those who answer for the data, and one of the two may know the patients;
    /// - an export is watched by someone who has no use for it: the auditor or an administrator, who both
    ///   read masked, and never by a second lead, who would read it all.
    #[must_use]
    pub const fn pairs(self) -> &'static [(Role, Role)] {
        match self {
            Self::AdministratorRole => &[(Role::Administrator, Role::Administrator)],
            Self::MergePatients => &[(Role::Lead, Role::Administrator), (Role::Administrator, Role::Lead)],
            Self::ErasePatient => &[
                (Role::Administrator, Role::Administrator),
                (Role::Administrator, Role::Lead),
                (Role::Lead, Role::Administrator),
            ],
            Self::ExportCases => &[
                (Role::Lead, Role::Administrator),
                (Role::Lead, Role::Auditor),
                (Role::Administrator, Role::Administrator),
                (Role::Administrator, Role::Auditor),
            ],
        }
    }

    /// Whether one who asks in the roles `asking` and one who agrees in the roles `agreeing` suffice together.
    #[must_use]
    pub fn suffices(self, asking: &[Role], agreeing: &[Role]) -> bool {
        self.pairs().iter().any(|(first, second)| asking.contains(first) && agreeing.contains(second))
    }

    /// Whether it is the business of `role` to ask for it or to agree to it.
    #[must_use]
    pub fn concerns(self, role: Role) -> bool {
        self.pairs().iter().any(|(first, second)| *first == role || *second == role)
    }
}

/// What one of the two stands on: what they hold, and who let them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What they hold at present.
    pub held: Vec<RoleAssignment>,
    /// Who made their account; none for the operator of the product.
    pub let_in_by: Option<UserId>,
}

impl Standing {
    /// The roles that count beside `other`. Whoever made an account or gave a role may be behind its holder, too:
    /// it is then no other person's word.
    #[must_use]
    pub fn beside(&self, other: UserId) -> Vec<Role> {
        let own = |held: &&RoleAssignment| held.purpose == RolePurpose::Exercise && held.granted_by != Some(other);
        let held = self.held.iter().filter(|_| self.let_in_by != Some(other));
        held.filter(own).map(|held| held.role).collect()
    }
}

/// A request for a second person, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// What is to be done.
    pub deed: Deed,
    /// Why.
    pub reason: Line,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When it ends if nobody answers.
    pub expires_at: DateTime<Utc>,
    /// Where it stands.
    pub state: ApprovalState,
    /// How it ended.
    pub ending: Option<Ending>,
    /// How often what it allows was fetched.
    pub downloads: i16,
    /// How often the row was changed.
    pub version: Version,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The second person; none when nobody decided.
    pub by: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What they said.
    pub note: Option<Line>,
}

/// The answer of the second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who answers.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What they say to it.
    pub note: Option<Line>,
}

/// Why a request is not changed, or what it allows not handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefused {
    /// It does not stand where it takes that.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The second person is the first one, one whom the first one made or was made by, or the one whom it is about.
    #[error("someone else has to agree")]
    NotTheSecond,
    /// Only who asked may.
    #[error("only who asked may do this")]
    NotTheFirst,
    /// Whoever asked may not ask for it any more.
    #[error("who asked is not entitled any more")]
    FirstMayNot,
}

impl Refusal for ApprovalRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::NotTheSecond => ProblemCode::NotTheSecondPerson,
            Self::NotTheFirst => ProblemCode::Forbidden,
            Self::FirstMayNot => ProblemCode::RequestLapsed,
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        match self {
            Self::WrongState(refusal) => refusal.detail(language),
            Self::NotTheSecond | Self::NotTheFirst | Self::FirstMayNot => None,
        }
    }
}

impl Approval {
    /// The second person agrees.
    ///
    /// # Errors
    /// [`ApprovalRefused`] for whoever is no second person, and once it has ended.
    pub fn approve(self, answer: Answer) -> Result<Self, ApprovalRefused> {
        self.decide(ApprovalState::Approved, "approve", answer)
    }

    /// The second person does not agree.
    ///
    /// # Errors
    /// As for [`Approval::approve`].
    pub fn reject(self, answer: Answer) -> Result<Self, ApprovalRefused> {
        self.decide(ApprovalState::Rejected, "reject", answer)
    }

    /// The first person asks no longer.
    ///
    /// # Errors
    /// [`ApprovalRefused`] for anyone else, and once it has ended.
    pub fn withdraw(self, by: UserId, now: DateTime<Utc>) -> Result<Self, ApprovalRefused> {
        if by != self.requested_by {
            return Err(ApprovalRefused::NotTheFirst);
        }
        self.expect_waiting("withdraw", now)?;
        Ok(self.end(ApprovalState::Withdrawn, Ending { by: None, at: now, note: None }))
    }

    /// Nobody has answered in time.
    ///
    /// # Errors
    /// [`WrongState`] while there is still time, and once it has ended.
    pub fn expire(self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        if self.state != ApprovalState::Requested || now < self.expires_at {
            return Err(WrongState::new(self.state, "expire"));
        }
        Ok(self.end(ApprovalState::Expired, Ending { by: None, at: now, note: None }))
    }

    /// Hands out what an approved export allows, to who asked for it and not for long.
    ///
    /// # Errors
    /// [`ApprovalRefused`] for anyone else, unless it is an approved export, after `until`, or when it
    /// was fetched often enough.
    pub fn download(
        self,
        by: UserId,
        now: DateTime<Utc>,
        for_as_long: chrono::TimeDelta,
    ) -> Result<Self, ApprovalRefused> {
        if by != self.requested_by {
            return Err(ApprovalRefused::NotTheFirst);
        }
        let agreed_at = self.ending.as_ref().filter(|_| self.state == ApprovalState::Approved).map(|ending| ending.at);
        let in_time = agreed_at.is_some_and(|agreed| now < agreed + for_as_long);
        if self.deed.kind() != ApprovalKind::ExportCases || !in_time || self.downloads >= MAX_DOWNLOADS {
            return Err(WrongState::new(self.present_state(now), "download").into());
        }
        Ok(Self { downloads: self.downloads.saturating_add(1), ..self })
    }

    /// Whether `user` could be the second person.
    #[must_use]
    pub fn is_second(&self, user: UserId) -> bool {
        user != self.requested_by && self.deed.user_id() != Some(user)
    }

    /// Where it stands, whether or not anyone has noted that its time is over.
    #[must_use]
    pub fn present_state(&self, now: DateTime<Utc>) -> ApprovalState {
        let over = self.state == ApprovalState::Requested && now >= self.expires_at;
        if over { ApprovalState::Expired } else { self.state }
    }

    fn decide(self, state: ApprovalState, operation: &'static str, answer: Answer) -> Result<Self, ApprovalRefused> {
        let Answer { by, at, note } = answer;
        if !self.is_second(by) {
            return Err(ApprovalRefused::NotTheSecond);
        }
        self.expect_waiting(operation, at)?;
        Ok(self.end(state, Ending { by: Some(by), at, note }))
    }

    fn expect_waiting(&self, operation: &'static str, now: DateTime<Utc>) -> Result<(), WrongState> {
        let state = self.present_state(now);
        if state == ApprovalState::Requested { Ok(()) } else { Err(WrongState::new(state, operation)) }
    }

    fn end(self, state: ApprovalState, ending: Ending) -> Self {
        Self { state, ending: Some(ending), ..self }
    }
}

impl Resource for Approval {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Approval, id: Some(self.id.uuid()), case_id: None }
    }

    /// What it is the business of a role to ask for or to agree to is its own.
    fn relation(&self, _who: &Principal, role: Role) -> Relation {
        if self.deed.kind().concerns(role) { Relation::Own } else { Relation::Stranger }
    }
}

/// The kinds of which a scope holds the requests: all of them, or those that are the business of the
/// role whose rule reaches only its own.
#[must_use]
pub fn kinds_in(scope: &Scope) -> Vec<ApprovalKind> {
    let own = rules_of(Action::ViewApprovals).iter().filter(|(_, reach)| *reach == Reach::Own);
    let own: Vec<Role> = own.map(|(role, _)| *role).collect();
    let held = |kind: &ApprovalKind| *scope == Scope::All || own.iter().any(|role| kind.concerns(*role));
    ApprovalKind::ALL.iter().copied().filter(held).collect()
}

#[cfg(test)]
mod tests;
