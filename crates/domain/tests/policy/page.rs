//! Who may do what: the whole policy as one page to read, and what must hold of it.
//!
//! `policy.txt` is compared with the code; `UPDATE_POLICY=1` rewrites it. How near someone stands to a
//! thing, and what a list shows, is tested in `relations`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::common::{coordinator, hospital, id, interpreter, start};
use rafiq_domain::cases::Party;
use rafiq_domain::clients::ClientScope;
use rafiq_domain::policy::{
    Action, Actor, Assurance, Audience, Decision, ON_A_BOOKING, ON_A_CASE, ON_A_PATIENT, ON_A_REFERRAL, Object,
    ObjectKind, Principal, Reach, Relation, Resource, Whole, can, nearest_needed, permit, rules_of, scope,
    scope_needed,
};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::vocabulary::{Coded, Language, Role};

/// What the product itself may do; written out so that it grows only on purpose.
const SYSTEM: &[Action] = &[
    Action::MoveCase,
    Action::Expire,
    Action::ManageUsers,
    Action::AssignRoles,
    Action::OffBoardUser,
    Action::ManageHospitals,
    Action::ManageInterpreters,
    Action::ManageClients,
    Action::EndSession,
    Action::EndSessions,
    Action::RequestPasswordReset,
    Action::SetPassword,
    Action::Forget,
    Action::SealAnew,
];

/// Someone with these roles, bound to a hospital and an interpreter where a role needs it.
fn principal(roles: &[Role]) -> Principal {
    Principal {
        roles: roles.to_vec(),
        hospital_id: Some(hospital()),
        interpreter_id: Some(interpreter()),
        scopes: roles.contains(&Role::HospitalClient).then(|| ClientScope::ALL.to_vec()),
        ..Principal::new(coordinator(), id(10), start())
    }
}

fn actor(roles: &[Role]) -> Actor {
    Actor::User(principal(roles))
}

/// One thing of a kind, to which everyone stands alike.
#[derive(Debug, Clone, Copy)]
struct Thing {
    kind: ObjectKind,
    relation: Relation,
}

impl Resource for Thing {
    fn object(&self) -> Object {
        Object { kind: self.kind, id: Some(id(99)), case_id: None }
    }

    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        self.relation
    }
}

/// From the nearest to the farthest, as the page shows them.
const RELATIONS: [Relation; 4] = [Relation::Own, Relation::Advising, Relation::Emergency, Relation::Stranger];

/// The actions, by the thing that they are done to.
const SECTIONS: &[(&str, ObjectKind, &[Action])] = &[
    (
        "A patient",
        ObjectKind::Patient,
        &[
            Action::ViewPatient,
            Action::UpdatePatient,
            Action::MergePatients,
            Action::DecideMerge,
            Action::ErasePatient,
            Action::DecideErasure,
            Action::ViewLegalHolds,
            Action::HoldRecord,
        ],
    ),
    (
        "A case",
        ObjectKind::Case,
        &[
            Action::ViewCase,
            Action::MoveCase,
            Action::AssignCase,
            Action::AskSecondOpinion,
            Action::BreakGlass,
            Action::ViewGrants,
            Action::ViewAccessLog,
            Action::ExplainAccess,
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
        &[
            Action::ViewReferral,
            Action::WriteReferral,
            Action::ViewOwnReferral,
            Action::ReportOnReferral,
            Action::Expire,
        ],
    ),
    (
        "An interpreter booking",
        ObjectKind::Booking,
        &[Action::ViewBooking, Action::BookInterpreter, Action::AnswerBooking, Action::Expire],
    ),
    (
        "A user account",
        ObjectKind::User,
        &[
            Action::ViewUsers,
            Action::ManageUsers,
            Action::AssignRoles,
            Action::OffBoardUser,
            Action::ReviewAccess,
            Action::ConferAdministrator,
            Action::DecideAdministrator,
            Action::DelegateWork,
            Action::EndSessions,
            Action::ResetSecondFactor,
            Action::ViewOwnAccount,
            Action::ViewOwnSignIns,
            Action::SignIn,
            Action::ChangePassword,
            Action::SetPassword,
            Action::RequestPasswordReset,
            Action::SetUpSecondFactor,
            Action::ChangeSecondFactor,
            Action::VerifySecondFactor,
        ],
    ),
    ("The access of an emergency", ObjectKind::Grant, &[Action::EndEmergency]),
    ("A delegation", ObjectKind::Delegation, &[Action::ViewDelegations, Action::EndDelegation]),
    (
        "A session",
        ObjectKind::Session,
        &[Action::ProlongSession, Action::EndSession, Action::ReuseRefreshToken, Action::SkipSecondFactor],
    ),
    ("A passkey", ObjectKind::Passkey, &[Action::SetUpSecondFactor]),
    ("A hospital", ObjectKind::Hospital, &[Action::ViewHospitals, Action::ManageHospitals]),
    ("An interpreter", ObjectKind::Interpreter, &[Action::ViewInterpreters, Action::ManageInterpreters]),
    ("A machine client", ObjectKind::Client, &[Action::ViewClients, Action::ManageClients]),
    (
        "A request for a second person",
        ObjectKind::Approval,
        &[Action::ViewApprovals, Action::RequestApproval, Action::ExportCases, Action::DecideExport],
    ),
];

/// The actions on a collection as a whole, where nothing is anyone's own.
const COLLECTIONS: &[(Action, ObjectKind)] = &[
    (Action::RegisterPatient, ObjectKind::Patient),
    (Action::OpenCase, ObjectKind::Case),
    (Action::ExportCases, ObjectKind::Case),
    (Action::ManageInterpreters, ObjectKind::Interpreter),
    (Action::ManageHospitals, ObjectKind::Hospital),
    (Action::ManageUsers, ObjectKind::User),
    (Action::ManageClients, ObjectKind::Client),
    (Action::ViewAudit, ObjectKind::Audit),
    (Action::RepeatAnswer, ObjectKind::Case),
    (Action::Forget, ObjectKind::Session),
    (Action::SealAnew, ObjectKind::User),
];

const fn sign(decision: &Decision) -> char {
    match decision {
        Decision::Allow(_) => 'y',
        Decision::Forbid => 'n',
        Decision::Hide => '.',
    }
}

fn actors() -> Vec<(String, Actor)> {
    let role = |role: &Role| (role.code().to_owned(), actor(&[*role]));
    let product = ("(the product)".to_owned(), Actor::System);
    Role::ALL.iter().map(role).chain([product]).collect()
}

fn row(text: &mut String, first: &str, cells: impl Iterator<Item = String>) {
    let mut line = format!("{first:<56}");
    for cell in cells {
        write!(line, "{cell:<16}").unwrap();
    }
    writeln!(text, "{}", line.trim_end()).unwrap();
}

const LEGEND: &str = "WHO MAY DO WHAT

Each entry has four signs, for how near the person stands to the thing:

    1  it is their own: the case on whose team they are as coordinator or doctor (or for whose coordinator
       or doctor they stand in) and all that belongs to it; the referral to their hospital while its grant
       runs; the interpreter's job around its time; everyone's own account and sessions
    2  they were asked for a second opinion on the case
    3  they declared an emergency on the case, within the hour
    4  nothing ties them to it

    y  it may be done
    n  it may not; the person sees the thing, but is refused
    .  it may not; to this person the thing does not exist

What belongs to nobody has one sign. A person with several roles may do what any of them allows. Someone who
still owes a second factor reaches nothing but their own account. A machine needs the scope of the action besides.

Written by crates/domain/tests/policy/page.rs from the rules; changed only on purpose, with UPDATE_POLICY=1.
";

fn rendered() -> String {
    let mut text = LEGEND.to_owned();
    for (title, kind, actions) in SECTIONS {
        text.push('\n');
        row(&mut text, &title.to_uppercase(), actors().into_iter().map(|(name, _)| name));
        for action in *actions {
            let cell = |(_, actor): (String, Actor)| {
                RELATIONS.map(|relation| sign(&can(&actor, *action, &Thing { kind: *kind, relation }))).iter().collect()
            };
            row(&mut text, action.label(Language::English), actors().into_iter().map(cell));
        }
    }
    text.push('\n');
    row(&mut text, "WHAT BELONGS TO NOBODY", actors().into_iter().map(|(name, _)| name));
    for (action, kind) in COLLECTIONS {
        let cell = |(_, actor): (String, Actor)| sign(&can(&actor, *action, &Whole(*kind))).to_string();
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
fn an_explanation_asks_for_all_that_people_do_to_a_case() {
    let section = |title| SECTIONS.iter().find(|(known, ..)| *known == title).unwrap().2.iter().copied();
    let of_people = |title| section(title).filter(|action| *action != Action::Expire).collect::<BTreeSet<_>>();
    assert_eq!(of_people("A case"), ON_A_CASE.iter().copied().collect());
    // What is done to the case's own stays with the case.
    let alone = |title| &of_people(title) - &of_people("A case");
    assert_eq!(alone("A referral that was sent"), ON_A_REFERRAL.iter().copied().collect());
    assert_eq!(alone("An interpreter booking"), ON_A_BOOKING.iter().copied().collect());
    assert!(ON_A_PATIENT.iter().all(|action| of_people("A patient").contains(action)));
}

#[test]
fn a_user_without_roles_is_denied_everything() {
    let nobody = actor(&[]);
    for action in Action::ALL {
        for kind in ObjectKind::ALL.iter().copied() {
            for relation in RELATIONS {
                assert_eq!(can(&nobody, *action, &Thing { kind, relation }), Decision::Hide, "{action} on {kind}");
            }
            assert_eq!(can(&nobody, *action, &Whole(kind)), Decision::Forbid, "{action} on all of {kind}");
            assert!(scope(&nobody, *action, kind).is_err(), "{action} lists {kind}");
        }
    }
}

#[test]
fn the_product_does_what_it_must_and_nothing_else() {
    for action in Action::ALL {
        for kind in ObjectKind::ALL.iter().copied() {
            let allowed = can(&Actor::System, *action, &Thing { kind, relation: Relation::Stranger });
            assert_eq!(allowed == Decision::Allow(Vec::new()), SYSTEM.contains(action), "{action} on {kind}");
            assert_eq!(allowed == Decision::Forbid, !SYSTEM.contains(action), "{action} on {kind}");
        }
    }
    let strange_case = Thing { kind: ObjectKind::Case, relation: Relation::Stranger };
    let moving = permit(&Actor::System, Action::MoveCase, strange_case).unwrap();
    assert_eq!(moving.permit().parties(), [Party::System]);
    assert_eq!(moving.permit().audience(), Audience::Masked);
}

#[test]
fn whoever_stands_nearer_may_all_that_the_farther_may() {
    for role in Role::ALL.iter().copied() {
        for action in Action::ALL.iter().copied() {
            for kind in ObjectKind::ALL.iter().copied() {
                let allowed =
                    RELATIONS.map(|relation| sign(&can(&actor(&[role]), action, &Thing { kind, relation })) == 'y');
                assert!(allowed.is_sorted_by(|near, far| near >= far), "{action} on {kind} by {role}: {allowed:?}");
            }
        }
    }
}

#[test]
fn an_emergency_opens_reading_alone_and_a_second_opinion_notes_besides() {
    let opened = |relation| {
        let all = Action::ALL.iter().copied().filter(move |action| nearest_needed(*action) <= relation);
        all.map(Coded::code).collect::<Vec<_>>()
    };
    let read =
        ["view_patient", "view_case", "view_clinical", "view_consents", "view_tasks", "view_booking", "view_referral"];
    assert_eq!(opened(Relation::Emergency), read);
    let besides: BTreeSet<_> = opened(Relation::Advising).into_iter().filter(|code| !read.contains(code)).collect();
    assert_eq!(besides, BTreeSet::from(["write_note"]));
    assert!(opened(Relation::Stranger).is_empty(), "nothing is open to everyone");
}

#[test]
fn whoever_owes_a_second_factor_reaches_their_own_account_alone() {
    let owing = |roles: &[Role]| Actor::User(Principal { assurance: Assurance::Partial, ..principal(roles) });
    for role in Role::ALL.iter().copied() {
        for action in Action::ALL.iter().copied() {
            for kind in ObjectKind::ALL.iter().copied() {
                let thing = Thing { kind, relation: Relation::Own };
                let (now, then) = (can(&owing(&[role]), action, &thing), can(&actor(&[role]), action, &thing));
                let allowed = is_ones_own(action) && sign(&then) == 'y';
                assert_eq!(sign(&now) == 'y', allowed, "{action} on {kind} by {role}");
            }
        }
    }
}

#[test]
fn the_product_is_nobody() {
    assert_eq!(actor(&[]).user_id(), Some(coordinator()));
    assert_eq!(Actor::System.user_id(), None);
}

/// What someone does with their own account alone; written out so that it grows only on purpose.
fn is_ones_own(action: Action) -> bool {
    matches!(
        action,
        Action::SignIn
            | Action::ViewOwnAccount
            | Action::ProlongSession
            | Action::EndSession
            | Action::SetUpSecondFactor
            | Action::VerifySecondFactor
    )
}

#[test]
fn what_is_hidden_reads_like_what_does_not_exist() {
    let strange_case = Thing { kind: ObjectKind::Case, relation: Relation::Stranger };
    let denied = permit(&actor(&[Role::Coordinator]), Action::ViewCase, strange_case).unwrap_err();
    assert_eq!((denied.hidden, denied.code()), (true, ProblemCode::NotFound));
    let denied = permit(&actor(&[Role::Auditor]), Action::MoveCase, strange_case).unwrap_err();
    assert_eq!((denied.hidden, denied.code()), (false, ProblemCode::Forbidden));
    assert_eq!(denied.denial(), Some(&denied));
}

#[test]
fn a_permit_names_what_gave_it_and_nothing_else() {
    let strange_case = Thing { kind: ObjectKind::Case, relation: Relation::Stranger };
    let both = actor(&[Role::Lead, Role::Finance]);
    let moving = permit(&both, Action::WriteReferral, strange_case).unwrap();
    let permit = moving.permit();
    assert_eq!((permit.roles(), permit.action(), permit.actor()), (&[Role::Lead][..], Action::WriteReferral, &both));
    assert_eq!(permit.object(), strange_case.object());
    assert_eq!(permit.parties(), [Party::Lead, Party::Coordinator], "finance has no say in it");
    let denied = permit.deny();
    assert_eq!((denied.action, denied.object, denied.hidden), (Action::WriteReferral, strange_case.object(), false));
    assert_eq!(*denied.actor, both);
}

#[test]
fn a_permit_shows_as_much_as_the_widest_role_that_gave_it() {
    let view = |roles: &[Role], action| {
        permit(&actor(roles), action, Thing { kind: ObjectKind::Case, relation: Relation::Stranger })
            .unwrap()
            .permit()
            .audience()
    };
    assert_eq!(view(&[Role::Auditor], Action::ViewCase), Audience::Masked);
    assert_eq!(view(&[Role::Finance, Role::Auditor], Action::ViewCase), Audience::Finance);
    assert_eq!(view(&[Role::Auditor, Role::Lead], Action::ViewCase), Audience::Full);
    assert_eq!(view(&[Role::Auditor, Role::Coordinator], Action::ViewCase), Audience::Masked, "what gave it counts");
    let wide = Role::ALL.iter().map(|role| (role.code(), Audience::of(*role).code()));
    let expected = [
        ("administrator", "masked"),
        ("coordinator", "full"),
        ("lead", "full"),
        ("doctor", "full"),
        ("interpreter", "interpreter"),
        ("finance", "finance"),
        ("auditor", "masked"),
        ("hospital_user", "hospital"),
        ("hospital_client", "hospital"),
    ];
    assert!(wide.eq(expected));
}

#[test]
fn a_machine_of_a_hospital_may_what_its_people_may_in_the_hospitals_matters() {
    for action in Action::ALL.iter().copied().filter(|action| nearest_needed(*action) == Relation::Own) {
        let of = |role| rules_of(action).iter().find(|(known, _)| *known == role).map(|(_, reach)| *reach);
        if of(Role::HospitalClient).is_some() {
            assert_eq!(of(Role::HospitalClient), of(Role::HospitalUser), "{action}");
            assert_eq!(of(Role::HospitalClient), Some(Reach::Own), "{action}");
        }
    }
}

#[test]
fn a_machine_does_nothing_without_the_scope_of_the_action() {
    let with = |scopes: &[ClientScope]| {
        Actor::User(Principal { scopes: Some(scopes.to_vec()), ..principal(&[Role::HospitalClient]) })
    };
    let own = Thing { kind: ObjectKind::Referral, relation: Relation::Own };
    let scoped: Vec<_> =
        Action::ALL.iter().copied().filter_map(|action| Some((action, scope_needed(action)?))).collect();
    assert_eq!(
        scoped,
        [
            (Action::ViewReferral, ClientScope::ReadReferrals),
            (Action::ViewOwnReferral, ClientScope::ReadReferrals),
            (Action::ReportOnReferral, ClientScope::ReportOnReferrals),
        ]
    );
    for (action, needed) in scoped {
        assert_eq!(can(&with(&[needed]), action, &own), Decision::Allow(vec![Role::HospitalClient]), "{action}");
        for scopes in [&[][..], ClientScope::ALL].map(|scopes| scopes.iter().copied().filter(|scope| *scope != needed))
        {
            let without = with(&scopes.collect::<Vec<_>>());
            assert!(!matches!(can(&without, action, &own), Decision::Allow(_)), "{action}");
            assert!(scope(&without, action, ObjectKind::Referral).is_err(), "{action}");
        }
    }
    // It is told what it lacks of what it sees, and only then.
    let code = |scopes: &[ClientScope], action| permit(&with(scopes), action, own).unwrap_err().code();
    assert_eq!(code(&[ClientScope::ReadReferrals], Action::ReportOnReferral), ProblemCode::InsufficientScope);
    assert_eq!(code(&[], Action::ReportOnReferral), ProblemCode::NotFound);
    assert_eq!(code(ClientScope::ALL, Action::WriteReferral), ProblemCode::Forbidden);
    let person = permit(&actor(&[Role::HospitalUser]), Action::WriteReferral, own).unwrap_err();
    assert_eq!(person.code(), ProblemCode::Forbidden);
    // What it may not read does not exist for it, whatever else it may.
    let reporting = with(&[ClientScope::ReportOnReferrals]);
    assert_eq!(can(&reporting, Action::ViewReferral, &own), Decision::Hide);
    // A machine without any scopes on record has none.
    let unscoped = Actor::User(Principal { scopes: None, ..principal(&[Role::HospitalClient]) });
    assert_eq!(can(&unscoped, Action::ReportOnReferral, &own), Decision::Hide);
}
