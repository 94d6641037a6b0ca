//! Breaking the glass: an hour to read, and others hear of it.

use chrono::TimeDelta;
use rafiq_domain::mail::MailKind;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::json;

use crate::app::{Ask, Session, TestApp, Thing, a_case, a_patient, all_at_once};

const MINUTE: TimeDelta = TimeDelta::minutes(1);

db_test! {
    async fn an_emergency_opens_a_case_to_read_for_an_hour_and_nothing_else(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let path = format!("/cases/{}", own_case(&coordinator, 0).await.id);
        for role in [Role::Doctor, Role::Lead] {
            let someone = app.user(&[role]).await;
            someone.get(&format!("{path}/notes")).await.expect(if role == Role::Lead { 403 } else { 404 });
            let broken = break_glass(&someone, &path, None).await.expect(201);
            assert_eq!((broken.text("/basis"), broken.text("/reason_code")), ("break_glass", "acute_event"));
            assert_eq!(broken.body["valid_until"], json!(app.now() + MINUTE * 60));
            for readable in ["", "/notes", "/symptom-assessments", "/tasks", "/consents", "/timeline"] {
                someone.get(&format!("{path}{readable}")).await.expect(200);
            }
            let note = json!({ "kind": "phone", "language": "en", "body": "Called.", "audience": "team" });
            someone.post(&format!("{path}/notes"), &note).await.refused(403, "forbidden");
            someone.get(&format!("{path}/access-log")).await.refused(403, "forbidden");

            app.advance(MINUTE * 60 - TimeDelta::seconds(1));
            someone.again().await.get(&format!("{path}/notes")).await.expect(200);
            app.advance(TimeDelta::seconds(1));
            let after = someone.again().await.get(&format!("{path}/notes")).await;
            after.expect(if role == Role::Lead { 403 } else { 404 });
        }
        let grants = coordinator.again().await.get(&format!("{path}/grants")).await.expect(200).items();
        let emergencies: Vec<_> = grants.iter().filter(|grant| grant["basis"] == "break_glass").collect();
        assert!(emergencies.iter().all(|grant| grant["state"] == "over" && grant["reason"] == "She fell in the bath."));
        assert_eq!(emergencies.len(), 2);
    }
}

db_test! {
    async fn the_owner_and_the_officer_are_told_and_no_patient_is_named(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let case = own_case(&coordinator, 0).await;
        let path = format!("/cases/{}", case.id);
        let doctor = app.user(&[Role::Doctor]).await;
        break_glass(&doctor, &path, None).await.expect(201);
        app.run_mail().await;
        let mails = app.mailbox().mails();
        let mut told: Vec<_> = mails.iter().map(|mail| mail.to.as_str().to_owned()).collect();
        told.sort_unstable();
        assert_eq!(told, [format!("{}@clinic.example", coordinator.login), "dpo@rafiq.example".to_owned()]);
        let number = coordinator.get(&path).await.expect(200).text("/number").to_owned();
        for mail in &mails {
            assert_eq!(mail.kind, MailKind::BreakGlassAlert);
            let text = format!("{} {}", mail.message.subject, mail.message.body.0);
            assert!(text.contains(&number) && text.contains(&doctor.login), "{text}");
            for private in ["فاطمة", "ALKHATEEB", "FATIMA", "bath"] {
                assert!(!text.contains(private), "{text}");
            }
        }
    }
}

db_test! {
    async fn another_lead_looks_at_it_afterwards(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let path = format!("/cases/{}", own_case(&coordinator, 0).await.id);
        let (lead, other) = (app.user(&[Role::Lead]).await, app.user(&[Role::Lead]).await);
        break_glass(&lead, &path, None).await.expect(201);
        let tasks = lead.get(&format!("{path}/tasks")).await.expect(200).items();
        let [task] = &tasks[..] else { panic!("{tasks:?}") };
        assert_eq!((&task["kind"], &task["role"]), (&json!("review_emergency_access"), &json!("lead")));
        assert_eq!((&task["about"], &task["review_of"]), (&json!(["acute_event"]), &json!(lead.user_id)));
        let complete = format!("{path}/tasks/{}/complete", task["id"].as_str().unwrap());
        for not_them in [&lead, &coordinator] {
            let denied = not_them.command(&complete).with_if_match("\"v1\"").await.refused(403, "forbidden");
            assert_eq!(app.audited(&denied, "forbidden").await, 1);
        }
        other.command(&complete).with_if_match("\"v1\"").await.expect(200);
    }
}

db_test! {
    async fn a_case_answers_those_who_may_not_like_one_that_is_not(db: &TestDb) {
        let app = TestApp::new(db);
        let path = format!("/cases/{}", own_case(&app.user(&[Role::Coordinator]).await, 0).await.id);
        let nothing = "/cases/019ab000-0000-7000-8000-000000000000";
        let stranger = app.user(&[Role::Coordinator]).await;
        let foreign = break_glass(&stranger, &path, None).await.refused(404, "not_found");
        assert_eq!(foreign.anonymous(), break_glass(&stranger, nothing, None).await.anonymous());
        assert_eq!(app.audited(&foreign, "hidden").await, 1);
        break_glass(&app.user(&[Role::Finance]).await, &path, None).await.refused(403, "forbidden");
        break_glass(&app.user(&[Role::Administrator]).await, &path, None).await.refused(403, "forbidden");
        break_glass(&app.user(&[Role::Doctor]).await, nothing, None).await.refused(404, "not_found");
        assert_eq!(app.count("outgoing_mails").await, 0);
    }
}

db_test! {
    async fn whoever_reads_the_case_breaks_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let (doctor, lead) = (app.user(&[Role::Doctor]).await, app.user(&[Role::Lead]).await);
        let case = own_case(&coordinator, 0).await;
        let path = format!("/cases/{}", case.id);
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        coordinator.put(&format!("{path}/team"), &team).with_if_match(&case.etag).await.expect(200);
        break_glass(&doctor, &path, None).await.refused(409, "access_held");
        break_glass(&lead, &path, None).await.expect(201);
        break_glass(&lead, &path, None).await.refused(409, "access_held");
        for (minutes, status) in [(4, 422), (61, 422), (100_000, 422), (5, 201)] {
            let other = app.user(&[Role::Doctor]).await;
            break_glass(&other, &path, Some(minutes)).await.expect(status);
        }
    }
}

db_test! {
    async fn of_the_same_emergency_declared_twice_at_once_one_counts(db: &TestDb) {
        let app = TestApp::new(db);
        let path = format!("/cases/{}", own_case(&app.user(&[Role::Coordinator]).await, 0).await.id);
        let doctor = app.user(&[Role::Doctor]).await;
        let answers = all_at_once((0..4).map(|_| break_glass(&doctor, &path, None))).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }
}

db_test! {
    async fn nobody_has_more_than_five_open_and_one_given_back_makes_room(db: &TestDb) {
        let app = TestApp::new(db);
        let lead = app.user(&[Role::Lead]).await;
        let patient = a_patient(0).by(&lead).await;
        let mut paths = Vec::new();
        for _ in 0..8 {
            paths.push(format!("/cases/{}", a_case(&patient).by(&lead).await.id));
        }
        let doctor = app.user(&[Role::Doctor]).await;
        let answers = all_at_once(paths[..7].iter().map(|path| break_glass(&doctor, path, None))).await;
        let (open, refused): (Vec<_>, Vec<_>) = answers.into_iter().zip(&paths).partition(|(answer, _)| answer.status == 201);
        assert_eq!((open.len(), refused.len()), (5, 2));
        for (answer, _) in refused {
            answer.refused(409, "too_many_emergencies");
        }
        let (first, path) = &open[0];
        let end = format!("{path}/break-glass/{}/end", first.text("/id"));
        app.user(&[Role::Doctor]).await.command(&end).await.refused(404, "not_found");
        lead.command(&end).await.refused(403, "forbidden");
        assert_eq!(doctor.command(&end).await.expect(200).text("/end_reason"), "given_back");
        doctor.get(path).await.refused(404, "not_found");
        doctor.command(&end).await.refused(409, "wrong_state");
        break_glass(&doctor, &paths[7], None).await.expect(201);
        app.advance(MINUTE * 60);
        break_glass(&doctor.again().await, &paths[7], None).await.expect(201);
    }
}

async fn own_case(session: &Session<'_>, patient: usize) -> Thing {
    a_case(&a_patient(patient).by(session).await).by(session).await
}

fn break_glass<'app>(by: &Session<'app>, path: &str, minutes: Option<u32>) -> Ask<'app> {
    let mut body = json!({ "reason_code": "acute_event", "reason": "She fell in the bath." });
    if let Some(minutes) = minutes {
        body["minutes"] = json!(minutes);
    }
    by.post(&format!("{path}/break-glass"), &body)
}
