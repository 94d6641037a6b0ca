//! The transitions as the domain document lists them, transcribed by hand in `tests/edges.tsv`.

use std::collections::{BTreeMap, BTreeSet};

use rafiq_domain::cases::{Party, Stage, Target};
use rafiq_domain::vocabulary::Coded;

/// One transition: from a stage (none for a new case), by way of a target, by one party.
pub(crate) type Transition = (Option<Stage>, String, Party);

/// The transitions of each edge.
pub(crate) type Oracle = BTreeMap<String, BTreeSet<Transition>>;

/// How the oracle writes a target.
pub(crate) fn written(target: Target) -> String {
    match target {
        Target::To(stage) => stage.to_string(),
        Target::End(reason) => format!("closed({reason})"),
        Target::Stay => "stay".to_owned(),
        Target::Back => "back".to_owned(),
        Target::Hold => "hold".to_owned(),
        Target::Resume => "resume".to_owned(),
    }
}

/// Reads the oracle.
pub(crate) fn read() -> Oracle {
    let mut oracle = Oracle::new();
    for line in include_str!("../edges.tsv").lines().filter(|line| !line.starts_with('#')).skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        assert!(matches!(columns.len(), 4 | 6), "a difference is written with its reason: {line}");
        let transitions = oracle.entry(columns[0].to_owned()).or_default();
        for from in columns[1].split(',').flat_map(stages) {
            for to in columns[2].split(',') {
                for actor in columns[3].split(',') {
                    assert!(transitions.insert((from, to.to_owned(), party(actor))), "said twice: {line}");
                }
            }
        }
    }
    oracle
}

fn stages(name: &str) -> Vec<Option<Stage>> {
    let until = |last: &str| -> Vec<_> {
        let end = Stage::ALL.iter().position(|stage| stage.code() == last).unwrap();
        Stage::ALL.iter().take(end + 1).copied().map(Some).collect()
    };
    match name {
        "-" => vec![None],
        // The stages are declared in the order of the journey, with the final ones last.
        "open" => until("follow_up"),
        "before_arrival" => until("pre_arrival"),
        other => vec![Some(Stage::from_code(other).unwrap_or_else(|| panic!("no stage {other}")))],
    }
}

fn party(letter: &str) -> Party {
    match letter {
        "C" => Party::Coordinator,
        "L" => Party::Lead,
        "D" => Party::Doctor,
        "H" => Party::Hospital,
        "F" => Party::Finance,
        "A" => Party::Administrator,
        "S" => Party::System,
        other => panic!("no party {other}"),
    }
}
