//! What hospitals and interpreters read of a case ends by itself, and at once when the patient takes the consent back.

use chrono::TimeDelta;
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::referrals::{NewReferral, Referral};
use rafiq_domain::vocabulary::{ReferralQuestion, ReferralState, Role};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, db_test, referrals};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Ask, Session, TestApp, Thing, a_case, a_hospital, a_patient, an_interpreter};

db_test! {
    async fn a_withdrawn_consent_ends_what_a_hospital_reads_and_a_new_one_begins_it_again(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        let consent = ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        let referral = ward.referral(ReferralState::Sent).await;
        let of_hospital = app.hospital_user(&ward.hospital).await;
        of_hospital.get(&referral).await.expect(200);
        ward.withdraw(&consent).await;
        of_hospital.get(&referral).await.refused(404, "not_found");
        assert_eq!(of_hospital.get("/partner/referrals").await.expect(200).items(), [] as [Value; 0]);
        let again = ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        of_hospital.get(&referral).await.expect(200);

        let grants = ward.coordinator.get(&ward.path("/grants")).await.expect(200).items();
        let of_hospital: Vec<_> = grants.iter().filter(|grant| grant["basis"] == "referral").collect();
        let told = |grant: &Value| ["state", "end_reason", "consent_id"].map(|name| grant[name].clone());
        assert_eq!(told(of_hospital[0]), [json!("running"), Value::Null, json!(again.id)]);
        assert_eq!(told(of_hospital[1]), [json!("ended"), json!("consent_withdrawn"), json!(consent.id)]);
        assert_eq!(of_hospital[0]["holder"]["name"], "Golden Horn Hospital");
    }
}

db_test! {
    async fn a_hospital_that_treats_keeps_its_access_whatever_is_withdrawn(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        let shared = ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        let processing = ward.consent(None, "health_data_processing").await;
        let referral = ward.referral(ReferralState::InProgress).await;
        let of_hospital = app.hospital_user(&ward.hospital).await;
        for consent in [&shared, &processing] {
            ward.withdraw(consent).await;
            of_hospital.get(&referral).await.expect(200);
        }
    }
}

db_test! {
    async fn who_takes_back_the_processing_of_health_data_takes_back_all_sharing(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        ward.consent(None, "share_with_interpreter").await;
        let processing = ward.consent(None, "health_data_processing").await;
        let referral = ward.referral(ReferralState::Sent).await;
        let (booking, interpreter) = ward.offered(TimeDelta::days(1)).await;
        let of_hospital = app.hospital_user(&ward.hospital).await;
        of_hospital.get(&referral).await.expect(200);
        interpreter.get(&booking).await.expect(200);
        ward.withdraw(&processing).await;
        of_hospital.get(&referral).await.refused(404, "not_found");
        interpreter.get(&booking).await.refused(404, "not_found");
        ward.consent(None, "health_data_processing").await;
        of_hospital.get(&referral).await.expect(200);
        interpreter.get(&booking).await.expect(200);
    }
}

db_test! {
    async fn who_lists_their_own_work_is_in_the_log_of_the_cases_that_it_shows(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        ward.referral(ReferralState::Sent).await;
        let (_, interpreter) = ward.offered(TimeDelta::days(1)).await;
        let elsewhere = a_case(&a_patient(1).by(&ward.coordinator).await).by(&ward.coordinator).await;
        for (worker, list) in
            [(app.hospital_user(&ward.hospital).await, "/partner/referrals"), (interpreter, "/interpreter-bookings")]
        {
            let listed = worker.get(list).await.expect(200);
            assert_eq!(listed.items().len(), 1);
            assert!(ward.coordinator.finds_in_log(&ward.case.id, &listed).await, "{list}");
            assert!(!ward.coordinator.finds_in_log(&elsewhere.id, &listed).await, "{list}");
        }
    }
}

db_test! {
    async fn an_interpreter_reads_no_more_of_who_takes_the_consent_back(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        let consent = ward.consent(None, "share_with_interpreter").await;
        let (booking, interpreter) = ward.offered(TimeDelta::days(1)).await;
        let offered = interpreter.get(&booking).await.expect(200);
        interpreter.command(&format!("{booking}/accept")).with_if_match(offered.etag()).await.expect(200);
        ward.withdraw(&consent).await;
        interpreter.get(&booking).await.refused(404, "not_found");
        assert_eq!(interpreter.get("/interpreter-bookings").await.expect(200).items(), [] as [Value; 0]);
    }
}

db_test! {
    async fn an_interpreter_learns_the_name_three_days_before_the_job(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        let (far, interpreter) = ward.offered(TimeDelta::days(10)).await;
        let named = async |interpreter: &Session<'_>, booking: &str| {
            let alone = interpreter.get(booking).await.expect(200).body["patient"].clone();
            let listed = interpreter.get("/interpreter-bookings").await.expect(200).items();
            let listed = listed.iter().find(|listed| booking.ends_with(listed["id"].as_str().unwrap())).unwrap();
            assert_eq!(listed["patient"], alone, "a list shows as much as the thing alone");
            !alone.is_null()
        };
        assert!(!named(&interpreter, &far).await, "on offer");
        let offered = interpreter.get(&far).await.expect(200);
        let accepted = interpreter.command(&format!("{far}/accept")).with_if_match(offered.etag()).await.expect(200);
        assert!(accepted.body.get("patient").is_none() && !named(&interpreter, &far).await, "accepted, and far");

        // One that is near shows the name with the answer that makes it firm, and no other job does with it.
        let near = ward.offer(&ward.interpreter, TimeDelta::days(1)).await;
        let offered = interpreter.get(&near).await.expect(200);
        assert!(!named(&interpreter, &near).await);
        let accepted = interpreter.command(&format!("{near}/accept")).with_if_match(offered.etag()).await.expect(200);
        assert_eq!(accepted.body["patient"]["arabic_name"], "فاطمة محمد الخطيب");
        assert!(named(&interpreter, &near).await && !named(&interpreter, &far).await);

        app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        assert!(!named(&interpreter.again().await, &far).await);
        app.advance(TimeDelta::seconds(1));
        assert!(named(&interpreter.again().await, &far).await);
        app.advance(TimeDelta::days(6) + TimeDelta::hours(1) - TimeDelta::seconds(1));
        assert!(named(&interpreter.again().await, &far).await);
        app.advance(TimeDelta::seconds(1));
        interpreter.again().await.get(&far).await.refused(404, "not_found");
    }
}

db_test! {
    async fn a_declined_job_shows_nobody(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        let (booking, interpreter) = ward.offered(TimeDelta::days(1)).await;
        let offered = interpreter.get(&booking).await.expect(200);
        let decline = interpreter.post(&format!("{booking}/decline"), &json!({})).with_if_match(offered.etag());
        let declined = decline.await.expect(200);
        assert_eq!((declined.text("/state"), declined.body.get("patient")), ("declined", None));
        interpreter.get(&booking).await.refused(404, "not_found");
    }
}

db_test! {
    async fn a_hospital_whose_part_is_over_reads_nothing_newer_and_later_nothing(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(db, &app).await;
        ward.consent(Some(&ward.hospital), "share_with_hospital").await;
        let referral = ward.referral(ReferralState::Sent).await;
        let of_hospital = app.hospital_user(&ward.hospital).await;
        ward.share_note("Written before the end.").await;
        let sent = of_hospital.get(&referral).await.expect(200);
        let declined = json!({
            "event_id": Uuid::from_u128(app.fresh().into()), "occurred_at": app.now(), "patient_mrn": ward.mrn,
            "reason": "no_capacity",
        });
        assert_eq!(notes(&sent.body), ["Written before the end."]);
        of_hospital.post(&format!("{referral}/reports/declined"), &declined).await.expect(201);
        app.advance(TimeDelta::minutes(1));
        ward.share_note("Written after the end.").await;
        assert_eq!(notes(&of_hospital.get(&referral).await.expect(200).body), ["Written before the end."]);

        app.advance(TimeDelta::days(30) - TimeDelta::minutes(1) - TimeDelta::seconds(1));
        of_hospital.again().await.get(&referral).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        of_hospital.again().await.get(&referral).await.refused(404, "not_found");
    }
}

/// A case with a hospital and an interpreter.
struct Ward<'app> {
    db: &'app TestDb,
    app: &'app TestApp<'app>,
    coordinator: Session<'app>,
    case: Thing,
    mrn: String,
    hospital: Thing,
    interpreter: Thing,
}

impl<'app> Ward<'app> {
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let (administrator, coordinator) =
            (app.user(&[Role::Administrator]).await, app.user(&[Role::Coordinator]).await);
        let patient = a_patient(0).by(&coordinator).await;
        let mrn = coordinator.get(&format!("/patients/{}", patient.id)).await.expect(200).text("/mrn").to_owned();
        let case = a_case(&patient).by(&coordinator).await;
        let (hospital, interpreter) =
            (a_hospital().by(&administrator).await, an_interpreter().by(&administrator).await);
        Self { db, app, coordinator, case, mrn, hospital, interpreter }
    }

    fn path(&self, below: &str) -> String {
        format!("/cases/{}{below}", self.case.id)
    }

    /// The coordinator, however much time has passed.
    async fn coordinator(&self) -> Session<'app> {
        self.coordinator.again().await
    }

    async fn consent(&self, to: Option<&Thing>, purpose: &str) -> Thing {
        let consent = json!({
            "purpose": purpose, "hospital_id": to.map(|hospital| &hospital.id), "text_version": "2026-3",
            "language": "ar", "method": "e_sign", "given_by": "patient", "given_at": self.app.now(),
            "evidence": "signed form, kept",
        });
        Thing::of(&self.coordinator().await.post(&self.path("/consents"), &consent).await.expect(201))
    }

    async fn withdraw(&self, consent: &Thing) {
        let path = self.path(&format!("/consents/{}/withdraw", consent.id));
        self.coordinator().await.post(&path, &json!({})).with_if_match(&consent.etag).await.expect(200);
    }

    /// The address at which the hospital finds a referral that has come as far as `state`.
    async fn referral(&self, state: ReferralState) -> String {
        let case = cases::find(self.db, self.case.uuid().into()).await.unwrap().unwrap().case;
        let case = Case { stage: Stage::Referred, ..case };
        let new = NewReferral {
            hospital_id: self.hospital.uuid().into(),
            question: ReferralQuestion::Opinion,
            message: None,
        };
        let id = Uuid::from_u128(self.app.fresh().into());
        let draft = new.draw_up(id.into(), &case, self.coordinator.user_id.into()).unwrap();
        let referral = Referral { state, ..draft.send(self.app.now(), TimeDelta::hours(48)).unwrap() };
        let stamp = Stamp { id: Uuid::from_u128(self.app.fresh().into()).into(), at: self.app.now(), request_id: None };
        let write = async |tx: &rafiq_persistence::store::Tx| {
            referrals::insert(tx, &anything(referral.clone()), self.app.moment()).await.map(anything)
        };
        self.db.write(stamp, write).await.unwrap();
        format!("/partner/referrals/{id}")
    }

    /// A job of an hour that begins in a while, offered to the interpreter, who has signed in.
    async fn offered(&self, begins_in: TimeDelta) -> (String, Session<'app>) {
        let booking = self.offer(&self.interpreter, begins_in).await;
        (booking, self.app.interpreter_user(&self.interpreter).await)
    }

    /// The address at which the interpreter finds the job.
    async fn offer(&self, to: &Thing, begins_in: TimeDelta) -> String {
        let begins = self.app.now() + begins_in;
        let job = json!({
            "encounter": "admission", "modality": "video", "starts_at": begins, "ends_at": begins + TimeDelta::hours(1),
            "time_zone": "Europe/Istanbul", "place": "Video", "language": "ar",
        });
        let coordinator = self.coordinator().await;
        let booking = Thing::of(&coordinator.post(&self.path("/interpreter-bookings"), &job).await.expect(201));
        let offer = self.path(&format!("/interpreter-bookings/{}/offer", booking.id));
        let offer: Ask<'_> = coordinator.post(&offer, &json!({ "interpreter_id": to.id })).with_if_match(&booking.etag);
        offer.await.expect(200);
        format!("/interpreter-bookings/{}", booking.id)
    }

    async fn share_note(&self, body: &str) {
        let note = json!({ "kind": "progress", "language": "en", "body": body, "audience": "hospital" });
        let coordinator = self.coordinator().await;
        let note = Thing::of(&coordinator.post(&self.path("/notes"), &note).await.expect(201));
        let sign = self.path(&format!("/notes/{}/sign", note.id));
        coordinator.command(&sign).with_if_match(&note.etag).await.expect(200);
    }
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

fn notes(referral: &Value) -> Vec<&str> {
    let notes = referral["notes"].as_array().unwrap_or_else(|| panic!("{referral:#}"));
    notes.iter().map(|note| note["body"]["text"].as_str().unwrap()).collect()
}
