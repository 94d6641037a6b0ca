//! What nobody answers ends by itself: once, not before its time, and however many instances look.

use chrono::TimeDelta;
use rafiq_app::expiry::{Reconciled, reconcile};
use rafiq_domain::cases::{Case, CaseEvent, Party, Stage, Trigger};
use rafiq_domain::ids::{BookingId, CaseId, HospitalId, InterpreterId, QuoteId, ReferralId, UserId};
use rafiq_domain::interpreters::{Booking, Job, Window};
use rafiq_domain::money::Currency;
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit};
use rafiq_domain::quotes::{Offer, Quote, QuoteLine};
use rafiq_domain::referrals::{CANCEL_WITHIN, NewReferral, Referral};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{
    BookingState, EncounterKind, InterpretingModality, Language, QuoteLineInclusion, QuoteLineKind, QuoteState,
    ReferralQuestion, ReferralState, Role, SpokenLanguage,
};
use rafiq_persistence::audit::Stamp;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{bookings, cases, db_test, quotes, referrals};
use uuid::Uuid;

use crate::app::{TestApp, Thing, a_case, a_hospital, a_patient, an_interpreter};

/// The smallest step of time that is stored.
const INSTANT: TimeDelta = TimeDelta::microseconds(1);
/// The time for an answer and the grace after it, as the service under test is set.
const ANSWER_AND_GRACE: TimeDelta = TimeDelta::hours(48 + 24);
/// As long as an interpreter has.
const OFFER: TimeDelta = TimeDelta::hours(4);

/// A case somewhere in its journey, and what it waits for: put there at once, as if the steps before were taken.
struct Story<'app> {
    db: &'app TestDb,
    app: &'app TestApp<'app>,
    coordinator: UserId,
    hospital: HospitalId,
    case_id: CaseId,
}

impl<'app> Story<'app> {
    async fn begin(db: &'app TestDb, app: &'app TestApp<'app>, stage: Stage) -> Self {
        Self::of_patient(0, db, app, stage).await
    }

    async fn of_patient(who: usize, db: &'app TestDb, app: &'app TestApp<'app>, stage: Stage) -> Self {
        let coordinator = app.user(&[Role::Coordinator]).await;
        let hospital = a_hospital().by(&app.user(&[Role::Administrator]).await).await;
        let case = a_case(&a_patient(who).by(&coordinator).await).by(&coordinator).await;
        let (coordinator, hospital) = (coordinator.user_id.into(), hospital.uuid().into());
        let story = Self { db, app, coordinator, hospital, case_id: case.uuid().into() };
        let case = anything(Case { stage, ..story.case().await });
        story.unit(async |tx| cases::update(tx, &case).await.map(|_| ())).await;
        story
    }

    /// Writes what the product would not write like this.
    async fn unit(&self, work: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>) {
        let id = Uuid::from_u128(self.app.fresh().into()).into();
        let stamp = Stamp { id, at: self.app.now(), request_id: None };
        self.db.write(stamp, async |tx| work(tx).await.map(anything)).await.unwrap();
    }

    async fn case(&self) -> Case {
        cases::find(self.db, self.case_id).await.unwrap().unwrap().case
    }

    /// The steps since the case began, oldest first.
    async fn steps(&self) -> Vec<CaseEvent> {
        let case = anything(self.case().await);
        let mut steps = cases::timeline(self.db, &case, Page::default()).await.unwrap().items;
        steps.reverse();
        steps.split_off(1)
    }

    /// A referral that is sent to a hospital now, and then changed.
    async fn refer(&self, hospital: HospitalId, change: impl FnOnce(Referral) -> Referral) -> ReferralId {
        let new = NewReferral { hospital_id: hospital, question: ReferralQuestion::Opinion, message: None };
        let from = Case { stage: Stage::Referred, ..self.case().await };
        let id = Uuid::from_u128(self.app.fresh().into()).into();
        let referral = new.draw_up(id, &from, self.coordinator).unwrap();
        let referral = anything(change(referral.send(self.app.now(), TimeDelta::hours(48)).unwrap()));
        self.unit(async |tx| referrals::insert(tx, &referral, self.app.moment()).await).await;
        id
    }

    async fn referral(&self, id: ReferralId) -> Referral {
        referrals::find(self.db, self.case_id, id).await.unwrap().unwrap()
    }

    /// A quote on a referral that is issued now and holds for `days` after today.
    async fn quote(&self, referral_id: ReferralId, days: i64) -> QuoteId {
        let id: QuoteId = Uuid::from_u128(self.app.fresh().into()).into();
        let line = QuoteLine {
            kind: QuoteLineKind::Surgery,
            description: line("The operation"),
            quantity: 1,
            unit_price_minor: 900_000,
            inclusion: QuoteLineInclusion::Included,
        };
        let valid_until = self.app.now().date_naive() + TimeDelta::days(days);
        let quote = anything(Quote {
            id,
            case_id: self.case_id,
            referral_id,
            cycle: 1,
            revision: 1,
            language: Language::Arabic,
            offer: Offer { currency: Currency::Eur, lines: vec![line], deposit_minor: 0, valid_until },
            content_hash: "0".repeat(64),
            state: QuoteState::Issued,
            issued_at: Some(self.app.now()),
            acceptance: None,
            created_by: self.coordinator,
            version: Version::FIRST,
        });
        self.unit(async |tx| quotes::insert(tx, &quote).await).await;
        id
    }

    async fn quote_state(&self, id: QuoteId) -> QuoteState {
        quotes::find(self.db, self.case_id, id).await.unwrap().unwrap().state
    }

    /// An offer to an interpreter of a job on another day.
    async fn offer(&self, to: InterpreterId) -> BookingId {
        let starts_at = self.app.now() + TimeDelta::days(5);
        let job = Job {
            encounter: EncounterKind::Admission,
            modality: InterpretingModality::Video,
            window: Window { starts_at, ends_at: starts_at + TimeDelta::hours(1) },
            time_zone: "Europe/Istanbul".parse().unwrap(),
            place: line("Ward 3"),
            language: SpokenLanguage::Arabic,
        };
        let id: BookingId = Uuid::from_u128(self.app.fresh().into()).into();
        let (offered_at, respond_by) = (Some(self.app.now()), Some(self.app.now() + OFFER));
        let asked = Booking::request(id, &self.case().await, job, self.coordinator);
        let state = BookingState::Offered;
        let offered = Booking { interpreter_id: Some(to), state, offered_at, respond_by, ..asked };
        let offered = anything(offered);
        self.unit(async |tx| bookings::insert(tx, &offered, self.app.moment()).await).await;
        id
    }

    /// What a run finds to do now.
    async fn run(&self) -> Reconciled {
        reconcile(&self.app.use_cases()).await.unwrap()
    }

    /// How many rows say that the product ended something.
    async fn recorded(&self) -> i64 {
        self.app
            .number("SELECT COUNT(*) FROM audit_records WHERE action = 'expire' AND actor_id IS NULL AND decision = 'allowed'")
            .await
    }
}

fn line(text: &str) -> Line {
    Line::parse(text, 100).unwrap()
}

/// A value with a permit that fits any write.
fn anything<T>(value: T) -> Permitted<T> {
    permit(&Actor::System, Action::ManageUsers, Whole(ObjectKind::User)).unwrap().with(value)
}

/// The steps as they are told: what set them off, who took them, and why.
fn told(steps: &[CaseEvent]) -> Vec<(Trigger, Party, Option<UserId>, &str)> {
    steps
        .iter()
        .map(|step| (step.trigger, step.party, step.actor_id, step.reason.as_ref().map_or("", Line::as_str)))
        .collect()
}

db_test! {
    async fn a_referral_expires_after_the_grace_and_its_case_goes_back(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Referred).await;
        let id = story.refer(story.hospital, |sent| sent).await;
        app.advance(ANSWER_AND_GRACE);
        assert_eq!(story.run().await, Reconciled::default(), "its last instant still counts");
        app.advance(INSTANT);
        assert_eq!(story.run().await, Reconciled { referrals_expired: 1, ..Reconciled::default() });
        assert_eq!(story.referral(id).await.state, ReferralState::Expired);
        assert_eq!(story.case().await.stage, Stage::ReferralPreparation);
        let steps = story.steps().await;
        assert_eq!(told(&steps), [(Trigger::ReferralsExhausted, Party::System, None, "expired")]);
        assert_eq!(app.number("SELECT COUNT(*) FROM tasks WHERE kind = 'next_hospital'").await, 1);
        assert_eq!(story.run().await, Reconciled::default());
        assert_eq!((story.recorded().await, story.referral(id).await.version), (1, Version(2)));
    }
}

db_test! {
    async fn the_case_stays_while_another_hospital_may_answer(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Referred).await;
        let other = a_hospital().by(&app.user(&[Role::Administrator]).await).await.uuid().into();
        story.refer(story.hospital, |sent| sent).await;
        app.advance(TimeDelta::hours(1));
        story.refer(other, |sent| Referral { state: ReferralState::Received, ..sent }).await;
        app.advance(ANSWER_AND_GRACE - INSTANT);
        assert_eq!(story.run().await.referrals_expired, 1);
        assert_eq!((story.case().await.stage, story.steps().await.len()), (Stage::Referred, 0));
        app.advance(INSTANT * 2);
        assert_eq!(story.run().await.referrals_expired, 1);
        assert_eq!(story.case().await.stage, Stage::ReferralPreparation);
    }
}

db_test! {
    async fn a_case_that_is_elsewhere_hears_of_it_by_a_task(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::FollowUp).await;
        story.refer(story.hospital, |sent| sent).await;
        app.advance(ANSWER_AND_GRACE + INSTANT);
        assert_eq!(story.run().await.referrals_expired, 1);
        assert_eq!((story.case().await.stage, story.steps().await.len()), (Stage::FollowUp, 0));
        assert_eq!(app.number("SELECT COUNT(*) FROM tasks WHERE kind = 'next_hospital'").await, 1);
    }
}

db_test! {
    async fn a_cancellation_that_no_hospital_confirms_is_presumed(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Quoted).await;
        let asked_at = app.now();
        let id = story
            .refer(story.hospital, |sent| Referral {
                state: ReferralState::CancelRequested,
                cancel_requested_at: Some(asked_at),
                reason: Some(line("The patient chose another one")),
                ..sent
            })
            .await;
        let quote = story.quote(id, 30).await;
        app.advance(CANCEL_WITHIN);
        assert_eq!(story.run().await, Reconciled::default());
        app.advance(INSTANT);
        assert_eq!(story.run().await, Reconciled { referrals_cancelled: 1, ..Reconciled::default() });
        assert_eq!(story.referral(id).await.state, ReferralState::Cancelled);
        assert_eq!(story.quote_state(quote).await, QuoteState::Withdrawn);
        assert_eq!(story.case().await.stage, Stage::ReferralPreparation);
        let steps = story.steps().await;
        let why = "The patient chose another one";
        let expected = [Trigger::QuoteLapsed, Trigger::AcceptanceLost].map(|step| (step, Party::System, None, why));
        assert_eq!(told(&steps), expected);
        assert_eq!(story.run().await, Reconciled::default());
        assert_eq!(story.recorded().await, 1);
    }
}

db_test! {
    async fn a_quote_expires_after_its_last_day_and_its_case_goes_back(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Quoted).await;
        let referral = story.refer(story.hospital, |sent| Referral { state: ReferralState::Accepted, ..sent }).await;
        let quote = story.quote(referral, 14).await;
        app.advance(TimeDelta::days(14));
        assert_eq!(story.run().await, Reconciled::default(), "its last day still counts");
        app.advance(TimeDelta::days(1));
        assert_eq!(story.run().await, Reconciled { quotes_expired: 1, ..Reconciled::default() });
        assert_eq!(story.quote_state(quote).await, QuoteState::Expired);
        assert_eq!(story.case().await.stage, Stage::Accepted);
        let steps = story.steps().await;
        assert_eq!(told(&steps), [(Trigger::QuoteLapsed, Party::System, None, "expired")]);
        assert_eq!(story.run().await, Reconciled::default());
        assert_eq!(story.recorded().await, 1);
    }
}

db_test! {
    async fn a_quote_of_an_earlier_operation_moves_no_case(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Quoted).await;
        let referral = story.refer(story.hospital, |sent| Referral { state: ReferralState::Completed, ..sent }).await;
        story.quote(referral, 14).await;
        let again = anything(Case { surgery_cycle: 2, ..story.case().await });
        story.unit(async |tx| cases::update(tx, &again).await.map(|_| ())).await;
        app.advance(TimeDelta::days(15));
        assert_eq!(story.run().await.quotes_expired, 1);
        assert_eq!((story.case().await.stage, story.steps().await.len()), (Stage::Quoted, 0));
    }
}

db_test! {
    async fn an_offer_expires_once_its_hours_are_over(db: &TestDb) {
        let app = TestApp::new(db);
        let story = Story::begin(db, &app, Stage::Intake).await;
        let interpreter: Thing = an_interpreter().by(&app.user(&[Role::Administrator]).await).await;
        let id = story.offer(interpreter.uuid().into()).await;
        app.advance(OFFER);
        assert_eq!(story.run().await, Reconciled::default());
        app.advance(INSTANT);
        assert_eq!(story.run().await, Reconciled { bookings_expired: 1, ..Reconciled::default() });
        let kept = bookings::find(db, story.case_id, id).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.version), (BookingState::Expired, Version(2)));
        assert_eq!(story.run().await, Reconciled::default());
        assert_eq!((story.recorded().await, story.steps().await.len()), (1, 0));
    }
}

db_test! {
    async fn of_several_instances_one_moves_each_row(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let interpreter: Thing = an_interpreter().by(&administrator).await;
        let mut stories = Vec::new();
        for (who, hospitals) in [1, 1, 1, 3].into_iter().enumerate() {
            let story = Story::of_patient(who, db, &app, Stage::Referred).await;
            for _ in 0..hospitals {
                let hospital = a_hospital().by(&administrator).await;
                story.refer(hospital.uuid().into(), |sent| sent).await;
            }
            story.offer(interpreter.uuid().into()).await;
            stories.push(story);
        }
        app.advance(ANSWER_AND_GRACE + INSTANT);
        let runs: Vec<_> = (0..4)
            .map(|_| {
                let app = app.use_cases();
                tokio::spawn(async move { reconcile(&app).await.unwrap() })
            })
            .collect();
        let (mut referrals, mut bookings) = (0, 0);
        for run in runs {
            let done = run.await.unwrap();
            referrals += done.referrals_expired;
            bookings += done.bookings_expired;
        }
        assert_eq!((referrals, bookings), (6, 4));
        assert_eq!(app.number("SELECT COUNT(*) FROM referrals WHERE state = 'expired' AND version = 2").await, 6);
        assert_eq!(app.number("SELECT COUNT(*) FROM interpreter_bookings WHERE version = 2").await, 4);
        assert_eq!(stories[0].recorded().await, 10);
        for story in &stories {
            assert_eq!(story.case().await.stage, Stage::ReferralPreparation);
            assert_eq!(story.steps().await.len(), 1);
        }
        assert_eq!(stories[0].run().await, Reconciled::default());
    }
}
