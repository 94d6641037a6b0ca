use chrono::TimeZone;
use uuid::Uuid;

use super::*;
use crate::paging::Version;
use crate::text::{Login, PersonName};
use crate::users::UserProfile;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn client(scopes: &[ClientScope], allows_secret: bool) -> Client {
    let hospital_id = Uuid::from_u128(2).into();
    let profile = UserProfile {
        name: PersonName::parse("Bosphorus hospital system").unwrap(),
        roles: vec![Role::HospitalClient],
        confers: Vec::new(),
        hospital_id: Some(hospital_id),
        interpreter_id: None,
    };
    Client {
        user: User {
            id: Uuid::from_u128(1).into(),
            login: Login::parse("bosphorus-his").unwrap(),
            profile,
            contact: Contact::default(),
            state: UserState::Active,
            hospital_state: None,
            version: Version::FIRST,
        },
        hospital_id,
        terms: ClientTerms { scopes: scopes.to_vec(), allows_secret },
        created_at: now(),
        created_by: None,
    }
}

fn credential(days: i64) -> Credential {
    Credential {
        id: Uuid::from_u128(3).into(),
        client_id: Uuid::from_u128(1).into(),
        proof: Proof::Secret([0; 32]),
        valid_from: now() - TimeDelta::days(1),
        expires_at: now() + TimeDelta::days(days),
        created_by: None,
        revoked_at: None,
        revoked_by: None,
        last_used_at: None,
        warned: None,
    }
}

fn revoked() -> Credential {
    Credential { revoked_at: Some(now()), ..credential(90) }
}

#[test]
fn two_credentials_are_good_at_once_and_a_third_is_refused() {
    let client = client(ClientScope::ALL, true);
    for (known, expected) in [
        (vec![], Ok(())),
        (vec![credential(90)], Ok(())),
        (vec![credential(90), credential(90)], Err(CredentialRefused::TooMany)),
        (vec![credential(90), revoked()], Ok(())),
        (vec![credential(90), credential(0), revoked()], Ok(())),
    ] {
        for kind in CredentialKind::ALL {
            assert_eq!(client.takes(*kind, &known, now()), expected, "{kind}: {known:?}");
        }
    }
}

#[test]
fn a_secret_is_for_clients_that_may_have_one() {
    let client = client(ClientScope::ALL, false);
    assert_eq!(client.takes(CredentialKind::Secret, &[], now()), Err(CredentialRefused::SecretNotAllowed));
    assert_eq!(client.takes(CredentialKind::PublicKey, &[], now()), Ok(()));
}

#[test]
fn a_credential_ends_within_its_longest_term() {
    for (kind, days, expected) in [
        (CredentialKind::PublicKey, 731, None),
        (CredentialKind::PublicKey, 732, Some(FieldCode::OutOfRange)),
        (CredentialKind::Secret, 366, None),
        (CredentialKind::Secret, 367, Some(FieldCode::OutOfRange)),
        (CredentialKind::Secret, 0, Some(FieldCode::InThePast)),
        (CredentialKind::Secret, -1, Some(FieldCode::InThePast)),
    ] {
        assert_eq!(kind.accept_end(now() + TimeDelta::days(days), now()).err(), expected, "{kind} {days}");
    }
}

#[test]
fn a_credential_is_good_until_it_ends_or_is_revoked() {
    let second = TimeDelta::seconds(1);
    let good = credential(1);
    assert_eq!(good.state(good.expires_at - second), CredentialState::Active);
    assert_eq!(good.state(good.expires_at), CredentialState::Expired);
    assert_eq!(revoked().state(now()), CredentialState::Revoked);
    assert_eq!(revoked().days_left(now()), None);
    for (left, days) in [(TimeDelta::days(1), 1), (TimeDelta::days(1) + second, 2), (second, 1)] {
        assert_eq!(good.days_left(good.expires_at - left), Some(days), "{left}");
    }
}

#[test]
fn each_stage_warns_once_and_a_stage_that_was_passed_over_does_not() {
    use ExpiryWarning::{InADay, InAMonth, InAWeek};
    for (days, warned, due) in [
        (31, None, None),
        (30, None, Some(InAMonth)),
        (30, Some(InAMonth), None),
        (8, Some(InAMonth), None),
        (7, Some(InAMonth), Some(InAWeek)),
        (7, None, Some(InAWeek)),
        (1, Some(InAMonth), Some(InADay)),
        (1, Some(InADay), None),
        (0, Some(InAWeek), None),
    ] {
        let credential = Credential { warned, ..credential(days) };
        assert_eq!(credential.warning_due(now()), due, "{days} days, warned {warned:?}");
    }
    assert_eq!(Credential { expires_at: now() + TimeDelta::days(1), ..revoked() }.warning_due(now()), None);
}

#[test]
fn a_session_gets_what_it_asks_for_of_what_the_client_has() {
    use ClientScope::{ReadReferrals, ReportOnReferrals};
    let reads = client(&[ReadReferrals], false);
    let both = client(ClientScope::ALL, false);
    for (client, asked, expected) in [
        (&both, None, Ok(vec![ReadReferrals, ReportOnReferrals])),
        (&both, Some("referrals:report"), Ok(vec![ReportOnReferrals])),
        (&both, Some("referrals:report referrals:read"), Ok(vec![ReportOnReferrals, ReadReferrals])),
        (&both, Some("referrals:read referrals:read"), Ok(vec![ReadReferrals])),
        (&reads, Some("referrals:read referrals:report"), Err(InvalidScope)),
        (&reads, Some("patients:read"), Err(InvalidScope)),
        (&reads, Some("REFERRALS:READ"), Err(InvalidScope)),
        (&reads, Some(""), Err(InvalidScope)),
        (&reads, Some("referrals:read  referrals:read"), Err(InvalidScope)),
        (&reads, Some("referrals:read\treferrals:read"), Err(InvalidScope)),
    ] {
        assert_eq!(client.narrow(asked), expected, "{asked:?}");
    }
    assert_eq!(still_held(&[ReadReferrals, ReportOnReferrals], &[ReadReferrals]), [ReadReferrals]);
    assert_eq!(still_held(&[ReadReferrals], &[ReportOnReferrals]), []);
}

#[test]
fn a_client_has_scopes_and_each_once() {
    let check = |scopes: &[ClientScope]| ClientTerms { scopes: scopes.to_vec(), allows_secret: false }.check();
    assert!(check(ClientScope::ALL).is_ok());
    assert_eq!(check(&[]), Err(Invalid::at("/scopes", FieldCode::Empty)));
    let twice = [ClientScope::ReadReferrals, ClientScope::ReadReferrals];
    assert_eq!(check(&twice), Err(Invalid::at("/scopes/1", FieldCode::Duplicate)));
}

#[test]
fn the_id_of_a_key_is_a_thumbprint() {
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert_eq!(KeyId::parse(thumbprint).unwrap().as_str(), thumbprint);
    for text in ["", "kPrK", &thumbprint.replace('k', "+"), &format!("{thumbprint}k"), &thumbprint.replace('k', "é")] {
        assert_eq!(KeyId::parse(text), Err(FieldCode::Malformed), "{text}");
    }
}

#[test]
fn a_key_is_written_and_read_as_its_bytes() {
    let (one, other) = ([1; 32], [2; 32]);
    for key in [PublicKey::Ed25519(one), PublicKey::P256(one, other)] {
        assert_eq!(PublicKey::from_bytes(key.algorithm(), &key.bytes()), Some(key));
    }
    for (algorithm, length) in
        [(KeyAlgorithm::EdDsa, 31), (KeyAlgorithm::EdDsa, 64), (KeyAlgorithm::Es256, 32), (KeyAlgorithm::Es256, 65)]
    {
        assert_eq!(PublicKey::from_bytes(algorithm, &vec![1; length]), None, "{algorithm} {length}");
    }
}

#[test]
fn a_client_without_its_role_is_shut_out_for_good() {
    let known = client(ClientScope::ALL, false);
    assert!(known.is_enabled() && !known.clone().disabled().is_enabled());
    assert!(known.clone().disabled().enabled().unwrap().is_enabled());
    for roles in [vec![], vec![Role::HospitalUser]] {
        let mut other = known.clone();
        other.user.profile.roles = roles;
        assert!(!other.is_enabled());
        assert_eq!(other.enabled(), Err(WrongState::new(RoleAssignmentState::Ended, "enable")));
    }
}
