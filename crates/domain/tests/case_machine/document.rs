//! `docs/case-machine.md`: written from the table, and compared with it. `UPDATE_DOCS=1` rewrites it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use rafiq_domain::cases::{Basis, EDGES, Edge, Gate, Party, Stage, Target, Trigger};
use rafiq_domain::surgery::CLEARANCE_GATES;
use rafiq_domain::vocabulary::{Coded, Language};

use crate::oracle::written;

const OPEN: &str = "any_open_stage";
const BEFORE_ARRIVAL: &str = "any_stage_before_arrival";
const HOLD: &str = "on_hold";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no configuration; the switch is for whoever runs it")]
fn the_document_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/case-machine.md");
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == document,
        "docs/case-machine.md is not what the table says; run UPDATE_DOCS=1 cargo test -p rafiq-domain --test case_machine document"
    );
}

fn document() -> String {
    let stages = table(
        &["Stage", "Meaning", "Leads on by"],
        Stage::ALL.iter().map(|stage| {
            let edges: Vec<_> = EDGES.iter().filter(|edge| edge.from.contains(stage)).map(|edge| edge.id).collect();
            vec![code(stage), label(*stage), if edges.is_empty() { "–".to_owned() } else { edges.join(" ") }]
        }),
    );
    let transitions = table(
        &["Id", "From", "To", "Trigger", "Actors", "Inputs", "Hard gates", "Soft gates", "Basis"],
        EDGES.iter().map(transition),
    );
    let gates = table(
        &["Gate", "What must hold", "Guards"],
        Gate::ALL.iter().map(|gate| vec![code(gate), label(*gate), guarded_by(*gate)]),
    );
    let triggers =
        table(&["Trigger", "What happens"], Trigger::ALL.iter().map(|trigger| vec![code(trigger), label(*trigger)]));
    format!(
        "# The case machine\n\n\
         <!-- Written from crates/domain/src/cases/edges.rs; a test compares. Do not edit: change the table, then run\n     \
         UPDATE_DOCS=1 cargo test -p rafiq-domain --test case_machine document -->\n\n\
         A case moves from the first inquiry to follow-up at home by the {edges} transitions below and by no others; \
         what may be done now, what still stands in the way, and this page are read from the same table.\n\n\
         ## How to read it\n\n\
         - A **command** is decided by our staff: a shut gate blocks it. A **derived** step follows from another record \
         of ours, such as a sent referral, and is blocked likewise. A **fact** has already happened: when a hospital or \
         the product reports it, it is recorded whatever the gates say, and a shut gate becomes a violation with a task.\n\
         - **Hard** gates cannot be overridden. **Soft** gates can, with a reason, by a lead or a doctor.\n\
         - A **hold** lies over the stage. While it lies there, only a merge, a withdrawal, a death, a withdrawn consent and \
         the resumption are allowed; any other fact is recorded, and marked as against the hold.\n\
         - `stay` records the step and leaves the stage; `back` leads to where the case came from; `hold` and `resume` \
         lay a hold over the stage and lift it.\n\n\
         ## Diagram\n\n\
         `{OPEN}` and `{BEFORE_ARRIVAL}` stand for each of those stages.\n\n```mermaid\n{diagram}```\n\n\
         ## Stages\n\n{stages}\n## Transitions\n\n{transitions}\n## Gates\n\n\
         Gates marked *clearance* must also hold before surgery is cleared.\n\n{gates}\n## Triggers\n\n{triggers}",
        edges = EDGES.iter().map(|edge| edge.id).collect::<std::collections::BTreeSet<_>>().len(),
        diagram = diagram(),
    )
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

fn transition(edge: &Edge) -> Vec<String> {
    let basis = match edge.basis {
        Basis::Command => "command",
        Basis::Derived => "derived",
        Basis::Fact => "fact",
    };
    let from = sources(edge.from);
    vec![
        edge.id.to_owned(),
        if from.is_empty() { "–".to_owned() } else { list(from.iter()) },
        list(edge.to.iter().map(|target| written(*target))),
        code(edge.trigger),
        edge.actors.iter().map(|party: &Party| label(*party)).collect::<Vec<_>>().join(", "),
        list(edge.inputs.iter().map(|input| input.field())),
        list(edge.hard.iter()),
        list(edge.soft.iter()),
        basis.to_owned(),
    ]
}

/// The stages that an edge leaves, with the two large groups under one name each.
fn sources(from: &[Stage]) -> Vec<String> {
    let open: Vec<_> = Stage::ALL.iter().copied().filter(|stage| !stage.is_final()).collect();
    let before: Vec<_> = open.iter().copied().filter(|stage| *stage <= Stage::PreArrival).collect();
    for (group, name) in [(open, OPEN), (before, BEFORE_ARRIVAL)] {
        if group.iter().all(|stage| from.contains(stage)) {
            let others = from.iter().filter(|stage| !group.contains(stage)).map(ToString::to_string);
            return std::iter::once(name.to_owned()).chain(others).collect();
        }
    }
    from.iter().map(ToString::to_string).collect()
}

/// One arrow for each pair of states, with all the edges that take it.
fn diagram() -> String {
    let mut arrows: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    let mut order = Vec::new();
    for edge in EDGES {
        let from = if edge.from.is_empty() { vec!["[*]".to_owned()] } else { sources(edge.from) };
        for source in from {
            for target in edge.to {
                let arrow = match target {
                    Target::To(stage) => (source.clone(), stage.to_string()),
                    Target::End(_) => (source.clone(), Stage::Closed.to_string()),
                    Target::Stay => (source.clone(), source.clone()),
                    Target::Back => (source.clone(), "where_it_came_from".to_owned()),
                    Target::Hold => (source.clone(), HOLD.to_owned()),
                    Target::Resume => (HOLD.to_owned(), source.clone()),
                };
                if !arrows.contains_key(&arrow) {
                    order.push(arrow.clone());
                }
                let ids = arrows.entry(arrow).or_default();
                if !ids.contains(&edge.id) {
                    ids.push(edge.id);
                }
            }
        }
    }
    let mut text = "stateDiagram-v2\n".to_owned();
    for arrow in order {
        let ids = arrows.get(&arrow).map(|ids| ids.join(" ")).unwrap_or_default();
        writeln!(text, "    {} --> {}: {ids}", arrow.0, arrow.1).unwrap();
    }
    text
}

fn guarded_by(gate: Gate) -> String {
    let naming = |gates: fn(&Edge) -> &[Gate]| {
        EDGES.iter().filter(move |edge| gates(edge).contains(&gate)).map(|edge| edge.id.to_owned())
    };
    let soft = naming(|edge| edge.soft).map(|edge| format!("{edge} (soft)"));
    let clearance = CLEARANCE_GATES.contains(&gate).then(|| "*clearance*".to_owned());
    let hold = (gate == Gate::NotOnHold).then(|| "every fact that a hold does not allow (soft)".to_owned());
    let mut guards: Vec<_> = naming(|edge| edge.hard).chain(soft).chain(clearance).chain(hold).collect();
    guards.dedup();
    guards.join(", ")
}

fn label(value: impl Coded) -> String {
    value.label(Language::English).to_owned()
}

fn code(value: impl std::fmt::Display) -> String {
    format!("`{value}`")
}

fn list<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> String {
    values.map(code).collect::<Vec<_>>().join(", ")
}
