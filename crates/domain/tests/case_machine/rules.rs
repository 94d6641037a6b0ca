//! Single rules of the machine, each told as a case in which it matters.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::{Ask, Case, CaseFile, EDGES, Gate, Hold, Party, Stage, Step, StepRefused, Target, Trigger};
use rafiq_domain::cases::{decide, next, open};
use rafiq_domain::confirmations::ConfirmationKind;
use rafiq_domain::referrals::{NewReferral, Referral, owed_after_wait, unmet_for_sending};
use rafiq_domain::refusal::{FieldCode, Refusal};
use rafiq_domain::reports::{Fact, owed_on_arrival};
use rafiq_domain::surgery::in_the_way_of_clearance;
use rafiq_domain::vocabulary::{
    Coded, Laterality, ProcedureState, QuoteState, Recommendation, ReferralQuestion, ReferralState,
};

use crate::common::{self, id, line};
use crate::world;

fn now() -> DateTime<Utc> {
    common::start()
}

fn later(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

fn complete(stage: Stage) -> CaseFile {
    world::complete(stage, now())
}

fn take(file: &CaseFile, ask: &Ask<'_>, at: DateTime<Utc>) -> Case {
    let step = decide(file, ask, at).unwrap();
    file.case.clone().after(&step, ask, at)
}

fn shut(result: Result<Step, StepRefused>) -> Vec<Gate> {
    result.unwrap_err().unmet().iter().map(|unmet| unmet.gate).collect()
}

#[test]
fn all_shut_gates_are_named_at_once() {
    let file = world::bare(Stage::Intake);
    let refused = decide(&file, &Ask::new(Trigger::SubmitForReview, &[Party::Coordinator]), now());
    let gates =
        [Gate::SideKnown, Gate::OnsetKnown, Gate::SymptomsComplete, Gate::HistoryAnswered, Gate::VideoOrExamination];
    assert_eq!(shut(refused), gates);
}

#[test]
fn an_illegal_step_names_the_legal_ones() {
    let refused = decide(&complete(Stage::Inquiry), &Ask::new(Trigger::Admit, &[Party::Hospital]), now()).unwrap_err();
    assert_eq!(refused.legal(), [Trigger::Death]);
}

#[test]
fn a_soft_gate_is_overridden_by_a_lead_with_a_reason_and_by_nobody_else() {
    let mut file = complete(Stage::PreArrival);
    file.confirmations.retain(|confirmation| confirmation.statement.kind != ConfirmationKind::VisaSettled);
    let reason = line("The visa is issued on arrival");
    let by = |parties, override_reason| {
        decide(&file, &Ask { override_reason, ..Ask::new(Trigger::RecordArrival, parties) }, now())
    };
    assert!(by(&[Party::Lead, Party::Coordinator], Some(&reason)).is_ok());
    assert_eq!(shut(by(&[Party::Lead, Party::Coordinator], None)), [Gate::VisaSettled]);
    let refused = by(&[Party::Coordinator], Some(&reason));
    assert!(matches!(refused, Err(StepRefused::OverrideRefused(_))));
}

#[test]
fn a_hard_gate_is_overridden_by_nobody() {
    let mut file = complete(Stage::Convalescence);
    file.confirmations.retain(|confirmation| confirmation.statement.kind != ConfirmationKind::TravelPackGiven);
    let reason = line("They insist");
    let parties = [Party::Lead, Party::Coordinator, Party::Doctor];
    let ask = Ask { override_reason: Some(&reason), ..Ask::new(Trigger::RecordDeparture, &parties) };
    assert_eq!(shut(decide(&file, &ask, now())), [Gate::TravelPackGiven]);
}

#[test]
fn what_was_said_of_an_earlier_stay_is_said_anew() {
    let later = now() + TimeDelta::days(1);
    for (stage, trigger, party, said, gate) in [
        (
            Stage::Convalescence,
            Trigger::RecordDeparture,
            Party::Coordinator,
            ConfirmationKind::FitToFly,
            Gate::FitToFly,
        ),
        (
            Stage::Convalescence,
            Trigger::RecordDeparture,
            Party::Coordinator,
            ConfirmationKind::Departure,
            Gate::DepartureRecorded,
        ),
        (
            Stage::PreArrival,
            Trigger::RecordArrival,
            Party::Coordinator,
            ConfirmationKind::Arrival,
            Gate::ArrivalRecorded,
        ),
        (Stage::FollowUp, Trigger::Death, Party::Doctor, ConfirmationKind::DeathReport, Gate::DeathRecorded),
    ] {
        let mut file = complete(stage);
        assert!(
            decide(&file, &Ask::new(trigger, &[party]), now()).is_ok(),
            "{said} counts in the stage that it was said in"
        );
        file.case.stage_since = later;
        for other in &mut file.confirmations {
            if other.statement.kind != said {
                other.recorded_at = later;
            }
        }
        assert_eq!(shut(decide(&file, &Ask::new(trigger, &[party]), later)), [gate], "{said}");
    }
}

#[test]
fn a_fact_is_recorded_with_what_it_violates() {
    let file = world::bare(Stage::Admitted);
    let step = decide(&file, &Ask::new(Trigger::StartSurgery, &[Party::Hospital]), now()).unwrap();
    assert_eq!(step.to, Stage::InSurgery);
    assert!(step.violations().any(|gate| gate == Gate::SurgeryCleared));
    assert!(!step.violations().any(|gate| gate == Gate::SideMatches), "no operation speaks against the side");
}

#[test]
fn only_those_who_open_cases_open_one() {
    let file = complete(Stage::Inquiry);
    assert!(open(&file, &Ask::new(Trigger::OpenCase, &[Party::Coordinator]), now()).is_ok());
    let refused = open(&file, &Ask::new(Trigger::OpenCase, &[Party::Hospital]), now());
    assert!(matches!(refused, Err(StepRefused::Illegal { .. })));
}

#[test]
fn a_hold_is_looked_at_again_within_ninety_days() {
    let file = complete(Stage::Intake);
    let reason = line("The patient travels");
    let fault = |review_at| {
        let ask = Ask { reason: Some(&reason), review_at, ..Ask::new(Trigger::Pause, &[Party::Coordinator]) };
        decide(&file, &ask, now()).err().map(|refused| refused.fields())
    };
    let at = |code| Some(vec![rafiq_domain::refusal::FieldError { pointer: "/review_at".to_owned(), code }]);
    assert_eq!(fault(None), at(FieldCode::Required));
    assert_eq!(fault(Some(later(-1))), at(FieldCode::InThePast));
    assert_eq!(fault(Some(later(91))), at(FieldCode::OutOfRange));
    assert_eq!(fault(Some(later(90))), None);
}

#[test]
fn a_case_does_not_survive_itself() {
    let file = complete(Stage::Intake);
    let reason = line("The same person");
    let merge = |survivor| {
        let by = Ask::new(Trigger::Merge, &[Party::Lead]);
        decide(&file, &Ask { reason: Some(&reason), survivor: Some(survivor), ..by }, now())
    };
    let refused = merge(file.case.id).unwrap_err();
    assert_eq!(refused.fields()[0].code, FieldCode::Contradicts);
    assert_ne!(merge(id(40)).unwrap_err().code(), refused.code(), "another case is refused for its gates alone");
}

fn on_hold(stage: Stage) -> CaseFile {
    let mut file = complete(stage);
    file.case.hold = Some(Hold { reason: line("Waiting"), since: now(), review_at: later(30) });
    file
}

#[test]
fn a_death_is_no_violation_of_a_hold() {
    let file = on_hold(Stage::Convalescence);
    let step = decide(&file, &Ask::new(Trigger::Death, &[Party::Doctor]), now()).unwrap();
    assert_eq!((step.to, step.violations().count()), (Stage::Deceased, 0));
}

#[test]
fn a_fact_against_a_hold_is_recorded_and_marked() {
    let file = on_hold(Stage::Arrived);
    let step = decide(&file, &Ask::new(Trigger::Admit, &[Party::Hospital]), now()).unwrap();
    assert_eq!(step.violations().collect::<Vec<_>>(), [Gate::NotOnHold]);
    let commands = next(&file, &[Party::Coordinator], None, now());
    let triggers: Vec<_> = commands.iter().map(|action| action.edge.trigger).collect();
    assert_eq!(triggers, [Trigger::Withdraw, Trigger::Resume, Trigger::ConsentWithdrawn]);
}

#[test]
fn a_wrong_death_during_a_wait_leads_back_to_the_wait_and_on_from_it() {
    let mut file = complete(Stage::AwaitingPatientInfo);
    file.case.return_to = Some(Stage::Referred);
    file.case = take(&file, &Ask::new(Trigger::Death, &[Party::Doctor]), now());
    assert_eq!((file.case.stage, file.case.return_to), (Stage::Deceased, Some(Stage::AwaitingPatientInfo)));
    let reason = line("Another patient of that name");
    let correct = Ask { reason: Some(&reason), ..Ask::new(Trigger::CorrectDeath, &[Party::Administrator]) };
    file.case = take(&file, &correct, now());
    assert_eq!((file.case.stage, file.case.return_to), (Stage::AwaitingPatientInfo, None));
    let received = take(&file, &Ask::new(Trigger::InformationComplete, &[Party::Coordinator]), now());
    assert_eq!(received.stage, Stage::Intake);
}

#[test]
fn a_closed_case_that_is_merged_is_no_longer_closed() {
    let mut file = complete(Stage::Closed);
    file.case.closed_at = Some(now());
    file.case.closure_reason = Some(rafiq_domain::vocabulary::ClosureReason::NoResponse);
    file.referrals.clear();
    file.bookings.clear();
    let reason = line("The same person");
    let ask = Ask { reason: Some(&reason), survivor: Some(id(40)), ..Ask::new(Trigger::Merge, &[Party::Lead]) };
    let merged = take(&file, &ask, now());
    assert_eq!((merged.merged_into, merged.closed_at, merged.closure_reason), (Some(id(40)), None, None));
}

#[test]
fn a_review_of_an_earlier_visit_decides_nothing_new() {
    let mut file = complete(Stage::MedicalReview);
    file.procedures.clear();
    file.operated_on = None;
    let ask = Ask::new(Trigger::RecommendSurgery, &[Party::Doctor]);
    assert!(decide(&file, &ask, now()).is_ok());
    file.case.stage_since = later(30);
    assert_eq!(shut(decide(&file, &ask, later(31))), [Gate::SurgeryRecommended]);
}

#[test]
fn a_plan_is_made_by_a_review_that_recommends_it() {
    let mut file = complete(Stage::MedicalReview);
    let ask = Ask::new(Trigger::PlanConservativeCare, &[Party::Doctor]);
    let review = world::review(Recommendation::Drug, now());
    file.review = Some(review.clone());
    assert!(decide(&file, &ask, now()).is_ok());
    file.review.as_mut().unwrap().recommendation = Recommendation::SurgicalOpinion;
    assert_eq!(shut(decide(&file, &ask, now())), [Gate::ConservativePlanMade]);
}

#[test]
fn silence_in_follow_up_is_not_proven_by_calls_of_an_earlier_stage() {
    let mut file = complete(Stage::FollowUp);
    file.case.stage_since = later(-100);
    file.confirmations.clear();
    world::confirm(&mut file, ConfirmationKind::ContactAttempt, now());
    let reason = line("No answer");
    let ask = Ask { reason: Some(&reason), ..Ask::new(Trigger::LoseToFollowUp, &[Party::Coordinator]) };
    assert!(decide(&file, &ask, now()).is_ok());
    file.case.stage_since = later(-50);
    assert_eq!(shut(decide(&file, &ask, now())), [Gate::FollowUpAttempted]);
}

#[test]
fn reminders_of_an_earlier_wait_do_not_count() {
    let mut file = complete(Stage::AwaitingPatientInfo);
    file.case.stage_since = later(1);
    let reason = line("No answer");
    let ask = Ask { reason: Some(&reason), ..Ask::new(Trigger::GiveUpWaiting, &[Party::Coordinator]) };
    assert_eq!(shut(decide(&file, &ask, later(40))), [Gate::RemindersSent]);
    world::confirm(&mut file, ConfirmationKind::ReminderSent, later(35));
    assert!(decide(&file, &ask, later(40)).is_ok());
}

#[test]
fn funding_is_not_reversed_while_a_guarantee_still_stands() {
    let mut file = complete(Stage::Confirmed);
    file.confirmations.clear();
    world::confirm(&mut file, ConfirmationKind::DepositCleared, now());
    world::confirm(&mut file, ConfirmationKind::DepositReversed, later(1));
    let reason = line("Charge-back");
    let ask = Ask { reason: Some(&reason), ..Ask::new(Trigger::ReverseFunding, &[Party::Finance]) };
    assert!(decide(&file, &ask, later(2)).is_ok());
    world::confirm(&mut file, ConfirmationKind::GuaranteeVerified, later(1));
    assert_eq!(shut(decide(&file, &ask, later(2))), [Gate::FundingReversed]);
}

#[test]
fn the_hospital_of_the_quote_is_the_one_that_is_asked_about() {
    let mut file = complete(Stage::Quoted);
    let mut other = world::referral(ReferralState::Accepted, now());
    other.id = id(50);
    other.hospital_id = id(71);
    file.referrals.push(other);
    file.quotes = vec![world::quote(QuoteState::Accepted, now())];
    assert_eq!(file.hospital_in_question(), Some(common::hospital()));
    file.quotes.clear();
    assert_eq!(file.hospital_in_question(), Some(id(71)), "without a quote, the latest acceptance");
}

#[test]
fn a_second_person_agrees_or_nobody_does() {
    let file = complete(Stage::FollowUp);
    let by = |user| {
        let ask = Ask { user: Some(user), ..Ask::new(Trigger::Complete, &[Party::Coordinator]) };
        shut(decide(&file, &ask, now()))
    };
    assert!(!by(common::coordinator()).contains(&Gate::DoctorAgreed));
    assert!(by(world::someone_else()).contains(&Gate::DoctorAgreed));
}

#[test]
fn a_target_is_asked_for_only_where_there_is_a_choice() {
    let file = complete(Stage::Admitted);
    let reason = line("Fever");
    let ask = |trigger, target| Ask { reason: Some(&reason), target, ..Ask::new(trigger, &[Party::Hospital]) };
    let chosen = Some(Target::To(Stage::Arrived));
    assert!(decide(&file, &ask(Trigger::CancelSurgery, chosen), now()).is_ok());
    assert!(decide(&file, &ask(Trigger::PostponeSurgery, None), now()).is_ok());
    for (target, code) in [(None, FieldCode::Required), (Some(Target::Stay), FieldCode::Contradicts)] {
        let refused = decide(&file, &ask(Trigger::CancelSurgery, target), now()).unwrap_err();
        assert_eq!(refused.fields()[0].code, code);
    }
}

#[test]
fn who_was_readmitted_leaves_against_advice_without_another_operation() {
    let file = complete(Stage::Admitted);
    let fact = Fact::LeftAgainstAdvice { documentation: line("Form 7") };
    let reason = fact.reason();
    let led: Vec<_> = fact
        .triggers(&file)
        .into_iter()
        .filter_map(|(trigger, target)| {
            let ask = Ask { target, reason: reason.as_ref(), ..Ask::new(trigger, &[Party::Hospital]) };
            decide(&file, &ask, now()).ok().map(|step| (step.edge.id, step.to))
        })
        .collect();
    assert_eq!(led, [("T51", Stage::Convalescence)]);
}

#[test]
fn a_case_that_arrives_catches_up_with_the_stay_that_was_reported_before() {
    let told = |state, operation: Option<ProcedureState>| {
        let mut file = complete(Stage::Arrived);
        file.referrals = vec![world::referral(state, now())];
        file.referral_in_hand = None;
        file.procedures = operation.map(|state| world::procedure(state, now())).into_iter().collect();
        file.discharge = None;
        file
    };
    assert_eq!(owed_on_arrival(&told(ReferralState::Scheduled, None)), [], "nobody was admitted yet");
    assert_eq!(owed_on_arrival(&told(ReferralState::InProgress, None)), [Trigger::Admit]);
    let mut left = told(ReferralState::Completed, Some(ProcedureState::Completed));
    left.discharge = Some(world::discharge(now()));
    let owed = owed_on_arrival(&left);
    assert_eq!(owed, [Trigger::Admit, Trigger::StartSurgery, Trigger::EndSurgery, Trigger::Discharge]);
    for trigger in owed {
        let ask = Ask::new(trigger, &[Party::System]);
        let step = decide(&left, &ask, now()).unwrap();
        left.case = left.case.clone().after(&step, &ask, now());
    }
    assert_eq!(left.case.stage, Stage::Convalescence);
    assert_eq!(owed_on_arrival(&left), [], "what was caught up with is owed no more");
}

#[test]
fn what_another_hospital_does_with_its_dates_does_not_move_the_case() {
    let mut file = complete(Stage::Confirmed);
    let own = world::referral(ReferralState::WithdrawnByHospital, now());
    let other = Referral { id: id(50), hospital_id: id(71), ..world::referral(ReferralState::Scheduled, now()) };
    file.quotes = vec![world::quote(QuoteState::Accepted, now())];
    file.referrals = vec![own.clone(), other.clone()];
    let triggers = |file: &CaseFile| -> Vec<_> {
        let withdrawn = Fact::SlotWithdrawn { reason: line("No bed") };
        withdrawn.triggers(file).into_iter().map(|(trigger, _)| trigger).collect()
    };
    file.referral_in_hand = Some(other);
    assert_eq!(triggers(&file), []);
    file.referral_in_hand = Some(own.clone());
    assert_eq!(triggers(&file), [Trigger::MoveSlot], "another hospital may still lead on");
    file.referrals = vec![own];
    let all = [Trigger::MoveSlot, Trigger::AcceptanceLost, Trigger::ReferralsExhausted];
    assert_eq!(triggers(&file), all);
}

#[test]
fn what_hospitals_answered_during_a_wait_is_not_lost() {
    let mut file = complete(Stage::AwaitingPatientInfo);
    file.case.return_to = Some(Stage::Referred);
    file.referrals = vec![world::referral(ReferralState::Accepted, now())];
    assert_eq!(owed_after_wait(&file), [], "the wait goes on");
    file.information.clear();
    file.case = take(&file, &Ask::new(Trigger::InformationComplete, &[Party::Coordinator]), now());
    assert_eq!((file.case.stage, owed_after_wait(&file)), (Stage::Referred, vec![Trigger::ReferralAccepted]));
    let accepted = take(&file, &Ask::new(Trigger::ReferralAccepted, &[Party::System]), now());
    assert_eq!(accepted.stage, Stage::Accepted);
    file.referrals = vec![world::referral(ReferralState::Declined, now())];
    assert!(owed_after_wait(&file).contains(&Trigger::ReferralsExhausted));
    file.referrals = vec![world::referral(ReferralState::Received, now())];
    assert_eq!(owed_after_wait(&file), []);
}

#[test]
fn every_sending_is_guarded_like_the_first_and_by_a_hold() {
    let edge = EDGES.iter().find(|edge| edge.trigger == Trigger::ReferralSent).unwrap();
    let gates =
        |file: &CaseFile| unmet_for_sending(file, now()).into_iter().map(|unmet| unmet.gate).collect::<Vec<_>>();
    assert_eq!(gates(&complete(Stage::Referred)), []);
    let mut bare = world::bare(Stage::Referred);
    let shut: Vec<_> = edge.hard.iter().copied().filter(|gate| gates(&bare).contains(gate)).collect();
    assert_eq!(gates(&bare), shut);
    assert!(!shut.is_empty());
    bare.case.hold = Some(Hold { reason: line("Ramadan"), since: now(), review_at: later(3) });
    assert!(gates(&bare).contains(&Gate::NotOnHold));
}

#[test]
fn no_hospital_is_told_a_side_that_the_doctor_has_not_confirmed() {
    let mut file = complete(Stage::ReferralPreparation);
    file.referral_in_hand = file.referrals.first().cloned();
    let ask = Ask::new(Trigger::ReferralSent, &[Party::Coordinator]);
    assert!(decide(&file, &ask, now()).is_ok());
    for side in [Laterality::Right, Laterality::Uncertain] {
        file.case.laterality = Some(side);
        assert_eq!(shut(decide(&file, &ask, now())), [Gate::DiagnosisAndSideConfirmed], "{side}");
    }
}

#[test]
fn an_acceptance_of_the_side_that_was_corrected_is_worth_nothing() {
    let mut file = complete(Stage::Accepted);
    file.quotes = vec![world::quote(QuoteState::Issued, now())];
    let ask = Ask::new(Trigger::IssueQuote, &[Party::Coordinator]);
    let gates = |file: &CaseFile| -> Vec<_> {
        let of_side = [Gate::DiagnosisAndSideConfirmed, Gate::SideMatches];
        let unmet = in_the_way_of_clearance(file, now()).into_iter().map(|unmet| unmet.gate);
        unmet.filter(|gate| of_side.contains(gate)).collect()
    };
    assert!(decide(&file, &ask, now()).is_ok());
    assert_eq!(gates(&file), []);
    file.case.laterality = Some(Laterality::Right);
    file.review.as_mut().unwrap().laterality = Some(Laterality::Right);
    assert_eq!(shut(decide(&file, &ask, now())), [Gate::AcceptedReferralValid]);
    assert_eq!(gates(&file), [Gate::SideMatches], "the hospital plans for the other side");
    file.case.laterality = Some(Laterality::Uncertain);
    assert_eq!(gates(&file), [Gate::DiagnosisAndSideConfirmed, Gate::SideMatches]);
}

#[test]
fn what_was_paid_is_settled_also_after_the_quote_was_cancelled() {
    let mut file = complete(Stage::Accepted);
    file.referrals.clear();
    file.bookings.clear();
    file.confirmations.retain(|confirmation| confirmation.statement.kind != ConfirmationKind::RefundComputed);
    let reason = line("Changed their mind");
    let ask = Ask { reason: Some(&reason), ..Ask::new(Trigger::Withdraw, &[Party::Coordinator]) };
    let accepted = world::quote(QuoteState::Accepted, now());
    file.quotes = vec![accepted.cancel().unwrap()];
    assert_eq!(shut(decide(&file, &ask, now())), [Gate::RefundComputed]);
    file.quotes.clear();
    assert!(decide(&file, &ask, now()).is_ok(), "nothing was ever agreed on");
}

#[test]
fn referrals_are_drawn_up_only_while_hospitals_are_looked_for() {
    let new = || NewReferral { hospital_id: common::hospital(), question: ReferralQuestion::Admit, message: None };
    for stage in Stage::ALL.iter().copied() {
        let drawn = new().draw_up(id(50), &common::case(stage), common::coordinator());
        let looking = [Stage::ReferralPreparation, Stage::Referred, Stage::Accepted, Stage::FollowUp].contains(&stage);
        assert_eq!(drawn.is_ok(), looking, "{stage}");
    }
}
