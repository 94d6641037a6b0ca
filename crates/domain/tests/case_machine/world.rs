//! A case file whose facts come and go.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rafiq_domain::assessments::{Allergies, HistoryAnswer, SymptomAssessment, SymptomFindings};
use rafiq_domain::cases::{CaseFile, Stage};
use rafiq_domain::confirmations::{Confirmation, ConfirmationKind, Statement};
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::discharge::{Discharge, FollowUpVisit, KondoScore, VisitFindings};
use rafiq_domain::ids::{CaseId, HospitalId, UserId};
use rafiq_domain::information::InformationItem;
use rafiq_domain::money::Currency;
use rafiq_domain::paging::Version;
use rafiq_domain::patients::{BirthDate, Certainty, ContactPoint, ContactValue, NameInPassport, PatientLanguage};
use rafiq_domain::quotes::{Offer, Quote, QuoteAcceptance};
use rafiq_domain::referrals::{Acceptance, Referral, Schedule};
use rafiq_domain::reviews::{Conservative, Review};
use rafiq_domain::surgery::{Clearance, Complication, OperationRecord, Procedure};
use rafiq_domain::text::{CountryCode, Line, PassportName, Prose};
use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::*;

use crate::common::{self, id};

/// A file with nothing on it but a case in `stage` and a patient's name.
pub(crate) fn bare(stage: Stage) -> CaseFile {
    CaseFile {
        case: common::case(stage),
        patient: common::patient(),
        consents: Vec::new(),
        assessment: None,
        review: None,
        examined: false,
        information: Vec::new(),
        confirmations: Vec::new(),
        referrals: Vec::new(),
        referral_in_hand: None,
        hospital_licensed: false,
        quotes: Vec::new(),
        bookings: Vec::new(),
        clearance: None,
        procedures: Vec::new(),
        operated_on: None,
        admission_known: false,
        complications: Vec::new(),
        discharge: None,
        visits: Vec::new(),
    }
}

/// A file on which everything is in order that can be at once, as of `now`.
pub(crate) fn complete(stage: Stage, now: DateTime<Utc>) -> CaseFile {
    let mut file = bare(stage);
    for fact in FACTS {
        fact(&mut file, true, now);
    }
    for kind in ConfirmationKind::ALL {
        confirm(&mut file, *kind, now);
    }
    file.review = Some(review(Recommendation::SurgicalOpinion, now));
    file.referrals = vec![referral(ReferralState::Scheduled, now)];
    file.quotes = vec![quote(QuoteState::Accepted, now)];
    file
}

/// Someone who is not on the team.
pub(crate) fn someone_else() -> UserId {
    id(9)
}

/// A reference. Reading text is slow, and files are furnished often.
fn line() -> Line {
    static LINE: LazyLock<Line> = LazyLock::new(|| common::line("R-1"));
    LINE.clone()
}

fn prose() -> Prose {
    static PROSE: LazyLock<Prose> = LazyLock::new(|| Prose::parse("As agreed.", 2_000).unwrap());
    PROSE.clone()
}

fn case_id() -> CaseId {
    common::case(Stage::Inquiry).id
}

/// Records `kind` as often as any gate wants it, last of all now.
pub(crate) fn confirm(file: &mut CaseFile, kind: ConfirmationKind, now: DateTime<Utc>) {
    let earliest = file.case.stage_since.min(now);
    let wanted = [(ConfirmationKind::ContactAttempt, 4), (ConfirmationKind::ReminderSent, 3)];
    let times = wanted.iter().find(|(often, _)| *often == kind).map_or(1, |(_, times)| *times);
    let channels = [ContactChannel::Phone, ContactChannel::Whatsapp];
    for time in 0..times {
        let occurred_at = if time + 1 == times { now } else { earliest };
        let channel = kind.names_channel().then_some(channels[time % 2]);
        file.confirmations.push(confirmation(file.case.surgery_cycle, kind, channel, occurred_at, now));
    }
}

fn confirmation(
    cycle: i16,
    kind: ConfirmationKind,
    channel: Option<ContactChannel>,
    occurred_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Confirmation {
    let day = now.date_naive();
    let term = kind.has_term().then_some((day - TimeDelta::days(30), day + TimeDelta::days(90)));
    Confirmation {
        id: id(20),
        case_id: case_id(),
        cycle,
        statement: Statement {
            kind,
            occurred_at,
            reference: line(),
            channel,
            valid_from: term.map(|(from, _)| from),
            valid_until: term.map(|(_, until)| until),
        },
        recorded_by: Some(someone_else()),
        recorded_at: now,
        retracted_at: None,
    }
}

/// A signed review.
pub(crate) fn review(recommendation: Recommendation, now: DateTime<Utc>) -> Review {
    let conservative = recommendation.is_conservative();
    Review {
        id: id(21),
        case_id: case_id(),
        doctor_id: common::doctor(),
        signed_at: now,
        recommendation,
        diagnosis: Some(Diagnosis::HfsPrimary),
        laterality: Some(Laterality::Left),
        indications: IndicationItem::ALL.iter().map(|item| (*item, YesNoUnknown::Yes)).collect(),
        contraindications: ContraindicationItem::ALL.iter().map(|item| (*item, YesNoUnknown::No)).collect(),
        red_flags_addressed: Some(prose()),
        conservative: conservative
            .then(|| Conservative { plan: ConservativePlan::Drug, review_on: now.date_naive() + TimeDelta::days(90) }),
        unsuitability: Some(UnsuitabilityReason::Comorbidity),
        advice: Some(prose()),
        summary: prose(),
        summary_language: SpokenLanguage::English,
    }
}

/// A referral with an acceptance and dates.
pub(crate) fn referral(state: ReferralState, now: DateTime<Utc>) -> Referral {
    let day = now.date_naive();
    let acceptance = Acceptance {
        surgeon: line(),
        side: Laterality::Left,
        earliest_on: day,
        latest_on: day + TimeDelta::days(60),
        price: None,
        plan: prose(),
        valid_until: day + TimeDelta::days(60),
    };
    let schedule = Schedule { admission_on: day, surgery_on: day + TimeDelta::days(1), ward: None };
    Referral { acceptance: Some(acceptance), schedule: Some(schedule), ..common::referral(state) }
}

/// A quote that rests on the referral.
pub(crate) fn quote(state: QuoteState, now: DateTime<Utc>) -> Quote {
    let acceptance = QuoteAcceptance {
        accepted_at: now,
        channel: AcceptanceChannel::Email,
        evidence: line(),
        terms_version: line(),
    };
    Quote {
        id: id(22),
        case_id: case_id(),
        referral_id: common::referral(ReferralState::Accepted).id,
        cycle: 1,
        revision: 1,
        language: Language::Arabic,
        offer: Offer {
            currency: Currency::Eur,
            lines: Vec::new(),
            deposit_minor: 0,
            valid_until: now.date_naive() + TimeDelta::days(30),
        },
        content_hash: "00".to_owned(),
        state,
        issued_at: Some(now),
        acceptance: (state == QuoteState::Accepted).then_some(acceptance),
        created_by: common::coordinator(),
        version: Version::FIRST,
    }
}

fn consent(purpose: ConsentPurpose, hospital_id: Option<HospitalId>, now: DateTime<Utc>) -> Consent {
    Consent {
        id: id(23),
        case_id: case_id(),
        terms: ConsentTerms {
            purpose,
            hospital_id,
            text_version: line(),
            language: SpokenLanguage::Arabic,
            method: ConsentMethod::ESign,
            given_by: ConsentGiver::Patient,
            given_at: now,
            valid_until: None,
            evidence: line(),
        },
        state: ConsentState::Active,
        withdrawn_at: None,
        recorded_by: common::coordinator(),
        version: Version::FIRST,
    }
}

/// An assessment with every question answered.
pub(crate) fn assessment(now: DateTime<Utc>) -> SymptomAssessment {
    SymptomAssessment {
        id: id(24),
        case_id: case_id(),
        taken_by: common::coordinator(),
        taken_at: now,
        findings: SymptomFindings {
            modality: AssessmentModality::Video,
            laterality: Laterality::Left,
            onset: PartialDate::parse("2016").unwrap(),
            onset_site: OnsetSite::LowerEyelid,
            form: SpasmForm::Typical,
            regions: vec![SpasmRegion::Periocular],
            spasm_type: SpasmType::Clonic,
            frequency: SpasmFrequency::FrequentWithBreaks,
            in_sleep: YesNoUnknown::Yes,
            triggers: Vec::new(),
            relievers: Vec::new(),
            ear_symptoms: Vec::new(),
            vision_interference: VisionInterference::Reading,
            pain: 0,
            babinski: BabinskiSign::Present,
            facial_weakness: HouseBrackmannGrade::I,
            previous_facial_palsy: PreviousFacialPalsy::None,
        },
        red_flags: Vec::new(),
        allergies: Allergies::NoneKnown,
        history: HistoryItem::ALL
            .iter()
            .map(|item| HistoryAnswer { item: *item, answer: Answered::None, text: None })
            .collect(),
    }
}

pub(crate) fn procedure(state: ProcedureState, now: DateTime<Utc>) -> Procedure {
    let record = OperationRecord {
        vessels: vec![OffendingVessel::Aica],
        method: DecompressionMethod::Interposition,
        materials: vec![DecompressionMaterial::TeflonFelt],
        lsr_event: LsrEvent::GoneAtDecompression,
        baep_final: BaepFinal::Unchanged,
        blood_loss_ml: 100,
        note: None,
    };
    Procedure {
        id: id(25),
        case_id: case_id(),
        referral_id: common::referral(ReferralState::InProgress).id,
        cycle: 1,
        kind: ProcedureKind::MvdPrimary,
        side: Laterality::Left,
        state,
        started_at: now - TimeDelta::hours(3),
        ended_at: (state == ProcedureState::Completed).then_some(now),
        record: (state == ProcedureState::Completed).then_some(record),
        abort_reason: None,
        version: Version::FIRST,
    }
}

fn complication(state: ComplicationState, now: DateTime<Utc>) -> Complication {
    Complication {
        id: id(26),
        case_id: case_id(),
        kind: ComplicationType::CsfLeakWound,
        onset_on: now.date_naive(),
        phase: ComplicationPhase::Inpatient,
        grade: ClavienDindo::IIIa,
        state,
        recorded_by: common::coordinator(),
        recorded_at: now,
        version: Version::FIRST,
    }
}

pub(crate) fn discharge(now: DateTime<Utc>) -> Discharge {
    Discharge {
        id: id(27),
        case_id: case_id(),
        referral_id: common::referral(ReferralState::Completed).id,
        cycle: 1,
        kind: DischargeKind::Regular,
        discharged_at: now,
        disposition: Disposition::HomeHotel,
        facial_function: HouseBrackmannGrade::I,
        spasm: SpasmStatus::None,
        hearing: HearingStatus::Same,
        wound: WoundStatus::Dry,
        medication: prose(),
        advice_language: SpokenLanguage::Arabic,
        advice_understood_through: Some(line()),
        follow_up_on: now.date_naive() + TimeDelta::days(7),
        summary_reference: Some(line()),
    }
}

fn visit(now: DateTime<Utc>) -> FollowUpVisit {
    FollowUpVisit {
        id: id(28),
        case_id: case_id(),
        cycle: 1,
        timepoint: Timepoint::M12,
        due_on: now.date_naive(),
        findings: Some(VisitFindings {
            seen_at: now,
            recorded_by: common::doctor(),
            mode: VisitMode::Tele,
            improvement_percent: 100,
            course: OutcomeCourse::Immediate,
            facial_function: HouseBrackmannGrade::I,
            hearing: HearingStatus::Same,
            note: None,
            outcome: Some(KondoScore { efficacy: 0, complications: 0 }),
        }),
        version: Version::FIRST,
    }
}

fn information(state: InformationItemState, now: DateTime<Utc>) -> InformationItem {
    InformationItem {
        id: id(29),
        case_id: case_id(),
        kind: InformationItemKind::MriDicom,
        text: line(),
        due_on: now.date_naive() + TimeDelta::days(7),
        state,
        waived_because: None,
        asked_by: Some(common::coordinator()),
        version: Version::FIRST,
    }
}

fn clearance(now: DateTime<Utc>) -> Clearance {
    Clearance {
        id: id(30),
        case_id: case_id(),
        cycle: 1,
        state: ClearanceState::Cleared,
        requested_by: common::coordinator(),
        requested_at: now,
        decided_by: Some(common::doctor()),
        decided_at: Some(now),
        reason: None,
        version: Version::FIRST,
    }
}

static CONTACT: LazyLock<ContactPoint> = LazyLock::new(|| {
    let system = ContactSystem::Email;
    let value = ContactValue::parse(system, "ahmed@example.com", None).unwrap();
    ContactPoint { system, value, owner: ContactOwner::Patient }
});
static PASSPORT_NAME: LazyLock<PassportName> = LazyLock::new(|| PassportName::parse("AL ALI").unwrap());
static COUNTRY: LazyLock<CountryCode> = LazyLock::new(|| CountryCode::parse("KW").unwrap());

/// Puts a fact on the file, or takes it off.
type Fact = fn(&mut CaseFile, bool, DateTime<Utc>);

/// Every fact that is no confirmation.
pub(crate) const FACTS: &[Fact] = &[
    |file, there, _| {
        let details = &mut file.patient.details;
        details.contacts = Vec::new();
        if there {
            details.contacts.push(CONTACT.clone());
        }
    },
    |file, there, _| file.case.agency = there.then(line),
    |file, there, _| {
        let name = || NameInPassport { surname: PASSPORT_NAME.clone(), given: PASSPORT_NAME.clone() };
        file.patient.details.passport_name = there.then(name);
    },
    |file, there, _| file.patient.details.sex = there.then_some(Sex::Male),
    |file, there, now| {
        let born = PartialDate::parse(if there { "1970-05-01" } else { "2015-05-01" }).unwrap();
        file.patient.details.birth = BirthDate::parse(born, Certainty::Documented, now.date_naive()).ok();
    },
    |file, there, _| file.patient.details.residence_country = there.then_some(*COUNTRY),
    |file, there, _| {
        let arabic = PatientLanguage { language: SpokenLanguage::Arabic, dialect: Some(Dialect::Gulf), reads: true };
        file.patient.details.languages = if there { vec![arabic] } else { Vec::new() };
    },
    |file, there, _| {
        let name = common::patient().details.arabic_name;
        file.patient.details.arabic_name = name.filter(|_| there || file.patient.details.passport_name.is_some());
    },
    |file, there, now| {
        file.consents.retain(|consent| consent.terms.purpose != ConsentPurpose::HealthDataProcessing);
        file.consents.extend(there.then(|| consent(ConsentPurpose::HealthDataProcessing, None, now)));
    },
    |file, there, now| {
        file.consents.retain(|consent| consent.terms.purpose != ConsentPurpose::ShareWithHospital);
        let sharing = || consent(ConsentPurpose::ShareWithHospital, Some(common::hospital()), now);
        file.consents.extend(there.then(sharing));
    },
    |file, there, now| file.assessment = there.then(|| assessment(now)),
    |file, there, _| file.assessment.iter_mut().for_each(|found| found.history.truncate(if there { 6 } else { 3 })),
    |file, there, _| {
        let allergies = if there { Allergies::NoneKnown } else { Allergies::Unknown };
        file.assessment.iter_mut().for_each(|found| found.allergies = allergies.clone());
    },
    |file, there, _| {
        let flags = if there { Vec::new() } else { vec![RedFlag::Pain] };
        file.assessment.iter_mut().for_each(|found| found.red_flags.clone_from(&flags));
    },
    |file, there, _| file.examined = there,
    |file, there, _| file.case.laterality = there.then_some(Laterality::Left),
    |file, there, _| file.case.doctor_id = there.then(common::doctor),
    |file, there, _| file.hospital_licensed = there,
    |file, there, _| file.patient.details.interpreter_required = there,
    |file, there, _| {
        let kinds = [EncounterKind::Admission, EncounterKind::Consent];
        let state = if there { BookingState::Completed } else { BookingState::Requested };
        file.bookings = kinds.map(|kind| common::booking(state, kind)).to_vec();
    },
    |file, there, now| file.clearance = there.then(|| clearance(now)),
    |file, there, _| file.admission_known = there,
    |file, there, now| {
        let state = if there { ProcedureState::Completed } else { ProcedureState::Started };
        file.procedures = vec![procedure(state, now)];
    },
    |file, there, _| {
        let wrong = if there { Laterality::Left } else { Laterality::Right };
        file.procedures.iter_mut().for_each(|done| done.side = wrong);
    },
    |file, there, now| {
        let state = if there { ComplicationState::Resolved } else { ComplicationState::Open };
        file.complications = vec![complication(state, now)];
    },
    |file, there, now| file.discharge = there.then(|| discharge(now)),
    |file, there, _| {
        file.discharge.iter_mut().for_each(|left| left.summary_reference = there.then(line));
    },
    |file, there, _| {
        let through = there.then(line);
        file.discharge.iter_mut().for_each(|left| left.advice_understood_through.clone_from(&through));
    },
    |file, there, now| {
        file.visits = vec![visit(now)];
        if !there {
            file.visits.iter_mut().for_each(|visit| visit.findings = None);
        }
    },
    |file, there, now| {
        let state = if there { InformationItemState::Received } else { InformationItemState::Requested };
        file.information = vec![information(state, now)];
    },
];

/// Facts that shut one gate when they open another.
pub(crate) const SWITCHES: &[Fact] = &[
    |file, there, _| file.complications.retain(|_| there),
    |file, there, _| file.visits.retain(|_| there),
    |file, there, _| file.procedures.retain(|_| there),
    |file, there, now| file.operated_on = there.then(|| long_ago(now)),
    |file, there, now| {
        if !there {
            file.operated_on = file.operated_on.map(|_| now.date_naive());
        }
    },
];

fn long_ago(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive() - TimeDelta::days(400)
}
