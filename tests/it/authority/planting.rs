//! What is put into the database at once: what came to be long before, or may not be asked for like this.

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::clients::ClientScope;
use rafiq_domain::delegations::{Delegation, DelegationTerms};
use rafiq_domain::grants::{EmergencyReason, Grant, GrantBasis, GrantTerms, Grantee};
use rafiq_domain::ids::CaseId;
use rafiq_domain::interpreters::{Booking, Job, Window};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::referrals::{NewReferral, Referral};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{
    BookingState, Coded, EncounterKind, InterpretingModality, ReferralQuestion, ReferralState, SpokenLanguage,
};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{bookings, cases, delegations, grants, referrals};
use serde_json::json;
use uuid::Uuid;

use super::people::Machine;
use crate::app::{Session, TestApp, Thing};

/// An id that nothing has yet.
pub(super) fn fresh(app: &TestApp<'_>) -> Uuid {
    Uuid::from_u128(app.fresh().into())
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

/// Writes as one unit.
pub(super) async fn unit(db: &TestDb, app: &TestApp<'_>, work: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>) {
    let stamp = Stamp { id: fresh(app).into(), at: app.now(), request_id: None };
    db.write(stamp, async |tx| work(tx).await.map(anything)).await.unwrap();
}

/// One case, to which things are added.
pub(super) struct Plot<'app> {
    pub(super) db: &'app TestDb,
    pub(super) app: &'app TestApp<'app>,
    pub(super) case_id: CaseId,
    pub(super) coordinator: Uuid,
}

impl Plot<'_> {
    async fn case(&self) -> Case {
        cases::find(self.db, self.case_id).await.unwrap().unwrap().case
    }

    /// A referral that its hospital declined just now.
    pub(super) async fn declined_referral(&self, hospital: &Thing) -> String {
        let new =
            NewReferral { hospital_id: hospital.uuid().into(), question: ReferralQuestion::Opinion, message: None };
        let case = Case { stage: Stage::Referred, ..self.case().await };
        let draft = new.draw_up(fresh(self.app).into(), &case, self.coordinator.into()).unwrap();
        let sent = draft.send(self.app.now(), TimeDelta::hours(48)).unwrap();
        let declined = Referral { state: ReferralState::Declined, ended_at: Some(self.app.now()), ..sent };
        let moment = self.app.moment();
        unit(self.db, self.app, async |tx| referrals::insert(tx, &anything(declined.clone()), moment).await).await;
        declined.id.to_string()
    }

    /// A booking whose job is over.
    pub(super) async fn finished_booking(&self, interpreter: &Thing) -> String {
        let ends_at = self.app.now();
        let job_begins = ends_at - TimeDelta::hours(1);
        let job = Job {
            encounter: EncounterKind::Admission,
            modality: InterpretingModality::Video,
            window: Window { starts_at: job_begins, ends_at },
            time_zone: "Europe/Istanbul".parse().unwrap(),
            place: Line::parse("International patients desk", 100).unwrap(),
            language: SpokenLanguage::from_code("ar").unwrap(),
        };
        let asked = Booking::request(fresh(self.app).into(), &self.case().await, job, self.coordinator.into());
        let offered_at = Some(ends_at - TimeDelta::hours(2));
        let interpreter_id = Some(interpreter.uuid().into());
        let state = BookingState::Completed;
        let (respond_by, answered_at) = (Some(job_begins), offered_at);
        let done = Booking { interpreter_id, state, offered_at, respond_by, answered_at, ..asked };
        let moment = self.app.moment();
        unit(self.db, self.app, async |tx| bookings::insert(tx, &anything(done.clone()), moment).await).await;
        done.id.to_string()
    }

    /// A grant to someone for a time.
    pub(super) async fn grant(&self, user_id: Uuid, basis: GrantBasis, lasts: TimeDelta) {
        let (now, emergency) = (self.app.now(), basis == GrantBasis::BreakGlass);
        let terms = GrantTerms {
            valid_until: Some(now + lasts),
            emergency: emergency.then_some(EmergencyReason::TeamUnreachable),
            reason: Some(Line::parse("Nobody answers, and the patient is in pain.", 100).unwrap()),
            ..GrantTerms::of_member(Grantee::User(user_id.into()), basis, now)
        };
        let id = fresh(self.app).into();
        let grant = anything(Grant { id, case_id: self.case_id, terms, granted_by: None, ended: None });
        unit(self.db, self.app, async |tx| grants::insert(tx, &grant).await).await;
    }

    /// That someone stands in for someone, for a time.
    pub(super) async fn delegation(&self, from: Uuid, to: Uuid, lasts: TimeDelta) {
        let now: DateTime<Utc> = self.app.now();
        let terms = DelegationTerms {
            from: from.into(),
            to: to.into(),
            valid_from: now,
            valid_until: now + lasts,
            reason: Line::parse("On leave.", 100).unwrap(),
        };
        let id = fresh(self.app).into();
        let delegation = anything(Delegation { id, terms, created_by: from.into(), ended: None });
        unit(self.db, self.app, async |tx| delegations::insert(tx, &delegation).await).await;
    }
}

/// A client of a hospital with these scopes.
pub(super) async fn machine(administrator: &Session<'_>, hospital: &Thing, scopes: &[ClientScope]) -> Machine {
    let login = format!("machine.{}", administrator.fresh_key());
    let scopes: Vec<_> = scopes.iter().map(|scope| scope.code()).collect();
    let body = json!({
        "client_id": login, "name": "Hospital information system", "hospital_id": hospital.id,
        "contact_email": "it@hospital.example", "scopes": scopes, "allows_secret": true,
    });
    let client = administrator.post("/clients", &body).await.expect(201);
    let id = client.text("/id");
    // Long after this journey, and not too far ahead.
    let expires_at = "2027-06-01T00:00:00Z";
    let secret = administrator.post(&format!("/clients/{id}/secrets"), &json!({ "expires_at": expires_at })).await;
    let secret = secret.expect(201).text("/secret").to_owned();
    Machine { user_id: id.parse().unwrap(), login, secret }
}
