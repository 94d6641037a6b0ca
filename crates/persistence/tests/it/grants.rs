use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::delegations::{Delegation, DelegationTerms};
use rafiq_domain::grants::{EmergencyReason, Grant, GrantBasis, GrantEnd, GrantTerms, Grantee};
use rafiq_domain::ids::{CaseId, UserId};
use rafiq_domain::paging::Page;
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Principal, StandIn, Verdict, Whole, permit, scope};
use rafiq_domain::teams::{Seat, TeamChange};
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::audit::{self, AuditFilter};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, db_test, delegations, grants, postgres_test, users};

use crate::fixtures::{allowed, at, id, lead, line, moment, plant_case, plant_user, staff, stamp, unit};

const CASE: u128 = 40;

/// A case that the lead coordinates, and a doctor who has nothing to do with it.
async fn plant(db: &TestDb) -> Permitted<Case> {
    let case = plant_case(db, CASE).await;
    plant_doctor(db, doctor()).await;
    allowed(Action::AssignCase, ObjectKind::Case, case)
}

async fn plant_doctor(db: &TestDb, id: UserId) {
    let name = PersonName::parse("Sami").unwrap();
    let roles = vec![Role::Doctor];
    plant_user(db, id, UserProfile { name, roles, confers: Vec::new(), hospital_id: None, interpreter_id: None }).await;
}

fn doctor() -> UserId {
    id(5)
}

fn case_id() -> CaseId {
    id(CASE)
}

fn grant(number: u128, terms: GrantTerms) -> Permitted<Grant> {
    let grant = Grant { id: id(number), case_id: case_id(), terms, granted_by: Some(lead()), ended: None };
    allowed(Action::AssignCase, ObjectKind::Case, grant)
}

fn member(user_id: UserId, basis: GrantBasis) -> GrantTerms {
    GrantTerms::of_member(Grantee::User(user_id), basis, at(9, 0))
}

fn opinion(until: DateTime<Utc>) -> GrantTerms {
    GrantTerms { valid_until: Some(until), reason: Some(line("why")), ..member(doctor(), GrantBasis::SecondOpinion) }
}

fn emergency(user_id: UserId) -> GrantTerms {
    GrantTerms {
        valid_until: Some(at(10, 0)),
        emergency: Some(EmergencyReason::PatientCalls),
        reason: Some(line("she fell")),
        ..member(user_id, GrantBasis::BreakGlass)
    }
}

async fn insert(db: &TestDb, grant: &Permitted<Grant>) -> Result<(), StoreError> {
    unit(db, async |tx| grants::insert(tx, grant).await).await
}

db_test! {
    async fn a_grant_reads_back_wherever_it_is_looked_for(db: &TestDb) {
        let case = plant(db).await;
        let given = grant(71, emergency(doctor()));
        insert(db, &given).await.unwrap();
        let opened = grants::of_case(db, case_id()).await.unwrap();
        assert_eq!(opened.iter().map(|grant| grant.terms.basis).collect::<Vec<_>>(), [GrantBasis::BreakGlass, GrantBasis::Coordinator]);
        assert_eq!(grants::find(db, case_id(), given.id).await.unwrap().as_ref(), Some(&*given));
        assert_eq!(grants::find(db, id(99), given.id).await.unwrap(), None, "of another case");
        assert_eq!(grants::held(db, case_id(), &[Grantee::User(doctor())], 5).await.unwrap(), [(*given).clone()]);
        assert_eq!(grants::held(db, case_id(), &[], 5).await.unwrap(), []);
        let team = grants::memberships(db, &case, Page::default()).await.unwrap().items;
        assert_eq!(team.iter().map(|grant| grant.terms.basis).collect::<Vec<_>>(), [GrantBasis::Coordinator]);
        assert_eq!(grants::history(db, &case, Page::default()).await.unwrap().items.len(), 2);

        let ended = given.try_map(|grant| grant.end(GrantEnd::GivenBack, at(9, 30))).unwrap();
        unit(db, async |tx| grants::end(tx, &ended).await).await.unwrap();
        assert_eq!(grants::find(db, case_id(), ended.id).await.unwrap().as_ref(), Some(&*ended));
        assert_eq!(grants::of_case(db, case_id()).await.unwrap().len(), 1);
        let again = unit(db, async |tx| grants::end(tx, &ended).await).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    }
}

db_test! {
    async fn a_case_has_one_coordinator_and_one_doctor(db: &TestDb) {
        plant(db).await;
        insert(db, &grant(71, member(doctor(), GrantBasis::Doctor))).await.unwrap();
        for (number, basis) in [(72, GrantBasis::Coordinator), (73, GrantBasis::Doctor)] {
            let refused = insert(db, &grant(number, member(doctor(), basis))).await;
            assert!(refused.as_ref().is_err_and(|error| error.is_constraint(grants::ONE_EACH)), "{refused:?}");
        }
        unit(db, async |tx| {
            let by = allowed(Action::AssignCase, ObjectKind::Case, ());
            grants::end_all_of_user(tx, &by, doctor(), at(9, 30), GrantEnd::OffBoarded).await
        })
        .await
        .unwrap();
        insert(db, &grant(73, member(doctor(), GrantBasis::Doctor))).await.unwrap();
    }
}

db_test! {
    async fn a_doctor_is_asked_once_at_a_time_for_an_opinion(db: &TestDb) {
        plant(db).await;
        insert(db, &grant(71, opinion(at(10, 0)))).await.unwrap();
        let twice = insert(db, &grant(72, opinion(at(11, 0)))).await;
        assert!(twice.as_ref().is_err_and(|error| error.is_constraint(grants::ASKED_TWICE)), "{twice:?}");
        // One whose time is over gives way, and says when it was over.
        let later = GrantTerms { valid_from: at(10, 0), ..opinion(at(11, 0)) };
        insert(db, &grant(73, later)).await.unwrap();
        let first = grants::find(db, case_id(), id(71)).await.unwrap().unwrap();
        assert_eq!(first.ended, Some((at(10, 0), GrantEnd::Lapsed)));
    }
}

db_test! {
    async fn the_database_refuses_what_no_grant_is(db: &TestDb) {
        plant(db).await;
        let given = |terms| grant(71, terms);
        for (terms, constraint) in [
            (GrantTerms { basis: GrantBasis::Referral, ..member(doctor(), GrantBasis::Doctor) }, "ck_access_grants_holder"),
            (GrantTerms { valid_until: Some(at(9, 0)), ..opinion(at(10, 0)) }, "ck_access_grants_times"),
            (GrantTerms { reason: None, ..emergency(doctor()) }, "ck_access_grants_emergency"),
            (GrantTerms { emergency: None, ..emergency(doctor()) }, "ck_access_grants_emergency"),
            (GrantTerms { valid_until: None, ..emergency(doctor()) }, "ck_access_grants_emergency"),
        ] {
            let refused = insert(db, &given(terms)).await;
            assert!(refused.as_ref().is_err_and(|error| error.is_constraint(constraint)), "{constraint}: {refused:?}");
        }
        let unfinished = db.execute("UPDATE access_grants SET ended_at = valid_from").await;
        assert!(unfinished.as_ref().is_err_and(|error| error.is_constraint("ck_access_grants_end")), "{unfinished:?}");
    }
}

db_test! {
    async fn emergencies_are_counted_while_they_run(db: &TestDb) {
        plant(db).await;
        insert(db, &grant(71, emergency(doctor()))).await.unwrap();
        insert(db, &grant(72, emergency(lead()))).await.unwrap();
        insert(db, &grant(73, opinion(at(12, 0)))).await.unwrap();
        for (now, running) in [(at(9, 0), 1), (at(9, 59), 1), (at(10, 0), 0)] {
            let counted = unit(db, async |tx| grants::take_turn(tx, doctor(), now).await).await.unwrap();
            assert_eq!(counted, running, "{now}");
        }
    }
}

db_test! {
    async fn many_cases_change_hands_in_one_go(db: &TestDb) {
        plant(db).await;
        plant_case(db, CASE + 1).await;
        let ids = [case_id(), id(CASE + 1)];
        let change = TeamChange { coordinator: Seat::Stays, doctor: Seat::Goes(Some(doctor())) };
        unit(db, async |tx| {
            let found = cases::lock(tx, &ids).await?;
            let cases = found.into_iter().map(|found| Case { doctor_id: Some(doctor()), ..found.case }).collect();
            cases::assign(tx, &allowed(Action::AssignCase, ObjectKind::Case, cases), change, moment(at(9, 0))).await
        })
        .await
        .unwrap();
        for id in ids {
            let found = cases::find(db, id).await.unwrap().unwrap();
            assert_eq!((found.case.doctor_id, found.case.version.0), (Some(doctor()), 2));
            let team: Vec<_> = found.grants.iter().map(|grant| (grant.terms.basis, grant.terms.grantee)).collect();
            let expected = [(GrantBasis::Coordinator, Grantee::User(lead())), (GrantBasis::Doctor, Grantee::User(doctor()))];
            assert_eq!(team, expected);
        }
    }
}

postgres_test! {
    async fn of_two_hand_overs_at_once_the_later_sees_what_the_earlier_left(db: &TestDb) {
        plant(db).await;
        plant_doctor(db, id(6)).await;
        let hand_over = async |to: UserId| {
            let change = TeamChange { coordinator: Seat::Goes(to), doctor: Seat::Stays };
            unit(db, async |tx| {
                let found = cases::lock(tx, &[case_id()]).await?;
                let cases = found.into_iter().map(|found| Case { coordinator_id: to, ..found.case }).collect();
                cases::assign(tx, &allowed(Action::AssignCase, ObjectKind::Case, cases), change, moment(at(9, 0))).await
            })
            .await
        };
        let (one, other) = tokio::join!(hand_over(doctor()), hand_over(id(6)));
        one.and(other).unwrap();
        let found = cases::find(db, case_id()).await.unwrap().unwrap();
        let [grant] = &found.grants[..] else { panic!("{:?}", found.grants) };
        assert_eq!((grant.terms.grantee, found.case.version.0), (Grantee::User(found.case.coordinator_id), 3));
    }
}

/// The lead is away from nine to ten, and the doctor stands in.
fn delegation() -> Permitted<Delegation> {
    let terms = DelegationTerms {
        from: lead(),
        to: doctor(),
        valid_from: at(9, 0),
        valid_until: at(10, 0),
        reason: line("leave"),
    };
    allowed(Action::AssignCase, ObjectKind::Case, Delegation { id: id(80), terms, created_by: lead(), ended: None })
}

db_test! {
    async fn someone_stands_in_while_a_delegation_runs_and_the_absent_one_may_act(db: &TestDb) {
        plant(db).await;
        let delegation = delegation();
        unit(db, async |tx| delegations::insert(tx, &delegation).await).await.unwrap();
        assert_eq!(delegations::find(db, delegation.id).await.unwrap().as_ref(), Some(&*delegation));
        let user = users::find(db, doctor(), at(9, 0)).await.unwrap().unwrap();
        let for_whom = async |now| delegations::stands_in_for(db, &user, now).await.unwrap();
        let absent = vec![StandIn { user_id: lead(), roles: vec![Role::Lead], until: at(10, 0) }];
        let tick = TimeDelta::microseconds(1);
        for (now, expected) in [
            (at(9, 0) - tick, Vec::new()),
            (at(9, 0), absent.clone()),
            (at(10, 0) - tick, absent.clone()),
            (at(10, 0), Vec::new()),
        ] {
            assert_eq!(for_whom(now).await, expected, "{now}");
        }
        db.execute("UPDATE users SET state = 'disabled'").await.unwrap();
        assert_eq!(for_whom(at(9, 0)).await, []);
        db.execute("UPDATE users SET state = 'active'").await.unwrap();
        assert_eq!(for_whom(at(9, 0)).await, absent);

        let ended = delegation.try_map(|delegation| delegation.end(Some(doctor()), at(9, 30))).unwrap();
        unit(db, async |tx| delegations::end(tx, &ended).await).await.unwrap();
        assert_eq!(delegations::find(db, ended.id).await.unwrap().as_ref(), Some(&*ended));
        assert_eq!(for_whom(at(9, 0)).await, []);
        let again = unit(db, async |tx| delegations::end(tx, &ended).await).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    }
}

db_test! {
    async fn delegations_are_listed_to_their_sides_and_end_with_either(db: &TestDb) {
        plant(db).await;
        plant_doctor(db, id(6)).await;
        unit(db, async |tx| delegations::insert(tx, &delegation()).await).await.unwrap();
        let listed = async |actor: &Actor| {
            let scope = scope(actor, Action::ViewDelegations, ObjectKind::Delegation).unwrap();
            delegations::list(db, &scope, Page::default()).await.unwrap().items.len()
        };
        assert_eq!(listed(&staff(doctor(), Role::Doctor)).await, 1);
        assert_eq!(listed(&staff(id(6), Role::Doctor)).await, 0);
        assert_eq!(listed(&staff(id(6), Role::Lead)).await, 1);
        assert_eq!(delegations::to_user(db, doctor(), 5).await.unwrap().items.len(), 1);
        assert_eq!(delegations::to_user(db, lead(), 5).await.unwrap().items, []);
        for (refused, constraint) in [
            ("SET to_user_id = from_user_id", "ck_delegations_another"),
            ("SET valid_until = valid_from", "ck_delegations_times"),
            ("SET ended_by = to_user_id", "ck_delegations_end"),
        ] {
            let broken = db.execute(&format!("UPDATE delegations {refused}")).await;
            assert!(broken.as_ref().is_err_and(|error| error.is_constraint(constraint)), "{broken:?}");
        }
        let by = permit(&staff(id(7), Role::Administrator), Action::OffBoardUser, Whole(ObjectKind::User)).unwrap();
        plant_doctor(db, id(7)).await;
        unit(db, async |tx| delegations::end_all_of_user(tx, &by, lead(), at(9, 30)).await).await.unwrap();
        let ended = delegations::find(db, id(80)).await.unwrap().unwrap().ended;
        assert_eq!(ended, Some((at(9, 30), Some(id(7)))));
    }
}

db_test! {
    async fn the_trail_keeps_for_whom_someone_acted(db: &TestDb) {
        let case = plant(db).await;
        let absent = StandIn { user_id: lead(), roles: vec![Role::Lead, Role::Coordinator], until: at(10, 0) };
        let standing = Principal {
            roles: vec![Role::Coordinator],
            stands_in_for: vec![absent],
            ..Principal::new(doctor(), id(1), at(9, 0))
        };
        let found = cases::find(db, case_id()).await.unwrap().unwrap();
        let read = permit(&Actor::User(standing.clone()), Action::ViewCase, found).unwrap();
        audit::reads(db, &[(read.permit().clone(), stamp())]).await.unwrap();
        let denied = permit(&Actor::User(standing), Action::ViewAudit, Whole(ObjectKind::Audit)).unwrap_err();
        audit::denied(db, &[(&denied, stamp())]).await.unwrap();

        let of_case = audit::of_case(db, &case, Page::default()).await.unwrap().items;
        let read = &of_case[0];
        assert_eq!((read.actor_id, read.on_behalf_of), (Some(doctor()), Some(lead())));
        assert_eq!((read.action, read.verdict, &read.roles[..]), (Action::ViewCase, Verdict::Allowed, &[Role::Coordinator][..]));
        assert_eq!((read.object.kind, read.object.case_id), (ObjectKind::Case, Some(case_id())));
        let all = scope(&staff(id(9), Role::Auditor), Action::ViewAudit, ObjectKind::Audit).unwrap();
        let found = async |filter: AuditFilter| audit::list(db, &all, &filter, Page::default()).await.unwrap().items;
        let of_doctor = AuditFilter { actor_id: Some(doctor()), ..AuditFilter::default() };
        assert_eq!(found(of_doctor.clone()).await.len(), 2);
        let forbidden = found(AuditFilter { verdict: Some(Verdict::Forbidden), ..of_doctor.clone() }).await;
        assert_eq!(forbidden.iter().map(|record| record.action).collect::<Vec<_>>(), [Action::ViewAudit]);
        let at_eight = AuditFilter { from: Some(at(8, 0)), until: Some(at(8, 1)), ..of_doctor.clone() };
        assert_eq!(found(at_eight).await.len(), 2);
        assert_eq!(found(AuditFilter { until: Some(at(8, 0)), ..of_doctor }).await, []);
    }
}
