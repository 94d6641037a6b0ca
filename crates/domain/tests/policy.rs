//! Who may do what: the whole policy as one page to read, and what must hold of it.
//!
//! `policy.txt` is compared with the code; `UPDATE_POLICY=1` rewrites it.

#![cfg(test)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use common::{booking, case, coordinator, doctor, hospital, id, interpreter, patient, referral};
use proptest::prelude::*;
use rafiq_domain::cases::{Case, Party, Stage};
use rafiq_domain::ids::UserId;
use rafiq_domain::interpreters::Booking;
use rafiq_domain::paging::Version;
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::{
    Action, Actor, BookingInCase, Decision, ObjectKind, Own, PatientInCare, Permitted, Principal, ReferralInCase,
    Resource, Scope, Whole, can, permit, scope,
};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::text::{Login, PersonName};
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::{BookingState, Coded, EncounterKind, Language, ReferralState, Role, UserState};

/// What the product itself may do; written out so that it grows only on purpose.
const SYSTEM: &[Action] =
    &[Action::MoveCase, Action::Expire, Action::ManageUsers, Action::ManageHospitals, Action::ManageInterpreters];

/// Someone with these roles: on the team of every case, of the hospital and the interpreter of all here.
fn principal(roles: &[Role]) -> Principal {
    let user_id = if roles.contains(&Role::Doctor) && roles.len() == 1 { doctor() } else { coordinator() };
    Principal {
        user_id,
        session_id: id(10),
        roles: roles.to_vec(),
        hospital_id: roles.contains(&Role::HospitalUser).then(hospital),
        interpreter_id: roles.contains(&Role::Interpreter).then(interpreter),
    }
}

fn actor(roles: &[Role]) -> Actor {
    Actor::User(principal(roles))
}

/// Whose a thing is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Own,
    NotOwn,
}

fn a_case(relation: Relation) -> Case {
    match relation {
        Relation::Own => case(Stage::Intake),
        Relation::NotOwn => Case { coordinator_id: id(90), doctor_id: Some(id(91)), ..case(Stage::Intake) },
    }
}

fn a_patient(relation: Relation) -> PatientInCare {
    let (coordinators, doctors) = (vec![coordinator()], vec![doctor()]);
    let mut found = PatientInCare { patient: patient(), coordinators, doctors };
    if relation == Relation::NotOwn {
        found.patient.created_by = id(90);
        found.coordinators = vec![id(90)];
        found.doctors = vec![id(91)];
    }
    found
}

fn a_referral(relation: Relation, state: ReferralState) -> ReferralInCase {
    let mut found = ReferralInCase { case: a_case(relation), referral: referral(state), consented: true };
    if relation == Relation::NotOwn {
        found.referral.hospital_id = id(92);
    }
    found
}

fn a_booking(relation: Relation) -> BookingInCase {
    let booking = booking(BookingState::Offered, EncounterKind::Admission);
    let mut found = BookingInCase { case: a_case(relation), booking };
    if relation == Relation::NotOwn {
        found.booking.interpreter_id = Some(id(93));
    }
    found
}

fn a_user(number: UserId) -> User {
    User {
        id: number,
        login: Login::parse("layla").unwrap(),
        profile: UserProfile {
            name: PersonName::parse("Layla").unwrap(),
            roles: vec![Role::Coordinator],
            hospital_id: None,
            interpreter_id: None,
        },
        state: UserState::Active,
        version: Version::FIRST,
    }
}

/// The actions, by the thing that they are done to.
const SECTIONS: &[(&str, ObjectKind, &[Action])] = &[
    ("A patient", ObjectKind::Patient, &[Action::ViewPatient, Action::UpdatePatient]),
    (
        "A case",
        ObjectKind::Case,
        &[
            Action::ViewCase,
            Action::MoveCase,
            Action::AssignCase,
            Action::Confirm,
            Action::RequestInformation,
            Action::ViewClinical,
            Action::RecordAssessment,
            Action::SignReview,
            Action::WriteNote,
            Action::ViewConsents,
            Action::RecordConsent,
            Action::ViewTasks,
            Action::CompleteTask,
            Action::BookInterpreter,
            Action::WriteReferral,
            Action::ViewQuotes,
            Action::WriteQuote,
            Action::RequestClearance,
            Action::DecideClearance,
            Action::RecordComplication,
            Action::RecordVisit,
            Action::Expire,
        ],
    ),
    (
        "A referral that was sent",
        ObjectKind::Referral,
        &[Action::ViewReferral, Action::WriteReferral, Action::ReportOnReferral, Action::Expire],
    ),
    (
        "An interpreter booking",
        ObjectKind::Booking,
        &[Action::ViewBooking, Action::BookInterpreter, Action::AnswerBooking, Action::Expire],
    ),
    ("A user account", ObjectKind::User, &[Action::ViewUsers, Action::ManageUsers, Action::ViewOwnAccount]),
];

/// The actions on a collection as a whole, where nothing is anyone's own.
const COLLECTIONS: &[(Action, ObjectKind)] = &[
    (Action::RegisterPatient, ObjectKind::Patient),
    (Action::OpenCase, ObjectKind::Case),
    (Action::ViewInterpreters, ObjectKind::Interpreter),
    (Action::ManageInterpreters, ObjectKind::Interpreter),
    (Action::ViewHospitals, ObjectKind::Hospital),
    (Action::ManageHospitals, ObjectKind::Hospital),
    (Action::ManageUsers, ObjectKind::User),
    (Action::ViewAudit, ObjectKind::Audit),
];

fn decide(actor: &Actor, action: Action, kind: ObjectKind, relation: Relation) -> Decision {
    match kind {
        ObjectKind::Patient => can(actor, action, &a_patient(relation)),
        ObjectKind::Case => can(actor, action, &a_case(relation)),
        ObjectKind::Referral => can(actor, action, &a_referral(relation, ReferralState::Sent)),
        ObjectKind::Booking => can(actor, action, &a_booking(relation)),
        ObjectKind::User => {
            let own = actor.user_id().unwrap_or_else(|| id(94));
            can(actor, action, &a_user(if relation == Relation::Own { own } else { id(95) }))
        }
        ObjectKind::Interpreter | ObjectKind::Hospital | ObjectKind::Audit => can(actor, action, &Whole(kind)),
    }
}

const fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow(_) => "allow",
        Decision::Forbid => "forbid",
        Decision::Hide => "hide",
    }
}

fn actors() -> Vec<(String, Actor)> {
    let role = |role: &Role| (role.label(Language::English).to_owned(), actor(&[*role]));
    let product = ("The product".to_owned(), Actor::System);
    Role::ALL.iter().map(role).chain([product]).collect()
}

fn row(text: &mut String, first: &str, cells: impl Iterator<Item = String>) {
    let mut line = format!("{first:<46}");
    for cell in cells {
        write!(line, "{cell:<20}").unwrap();
    }
    writeln!(text, "{}", line.trim_end()).unwrap();
}

fn rendered() -> String {
    let mut text = "WHO MAY DO WHAT\n\n\
        Each entry tells first what the policy answers when the thing is one's own, then when it is not:\n\n    \
        allow   it may be done\n    \
        forbid  it may not; the person sees the thing, but is refused\n    \
        hide    it may not; to this person the thing does not exist\n\n\
        One's own is, for a coordinator and a doctor, the case on whose team they are and all that belongs to it;\n\
        for a hospital user, what was sent to their hospital; for an interpreter, what was offered to them;\n\
        for everyone, their own account. A person with several roles may do what any of them allows.\n\n\
        Written by crates/domain/tests/policy.rs from the rules; changed only on purpose, with UPDATE_POLICY=1.\n"
        .to_owned();
    for (title, kind, actions) in SECTIONS {
        text.push('\n');
        row(&mut text, &title.to_uppercase(), actors().into_iter().map(|(name, _)| name));
        for action in *actions {
            let cell = |(_, actor): (String, Actor)| {
                let answer = |relation| word(&decide(&actor, *action, *kind, relation));
                format!("{} / {}", answer(Relation::Own), answer(Relation::NotOwn))
            };
            row(&mut text, action.label(Language::English), actors().into_iter().map(cell));
        }
    }
    text.push('\n');
    row(&mut text, "WHAT BELONGS TO NOBODY", actors().into_iter().map(|(name, _)| name));
    for (action, kind) in COLLECTIONS {
        let cell = |(_, actor): (String, Actor)| word(&can(&actor, *action, &Whole(*kind))).to_owned();
        row(&mut text, action.label(Language::English), actors().into_iter().map(cell));
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no configuration; the switch is for whoever runs it")]
fn the_policy_is_what_its_page_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy.txt");
    let rendered = rendered();
    if std::env::var_os("UPDATE_POLICY").is_some() {
        std::fs::write(&path, &rendered).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == rendered,
        "the policy has changed; if on purpose, run UPDATE_POLICY=1 cargo test -p rafiq-domain --test policy and read the difference"
    );
}

#[test]
fn the_page_shows_every_action() {
    let sections = SECTIONS.iter().flat_map(|(_, _, actions)| actions.iter().copied());
    let shown: BTreeSet<_> = sections.chain(COLLECTIONS.iter().map(|(action, _)| *action)).collect();
    assert_eq!(shown, Action::ALL.iter().copied().collect());
}

#[test]
fn a_user_without_roles_is_denied_everything() {
    let nobody = actor(&[]);
    for action in Action::ALL {
        for (_, kind, _) in SECTIONS {
            let answer = decide(&nobody, *action, *kind, Relation::Own);
            assert_eq!(answer, Decision::Hide, "{action} on {kind}");
        }
        for kind in ObjectKind::ALL {
            assert_eq!(can(&nobody, *action, &Whole(*kind)), Decision::Forbid, "{action} on all of {kind}");
            assert!(scope(&nobody, *action, *kind).is_err(), "{action} lists {kind}");
        }
    }
}

#[test]
fn the_product_does_what_it_must_and_nothing_else() {
    for action in Action::ALL {
        for (_, kind, _) in SECTIONS {
            let allowed = matches!(decide(&Actor::System, *action, *kind, Relation::NotOwn), Decision::Allow(_));
            assert_eq!(allowed, SYSTEM.contains(action), "{action} on {kind}");
        }
    }
    let moving = permit(&Actor::System, Action::MoveCase, a_case(Relation::NotOwn)).unwrap();
    assert_eq!(moving.permit().parties(), [Party::System]);
}

/// What a hospital user is answered on a referral.
fn hospital_sees(referral: &ReferralInCase) -> Decision {
    let hospital_user = actor(&[Role::HospitalUser]);
    let seen = can(&hospital_user, Action::ViewReferral, referral);
    assert_eq!(can(&hospital_user, Action::ReportOnReferral, referral), seen, "who sees it may report on it");
    seen
}

#[test]
fn a_referral_to_another_hospital_does_not_exist() {
    for state in ReferralState::ALL {
        assert_eq!(hospital_sees(&a_referral(Relation::NotOwn, *state)), Decision::Hide, "{state}");
    }
}

#[test]
fn a_draft_does_not_exist_for_its_hospital() {
    for state in ReferralState::ALL {
        let hidden = hospital_sees(&a_referral(Relation::Own, *state)) == Decision::Hide;
        assert_eq!(hidden, *state == ReferralState::Draft, "{state}");
    }
}

#[test]
fn a_withdrawn_consent_hides_a_referral_unless_the_hospital_treats() {
    let treated = [ReferralState::InProgress, ReferralState::OnHold, ReferralState::Completed];
    for state in ReferralState::ALL {
        let withdrawn = ReferralInCase { consented: false, ..a_referral(Relation::Own, *state) };
        let hidden = hospital_sees(&withdrawn) == Decision::Hide;
        assert_eq!(hidden, !treated.contains(state), "{state}");
    }
}

#[test]
fn a_booking_of_another_interpreter_does_not_exist() {
    let interpreter = actor(&[Role::Interpreter]);
    for action in Action::ALL {
        assert_eq!(can(&interpreter, *action, &a_booking(Relation::NotOwn)), Decision::Hide, "{action}");
    }
    let mut unassigned = a_booking(Relation::Own);
    unassigned.booking.interpreter_id = None;
    assert_eq!(can(&interpreter, Action::ViewBooking, &unassigned), Decision::Hide);
    let unbound = Actor::User(Principal { interpreter_id: None, ..principal(&[Role::Interpreter]) });
    assert_eq!(can(&unbound, Action::ViewBooking, &unassigned), Decision::Hide, "nobody is not somebody");
}

#[test]
fn what_is_hidden_reads_like_what_does_not_exist() {
    let denied = permit(&actor(&[Role::Coordinator]), Action::ViewCase, a_case(Relation::NotOwn)).unwrap_err();
    assert_eq!((denied.hidden, denied.code()), (true, ProblemCode::NotFound));
    let denied = permit(&actor(&[Role::Auditor]), Action::MoveCase, a_case(Relation::NotOwn)).unwrap_err();
    assert_eq!((denied.hidden, denied.code()), (false, ProblemCode::Forbidden));
    assert_eq!(denied.denial(), Some(&denied));
}

#[test]
fn a_permit_names_the_roles_that_gave_it_and_no_others() {
    let both = actor(&[Role::Lead, Role::Finance]);
    let moving = permit(&both, Action::WriteReferral, a_case(Relation::NotOwn)).unwrap();
    assert_eq!(moving.permit().roles(), [Role::Lead]);
    assert_eq!(moving.permit().parties(), [Party::Lead, Party::Coordinator], "finance has no say in it");
}

/// Something that is listed by scope.
trait Listed: Resource {
    const KIND: ObjectKind;
    fn is_in(&self, scope: Scope) -> bool;
}

impl Listed for Case {
    const KIND: ObjectKind = ObjectKind::Case;

    fn is_in(&self, scope: Scope) -> bool {
        scope.holds_case(self)
    }
}

impl Listed for PatientInCare {
    const KIND: ObjectKind = ObjectKind::Patient;

    fn is_in(&self, scope: Scope) -> bool {
        scope.holds_patient(self)
    }
}

impl Listed for ReferralInCase {
    const KIND: ObjectKind = ObjectKind::Referral;

    fn is_in(&self, scope: Scope) -> bool {
        scope.holds_referral(self)
    }
}

impl Listed for BookingInCase {
    const KIND: ObjectKind = ObjectKind::Booking;

    fn is_in(&self, scope: Scope) -> bool {
        scope.holds_booking(self)
    }
}

/// Whether a list shows the thing, and whether it may be seen by itself.
fn listed_and_seen<T: Listed>(actor: &Actor, thing: &T) -> (bool, bool) {
    let view = T::KIND.seen_by();
    let listed = scope(actor, view, T::KIND).map(Permitted::into_inner).is_ok_and(|scope| thing.is_in(scope));
    (listed, matches!(can(actor, view, thing), Decision::Allow(_)))
}

/// Anyone, also with roles that no longer fit what they are bound to and whose cases they hold.
fn someone() -> impl Strategy<Value = Principal> {
    let roles = proptest::sample::subsequence(Role::ALL.to_vec(), 0..=Role::ALL.len());
    let hospital_id = proptest::option::of(prop_oneof![Just(hospital()), Just(id(92))]);
    let interpreter_id = proptest::option::of(prop_oneof![Just(interpreter()), Just(id(93))]);
    (a_person(), roles, hospital_id, interpreter_id).prop_map(|(user_id, roles, hospital_id, interpreter_id)| {
        Principal { user_id, session_id: id(10), roles, hospital_id, interpreter_id }
    })
}

/// One of few, so that who asks is often who is asked about.
fn a_person() -> impl Strategy<Value = UserId> {
    prop_oneof![Just(coordinator()), Just(doctor()), Just(id(90))]
}

fn some_case() -> impl Strategy<Value = Case> {
    (a_person(), proptest::option::of(a_person())).prop_map(|(coordinator_id, doctor_id)| Case {
        coordinator_id,
        doctor_id,
        ..case(Stage::Intake)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_list_shows_exactly_what_may_be_seen(
        who in someone(),
        case in some_case(),
        another_case in some_case(),
        created_by in a_person(),
        referral_state in proptest::sample::select(ReferralState::ALL),
        consented in any::<bool>(),
        interpreter_id in proptest::option::of(Just(interpreter())),
    ) {
        let actor = Actor::User(who);

        let (listed, seen) = listed_and_seen(&actor, &case);
        prop_assert_eq!(listed, seen, "case");

        let patient = PatientInCare {
            patient: Patient { created_by, ..patient() },
            coordinators: vec![case.coordinator_id, another_case.coordinator_id],
            doctors: case.doctor_id.into_iter().chain(another_case.doctor_id).collect(),
        };
        let (listed, seen) = listed_and_seen(&actor, &patient);
        prop_assert_eq!(listed, seen, "patient");
        let (case_seen, _) = listed_and_seen(&actor, &case);
        prop_assert!(seen || !case_seen, "the patient of a case is hidden from someone who sees the case");

        let referral = ReferralInCase { case: case.clone(), referral: referral(referral_state), consented };
        let (listed, seen) = listed_and_seen(&actor, &referral);
        prop_assert_eq!(listed, seen, "referral");

        let booking = Booking { interpreter_id, ..booking(BookingState::Offered, EncounterKind::Admission) };
        let (listed, seen) = listed_and_seen(&actor, &BookingInCase { case, booking });
        prop_assert_eq!(listed, seen, "booking");
    }
}

#[test]
fn each_role_adds_its_own_part_to_a_list() {
    let own = |roles: &[Role], action, kind| scope(&actor(roles), action, kind).map(Permitted::into_inner);
    let bookings = |roles: &[Role]| own(roles, Action::ViewBooking, ObjectKind::Booking);
    let both = Own { coordinator: Some(coordinator()), interpreter: Some(interpreter()), ..Own::default() };
    assert_eq!(bookings(&[Role::Coordinator, Role::Interpreter]), Ok(Scope::Own(both)));
    assert_eq!(bookings(&[Role::Interpreter, Role::Auditor]), Ok(Scope::All));
    // What a doctor once coordinated is no longer theirs to list.
    let lost = Scope::Own(Own { doctor: Some(doctor()), ..Own::default() });
    assert_eq!(own(&[Role::Doctor], Action::ViewCase, ObjectKind::Case), Ok(lost));
    assert!(!lost.holds_case(&Case { coordinator_id: doctor(), doctor_id: None, ..case(Stage::Intake) }));
}
