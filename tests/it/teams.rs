//! Who cares for a case, how it is handed over, one or many at once, and whom it asks for a second opinion.

use chrono::TimeDelta;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Ask, Session, TestApp, Thing, a_case, a_patient, all_at_once};

/// Longer than an access token is good.
const LATER: TimeDelta = TimeDelta::hours(1);

db_test! {
    async fn a_case_goes_to_another_coordinator_with_a_note_and_a_task(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, second) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let (doctor, case) = (app.user(&[Role::Doctor]).await, a_case(&a_patient(0).by(&first).await).by(&first).await);
        let path = format!("/cases/{}", case.id);

        // A new doctor needs no note; a new owner does, and without it nothing is different.
        let team = json!({ "coordinator_id": first.user_id, "doctor_id": doctor.user_id });
        let assigned = first.put(&format!("{path}/team"), &team).with_if_match(&case.etag).await.expect(200);
        let team = json!({ "coordinator_id": second.user_id, "doctor_id": doctor.user_id });
        let before = app.imprint().await;
        let bare = first.put(&format!("{path}/team"), &team).with_if_match(assigned.etag()).await;
        assert_eq!(bare.refused(422, "invalid_input").errors(), [("/note", "required")]);
        let changed = before.changed(&app.imprint().await).join(" ");
        assert_eq!(changed, "");

        let note = with(&team, json!({ "note": "تتصل كل صباح، وتنتظر موعد التصوير." }));
        let hand_over = first.put(&format!("{path}/team"), &note).with_if_match(assigned.etag()).language("ar");
        let handed = hand_over.await.expect(200);
        assert_eq!(handed.text("/coordinator_id"), second.user_id.to_string());
        first.get(&path).await.refused(404, "not_found");
        assert_eq!(second.get(&path).await.expect(200).etag(), handed.etag());

        let notes = second.get(&format!("{path}/notes")).await.expect(200).items();
        let [note] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!((&note["kind"], &note["state"], &note["audience"]), (&json!("handover"), &json!("signed"), &json!("team")));
        assert_eq!((&note["author_id"], &note["body"]["lang"]), (&json!(first.user_id), &json!("ar")));
        let tasks = second.get(&format!("{path}/tasks")).await.expect(200).items();
        assert_eq!(kinds(&tasks), ["take_over_case"]);
    }
}

db_test! {
    async fn whoever_registered_a_patient_gives_them_up_with_the_case(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, second) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let register = first.post("/patients", &a_patient(0).body);
        let registered = register.clone().await.expect(201);
        let (patient, details) = (Thing::of(&registered), &a_patient(0).body["details"]);
        let path = format!("/patients/{}", patient.id);
        let replaced = first.put(&path, details).with_if_match(&patient.etag).await.expect(200);
        let case = a_case(&patient).by(&first).await;
        first.get(&path).await.expect(200);

        hand_over(&first, &case, &second, "She calls every morning.").await.expect(200);
        let before = app.imprint().await;
        first.get(&path).await.refused(404, "not_found");
        first.put(&path, details).with_if_match(replaced.etag()).await.refused(404, "not_found");
        first.post("/cases", &json!({ "patient_id": patient.id, "source": "web" })).await.refused(422, "invalid_input");
        register.await.refused(404, "not_found");
        assert_eq!(first.get("/patients").await.expect(200).items(), [] as [Value; 0]);
        assert_eq!(before.changed(&app.imprint().await).len(), 0);
        second.put(&path, details).with_if_match(replaced.etag()).await.expect(200);
    }
}

db_test! {
    async fn a_team_tells_who_was_on_it_and_when(db: &TestDb) {
        let app = TestApp::new(db);
        let (first, second) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let case = a_case(&a_patient(0).by(&first).await).by(&first).await;
        let began = app.now();
        app.advance(LATER);
        let handed = hand_over(&first.again().await, &case, &second, "She knows the family.").await.expect(200);
        let second = second.again().await;
        let team = second.get(&format!("/cases/{}/team", case.id)).await.expect(200);
        assert_eq!(team.etag(), handed.etag(), "what is read is what is changed");
        let members = team.items();
        let told = |member: &Value| {
            ["basis", "state", "valid_from", "ended_at", "end_reason", "granted_by"].map(|name| member[name].clone())
        };
        let (began, now) = (json!(began), json!(app.now()));
        assert_eq!(told(&members[0]), [json!("coordinator"), json!("running"), now.clone(), Value::Null, Value::Null, json!(first.user_id)]);
        assert_eq!(told(&members[1]), [json!("coordinator"), json!("ended"), began, now, json!("handed_over"), json!(first.user_id)]);
        assert_eq!(members[0]["holder"]["user_id"], json!(second.user_id));
        assert_eq!((&members[0]["holder"]["name"], &members[0]["granted_by_name"]), (&json!("Layla Haddad"), &json!("Layla Haddad")));
        assert_eq!(members.len(), 2);
    }
}

db_test! {
    async fn a_note_goes_with_a_change_and_a_case_with_an_active_coordinator(db: &TestDb) {
        let app = TestApp::new(db);
        let (coordinator, finance) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Finance]).await);
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let same = hand_over(&coordinator, &case, &coordinator, "Nothing is new.").await.refused(422, "invalid_input");
        assert_eq!(same.errors(), [("/note", "contradicts")]);
        let wrong = hand_over(&coordinator, &case, &finance, "Please take it.").await.refused(422, "invalid_input");
        assert_eq!(wrong.errors(), [("/coordinator_id", "not_known_here")]);
        let (other, gone) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let path = format!("/users/{}", gone.user_id);
        let administrator = app.user(&[Role::Administrator]).await;
        let seen = administrator.get(&path).await.expect(200);
        administrator.command(&format!("{path}/disable")).with_if_match(seen.etag()).await.expect(200);
        let wrong = hand_over(&coordinator, &case, &gone, "Please take it.").await.refused(422, "invalid_input");
        assert_eq!(wrong.errors(), [("/coordinator_id", "not_known_here")]);
        let long = hand_over(&coordinator, &case, &other, &"ن".repeat(2_001)).await.refused(422, "invalid_input");
        assert_eq!(long.errors(), [("/note", "too_long")]);
        let team = json!({ "coordinator_id": coordinator.user_id, "note_language": "ar" });
        let put = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
        assert_eq!(put.await.refused(422, "invalid_input").errors(), [("/note_language", "contradicts")]);
        hand_over(&coordinator, &case, &other, &"ن".repeat(2_000)).await.expect(200);
    }
}

db_test! {
    async fn of_two_hand_overs_at_once_one_is_late(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let lead = app.user(&[Role::Lead]).await;
        let (one, other) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let asks = [hand_over(&lead, &case, &one, "For you."), hand_over(&lead, &case, &other, "For you.")];
        let mut statuses: Vec<_> = all_at_once(asks).await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let members = lead.get(&format!("/cases/{}/team", case.id)).await.expect(200).items();
        assert_eq!(members.iter().filter(|member| member["state"] == "running").count(), 1);
    }
}

db_test! {
    async fn a_second_opinion_reads_and_writes_notes_and_nothing_else(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(&app).await;
        let other = app.user(&[Role::Doctor]).await;
        other.get(&ward.path("")).await.refused(404, "not_found");
        let asked = ward.ask_opinion(&ward.coordinator, &other, TimeDelta::days(90)).await.expect(201);
        assert_eq!((asked.text("/basis"), asked.text("/state")), ("second_opinion", "running"));
        assert_eq!(asked.text("/reason"), "Is it the artery?");

        for readable in ["", "/notes", "/symptom-assessments", "/reviews", "/tasks", "/consents", "/referrals", "/team"] {
            other.get(&ward.path(readable)).await.expect(200);
        }
        let note = json!({ "kind": "consultation", "language": "en", "body": "It is.", "audience": "team" });
        let note = Thing::of(&other.post(&ward.path("/notes"), &note).await.expect(201));
        other.command(&ward.path(&format!("/notes/{}/sign", note.id))).with_if_match(&note.etag).await.expect(200);
        let step = json!({ "trigger": "register" });
        other.post(&ward.path("/steps"), &step).with_if_match("\"v2\"").await.refused(403, "forbidden");
        let item = json!({ "kind": "audiogram", "text": "Audiogram", "due_on": "2026-12-01" });
        other.post(&ward.path("/information-items"), &item).await.refused(403, "forbidden");
        ward.ask_opinion(&other, &app.user(&[Role::Doctor]).await, TimeDelta::days(1)).await.refused(403, "forbidden");
        hand_over(&other, &ward.case, &ward.coordinator, "x").await.refused(403, "forbidden");
        other.get(&ward.path("/access-log")).await.refused(403, "forbidden");

        let end = ward.path(&format!("/second-opinions/{}/end", asked.text("/id")));
        other.command(&end).await.refused(403, "forbidden");
        assert_eq!(ward.doctor.command(&end).await.expect(200).text("/end_reason"), "no_longer_wanted");
        other.get(&ward.path("")).await.refused(404, "not_found");
        ward.doctor.command(&end).await.refused(409, "wrong_state");
    }
}

db_test! {
    async fn a_second_opinion_ends_by_itself_and_can_be_asked_for_again(db: &TestDb) {
        let app = TestApp::new(db);
        let ward = Ward::begin(&app).await;
        let other = app.user(&[Role::Doctor]).await;
        let ask = |length| ward.ask_opinion(&ward.coordinator, &other, length);
        for (length, code) in [(TimeDelta::zero(), "in_the_past"), (TimeDelta::days(90) + TimeDelta::seconds(1), "out_of_range")] {
            assert_eq!(ask(length).await.refused(422, "invalid_input").errors(), [("/until", code)]);
        }
        for wrong in [&ward.doctor, &ward.coordinator] {
            let refused = ward.ask_opinion(&ward.coordinator, wrong, TimeDelta::days(1)).await.refused(422, "invalid_input");
            assert_eq!(refused.errors()[0].0, "/doctor_id");
        }
        let statuses = all_at_once([ask(LATER), ask(LATER)]).await;
        let mut statuses: Vec<_> = statuses.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        ask(LATER).await.refused(409, "already_exists");
        other.get(&ward.path("/notes")).await.expect(200);

        app.advance(LATER);
        other.again().await.get(&ward.path("/notes")).await.refused(404, "not_found");
        let again = ward.ask_opinion(&ward.coordinator.again().await, &other, LATER).await.expect(201);
        other.again().await.get(&ward.path("/notes")).await.expect(200);
        let team = ward.coordinator.again().await.get(&ward.path("/team")).await.expect(200).items();
        assert_eq!(team[0]["id"], again.body["id"]);
        assert_eq!((&team[1]["end_reason"], &team[1]["ended_at"]), (&json!("lapsed"), &json!(app.now())));
    }
}

db_test! {
    async fn cases_are_handed_over_all_or_none(db: &TestDb) {
        let app = TestApp::new(db);
        let (from, to) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let stranger = app.user(&[Role::Coordinator]).await;
        let own = [cases_of(&from, 0).await, cases_of(&from, 1).await];
        let foreign = cases_of(&stranger, 2).await;
        let nothing = "019ab000-0000-7000-8000-000000000000".to_owned();

        let before = app.imprint().await;
        let mut answers = Vec::new();
        for other in [foreign.id.clone(), nothing] {
            let ids = [own[0].id.clone(), other, own[1].id.clone()];
            let refused = reassign(&from, &ids, &to).await.refused(422, "invalid_input");
            assert_eq!(refused.errors(), [("/case_ids/1", "not_known_here")]);
            answers.push((refused.anonymous(), app.audited(&refused, "hidden").await));
        }
        assert_eq!(answers[0].0, answers[1].0, "what is foreign reads like what is not");
        assert_eq!((answers[0].1, answers[1].1), (1, 0), "and is on record");
        assert_eq!(before.changed(&app.imprint().await), [""; 0]);
        // Each of several denials is on record.
        let mighty = app.user(&[Role::Coordinator]).await;
        let refused = reassign(&mighty, &own.clone().map(|case| case.id), &to).await.refused(422, "invalid_input");
        assert_eq!(refused.errors(), [("/case_ids/0", "not_known_here"), ("/case_ids/1", "not_known_here")]);
        assert_eq!(app.audited(&refused, "hidden").await, 2);

        let done = reassign(&from, &own.clone().map(|case| case.id), &to).await.expect(200);
        for (case, shown) in own.iter().zip(done.body.as_array().unwrap()) {
            assert_eq!((&shown["id"], &shown["coordinator_id"]), (&json!(case.id), &json!(to.user_id)));
            let path = format!("/cases/{}", case.id);
            from.get(&path).await.refused(404, "not_found");
            let seen = to.get(&path).await.expect(200);
            assert_eq!(seen.etag(), format!("\"v{}\"", shown["version"]));
            assert_eq!(kinds(&to.get(&format!("{path}/notes")).await.items()), ["handover"]);
            assert_eq!(kinds(&to.get(&format!("{path}/tasks")).await.items()), ["take_over_case"]);
            let log = to.get(&format!("{path}/access-log")).await.expect(200).items();
            let assigned = log.iter().filter(|entry| entry["action"] == "assign_case" && entry["decision"] == "allowed");
            assert_eq!(assigned.count(), 1, "{log:?}");
        }
        assert_eq!(app.audited(&done, "allowed").await, 3, "one for each case, and one for all");
    }
}

db_test! {
    async fn each_denial_of_a_refused_hand_over_is_on_record_whatever_is_answered(db: &TestDb) {
        let app = TestApp::new(db);
        let (stranger, to) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let from = app.user(&[Role::Coordinator, Role::Doctor]).await;
        let [seen, hidden] = [cases_of(&stranger, 0).await, cases_of(&stranger, 1).await];
        let broken = json!({ "reason_code": "acute_event", "reason": "She fell." });
        from.post(&format!("/cases/{}/break-glass", seen.id), &broken).await.expect(201);
        for ids in [[hidden.id.clone(), seen.id.clone()], [seen.id.clone(), hidden.id.clone()]] {
            let refused = reassign(&from, &ids, &to).await.refused(403, "forbidden");
            assert_eq!((app.audited(&refused, "hidden").await, app.audited(&refused, "forbidden").await), (1, 1));
        }
    }
}

db_test! {
    async fn many_foreign_cases_cost_as_many_statements_as_two(db: &TestDb) {
        let app = TestApp::watched(db);
        let (from, to) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let stranger = app.user(&[Role::Coordinator]).await;
        let patient = a_patient(0).by(&stranger).await;
        let mut foreign = Vec::new();
        for _ in 0..100 {
            foreign.push(a_case(&patient).by(&stranger).await.id);
        }
        let mut costs = Vec::new();
        for count in [2, 100] {
            app.ledger().take();
            let refused = reassign(&from, &foreign[..count], &to).await.refused(422, "invalid_input");
            costs.push(app.ledger().take().len());
            assert_eq!(app.audited(&refused, "hidden").await, i64::try_from(count).unwrap());
        }
        assert_eq!(costs[0], costs[1]);
    }
}

db_test! {
    async fn a_case_that_has_ended_keeps_the_others_where_they_are(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, to) = (app.user(&[Role::Lead]).await, app.user(&[Role::Coordinator]).await);
        let [open, closed] = [cases_of(&lead, 0).await, cases_of(&lead, 1).await];
        let ended = format!("UPDATE cases SET stage = 'deceased' WHERE id = {}", app.literal(closed.uuid()));
        db.execute(&ended).await.unwrap();
        let before = app.imprint().await;
        let refused = reassign(&lead, &[open.id.clone(), closed.id.clone()], &to).await.refused(409, "case_is_final");
        assert_eq!(refused.errors(), [("/case_ids/1", "contradicts")]);
        hand_over(&lead, &closed, &to, "x").await.refused(409, "case_is_final");
        assert_eq!(before.changed(&app.imprint().await), [""; 0]);
        reassign(&lead, &[open.id], &to).await.expect(200);
    }
}

db_test! {
    async fn at_most_a_hundred_cases_are_named_each_once(db: &TestDb) {
        let app = TestApp::new(db);
        let (lead, to) = (app.user(&[Role::Lead]).await, app.user(&[Role::Coordinator]).await);
        let some = |count: u128| -> Vec<String> { (1..=count).map(|number| Uuid::from_u128(number).to_string()).collect() };
        let refused = reassign(&lead, &some(101), &to).await.refused(422, "invalid_input");
        assert_eq!(refused.errors(), [("/case_ids", "too_many")]);
        assert_eq!(reassign(&lead, &[], &to).await.refused(422, "invalid_input").errors(), [("/case_ids", "empty")]);
        let mut twice = some(2);
        twice.push(twice[0].clone());
        let refused = reassign(&lead, &twice, &to).await.refused(422, "invalid_input");
        assert_eq!(refused.errors(), [("/case_ids/2", "duplicate")]);
        let nobody = json!({ "case_ids": some(1), "note": "x" });
        let refused = lead.post("/case-reassignments", &nobody).await.refused(422, "invalid_input");
        assert_eq!(refused.errors(), [("/coordinator_id", "required")]);
        assert_eq!(reassign(&lead, &some(100), &to).await.refused(422, "invalid_input").errors().len(), 100);
        app.user(&[Role::Doctor]).await.post("/case-reassignments", &nobody).await.expect(422);
        let body = json!({ "case_ids": some(1), "coordinator_id": to.user_id, "note": "x" });
        app.user(&[Role::Doctor]).await.post("/case-reassignments", &body).await.refused(403, "forbidden");
    }
}

db_test! {
    async fn many_cases_take_as_many_statements_as_two(db: &TestDb) {
        let app = TestApp::watched(db);
        let (lead, to, back) =
            (app.user(&[Role::Lead]).await, app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let patient = a_patient(0).by(&lead).await;
        let mut cases = Vec::new();
        for _ in 0..20 {
            cases.push(a_case(&patient).by(&lead).await.id);
        }
        let mut counts = Vec::new();
        for (ids, to) in [(&cases[..2], &to), (&cases[..], &back)] {
            app.ledger().take();
            reassign(&lead, ids, to).await.expect(200);
            counts.push(app.ledger().take().len());
        }
        assert_eq!(counts[0], counts[1]);
    }
}

/// A case with its team.
struct Ward<'app> {
    app: &'app TestApp<'app>,
    coordinator: Session<'app>,
    doctor: Session<'app>,
    case: Thing,
}

impl<'app> Ward<'app> {
    async fn begin(app: &'app TestApp<'app>) -> Self {
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        let assign = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
        let case = Thing { etag: assign.await.expect(200).etag().to_owned(), ..case };
        Self { app, coordinator, doctor, case }
    }

    fn path(&self, below: &str) -> String {
        format!("/cases/{}{below}", self.case.id)
    }

    fn ask_opinion(&self, by: &Session<'app>, of: &Session<'_>, length: TimeDelta) -> Ask<'app> {
        let body = json!({ "doctor_id": of.user_id, "until": self.app.now() + length, "reason": "Is it the artery?" });
        by.post(&self.path("/second-opinions"), &body)
    }
}

async fn cases_of(session: &Session<'_>, patient: usize) -> Thing {
    a_case(&a_patient(patient).by(session).await).by(session).await
}

fn hand_over<'app>(by: &Session<'app>, case: &Thing, to: &Session<'_>, note: &str) -> Ask<'app> {
    let team = json!({ "coordinator_id": to.user_id, "note": note });
    by.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag)
}

fn reassign<'app>(by: &Session<'app>, cases: &[String], to: &Session<'_>) -> Ask<'app> {
    let body = json!({ "case_ids": cases, "coordinator_id": to.user_id, "note": "I am away from tomorrow on." });
    by.post("/case-reassignments", &body)
}

fn with(body: &Value, more: Value) -> Value {
    let mut body = body.clone();
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

fn kinds(things: &[Value]) -> Vec<&str> {
    things.iter().map(|thing| thing["kind"].as_str().unwrap()).collect()
}
