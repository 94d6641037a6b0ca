//! The history of the schema.

use rafiq_persistence::db_test;
use rafiq_persistence::store::Backend;
use rafiq_persistence::testing::TestDb;

/// One line for each table, column, index and trigger, in a fixed order.
async fn shape(db: &TestDb) -> String {
    let query = match db.backend() {
        Backend::Sqlite => {
            "SELECT coalesce(group_concat(line, char(10)), '') FROM (SELECT name || ': ' || coalesce(sql, '') AS line FROM sqlite_master ORDER BY name)"
        }
        Backend::Postgres => {
            "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (\
                SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public' \
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
                UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
                UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal) lines"
        }
    };
    db.text(query).await.unwrap()
}

db_test! {
    async fn the_history_can_be_taken_back_and_applied_again(db: &TestDb) {
        let fresh = shape(db).await;
        assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new());
        db.migrate_down().await.unwrap();
        let empty = shape(db).await;
        let left = empty.lines().filter(|line| !line.contains("seaql_migrations")).collect::<Vec<_>>();
        assert!(left.iter().all(|line| line.trim_end_matches([')', '"', ' ']).is_empty()), "left behind: {left:?}");
        db.migrate().await.unwrap();
        assert_eq!(shape(db).await, fresh);
        db.migrate().await.unwrap();
    }
}

db_test! {
    async fn the_roles_of_before_are_assignments_afterwards(db: &TestDb) {
        db.migrate_back_before("m20261122_000012_role_assignments").await.unwrap();
        for (number, roles) in [(1, r#"["administrator","lead"]"#), (2, r#"["doctor"]"#)] {
            let id = match db.backend() {
                Backend::Sqlite => format!("x'{number:032x}'"),
                Backend::Postgres => format!("'{number:032x}'"),
            };
            let columns = "id, login, name, roles, state, created_at, version";
            let values = format!("{id}, 'user-{number}', 'U', '{roles}', 'active', '2026-03-02 08:00:00+00:00', 1");
            db.execute(&format!("INSERT INTO users ({columns}) VALUES ({values})")).await.unwrap();
        }
        db.migrate().await.unwrap();
        let held = async |login: &str, purpose: &str| {
            let aggregate = match db.backend() {
                Backend::Sqlite => "group_concat(role, ' ')",
                Backend::Postgres => "string_agg(role, ' ')",
            };
            let sql = format!(
                "SELECT coalesce({aggregate}, '') FROM (SELECT role FROM role_assignments JOIN users ON users.id = user_id \
                 WHERE login = '{login}' AND purpose = '{purpose}' AND granted_at = created_at ORDER BY role) AS held"
            );
            db.text(&sql).await.unwrap()
        };
        assert_eq!(held("user-1", "exercise").await, "administrator lead");
        assert_eq!(held("user-2", "exercise").await, "doctor");
        let every = "administrator auditor coordinator doctor finance hospital_client hospital_user interpreter lead";
        assert_eq!(held("user-1", "confer").await, every);
        assert_eq!(held("user-2", "confer").await, "");
        let versions = match db.backend() {
            Backend::Sqlite => "SELECT COUNT(*) FROM role_assignments WHERE hex(id) LIKE '%7___8_______________'",
            Backend::Postgres => "SELECT COUNT(*) FROM role_assignments WHERE id::text LIKE '________-____-7___-8___-%'",
        };
        assert_eq!(db.number(versions).await.unwrap(), 12, "ids of version 7");
        db.migrate_back_before("m20261122_000012_role_assignments").await.unwrap();
        let roles = db.text("SELECT replace(roles, ' ', '') FROM users WHERE login = 'user-1'").await.unwrap();
        assert_eq!(roles, r#"["administrator","lead"]"#);
    }
}

/// The mapper of constraint errors rebuilds the name from the columns, all that SQLite tells.
#[test]
fn every_unique_index_is_named_after_its_columns() {
    rafiq_persistence::testing::on_sqlite(async |db| {
        let misnamed = "SELECT coalesce(group_concat(found || ', not ' || wanted), '') FROM ( \
            SELECT i.name AS found, 'uq_' || t.name || '_' || (SELECT group_concat(c.name, '_') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) AS wanted \
            FROM sqlite_master t, pragma_index_list(t.name) i \
            WHERE t.type = 'table' AND i.\"unique\" = 1 AND i.origin <> 'pk' AND t.name NOT LIKE 'seaql%' \
            AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name) WHERE name IS NULL)) \
            WHERE found <> wanted OR length(found) > 63";
        assert_eq!(db.text(misnamed).await.unwrap(), "");
        db.execute("CREATE TABLE odd (a INTEGER UNIQUE)").await.unwrap();
        assert_eq!(db.text(misnamed).await.unwrap(), "sqlite_autoindex_odd_1, not uq_odd_a");
    });
}
