//! Second factors that are set up, shown and taken away. What is shown follows from what was answered before, so
//! that the body of no row could hold it.

use rafiq_domain::policy::Verdict;
use rafiq_domain::vocabulary::Role;
use serde_json::{Value, json};

use super::script::Row;
use super::world::World;
use super::{Findings, Rows, Seen};
use crate::app::{Answer, Authenticator, Client, CodeApp, ORIGIN};

/// What a newcomer does, each as the row of the operation says.
struct Deeds<'run, 'app> {
    world: &'run World<'app>,
    rows: &'run Rows,
    findings: &'run mut Findings,
}

/// Someone who has no factor yet carries out whatever there is to do about one.
pub(super) async fn carry_out(world: &World<'_>, rows: &Rows, findings: &mut Findings) {
    let app = world.app;
    let mut deeds = Deeds { world, rows, findings };
    let newcomer = app.user(&[Role::Auditor]).await;

    let started = deeds.by(&newcomer, "start_totp", &Value::Null).await;
    let code = CodeApp::new(started.text("/secret")).code(app.now());
    let confirmed = deeds.by(&newcomer, "confirm_totp", &json!({ "code": code })).await;
    // The code of this minute is used up.
    let recovery = json!({ "recovery_code": confirmed.text("/recovery_codes/0") });
    let again = newcomer.again().await;
    deeds.by(&again, "verify_second_factor", &recovery).await;
    deeds.by(&again, "renew_recovery_codes", &Value::Null).await;
    deeds.by(&again, "remove_totp", &Value::Null).await;

    let mut key = Authenticator::new(ORIGIN);
    let options = deeds.by(&newcomer, "start_passkey_registration", &Value::Null).await;
    let named = json!({ "name": "Phone", "credential": key.create(&options.body) });
    deeds.by(&newcomer, "finish_passkey_registration", &named).await;
    key.counter += 1;
    let again = newcomer.again().await;
    let options = deeds.by(&again, "challenge_passkey", &Value::Null).await;
    deeds.by(&again, "verify_passkey", &json!({ "credential": key.get(&options.body) })).await;
}

impl Deeds<'_, '_> {
    /// Carries one out; that it was is on record as its row says.
    async fn by(&mut self, newcomer: &Client<'_>, id: &'static str, body: &Value) -> Answer {
        let row: &Row = &self.rows[id];
        let operation = self.world.operation(id);
        let answer = operation.ask(newcomer, &operation.path, body, None).await;
        assert!(answer.status.is_success(), "{id}: {} {:#}", answer.status, answer.body);
        let mut seen = Seen::default();
        seen.decide(&answer, Verdict::Allowed, row.needs, "a newcomer".to_owned());
        seen.compare_records(self.world, row, self.findings).await;
        self.findings.done.insert(id);
        answer
    }
}
