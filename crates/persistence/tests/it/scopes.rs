//! A list shows exactly what its scope holds, whatever roles meet in one user.

use rafiq_domain::cases::Case;
use rafiq_domain::ids::{HospitalId, InterpreterId, UserId};
use rafiq_domain::paging::Page;
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Principal, Scope, scope};
use rafiq_domain::referrals::Referral;
use rafiq_domain::teams::{Team, TeamChange};
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::{ConsentState, ReferralState, Role};
use rafiq_persistence::cases::CaseFilter;
use rafiq_persistence::store::Store;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{bookings, cases, db_test, patients, referrals};
use uuid::Uuid;

use crate::bookings::{plant_arabic_interpreter, plant_booking, video};
use crate::cases::plant_patient;
use crate::fixtures::{allowed, at, id, lead, moment, plant_referred, plant_user, unit};
use crate::referrals::plant_consent;

/// The numbers of the cases; the patient, the referral and its hospital, and a booking of each have the same.
const CASES: std::ops::Range<u128> = 5..9;

/// The number of a patient whom the lead registered, as those of the cases, and for whom no case was opened.
const WITHOUT_CASE: u128 = CASES.end;

/// Every kind of role alone, and those together between which the parts of a list could get lost.
const ROLES: &[&[Role]] = &[
    &[],
    &[Role::Administrator],
    &[Role::Coordinator],
    &[Role::Lead],
    &[Role::Doctor],
    &[Role::Interpreter],
    &[Role::Finance],
    &[Role::Auditor],
    &[Role::HospitalUser],
    &[Role::Coordinator, Role::Doctor],
    &[Role::Coordinator, Role::Interpreter],
    &[Role::Doctor, Role::Interpreter],
    &[Role::Doctor, Role::HospitalUser],
    &[Role::Coordinator, Role::Interpreter, Role::HospitalUser],
    &[Role::Finance, Role::Doctor, Role::Interpreter],
];

/// What is listed by scope.
#[derive(Clone, Copy)]
enum List {
    Cases,
    Patients,
    Referrals,
    Bookings,
}

const LISTS: [(List, ObjectKind); 4] = [
    (List::Cases, ObjectKind::Case),
    (List::Patients, ObjectKind::Patient),
    (List::Referrals, ObjectKind::Referral),
    (List::Bookings, ObjectKind::Booking),
];

/// Four cases on whose teams users 1 to 3 are in turn, two interpreters, and referrals shown or not.
async fn plant_world(store: &Store) {
    let (other, third): (UserId, UserId) = (id(2), id(3));
    let teams = [(other, None), (third, Some(other)), (other, Some(third)), (lead(), Some(other))];
    let states = [ReferralState::Sent, ReferralState::Sent, ReferralState::InProgress, ReferralState::Draft];
    for ((number, team), state) in CASES.zip(teams).zip(states) {
        let case = plant_referred(store, number).await;
        if number == CASES.start {
            for person in [other, third] {
                let name = PersonName::parse("Layla").unwrap();
                let roles = vec![Role::Coordinator, Role::Doctor];
                plant_user(
                    store,
                    person,
                    UserProfile { name, roles, confers: Vec::new(), hospital_id: None, interpreter_id: None },
                )
                .await;
            }
            plant_arabic_interpreter(store, 80).await;
            plant_arabic_interpreter(store, 81).await;
        }
        let (coordinator_id, doctor_id) = team;
        let case = allowed(Action::OpenCase, ObjectKind::Case, Case { coordinator_id, doctor_id, ..case });
        let referral = referrals::find(store, case.id, id(number)).await.unwrap().unwrap();
        let referral = allowed(Action::WriteReferral, ObjectKind::Referral, Referral { state, ..referral });
        let change = TeamChange::to(Team { coordinator_id, doctor_id });
        let taking_over = case.with(vec![(*case).clone()]);
        unit(store, async |tx| {
            cases::assign(tx, &taking_over, change, moment(at(8, 0))).await?;
            referrals::update(tx, &referral, moment(at(8, 0))).await
        })
        .await
        .unwrap();
        let interpreter = match number {
            5 | 8 => rafiq_persistence::interpreters::find(store, id(80)).await.unwrap(),
            6 => rafiq_persistence::interpreters::find(store, id(81)).await.unwrap(),
            _ => None,
        };
        plant_booking(store, &case, number, video(at(10, 0), at(11, 0)), interpreter.as_ref()).await;
    }
    plant_patient(store, WITHOUT_CASE, None).await;
    plant_consent(store, 5, ConsentState::Active, None).await;
    plant_consent(store, 8, ConsentState::Active, None).await;
}

fn numbers<T>(items: &[T], number: impl Fn(&T) -> u128) -> Vec<u128> {
    let mut numbers: Vec<_> = items.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// What a list shows, and what the scope says that it holds.
async fn listed_and_held(db: &TestDb, list: List, scope: &Permitted<Scope>) -> (Vec<u128>, Vec<u128>) {
    let page = Page::default();
    let listed = match list {
        List::Cases => {
            let slice = cases::list(db, scope, &CaseFilter::default(), page).await.unwrap();
            numbers(&slice.items, |case| case.id.uuid().as_u128())
        }
        List::Patients => {
            numbers(&patients::list(db, scope, None, page).await.unwrap().items, |it| it.id.uuid().as_u128())
        }
        List::Referrals => {
            let slice = referrals::list(db, scope, None, page).await.unwrap();
            numbers(&slice.items, |referral| referral.id.uuid().as_u128())
        }
        List::Bookings => {
            numbers(&bookings::list(db, scope, None, page).await.unwrap().items, |it| it.id.uuid().as_u128())
        }
    };
    let mut held = Vec::new();
    for number in CASES.chain([WITHOUT_CASE]) {
        let id = Uuid::from_u128(number);
        let holds = match list {
            List::Cases => cases::find(db, id.into()).await.unwrap().map(|found| scope.holds_case(&found)),
            List::Patients => patients::find(db, id.into()).await.unwrap().map(|found| scope.holds_patient(&found)),
            List::Referrals => {
                referrals::find_in_case(db, id.into()).await.unwrap().map(|found| scope.holds_referral(&found))
            }
            List::Bookings => {
                bookings::find_in_case(db, id.into()).await.unwrap().map(|found| scope.holds_booking(&found))
            }
        };
        held.extend(holds.unwrap_or(false).then_some(number));
    }
    (listed, held)
}

db_test! {
    async fn a_list_shows_exactly_what_its_scope_holds(db: &TestDb) {
        plant_world(db).await;
        let bindings: [(Option<HospitalId>, Option<InterpreterId>); 3] =
            [(None, None), (Some(id(5)), Some(id(80))), (Some(id(7)), Some(id(82)))];
        let (mut partly, mut refused) = (0, 0);
        for (user, roles) in [1, 2, 3].into_iter().flat_map(|user| ROLES.iter().map(move |roles| (user, *roles))) {
            for (hospital_id, interpreter_id) in bindings {
                let anyone = Principal::new(id(user), id(1), at(8, 0));
                let actor = Actor::User(Principal { roles: roles.to_vec(), hospital_id, interpreter_id, ..anyone });
                for (list, kind) in LISTS {
                    let Ok(scope) = scope(&actor, kind.seen_by(), kind) else {
                        refused += 1;
                        continue;
                    };
                    let (listed, held) = listed_and_held(db, list, &scope).await;
                    assert_eq!(listed, held, "{kind} {actor:?}");
                    partly += u32::from(!listed.is_empty() && listed.len() < CASES.count());
                }
            }
        }
        let lead = Principal { roles: vec![Role::Coordinator], ..Principal::new(lead(), id(1), at(8, 0)) };
        let own = scope(&Actor::User(lead), Action::ViewPatient, ObjectKind::Patient).unwrap();
        // Of those whom they registered: one of whose case they are the coordinator, and one without a case.
        assert_eq!(listed_and_held(db, List::Patients, &own).await.0, [8, WITHOUT_CASE]);
        assert!(partly > 100 && refused > 100, "the matrix tells the parts apart: {partly}, {refused}");
    }
}
