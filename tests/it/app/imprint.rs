//! Everything that the database holds: what a refused request must leave as it was.

use std::collections::BTreeMap;

use rafiq_persistence::store::Backend;
use uuid::Uuid;

use super::TestApp;

/// The tables that also grow with a refusal, and the one of the migrations.
const ASIDE: &[&str] = &["audit_records", "idempotency_keys", "seaql_migrations"];

/// The content of each table, as a text that differs when the content does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Imprint(BTreeMap<String, String>);

impl Imprint {
    /// The tables that are not alike.
    pub(crate) fn changed<'this>(&'this self, later: &'this Self) -> Vec<&'this str> {
        let Self(tables) = self;
        tables.iter().filter(|(table, content)| later.0.get(*table) != Some(content)).map(|(table, _)| table.as_str()).collect()
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

    /// An id as it is written in a query.
    pub(crate) fn literal(&self, id: Uuid) -> String {
        match self.db.backend() {
            Backend::Sqlite => format!("x'{}'", id.simple()),
            Backend::Postgres => format!("'{id}'"),
        }
    }
}
