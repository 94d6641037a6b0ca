//! A random walk over the machine: many cases, whatever anyone may try, whatever is on file.
//!
//! What is taken is judged by the oracle and by invariants, never by the table that was read to take it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::{
    self, Ask, Basis, Case, CaseFile, Gate, GateOutcome, Hold, NextAction, Party, Stage, Step, StepRefused, Strength,
    Target, Trigger,
};
use rafiq_domain::confirmations::ConfirmationKind;
use rafiq_domain::ids::{CaseId, UserId};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{ClosureReason, Coded, QuoteState, Recommendation, ReferralState};

use crate::common::{self, id};
use crate::oracle::{self, Oracle};
use crate::world::{self, FACTS, SWITCHES};

const STEPS: usize = 105_000;
const LONGEST_WALK: usize = 80;

static REASON: LazyLock<Line> = LazyLock::new(|| common::line("It cannot wait"));

#[test]
#[expect(clippy::print_stdout, reason = "the figures of the walk are part of the proof; --nocapture shows them")]
fn a_random_walk_takes_every_edge_and_breaks_no_rule() {
    let mut walk = Walk::new(0x5EED);
    while walk.tried < STEPS {
        walk.walk_one_case();
    }
    let Walk { tried, taken, refused, cases, .. } = &walk;
    let moved: usize = taken.values().sum();
    let edges = taken.len();
    println!("{tried} steps tried over {cases} cases: {moved} taken, {refused} refused, {edges} of 65 edges visited");
    println!("{}", taken.iter().map(|(edge, times)| format!("{edge} {times}")).collect::<Vec<_>>().join(", "));
    let untaken: Vec<_> = walk.oracle.keys().filter(|edge| !taken.contains_key(edge.as_str())).collect();
    assert!(untaken.is_empty(), "never taken: {untaken:?}");
}

#[test]
fn every_gate_is_met_by_some_file_and_shut_by_another() {
    let mut walk = Walk::new(7);
    let (mut met, mut shut) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2_000 {
        let stage = walk.dice.pick(Stage::ALL);
        let since = walk.now - TimeDelta::days(i64::try_from(walk.dice.below(500)).unwrap());
        walk.file = world::bare(stage);
        let hold = Hold { reason: REASON.clone(), since, review_at: walk.now };
        walk.file.case.hold = walk.dice.chance(50).then_some(hold);
        walk.file.case.stage_since = since;
        walk.file.case.closed_at = walk.dice.chance(50).then_some(since);
        walk.furnish();
        let target = walk.dice.pick(&[Target::End(ClosureReason::NoResponse), Target::Stay]);
        let reason = Some(&*REASON).filter(|_| walk.dice.chance(50));
        let ask = Ask { target: Some(target), reason, ..Ask::new(Trigger::Dismiss, &[Party::Coordinator]) };
        for gate in Gate::ALL {
            let missing = gate.missing(&walk.file, &ask, walk.now);
            if missing.is_empty() {
                met.insert(*gate)
            } else {
                shut.insert(*gate)
            };
        }
    }
    let others =
        |seen: &BTreeSet<Gate>| Gate::ALL.iter().filter(|gate| !seen.contains(gate)).copied().collect::<Vec<_>>();
    assert_eq!(others(&met), [], "never met");
    assert_eq!(others(&shut), [], "never shut");
}

/// The generator `SplitMix64` by Steele, Lea and Flood: small, seeded, good enough to wander.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(sides).unwrap()).unwrap()
    }

    /// True in `percent` of a hundred rolls.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What someone says with a step.
struct Saying {
    trigger: Trigger,
    parties: Vec<Party>,
    target: Option<Target>,
    reason: Option<Line>,
    review_at: Option<DateTime<Utc>>,
    survivor: Option<CaseId>,
    override_reason: Option<Line>,
}

impl Saying {
    fn ask(&self) -> Ask<'_> {
        Ask {
            user: user_of(&self.parties),
            target: self.target,
            reason: self.reason.as_ref(),
            review_at: self.review_at,
            survivor: self.survivor,
            override_reason: self.override_reason.as_ref(),
            ..Ask::new(self.trigger, &self.parties)
        }
    }

    fn says_everything(&self, now: DateTime<Utc>) -> bool {
        let in_time = |at: DateTime<Utc>| at > now && at < now + TimeDelta::days(90);
        self.reason.is_some() && self.survivor.is_some() && self.review_at.is_some_and(in_time)
    }
}

/// The capacities in which a user of one or two roles acts.
const CAPACITIES: &[&[Party]] = &[
    &[Party::Coordinator],
    &[Party::Coordinator],
    &[Party::Lead, Party::Coordinator],
    &[Party::Doctor],
    &[Party::Doctor],
    &[Party::Hospital],
    &[Party::Hospital],
    &[Party::Finance],
    &[Party::Administrator],
    &[Party::System],
    &[Party::Coordinator, Party::Doctor],
    &[],
];

fn user_of(parties: &[Party]) -> Option<UserId> {
    (parties != [Party::System]).then(common::coordinator)
}

fn is_reporting(parties: &[Party]) -> bool {
    parties.iter().all(|party| matches!(party, Party::Hospital | Party::System))
}

/// Whether nothing stands in the way of an action, and the journey goes on after it.
fn carries_on(action: &NextAction) -> bool {
    let ends = matches!(action.edge.trigger, Trigger::Death | Trigger::DeathInHospital | Trigger::ConsentWithdrawn)
        || matches!(action.target, Target::Hold | Target::End(_) | Target::To(Stage::Merged));
    let reported = action.edge.basis == Basis::Fact && action.edge.actors.contains(&Party::Hospital);
    !ends && (action.is_open() || reported)
}

struct Walk {
    dice: Dice,
    oracle: Oracle,
    file: CaseFile,
    now: DateTime<Utc>,
    reviewed: bool,
    cases: usize,
    tried: usize,
    refused: usize,
    taken: BTreeMap<&'static str, usize>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            oracle: oracle::read(),
            file: world::bare(Stage::Inquiry),
            now: common::start(),
            reviewed: false,
            cases: 0,
            tried: 0,
            refused: 0,
            taken: BTreeMap::new(),
        }
    }

    fn walk_one_case(&mut self) {
        self.cases += 1;
        self.now = common::start();
        let from_the_start = self.cases % 3 == 1;
        self.file = world::bare(Stage::Inquiry);
        self.reviewed = !from_the_start;
        if from_the_start {
            self.furnish();
            self.open();
        } else {
            self.begin_midway();
        }
        for _ in 0..LONGEST_WALK {
            self.let_time_pass();
            self.step();
            if self.file.case.stage == Stage::Merged {
                // Nobody may do anything any more; see that it stays so, then go on with another case.
                for _ in 0..5 {
                    self.step();
                }
                return;
            }
        }
    }

    /// Goes on with a case that has come some way: from the start, few come as far as the operation.
    fn begin_midway(&mut self) {
        let open: Vec<_> = Stage::ALL.iter().copied().filter(|stage| !stage.is_final()).collect();
        self.file = world::complete(self.dice.pick(&open), self.now);
        if self.file.case.stage == Stage::AwaitingPatientInfo {
            self.file.case.return_to = Some(Stage::Intake);
        }
    }

    fn open(&mut self) {
        self.tried += 1;
        let parties = self.dice.pick(CAPACITIES);
        let opened = cases::open(&self.file, &Ask::new(Trigger::OpenCase, parties), self.now);
        let entitled = parties.iter().any(|party| matches!(party, Party::Coordinator | Party::System));
        match opened {
            Ok(step) => {
                assert!(entitled, "{parties:?} opened a case");
                assert_eq!((step.edge.id, step.from, step.to), ("T01", None, Stage::Inquiry));
                *self.taken.entry("T01").or_default() += 1;
            }
            Err(StepRefused::Unmet(unmet)) => assert!(entitled && !unmet.is_empty()),
            Err(StepRefused::Illegal { .. }) => assert!(!entitled),
            Err(other) => panic!("{other}"),
        }
    }

    fn let_time_pass(&mut self) {
        let waits = self.file.case.stage == Stage::FollowUp && self.dice.chance(30);
        let hours = if waits || self.dice.chance(5) { 24 * self.dice.below(450) } else { self.dice.below(48) };
        self.now += TimeDelta::hours(i64::try_from(hours).unwrap());
        match self.dice.below(10) {
            0..=1 => self.furnish(),
            2..=4 => self.change_one_fact(),
            _ => {}
        }
    }

    /// Renews what is on file: everything that can be, or most of it, or half.
    fn furnish(&mut self) {
        let share = self.dice.pick(&[100, 100, 100, 97, 90, 50]);
        let now = self.now;
        for fact in FACTS {
            fact(&mut self.file, self.dice.chance(share), now);
        }
        for switch in SWITCHES {
            switch(&mut self.file, self.dice.chance(60), now);
        }
        self.file.confirmations.clear();
        for kind in ConfirmationKind::ALL {
            let revocation = matches!(kind, ConfirmationKind::DepositReversed | ConfirmationKind::GuaranteeRejected);
            if self.dice.chance(if revocation { 20 } else { share }) {
                world::confirm(&mut self.file, *kind, now);
            }
        }
        self.change_referral();
        self.sign_review();
    }

    fn change_one_fact(&mut self) {
        let now = self.now;
        match self.dice.below(5) {
            0 => self.dice.pick(FACTS)(&mut self.file, self.dice.chance(50), now),
            1 => self.dice.pick(SWITCHES)(&mut self.file, self.dice.chance(50), now),
            2 => self.change_referral(),
            3 => self.sign_review(),
            _ => {
                let kind = self.dice.pick(ConfirmationKind::ALL);
                if self.dice.chance(50) {
                    world::confirm(&mut self.file, kind, now);
                } else {
                    self.file.confirmations.retain(|confirmation| confirmation.statement.kind != kind);
                }
            }
        }
    }

    fn change_referral(&mut self) {
        use ReferralState::{Accepted, Cancelled, Declined, Scheduled};
        let usual = self.dice.chance(70);
        let state =
            self.dice.pick(if usual { &[Scheduled, Accepted, Cancelled, Declined] } else { ReferralState::ALL });
        self.file.referrals = vec![world::referral(state, self.now)];
        let in_hand = self.dice.chance(30);
        self.file.referral_in_hand = self.file.referrals.first().filter(|_| in_hand).cloned();
        let state = self.dice.pick(if usual { &[QuoteState::Issued, QuoteState::Accepted] } else { QuoteState::ALL });
        self.file.quotes = vec![world::quote(state, self.now)];
        if self.dice.chance(10) {
            self.file.quotes.iter_mut().for_each(|quote| quote.offer.valid_until -= TimeDelta::days(60));
        }
    }

    /// Doctors sign while they review, and surgeons advise when the patient has arrived.
    fn sign_review(&mut self) {
        if matches!(self.file.case.stage, Stage::MedicalReview | Stage::Arrived) {
            let surgical = self.dice.chance(40);
            let others = Recommendation::ALL;
            let recommendation = self.dice.pick(if surgical { &[Recommendation::SurgicalOpinion] } else { others });
            let mut review = world::review(recommendation, self.now);
            if self.dice.chance(10) {
                review.indications.clear();
                review.diagnosis = None;
                review.red_flags_addressed = None;
            }
            self.file.review = Some(review);
        }
    }

    fn step(&mut self) {
        self.tried += 1;
        let (mut parties, mut offered) = self.someone();
        if !offered.iter().any(carries_on) && self.dice.chance(60) {
            self.furnish();
            (parties, offered) = self.someone();
        }
        let saying = self.say(parties, &offered);
        let context = format!(
            "{:?} by {:?} to {:?} from {:?} (hold {})",
            saying.trigger,
            saying.parties,
            saying.target,
            self.file.case.stage,
            self.file.case.hold.is_some()
        );
        match cases::decide(&self.file, &saying.ask(), self.now) {
            Ok(step) => {
                self.check_step(&step, &saying, &offered, &context);
                self.take(&step, &saying, &context);
            }
            Err(refused) => {
                self.refused += 1;
                self.check_refusal(&refused, &saying, &offered, &context);
            }
        }
    }

    fn say(&mut self, parties: Vec<Party>, offered: &[NextAction]) -> Saying {
        let anything = offered.is_empty() || self.dice.chance(12);
        let (trigger, target) = if anything {
            (self.dice.pick(Trigger::ALL), self.dice.chance(50).then(|| self.any_target()))
        } else {
            let action = self.promising(offered);
            (action.edge.trigger, self.dice.chance(95).then_some(action.target))
        };
        let says = self.dice.chance(85);
        let days = self.dice.pick(&[-3, 1, 30, 89, 200]);
        let review_at = self.now + TimeDelta::days(if says { 30 } else { days });
        Saying {
            trigger,
            parties,
            target,
            reason: (says || self.dice.chance(50)).then(|| REASON.clone()),
            review_at: (says || self.dice.chance(50)).then_some(review_at),
            survivor: (says || self.dice.chance(50)).then(|| id(40)),
            override_reason: self.dice.chance(30).then(|| REASON.clone()),
        }
    }

    /// Someone, and what they may do: of a few, mostly the one who can carry the case on where few went before.
    fn someone(&mut self) -> (Vec<Party>, Vec<NextAction>) {
        let tries = self.dice.pick(&[1, 4, 4]);
        let asked = (0..tries).map(|_| {
            let parties = self.dice.pick(CAPACITIES);
            let offered = cases::next(&self.file, parties, user_of(parties), self.now);
            let onward = offered.iter().filter(|action| carries_on(action));
            let fewest = onward.map(|action| self.taken.get(action.edge.id).copied().unwrap_or(0)).min();
            (fewest.unwrap_or(usize::MAX), parties, offered)
        });
        let chosen = asked.min_by_key(|(fewest, ..)| *fewest);
        chosen.map(|(_, parties, offered)| (parties.to_vec(), offered)).unwrap_or_default()
    }

    /// One of the actions offered: mostly one that carries the case on, and mostly what was taken least.
    fn promising<'a>(&mut self, offered: &'a [NextAction]) -> &'a NextAction {
        let onward = !self.dice.chance(25);
        let wanted: Vec<_> =
            offered.iter().filter(|action| if onward { carries_on(action) } else { action.is_open() }).collect();
        let least = wanted.iter().min_by_key(|action| self.taken.get(action.edge.id).copied().unwrap_or(0));
        match least {
            Some(action) if self.dice.chance(80) => action,
            Some(_) => self.dice.pick(&wanted),
            None => &offered[self.dice.below(offered.len())],
        }
    }

    fn any_target(&mut self) -> Target {
        match self.dice.below(4) {
            0 => Target::Back,
            1 => Target::Hold,
            2 => Target::Stay,
            _ => Target::To(self.dice.pick(Stage::ALL)),
        }
    }

    /// An allowed step is one that the oracle knows, with its gates as the rules want them.
    fn check_step(&mut self, step: &Step, saying: &Saying, offered: &[NextAction], context: &str) {
        let case = &self.file.case;
        let known = &self.oracle[step.edge.id];
        let legal = |party: &Party| known.contains(&(Some(case.stage), oracle::written(step.target), *party));
        assert!(saying.parties.iter().any(legal), "{context}: {} is not in the oracle", step.edge.id);
        assert_eq!((step.edge.trigger, step.from), (saying.trigger, Some(case.stage)), "{context}");
        let origin = case.return_to.unwrap_or(Stage::Intake);
        let destination = match step.target {
            Target::To(stage) => stage,
            Target::End(_) => Stage::Closed,
            Target::Back => origin,
            Target::Stay | Target::Hold | Target::Resume => case.stage,
        };
        assert_eq!(step.to, destination, "{context}");

        let reporting = step.edge.basis == Basis::Fact && is_reporting(&saying.parties);
        let overriding = saying.override_reason.is_some()
            && saying.parties.iter().any(|party| matches!(party, Party::Lead | Party::Doctor));
        let ask = Ask { target: Some(step.target), ..saying.ask() };
        for found in &step.gates {
            let shut = !found.gate.missing(&self.file, &ask, self.now).is_empty();
            let hard = step.edge.hard.contains(&found.gate);
            match found.outcome {
                GateOutcome::Met => assert!(!shut, "{context}: {} was shut", found.gate),
                GateOutcome::Violated => assert!(shut && reporting, "{context}: {}", found.gate),
                GateOutcome::Overridden => assert!(shut && overriding && !hard, "{context}: {}", found.gate),
            }
        }
        for gate in step.edge.hard.iter().chain(step.edge.soft) {
            assert!(step.gates.iter().any(|found| found.gate == *gate), "{context}: {gate} was not looked at");
        }
        let listed = |action: &NextAction| action.edge.id == step.edge.id && action.target == step.target;
        assert!(offered.iter().any(listed), "{context}: taken, but not offered");
    }

    /// A refused step is one that was not offered, or that was offered with something in the way.
    fn check_refusal(&self, refused: &StepRefused, saying: &Saying, offered: &[NextAction], context: &str) {
        let of_trigger: Vec<_> = offered.iter().filter(|action| action.edge.trigger == saying.trigger).collect();
        let chosen: Vec<_> = match saying.target {
            Some(target) => of_trigger.iter().filter(|action| action.target == target).collect(),
            None if of_trigger.len() == 1 => of_trigger.iter().collect(),
            None => Vec::new(),
        };
        match refused {
            StepRefused::Illegal { legal } => {
                assert!(of_trigger.is_empty(), "{context}: offered, yet illegal");
                let offered: BTreeSet<_> = offered.iter().map(|action| action.edge.trigger).collect();
                assert_eq!(legal.iter().copied().collect::<BTreeSet<_>>(), offered, "{context}");
                assert_eq!(legal.len(), offered.len(), "{context}: a legal trigger is named twice");
            }
            StepRefused::Incomplete(fields) => {
                assert!(!of_trigger.is_empty() && !fields.is_empty(), "{context}");
                let unsaid = !saying.says_everything(self.now);
                assert!(unsaid || chosen.is_empty(), "{context}: everything was said, yet {fields:?}");
                let pointers: BTreeSet<_> = fields.iter().map(|field| &field.pointer).collect();
                assert_eq!(pointers.len(), fields.len(), "{context}: one place is named twice");
            }
            StepRefused::Unmet(unmet) | StepRefused::OverrideRefused(unmet) => {
                assert_eq!(chosen.len(), 1, "{context}: refused for its gates, but not offered");
                assert!(!unmet.is_empty(), "{context}");
                for shut in unmet {
                    assert!(chosen[0].unmet.contains(shut), "{context}: {} was not announced", shut.gate);
                }
                let reported = chosen[0].edge.basis == Basis::Fact && is_reporting(&saying.parties);
                assert!(!reported, "{context}: a fact was refused for its gates");
                let overridable = unmet.iter().all(|shut| shut.strength == Strength::Soft);
                let lead = saying.parties.iter().any(|party| matches!(party, Party::Lead | Party::Doctor));
                let overridden = saying.override_reason.is_some() && lead && overridable;
                assert!(!overridden, "{context}: an allowed override was refused");
            }
        }
    }

    fn take(&mut self, step: &Step, saying: &Saying, context: &str) {
        let before = self.file.case.clone();
        let after = before.clone().after(step, &saying.ask(), self.now);
        check_case(&before, &after, step, self.now, context);
        self.reviewed |= after.stage == Stage::MedicalReview;
        if is_past_review(after.stage) {
            assert!(self.reviewed, "{context}: medical review was skipped");
        }
        if after.stage == Stage::ReferralPreparation {
            assert!(self.file.review.is_some(), "{context}: no signed review");
        }
        if step.edge.id == "T11" || step.edge.id == "T47" {
            let of_this_review = |review: &rafiq_domain::reviews::Review| review.signed_at >= before.stage_since;
            assert!(self.file.review.as_ref().is_some_and(of_this_review), "{context}: an old review decided");
        }
        *self.taken.entry(step.edge.id).or_default() += 1;
        self.file.case = after;
    }
}

/// The stages that a case comes to only after a doctor has reviewed it.
fn is_past_review(stage: Stage) -> bool {
    (Stage::ConservativeCare..=Stage::FollowUp).contains(&stage)
}

/// What holds of every case, whatever happened to it.
fn check_case(before: &Case, after: &Case, step: &Step, now: DateTime<Utc>, context: &str) {
    let edge = step.edge;
    assert_eq!(after.stage, step.to, "{context}");
    let moves = !matches!(step.target, Target::Stay | Target::Hold | Target::Resume);
    assert_eq!(after.stage_since, if moves { now } else { before.stage_since }, "{context}");

    let closed = after.stage == Stage::Closed;
    assert_eq!(after.closure_reason.is_some(), closed, "{context}: closed and its reason");
    assert_eq!(after.closed_at.is_some(), closed, "{context}: closed and its time");
    assert_eq!(after.merged_into.is_some(), after.stage == Stage::Merged, "{context}: merged and its survivor");
    if before.stage.is_final() && before.stage != after.stage {
        assert!(matches!(edge.id, "T04" | "T54" | "T55"), "{context}: a final stage was left");
    }

    if before.hold.is_some() {
        let happened = edge.basis == Basis::Fact || edge.id == "T04" || edge.id == "T50";
        assert!(before.stage == after.stage || happened, "{context}: moved while on hold");
        let allowed = ["T04", "T37", "T50", "T53", "T57", "T58"].contains(&edge.id);
        let flagged = step.gates.iter().any(|found| found.gate == Gate::NotOnHold && found.outcome != GateOutcome::Met);
        assert_eq!(flagged, !allowed, "{context}: what a hold does not allow is marked");
    } else {
        assert!(edge.id != "T57", "{context}: resumed without a hold");
    }
    assert!(after.hold.is_none() || !after.stage.is_final(), "{context}: a final case on hold");
    assert_eq!(step.target == Target::Hold, before.hold.is_none() && after.hold.is_some(), "{context}: the hold");

    let cycles = after.surgery_cycle - before.surgery_cycle;
    assert_eq!(cycles, i16::from(edge.id == "T47"), "{context}: the surgery cycle");
    let reopened = after.reopened_count - before.reopened_count;
    assert_eq!(reopened, i16::from(edge.id == "T55"), "{context}: the count of re-openings");

    let interrupted = matches!(after.stage, Stage::AwaitingPatientInfo | Stage::Deceased);
    assert!(interrupted || after.return_to.is_none(), "{context}: a way back from {:?}", after.stage);
    assert!(after.stage != Stage::Deceased || after.return_to.is_some(), "{context}: no way back from a death");
    assert!(after.return_to.is_none_or(|back| !back.is_final()), "{context}: back to {:?}", after.return_to);
}
