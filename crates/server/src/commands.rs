//! The command line: what `rafiq` can be asked to do. Each command is one function.

mod clients;
mod off_boarding;

pub use clients::{ClientCommand, CreateClientArguments};
pub use off_boarding::OffBoardArguments;

use crate::assembly::{self, SystemClock};
use crate::config::{Config, ConfigArguments, ConfigFaults};
use crate::keys::{self, KeyFolder, Rotation};
use crate::serve::{ServeLimits, stop_on_signal};
use crate::{demo, serve, telemetry, vault, worker};
use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand};
use rafiq_app::accounts::{self, FirstPassword};
use rafiq_app::{Caller, Refused};
use rafiq_domain::ids::{HospitalId, InterpreterId};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{EmailAddress, Login, PersonName};
use rafiq_domain::time::Clock as _;
use rafiq_domain::users::{Contact, UserProfile};
use rafiq_domain::vocabulary::{Coded as _, Language, Role};
use rafiq_http::token::KeyState;
use rafiq_persistence::installation;
use std::io::{IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Exit code for a configuration that cannot be used; the same as for arguments that cannot be read.
const UNUSABLE: u8 = 2;

/// Longest password input that is read, in bytes; far above what any password may be.
const MAX_PASSWORD_BYTES: u64 = 4_096;

/// Case management for medical travel: the server and its tools.
#[derive(Debug, Parser)]
#[command(name = "rafiq", version, arg_required_else_help = true, subcommand_required = true)]
pub struct Cli {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API until SIGTERM or SIGINT, then let requests in flight finish
    Serve,
    /// Bring the database to this version's schema
    Migrate,
    /// Write the API document to the openapi folder
    Openapi(OpenapiArguments),
    /// Manage the people who may log in
    #[command(subcommand)]
    User(UserCommand),
    /// Manage the machine clients of hospitals
    #[command(subcommand)]
    Client(ClientCommand),
    /// Manage the keys that sign access tokens and seal secrets
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Start on a fresh database, play one patient's whole journey through the API, and go on serving
    Demo(DemoArguments),
}

/// Arguments of `rafiq openapi`.
#[derive(Debug, Args)]
pub struct OpenapiArguments {
    /// Write nothing; fail when the committed document differs
    #[arg(long)]
    pub check: bool,
}

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a person who may log in; the password is read from standard input
    Create(CreateUserArguments),
    /// Disable a person who leaves, end all that is theirs, and hand their cases over
    OffBoard(OffBoardArguments),
}

/// Arguments of `rafiq user create`. The password is none of them: every user of the machine can read arguments.
#[derive(Debug, Args)]
pub struct CreateUserArguments {
    /// Name to log in with: ASCII, stored in lower case
    #[arg(long)]
    pub login: String,

    /// Name to show to others
    #[arg(long)]
    pub name: String,

    /// Code of a role, as in coordinator; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,

    /// Hospital that a hospital user belongs to
    #[arg(long, value_name = "ID")]
    pub hospital_id: Option<Uuid>,

    /// Interpreter that this person is
    #[arg(long, value_name = "ID")]
    pub interpreter_id: Option<Uuid>,

    /// E-mail address, for a link when the password is forgotten
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,

    /// Language in which the person is written to: en, ar or tr
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub language: String,

    /// Read the password from a file instead of standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print each key with what it is good for
    List,
    /// Add a key that signs in two minutes, and remove those whose tokens have all expired
    Rotate(RotateArguments),
    /// Add a key that seals secrets in the database from tomorrow on; start every instance anew before
    RotateSecrets,
}

/// Arguments of `rafiq keys rotate`.
#[derive(Debug, Args)]
pub struct RotateArguments {
    /// Let the new key sign at once and remove all others: for when one is in the wrong hands
    #[arg(long)]
    pub now: bool,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its source, secrets hidden, and `ok`; or list all faults and exit with code 2
    Check,
}

/// Arguments of `rafiq demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// End after the journey instead of serving on
    #[arg(long)]
    pub once: bool,
}

/// Runs one command to its end. Faults of the configuration are listed here and end with code 2.
///
/// # Errors
/// Whatever else made the command fail, for the error stream.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match dispatch(cli).await {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            let faults = error.downcast::<ConfigFaults>()?;
            writeln!(std::io::stderr(), "rafiq: {faults}")?;
            Ok(ExitCode::from(UNUSABLE))
        }
    }
}

/// Chooses the command's function. The API document depends on no setting, so its command reads none.
async fn dispatch(Cli { config, command }: Cli) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve(&started(&config)?).await,
        Command::Migrate => migrate(&started(&config)?).await,
        Command::Openapi(arguments) => openapi(&arguments),
        Command::User(UserCommand::Create(arguments)) => {
            let config = started(&config)?;
            let password = read_password(arguments.password_file.as_deref())?;
            create_user(&config, &arguments, password).await
        }
        Command::Client(command) => clients::run(&started(&config)?, &command).await,
        Command::Keys(KeysCommand::List) => list_keys(&started(&config)?),
        Command::Keys(KeysCommand::Rotate(arguments)) => rotate_keys(&started(&config)?, &arguments),
        Command::Keys(KeysCommand::RotateSecrets) => rotate_secrets(&started(&config)?),
        Command::User(UserCommand::OffBoard(arguments)) => off_boarding::run(&started(&config)?, &arguments).await,
        Command::Config(ConfigCommand::Check) => check_config(&config),
        Command::Demo(arguments) => demo(&started(&config)?, &arguments).await,
    }
}

/// Reads the configuration and begins to log as it says.
fn started(arguments: &ConfigArguments) -> anyhow::Result<Config> {
    let config = Config::load(arguments)?;
    telemetry::start(&config.log)?;
    Ok(config)
}

/// Prints a configuration that passes every check.
fn check_config(arguments: &ConfigArguments) -> anyhow::Result<()> {
    let config = Config::load(arguments)?;
    writeln!(std::io::stdout(), "{config}ok")?;
    Ok(())
}

/// Serves the API on the configured database.
async fn serve(config: &Config) -> anyhow::Result<()> {
    let store = assembly::connect(config).await?;
    assembly::bring_up_to_date(&store).await?;
    let refused = installation::is_demo(&store).await? && !config.demo.allow_demo_database;
    anyhow::ensure!(
        !refused,
        "this is a demo database with published passwords; set demo.allow_demo_database to serve it"
    );
    let app = assembly::product(config, store.clone())?;
    let keys = keys::open(&config.data_dir, SystemClock.now())?;
    let service = assembly::service(config, app.clone(), keys.clone())?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let working = worker::start(app, stop.clone());
    let reading = keys::keep_current(keys, stop.clone());
    serve::serve(listener, service, &ServeLimits::from(config), stop).await?;
    working.await?;
    reading.await?;
    store.close().await?;
    Ok(())
}

/// Applies pending migrations.
async fn migrate(config: &Config) -> anyhow::Result<()> {
    let store = assembly::connect(config).await?;
    let pending = store.pending_migrations().await?;
    store.migrate().await?;
    for name in &pending {
        writeln!(std::io::stdout(), "applied {name}")?;
    }
    writeln!(std::io::stdout(), "the database is up to date")?;
    store.close().await?;
    Ok(())
}

/// Prints the signing keys.
fn list_keys(config: &Config) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let keys = KeyFolder::below(&config.data_dir).states(SystemClock.now())?;
    if keys.is_empty() {
        writeln!(out, "no keys yet; the first start makes one")?;
    }
    for (key, state) in keys {
        let state = match state {
            KeyState::Waiting => "will sign".to_owned(),
            KeyState::Signs => "signs".to_owned(),
            KeyState::VerifiesUntil(until) => format!("verifies until {}", instant(until)),
            KeyState::Retired => "done with".to_owned(),
        };
        writeln!(out, "{}  from {}  {state}", key.id(), instant(key.signs_from()))?;
    }
    Ok(())
}

/// Adds a signing key; running servers take it in by themselves.
fn rotate_keys(config: &Config, arguments: &RotateArguments) -> anyhow::Result<()> {
    let rotation = if arguments.now { Rotation::Emergency } else { Rotation::Planned };
    let rotated = KeyFolder::below(&config.data_dir).rotate(rotation, SystemClock.now())?;
    let mut out = std::io::stdout();
    for id in rotated.removed {
        writeln!(out, "removed {id}")?;
    }
    writeln!(out, "added {}, which signs from {}", rotated.added.id(), instant(rotated.added.signs_from()))?;
    Ok(())
}

/// Adds a key that seals secrets; servers read it when they start, and one that does not know it must not
/// meet what it sealed.
fn rotate_secrets(config: &Config) -> anyhow::Result<()> {
    let seals_from = SystemClock.now() + TimeDelta::days(1);
    let file = vault::add(&config.data_dir, seals_from)?;
    let mut out = std::io::stdout();
    writeln!(out, "added {}, which seals from {}", file.display(), instant(seals_from))?;
    writeln!(out, "start every instance anew before")?;
    Ok(())
}

/// An instant for people, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes or checks the interface documents.
fn openapi(arguments: &OpenapiArguments) -> anyhow::Result<()> {
    for (name, document) in [("rafiq", rafiq_http::document()), ("partner", rafiq_http::partner_document())] {
        let path = Path::new("openapi").join(format!("{name}.json"));
        let text = rafiq_http::openapi::to_json(&document)?;
        if arguments.check {
            let kept = std::fs::read_to_string(&path).with_context(|| format!("the document {}", path.display()))?;
            anyhow::ensure!(kept == text, "{} is not what the code says; run `rafiq openapi`", path.display());
        } else {
            std::fs::write(&path, text).with_context(|| format!("the document {}", path.display()))?;
        }
    }
    Ok(())
}

/// Creates a user with a password. Who can run commands on the database needs no permission of the product.
async fn create_user(
    config: &Config,
    arguments: &CreateUserArguments,
    password: Sensitive<String>,
) -> anyhow::Result<()> {
    let store = assembly::connect(config).await?;
    assembly::bring_up_to_date(&store).await?;
    let app = assembly::product(config, store.clone())?;
    let roles =
        arguments.roles.iter().map(|code| Role::from_code(code).with_context(|| format!("`{code}` is no role")));
    let profile = UserProfile {
        name: PersonName::parse(&arguments.name)
            .map_err(|code| anyhow::anyhow!("--name {}", code.label(Language::English)))?,
        roles: roles.collect::<Result<_, _>>()?,
        confers: Vec::new(),
        hospital_id: arguments.hospital_id.map(HospitalId::from),
        interpreter_id: arguments.interpreter_id.map(InterpreterId::from),
    };
    let login =
        Login::parse(&arguments.login).map_err(|code| anyhow::anyhow!("--login {}", code.label(Language::English)))?;
    let contact = contact(arguments)?;
    let first = FirstPassword::Chosen(password);
    let created = accounts::create_user(&app, &Caller::system(), login, profile, contact, first).await;
    let user = created.map_err(|refused| explained(&refused))?;
    writeln!(std::io::stdout(), "created user {}", user.id)?;
    store.close().await?;
    Ok(())
}

/// How the new user is written to.
fn contact(arguments: &CreateUserArguments) -> anyhow::Result<Contact> {
    let email = arguments.email.as_deref().map(EmailAddress::parse).transpose();
    let email = email.map_err(|code| anyhow::anyhow!("--email {}", code.label(Language::English)))?;
    Ok(Contact { email, language: language(&arguments.language)? })
}

/// The language in which someone is written to.
fn language(code: &str) -> anyhow::Result<Language> {
    Language::from_code(code).with_context(|| format!("--language: `{code}` is none of ours"))
}

/// What a refusal tells the operator: each wrong value, or else what went wrong.
fn explained(refused: &Refused) -> anyhow::Error {
    let fields = refused.fields();
    let told = fields
        .iter()
        .map(|field| format!("{} {}", field.pointer.trim_start_matches('/'), field.code.label(Language::English)));
    let told: Vec<_> = told.collect();
    if told.is_empty() { anyhow::anyhow!("{}", refused.chain()) } else { anyhow::anyhow!(told.join("; ")) }
}

/// Starts a demonstration on a fresh embedded database.
async fn demo(config: &Config, arguments: &DemoArguments) -> anyhow::Result<()> {
    let after = if arguments.once { demo::After::End } else { demo::After::Serve };
    demo::run(config, after).await
}

/// Reads a password from a file or from standard input; one line ending at its end is not part of it.
///
/// Blocks, so it is for the command line only.
fn read_password(file: Option<&Path>) -> anyhow::Result<Sensitive<String>> {
    let Some(path) = file else {
        let input = std::io::stdin();
        if input.is_terminal() {
            write!(std::io::stderr(), "Password (it will be shown; end with Ctrl-D): ")?;
        }
        return password_from(input.lock()).context("the password on standard input");
    };
    let file = std::fs::File::open(path).with_context(|| format!("the password file {}", path.display()))?;
    password_from(file).with_context(|| format!("the password file {}", path.display()))
}

/// The whole input as a password.
fn password_from(input: impl Read) -> anyhow::Result<Sensitive<String>> {
    let mut text = String::new();
    // One byte more than allowed tells a long input from a cut one.
    input.take(MAX_PASSWORD_BYTES.saturating_add(1)).read_to_string(&mut text)?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    anyhow::ensure!(!password.is_empty(), "is empty");
    anyhow::ensure!(u64::try_from(text.len())? <= MAX_PASSWORD_BYTES, "is longer than {MAX_PASSWORD_BYTES} bytes");
    anyhow::ensure!(!password.contains(char::is_control), "holds a line break or another control character");
    Ok(Sensitive(password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_password_is_never_an_argument() {
        let arguments = ["rafiq", "user", "create", "--login", "amal", "--name", "Amal", "--role", "doctor"];
        assert!(Cli::try_parse_from(arguments).is_ok());
        let refused = arguments.into_iter().chain(["--password", "secret"]);
        assert_eq!(Cli::try_parse_from(refused).unwrap_err().kind(), clap::error::ErrorKind::UnknownArgument);
    }

    #[test]
    fn a_user_may_have_several_roles_and_needs_one() {
        let arguments = ["rafiq", "user", "create", "--login", "amal", "--name", "Amal"];
        let several = arguments.into_iter().chain(["--role", "coordinator", "--role", "lead"]);
        let Command::User(UserCommand::Create(user)) = Cli::try_parse_from(several).unwrap().command else {
            panic!("another command");
        };
        assert_eq!(user.roles, ["coordinator", "lead"]);
        assert!(Cli::try_parse_from(arguments).is_err());
    }

    #[test]
    fn a_password_loses_one_line_ending_and_nothing_else() {
        let read = |text: &str| password_from(text.as_bytes()).map(|password| password.0).ok();
        assert_eq!(read(" a phrase \n").as_deref(), Some(" a phrase "));
        assert_eq!(read("a phrase\r\n").as_deref(), Some("a phrase"));
        assert_eq!(read("a phrase").as_deref(), Some("a phrase"));
        assert_eq!(read("\n"), None);
        assert_eq!(read("two\nlines\n"), None);
        assert_eq!(read(&"x".repeat(4_097)), None);
    }
}
