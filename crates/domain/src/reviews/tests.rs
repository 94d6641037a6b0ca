use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn today() -> NaiveDate {
    now().date_naive()
}

fn review(recommendation: Recommendation) -> Review {
    let text = || Prose::parse("As discussed", 200).unwrap();
    Review {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        doctor_id: Uuid::from_u128(3).into(),
        signed_at: now(),
        recommendation,
        diagnosis: Some(if recommendation == Recommendation::OtherDiagnosis {
            Diagnosis::Blepharospasm
        } else {
            Diagnosis::HfsPrimary
        }),
        laterality: Some(Laterality::Left),
        indications: IndicationItem::ALL.iter().map(|item| (*item, YesNoUnknown::Yes)).collect(),
        contraindications: ContraindicationItem::ALL.iter().map(|item| (*item, YesNoUnknown::No)).collect(),
        red_flags_addressed: None,
        conservative: recommendation
            .is_conservative()
            .then(|| Conservative { plan: ConservativePlan::Drug, review_on: today() + TimeDelta::days(180) }),
        unsuitability: Some(UnsuitabilityReason::Comorbidity),
        advice: Some(text()),
        summary: text(),
        summary_language: SpokenLanguage::English,
    }
}

fn wrong(recommendation: Recommendation, change: fn(&mut Review)) -> Option<Invalid> {
    let mut given = review(recommendation);
    change(&mut given);
    given.check(today()).err()
}

#[test]
fn a_decision_carries_what_its_recommendation_needs() {
    use Recommendation::{Drug, MoreData, OtherDiagnosis, SurgicalOpinion, Unsuitable};
    for recommendation in Recommendation::ALL {
        assert_eq!(wrong(*recommendation, |_| ()), None, "{recommendation}");
    }
    let required = |pointer| Some(Invalid::at(pointer, FieldCode::Required));
    assert_eq!(wrong(SurgicalOpinion, |it| it.diagnosis = None), required("/diagnosis"));
    assert_eq!(wrong(SurgicalOpinion, |it| it.laterality = None), required("/laterality"));
    assert_eq!(wrong(Drug, |it| it.conservative = None), required("/conservative"));
    assert_eq!(wrong(Unsuitable, |it| it.unsuitability = None), required("/unsuitability"));
    assert_eq!(wrong(Unsuitable, |it| it.advice = None), required("/advice"));
    assert_eq!(wrong(OtherDiagnosis, |it| it.advice = None), required("/advice"));
    let same = wrong(OtherDiagnosis, |it| it.diagnosis = Some(Diagnosis::HfsPrimary));
    assert_eq!(same, Some(Invalid::at("/diagnosis", FieldCode::Contradicts)));
    assert_eq!(wrong(MoreData, |it| (it.diagnosis, it.advice) = (None, None)), None);
}

#[test]
fn a_plan_is_looked_at_again_within_half_a_year() {
    let out_of_range = Some(Invalid::at("/conservative/review_on", FieldCode::OutOfRange));
    let late = wrong(Recommendation::Drug, |it| {
        it.conservative.iter_mut().for_each(|plan| plan.review_on = today() + TimeDelta::days(181));
    });
    assert_eq!(late, out_of_range);
    let past = wrong(Recommendation::Drug, |it| {
        it.conservative.iter_mut().for_each(|plan| plan.review_on = today() - TimeDelta::days(1));
    });
    assert_eq!(past, out_of_range);
}

#[test]
fn an_item_is_answered_once_and_silence_is_named() {
    let twice = wrong(Recommendation::MoreData, |it| {
        it.indications.push((IndicationItem::DisablingSpasm, YesNoUnknown::No));
        it.contraindications.push((ContraindicationItem::Pregnancy, YesNoUnknown::No));
    });
    let pointers: Vec<_> = twice.unwrap().0.into_iter().map(|field| field.pointer).collect();
    assert_eq!(pointers, ["/indications/6/item", "/contraindications/12/item"]);
    let mut given = review(Recommendation::SurgicalOpinion);
    assert!(given.unanswered_checklist().is_empty());
    given.contraindications.retain(|(item, _)| *item != ContraindicationItem::Pregnancy);
    assert_eq!(given.unanswered_checklist(), ["pregnancy"]);
}
