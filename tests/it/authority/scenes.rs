//! The table: a row for each operation, in the order in which one journey needs them.

mod administration;
mod approvals;
mod clients;
mod passwords;
mod records;
mod reports;
mod second_factor;
mod sessions;
mod teams;

use chrono::TimeDelta;
use rafiq_domain::confirmations::ConfirmationKind;
use rafiq_domain::policy::{Action, ObjectKind, parties_of};
use rafiq_domain::vocabulary::Role;
use serde_json::{Value, json};

use self::records::{assessment, consent, quote, surgical_review};
use super::people::Person;
use super::script::{Entry, On, Scene, ask};
use super::world::World;
use crate::app::{a_hospital, a_patient, an_interpreter};

const USERS: On = On::All(ObjectKind::User);
const USER: On = On::One(ObjectKind::User);
const HOSPITALS: On = On::All(ObjectKind::Hospital);
const HOSPITAL: On = On::One(ObjectKind::Hospital);
const INTERPRETERS: On = On::All(ObjectKind::Interpreter);
const INTERPRETER: On = On::One(ObjectKind::Interpreter);
const PATIENTS: On = On::All(ObjectKind::Patient);
const PATIENT: On = On::One(ObjectKind::Patient);
const CASES: On = On::All(ObjectKind::Case);
const CASE: On = On::One(ObjectKind::Case);
const BOOKINGS: On = On::All(ObjectKind::Booking);
const BOOKING: On = On::One(ObjectKind::Booking);

/// Every operation, and what happens between.
pub(super) fn journey() -> Vec<Entry> {
    [
        open(),
        sessions::open(),
        passwords::open(),
        clients::open(),
        staff(),
        passwords::staff(),
        sessions::others(),
        second_factor::own(),
        administration::people(),
        approvals::people(),
        registers(),
        administration::hospitals(),
        clients::register(),
        approvals::records(),
        approvals::exports(),
        administration::departure(),
        inquiry(),
        teams::care(),
        intake(),
        review(),
        reports::referrals(),
        quotes(),
        bookings(),
        reports::stay(),
        reports::aftermath(),
        reports::ends(),
        teams::insight(),
        teams::emergencies(),
        sessions::own(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What needs no sign-in. Neither needs nor place of such a row are looked at.
fn open() -> Vec<Entry> {
    let open = |id| ask(id, &[], On::Oneself);
    vec![
        open("sign_in").with(|_| json!({ "login": "nobody.here", "password": 7 })).into(),
        open("refresh_session").with(|_| json!({ "refresh_token": 7 })).into(),
        open("list_vocabularies").into(),
        open("view_vocabulary").into(),
        open("explain_problem").into(),
        open("is_live").into(),
        open("is_ready").into(),
    ]
}

fn staff() -> Vec<Entry> {
    vec![
        ask("view_own_account", &[Action::ViewOwnAccount], On::Oneself).into(),
        ask("create_user", &[Action::ManageUsers], USERS)
            .with(|_| json!({ "login": "new.doctor", "name": "Nour Saleh", "roles": ["doctor"], "email": "nour@clinic.example", "language": "ar" }))
            .keeps("user_id")
            .into(),
        ask("list_users", &[Action::ViewUsers], USERS).into(),
        ask("view_user", &[Action::ViewUsers], USER).into(),
        ask("disable_user", &[Action::ManageUsers], USER).into(),
        ask("enable_user", &[Action::ManageUsers], USER).into(),
    ]
}

fn registers() -> Vec<Entry> {
    vec![
        ask("register_hospital", &[Action::ManageHospitals], HOSPITALS).with(|_| a_hospital().body).into(),
        ask("list_hospitals", &[Action::ViewHospitals], HOSPITALS).into(),
        ask("view_hospital", &[Action::ViewHospitals], HOSPITAL).into(),
        ask("update_hospital", &[Action::ManageHospitals], HOSPITAL).with(|_| a_hospital().body).into(),
        ask("register_interpreter", &[Action::ManageInterpreters], INTERPRETERS).with(|_| an_interpreter().body).into(),
        ask("list_interpreters", &[Action::ViewInterpreters], INTERPRETERS).into(),
        ask("view_interpreter", &[Action::ViewInterpreters], INTERPRETER).into(),
        ask("update_interpreter", &[Action::ManageInterpreters], INTERPRETER).with(|_| an_interpreter().body).into(),
        ask("register_patient", &[Action::RegisterPatient], PATIENTS).with(|_| a_patient(2).body).into(),
        ask("list_patients", &[Action::ViewPatient], PATIENTS).into(),
        ask("view_patient", &[Action::ViewPatient], PATIENT).into(),
        ask("update_patient", &[Action::UpdatePatient], PATIENT).with(|_| a_patient(0).body["details"].clone()).into(),
    ]
}

fn inquiry() -> Vec<Entry> {
    vec![
        ask("open_case", &[Action::OpenCase], CASES)
            .with(|world| json!({ "patient_id": world.get("patient_id"), "source": "web" }))
            .into(),
        ask("list_cases", &[Action::ViewCase], CASES).into(),
        ask("view_case", &[Action::ViewCase], CASE).into(),
        ask("list_next_actions", &[Action::ViewCase], CASE).into(),
        ask("view_timeline", &[Action::ViewCase], CASE).into(),
        ask("assign_case", &[Action::AssignCase], CASE).with(team).into(),
        ask("record_confirmation", &[Action::Confirm], CASE)
            .with(|_| json!({ "kind": "privacy_notice", "reference": "notice of 2026-02, in Arabic" }))
            .only(may_confirm_the_notice)
            .keeps("confirmation_id")
            .into(),
        ask("list_confirmations", &[Action::ViewCase], CASE).into(),
        ask("retract_confirmation", &[Action::Confirm], CASE).only(may_confirm_the_notice).into(),
        confirm(Role::Coordinator, |_| said("privacy_notice")),
        confirm(
            Role::Coordinator,
            |_| json!({ "kind": "first_response", "reference": "answered", "channel": "whatsapp" }),
        ),
        ask("record_consent", &[Action::RecordConsent], CASE)
            .with(|world| consent(world, "research_statistics"))
            .keeps("consent_id")
            .into(),
        ask("list_consents", &[Action::ViewConsents], CASE).into(),
        ask("view_consent", &[Action::ViewConsents], CASE).into(),
        ask("withdraw_consent", &[Action::RecordConsent], CASE).with(|_| json!({})).into(),
        Scene::Do {
            role: Role::Coordinator,
            id: "record_consent",
            body: |world| consent(world, "health_data_processing"),
            keeps: None,
        }
        .into(),
        step(Role::Coordinator, |_| json!({ "trigger": "register" })),
    ]
}

fn intake() -> Vec<Entry> {
    let asked: fn(&World<'_>) -> Value =
        |world| json!({ "kind": "audiogram", "text": "Audiogram of both ears", "due_on": world.day(7) });
    let request =
        || Scene::Do { role: Role::Coordinator, id: "request_information", body: asked, keeps: Some("item_id") };
    vec![
        ask("request_information", &[Action::RequestInformation], CASE).with(asked).keeps("item_id").into(),
        ask("list_information", &[Action::ViewCase], CASE).into(),
        ask("receive_information", &[Action::RequestInformation], CASE).into(),
        request().into(),
        ask("waive_information", &[Action::RequestInformation], CASE)
            .with(|_| json!({ "because": "The hospital will do it" }))
            .into(),
        ask("take_step", &[Action::MoveCase], CASE)
            .with(|world| json!({ "trigger": "pause", "reason": "until the holiday is over", "review_at": world.app.now() + TimeDelta::days(3) }))
            .into(),
        confirm(Role::Coordinator, |_| said("stale_data_recheck")),
        step(Role::Coordinator, |_| json!({ "trigger": "resume" })),
        ask("record_assessment", &[Action::RecordAssessment], CASE).with(assessment).keeps("assessment_id").into(),
        ask("list_assessments", &[Action::ViewClinical], CASE).into(),
        ask("view_assessment", &[Action::ViewClinical], CASE).into(),
        confirm(Role::Coordinator, |_| said("spasm_video")),
        step(Role::Coordinator, |_| json!({ "trigger": "submit_for_review" })),
    ]
}

fn review() -> Vec<Entry> {
    let author: fn(&Person<'_>, Role) -> bool = |person, role| person.is_near() && role == Role::Coordinator;
    vec![
        ask("write_note", &[Action::WriteNote], CASE)
            .with(|_| json!({ "kind": "consultation", "language": "ar", "body": "تشنج في الجفن السفلي الأيسر.", "audience": "hospital" }))
            .keeps("note_id")
            .into(),
        ask("list_notes", &[Action::ViewClinical], CASE).into(),
        ask("view_note", &[Action::ViewClinical], CASE).into(),
        ask("rewrite_note", &[Action::WriteNote], CASE)
            .with(|_| json!({ "body": "تشنج في الجفن السفلي الأيسر منذ سنتين." }))
            .only(author)
            .into(),
        ask("sign_note", &[Action::WriteNote], CASE).only(author).into(),
        ask("sign_review", &[Action::SignReview], CASE).with(|_| surgical_review()).keeps("review_id").into(),
        ask("list_reviews", &[Action::ViewClinical], CASE).into(),
        ask("view_review", &[Action::ViewClinical], CASE).into(),
        confirm(Role::Doctor, |_| said("adequate_mri")),
        step(Role::Doctor, |_| json!({ "trigger": "recommend_surgery" })),
    ]
}

fn quotes() -> Vec<Entry> {
    let draft = || Scene::Do { role: Role::Coordinator, id: "draft_quote", body: quote, keeps: Some("quote_id") };
    let issue = || Scene::Do { role: Role::Coordinator, id: "issue_quote", body: |_| Value::Null, keeps: None };
    vec![
        ask("draft_quote", &[Action::WriteQuote], CASE).with(quote).keeps("quote_id").into(),
        ask("list_quotes", &[Action::ViewQuotes], CASE).into(),
        ask("view_quote", &[Action::ViewQuotes], CASE).into(),
        ask("issue_quote", &[Action::WriteQuote], CASE).into(),
        ask("reject_quote", &[Action::WriteQuote], CASE).with(|_| json!({ "reason": "too dear" })).into(),
        draft().into(),
        issue().into(),
        Scene::Note("content_hash", "/cases/{case_id}/quotes/{quote_id}", "/content_hash").into(),
        ask("accept_quote", &[Action::WriteQuote], CASE)
            .with(|world| json!({ "content_hash": world.get("content_hash"), "channel": "whatsapp", "evidence": "voice message", "terms_version": "2026-2" }))
            .into(),
        confirm(Role::Coordinator, |_| said("terms_acknowledged")),
        confirm(Role::Finance, |_| said("deposit_cleared")),
        confirm(Role::Coordinator, |_| said("slot_reconfirmed")),
        step(Role::Coordinator, |_| json!({ "trigger": "confirm", "on_behalf_of": "patient" })),
    ]
}

fn bookings() -> Vec<Entry> {
    let request = || Scene::Do { role: Role::Coordinator, id: "request_booking", body: job, keeps: Some("booking_id") };
    let offer = || Scene::Do { role: Role::Coordinator, id: "offer_booking", body: to_interpreter, keeps: None };
    vec![
        ask("request_booking", &[Action::BookInterpreter], CASE).with(job).keeps("booking_id").into(),
        ask("list_bookings", &[Action::ViewBooking], CASE).into(),
        ask("view_booking", &[Action::ViewBooking], CASE).into(),
        ask("cancel_booking", &[Action::BookInterpreter], CASE).with(|_| json!({ "reason": "moved" })).into(),
        request().into(),
        ask("offer_booking", &[Action::BookInterpreter], CASE).with(to_interpreter).into(),
        ask("list_own_bookings", &[Action::ViewBooking], BOOKINGS).into(),
        ask("view_own_booking", &[Action::ViewBooking], BOOKING).into(),
        ask("decline_booking", &[Action::AnswerBooking], BOOKING).with(|_| json!({})).into(),
        request().into(),
        offer().into(),
        ask("accept_booking", &[Action::AnswerBooking], BOOKING).into(),
        Scene::Later(TimeDelta::hours(2)).into(),
        ask("complete_booking", &[Action::AnswerBooking], BOOKING).into(),
        Scene::Do { role: Role::Coordinator, id: "request_booking", body: job_at_consent, keeps: Some("booking_id") }
            .into(),
        offer().into(),
        Scene::Do { role: Role::Interpreter, id: "accept_booking", body: |_| Value::Null, keeps: None }.into(),
    ]
}

fn team(world: &World<'_>) -> Value {
    json!({ "coordinator_id": world.get("coordinator_id"), "doctor_id": world.get("doctor_id") })
}

fn job(world: &World<'_>) -> Value {
    let from = world.app.now() + TimeDelta::hours(1);
    json!({
        "encounter": "admission", "modality": "in_person", "starts_at": from, "ends_at": from + TimeDelta::hours(1),
        "time_zone": "Europe/Istanbul", "place": "International patients desk", "language": "ar",
    })
}

fn job_at_consent(world: &World<'_>) -> Value {
    let mut job = job(world);
    job["encounter"] = json!("consent");
    job
}

fn to_interpreter(world: &World<'_>) -> Value {
    json!({ "interpreter_id": world.get("interpreter_id") })
}

/// A confirmation has recorders of its own, within what the policy allows.
fn may_confirm_the_notice(_person: &Person<'_>, role: Role) -> bool {
    parties_of(role).iter().any(|party| ConfirmationKind::PrivacyNotice.recorders().contains(party))
}

fn said(kind: &str) -> Value {
    json!({ "kind": kind, "reference": "seen, kept" })
}

fn confirm(role: Role, body: fn(&World<'_>) -> Value) -> Entry {
    Scene::Do { role, id: "record_confirmation", body, keeps: None }.into()
}

fn step(role: Role, body: fn(&World<'_>) -> Value) -> Entry {
    Scene::Do { role, id: "take_step", body, keeps: None }.into()
}
