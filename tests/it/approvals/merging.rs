//! Two records of one person become one.

use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, patients};
use serde_json::{Value, json};

use super::{asked, decide, recorded, refused_field, state_of};
use crate::app::{Answer, Ask, Session, TestApp, Thing, a_case, a_patient, all_at_once};

/// The same person twice, each record with a coordinator and a case of its own.
struct Twice<'app> {
    lead: Session<'app>,
    administrator: Session<'app>,
    coordinators: [Session<'app>; 2],
    source: Thing,
    survivor: Thing,
    cases: [Thing; 2],
}

impl<'app> Twice<'app> {
    async fn begin(app: &'app TestApp<'_>) -> Self {
        let coordinators = [app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await];
        let survivor = a_patient(0).by(&coordinators[0]).await;
        let other_number = json!([
            { "system": "phone", "value": "+9647701234507" },
            { "system": "email", "value": "fatima@example.com" },
        ]);
        let again = a_patient(0)
            .with("/details/contacts", other_number)
            .with("/details/passport_name/surname", "ALKATIB")
            .with("/somebody_else_because", "another spelling in the passport");
        let source = again.by(&coordinators[1]).await;
        let cases = [a_case(&survivor).by(&coordinators[0]).await, a_case(&source).by(&coordinators[1]).await];
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        Self { lead, administrator, coordinators, source, survivor, cases }
    }

    fn ask(&self, who: &Session<'app>, attested: &[&str]) -> Ask<'app> {
        let body = json!({ "survivor_id": self.survivor.id, "attested": attested, "reason": "wrote from two numbers" });
        who.post(&format!("/patients/{}/merge-requests", self.source.id), &body)
    }

    async fn read(&self, who: &Session<'_>, patient: &Thing) -> Answer {
        who.get(&format!("/patients/{}", patient.id)).await
    }
}

fn ids(list: &Answer) -> Vec<&str> {
    list.body["items"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

fn numbers(patient: &Answer) -> Vec<&str> {
    let contacts = patient.body["details"]["contacts"].as_array().unwrap();
    contacts.iter().map(|contact: &Value| contact["value"].as_str().unwrap()).collect()
}

db_test! {
    async fn two_records_of_one_person_become_one_and_nothing_is_lost(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let [ours, theirs] = &twice.coordinators;
        let (before, timeline) = (
            theirs.get(&format!("/cases/{}", twice.cases[1].id)).await.expect(200),
            theirs.get(&format!("/cases/{}/timeline", twice.cases[1].id)).await.expect(200),
        );
        let request = asked(twice.ask(&twice.lead, &["phone"])).await;
        let stranger = app.user(&[Role::Coordinator]).await;
        let other = a_patient(1).by(&stranger).await;
        let elsewhere = a_case(&other).by(&stranger).await;
        let merged = decide(&twice.administrator, &request, "approve").await.expect(200);
        for case in &twice.cases {
            assert!(twice.administrator.finds_in_log(&case.id, &merged).await, "who handled the record of the case");
        }
        assert!(!twice.administrator.finds_in_log(&elsewhere.id, &merged).await);
        assert_eq!((recorded(&app, "decide_merge").await, recorded(&app, "merge_patients").await), (1, 2), "for both records");

        // The case keeps its id, its number and its history, and is the survivor's.
        let case = theirs.get(&format!("/cases/{}", twice.cases[1].id)).await.expect(200);
        assert_eq!(case.text("/patient/id"), twice.survivor.id);
        assert_eq!((case.text("/number"), case.text("/stage")), (before.text("/number"), before.text("/stage")));
        assert_ne!(case.etag(), before.etag(), "whoever decided on the case of another patient decides anew");
        let after = theirs.get(&format!("/cases/{}/timeline", twice.cases[1].id)).await.expect(200);
        assert_eq!(after.body, timeline.body);

        // The survivor is reached wherever one of the two was, by whoever cares for one of the two.
        for coordinator in [ours, theirs] {
            let survivor = twice.read(coordinator, &twice.survivor).await.expect(200);
            assert_eq!(numbers(&survivor), ["+9647701234507", "fatima@example.com"]);
            assert_eq!((survivor.text("/state"), survivor.body.get("merged_into")), ("active", None));
            let source = twice.read(coordinator, &twice.source).await.expect(200);
            assert_eq!((source.text("/state"), source.text("/merged_into")), ("merged", twice.survivor.id.as_str()));
            assert_eq!(source.text("/details/passport_name/surname"), "ALKATIB");
        }
        // Lists hold the survivor alone, which the other spelling finds too.
        let everyone = twice.lead.get("/patients").await.expect(200);
        assert_eq!(ids(&everyone), [&other.id, &twice.survivor.id]);
        let by_alias = twice.lead.get("/patients?name=ALKATIB").await.expect(200);
        assert_eq!(ids(&by_alias), [&twice.survivor.id]);
        let survivor = patients::find(db, twice.survivor.uuid().into()).await.unwrap().unwrap().patient;
        let known_as = patients::numbers_of(db, &survivor).await.unwrap();
        let old = twice.read(theirs, &twice.source).await.expect(200);
        assert!(known_as.len() == 2 && known_as.contains(&old.text("/mrn").to_owned()), "{known_as:?}");
        let suspected = ours.post("/patients", &a_patient(0).body).await.refused(409, "duplicate_suspected");
        assert!(!suspected.text("/detail").contains(&twice.source.id), "{}", suspected.body);
    }
}

db_test! {
    async fn a_record_that_was_merged_is_only_read(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let request = asked(twice.ask(&twice.lead, &["passport"])).await;
        decide(&twice.administrator, &request, "approve").await.expect(200);
        let theirs = &twice.coordinators[1];
        let source = twice.read(theirs, &twice.source).await.expect(200);
        let path = format!("/patients/{}", twice.source.id);
        let change = theirs.put(&path, &a_patient(0).body["details"]).with_if_match(source.etag());
        change.await.refused(409, "wrong_state");
        theirs.post("/cases", &a_case(&twice.source).body).await.refused(409, "wrong_state");
        twice.ask(&twice.lead, &["passport"]).await.refused(409, "wrong_state");
        let erasure = json!({ "reason": "letter" });
        twice.lead.post(&format!("{path}/erasure-requests"), &erasure).await.refused(409, "wrong_state");
        let hold = json!({ "reason": "claim 2026/17" });
        twice.administrator.post(&format!("{path}/legal-holds"), &hold).await.refused(409, "wrong_state");
        // Into it nothing is merged either.
        let third = a_patient(1).by(theirs).await;
        let body = json!({ "survivor_id": twice.source.id, "attested": ["passport"], "reason": "the same" });
        let into_gone = twice.lead.post(&format!("/patients/{}/merge-requests", third.id), &body).await;
        refused_field(&into_gone, "/survivor_id", "contradicts");
    }
}

db_test! {
    async fn a_merge_takes_a_lead_and_an_administrator(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let (lead, administrator) = (app.user(&[Role::Lead]).await, app.user(&[Role::Administrator]).await);
        for (first, like, other) in [
            (&twice.lead, &lead, &twice.administrator),
            (&twice.administrator, &administrator, &twice.lead),
        ] {
            let request = asked(twice.ask(first, &["phone"])).await;
            let alike = decide(like, &request, "approve").await.refused(403, "not_the_second_person");
            assert_eq!(app.audited(&alike, "forbidden").await, 1);
            decide(other, &request, "reject").await.expect(200);
        }
        twice.ask(&twice.coordinators[1], &["phone"]).await.refused(403, "forbidden");
    }
}

db_test! {
    async fn too_little_or_a_contradiction_merges_nobody(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let too_little = twice.ask(&twice.lead, &[]).await.refused(409, "merge_refused");
        assert!(too_little.text("/detail").contains("two strong identifiers"), "{}", too_little.body);
        twice.ask(&twice.lead, &["name_and_birth"]).await.refused(409, "merge_refused");
        let nobody = json!({ "survivor_id": "019ab000-0000-7000-8000-000000000000", "attested": ["phone"], "reason": "the same" });
        let path = format!("/patients/{}/merge-requests", twice.source.id);
        refused_field(&twice.lead.post(&path, &nobody).await, "/survivor_id", "not_known_here");
        let itself = json!({ "survivor_id": twice.source.id, "attested": ["phone", "passport"], "reason": "the same" });
        refused_field(&twice.lead.post(&path, &itself).await, "/survivor_id", "contradicts");

        // What is known when the second agrees decides: all of it is undone, and the request still waits.
        let request = asked(twice.ask(&twice.lead, &["phone", "passport"])).await;
        let other_birth = a_patient(0).with("/details/birth_date", "1975-07-01").body["details"].clone();
        let survivor = twice.read(&twice.coordinators[0], &twice.survivor).await.expect(200);
        let path = format!("/patients/{}", twice.survivor.id);
        twice.coordinators[0].put(&path, &other_birth).with_if_match(survivor.etag()).await.expect(200);
        let before = app.census().await;
        let denied = decide(&twice.administrator, &request, "approve").await.refused(409, "merge_refused");
        assert_eq!(app.census().await, before);
        assert_eq!(app.audited(&denied, "allowed").await, 0);
        assert_eq!(state_of(&twice.lead, &request).await, "requested");
        let source = twice.read(&twice.coordinators[1], &twice.source).await.expect(200);
        assert_eq!(source.text("/state"), "active");
    }
}

db_test! {
    async fn what_is_open_at_an_interpreter_is_ended_first(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let from = app.now() + chrono::TimeDelta::days(2);
        let job = json!({
            "encounter": "consultation", "modality": "video", "starts_at": from, "ends_at": from + chrono::TimeDelta::hours(1),
            "time_zone": "Europe/Istanbul", "place": "Video", "language": "ar",
        });
        let bookings = format!("/cases/{}/interpreter-bookings", twice.cases[1].id);
        let booking = Thing::of(&twice.coordinators[1].post(&bookings, &job).await.expect(201));
        let open = twice.ask(&twice.lead, &["phone"]).await.refused(409, "merge_refused");
        assert!(open.text("/detail").contains("still open"), "{}", open.body);
        let cancel = twice.coordinators[1].post(&format!("{bookings}/{}/cancel", booking.id), &json!({ "reason": "moved" }));
        cancel.with_if_match(&booking.etag).await.expect(200);
        asked(twice.ask(&twice.lead, &["phone"])).await;
    }
}

db_test! {
    async fn no_case_is_left_on_a_record_that_goes(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let request = asked(twice.ask(&twice.lead, &["phone"])).await;
        let theirs = &twice.coordinators[1];
        let mut asks: Vec<_> = (0..4).map(|_| theirs.post("/cases", &a_case(&twice.source).body)).collect();
        asks.push(decide(&twice.administrator, &request, "approve"));
        let answers = all_at_once(asks).await;
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 201 | 409)), "{answers:?}");
        let left = "SELECT COUNT(*) FROM cases JOIN patients ON patients.id = cases.patient_id WHERE patients.state <> 'active'";
        assert_eq!(app.number(left).await, 0);
        assert_eq!(state_of(&twice.lead, &request).await, "approved");
    }
}

db_test! {
    async fn a_case_is_merged_by_two_and_into_a_case_of_the_same_patient(db: &TestDb) {
        let app = TestApp::new(db);
        let twice = Twice::begin(&app).await;
        let [survivor, merged] = &twice.cases;
        let steps = format!("/cases/{}/steps", merged.id);
        let step = json!({ "trigger": "merge", "survivor_case_id": survivor.id, "reason": "the same journey" });
        let foreign = twice.lead.post(&steps, &step).with_if_match(&merged.etag).await;
        refused_field(&foreign, "/survivor_case_id", "contradicts");
        let request = asked(twice.ask(&twice.lead, &["phone"])).await;
        decide(&twice.administrator, &request, "approve").await.expect(200);

        let present = twice.lead.get(&format!("/cases/{}", merged.id)).await.expect(200);
        let alone = twice.lead.post(&steps, &step).with_if_match(present.etag()).await.refused(409, "gates_unmet");
        let shut: Vec<_> = alone.body["unmet_gates"].as_array().unwrap().iter().map(|gate| &gate["gate"]).collect();
        assert_eq!(shut, [&json!("same_person_verified"), &json!("administrator_agreed")]);
        let confirmations = format!("/cases/{}/confirmations", merged.id);
        for (who, kind) in [
            (&twice.coordinators[1], "same_person_verified"),
            (&twice.administrator, "administrator_agreement"),
        ] {
            who.post(&confirmations, &json!({ "kind": kind, "reference": "both files seen" })).await.expect(201);
        }
        let present = twice.lead.get(&format!("/cases/{}", merged.id)).await.expect(200);
        let done = twice.lead.post(&steps, &step).with_if_match(present.etag()).await.expect(200);
        assert_eq!((done.text("/stage"), done.text("/merged_into")), ("merged", survivor.id.as_str()));
    }
}
