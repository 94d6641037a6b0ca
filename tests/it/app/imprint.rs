//! What the database holds: all that a refused request must leave as it was, and what is on record of it.

use std::collections::BTreeMap;

use rafiq_domain::policy::{Action, ObjectKind, Verdict};
use rafiq_domain::vocabulary::Coded;
use rafiq_persistence::store::Backend;
use uuid::Uuid;

use super::TestApp;

/// The tables that also grow with a refusal, and the one of the migrations.
const ASIDE: &[&str] = &["audit_records", "idempotency_keys", "seaql_migrations"];

/// The tables that count what was tried in vain.
const TRIES: &[&str] = &["throttles", "second_factor_attempts"];

/// The content of each table, as a text that differs when the content does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Imprint(BTreeMap<String, String>);

/// What one row of the audit trail says: what was asked, to which kind of thing, and what was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnRecord {
    pub(crate) verdict: Verdict,
    pub(crate) action: Action,
    pub(crate) kind: ObjectKind,
}

impl Imprint {
    /// The tables that are not alike.
    pub(crate) fn changed<'this>(&'this self, later: &'this Self) -> Vec<&'this str> {
        let Self(tables) = self;
        tables
            .iter()
            .filter(|(table, content)| later.0.get(*table) != Some(content))
            .map(|(table, _)| table.as_str())
            .collect()
    }
}

impl TestApp<'_> {
    /// What is in every table but those that also grow with a refusal.
    pub(crate) async fn imprint(&self) -> Imprint {
        let tables = self.tables().await;
        let content = tables.iter().map(|(table, content)| format!("'{table} ' || ({content})"));
        let content = content.collect::<Vec<_>>().join(" || '\n' || ");
        let content = self.db.text(&format!("SELECT {content}")).await.unwrap();
        let read = |line: &str| line.split_once(' ').map(|(table, content)| (table.to_owned(), content.to_owned()));
        Imprint(content.lines().filter_map(read).collect())
    }

    /// How many rows each table has, but for those that also grow with a refusal or count tries.
    pub(crate) async fn census(&self) -> String {
        let tables = self.tables().await;
        let tables = tables.iter().filter(|(table, _)| !TRIES.contains(&table.as_str()));
        let counts = tables.map(|(table, _)| format!("'{table} ' || (SELECT COUNT(*) FROM {table})"));
        let sql = format!("SELECT {}", counts.collect::<Vec<_>>().join(" || ', ' || "));
        self.db.text(&sql).await.unwrap()
    }

    /// Each table with the query for its content as one line, blank when it is empty.
    async fn tables(&self) -> Vec<(String, String)> {
        let names = match self.db.backend() {
            Backend::Sqlite => {
                "SELECT group_concat(line, '\n') FROM (SELECT tables.name || ' ' || (SELECT \
                 group_concat('quote(\"' || columns.name || '\")', ' || ') FROM pragma_table_info(tables.name) AS columns) \
                 AS line FROM sqlite_master AS tables WHERE type = 'table' AND tables.name NOT LIKE 'sqlite_%')"
            }
            Backend::Postgres => {
                "SELECT string_agg(tablename || ' ', E'\n') FROM pg_tables WHERE schemaname = current_schema()"
            }
        };
        let lines = self.db.text(names).await.unwrap();
        let lines = lines.lines().map(|line| line.split_once(' ').unwrap());
        let tables = lines.filter(|(table, _)| !ASIDE.contains(table)).map(|(table, columns)| {
            let content = match self.db.backend() {
                Backend::Sqlite => format!("SELECT coalesce(group_concat(hex({columns})), '') FROM {table}"),
                Backend::Postgres => {
                    format!("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} AS t")
                }
            };
            (table.to_owned(), content)
        });
        tables.collect()
    }

    /// What each of these requests left in the audit trail.
    pub(crate) async fn decisions(&self, requests: impl Iterator<Item = Uuid>) -> BTreeMap<Uuid, Vec<OnRecord>> {
        let requests: Vec<_> = requests.map(|id| self.literal(id)).collect();
        if requests.is_empty() {
            return BTreeMap::new();
        }
        let (id, gather) = match self.db.backend() {
            Backend::Sqlite => ("hex(request_id)", "group_concat"),
            Backend::Postgres => ("request_id::text", "string_agg"),
        };
        let lines = format!(
            "SELECT {id} || ' ' || decision || ' ' || action || ' ' || object_kind AS line FROM audit_records \
             WHERE request_id IN ({})",
            requests.join(", ")
        );
        let lines = self.db.text(&format!("SELECT coalesce({gather}(line, ','), '') FROM ({lines}) AS lines")).await;
        let mut decisions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in lines.unwrap().split_terminator(',') {
            let [id, verdict, action, kind] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let verdict = Verdict::from_code(verdict).unwrap();
            let (action, kind) = (Action::from_code(action).unwrap(), ObjectKind::from_code(kind).unwrap());
            decisions.entry(id.parse().unwrap()).or_default().push(OnRecord { verdict, action, kind });
        }
        decisions
    }

    /// An id as it is written in a query.
    pub(crate) fn literal(&self, id: Uuid) -> String {
        match self.db.backend() {
            Backend::Sqlite => format!("x'{}'", id.simple()),
            Backend::Postgres => format!("'{id}'"),
        }
    }
}
