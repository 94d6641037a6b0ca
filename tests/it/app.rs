//! The product as the tests meet it: a whole service on a database of its own, called as clients call it.
//!
//! The clock stands still until a test moves it, and ids follow one another, so that a story has the
//! same answers on every run. Nothing here knows a rule of the product.

mod authenticator;
mod builders;
mod client;
mod imprint;
mod instances;
mod keys;
mod mail;
mod work;

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use rafiq_app::accounts::FirstPassword;
use rafiq_app::mail::{Delivered, MailSettings};
use rafiq_app::passkeys::RelyingParty;
use rafiq_app::vault::{Vault, VaultKey};
use rafiq_app::{App, ApprovalSettings, Caller, PasswordSettings, Settings, accounts};
use rafiq_domain::ids::{HospitalId, Ids, InterpreterId, Moment};
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::time::Clock;
use rafiq_domain::users::{Contact, UserProfile};
use rafiq_domain::vocabulary::{Coded, Language, Role};
use rafiq_http::token::{AccessTokens, SigningKeys};
use rafiq_http::{Api, Limits};
use rafiq_persistence::store::Store;
use rafiq_persistence::testing::TestDb;
use serde_json::json;
use uuid::Uuid;

pub(crate) use self::authenticator::{Authenticator, CodeApp, PRESENT, VERIFIED, a_passkey, finish_passkey};
pub(crate) use self::builders::{Thing, a_case, a_hospital, a_patient, an_interpreter};
pub(crate) use self::client::{Anonymous, Answer, Ask, Client, Session};
pub(crate) use self::imprint::OnRecord;
pub(crate) use self::instances::{Instances, all_at_once};
pub(crate) use self::keys::KeyShelf;
pub(crate) use self::mail::Mailbox;
pub(crate) use self::work::{CountedHashing, Hand, Ledger};

/// The password of every user of the tests.
pub(crate) const PASSWORD: &str = "a long enough test password";

/// The largest body that the service under test takes: small, so that a test can exceed it.
pub(crate) const BODY_BYTES: usize = 64 * 1024;

/// Where browsers find the service, and passkeys are made for.
pub(crate) const ORIGIN: &str = "https://rafiq.example";

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

/// What all instances of a story share, besides the database.
struct Shared {
    clock: Arc<SetClock>,
    ids: Arc<CountedIds>,
    count: Arc<AtomicU64>,
    shelf: KeyShelf,
    second_factor: SecondFactorRule,
    mailbox: Mailbox,
    ledger: Ledger,
    hand: Hand,
    /// By how much new hashes are dearer than those of other stories.
    dearer: u32,
    /// How many passwords are hashed at once, and how many may wait.
    queue: (usize, usize),
}

impl Shared {
    fn begin() -> Self {
        let beginning: DateTime<Utc> = BEGINNING.parse().unwrap();
        let clock = Arc::new(SetClock(Mutex::new(beginning)));
        let first = u64::try_from(beginning.timestamp_millis()).unwrap();
        let ids = Arc::new(CountedIds { first, count: AtomicU64::new(0) });
        let shelf = KeyShelf::default();
        shelf.add(beginning);
        let second_factor = SecondFactorRule::Optional;
        let (mailbox, ledger) = (Mailbox::default(), Ledger::default());
        let (count, hand, queue) = (Arc::new(AtomicU64::new(1)), Hand::off(), (2, 64));
        Self { clock, ids, count, shelf, second_factor, mailbox, ledger, hand, dearer: 0, queue }
    }
}

/// The whole service on one test's database.
pub(crate) struct TestApp<'db> {
    db: &'db TestDb,
    app: App,
    router: Router,
    clock: Arc<SetClock>,
    count: Arc<AtomicU64>,
    shelf: KeyShelf,
    keys: SigningKeys,
    mailbox: Mailbox,
    ledger: Ledger,
    hand: Hand,
}

impl<'db> TestApp<'db> {
    /// Starts the service; must be called inside a runtime.
    pub(crate) fn new(db: &'db TestDb) -> Self {
        Self::instance(db, db.store(), &Shared::begin())
    }

    /// Starts a service in which everyone needs a second factor.
    pub(crate) fn demanding(db: &'db TestDb) -> Self {
        let shared = Shared { second_factor: SecondFactorRule::Required, ..Shared::begin() };
        Self::instance(db, db.store(), &shared)
    }

    /// Starts a service whose ledger lists each hash and each statement.
    pub(crate) fn watched(db: &'db TestDb) -> Self {
        let shared = Shared::begin();
        let ledger = shared.ledger.clone();
        let store = db.watched(move |sql| ledger.note(sql));
        Self::instance(db, store, &shared)
    }

    /// Starts a service that checks one password at a time, while none waits.
    pub(crate) fn narrow(db: &'db TestDb) -> Self {
        Self::instance(db, db.store(), &Shared { queue: (1, 0), ..Shared::begin() })
    }

    /// The service after its operator has made new hashes dearer by some KiB.
    pub(crate) fn with_dearer_hashes(&self, dearer: u32) -> Self {
        let shared = Shared {
            clock: self.clock.clone(),
            count: self.count.clone(),
            shelf: self.shelf.clone(),
            mailbox: self.mailbox.clone(),
            ledger: self.ledger.clone(),
            hand: self.hand.clone(),
            dearer,
            // Ids go on from where no other story comes.
            ids: Arc::new(CountedIds { first: 1 << 46, count: AtomicU64::new(0) }),
            ..Shared::begin()
        };
        Self::instance(self.db, self.db.store(), &shared)
    }

    /// Starts one instance of a service that may have several.
    fn instance(db: &'db TestDb, store: Store, shared: &Shared) -> Self {
        let Shared { clock, ids, count, shelf, second_factor, mailbox, ledger, hand, dearer, queue } = shared;
        let hashing = Arc::new(CountedHashing::new(*dearer, ledger.clone(), hand.clone()));
        let cheap = PasswordSettings { hashing, at_once: queue.0, waiting: queue.1 };
        let settings = Settings {
            passwords: cheap,
            mail: MailSettings {
                mailer: Arc::new(mailbox.clone()),
                public_url: ORIGIN.to_owned(),
                data_protection_officer: Contact {
                    email: EmailAddress::parse("dpo@rafiq.example").ok(),
                    language: Language::Turkish,
                },
            },
            second_factor: *second_factor,
            relying_party: RelyingParty::new(ORIGIN).unwrap(),
            vault: vault(),
            session_idle: TimeDelta::minutes(30),
            session_absolute: TimeDelta::hours(12),
            approvals: ApprovalSettings { export_rows: 200, ..ApprovalSettings::default() },
            referral_answer: TimeDelta::hours(48),
            referral_grace: TimeDelta::hours(24),
            access_review_after: TimeDelta::days(180),
        };
        let app = App::new(store, clock.clone(), ids.clone(), settings);
        let keys = SigningKeys::open(shelf.clone()).unwrap();
        let tokens = AccessTokens::new(keys.clone(), "rafiq".to_owned(), "rafiq".to_owned(), TimeDelta::minutes(5));
        let limits = Limits { body_bytes: BODY_BYTES, ..Limits::default() };
        let router = rafiq_http::router(Api::new(app.clone(), tokens), ids.clone(), limits);
        let (clock, count, shelf) = (clock.clone(), count.clone(), shelf.clone());
        let (mailbox, ledger, hand) = (mailbox.clone(), ledger.clone(), hand.clone());
        Self { db, app, router, clock, count, shelf, keys, mailbox, ledger, hand }
    }

    /// The use cases, for what no request causes.
    pub(crate) fn use_cases(&self) -> App {
        self.app.clone()
    }

    /// Where the signing keys are kept.
    pub(crate) fn shelf(&self) -> &KeyShelf {
        &self.shelf
    }

    /// The signing keys in force in this instance.
    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// What was sent by mail.
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Sends the mail that is due, as the worker does.
    pub(crate) async fn run_mail(&self) -> Delivered {
        rafiq_app::mail::deliver(&self.app).await.unwrap()
    }

    /// What the service has done.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A hand on the hasher of passwords.
    pub(crate) fn hand(&self) -> &Hand {
        &self.hand
    }

    /// The present instant.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The present instant, for what is planted.
    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { at: self.now(), ids: self.app.ids() }
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
            confers: Vec::new(),
            hospital_id,
            interpreter_id,
        };
        let user_id = self.enter(&login, profile, FirstPassword::Chosen(Sensitive(PASSWORD.to_owned()))).await;
        self.sign_in(&login, user_id).await
    }

    /// Creates a user whose mailbox is their login at `clinic.example`, as an operator does.
    pub(crate) async fn enter(&self, login: &str, profile: UserProfile, password: FirstPassword) -> Uuid {
        let email = EmailAddress::parse(&format!("{login}@clinic.example")).ok();
        let contact = Contact { email, language: Language::English };
        let login = Login::parse(login).unwrap();
        let system = Caller::system();
        accounts::create_user(&self.app, &system, login, profile, contact, password).await.unwrap().id.uuid()
    }

    /// A user who has everybody's password, signed in.
    pub(crate) async fn sign_in(&self, login: &str, user_id: Uuid) -> Session<'_> {
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
        let request = self.literal(answer.request_id());
        self.number(&format!(
            "SELECT COUNT(*) FROM audit_records WHERE request_id = {request} AND decision = '{decision}'"
        ))
        .await
    }
}

/// Says a figure past the capture of the test runner, which hides what a passing test prints.
pub(crate) fn announce(figure: &str) {
    std::io::stderr().write_all(format!("*** {figure}\n").as_bytes()).unwrap();
}

/// A vault of two keys, of which the second seals from the next day on.
fn vault() -> Vault {
    let beginning: DateTime<Utc> = BEGINNING.parse().unwrap();
    let key = |day: u8| VaultKey { seals_from: beginning + TimeDelta::days(day.into()), bytes: Sensitive([day; 32]) };
    Vault::new([key(0), key(1)]).unwrap()
}
