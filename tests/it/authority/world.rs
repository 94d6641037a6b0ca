//! One case with its people, everyone who stands to it in another way, and one stranger of each role.

use std::collections::BTreeMap;

use axum::http::Method;
use chrono::{Days, NaiveDate, TimeDelta};
use rafiq_domain::clients::ClientScope;
use rafiq_domain::grants::GrantBasis;
use rafiq_domain::vocabulary::{Coded, Role};
use rafiq_persistence::testing::TestDb;
use serde_json::{Value, json};

use super::outsiders::Outsiders;
use super::people::Person;
use super::planting::{Plot, machine};
use super::script::Scene;
use crate::app::{Ask, Client, Session, TestApp, Thing, a_case, a_hospital, a_passkey, a_patient, an_interpreter};

/// An id that nothing has.
const NOTHING: &str = "019ab000-0000-7000-8000-000000000000";

/// Longer than a hospital reads what it declined, and an interpreter a job that is over.
const LONG_AGO: TimeDelta = TimeDelta::days(31);

/// Longer than the journey takes.
const THROUGHOUT: TimeDelta = TimeDelta::days(30);

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
        match body {
            Value::Null => ask,
            // A text is a form as it travels.
            Value::String(form) => ask.with("content-type", "application/x-www-form-urlencoded").bytes(form),
            body => ask.json(body),
        }
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
        let mut cast = Cast::begin(db, app).await;
        cast.former().await;
        app.advance(LONG_AGO);
        cast.enter_again().await;
        cast.strangers().await;
        cast.near().await;
        cast.stand_ins().await;
        cast.machines().await;
        cast.withdrawn().await;
        cast.half_way().await;
        let Cast { administrator, coordinator, hospital, names, people, .. } = cast;
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

    /// The same address, about the child of this case as if it were of another one; none without a child.
    pub(super) fn elsewhere(&self, path: &str) -> Option<String> {
        let child = path.contains("{case_id}") && path.matches('{').count() > 1;
        let other = |name: &str| self.get(if name == "case_id" { "other_case_id" } else { name }).to_owned();
        child.then(|| filled(path, other))
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

    /// The version of what an operation changes.
    pub(super) async fn etag(&self, operation: &Operation) -> Option<String> {
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
            Scene::Later(span) => self.wait(span).await,
        }
    }

    /// Carries an operation out, and answers the id of what it showed.
    async fn act(&self, role: Role, id: &str, body: &Value) -> String {
        let operation = self.operation(id);
        let etag = if operation.conditional { self.etag(&operation).await } else { None };
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

/// The people as they gather.
struct Cast<'app> {
    app: &'app TestApp<'app>,
    administrator: Session<'app>,
    coordinator: Session<'app>,
    doctor: Session<'app>,
    hospital: Thing,
    other_hospital: Thing,
    interpreter: Thing,
    other_interpreter: Thing,
    plot: Plot<'app>,
    /// Those whose access is over.
    former: Vec<Person<'app>>,
    people: Vec<Person<'app>>,
    names: Vec<(&'static str, String)>,
}

impl<'app> Cast<'app> {
    /// Two cases of one team, of which the first is the one that everyone asks about.
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let administrator = app.user(&[Role::Administrator]).await;
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let mut names = vec![
            ("coordinator_id", coordinator.user_id.to_string()),
            ("doctor_id", doctor.user_id.to_string()),
        ];
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        for (who, patient_name, case_name) in [(0, "patient_id", "case_id"), (1, "other_patient_id", "other_case_id")] {
            let patient = a_patient(who).by(&coordinator).await;
            let case = a_case(&patient).by(&coordinator).await;
            let assign = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
            assign.await.expect(200);
            names.extend([(patient_name, patient.id), (case_name, case.id)]);
        }
        let case_id = names.iter().find(|(name, _)| *name == "case_id").unwrap().1.parse::<uuid::Uuid>().unwrap();
        let plot = Plot { db, app, case_id: case_id.into(), coordinator: coordinator.user_id };
        let interpreter = an_interpreter().by(&administrator).await;
        names.push(("interpreter_id", interpreter.id.clone()));
        Self {
            app,
            hospital: a_hospital().by(&administrator).await,
            other_hospital: a_hospital().by(&administrator).await,
            interpreter,
            other_interpreter: an_interpreter().by(&administrator).await,
            administrator,
            coordinator,
            doctor,
            plot,
            former: Vec::new(),
            people: Vec::new(),
            names,
        }
    }

    /// Everyone whose access ends by itself before the journey begins. Each is seen to have it.
    async fn former(&mut self) {
        let (app, case) = (self.app, format!("/cases/{}", self.plot.case_id));
        let hospital = a_hospital().by(&self.administrator).await;
        self.share_with(&hospital).await;
        let referral = self.plot.declined_referral(&hospital).await;
        let of_hospital = app.hospital_user(&hospital).await;
        of_hospital.get(&format!("/partner/referrals/{referral}")).await.expect(200);
        let of_hospital = Person::stranger(of_hospital, Role::HospitalUser).called("the hospital's whose grant expired,");
        self.former.push(of_hospital.about("referral_id", referral));

        let interpreter = an_interpreter().by(&self.administrator).await;
        let booking = self.plot.finished_booking(&interpreter).await;
        let interpreting = app.interpreter_user(&interpreter).await;
        interpreting.get(&format!("/interpreter-bookings/{booking}")).await.expect(200);
        let interpreting = Person::stranger(interpreting, Role::Interpreter).called("outside the window the");
        self.former.push(interpreting.about("booking_id", booking));

        for (basis, role, what) in [
            (GrantBasis::BreakGlass, Role::Doctor, "after an emergency the"),
            (GrantBasis::BreakGlass, Role::Lead, "after an emergency the"),
            (GrantBasis::SecondOpinion, Role::Doctor, "after a second opinion the"),
        ] {
            let session = app.user(&[role]).await;
            self.plot.grant(session.user_id, basis, TimeDelta::hours(1)).await;
            session.get(&case).await.expect(200);
            self.former.push(Person::stranger(session, role).called(what));
        }
        let session = app.user(&[Role::Doctor]).await;
        self.plot.delegation(self.doctor.user_id, session.user_id, TimeDelta::hours(1)).await;
        session.get(&case).await.expect(200);
        self.former.push(Person::stranger(session, Role::Doctor).called("after an absence the stand-in"));
    }

    /// The patient agrees that a hospital reads the case; answers the consent.
    async fn share_with(&self, hospital: &Thing) -> Thing {
        let consent = json!({
            "purpose": "share_with_hospital", "hospital_id": hospital.id, "text_version": "2026-3", "language": "ar",
            "method": "e_sign", "given_by": "patient", "given_at": self.app.now(), "evidence": "signed form, kept",
        });
        let consents = format!("/cases/{}/consents", self.plot.case_id);
        Thing::of(&self.coordinator.post(&consents, &consent).await.expect(201))
    }

    async fn enter_again(&mut self) {
        for session in [&mut self.administrator, &mut self.coordinator, &mut self.doctor] {
            *session = session.again().await;
        }
        for person in &mut self.former {
            person.enter_again(self.app).await;
        }
    }

    /// Whom the case knows by their role, and one of each role whom it does not know. They come first: what they
    /// may, they do, and so the journey goes on.
    async fn strangers(&mut self) {
        let app = self.app;
        let near = |session: &Session<'app>, role, basis| Person::stranger(session.clone(), role).holding(basis);
        self.people.push(near(&self.coordinator, Role::Coordinator, GrantBasis::Coordinator));
        self.people.push(near(&self.doctor, Role::Doctor, GrantBasis::Doctor));
        let of_hospital = app.hospital_user(&self.hospital).await;
        self.people.push(near(&of_hospital, Role::HospitalUser, GrantBasis::Referral));
        let interpreting = app.interpreter_user(&self.interpreter).await;
        self.people.push(near(&interpreting, Role::Interpreter, GrantBasis::Booking));
        for role in Role::ALL.iter().copied() {
            let session = match role {
                Role::HospitalUser => app.hospital_user(&self.other_hospital).await,
                Role::Interpreter => app.interpreter_user(&self.other_interpreter).await,
                // It has no password to sign in with; see `machines`.
                Role::HospitalClient => continue,
                Role::Administrator
                | Role::Coordinator
                | Role::Lead
                | Role::Doctor
                | Role::Finance
                | Role::Auditor => app.user(&[role]).await,
            };
            self.people.push(Person::stranger(session, role));
        }
        self.people.append(&mut self.former);
    }

    /// Who is near in a way that is not their role's usual one.
    async fn near(&mut self) {
        let app = self.app;
        self.people.push(Person::stranger(app.user(&[Role::Lead]).await, Role::Lead).borrowing());
        for (basis, role, what) in [
            (GrantBasis::SecondOpinion, Role::Doctor, "the second opinion's"),
            (GrantBasis::BreakGlass, Role::Doctor, "in an emergency the"),
            (GrantBasis::BreakGlass, Role::Lead, "in an emergency the"),
        ] {
            let session = app.user(&[role]).await;
            self.plot.grant(session.user_id, basis, THROUGHOUT).await;
            self.people.push(Person::stranger(session, role).holding(basis).called(what));
        }
    }

    /// Who acts for the case's doctor and coordinator, and for others.
    async fn stand_ins(&mut self) {
        let app = self.app;
        for (role, absent, basis) in [
            (Role::Coordinator, self.coordinator.user_id, GrantBasis::Coordinator),
            (Role::Doctor, self.doctor.user_id, GrantBasis::Doctor),
        ] {
            let session = app.user(&[role]).await;
            self.plot.delegation(absent, session.user_id, THROUGHOUT).await;
            let what = "standing in for its own, a";
            self.people.push(Person::stranger(session, role).standing_in(basis, what));
            let (session, somebody) = (app.user(&[role]).await, app.user(&[role]).await);
            self.plot.delegation(somebody.user_id, session.user_id, THROUGHOUT).await;
            self.people.push(Person::stranger(session, role).called("standing in for somebody else, a"));
        }
        // Whoever stands in for a doctor without being one stands in for nothing.
        let session = app.user(&[Role::Coordinator]).await;
        self.plot.delegation(self.doctor.user_id, session.user_id, THROUGHOUT).await;
        self.people.push(Person::stranger(session, Role::Coordinator).called("standing in for a doctor, a"));
    }

    /// The machines of both hospitals, with all scopes and with too few.
    async fn machines(&mut self) {
        let (app, all) = (self.app, ClientScope::ALL);
        let client = machine(&self.administrator, &self.other_hospital, all).await;
        self.people.push(Person::machine(app, client, all).await);
        for scopes in [all].into_iter().chain(all.chunks(1)) {
            let client = machine(&self.administrator, &self.hospital, scopes).await;
            let person = Person::machine(app, client, scopes).await.holding(GrantBasis::Referral);
            let whole = scopes.len() == all.len();
            self.people.push(if whole { person } else { person.called("its own, but for a scope,") });
        }
    }

    /// A hospital from which the patient took the consent back.
    async fn withdrawn(&mut self) {
        let hospital = a_hospital().by(&self.administrator).await;
        let consent = self.share_with(&hospital).await;
        let referral = self.plot.declined_referral(&hospital).await;
        let session = self.app.hospital_user(&hospital).await;
        session.get(&format!("/partner/referrals/{referral}")).await.expect(200);
        let withdraw = format!("/cases/{}/consents/{}/withdraw", self.plot.case_id, consent.id);
        self.coordinator.post(&withdraw, &json!({})).with_if_match(&consent.etag).await.expect(200);
        let person = Person::stranger(session, Role::HospitalUser).called("after the consent was withdrawn the");
        self.people.push(person.about("referral_id", referral));
    }

    /// People who might do much, and have shown their password only.
    async fn half_way(&mut self) {
        for role in [Role::Administrator, Role::Lead, Role::Doctor] {
            let session = self.app.user(&[role]).await;
            a_passkey(&session).await;
            let session = session.again().await;
            let person = Person::stranger(session.clone(), role).half_way();
            self.people.push(match role {
                Role::Doctor => {
                    self.plot.grant(session.user_id, GrantBasis::SecondOpinion, THROUGHOUT).await;
                    person.holding(GrantBasis::SecondOpinion).called("the second opinion's")
                }
                _ => person,
            });
        }
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
