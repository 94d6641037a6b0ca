//! What the tests of the storage share: people, a case to hang things on, and units of work.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rafiq_domain::cases::{Case, NewCase};
use rafiq_domain::hospitals::{Hospital, HospitalProfile, Licence};
use rafiq_domain::ids::{HospitalId, Ids, InterpreterId, Moment, SessionId, UserId};
use rafiq_domain::paging::Version;
use rafiq_domain::patients::{Patient, PatientDetails};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Principal, Whole, permit};
use rafiq_domain::referrals::Referral;
use rafiq_domain::text::{ArabicName, Line, Login, PersonName};
use rafiq_domain::users::{Contact, User, UserProfile};
use rafiq_domain::vocabulary::{
    CaseSource, HospitalState, LicenceIssuer, PayerType, Priority, ReferralQuestion, ReferralState, Role, UserState,
};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Backend, Store, Tx};
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, hospitals, patients, referrals, users};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use uuid::Uuid;

/// An id that reads like its number.
pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

/// An hour and a minute of the day on which the tests play.
pub(crate) fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, hour, minute, 0).unwrap()
}

/// A line of text.
pub(crate) fn line(text: &str) -> Line {
    Line::parse(text, 200).unwrap()
}

/// The stamp of one unit; each has its own id.
pub(crate) fn stamp() -> Stamp {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    Stamp { id: id(u128::from(COUNT.fetch_add(1, Ordering::Relaxed))), at: at(8, 0), request_id: None }
}

/// The instant `at`, and ids that nothing else of a test has.
pub(crate) fn moment(at: DateTime<Utc>) -> Moment<'static> {
    static IDS: Counted = Counted(AtomicU64::new(1 << 40));
    Moment { at, ids: &IDS }
}

struct Counted(AtomicU64);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// The lead who did everything that a test does not care about; [`plant_case`] adds the user.
pub(crate) fn lead() -> UserId {
    id(1)
}

/// Someone with one role, bound to nothing.
pub(crate) fn staff(user_id: UserId, role: Role) -> Actor {
    Actor::User(principal(user_id, role))
}

/// The user of an interpreter.
pub(crate) fn interpreting(user_id: UserId, interpreter_id: InterpreterId) -> Actor {
    Actor::User(Principal { interpreter_id: Some(interpreter_id), ..principal(user_id, Role::Interpreter) })
}

/// A user of a hospital.
pub(crate) fn of_hospital(user_id: UserId, hospital_id: HospitalId) -> Actor {
    Actor::User(Principal { hospital_id: Some(hospital_id), ..principal(user_id, Role::HospitalUser) })
}

fn principal(user_id: UserId, role: Role) -> Principal {
    let session_id: SessionId = id(1);
    Principal { roles: vec![role], ..Principal::new(user_id, session_id, at(8, 10)) }
}

/// A value as a lead may write it into a collection.
pub(crate) fn allowed<T>(action: Action, kind: ObjectKind, value: T) -> Permitted<T> {
    permit(&staff(lead(), Role::Lead), action, Whole(kind)).unwrap().with(value)
}

/// Runs `work` as one unit, with a permit that fits anything.
pub(crate) async fn unit<T>(
    store: &Store,
    work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let permitted = permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap();
    let done = store.write(stamp(), async |tx| work(tx).await.map(|value| permitted.with(value))).await;
    done.map(Permitted::into_inner)
}

/// Runs two units beside each other: the second begins once the first has written, and the first ends once
/// the second waits for it, or is over. On SQLite, which has one writer, they run one after the other.
pub(crate) async fn beside<T, U>(
    db: &TestDb,
    first: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    second: impl Future<Output = U>,
) -> (Result<T, StoreError>, U) {
    if db.backend() == Backend::Sqlite {
        return (Box::pin(unit(db, first)).await, second.await);
    }
    let (has_written, begins) = oneshot::channel();
    let is_over = AtomicBool::new(false);
    let first = Box::pin(unit(db, async |tx| {
        let done = first(tx).await?;
        let _ = has_written.send(());
        while !is_over.load(Ordering::Relaxed) && db.number(WAITING).await? == 0 {
            yield_now().await;
        }
        Ok(done)
    }));
    let second = async {
        let _ = begins.await;
        let done = second.await;
        is_over.store(true, Ordering::Relaxed);
        done
    };
    tokio::join!(first, second)
}

/// How many units of this database wait for another one.
const WAITING: &str =
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Adds a user without a password.
pub(crate) async fn plant_user(store: &Store, id: UserId, profile: UserProfile) {
    let login = Login::parse(&format!("user-{}", id.uuid().as_u128())).unwrap();
    let (contact, state) = (Contact::default(), UserState::Active);
    let user = User { id, login, profile, contact, state, hospital_state: None, version: Version::FIRST };
    let user = permit(&Actor::System, Action::ManageUsers, user).unwrap();
    unit(store, async |tx| users::insert(tx, &user, moment(at(8, 0))).await).await.unwrap();
}

/// Adds a case that nobody has worked on yet, with its patient and, for the first one, its lead.
pub(crate) async fn plant_case(store: &Store, number: u128) -> Case {
    if users::find(store, lead(), at(8, 0)).await.unwrap().is_none() {
        let name = PersonName::parse("Lead").unwrap();
        let profile =
            UserProfile { name, roles: vec![Role::Lead], confers: Vec::new(), hospital_id: None, interpreter_id: None };
        plant_user(store, lead(), profile).await;
    }
    let arabic_name = Some(ArabicName::parse("أحمد محمد العلي").unwrap());
    let patient = Patient {
        id: id(number),
        mrn: format!("BMC-{number}"),
        details: PatientDetails { arabic_name, ..PatientDetails::default() },
        record: rafiq_domain::patients::PatientRecord::Active,
        created_by: lead(),
        version: Version::FIRST,
    };
    let new = NewCase {
        patient_id: patient.id,
        source: CaseSource::Whatsapp,
        agency: None,
        payer: PayerType::SelfPaying,
        priority: Priority::Routine,
        received_at: at(8, 0),
        coordinator_id: None,
    };
    let case = new.begin(id(number), format!("C-{number}"), lead(), at(8, 0));
    let patient = allowed(Action::RegisterPatient, ObjectKind::Patient, patient);
    let case = allowed(Action::OpenCase, ObjectKind::Case, case);
    unit(store, async |tx| {
        patients::insert(tx, &patient, at(8, 0)).await?;
        cases::insert(tx, &case, moment(at(8, 0))).await
    })
    .await
    .unwrap();
    case.into_inner()
}

/// Adds a case with a referral to a hospital; the three have the same number.
pub(crate) async fn plant_referred(store: &Store, number: u128) -> Case {
    let case = plant_case(store, number).await;
    let day = |month| NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
    let profile = HospitalProfile {
        name_en: line("Bosphorus Hospital"),
        name_tr: line("Boğaz Hastanesi"),
        name_ar: line("مستشفى البوسفور"),
        city: line("Istanbul"),
        time_zone: "Europe/Istanbul".parse().unwrap(),
        licence: Licence {
            issuer: LicenceIssuer::Ushas,
            number: line("4711"),
            valid_from: day(1),
            valid_until: day(12),
        },
        capabilities: Vec::new(),
        accreditations: Vec::new(),
    };
    let hospital =
        Hospital { id: id(number), profile, state: HospitalState::Active, last_change: None, version: Version::FIRST };
    let hospital = allowed(Action::WriteReferral, ObjectKind::Referral, hospital);
    let referral = Referral {
        id: id(number),
        case_id: case.id,
        hospital_id: hospital.id,
        cycle: case.surgery_cycle,
        question: ReferralQuestion::Admit,
        message: None,
        state: ReferralState::Draft,
        sent_at: None,
        respond_by: None,
        received_at: None,
        acceptance: None,
        decline_reason: None,
        schedule: None,
        reschedules: 0,
        admission_number: None,
        reason: None,
        cancel_requested_at: None,
        ended_at: None,
        created_by: lead(),
        version: Version::FIRST,
    };
    let referral = allowed(Action::WriteReferral, ObjectKind::Referral, referral);
    unit(store, async |tx| {
        hospitals::insert(tx, &hospital, at(8, 0)).await?;
        referrals::insert(tx, &referral, moment(at(8, 0))).await
    })
    .await
    .unwrap();
    case
}
