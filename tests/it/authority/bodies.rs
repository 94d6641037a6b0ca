//! What the body of a request names: another's reads like what does not exist, wherever an id can stand.

use axum::http::Method;
use chrono::TimeDelta;
use rafiq_domain::vocabulary::{ReferralState, Role};
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use super::planting::Plot;
use super::world::NOTHING;
use crate::app::{Answer, Client, TestApp, Thing, a_case, a_hospital, a_patient};

/// A request in whose body an id stands, and the thing of another that is named there.
struct Naming {
    path: String,
    body: Value,
    /// Where the id stands.
    pointer: &'static str,
    foreign: String,
}

impl Naming {
    /// Asks with an id in its place.
    async fn ask(&self, caller: &Client<'_>, etag: &str, id: &str) -> Answer {
        let mut body = self.body.clone();
        *body.pointer_mut(self.pointer).expect(self.pointer) = json!(id);
        let ask = caller.ask(Method::POST, &format!("/api/v1{}", self.path)).json(&body);
        ask.with("idempotency-key", &caller.fresh_key()).with_if_match(etag).await
    }
}

db_test! {
    async fn what_is_anothers_reads_like_nothing_in_every_body(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (me, other) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let stand_in = app.user(&[Role::Coordinator]).await;
        let mine = a_case(&a_patient(0).by(&me).await).by(&me).await;
        let patient = a_patient(1).by(&other).await;
        let case = a_case(&patient).by(&other).await;
        let hospital = a_hospital().by(&administrator).await;
        let plot = Plot { db, app: &app, case_id: case.uuid().into(), coordinator: other.user_id };
        let referral = plot.referral_in(ReferralState::Accepted, hospital.uuid().into()).await;
        let note = note();
        let signed = Thing::of(&other.post(&format!("/cases/{}/notes", case.id), &note).await.expect(201));
        let sign = other.command(&format!("/cases/{}/notes/{}/sign", case.id, signed.id));
        sign.with_if_match(&signed.etag).await.expect(200);

        let own = |child: &str| format!("/cases/{}/{child}", mine.id);
        let until = app.now() + TimeDelta::days(7);
        let merge = json!({ "trigger": "merge", "reason": "the same stay", "survivor_case_id": null });
        let reassign = json!({ "case_ids": [mine.id, null], "coordinator_id": stand_in.user_id, "note": "Hers from now on." });
        let absence = json!({
            "from_user_id": null, "to_user_id": stand_in.user_id, "valid_until": until, "reason": "Annual leave",
        });
        let naming = |path: String, body, pointer, foreign: &str| Naming { path, body, pointer, foreign: foreign.to_owned() };
        let added = { let mut added = note.clone(); added["addendum_of"] = Value::Null; added };
        for request in [
            naming("/cases".to_owned(), json!({ "patient_id": null, "source": "web" }), "/patient_id", &patient.id),
            naming(own("quotes"), quote(&app), "/referral_id", &referral),
            naming(own("notes"), added, "/addendum_of", &signed.id),
            naming(own("steps"), merge, "/survivor_case_id", &case.id),
            naming("/case-reassignments".to_owned(), reassign, "/case_ids/1", &case.id),
            naming("/delegations".to_owned(), absence, "/from_user_id", &other.user_id.to_string()),
        ] {
            let before = app.imprint().await;
            let foreign = request.ask(&me, &mine.etag, &request.foreign).await;
            let unknown = request.ask(&me, &mine.etag, NOTHING).await;
            assert_eq!(foreign.anonymous(), unknown.anonymous(), "{}", request.path);
            let unknown = unknown.refused(422, "invalid_input");
            assert_eq!(unknown.errors(), [(request.pointer, "not_known_here")], "{}", request.path);
            assert_eq!(before.changed(&app.imprint().await), [""; 0], "{}", request.path);
        }
    }
}

fn note() -> Value {
    json!({ "kind": "consultation", "language": "ar", "body": "تشنج في الجفن السفلي الأيسر.", "audience": "hospital" })
}

fn quote(app: &TestApp<'_>) -> Value {
    let line = json!({
        "kind": "surgery", "description": "عملية", "quantity": 1, "unit_price_minor": 1_150_000, "inclusion": "included",
    });
    json!({
        "referral_id": null, "language": "ar", "currency": "USD", "lines": [line], "deposit_minor": 300_000,
        "valid_until": (app.now() + TimeDelta::days(30)).date_naive(),
    })
}
