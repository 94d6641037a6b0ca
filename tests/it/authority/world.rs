//! One case, everyone who is asked about it, and what they have made so far.

use std::collections::BTreeMap;

use axum::http::Method;
use chrono::{Days, NaiveDate, TimeDelta};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::testing::TestDb;
use serde_json::Value;
use uuid::Uuid;

use super::cast::Cast;
use super::outsiders::Outsiders;
use super::people::Person;
use super::planting::Plot;
use super::script::Scene;
use crate::app::{Ask, Client, TestApp, a_hospital, a_passkey};

/// An id that nothing has.
pub(super) const NOTHING: &str = "019ab000-0000-7000-8000-000000000000";

/// An operation of the document.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// Whether it needs a sign-in.
    pub(super) secured: bool,
    /// Whether it names the version that it changes.
    conditional: bool,
    /// Whether it lists in pages.
    paged: bool,
}

impl Operation {
    /// Whether it changes anything.
    pub(super) fn changes(&self) -> bool {
        self.method != Method::GET
    }

    /// The request. Of a list the largest page is asked for.
    pub(super) fn ask<'app>(
        &self,
        caller: &Client<'app>,
        address: &str,
        body: &Value,
        etag: Option<&str>,
    ) -> Ask<'app> {
        let page = if self.paged { "?limit=100" } else { "" };
        let mut ask = caller.ask(self.method.clone(), &format!("{address}{page}"));
        if self.method == Method::POST {
            ask = ask.with("idempotency-key", &caller.fresh_key());
        }
        if let Some(etag) = etag {
            ask = ask.with_if_match(etag);
        }
        // A text is a form as it travels.
        if let Value::String(form) = body {
            return ask.with("content-type", "application/x-www-form-urlencoded").bytes(form);
        }
        if body.is_null() { ask } else { ask.json(body) }
    }
}

/// The case, its people, and what they have made so far.
pub(super) struct World<'app> {
    pub(super) app: &'app TestApp<'app>,
    db: &'app TestDb,
    people: Vec<Person<'app>>,
    outsiders: Outsiders<'app>,
    unknown: Vec<(&'static str, Client<'app>)>,
    names: BTreeMap<&'static str, String>,
    operations: BTreeMap<String, Operation>,
}

impl<'app> World<'app> {
    /// A patient with a case and a team, a hospital, an interpreter, and everyone else.
    pub(super) async fn begin(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let Cast { administrator, coordinator, hospital, names, people, .. } = Cast::gather(db, app).await;
        let suspended = a_hospital().by(&administrator).await;
        let outsiders = Outsiders::gather(db, app, &administrator, &suspended).await;
        let unknown = outsiders.clients().await;
        let mut names: BTreeMap<_, _> = names.into_iter().collect();
        let passkey_owner = app.user(&[Role::Auditor]).await;
        names.extend([
            ("hospital_id", hospital.id),
            ("session_id", coordinator.again().await.own_id()),
            ("passkey_id", a_passkey(&passkey_owner).await.1.text("/passkey/id").to_owned()),
            ("code", "not_found".to_owned()),
            ("name", "laterality".to_owned()),
            ("refresh_token", app.user(&[Role::Auditor]).await.refresh_token),
        ]);
        let document = serde_json::to_value(rafiq_http::document()).unwrap();
        Self { app, db, people, outsiders, unknown, names, operations: operations(&document) }
    }

    /// Everyone who may sign in.
    pub(super) fn people(&self) -> &[Person<'app>] {
        &self.people
    }

    /// Everyone who may not: each is known by no token that is good.
    pub(super) fn outsiders(&self) -> &[(&'static str, Client<'app>)] {
        &self.unknown
    }

    /// Whom the case knows in a role; a stranger where it knows nobody.
    fn client(&self, role: Role) -> &Client<'app> {
        &self.people.iter().find(|person| person.role == role).unwrap().client
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
        self.known(name).unwrap_or_else(|| panic!("nothing is known as {name}"))
    }

    /// What is remembered under a name, if anything is.
    pub(super) fn known(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
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

    /// The same address as a person means it.
    pub(super) fn address_for(&self, path: &str, person: &Person<'_>) -> String {
        filled(path, |name| person.own(name).unwrap_or_else(|| self.get(name)).to_owned())
    }

    /// The same address, as if what belongs to something of this world were another one's; none where nothing does.
    pub(super) fn elsewhere(&self, path: &str) -> Option<String> {
        let (_, owner) = path.split_once('{')?;
        let (owner, rest) = owner.split_once('}')?;
        let another = format!("other_{owner}");
        let meant = |name: &str| self.get(if name == owner { &another } else { name }).to_owned();
        rest.contains('{').then(|| filled(path, meant))
    }

    /// Lets a person coordinate the case, or its coordinator again.
    pub(super) async fn lend_case(&self, to: Option<&Person<'app>>) {
        let to = to.map_or_else(|| self.get("coordinator_id").to_owned(), |person| person.user_id.to_string());
        let sql = format!(
            "UPDATE access_grants SET user_id = {} WHERE basis = 'coordinator' AND ended_at IS NULL AND case_id = {}",
            self.app.literal(to.parse().unwrap()),
            self.app.literal(self.get("case_id").parse().unwrap())
        );
        self.db.execute(&sql).await.unwrap();
    }

    /// The version of what an operation changes, if it names one.
    pub(super) async fn etag(&self, operation: &Operation) -> Option<String> {
        if !operation.conditional {
            return None;
        }
        let version = self.version(operation).await;
        Some(version.unwrap_or_else(|| panic!("the version for {} is not to be seen", operation.id)))
    }

    async fn version(&self, operation: &Operation) -> Option<String> {
        let thing = match operation.path.rsplit_once('/') {
            Some((thing, verb)) if !verb.starts_with('{') => self.address(thing),
            _ => self.address(&operation.path),
        };
        let reader = self.client(reader_of(&thing));
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
                let address = self.address(&format!("/api/v1{path}"));
                let read = self.client(reader_of(&address)).ask(Method::GET, &address).await.expect(200);
                self.keep(name, read.text(pointer));
            }
            Scene::Swap(one, other) => {
                let (first, second) = (self.get(one).to_owned(), self.get(other).to_owned());
                self.names.extend([(one, second), (other, first)]);
            }
            Scene::ReceiveAll => {
                let list = format!("/cases/{}/information-items", self.get("case_id"));
                let items = self.client(Role::Coordinator).get(&list).await.expect(200);
                for item in entries(&items.body).filter(|item| item["state"] == "requested") {
                    self.names.insert("item_id", item["id"].as_str().unwrap().to_owned());
                    self.act(Role::Coordinator, "receive_information", &Value::Null).await;
                }
            }
            Scene::Refer(state) => {
                let id = |name| self.get(name).parse::<Uuid>().unwrap();
                let (case_id, coordinator) = (id("case_id").into(), id("coordinator_id"));
                let plot = Plot { db: self.db, app: self.app, case_id, coordinator };
                let referral = plot.referral_in(state, id("hospital_id").into()).await;
                self.keep("referral_id", &referral);
            }
            Scene::Later(span) => self.wait(span).await,
        }
    }

    /// Carries an operation out, and answers the id of what it showed.
    async fn act(&self, role: Role, id: &str, body: &Value) -> String {
        let operation = self.operation(id);
        let etag = self.etag(&operation).await;
        let address = self.address(&operation.path);
        let answer = operation.ask(self.client(role), &address, body, etag.as_deref()).await;
        assert!(answer.status.is_success(), "{id} {body}: {} {:#}", answer.status, answer.body);
        answer.body["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn wait(&mut self, span: TimeDelta) {
        self.app.advance(span);
        for person in &mut self.people {
            person.enter_again(self.app).await;
        }
        self.unknown = self.outsiders.clients().await;
    }
}

/// Who reads what is at an address, for its version: nobody reads everything.
fn reader_of(address: &str) -> Role {
    match () {
        () if address.contains("/partner/") => Role::HospitalUser,
        () if address.contains("/legal-holds") => Role::Administrator,
        () if address.contains("/v1/interpreter-bookings") => Role::Interpreter,
        () if address.contains("/cases/") || address.contains("/patients/") => Role::Coordinator,
        () => Role::Administrator,
    }
}

fn operations(document: &Value) -> BTreeMap<String, Operation> {
    let known = rafiq_http::openapi::operations(document).into_iter();
    let read = known.map(|(method, path, id)| {
        let pointer = format!("/paths/{}/{}", path.replace('/', "~1"), method.to_lowercase());
        let operation = document.pointer(&pointer).unwrap();
        let secured = operation["security"].as_array().unwrap().iter().any(|required| required.get("bearer").is_some());
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let takes = |name: &str| parameters.clone().any(|parameter| parameter["name"] == name);
        let (conditional, paged) = (takes("If-Match"), takes("limit"));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        (id.clone(), Operation { id, method, path, secured, conditional, paged })
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
    let mut parts = path.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').expect(path);
        filled += &value(name);
        filled += rest;
    }
    filled
}
