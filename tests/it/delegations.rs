//! Standing in for someone who is away: on their cases, in roles that both hold, and no longer than they are away.

use chrono::TimeDelta;
use rafiq_domain::mail::MailKind;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::{Ask, Session, TestApp, Thing, a_case, a_patient};

const DAY: TimeDelta = TimeDelta::days(1);

db_test! {
    async fn a_stand_in_acts_on_the_cases_of_the_absent_and_the_log_says_for_whom(db: &TestDb) {
        let app = TestApp::new(db);
        let (away, stand_in) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let case = own_case(&away, 0).await;
        let path = format!("/cases/{}", case.id);
        let named = delegate(&app, &away, &stand_in, DAY, DAY * 3).await.expect(201);
        assert_eq!((named.text("/state"), named.text("/from_name")), ("upcoming", "Layla Haddad"));

        for (wait, may) in [(TimeDelta::zero(), false), (DAY, true), (DAY * 2 - TimeDelta::seconds(1), true), (TimeDelta::seconds(1), false)] {
            app.advance(wait);
            let stand_in = stand_in.again().await;
            let seen = stand_in.get(&path).await.expect(if may { 200 } else { 404 });
            assert_eq!(app.audited(&seen, "allowed").await, i64::from(may));
            let listed = stand_in.get("/cases").await.expect(200).items().iter().any(|listed| listed["id"] == case.id);
            assert_eq!(listed, may, "a list shows what may be seen");
        }
        let log = away.again().await.get(&format!("{path}/access-log")).await.expect(200).items();
        let theirs: Vec<_> = log.iter().filter(|entry| entry["actor_id"] == json!(stand_in.user_id)).collect();
        for entry in &theirs {
            let on_behalf_of = if entry["decision"] == "allowed" { json!(away.user_id) } else { Value::Null };
            assert_eq!(entry["on_behalf_of"], on_behalf_of, "{entry}");
        }
        assert_eq!(theirs.len(), 6, "two looks in vain, and twice the case alone and in a list");
        let own = log.iter().find(|entry| entry["actor_id"] == json!(away.user_id)).unwrap();
        assert_eq!(own["on_behalf_of"], Value::Null);
    }
}

db_test! {
    async fn a_stand_in_writes_in_the_name_of_the_absent_and_no_wider(db: &TestDb) {
        let app = TestApp::new(db);
        let away = app.user(&[Role::Coordinator, Role::Lead]).await;
        let stand_in = app.user(&[Role::Coordinator, Role::Doctor]).await;
        let case = own_case(&away, 0).await;
        delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        let note = json!({ "kind": "progress", "language": "en", "body": "Called her.", "audience": "team" });
        let path = format!("/cases/{}", case.id);
        let written = stand_in.post(&format!("{path}/notes"), &note).await.expect(201);
        assert_eq!(written.text("/author_id"), stand_in.user_id.to_string());
        // The lead's own reach, and the doctor's seat, are not the absent one's to lend.
        let other = own_case(&app.user(&[Role::Coordinator]).await, 1).await;
        away.get(&format!("/cases/{}", other.id)).await.expect(200);
        stand_in.get(&format!("/cases/{}", other.id)).await.refused(404, "not_found");
        stand_in.get("/users").await.refused(403, "forbidden");
        let review = json!({ "recommendation": "more_data", "summary": "More is needed.", "summary_language": "en" });
        let signed = stand_in.post(&format!("{path}/reviews"), &review).await.refused(403, "forbidden");
        assert_eq!(app.audited(&signed, "forbidden").await, 1);
    }
}

db_test! {
    async fn a_stand_in_gives_seats_to_others_and_takes_none(db: &TestDb) {
        let app = TestApp::new(db);
        let [away, stand_in, third] = [
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Coordinator, Role::Doctor]).await,
            app.user(&[Role::Coordinator]).await,
        ];
        let (case, other) = (own_case(&away, 0).await, own_case(&away, 1).await);
        delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        let assign = |coordinator: &Session<'_>, doctor: Option<&Session<'_>>| {
            let doctor = doctor.map(|doctor| doctor.user_id);
            let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor, "note": "Please take it." });
            stand_in.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag)
        };
        let reassign = |to: &Session<'_>| {
            let body = json!({ "case_ids": [other.id], "coordinator_id": to.user_id, "note": "Please take it." });
            stand_in.post("/case-reassignments", &body)
        };
        let before = app.imprint().await;
        for (ask, seat) in [
            (assign(&stand_in, None), "/coordinator_id"),
            (assign(&third, Some(&stand_in)), "/doctor_id"),
            (reassign(&stand_in), "/coordinator_id"),
        ] {
            assert_eq!(ask.await.refused(422, "invalid_input").errors(), [(seat, "contradicts")]);
        }
        assert_eq!(before.changed(&app.imprint().await), [""; 0]);

        for handed in [assign(&third, None).await.expect(200), reassign(&third).await.expect(200)] {
            let lent = format!(
                "SELECT COUNT(*) FROM audit_records WHERE action = 'assign_case' AND on_behalf_of = {} AND request_id = {}",
                app.literal(away.user_id),
                app.literal(handed.request_id()),
            );
            assert_eq!(app.number(&lent).await, 1);
        }
        third.get(&format!("/cases/{}", case.id)).await.expect(200);
        stand_in.get(&format!("/cases/{}", case.id)).await.refused(404, "not_found");
    }
}

db_test! {
    async fn a_stand_in_asks_others_for_an_opinion_and_for_no_longer_than_the_absence(db: &TestDb) {
        let app = TestApp::new(db);
        let away = app.user(&[Role::Coordinator]).await;
        let stand_in = app.user(&[Role::Coordinator, Role::Doctor]).await;
        let other = app.user(&[Role::Doctor]).await;
        let path = format!("/cases/{}/second-opinions", own_case(&away, 0).await.id);
        delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        let ask = |of: &Session<'_>, length| {
            let body = json!({ "doctor_id": of.user_id, "until": app.now() + length, "reason": "Is it the artery?" });
            stand_in.post(&path, &body)
        };
        let before = app.imprint().await;
        for (ask, wrong) in [
            (ask(&stand_in, DAY), ("/doctor_id", "contradicts")),
            (ask(&other, DAY + TimeDelta::seconds(1)), ("/until", "out_of_range")),
        ] {
            assert_eq!(ask.await.refused(422, "invalid_input").errors(), [wrong]);
        }
        assert_eq!(before.changed(&app.imprint().await), [""; 0]);
        ask(&other, DAY).await.expect(201);
    }
}

db_test! {
    async fn what_was_lent_is_not_lent_on(db: &TestDb) {
        let app = TestApp::new(db);
        let [first, second, third] = [
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Coordinator]).await,
            app.user(&[Role::Coordinator]).await,
        ];
        let (of_first, of_second) = (own_case(&first, 0).await, own_case(&second, 1).await);
        delegate(&app, &first, &second, TimeDelta::zero(), DAY).await.expect(201);
        delegate(&app, &second, &third, TimeDelta::zero(), DAY).await.expect(201);
        second.get(&format!("/cases/{}", of_first.id)).await.expect(200);
        third.get(&format!("/cases/{}", of_second.id)).await.expect(200);
        third.get(&format!("/cases/{}", of_first.id)).await.refused(404, "not_found");
        // Nor does the one who stands in lend the absent one's place to themselves or others.
        let body = json!({ "from_user_id": first.user_id, "to_user_id": third.user_id, "valid_until": app.now() + DAY, "reason": "x" });
        let refused = second.post("/delegations", &body).await.refused(422, "invalid_input");
        assert_eq!(refused.errors(), [("/from_user_id", "not_known_here")]);
    }
}

db_test! {
    async fn an_emergency_is_nobody_elses(db: &TestDb) {
        let app = TestApp::new(db);
        let (away, stand_in) = (app.user(&[Role::Doctor]).await, app.user(&[Role::Doctor]).await);
        let case = own_case(&app.user(&[Role::Coordinator]).await, 0).await;
        let path = format!("/cases/{}", case.id);
        let broken = json!({ "reason_code": "acute_event", "reason": "She fell." });
        away.post(&format!("{path}/break-glass"), &broken).await.expect(201);
        delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        away.get(&path).await.expect(200);
        stand_in.get(&path).await.refused(404, "not_found");
    }
}

db_test! {
    async fn nothing_is_left_to_stand_in_for_once_the_absent_one_may_not_act(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (away, stand_in) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let path = format!("/cases/{}", own_case(&away, 0).await.id);
        delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        stand_in.get(&path).await.expect(200);
        let user = format!("/users/{}", away.user_id);
        let set = async |verb: &str| {
            let seen = administrator.get(&user).await.expect(200);
            administrator.command(&format!("{user}/{verb}")).with_if_match(seen.etag()).await.expect(200);
        };
        set("disable").await;
        stand_in.get(&path).await.refused(404, "not_found");
        set("enable").await;
        stand_in.get(&path).await.expect(200);
        let over = format!("UPDATE role_assignments SET ended_at = granted_at WHERE user_id = {}", app.literal(away.user_id));
        db.execute(&over).await.unwrap();
        stand_in.get(&path).await.refused(404, "not_found");
    }
}

db_test! {
    async fn one_names_a_stand_in_for_oneself_and_a_lead_for_others(db: &TestDb) {
        let app = TestApp::new(db);
        let [one, other, lead] =
            [app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await, app.user(&[Role::Lead]).await];
        let (doctor, finance) = (app.user(&[Role::Doctor]).await, app.user(&[Role::Finance]).await);
        let body = |from: Value, to: &Session<'_>| {
            json!({ "from_user_id": from, "to_user_id": to.user_id, "valid_until": app.now() + DAY, "reason": "Leave" })
        };
        // Who may not ask for another learns nothing of who there is.
        let nobody = json!("019ab000-0000-7000-8000-000000000000");
        let foreign = one.post("/delegations", &body(json!(other.user_id), &doctor)).await.refused(422, "invalid_input");
        let unknown = one.post("/delegations", &body(nobody, &doctor)).await.refused(422, "invalid_input");
        assert_eq!(foreign.anonymous(), unknown.anonymous());
        assert_eq!((app.audited(&foreign, "hidden").await, app.audited(&unknown, "hidden").await), (1, 0));
        finance.post("/delegations", &body(Value::Null, &one)).await.refused(403, "forbidden");

        for (to, code) in [(&one, "contradicts"), (&doctor, "not_known_here"), (&finance, "not_known_here")] {
            let refused = one.post("/delegations", &body(Value::Null, to)).await.refused(422, "invalid_input");
            assert_eq!(refused.errors(), [("/to_user_id", code)]);
        }
        let long = delegate(&app, &one, &other, TimeDelta::zero(), DAY * 60 + TimeDelta::seconds(1)).await;
        assert_eq!(long.refused(422, "invalid_input").errors(), [("/valid_until", "out_of_range")]);
        let appointed = lead.post("/delegations", &body(json!(one.user_id), &lead)).await;
        assert_eq!(appointed.refused(422, "invalid_input").errors(), [("/to_user_id", "contradicts")]);
        let past = delegate(&app, &one, &other, -DAY, DAY).await.refused(422, "invalid_input");
        assert_eq!(past.errors(), [("/valid_from", "in_the_past")]);

        let made = lead.post("/delegations", &body(json!(one.user_id), &other)).await.expect(201);
        assert_eq!((made.text("/created_by"), made.text("/state")), (lead.user_id.to_string().as_str(), "running"));
        // Who is away hears of what another arranged, and of nothing else.
        delegate(&app, &other, &one, TimeDelta::zero(), DAY).await.expect(201);
        app.run_mail().await;
        let mails = app.mailbox().mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert_eq!((mail.kind, mail.to.as_str()), (MailKind::StandInNamed, format!("{}@clinic.example", one.login).as_str()));
        assert!(mail.message.body.0.contains(&other.login), "{}", mail.message.body.0);
    }
}

db_test! {
    async fn either_side_ends_it_and_others_do_not_know_of_it(db: &TestDb) {
        let app = TestApp::new(db);
        let [away, stand_in, stranger, lead] = [
            app.user(&[Role::Doctor]).await,
            app.user(&[Role::Doctor]).await,
            app.user(&[Role::Doctor]).await,
            app.user(&[Role::Lead]).await,
        ];
        let delegation = delegate(&app, &away, &stand_in, TimeDelta::zero(), DAY).await.expect(201);
        let id = delegation.text("/id");
        for (session, sees) in [(&away, true), (&stand_in, true), (&stranger, false), (&lead, true)] {
            let listed = session.get("/delegations").await.expect(200).items();
            assert_eq!(listed.iter().any(|listed| listed["id"] == id), sees);
        }
        let end = format!("/delegations/{id}/end");
        stranger.command(&end).await.refused(404, "not_found");
        let ended = stand_in.command(&end).await.expect(200);
        assert_eq!((ended.text("/state"), ended.text("/ended_by")), ("ended", stand_in.user_id.to_string().as_str()));
        away.command(&end).await.refused(409, "wrong_state");
    }
}

async fn own_case(session: &Session<'_>, patient: usize) -> Thing {
    a_case(&a_patient(patient).by(session).await).by(session).await
}

/// The caller goes away in a while, for as long as until the second span is over.
fn delegate<'app>(
    app: &TestApp<'_>,
    by: &Session<'app>,
    to: &Session<'_>,
    from: TimeDelta,
    until: TimeDelta,
) -> Ask<'app> {
    let (from, until) = (app.now() + from, app.now() + until);
    let body = json!({ "to_user_id": to.user_id, "valid_from": from, "valid_until": until, "reason": "Annual leave" });
    by.post("/delegations", &body)
}
