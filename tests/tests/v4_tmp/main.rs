//! Temporary.
#![allow(dead_code, unused)]
mod app;
use app::*;
use chrono::*;
use rafiq_domain::cases::Stage;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::*;
use rafiq_domain::referrals::*;
use rafiq_domain::text::*;
use rafiq_domain::vocabulary::*;
use rafiq_persistence::testing::{TestDb};
use rafiq_persistence::{cases, referrals, audit::Stamp};
use serde_json::json;
use uuid::Uuid;

async fn story(db: &TestDb) {
    let app = TestApp::new(db);
    let coordinator = app.user(&[Role::Coordinator]).await;
    let lead = app.user(&[Role::Lead]).await;
    let doctor = app.user(&[Role::Doctor]).await;
    let finance = app.user(&[Role::Finance]).await;
    let admin = app.user(&[Role::Administrator]).await;
    let stranger = app.user(&[Role::Coordinator]).await;
    let hospital = a_hospital().by(&admin).await;
    let mut n = 0u128;
    let mut all = vec![];
    for who in 0..2 {
        let patient = a_patient(who).by(&coordinator).await;
        let case = a_case(&patient).by(&coordinator).await;
        coordinator.ask(axum::http::Method::PUT, &format!("/api/v1/cases/{}/team", case.id)).with_if_match(&case.etag)
            .json(&json!({"coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id})).await.expect(200);
        n += 1;
        let line = |t: &str| Line::parse(t, 200).unwrap();
        let day = |m| NaiveDate::from_ymd_opt(2027, m, 1).unwrap();
        let referral = Referral { id: Uuid::from_u128(n).into(), case_id: case.uuid().into(), hospital_id: hospital.uuid().into(), cycle: 1,
            question: ReferralQuestion::Admit, message: None, state: ReferralState::Accepted, sent_at: Some(app.now()), respond_by: None, received_at: None,
            acceptance: Some(Acceptance { surgeon: line("Dr X"), side: Laterality::Left, earliest_on: day(1), latest_on: day(2), price: None, plan: Prose::parse("p", 10).unwrap(), valid_until: day(3) }),
            decline_reason: None, schedule: None, reschedules: 0, admission_number: None, reason: None, cancel_requested_at: None,
            created_by: coordinator.user_id.into(), version: Version::FIRST };
        let mut found = cases::find(db, case.uuid().into()).await.unwrap().unwrap();
        found.stage = Stage::Accepted; found.laterality = Some(Laterality::Left);
        let permit = permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap();
        let stamp = Stamp { id: Uuid::from_u128(900 + n).into(), at: app.now(), request_id: None };
        db.write(stamp, async |tx| {
            referrals::insert(tx, &permit.with(referral), app.now()).await?;
            cases::update(tx, &permit.with(found)).await?;
            Ok::<_, rafiq_persistence::error::StoreError>(permit.with(()))
        }).await.unwrap();
        all.push(case);
    }
    let base = format!("/cases/{}", all[0].id);
    let quote = |n: u128, kind: &str| json!({"referral_id": Uuid::from_u128(n), "language": "ar", "currency": "KWD", "deposit_minor": 500000, "valid_until": "2026-12-20",
        "lines": [{"kind":"surgery","description":"جراحة","quantity":1,"unit_price_minor":1250500,"inclusion":"included"},
                  {"kind":kind,"description":"x","quantity":1,"unit_price_minor":500,"inclusion":"included"}]});
    let bad = json!({"referral_id": Uuid::from_u128(1), "language": "fr", "currency": "KWD", "deposit_minor": -5, "valid_until": "2026-12-20",
        "lines": [{"kind":"surgery","description":"","quantity":1,"unit_price_minor":1250500,"inclusion":"included"}]});
    let a = coordinator.post(&format!("{base}/quotes"), &bad).await.refused(422, "invalid_input");
    println!("{:#}", a.body);
    let a = coordinator.post(&format!("{base}/quotes"), &quote(2, "hotel")).await.refused(422, "invalid_input");
    stranger.post(&format!("{base}/quotes"), &quote(1, "hotel")).await.refused(404, "not_found");
    doctor.post(&format!("{base}/quotes"), &quote(1, "hotel")).await.refused(403, "forbidden");
    let a = coordinator.post(&format!("{base}/quotes"), &quote(1, "hotel")).await.expect(201);
    println!("{} {:#}", a.header("location"), a.body);
    let first = Thing::of(&a);
    assert_eq!(coordinator.ask(axum::http::Method::GET, a.header("location")).await.expect(200).etag(), first.etag);
    let q = |t: &Thing, verb: &str| format!("{base}/quotes/{}/{verb}", t.id);
    let a = coordinator.command(&q(&first, "issue")).with_if_match(&first.etag).await.expect(200);
    assert_eq!(a.body["state"], "issued");
    assert_eq!(coordinator.get(&base).await.body["stage"], "quoted");
    let second = Thing::of(&coordinator.post(&format!("{base}/quotes"), &quote(1, "discount")).await.expect(201));
    let a = coordinator.command(&q(&second, "issue")).with_if_match(&second.etag).await.expect(200);
    assert_eq!(a.body["state"], "pending_approval");
    let second = Thing::of(&a);
    coordinator.command(&q(&second, "issue")).with_if_match(&second.etag).await.refused(409, "wrong_state");
    let a = lead.command(&q(&second, "issue")).with_if_match(&second.etag).await.expect(200);
    assert_eq!(a.body["state"], "issued");
    assert_eq!(a.body["total"]["minor"], 1250000);
    let hash = a.text("/content_hash").to_owned();
    let second = Thing::of(&a);
    assert_eq!(coordinator.get(&format!("{base}/quotes/{}", first.id)).await.body["state"], "superseded");
    let accept = |hash: &str| json!({"content_hash": hash, "channel": "whatsapp", "evidence": "m 1", "terms_version": "1"});
    coordinator.post(&q(&second, "accept"), &accept(&"0".repeat(64))).with_if_match(&second.etag).await.refused(412, "stale_version");
    coordinator.post(&q(&second, "accept"), &accept("zz")).with_if_match(&second.etag).await.refused(422, "invalid_input");
    let a = finance.post(&q(&second, "accept"), &accept(&hash)).with_if_match(&second.etag).await.expect(200);
    assert_eq!(a.body["state"], "accepted");
    let third = Thing::of(&coordinator.post(&format!("{base}/quotes"), &quote(1, "hotel")).await.expect(201));
    let a = coordinator.command(&q(&third, "issue")).with_if_match(&third.etag).await;
    println!("third: {} {:#}", a.status, a.body);
    let list = finance.get(&format!("{base}/quotes")).await.expect(200);
    println!("{:?}", list.body.as_array().unwrap().iter().map(|q| q["state"].clone()).collect::<Vec<_>>());
    doctor.get(&format!("{base}/quotes")).await.refused(403, "forbidden");
    // rejection
    let other = format!("/cases/{}", all[1].id);
    let t = Thing::of(&coordinator.post(&format!("{other}/quotes"), &quote(2, "hotel")).await.expect(201));
    let a = coordinator.command(&format!("{other}/quotes/{}/issue", t.id)).with_if_match(&t.etag).await.expect(200);
    let t = Thing::of(&a);
    let reject = format!("{other}/quotes/{}/reject", t.id);
    let a = finance.post(&reject, &json!({})).with_if_match(&t.etag).await;
    println!("finance rejects: {} {:#}", a.status, a.body);
    coordinator.post(&format!("{base}/quotes/{}/reject", t.id), &json!({})).with_if_match(&t.etag).await.refused(404, "not_found");
    let a = coordinator.post(&reject, &json!({"reason": "too dear"})).with_if_match(&t.etag).await.expect(200);
    assert_eq!(a.body["state"], "rejected");
    let c = coordinator.get(&other).await; assert_eq!(c.body["stage"], "accepted");
    println!("{:#}", coordinator.get(&format!("{other}/timeline")).await.body["items"][0]);
    // clearance
    let a = coordinator.command(&format!("{base}/surgery-clearances")).await.refused(409, "gates_unmet");
    println!("{:#}", a.body);
    doctor.get(&format!("{base}/surgery-clearances")).await.expect(200);
    finance.get(&format!("{base}/surgery-clearances")).await.refused(403, "forbidden");
    doctor.get(&format!("{base}/procedures")).await.expect(200);
    doctor.get(&format!("{base}/discharges")).await.expect(200);
    // complications
    let c = json!({"kind": "csf_leak_wound", "onset_on": "2026-11-20", "phase": "post_discharge", "grade": "IIIa"});
    let a = doctor.post(&format!("{base}/complications"), &c).await.refused(409, "illegal_transition");
    assert_eq!(app.count("complications").await, 0);
    db.execute("UPDATE cases SET stage = 'convalescence'").await.unwrap();
    doctor.post(&format!("{base}/complications"), &json!({"kind": "csf_leak_wound", "onset_on": "2026-11-25", "phase": "post_discharge", "grade": "IIIa"})).await.refused(422, "invalid_input");
    let a = doctor.post(&format!("{base}/complications"), &c).await.expect(201);
    let t = Thing::of(&a);
    doctor.post(&format!("{base}/complications/{}/settle", t.id), &json!({"outcome": "open"})).with_if_match(&t.etag).await.refused(422, "invalid_input");
    let a = doctor.post(&format!("{base}/complications/{}/settle", t.id), &json!({"outcome": "resolved"})).with_if_match(&t.etag).await.expect(200);
    doctor.post(&format!("{base}/complications/{}/settle", t.id), &json!({"outcome": "resolved"})).with_if_match(&a.etag()).await.refused(409, "wrong_state");
    doctor.get(&format!("{base}/complications/{}", t.id)).await.expect(200);
    // visits
    let p = json!({"timepoint": "w1", "due_on": "2026-11-29"});
    let t = Thing::of(&coordinator.post(&format!("{base}/follow-up-visits"), &p).await.expect(201));
    coordinator.post(&format!("{base}/follow-up-visits"), &p).await.refused(409, "already_exists");
    coordinator.post(&format!("{base}/follow-up-visits"), &json!({"timepoint": "pre_op", "due_on": "2020-11-29"})).await.refused(422, "invalid_input");
    let f = json!({"mode": "tele", "improvement_percent": 95, "course": "delayed", "facial_function": "I", "hearing": "same", "note": "تحسن", "outcome": {"efficacy": 1, "complications": 0}});
    let mut wrong = f.clone(); wrong["improvement_percent"] = json!(101); wrong["outcome"]["efficacy"] = json!(300);
    let a = doctor.post(&format!("{base}/follow-up-visits/{}/record", t.id), &wrong).with_if_match(&t.etag).await.refused(422, "invalid_input");
    println!("{:#}", a.body);
    let a = doctor.post(&format!("{base}/follow-up-visits/{}/record", t.id), &f).with_if_match(&t.etag).await.expect(200);
    println!("{:#}", a.body);
    doctor.post(&format!("{base}/follow-up-visits/{}/record", t.id), &f).with_if_match(a.etag()).await.refused(409, "wrong_state");
    doctor.post(&format!("{other}/follow-up-visits/{}/record", t.id), &f).with_if_match(a.etag()).await.refused(404, "not_found");
    println!("{}", coordinator.get(&format!("{base}/follow-up-visits")).await.body);
    db.execute("UPDATE cases SET stage = 'follow_up'").await.unwrap();
    let t = Thing::of(&coordinator.post(&format!("{base}/follow-up-visits"), &json!({"timepoint": "w2", "due_on": "2026-12-29"})).await.expect(201));
    doctor.post(&format!("{base}/follow-up-visits/{}/record", t.id), &f).with_if_match(&t.etag).await.expect(200);
    assert_eq!(coordinator.get(&format!("{base}/timeline")).await.body["items"][0]["trigger"], "record_visit");
    db.execute("UPDATE cases SET stage = 'deceased'").await.unwrap();
    doctor.post(&format!("{base}/complications"), &c).await.refused(409, "case_is_final");
}
#[test]
fn sqlite() { rafiq_persistence::testing::on_sqlite(story); }
#[test]
fn postgres() { rafiq_persistence::testing::on_postgres(story); }
