use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::policy::{Actor, Decision, can, scope};

const DAY: TimeDelta = TimeDelta::hours(24);

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

fn now() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// Asked by user 1 at 9 o'clock, for three days.
fn asked(deed: Deed) -> Approval {
    Approval {
        id: id(10),
        deed,
        reason: Line::parse("The same person came twice", 100).unwrap(),
        requested_by: id(1),
        requested_at: now(),
        expires_at: now() + TimeDelta::hours(72),
        state: ApprovalState::Requested,
        ending: None,
        downloads: 0,
        version: Version::FIRST,
    }
}

fn merge() -> Deed {
    Deed::MergePatients { source_id: id(20), survivor_id: id(21), attested: vec![StrongIdentifier::Passport] }
}

fn administrator() -> Deed {
    Deed::AdministratorRole { user_id: id(5), purpose: RolePurpose::Exercise, until: None }
}

fn export() -> Deed {
    Deed::ExportCases { stage: None, roles: vec![Role::Lead] }
}

fn by(user: u128) -> Answer {
    Answer { by: id(user), at: now(), note: None }
}

/// What a request in each state makes of each operation.
#[test]
fn a_request_ends_once() {
    use ApprovalState::{Approved, Expired, Rejected, Requested, Withdrawn};
    let late = now() + TimeDelta::hours(72);
    for state in ApprovalState::ALL.iter().copied() {
        let met = || Approval { state, ..asked(merge()) };
        let waits = state == Requested;
        let became = |to| if waits { Ok(to) } else { Err(ProblemCode::WrongState) };
        let outcome = |changed: Result<Approval, ApprovalRefused>| {
            changed.map(|changed| changed.state).map_err(|refused| refused.code())
        };
        assert_eq!(outcome(met().approve(by(2))), became(Approved), "{state}");
        assert_eq!(outcome(met().reject(by(2))), became(Rejected), "{state}");
        assert_eq!(outcome(met().withdraw(id(1), now())), became(Withdrawn), "{state}");
        assert_eq!(outcome(met().expire(late).map_err(ApprovalRefused::from)), became(Expired), "{state}");
    }
}

#[test]
fn whoever_decides_is_on_record_with_time_and_words() {
    let note = Line::parse("I saw both passports", 100).ok();
    let approved = asked(merge()).approve(Answer { note: note.clone(), ..by(2) }).unwrap();
    assert_eq!(approved.ending, Some(Ending { by: Some(id(2)), at: now(), note }));
    let withdrawn = asked(merge()).withdraw(id(1), now()).unwrap();
    assert_eq!(withdrawn.ending, Some(Ending { by: None, at: now(), note: None }));
}

#[test]
fn the_second_person_is_neither_the_first_nor_the_one_it_is_about() {
    for deed in [merge(), administrator(), export()] {
        assert_eq!(asked(deed.clone()).approve(by(1)), Err(ApprovalRefused::NotTheSecond), "{deed:?}");
        assert_eq!(asked(deed.clone()).reject(by(1)), Err(ApprovalRefused::NotTheSecond), "{deed:?}");
        assert!(asked(deed).approve(by(2)).is_ok());
    }
    assert_eq!(asked(administrator()).approve(by(5)), Err(ApprovalRefused::NotTheSecond));
    assert_eq!(asked(administrator()).reject(by(5)), Err(ApprovalRefused::NotTheSecond));
    assert_eq!(asked(merge()).withdraw(id(2), now()), Err(ApprovalRefused::NotTheFirst));
}

#[test]
fn a_request_counts_until_its_last_instant_whether_or_not_anyone_noted_its_end() {
    let last = now() + TimeDelta::hours(72);
    let before = last - TimeDelta::microseconds(1);
    assert!(asked(merge()).approve(Answer { at: before, ..by(2) }).is_ok());
    assert!(asked(merge()).expire(before).is_err());
    let late = asked(merge()).approve(Answer { at: last, ..by(2) }).unwrap_err();
    assert_eq!(late, WrongState::new(ApprovalState::Expired, "approve").into());
    assert_eq!(asked(merge()).withdraw(id(1), last).unwrap_err().code(), ProblemCode::WrongState);
    assert_eq!(asked(merge()).expire(last).unwrap().state, ApprovalState::Expired);
}

#[test]
fn an_approved_export_is_fetched_by_who_asked_twice_within_its_time() {
    let approved = asked(export()).approve(by(2)).unwrap();
    let last = now() + DAY;
    let first = approved.clone().download(id(1), now(), DAY).unwrap();
    let second = first.clone().download(id(1), last - TimeDelta::microseconds(1), DAY).unwrap();
    assert_eq!((first.downloads, second.downloads), (1, 2));
    assert_eq!(second.download(id(1), now(), DAY).unwrap_err().code(), ProblemCode::WrongState);
    assert_eq!(approved.clone().download(id(2), now(), DAY), Err(ApprovalRefused::NotTheFirst));
    assert_eq!(approved.download(id(1), last, DAY).unwrap_err().code(), ProblemCode::WrongState);
    assert!(asked(export()).download(id(1), now(), DAY).is_err(), "nobody agreed yet");
    let merged = asked(merge()).approve(by(2)).unwrap();
    assert!(merged.download(id(1), now(), DAY).is_err(), "there is nothing to fetch");
}

/// The table of pairs and the policy say the same.
#[test]
fn both_of_a_pair_hold_the_permission_for_their_part() {
    let holds = |action, role| rules_of(action).iter().any(|(holder, reach)| *holder == role && *reach == Reach::All);
    for kind in ApprovalKind::ALL.iter().copied() {
        for (first, second) in kind.pairs() {
            assert!(holds(kind.deed(), *first), "{kind}: {first} asks");
            assert!(holds(kind.decision(), *second), "{kind}: {second} agrees");
            assert!(kind.suffices(&[*first], &[*second]));
        }
        for (role, _) in rules_of(kind.deed()) {
            assert!(kind.pairs().iter().any(|(first, _)| first == role), "{kind}: nobody agrees with {role}");
        }
        for (role, _) in rules_of(kind.decision()) {
            assert!(kind.pairs().iter().any(|(_, second)| second == role), "{kind}: {role} agrees with nobody");
        }
    }
}

#[test]
fn a_merge_takes_a_lead_and_an_administrator() {
    let merge = ApprovalKind::MergePatients;
    for (asking, agreeing, enough) in [
        (vec![Role::Lead], vec![Role::Administrator], true),
        (vec![Role::Administrator], vec![Role::Lead], true),
        (vec![Role::Lead], vec![Role::Lead], false),
        (vec![Role::Administrator], vec![Role::Administrator], false),
        (vec![Role::Lead, Role::Administrator], vec![Role::Lead], true),
        (vec![], vec![Role::Administrator], false),
    ] {
        assert_eq!(merge.suffices(&asking, &agreeing), enough, "{asking:?} and {agreeing:?}");
    }
    assert!(!ApprovalKind::ExportCases.suffices(&[Role::Lead], &[Role::Lead]));
    assert!(!ApprovalKind::ErasePatient.suffices(&[Role::Lead], &[Role::Lead]));
}

/// What is listed is what can be seen one by one.
#[test]
fn each_role_sees_what_is_its_business() {
    for role in Role::ALL.iter().copied() {
        let who = Principal { roles: vec![role], ..Principal::new(id(2), id(3), now()) };
        let actor = Actor::User(who);
        let listed = scope(&actor, Action::ViewApprovals, ObjectKind::Approval).map(|scope| kinds_in(&scope));
        let erasure = Deed::ErasePatient { patient_id: id(20), extent: ErasureExtent::Contacts };
        for deed in [merge(), administrator(), export(), erasure] {
            let kind = deed.kind();
            let seen = can(&actor, Action::ViewApprovals, &asked(deed)) != Decision::Hide;
            assert_eq!(listed.as_ref().is_ok_and(|kinds| kinds.contains(&kind)), seen, "{kind} by {role}");
        }
    }
    let lead = Actor::User(Principal { roles: vec![Role::Lead], ..Principal::new(id(2), id(3), now()) });
    assert_eq!(can(&lead, Action::ViewApprovals, &asked(administrator())), Decision::Hide);
}

#[test]
fn one_role_alone_sees_only_its_own_business() {
    let own = rules_of(Action::ViewApprovals).iter().filter(|(_, reach)| *reach == Reach::Own);
    assert_eq!(own.count(), 1, "with a second one a list would hold what is the business of both");
}

#[test]
fn what_one_of_the_two_gave_to_the_other_does_not_count() {
    let held = |role, purpose, granted_by: Option<u128>| RoleAssignment {
        id: id(30),
        user_id: id(2),
        role,
        purpose,
        granted_by: granted_by.map(id),
        granted_at: now(),
        until: None,
        reason: None,
        ended: None,
    };
    let (exercise, confer) = (RolePurpose::Exercise, RolePurpose::Confer);
    let held = vec![
        held(Role::Lead, exercise, Some(1)),
        held(Role::Administrator, exercise, None),
        held(Role::Doctor, exercise, Some(3)),
        held(Role::Auditor, confer, None),
    ];
    let standing = |let_in_by: Option<u128>| Standing { held: held.clone(), let_in_by: let_in_by.map(id) };
    assert_eq!(standing(None).beside(id(1)), [Role::Administrator, Role::Doctor]);
    assert_eq!(standing(None).beside(id(9)), [Role::Lead, Role::Administrator, Role::Doctor]);
    assert_eq!(standing(Some(1)).beside(id(1)), []);
    assert_eq!(standing(Some(1)).beside(id(3)), [Role::Lead, Role::Administrator]);
}

#[test]
fn an_export_shows_at_most_what_its_roles_read() {
    let export = |roles: &[Role]| Deed::ExportCases { stage: None, roles: roles.to_vec() }.audience();
    for (roles, audience) in [
        (&[Role::Administrator][..], Audience::Masked),
        (&[Role::Administrator, Role::Finance], Audience::Finance),
        (&[Role::Administrator, Role::Lead], Audience::Full),
        // Nobody sees a case by this role through the list of cases.
        (&[Role::Administrator, Role::Interpreter], Audience::Masked),
        (&[], Audience::Masked),
    ] {
        assert_eq!(export(roles), Some(audience), "{roles:?}");
    }
    assert_eq!(merge().audience(), None);
}
