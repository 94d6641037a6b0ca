//! What a client does with its token: the surface of its hospital, in the reach of its scopes.

use chrono::TimeDelta;
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::ids::Moment;
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::referrals::NewReferral;
use rafiq_domain::vocabulary::{Laterality, ReferralQuestion, Role};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, db_test, referrals};
use serde_json::{Value, json};
use uuid::Uuid;

use super::machine::Machine;
use super::office;
use crate::app::{Answer, Ask, Client, Session, TestApp, Thing, a_case, a_hospital, a_patient};

/// An id that nothing has.
const NOTHING: &str = "019ab000-0000-7000-8000-000000000000";

/// A referral that was sent to a hospital, with the patient's consent.
struct Sent<'app> {
    coordinator: Session<'app>,
    case: String,
    path: String,
    mrn: String,
}

impl<'app> Sent<'app> {
    async fn to(db: &TestDb, app: &'app TestApp<'app>, hospital: &Thing) -> Self {
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let patient = a_patient(0).by(&coordinator).await;
        let mrn = coordinator.get(&format!("/patients/{}", patient.id)).await.expect(200).text("/mrn").to_owned();
        let case = a_case(&patient).by(&coordinator).await;
        let path = format!("/cases/{}", case.id);
        let consent = json!({
            "purpose": "share_with_hospital", "hospital_id": hospital.id, "text_version": "2026-3", "language": "ar",
            "method": "e_sign", "given_by": "patient", "given_at": app.now(), "evidence": "signed form, kept",
        });
        coordinator.post(&format!("{path}/consents"), &consent).await.expect(201);
        let id = Uuid::from_u128(app.fresh().into());
        let planted = cases::find(db, case.uuid().into()).await.unwrap().unwrap().case;
        let stamp = Stamp { id: Uuid::from_u128(app.fresh().into()).into(), at: app.now(), request_id: None };
        db.write(stamp, async |tx| {
            let doctor_id = Some(doctor.user_id.into());
            let referred =
                anything(Case { stage: Stage::Referred, laterality: Some(Laterality::Left), doctor_id, ..planted });
            cases::update(tx, &referred).await?;
            let new =
                NewReferral { hospital_id: hospital.uuid().into(), question: ReferralQuestion::Opinion, message: None };
            let draft = new.draw_up(id.into(), &referred, coordinator.user_id.into()).unwrap();
            let sent = anything(draft.send(app.now(), TimeDelta::hours(48)).unwrap());
            let ids = app.use_cases();
            referrals::insert(tx, &sent, Moment { at: app.now(), ids: ids.ids() }).await.map(|()| anything(()))
        })
        .await
        .unwrap();
        Self { coordinator, case: path, path: format!("/partner/referrals/{id}"), mrn }
    }

    /// The report that the hospital has it.
    fn receipt(&self, app: &TestApp<'_>) -> Value {
        let event_id = Uuid::from_u128(app.fresh().into());
        json!({ "event_id": event_id, "occurred_at": app.now(), "patient_mrn": self.mrn })
    }
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

/// The word of the hospital that a referral is cancelled, always under the same key.
fn confirmation<'app>(client: &Client<'app>, path: &str, tag: &str) -> Ask<'app> {
    let ask = client.command(&format!("{path}/confirm-cancellation"));
    ask.with("idempotency-key", "one").with_if_match(tag)
}

fn items(page: &Answer) -> &Vec<Value> {
    page.body["items"].as_array().unwrap()
}

db_test! {
    async fn a_client_reads_its_hospitals_referrals_and_reports_on_them_by_name(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let sent = Sent::to(db, &app, &hospital).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let client = machine.enters().await;

        let list = client.get("/partner/referrals").await.expect(200);
        assert_eq!(items(&list).len(), 1);
        assert_eq!(items(&list)[0]["state"], "sent");
        let report = client.post(&format!("{}/reports/received", sent.path), &sent.receipt(&app)).await.expect(201);
        assert_eq!(report.text("/referral_state"), "received", "{:#}", report.body);
        let read = client.get(&sent.path).await.expect(200);
        assert_eq!((read.text("/state"), read.text("/patient/mrn")), ("received", sent.mrn.as_str()));
        let mut declined = sent.receipt(&app);
        declined["reason"] = json!("no_capacity");
        client.post(&format!("{}/reports/declined", sent.path), &declined).await.expect(201);

        // The timeline and the audit trail name the machine, as they would a person.
        let timeline = sent.coordinator.get(&format!("{}/timeline", sent.case)).await.expect(200);
        let step = items(&timeline).iter().find(|step| step["party"] == "hospital").expect("a step of the hospital");
        assert_eq!((&step["edge"], &step["actor_name"]), (&json!("T20"), &json!("Information system")));
        let records = "SELECT COUNT(*) FROM audit_records JOIN users ON users.id = actor_id WHERE action = 'report_on_referral' AND decision = 'allowed'";
        assert_eq!(app.number(&format!("{records} AND login = '{}'", machine.name)).await, 2);
        assert!(app.audited(&read, "allowed").await >= 1);
    }
}

db_test! {
    async fn a_hospitals_user_and_its_client_see_the_same(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let sent = Sent::to(db, &app, &hospital).await;
        let person = app.hospital_user(&hospital).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let client = machine.enters().await;
        person.get(&sent.path).await.expect(200);
        for path in [sent.path.clone(), format!("{}/reports", sent.path), "/partner/referrals".to_owned()] {
            let (by_person, by_client) = (person.get(&path).await.expect(200), client.get(&path).await.expect(200));
            assert_eq!(by_person.body, by_client.body, "{path}");
        }
        for path in ["/patients", "/cases", "/users", "/clients", "/hospitals", &sent.case] {
            let (by_person, by_client) = (person.get(path).await, client.get(path).await);
            assert_eq!(by_person.anonymous(), by_client.anonymous(), "{path}");
            assert!([403, 404].contains(&by_client.status.as_u16()), "{path}: {}", by_client.body);
        }
    }
}

db_test! {
    async fn a_cancellation_is_confirmed_by_who_may_both_read_and_report(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let sent = Sent::to(db, &app, &hospital).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let [reads, reports, both] = [
            machine.enters_for("referrals:read").await,
            machine.enters_for("referrals:report").await,
            machine.enters().await,
        ];
        let of_ours = format!("{}{}", sent.case, sent.path.replace("/partner", ""));
        let seen = sent.coordinator.get(&of_ours).await.expect(200);
        let cancel = sent.coordinator.post(&format!("{of_ours}/cancel"), &json!({ "reason": "another surgeon" }));
        cancel.with_if_match(seen.etag()).await.expect(200);

        let seen = both.get(&sent.path).await.expect(200);
        let confirm = |client| confirmation(client, &sent.path, seen.etag());
        let before = app.census().await;
        confirm(&reports).await.refused(404, "not_found");
        confirm(&reads).await.refused(403, "insufficient_scope");
        assert_eq!(app.census().await, before);
        let confirmed = confirm(&both).await.expect(200);
        assert_eq!((confirmed.text("/state"), confirmed.text("/patient/mrn")), ("cancelled", sent.mrn.as_str()));

        // What was allowed by both scopes is given again by both, and is on record as far as all of it was.
        let again = confirm(&both).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.bytes), ("true", &confirmed.bytes));
        let repeated = "SELECT COUNT(*) FROM audit_records WHERE action = 'repeat_answer'";
        assert_eq!((app.audited(&again, "allowed").await, app.number(repeated).await), (2, 2));
        confirm(&reports).await.refused(404, "not_found");
        confirm(&reads).await.refused(403, "insufficient_scope");
        assert_eq!(app.number(repeated).await, 2, "nothing of what was refused reads as given");
    }
}

db_test! {
    async fn what_is_another_hospitals_reads_like_nothing_whatever_the_scopes(db: &TestDb) {
        let app = TestApp::new(db);
        let (administrator, hospital) = office(&app).await;
        let own = Sent::to(db, &app, &hospital).await;
        let other = a_hospital().by(&administrator).await;
        let stranger = Machine::of(&app, &administrator, &other).await;
        let machine = Machine::of(&app, &administrator, &hospital).await;
        let nowhere = format!("/partner/referrals/{NOTHING}");
        for scope in ["referrals:read referrals:report", "referrals:read", "referrals:report"] {
            let client = stranger.enters_for(scope).await;
            let about = |path: &str| client.get(path);
            assert_eq!(about(&own.path).await.refused(404, "not_found").anonymous(), about(&nowhere).await.anonymous(), "{scope}");
            let report = |path: &str| client.post(&format!("{path}/reports/received"), &own.receipt(&app));
            assert_eq!(report(&own.path).await.refused(404, "not_found").anonymous(), report(&nowhere).await.anonymous(), "{scope}");
        }

        // Of what it may read, a client that lacks the scope is told so, and nothing is done.
        let reads = machine.enters_for("referrals:read").await;
        let before = app.census().await;
        let path = format!("{}/reports/received", own.path);
        let lacking = reads.post(&path, &own.receipt(&app)).await.refused(403, "insufficient_scope");
        assert_eq!(lacking.header("www-authenticate"), "Bearer error=\"insufficient_scope\"");
        assert_eq!((app.audited(&lacking, "forbidden").await, app.census().await), (1, before));
        reads.get(&own.path).await.expect(200);

        // What it may not read does not exist for it, although it may report on it.
        let reports = machine.enters_for("referrals:report").await;
        reports.get("/partner/referrals").await.refused(403, "insufficient_scope");
        let hidden = reports.get(&own.path).await.refused(404, "not_found").anonymous();
        assert_eq!(hidden, reports.get(&nowhere).await.anonymous());
        let mut declined = own.receipt(&app);
        declined["reason"] = json!("no_capacity");
        reports.post(&format!("{}/reports/declined", own.path), &declined).await.expect(201);
    }
}
