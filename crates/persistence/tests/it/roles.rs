use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::hospitals::{Hospital, StateChange};
use rafiq_domain::ids::{SessionId, UserId};
use rafiq_domain::policy::{Action, Actor, Permitted, Principal, permit};
use rafiq_domain::roles::{Administrators, NewRole, RoleAssignment, RoleEnd, RolePurpose};
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::sessions::Session;
use rafiq_domain::text::PersonName;
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, hospitals, roles, sessions, users};

use crate::fixtures::{at, id, line, plant_referred, plant_user, unit};

const DOCTOR: u128 = 5;

fn doctor() -> UserId {
    id(DOCTOR)
}

fn session() -> SessionId {
    id(DOCTOR)
}

/// A user with these roles, and a session that runs.
async fn plant(db: &TestDb, roles: &[Role], hospital: Option<u128>) {
    let profile = UserProfile {
        name: PersonName::parse("Sami").unwrap(),
        roles: roles.to_vec(),
        confers: Vec::new(),
        hospital_id: hospital.map(id),
        interpreter_id: None,
    };
    plant_user(db, doctor(), profile).await;
    let began = Session {
        id: session(),
        user_id: doctor(),
        started_at: at(9, 0),
        last_used_at: at(9, 0),
        ends_at: at(9, 0) + TimeDelta::days(400),
        revoked_at: None,
        second_factor_at: None,
        client: None,
    };
    unit(db, async |tx| sessions::insert(tx, &began).await).await.unwrap();
}

async fn principal(db: &TestDb, now: DateTime<Utc>) -> Option<Principal> {
    users::principal(db, doctor(), session(), SecondFactorRule::Optional, now).await.unwrap()
}

async fn user(db: &TestDb) -> Permitted<User> {
    let user = users::find(db, doctor(), at(9, 0)).await.unwrap().unwrap();
    permit(&Actor::System, Action::AssignRoles, user).unwrap()
}

fn assignment(number: u128, role: Role, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> RoleAssignment {
    let new = NewRole { role, purpose: RolePurpose::Exercise, until, reason: Some(line("stands in")) };
    new.assigned(id(number), doctor(), Some(doctor()), now)
}

async fn give(db: &TestDb, assignment: RoleAssignment) -> Result<(), StoreError> {
    let new = user(db).await.with(vec![assignment]);
    unit(db, async |tx| roles::insert(tx, &new).await).await
}

db_test! {
    async fn a_caller_holds_the_roles_of_the_moment(db: &TestDb) {
        plant(db, &[Role::Doctor], None).await;
        give(db, assignment(70, Role::Lead, at(10, 0), Some(at(12, 0)))).await.unwrap();
        let conferred = RoleAssignment { purpose: RolePurpose::Confer, ..assignment(71, Role::Finance, at(10, 0), None) };
        give(db, conferred).await.unwrap();
        let held = async |now| principal(db, now).await.map(|who| (who.roles, who.confers)).unwrap();
        assert_eq!(held(at(11, 59)).await, (vec![Role::Lead, Role::Doctor], vec![Role::Finance]));
        assert_eq!(held(at(12, 0)).await, (vec![Role::Doctor], vec![Role::Finance]));
    }
}

db_test! {
    async fn who_holds_no_role_is_no_caller(db: &TestDb) {
        plant(db, &[Role::Doctor], None).await;
        let end = RoleEnd { at: at(10, 0), by: None, reason: Some(line("left")) };
        let (ended, leaver) = (&end, user(db).await);
        assert_eq!(unit(db, async |tx| roles::end_all(tx, &leaver, ended).await).await.unwrap(), 1);
        assert!(principal(db, at(10, 0)).await.is_none());
        assert_eq!(unit(db, async |tx| roles::end_all(tx, &leaver, ended).await).await.unwrap(), 0);
    }
}

db_test! {
    async fn the_people_of_a_suspended_hospital_are_no_callers(db: &TestDb) {
        plant_referred(db, 9).await;
        plant(db, &[Role::HospitalUser], Some(9)).await;
        assert!(principal(db, at(10, 0)).await.is_some());
        let change = StateChange { at: at(10, 0), reason: line("licence under inspection") };
        let hospital = hospitals::find(db, id(9)).await.unwrap().unwrap();
        let hospital = permit(&Actor::System, Action::ManageHospitals, hospital).unwrap();
        let suspended = hospital.try_map(|hospital| hospital.suspend(change.clone())).unwrap();
        let version = unit(db, async |tx| hospitals::update(tx, &suspended).await).await.unwrap();
        assert!(principal(db, at(10, 0)).await.is_none());
        let kept = hospitals::find(db, id(9)).await.unwrap().unwrap();
        assert_eq!(kept, Hospital { version, ..suspended.into_inner() });
    }
}

db_test! {
    async fn a_role_is_held_once_until_it_is_over(db: &TestDb) {
        plant(db, &[Role::Doctor], None).await;
        give(db, assignment(70, Role::Lead, at(10, 0), Some(at(12, 0)))).await.unwrap();
        let twice = give(db, assignment(71, Role::Lead, at(11, 59), None)).await.unwrap_err();
        assert!(twice.is_constraint(roles::HELD_TWICE), "{twice:?}");
        give(db, assignment(72, Role::Lead, at(12, 0), None)).await.unwrap();
        let closed = roles::find(db, doctor(), id(70)).await.unwrap().unwrap();
        assert_eq!(closed.ended, Some(RoleEnd { at: at(12, 0), by: None, reason: None }));
        assert_eq!(roles::find(db, id(6), id(70)).await.unwrap(), None);
    }
}

db_test! {
    async fn an_assignment_reads_back_and_ends_once(db: &TestDb) {
        plant(db, &[Role::Doctor], None).await;
        let given = assignment(70, Role::Lead, at(10, 0), Some(at(12, 0)));
        give(db, given.clone()).await.unwrap();
        assert_eq!(roles::find(db, doctor(), id(70)).await.unwrap(), Some(given.clone()));
        let end = RoleEnd { at: at(11, 0), by: Some(doctor()), reason: Some(line("back early")) };
        let ended = RoleAssignment { ended: Some(end), ..given };
        let permitted = user(db).await.with(ended.clone());
        unit(db, async |tx| roles::end(tx, &permitted).await).await.unwrap();
        assert_eq!(roles::find(db, doctor(), id(70)).await.unwrap(), Some(ended));
        let again = unit(db, async |tx| roles::end(tx, &permitted).await).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    }
}

db_test! {
    async fn administrators_for_good_are_active_and_without_a_term(db: &TestDb) {
        plant(db, &[Role::Administrator], None).await;
        let administrators = async || unit(db, async |tx| roles::lock_administrators(tx).await).await.unwrap();
        let at_present = async |now| roles::administrators(db, now).await.unwrap();
        assert_eq!(administrators().await, Administrators { acting: vec![doctor()], giving: Vec::new() });
        db.execute("UPDATE users SET state = 'disabled'").await.unwrap();
        assert_eq!(administrators().await, Administrators::default());
        assert_eq!(at_present(at(9, 0)).await, []);
        db.execute("UPDATE users SET state = 'active'").await.unwrap();
        let far = at(9, 0) + TimeDelta::days(300);
        db.execute(&format!("UPDATE role_assignments SET until = '{}'", far.to_rfc3339())).await.unwrap();
        assert_eq!(administrators().await, Administrators::default());
        assert_eq!(at_present(far - TimeDelta::seconds(1)).await, [doctor()]);
        assert_eq!(at_present(far).await, []);
    }
}

db_test! {
    async fn signing_in_is_remembered_with_the_user(db: &TestDb) {
        plant(db, &[Role::Doctor], None).await;
        let noted = "SELECT COUNT(*) FROM users JOIN sessions ON user_id = users.id WHERE last_signed_in_at = started_at";
        assert_eq!(db.number(noted).await.unwrap(), 1);
    }
}
