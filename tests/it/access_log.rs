//! Who may see a case and why, and who looked.

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;
use serde_json::{Value, json};

use crate::app::{Answer, Session, TestApp, Thing, a_case, a_hospital, a_patient};

db_test! {
    async fn a_case_tells_who_looked_at_it_and_that_this_was_asked(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, stranger) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let path = format!("/cases/{}", own_case(&coordinator, 0).await.id);
        let log = format!("{path}/access-log");
        stranger.get(&path).await.refused(404, "not_found");
        app.user(&[Role::Finance]).await.get(&format!("{path}/notes")).await.refused(403, "forbidden");
        let read = coordinator.get(&path).await.expect(200);

        let told = coordinator.get(&log).await.expect(200);
        let entry = |entry: &Value| {
            ["action", "decision", "roles"].map(|name| entry[name].clone())
        };
        let entries: Vec<_> = told.items().iter().map(entry).collect();
        let expected = |action: &str, decision: &str, roles: Value| [json!(action), json!(decision), roles];
        assert_eq!(entries[..3], [
            expected("view_case", "allowed", json!(["coordinator"])),
            expected("view_clinical", "forbidden", json!([])),
            expected("view_case", "hidden", json!([])),
        ]);
        let newest = &told.items()[0];
        assert_eq!(newest["request_id"], read.header("x-request-id"));
        assert_eq!((&newest["actor_name"], &newest["label"]), (&json!("Layla Haddad"), &json!("View a case and its timeline")));
        assert_eq!((&newest["object_kind"], &newest["at"]), (&json!("case"), &json!(app.now())));

        let again = coordinator.get(&log).language("ar").await.expect(200);
        assert_eq!(again.items()[0]["action"], "view_access_log");
        assert_eq!(again.items()[0]["label"], "عرض من اطلع على حالة");
        let text = String::from_utf8_lossy(&again.bytes).into_owned();
        assert!(!text.contains("فاطمة") && !text.contains("FATIMA"), "no patient is named: {text}");
    }
}

db_test! {
    async fn the_log_is_for_who_answers_for_the_case_and_who_watches(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let log = format!("/cases/{}/access-log", own_case(&coordinator, 0).await.id);
        for (role, status) in [
            (Role::Auditor, 200),
            (Role::Administrator, 200),
            (Role::Lead, 403),
            (Role::Finance, 403),
            (Role::Coordinator, 404),
            (Role::Doctor, 404),
        ] {
            let answer = app.user(&[role]).await.get(&log).await.expect(status);
            let verdict = match status { 200 => "allowed", 403 => "forbidden", _ => "hidden" };
            assert_eq!(app.audited(&answer, verdict).await, 1, "{role}");
        }
        coordinator.get(&log).await.expect(200);
    }
}

db_test! {
    async fn a_log_is_paged_by_its_key_and_nothing_is_met_twice(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let path = format!("/cases/{}", own_case(&coordinator, 0).await.id);
        for _ in 0..7 {
            coordinator.get(&path).await.expect(200);
        }
        let mut met = Vec::new();
        let mut page = coordinator.get(&format!("{path}/access-log?limit=3")).await.expect(200);
        loop {
            met.extend(page.items().into_iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            let Some(next) = page.body["next"].as_str().map(str::to_owned) else { break };
            page = coordinator.get(&format!("{path}/access-log?limit=3&after={next}")).await.expect(200);
        }
        let mut once = met.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), met.len());
        assert!(met.len() >= 8, "{met:?}");
    }
}

db_test! {
    async fn a_span_of_the_trail_is_paged_and_nothing_is_met_twice(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let (path, from) = (format!("/cases/{}", own_case(&coordinator, 0).await.id), app.now() + TimeDelta::minutes(1));
        // Some at one instant, some at another, with ids that follow one another.
        for _ in 0..4 {
            app.advance(TimeDelta::minutes(1));
            for _ in 0..3 {
                coordinator.get(&path).await.expect(200);
            }
        }
        let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let until = app.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let auditor = app.user(&[Role::Auditor]).await;
        let address = format!("/audit?action=view_case&from={from}&until={until}");
        let whole = auditor.get(&format!("{address}&limit=100")).await.expect(200).items();
        let (mut met, mut after) = (Vec::new(), String::new());
        loop {
            let page = auditor.get(&format!("{address}&limit=2{after}")).await.expect(200);
            met.extend(page.items());
            let Some(next) = page.body["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!((met.len(), met), (9, whole));
    }
}

db_test! {
    async fn the_trail_is_narrowed_by_who_what_and_when(db: &TestDb) {
        let app = TestApp::new(db);
        let (auditor, coordinator) = (app.user(&[Role::Auditor]).await, app.user(&[Role::Coordinator]).await);
        own_case(&coordinator, 0).await;
        coordinator.get("/users").await.refused(403, "forbidden");
        app.advance(TimeDelta::minutes(1));
        coordinator.get("/cases").await.expect(200);
        let count = async |query: &str| auditor.get(&format!("/audit?limit=100&{query}")).await.expect(200).items().len();
        let me = format!("actor_id={}", coordinator.user_id);
        assert_eq!(count(&format!("{me}&decision=forbidden")).await, 1);
        assert_eq!(count(&format!("{me}&action=view_users")).await, 1);
        assert_eq!(count(&format!("{me}&action=open_case&decision=hidden")).await, 0);
        let now = app.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        assert_eq!(count(&format!("{me}&from={now}")).await, 2, "the list, and the case that it showed");
        assert!(count(&format!("{me}&until={now}")).await >= 3);
        auditor.get("/audit?action=no_such").await.refused(400, "bad_query");
        coordinator.get("/audit").await.refused(403, "forbidden");
    }
}

db_test! {
    async fn who_was_shown_a_patient_is_in_the_log_of_their_case_and_of_no_other(db: &TestDb) {
        let app = TestApp::new(db);
        let (auditor, lead) = (app.user(&[Role::Auditor]).await, app.user(&[Role::Lead]).await);
        let [coordinator, other] = [app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await];
        let patient = a_patient(0).by(&coordinator).await;
        let (case, foreign) = (a_case(&patient).by(&coordinator).await, own_case(&other, 1).await);
        let path = format!("/patients/{}", patient.id);
        let mut shown = Vec::new();
        for address in ["/cases", "/patients", "/patients?name=ALKHATEEB", &path] {
            shown.push(coordinator.get(address).await.expect(200));
        }
        shown.push(lead.get("/patients?name=ALKHATEEB").await.expect(200));
        shown.push(lead.get("/cases?limit=1&stage=inquiry").await.expect(200));
        let last = shown.pop().unwrap();
        let details = json!({ "arabic_name": "فاطمة محمد الخطيب" });
        shown.push(coordinator.put(&path, &details).with_if_match(&patient.etag).await.expect(200));
        shown.push(other.get(&path).await.expect(404));
        for answer in &shown {
            assert!(auditor.finds_in_log(&case.id, answer).await, "{}", answer.body);
            assert!(!auditor.finds_in_log(&foreign.id, answer).await, "{}", answer.body);
        }
        // A page tells of what is on it.
        assert!(auditor.finds_in_log(&foreign.id, &last).await && !auditor.finds_in_log(&case.id, &last).await);
        let all = auditor.get("/cases").await.expect(200);
        assert!(auditor.finds_in_log(&foreign.id, &all).await && auditor.finds_in_log(&case.id, &all).await);
    }
}

db_test! {
    async fn a_page_of_a_hundred_is_put_on_record_as_one_is(db: &TestDb) {
        let app = TestApp::watched(db);
        let lead = app.user(&[Role::Lead]).await;
        let patient = a_patient(0).by(&lead).await;
        for _ in 0..3 {
            a_case(&patient).by(&lead).await;
        }
        let mut statements = Vec::new();
        for (copies, shown) in [(0, 3), (97, 100)] {
            copy_cases(db, copies).await;
            for list in ["/cases?limit=100", "/patients?limit=100"] {
                app.ledger().take();
                let listed = lead.get(list).await.expect(200);
                statements.push(app.ledger().take());
                let expected = if list.starts_with("/cases") { shown } else { 1 };
                assert_eq!(i64::try_from(listed.items().len()).unwrap(), expected);
                assert_eq!(app.audited(&listed, "allowed").await, expected + 1);
            }
        }
        let counts: Vec<_> = statements.iter().map(Vec::len).collect();
        assert_eq!((counts[0], counts[1]), (counts[2], counts[3]), "{statements:#?}");
    }
}

/// So many copies of a case, each with its coordinator.
async fn copy_cases(db: &TestDb, count: usize) {
    let id = match db.backend() {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let rows = "patient_id, stage, stage_since, priority, coordinator_id, surgery_cycle, source, payer, received_at, \
                reopened_count, created_at, version";
    for number in 0..count {
        let original = "FROM cases ORDER BY created_at, number LIMIT 1";
        let copy = format!("INSERT INTO cases (id, number, {rows}) SELECT {id}, 'P-{number}', {rows} {original}");
        db.execute(&copy).await.unwrap();
    }
}

db_test! {
    async fn the_trail_says_whether_a_thing_was_ones_own_or_opened_in_an_emergency(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let path = format!("/cases/{}", own_case(&coordinator, 0).await.id);
        let broken = json!({ "reason_code": "acute_event", "reason": "She fell.", "minutes": 5 });
        doctor.post(&format!("{path}/break-glass"), &broken).await.expect(201);
        for (reader, relation) in [(&doctor, "emergency"), (&coordinator, "own"), (&lead, "stranger")] {
            reader.get(&path).await.expect(200);
            let log = coordinator.get(&format!("{path}/access-log?limit=1")).await.expect(200);
            assert_eq!((&log.items()[0]["relation"], &log.items()[0]["actor_id"]), (&json!(relation), &json!(reader.user_id)));
        }
        let trail = auditor.get(&format!("/audit?actor_id={}&action=view_case", doctor.user_id)).await.expect(200);
        assert_eq!(trail.items()[0]["relation"], "emergency");
        let listed = auditor.get("/audit?limit=1").await.expect(200).items();
        assert_eq!(listed[0].get("relation"), None, "a collection is nobody's");
    }
}

db_test! {
    async fn an_explanation_says_by_which_rule_and_grant_someone_sees_a_case(db: &TestDb) {
        let app = TestApp::new(db);
        let [auditor, coordinator, lead, stranger] = [
            app.user(&[Role::Auditor]).await,
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Lead]).await,
            app.user(&[Role::Coordinator]).await,
        ];
        let case = own_case(&coordinator, 0).await;
        let explain = async |of: &Session<'_>| {
            let address = format!("/access/explain?user_id={}&case_id={}", of.user_id, case.id);
            auditor.get(&address).await.expect(200)
        };
        let own = explain(&coordinator).await;
        assert_eq!(own.body["roles"], json!([{ "role": "coordinator", "relation": "own" }]));
        let [held] = own.body["grants"].as_array().unwrap().as_slice() else { panic!("{:#}", own.body) };
        assert_eq!((&held["counts"], &held["relation"], &held["grant"]["basis"]), (&json!(true), &json!("own"), &json!("coordinator")));
        let view = decision(&own, "view_case");
        assert_eq!((&view["decision"], &view["roles"], &view["needs"]), (&json!("allowed"), &json!(["coordinator"]), &json!("emergency")));
        assert_eq!(view["rules"], json!([{ "role": "coordinator", "reach": "own" }]));
        let sign = decision(&own, "sign_review");
        assert_eq!((&sign["decision"], &sign["rules"]), (&json!("forbidden"), &json!([])));

        let all = explain(&lead).await;
        assert_eq!(all.body["roles"], json!([{ "role": "lead", "relation": "stranger" }]));
        assert_eq!(decision(&all, "view_case")["rules"], json!([{ "role": "lead", "reach": "all" }]));
        assert_eq!(decision(&all, "view_clinical")["decision"], "forbidden");
        assert_eq!(decision(&explain(&stranger).await, "view_case")["decision"], "hidden");
        // What it says is what happens.
        lead.get(&format!("/cases/{}/notes", case.id)).await.refused(403, "forbidden");
        stranger.get(&format!("/cases/{}", case.id)).await.refused(404, "not_found");
    }
}

db_test! {
    async fn an_explanation_knows_what_counted_before_and_for_whom_someone_stands_in(db: &TestDb) {
        let app = TestApp::new(db);
        let [auditor, coordinator, doctor, stand_in] = [
            app.user(&[Role::Auditor]).await,
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Doctor]).await,
            app.user(&[Role::Coordinator]).await,
        ];
        let case = own_case(&coordinator, 0).await;
        let broken = json!({ "reason_code": "acute_event", "reason": "She fell.", "minutes": 5 });
        doctor.post(&format!("/cases/{}/break-glass", case.id), &broken).await.expect(201);
        let away = json!({ "to_user_id": stand_in.user_id, "valid_until": app.now() + TimeDelta::days(2), "reason": "Leave" });
        coordinator.post("/delegations", &away).await.expect(201);
        let explain = async |of: &Session<'_>| {
            let address = format!("/access/explain?user_id={}&case_id={}", of.user_id, case.id);
            auditor.again().await.get(&address).await.expect(200)
        };
        let before = explain(&doctor).await;
        assert_eq!(before.body["roles"], json!([{ "role": "doctor", "relation": "emergency" }]));
        assert_eq!(before.body["grants"][0]["relation"], "emergency");
        assert_eq!(before.body["grants"][0]["grant"].get("reason"), None, "the words are not for masked eyes");
        app.advance(TimeDelta::minutes(5));
        let after = explain(&doctor).await;
        assert_eq!((&after.body["grants"][0]["counts"], &after.body["grants"][0]["grant"]["state"]), (&json!(false), &json!("over")));
        assert_eq!(decision(&after, "view_case")["decision"], "hidden");

        let standing = explain(&stand_in).await;
        assert_eq!(standing.body["delegations"][0]["from_user_id"], json!(coordinator.user_id));
        assert_eq!(standing.body["grants"][0]["grant"]["holder"]["user_id"], json!(coordinator.user_id));
        let view = decision(&standing, "view_case");
        assert_eq!((&view["decision"], &view["on_behalf_of"]), (&json!("allowed"), &json!(coordinator.user_id)));
    }
}

db_test! {
    async fn who_cannot_act_is_judged_as_nobody(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, coordinator) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Coordinator]).await);
        let case = own_case(&coordinator, 0).await;
        let hospital = a_hospital().by(&administrator).await;
        let of_hospital = app.hospital_user(&hospital).await;
        let address = |of: &Session<'_>| format!("/access/explain?user_id={}&case_id={}", of.user_id, case.id);
        let partner = administrator.get(&address(&of_hospital)).await.expect(200);
        assert_eq!((&partner.body["can_act"], &partner.body["hospital_state"]), (&json!(true), &json!("active")));

        let user = format!("/users/{}", coordinator.user_id);
        let seen = administrator.get(&user).await.expect(200);
        administrator.command(&format!("{user}/disable")).with_if_match(seen.etag()).await.expect(200);
        let gone = administrator.get(&address(&coordinator)).await.expect(200);
        assert_eq!((&gone.body["can_act"], &gone.body["user_state"]), (&json!(false), &json!("disabled")));
        let decisions = gone.body["decisions"].as_array().unwrap();
        assert!(decisions.iter().all(|judged| judged["decision"] == "hidden"), "{decisions:?}");

        let nobody = "019ab000-0000-7000-8000-000000000000";
        administrator.get(&format!("/access/explain?user_id={nobody}&case_id={}", case.id)).await.refused(404, "not_found");
        administrator.get(&format!("/access/explain?user_id={}&case_id={nobody}", coordinator.user_id)).await.refused(404, "not_found");
        administrator.get("/access/explain").await.refused(400, "bad_query");
        app.user(&[Role::Lead]).await.get(&address(&of_hospital)).await.refused(403, "forbidden");
    }
}

async fn own_case(session: &Session<'_>, patient: usize) -> Thing {
    a_case(&a_patient(patient).by(session).await).by(session).await
}

fn decision<'answer>(explanation: &'answer Answer, action: &str) -> &'answer Value {
    let decisions = explanation.body["decisions"].as_array().unwrap();
    decisions.iter().find(|judged| judged["action"] == action).expect(action)
}
