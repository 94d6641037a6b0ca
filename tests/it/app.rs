//! The product as the tests meet it: a whole service on a database of its own, called as clients call it.
//!
//! The clock stands still until a test moves it, and ids follow one another, so that a story has the
//! same answers on every run. Nothing here knows a rule of the product.

mod builders;
mod client;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use rafiq_app::passwords::Password;
use rafiq_app::{App, Caller, PasswordSettings, Settings, accounts};
use rafiq_domain::ids::{HospitalId, Ids, InterpreterId};
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::time::Clock;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::{Coded, Role};
use rafiq_http::token::{AccessTokens, SigningKeys};
use rafiq_http::{Api, Limits};
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;
use serde_json::json;
use uuid::Uuid;

pub(crate) use self::builders::{Thing, a_case, a_hospital, a_patient, an_interpreter};
pub(crate) use self::client::{Answer, Ask, Client, Session};

/// The password of every user of the tests.
pub(crate) const PASSWORD: &str = "a long enough test password";

/// The largest body that the service under test takes: small, so that a test can exceed it.
pub(crate) const BODY_BYTES: usize = 64 * 1024;

/// When every story begins.
const BEGINNING: &str = "2026-11-22T09:00:00Z";

/// A clock that a test sets.
#[derive(Debug)]
struct SetClock(Mutex<DateTime<Utc>>);

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Ids of the form of UUID version 7, each a millisecond after the one before.
#[derive(Debug)]
struct CountedIds {
    first: u64,
    count: AtomicU64,
}

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(((self.first + count) << 16) | 0x7000, 0x8000_0000_0000_0000 | count)
    }
}

/// The whole service on one test's database.
pub(crate) struct TestApp<'db> {
    db: &'db TestDb,
    app: App,
    router: Router,
    clock: Arc<SetClock>,
    count: AtomicU64,
}

impl<'db> TestApp<'db> {
    /// Starts the service; must be called inside a runtime.
    pub(crate) fn new(db: &'db TestDb) -> Self {
        let beginning: DateTime<Utc> = BEGINNING.parse().unwrap();
        let clock = Arc::new(SetClock(Mutex::new(beginning)));
        let first = u64::try_from(beginning.timestamp_millis()).unwrap();
        let ids = Arc::new(CountedIds { first, count: AtomicU64::new(0) });
        let cheap = PasswordSettings { memory_kib: 8, iterations: 1, parallelism: 1, at_once: 2, waiting: 64 };
        let settings = Settings {
            passwords: cheap,
            session_idle: TimeDelta::minutes(30),
            session_absolute: TimeDelta::hours(12),
            referral_answer: TimeDelta::hours(48),
            referral_grace: TimeDelta::hours(24),
        };
        let app = App::new(db.store(), clock.clone(), ids.clone(), settings);
        let key = SigningKeys::generate().unwrap();
        let keys = SigningKeys::new(&key, &[] as &[Vec<u8>]).unwrap();
        let tokens = AccessTokens::new(keys, "rafiq".to_owned(), "rafiq".to_owned(), TimeDelta::minutes(5));
        let limits = Limits { body_bytes: BODY_BYTES, ..Limits::default() };
        let router = rafiq_http::router(Api::new(app.clone(), tokens), ids, limits);
        Self { db, app, router, clock, count: AtomicU64::new(1) }
    }

    /// The use cases, for what no request causes.
    pub(crate) fn use_cases(&self) -> App {
        self.app.clone()
    }

    /// The present instant.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.clock.0.lock().unwrap() += by;
    }

    /// A number that no one else in this story has.
    pub(crate) fn fresh(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Someone who has not signed in.
    pub(crate) fn anyone(&self) -> Client<'_> {
        Client::new(self, None)
    }

    /// Someone who shows this access token.
    pub(crate) fn bearer(&self, token: &str) -> Client<'_> {
        Client::new(self, Some(token.to_owned()))
    }

    /// A user with these roles, signed in.
    pub(crate) async fn user(&self, roles: &[Role]) -> Session<'_> {
        self.create(roles, None, None).await
    }

    /// A user of a hospital, signed in.
    pub(crate) async fn hospital_user(&self, hospital: &Thing) -> Session<'_> {
        self.create(&[Role::HospitalUser], Some(hospital.uuid().into()), None).await
    }

    /// A user who is this interpreter, signed in.
    pub(crate) async fn interpreter_user(&self, interpreter: &Thing) -> Session<'_> {
        self.create(&[Role::Interpreter], None, Some(interpreter.uuid().into())).await
    }

    async fn create(
        &self,
        roles: &[Role],
        hospital_id: Option<HospitalId>,
        interpreter_id: Option<InterpreterId>,
    ) -> Session<'_> {
        let name = roles.first().map_or("nobody", |role| role.code());
        let login = format!("{name}.{}", self.fresh());
        let profile = UserProfile {
            name: PersonName::parse("Layla Haddad").unwrap(),
            roles: roles.to_vec(),
            hospital_id,
            interpreter_id,
        };
        let password = Password::choose(PASSWORD).unwrap();
        let parsed = Login::parse(&login).unwrap();
        let user = accounts::create_user(&self.app, &Caller::system(), parsed, profile, password).await.unwrap();
        self.sign_in(&login, user.id.uuid()).await
    }

    async fn sign_in(&self, login: &str, user_id: Uuid) -> Session<'_> {
        let answer = self.signing_in(login, PASSWORD).await.expect(200);
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        Session::new(self.bearer(&text("access_token")), user_id, login, text("refresh_token"))
    }

    /// An attempt to sign in.
    pub(crate) fn signing_in(&self, login: &str, password: &str) -> Ask<'_> {
        self.anyone().ask(Method::POST, "/api/v1/sessions").json(&json!({ "login": login, "password": password }))
    }

    /// The number that a query answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.db.number(sql).await.unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// How many decisions of a kind (`allowed`, `forbidden`, `hidden`) the request left in the audit trail.
    pub(crate) async fn audited(&self, answer: &Answer, decision: &str) -> i64 {
        let request: Uuid = answer.header("x-request-id").parse().unwrap();
        let request = match self.db.backend() {
            Backend::Sqlite => format!("x'{}'", request.simple()),
            Backend::Postgres => format!("'{request}'"),
        };
        self.number(&format!(
            "SELECT COUNT(*) FROM audit_records WHERE request_id = {request} AND decision = '{decision}'"
        ))
        .await
    }

    /// How many rows each table has: what a refused request must leave as it was.
    ///
    /// Left aside are the two tables that also grow with a refusal: the audit trail, and the keys.
    pub(crate) async fn census(&self) -> String {
        let counts = TABLES.iter().map(|table| format!("'{table} ' || (SELECT COUNT(*) FROM {table})"));
        let sql = format!("SELECT {}", counts.collect::<Vec<_>>().join(" || ', ' || "));
        self.db.text(&sql).await.unwrap()
    }
}

/// The tables of the product.
const TABLES: &[&str] = &[
    "users",
    "sessions",
    "refresh_tokens",
    "counters",
    "patients",
    "patient_phones",
    "cases",
    "case_events",
    "confirmations",
    "information_items",
    "tasks",
    "hospitals",
    "interpreters",
    "interpreter_bookings",
    "consents",
    "symptom_assessments",
    "reviews",
    "notes",
    "referrals",
    "referral_reports",
    "quotes",
    "surgery_clearances",
    "procedures",
    "complications",
    "discharges",
    "follow_up_visits",
];
