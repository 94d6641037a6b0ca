//! The table of edges itself.

use std::collections::BTreeSet;

use rafiq_domain::cases::{Basis, EDGES, Gate, Input, Party, Stage, Target, Trigger};
use rafiq_domain::surgery::CLEARANCE_GATES;
use rafiq_domain::vocabulary::Coded;

use crate::oracle::{self, Oracle};

#[test]
fn the_table_is_what_the_domain_document_says() {
    let mut table = Oracle::new();
    for edge in EDGES {
        let transitions = table.entry(edge.id.to_owned()).or_default();
        let from: Vec<_> =
            if edge.from.is_empty() { vec![None] } else { edge.from.iter().copied().map(Some).collect() };
        for from in from {
            for to in edge.to {
                for actor in edge.actors {
                    transitions.insert((from, oracle::written(*to), *actor));
                }
            }
        }
    }
    let ids: Vec<_> = (1..=65).map(|number| format!("T{number:02}")).collect();
    assert_eq!(table.keys().cloned().collect::<Vec<_>>(), ids);
    for (id, transitions) in oracle::read() {
        assert_eq!(table.get(&id), Some(&transitions), "{id}");
    }
    assert_eq!(oracle::read().len(), ids.len());
}

#[test]
fn the_table_is_in_the_order_of_its_numbers() {
    assert!(EDGES.is_sorted_by_key(|edge| edge.id));
}

#[test]
fn every_gate_guards_something() {
    let guarding: BTreeSet<_> = EDGES
        .iter()
        .flat_map(|edge| edge.hard.iter().chain(edge.soft))
        .chain(CLEARANCE_GATES)
        .chain([&Gate::NotOnHold])
        .collect();
    let idle: Vec<_> = Gate::ALL.iter().filter(|gate| !guarding.contains(gate)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn no_edge_names_a_gate_twice() {
    for edge in EDGES {
        let gates: Vec<_> = edge.hard.iter().chain(edge.soft).collect();
        assert_eq!(gates.iter().collect::<BTreeSet<_>>().len(), gates.len(), "{}", edge.id);
    }
}

#[test]
fn every_trigger_sets_an_edge_off() {
    let idle: Vec<_> =
        Trigger::ALL.iter().filter(|trigger| EDGES.iter().all(|edge| edge.trigger != **trigger)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn every_party_takes_an_edge() {
    let idle: Vec<_> =
        Party::ALL.iter().filter(|party| EDGES.iter().all(|edge| !edge.actors.contains(party))).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn a_trigger_leaves_a_stage_to_a_target_by_one_edge_only() {
    let mut seen = BTreeSet::new();
    for edge in EDGES {
        for from in edge.from {
            for target in edge.to {
                let way = (edge.trigger, *from, oracle::written(*target));
                assert!(seen.insert(way.clone()), "{} and another edge: {way:?}", edge.id);
            }
        }
    }
}

#[test]
fn every_stage_is_reached_and_every_open_one_left() {
    let mut reached = BTreeSet::new();
    for _ in Stage::ALL {
        let open: Vec<_> = EDGES
            .iter()
            .filter(|edge| edge.from.is_empty() || edge.from.iter().any(|from| reached.contains(from)))
            .collect();
        reached.extend(open.iter().flat_map(|edge| edge.to).filter_map(|target| match target {
            Target::To(stage) => Some(*stage),
            Target::End(_) => Some(Stage::Closed),
            Target::Stay | Target::Back | Target::Hold | Target::Resume => None,
        }));
    }
    assert_eq!(reached, Stage::ALL.iter().copied().collect());
    for stage in Stage::ALL.iter().filter(|stage| !stage.is_final()) {
        let leaves = |edge: &&rafiq_domain::cases::Edge| {
            edge.from.contains(stage) && edge.to.iter().any(|to| matches!(to, Target::To(next) if next != stage))
        };
        assert!(EDGES.iter().filter(leaves).count() > 1, "{stage}: nothing but a merge leads on");
    }
}

#[test]
fn final_stages_are_left_only_by_a_correction_a_reopening_or_a_merge() {
    let leaving = |stage: Stage| -> BTreeSet<_> {
        EDGES.iter().filter(|edge| edge.from.contains(&stage)).map(|edge| edge.id).collect()
    };
    assert_eq!(leaving(Stage::Merged), BTreeSet::new());
    assert_eq!(leaving(Stage::Deceased), BTreeSet::from(["T54"]));
    assert_eq!(leaving(Stage::Closed), BTreeSet::from(["T04", "T55"]));
}

#[test]
fn medical_review_cannot_be_skipped() {
    let to_preparation = |edge: &&rafiq_domain::cases::Edge| edge.to.contains(&Target::To(Stage::ReferralPreparation));
    for edge in EDGES.iter().filter(to_preparation) {
        let reviewed = edge.hard.contains(&Gate::SurgeryRecommended) || edge.hard.contains(&Gate::ReviewedBefore);
        let behind = edge.from.iter().all(|from| *from > Stage::ReferralPreparation && !from.is_final());
        assert!(reviewed || behind, "{}", edge.id);
    }
}

#[test]
fn only_what_has_happened_is_reported_by_a_hospital() {
    for edge in EDGES.iter().filter(|edge| edge.actors.contains(&Party::Hospital)) {
        assert_eq!(edge.basis, Basis::Fact, "{}", edge.id);
    }
}

#[test]
fn a_hold_asks_when_it_is_looked_at_again() {
    for edge in EDGES.iter().filter(|edge| edge.inputs.contains(&Input::ReviewAt)) {
        assert!(edge.to.contains(&Target::Hold), "{}", edge.id);
    }
    for edge in EDGES.iter().filter(|edge| edge.to.contains(&Target::Hold)) {
        assert!(edge.inputs.contains(&Input::Reason), "{}: a hold has a reason", edge.id);
    }
}
