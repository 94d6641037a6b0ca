//! Hospitals, interpreters, and the rule that no interpreter is booked twice at a time.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::hospitals::{Hospital, HospitalProfile, Licence};
use rafiq_domain::ids::{BookingId, CaseId, InterpreterId, UserId};
use rafiq_domain::interpreters::{Booking, Interpreter, InterpreterProfile, Job, Window};
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::policy::{Action, Actor, ObjectKind, permit, scope};
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::{
    Accreditation, BookingState, Dialect, EncounterKind, HospitalCapability, HospitalState, InterpreterQualification,
    InterpreterState, InterpretingModality, LicenceIssuer, Role, Sex, SpokenLanguage,
};
use rafiq_persistence::bookings::{self, OVERLAP};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::interpreters::InterpreterFilter;
use rafiq_persistence::store::Store;
use rafiq_persistence::{case_files, db_test, hospitals, interpreters};

use crate::fixtures::{
    allowed, at, id, interpreting, lead, line, moment, of_hospital, plant_case, plant_user, staff, unit,
};

fn profile(languages: &[SpokenLanguage]) -> InterpreterProfile {
    InterpreterProfile {
        name: PersonName::parse("Leyla Demir").unwrap(),
        sex: Sex::Female,
        languages: languages.to_vec(),
        dialects: vec![Dialect::Iraqi, Dialect::Gulf],
        qualification: InterpreterQualification::Certified,
        training_hours: 240,
        modalities: vec![InterpretingModality::InPerson, InterpretingModality::Video],
        confidential_until: NaiveDate::from_ymd_opt(2027, 1, 1).unwrap(),
    }
}

async fn plant_interpreter(store: &Store, number: u128, languages: &[SpokenLanguage]) -> Interpreter {
    let interpreter = Interpreter {
        id: id(number),
        profile: profile(languages),
        state: InterpreterState::Active,
        version: Version::FIRST,
    };
    let interpreter = allowed(Action::ManageInterpreters, ObjectKind::Interpreter, interpreter);
    unit(store, async |tx| interpreters::insert(tx, &interpreter, at(8, 0)).await).await.unwrap();
    interpreter.into_inner()
}

pub(crate) async fn plant_arabic_interpreter(store: &Store, number: u128) -> Interpreter {
    plant_interpreter(store, number, &[SpokenLanguage::Arabic, SpokenLanguage::Turkish]).await
}

fn job(modality: InterpretingModality, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Job {
    Job {
        encounter: EncounterKind::Consultation,
        modality,
        window: Window { starts_at, ends_at },
        time_zone: "Europe/Istanbul".parse().unwrap(),
        place: line("Ward 4, room 12"),
        language: SpokenLanguage::Arabic,
    }
}

pub(crate) fn video(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Job {
    job(InterpretingModality::Video, starts_at, ends_at)
}

pub(crate) async fn plant_booking(
    store: &Store,
    case: &Case,
    number: u128,
    job: Job,
    to: Option<&Interpreter>,
) -> Booking {
    let booking = Booking::request(id(number), case, job, lead());
    let booking = match to {
        Some(interpreter) => booking.offer(interpreter, at(8, 0)).unwrap(),
        None => booking,
    };
    let booking = allowed(Action::BookInterpreter, ObjectKind::Case, booking);
    unit(store, async |tx| bookings::insert(tx, &booking, moment(at(8, 0))).await).await.unwrap();
    booking.into_inner()
}

/// The interpreter of a booking accepts it, as the use case does it.
async fn accept(store: &Store, id: BookingId) -> Result<Version, StoreError> {
    unit(store, async |tx| {
        let found = bookings::find_in_case(tx, id).await?.ok_or(StoreError::Missing)?;
        let interpreter = interpreting(UserId::from(id.uuid()), found.booking.interpreter_id.unwrap());
        let found = permit(&interpreter, Action::AnswerBooking, found).unwrap();
        bookings::update(tx, &found.map(|found| found.booking.accept(at(8, 5)).unwrap()), moment(at(8, 5))).await
    })
    .await
}

async fn change(
    store: &Store,
    case_id: CaseId,
    id: BookingId,
    change: impl FnOnce(Booking) -> Booking,
) -> Result<Version, StoreError> {
    unit(store, async |tx| {
        let booking = bookings::find(tx, case_id, id).await?.ok_or(StoreError::Missing)?;
        let changed = allowed(Action::BookInterpreter, ObjectKind::Booking, change(booking));
        bookings::update(tx, &changed, moment(at(8, 0))).await
    })
    .await
}

fn is_overlap<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    result.as_ref().is_err_and(|error| error.is_constraint(OVERLAP))
}

db_test! {
    async fn an_interpreter_accepts_no_two_jobs_at_a_time(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let jobs = [
            (video(at(10, 0), at(11, 0)), true),
            // Half a minute too early, inside, around, and the same again.
            (video(at(9, 0), at(10, 0) + TimeDelta::seconds(30)), false),
            (video(at(10, 15), at(10, 30)), false),
            (video(at(9, 0), at(12, 0)), false),
            (video(at(10, 0), at(11, 0)), false),
            // One ends when the other begins, also within a second.
            (video(at(9, 30), at(10, 0)), true),
            (video(at(11, 0), at(11, 0) + TimeDelta::microseconds(500_001)), true),
            (video(at(11, 0) + TimeDelta::milliseconds(500), at(11, 1)), false),
            (video(at(11, 0) + TimeDelta::microseconds(500_001), at(11, 1)), true),
        ];
        for (number, (job, fits)) in (100..).zip(jobs) {
            let booking = plant_booking(db, &case, number, job, Some(&interpreter)).await;
            let answer = accept(db, booking.id).await;
            assert_eq!(answer.is_ok(), fits, "{:?}: {answer:?}", booking.job.window);
            assert!(fits || is_overlap(&answer), "{answer:?}");
        }
        let other = plant_arabic_interpreter(db, 81).await;
        let booking = plant_booking(db, &case, 200, video(at(10, 0), at(11, 0)), Some(&other)).await;
        accept(db, booking.id).await.unwrap();
    }
}

db_test! {
    async fn the_way_from_a_job_on_site_belongs_to_it(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let on_site = job(InterpretingModality::InPerson, at(10, 0), at(11, 0));
        let free_from = on_site.occupies().ends_at;
        assert!(free_from > at(11, 0));
        let first = plant_booking(db, &case, 100, on_site, Some(&interpreter)).await;
        accept(db, first.id).await.unwrap();
        let early = video(free_from - TimeDelta::minutes(1), at(12, 0));
        let early = plant_booking(db, &case, 101, early, Some(&interpreter)).await;
        assert!(is_overlap(&accept(db, early.id).await));
        let in_time = plant_booking(db, &case, 102, video(free_from, at(12, 0)), Some(&interpreter)).await;
        accept(db, in_time.id).await.unwrap();
    }
}

db_test! {
    async fn only_a_firm_booking_takes_the_time(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let mut offered = Vec::new();
        for number in 100..104 {
            offered.push(plant_booking(db, &case, number, video(at(10, 0), at(11, 0)), Some(&interpreter)).await.id);
        }
        let [first, second, third, fourth] = offered[..] else { panic!("four bookings") };
        accept(db, first).await.unwrap();
        assert!(is_overlap(&accept(db, second).await));
        change(db, case.id, first, |booking| booking.cancel(Some(line("moved")), at(9, 0)).unwrap()).await.unwrap();
        accept(db, second).await.unwrap();
        change(db, case.id, second, |booking| Booking { state: BookingState::CheckedIn, ..booking }).await.unwrap();
        assert!(is_overlap(&accept(db, third).await));
        change(db, case.id, second, |booking| booking.complete(at(10, 30)).unwrap()).await.unwrap();
        accept(db, third).await.unwrap();
        // The rule holds whoever writes and however: here a row that comes in accepted.
        let copy = Booking { id: id(110), ..bookings::find(db, case.id, third).await.unwrap().unwrap() };
        let copy = allowed(Action::BookInterpreter, ObjectKind::Booking, copy);
        assert!(is_overlap(&unit(db, async |tx| bookings::insert(tx, &copy, moment(at(9, 0))).await).await));
        let bare = db.execute("UPDATE interpreter_bookings SET state = 'accepted'").await;
        assert!(is_overlap(&bare));
        change(db, case.id, fourth, |booking| booking.decline(None, at(8, 30)).unwrap()).await.unwrap();
    }
}

db_test! {
    async fn of_many_acceptances_at_once_one_succeeds(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let mut offered = Vec::new();
        for (number, minute) in (100..).zip(0..12) {
            let job = job(InterpretingModality::InPerson, at(10, minute), at(11, 0));
            offered.push(plant_booking(db, &case, number, job, Some(&interpreter)).await.id);
        }
        let units: Vec<_> = offered
            .into_iter()
            .map(|id| {
                let store = db.store();
                tokio::spawn(async move { accept(&store, id).await })
            })
            .collect();
        let mut answers = Vec::new();
        for unit in units {
            answers.push(unit.await.unwrap());
        }
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| is_overlap(answer)).count(), 11, "{answers:?}");
        let firm = "SELECT CAST(count(*) AS BIGINT) FROM interpreter_bookings WHERE state = 'accepted'";
        assert_eq!(db.number(firm).await.unwrap(), 1);
    }
}

db_test! {
    async fn of_two_answers_to_one_offer_the_later_is_stale(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let offered = plant_booking(db, &case, 100, video(at(10, 0), at(11, 0)), Some(&interpreter)).await;
        assert_eq!(accept(db, offered.id).await.unwrap(), Version(2));
        let declined = offered.decline(Some(line("conflict of interest")), at(8, 30)).unwrap();
        let declined = allowed(Action::BookInterpreter, ObjectKind::Booking, declined);
        let late = unit(db, async |tx| bookings::update(tx, &declined, moment(at(9, 0))).await).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        let kept = bookings::find(db, case.id, declined.id).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.version, kept.reason), (BookingState::Accepted, Version(2), None));
    }
}

db_test! {
    async fn a_booking_reads_back_within_its_case_only(db: &TestDb) {
        let (case, other) = (plant_case(db, 10).await, plant_case(db, 11).await);
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let asked = plant_booking(db, &case, 100, video(at(10, 0), at(11, 0)), None).await;
        let offered = plant_booking(db, &case, 101, video(at(10, 0), at(11, 0)), Some(&interpreter)).await;
        assert_eq!(bookings::of_case(db, case.id).await.unwrap(), [asked.clone(), offered.clone()]);
        assert_eq!(bookings::find(db, case.id, offered.id).await.unwrap(), Some(offered.clone()));
        assert_eq!(bookings::find(db, other.id, offered.id).await.unwrap(), None);
        let found = bookings::find_in_case(db, offered.id).await.unwrap().unwrap();
        assert_eq!((found.case.id, found.booking), (case.id, offered.clone()));
        assert_eq!(bookings::find_in_case(db, id(999)).await.unwrap(), None);
        let file = case_files::assemble(db, case.clone()).await.unwrap();
        assert_eq!(file.bookings, [asked.clone(), offered.clone()]);

        let done = change(db, case.id, offered.id, |booking| booking.decline(None, at(8, 30)).unwrap()).await;
        assert_eq!(done.unwrap(), Version(2));
        let again = Case { surgery_cycle: 2, ..case };
        let file = case_files::assemble(db, again).await.unwrap();
        assert_eq!(file.bookings, [asked], "what is over belongs to the first operation");
    }
}

db_test! {
    async fn each_lists_the_bookings_that_are_theirs(db: &TestDb) {
        let case = plant_case(db, 10).await;
        let (interpreter, other) = (plant_arabic_interpreter(db, 80).await, plant_arabic_interpreter(db, 81).await);
        plant_booking(db, &case, 100, video(at(10, 0), at(11, 0)), None).await;
        plant_booking(db, &case, 101, video(at(10, 0), at(11, 0)), Some(&interpreter)).await;
        plant_booking(db, &case, 102, video(at(11, 0), at(12, 0)), Some(&other)).await;
        accept(db, id(102)).await.unwrap();
        let listed = async |actor: &Actor, state| {
            let scope = scope(actor, Action::ViewBooking, ObjectKind::Booking).unwrap();
            let slice = bookings::list(db, &scope, state, Page::default()).await.unwrap();
            slice.items.iter().map(|booking| booking.id.uuid().as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(listed(&interpreting(id(5), interpreter.id), None).await, [101]);
        assert_eq!(listed(&interpreting(id(6), other.id), None).await, [102]);
        assert_eq!(listed(&staff(id(7), Role::Auditor), None).await, [102, 101, 100]);
        assert_eq!(listed(&staff(id(7), Role::Auditor), Some(BookingState::Offered)).await, [101]);
        assert_eq!(listed(&staff(lead(), Role::Coordinator), None).await, [102, 101, 100], "of their case");
        assert_eq!(listed(&staff(id(9), Role::Coordinator), None).await, Vec::<u128>::new(), "of no case of theirs");
        assert!(scope(&of_hospital(id(8), id(70)), Action::ViewBooking, ObjectKind::Booking).is_err());
    }
}

db_test! {
    async fn an_interpreter_reads_back_and_is_found_by_language(db: &TestDb) {
        plant_case(db, 10).await;
        let arabic = plant_arabic_interpreter(db, 80).await;
        let kurdish = plant_interpreter(db, 81, &[SpokenLanguage::Kurdish, SpokenLanguage::Turkish]).await;
        assert_eq!(interpreters::find(db, arabic.id).await.unwrap(), Some(arabic.clone()));
        let scope = scope(&staff(lead(), Role::Lead), Action::ViewInterpreters, ObjectKind::Interpreter).unwrap();
        let listed = async |filter: InterpreterFilter| {
            interpreters::list(db, &scope, filter, Page::default()).await.unwrap().items
        };
        assert_eq!(listed(InterpreterFilter::default()).await, [kurdish.clone(), arabic.clone()]);
        let speaks = |language| InterpreterFilter { language: Some(language), state: None };
        assert_eq!(listed(speaks(SpokenLanguage::Arabic)).await, std::slice::from_ref(&arabic));
        assert_eq!(listed(speaks(SpokenLanguage::Somali)).await, []);

        let resting = Interpreter { state: InterpreterState::Inactive, ..kurdish };
        let resting = permit(&staff(lead(), Role::Lead), Action::ManageInterpreters, resting).unwrap();
        let version = unit(db, async |tx| interpreters::update(tx, &resting).await).await.unwrap();
        assert_eq!(version, Version(2));
        let again = unit(db, async |tx| interpreters::update(tx, &resting).await).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
        let active = InterpreterFilter { language: Some(SpokenLanguage::Turkish), state: Some(InterpreterState::Active) };
        assert_eq!(listed(active).await, [arabic]);
    }
}

db_test! {
    async fn a_hospital_reads_back_and_changes_once_a_version(db: &TestDb) {
        let administrator = staff(lead(), Role::Administrator);
        let licence = Licence {
            issuer: LicenceIssuer::Ushas,
            number: line("HT-34-0042"),
            valid_from: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
            valid_until: NaiveDate::from_ymd_opt(2027, 1, 1).unwrap(),
        };
        let profile = HospitalProfile {
            name_en: line("Golden Horn Hospital"),
            name_tr: line("Haliç Hastanesi"),
            name_ar: line("مستشفى القرن الذهبي"),
            city: line("İstanbul"),
            time_zone: "Europe/Istanbul".parse().unwrap(),
            licence,
            capabilities: vec![HospitalCapability::Mvd, HospitalCapability::NeuroIcu],
            accreditations: vec![Accreditation::Jci],
        };
        let hospital = Hospital { id: id(70), profile, state: HospitalState::Active, last_change: None, version: Version::FIRST };
        let hospital = permit(&administrator, Action::ManageHospitals, hospital).unwrap();
        unit(db, async |tx| hospitals::insert(tx, &hospital, at(8, 0)).await).await.unwrap();
        assert_eq!(hospitals::find(db, hospital.id).await.unwrap().as_ref(), Some(&*hospital));

        let suspended = hospital.map(|hospital| Hospital { state: HospitalState::Suspended, ..hospital });
        assert_eq!(unit(db, async |tx| hospitals::update(tx, &suspended).await).await.unwrap(), Version(2));
        let again = unit(db, async |tx| hospitals::update(tx, &suspended).await).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
        let scope = scope(&administrator, Action::ViewHospitals, ObjectKind::Hospital).unwrap();
        for (state, count) in [(None, 1), (Some(HospitalState::Suspended), 1), (Some(HospitalState::Active), 0)] {
            assert_eq!(hospitals::list(db, &scope, state, Page::default()).await.unwrap().items.len(), count);
        }
    }
}

db_test! {
    async fn a_user_is_bound_to_what_exists(db: &TestDb) {
        let interpreter = plant_arabic_interpreter(db, 80).await;
        let name = PersonName::parse("Leyla Demir").unwrap();
        let bound = |to: InterpreterId| UserProfile {
            name: name.clone(),
            roles: vec![Role::Interpreter],
            confers: Vec::new(),
            hospital_id: None,
            interpreter_id: Some(to),
        };
        plant_user(db, id(5), bound(interpreter.id)).await;
        for column in ["hospital_id", "interpreter_id"] {
            // The id of a user, which is neither.
            let refused = db.execute(&format!("UPDATE users SET {column} = id")).await;
            assert!(matches!(refused, Err(StoreError::Dangling)), "{column}: {refused:?}");
        }
    }
}
