//! Every operation of the document against every kind of caller: who is let through, and who is not.
//!
//! What is expected comes from the policy itself; a [row](script::Row) says only which actions an
//! operation needs and on what. The rows stand in the order of one journey, whose calls are the
//! allowed ones: so each operation is asked about something that is really there. An operation
//! without a row fails.

mod scenes;
mod script;
mod world;

use std::collections::BTreeSet;

use rafiq_domain::policy::{Actor, Decision, ObjectKind, Principal, can};
use rafiq_persistence::db_test;

use self::script::{Entry, On, Row};
use self::world::{Person, Place, World, nowhere};
use crate::app::{Answer, TestApp};

/// How a request ends, as far as authority goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// The caller is not known.
    Unknown,
    /// The caller sees the thing but may not do this.
    Forbidden,
    /// To the caller the thing does not exist.
    Hidden,
    /// The caller may; whether it can be done now is another question.
    Allowed,
}

impl Class {
    fn of(answer: &Answer) -> Option<Self> {
        match answer.status.as_u16() {
            401 => Some(Self::Unknown),
            403 => Some(Self::Forbidden),
            404 => Some(Self::Hidden),
            200..=299 | 409 | 412 | 422 | 428 => Some(Self::Allowed),
            _ => None,
        }
    }
}

/// What a run found.
#[derive(Debug, Default)]
struct Findings {
    cells: usize,
    wrong: Vec<String>,
    done: BTreeSet<&'static str>,
}

impl Findings {
    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }
}

/// The operations that change something and are not carried out in this journey, only asked for, since
/// each would end the stay: that their success leaves an audit record is not shown here.
const NOT_CARRIED_OUT: &[&str] = &[
    "report_discharged_without_surgery",
    "report_left_against_advice",
    "report_slot_withdrawn",
    "report_surgery_refused",
];

db_test! {
    async fn every_operation_lets_through_exactly_whom_the_policy_allows(db: &TestDb) {
        let app = TestApp::new(db);
        let mut world = World::begin(&app).await;
        let mut findings = Findings::default();
        let mut covered = BTreeSet::new();
        for entry in scenes::journey() {
            match entry {
                Entry::Test(row) => {
                    assert!(covered.insert(row.id), "{} has two rows", row.id);
                    ask_everyone(&mut world, &row, &mut findings).await;
                }
                Entry::Scene(scene) => world.play(scene).await,
            }
        }
        let operations: BTreeSet<_> = world.operations().map(|operation| operation.id.as_str()).collect();
        let uncovered: Vec<_> = operations.iter().filter(|id| !covered.contains(**id)).collect();
        findings.require(uncovered.is_empty(), || format!("operations without a row: {uncovered:?}"));
        let changes = world.operations().filter(|operation| operation.changes() && operation.secured);
        let undone: BTreeSet<_> = changes.map(|operation| operation.id.as_str()).filter(|id| !findings.done.contains(id)).collect();
        let expected: BTreeSet<_> = NOT_CARRIED_OUT.iter().copied().collect();
        findings.require(undone == expected, || format!("not carried out: {undone:?}, expected {expected:?}"));
        eprintln!("{} cells of {} operations", findings.cells, covered.len());
        assert!(findings.wrong.is_empty(), "{} wrong:\n{}", findings.wrong.len(), findings.wrong.join("\n"));
    }
}

/// Sends one operation as everyone: first those who must be turned away, then those who may.
async fn ask_everyone(world: &mut World<'_>, row: &Row, findings: &mut Findings) {
    let operation = world.operation(row.id);
    let body = (row.body)(world);
    let address = world.address(&operation.path);
    let etag = if operation.conditional { world.etag(&operation).await } else { None };

    for (who, caller) in world.outsiders() {
        findings.cells += 1;
        let answer = operation.ask(&caller, &address, &body, etag.as_deref()).await;
        let class = Class::of(&answer);
        let right = if operation.secured { class == Some(Class::Unknown) } else { is_served(&answer) };
        findings.require(right, || format!("{} by {who}: {} {}", row.id, answer.status, answer.body));
    }
    if !operation.secured {
        return;
    }
    let before = world.app.census().await;
    let (allowed, denied): (Vec<_>, Vec<_>) =
        world.people().iter().partition(|person| expected(row, person) == Class::Allowed);
    for person in denied {
        findings.cells += 1;
        let class = expected(row, person);
        let answer = operation.ask(&person.session, &address, &body, etag.as_deref()).await;
        check(row, person, class, &answer, findings);
        let verdict = if class == Class::Hidden { "hidden" } else { "forbidden" };
        let records = world.app.audited(&answer, verdict).await;
        findings.require(records == 1, || format!("{} by {person}: {records} denials on record", row.id));
        if class == Class::Hidden {
            let nothing = operation.ask(&person.session, &nowhere(&operation.path), &body, etag.as_deref()).await;
            findings.require(nothing.anonymous() == answer.anonymous(), || {
                format!(
                    "{} by {person}: a foreign thing reads unlike nothing: {} {}",
                    row.id, answer.body, nothing.body
                )
            });
        }
    }
    if let (Some(elsewhere), Some(person)) = (world.elsewhere(&operation.path), allowed.first()) {
        let answer = operation.ask(&person.session, &elsewhere, &body, etag.as_deref()).await;
        findings
            .require(answer.status == 404, || format!("{} of another case: {} {}", row.id, answer.status, answer.body));
    }
    let after = world.app.census().await;
    findings.require(before == after, || format!("{}: a refusal wrote: {before} became {after}", row.id));

    let mut first = None;
    for person in allowed {
        findings.cells += 1;
        let answer = operation.ask(&person.session, &address, &body, etag.as_deref()).await;
        check(row, person, Class::Allowed, &answer, findings);
        if answer.status.is_success() {
            let records = world.app.audited(&answer, "allowed").await;
            findings.require(records >= 1, || format!("{} by {person} left no record", row.id));
            findings.done.insert(row.id);
            if let (On::All(kind), false) = (row.on, operation.changes()) {
                let listed = String::from_utf8_lossy(&answer.bytes).contains(world.get(name_of(kind)));
                let seen = expected(&Row { on: On::One(kind), ..*row }, person) == Class::Allowed;
                findings.require(listed == seen, || {
                    format!("{} by {person}: listed is {listed}, but to be seen alone is {seen}", row.id)
                });
            }
            first.get_or_insert(answer);
        } else {
            findings
                .require(operation.changes(), || format!("{} by {person}: {} {}", row.id, answer.status, answer.body));
        }
    }
    if let (Some(name), Some(answer)) = (row.keeps, first) {
        world.keep(name, answer.text("/id"));
    }
}

/// Under which name the world remembers the one of a kind.
fn name_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Patient => "patient_id",
        ObjectKind::Case => "case_id",
        ObjectKind::Referral => "referral_id",
        ObjectKind::Booking => "booking_id",
        ObjectKind::Interpreter => "interpreter_id",
        ObjectKind::Hospital => "hospital_id",
        ObjectKind::User => "user_id",
        ObjectKind::Audit => "audit_id",
    }
}

fn check(row: &Row, person: &Person<'_>, class: Class, answer: &Answer, findings: &mut Findings) {
    findings.require(Class::of(answer) == Some(class), || {
        format!("{} by {person}: expected {class:?}, answered {} {}", row.id, answer.status, answer.body)
    });
}

/// Open operations never ask who is there; what they are sent here may be nonsense.
fn is_served(answer: &Answer) -> bool {
    !matches!(answer.status.as_u16(), 401 | 403 | 405 | 500..)
}

/// What the policy says of one person and the actions of one row.
fn expected(row: &Row, person: &Person<'_>) -> Class {
    let principal = Principal {
        user_id: person.session.user_id.into(),
        session_id: person.session.user_id.into(),
        roles: vec![person.role],
        hospital_id: None,
        interpreter_id: None,
    };
    let actor = Actor::User(principal);
    for action in row.needs {
        match can(&actor, *action, &Place { on: row.on, near: person.near }) {
            Decision::Allow(_) => {}
            Decision::Forbid => return Class::Forbidden,
            Decision::Hide => return Class::Hidden,
        }
    }
    if (row.only)(person.role, person.near) { Class::Allowed } else { Class::Forbidden }
}
