//! A PostgreSQL server for the tests of one process, and a database of its own for each test.
//!
//! The server is either the one of `TEST_DATABASE_URL` or a throw-away cluster that listens on a
//! Unix socket only and keeps nothing durable. A shell supervises the cluster: it holds the reading
//! end of a pipe whose other end is ours, so that it sees our end also when we are killed, stops the
//! cluster and removes its files.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use super::{must, open, scratch_directory, variable};

/// `$1` directory, `$2` binaries. Answers one line: `ready`, or what went wrong.
const SUPERVISOR: &str = r#"
trap '' HUP INT TERM PIPE
dir=$1 bin=$2
finish() { "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1; cd /; rm -rf "$dir"; }
{ "$bin/initdb" -D "$dir/data" -U rafiq -A trust -E UTF8 --locale=C.UTF-8 --no-sync &&
  "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -o "-c listen_addresses= -k $dir -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" start; } >"$dir/log" 2>&1 || {
    cat "$dir/log" "$dir/server.log" 2>/dev/null | tr '\n' ' '; finish; exit 1
}
echo ready
exec >/dev/null
read -r _
finish
"#;

/// The server that all tests of this process share.
#[derive(Debug)]
struct Server {
    /// The address of a database that exists, as a user that may create others.
    admin: String,
    /// Begins the name of each of our databases here; carries the time, so that the leftovers of a
    /// killed run can be told from what is in use.
    prefix: String,
    /// Ends with this process, whatever ends it: its closed pipe is what stops the cluster.
    _supervisor: Option<Child>,
}

/// One database on the server.
#[derive(Debug)]
pub(super) struct Database {
    server: &'static Server,
    name: String,
}

impl Database {
    /// A copy of the migrated template; none, said loudly, if no server can be had.
    pub(super) async fn create() -> Option<Self> {
        static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let server = SERVER.get_or_init(Server::find).await.as_ref()?;
        let name = format!("{}_{}", server.prefix, COUNT.fetch_add(1, Ordering::Relaxed));
        let template = server.template();
        server.run(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await;
        Some(Self { server, name })
    }

    /// The address to connect to.
    pub(super) fn address(&self) -> String {
        self.server.address(&self.name)
    }

    /// Drops the database, also from under a connection that a failed test left open.
    pub(super) async fn remove(self) {
        self.server.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

impl Server {
    async fn find() -> Option<Self> {
        let started = match variable("TEST_DATABASE_URL") {
            Some(address) => Ok((address, None)),
            None => start_cluster(),
        };
        match started {
            Ok((admin, supervisor)) => Some(Self::prepare(admin, supervisor).await),
            Err(reason) if variable("REQUIRE_POSTGRES").is_some_and(|value| value != "0") => {
                panic!("REQUIRE_POSTGRES is set, but there is no PostgreSQL to test on: {reason}")
            }
            Err(reason) => {
                let notice = format!("\n*** The PostgreSQL half of the tests DID NOT RUN: {reason} ***\n\n");
                // Past the capture of the test runner, which hides what a passing test prints.
                must("say so", std::io::stderr().write_all(notice.as_bytes()));
                None
            }
        }
    }

    /// Clears what killed runs left behind and migrates the template.
    async fn prepare(admin: String, supervisor: Option<Child>) -> Self {
        let mut connection = must("connect to PostgreSQL", PgConnection::connect(&admin).await);
        let now = "SELECT extract(epoch FROM now())::bigint";
        let now: i64 = must("ask the time", sqlx::query_scalar(now).fetch_one(&mut connection).await);
        let old = "SELECT datname FROM pg_database WHERE datname LIKE 'rafiq\\_test\\_%' AND split_part(datname, '_', 3)::bigint < $1";
        let old: Vec<String> = must(
            "list old databases",
            sqlx::query_scalar(old).bind(now - 24 * 60 * 60).fetch_all(&mut connection).await,
        );
        must("disconnect", connection.close().await);

        let server =
            Self { admin, prefix: format!("rafiq_test_{now}_{}", std::process::id()), _supervisor: supervisor };
        for name in old {
            server.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
        let template = server.template();
        server.run(&format!("CREATE DATABASE {template}")).await;
        let store = open(&server.address(&template)).await;
        must("migrate", store.migrate().await);
        must("close the template", store.close().await);
        server
    }

    fn template(&self) -> String {
        format!("{}_template", self.prefix)
    }

    fn address(&self, database: &str) -> String {
        let (server, query) = self.admin.split_once('?').unwrap_or((&self.admin, ""));
        let (scheme, rest) = server.split_once("://").unwrap_or(("postgres", server));
        let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
        format!("{scheme}://{authority}/{database}?{query}")
    }

    async fn run(&self, statement: &str) {
        let mut connection = must("connect to PostgreSQL", PgConnection::connect(&self.admin).await);
        must(statement, connection.execute(AssertSqlSafe(statement)).await);
        must("disconnect", connection.close().await);
    }
}

fn start_cluster() -> Result<(String, Option<Child>), String> {
    let binaries = find_binaries().ok_or("no server binaries on this machine and TEST_DATABASE_URL is not set")?;
    let place = scratch_directory();
    let mut supervisor = Command::new("sh");
    // A group of its own: an interrupt from the terminal must not end it before it has cleaned up.
    supervisor
        .args(["-c", SUPERVISOR, "sh"])
        .arg(place.path())
        .arg(binaries)
        .current_dir(place.path())
        .process_group(0);
    if ask("id", &["-u"]).as_deref() == Some("0") {
        // PostgreSQL refuses to run as root.
        let (user, group) = unprivileged().ok_or("running as root, and there is neither a user postgres nor nobody")?;
        chown(place.path(), Some(user), Some(group)).map_err(|error| format!("chown: {error}"))?;
        supervisor.uid(user).gid(group);
    }
    let mut supervisor = supervisor
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("sh: {error}"))?;
    // From here on the supervisor removes the directory.
    let directory = place.keep();
    let mut answer = String::new();
    let answers = supervisor.stdout.take().ok_or("no pipe")?;
    BufReader::new(answers).read_line(&mut answer).map_err(|error| format!("the supervisor: {error}"))?;
    if answer.trim() != "ready" {
        return Err(format!("the server did not start: {answer}"));
    }
    Ok((format!("postgres://rafiq@localhost/postgres?host={}", directory.display()), Some(supervisor)))
}

/// The folder with `initdb`, `pg_ctl` and `postgres`. A link on the path leads to the real folder.
fn find_binaries() -> Option<PathBuf> {
    let on_path = variable("PATH").unwrap_or_default();
    let linked = std::env::split_paths(&on_path)
        .filter_map(|folder| folder.join("postgres").canonicalize().ok()?.parent().map(Path::to_owned));
    let mut packaged: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    packaged.sort();
    let configured = ask("pg_config", &["--bindir"]).map(PathBuf::from);
    linked
        .chain(packaged.into_iter().rev())
        .chain(configured)
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

fn unprivileged() -> Option<(u32, u32)> {
    ["postgres", "nobody"].iter().find_map(|name| {
        let number = |flag| ask("id", &[flag, name])?.parse().ok();
        Some((number("-u")?, number("-g")?))
    })
}

/// What a small program prints, if it succeeds.
fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
