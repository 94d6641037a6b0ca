//! A request that is sent again is answered as before only to whom it would be answered now.

use axum::http::Method;
use chrono::TimeDelta;
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::referrals::NewReferral;
use rafiq_domain::vocabulary::{ReferralQuestion, Role};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, db_test, referrals};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Answer, Ask, Session, TestApp, Thing, a_case, a_hospital, a_patient, an_interpreter};

/// A case with its coordinator, and those who take it over.
struct Story<'app> {
    db: &'app TestDb,
    app: &'app TestApp<'app>,
    coordinator: Session<'app>,
    lead: Session<'app>,
    patient: Thing,
    case: Thing,
}

impl<'app> Story<'app> {
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let (coordinator, lead) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Lead]).await);
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        Self { db, app, coordinator, lead, patient, case }
    }

    /// Makes someone else the coordinator of the case, without a word.
    async fn hand_over(&self, to: &Session<'_>) {
        let sql =
            format!("UPDATE access_grants SET user_id = {} WHERE basis = 'coordinator'", self.app.literal(to.user_id));
        self.db.execute(&sql).await.unwrap();
    }

    fn note(&self) -> Ask<'app> {
        let note =
            json!({ "kind": "consultation", "language": "en", "body": "Spasm of the left lid.", "audience": "team" });
        self.coordinator.post(&format!("/cases/{}/notes", self.case.id), &note)
    }

    /// A referral that the hospital can answer.
    async fn sent_referral(&self, hospital: &Thing) -> String {
        let new =
            NewReferral { hospital_id: hospital.uuid().into(), question: ReferralQuestion::Opinion, message: None };
        let case_id = self.case.uuid().into();
        let case = Case { stage: Stage::Referred, ..cases::find(self.db, case_id).await.unwrap().unwrap().case };
        let id = Uuid::from_u128(self.app.fresh().into());
        let draft = new.draw_up(id.into(), &case, self.coordinator.user_id.into()).unwrap();
        let sent = anything(draft.send(self.app.now(), TimeDelta::hours(48)).unwrap());
        let stamp = Stamp { id: id.into(), at: self.app.now(), request_id: None };
        let planted = async |tx: &Tx| referrals::insert(tx, &sent, self.app.moment()).await.map(anything);
        self.db.write::<_, StoreError>(stamp, planted).await.unwrap();
        id.to_string()
    }

    /// A job that begins in an hour, at the address where the interpreter to whom it is offered finds it.
    async fn offered(&self) -> (Session<'app>, Thing) {
        let interpreter = an_interpreter().by(&self.coordinator).await;
        let begins = self.app.now() + TimeDelta::hours(1);
        let job = json!({
            "encounter": "admission", "modality": "video", "starts_at": begins, "ends_at": begins + TimeDelta::hours(1),
            "time_zone": "Europe/Istanbul", "place": "Video", "language": "ar",
        });
        let bookings = format!("/cases/{}/interpreter-bookings", self.case.id);
        let booking = Thing::of(&self.coordinator.post(&bookings, &job).await.expect(201));
        let to = json!({ "interpreter_id": interpreter.id });
        let offer = self.coordinator.post(&format!("{bookings}/{}/offer", booking.id), &to);
        let offered = offer.with_if_match(&booking.etag).await.expect(200);
        let place = Thing { id: format!("/interpreter-bookings/{}", booking.id), etag: offered.etag().to_owned() };
        (self.app.interpreter_user(&interpreter).await, place)
    }

    /// Gives someone another role in place of one.
    async fn turns_role(&self, session: &Session<'_>, from: &str, to: &str) {
        let user = self.app.literal(session.user_id);
        let sql = format!("UPDATE role_assignments SET role = '{to}' WHERE role = '{from}' AND user_id = {user}");
        self.db.execute(&sql).await.unwrap();
    }

    async fn ends_role(&self, session: &Session<'_>, role: &str) {
        let sql = format!(
            "UPDATE role_assignments SET ended_at = granted_at WHERE role = '{role}' AND user_id = {}",
            self.app.literal(session.user_id)
        );
        self.db.execute(&sql).await.unwrap();
    }
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

#[track_caller]
fn replayed(answer: &Answer, first: &Answer) {
    assert_eq!(answer.header("idempotency-replayed"), "true", "{}", answer.body);
    assert_eq!((answer.status, &answer.bytes), (first.status, &first.bytes));
}

db_test! {
    async fn an_answer_is_given_again_and_that_is_on_record(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let note = story.note();
        let first = note.clone().await.expect(201);
        let again = note.await;
        replayed(&again, &first);
        assert_eq!(app.audited(&again, "allowed").await, 1);
        let repeated = "SELECT COUNT(*) FROM audit_records WHERE action = 'repeat_answer' AND case_id IS NOT NULL";
        assert_eq!((app.number(repeated).await, app.count("notes").await), (1, 1));
    }
}

db_test! {
    async fn who_has_handed_the_case_over_is_not_answered_again(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let open = story.coordinator.post("/cases", &json!({ "patient_id": story.patient.id, "source": "web" }));
        let (opened, note) = (open.clone().await.expect(201), story.note());
        let written = note.clone().await.expect(201);
        let successor = app.user(&[Role::Coordinator]).await;
        story.hand_over(&successor).await;
        for ask in [&open, &note] {
            let answer = ask.clone().await.refused(404, "not_found");
            assert_eq!(app.audited(&answer, "hidden").await, 1);
        }
        story.hand_over(&story.coordinator).await;
        replayed(&open.await, &opened);
        replayed(&note.await, &written);
    }
}

db_test! {
    async fn who_has_lost_the_role_is_not_answered_again(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let both = app.user(&[Role::Coordinator, Role::Auditor]).await;
        let register = both.post("/patients", &a_patient(1).body);
        let first = register.clone().await.expect(201);
        replayed(&register.clone().await, &first);
        story.ends_role(&both, "coordinator").await;
        register.await.refused(403, "forbidden");
    }
}

db_test! {
    async fn an_answer_for_wider_eyes_is_not_given_to_narrower_ones(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let both = app.user(&[Role::Lead, Role::Administrator]).await;
        let confirm = json!({ "kind": "privacy_notice", "reference": "notice of 2026-02" });
        let confirm = both.post(&format!("/cases/{}/confirmations", story.case.id), &confirm);
        let first = confirm.clone().await.expect(201);
        replayed(&confirm.clone().await, &first);
        story.ends_role(&both, "lead").await;
        let answer = confirm.await.refused(403, "forbidden");
        assert_eq!(app.audited(&answer, "forbidden").await, 1);
    }
}

db_test! {
    async fn a_hospital_is_not_answered_again_once_the_consent_is_withdrawn(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let hospital = a_hospital().by(&app.user(&[Role::Administrator]).await).await;
        let consent = |purpose: &str, hospital: Value| {
            json!({
                "purpose": purpose, "hospital_id": hospital, "text_version": "2026-3", "language": "ar",
                "method": "e_sign", "given_by": "patient", "given_at": app.now(), "evidence": "signed form, kept",
            })
        };
        let path = format!("/cases/{}", story.case.id);
        let share = consent("share_with_hospital", json!(hospital.id));
        let share = Thing::of(&story.coordinator.post(&format!("{path}/consents"), &share).await.expect(201));
        let referral = story.sent_referral(&hospital).await;
        let user = app.hospital_user(&hospital).await;
        let mrn = story.coordinator.get(&format!("/patients/{}", story.patient.id)).await.expect(200);
        let report = json!({
            "event_id": "019ab000-0000-7000-8000-00000000000a", "occurred_at": app.now(), "patient_mrn": mrn.text("/mrn"),
        });
        let report = user.post(&format!("/partner/referrals/{referral}/reports/received"), &report);
        let first = report.clone().await.expect(201);
        replayed(&report.clone().await, &first);
        let withdraw = format!("{path}/consents/{}/withdraw", share.id);
        story.coordinator.post(&withdraw, &json!({})).with_if_match(&share.etag).await.expect(200);
        report.await.refused(404, "not_found");
    }
}

db_test! {
    async fn a_key_of_another_request_tells_nothing_whoever_asks(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let note = story.note().with("idempotency-key", "one");
        note.clone().await.expect(201);
        story.hand_over(&story.lead).await;
        let other = json!({ "kind": "consultation", "language": "en", "body": "Another.", "audience": "team" });
        let other = story.coordinator.ask(Method::POST, &format!("/api/v1/cases/{}/notes", story.case.id)).json(&other);
        other.with("idempotency-key", "one").await.refused(422, "idempotency_key_reused");
    }
}

db_test! {
    async fn who_declined_a_job_is_answered_again_while_they_hold_the_role(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let (interpreter, offered) = story.offered().await;
        let answer = json!({ "reason": "a relative of mine" });
        let decline = interpreter.post(&format!("{}/decline", offered.id), &answer).with_if_match(&offered.etag);
        let first = decline.clone().await.expect(200);
        interpreter.get(&offered.id).await.refused(404, "not_found");
        let again = decline.clone().await;
        replayed(&again, &first);
        let repeated = "SELECT COUNT(*) FROM audit_records WHERE action = 'repeat_answer' AND object_id IS NOT NULL AND case_id IS NOT NULL";
        assert_eq!((app.audited(&again, "allowed").await, app.number(repeated).await), (1, 1));
        // Without any role at all the sign-in itself would be over.
        story.turns_role(&interpreter, "interpreter", "auditor").await;
        let answer = decline.await.refused(403, "forbidden");
        assert_eq!(app.audited(&answer, "forbidden").await, 1);
    }
}

db_test! {
    async fn who_handed_cases_over_is_answered_again_while_they_hold_the_role(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let successor = app.user(&[Role::Coordinator]).await;
        let other = a_case(&a_patient(1).by(&story.coordinator).await).by(&story.coordinator).await;
        let ids = [&story.case.id, &other.id];
        let body = json!({ "case_ids": ids, "coordinator_id": successor.user_id, "note": "Away from tomorrow on." });
        let hand_over = story.coordinator.post("/case-reassignments", &body);
        let first = hand_over.clone().await.expect(200);
        story.coordinator.get(&format!("/cases/{}", other.id)).await.refused(404, "not_found");
        let again = hand_over.clone().await;
        replayed(&again, &first);
        assert_eq!(app.audited(&again, "allowed").await, 3, "each case, and the whole");
        let of_cases = "SELECT COUNT(DISTINCT case_id) FROM audit_records WHERE action = 'repeat_answer'";
        assert_eq!(app.number(of_cases).await, 2);
        story.turns_role(&story.coordinator, "coordinator", "auditor").await;
        let answer = hand_over.await.refused(403, "forbidden");
        assert_eq!((app.audited(&answer, "forbidden").await, app.audited(&answer, "allowed").await), (1, 0));
    }
}

db_test! {
    async fn many_cases_are_answered_for_again_by_as_many_statements_as_a_few(db: &TestDb) {
        let app = TestApp::watched(db);
        let story = Story::begin(db, &app).await;
        let mut cases = Vec::new();
        for _ in 0..110 {
            cases.push(a_case(&story.patient).by(&story.coordinator).await.id);
        }
        let successor = app.user(&[Role::Coordinator]).await;
        let mut counts = Vec::new();
        for ids in [&cases[..10], &cases[10..]] {
            let body = json!({ "case_ids": ids, "coordinator_id": successor.user_id, "note": "Away from tomorrow on." });
            let hand_over = story.coordinator.post("/case-reassignments", &body);
            let first = hand_over.clone().await.expect(200);
            app.ledger().take();
            replayed(&hand_over.await, &first);
            counts.push(app.ledger().take().len());
        }
        assert_eq!(counts[0], counts[1]);
    }
}

db_test! {
    async fn an_answer_that_opened_a_job_does_not_name_the_patient_again(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app).await;
        let (interpreter, offered) = story.offered().await;
        let accept = interpreter.command(&format!("{}/accept", offered.id)).with_if_match(&offered.etag);
        let first = accept.clone().await.expect(200);
        assert!(first.body.get("patient").is_some());
        app.advance(TimeDelta::hours(2));
        let interpreter = interpreter.again().await;
        let complete = interpreter.command(&format!("{}/complete", offered.id)).with_if_match(first.etag());
        assert!(complete.await.expect(200).body.get("patient").is_none());

        let bearer = format!("Bearer {}", interpreter.token().unwrap());
        let again = accept.with("authorization", &bearer).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), again.etag()), ("true", first.etag()));
        let mut expected = first.body;
        expected.as_object_mut().unwrap().remove("patient");
        assert_eq!(again.body, expected);
    }
}
