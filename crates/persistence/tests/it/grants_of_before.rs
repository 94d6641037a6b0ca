//! What was open before there were grants is, after the migrations, as open as the rules of grants want it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::consents::{Consent, ConsentTerms};
use rafiq_domain::grants::{Grant, GrantTerms, TermState, of_booking, of_referral};
use rafiq_domain::ids::HospitalId;
use rafiq_domain::interpreters::Booking;
use rafiq_domain::policy::{Action, ObjectKind};
use rafiq_domain::referrals::Referral;
use rafiq_domain::reports::{Fact, Report};
use rafiq_domain::vocabulary::{BookingState, Coded, ConsentPurpose, ConsentState, ReferralState};
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{bookings, consents, db_test, grants, referrals, reports};

use crate::bookings::{plant_arabic_interpreter, plant_booking, video};
use crate::clinical::{add_consent, consent};
use crate::fixtures::{allowed, id, lead, moment, plant_case, plant_referred, unit};

/// The instant at which the migrations run, but for a moment.
async fn now(db: &TestDb) -> DateTime<Utc> {
    let clock = match db.backend() {
        Backend::Sqlite => "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
        Backend::Postgres => "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    };
    db.text(clock).await.unwrap().parse().unwrap()
}

/// What a patient said: for what, whether it stands, and the last day on which it holds.
type Said = (ConsentPurpose, ConsentState, Option<NaiveDate>);

async fn say(db: &TestDb, number: u128, case: &Case, to: HospitalId, said: &[Said], now: DateTime<Utc>) {
    for (index, (purpose, state, valid_until)) in said.iter().copied().enumerate() {
        let recipient = (purpose == ConsentPurpose::ShareWithHospital).then_some(to);
        let given = consent(number * 10 + index as u128, case, purpose, recipient);
        let terms = ConsentTerms { valid_until, given_at: now - TimeDelta::days(60), ..given.terms };
        let withdrawn_at = (state == ConsentState::Withdrawn).then_some(now);
        add_consent(db, &Consent { terms, state, withdrawn_at, ..given }).await.unwrap();
    }
}

/// What patients say towards hospitals or interpreters.
fn sayings(purpose: ConsentPurpose, now: DateTime<Utc>) -> [Vec<Said>; 6] {
    let today = now.date_naive();
    let (gone, soon) = (today - TimeDelta::days(2), today + TimeDelta::days(5));
    let given = (purpose, ConsentState::Active, None);
    [
        Vec::new(),
        vec![given],
        vec![(purpose, ConsentState::Active, Some(gone))],
        vec![(purpose, ConsentState::Active, Some(soon))],
        vec![(purpose, ConsentState::Withdrawn, None)],
        vec![given, (ConsentPurpose::HealthDataProcessing, ConsentState::Withdrawn, None)],
    ]
}

/// A referral that was sent and came to `state`, so long ago.
async fn plant_referral(db: &TestDb, number: u128, state: ReferralState, then: DateTime<Utc>) {
    let draft = referrals::find(db, id(number), id(number)).await.unwrap().unwrap();
    let sent_at = then - TimeDelta::days(1);
    let cancel_requested_at = (state == ReferralState::Cancelled).then_some(then);
    let respond_by = Some(then);
    let referral = Referral { state, sent_at: Some(sent_at), respond_by, cancel_requested_at, ..draft };
    let report = |number, then, led_to| Report {
        id: id(number),
        referral_id: referral.id,
        mrn: "BMC-1".to_owned(),
        occurred_at: sent_at,
        recorded_at: then,
        reported_by: lead(),
        fact: Fact::Received,
        led_to,
    };
    let later = then + TimeDelta::hours(1);
    let told = [report(1, sent_at, ReferralState::Received), report(2, then, state), report(3, later, state)];
    let told = told.into_iter().filter(|_| referral.is_final() && told_by_report(state)).collect::<Vec<_>>();
    let referral = allowed(Action::WriteReferral, ObjectKind::Referral, referral.clone());
    unit(db, async |tx| {
        for report in told {
            reports::insert(tx, &referral.with(report)).await?;
        }
        referrals::update(tx, &referral, moment(then)).await
    })
    .await
    .unwrap();
}

/// Whether a hospital says that a referral came to its end so.
fn told_by_report(state: ReferralState) -> bool {
    !matches!(state, ReferralState::Expired | ReferralState::Cancelled | ReferralState::EnteredInError)
}

async fn plant_job(db: &TestDb, case: &Case, number: u128, state: BookingState, starts_at: DateTime<Utc>) {
    let interpreter = plant_arabic_interpreter(db, number).await;
    let job = video(starts_at, starts_at + TimeDelta::hours(1));
    let to = Some(&interpreter).filter(|_| state != BookingState::Requested);
    let booking = Booking { state, ..plant_booking(db, case, number, job, to).await };
    let booking = allowed(Action::BookInterpreter, ObjectKind::Booking, booking);
    unit(db, async |tx| bookings::update(tx, &booking, moment(starts_at)).await).await.unwrap();
}

/// That the grants which still give something are those that are wanted.
#[track_caller]
fn expect_wanted(held: &[Grant], wanted: &[GrantTerms], now: DateTime<Utc>, what: &str) {
    let gives = |grant: &&Grant| matches!(grant.state(now), TermState::Running | TermState::Upcoming);
    let held: Vec<_> = held.iter().filter(gives).collect();
    let met = wanted.iter().all(|terms| held.iter().any(|grant| grant.terms.gives_as(terms)));
    assert!(met && held.len() == wanted.len(), "{what}: held {held:#?}, wanted {wanted:#?}");
}

const FIRST: &str = "m20261122_000007_access_grants";

db_test! {
    async fn hospitals_read_what_they_were_sent_and_no_longer_than_is_wanted(db: &TestDb) {
        let now = now(db).await;
        let mut numbers = 1_000..;
        let mut planted = Vec::new();
        for state in ReferralState::ALL.iter().copied().filter(|state| *state != ReferralState::Draft) {
            for said in sayings(ConsentPurpose::ShareWithHospital, now) {
                for days in [10, 40] {
                    let number = numbers.next().unwrap();
                    let case = plant_referred(db, number).await;
                    say(db, number, &case, id(number), &said, now).await;
                    plant_referral(db, number, state, now - TimeDelta::days(days)).await;
                    planted.push((number, state, said.clone(), days));
                }
            }
        }
        db.migrate_back_before(FIRST).await.unwrap();
        db.migrate().await.unwrap();
        for (number, state, said, days) in planted {
            let referral = referrals::find(db, id(number), id(number)).await.unwrap().unwrap();
            let then = now - TimeDelta::days(days);
            let ended_at = if state == ReferralState::EnteredInError { referral.sent_at } else { Some(then) };
            assert_eq!(referral.ended_at, ended_at.filter(|_| referral.is_final()), "{state}");
            let consents = consents::of_case(db, id(number)).await.unwrap();
            let wanted: Vec<_> = of_referral(&referral, &consents, now).into_iter().collect();
            let held = grants::of_case(db, id(number)).await.unwrap();
            let held: Vec<_> = held.into_iter().filter(|grant| grant.terms.referral_id == Some(referral.id)).collect();
            expect_wanted(&held, &wanted, now, &format!("{state} {days} days ago, {said:?}"));
        }
    }
}

db_test! {
    async fn interpreters_read_the_name_around_the_job_and_only_while_it_may_be_shared(db: &TestDb) {
        let now = now(db).await;
        let mut numbers = 1_000..;
        let mut planted = Vec::new();
        for said in sayings(ConsentPurpose::ShareWithInterpreter, now) {
            let number = numbers.next().unwrap();
            let case = plant_case(db, number).await;
            say(db, number, &case, id(number), &said, now).await;
            for state in BookingState::ALL.iter().copied() {
                for days in [-5, -1, 1, 10] {
                    let number = numbers.next().unwrap();
                    plant_job(db, &case, number, state, now + TimeDelta::days(days)).await;
                    planted.push((case.id, number, state, said.clone(), days));
                }
            }
        }
        db.migrate_back_before(FIRST).await.unwrap();
        db.migrate().await.unwrap();
        for (case_id, number, state, said, days) in planted {
            let booking = bookings::find(db, case_id, id(number)).await.unwrap().unwrap();
            let consents = consents::of_case(db, case_id).await.unwrap();
            let wanted = of_booking(&booking, &consents, now);
            let held = grants::of_case(db, case_id).await.unwrap();
            let held: Vec<_> = held.into_iter().filter(|grant| grant.terms.booking_id == Some(booking.id)).collect();
            expect_wanted(&held, &wanted, now, &format!("{state} in {days} days, {said:?}"));
        }
    }
}
