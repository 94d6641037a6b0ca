//! Two instances of the service on one database: what one decides, the other keeps to.

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::postgres_test;
use serde_json::json;

use crate::app::{Answer, Ask, Instances, PASSWORD, TestApp, all_at_once, announce};

/// How long a second use of a refresh token is taken for a lost answer (security §2).
const LOST_ANSWER: TimeDelta = TimeDelta::seconds(30);

/// How long a refresh token is good.
const IDLE: TimeDelta = TimeDelta::minutes(30);

postgres_test! {
    async fn a_token_of_one_instance_is_good_at_the_other(db: &TestDb) {
        let both = Instances::start(db).await;
        let session = both.one.user(&[Role::Coordinator]).await;
        session.at(&both.two).get("/account").await.expect(200);
        let next = refresh(&both.two, &session.refresh_token).await.expect(200);
        both.one.bearer(next.text("/access_token")).get("/account").await.expect(200);
    }
}

postgres_test! {
    async fn a_thief_and_the_victim_lose_the_session_in_every_order(db: &TestDb) {
        let both = Instances::start(db).await;
        // Who uses the copied token first, at which instance each asks, and how much time lies between.
        for order in 0..16 {
            let [first, second] = if order & 1 == 0 { [&both.one, &both.two] } else { [&both.two, &both.one] };
            let session = first.user(&[Role::Coordinator]).await;
            let won = refresh(first, &session.refresh_token).await.expect(200);
            both.advance(if order & 2 == 0 { TimeDelta::zero() } else { LOST_ANSWER });
            let lost = refresh(second, &session.refresh_token).await;
            if order & 2 == 0 {
                // It looks like a lost answer; the first use of either new token tells.
                let lost = lost.expect(200);
                let (one, other) = if order & 4 == 0 { (&won, &lost) } else { (&lost, &won) };
                let (here, there) = if order & 8 == 0 { (first, second) } else { (second, first) };
                refresh(here, one.text("/refresh_token")).await.expect(200);
                refresh(there, other.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
            } else {
                lost.refused(401, "invalid_refresh_token");
            }
            for app in both.both() {
                refresh(app, won.text("/refresh_token")).await.refused(401, "invalid_refresh_token");
                app.bearer(won.text("/access_token")).get("/account").await.refused(401, "unauthenticated");
            }
            both.advance(TimeDelta::minutes(1));
        }
        assert_eq!(reuses(&both.one).await, 16, "each theft is on record, once");
    }
}

postgres_test! {
    async fn of_many_uses_of_one_token_at_once_at_most_one_chain_goes_on(db: &TestDb) {
        let both = Instances::start(db).await;
        for _ in 0..5 {
            let session = both.one.user(&[Role::Coordinator]).await;
            let copies = vec![session.refresh_token.clone(); 12];
            let answers = at_once(&both, &copies).await;
            // No answer was used yet, so each copy may be one whose answer was lost.
            let children: Vec<_> = answers.into_iter().map(|answer| answer.expect(200)).collect();
            let tokens: Vec<_> = children.iter().map(|child| child.text("/refresh_token").to_owned()).collect();
            let used = at_once(&both, &tokens).await;
            let went_on = used.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(went_on, 1, "of two answers to one token only the first used goes on");
            for token in tokens.iter().map(String::as_str).chain(used.iter().filter_map(|answer| answer.body["refresh_token"].as_str())) {
                refresh(&both.two, token).await.refused(401, "invalid_refresh_token");
            }
        }
        assert_eq!(reuses(&both.one).await, 5, "one event for each session, however many uses");
    }
}

postgres_test! {
    async fn every_history_of_a_family_ends_as_its_model_says(db: &TestDb) {
        let both = Instances::start(db).await;
        let mut ended = [0, 0];
        for seed in 1..=40 {
            let mut chance = Chance::from(seed);
            let session = both.one.user(&[Role::Coordinator]).await;
            let mut family = Family::begin(session.refresh_token.clone(), both.one.now());
            for step in 0..14 {
                let at = if chance.of(2) == 0 { &both.one } else { &both.two };
                both.advance(chance.pause());
                let picked = family.pick(&mut chance);
                let expected = family.present(picked, at.now());
                let answer = refresh(at, &family.tokens[picked].secret).await;
                let what = format!("history {seed}, step {step}: token {picked} of {:?}", family.tokens);
                assert_eq!(answer.status == 200, expected == Outcome::Exchanged, "{what}: {}", answer.body);
                if expected == Outcome::Exchanged {
                    family.add(picked, answer.text("/refresh_token").to_owned(), at.now());
                    both.two.bearer(answer.text("/access_token")).get("/account").await.expect(200);
                }
                assert!(family.is_one_chain(), "{what}");
            }
            ended[usize::from(family.dead)] += 1;
            if family.dead {
                for app in both.both() {
                    for token in &family.tokens {
                        refresh(app, &token.secret).await.refused(401, "invalid_refresh_token");
                    }
                }
            }
        }
        announce(&format!("{} families lived on, {} ended by a reuse", ended[0], ended[1]));
        assert!(ended.iter().all(|count| *count >= 10), "the histories show too little: {ended:?}");
        assert_eq!(reuses(&both.one).await, ended[1]);
    }
}

postgres_test! {
    async fn who_is_disabled_or_signed_out_at_one_instance_is_out_at_the_other(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        let session = both.two.user(&[Role::Doctor]).await;
        let other = session.again().await;

        session.at(&both.one).command("/sessions/end").await.expect(204);
        session.get("/account").await.refused(401, "unauthenticated");
        other.get("/account").await.expect(200);

        administrator.command(&format!("/users/{}/sessions/end", other.user_id)).await.expect(204);
        other.get("/account").await.refused(401, "unauthenticated");
        refresh(&both.two, &other.refresh_token).await.refused(401, "invalid_refresh_token");

        let back = other.again().await;
        back.get("/account").await.expect(200);
        let user = format!("/users/{}", back.user_id);
        let seen = administrator.get(&user).await.expect(200);
        administrator.command(&format!("{user}/disable")).with_if_match(seen.etag()).await.expect(200);
        back.get("/account").await.refused(401, "unauthenticated");
        both.two.signing_in(&back.login, PASSWORD).await.refused(401, "invalid_credentials");
    }
}

postgres_test! {
    async fn a_role_given_or_taken_at_one_instance_counts_at_the_other_at_once(db: &TestDb) {
        let both = Instances::start(db).await;
        let administrator = both.one.user(&[Role::Administrator]).await;
        let user = both.two.user(&[Role::Finance]).await;
        user.get("/users").await.refused(403, "forbidden");
        let roles = format!("/users/{}/roles", user.user_id);
        let lead = json!({ "role": "lead", "purpose": "exercise", "reason": "is needed" });
        let given = administrator.post(&roles, &lead).await.expect(201);
        user.get("/users").await.expect(200);
        let end = format!("{roles}/{}/end", given.text("/id"));
        administrator.post(&end, &json!({ "reason": "no longer needed" })).await.expect(200);
        user.get("/users").await.refused(403, "forbidden");
    }
}

postgres_test! {
    async fn a_rotation_of_the_keys_interrupts_nobody(db: &TestDb) {
        let both = Instances::start(db).await;
        let old = both.one.user(&[Role::Coordinator]).await;
        both.advance(TimeDelta::minutes(1));
        let lead = TimeDelta::minutes(2);
        let added = both.one.shelf().add(both.one.now() + lead);
        both.one.keys().reload().unwrap();
        assert!(published(&both.one).await.contains(&added.key.id().to_owned()), "others learn of it before it signs");
        both.advance(lead);

        // The one signs with the new key, of which the other has not heard yet.
        let new = refresh(&both.one, &old.refresh_token).await.expect(200);
        let new = new.text("/access_token");
        assert_ne!(kid(new), kid(old.token().unwrap()));
        for app in both.both() {
            app.bearer(new).get("/account").await.expect(200);
            old.at(app).get("/account").await.expect(200);
            assert_eq!(published(app).await.len(), 2);
        }
        // Five minutes and five seconds after the new key took over, nothing of the old one is good.
        both.advance(TimeDelta::seconds(305));
        for app in both.both() {
            assert_eq!(published(app).await, [added.key.id()]);
        }
    }
}

postgres_test! {
    async fn a_key_in_the_wrong_hands_is_worth_nothing_once_the_folder_is_read(db: &TestDb) {
        let both = Instances::start(db).await;
        let session = both.one.user(&[Role::Coordinator]).await;
        both.one.shelf().add(both.one.now());
        both.one.shelf().keep_only_last();
        both.one.keys().reload().unwrap();
        session.get("/account").await.refused(401, "unauthenticated");
        session.at(&both.two).get("/account").await.expect(200);

        let new = refresh(&both.one, &session.refresh_token).await.expect(200);
        // The token of the new key makes the other look, and it forgets the old one.
        both.two.bearer(new.text("/access_token")).get("/account").await.expect(200);
        session.at(&both.two).get("/account").await.refused(401, "unauthenticated");
    }
}

fn refresh<'app>(app: &'app TestApp<'_>, token: &str) -> Ask<'app> {
    app.anyone().ask(Method::POST, "/api/v1/sessions/refresh").json(&json!({ "refresh_token": token }))
}

/// Exchanges all tokens at the same time, in turns at the one instance and the other.
async fn at_once(both: &Instances<'_>, tokens: &[String]) -> Vec<Answer> {
    let asks = tokens.iter().enumerate().map(|(turn, token)| refresh(both.both()[turn % 2], token));
    all_at_once(asks).await
}

/// The ids of the keys that an instance publishes.
async fn published(app: &TestApp<'_>) -> Vec<String> {
    let set = app.anyone().ask(Method::GET, "/.well-known/jwks.json").await.expect(200);
    let keys = set.body["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The header of a token, which names its key.
fn kid(token: &str) -> &str {
    token.split('.').next().unwrap()
}

/// How many reuses are on record.
async fn reuses(app: &TestApp<'_>) -> i64 {
    app.number(
        "SELECT COUNT(*) FROM audit_records WHERE action = 'reuse_refresh_token' AND object_kind = 'session' \
         AND decision = 'forbidden' AND actor_id IS NULL AND object_id IS NOT NULL",
    )
    .await
}

/// Numbers that look like chance, the same on every run (xorshift).
struct Chance(u64);

impl Chance {
    fn from(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `many`.
    fn of(&mut self, many: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % many
    }

    /// Mostly a moment, at times longer than a lost answer, rarely longer than a token lives.
    fn pause(&mut self) -> TimeDelta {
        match self.of(40) {
            0 => IDLE,
            1..=4 => LOST_ANSWER,
            5..=15 => TimeDelta::seconds(10),
            _ => TimeDelta::zero(),
        }
    }
}

/// What must become of a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Exchanged,
    Refused,
}

/// A token as the model knows it.
#[derive(Debug)]
struct Known {
    secret: String,
    parent: Option<usize>,
    issued: DateTime<Utc>,
    used: Option<DateTime<Utc>>,
}

/// The tokens of one session, and the rule that they follow, told once more without the product's help:
/// a token may be used again for half a minute, as long as nobody went on from another answer to it.
struct Family {
    tokens: Vec<Known>,
    ends: DateTime<Utc>,
    dead: bool,
}

impl Family {
    fn begin(secret: String, now: DateTime<Utc>) -> Self {
        let first = Known { secret, parent: None, issued: now, used: None };
        Self { tokens: vec![first], ends: now + TimeDelta::hours(12), dead: false }
    }

    fn add(&mut self, parent: usize, secret: String, now: DateTime<Utc>) {
        self.tokens.push(Known { secret, parent: Some(parent), issued: now, used: None });
    }

    /// Mostly the newest token, as an honest client does.
    fn pick(&self, chance: &mut Chance) -> usize {
        let newest = self.tokens.len() - 1;
        match chance.of(10) {
            0 => usize::try_from(chance.of(self.tokens.len() as u64)).unwrap(),
            1 => newest.saturating_sub(1),
            _ => newest,
        }
    }

    fn present(&mut self, picked: usize, now: DateTime<Utc>) -> Outcome {
        if self.dead || now >= self.ends {
            return Outcome::Refused;
        }
        let token = &self.tokens[picked];
        let answered = |parent: usize, but: usize| {
            self.tokens
                .iter()
                .enumerate()
                .any(|(at, other)| at != but && other.parent == Some(parent) && other.used.is_some())
        };
        let overtaken = answered(picked, picked) || token.parent.is_some_and(|parent| answered(parent, picked));
        let late = token.used.is_some_and(|used| now - used >= LOST_ANSWER);
        if overtaken || late {
            self.dead = true;
            return Outcome::Refused;
        }
        if token.used.is_none() && now - token.issued >= IDLE {
            return Outcome::Refused;
        }
        self.tokens[picked].used.get_or_insert(now);
        Outcome::Exchanged
    }

    /// Whether nobody went on from two answers to one token.
    fn is_one_chain(&self) -> bool {
        let mut gone_on: Vec<_> =
            self.tokens.iter().filter(|token| token.used.is_some()).map(|token| token.parent).collect();
        let all = gone_on.len();
        gone_on.sort();
        gone_on.dedup();
        gone_on.len() == all
    }
}
