use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::policy::{Action, Actor, Object, ObjectKind, Principal, Relation, Resource, StandIn, permit};
use crate::vocabulary::Coded;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// A case that is everyone's own.
struct AnyCase;

impl Resource for AnyCase {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Case, id: Some(Uuid::nil()), case_id: None }
    }

    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        Relation::Own
    }
}

fn task(kind: TaskKind, state: TaskState) -> Task {
    Task {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        kind,
        about: Vec::new(),
        role: kind.assignment().0,
        due_at: now(),
        state,
        review_of: None,
        done_by: None,
        version: Version::FIRST,
    }
}

/// What comes of it when `by`, in these roles, completes the task.
fn completed(task: Task, by: u128, roles: &[Role]) -> Result<Option<UserId>, ProblemCode> {
    let who = Principal { roles: roles.to_vec(), ..Principal::new(user(by), Uuid::nil().into(), now()) };
    let permitted = permit(&Actor::User(who), Action::CompleteTask, AnyCase).unwrap();
    task.complete(permitted.permit()).map(|task| task.done_by).map_err(|refused| refused.code())
}

#[test]
fn a_task_is_completed_once() {
    for state in TaskState::ALL.iter().copied() {
        let open = matches!(state, TaskState::Open | TaskState::InProgress);
        let expected = if open { Ok(Some(user(7))) } else { Err(ProblemCode::WrongState) };
        assert_eq!(completed(task(TaskKind::TakeOverCase, state), 7, &[Role::Coordinator]), expected, "{state}");
    }
}

#[test]
fn what_someone_did_is_looked_at_by_another_lead() {
    let review = || Task { review_of: Some(user(7)), ..task(TaskKind::ReviewEmergencyAccess, TaskState::Open) };
    assert_eq!(completed(review(), 7, &[Role::Lead]), Err(ProblemCode::Forbidden), "it was their own doing");
    assert_eq!(completed(review(), 8, &[Role::Coordinator, Role::Doctor]), Err(ProblemCode::Forbidden));
    assert_eq!(completed(review(), 8, &[Role::Coordinator, Role::Lead]), Ok(Some(user(8))));
    let refused = review().complete(
        permit(
            &Actor::User(Principal { roles: vec![Role::Lead], ..Principal::new(user(7), Uuid::nil().into(), now()) }),
            Action::CompleteTask,
            AnyCase,
        )
        .unwrap()
        .permit(),
    );
    assert!(refused.is_err_and(|refused| refused.denial().is_some()), "it goes on record");
}

/// A case of the absent one's alone.
struct TheirCase;

impl Resource for TheirCase {
    fn object(&self) -> Object {
        AnyCase.object()
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        if who.stands_in_for.is_empty() { Relation::Stranger } else { Relation::Own }
    }
}

#[test]
fn a_stand_in_does_not_review_what_the_absent_one_did() {
    let absent = StandIn { user_id: user(7), roles: vec![Role::Doctor], until: now() };
    let who = Principal {
        roles: vec![Role::Doctor],
        stands_in_for: vec![absent],
        ..Principal::new(user(8), Uuid::nil().into(), now())
    };
    let permitted = permit(&Actor::User(who), Action::CompleteTask, TheirCase).unwrap();
    assert_eq!(permitted.permit().on_behalf_of(), Some(user(7)));
    let review =
        Task { review_of: Some(user(7)), role: Role::Doctor, ..task(TaskKind::ReviewEmergencyAccess, TaskState::Open) };
    assert!(review.complete(permitted.permit()).is_err());
}
