//! Who is asked: the people of one case, everyone who stands to it in another way, and one stranger of each role.

use chrono::TimeDelta;
use rafiq_domain::clients::ClientScope;
use rafiq_domain::grants::GrantBasis;
use rafiq_domain::vocabulary::{Coded, ReferralState, Role};
use rafiq_persistence::testing::TestDb;
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::Person;
use super::planting::{Plot, Term, machine};
use crate::app::{Session, TestApp, Thing, a_case, a_hospital, a_passkey, a_patient, an_interpreter};

/// Longer than a hospital reads what it declined, and an interpreter a job that is over.
const LONG_AGO: TimeDelta = TimeDelta::days(31);

/// What is over before the journey begins.
const BEFORE: Term = TimeDelta::zero()..TimeDelta::hours(1);

/// Longer than the journey takes.
const THROUGHOUT: Term = TimeDelta::zero()..TimeDelta::days(30);

/// When the journey is over.
const AFTER: Term = TimeDelta::days(30)..TimeDelta::days(60);

/// A job that is done.
const DONE: Term = TimeDelta::hours(-1)..TimeDelta::zero();

/// A job so far ahead that its interpreter learns of nobody during the journey.
const AHEAD: Term = TimeDelta::days(40)..TimeDelta::days(41);

/// The people as they gather.
pub(super) struct Cast<'app> {
    app: &'app TestApp<'app>,
    pub(super) administrator: Session<'app>,
    pub(super) coordinator: Session<'app>,
    doctor: Session<'app>,
    pub(super) hospital: Thing,
    other_hospital: Thing,
    interpreter: Thing,
    other_interpreter: Thing,
    plot: Plot<'app>,
    /// Those whose access is over.
    former: Vec<Person<'app>>,
    pub(super) people: Vec<Person<'app>>,
    pub(super) names: Vec<(&'static str, String)>,
}

impl<'app> Cast<'app> {
    /// Lets everyone come who is asked.
    pub(super) async fn gather(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let mut cast = Self::begin(db, app).await;
        cast.former().await;
        app.advance(LONG_AGO);
        cast.enter_again().await;
        cast.strangers().await;
        cast.near().await;
        cast.stand_ins().await;
        cast.machines().await;
        cast.withdrawn().await;
        cast.upcoming().await;
        cast.owner().await;
        cast.half_way().await;
        cast.in_two_roles().await;
        cast
    }

    /// Two cases of one team, of which the first is the one that everyone asks about.
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>) -> Self {
        let administrator = app.user(&[Role::Administrator]).await;
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let mut names =
            vec![("coordinator_id", coordinator.user_id.to_string()), ("doctor_id", doctor.user_id.to_string())];
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        for (who, patient_name, case_name) in [(0, "patient_id", "case_id"), (1, "other_patient_id", "other_case_id")] {
            let patient = a_patient(who).by(&coordinator).await;
            let case = a_case(&patient).by(&coordinator).await;
            let assign = coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag);
            assign.await.expect(200);
            names.extend([(patient_name, patient.id), (case_name, case.id)]);
        }
        let case_id = names.iter().find(|(name, _)| *name == "case_id").unwrap().1.parse::<Uuid>().unwrap();
        let plot = Plot { db, app, case_id: case_id.into(), coordinator: coordinator.user_id };
        names.push(("other_user_id", coordinator.user_id.to_string()));
        let interpreter = an_interpreter().by(&administrator).await;
        names.push(("interpreter_id", interpreter.id.clone()));
        Self {
            app,
            hospital: a_hospital().by(&administrator).await,
            other_hospital: a_hospital().by(&administrator).await,
            interpreter,
            other_interpreter: an_interpreter().by(&administrator).await,
            administrator,
            coordinator,
            doctor,
            plot,
            former: Vec::new(),
            people: Vec::new(),
            names,
        }
    }

    /// Everyone whose access ends by itself before the journey begins. Each is seen to have it.
    async fn former(&mut self) {
        let (app, case) = (self.app, format!("/cases/{}", self.plot.case_id));
        let hospital = a_hospital().by(&self.administrator).await;
        self.share_with(&hospital).await;
        let declined = self.plot.referral_in(ReferralState::Declined, hospital.uuid().into()).await;
        self.former.extend(self.of_hospital(&hospital, "whose grant expired, the", declined).await);
        self.former.push(self.interpreting(self.plot, DONE, "after the window the").await);

        for (basis, role, what) in [
            (GrantBasis::BreakGlass, Role::Doctor, "after an emergency the"),
            (GrantBasis::BreakGlass, Role::Lead, "after an emergency the"),
            (GrantBasis::SecondOpinion, Role::Doctor, "after a second opinion the"),
        ] {
            let session = app.user(&[role]).await;
            self.plot.grant(session.user_id, basis, BEFORE).await;
            session.get(&case).await.expect(200);
            self.former.push(Person::stranger(session, role).called(what));
        }
        let session = app.user(&[Role::Doctor]).await;
        self.plot.delegation(self.doctor.user_id, session.user_id, BEFORE).await;
        session.get(&case).await.expect(200);
        self.former.push(Person::stranger(session, Role::Doctor).called("after an absence the stand-in"));
    }

    /// A user and a machine of a hospital. Each is seen to read a referral of theirs.
    async fn of_hospital(&self, hospital: &Thing, what: &'static str, referral: String) -> [Person<'app>; 2] {
        let all = ClientScope::ALL;
        let user = Person::stranger(self.app.hospital_user(hospital).await, Role::HospitalUser);
        let client = machine(&self.administrator, hospital, all).await;
        let people = [user, Person::machine(self.app, client, all).await];
        for person in &people {
            person.client.get(&format!("/partner/referrals/{referral}")).await.expect(200);
        }
        people.map(|person| person.called(what).about("referral_id", referral.clone()))
    }

    /// Somebody who interprets for a case. They are seen to read the job.
    async fn interpreting(&self, plot: Plot<'_>, job: Term, what: &'static str) -> Person<'app> {
        let interpreter = an_interpreter().by(&self.administrator).await;
        let booking = plot.booking(&interpreter, job).await;
        let session = self.app.interpreter_user(&interpreter).await;
        session.get(&format!("/interpreter-bookings/{booking}")).await.expect(200);
        Person::stranger(session, Role::Interpreter).called(what).about("booking_id", booking)
    }

    /// The patient agrees that a hospital reads the case; answers the consent.
    async fn share_with(&self, hospital: &Thing) -> Thing {
        let recipient = json!({ "purpose": "share_with_hospital", "hospital_id": hospital.id });
        self.consent(self.plot, recipient).await
    }

    /// The patient of a case agrees to something; answers the consent.
    async fn consent(&self, plot: Plot<'_>, to: Value) -> Thing {
        let mut consent = json!({
            "text_version": "2026-3", "language": "ar", "method": "e_sign", "given_by": "patient",
            "given_at": self.app.now(), "evidence": "signed form, kept",
        });
        if let (Value::Object(consent), Value::Object(to)) = (&mut consent, to) {
            consent.extend(to);
        }
        let consents = format!("/cases/{}/consents", plot.case_id);
        Thing::of(&self.coordinator.post(&consents, &consent).await.expect(201))
    }

    /// The patient takes it back.
    async fn withdraw(&self, plot: Plot<'_>, consent: &Thing) {
        let withdraw = format!("/cases/{}/consents/{}/withdraw", plot.case_id, consent.id);
        self.coordinator.post(&withdraw, &json!({})).with_if_match(&consent.etag).await.expect(200);
    }

    /// A case of another patient, with the same coordinator.
    async fn another_case(&self, who: usize) -> Plot<'app> {
        let case = a_case(&a_patient(who).by(&self.coordinator).await).by(&self.coordinator).await;
        Plot { case_id: case.uuid().into(), ..self.plot }
    }

    async fn enter_again(&mut self) {
        for session in [&mut self.administrator, &mut self.coordinator, &mut self.doctor] {
            *session = session.again().await;
        }
        for person in &mut self.former {
            person.enter_again(self.app).await;
        }
    }

    /// Whom the case knows by their role, and one of each role whom it does not know. They come first: what they
    /// may, they do, and so the journey goes on.
    async fn strangers(&mut self) {
        let app = self.app;
        let near = |session: &Session<'app>, role, basis| Person::stranger(session.clone(), role).holding(basis);
        self.people.push(near(&self.coordinator, Role::Coordinator, GrantBasis::Coordinator));
        self.people.push(near(&self.doctor, Role::Doctor, GrantBasis::Doctor));
        let of_hospital = app.hospital_user(&self.hospital).await;
        self.people.push(near(&of_hospital, Role::HospitalUser, GrantBasis::Referral));
        let interpreting = app.interpreter_user(&self.interpreter).await;
        self.people.push(near(&interpreting, Role::Interpreter, GrantBasis::Booking));
        for role in Role::ALL.iter().copied() {
            let session = match role {
                Role::HospitalUser => app.hospital_user(&self.other_hospital).await,
                Role::Interpreter => app.interpreter_user(&self.other_interpreter).await,
                // It has no password to sign in with; see `machines`.
                Role::HospitalClient => continue,
                Role::Administrator | Role::Coordinator | Role::Lead | Role::Doctor | Role::Finance | Role::Auditor => {
                    app.user(&[role]).await
                }
            };
            self.people.push(Person::stranger(session, role));
        }
        self.people.append(&mut self.former);
    }

    /// Who is near in a way that is not their role's usual one.
    async fn near(&mut self) {
        let app = self.app;
        self.people.push(Person::stranger(app.user(&[Role::Lead]).await, Role::Lead).borrowing());
        for (basis, role, what) in [
            (GrantBasis::SecondOpinion, Role::Doctor, "the second opinion's"),
            (GrantBasis::BreakGlass, Role::Doctor, "in an emergency the"),
            (GrantBasis::BreakGlass, Role::Lead, "in an emergency the"),
        ] {
            let session = app.user(&[role]).await;
            self.plot.grant(session.user_id, basis, THROUGHOUT).await;
            self.people.push(Person::stranger(session, role).holding(basis).called(what));
        }
    }

    /// Who acts for the case's doctor and coordinator, and for others.
    async fn stand_ins(&mut self) {
        let app = self.app;
        for (role, absent, basis) in [
            (Role::Coordinator, self.coordinator.user_id, GrantBasis::Coordinator),
            (Role::Doctor, self.doctor.user_id, GrantBasis::Doctor),
        ] {
            let session = app.user(&[role]).await;
            self.plot.delegation(absent, session.user_id, THROUGHOUT).await;
            let what = "standing in for its own, a";
            self.people.push(Person::stranger(session, role).standing_in(basis, what));
            let (session, somebody) = (app.user(&[role]).await, app.user(&[role]).await);
            self.plot.delegation(somebody.user_id, session.user_id, THROUGHOUT).await;
            self.people.push(Person::stranger(session, role).called("standing in for somebody else, a"));
        }
        // Whoever stands in for a doctor without being one stands in for nothing.
        let session = app.user(&[Role::Coordinator]).await;
        self.plot.delegation(self.doctor.user_id, session.user_id, THROUGHOUT).await;
        self.people.push(Person::stranger(session, Role::Coordinator).called("standing in for a doctor, a"));
    }

    /// The machines of both hospitals, with all scopes and with too few.
    async fn machines(&mut self) {
        let (app, all) = (self.app, ClientScope::ALL);
        let client = machine(&self.administrator, &self.other_hospital, all).await;
        self.names.push(("other_client_id", client.user_id.to_string()));
        self.people.push(Person::machine(app, client, all).await);
        for scopes in [all].into_iter().chain(all.chunks(1)) {
            let client = machine(&self.administrator, &self.hospital, scopes).await;
            let person = Person::machine(app, client, scopes).await.holding(GrantBasis::Referral);
            self.people.push(match scopes {
                [ClientScope::ReadReferrals] => person.called("its own, only reading,"),
                [ClientScope::ReportOnReferrals] => person.called("its own, only reporting,"),
                _ => person,
            });
        }
    }

    /// A hospital and an interpreter for whom the patient took the consent back.
    async fn withdrawn(&mut self) {
        let what = "after the consent was withdrawn the";
        let hospital = a_hospital().by(&self.administrator).await;
        let consent = self.share_with(&hospital).await;
        for state in [ReferralState::Declined, ReferralState::Sent] {
            let referral = self.plot.referral_in(state, hospital.uuid().into()).await;
            self.people.extend(self.of_hospital(&hospital, what, referral).await);
        }
        self.withdraw(self.plot, &consent).await;

        // It stands for every interpreter of the case.
        let plot = self.another_case(4).await;
        let consent = self.consent(plot, json!({ "purpose": "share_with_interpreter" })).await;
        self.people.push(self.interpreting(plot, AHEAD, what).await);
        self.withdraw(plot, &consent).await;
    }

    /// Those whose access has not begun.
    async fn upcoming(&mut self) {
        // Whatever is said of the case later would give them back what is taken away here.
        let plot = self.another_case(5).await;
        let interpreting = self.interpreting(plot, AHEAD, "before the window the").await;
        plot.keep_until_its_time(interpreting.own("booking_id").unwrap()).await;
        self.people.push(interpreting);
        let session = self.app.user(&[Role::Doctor]).await;
        self.plot.grant(session.user_id, GrantBasis::SecondOpinion, AFTER).await;
        self.people.push(Person::stranger(session, Role::Doctor).called("before a second opinion the"));
        let session = self.app.user(&[Role::Doctor]).await;
        self.plot.delegation(self.doctor.user_id, session.user_id, AFTER).await;
        self.people.push(Person::stranger(session, Role::Doctor).called("before an absence the stand-in"));
    }

    /// Somebody who may take a passkey of their own away, and does.
    async fn owner(&mut self) {
        let session = self.app.user(&[Role::Auditor]).await;
        let passkey = a_passkey(&session).await.1.text("/passkey/id").to_owned();
        let person = Person::stranger(session, Role::Auditor).called("with a passkey, an");
        self.people.push(person.about("passkey_id", passkey));
    }

    /// People who might do much, and have shown their password only.
    async fn half_way(&mut self) {
        for role in [Role::Administrator, Role::Lead, Role::Doctor] {
            let session = self.app.user(&[role]).await;
            let passkey = a_passkey(&session).await.1.text("/passkey/id").to_owned();
            let session = session.again().await;
            let mut person = Person::stranger(session.clone(), role).half_way().about("passkey_id", passkey);
            if role == Role::Doctor {
                self.plot.grant(session.user_id, GrantBasis::SecondOpinion, THROUGHOUT).await;
                person = person.holding(GrantBasis::SecondOpinion).called("the second opinion's");
            }
            self.people.push(person);
        }
    }

    /// People whose one role sees much, and little of each, while the other sees little, and much of it: what they
    /// may do by the one is no word about the other.
    async fn in_two_roles(&mut self) {
        for (role, also) in [(Role::Doctor, Role::Auditor), (Role::Coordinator, Role::Administrator)] {
            let session = self.app.user(&[role, also]).await;
            self.people.push(Person::stranger(session, role).and(also));
        }
        let session = self.app.user(&[Role::Doctor, Role::Auditor]).await;
        self.plot.grant(session.user_id, GrantBasis::SecondOpinion, THROUGHOUT).await;
        let person = Person::stranger(session, Role::Doctor).and(Role::Auditor);
        self.people.push(person.holding(GrantBasis::SecondOpinion).called("the second opinion's"));
    }
}
