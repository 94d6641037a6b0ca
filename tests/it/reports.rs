//! What a hospital reports has happened: it is taken once, whatever stood in its way, and our staff hear of what is wrong.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::ids::{CaseId, ReferralId};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::referrals::{Acceptance, NewReferral, Referral, Schedule};
use rafiq_domain::text::{Line, Prose};
use rafiq_domain::vocabulary::{Laterality, ReferralQuestion, ReferralState, Role};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{cases, db_test, referrals};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Ask, Session, TestApp, Thing, a_case, a_hospital, a_patient};

/// A case of the left side, put somewhere in its journey at once, and its people.
struct Story<'app> {
    db: &'app TestDb,
    app: &'app TestApp<'app>,
    administrator: Session<'app>,
    coordinator: Session<'app>,
    doctor: Session<'app>,
    lead: Session<'app>,
    case_id: CaseId,
    mrn: String,
}

/// A hospital with a referral of the case.
struct Desk<'app> {
    app: &'app TestApp<'app>,
    user: Session<'app>,
    referral_id: ReferralId,
    consent: Thing,
    mrn: String,
}

impl<'app> Story<'app> {
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>, stage: Stage) -> Self {
        let [administrator, coordinator, doctor, lead] = [
            app.user(&[Role::Administrator]).await,
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Doctor]).await,
            app.user(&[Role::Lead]).await,
        ];
        let patient = a_patient(0).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        let assign = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
        assign.await.expect(200);
        let case_id = case.uuid().into();
        let mrn = coordinator.get(&format!("/patients/{}", patient.id)).await.expect(200).text("/mrn").to_owned();
        let story = Self { db, app, administrator, coordinator, doctor, lead, case_id, mrn };
        let case = anything(Case { stage, laterality: Some(Laterality::Left), ..story.planted().await });
        story.unit(async |tx| cases::update(tx, &case).await.map(|_| ())).await;
        story
    }

    /// Writes what the product would not write like this.
    async fn unit(&self, work: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>) {
        let stamp = Stamp { id: self.fresh().into(), at: self.app.now(), request_id: None };
        self.db.write(stamp, async |tx| work(tx).await.map(anything)).await.unwrap();
    }

    fn fresh(&self) -> Uuid {
        Uuid::from_u128(self.app.fresh().into())
    }

    async fn planted(&self) -> Case {
        cases::find(self.db, self.case_id).await.unwrap().unwrap().case
    }

    /// A hospital whose referral has come as far as `state`, with the patient's consent.
    async fn hospital(&self, state: ReferralState) -> Desk<'app> {
        let hospital = a_hospital().by(&self.administrator).await;
        let consent = json!({
            "purpose": "share_with_hospital", "hospital_id": hospital.id, "text_version": "2026-3", "language": "ar",
            "method": "e_sign", "given_by": "patient", "given_at": self.app.now(), "evidence": "signed form, kept",
        });
        let consent = self.coordinator.post(&self.of_case("/consents"), &consent).await.expect(201);
        let referral = self.referral(hospital.uuid(), state).await;
        self.unit(async |tx| referrals::insert(tx, &referral, self.app.moment()).await).await;
        Desk {
            app: self.app,
            user: self.app.hospital_user(&hospital).await,
            referral_id: referral.id,
            consent: Thing::of(&consent),
            mrn: self.mrn.clone(),
        }
    }

    async fn referral(&self, hospital: Uuid, state: ReferralState) -> Permitted<Referral> {
        let new = NewReferral { hospital_id: hospital.into(), question: ReferralQuestion::Opinion, message: None };
        let from = Case { stage: Stage::Referred, ..self.planted().await };
        let draft = new.draw_up(self.fresh().into(), &from, self.coordinator.user_id.into()).unwrap();
        let sent = draft.send(self.app.now(), TimeDelta::hours(48)).unwrap();
        let accepted = state != ReferralState::Sent;
        let today = self.app.now().date_naive();
        let soon = today + TimeDelta::days(30);
        let acceptance = Acceptance {
            surgeon: Line::parse("Prof. Dr. Kemal Aksoy", 100).unwrap(),
            side: Laterality::Left,
            earliest_on: today,
            latest_on: soon,
            price: None,
            plan: Prose::parse("Microvascular decompression.", 100).unwrap(),
            valid_until: soon,
        };
        let schedule = Schedule { admission_on: today, surgery_on: today, ward: None };
        anything(Referral {
            state,
            acceptance: accepted.then_some(acceptance),
            schedule: accepted.then_some(schedule),
            ..sent
        })
    }

    fn of_case(&self, path: &str) -> String {
        format!("/cases/{}{path}", self.case_id)
    }

    async fn read(&self, path: &str) -> Value {
        self.doctor.get(&self.of_case(path)).await.expect(200).body
    }

    async fn stage(&self) -> String {
        text(&self.read("").await["stage"])
    }

    /// The steps since the case began, oldest first.
    async fn steps(&self) -> Vec<Value> {
        let mut steps = items(self.read("/timeline").await);
        steps.reverse();
        steps.split_off(1)
    }

    /// The steps as they are told: their number in the table, and who took them.
    async fn told(&self) -> Vec<(String, String)> {
        self.steps().await.iter().map(|step| (text(&step["edge"]), text(&step["party"]))).collect()
    }

    /// What the gates and the reports say is wrong.
    async fn violations(&self) -> Vec<Value> {
        let tasks = items(self.read("/tasks").await).into_iter();
        tasks.filter(|task| task["kind"] == "gate_violation").map(|task| task["about"].clone()).collect()
    }

    async fn state_of(&self, desk: &Desk<'_>) -> String {
        text(&self.read(&format!("/referrals/{}", desk.referral_id)).await["state"])
    }
}

impl<'app> Desk<'app> {
    /// What each report says, besides what is particular to it.
    fn facts(&self, at: DateTime<Utc>, particular: Value) -> Value {
        let event_id = Uuid::from_u128(self.app.fresh().into());
        let mut facts = json!({ "event_id": event_id, "occurred_at": at, "patient_mrn": self.mrn });
        if let (Value::Object(facts), Value::Object(particular)) = (&mut facts, particular) {
            facts.extend(particular);
        }
        facts
    }

    fn report(&self, kind: &str, facts: &Value) -> Ask<'app> {
        self.user.post(&format!("/partner/referrals/{}/reports/{kind}", self.referral_id), facts)
    }

    fn start(&self, at: DateTime<Utc>) -> Value {
        self.facts(at, json!({ "side": "left", "kind": "mvd_primary" }))
    }

    fn end(&self, at: DateTime<Utc>) -> Value {
        let record = json!({
            "side": "left", "vessels": ["AICA"], "method": "interposition", "materials": ["teflon_felt"],
            "lsr_event": "gone_at_decompression", "baep_final": "unchanged", "blood_loss_ml": 120,
        });
        self.facts(at, record)
    }

    fn view(&self) -> Ask<'app> {
        self.user.get(&format!("/partner/referrals/{}", self.referral_id))
    }
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn items(mut page: Value) -> Vec<Value> {
    page["items"].as_array_mut().map(std::mem::take).unwrap()
}

fn steps<const N: usize>(told: [(&str, &str); N]) -> Vec<(String, String)> {
    told.map(|(edge, party)| (edge.to_owned(), party.to_owned())).to_vec()
}

db_test! {
    async fn a_report_about_another_side_or_patient_is_refused_and_our_staff_hear_of_it(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Admitted).await;
        let desk = story.hospital(ReferralState::InProgress).await;
        let before = (story.read("").await, story.read("/referrals").await, app.census().await);
        let mut other = desk.start(app.now());
        other["side"] = json!("right");
        desk.report("surgery-started", &other).await.refused(409, "wrong_side");
        let mut other = desk.start(app.now());
        other["patient_mrn"] = json!("BMC-2026-999999-0");
        desk.report("surgery-started", &other).await.refused(409, "wrong_patient");
        let mut about = story.violations().await;
        about.sort_by_key(Value::to_string);
        assert_eq!(about, [json!(["wrong_patient"]), json!(["wrong_side"])]);
        assert_eq!((story.read("").await, story.read("/referrals").await), (before.0, before.1));
        assert_eq!(app.census().await, before.2.replace("tasks 0", "tasks 2"), "nothing else is written");
    }
}

db_test! {
    async fn a_report_sent_again_is_answered_as_before_and_taken_once(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Admitted).await;
        let desk = story.hospital(ReferralState::InProgress).await;
        let mut facts = desk.start(app.now());
        let first = desk.report("surgery-started", &facts).await.expect(201);
        desk.report("surgery-ended", &desk.end(app.now() + TimeDelta::minutes(1))).await.expect(201);
        app.advance(TimeDelta::minutes(1));
        let again = desk.report("surgery-started", &facts).await;
        assert_eq!(again.anonymous(), first.anonymous());
        facts["occurred_at"] = json!(app.now());
        desk.report("surgery-started", &facts).await.refused(422, "idempotency_key_reused");
        assert_eq!(story.told().await, steps([("T32", "hospital"), ("T35", "hospital")]));
        assert_eq!((app.count("referral_reports").await, app.count("procedures").await), (2, 1));
    }
}

db_test! {
    async fn a_report_sent_twice_at_once_is_taken_once(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Admitted).await;
        let desk = story.hospital(ReferralState::InProgress).await;
        let facts = desk.start(app.now());
        let (one, other) =
            tokio::join!(desk.report("surgery-started", &facts), desk.report("surgery-started", &facts));
        assert_eq!(one.expect(201).anonymous(), other.anonymous());
        assert_eq!(story.told().await, steps([("T32", "hospital")]));
        assert_eq!((app.count("referral_reports").await, app.count("procedures").await), (1, 1));
    }
}

db_test! {
    async fn an_operation_without_clearance_is_recorded_with_what_it_violates(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Admitted).await;
        let desk = story.hospital(ReferralState::InProgress).await;
        desk.report("surgery-started", &desk.start(app.now())).await.expect(201);
        assert_eq!(story.stage().await, "in_surgery");
        let taken = story.steps().await;
        let gates = taken[0]["gates"].as_array().unwrap().iter();
        let violated: Vec<_> =
            gates.filter(|found| found["outcome"] == "violated").map(|found| found["gate"].clone()).collect();
        let expected = json!([
            "surgery_cleared", "surgical_consent", "insurance_covers_surgery", "allergies_known",
            "anticoagulant_decided", "baseline_audiometry", "monitoring_planned",
        ]);
        assert_eq!(json!(violated), expected);
        assert_eq!(story.violations().await, [expected]);
    }
}

db_test! {
    async fn an_admission_told_before_the_arrival_is_caught_up_when_the_arrival_is_recorded(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::PreArrival).await;
        let desk = story.hospital(ReferralState::Scheduled).await;
        let facts = desk.facts(app.now(), json!({ "admission_number": "A-88123" }));
        desk.report("admitted", &facts).await.expect(201);
        assert_eq!(story.state_of(&desk).await, "in_progress");
        assert_eq!((story.stage().await.as_str(), story.told().await.len()), ("pre_arrival", 0));
        assert_eq!(story.violations().await, [json!(["admitted"])], "someone must know");
        let arrival = json!({ "kind": "arrival", "reference": "seen at the airport" });
        story.coordinator.post(&story.of_case("/confirmations"), &arrival).await.expect(201);
        let case = story.lead.get(&story.of_case("")).await.expect(200);
        let step = json!({ "trigger": "record_arrival", "override_reason": "the papers follow" });
        let step = story.lead.post(&story.of_case("/steps"), &step).with_if_match(case.etag());
        assert_eq!(step.await.expect(200).text("/stage"), "admitted");
        assert_eq!(story.told().await, steps([("T28", "coordinator"), ("T31", "system")]));
    }
}

db_test! {
    async fn what_happened_before_a_death_is_recorded_after_it_and_nothing_later(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Admitted).await;
        let desk = story.hospital(ReferralState::InProgress).await;
        let ago = |hours| app.now() - TimeDelta::hours(hours);
        desk.report("surgery-started", &desk.start(ago(5))).await.expect(201);
        let death = desk.facts(ago(2), json!({ "place": "the theatre" }));
        desk.report("died", &death).await.expect(201);
        assert_eq!(story.stage().await, "deceased");
        let told = story.told().await;
        for later in [app.now() + TimeDelta::minutes(1), ago(1)] {
            desk.report("surgery-ended", &desk.end(later)).await.refused(409, "case_is_final");
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM procedures WHERE state = 'started'").await, 1);
        desk.report("surgery-ended", &desk.end(ago(3))).await.expect(201);
        assert_eq!(app.number("SELECT COUNT(*) FROM procedures WHERE state = 'completed'").await, 1);
        assert_eq!((story.stage().await.as_str(), story.told().await), ("deceased", told));
    }
}

db_test! {
    async fn a_withdrawn_consent_hides_the_referral_unless_the_hospital_treats(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::PreArrival).await;
        let waiting = story.hospital(ReferralState::Scheduled).await;
        let treating = story.hospital(ReferralState::InProgress).await;
        for desk in [&waiting, &treating] {
            desk.view().await.expect(200);
            let path = story.of_case(&format!("/consents/{}/withdraw", desk.consent.id));
            let withdraw = story.coordinator.post(&path, &json!({})).with_if_match(&desk.consent.etag);
            withdraw.await.expect(200);
        }
        let version = story.planted().await.version;
        waiting.view().await.refused(404, "not_found");
        let facts = waiting.facts(app.now(), json!({ "admission_number": "A-88123" }));
        waiting.report("admitted", &facts).await.refused(404, "not_found");
        assert_eq!((story.state_of(&waiting).await.as_str(), story.planted().await.version), ("scheduled", version));
        treating.view().await.expect(200);
    }
}

db_test! {
    async fn two_hospitals_that_decline_at_once_send_the_case_back_once(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Referred).await;
        let (one, other) = (story.hospital(ReferralState::Sent).await, story.hospital(ReferralState::Sent).await);
        let no = |desk: &Desk<'_>| desk.facts(app.now(), json!({ "reason": "no_capacity" }));
        let (first, second) = tokio::join!(one.report("declined", &no(&one)), other.report("declined", &no(&other)));
        for declined in [first, second] {
            declined.expect(201);
        }
        for desk in [&one, &other] {
            assert_eq!(story.state_of(desk).await, "declined");
        }
        assert_eq!(story.stage().await, "referral_preparation");
        assert_eq!(story.told().await, steps([("T20", "hospital")]));
    }
}
