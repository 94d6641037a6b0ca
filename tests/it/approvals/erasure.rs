//! Patients who want to be forgotten, and what the law keeps.

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::json;

use super::{asked, closed_case, decide, recorded, state_of};
use crate::app::{Answer, Ask, Session, TestApp, Thing, a_case, a_patient};

fn ask<'app>(who: &Session<'app>, patient: &Thing) -> Ask<'app> {
    who.post(&format!("/patients/{}/erasure-requests", patient.id), &json!({ "reason": "letter of 2 November" }))
}

async fn read(who: &Session<'_>, patient: &Thing) -> Answer {
    who.get(&format!("/patients/{}", patient.id)).await.expect(200)
}

/// A note of a case, signed: from then on the case is a clinical record.
async fn sign_note(who: &Session<'_>, case: &Thing) {
    let notes = format!("/cases/{}/notes", case.id);
    let body = json!({ "kind": "consultation", "language": "ar", "body": "اتصلت المريضة فاطمة.", "audience": "team" });
    let note = Thing::of(&who.post(&notes, &body).await.expect(201));
    who.command(&format!("{notes}/{}/sign", note.id)).with_if_match(&note.etag).await.expect(200);
}

db_test! {
    async fn who_was_never_treated_is_forgotten(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, patient, case) = closed_case(&app, 0).await;
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        let request = ask(&lead, &patient).await.expect(201);
        assert_eq!(request.text("/extent"), "identity");
        let before = read(&lead, &patient).await;
        let kept = "SELECT COUNT(*) FROM idempotency_keys WHERE answer IS NOT NULL";
        assert_eq!(app.number(kept).await, 4, "patient, case, step and request");
        decide(&administrator, &Thing::of(&request), "approve").await.expect(200);
        assert_eq!((recorded(&app, "decide_erasure").await, recorded(&app, "erase_patient").await), (1, 1));

        let left = read(&lead, &patient).await;
        assert_eq!((left.text("/state"), left.text("/mrn")), ("anonymized", format!("ERASED-{}", patient.id).as_str()));
        let details = &left.body["details"];
        assert_eq!(details["passport_name"], json!({ "surname": "ANONYMIZED", "given": "ANONYMIZED" }));
        assert_eq!((&details["birth_date"], &details["birth_certainty"]), (&json!("1960"), &json!("estimated")));
        assert_eq!((&details["contacts"], details.get("arabic_name")), (&json!([]), None));
        for code in ["sex", "nationality", "residence_country", "languages", "interpreter_required"] {
            assert_eq!(details[code], before.body["details"][code], "{code} stays for statistics");
        }
        let seen = coordinator.get(&format!("/cases/{}", case.id)).await.expect(200);
        assert_eq!((seen.text("/stage"), seen.text("/closure_reason")), ("closed", "not_interested"));
        let timeline = coordinator.get(&format!("/cases/{}/timeline", case.id)).await.expect(200);
        assert_eq!(timeline.text("/items/0/reason"), "[erased]");
        assert_eq!(app.count("patient_phones").await, 0);
        assert_eq!(app.number(kept).await, 2, "of the patient nothing is told again; the request and its answer stay");
        let found = lead.get("/patients?name=ALKHATEEB").await.expect(200);
        assert_eq!(found.body["items"], json!([]));
    }
}

db_test! {
    async fn nothing_is_written_any_more_of_whom_nobody_knows(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, patient, case) = closed_case(&app, 0).await;
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        let request = asked(ask(&lead, &patient)).await;
        decide(&administrator, &request, "approve").await.expect(200);
        let seen = lead.get(&format!("/cases/{}", case.id)).await.expect(200);
        let path = format!("/cases/{}", case.id);
        let reopen = json!({ "trigger": "reopen", "to": "intake", "reason": "came back" });
        let reopened = lead.post(&format!("{path}/steps"), &reopen).with_if_match(seen.etag());
        let refused = reopened.await.refused(409, "illegal_transition");
        assert_eq!(refused.body.get("legal_triggers"), None, "no other step is legal either");
        let note = json!({ "kind": "consultation", "language": "en", "body": "It was Fatima.", "audience": "team" });
        coordinator.post(&format!("{path}/notes"), &note).await.refused(409, "case_is_final");
        let settled = json!({ "kind": "complaints_closed", "reference": "told Fatima" });
        coordinator.post(&format!("{path}/confirmations"), &settled).await.refused(409, "case_is_final");
        let known = read(&coordinator, &patient).await;
        let again = coordinator.put(&format!("/patients/{}", patient.id), &a_patient(0).body["details"]);
        again.with_if_match(known.etag()).await.refused(409, "wrong_state");
        coordinator.post("/cases", &a_case(&patient).body).await.refused(409, "wrong_state");
        ask(&lead, &patient).await.refused(409, "wrong_state");
        // Whoever comes back is somebody new.
        a_patient(0).by(&coordinator).await;
    }
}

db_test! {
    async fn a_clinical_record_loses_its_contacts_until_its_years_are_over(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, patient, case) = closed_case(&app, 0).await;
        let (first, second) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        sign_note(&coordinator, &case).await;
        let request = ask(&first, &patient).await.expect(201);
        assert_eq!(request.text("/extent"), "contacts");
        decide(&second, &Thing::of(&request), "approve").await.expect(200);
        let left = read(&coordinator, &patient).await;
        assert_eq!((left.text("/state"), left.text("/details/arabic_name")), ("active", "فاطمة محمد الخطيب"));
        assert_eq!(left.body["details"]["contacts"], json!([]));
        assert_eq!(app.count("patient_phones").await, 0);
        assert_eq!(app.number("SELECT COUNT(*) FROM notes WHERE body LIKE '%فاطمة%'").await, 1);

        app.advance(TimeDelta::days(20 * 365));
        let (first, second) = (first.again().await, second.again().await);
        let early = ask(&first, &patient).await.expect(201);
        assert_eq!(early.text("/extent"), "contacts", "leap days are days too");
        decide(&second, &Thing::of(&early), "reject").await.expect(200);
        app.advance(TimeDelta::days(5));
        let (first, second) = (first.again().await, second.again().await);
        let request = ask(&first, &patient).await.expect(201);
        assert_eq!(request.text("/extent"), "identity");
        decide(&second, &Thing::of(&request), "approve").await.expect(200);
        assert_eq!(read(&first, &patient).await.text("/state"), "anonymized");
        assert_eq!(app.number("SELECT COUNT(*) FROM notes WHERE body = '[erased]' AND state = 'signed'").await, 1);
    }
}

db_test! {
    async fn an_open_case_keeps_its_patient(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, patient, _) = closed_case(&app, 0).await;
        let administrator = app.user(&[Role::Administrator]).await;
        a_case(&patient).by(&coordinator).await;
        let open = ask(&administrator, &patient).language("tr").await.refused(409, "erasure_refused");
        assert!(open.text("/detail").contains("açık bir vakası"), "{}", open.body);
        ask(&coordinator, &patient).await.refused(403, "forbidden");
        assert_eq!(app.count("approvals").await, 0);
    }
}

db_test! {
    async fn a_legal_hold_keeps_everything_until_it_is_lifted(db: &TestDb) {
        let app = TestApp::new(db);
        let (_, patient, _) = closed_case(&app, 0).await;
        let (first, second) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        let request = asked(ask(&first, &patient)).await;
        let holds = format!("/patients/{}/legal-holds", patient.id);
        let hold = Thing::of(&second.post(&holds, &json!({ "reason": "claim 2026/17" })).await.expect(201));
        let before = app.census().await;
        decide(&second, &request, "approve").await.refused(409, "erasure_refused");
        assert_eq!(app.census().await, before);
        assert_eq!(state_of(&first, &request).await, "requested");
        let lead = app.user(&[Role::Lead]).await;
        lead.post(&holds, &json!({ "reason": "claim" })).await.refused(403, "forbidden");
        let lift = |etag: &str| first.command(&format!("{holds}/{}/lift", hold.id)).with_if_match(etag);
        lift("\"v2\"").await.refused(412, "stale_version");
        let lifted = lift(&hold.etag).await.expect(200);
        assert_eq!((lifted.text("/state"), lifted.text("/lifted_by")), ("lifted", first.user_id.to_string().as_str()));
        lift(lifted.etag()).await.refused(409, "wrong_state");
        let listed = app.user(&[Role::Auditor]).await.get(&holds).await.expect(200);
        assert_eq!(listed.text("/items/0/reason"), "claim 2026/17");
        decide(&second, &request, "approve").await.expect(200);
    }
}

db_test! {
    async fn the_second_person_agrees_to_what_was_asked_and_to_nothing_else(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, patient, case) = closed_case(&app, 0).await;
        let (first, second) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        let request = ask(&first, &patient).await.expect(201);
        assert_eq!(request.text("/extent"), "identity");
        sign_note(&coordinator, &case).await;
        let changed = decide(&second, &Thing::of(&request), "approve").await.refused(409, "erasure_refused");
        assert!(changed.text("/detail").contains("ask again"), "{}", changed.body);
        assert_eq!(read(&first, &patient).await.text("/state"), "active");
    }
}

db_test! {
    async fn whoever_was_registered_twice_is_forgotten_twice(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, survivor, _) = closed_case(&app, 0).await;
        let again = a_patient(0).with("/somebody_else_because", "not sure").by(&coordinator).await;
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        let body = json!({ "survivor_id": survivor.id, "attested": ["phone"], "reason": "the same" });
        let merge = asked(lead.post(&format!("/patients/{}/merge-requests", again.id), &body)).await;
        decide(&administrator, &merge, "approve").await.expect(200);
        let request = asked(ask(&lead, &survivor)).await;
        decide(&administrator, &request, "approve").await.expect(200);
        for patient in [&survivor, &again] {
            let left = read(&administrator, patient).await;
            assert_eq!((left.text("/state"), left.body.get("merged_into")), ("anonymized", None));
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM patients WHERE arabic_name IS NOT NULL OR contacts <> '[]'").await, 0);
    }
}
