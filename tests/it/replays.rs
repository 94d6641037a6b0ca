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

use crate::app::{Answer, Ask, Session, TestApp, Thing, a_case, a_hospital, a_patient};

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
