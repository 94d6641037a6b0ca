//! Reads keys one by one, so that every fault is found in one run and each key is written once.

use super::sources::Sources;
use figment::value::{Dict, Value};
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// Where a value comes from when nobody set it.
const DEFAULT: &str = "default";

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key as in the file, `limits.body_bytes`; none when a whole source is unreadable.
    pub key: Option<String>,
    /// What is wrong, to be read after the key.
    pub problem: String,
    /// File, variable or argument that the value came from.
    pub source: String,
}

impl Fault {
    /// A source that gave no values at all.
    pub(super) fn of_source(source: &str, problem: &str) -> Self {
        Self { key: None, problem: problem.to_owned(), source: source.to_owned() }
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, problem, source } = self;
        match key {
            Some(key) => write!(formatter, "{key} {problem} ({source})"),
            None => write!(formatter, "{source} {problem}"),
        }
    }
}

/// Everything that is wrong with the configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFaults(Vec<Fault>);

impl ConfigFaults {
    /// Each fault, sources first, then keys in the order in which they are read.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl Display for ConfigFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|fault| write!(formatter, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigFaults {}

/// One key as it was read, already redacted.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    key: &'static str,
    value: toml::Value,
    source: String,
}

impl Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} = {}  # {}", self.key, self.value, self.source)
    }
}

/// Takes keys out of the merged sources; a faulty one yields its default, and [`Reader::finish`] then fails.
pub(super) struct Reader {
    figment: figment::Figment,
    faults: Vec<Fault>,
    settings: Vec<Setting>,
}

impl Reader {
    pub(super) fn new(sources: Sources) -> Self {
        let (figment, faults) = sources.merged();
        Self { figment, faults, settings: Vec::new() }
    }

    /// A value with a textual form of its own. `Display` is what gets printed, so it must redact.
    pub(super) fn text<T>(&mut self, key: &'static str, default: T) -> T
    where
        T: FromStr<Err: Display> + Display,
    {
        let text = match self.figment.find_value(key) {
            Ok(Value::String(_, text)) => Some(text),
            Ok(_) => {
                self.fault(key, "must be text");
                None
            }
            Err(_) => None,
        };
        let value = match text.map(|text| text.parse::<T>()) {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.fault(key, &error.to_string());
                default
            }
            None => default,
        };
        self.record(key, toml::Value::String(value.to_string()));
        value
    }

    /// A whole number within a range. Text is accepted too, as variables and arguments have nothing else.
    pub(super) fn number<T>(&mut self, key: &'static str, default: T, range: RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + TryInto<i64> + Copy + Display + PartialOrd,
    {
        let bounds = format!("must be a whole number from {} to {}", range.start(), range.end());
        let given = match self.figment.find_value(key) {
            Ok(Value::String(_, text)) => Some(text.parse::<i64>().ok()),
            Ok(value) => Some(value.to_i128().and_then(|number| i64::try_from(number).ok())),
            Err(_) => None,
        };
        let value = match given.map(|number| number.and_then(|number| T::try_from(number).ok())) {
            Some(Some(value)) if range.contains(&value) => value,
            Some(_) => {
                self.fault(key, &bounds);
                default
            }
            None => default,
        };
        self.record(key, toml::Value::Integer(value.try_into().unwrap_or(i64::MAX)));
        value
    }

    /// A span whose key ends in `_seconds`.
    pub(super) fn seconds(&mut self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(self.number(key, default, range).into())
    }

    /// A span whose key ends in `_minutes`.
    pub(super) fn minutes(&mut self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> Duration {
        Duration::from_mins(self.number(key, default, range).into())
    }

    /// A span whose key ends in `_hours`.
    pub(super) fn hours(&mut self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> Duration {
        Duration::from_hours(self.number(key, default, range).into())
    }

    /// A span whose key ends in `_days`.
    pub(super) fn days(&mut self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> Duration {
        Duration::from_hours(24).saturating_mul(self.number(key, default, range))
    }

    /// A switch: `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        let given = match self.figment.find_value(key) {
            Ok(Value::String(_, text)) => Some(text.parse().ok()),
            Ok(value) => Some(value.to_bool()),
            Err(_) => None,
        };
        let value = match given {
            Some(Some(value)) => value,
            Some(None) => {
                self.fault(key, "must be true or false");
                default
            }
            None => default,
        };
        self.record(key, toml::Value::Boolean(value));
        value
    }

    /// Notes a fault of a key, with the source of its value.
    pub(super) fn fault(&mut self, key: &str, problem: &str) {
        let source = self.source(key);
        self.faults.push(Fault { key: Some(key.to_owned()), problem: problem.to_owned(), source });
    }

    /// Refuses the keys that nobody asked for; a misspelled key must not pass for its default.
    pub(super) fn finish(mut self) -> Result<Vec<Setting>, ConfigFaults> {
        let values = self.figment.extract::<Dict>().unwrap_or_default();
        let mut unknown = Vec::new();
        self.collect_unknown("", &values, &mut unknown);
        for key in unknown {
            self.fault(&key, "is not a known key");
        }
        if self.faults.is_empty() { Ok(self.settings) } else { Err(ConfigFaults(self.faults)) }
    }

    fn collect_unknown(&self, prefix: &str, values: &Dict, unknown: &mut Vec<String>) {
        for (name, value) in values {
            let key = format!("{prefix}{name}");
            if self.settings.iter().any(|setting| setting.key == key) {
                continue;
            }
            match value.as_dict() {
                Some(inner) => self.collect_unknown(&format!("{key}."), inner, unknown),
                None => unknown.push(key),
            }
        }
    }

    fn record(&mut self, key: &'static str, value: toml::Value) {
        let source = self.source(key);
        self.settings.push(Setting { key, value, source });
    }

    /// Where a key's value came from, `default` when nobody set it.
    pub(super) fn source(&self, key: &str) -> String {
        self.figment.find_metadata(key).map_or_else(|| DEFAULT.to_owned(), |metadata| metadata.name.to_string())
    }
}
