//! Consents that are given or taken back while what rests on them changes.

use rafiq_domain::grants::GrantBasis;
use rafiq_domain::ids::CaseId;
use rafiq_domain::interpreters::Booking;
use rafiq_domain::policy::{Action, ObjectKind};
use rafiq_domain::referrals::Referral;
use rafiq_domain::vocabulary::{ConsentPurpose, ConsentState, ReferralState};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::testing::TestDb;
use rafiq_persistence::{bookings, consents, db_test, grants, referrals};

use crate::bookings::{plant_arabic_interpreter, plant_booking, video};
use crate::clinical::{add_consent, consent};
use crate::fixtures::{allowed, at, beside, id, moment, plant_case, plant_referred, unit};

/// Which of two units that meet writes first.
#[derive(Debug, Clone, Copy)]
enum First {
    TheConsent,
    TheOther,
}

const ORDERS: [(u128, First); 2] = [(5, First::TheConsent), (6, First::TheOther)];

async fn both(
    db: &TestDb,
    first: First,
    consent: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>,
    other: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>,
) {
    let done = match first {
        First::TheConsent => beside(db, consent, Box::pin(unit(db, other))).await,
        First::TheOther => beside(db, other, Box::pin(unit(db, consent))).await,
    };
    done.0.and(done.1).unwrap();
}

/// The consent of the case is withdrawn.
async fn withdraw(tx: &Tx, case_id: CaseId) -> Result<(), StoreError> {
    let consent = consents::of_case(tx, case_id).await?.remove(0);
    let withdrawn = allowed(Action::RecordConsent, ObjectKind::Case, consent.withdraw(at(8, 5)).unwrap());
    consents::update(tx, &withdrawn, moment(at(8, 5))).await.map(drop)
}

/// The booking of the case is accepted.
async fn accept(tx: &Tx, case_id: CaseId) -> Result<(), StoreError> {
    let booking: Booking = bookings::of_case(tx, case_id).await?.remove(0);
    let accepted = allowed(Action::BookInterpreter, ObjectKind::Booking, booking.accept(at(8, 5)).unwrap());
    bookings::update(tx, &accepted, moment(at(8, 5))).await.map(drop)
}

/// The referral of the case gets as far as `state`.
async fn come_to(tx: &Tx, case_id: CaseId, state: ReferralState) -> Result<(), StoreError> {
    let referral = referrals::of_case(tx, case_id).await?.remove(0);
    let ended_at = referral.sent_at.map(|_| at(8, 5));
    let (sent_at, respond_by) = (Some(at(8, 1)), Some(at(18, 0)));
    let referral = Referral { state, sent_at, respond_by, ended_at, ..referral };
    let referral = allowed(Action::WriteReferral, ObjectKind::Referral, referral);
    referrals::update(tx, &referral, moment(at(8, 5))).await.map(drop)
}

/// How many grants of hospitals and interpreters are open in a case.
async fn open(db: &TestDb, case_id: CaseId) -> usize {
    let grants = grants::of_case(db, case_id).await.unwrap();
    let shared = [GrantBasis::Referral, GrantBasis::Booking];
    grants.iter().filter(|grant| shared.contains(&grant.terms.basis)).count()
}

db_test! {
    async fn an_interpreter_who_accepts_beside_a_withdrawal_reads_nothing(db: &TestDb) {
        for (number, first) in ORDERS {
            let case = plant_case(db, number).await;
            let interpreter = plant_arabic_interpreter(db, number).await;
            add_consent(db, &consent(number, &case, ConsentPurpose::ShareWithInterpreter, None)).await.unwrap();
            plant_booking(db, &case, number, video(at(12, 0), at(13, 0)), Some(&interpreter)).await;
            assert_eq!(open(db, case.id).await, 1);
            both(db, first, async |tx| withdraw(tx, case.id).await, async |tx| accept(tx, case.id).await).await;
            assert_eq!(open(db, case.id).await, 0, "{first:?}");
        }
    }
}

db_test! {
    async fn a_hospital_that_is_asked_or_answers_beside_a_withdrawal_reads_nothing(db: &TestDb) {
        for (number, first) in ORDERS {
            for (ahead, state) in [(0, ReferralState::Sent), (10, ReferralState::Declined)] {
                let number = number + ahead;
                let case = plant_referred(db, number).await;
                let to = Some(id(number));
                add_consent(db, &consent(number, &case, ConsentPurpose::ShareWithHospital, to)).await.unwrap();
                if state == ReferralState::Declined {
                    unit(db, async |tx| come_to(tx, case.id, ReferralState::Sent).await).await.unwrap();
                    assert_eq!(open(db, case.id).await, 1);
                }
                let answer = async |tx: &Tx| come_to(tx, case.id, state).await;
                both(db, first, async |tx| withdraw(tx, case.id).await, answer).await;
                let found = referrals::of_case(db, case.id).await.unwrap().remove(0);
                assert_eq!((found.state, open(db, case.id).await), (state, 0), "{first:?}");
            }
        }
    }
}

db_test! {
    async fn a_hospital_that_is_asked_beside_a_consent_reads_the_referral(db: &TestDb) {
        for (number, first) in ORDERS {
            let case = plant_referred(db, number).await;
            let given = consent(number, &case, ConsentPurpose::ShareWithHospital, Some(id(number)));
            assert_eq!(given.state, ConsentState::Active);
            let given = allowed(Action::RecordConsent, ObjectKind::Case, given);
            let give = async |tx: &Tx| consents::insert(tx, &given, moment(at(8, 5))).await;
            both(db, first, give, async |tx| come_to(tx, case.id, ReferralState::Sent).await).await;
            assert_eq!(open(db, case.id).await, 1, "{first:?}");
        }
    }
}
