//! What takes two people: who may be the first and who the second, that one decision counts, and that what was
//! agreed to is done with the agreement or not at all.

mod erasure;
mod exports;
mod merging;

use chrono::TimeDelta;
use rafiq_app::expiry::{Reconciled, reconcile};
use rafiq_domain::mail::MailKind;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::{Answer, Ask, PASSWORD, Session, TestApp, Thing, a_case, a_patient, all_at_once};

/// As long as a request waits.
const WAIT: TimeDelta = TimeDelta::hours(72);

/// Asks for a second person to make someone an administrator.
fn ask_for_administrator<'app>(first: &Session<'app>, whom: &Session<'_>, purpose: &str) -> Ask<'app> {
    let body = json!({ "purpose": purpose, "reason": "takes over in August" });
    first.post(&format!("/users/{}/administrator-role-requests", whom.user_id), &body)
}

/// What someone says to a request as it was when it was asked for.
fn decide<'app>(who: &Session<'app>, asked: &Thing, verb: &str) -> Ask<'app> {
    let path = format!("/approvals/{}/{verb}", asked.id);
    let ask = if verb == "withdraw" { who.command(&path) } else { who.post(&path, &json!({})) };
    ask.with_if_match(&asked.etag)
}

async fn asked(ask: Ask<'_>) -> Thing {
    Thing::of(&ask.await.expect(201))
}

async fn state_of(who: &Session<'_>, asked: &Thing) -> String {
    who.get(&format!("/approvals/{}", asked.id)).await.expect(200).text("/state").to_owned()
}

/// Ends the one role that someone holds.
async fn take_role(by: &Session<'_>, from: &Session<'_>) {
    let path = format!("/users/{}/roles", from.user_id);
    let held = by.get(&path).await.expect(200);
    let id = held.text("/items/0/id");
    by.post(&format!("{path}/{id}/end"), &json!({ "reason": "moved on" })).await.expect(200);
}

/// A patient with a case that was closed, as it is before an erasure, and their coordinator.
async fn closed_case<'app>(app: &'app TestApp<'_>, who: usize) -> (Session<'app>, Thing, Thing) {
    let coordinator = app.user(&[Role::Coordinator]).await;
    let (patient, closed) = closed_case_of(&coordinator, who).await;
    (coordinator, patient, closed)
}

/// As [`closed_case`], of a coordinator who is there.
async fn closed_case_of(coordinator: &Session<'_>, who: usize) -> (Thing, Thing) {
    let patient = a_patient(who).by(coordinator).await;
    let case = a_case(&patient).by(coordinator).await;
    let step = json!({ "trigger": "dismiss", "closure_reason": "not_interested", "reason": "has found another way" });
    let closed = coordinator.post(&format!("/cases/{}/steps", case.id), &step).with_if_match(&case.etag);
    (patient, Thing::of(&closed.await.expect(200)))
}

/// Someone whom an administrator has created and invited, signed in.
async fn made_by<'app>(app: &'app TestApp<'_>, administrator: &Session<'_>, login: &str, role: &str) -> Session<'app> {
    let email = format!("{login}@clinic.example");
    let new = json!({ "login": login, "name": "Nour Saleh", "roles": [role], "email": email, "language": "ar" });
    let user = administrator.post("/users", &new).await.expect(201);
    app.run_mail().await;
    let chosen = json!({ "token": app.mailbox().last_token(MailKind::Invitation), "password": PASSWORD });
    app.anyone().post("/invitations/accept", &chosen).await.expect(204);
    app.sign_in(login, user.text("/id").parse().unwrap()).await
}

async fn give_role(by: &Session<'_>, to: &Session<'_>, role: &str) -> Answer {
    let body = json!({ "role": role, "purpose": "exercise", "reason": "is needed" });
    by.post(&format!("/users/{}/roles", to.user_id), &body).await
}

async fn recorded(app: &TestApp<'_>, action: &str) -> i64 {
    app.number(&format!("SELECT COUNT(*) FROM audit_records WHERE action = '{action}' AND decision = 'allowed'")).await
}

db_test! {
    async fn an_administrator_is_made_by_two(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let second = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Finance]).await;
        let request = ask_for_administrator(&first, &user, "exercise").await.expect(201);
        assert_eq!(request.header("location"), format!("/api/v1/approvals/{}", request.text("/id")));
        assert_eq!((request.text("/kind"), request.text("/state")), ("administrator_role", "requested"));
        assert_eq!(user.get("/account").await.body["roles"], json!(["finance"]), "to ask is not to give");
        ask_for_administrator(&second, &user, "exercise").await.refused(409, "already_exists");

        let asked = Thing::of(&request);
        for verb in ["approve", "reject"] {
            let own = decide(&first, &asked, verb).await.refused(403, "not_the_second_person");
            assert_eq!(app.audited(&own, "forbidden").await, 1);
        }
        let approved = decide(&second, &asked, "approve").await.expect(200);
        assert_eq!(approved.text("/state"), "approved");
        let people = (approved.text("/requested_by"), approved.text("/decided_by"));
        assert_eq!(people, (first.user_id.to_string().as_str(), second.user_id.to_string().as_str()));
        assert_eq!(user.get("/account").await.body["roles"], json!(["administrator", "finance"]));
        // One row for the decision and one for the deed, both of the one who agreed.
        assert_eq!(app.audited(&approved, "allowed").await, 2);
        assert_eq!((recorded(&app, "decide_administrator").await, recorded(&app, "confer_administrator").await), (1, 1));
        let held = first.get(&format!("/users/{}/roles", user.user_id)).await.expect(200);
        assert_eq!(held.text("/items/0/granted_by"), first.user_id.to_string());
        for verb in ["approve", "reject", "withdraw"] {
            let by = if verb == "withdraw" { &first } else { &second };
            decide(by, &Thing::of(&approved), verb).await.refused(409, "wrong_state");
        }
    }
}

db_test! {
    async fn the_one_it_is_about_is_neither_the_first_nor_the_second(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let second = app.user(&[Role::Administrator]).await;
        let own = ask_for_administrator(&first, &first, "confer").await.refused(403, "own_roles");
        assert_eq!(app.audited(&own, "forbidden").await, 1);
        // Someone who acts as an administrator, but cannot make others one yet.
        let user = app.user(&[Role::Finance]).await;
        let request = asked(ask_for_administrator(&first, &user, "exercise")).await;
        decide(&second, &request, "approve").await.expect(200);
        let about = asked(ask_for_administrator(&first, &user, "confer")).await;
        decide(&user, &about, "approve").await.refused(403, "not_the_second_person");
        decide(&second, &about, "approve").await.expect(200);
        let other = app.user(&[Role::Auditor]).await;
        let request = asked(ask_for_administrator(&user, &other, "exercise")).await;
        decide(&second, &request, "approve").await.expect(200);
    }
}

db_test! {
    async fn both_must_be_able_to_give_the_role(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let second = app.user(&[Role::Administrator]).await;
        let plain = app.user(&[Role::Finance]).await;
        let request = asked(ask_for_administrator(&first, &plain, "exercise")).await;
        decide(&second, &request, "approve").await.expect(200);
        let user = app.user(&[Role::Lead]).await;
        let denied = ask_for_administrator(&plain, &user, "exercise").await.refused(403, "role_not_held");
        assert_eq!(app.audited(&denied, "forbidden").await, 1);
        let request = asked(ask_for_administrator(&first, &user, "exercise")).await;
        decide(&plain, &request, "approve").await.refused(403, "role_not_held");
        assert_eq!(state_of(&first, &request).await, "requested");
        assert_eq!(user.get("/account").await.body["roles"], json!(["lead"]));
    }
}

db_test! {
    async fn whoever_one_of_the_two_made_is_no_second_person(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, other) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        let made = made_by(&app, &administrator, "another.self", "lead").await;
        // Who was made as something else, and is a lead by another one since.
        let promoted = made_by(&app, &administrator, "one.more", "finance").await;
        give_role(&other, &promoted, "lead").await.expect(201);
        // Who was there, and is a lead by the administrator.
        let given = app.user(&[Role::Finance]).await;
        give_role(&administrator, &given, "lead").await.expect(201);
        for (who, lead) in [&made, &promoted, &given].into_iter().enumerate() {
            let (_, patient, _) = closed_case(&app, who).await;
            let path = format!("/patients/{}/erasure-requests", patient.id);
            for (first, second) in [(lead, &administrator), (&administrator, lead)] {
                let request = asked(first.post(&path, &json!({ "reason": "letter of 2 November" }))).await;
                let before = app.census().await;
                let denied = decide(second, &request, "approve").await.refused(403, "not_the_second_person");
                assert_eq!(app.audited(&denied, "forbidden").await, 1);
                assert_eq!(app.census().await, before);
                assert_eq!(state_of(first, &request).await, "requested");
                if std::ptr::eq(first, lead) {
                    decide(&other, &request, "reject").await.expect(200);
                } else {
                    decide(&other, &request, "approve").await.expect(200);
                }
            }
        }
        // Whom the operator made a lead is another person, whatever else the administrator gave them.
        let independent = app.user(&[Role::Lead]).await;
        give_role(&administrator, &independent, "finance").await.expect(201);
        let (_, patient, _) = closed_case(&app, 3).await;
        let path = format!("/patients/{}/erasure-requests", patient.id);
        let request = asked(independent.post(&path, &json!({ "reason": "letter of 2 November" }))).await;
        decide(&administrator, &request, "approve").await.expect(200);
    }
}

db_test! {
    async fn nobody_who_is_shut_out_is_given_anything(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, second) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        let (leaver, disabled) = (app.user(&[Role::Finance]).await, app.user(&[Role::Finance]).await);
        for (who, verb) in [(&leaver, "off-board"), (&disabled, "disable")] {
            let request = asked(ask_for_administrator(&first, who, "exercise")).await;
            let account = format!("/users/{}", who.user_id);
            let seen = first.get(&account).await.expect(200);
            let shut_out = match verb {
                "disable" => first.command(&format!("{account}/disable")),
                _ => first.post(&format!("{account}/off-board"), &json!({})),
            };
            shut_out.with_if_match(seen.etag()).await.expect(200);
            let before = app.census().await;
            decide(&second, &request, "approve").await.refused(409, "wrong_state");
            give_role(&first, who, "lead").await.refused(409, "wrong_state");
            assert_eq!(app.census().await, before);
            assert_eq!(state_of(&first, &request).await, "requested");
            decide(&second, &request, "reject").await.expect(200);
            ask_for_administrator(&first, who, "exercise").await.refused(409, "wrong_state");
        }
    }
}

db_test! {
    async fn who_is_not_concerned_knows_of_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Finance]).await;
        let request = asked(ask_for_administrator(&first, &user, "exercise")).await;
        let nothing = Thing { id: "019ab000-0000-7000-8000-000000000000".to_owned(), etag: request.etag.clone() };
        for role in [Role::Lead, Role::Coordinator, Role::Doctor, Role::Finance] {
            let someone = app.user(&[role]).await;
            let hidden = decide(&someone, &request, "approve").await.refused(404, "not_found");
            assert_eq!(hidden.anonymous(), decide(&someone, &nothing, "approve").await.anonymous());
        }
        let auditor = app.user(&[Role::Auditor]).await;
        assert_eq!(state_of(&auditor, &request).await, "requested");
        for verb in ["approve", "reject", "withdraw"] {
            decide(&auditor, &request, verb).await.refused(403, "forbidden");
        }
        let other = app.user(&[Role::Administrator]).await;
        decide(&other, &request, "withdraw").await.refused(403, "forbidden");
        let withdrawn = decide(&first, &request, "withdraw").await.expect(200);
        assert_eq!((withdrawn.text("/state"), withdrawn.body.get("decided_by")), ("withdrawn", None));
    }
}

db_test! {
    async fn of_people_who_decide_at_once_one_decides(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let mut others = Vec::new();
        for _ in 0..4 {
            others.push(app.user(&[Role::Administrator]).await);
        }
        let user = app.user(&[Role::Finance]).await;
        let request = asked(ask_for_administrator(&first, &user, "exercise")).await;
        let verbs = ["approve", "approve", "reject", "approve"];
        let mut asks: Vec<_> = others.iter().zip(verbs).map(|(who, verb)| decide(who, &request, verb)).collect();
        asks.push(decide(&first, &request, "withdraw"));
        let answers = all_at_once(asks).await;
        let (done, late): (Vec<&Answer>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(done.len(), 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
        assert!(late.iter().all(|answer| matches!(answer.status.as_u16(), 409 | 412)));
        let agreed = i64::from(done[0].text("/state") == "approved");
        let given = app.number("SELECT COUNT(*) FROM role_assignments WHERE role = 'administrator' AND granted_by IS NOT NULL").await;
        assert_eq!((given, recorded(&app, "confer_administrator").await), (agreed, agreed));
        assert_eq!(state_of(&first, &request).await, done[0].text("/state"));
    }
}

db_test! {
    async fn who_asked_must_still_be_entitled_when_the_second_agrees(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (_, patient, _) = closed_case(&app, 0).await;
        let path = format!("/patients/{}/erasure-requests", patient.id);
        let leaving = app.user(&[Role::Lead]).await;
        let request = asked(leaving.post(&path, &json!({ "reason": "letter of 2 November" }))).await;
        take_role(&administrator, &leaving).await;
        let before = app.census().await;
        decide(&administrator, &request, "approve").await.refused(409, "request_lapsed");
        assert_eq!(app.census().await, before);
        assert_eq!(state_of(&administrator, &request).await, "requested");
        let seen = administrator.get(&format!("/patients/{}", patient.id)).await.expect(200);
        assert_eq!(seen.text("/state"), "active");
        decide(&administrator, &request, "reject").await.expect(200);

        let disabled = app.user(&[Role::Lead]).await;
        let request = asked(disabled.post(&path, &json!({ "reason": "letter of 2 November" }))).await;
        let account = format!("/users/{}", disabled.user_id);
        let seen = administrator.get(&account).await.expect(200);
        administrator.command(&format!("{account}/disable")).with_if_match(seen.etag()).await.expect(200);
        decide(&administrator, &request, "approve").await.refused(409, "request_lapsed");
    }
}

db_test! {
    async fn what_nobody_answers_ends(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let second = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Finance]).await;
        let request = asked(ask_for_administrator(&first, &user, "exercise")).await;
        app.advance(WAIT - TimeDelta::microseconds(1));
        assert_eq!(reconcile(&app.use_cases()).await.unwrap().approvals_expired, 0);
        app.advance(TimeDelta::microseconds(1));
        let (first, second) = (first.again().await, second.again().await);
        assert_eq!(state_of(&first, &request).await, "expired", "whether or not anyone has noted it");
        decide(&second, &request, "approve").await.refused(409, "wrong_state");
        let run = reconcile(&app.use_cases()).await.unwrap();
        assert_eq!(run.approvals_expired, 1);
        assert_eq!(reconcile(&app.use_cases()).await.unwrap(), Reconciled::default());
        assert_eq!(app.number("SELECT COUNT(*) FROM approvals WHERE state = 'expired' AND decided_by IS NULL").await, 1);
        asked(ask_for_administrator(&second, &user, "exercise")).await;
    }
}

db_test! {
    async fn lists_show_what_is_ones_business(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (lead, auditor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Auditor]).await);
        let user = app.user(&[Role::Finance]).await;
        let role = asked(ask_for_administrator(&administrator, &user, "exercise")).await;
        let export = asked(lead.post("/case-exports", &json!({ "reason": "yearly report" }))).await;
        let listed = async |who: &Session<'_>, query: &str| {
            let list = who.get(&format!("/approvals{query}")).await.expect(200);
            let ids = list.body["items"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(listed(&administrator, "").await, [export.id.clone(), role.id.clone()]);
        assert_eq!(listed(&auditor, "?state=requested").await, [export.id.clone(), role.id.clone()]);
        assert_eq!(listed(&lead, "").await, std::slice::from_ref(&export.id));
        assert_eq!(listed(&administrator, "?mine=false").await, std::slice::from_ref(&export.id));
        assert_eq!(listed(&administrator, "?mine=true&kind=administrator_role").await, std::slice::from_ref(&role.id));
        assert_eq!(listed(&auditor, "?kind=erase_patient").await, Vec::<String>::new());
        app.user(&[Role::Coordinator]).await.get("/approvals").await.refused(403, "forbidden");
        lead.get(&format!("/approvals/{}", role.id)).await.refused(404, "not_found");
    }
}

#[track_caller]
fn refused_field(answer: &Answer, pointer: &str, code: &str) {
    let wrong = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let found = wrong.iter().any(|field: &Value| field["pointer"] == pointer && field["code"] == code);
    assert!(answer.status == 422 && found, "expected {code} at {pointer}, answered {:#}", answer.body);
}
