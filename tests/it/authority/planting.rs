//! What is put into the database at once: what came to be long before, or may not be asked for like this.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::cases::{Case, Stage};
use rafiq_domain::clients::ClientScope;
use rafiq_domain::delegations::{Delegation, DelegationTerms};
use rafiq_domain::grants::{EmergencyReason, Grant, GrantBasis, GrantTerms, Grantee};
use rafiq_domain::ids::{CaseId, HospitalId};
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

/// From when until when something is given, counted from now.
pub(super) type Term = Range<TimeDelta>;

/// One case, to which things are added.
#[derive(Clone, Copy)]
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

    /// A referral that came to this state just now.
    pub(super) async fn referral_in(&self, state: ReferralState, hospital_id: HospitalId) -> String {
        let new = NewReferral { hospital_id, question: ReferralQuestion::Opinion, message: None };
        let case = Case { stage: Stage::Referred, ..self.case().await };
        let draft = new.draw_up(fresh(self.app).into(), &case, self.coordinator.into()).unwrap();
        let sent = draft.send(self.app.now(), TimeDelta::hours(48)).unwrap();
        let referral = Referral { state, ..sent }.ending(self.app.now());
        let moment = self.app.moment();
        unit(self.db, self.app, async |tx| referrals::insert(tx, &anything(referral.clone()), moment).await).await;
        referral.id.to_string()
    }

    /// A booking that its interpreter accepted, of a job at this time; one that is over was done.
    pub(super) async fn booking(&self, interpreter: &Thing, job: Term) -> String {
        let now = self.app.now();
        let (starts_at, ends_at) = (now + job.start, now + job.end);
        let state = if ends_at > now { BookingState::Accepted } else { BookingState::Completed };
        let job = Job {
            encounter: EncounterKind::Admission,
            modality: InterpretingModality::Video,
            window: Window { starts_at, ends_at },
            time_zone: "Europe/Istanbul".parse().unwrap(),
            place: Line::parse("International patients desk", 100).unwrap(),
            language: SpokenLanguage::from_code("ar").unwrap(),
        };
        let asked = Booking::request(fresh(self.app).into(), &self.case().await, job, self.coordinator.into());
        let offered_at = Some(starts_at.min(now) - TimeDelta::hours(1));
        let interpreter_id = Some(interpreter.uuid().into());
        let (respond_by, answered_at) = (Some(starts_at), offered_at);
        let booking = Booking { interpreter_id, state, offered_at, respond_by, answered_at, ..asked };
        let moment = self.app.moment();
        unit(self.db, self.app, async |tx| bookings::insert(tx, &anything(booking.clone()), moment).await).await;
        booking.id.to_string()
    }

    /// Takes away what an interpreter reads of a job before its time: without the patient's name.
    pub(super) async fn keep_until_its_time(&self, booking: &str) {
        let booking = self.app.literal(booking.parse().unwrap());
        let early = format!("booking_id = {booking} AND audience = 'masked'");
        let sql = format!("UPDATE access_grants SET ended_at = valid_from, end_reason = 'replaced' WHERE {early}");
        self.db.execute(&sql).await.unwrap();
    }

    /// A grant to someone for a time.
    pub(super) async fn grant(&self, user_id: Uuid, basis: GrantBasis, term: Term) {
        let (now, emergency) = (self.app.now(), basis == GrantBasis::BreakGlass);
        let terms = GrantTerms {
            valid_from: now + term.start,
            valid_until: Some(now + term.end),
            emergency: emergency.then_some(EmergencyReason::TeamUnreachable),
            reason: Some(Line::parse("Nobody answers, and the patient is in pain.", 100).unwrap()),
            ..GrantTerms::of_member(Grantee::User(user_id.into()), basis, now)
        };
        let id = fresh(self.app).into();
        let grant = anything(Grant { id, case_id: self.case_id, terms, granted_by: None, ended: None });
        unit(self.db, self.app, async |tx| grants::insert(tx, &grant).await).await;
    }

    /// That someone stands in for someone, for a time.
    pub(super) async fn delegation(&self, from: Uuid, to: Uuid, term: Term) {
        let now: DateTime<Utc> = self.app.now();
        let terms = DelegationTerms {
            from: from.into(),
            to: to.into(),
            valid_from: now + term.start,
            valid_until: now + term.end,
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
