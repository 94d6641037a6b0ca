//! How near people stand to cases and what belongs to them, and that a list shows exactly what may be seen.

use crate::common::{booking, case, coordinator, doctor, hospital, id, interpreter, patient, referral, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rafiq_domain::cases::Stage;
use rafiq_domain::clients::ClientScope;
use rafiq_domain::grants::{EmergencyReason, Grant, GrantBasis, GrantEnd, GrantTerms, Grantee};
use rafiq_domain::ids::{CaseId, UserId};
use rafiq_domain::paging::Version;
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::{
    Action, Actor, Audience, BookingInCase, CaseInCare, Claim, Decision, Object, ObjectKind, Own, PatientInCare,
    Permitted, Principal, ReferralInCase, Relation, Resource, Scope, StandIn, Whole, can, permit, scope,
    scope_of_named,
};
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::{Contact, User, UserProfile};
use rafiq_domain::vocabulary::{BookingState, Coded, EncounterKind, ReferralState, Role, UserState};

fn who(user_id: UserId, roles: &[Role]) -> Principal {
    Principal { roles: roles.to_vec(), ..Principal::new(user_id, id(10), start()) }
}

/// A grant of everything to `grantee`, since yesterday and for good.
fn grant(grantee: Grantee, basis: GrantBasis) -> Grant {
    let referral_id = (basis == GrantBasis::Referral).then(|| referral(ReferralState::Sent).id);
    let booking_id = (basis == GrantBasis::Booking).then(|| a_booking().id);
    let terms = GrantTerms {
        grantee,
        basis,
        referral_id,
        booking_id,
        view: Audience::Full,
        valid_from: start() - TimeDelta::days(1),
        valid_until: None,
        emergency: (basis == GrantBasis::BreakGlass).then_some(EmergencyReason::AcuteEvent),
        reason: None,
        consent_id: None,
    };
    Grant { id: id(500), case_id: case(Stage::Intake).id, terms, granted_by: None, ended: None }
}

fn a_booking() -> rafiq_domain::interpreters::Booking {
    booking(BookingState::Accepted, EncounterKind::Admission)
}

fn member(user_id: UserId, basis: GrantBasis) -> Grant {
    grant(Grantee::User(user_id), basis)
}

fn a_case(grants: &[Grant]) -> CaseInCare {
    CaseInCare { case: case(Stage::Intake), grants: grants.to_vec() }
}

fn a_referral(grants: &[Grant]) -> ReferralInCase {
    ReferralInCase { case: case(Stage::Intake), referral: referral(ReferralState::Sent), grants: grants.to_vec() }
}

fn booked(grants: &[Grant]) -> BookingInCase {
    BookingInCase { case: case(Stage::Intake), booking: a_booking(), grants: grants.to_vec() }
}

/// The patient of the case with these grants, whom someone else registered.
fn a_patient(grants: &[Grant]) -> PatientInCare {
    PatientInCare { patient: Patient { created_by: id(90), ..patient() }, has_case: true, grants: grants.to_vec() }
}

#[test]
fn each_basis_ties_its_holder_in_its_own_capacity_alone() {
    let ties = |basis: GrantBasis| {
        let near = Role::ALL.iter().copied().filter(move |role| basis.relation(*role) > Relation::Stranger);
        near.map(move |role| (role, basis.relation(role))).collect::<Vec<_>>()
    };
    assert_eq!(ties(GrantBasis::Coordinator), [(Role::Coordinator, Relation::Own), (Role::Lead, Relation::Own)]);
    assert_eq!(ties(GrantBasis::Doctor), [(Role::Doctor, Relation::Own)]);
    assert_eq!(ties(GrantBasis::SecondOpinion), [(Role::Doctor, Relation::Advising)]);
    assert_eq!(
        ties(GrantBasis::Referral),
        [(Role::HospitalUser, Relation::Own), (Role::HospitalClient, Relation::Own)]
    );
    assert_eq!(ties(GrantBasis::Booking), [(Role::Interpreter, Relation::Own)]);
    assert_eq!(ties(GrantBasis::BreakGlass), [(Role::Lead, Relation::Emergency), (Role::Doctor, Relation::Emergency)]);
}

#[test]
fn a_grant_counts_from_its_first_instant_to_before_its_last() {
    let (from, until) = (start(), start() + TimeDelta::hours(1));
    let mut grant = member(doctor(), GrantBasis::Doctor);
    (grant.terms.valid_from, grant.terms.valid_until) = (from, Some(until));
    let tick = TimeDelta::microseconds(1);
    for (at, runs) in [(from - tick, false), (from, true), (until - tick, true), (until, false)] {
        assert_eq!(grant.runs(at), runs, "{at}");
        let asking = Principal { at, ..who(doctor(), &[Role::Doctor]) };
        let relation = a_case(std::slice::from_ref(&grant)).relation(&asking, Role::Doctor);
        assert_eq!(relation, if runs { Relation::Own } else { Relation::Stranger }, "{at}");
    }
    grant.ended = Some((from, GrantEnd::HandedOver));
    assert!(!grant.runs(from));
}

#[test]
fn the_nearest_grant_counts() {
    let doctor_of = |bases: &[GrantBasis]| {
        let grants: Vec<_> = bases.iter().map(|basis| member(doctor(), *basis)).collect();
        a_case(&grants).relation(&who(doctor(), &[Role::Doctor]), Role::Doctor)
    };
    assert_eq!(doctor_of(&[]), Relation::Stranger);
    assert_eq!(doctor_of(&[GrantBasis::BreakGlass]), Relation::Emergency);
    assert_eq!(doctor_of(&[GrantBasis::SecondOpinion, GrantBasis::BreakGlass]), Relation::Advising);
    assert_eq!(doctor_of(&[GrantBasis::BreakGlass, GrantBasis::Doctor, GrantBasis::SecondOpinion]), Relation::Own);
}

#[test]
fn a_grant_of_one_referral_or_booking_opens_neither_another_nor_the_case() {
    let of_hospital = Principal { hospital_id: Some(hospital()), ..who(id(60), &[Role::HospitalUser]) };
    let interpreting = Principal { interpreter_id: Some(interpreter()), ..who(id(61), &[Role::Interpreter]) };
    let grants = [
        grant(Grantee::Hospital(hospital()), GrantBasis::Referral),
        grant(Grantee::Interpreter(interpreter()), GrantBasis::Booking),
    ];
    let (hospital_role, interpreter_role) = (Role::HospitalUser, Role::Interpreter);
    assert_eq!(a_referral(&grants).relation(&of_hospital, hospital_role), Relation::Own);
    assert_eq!(a_referral(&grants).relation(&of_hospital, Role::HospitalClient), Relation::Own);
    assert_eq!(booked(&grants).relation(&interpreting, interpreter_role), Relation::Own);
    for (who, role) in [(&of_hospital, hospital_role), (&interpreting, interpreter_role)] {
        assert_eq!(a_case(&grants).relation(who, role), Relation::Stranger);
        assert_eq!(a_patient(&grants).relation(who, role), Relation::Stranger);
    }
    assert_eq!(a_referral(&grants).relation(&interpreting, interpreter_role), Relation::Stranger);
    assert_eq!(booked(&grants).relation(&of_hospital, hospital_role), Relation::Stranger);
    let mut another = a_referral(&grants);
    another.referral.id = id(55);
    assert_eq!(another.relation(&of_hospital, hospital_role), Relation::Stranger);
    let mut another = booked(&grants);
    another.booking.id = id(66);
    assert_eq!(another.relation(&interpreting, interpreter_role), Relation::Stranger);
}

#[test]
fn nobody_is_not_somebody() {
    let grants = [
        grant(Grantee::Hospital(hospital()), GrantBasis::Referral),
        grant(Grantee::Interpreter(interpreter()), GrantBasis::Booking),
    ];
    let unbound = who(coordinator(), &[Role::HospitalUser, Role::Interpreter]);
    assert_eq!(a_referral(&grants).relation(&unbound, Role::HospitalUser), Relation::Stranger);
    assert_eq!(booked(&grants).relation(&unbound, Role::Interpreter), Relation::Stranger);
}

#[test]
fn what_a_team_reaches_it_reaches_in_all_that_belongs_to_the_case() {
    for (basis, role, relation) in [
        (GrantBasis::Coordinator, Role::Coordinator, Relation::Own),
        (GrantBasis::Coordinator, Role::Lead, Relation::Own),
        (GrantBasis::Doctor, Role::Doctor, Relation::Own),
        (GrantBasis::SecondOpinion, Role::Doctor, Relation::Advising),
        (GrantBasis::BreakGlass, Role::Lead, Relation::Emergency),
    ] {
        let (asking, grants) = (who(id(7), &[role]), [member(id(7), basis)]);
        assert_eq!(a_case(&grants).relation(&asking, role), relation);
        assert_eq!(a_patient(&grants).relation(&asking, role), relation);
        assert_eq!(a_referral(&grants).relation(&asking, role), relation);
        assert_eq!(booked(&grants).relation(&asking, role), relation);
        assert_eq!(a_case(&grants).relation(&who(id(8), &[role]), role), Relation::Stranger, "another person");
    }
}

#[test]
fn whoever_registered_a_patient_keeps_them_as_a_coordinator_alone_until_they_have_a_case() {
    let registered = PatientInCare { patient: patient(), has_case: false, grants: Vec::new() };
    let handed_over = PatientInCare { has_case: true, ..registered.clone() };
    for role in Role::ALL.iter().copied() {
        let own = matches!(role, Role::Coordinator | Role::Lead);
        let expected = if own { Relation::Own } else { Relation::Stranger };
        assert_eq!(registered.relation(&who(coordinator(), &[role]), role), expected, "{role}");
        assert_eq!(registered.relation(&who(id(91), &[role]), role), Relation::Stranger, "{role}");
        assert_eq!(handed_over.relation(&who(coordinator(), &[role]), role), Relation::Stranger, "{role}");
    }
}

#[test]
fn a_stand_in_acts_on_the_cases_of_the_absent_in_roles_that_both_hold() {
    let stand_in = |absent_roles: &[Role]| Principal {
        stands_in_for: vec![StandIn { user_id: doctor(), roles: absent_roles.to_vec(), until: start() }],
        ..who(id(7), &[Role::Doctor])
    };
    let of_doctor = |basis| a_case(&[member(doctor(), basis)]);
    let standing = stand_in(&[Role::Doctor]);
    assert_eq!(of_doctor(GrantBasis::Doctor).relation(&standing, Role::Doctor), Relation::Own);
    assert_eq!(of_doctor(GrantBasis::SecondOpinion).relation(&standing, Role::Doctor), Relation::Advising);
    assert_eq!(of_doctor(GrantBasis::BreakGlass).relation(&standing, Role::Doctor), Relation::Stranger);
    assert_eq!(of_doctor(GrantBasis::Coordinator).relation(&standing, Role::Coordinator), Relation::Stranger);
    // Whoever is away has lost the role meanwhile: nothing is left to stand in for.
    assert_eq!(
        of_doctor(GrantBasis::Doctor).relation(&stand_in(&[Role::Coordinator]), Role::Doctor),
        Relation::Stranger
    );
    let reading = can(&Actor::User(standing), Action::ViewCase, &of_doctor(GrantBasis::Doctor));
    assert_eq!(reading, Decision::Allow(vec![Role::Doctor]));
}

#[test]
fn a_permit_names_the_absent_where_a_role_is_owed_to_them_alone() {
    let (absent, other) = (doctor(), id(8));
    let back_at = |user_id| start() + TimeDelta::days(if user_id == absent { 1 } else { 2 });
    let stand_in = |user_id| StandIn { user_id, roles: vec![Role::Doctor], until: back_at(user_id) };
    let standing = Principal {
        stands_in_for: vec![stand_in(other), stand_in(absent)],
        ..who(id(7), &[Role::Doctor, Role::Finance])
    };
    let lent = |action, grants: &[Grant]| {
        let permitted = permit(&Actor::User(standing.clone()), action, a_case(grants)).unwrap();
        (permitted.permit().on_behalf_of(), permitted.permit().lent_until())
    };
    let (theirs, own) = (member(absent, GrantBasis::Doctor), member(id(7), GrantBasis::Doctor));
    let by_theirs = |action| lent(action, std::slice::from_ref(&theirs));
    assert_eq!(by_theirs(Action::ViewClinical), (Some(absent), Some(back_at(absent))));
    assert_eq!(lent(Action::ViewClinical, &[theirs.clone(), own]), (None, None), "it is their own as well");
    // Finance sees and moves every case, but this one as a doctor for no other reason than the absent one's.
    assert_eq!(by_theirs(Action::MoveCase), (Some(absent), None), "what they may in any case is not lent");
    assert_eq!(by_theirs(Action::ViewQuotes), (None, None));
    assert_eq!(lent(Action::ViewQuotes, &[]), (None, None));
}

#[test]
fn what_was_reached_by_a_permit_is_on_record_without_its_nearness() {
    let actor = Actor::User(who(coordinator(), &[Role::Coordinator]));
    assert_eq!(actor.roles(), [Role::Coordinator]);
    let own = a_case(&[member(coordinator(), GrantBasis::Coordinator)]);
    let permitted = permit(&actor, Action::AssignCase, own).unwrap();
    let itself = permitted.permit().reaching(permitted.permit().object());
    assert_eq!((itself.object(), itself.relation()), (permitted.permit().object(), Some(Relation::Own)));
    let other = Object { id: Some(id::<CaseId>(99).uuid()), ..permitted.permit().object() };
    let reached = permitted.permit().reaching(other);
    assert_eq!((reached.object(), reached.relation(), reached.action()), (other, None, Action::AssignCase));
}

#[test]
fn a_stand_in_of_an_interpreter_or_a_hospital_gains_nothing() {
    let absent = vec![StandIn { user_id: id(8), roles: Role::ALL.to_vec(), until: start() }];
    let standing = Principal { stands_in_for: absent, ..who(id(7), Role::ALL) };
    assert!(standing.holders(GrantBasis::Booking, Role::Interpreter).is_empty());
    assert!(standing.holders(GrantBasis::Referral, Role::HospitalUser).is_empty());
    let as_coordinator = standing.holders(GrantBasis::Coordinator, Role::Coordinator);
    assert_eq!(as_coordinator, [Grantee::User(id(7)), Grantee::User(id(8))]);
    assert_eq!(standing.holders(GrantBasis::BreakGlass, Role::Doctor), [Grantee::User(id(7))]);
}

#[test]
fn an_interpreter_reads_as_much_as_the_grant_of_the_moment_gives() {
    let interpreting =
        |at| Actor::User(Principal { at, interpreter_id: Some(interpreter()), ..who(id(61), &[Role::Interpreter]) });
    let (near, over) = (start() + TimeDelta::days(1), start() + TimeDelta::days(2));
    let part = |view, valid_from, valid_until| {
        let mut part = grant(Grantee::Interpreter(interpreter()), GrantBasis::Booking);
        part.terms = GrantTerms { view, valid_from, valid_until: Some(valid_until), ..part.terms };
        part
    };
    let job = booked(&[part(Audience::Masked, start(), near), part(Audience::Interpreter, near, over)]);
    let seen = |at: DateTime<Utc>| {
        permit(&interpreting(at), Action::ViewBooking, job.clone()).map(|job| job.permit().audience()).ok()
    };
    assert_eq!(seen(start() - TimeDelta::seconds(1)), None);
    assert_eq!(seen(start()), Some(Audience::Masked));
    assert_eq!(seen(near), Some(Audience::Interpreter));
    assert_eq!(seen(over), None);
    // A grant never shows more than the role reads anywhere.
    let wide = booked(&[grant(Grantee::Interpreter(interpreter()), GrantBasis::Booking)]);
    assert_eq!(
        wide.view(&Principal { interpreter_id: Some(interpreter()), ..who(id(61), &[]) }, Role::Interpreter),
        Audience::Interpreter
    );
    assert_eq!(wide.view(&who(coordinator(), &[]), Role::Coordinator), Audience::Full);
}

fn a_user(user_id: UserId) -> User {
    User {
        id: user_id,
        login: Login::parse("layla").unwrap(),
        profile: UserProfile {
            name: PersonName::parse("Layla").unwrap(),
            roles: vec![Role::Coordinator],
            confers: Vec::new(),
            hospital_id: None,
            interpreter_id: None,
        },
        contact: Contact::default(),
        state: UserState::Active,
        hospital_state: None,
        version: Version::FIRST,
    }
}

#[test]
fn an_account_is_its_users_own_in_every_role() {
    for role in Role::ALL.iter().copied() {
        assert_eq!(a_user(id(7)).relation(&who(id(7), &[role]), role), Relation::Own, "{role}");
        assert_eq!(a_user(id(7)).relation(&who(id(8), &[role]), role), Relation::Stranger, "{role}");
    }
}

#[test]
fn the_record_names_the_thing_and_its_case() {
    let object = |resource: &dyn Resource| {
        let object = resource.object();
        (object.kind, object.id.map(|id| id.as_u128()), object.case_id)
    };
    let of_case = Some(case(Stage::Intake).id);
    assert_eq!(object(&a_case(&[])), (ObjectKind::Case, Some(4), of_case));
    assert_eq!(object(&a_patient(&[])), (ObjectKind::Patient, Some(3), None));
    assert_eq!(object(&a_referral(&[])), (ObjectKind::Referral, Some(5), of_case));
    assert_eq!(object(&booked(&[])), (ObjectKind::Booking, Some(6), of_case));
    assert_eq!(object(&a_user(id(7))), (ObjectKind::User, Some(7), None));
    assert_eq!(object(&Whole(ObjectKind::Audit)), (ObjectKind::Audit, None, None));
}

#[test]
fn what_was_made_and_what_is_told_again_is_on_record_as_that() {
    let opener = Actor::User(who(coordinator(), &[Role::Coordinator]));
    let made = permit(&opener, Action::OpenCase, Whole(ObjectKind::Case)).unwrap().made(a_case(&[]).object());
    assert_eq!(made.permit().object(), a_case(&[]).object());
    assert_eq!((made.permit().action(), made.permit().actor()), (Action::OpenCase, &opener));
    let again = made.answered_again();
    assert_eq!((again.permit().action(), again.permit().object()), (Action::RepeatAnswer, a_case(&[]).object()));
}

/// Something that is listed by scope.
trait Listed: Resource {
    const KIND: ObjectKind;
    fn is_in(&self, scope: &Scope) -> bool;
}

impl Listed for CaseInCare {
    const KIND: ObjectKind = ObjectKind::Case;

    fn is_in(&self, scope: &Scope) -> bool {
        scope.holds_case(self)
    }
}

impl Listed for PatientInCare {
    const KIND: ObjectKind = ObjectKind::Patient;

    fn is_in(&self, scope: &Scope) -> bool {
        scope.holds_patient(self)
    }
}

impl Listed for ReferralInCase {
    const KIND: ObjectKind = ObjectKind::Referral;

    fn is_in(&self, scope: &Scope) -> bool {
        scope.holds_referral(self)
    }
}

impl Listed for BookingInCase {
    const KIND: ObjectKind = ObjectKind::Booking;

    fn is_in(&self, scope: &Scope) -> bool {
        scope.holds_booking(self)
    }
}

/// Whether a list shows the thing, and whether it may be seen by itself.
fn listed_and_seen<T: Listed>(actor: &Actor, thing: &T) -> (bool, bool) {
    let view = T::KIND.seen_by();
    let listed = scope(actor, view, T::KIND).map(Permitted::into_inner).is_ok_and(|scope| thing.is_in(&scope));
    (listed, matches!(can(actor, view, thing), Decision::Allow(_)))
}

/// One of few, so that who asks is often who is asked about.
fn a_person() -> impl Strategy<Value = UserId> {
    prop_oneof![Just(coordinator()), Just(doctor()), Just(id(90))]
}

fn some_roles() -> impl Strategy<Value = Vec<Role>> {
    proptest::sample::subsequence(Role::ALL.to_vec(), 0..=Role::ALL.len())
}

/// Anyone, also with roles that no longer fit what they are bound to and whose cases they hold.
fn someone() -> impl Strategy<Value = Principal> {
    let hospital_id = proptest::option::of(prop_oneof![Just(hospital()), Just(id(92))]);
    let interpreter_id = proptest::option::of(prop_oneof![Just(interpreter()), Just(id(93))]);
    let absent = proptest::collection::vec((a_person(), some_roles()), 0..=2);
    let scopes =
        proptest::option::of(proptest::sample::subsequence(ClientScope::ALL.to_vec(), 0..=ClientScope::ALL.len()));
    (a_person(), some_roles(), hospital_id, interpreter_id, absent, scopes).prop_map(
        |(user_id, roles, hospital_id, interpreter_id, absent, scopes)| {
            let absent = absent.into_iter().map(|(user_id, roles)| StandIn { user_id, roles, until: start() });
            Principal { hospital_id, interpreter_id, stands_in_for: absent.collect(), scopes, ..who(user_id, &roles) }
        },
    )
}

/// A grant to anyone on any basis, which may run, be over, not have begun, or have ended.
fn some_grant() -> impl Strategy<Value = Grant> {
    let holder = (a_person(), any::<bool>(), any::<bool>());
    let hours = (-2_i64..=1, proptest::option::of(-1_i64..=2), any::<bool>());
    (proptest::sample::select(GrantBasis::ALL), holder, hours).prop_map(
        |(basis, (user, hospital_is, interpreter_is), (from, length, ended))| {
            let grantee = match basis {
                GrantBasis::Referral => Grantee::Hospital(if hospital_is { hospital() } else { id(92) }),
                GrantBasis::Booking => Grantee::Interpreter(if interpreter_is { interpreter() } else { id(93) }),
                GrantBasis::Coordinator | GrantBasis::Doctor | GrantBasis::SecondOpinion | GrantBasis::BreakGlass => {
                    Grantee::User(user)
                }
            };
            let mut some = grant(grantee, basis);
            some.terms.valid_from = start() + TimeDelta::hours(from);
            some.terms.valid_until = length.map(|until| start() + TimeDelta::hours(until));
            some.ended = ended.then(|| (start(), GrantEnd::HandedOver));
            some
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_list_shows_exactly_what_may_be_seen(
        who in someone(),
        grants in proptest::collection::vec(some_grant(), 0..=4),
        created_by in a_person(),
        has_case in any::<bool>(),
        referral_is in any::<bool>(),
        booking_is in any::<bool>(),
    ) {
        let actor = Actor::User(who);

        let case = a_case(&grants);
        let (listed, seen) = listed_and_seen(&actor, &case);
        prop_assert_eq!(listed, seen, "case");

        let has_case = has_case || !grants.is_empty();
        let patient = PatientInCare { patient: Patient { created_by, ..patient() }, has_case, grants: grants.clone() };
        let (patient_listed, patient_seen) = listed_and_seen(&actor, &patient);
        prop_assert_eq!(patient_listed, patient_seen, "patient");
        prop_assert!(patient_seen || !seen, "the patient of a case is hidden from someone who sees the case");

        let found = scope_of_named(&actor, Action::ViewPatient, ObjectKind::Patient);
        let found = found.is_ok_and(|scope| scope.holds_patient(&patient));
        let read = permit(&actor, Action::ViewPatient, patient);
        let named = read.is_ok_and(|read| read.permit().audience() > Audience::Masked);
        prop_assert_eq!(found, named, "found by a name, and read with it");

        let mut referral = a_referral(&grants);
        referral.referral.id = if referral_is { referral.referral.id } else { id(55) };
        let (listed, seen) = listed_and_seen(&actor, &referral);
        prop_assert_eq!(listed, seen, "referral");

        let mut booking = booked(&grants);
        booking.booking.id = if booking_is { booking.booking.id } else { id(66) };
        let (listed, seen) = listed_and_seen(&actor, &booking);
        prop_assert_eq!(listed, seen, "booking");
    }
}

#[test]
fn a_list_as_a_whole_shows_nothing_of_anyone() {
    let both = who(doctor(), &[Role::Doctor, Role::Auditor]);
    let list = scope(&Actor::User(both.clone()), Action::ViewCase, ObjectKind::Case).unwrap();
    assert_eq!((&*list, list.permit().audience(), list.permit().relation()), (&Scope::All, Audience::Masked, None));
    assert!(!list.permit().reads_clinical());
    // One row is the doctor's own, and the next the auditor's.
    let row = |grants: &[Grant]| {
        let row = permit(&Actor::User(both.clone()), Action::ViewCase, a_case(grants)).unwrap();
        (row.permit().audience(), row.permit().relation())
    };
    assert_eq!(row(&[member(doctor(), GrantBasis::Doctor)]), (Audience::Full, Some(Relation::Own)));
    assert_eq!(row(&[]), (Audience::Masked, Some(Relation::Stranger)));
}

#[test]
fn what_is_clinical_is_read_along_by_whom_it_is_open_to() {
    let on_the_team = [member(id(7), GrantBasis::Coordinator)];
    let reads = |role, action, grants: &[Grant]| {
        let seen = permit(&Actor::User(who(id(7), &[role])), action, a_case(grants)).unwrap();
        (seen.permit().reads_clinical(), seen.permit().reads_words())
    };
    assert_eq!(reads(Role::Lead, Action::ViewCase, &on_the_team), (true, true));
    assert_eq!(reads(Role::Lead, Action::ViewCase, &[]), (false, false));
    assert_eq!(reads(Role::Lead, Action::MoveCase, &[]), (false, false));
    assert_eq!(reads(Role::Finance, Action::ViewCase, &on_the_team), (false, false));
    assert_eq!(reads(Role::Auditor, Action::ViewCase, &[]), (true, false), "codes, and no words");
    let of_hospital = Principal { hospital_id: Some(hospital()), ..who(id(60), &[Role::HospitalUser]) };
    let own = a_referral(&[grant(Grantee::Hospital(hospital()), GrantBasis::Referral)]);
    let own = permit(&Actor::User(of_hospital), Action::ViewOwnReferral, own).unwrap();
    assert!(own.permit().reads_words(), "a hospital reads what is clinical of what it reads at all");
}

#[test]
fn an_emergency_is_read_by_who_declared_it_and_who_reviews_it() {
    let mut declared = member(id(7), GrantBasis::BreakGlass);
    declared.terms.reason = Some(rafiq_domain::text::Line::parse("She fell.", 500).unwrap());
    let mut opinion = member(id(8), GrantBasis::SecondOpinion);
    opinion.terms.reason.clone_from(&declared.terms.reason);
    let reads = |user, role, grant: &Grant| {
        let seen = permit(&Actor::User(who(user, &[role])), Action::ViewGrants, a_case(&[])).unwrap();
        grant.reason_for(seen.permit()).is_some()
    };
    for (role, emergency, question) in
        [(Role::Lead, true, false), (Role::Administrator, false, false), (Role::Auditor, false, false)]
    {
        assert_eq!((reads(id(9), role, &declared), reads(id(9), role, &opinion)), (emergency, question), "{role}");
    }
    assert!(reads(id(7), Role::Administrator, &declared), "their own words");
}

#[test]
fn each_role_adds_its_own_part_to_a_list() {
    let interpreting = Principal {
        interpreter_id: Some(interpreter()),
        ..who(coordinator(), &[Role::Coordinator, Role::Interpreter])
    };
    let listed =
        |who: &Principal, action, kind| scope(&Actor::User(who.clone()), action, kind).map(Permitted::into_inner);
    let claim = |grantee, basis| Claim { grantee, basis };
    let me = Grantee::User(coordinator());
    let both = Own {
        at: start(),
        claims: vec![
            claim(me, GrantBasis::Coordinator),
            claim(Grantee::Interpreter(interpreter()), GrantBasis::Booking),
        ],
        registrar: Some(coordinator()),
    };
    assert_eq!(listed(&interpreting, Action::ViewBooking, ObjectKind::Booking), Ok(Scope::Own(both)));
    let reading = Principal { roles: vec![Role::Interpreter, Role::Auditor], ..interpreting };
    assert_eq!(listed(&reading, Action::ViewBooking, ObjectKind::Booking), Ok(Scope::All));
    let as_doctor = |action| listed(&who(coordinator(), &[Role::Doctor]), action, ObjectKind::Case);
    let own = |claims| Ok(Scope::Own(Own { at: start(), claims, registrar: None }));
    let (of_doctor, opinion, emergency) =
        (claim(me, GrantBasis::Doctor), claim(me, GrantBasis::SecondOpinion), claim(me, GrantBasis::BreakGlass));
    assert_eq!(as_doctor(Action::ViewCase), own(vec![of_doctor, opinion, emergency]));
    assert_eq!(as_doctor(Action::WriteNote), own(vec![of_doctor, opinion]), "what an action needs narrows the list");
    assert_eq!(as_doctor(Action::MoveCase), own(vec![of_doctor]));
}
