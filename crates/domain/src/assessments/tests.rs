use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn date(text: &str) -> PartialDate {
    PartialDate::parse(text).unwrap()
}

fn assessment() -> SymptomAssessment {
    SymptomAssessment {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        taken_by: Uuid::from_u128(3).into(),
        taken_at: now(),
        findings: SymptomFindings {
            modality: AssessmentModality::Video,
            laterality: Laterality::Left,
            onset: date("2016"),
            onset_site: OnsetSite::LowerEyelid,
            form: SpasmForm::Typical,
            regions: vec![SpasmRegion::Periocular],
            spasm_type: SpasmType::Clonic,
            frequency: SpasmFrequency::Continuous,
            in_sleep: YesNoUnknown::Yes,
            triggers: Vec::new(),
            relievers: Vec::new(),
            ear_symptoms: Vec::new(),
            vision_interference: VisionInterference::None,
            pain: 0,
            babinski: BabinskiSign::Present,
            facial_weakness: HouseBrackmannGrade::I,
            previous_facial_palsy: PreviousFacialPalsy::None,
        },
        red_flags: Vec::new(),
        allergies: Allergies::NoneKnown,
        history: Vec::new(),
    }
}

fn answer(item: HistoryItem, answer: Answered) -> HistoryAnswer {
    HistoryAnswer { item, answer, text: None }
}

#[test]
fn an_impossible_assessment_is_refused() {
    let wrong = |change: fn(&mut SymptomAssessment)| {
        let mut given = assessment();
        change(&mut given);
        given.check(Some(date("1970-05-01")), now()).err()
    };
    assert_eq!(wrong(|_| ()), None);
    let future = wrong(|it| it.taken_at = now() + TimeDelta::minutes(6));
    assert_eq!(future, Some(Invalid::at("/taken_at", FieldCode::InTheFuture)));
    let ahead = wrong(|it| it.findings.onset = date("2026-04"));
    assert_eq!(ahead, Some(Invalid::at("/onset", FieldCode::InTheFuture)));
    let unborn = wrong(|it| it.findings.onset = date("1969"));
    assert_eq!(unborn, Some(Invalid::at("/onset", FieldCode::OutOfOrder)));
    assert_eq!(wrong(|it| it.findings.pain = 11), Some(Invalid::at("/pain", FieldCode::OutOfRange)));
    assert_eq!(wrong(|it| it.findings.regions.clear()), Some(Invalid::at("/regions", FieldCode::Empty)));
    let unnamed = wrong(|it| it.allergies = Allergies::Known(Vec::new()));
    assert_eq!(unnamed, Some(Invalid::at("/allergies", FieldCode::Empty)));
    let twice = wrong(|it| it.history = vec![answer(HistoryItem::Drugs, Answered::None); 2]);
    assert_eq!(twice, Some(Invalid::at("/history/1/item", FieldCode::Duplicate)));
    let wordless = wrong(|it| it.history = vec![answer(HistoryItem::Drugs, Answered::Recorded)]);
    assert_eq!(wordless, Some(Invalid::at("/history/0/text", FieldCode::Required)));
}

#[test]
fn red_flags_follow_from_what_was_found_and_are_not_repeated() {
    let flags = |born: &str, change: fn(&mut SymptomAssessment)| {
        let mut given = assessment();
        change(&mut given);
        given.check(Some(date(born)), now()).unwrap().red_flags
    };
    assert_eq!(flags("1970-05-01", |_| ()), []);
    assert_eq!(flags("1996-03-02", |_| ()), [], "thirty today");
    assert_eq!(flags("1996-03-03", |_| ()), [RedFlag::AgeUnder30], "thirty tomorrow");
    assert_eq!(flags("1970", |it| it.findings.laterality = Laterality::Bilateral), [RedFlag::Bilateral]);
    let pain = |it: &mut SymptomAssessment| {
        it.findings.pain = 3;
        it.red_flags = vec![RedFlag::Diplopia, RedFlag::Pain];
    };
    assert_eq!(flags("1970", pain), [RedFlag::Diplopia, RedFlag::Pain]);
}

#[test]
fn silence_is_no_answer_but_unknown_is_one() {
    let mut given = assessment();
    assert_eq!(given.unanswered_history().len(), HistoryItem::ALL.len());
    given.history = HistoryItem::ALL.iter().map(|item| answer(*item, Answered::Unknown)).collect();
    assert!(given.unanswered_history().is_empty());
    assert!(!Allergies::Unknown.is_known() && Allergies::NoneKnown.is_known());
}

#[test]
fn an_operation_agrees_with_the_side_of_the_case() {
    use Laterality::{Bilateral, Left, Right, Uncertain};
    for (case, agreeing) in
        [(Left, vec![Left]), (Right, vec![Right]), (Bilateral, vec![Left, Right, Bilateral]), (Uncertain, vec![])]
    {
        let agrees: Vec<_> = Laterality::ALL.iter().copied().filter(|side| case.agrees_with(*side)).collect();
        assert_eq!(agrees, agreeing, "{case}");
    }
}
