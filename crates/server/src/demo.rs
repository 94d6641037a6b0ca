//! The demonstration: a fresh embedded database, seeded, and one patient's whole journey through the API.
//!
//! Everything is done over HTTP as its users would do it, so what it shows is what it serves. The
//! log-ins that it prints are good on this database only, which is marked as a demonstration.

mod cast;
mod client;
mod journey;
mod people;

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use rafiq_app::App;
use rafiq_domain::time::Clock as _;
use rafiq_persistence::installation;
use rafiq_persistence::store::{DatabaseUrl, Durability, Store, StoreConfig};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::cast::Cast;
use self::journey::{Journey, Voice};
use self::people::{HEROINE, PASSWORD, PATIENTS};
use crate::assembly::{self, SystemClock};
use crate::config::{self, Config};
use crate::serve::{ServeLimits, serve, stop_on_signal};
use crate::{keys, worker};

/// What happens after the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The process ends.
    End,
    /// The server goes on, for people to look around.
    Serve,
}

/// Runs the demonstration.
///
/// # Errors
/// When the address is taken, or any step of the journey fails.
pub async fn run(config: &Config, after: After) -> anyhow::Result<()> {
    let folder = config.data_dir.join("demo");
    let store = fresh_database(config, &folder).await?;
    let app = assembly::product(config, store.clone())?;
    cast::create_administrator(&app).await?;
    let keys = keys::open(&config.data_dir, SystemClock.now())?;
    let service = assembly::service(config, app.clone(), keys.clone())?;
    // A single run may go beside another: any free port will do.
    let address = if after == After::End { (config.listen.ip(), 0).into() } else { config.listen };
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let base = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let working = worker::start(app.clone(), stop.clone());
    let reading = keys::keep_current(keys, stop.clone());
    let limits = ServeLimits::from(config);
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { serve(listener, service, &limits, stop).await }
    });
    let played = play(&app, &base).await;
    if played.is_err() || after == After::End {
        stop.cancel();
    }
    if played.is_ok() {
        say_good_bye(&base, after)?;
    }
    serving.await??;
    working.await?;
    reading.await?;
    store.close().await?;
    played
}

/// A new database in `folder`, whatever was there before: only what a demonstration left may be there.
async fn fresh_database(config: &Config, folder: &Path) -> anyhow::Result<Store> {
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {}", folder.display()))?;
    for name in ["rafiq.db", "rafiq.db-wal", "rafiq.db-shm"] {
        let file = folder.join(name);
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| format!("the file {}", file.display()))?;
        }
    }
    let settings = StoreConfig {
        url: DatabaseUrl::parse(config::DatabaseUrl::sqlite_file(&folder.join("rafiq.db")).expose())?,
        max_connections: config.database.pool_size,
        acquire_timeout: config.database.acquire_timeout,
        // What a demonstration loses in a power cut is made again by the next.
        durability: Durability::Relaxed,
    };
    let store = Store::connect(&settings).await?;
    store.migrate().await?;
    installation::mark_as_demo(&store).await?;
    Ok(store)
}

async fn play(app: &App, base: &str) -> anyhow::Result<()> {
    let cast = Cast::assemble(app, base, SystemClock.now().date_naive()).await?;
    writeln!(std::io::stdout(), "Seeding {} cases …", PATIENTS.len())?;
    for (turn, patient) in (1..).zip(PATIENTS) {
        Journey::new(&cast, patient, turn, Voice::Silent)
            .play()
            .await
            .with_context(|| format!("the seeded case {turn}"))?;
    }
    writeln!(std::io::stdout(), "One journey, through the API at {base}:\n")?;
    let mut journey = Journey::new(&cast, &HEROINE, 0, Voice::Telling);
    journey.play().await?;
    journey.first_visit().await
}

fn say_good_bye(base: &str, after: After) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if after == After::End {
        writeln!(out, "\nThe journey is complete.")?;
        return Ok(());
    }
    writeln!(
        out,
        "\nServing at {base}\n  interface reference  {base}/docs\n  interface document   {base}/openapi.json\n"
    )?;
    writeln!(out, "Log-ins of this demo database, all with the password {PASSWORD}:")?;
    for (login, who) in Cast::log_ins() {
        writeln!(out, "  {login:<12} {who}")?;
    }
    writeln!(out, "\nStop with Ctrl-C.")?;
    Ok(())
}
