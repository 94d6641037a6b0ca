//! Where values come from: the only place of the product that reads the environment.

use super::reader::Fault;
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Prefix of the variables that set a key: `RAFIQ_LIMITS__BODY_BYTES` is `limits.body_bytes`.
const PREFIX: &str = "RAFIQ_";

/// How the source of every argument begins.
pub(super) const ARGUMENT: &str = "argument";

/// Names the file itself, so it is no key.
const FILE_VARIABLE: &str = "RAFIQ_CONFIG";

/// The arguments that choose the configuration; every command takes them.
///
/// An address of the store that holds a password is refused here, as every user of the machine can read arguments.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArguments {
    /// TOML file to read; its keys are those that `rafiq config check` prints
    #[arg(long, global = true, value_name = "FILE", env = "RAFIQ_CONFIG")]
    pub config: Option<PathBuf>,

    /// How strict the start-up checks are: development or production
    #[arg(long, global = true, value_name = "PROFILE")]
    pub profile: Option<String>,

    /// Address and port to listen on, as in 127.0.0.1:8080
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// Folder of the embedded database, keys and files
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,

    /// Set any key, as in `limits.body_bytes=65536`; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = assignment)]
    pub assignments: Vec<(String, String)>,
}

/// Splits `key=value`.
fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE"),
    }
}

impl ConfigArguments {
    /// Each argument given, with the name that a fault will show; assignments come last and win.
    fn layers(&self) -> impl Iterator<Item = Layer> {
        let named = [("profile", &self.profile), ("listen", &self.listen), ("data_dir", &self.data_dir)]
            .into_iter()
            .filter_map(|(key, value)| {
                let source = format!("{ARGUMENT} --{}", key.replace('_', "-"));
                value.as_ref().map(|value| Layer::single(source, key, value))
            });
        let assigned =
            self.assignments.iter().map(|(key, value)| Layer::single(format!("{ARGUMENT} --set {key}"), key, value));
        named.chain(assigned)
    }
}

/// One set of values with the name of their source, in figment's form.
#[derive(Debug, Clone)]
struct Layer {
    source: String,
    values: Dict,
}

impl Layer {
    /// One key, whose text the reader of the key interprets.
    fn single(source: String, key: &str, text: &str) -> Self {
        let nested = figment::util::nest(key, Value::from(text));
        Self { source, values: nested.into_dict().unwrap_or_default() }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// All layers in order of precedence, the strongest last, and what could not be read of them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    layers: Vec<Layer>,
    faults: Vec<Fault>,
}

impl Sources {
    /// The process's own file, environment and arguments.
    #[must_use]
    pub fn of_process(arguments: &ConfigArguments) -> Self {
        let file = arguments.config.iter().fold(Self::default(), |sources, path| sources.file(path));
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let environment = std::env::vars_os();
        file.environment(environment).arguments(arguments)
    }

    /// Adds a TOML file.
    #[must_use]
    pub fn file(self, path: &Path) -> Self {
        let source = format!("file {}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => self.toml(&source, &text),
            Err(error) => self.unreadable(&source, &format!("cannot be read: {error}")),
        }
    }

    /// Adds TOML text. Faults name the line but never quote it, as it may hold a secret.
    #[must_use]
    pub fn toml(mut self, source: &str, text: &str) -> Self {
        match toml::from_str(text) {
            Ok(values) => {
                self.layers.push(Layer { source: source.to_owned(), values });
                self
            }
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count().saturating_add(1);
                self.unreadable(source, &format!("is not TOML: line {line}: {}", error.message()))
            }
        }
    }

    /// Adds environment variables: `DATABASE_URL`, then those that begin with `RAFIQ_`.
    ///
    /// An empty variable counts as not set, as container tools pass those on.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut named = Vec::new();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            let key = match name.strip_prefix(PREFIX) {
                _ if name == FILE_VARIABLE || value.is_empty() => continue,
                None if name == "DATABASE_URL" => "database.url".to_owned(),
                None => continue,
                Some(rest) => rest.to_ascii_lowercase().replace("__", "."),
            };
            match value.into_string() {
                Ok(text) => named.push((name, key, text)),
                Err(_) => self = self.unreadable(&format!("environment variable {name}"), "is not Unicode"),
            }
        }
        // The order of the environment is chance; `DATABASE_URL` sorts before `RAFIQ_DATABASE__URL`, which wins.
        named.sort();
        let layers =
            named.iter().map(|(name, key, text)| Layer::single(format!("environment variable {name}"), key, text));
        self.layers.extend(layers);
        self
    }

    /// Adds the arguments that carry values; the file that they name is not read here.
    #[must_use]
    pub fn arguments(mut self, arguments: &ConfigArguments) -> Self {
        self.layers.extend(arguments.layers());
        self
    }

    /// Hands over the merged values and what was wrong with the sources themselves.
    pub(super) fn merged(self) -> (figment::Figment, Vec<Fault>) {
        (self.layers.into_iter().fold(figment::Figment::new(), figment::Figment::merge), self.faults)
    }

    fn unreadable(mut self, source: &str, problem: &str) -> Self {
        self.faults.push(Fault::of_source(source, problem));
        self
    }
}
