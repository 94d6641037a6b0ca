//! One case with its people, and one stranger of each role.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::Method;
use chrono::{Days, NaiveDate, TimeDelta};
use rafiq_domain::policy::{Object, ObjectKind, Principal, Resource};
use rafiq_domain::vocabulary::{Coded, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::script::{On, Scene};
use crate::app::{Ask, Client, Session, TestApp, a_case, a_hospital, a_patient, an_interpreter};

/// An id that nothing has.
const NOTHING: &str = "019ab000-0000-7000-8000-000000000000";

/// A person, and whether the case is theirs in the way of their role.
pub(super) struct Person<'app> {
    pub(super) session: Session<'app>,
    pub(super) role: Role,
    pub(super) near: bool,
}

impl fmt::Display for Person<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", if self.near { "its own" } else { "a strange" }, self.role.code())
    }
}

/// What a row is about, as one person stands to it.
pub(super) struct Place {
    pub(super) on: On,
    pub(super) near: bool,
}

impl Resource for Place {
    fn object(&self) -> Object {
        let (kind, id) = match self.on {
            On::All(kind) => (kind, None),
            On::One(kind) => (kind, Some(Uuid::nil())),
            On::Oneself => (ObjectKind::User, Some(Uuid::nil())),
        };
        Object { kind, id, case_id: None }
    }

    fn is_own(&self, _who: &Principal, role: Role) -> bool {
        let team = matches!(role, Role::Coordinator | Role::Lead | Role::Doctor);
        let On::One(kind) = self.on else { return self.on == On::Oneself };
        let concerned = match kind {
            ObjectKind::Patient | ObjectKind::Case => team,
            ObjectKind::Referral => team || role == Role::HospitalUser,
            ObjectKind::Booking => team || role == Role::Interpreter,
            ObjectKind::Interpreter => role == Role::Interpreter,
            ObjectKind::Hospital => role == Role::HospitalUser,
            ObjectKind::User | ObjectKind::Audit => false,
        };
        self.near && concerned
    }
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// Whether it needs a sign-in.
    pub(super) secured: bool,
    /// Whether it names the version that it changes.
    pub(super) conditional: bool,
}

impl Operation {
    /// Whether it changes anything.
    pub(super) fn changes(&self) -> bool {
        self.method != Method::GET
    }

    /// The request.
    pub(super) fn ask<'app>(
        &self,
        caller: &Client<'app>,
        address: &str,
        body: &Value,
        etag: Option<&str>,
    ) -> Ask<'app> {
        let mut ask = caller.ask(self.method.clone(), address);
        if self.method == Method::POST {
            ask = ask.with("idempotency-key", &caller.fresh_key());
        }
        if let Some(etag) = etag {
            ask = ask.with_if_match(etag);
        }
        if body.is_null() { ask } else { ask.json(body) }
    }
}

/// The case, its people, and what they have made so far.
pub(super) struct World<'app> {
    pub(super) app: &'app TestApp<'app>,
    people: Vec<Person<'app>>,
    outsiders: Vec<(&'static str, Client<'app>)>,
    names: BTreeMap<&'static str, String>,
    operations: BTreeMap<String, Operation>,
}

impl<'app> World<'app> {
    /// A patient with a case and a team, a hospital, an interpreter, and everyone else.
    pub(super) async fn begin(app: &'app TestApp<'app>) -> Self {
        let outsiders = outsiders(app).await;
        let administrator = app.user(&[Role::Administrator]).await;
        let (hospital, other_hospital) = (a_hospital().by(&administrator).await, a_hospital().by(&administrator).await);
        let (interpreter, other_interpreter) =
            (an_interpreter().by(&administrator).await, an_interpreter().by(&administrator).await);
        let mut people = Vec::new();
        for (role, near) in [(Role::Coordinator, true), (Role::Doctor, true)] {
            people.push(Person { session: app.user(&[role]).await, role, near });
        }
        people.push(Person { session: app.hospital_user(&hospital).await, role: Role::HospitalUser, near: true });
        people.push(Person { session: app.interpreter_user(&interpreter).await, role: Role::Interpreter, near: true });
        for role in Role::ALL.iter().copied() {
            let session = match role {
                Role::HospitalUser => app.hospital_user(&other_hospital).await,
                Role::Interpreter => app.interpreter_user(&other_interpreter).await,
                Role::Administrator | Role::Coordinator | Role::Lead | Role::Doctor | Role::Finance | Role::Auditor => {
                    app.user(&[role]).await
                }
            };
            people.push(Person { session, role, near: false });
        }
        let (coordinator, doctor) = (&people[0].session, &people[1].session);
        let mut names = BTreeMap::from([
            ("hospital_id", hospital.id.clone()),
            ("interpreter_id", interpreter.id.clone()),
            ("coordinator_id", coordinator.user_id.to_string()),
            ("doctor_id", doctor.user_id.to_string()),
            ("code", "not_found".to_owned()),
            ("name", "laterality".to_owned()),
            ("refresh_token", app.user(&[Role::Auditor]).await.refresh_token),
        ]);
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        for (who, patient_name, case_name) in [(0, "patient_id", "case_id"), (1, "other_patient_id", "other_case_id")] {
            let patient = a_patient(who).by(coordinator).await;
            let case = a_case(&patient).by(coordinator).await;
            let assign = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
            assign.await.expect(200);
            names.extend([(patient_name, patient.id), (case_name, case.id)]);
        }
        let document = serde_json::to_value(rafiq_http::document()).unwrap();
        Self { app, people, outsiders, names, operations: operations(&document) }
    }

    /// Everyone who may sign in.
    pub(super) fn people(&self) -> &[Person<'app>] {
        &self.people
    }

    /// Everyone who may not: each is known by no token that is good.
    pub(super) fn outsiders(&self) -> Vec<(&'static str, Client<'app>)> {
        self.outsiders.clone()
    }

    /// Whom the case knows in a role; a stranger where it knows nobody.
    fn session(&self, role: Role) -> &Session<'app> {
        &self.people.iter().find(|person| person.role == role).unwrap().session
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    #[track_caller]
    pub(super) fn operation(&self, id: &str) -> Operation {
        self.operations.get(id).unwrap_or_else(|| panic!("the document has no operation {id}")).clone()
    }

    pub(super) fn keep(&mut self, name: &'static str, value: &str) {
        self.names.insert(name, value.to_owned());
    }

    /// What is remembered under a name.
    #[track_caller]
    pub(super) fn get(&self, name: &str) -> &str {
        self.names.get(name).unwrap_or_else(|| panic!("nothing is known as {name}"))
    }

    /// A number that nothing else in this world has.
    pub(super) fn fresh(&self) -> u128 {
        u128::from(self.app.fresh())
    }

    /// A day from today.
    pub(super) fn day(&self, ahead: u64) -> NaiveDate {
        self.app.now().date_naive() + Days::new(ahead)
    }

    /// The address of a path, about the things of the case.
    pub(super) fn address(&self, path: &str) -> String {
        filled(path, |name| self.get(name).to_owned())
    }

    /// The same address, about the child of this case as if it were of another one; none without a child.
    pub(super) fn elsewhere(&self, path: &str) -> Option<String> {
        let child = path.contains("{case_id}") && path.matches('{').count() > 1;
        let other = |name: &str| self.get(if name == "case_id" { "other_case_id" } else { name }).to_owned();
        child.then(|| filled(path, other))
    }

    /// The version of what an operation changes.
    pub(super) async fn etag(&self, operation: &Operation) -> Option<String> {
        let thing = match operation.path.rsplit_once('/') {
            Some((thing, verb)) if !verb.starts_with('{') => self.address(thing),
            _ => self.address(&operation.path),
        };
        let reader = match () {
            () if thing.contains("/partner/") => Role::HospitalUser,
            () if thing.contains("/v1/interpreter-bookings") => Role::Interpreter,
            () if thing.contains("/cases/") || thing.contains("/patients/") => Role::Lead,
            () => Role::Administrator,
        };
        let reader = self.session(reader);
        let seen = reader.ask(Method::GET, &thing).await;
        if seen.status == 200 {
            return Some(seen.etag().to_owned());
        }
        // What has no address of its own shows its version in the list.
        let (list, id) = thing.rsplit_once('/')?;
        let list = reader.ask(Method::GET, list).await.expect(200);
        let version = entries(&list.body).find(|entry| entry["id"] == id)?["version"].as_i64()?;
        Some(format!("\"v{version}\""))
    }

    /// Plays what has to happen.
    pub(super) async fn play(&mut self, scene: Scene) {
        match scene {
            Scene::Do { role, id, body, keeps } => {
                let body = body(self);
                let made = self.act(role, id, &body).await;
                if let Some(name) = keeps {
                    self.keep(name, &made);
                }
            }
            Scene::Note(name, path, pointer) => {
                let read = self.session(Role::Lead).get(&self.address(path)).await.expect(200);
                self.keep(name, read.text(pointer));
            }
            Scene::ReceiveAll => {
                let list = format!("/cases/{}/information-items", self.get("case_id"));
                let items = self.session(Role::Lead).get(&list).await.expect(200);
                for item in entries(&items.body).filter(|item| item["state"] == "requested") {
                    self.names.insert("item_id", item["id"].as_str().unwrap().to_owned());
                    self.act(Role::Coordinator, "receive_information", &Value::Null).await;
                }
            }
            Scene::Later(span) => self.wait(span).await,
        }
    }

    /// Carries an operation out, and answers the id of what it showed.
    async fn act(&self, role: Role, id: &str, body: &Value) -> String {
        let operation = self.operation(id);
        let etag = if operation.conditional { self.etag(&operation).await } else { None };
        let address = self.address(&operation.path);
        let answer = operation.ask(self.session(role), &address, body, etag.as_deref()).await;
        assert!(answer.status.is_success(), "{id} {body}: {} {:#}", answer.status, answer.body);
        answer.body["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn wait(&mut self, span: TimeDelta) {
        self.app.advance(span);
        for person in &mut self.people {
            person.session = person.session.again().await;
        }
    }
}

/// Everyone whom the service does not know.
async fn outsiders<'app>(app: &'app TestApp<'app>) -> Vec<(&'static str, Client<'app>)> {
    let late = app.user(&[Role::Administrator, Role::Lead]).await;
    app.advance(TimeDelta::minutes(6));
    let administrator = app.user(&[Role::Administrator]).await;
    let disabled = app.user(&[Role::Administrator, Role::Lead]).await;
    let path = format!("/users/{}", disabled.user_id);
    let seen = administrator.get(&path).await.expect(200);
    administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);
    vec![
        ("nobody", app.anyone()),
        ("a forger", app.bearer("eyJhbGciOiJFZERTQSJ9.e30.AA")),
        ("one too late", late.client()),
        ("one disabled", disabled.client()),
    ]
}

fn operations(document: &Value) -> BTreeMap<String, Operation> {
    let known = rafiq_http::openapi::operations(document).into_iter();
    let read = known.map(|(method, path, id)| {
        let pointer = format!("/paths/{}/{}", path.replace('/', "~1"), method.to_lowercase());
        let operation = document.pointer(&pointer).unwrap();
        let secured = operation["security"].as_array().unwrap().iter().any(|required| required.get("bearer").is_some());
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let conditional = parameters.into_iter().any(|parameter| parameter["name"] == "If-Match");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        (id.clone(), Operation { id, method, path, secured, conditional })
    });
    read.collect()
}

/// An address of a path, about nothing that exists.
pub(super) fn nowhere(path: &str) -> String {
    filled(path, |_| NOTHING.to_owned())
}

/// The entries of a list, paged or not.
fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().or_else(|| list["items"].as_array()).into_iter().flatten()
}

fn filled(path: &str, value: impl Fn(&str) -> String) -> String {
    let steps = path.split('/').map(|step| match step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
        Some(name) => value(name),
        None => step.to_owned(),
    });
    steps.collect::<Vec<_>>().join("/")
}
