//! How someone leaves: what ends with them, who takes over, and what comes in at the same moment.

use chrono::TimeDelta;
use rafiq_domain::mail::MailKind;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::administration::{enable, leaving, off_board, refused_field};
use crate::app::{
    Ask, Client, Instances, PASSWORD, Session, TestApp, Thing, a_case, a_patient, all_at_once, an_interpreter,
};
use crate::second_factor::enrol;

/// Another password than everybody's.
const ANOTHER: &str = "quite another test phrase";

/// What opens anything to a user: a table, and the rows of it that are theirs.
const OPENS: [(&str, &str); 9] = [
    ("passwords", "user_id = $"),
    ("totp_factors", "user_id = $"),
    ("recovery_codes", "user_id = $"),
    ("known_devices", "user_id = $"),
    ("one_time_links", "user_id = $"),
    ("sessions", "user_id = $ AND revoked_at IS NULL"),
    ("role_assignments", "user_id = $ AND ended_at IS NULL"),
    ("delegations", "(from_user_id = $ OR to_user_id = $) AND ended_at IS NULL"),
    ("access_grants", "user_id = $ AND ended_at IS NULL"),
];

async fn open(app: &TestApp<'_>, user: &Session<'_>, table: &str) -> i64 {
    let (_, theirs) = OPENS.iter().find(|(known, _)| *known == table).unwrap();
    let theirs = theirs.replace('$', &app.literal(user.user_id));
    app.number(&format!("SELECT COUNT(*) FROM {table} WHERE {theirs}")).await
}

/// What all those who are disabled still have.
async fn left_to_the_disabled(app: &TestApp<'_>) -> [i64; 4] {
    let disabled = "(SELECT id FROM users WHERE state = 'disabled')";
    let grants = format!("SELECT COUNT(*) FROM access_grants WHERE ended_at IS NULL AND user_id IN {disabled}");
    let cases = format!("SELECT COUNT(*) FROM cases WHERE stage <> 'closed' AND coordinator_id IN {disabled}");
    let roles = format!("SELECT COUNT(*) FROM role_assignments WHERE ended_at IS NULL AND user_id IN {disabled}");
    let delegations = format!("SELECT COUNT(*) FROM delegations WHERE ended_at IS NULL AND to_user_id IN {disabled}");
    [app.number(&grants).await, app.number(&cases).await, app.number(&roles).await, app.number(&delegations).await]
}

async fn own_case(session: &Session<'_>, patient: usize) -> Thing {
    a_case(&a_patient(patient).by(session).await).by(session).await
}

fn delegate<'app>(app: &TestApp<'_>, by: &Session<'app>, to: &Session<'_>) -> Ask<'app> {
    let until = app.now() + TimeDelta::days(3);
    by.post("/delegations", &json!({ "to_user_id": to.user_id, "valid_until": until, "reason": "Leave" }))
}

fn second_opinion<'app>(app: &TestApp<'_>, by: &Session<'app>, case: &Thing, of: &Session<'_>) -> Ask<'app> {
    let until = app.now() + TimeDelta::days(30);
    let body = json!({ "doctor_id": of.user_id, "until": until, "reason": "Is it the artery?" });
    by.post(&format!("/cases/{}/second-opinions", case.id), &body)
}

fn role<'app>(by: &Client<'app>, to: &Session<'_>, role: &str) -> Ask<'app> {
    let body = json!({ "role": role, "purpose": "exercise", "reason": "is needed" });
    by.post(&format!("/users/{}/roles", to.user_id), &body)
}

fn choose<'app>(app: &'app TestApp<'_>, path: &str, token: &str) -> Ask<'app> {
    app.anyone().post(path, &json!({ "token": token, "password": ANOTHER }))
}

db_test! {
    async fn who_leaves_leaves_nothing_open(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let leaver = app.user(&[Role::Coordinator, Role::Doctor]).await;
        let (coordinator, doctor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Doctor]).await);
        let case = own_case(&leaver, 0).await;
        let foreign = [own_case(&coordinator, 1).await, own_case(&coordinator, 2).await];
        second_opinion(&app, &coordinator, &foreign[0], &leaver).await.expect(201);
        let emergency = json!({ "reason_code": "acute_event", "reason": "She fell in the bath." });
        leaver.post(&format!("/cases/{}/break-glass", foreign[1].id), &emergency).await.expect(201);
        delegate(&app, &leaver, &doctor).await.expect(201);
        delegate(&app, &coordinator, &leaver).await.expect(201);
        enrol(&app, &leaver.client()).await;
        app.anyone().post("/password-resets", &json!({ "login": leaver.login })).without("idempotency-key").await.expect(202);
        app.run_mail().await;
        let reset = app.mailbox().last_token(MailKind::PasswordReset);
        for (table, _) in OPENS {
            assert!(open(&app, &leaver, table).await > 0, "the story shows nothing of {table}");
        }
        assert_eq!(open(&app, &leaver, "access_grants").await, 3);
        let before = app.census().await;

        let refused = off_board(&administrator, &leaver, &json!({})).await.refused(409, "cases_need_successor");
        assert!(refused.text("/detail").contains("1 as coordinator, 0 as doctor"), "{}", refused.body);
        let to_doctor = json!({ "coordinator_id": doctor.user_id });
        refused_field(&off_board(&administrator, &leaver, &to_doctor).await, "/hand_over_to/coordinator_id", "not_known_here");
        let to_oneself = json!({ "coordinator_id": leaver.user_id });
        refused_field(&off_board(&administrator, &leaver, &to_oneself).await, "/hand_over_to/coordinator_id", "contradicts");
        assert_eq!(app.census().await, before, "a refusal left something behind");
        leaver.get("/cases").await.expect(200);

        let to = json!({ "coordinator_id": coordinator.user_id });
        let left = off_board(&administrator, &leaver, &to).await.expect(200);
        assert_eq!(left.text("/user/state"), "disabled");
        let counts = ["cases_handed_over", "roles_ended", "bookings_called_off"].map(|name| left.body[name].clone());
        assert_eq!(counts, [json!(1), json!(2), json!(0)]);
        for (table, _) in OPENS {
            assert_eq!(open(&app, &leaver, table).await, 0, "{table}");
        }
        leaver.get("/account").await.refused(401, "unauthenticated");
        app.signing_in(&leaver.login, PASSWORD).await.refused(401, "invalid_credentials");
        coordinator.get(&format!("/cases/{}", case.id)).await.expect(200);
        assert_eq!(left_to_the_disabled(&app).await, [0; 4]);
        assert_eq!(app.audited(&left, "allowed").await, 2, "the user, and the case that went to others");
        assert!(administrator.finds_in_log(&case.id, &left).await);
        assert!(!administrator.finds_in_log(&foreign[0].id, &left).await);
        off_board(&administrator, &administrator, &json!({})).await.refused(403, "forbidden");

        // Whoever is let in again comes without roles, without cases, and without what they signed in by.
        enable(&administrator, &leaver).await.expect(200);
        role(&administrator, &leaver, "doctor").await.expect(201);
        app.signing_in(&leaver.login, PASSWORD).await.refused(401, "invalid_credentials");
        choose(&app, "/password-resets/complete", &reset).await.refused(401, "invalid_link");
        administrator.command(&format!("/users/{}/invite", leaver.user_id)).await.expect(202);
        app.run_mail().await;
        choose(&app, "/invitations/accept", &app.mailbox().last_token(MailKind::Invitation)).await.expect(204);
        let back = app.signing_in(&leaver.login, ANOTHER).await.expect(200);
        let back = app.bearer(back.text("/access_token"));
        assert_eq!(back.get("/cases").await.expect(200).items(), [] as [Value; 0]);
    }
}

db_test! {
    async fn who_leaves_before_the_first_day_comes_in_by_no_old_invitation(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let new = json!({
            "login": "never.here", "name": "Nour Saleh", "roles": ["doctor"], "email": "never.here@clinic.example",
            "language": "ar",
        });
        let user = administrator.post("/users", &new).await.expect(201);
        app.run_mail().await;
        let invitation = app.mailbox().last_token(MailKind::Invitation);
        let account = format!("/users/{}", user.text("/id"));
        let seen = administrator.get(&account).await.expect(200);
        let off_board = administrator.post(&format!("{account}/off-board"), &json!({}));
        let left = off_board.with_if_match(seen.etag()).await.expect(200);
        let enable = administrator.command(&format!("{account}/enable")).with_if_match(left.etag());
        enable.await.expect(200);
        let doctor = json!({ "role": "doctor", "purpose": "exercise", "reason": "is needed" });
        administrator.post(&format!("{account}/roles"), &doctor).await.expect(201);
        choose(&app, "/invitations/accept", &invitation).await.refused(401, "invalid_link");
    }
}

db_test! {
    async fn closed_cases_keep_nobody(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (coordinator, successor) = (app.user(&[Role::Coordinator]).await, app.user(&[Role::Coordinator]).await);
        let close = async |who: &Session<'_>, patient: usize| {
            let case = own_case(who, patient).await;
            let step = json!({ "trigger": "dismiss", "closure_reason": "not_interested", "reason": "has found another way" });
            who.post(&format!("/cases/{}/steps", case.id), &step).with_if_match(&case.etag).await.expect(200);
            case
        };
        let kept = close(&coordinator, 0).await;
        let left = off_board(&administrator, &coordinator, &json!({})).await.expect(200);
        assert_eq!(left.body["cases_handed_over"], 0);
        // What is done with the case later gives nothing back to the one who has left.
        let (lead, doctor) = (app.user(&[Role::Lead]).await, app.user(&[Role::Doctor]).await);
        let to_doctor = json!({ "case_ids": [kept.id], "doctor_id": doctor.user_id, "note": "Please look at it." });
        lead.post("/case-reassignments", &to_doctor).await.expect(200);
        assert_eq!(left_to_the_disabled(&app).await, [0; 4]);
        // Nor does the case come back to them: it is handed over first.
        let path = format!("/cases/{}", kept.id);
        let reopen = json!({ "trigger": "reopen", "to": "intake", "reason": "came back" });
        let reopened = async || {
            let seen = lead.get(&path).await.expect(200);
            lead.post(&format!("{path}/steps"), &reopen).with_if_match(seen.etag()).await
        };
        reopened().await.refused(409, "wrong_state");
        let to_successor = json!({ "case_ids": [kept.id], "coordinator_id": successor.user_id, "note": "Yours now." });
        lead.post("/case-reassignments", &to_successor).await.expect(200);
        reopened().await.refused(409, "gates_unmet");

        // Who takes over the open ones gets the closed ones too, and no work with them.
        let other = app.user(&[Role::Coordinator]).await;
        let (closed, open) = (close(&other, 1).await, own_case(&other, 2).await);
        let refused = off_board(&administrator, &other, &json!({})).await.refused(409, "cases_need_successor");
        assert!(refused.text("/detail").contains("1 as coordinator"), "{}", refused.body);
        let to = json!({ "coordinator_id": successor.user_id });
        let left = off_board(&administrator, &other, &to).await.expect(200);
        assert_eq!(left.body["cases_handed_over"], 2);
        for (case, tasks) in [(&closed, 0), (&open, 1)] {
            let listed = successor.get(&format!("/cases/{}/tasks", case.id)).await.expect(200).items();
            let take_over = listed.iter().filter(|task| task["kind"] == "take_over_case").count();
            assert_eq!(take_over, tasks);
        }
    }
}

/// Jobs of an interpreter: one that is firm, one that is on offer, and one that is over.
struct Jobs<'app> {
    coordinator: Session<'app>,
    case: Thing,
    interpreter: Thing,
    firm: String,
    offered: String,
    over: String,
}

impl<'app> Jobs<'app> {
    async fn begin(app: &'app TestApp<'_>, administrator: &Session<'_>) -> Self {
        let coordinator = app.user(&[Role::Coordinator]).await;
        let case = own_case(&coordinator, 0).await;
        let interpreter = an_interpreter().by(administrator).await;
        let (none, mut jobs) = (String::new(), Vec::new());
        for day in 1..=3 {
            let from = app.now() + TimeDelta::days(day);
            let job = json!({
                "encounter": "consultation", "modality": "video", "starts_at": from,
                "ends_at": from + TimeDelta::hours(1), "time_zone": "Europe/Istanbul", "place": "Video", "language": "ar",
            });
            let bookings = format!("/cases/{}/interpreter-bookings", case.id);
            let booking = Thing::of(&coordinator.post(&bookings, &job).await.expect(201));
            let to = json!({ "interpreter_id": interpreter.id });
            let offer = coordinator.post(&format!("{bookings}/{}/offer", booking.id), &to);
            offer.with_if_match(&booking.etag).await.expect(200);
            jobs.push(booking.id);
        }
        let [over, firm, offered] =
            <[String; 3]>::try_from(jobs).unwrap_or_else(|_| [none.clone(), none.clone(), none]);
        Self { coordinator, case, interpreter, firm, offered, over }
    }

    async fn accept(&self, interpreting: &Session<'_>, job: &str) {
        let path = format!("/interpreter-bookings/{job}");
        let seen = interpreting.get(&path).await.expect(200);
        interpreting.command(&format!("{path}/accept")).with_if_match(seen.etag()).await.expect(200);
    }

    async fn state_of(&self, job: &str) -> String {
        let path = format!("/cases/{}/interpreter-bookings/{job}", self.case.id);
        self.coordinator.again().await.get(&path).await.expect(200).text("/state").to_owned()
    }
}

db_test! {
    async fn an_interpreter_who_leaves_leaves_no_job_with_nobody(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let jobs = Jobs::begin(&app, &administrator).await;
        let (leaver, other) =
            (app.interpreter_user(&jobs.interpreter).await, app.interpreter_user(&jobs.interpreter).await);
        jobs.accept(&leaver, &jobs.over).await;
        jobs.accept(&leaver, &jobs.firm).await;
        // While somebody else answers in their name, everything stays.
        let left = off_board(&administrator, &other, &json!({})).await.expect(200);
        assert_eq!(left.body["bookings_called_off"], 0);
        assert_eq!(jobs.state_of(&jobs.firm).await, "accepted");

        app.advance(TimeDelta::days(1) + TimeDelta::hours(2));
        db.execute("UPDATE interpreter_bookings SET respond_by = starts_at WHERE state = 'offered'").await.unwrap();
        let administrator = administrator.again().await;
        let left = off_board(&administrator, &leaver, &json!({})).await.expect(200);
        assert_eq!(left.body["bookings_called_off"], 2);
        assert!(administrator.finds_in_log(&jobs.case.id, &left).await, "who called the jobs off");
        assert_eq!(jobs.state_of(&jobs.firm).await, "cancelled_late");
        assert_eq!(jobs.state_of(&jobs.offered).await, "cancelled_early");
        assert_eq!(jobs.state_of(&jobs.over).await, "accepted", "what was done is not undone");
        let coordinator = jobs.coordinator.again().await;
        let tasks = coordinator.get(&format!("/cases/{}/tasks", jobs.case.id)).await.expect(200).items();
        let kinds: Vec<_> = tasks.iter().map(|task| task["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["replace_interpreter"], "for the firm job alone");
        for job in [&jobs.firm, &jobs.offered] {
            let job = app.literal(job.parse().unwrap());
            let open = format!("SELECT COUNT(*) FROM access_grants WHERE booking_id = {job} AND ended_at IS NULL");
            assert_eq!(app.number(&open).await, 0);
        }
        let seen = administrator.get(&format!("/interpreters/{}", jobs.interpreter.id)).await.expect(200);
        assert_eq!(seen.text("/details/state"), "inactive");
    }
}

postgres_test! {
    async fn nothing_is_given_to_someone_at_the_moment_they_leave(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        let (lead, successor) = (both.two.user(&[Role::Lead]).await, both.two.user(&[Role::Coordinator]).await);
        let case = own_case(&lead, 0).await;
        let (mut before, mut after) = (0, 0);
        for round in 0..16 {
            let leaver = both.one.user(&[Role::Coordinator, Role::Doctor]).await;
            let account = format!("/users/{}", leaver.user_id);
            let seen = administrator.get(&account).await.expect(200);
            let to = json!({ "coordinator_id": successor.user_id, "doctor_id": null });
            let off_board = administrator.post(&format!("{account}/off-board"), &leaving(&to)).with_if_match(seen.etag());
            let path = format!("/cases/{}/team", case.id);
            let etag = lead.get(&path).await.expect(200).etag().to_owned();
            let team = json!({ "coordinator_id": leaver.user_id, "note": "She knows the family." });
            let mut asks = vec![off_board, lead.put(&path, &team).with_if_match(&etag)];
            match round % 4 {
                0 => {}
                1 => asks.push(second_opinion(&both.two, &lead, &case, &leaver)),
                2 => asks.push(delegate(&both.two, &successor, &leaver)),
                _ => asks.push(role(&administrator.at(&both.two), &leaver, "finance")),
            }
            asks.rotate_left(round % 2);
            let answers = all_at_once(asks).await;
            let codes: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            assert!(codes.iter().all(|code| [200, 201, 409, 412, 422].contains(code)), "round {round}: {codes:?}");
            assert_eq!(left_to_the_disabled(&both.one).await, [0; 4], "round {round}: {codes:?}");
            match answers.iter().filter(|answer| answer.status == 422).count() {
                0 => before += 1,
                _ => after += 1,
            }
        }
        eprintln!("{before} rounds gave before the end, {after} were too late");
    }
}

postgres_test! {
    async fn no_session_outlives_the_moment_in_which_its_user_is_shut_out(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        for round in 0..12 {
            let user = both.one.user(&[Role::Finance]).await;
            let account = format!("/users/{}", user.user_id);
            let seen = administrator.get(&account).await.expect(200);
            let shut_out = if round % 2 == 0 {
                administrator.command(&format!("{account}/disable"))
            } else {
                administrator.post(&format!("{account}/off-board"), &json!({}))
            };
            let mut asks = vec![shut_out.with_if_match(seen.etag())];
            asks.extend((0..4).map(|turn| both.both()[turn % 2].signing_in(&user.login, PASSWORD)));
            let answers = all_at_once(asks).await;
            assert_eq!(answers[0].status, 200, "round {round}: {:#}", answers[0].body);
            let enabled = administrator.command(&format!("{account}/enable")).with_if_match(answers[0].etag());
            enabled.await.expect(200);
            assert_eq!(open(&both.one, &user, "sessions").await, 0, "round {round}");
            for signed_in in answers[1..].iter().filter(|answer| answer.status == 200) {
                let back = both.two.bearer(signed_in.text("/access_token"));
                back.get("/account").await.refused(401, "unauthenticated");
            }
        }
    }
}
