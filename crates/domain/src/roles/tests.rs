use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::ids::Ids;
use crate::paging::Version;
use crate::policy::Principal;
use crate::text::{Login, PersonName};
use crate::vocabulary::{Coded, UserState};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn id(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// A user of our house, unless a hospital or an interpreter is given.
fn profile(roles: &[Role], hospital: Option<u128>, interpreter: Option<u128>) -> UserProfile {
    UserProfile {
        name: PersonName::parse("Layla").unwrap(),
        roles: roles.to_vec(),
        confers: Vec::new(),
        hospital_id: hospital.map(|id| Uuid::from_u128(id).into()),
        interpreter_id: interpreter.map(|id| Uuid::from_u128(id).into()),
    }
}

fn giver(confers: &[Role]) -> Actor {
    let principal = Principal::new(id(1), Uuid::from_u128(1).into(), now());
    Actor::User(Principal { roles: vec![Role::Administrator], confers: confers.to_vec(), ..principal })
}

fn new(role: Role, purpose: RolePurpose) -> NewRole {
    NewRole { role, purpose, until: None, reason: None }
}

fn held(until: Option<DateTime<Utc>>) -> RoleAssignment {
    let new = NewRole { until, ..new(Role::Doctor, RolePurpose::Exercise) };
    new.assigned(Uuid::from_u128(9).into(), id(2), Some(id(1)), now())
}

fn line(text: &str) -> Line {
    Line::parse(text, 100).unwrap()
}

#[test]
fn nobody_gives_what_they_do_not_hold_for_conferring() {
    for role in Role::ALL.iter().copied() {
        assert_eq!(may_give(&giver(&[role]), id(2), role), Ok(()), "{role}");
        let others: Vec<_> = Role::ALL.iter().copied().filter(|other| *other != role).collect();
        assert_eq!(may_give(&giver(&others), id(2), role), Err(AssignRoleError::NotHeld(role)), "{role}");
        assert_eq!(may_give(&Actor::System, id(2), role), Ok(()), "{role}");
    }
}

#[test]
fn nobody_gives_a_role_to_themselves() {
    assert_eq!(may_give(&giver(Role::ALL), id(1), Role::Doctor), Err(AssignRoleError::OwnRoles));
}

#[test]
fn an_administrator_is_made_by_two_people_or_by_the_operator() {
    let needs = Err(AssignRoleError::NeedsSecondPerson);
    assert_eq!(may_give_alone(&giver(Role::ALL), id(2), Role::Administrator), needs);
    assert_eq!(
        may_give_alone(&giver(&[]), id(2), Role::Administrator),
        Err(AssignRoleError::NotHeld(Role::Administrator))
    );
    assert_eq!(may_give_alone(&Actor::System, id(2), Role::Administrator), Ok(()));
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::Administrator) {
        assert_eq!(may_give_alone(&giver(Role::ALL), id(2), role), Ok(()), "{role}");
    }
}

#[test]
fn each_role_is_acted_in_by_those_whom_it_fits_alone() {
    let ours = profile(&[Role::Coordinator], None, None);
    let interpreter = profile(&[Role::Interpreter], None, Some(5));
    let theirs = profile(&[Role::HospitalUser], Some(4), None);
    let machine = profile(&[Role::HospitalClient], Some(4), None);
    for role in Role::ALL.iter().copied() {
        let fits = |who: &UserProfile| new(role, RolePurpose::Exercise).check(who, now()).is_ok();
        let expected = match role {
            Role::HospitalUser => [false, false, true, false],
            Role::HospitalClient => [false; 4],
            Role::Interpreter => [false, true, false, false],
            Role::Administrator | Role::Coordinator | Role::Lead | Role::Doctor | Role::Finance | Role::Auditor => {
                [true, true, false, false]
            }
        };
        assert_eq!([&ours, &interpreter, &theirs, &machine].map(fits), expected, "{role}");
    }
}

#[test]
fn the_people_of_a_hospital_give_no_role() {
    for role in Role::ALL.iter().copied() {
        let fits = |who: &UserProfile| new(role, RolePurpose::Confer).check(who, now()).is_ok();
        assert!(fits(&profile(&[Role::Administrator], None, None)), "{role}");
        assert!(!fits(&profile(&[Role::HospitalUser], Some(4), None)), "{role}");
    }
}

#[test]
fn a_term_lies_ahead_and_within_two_years() {
    let code = |until| {
        let new = NewRole { until: Some(until), ..new(Role::Doctor, RolePurpose::Exercise) };
        new.check(&profile(&[], None, None), now()).err().map(|refused| refused.0[0].code)
    };
    assert_eq!(code(now()), Some(FieldCode::InThePast));
    assert_eq!(code(now() + TimeDelta::microseconds(1)), None);
    assert_eq!(code(now() + LONGEST_TERM), None);
    assert_eq!(code(now() + LONGEST_TERM + TimeDelta::microseconds(1)), Some(FieldCode::OutOfRange));
}

#[test]
fn a_role_is_held_until_its_time_is_over_or_someone_ends_it() {
    let until = now() + TimeDelta::days(7);
    assert_eq!(held(None).state(now() + TimeDelta::days(9_999)), RoleAssignmentState::Running);
    assert_eq!(held(Some(until)).state(until - TimeDelta::microseconds(1)), RoleAssignmentState::Running);
    assert_eq!(held(Some(until)).state(until), RoleAssignmentState::Expired);
    let ended = held(Some(until)).end(&giver(&[]), line("left"), now()).unwrap();
    assert_eq!(ended.ended, Some(RoleEnd { at: now(), by: Some(id(1)), reason: Some(line("left")) }));
    assert_eq!(ended.state(now()), RoleAssignmentState::Ended);
    assert_eq!(ended.state(until), RoleAssignmentState::Ended);
}

#[test]
fn an_assignment_that_gave_place_to_the_next_one_has_expired() {
    let until = now() + TimeDelta::days(7);
    let closed = RoleAssignment { ended: Some(RoleEnd { at: until, by: None, reason: None }), ..held(Some(until)) };
    assert_eq!(closed.state(until), RoleAssignmentState::Expired);
}

#[test]
fn nobody_ends_a_role_of_their_own_and_none_ends_twice() {
    let own = giver(Role::ALL);
    let mine = RoleAssignment { user_id: id(1), ..held(None) };
    assert_eq!(mine.end(&own, line("why"), now()), Err(EndRoleError::OwnRoles));
    let ended = held(None).end(&own, line("why"), now()).unwrap();
    let again = ended.end(&own, line("why"), now());
    assert_eq!(again, Err(WrongState::new(RoleAssignmentState::Ended, "end").into()));
}

#[test]
fn only_an_administrator_without_a_term_administers_for_good() {
    let administrator = RoleAssignment { role: Role::Administrator, ..held(None) };
    assert!(administrator.administers());
    assert!(!held(None).administers());
    assert!(RoleAssignment { purpose: RolePurpose::Confer, ..administrator.clone() }.administers());
    assert!(!RoleAssignment { until: Some(now() + TimeDelta::days(1)), ..administrator.clone() }.administers());
    assert!(!administrator.end(&Actor::System, line("why"), now()).unwrap().administers());
}

#[test]
fn the_last_to_act_and_the_last_to_make_others_are_not_spared() {
    let ids = |numbers: &[u128]| numbers.iter().map(|number| id(*number)).collect();
    for (acting, giving, leaving, spared) in [
        (&[1, 2][..], &[1, 2][..], 1, true),
        (&[1], &[1], 1, false),
        (&[1], &[1], 3, true),
        (&[1, 2], &[1], 1, false),
        (&[1, 2], &[1], 2, true),
        // Whoever may give the role without acting in it makes nobody an administrator.
        (&[1, 2], &[1, 3], 1, false),
        (&[1, 2], &[], 1, true),
    ] {
        let those = Administrators { acting: ids(acting), giving: ids(giving) };
        assert_eq!(those.spare(id(leaving)).is_ok(), spared, "{those:?} without {leaving}");
    }
}

#[test]
fn a_user_begins_with_the_roles_of_the_profile() {
    struct Counted;
    impl Ids for Counted {
        fn next(&self) -> Uuid {
            Uuid::from_u128(7)
        }
    }
    let confers = vec![Role::Doctor];
    let user = User {
        id: id(2),
        login: Login::parse("layla").unwrap(),
        profile: UserProfile { confers, ..profile(&[Role::Lead, Role::Coordinator], None, None) },
        contact: crate::users::Contact::default(),
        state: UserState::Active,
        hospital_state: None,
        version: Version::FIRST,
    };
    let first = user.first_roles(Some(id(1)), Moment { at: now(), ids: &Counted });
    let held: Vec<_> = first.iter().map(|role| (role.role, role.purpose)).collect();
    let exercise = RolePurpose::Exercise;
    assert_eq!(held, [(Role::Lead, exercise), (Role::Coordinator, exercise), (Role::Doctor, RolePurpose::Confer)]);
    assert!(first.iter().all(|role| role.user_id == id(2) && role.granted_by == Some(id(1)) && role.until.is_none()));
}
