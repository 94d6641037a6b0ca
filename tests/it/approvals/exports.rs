//! Cases in bulk: who fetches them, when, how often, and what is in the table.

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::json;

use super::{ask_for_administrator, asked, decide, give_role, recorded, take_role};
use crate::app::{Answer, Instances, Session, TestApp, Thing, a_case, a_patient, all_at_once};

async fn fetch(who: &Session<'_>, export: &Thing) -> Answer {
    who.get(&format!("/case-exports/{}/content", export.id)).await
}

async fn approved(first: &Session<'_>, second: &Session<'_>) -> Thing {
    let export = asked(first.post("/case-exports", &json!({ "reason": "yearly report" }))).await;
    decide(second, &export, "approve").await.expect(200);
    export
}

/// The rows of a table: each cell without its quotes, which no cell of these stories holds.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
    let text = text.strip_prefix('\u{FEFF}').expect("spreadsheets need the mark");
    let cells = |line: &str| line[1..line.len() - 1].split("\",\"").map(str::to_owned).collect();
    text.split_terminator("\r\n").map(cells).collect()
}

/// The cell of a named column.
fn cell<'table>(table: &'table [Vec<String>], row: usize, column: &str) -> &'table str {
    let at = table[0].iter().position(|name| name == column).unwrap();
    &table[row][at]
}

/// As many cases of the one patient as are asked for, copied from their case.
async fn plant_cases(db: &TestDb, count: usize) {
    let id = match db.backend() {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let columns = "patient_id, stage, stage_since, priority, coordinator_id, surgery_cycle, source, payer, received_at, \
                   reopened_count, created_at, version";
    let original = "(SELECT * FROM cases ORDER BY created_at, number LIMIT 1) AS original";
    let insert = format!(
        "INSERT INTO cases (id, number, {columns}) {numbers} SELECT {id}, 'P-' || {id}, {columns} FROM {original}, n"
    );
    // A number for each, whatever the form of the id.
    let insert = insert.replace(&format!("'P-' || {id}"), "'P-' || i || '-' || (SELECT COUNT(*) FROM cases)");
    db.execute(&insert).await.unwrap();
}

db_test! {
    async fn an_export_is_fetched_by_who_asked_for_it(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let surname = a_patient(0).with("/details/passport_name/surname", "-ALKHATEEB");
        a_case(&surname.by(&coordinator).await).by(&coordinator).await;
        let export = asked(lead.post("/case-exports", &json!({ "reason": "yearly report" }))).await;
        fetch(&lead, &export).await.refused(409, "wrong_state");
        let other_lead = app.user(&[Role::Lead]).await;
        decide(&other_lead, &export, "approve").await.refused(403, "forbidden");
        decide(&auditor, &export, "approve").await.expect(200);
        fetch(&other_lead, &export).await.refused(403, "forbidden");
        fetch(&auditor, &export).await.refused(403, "forbidden");
        fetch(&coordinator, &export).await.refused(404, "not_found");

        // What is in it is what there is when it is fetched.
        a_case(&a_patient(1).by(&coordinator).await).by(&coordinator).await;
        let answer = fetch(&lead, &export).await.expect(200);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"cases.csv\"");
        let table = rows(&answer);
        assert_eq!(table.len(), 3);
        assert_eq!((cell(&table, 2, "stage"), cell(&table, 2, "birth_date")), ("inquiry", "1960-03-10"));
        assert_eq!(cell(&table, 2, "arabic_name"), "فاطمة محمد الخطيب");
        assert_eq!(cell(&table, 2, "passport_surname"), "'-ALKHATEEB", "no cell begins a formula");
        assert_eq!((cell(&table, 1, "passport_surname"), cell(&table, 1, "laterality")), ("HADDAD", ""));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("+964"), "nobody is called from a table");

        fetch(&lead, &export).await.expect(200);
        fetch(&lead, &export).await.refused(409, "wrong_state");
        assert_eq!(recorded(&app, "export_cases").await, 2);
    }
}

db_test! {
    async fn an_export_shows_no_more_than_its_reader_may_read(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, auditor) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Auditor]).await);
        let coordinator = app.user(&[Role::Coordinator]).await;
        a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let table = rows(&fetch(&administrator, &approved(&administrator, &auditor).await).await.expect(200));
        for column in ["arabic_name", "passport_surname", "passport_given", "birth_date", "laterality"] {
            assert_eq!(cell(&table, 1, column), "", "{column}");
        }
        assert_eq!((cell(&table, 1, "sex"), cell(&table, 1, "nationality")), ("female", "IQ"));

        // A role beside it widens no more than it would one by one.
        let both = app.user(&[Role::Administrator, Role::Coordinator]).await;
        let own = a_case(&a_patient(1).by(&both).await).by(&both).await;
        let own = both.get(&format!("/cases/{}", own.id)).await.expect(200);
        let table = rows(&fetch(&both, &approved(&both, &auditor).await).await.expect(200));
        let row_of = |number: &str| (1..3).find(|row| cell(&table, *row, "case_number") == number).unwrap();
        let ours = row_of(own.text("/number"));
        assert_eq!((cell(&table, ours, "passport_surname"), cell(&table, 3 - ours, "passport_surname")), ("HADDAD", ""));
    }
}

db_test! {
    async fn what_is_clinical_is_read_alike_in_a_case_a_list_and_an_export(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let own = a_case(&a_patient(0).by(&lead).await).by(&lead).await;
        let foreign = a_case(&a_patient(1).by(&coordinator).await).by(&coordinator).await;
        let step = json!({ "trigger": "dismiss", "closure_reason": "not_interested", "reason": "her lid is better" });
        for case in [&own, &foreign] {
            lead.post(&format!("/cases/{}/steps", case.id), &step).with_if_match(&case.etag).await.expect(200);
        }
        let held = "hold_reason = 'has a fever', held_since = received_at, review_at = received_at";
        db.execute(&format!("UPDATE cases SET laterality = 'left', {held}")).await.unwrap();
        let listed = lead.get("/cases").await.expect(200).items();
        let answer = fetch(&lead, &approved(&lead, &auditor).await).await.expect(200);
        let table = rows(&answer);
        for (case, open) in [(&own, true), (&foreign, false)] {
            let path = format!("/cases/{}", case.id);
            let alone = lead.get(&path).await.expect(200);
            lead.get(&format!("{path}/notes")).await.expect(if open { 200 } else { 403 });
            let side = if open { "left" } else { "" };
            assert_eq!(alone.body["laterality"].as_str().unwrap_or_default(), side);
            assert_eq!(alone.body["hold"].get("reason").is_some(), open);
            assert!(listed.contains(&alone.body), "a list shows as much as the thing alone");
            let row = (1..3).find(|row| cell(&table, *row, "case_number") == alone.text("/number")).unwrap();
            assert_eq!(cell(&table, row, "laterality"), side);
            assert_ne!(cell(&table, row, "arabic_name"), "", "who it is they know of every case");
            let timeline = lead.get(&format!("{path}/timeline")).await.expect(200);
            assert_eq!(timeline.items()[0].get("reason").is_some(), open);
            assert!(auditor.finds_in_log(&case.id, &answer).await, "who has it in a file has read it");
        }
    }
}

db_test! {
    async fn roles_given_after_the_agreement_widen_no_export(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, auditor) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Auditor]).await);
        let other = app.user(&[Role::Administrator]).await;
        let coordinator = app.user(&[Role::Coordinator]).await;
        a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let export = approved(&administrator, &auditor).await;
        let seen = auditor.get(&format!("/approvals/{}", export.id)).await.expect(200);
        assert_eq!(seen.text("/audience"), "masked", "the second person reads what they agree to");
        give_role(&other, &administrator, "lead").await.expect(201);
        let table = rows(&fetch(&administrator, &export).await.expect(200));
        for column in ["arabic_name", "passport_surname", "passport_given", "birth_date", "laterality"] {
            assert_eq!(cell(&table, 1, column), "", "{column}");
        }
        let asked_as_lead = approved(&administrator, &auditor).await;
        let seen = auditor.get(&format!("/approvals/{}", asked_as_lead.id)).await.expect(200);
        assert_eq!(seen.text("/audience"), "full");
        let table = rows(&fetch(&administrator, &asked_as_lead).await.expect(200));
        assert_eq!(cell(&table, 1, "passport_surname"), "ALKHATEEB");

        // Who asked as a lead alone, and may export as an administrator alone, asks anew.
        let moved = app.user(&[Role::Lead]).await;
        let export = approved(&moved, &auditor).await;
        let request = asked(ask_for_administrator(&administrator, &moved, "exercise")).await;
        decide(&other, &request, "approve").await.expect(200);
        let path = format!("/users/{}/roles", moved.user_id);
        let held = other.get(&path).await.expect(200);
        let lead = held.items().into_iter().find(|held| held["role"] == "lead").unwrap();
        let end = format!("{path}/{}/end", lead["id"].as_str().unwrap());
        other.post(&end, &json!({ "reason": "moved on" })).await.expect(200);
        fetch(&moved, &export).await.refused(409, "request_lapsed");
    }
}

postgres_test! {
    async fn of_many_downloads_at_once_two_are_answered(db: &TestDb) {
        let both = Instances::start(db).await;
        let (lead, auditor) = (both.one.user(&[Role::Lead]).await, both.one.user(&[Role::Auditor]).await);
        for round in 0..6 {
            let export = approved(&lead, &auditor).await;
            let path = format!("/case-exports/{}/content", export.id);
            let answers = all_at_once((0..6).map(|turn| lead.at(both.both()[turn % 2]).get(&path))).await;
            let (done, late): (Vec<&Answer>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(done.len(), 2, "round {round}");
            assert!(late.iter().all(|late| late.status == 409 && late.body["code"] == "wrong_state"), "{late:?}");
        }
    }
}

db_test! {
    async fn an_export_is_fetched_within_a_day_by_someone_still_entitled(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let export = approved(&lead, &auditor).await;
        app.advance(TimeDelta::hours(24));
        let lead = lead.again().await;
        fetch(&lead, &export).await.refused(409, "wrong_state");

        let administrator = app.user(&[Role::Administrator]).await;
        let leaving = app.user(&[Role::Lead]).await;
        let other = app.user(&[Role::Auditor]).await;
        let export = approved(&leaving, &other).await;
        let path = format!("/users/{}/roles", leaving.user_id);
        let finance = json!({ "role": "finance", "purpose": "exercise", "reason": "moves on" });
        administrator.post(&path, &finance).await.expect(201);
        let held = administrator.get(&path).await.expect(200);
        let roles = held.body["items"].as_array().unwrap();
        let lead_role = roles.iter().find(|role| role["role"] == "lead").unwrap()["id"].as_str().unwrap();
        administrator.post(&format!("{path}/{lead_role}/end"), &json!({ "reason": "moved on" })).await.expect(200);
        fetch(&leaving, &export).await.refused(404, "not_found");

        let gone = app.user(&[Role::Lead]).await;
        let request = asked(gone.post("/case-exports", &json!({ "reason": "yearly report" }))).await;
        take_role(&administrator, &gone).await;
        decide(&other, &request, "approve").await.refused(409, "request_lapsed");
    }
}

db_test! {
    async fn an_export_comes_in_pages_and_has_a_bound(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let coordinator = app.user(&[Role::Coordinator]).await;
        a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        plant_cases(db, 149).await;
        let export = approved(&lead, &auditor).await;
        let table = rows(&fetch(&lead, &export).await.expect(200));
        let mut numbers: Vec<_> = (1..table.len()).map(|row| cell(&table, row, "case_number")).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((table.len(), numbers.len()), (151, 150));

        plant_cases(db, 50).await;
        assert_eq!(rows(&fetch(&lead, &export).await.expect(200)).len(), 201);
        plant_cases(db, 1).await;
        let export = approved(&lead, &auditor).await;
        fetch(&lead, &export).await.refused(409, "too_many_rows");
        let narrowed = json!({ "stage": "closed", "reason": "yearly report" });
        let narrowed = asked(lead.post("/case-exports", &narrowed)).await;
        decide(&auditor, &narrowed, "approve").await.expect(200);
        assert_eq!(rows(&fetch(&lead, &narrowed).await.expect(200)).len(), 1, "the names of the columns alone");
    }
}
