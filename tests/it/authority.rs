//! The authority matrix: every operation of the document by everyone, and who is let through.
//!
//! What is expected comes from the policy itself; a [row](script::Row) says only which actions an
//! operation needs and on what, and a [person](people::Person) says how they stand to the case. The rows
//! stand in the order of one journey, whose calls are the allowed ones: so each operation is asked about
//! something that is really there. An operation without a row fails.

mod outsiders;
mod people;
mod planting;
mod scenes;
mod script;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use rafiq_domain::policy::ObjectKind;
use rafiq_domain::refusal::ProblemCode;
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::db_test;
use serde_json::Value;

use self::people::{Expected, Person};
use self::script::{Entry, On, Row};
use self::world::{Operation, World, nowhere};
use crate::app::{Answer, TestApp};

/// As many cells as there were; fewer are a gap.
const CELLS: usize = 2_000;

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
            // What they showed was looked at, and is not good.
            403 if answer.body["code"] == "invalid_second_factor" => Some(Self::Allowed),
            403 => Some(Self::Forbidden),
            404 => Some(Self::Hidden),
            200..=299 | 409 | 412 | 422 | 428 => Some(Self::Allowed),
            _ => None,
        }
    }

    /// What an answer should be that refuses with this code.
    fn of_code(code: ProblemCode) -> Self {
        if code == ProblemCode::NotFound { Self::Hidden } else { Self::Forbidden }
    }
}

/// What a run found.
#[derive(Debug, Default)]
struct Findings {
    cells: usize,
    kinds: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
    done: BTreeSet<&'static str>,
}

impl Findings {
    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    fn count(&mut self, kind: &'static str) {
        self.cells += 1;
        *self.kinds.entry(kind).or_default() += 1;
    }
}

/// The operations that change something and are not carried out in this journey, only asked for, since
/// each would end the stay, or takes a second factor of one's own: that their success leaves an audit
/// record is not shown here.
const NOT_CARRIED_OUT: &[&str] = &[
    "challenge_passkey",
    "confirm_totp",
    "finish_passkey_registration",
    "remove_passkey",
    "remove_totp",
    "renew_recovery_codes",
    "verify_passkey",
    "verify_second_factor",
    "report_discharged_without_surgery",
    "report_left_against_advice",
    "report_slot_withdrawn",
    "report_surgery_refused",
];

db_test! {
    async fn every_operation_lets_through_exactly_whom_the_policy_allows(db: &TestDb) {
        let app = TestApp::new(db);
        let mut world = World::begin(db, &app).await;
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
        let (people, outsiders) = (world.people().len(), world.outsiders().len());
        let Findings { cells, kinds, .. } = &findings;
        eprintln!("{cells} cells: {} operations by {people} people and {outsiders} outsiders; {kinds:?}", covered.len());
        assert!(*cells >= CELLS, "only {cells} cells");
        assert!(findings.wrong.is_empty(), "{} wrong:\n{}", findings.wrong.len(), findings.wrong.join("\n"));
    }
}

/// Sends one operation as everyone: first those who must be turned away, then those who may.
async fn ask_everyone(world: &mut World<'_>, row: &Row, findings: &mut Findings) {
    let operation = world.operation(row.id);
    let cells = Cells { row, body: (row.body)(world), etag: etag(world, &operation).await, operation };
    cells.ask_outsiders(world, findings).await;
    if !cells.operation.secured {
        return;
    }
    let before = world.app.imprint().await;
    let (allowed, denied): (Vec<_>, Vec<_>) =
        world.people().iter().partition(|person| cells.expected(world, person) == Expected::Allowed);
    for person in denied {
        cells.turn_away(world, person, findings).await;
    }
    if let (Some(elsewhere), Some(person)) = (world.elsewhere(&cells.operation.path), allowed.first()) {
        let answer = cells.ask(world, person, &elsewhere).await;
        findings
            .require(answer.status == 404, || format!("{} of another case: {} {}", row.id, answer.status, answer.body));
    }
    let after = world.app.imprint().await;
    findings.require(before == after, || format!("{}: a refusal wrote into {:?}", row.id, before.changed(&after)));

    let mut first = None;
    for person in allowed {
        if let Some(answer) = cells.let_through(world, person, findings).await {
            first.get_or_insert(answer);
        }
    }
    if let (Some(name), Some(answer)) = (row.keeps, first) {
        world.keep(name, answer.text("/id"));
    }
}

async fn etag(world: &World<'_>, operation: &Operation) -> Option<String> {
    if operation.conditional { world.etag(operation).await } else { None }
}

/// One row, ready to be asked by anyone.
struct Cells<'row> {
    row: &'row Row,
    operation: Operation,
    body: Value,
    etag: Option<String>,
}

impl Cells<'_> {
    fn expected(&self, world: &World<'_>, person: &Person<'_>) -> Expected {
        person.expected(self.row, self.row.on, world.app.now())
    }

    async fn ask(&self, world: &World<'_>, person: &Person<'_>, address: &str) -> Answer {
        if person.borrows_case {
            world.lend_case(Some(person)).await;
        }
        let answer = self.operation.ask(&person.client, address, &self.body, self.etag.as_deref()).await;
        if person.borrows_case {
            world.lend_case(None).await;
        }
        answer
    }

    /// Whom the service does not know learns nothing, each of them the same.
    async fn ask_outsiders(&self, world: &World<'_>, findings: &mut Findings) {
        let id = self.row.id;
        let address = world.address(&self.operation.path);
        let mut same = None;
        for (who, caller) in world.outsiders() {
            findings.count("outside");
            let answer = self.operation.ask(caller, &address, &self.body, self.etag.as_deref()).await;
            if !self.operation.secured {
                findings.require(is_served(&answer), || format!("{id} by {who}: {} {}", answer.status, answer.body));
                continue;
            }
            let silent = self.operation.otherwise && caller.token().is_none();
            let right = Class::of(&answer) == Some(Class::Unknown);
            let right = right && (silent || answer.body["code"] == "unauthenticated");
            findings.require(right, || format!("{id} by {who}: {} {}", answer.status, answer.body));
            if silent {
                continue;
            }
            let answer = answer.anonymous();
            let as_others = same.get_or_insert_with(|| answer.clone()) == &answer;
            findings.require(as_others, || format!("{id} by {who}: told apart from other outsiders: {answer:?}"));
        }
    }

    /// The person is refused with the code that the policy gives, it is on record, and what is hidden reads like nothing.
    async fn turn_away(&self, world: &World<'_>, person: &Person<'_>, findings: &mut Findings) {
        let (id, expected) = (self.row.id, self.expected(world, person));
        let address = world.address_for(&self.operation.path, person);
        let answer = self.ask(world, person, &address).await;
        let shown = || format!("{id} by {person}: expected {expected:?}, answered {} {}", answer.status, answer.body);
        let (class, owed) = match &expected {
            Expected::Denied(code) => {
                findings.require(answer.body["code"] == code.code(), shown);
                (Class::of_code(*code), *code == ProblemCode::SecondFactorRequired)
            }
            Expected::NotThem | Expected::Allowed => (Class::Forbidden, false),
        };
        findings.count(match class {
            _ if owed => "half-way in",
            Class::Hidden => "hidden",
            _ => "forbidden",
        });
        findings.require(Class::of(&answer) == Some(class), shown);
        // Who is only half-way in is turned away before there is anything to decide.
        if !owed {
            let verdict = if class == Class::Hidden { "hidden" } else { "forbidden" };
            let records = world.app.audited(&answer, verdict).await;
            findings.require(records == 1, || format!("{id} by {person}: {records} denials on record"));
        }
        if class == Class::Hidden {
            let nothing = self.ask(world, person, &nowhere(&self.operation.path)).await;
            findings.require(nothing.anonymous() == answer.anonymous(), || {
                format!("{id} by {person}: a foreign thing reads unlike nothing: {} {}", answer.body, nothing.body)
            });
        }
    }

    /// The person may: what they do is on record, and what they list is what they may see. Answers a success.
    async fn let_through(&self, world: &World<'_>, person: &Person<'_>, findings: &mut Findings) -> Option<Answer> {
        let id = self.row.id;
        findings.count("allowed");
        let answer = self.ask(world, person, &world.address_for(&self.operation.path, person)).await;
        let shown = || format!("{id} by {person}: expected to be allowed, answered {} {}", answer.status, answer.body);
        findings.require(Class::of(&answer) == Some(Class::Allowed), shown);
        if !answer.status.is_success() {
            findings.require(self.operation.changes(), shown);
            return None;
        }
        let records = world.app.audited(&answer, "allowed").await;
        findings.require(records >= 1, || format!("{id} by {person} left no record"));
        findings.done.insert(id);
        self.compare_list(world, person, &answer, findings);
        Some(answer)
    }

    /// A list shows the thing of this world exactly to those who may see it alone.
    fn compare_list(&self, world: &World<'_>, person: &Person<'_>, answer: &Answer, findings: &mut Findings) {
        let (On::All(kind), false) = (self.row.on, self.operation.changes()) else { return };
        let (id, name) = (self.row.id, name_of(kind));
        let seen = person.expected(self.row, On::One(kind), world.app.now()) == Expected::Allowed;
        let text = String::from_utf8_lossy(&answer.bytes);
        findings.require(world.known(name).is_some(), || format!("{id} is asked before there is anything to list"));
        for thing in [world.known(name), person.own(name)].into_iter().flatten() {
            let listed = text.contains(thing);
            findings.require(listed == seen, || {
                format!("{id} by {person}: listed is {listed}, but to be seen alone is {seen}")
            });
        }
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
        ObjectKind::Session => "session_id",
        ObjectKind::Passkey => "passkey_id",
        ObjectKind::Client => "client_id",
        ObjectKind::Approval => "approval_id",
        ObjectKind::Grant => "grant_id",
        ObjectKind::Delegation => "delegation_id",
        ObjectKind::Audit => "audit_id",
    }
}

/// Open operations never ask who is there; what they are sent here may be nonsense.
fn is_served(answer: &Answer) -> bool {
    !matches!(answer.status.as_u16(), 401 | 403 | 405 | 500..)
}
