//! Identifiers: one type for each kind of thing, so that none can stand in for another.

use uuid::Uuid;

/// Where new identifiers come from. Passed in, so that tests know them beforehand.
pub trait Ids: Send + Sync {
    /// The next identifier, a UUID version 7 (RFC 9562): ordered by time of creation.
    fn next(&self) -> Uuid;
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
    /// A person who seeks treatment (FHIR `Patient`).
    PatientId;
    /// One journey of a patient (FHIR `EpisodeOfCare`).
    CaseId;
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
    /// An audit record.
    AuditId;
}
