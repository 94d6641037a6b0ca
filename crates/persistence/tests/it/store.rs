//! The unit of work and the errors of the database, on a small table of the tests' own.

use std::time::Duration;

use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_persistence::db_test;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Backend, DatabaseUrl, Durability, Store, StoreConfig};
use rafiq_persistence::testing::{TestDb, execute, number};

use crate::fixtures::unit;

db_test! {
    async fn a_unit_that_answers_ok_is_kept(db: &TestDb) {
        db.execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        let seen_inside = unit(db, async |tx| {
            execute(tx, "INSERT INTO t VALUES (1)").await?;
            number(tx, "SELECT CAST(count(*) AS BIGINT) FROM t").await
        })
        .await;
        assert_eq!(seen_inside.unwrap(), 1);
        assert_eq!(count(db).await, 1);
    }
}

db_test! {
    async fn a_unit_that_answers_an_error_leaves_nothing(db: &TestDb) {
        db.execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        let answer: Result<(), StoreError> = unit(db, async |tx| {
            execute(tx, "INSERT INTO t VALUES (1)").await?;
            Err(StoreError::Stale)
        })
        .await;
        assert_eq!(answer.unwrap_err().code(), ProblemCode::StaleVersion);
        assert_eq!(count(db).await, 0);
    }
}

db_test! {
    async fn a_unit_dropped_half_way_leaves_nothing_and_frees_its_place(db: &TestDb) {
        db.execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        let (inside, arrived) = tokio::sync::oneshot::channel();
        let store = db.store();
        let unit = tokio::spawn(async move {
            unit(&store, async |tx| {
                execute(tx, "INSERT INTO t VALUES (1)").await?;
                inside.send(()).unwrap();
                std::future::pending::<Result<(), StoreError>>().await
            })
            .await
        });
        arrived.await.unwrap();
        unit.abort();
        assert!(unit.await.unwrap_err().is_cancelled());
        db.execute("INSERT INTO t VALUES (2)").await.unwrap();
        assert_eq!(count(db).await, 1);
    }
}

db_test! {
    async fn units_of_two_processes_that_read_and_then_write_all_succeed(db: &TestDb) {
        db.execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        let config = StoreConfig {
            url: DatabaseUrl::parse(db.address()).unwrap(),
            max_connections: 5,
            acquire_timeout: Duration::from_secs(30),
            durability: Durability::Relaxed,
        };
        let stores = [db.store(), Store::connect(&config).await.unwrap()];
        let units: Vec<_> = (0..40)
            .zip(stores.iter().cycle().cloned())
            .map(|(_, store)| {
                tokio::spawn(async move {
                    unit(&store, async |tx| {
                        let before = number(tx, "SELECT CAST(count(*) AS BIGINT) FROM t").await?;
                        execute(tx, &format!("INSERT INTO t VALUES ({before})")).await
                    })
                    .await
                })
            })
            .collect();
        for unit in units {
            unit.await.unwrap().unwrap();
        }
        assert_eq!(count(db).await, 40);
        for store in stores {
            store.close().await.unwrap();
        }
    }
}

db_test! {
    async fn a_reader_of_a_file_cannot_write(db: &TestDb) {
        db.execute("CREATE TABLE t (n INTEGER)").await.unwrap();
        let attempt = number(db, "INSERT INTO t VALUES (1) RETURNING CAST(n AS BIGINT)").await;
        match db.backend() {
            Backend::Sqlite => assert_eq!(attempt.unwrap_err().code(), ProblemCode::Internal),
            // One pool serves both there; that writes need a unit is the compiler's business.
            Backend::Postgres => assert_eq!(attempt.unwrap(), 1),
        }
    }
}

db_test! {
    async fn a_closed_store_is_unavailable(db: &TestDb) {
        db.ping().await.unwrap();
        db.close().await.unwrap();
        assert_eq!(db.ping().await.unwrap_err().code(), ProblemCode::Unavailable);
        let refused = unit(db, async |_| Ok(())).await;
        assert_eq!(refused.unwrap_err().code(), ProblemCode::Unavailable);
    }
}

db_test! {
    async fn a_broken_constraint_has_the_same_name_on_both(db: &TestDb) {
        create_rules(db).await;
        db.execute("INSERT INTO parents VALUES (1, 'a@b'); INSERT INTO spans VALUES (1, 1, 10)").await.unwrap();
        for (statement, name, code) in [
            ("INSERT INTO parents VALUES (1, 'x')", "parents_pkey", ProblemCode::AlreadyExists),
            ("INSERT INTO parents VALUES (2, 'a@b')", "uq_parents_email", ProblemCode::AlreadyExists),
            ("INSERT INTO spans VALUES (1, 5, 6)", "ex_spans_overlap", ProblemCode::AlreadyExists),
            ("INSERT INTO spans VALUES (1, 12, 11)", "ck_spans_order", ProblemCode::Internal),
            ("DELETE FROM spans", "spans_append_only", ProblemCode::Internal),
        ] {
            let refusal = db.execute(statement).await.unwrap_err();
            assert!(refusal.is_constraint(name), "{statement}: {refusal:?}");
            assert!(!refusal.is_constraint("uq_other"));
            assert_eq!(refusal.code(), code, "{statement}");
        }
        for statement in ["INSERT INTO spans VALUES (7, 1, 2)", "DELETE FROM parents"] {
            let refusal = db.execute(statement).await.unwrap_err();
            assert!(matches!(refusal, StoreError::Dangling), "{statement}: {refusal:?}");
        }
    }
}

db_test! {
    async fn a_fault_does_not_print_the_values_of_the_row(db: &TestDb) {
        db.execute("CREATE TABLE secrets (name TEXT NOT NULL, other TEXT NOT NULL)").await.unwrap();
        let fault = db.execute("INSERT INTO secrets VALUES ('Ahmad', NULL)").await.unwrap_err();
        assert_eq!(fault.code(), ProblemCode::Internal);
        assert!(format!("{fault:?}").contains("other") && !format!("{fault:?}").contains("Ahmad"), "{fault:?}");
    }
}

async fn count(db: &TestDb) -> i64 {
    db.number("SELECT CAST(count(*) AS BIGINT) FROM t").await.unwrap()
}

/// The forms of rule that migrations use, in the words of each database.
async fn create_rules(db: &TestDb) {
    db.execute(
        "CREATE TABLE parents (id BIGINT NOT NULL PRIMARY KEY, email TEXT NOT NULL); \
         CREATE UNIQUE INDEX uq_parents_email ON parents (email)",
    )
    .await
    .unwrap();
    let spans = "CREATE TABLE spans (parent_id BIGINT NOT NULL REFERENCES parents (id) ON DELETE RESTRICT, \
        starts BIGINT NOT NULL, ends BIGINT NOT NULL, CONSTRAINT ck_spans_order CHECK (starts < ends)";
    let rest = match db.backend() {
        Backend::Sqlite => {
            "); CREATE TRIGGER ex_spans_overlap BEFORE INSERT ON spans \
             WHEN EXISTS (SELECT 1 FROM spans WHERE parent_id = NEW.parent_id AND starts < NEW.ends AND NEW.starts < ends) \
             BEGIN SELECT RAISE(ABORT, 'ex_spans_overlap'); END; \
             CREATE TRIGGER spans_append_only BEFORE DELETE ON spans BEGIN SELECT RAISE(ABORT, 'spans_append_only'); END"
        }
        Backend::Postgres => {
            ", CONSTRAINT ex_spans_overlap EXCLUDE USING gist (int8range(parent_id, parent_id, '[]') WITH =, int8range(starts, ends) WITH &&)); \
             CREATE FUNCTION spans_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'spans_append_only'; END $$; \
             CREATE TRIGGER spans_append_only BEFORE DELETE ON spans FOR EACH ROW EXECUTE FUNCTION spans_append_only()"
        }
    };
    db.execute(&format!("{spans}{rest}")).await.unwrap();
}
