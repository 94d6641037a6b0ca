//! Builders that the tests of the domain share: a valid value of each aggregate, to be changed where a test needs it.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rafiq_domain::cases::{Case, NewCase, Stage};
use rafiq_domain::ids::{BookingId, CaseId, HospitalId, InterpreterId, PatientId, ReferralId, UserId};
use rafiq_domain::interpreters::{Booking, Job, Window};
use rafiq_domain::paging::Version;
use rafiq_domain::patients::{Patient, PatientDetails};
use rafiq_domain::referrals::Referral;
use rafiq_domain::text::{ArabicName, Line};
use rafiq_domain::vocabulary::{
    BookingState, CaseSource, EncounterKind, InterpretingModality, PayerType, Priority, ReferralQuestion,
    ReferralState, SpokenLanguage,
};
use uuid::Uuid;

/// An identifier that reads like its number.
pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

/// The coordinator of every case here.
pub(crate) fn coordinator() -> UserId {
    id(1)
}

/// The doctor of every case here.
pub(crate) fn doctor() -> UserId {
    id(2)
}

/// The hospital of every referral here.
pub(crate) fn hospital() -> HospitalId {
    id(70)
}

/// The interpreter of every booking here.
pub(crate) fn interpreter() -> InterpreterId {
    id(80)
}

/// A day on which the tests begin.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

/// A line of text.
pub(crate) fn line(text: &str) -> Line {
    Line::parse(text, 200).unwrap()
}

/// A patient of whom only the name is known.
pub(crate) fn patient() -> Patient {
    static NAME: LazyLock<ArabicName> = LazyLock::new(|| ArabicName::parse("أحمد محمد العلي").unwrap());
    let arabic_name = Some(NAME.clone());
    Patient {
        id: id::<PatientId>(3),
        mrn: "BMC-2026-000001-6".to_owned(),
        details: PatientDetails { arabic_name, ..PatientDetails::default() },
        record: rafiq_domain::patients::PatientRecord::Active,
        created_by: coordinator(),
        version: Version::FIRST,
    }
}

/// A case with its team.
pub(crate) fn case(stage: Stage) -> Case {
    let new = NewCase {
        patient_id: patient().id,
        source: CaseSource::Whatsapp,
        agency: None,
        payer: PayerType::SelfPaying,
        priority: Priority::Routine,
        received_at: start(),
        coordinator_id: None,
    };
    let begun = new.begin(id::<CaseId>(4), "C-2026-000001-6".to_owned(), coordinator(), start());
    Case { stage, doctor_id: Some(doctor()), ..begun }
}

/// A referral of the case.
pub(crate) fn referral(state: ReferralState) -> Referral {
    Referral {
        id: id::<ReferralId>(5),
        case_id: case(Stage::Referred).id,
        hospital_id: hospital(),
        cycle: 1,
        question: ReferralQuestion::OpinionAndPrice,
        message: None,
        state,
        sent_at: None,
        respond_by: None,
        received_at: None,
        acceptance: None,
        decline_reason: None,
        schedule: None,
        reschedules: 0,
        admission_number: None,
        reason: None,
        cancel_requested_at: None,
        ended_at: None,
        created_by: coordinator(),
        version: Version::FIRST,
    }
}

/// A booking of the case.
pub(crate) fn booking(state: BookingState, encounter: EncounterKind) -> Booking {
    static PLACE: LazyLock<Line> = LazyLock::new(|| line("Ward 3"));
    let starts_at = start() + TimeDelta::days(3);
    Booking {
        id: id::<BookingId>(6),
        case_id: case(Stage::Arrived).id,
        cycle: 1,
        interpreter_id: Some(interpreter()),
        job: Job {
            encounter,
            modality: InterpretingModality::InPerson,
            window: Window { starts_at, ends_at: starts_at + TimeDelta::hours(2) },
            time_zone: chrono_tz::Europe::Istanbul,
            place: PLACE.clone(),
            language: SpokenLanguage::Arabic,
        },
        state,
        offered_at: None,
        respond_by: None,
        answered_at: None,
        reason: None,
        requested_by: coordinator(),
        version: Version::FIRST,
    }
}
