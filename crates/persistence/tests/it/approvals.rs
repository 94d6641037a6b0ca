//! Requests for a second person: what the database itself holds, whoever writes to it.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::approvals::{Answer, Approval, ApprovalKind, ApprovalState, Deed};
use rafiq_domain::cases::Stage;
use rafiq_domain::erasure::{ErasureExtent, LegalHold};
use rafiq_domain::ids::{ApprovalId, PatientId, UserId};
use rafiq_domain::merging::StrongIdentifier;
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::policy::{Action, ObjectKind, scope};
use rafiq_domain::roles::RolePurpose;
use rafiq_domain::text::PersonName;
use rafiq_domain::users::UserProfile;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::approvals::{self, ApprovalFilter};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, legal_holds};

use crate::fixtures::{allowed, at, id, lead, line, plant_case, plant_user, staff, unit};

/// The one who asks, the one who agrees, and someone else.
const FIRST: u128 = 21;
const SECOND: u128 = 22;
const THIRD: u128 = 23;

/// Two patients, and three people beside their lead.
async fn plant(db: &TestDb) {
    for number in [7, 8] {
        plant_case(db, number).await;
    }
    for number in [FIRST, SECOND, THIRD] {
        let name = PersonName::parse("Layla Haddad").unwrap();
        let (roles, confers) = (vec![Role::Administrator], Vec::new());
        let profile = UserProfile { name, roles, confers, hospital_id: None, interpreter_id: None };
        plant_user(db, id(number), profile).await;
    }
}

fn deeds() -> [Deed; 5] {
    let until = Some(at(8, 0) + TimeDelta::days(30));
    [
        Deed::AdministratorRole { user_id: id(THIRD), purpose: RolePurpose::Confer, until },
        Deed::MergePatients {
            source_id: id(7),
            survivor_id: id(8),
            attested: vec![StrongIdentifier::Passport, StrongIdentifier::Phone],
        },
        Deed::ErasePatient { patient_id: id(8), extent: ErasureExtent::Contacts },
        Deed::ExportCases { stage: Some(Stage::Closed), roles: vec![Role::Lead, Role::Coordinator] },
        Deed::ExportCases { stage: None, roles: vec![Role::Administrator] },
    ]
}

fn asked(number: u128, deed: Deed) -> Approval {
    Approval {
        id: id(number),
        deed,
        reason: line("Came twice"),
        requested_by: id(FIRST),
        requested_at: at(8, 0),
        expires_at: at(8, 0) + TimeDelta::hours(72),
        state: ApprovalState::Requested,
        ending: None,
        downloads: 0,
        version: Version::FIRST,
    }
}

async fn add(db: &TestDb, approval: Approval) -> Result<(), StoreError> {
    let approval = allowed(Action::RequestApproval, ObjectKind::Approval, approval);
    unit(db, async |tx| approvals::insert(tx, &approval).await).await
}

async fn change(db: &TestDb, approval: Approval) -> Result<Version, StoreError> {
    let approval = allowed(Action::RequestApproval, ObjectKind::Approval, approval);
    unit(db, async |tx| approvals::update(tx, &approval).await).await
}

fn by(user: u128) -> Answer {
    Answer { by: id(user), at: at(9, 0), note: Some(line("Compared both files")) }
}

async fn kept(db: &TestDb, number: u128) -> Approval {
    approvals::find(db, id(number)).await.unwrap().unwrap()
}

db_test! {
    async fn every_deed_reads_back_as_it_was_asked_for_and_decided(db: &TestDb) {
        plant(db).await;
        for (number, deed) in (30..).zip(deeds()) {
            let request = asked(number, deed);
            add(db, request.clone()).await.unwrap();
            assert_eq!(kept(db, number).await, request);
            let decided = request.approve(by(SECOND)).unwrap();
            let version = change(db, decided.clone()).await.unwrap();
            assert_eq!(kept(db, number).await, Approval { version, ..decided });
        }
        let fetched = kept(db, 33).await.download(id(FIRST), at(9, 0), TimeDelta::hours(24)).unwrap();
        change(db, fetched).await.unwrap();
        assert_eq!(kept(db, 33).await.downloads, 1);
    }
}

db_test! {
    async fn the_database_knows_that_two_are_two(db: &TestDb) {
        plant(db).await;
        let [administrator, merge, ..] = deeds();
        let ending = by(SECOND);
        let decided = |deed: Deed, second: u128| {
            let approved = asked(30, deed).approve(ending.clone()).unwrap();
            let ending = approved.ending.clone().map(|ending| rafiq_domain::approvals::Ending { by: Some(id(second)), ..ending });
            Approval { ending, ..approved }
        };
        for (planted, constraint) in [
            (decided(merge.clone(), FIRST), "ck_approvals_two_persons"),
            (decided(administrator.clone(), THIRD), "ck_approvals_not_oneself"),
            (Approval { requested_by: id(THIRD), ..asked(30, administrator) }, "ck_approvals_not_oneself"),
            (Approval { ending: None, ..decided(merge.clone(), SECOND) }, "ck_approvals_decided"),
            (Approval { state: ApprovalState::Requested, ..decided(merge.clone(), SECOND) }, "ck_approvals_decided"),
            (Approval { downloads: 1, ..asked(30, merge) }, "ck_approvals_downloads"),
        ] {
            let refused = add(db, planted).await.unwrap_err();
            assert!(refused.is_constraint(constraint), "{constraint}: {refused:?}");
        }
    }
}

db_test! {
    async fn each_kind_has_its_own_subject(db: &TestDb) {
        plant(db).await;
        for (number, deed) in (30..).zip(deeds().into_iter().take(4)) {
            add(db, asked(number, deed)).await.unwrap();
        }
        for planted in [
            "UPDATE approvals SET user_id = NULL WHERE kind = 'administrator_role'",
            "UPDATE approvals SET patient_id = NULL WHERE kind = 'erase_patient'",
            "UPDATE approvals SET other_patient_id = NULL WHERE kind = 'merge_patients'",
            "UPDATE approvals SET kind = 'export_cases' WHERE kind = 'erase_patient'",
            "UPDATE approvals SET other_patient_id = patient_id WHERE kind = 'merge_patients'",
        ] {
            assert!(matches!(db.execute(planted).await, Err(StoreError::Broken { .. })), "{planted}");
        }
    }
}

db_test! {
    async fn the_same_is_asked_for_once_at_a_time(db: &TestDb) {
        plant(db).await;
        for (number, deed) in (30..).step_by(2).zip(deeds().into_iter().take(4)) {
            let kind = deed.kind();
            add(db, asked(number, deed.clone())).await.unwrap();
            let again = add(db, asked(number + 1, deed.clone())).await;
            assert!(matches!(again, Err(StoreError::Taken { .. })), "{kind}: {again:?}");
            change(db, kept(db, number).await.reject(by(SECOND)).unwrap()).await.unwrap();
            add(db, asked(number + 1, deed)).await.unwrap();
        }
        let another = Approval { requested_by: id(SECOND), ..asked(50, Deed::ExportCases { stage: None, roles: vec![Role::Lead] }) };
        add(db, another).await.expect("an export is about whoever asks for it");
    }
}

db_test! {
    async fn of_two_decisions_one_is_kept(db: &TestDb) {
        plant(db).await;
        let [_, merge, ..] = deeds();
        let request = asked(30, merge);
        add(db, request.clone()).await.unwrap();
        change(db, request.clone().approve(by(SECOND)).unwrap()).await.unwrap();
        let late = change(db, request.reject(by(THIRD)).unwrap()).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        assert_eq!(kept(db, 30).await.state, ApprovalState::Approved);
    }
}

async fn listed(db: &TestDb, role: Role, filter: ApprovalFilter, now: DateTime<Utc>) -> Vec<ApprovalId> {
    let scope = scope(&staff(lead(), role), Action::ViewApprovals, ObjectKind::Approval).unwrap();
    let found = approvals::list(db, &scope, filter, Page::default(), now).await.unwrap();
    found.items.into_iter().map(|approval| approval.id).collect()
}

db_test! {
    async fn lists_hold_what_is_someones_business_as_it_stands(db: &TestDb) {
        plant(db).await;
        for (number, deed) in (30..).zip(deeds().into_iter().take(4)) {
            add(db, asked(number, deed)).await.unwrap();
        }
        let ids = |numbers: &[u128]| numbers.iter().map(|number| id::<ApprovalId>(*number)).collect::<Vec<_>>();
        let (now, none) = (at(9, 0), ApprovalFilter::default());
        assert_eq!(listed(db, Role::Administrator, none, now).await, ids(&[33, 32, 31, 30]));
        assert_eq!(listed(db, Role::Lead, none, now).await, ids(&[33, 32, 31]));
        let merges = ApprovalFilter { kind: Some(ApprovalKind::MergePatients), ..none };
        assert_eq!(listed(db, Role::Auditor, merges, now).await, ids(&[31]));
        let (mine, others): (Option<UserId>, Option<UserId>) = (Some(id(FIRST)), Some(id(SECOND)));
        assert_eq!(listed(db, Role::Auditor, ApprovalFilter { requested_by: others, ..none }, now).await, []);
        assert_eq!(listed(db, Role::Auditor, ApprovalFilter { not_requested_by: mine, ..none }, now).await, []);

        let waiting = ApprovalFilter { state: Some(ApprovalState::Requested), ..none };
        let expired = ApprovalFilter { state: Some(ApprovalState::Expired), ..none };
        let last = at(8, 0) + TimeDelta::hours(72);
        assert_eq!(listed(db, Role::Auditor, waiting, now).await.len(), 4);
        assert_eq!(listed(db, Role::Auditor, expired, now).await, []);
        assert_eq!(listed(db, Role::Auditor, waiting, last).await, []);
        assert_eq!(listed(db, Role::Auditor, expired, last).await.len(), 4);
        assert_eq!(approvals::unanswered_since(db, now, 10).await.unwrap(), []);
        assert_eq!(approvals::unanswered_since(db, last, 3).await.unwrap(), ids(&[30, 31, 32]));
    }
}

db_test! {
    async fn a_legal_hold_reads_back_and_lies_until_it_is_lifted(db: &TestDb) {
        plant(db).await;
        let hold = LegalHold {
            id: id(40),
            patient_id: id(7),
            reason: line("Claim 2026/17"),
            placed_by: id(FIRST),
            placed_at: at(8, 0),
            lifted: None,
            version: Version::FIRST,
        };
        let placed = allowed(Action::ErasePatient, ObjectKind::Patient, hold.clone());
        unit(db, async |tx| legal_holds::insert(tx, &placed).await).await.unwrap();
        let (ours, other): (PatientId, PatientId) = (id(7), id(8));
        assert_eq!(legal_holds::find(db, ours, hold.id).await.unwrap(), Some(hold.clone()));
        assert_eq!(legal_holds::find(db, other, hold.id).await.unwrap(), None);
        assert!(legal_holds::in_force(db, &[other, ours]).await.unwrap());
        assert!(!legal_holds::in_force(db, &[other]).await.unwrap());

        let lifted = allowed(Action::ErasePatient, ObjectKind::Patient, hold.lift(id(SECOND), at(9, 0)).unwrap());
        let version = unit(db, async |tx| legal_holds::update(tx, &lifted).await).await.unwrap();
        let late = unit(db, async |tx| legal_holds::update(tx, &lifted).await).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        let listed = legal_holds::list_of_patient(db, ours, Page::default()).await.unwrap();
        assert_eq!(listed.items, [LegalHold { version, ..lifted.into_inner() }]);
        assert!(!legal_holds::in_force(db, &[ours]).await.unwrap());
    }
}
