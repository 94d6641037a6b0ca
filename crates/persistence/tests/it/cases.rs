//! Cases whose units meet, and the patients whom they are about.

use rafiq_domain::cases::Case;
use rafiq_domain::ids::{PatientId, ReferralId};
use rafiq_domain::paging::{Page, Version};
use rafiq_domain::patients::{ContactPoint, ContactValue, Patient, PatientDetails};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, scope};
use rafiq_domain::referrals::Referral;
use rafiq_domain::text::{ArabicName, Phone};
use rafiq_domain::vocabulary::{ContactOwner, ContactSystem, ReferralState, Role};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Store, Tx};
use rafiq_persistence::{db_test, patients, referrals};

use crate::fixtures::{allowed, at, beside, id, lead, moment, plant_case, plant_referred, staff, unit};

/// Ends a referral, and answers how many are open as the unit then sees it.
async fn decline(tx: &Tx, case: &Permitted<Case>, id: ReferralId) -> Result<usize, StoreError> {
    let referral = referrals::find(tx, case.id, id).await?.unwrap();
    let declined = case.with(Referral { state: ReferralState::Declined, ..referral });
    referrals::update(tx, &declined, moment(at(8, 0))).await?;
    let left = referrals::of_cycle(tx, case).await?;
    Ok(left.iter().filter(|referral| !referral.is_final()).count())
}

db_test! {
    async fn of_two_last_referrals_that_end_at_once_one_is_seen_to_be_the_last(db: &TestDb) {
        let case = plant_referred(db, 5).await;
        plant_referred(db, 6).await;
        let other = referrals::find(db, id(6), id(6)).await.unwrap().unwrap();
        let other = Referral { id: id(7), case_id: case.id, ..other };
        let other = allowed(Action::WriteReferral, ObjectKind::Referral, other);
        unit(db, async |tx| referrals::insert(tx, &other, moment(at(8, 0))).await).await.unwrap();
        let case = allowed(Action::WriteReferral, ObjectKind::Case, case);
        let later = Box::pin(unit(db, async |tx| decline(tx, &case, id(7)).await));
        let (earlier, later) = beside(db, async |tx| decline(tx, &case, id(5)).await, later).await;
        assert_eq!((earlier.unwrap(), later.unwrap()), (1, 0));
    }
}

/// Adds a patient of the commonest name, with a number to call when one is given.
pub(crate) async fn plant_patient(store: &Store, number: u128, phone: Option<&str>) {
    let contacts = phone.map(|phone| ContactPoint {
        system: ContactSystem::Phone,
        value: ContactValue::Phone(Phone::parse(phone, None).unwrap()),
        owner: ContactOwner::Patient,
    });
    let arabic_name = Some(ArabicName::parse("محمد أحمد").unwrap());
    let patient = Patient {
        id: id(number),
        mrn: format!("BMC-{number}"),
        details: PatientDetails { arabic_name, contacts: contacts.into_iter().collect(), ..PatientDetails::default() },
        record: rafiq_domain::patients::PatientRecord::Active,
        created_by: lead(),
        version: Version::FIRST,
    };
    let patient = allowed(Action::RegisterPatient, ObjectKind::Patient, patient);
    unit(store, async |tx| patients::insert(tx, &patient, at(8, 0)).await).await.unwrap();
}

db_test! {
    async fn who_has_the_same_number_is_weighed_however_common_the_name(db: &TestDb) {
        plant_case(db, 5).await;
        plant_patient(db, 100, Some("+9647901234567")).await;
        for number in 101..160 {
            plant_patient(db, number, None).await;
        }
        let known = patients::find(db, id(100)).await.unwrap().unwrap().patient;
        let similar = patients::similar_to(db, &patients::identity_of(&known.details)).await.unwrap();
        let first: PatientId = id(100);
        assert_eq!((similar.len(), similar[0].id), (50, first));
    }
}

db_test! {
    async fn a_name_without_a_letter_is_nobodys(db: &TestDb) {
        plant_case(db, 5).await;
        let all = scope(&staff(lead(), Role::Lead), Action::ViewPatient, ObjectKind::Patient).unwrap();
        for (name, found) in [(None, 1), (Some("أحمد"), 1), (Some("Khalid"), 0), (Some("%"), 0), (Some("12"), 0)] {
            let listed = patients::list(db, &all, name, Page::default()).await.unwrap();
            assert_eq!(listed.items.len(), found, "{name:?}");
        }
    }
}
