//! Referrals, what hospitals report on them, and who finds which.

use chrono::{NaiveDate, TimeDelta};
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::ids::{HospitalId, ReferralId};
use rafiq_domain::money::{Currency, Money};
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::policy::{Action, Decision, ObjectKind, can, scope};
use rafiq_domain::referrals::{Acceptance, Referral, Schedule};
use rafiq_domain::reports::{DischargeFacts, Fact, Report, Whereabouts};
use rafiq_domain::surgery::OperationRecord;
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{
    BaepFinal, CancellationClass, ClavienDindo, Coded, ComplicationPhase, ComplicationType, ConsentGiver,
    ConsentMethod, ConsentPurpose, ConsentState, DecompressionMaterial, DecompressionMethod, Disposition,
    HearingStatus, HouseBrackmannGrade, InformationItemKind, Laterality, LsrEvent, OffendingVessel, PostponementReason,
    PreOpResult, ProcedureKind, ReferralDeclineReason, ReferralState, ReportKind, Role, SpasmStatus, SpokenLanguage,
    WoundStatus,
};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::referrals::OPEN_TWICE;
use rafiq_persistence::reports::EVENT_TWICE;
use rafiq_persistence::store::Store;
use rafiq_persistence::{case_files, consents, db_test, referrals, reports};
use uuid::Uuid;

use crate::fixtures::{allowed, at, id, lead, line, moment, of_hospital, plant_referred, staff, unit};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose::parse(text, 1_000).unwrap()
}

/// The referral of [`plant_referred`].
async fn planted(store: &Store, number: u128) -> Referral {
    referrals::find(store, id(number), id(number)).await.unwrap().unwrap()
}

async fn insert(store: &Store, referral: Referral) -> Result<(), StoreError> {
    let referral = allowed(Action::WriteReferral, ObjectKind::Referral, referral);
    unit(store, async |tx| referrals::insert(tx, &referral, moment(at(8, 0))).await).await
}

async fn update(store: &Store, referral: Referral) -> Result<Version, StoreError> {
    let referral = allowed(Action::WriteReferral, ObjectKind::Referral, referral);
    unit(store, async |tx| referrals::update(tx, &referral, moment(at(8, 0))).await).await
}

fn acceptance() -> Acceptance {
    Acceptance {
        surgeon: line("Prof. Dr. Ayşe Yılmaz"),
        side: Laterality::Left,
        earliest_on: day(10),
        latest_on: day(20),
        price: Some(Money { minor: 1_250_500, currency: Currency::Kwd }),
        plan: prose("Microvascular decompression\nwith monitoring"),
        valid_until: day(30),
    }
}

fn schedule() -> Schedule {
    Schedule { admission_on: day(10), surgery_on: day(11), ward: Some(line("3B")) }
}

db_test! {
    async fn a_referral_reads_back_as_it_was_written(db: &TestDb) {
        let case = plant_referred(db, 7).await;
        let draft = planted(db, 7).await;
        let full = Referral {
            state: ReferralState::Scheduled,
            sent_at: Some(at(9, 0)),
            respond_by: Some(at(9, 0) + TimeDelta::hours(48)),
            received_at: Some(at(10, 0)),
            acceptance: Some(acceptance()),
            decline_reason: Some(ReferralDeclineReason::NoCapacity),
            schedule: Some(schedule()),
            reschedules: 2,
            admission_number: Some(line("A-88123")),
            reason: Some(line("سبب")),
            cancel_requested_at: Some(at(11, 0)),
            ..draft.clone()
        };
        let version = update(db, full.clone()).await.unwrap();
        let found = planted(db, 7).await;
        assert_eq!(found, Referral { version, ..full.clone() });
        assert!(matches!(update(db, full).await, Err(StoreError::Stale)));
        assert_eq!(referrals::find(db, id(8), id(7)).await.unwrap(), None);
        let file = case_files::assemble(db, case.clone()).await.unwrap();
        assert_eq!((file.referrals, file.admission_known), (vec![found], true));
        let next_cycle = rafiq_domain::cases::Case { surgery_cycle: 2, ..case };
        assert_eq!(referrals::of_cycle(db, &next_cycle).await.unwrap(), Vec::new());
    }
}

db_test! {
    async fn a_case_has_one_open_referral_to_a_hospital_whatever_its_state(db: &TestDb) {
        plant_referred(db, 7).await;
        for (number, state) in ReferralState::ALL.iter().copied().enumerate() {
            let first = Referral { state, ..planted(db, 7).await };
            update(db, first.clone()).await.unwrap();
            let second = Referral { id: id(100 + number as u128), state: ReferralState::Draft, ..first.clone() };
            let added = insert(db, second.clone()).await;
            if first.is_final() {
                added.unwrap();
                let over = Referral { state: ReferralState::Cancelled, ..second };
                update(db, over).await.unwrap();
            } else {
                assert!(added.unwrap_err().is_constraint(OPEN_TWICE), "{state}");
            }
        }
        plant_referred(db, 8).await;
        insert(db, Referral { id: id(9), hospital_id: id(7), ..planted(db, 8).await }).await.unwrap();
    }
}

db_test! {
    async fn of_many_referrals_at_once_one_is_kept(db: &TestDb) {
        plant_referred(db, 7).await;
        let draft = planted(db, 7).await;
        update(db, Referral { state: ReferralState::Declined, ..draft.clone() }).await.unwrap();
        let attempts: Vec<_> = (0..8)
            .map(|number| {
                let (store, referral) = (db.store(), Referral { id: id(100 + number), ..draft.clone() });
                tokio::spawn(async move { insert(&store, referral).await })
            })
            .collect();
        let mut kept = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(()) => kept += 1,
                Err(refused) => assert!(refused.is_constraint(OPEN_TWICE), "{refused:?}"),
            }
        }
        assert_eq!(kept, 1);
    }
}

/// The consent to share with a hospital, as it stands in `state` until `valid_until`.
pub(crate) async fn plant_consent(store: &Store, number: u128, state: ConsentState, valid_until: Option<NaiveDate>) {
    let terms = ConsentTerms {
        purpose: ConsentPurpose::ShareWithHospital,
        hospital_id: Some(id(number)),
        text_version: line("1"),
        language: SpokenLanguage::Arabic,
        method: ConsentMethod::ESign,
        given_by: ConsentGiver::Patient,
        given_at: at(7, 0),
        valid_until,
        evidence: line("e"),
    };
    let withdrawn_at = (state == ConsentState::Withdrawn).then(|| at(8, 0));
    let consent = Consent {
        id: id(number),
        case_id: id(number),
        terms,
        state,
        withdrawn_at,
        recorded_by: lead(),
        version: Version::FIRST,
    };
    let consent = allowed(Action::RecordConsent, ObjectKind::Case, consent);
    unit(store, async |tx| consents::insert(tx, &consent, moment(at(8, 0))).await).await.unwrap();
}

db_test! {
    async fn a_hospital_lists_exactly_what_it_may_view(db: &TestDb) {
        for number in 5..10 {
            plant_referred(db, number).await;
        }
        plant_consent(db, 6, ConsentState::Active, None).await;
        plant_consent(db, 7, ConsentState::Active, Some(day(2))).await;
        plant_consent(db, 8, ConsentState::Active, Some(day(1))).await;
        plant_consent(db, 9, ConsentState::Withdrawn, None).await;
        for state in ReferralState::ALL.iter().copied() {
            for number in 5..10 {
                update(db, Referral { state, ..planted(db, number).await }).await.unwrap();
            }
            for number in 5..10 {
                let hospital: HospitalId = id(number);
                let actor = of_hospital(id(2), hospital);
                let scope = scope(&actor, Action::ViewReferral, ObjectKind::Referral).unwrap();
                let listed = referrals::list(db, &scope, None, Page::default()).await.unwrap().items;
                let mut viewable = Vec::new();
                for other in 5..10 {
                    let found = referrals::find_in_case(db, id(other)).await.unwrap().unwrap();
                    match can(&actor, Action::ViewReferral, &found) {
                        Decision::Allow(_) => viewable.push(found.referral),
                        Decision::Hide => {}
                        Decision::Forbid => panic!("a referral is hidden, never forbidden to be seen"),
                    }
                }
                assert_eq!(listed, viewable, "{state} {number}");
                let shown = !matches!(state, ReferralState::Draft | ReferralState::EnteredInError);
                let seen = shown && (state.treats() || matches!(number, 6 | 7));
                assert_eq!(listed.len(), usize::from(seen), "{state} {number}");
            }
        }
        let ours = scope(&staff(lead(), Role::Lead), Action::ViewReferral, ObjectKind::Referral).unwrap();
        let page = Page { after: None, limit: 2 };
        let first = referrals::list(db, &ours, Some(ReferralState::EnteredInError), page).await.unwrap();
        assert_eq!(first.items.iter().map(|referral| referral.id).collect::<Vec<ReferralId>>(), [id(9), id(8)]);
        assert_eq!(first.next, Some(Uuid::from_u128(8)));
    }
}

fn discharge() -> DischargeFacts {
    DischargeFacts {
        disposition: Disposition::HomeHotel,
        facial_function: HouseBrackmannGrade::I,
        spasm: SpasmStatus::None,
        hearing: HearingStatus::Same,
        wound: WoundStatus::Dry,
        medication: prose("باراسيتامول\nعند اللزوم"),
        advice_language: SpokenLanguage::Arabic,
        advice_understood_through: Some(line("interpreter booking 12")),
        follow_up_on: day(20),
        summary_reference: None,
    }
}

/// One fact of each kind, in the order of the kinds.
fn facts() -> Vec<Fact> {
    let record = OperationRecord {
        vessels: vec![OffendingVessel::ALL[0], OffendingVessel::ALL[1]],
        method: DecompressionMethod::ALL[0],
        materials: vec![DecompressionMaterial::ALL[0]],
        lsr_event: LsrEvent::ALL[0],
        baep_final: BaepFinal::ALL[0],
        blood_loss_ml: 150,
        note: Some(prose("note")),
    };
    vec![
        Fact::Received,
        Fact::InfoRequested {
            items: vec![
                (InformationItemKind::Audiogram, line("both ears")),
                (InformationItemKind::Other, line("صورة")),
            ],
            due_on: day(9),
        },
        Fact::Accepted(acceptance()),
        Fact::Declined { reason: ReferralDeclineReason::Other, text: Some(line("text")) },
        Fact::Scheduled(schedule()),
        Fact::Rescheduled { schedule: Schedule { ward: None, ..schedule() }, reason: line("ill") },
        Fact::SlotWithdrawn { reason: line("no bed") },
        Fact::InvitationLetterIssued { reference: line("INV-1") },
        Fact::ArrivedPreop { result: PreOpResult::ALL[1], finding: line("INR 3.1") },
        Fact::Admitted { admission_number: line("A-1"), ward: None },
        Fact::SurgeryStarted { side: Laterality::Left, kind: ProcedureKind::ALL[0] },
        Fact::SurgeryEnded { side: Laterality::Left, record },
        Fact::SurgeryAborted { reason: line("bleeding") },
        Fact::SurgeryPostponed { reason: PostponementReason::ALL[0], new_date: Some(day(15)) },
        Fact::SurgeryCancelled {
            class: CancellationClass::ALL[0],
            icd10: line("Z53.09"),
            whereabouts: Whereabouts::Convalescence,
        },
        Fact::SurgeryRefused { reason: line("afraid"), whereabouts: Whereabouts::Arrived },
        Fact::DailyStatus {
            facial_function: HouseBrackmannGrade::I,
            spasm: SpasmStatus::None,
            hearing: HearingStatus::Same,
            wound: WoundStatus::Dry,
            pain: 10,
        },
        Fact::Complication {
            kind: ComplicationType::ALL[0],
            onset_on: day(3),
            phase: ComplicationPhase::ALL[0],
            grade: ClavienDindo::IIIa,
        },
        Fact::Reoperation { indication: line("leak"), kind: ProcedureKind::ALL[1], side: Laterality::Left },
        Fact::IcuTransfer { reason: line("watch") },
        Fact::TransferOut { receiving_hospital: line("Other"), reason: line("MRI") },
        Fact::Discharged(discharge()),
        Fact::LeftAgainstAdvice { documentation: line("form 3") },
        Fact::DischargedWithoutSurgery(DischargeFacts {
            advice_understood_through: None,
            summary_reference: Some(line("D-1")),
            ..discharge()
        }),
        Fact::Readmitted { reason: line("fever"), admission_number: line("A-2") },
        Fact::Died { place: line("ICU") },
        Fact::InvoiceFinal { reference: line("F-1"), total: Money { minor: 1, currency: Currency::Eur } },
        Fact::FollowupResult { reference: line("V-1"), finding: prose("well") },
    ]
}

fn report(number: u128, event: u128, fact: Fact) -> Report {
    Report {
        id: id(event),
        referral_id: id(number),
        mrn: "BMC-7".to_owned(),
        occurred_at: at(9, 0),
        recorded_at: at(10, 0),
        reported_by: lead(),
        fact,
        led_to: ReferralState::Received,
    }
}

async fn tell(store: &Store, report: Report) -> Result<(), StoreError> {
    let report = allowed(Action::WriteReferral, ObjectKind::Referral, report);
    unit(store, async |tx| reports::insert(tx, &report).await).await
}

db_test! {
    async fn every_kind_of_report_reads_back_as_it_was_written(db: &TestDb) {
        plant_referred(db, 7).await;
        let kinds: Vec<_> = facts().iter().map(Fact::kind).collect();
        assert_eq!(kinds, ReportKind::ALL);
        for (event, fact) in (1..).zip(facts()) {
            let told = report(7, event, fact);
            tell(db, told.clone()).await.unwrap();
            assert_eq!(reports::find(db, id(7), id(event)).await.unwrap(), Some(told));
        }
        assert_eq!(reports::find(db, id(8), id(1)).await.unwrap(), None);
    }
}

db_test! {
    async fn a_report_is_taken_once_and_never_changes(db: &TestDb) {
        plant_referred(db, 7).await;
        plant_referred(db, 8).await;
        tell(db, report(7, 1, Fact::Received)).await.unwrap();
        let again = tell(db, report(7, 1, Fact::Died { place: line("ICU") })).await.unwrap_err();
        assert!(again.is_constraint(EVENT_TWICE), "{again:?}");
        tell(db, report(8, 1, Fact::Received)).await.unwrap();
        for change in ["UPDATE referral_reports SET mrn = 'x'", "DELETE FROM referral_reports"] {
            let refused = db.execute(change).await.unwrap_err();
            assert!(refused.is_constraint("ck_referral_reports_only_grows"), "{change}: {refused:?}");
        }
    }
}

db_test! {
    async fn reports_are_listed_by_what_happened_last(db: &TestDb) {
        plant_referred(db, 7).await;
        // Ids without order, two at the same time, told in another order than they happened.
        for (event, hour) in [(5, 9), (1, 11), (9, 10), (3, 10)] {
            tell(db, Report { occurred_at: at(hour, 0), ..report(7, event, Fact::Received) }).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let slice = reports::list(db, id(7), Page { after, limit: 1 }).await.unwrap();
            seen.extend(slice.items.iter().map(|report| report.id.uuid().as_u128()));
            after = slice.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [1, 9, 3, 5]);
    }
}
