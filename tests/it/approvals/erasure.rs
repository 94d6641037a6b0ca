//! Patients who want to be forgotten, and what the law keeps.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::json;

use super::{asked, closed_case, closed_case_of, decide, recorded, state_of};
use crate::app::{Answer, Ask, Instances, Session, TestApp, Thing, a_case, a_patient, all_at_once, an_interpreter};

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
        let erased = decide(&administrator, &Thing::of(&request), "approve").await.expect(200);
        assert!(administrator.finds_in_log(&case.id, &erased).await);
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
    async fn a_hand_over_makes_no_clinical_record(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, second) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        let (coordinator, lead) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Lead]).await);
        for (who, leaves) in [(0, false), (1, true)] {
            let (from, patient, case) = closed_case(&app, who).await;
            if leaves {
                let account = format!("/users/{}", from.user_id);
                let seen = first.get(&account).await.expect(200);
                let to = json!({
                    "hand_over_to": { "coordinator_id": coordinator.user_id },
                    "note": { "language": "en", "body": "Leaves us." },
                });
                first.post(&format!("{account}/off-board"), &to).with_if_match(seen.etag()).await.expect(200);
            } else {
                let team = json!({ "coordinator_id": coordinator.user_id, "note": "She knows the family." });
                lead.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag).await.expect(200);
            }
            let signed = "SELECT COUNT(*) FROM notes WHERE kind = 'handover' AND state = 'signed'";
            assert_eq!(app.number(signed).await, 1);
            let request = ask(&first, &patient).await.expect(201);
            assert_eq!(request.text("/extent"), "identity");
            decide(&second, &Thing::of(&request), "approve").await.expect(200);
            let kept = "SELECT COUNT(*) FROM notes WHERE body <> '[erased]'";
            assert_eq!(app.number(kept).await, 0, "its words go with the case");
            db.execute("UPDATE notes SET kind = 'coordination'").await.unwrap();
        }
    }
}

db_test! {
    async fn a_job_called_off_after_an_erasure_tells_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        let from = app.now() + TimeDelta::days(2);
        let job = json!({
            "encounter": "consultation", "modality": "video", "starts_at": from, "ends_at": from + TimeDelta::hours(1),
            "time_zone": "Europe/Istanbul", "place": "Video", "language": "ar",
        });
        let bookings = format!("/cases/{}/interpreter-bookings", case.id);
        let [called_off, offered] =
            [Thing::of(&coordinator.post(&bookings, &job).await.expect(201)), Thing::of(&coordinator.post(&bookings, &job).await.expect(201))];
        let interpreter = an_interpreter().by(&administrator).await;
        let interpreting = app.interpreter_user(&interpreter).await;
        let offer = coordinator.post(&format!("{bookings}/{}/offer", offered.id), &json!({ "interpreter_id": interpreter.id }));
        let offered = Thing::of(&offer.with_if_match(&offered.etag).await.expect(200));
        let step = json!({ "trigger": "dismiss", "closure_reason": "not_interested", "reason": "has found another way" });
        coordinator.post(&format!("/cases/{}/steps", case.id), &step).with_if_match(&case.etag).await.expect(200);
        let request = asked(ask(&lead, &patient)).await;
        decide(&administrator, &request, "approve").await.expect(200);

        let told = json!({ "reason": "Fatima has gone home" });
        let cancel = coordinator.post(&format!("{bookings}/{}/cancel", called_off.id), &told);
        let cancelled = cancel.with_if_match(&called_off.etag).await.expect(200);
        assert_eq!((cancelled.text("/state"), cancelled.body.get("reason")), ("cancelled_early", None));
        let decline = interpreting.post(&format!("/interpreter-bookings/{}/decline", offered.id), &told);
        decline.with_if_match(&offered.etag).await.expect(200);
        assert_eq!(app.number("SELECT COUNT(*) FROM interpreter_bookings WHERE reason IS NOT NULL").await, 0);
    }
}

postgres_test! {
    async fn nothing_is_written_beside_an_erasure_and_nothing_reopened(db: &TestDb) {
        let both = Instances::start(db).await;
        let (lead, administrator) = (both.one.user(&[Role::Lead]).await, both.one.user(&[Role::Administrator]).await);
        let coordinator = both.one.user(&[Role::Coordinator]).await;
        let mut outcomes = BTreeSet::new();
        for round in 0..6 {
            let (patient, case) = closed_case_of(&coordinator, round).await;
            let request = asked(ask(&lead, &patient)).await;
            let path = format!("/cases/{}", case.id);
            let note = json!({ "kind": "consultation", "language": "en", "body": "It was Fatima.", "audience": "team" });
            let told = json!({ "kind": "complaints_closed", "reference": "told Fatima" });
            let reopen = json!({ "trigger": "reopen", "to": "intake", "reason": "Fatima came back" });
            let there = coordinator.at(&both.two);
            let mut asks = vec![
                decide(&administrator, &request, "approve"),
                there.post(&format!("{path}/notes"), &note),
                there.post(&format!("{path}/confirmations"), &told),
            ];
            if round % 3 == 0 {
                asks.push(lead.at(&both.two).post(&format!("{path}/steps"), &reopen).with_if_match(&case.etag));
            }
            asks.rotate_left(round % 2);
            let answers = all_at_once(asks).await;
            let codes: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            assert!(codes.iter().all(|code| [200, 201, 409, 412].contains(code)), "round {round}: {codes:?}");
            outcomes.extend(codes);
            let open = "SELECT COUNT(*) FROM cases WHERE anonymized_at IS NOT NULL AND stage <> 'closed'";
            assert_eq!(both.one.number(open).await, 0, "round {round}");
            for (table, column) in [("notes", "body"), ("confirmations", "reference"), ("case_events", "reason")] {
                let left = format!(
                    "SELECT COUNT(*) FROM {table} JOIN cases ON cases.id = case_id \
                     WHERE anonymized_at IS NOT NULL AND {column} <> '[erased]'"
                );
                assert_eq!(both.one.number(&left).await, 0, "round {round}: {table}");
            }
        }
        assert!(outcomes.contains(&200) && outcomes.contains(&409), "{outcomes:?}");
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
