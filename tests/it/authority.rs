//! The authority matrix: every operation of the document by everyone, and who is let through.
//!
//! What is expected comes from the policy itself; a [row](script::Row) says only which actions an
//! operation needs and on what, and a [person](people::Person) says how they stand to the case. The rows
//! stand in the order of one journey, whose calls are the allowed ones: so each operation is asked about
//! something that is really there. An operation without a row fails.

mod bodies;
mod cast;
mod factors;
mod outsiders;
mod people;
mod planting;
mod scenes;
mod script;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use rafiq_domain::policy::{Action, ObjectKind, Verdict};
use rafiq_domain::refusal::ProblemCode;
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::db_test;
use serde_json::Value;
use uuid::Uuid;

use self::people::{Expected, Person};
use self::script::{Entry, On, Row};
use self::world::{Operation, World, nowhere};
use crate::app::{Anonymous, Answer, OnRecord, TestApp, all_at_once, announce};

/// As many cells as there were; fewer are a gap.
const CELLS: usize = 10_800;

/// How many are turned away at the same time.
const AT_ONCE: usize = 6;

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
    /// What was carried out.
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

    /// Each operation of the document was asked, nothing is open that should not be, and whatever changes something
    /// did so for someone.
    fn compare_document(&mut self, world: &World<'_>, rows: &Rows) {
        let ids = |wanted: fn(&Operation) -> bool| -> BTreeSet<_> {
            world.operations().filter(|operation| wanted(operation)).map(|operation| operation.id.as_str()).collect()
        };
        let asked: BTreeSet<_> = rows.keys().copied().collect();
        let uncovered: Vec<_> = ids(|_| true).difference(&asked).copied().collect();
        self.require(uncovered.is_empty(), || format!("operations without a row: {uncovered:?}"));
        let open = ids(|operation| !operation.secured);
        self.require(open == OPEN.into(), || format!("open to the world: {open:?}"));
        let changes = ids(|operation| operation.secured && operation.changes());
        let undone: Vec<_> = changes.difference(&self.done).copied().collect();
        self.require(undone.is_empty(), || format!("carried out by nobody: {undone:?}"));
    }
}

/// What is open to the world. It is written by hand: the document is made by the code that is tested.
const OPEN: [&str; 12] = [
    "accept_invitation",
    "complete_password_reset",
    "explain_problem",
    "is_live",
    "is_ready",
    "issue_client_token",
    "list_vocabularies",
    "refresh_session",
    "request_password_reset",
    "sign_in",
    "view_signing_keys",
    "view_vocabulary",
];

/// What is on record under another action or about another kind of thing than the row of the operation says. Of what
/// takes two people the request is on record, and the deed once it is done; of an export each row is, and of someone who
/// leaves each case that goes to another; a passkey that was taken away is nothing to
/// ask about again, as the account is.
const RECORDED_OTHERWISE: &[(&str, Action, ObjectKind)] = &[
    ("download_case_export", Action::ViewCase, ObjectKind::Case),
    ("off_board_user", Action::OffBoardUser, ObjectKind::Case),
    ("remove_passkey", Action::ChangeSecondFactor, ObjectKind::User),
    ("request_administrator_role", Action::RequestApproval, ObjectKind::Approval),
    ("request_case_export", Action::RequestApproval, ObjectKind::Approval),
    ("request_erasure", Action::RequestApproval, ObjectKind::Approval),
    ("request_merge", Action::RequestApproval, ObjectKind::Approval),
];

/// What is on record of whoever is told to show a second factor first: that their session skipped it, whatever they
/// asked for, or that they would have changed what they have.
const OWED: &[Action] = &[Action::SkipSecondFactor, Action::ChangeSecondFactor];

/// The rows that were asked so far.
type Rows = BTreeMap<&'static str, Row>;

db_test! {
    async fn every_operation_lets_through_exactly_whom_the_policy_allows(db: &TestDb) {
        let app = TestApp::new(db);
        let mut world = World::begin(db, &app).await;
        let mut findings = Findings::default();
        let mut rows = Rows::new();
        for entry in scenes::journey() {
            match entry {
                Entry::Test(row) => {
                    ask_everyone(&mut world, &row, &mut findings).await;
                    let before = rows.insert(row.id, row);
                    assert!(before.is_none(), "{} has two rows", before.unwrap().id);
                }
                Entry::Scene(scene) => world.play(scene).await,
                Entry::OwnFactors => factors::carry_out(&world, &rows, &mut findings).await,
            }
        }
        findings.compare_document(&world, &rows);
        let (people, outsiders) = (world.people().len(), world.outsiders().len());
        let Findings { cells, kinds, .. } = &findings;
        announce(&format!("{cells} cells: {} operations by {people} people and {outsiders} outsiders; {kinds:?}", rows.len()));
        assert!(*cells >= CELLS, "only {cells} cells");
        assert!(findings.wrong.is_empty(), "{} wrong:\n{}", findings.wrong.len(), findings.wrong.join("\n"));
    }
}

/// Sends one operation as everyone: first those who must be turned away, then those who may.
async fn ask_everyone(world: &mut World<'_>, row: &Row, findings: &mut Findings) {
    let operation = world.operation(row.id);
    let cells = Cells { row, body: (row.body)(world), etag: world.etag(&operation).await, operation };
    cells.ask_outsiders(world, findings).await;
    findings.require(cells.operation.secured != row.is_open(), || format!("{}: the document says otherwise", row.id));
    if row.is_open() {
        return;
    }
    let (before, mut seen) = (world.app.imprint().await, Seen::default());
    let (allowed, denied): (Vec<_>, Vec<_>) =
        world.people().iter().partition(|person| cells.expected(world, person) == Expected::Allowed);
    // Who borrows the case takes it from its coordinator meanwhile.
    let (alone, together): (Vec<_>, Vec<_>) = denied.into_iter().partition(|person| person.borrows_case);
    for group in alone.chunks(1).chain(together.chunks(AT_ONCE)) {
        let answers = match group {
            [person] => vec![cells.ask(world, person, &world.address_for(&cells.path(), person)).await],
            _ => cells.ask_at_once(world, group).await,
        };
        for (person, answer) in group.iter().zip(&answers) {
            cells.turn_away(world, person, answer, &mut seen, findings).await;
        }
    }
    if let (Some(elsewhere), Some(person)) = (world.elsewhere(&cells.operation.path), allowed.first()) {
        let answer = cells.ask(world, person, &elsewhere).await;
        let nothing = cells.ask(world, person, &nowhere(&cells.path())).await;
        let alike = answer.status == 404 && answer.anonymous() == nothing.anonymous();
        findings.require(alike, || format!("{} of another's: {} {}", row.id, answer.status, answer.body));
    }
    findings.require(!allowed.is_empty(), || format!("{}: nobody may", row.id));
    let names_one = cells.operation.path.contains('{') && row.on != On::Oneself;
    findings.require(!names_one || !seen.nothing.is_empty(), || format!("{}: hidden from nobody", row.id));
    let after = world.app.imprint().await;
    findings.require(before == after, || format!("{}: a refusal wrote into {:?}", row.id, before.changed(&after)));

    let mut first = None;
    for person in allowed {
        if let Some(answer) = cells.let_through(world, person, &mut seen, findings).await {
            first.get_or_insert(answer);
        }
    }
    seen.compare_records(world, row, findings).await;
    if let (Some(name), Some(answer)) = (row.keeps, first) {
        world.keep(name, answer.text("/id"));
    }
}

/// What was answered to one row, as far as it is compared later.
#[derive(Default)]
struct Seen {
    /// What must be on record.
    decided: Vec<Decided>,
    /// How nothing reads to a role.
    nothing: BTreeMap<&'static str, Anonymous>,
}

/// A request, what was decided of which of the actions, and who sent it.
struct Decided {
    request: Uuid,
    verdict: Verdict,
    actions: &'static [Action],
    who: String,
}

impl Seen {
    fn decide(&mut self, answer: &Answer, verdict: Verdict, actions: &'static [Action], who: String) {
        self.decided.push(Decided { request: answer.request_id(), verdict, actions, who });
    }

    /// Of each request there is on record what was decided, and nothing else: a denial once, what was allowed for
    /// each of the things that it was about.
    async fn compare_records(&self, world: &World<'_>, row: &Row, findings: &mut Findings) {
        let mut records = world.app.decisions(self.decided.iter().map(|decided| decided.request)).await;
        for Decided { request, verdict, actions, who } in &self.decided {
            let records = records.remove(request).unwrap_or_default();
            let right = |record: &OnRecord| {
                let otherwise = RECORDED_OTHERWISE.contains(&(row.id, record.action, record.kind));
                let action = actions.contains(&record.action) || otherwise && *verdict == Verdict::Allowed;
                let skipped = record.action == Action::SkipSecondFactor;
                let kind = if skipped { ObjectKind::Session } else { row.on.kind() };
                record.verdict == *verdict && action && (record.kind == kind || otherwise)
            };
            let enough = if *verdict == Verdict::Allowed { !records.is_empty() } else { records.len() == 1 };
            findings.require(enough && records.iter().all(right), || {
                format!("{} by {who}: expected {verdict} of {actions:?}, on record is {records:?}", row.id)
            });
        }
    }
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

    /// The path with its query.
    fn path(&self) -> String {
        format!("{}{}", self.operation.path, self.row.query)
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

    /// Asks as several people at the same time, with the answers in their order.
    async fn ask_at_once(&self, world: &World<'_>, people: &[&Person<'_>]) -> Vec<Answer> {
        let mut asks = Vec::new();
        for person in people {
            let address = world.address_for(&self.path(), person);
            asks.push(self.operation.ask(&person.client, &address, &self.body, self.etag.as_deref()));
        }
        all_at_once(asks).await
    }

    /// Whom the service does not know learns nothing, each of them the same.
    async fn ask_outsiders(&self, world: &World<'_>, findings: &mut Findings) {
        let id = self.row.id;
        let address = world.address(&self.path());
        let ask = |client| self.operation.ask(client, &address, &self.body, self.etag.as_deref());
        let answers = all_at_once(world.outsiders().iter().map(|(_, client)| ask(client))).await;
        let mut same = None;
        for ((who, caller), answer) in world.outsiders().iter().zip(answers) {
            findings.count("outside");
            if self.row.is_open() {
                findings.require(is_served(&answer), || format!("{id} by {who}: {} {}", answer.status, answer.body));
                continue;
            }
            // Without a token, a client may prove itself in the request instead.
            let as_client = caller.token().is_none() && answer.body["code"] == "invalid_client";
            let right = Class::of(&answer) == Some(Class::Unknown);
            let right = right && (as_client || answer.body["code"] == "unauthenticated");
            findings.require(right, || format!("{id} by {who}: {} {}", answer.status, answer.body));
            if as_client {
                continue;
            }
            let answer = answer.anonymous();
            let as_others = same.get_or_insert_with(|| answer.clone()) == &answer;
            findings.require(as_others, || format!("{id} by {who}: told apart from other outsiders: {answer:?}"));
        }
    }

    /// The person is refused with the code that the policy gives, it is on record, and what is hidden reads like nothing.
    async fn turn_away(
        &self,
        world: &World<'_>,
        person: &Person<'_>,
        answer: &Answer,
        seen: &mut Seen,
        findings: &mut Findings,
    ) {
        let (id, expected) = (self.row.id, self.expected(world, person));
        let shown = || format!("{id} by {person}: expected {expected:?}, answered {} {}", answer.status, answer.body);
        // Of what is open half-way in, some still asks for the second factor first.
        let owed = person.is_half_way() && answer.body["code"] == ProblemCode::SecondFactorRequired.code();
        let class = match &expected {
            _ if owed => Class::Forbidden,
            Expected::Denied(_, code) => {
                findings.require(answer.body["code"] == code.code(), shown);
                Class::of_code(*code)
            }
            Expected::NotThem | Expected::Allowed => Class::Forbidden,
        };
        findings.count(match class {
            _ if owed => "half-way in",
            Class::Hidden => "hidden",
            Class::Unknown | Class::Forbidden | Class::Allowed => "forbidden",
        });
        findings.require(Class::of(answer) == Some(class), shown);
        let verdict = if class == Class::Hidden { Verdict::Hidden } else { Verdict::Forbidden };
        let denied = |action| self.row.needs.iter().position(|needed| *needed == action);
        let actions = match &expected {
            _ if owed => OWED,
            Expected::Denied(action, _) => denied(*action).map_or(self.row.needs, |at| &self.row.needs[at..=at]),
            Expected::NotThem | Expected::Allowed => self.row.needs,
        };
        seen.decide(answer, verdict, actions, person.to_string());
        if class == Class::Hidden {
            let role = person.role.code();
            if !seen.nothing.contains_key(role) {
                let nothing = self.ask(world, person, &nowhere(&self.path())).await;
                seen.nothing.insert(role, nothing.anonymous());
            }
            let (nothing, answer) = (&seen.nothing[role], answer.anonymous());
            findings.require(*nothing == answer, || {
                format!("{id} by {person}: a foreign thing reads unlike nothing: {answer:?} {nothing:?}")
            });
        }
    }

    /// The person may: what they do is on record, and what they list is what they may see. Answers a success.
    async fn let_through(
        &self,
        world: &World<'_>,
        person: &Person<'_>,
        seen: &mut Seen,
        findings: &mut Findings,
    ) -> Option<Answer> {
        let id = self.row.id;
        findings.count("allowed");
        let answer = self.ask(world, person, &world.address_for(&self.path(), person)).await;
        let shown = || format!("{id} by {person}: expected to be allowed, answered {} {}", answer.status, answer.body);
        findings.require(Class::of(&answer) == Some(Class::Allowed), shown);
        if !answer.status.is_success() {
            findings.require(self.operation.changes(), shown);
            return None;
        }
        seen.decide(&answer, Verdict::Allowed, self.row.needs, person.to_string());
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
