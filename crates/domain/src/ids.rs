//! Identifiers: one type for each kind of thing, so that none can stand in for another.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where new identifiers come from. Passed in, so that tests know them beforehand.
pub trait Ids: Send + Sync {
    /// The next identifier, a UUID version 7 (RFC 9562): ordered by time of creation.
    fn next(&self) -> Uuid;
}

/// When something is written, and where the ids of what follows from it come from.
#[derive(Clone, Copy)]
pub struct Moment<'ids> {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The ids.
    pub ids: &'ids dyn Ids,
}

impl fmt::Debug for Moment<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Moment").field("at", &self.at).finish_non_exhaustive()
    }
}

macro_rules! define_id {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes the next identifier of `ids`.
            pub fn new(ids: &dyn Ids) -> Self {
                Self(ids.next())
            }

            /// The bare value, for storage and transport.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

define_id! {
    /// A person who signs in.
    UserId;
    /// One sign-in of a user, from password to log-out.
    SessionId;
    /// One refresh token of a session.
    RefreshTokenId;
    /// A device from which a user has signed in.
    DeviceId;
    /// A mail that waits to be sent, or was.
    MailId;
    /// One passkey of a user.
    PasskeyId;
    /// One role of one user (FHIR `PractitionerRole`).
    RoleAssignmentId;
    /// One review of a user's access.
    AccessReviewId;
    /// A person who seeks treatment (FHIR `Patient`).
    PatientId;
    /// One journey of a patient (FHIR `EpisodeOfCare`).
    CaseId;
    /// Access of someone to a case.
    GrantId;
    /// That someone stands in for someone else.
    DelegationId;
    /// One entry of a case's timeline.
    CaseEventId;
    /// A typed confirmation on a case.
    ConfirmationId;
    /// Something asked of the patient or the hospital's questions to us.
    InformationItemId;
    /// A piece of work for our staff (FHIR `Task`).
    TaskId;
    /// A consent of the patient (FHIR `Consent`).
    ConsentId;
    /// A symptom assessment.
    AssessmentId;
    /// A doctor's review decision.
    ReviewId;
    /// A note (FHIR `DocumentReference` / `Composition`).
    NoteId;
    /// An interpreter (FHIR `Practitioner`).
    InterpreterId;
    /// A booking of an interpreter (FHIR `Appointment`).
    BookingId;
    /// A partner hospital (FHIR `Organization`).
    HospitalId;
    /// A key or a secret of a hospital's machine client.
    ClientCredentialId;
    /// A referral to one hospital (FHIR `ServiceRequest` and `Task`).
    ReferralId;
    /// A report by a hospital on one of its referrals.
    ReportId;
    /// A quote.
    QuoteId;
    /// A surgery clearance.
    ClearanceId;
    /// An operation (FHIR `Procedure`).
    ProcedureId;
    /// A complication (FHIR `AdverseEvent` / `Condition`).
    ComplicationId;
    /// A discharge (FHIR `Encounter.hospitalization`).
    DischargeId;
    /// A follow-up visit.
    FollowUpVisitId;
    /// A request for a second person.
    ApprovalId;
    /// A duty to keep the record of a patient as it is.
    LegalHoldId;
    /// An audit record.
    AuditId;
}
