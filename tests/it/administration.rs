//! Who gives whom which role, who is shut out, and who looks at all that.

use chrono::TimeDelta;
use rafiq_domain::vocabulary::{Coded, Role};
use rafiq_persistence::{db_test, postgres_test};
use serde_json::{Value, json};

use crate::app::{
    Answer, Ask, Instances, PASSWORD, Session, TestApp, Thing, a_case, a_hospital, a_patient, all_at_once,
};

db_test! {
    async fn a_role_counts_from_the_next_request_until_it_is_ended(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let finance = app.user(&[Role::Finance]).await;
        finance.get("/users").await.refused(403, "forbidden");

        let given = give(&administrator, &finance, Role::Lead).await.expect(201);
        assert_eq!(given.text("/state"), "running");
        assert_eq!(given.text("/granted_by"), administrator.user_id.to_string());
        finance.get("/users").await.expect(200);
        assert_eq!(finance.get("/account").await.body["roles"], json!(["lead", "finance"]));
        give(&administrator, &finance, Role::Lead).await.refused(409, "already_exists");

        let ended = end(&administrator, &finance, given.text("/id")).await.expect(200);
        assert_eq!((ended.text("/state"), ended.text("/end_reason")), ("ended", "no longer needed"));
        finance.get("/users").await.refused(403, "forbidden");
        end(&administrator, &finance, given.text("/id")).await.refused(409, "wrong_state");
        give(&administrator, &finance, Role::Lead).await.expect(201);

        let history = administrator.get(&format!("/users/{}/roles", finance.user_id)).await.expect(200);
        let states: Vec<_> = entries(&history).map(|held| (&held["role"], &held["state"])).collect();
        let (lead, finance) = (json!("lead"), json!("finance"));
        let (running, ended) = (json!("running"), json!("ended"));
        assert_eq!(states, [(&lead, &running), (&lead, &ended), (&finance, &running)]);
    }
}

db_test! {
    async fn nobody_gives_what_they_do_not_hold_for_conferring(db: &TestDb) {
        let app = TestApp::new(db);
        let first = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Finance]).await;
        // Whoever is made an administrator by others gives nothing yet.
        let second = app.user(&[Role::Coordinator]).await;
        second_administrator(&app, db, &second).await;
        let denied = give(&second, &user, Role::Doctor).await.refused(403, "role_not_held");
        assert_eq!(app.audited(&denied, "forbidden").await, 1);
        confer(&second, &user, Role::Doctor).await.refused(403, "role_not_held");
        create(&second, "new.doctor", "doctor").await.refused(403, "role_not_held");

        confer(&first, &second, Role::Doctor).await.expect(201);
        give(&second, &user, Role::Doctor).await.expect(201);
        create(&second, "new.doctor", "doctor").await.expect(201);
        create(&second, "new.finance", "finance").await.refused(403, "role_not_held");
        // To hold a role for conferring is not to act in it.
        let account = second.get("/account").await.expect(200);
        assert_eq!(account.body["roles"], json!(["administrator", "coordinator"]));
        assert_eq!(account.body["confers"], json!(["doctor"]));
        // A coordinator gives nothing, whatever they were given to pass on.
        confer(&first, &user, Role::Doctor).await.expect(201);
        give(&user, &second, Role::Doctor).await.refused(404, "not_found");
    }
}

db_test! {
    async fn nobody_changes_their_own_roles_not_even_to_end_them(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator, Role::Lead]).await;
        app.user(&[Role::Administrator]).await;
        let denied = give(&administrator, &administrator, Role::Doctor).await.refused(403, "own_roles");
        assert_eq!(app.audited(&denied, "forbidden").await, 1);
        let own = administrator.get(&format!("/users/{}/roles", administrator.user_id)).await.expect(200);
        for held in entries(&own) {
            let denied = end(&administrator, &administrator, held["id"].as_str().unwrap()).await;
            let denied = denied.refused(403, "own_roles");
            assert_eq!(app.audited(&denied, "forbidden").await, 1);
        }
    }
}

db_test! {
    async fn one_person_alone_makes_nobody_an_administrator(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let user = app.user(&[Role::Lead]).await;
        give(&administrator, &user, Role::Administrator).await.refused(409, "needs_second_person");
        confer(&administrator, &user, Role::Administrator).await.refused(409, "needs_second_person");
        create(&administrator, "another.one", "administrator").await.refused(409, "needs_second_person");
        assert_eq!(app.number("SELECT COUNT(*) FROM users WHERE login = 'another.one'").await, 0);
    }
}

db_test! {
    async fn each_side_keeps_to_its_own_roles(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let hospital = a_hospital().by(&administrator).await;
        let theirs = app.hospital_user(&hospital).await;
        let ours = app.user(&[Role::Coordinator]).await;
        for role in [Role::Doctor, Role::HospitalClient, Role::Interpreter] {
            refused_field(&give(&administrator, &theirs, role).await, "/role", "contradicts");
        }
        refused_field(&confer(&administrator, &theirs, Role::HospitalUser).await, "/role", "contradicts");
        for role in [Role::HospitalUser, Role::HospitalClient, Role::Interpreter] {
            refused_field(&give(&administrator, &ours, role).await, "/role", "contradicts");
        }
        let machine = json!({
            "login": "a.machine", "name": "A machine", "roles": ["hospital_client"], "hospital_id": hospital.id,
            "email": "machine@example.org", "language": "en",
        });
        refused_field(&administrator.post("/users", &machine).await, "/roles", "contradicts");
    }
}

db_test! {
    async fn a_role_ends_by_itself_when_its_time_is_over(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let finance = app.user(&[Role::Finance]).await;
        let path = format!("/users/{}/roles", finance.user_id);
        let lead = |until| json!({ "role": "lead", "purpose": "exercise", "until": until, "reason": "stands in" });
        refused_field(&administrator.post(&path, &lead(app.now())).await, "/until", "in_the_past");
        let too_far = app.now() + TimeDelta::days(732);
        refused_field(&administrator.post(&path, &lead(too_far)).await, "/until", "out_of_range");

        let given = administrator.post(&path, &lead(app.now() + TimeDelta::minutes(3))).await.expect(201);
        finance.get("/users").await.expect(200);
        app.advance(TimeDelta::minutes(3));
        finance.get("/users").await.refused(403, "forbidden");
        let administrator = administrator.again().await;
        let history = administrator.get(&path).await.expect(200);
        assert_eq!(entries(&history).next().unwrap()["state"], "expired");
        end(&administrator, &finance, given.text("/id")).await.refused(409, "wrong_state");

        // What is over gives its place to the next.
        let again = administrator.post(&path, &lead(app.now() + TimeDelta::days(30))).await.expect(201);
        finance.get("/users").await.expect(200);
        let history = administrator.get(&path).await.expect(200);
        let states: Vec<_> = entries(&history).map(|held| held["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["running", "expired", "running"]);
        assert_eq!(entries(&history).next().unwrap()["id"], again.text("/id"));
    }
}

db_test! {
    async fn who_holds_no_role_any_more_is_out(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let finance = app.user(&[Role::Finance]).await;
        let held = only_role(&administrator, &finance).await;
        end(&administrator, &finance, &held).await.expect(200);
        finance.get("/account").await.refused(401, "unauthenticated");
        app.signing_in(&finance.login, PASSWORD).await.refused(401, "invalid_credentials");
        give(&administrator, &finance, Role::Finance).await.expect(201);
        finance.get("/account").await.expect(200);
    }
}

db_test! {
    async fn the_people_of_a_suspended_hospital_are_out_and_its_referrals_stay(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (hospital, other) = (a_hospital().by(&administrator).await, a_hospital().by(&administrator).await);
        let (theirs, others) = (app.hospital_user(&hospital).await, app.hospital_user(&other).await);
        theirs.get("/partner/referrals").await.expect(200);
        let lead = app.user(&[Role::Lead]).await;
        let case = a_case(&a_patient(0).by(&lead).await).by(&lead).await;
        db.execute("UPDATE cases SET stage = 'referral_preparation', laterality = 'left'").await.unwrap();
        let draft = json!({ "hospital_id": hospital.id, "question": "admit" });
        let referral = lead.post(&format!("/cases/{}/referrals", case.id), &draft).await.expect(201);
        let path = format!("/cases/{}/referrals/{}", case.id, referral.text("/id"));
        let send = async || {
            let refused = lead.command(&format!("{path}/send")).with_if_match(referral.etag()).await;
            refused.refused(409, "gates_unmet").body["unmet_gates"].to_string().contains("hospital_licensed")
        };
        assert!(!send().await);

        let suspended = change_state(&administrator, &hospital, &hospital.etag, "suspend").await.expect(200);
        assert_eq!(suspended.text("/details/state"), "suspended");
        assert_eq!(suspended.text("/state_reason"), "licence under inspection");
        theirs.get("/account").await.refused(401, "unauthenticated");
        theirs.get("/partner/referrals").await.refused(401, "unauthenticated");
        app.signing_in(&theirs.login, PASSWORD).await.refused(401, "invalid_credentials");
        let refreshed = app.anyone().ask(axum::http::Method::POST, "/api/v1/sessions/refresh");
        refreshed.json(&json!({ "refresh_token": theirs.refresh_token })).await.refused(401, "invalid_refresh_token");
        others.get("/account").await.expect(200);
        assert!(send().await, "a referral goes to a suspended hospital");
        db.execute("UPDATE referrals SET state = 'sent', sent_at = created_at, respond_by = created_at").await.unwrap();
        assert_eq!(lead.get(&path).await.expect(200).text("/state"), "sent");

        change_state(&administrator, &hospital, &hospital.etag, "reinstate").await.refused(412, "stale_version");
        change_state(&administrator, &hospital, suspended.etag(), "suspend").await.refused(409, "wrong_state");
        change_state(&lead, &hospital, suspended.etag(), "reinstate").await.refused(403, "forbidden");
        let back = change_state(&administrator, &hospital, suspended.etag(), "reinstate").await.expect(200);
        assert_eq!(back.text("/details/state"), "active");
        theirs.get("/account").await.expect(200);
        app.signing_in(&theirs.login, PASSWORD).await.expect(200);
    }
}

db_test! {
    async fn a_hospital_is_suspended_with_a_reason_and_not_by_the_way(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let hospital = a_hospital().by(&administrator).await;
        let path = format!("/hospitals/{}", hospital.id);
        let suspended = a_hospital().with("/state", "suspended").body;
        let put = administrator.put(&path, &suspended).with_if_match(&hospital.etag).await;
        refused_field(&put, "/state", "contradicts");
        administrator.put(&path, &a_hospital().body).with_if_match(&hospital.etag).await.expect(200);
    }
}

db_test! {
    async fn a_hospital_has_its_people_listed(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let (hospital, other) = (a_hospital().by(&administrator).await, a_hospital().by(&administrator).await);
        let (theirs, _) = (app.hospital_user(&hospital).await, app.hospital_user(&other).await);
        let listed = administrator.get(&format!("/hospitals/{}/users", hospital.id)).await.expect(200);
        let ids: Vec<_> = entries(&listed).map(|user| user["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, [theirs.user_id.to_string()]);
        assert_eq!(entries(&listed).next().unwrap()["roles"], json!(["hospital_user"]));
        let nothing = administrator.get("/hospitals/019ab000-0000-7000-8000-000000000000/users").await;
        nothing.refused(404, "not_found");
    }
}

db_test! {
    async fn the_review_shows_who_may_do_what_and_what_stands_out(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let auditor = app.user(&[Role::Auditor]).await;
        let lead = app.user(&[Role::Lead]).await;
        let case = a_case(&a_patient(0).by(&lead).await).by(&lead).await;
        let disabled = app.user(&[Role::Doctor]).await;
        disable(&administrator, &disabled).await.expect(200);
        let until = app.now() + TimeDelta::days(20);
        let finance = json!({ "role": "finance", "purpose": "exercise", "until": until, "reason": "stands in" });
        administrator.post(&format!("/users/{}/roles", lead.user_id), &finance).await.expect(201);
        let created = create(&administrator, "never.here", "doctor").await.expect(201);

        let review = auditor.get("/access/review").await.expect(200);
        let of = |id: &str| entries(&review).find(|entry| entry["user_id"] == id).cloned().unwrap();
        assert!(!entries(&review).any(|entry| entry["user_id"] == disabled.user_id.to_string()));
        let seen = of(&lead.user_id.to_string());
        assert_eq!(seen["open_cases"], 1, "{}", case.id);
        assert_eq!(seen["open_grants"], 1);
        assert_eq!(seen["last_signed_in_at"], json!(app.now()));
        assert_eq!(seen["flags"], json!(["role_ends_soon", "no_second_factor"]));
        let roles: Vec<_> = seen["roles"].as_array().unwrap().iter().map(|held| (&held["role"], held.get("until"))).collect();
        assert_eq!(roles, [(&json!("lead"), None), (&json!("finance"), Some(&json!(until)))]);
        assert_eq!(seen["roles"][1]["granted_by"], administrator.user_id.to_string());
        assert_eq!(of(&administrator.user_id.to_string())["flags"], json!(["administrator", "confers", "no_second_factor"]));
        assert_eq!(of(created.text("/id"))["flags"], json!(["never_signed_in", "no_second_factor"]));

        app.user(&[Role::Coordinator]).await.get("/access/review").await.refused(403, "forbidden");
    }
}

db_test! {
    async fn a_review_is_due_every_half_year_and_is_another_ones(db: &TestDb) {
        let app = TestApp::new(db);
        let administrator = app.user(&[Role::Administrator]).await;
        let doctor = app.user(&[Role::Doctor]).await;
        let path = format!("/users/{}/confirm-access", doctor.user_id);
        app.advance(TimeDelta::days(180));
        let administrator = administrator.again().await;
        assert_eq!(flags(&administrator, &doctor).await, json!(["long_away", "no_second_factor", "review_due"]));
        // What is confirmed is what was looked at: a role given meanwhile was not.
        let seen = reviewed(&administrator, &doctor).await;
        administrator.post(&path, &json!({})).await.refused(428, "version_required");
        give(&administrator, &doctor, Role::Finance).await.expect(201);
        let late = administrator.post(&path, &json!({})).with_if_match(&version_of(&seen)).await;
        late.refused(412, "stale_version");
        assert_eq!(app.count("access_reviews").await, 0);
        let seen = reviewed(&administrator, &doctor).await;
        let note = administrator.post(&path, &json!({ "note": "still with us" }));
        let review = note.with_if_match(&version_of(&seen)).await.expect(200);
        assert_eq!(review.text("/reviewer_id"), administrator.user_id.to_string());
        assert_eq!(flags(&administrator, &doctor).await, json!(["long_away", "no_second_factor"]));
        let kept = administrator.get(&format!("/users/{}/access-reviews", doctor.user_id)).await.expect(200);
        assert_eq!(entries(&kept).map(|review| &review["note"]).collect::<Vec<_>>(), [&json!("still with us")]);

        let own = format!("/users/{}/confirm-access", administrator.user_id);
        let seen = reviewed(&administrator, &administrator).await;
        let denied = administrator.post(&own, &json!({})).with_if_match(&version_of(&seen)).await;
        let denied = denied.refused(403, "own_access");
        assert_eq!(app.audited(&denied, "forbidden").await, 1);
        assert!(db.execute("DELETE FROM access_reviews").await.is_err(), "a review can be taken back");
        app.advance(TimeDelta::days(180));
        let administrator = administrator.again().await;
        assert!(flags(&administrator, &doctor).await.as_array().unwrap().contains(&json!("review_due")));
    }
}

db_test! {
    async fn the_last_administrator_stays(db: &TestDb) {
        let app = TestApp::new(db);
        let (one, other) = (app.user(&[Role::Administrator]).await, app.user(&[Role::Administrator]).await);
        // An administrator whose time is set does not count as one who stays.
        let third = app.user(&[Role::Lead]).await;
        second_administrator(&app, db, &third).await;
        db.execute("UPDATE role_assignments SET until = '2027-01-01 00:00:00+00:00' WHERE granted_by IS NULL AND reason = 'by two'").await.unwrap();
        disable(&one, &other).await.expect(200);
        let role = administrator_role(&third, &one).await;
        end(&third, &one, &role).await.refused(409, "last_administrator");
        disable(&third, &one).await.refused(409, "last_administrator");
        off_board(&third, &one, &json!({})).await.refused(409, "last_administrator");
        enable(&one, &other).await.expect(200);
        end(&third, &one, &role).await.expect(200);
        one.get("/users").await.refused(401, "unauthenticated");
    }
}

db_test! {
    async fn the_last_one_who_makes_administrators_stays(db: &TestDb) {
        let app = TestApp::new(db);
        let one = app.user(&[Role::Administrator]).await;
        // Two who act in the role, and give it to nobody.
        let (second, third) = (app.user(&[Role::Lead]).await, app.user(&[Role::Lead]).await);
        second_administrator(&app, db, &second).await;
        second_administrator(&app, db, &third).await;
        let before = app.census().await;
        disable(&second, &one).await.refused(409, "last_administrator");
        off_board(&second, &one, &json!({})).await.refused(409, "last_administrator");
        for purpose in ["exercise", "confer"] {
            let role = administrator_role_for(&second, &one, purpose).await;
            end(&second, &one, &role).await.refused(409, "last_administrator");
        }
        assert_eq!(app.census().await, before);
        disable(&one, &third).await.expect(200);
        let other = app.user(&[Role::Administrator]).await;
        off_board(&other, &one, &json!({})).await.expect(200);
    }
}

postgres_test! {
    async fn of_two_administrators_who_shut_each_other_out_at_once_one_stays(db: &TestDb) {
        let both = Instances::start(db).await;
        for round in 0..12 {
            let (one, other) = (both.one.user(&[Role::Administrator]).await, both.one.user(&[Role::Administrator]).await);
            // Nobody else: those of earlier rounds are gone.
            db.execute(&format!(
                "UPDATE users SET state = 'disabled' WHERE login NOT IN ('{}', '{}')", one.login, other.login
            )).await.unwrap();
            let asks = shut_out(&both, round, &one, &other).await;
            let answers = all_at_once(asks).await;
            let done = answers.iter().filter(|answer| answer.status.is_success()).count();
            let refused = answers.iter().find(|answer| !answer.status.is_success());
            let code = refused.map_or("none", |answer| answer.body["code"].as_str().unwrap());
            assert_eq!(done, 1, "round {round}: {code}");
            assert!(["last_administrator", "unauthenticated", "stale_version"].contains(&code), "round {round}: {code}");
            let left = "SELECT COUNT(*) FROM role_assignments JOIN users ON users.id = user_id \
                WHERE role = 'administrator' AND purpose = 'exercise' AND ended_at IS NULL AND state = 'active'";
            assert_eq!(both.one.number(left).await, 1, "round {round}");
        }
    }
}

postgres_test! {
    async fn what_one_instance_changes_counts_at_the_next_request_of_the_other(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        let finance = both.two.user(&[Role::Finance]).await;
        let hospital = a_hospital().by(&administrator).await;
        let theirs = both.two.hospital_user(&hospital).await;
        let given = give(&administrator, &finance, Role::Lead).await.expect(201);
        finance.get("/users").await.expect(200);
        end(&administrator, &finance, given.text("/id")).await.expect(200);
        finance.get("/users").await.refused(403, "forbidden");
        theirs.get("/account").await.expect(200);
        change_state(&administrator, &hospital, &hospital.etag, "suspend").await.expect(200);
        theirs.get("/account").await.refused(401, "unauthenticated");
        off_board(&administrator, &finance, &json!({})).await.expect(200);
        finance.get("/account").await.refused(401, "unauthenticated");
    }
}

/// Each takes the other out, by one of the three ways, at different instances.
async fn shut_out<'app>(
    both: &'app Instances<'_>,
    round: usize,
    one: &Session<'app>,
    other: &Session<'app>,
) -> Vec<Ask<'app>> {
    let mut asks = Vec::new();
    for (app, who, whom) in [(&both.one, one, other), (&both.two, other, one)] {
        let path = format!("/users/{}", whom.user_id);
        let seen = who.get(&path).await.expect(200);
        let who_there = who.at(app);
        asks.push(match round % 3 {
            0 => who_there.command(&format!("{path}/disable")).with_if_match(seen.etag()),
            1 => who_there.post(&format!("{path}/off-board"), &leaving(&json!({}))).with_if_match(seen.etag()),
            _ => {
                let role = administrator_role(who, whom).await;
                who_there.post(&format!("{path}/roles/{role}/end"), &json!({ "reason": "in a hurry" }))
            }
        });
    }
    asks
}

fn entries(list: &Answer) -> impl Iterator<Item = &Value> {
    list.body["items"].as_array().unwrap().iter()
}

#[track_caller]
pub(crate) fn refused_field(answer: &Answer, pointer: &str, code: &str) {
    assert_eq!(answer.status, 422, "{:#}", answer.body);
    let wrong = answer.body["errors"].as_array().unwrap();
    let found = wrong.iter().any(|error| error["pointer"] == pointer && error["code"] == code);
    assert!(found, "{:#}", answer.body);
}

fn give<'app>(by: &Session<'app>, to: &Session<'_>, role: Role) -> Ask<'app> {
    let body = json!({ "role": role.code(), "purpose": "exercise", "reason": "is needed" });
    by.post(&format!("/users/{}/roles", to.user_id), &body)
}

fn confer<'app>(by: &Session<'app>, to: &Session<'_>, role: Role) -> Ask<'app> {
    let body = json!({ "role": role.code(), "purpose": "confer", "reason": "brings people in" });
    by.post(&format!("/users/{}/roles", to.user_id), &body)
}

fn end<'app>(by: &Session<'app>, of: &Session<'_>, id: &str) -> Ask<'app> {
    by.post(&format!("/users/{}/roles/{id}/end", of.user_id), &json!({ "reason": "no longer needed" }))
}

fn create<'app>(by: &Session<'app>, login: &str, role: &str) -> Ask<'app> {
    let email = format!("{login}@example.org");
    by.post(
        "/users",
        &json!({ "login": login, "name": "Nour Saleh", "roles": [role], "email": email, "language": "ar" }),
    )
}

fn change_state<'app>(by: &Session<'app>, hospital: &Thing, etag: &str, verb: &str) -> Ask<'app> {
    let reason = json!({ "reason": "licence under inspection" });
    by.post(&format!("/hospitals/{}/{verb}", hospital.id), &reason).with_if_match(etag)
}

async fn disable(by: &Session<'_>, user: &Session<'_>) -> Answer {
    command(by, user, "disable").await
}

pub(crate) async fn enable(by: &Session<'_>, user: &Session<'_>) -> Answer {
    command(by, user, "enable").await
}

async fn command(by: &Session<'_>, user: &Session<'_>, verb: &str) -> Answer {
    let path = format!("/users/{}", user.user_id);
    let seen = by.get(&path).await.expect(200);
    by.command(&format!("{path}/{verb}")).with_if_match(seen.etag()).await
}

pub(crate) async fn off_board(by: &Session<'_>, user: &Session<'_>, to: &Value) -> Answer {
    let path = format!("/users/{}", user.user_id);
    let seen = by.get(&path).await.expect(200);
    by.post(&format!("{path}/off-board"), &leaving(to)).with_if_match(seen.etag()).await
}

pub(crate) fn leaving(to: &Value) -> Value {
    json!({ "hand_over_to": to, "note": { "language": "en", "body": "Leaves us; all is in the case." } })
}

/// Makes someone an administrator as two people would, who act in the role and give none.
async fn second_administrator(app: &TestApp<'_>, db: &rafiq_persistence::testing::TestDb, user: &Session<'_>) {
    let id = match db.backend() {
        rafiq_persistence::store::Backend::Sqlite => "randomblob(16)",
        rafiq_persistence::store::Backend::Postgres => "gen_random_uuid()",
    };
    let insert = format!(
        "INSERT INTO role_assignments (id, user_id, role, purpose, granted_at, reason) \
         SELECT {id}, id, 'administrator', 'exercise', created_at, 'by two' FROM users WHERE login = '{}'",
        user.login
    );
    db.execute(&insert).await.unwrap();
    assert!(app.count("role_assignments").await > 0);
}

async fn administrator_role(by: &Session<'_>, of: &Session<'_>) -> String {
    administrator_role_for(by, of, "exercise").await
}

async fn administrator_role_for(by: &Session<'_>, of: &Session<'_>, purpose: &str) -> String {
    let held = by.get(&format!("/users/{}/roles?limit=50", of.user_id)).await.expect(200);
    let role = entries(&held).find(|held| held["role"] == "administrator" && held["purpose"] == purpose);
    role.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn only_role(by: &Session<'_>, of: &Session<'_>) -> String {
    let held = by.get(&format!("/users/{}/roles", of.user_id)).await.expect(200);
    entries(&held).next().unwrap()["id"].as_str().unwrap().to_owned()
}

/// What a reviewer sees of someone.
async fn reviewed(by: &Session<'_>, of: &Session<'_>) -> Value {
    let review = by.get("/access/review").await.expect(200);
    let of = of.user_id.to_string();
    entries(&review).find(|entry| entry["user_id"] == of).unwrap().clone()
}

fn version_of(seen: &Value) -> String {
    format!("\"v{}\"", seen["version"])
}

async fn flags(by: &Session<'_>, of: &Session<'_>) -> Value {
    reviewed(by, of).await["flags"].clone()
}
