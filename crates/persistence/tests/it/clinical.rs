//! Consents, symptom assessments, reviews and notes.

use chrono::NaiveDate;
use rafiq_domain::assessments::{Allergies, HistoryAnswer, SymptomAssessment, SymptomFindings};
use rafiq_domain::cases::Case;
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::notes::{Note, NoteAudience, NoteState};
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted};
use rafiq_domain::reviews::{Conservative, Review};
use rafiq_domain::text::Prose;
use rafiq_domain::time::PartialDate;
use rafiq_domain::vocabulary::{
    Answered, AssessmentModality, BabinskiSign, ConsentGiver, ConsentMethod, ConsentPurpose, ConsentState,
    ConservativePlan, ContraindicationItem, Diagnosis, EarSymptom, HistoryItem, HouseBrackmannGrade, IndicationItem,
    Laterality, NoteType, OnsetSite, PreviousFacialPalsy, Recommendation, RedFlag, Reliever, SpasmForm, SpasmFrequency,
    SpasmRegion, SpasmTrigger, SpasmType, SpokenLanguage, UnsuitabilityReason, VisionInterference, YesNoUnknown,
};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Store;
use rafiq_persistence::{assessments, case_files, consents, db_test, notes, reviews};

use crate::fixtures::{allowed, at, id, lead, line, moment, plant_case, plant_referred, unit};

/// Arabic with short vowels, both kinds of digits, a tatweel, a Latin drug name and a non-joiner.
const ARABIC: &str = "تَشَنُّجٌ في الجفن السفليّ الأيســر منذ ٢٠٢٢؛ Botox 2× دون جدوى، می‌خواهد الجراحة";

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose::parse(text, 20_000).unwrap()
}

fn recorded<T>(value: T) -> Permitted<T> {
    allowed(Action::OpenCase, ObjectKind::Case, value)
}

pub(crate) fn consent(number: u128, case: &Case, purpose: ConsentPurpose, hospital_id: Option<HospitalId>) -> Consent {
    Consent {
        id: id(number),
        case_id: case.id,
        terms: ConsentTerms {
            purpose,
            hospital_id,
            text_version: line("kvkk-ar-2026-02"),
            language: SpokenLanguage::Arabic,
            method: ConsentMethod::WhatsappReply,
            given_by: ConsentGiver::Guardian,
            given_at: at(9, 15),
            valid_until: Some(day(28)),
            evidence: line("رسالة رقم 4711"),
        },
        state: ConsentState::Active,
        withdrawn_at: None,
        recorded_by: lead(),
        version: Version::FIRST,
    }
}

pub(crate) async fn add_consent(store: &Store, consent: &Consent) -> Result<(), StoreError> {
    let consent = recorded(consent.clone());
    unit(store, async |tx| consents::insert(tx, &consent, moment(at(8, 0))).await).await
}

fn assessment(number: u128, case: &Case) -> SymptomAssessment {
    SymptomAssessment {
        id: id(number),
        case_id: case.id,
        taken_by: lead(),
        taken_at: at(9, 30),
        findings: SymptomFindings {
            modality: AssessmentModality::Video,
            laterality: Laterality::Left,
            onset: PartialDate::parse("2022-07").unwrap(),
            onset_site: OnsetSite::LowerEyelid,
            form: SpasmForm::Typical,
            regions: vec![SpasmRegion::Periocular, SpasmRegion::PlatysmaNeck],
            spasm_type: SpasmType::Mixed,
            frequency: SpasmFrequency::UnderOncePerHour,
            in_sleep: YesNoUnknown::Yes,
            triggers: Vec::<SpasmTrigger>::new(),
            relievers: vec![Reliever::Alcohol, Reliever::Rest],
            ear_symptoms: vec![EarSymptom::Clicking],
            vision_interference: VisionInterference::Driving,
            pain: 10,
            babinski: BabinskiSign::Present,
            facial_weakness: HouseBrackmannGrade::II,
            previous_facial_palsy: PreviousFacialPalsy::Bell,
        },
        red_flags: vec![RedFlag::Pain],
        allergies: Allergies::Known(vec![line("بنسلين"), line("Latex")]),
        history: vec![
            HistoryAnswer {
                item: HistoryItem::Drugs,
                answer: Answered::Recorded,
                text: Some(line("كاربامازيبين ٢٠٠ ملغ")),
            },
            HistoryAnswer { item: HistoryItem::Comorbidity, answer: Answered::None, text: None },
        ],
    }
}

fn review(number: u128, case: &Case) -> Review {
    Review {
        id: id(number),
        case_id: case.id,
        doctor_id: lead(),
        signed_at: at(11, 0),
        recommendation: Recommendation::Drug,
        diagnosis: Some(Diagnosis::HfsPrimary),
        laterality: Some(Laterality::Left),
        indications: vec![(IndicationItem::DisablingSpasm, YesNoUnknown::Yes)],
        contraindications: vec![(ContraindicationItem::Pregnancy, YesNoUnknown::Unknown)],
        red_flags_addressed: Some(prose("MRI ordered.\n\tSee note.")),
        conservative: Some(Conservative { plan: ConservativePlan::Drug, review_on: day(30) }),
        unsuitability: Some(UnsuitabilityReason::NotDisabling),
        advice: Some(prose(ARABIC)),
        summary: prose("Sol hemifasiyal spazm, ılımlı."),
        summary_language: SpokenLanguage::Turkish,
    }
}

fn note(number: u128, case: &Case) -> Note {
    Note {
        id: id(number),
        case_id: case.id,
        author_id: lead(),
        kind: NoteType::Consultation,
        language: SpokenLanguage::Arabic,
        body: prose(ARABIC),
        audience: NoteAudience::Hospital,
        state: NoteState::Draft,
        written_at: at(10, 0),
        signed_at: None,
        addendum_of: None,
        version: Version::FIRST,
    }
}

async fn add_note(store: &Store, note: &Note) {
    let note = recorded(note.clone());
    unit(store, async |tx| notes::insert(tx, &note).await).await.unwrap();
}

async fn change_note(store: &Store, note: Note) -> Result<Version, StoreError> {
    let note = recorded(note);
    unit(store, async |tx| notes::update(tx, &note).await).await
}

db_test! {
    async fn a_consent_reads_back_as_it_was_recorded_and_withdrawn(db: &TestDb) {
        let case = plant_referred(db, 1).await;
        let given = consent(1, &case, ConsentPurpose::ShareWithHospital, Some(id(1)));
        add_consent(db, &given).await.unwrap();
        assert_eq!(consents::find(db, case.id, given.id).await.unwrap(), Some(given.clone()));
        assert_eq!(consents::find(db, id(2), given.id).await.unwrap(), None, "only with its own case");

        let withdrawn = given.clone().withdraw(at(12, 0)).unwrap();
        let change = recorded(withdrawn.clone());
        let version = unit(db, async |tx| consents::update(tx, &change, moment(at(8, 0))).await).await.unwrap();
        let expected = Consent { version, ..withdrawn };
        assert_eq!(consents::of_case(db, case.id).await.unwrap(), [expected]);
        let late = unit(db, async |tx| consents::update(tx, &change, moment(at(8, 0))).await).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
    }
}

db_test! {
    async fn the_same_is_consented_to_once_at_a_time(db: &TestDb) {
        let (case, other) = (plant_referred(db, 1).await, plant_referred(db, 2).await);
        for (number, (purpose, hospital)) in (1_u128..).zip([
            (ConsentPurpose::HealthDataProcessing, None),
            (ConsentPurpose::ShareWithHospital, Some(id(1))),
        ]) {
            let first = consent(10 * number, &case, purpose, hospital);
            add_consent(db, &first).await.unwrap();
            let twice = add_consent(db, &consent(10 * number + 1, &case, purpose, hospital)).await.unwrap_err();
            assert!(consents::ACTIVE_TWICE.iter().any(|rule| twice.is_constraint(rule)), "{purpose}: {twice:?}");
            add_consent(db, &consent(10 * number + 2, &other, purpose, hospital)).await.unwrap();
            let withdrawn = recorded(first.withdraw(at(12, 0)).unwrap());
            unit(db, async |tx| consents::update(tx, &withdrawn, moment(at(8, 0))).await).await.unwrap();
            add_consent(db, &consent(10 * number + 3, &case, purpose, hospital)).await.unwrap();
        }
        add_consent(db, &consent(90, &case, ConsentPurpose::ShareWithHospital, Some(id(2)))).await.unwrap();
        add_consent(db, &consent(91, &case, ConsentPurpose::ShareWithInsurer, None)).await.unwrap();
    }
}

db_test! {
    async fn a_consent_names_a_known_hospital_only_to_share_with_it(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let unknown = add_consent(db, &consent(1, &case, ConsentPurpose::ShareWithHospital, Some(id(5)))).await;
        assert!(matches!(unknown, Err(StoreError::Dangling)), "{unknown:?}");
        let nobody = add_consent(db, &consent(1, &case, ConsentPurpose::ShareWithHospital, None)).await.unwrap_err();
        assert!(nobody.is_constraint("ck_consents_hospital"), "{nobody:?}");
    }
}

db_test! {
    async fn an_assessment_reads_back_in_every_field(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let taken = [
            assessment(1, &case),
            SymptomAssessment { allergies: Allergies::NoneKnown, history: Vec::new(), ..assessment(2, &case) },
            SymptomAssessment { allergies: Allergies::Unknown, ..assessment(3, &case) },
        ];
        for assessment in &taken {
            let row = recorded(assessment.clone());
            unit(db, async |tx| assessments::insert(tx, &row).await).await.unwrap();
            assert_eq!(assessments::find(db, case.id, row.id).await.unwrap().as_ref(), Some(assessment));
        }
        let [first, second, third] = taken;
        assert_eq!(assessments::find(db, id(2), first.id).await.unwrap(), None, "only with its own case");
        assert_eq!(assessments::latest_of_case(db, case.id).await.unwrap().as_ref(), Some(&third));
        let page = assessments::list_of_case(db, case.id, Page { after: None, limit: 2 }).await.unwrap();
        assert_eq!((page.items, page.next), (vec![third, second.clone()], Some(second.id.uuid())));
    }
}

db_test! {
    async fn a_review_reads_back_in_every_field(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let full = review(1, &case);
        let bare = Review {
            recommendation: Recommendation::MoreData,
            diagnosis: None,
            laterality: None,
            indications: Vec::new(),
            contraindications: Vec::new(),
            red_flags_addressed: None,
            conservative: None,
            unsuitability: None,
            advice: None,
            ..review(2, &case)
        };
        for review in [&full, &bare] {
            let row = recorded(review.clone());
            unit(db, async |tx| reviews::insert(tx, &row).await).await.unwrap();
            assert_eq!(reviews::find(db, case.id, review.id).await.unwrap().as_ref(), Some(review));
        }
        assert_eq!(reviews::find(db, id(2), full.id).await.unwrap(), None, "only with its own case");
        assert_eq!(reviews::latest_of_case(db, case.id).await.unwrap(), Some(bare));
    }
}

db_test! {
    async fn assessments_and_reviews_are_never_changed(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let (assessment, review) = (recorded(assessment(1, &case)), recorded(review(1, &case)));
        unit(db, async |tx| {
            assessments::insert(tx, &assessment).await?;
            reviews::insert(tx, &review).await
        })
        .await
        .unwrap();
        for (statement, rule) in [
            ("UPDATE symptom_assessments SET laterality = 'right'", "ck_symptom_assessments_only_grows"),
            ("DELETE FROM symptom_assessments", "ck_symptom_assessments_only_grows"),
            ("UPDATE reviews SET laterality = 'right'", "ck_reviews_only_grows"),
            ("DELETE FROM reviews", "ck_reviews_only_grows"),
        ] {
            let refused = db.execute(statement).await.unwrap_err();
            assert!(refused.is_constraint(rule), "{statement}: {refused:?}");
        }
    }
}

db_test! {
    async fn arabic_text_is_stored_byte_for_byte(db: &TestDb) {
        let case = plant_case(db, 1).await;
        add_note(db, &note(1, &case)).await;
        assert_eq!(db.text("SELECT body FROM notes").await.unwrap().as_bytes(), ARABIC.as_bytes());
        let found = notes::find(db, case.id, id(1)).await.unwrap().unwrap();
        assert_eq!(found.body.as_str().as_bytes(), ARABIC.as_bytes());
    }
}

db_test! {
    async fn a_draft_changes_until_it_is_signed_and_never_after(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let draft = note(1, &case);
        add_note(db, &draft).await;
        assert_eq!(notes::find(db, id(2), draft.id).await.unwrap(), None, "only with its own case");
        assert!(!notes::signed_exists(db, case.id, NoteType::Consultation).await.unwrap());

        let rewritten = draft.rewrite(prose("ثانيًا")).unwrap();
        let version = change_note(db, rewritten.clone()).await.unwrap();
        let late = change_note(db, rewritten.clone()).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        let signed = Note { version, ..rewritten }.sign(at(13, 0)).unwrap();
        let version = change_note(db, signed.clone()).await.unwrap();
        let signed = Note { version, ..signed };
        assert_eq!(notes::find(db, case.id, signed.id).await.unwrap(), Some(signed.clone()));
        assert!(notes::signed_exists(db, case.id, NoteType::Consultation).await.unwrap());
        assert!(!notes::signed_exists(db, case.id, NoteType::Handover).await.unwrap());

        let forced = change_note(db, Note { body: prose("ثالثًا"), ..signed.clone() }).await.unwrap_err();
        assert!(forced.is_constraint("ck_notes_signed_stay"), "{forced:?}");
        for statement in [
            "UPDATE notes SET body = 'other'",
            "UPDATE notes SET state = 'draft', signed_at = NULL",
            "DELETE FROM notes",
        ] {
            let refused = db.execute(statement).await.unwrap_err();
            assert!(refused.is_constraint("ck_notes_signed_stay"), "{statement}: {refused:?}");
        }
        let addendum = Note { addendum_of: Some(signed.id), kind: NoteType::Progress, ..note(2, &case) };
        add_note(db, &addendum).await;
        let page = notes::list_of_case(db, case.id, Page::default()).await.unwrap();
        assert_eq!(page.items, [addendum, signed]);
    }
}

db_test! {
    async fn the_case_file_holds_what_counts_of_each(db: &TestDb) {
        let case = plant_case(db, 1).await;
        let consent = consent(1, &case, ConsentPurpose::HealthDataProcessing, None);
        add_consent(db, &consent).await.unwrap();
        let rows = [assessment(1, &case), assessment(2, &case)].map(recorded);
        let decisions = [review(1, &case), review(2, &case)].map(recorded);
        unit(db, async |tx| {
            for (assessment, review) in rows.iter().zip(&decisions) {
                assessments::insert(tx, assessment).await?;
                reviews::insert(tx, review).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
        let draft = note(1, &case);
        add_note(db, &draft).await;
        let file = case_files::assemble(db, case.clone()).await.unwrap();
        assert_eq!(file.consents, [consent]);
        assert_eq!(file.assessment.map(|found| found.id), Some(id(2)));
        assert_eq!(file.review.map(|found| found.id), Some(id(2)));
        assert!(!file.examined, "a draft is no examination");
        change_note(db, draft.sign(at(13, 0)).unwrap()).await.unwrap();
        assert!(case_files::assemble(db, case).await.unwrap().examined);
    }
}
