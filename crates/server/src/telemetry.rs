//! Logs: one record a line on the error stream, as text for people or JSON for machines.
//!
//! Two things are held here whatever the filter says: libraries never speak below `INFO`, as their
//! debug records quote requests and statements, and a record cannot forge another one or drive a terminal.

use crate::config::LogConfig;
use std::fmt::{self, Write as _};
use std::io;
use std::str::FromStr;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Lines for people or objects for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line a record.
    Text,
    /// One JSON object a record.
    Json,
}

/// Directives such as `info,rafiq_app=debug`; a value that exists parses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

/// Sends all records of the process to the error stream, panics included.
///
/// # Errors
/// When a subscriber was installed before, or the filter does not parse.
pub fn start(log: &LogConfig) -> anyhow::Result<()> {
    subscriber(log, io::stderr)?.try_init()?;
    // The message of a panic may quote the value that caused it, so only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.location = location, "a task panicked");
    }));
    Ok(())
}

/// Builds the subscriber over any writer, so that tests can read what is written.
fn subscriber<W>(log: &LogConfig, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filters = registry().with(EnvFilter::try_new(&log.filter.0)?).with(filter_fn(may_be_told));
    let records = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(EscapingMaker(writer));
    Ok(match log.format {
        LogFormat::Text => Box::new(filters.with(records)),
        LogFormat::Json => Box::new(filters.with(records.json().flatten_event(true))),
    })
}

/// Whether a record may be written at all: ours, or a library's from `INFO` up. The passkey library calls it an error
/// when a client sends nonsense; it is a refusal, and ours to tell.
fn may_be_told(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    target.starts_with("rafiq") || *metadata.level() <= Level::INFO && !target.starts_with("webauthn")
}

/// Whether a character could start a line, drive a terminal or turn a line's direction.
fn is_unsafe(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes unsafe characters as `\u001b`, a form that JSON reads back as the character.
fn escape(record: &str) -> String {
    let (body, end) = record.strip_suffix('\n').map_or((record, ""), |body| (body, "\n"));
    let mut escaped = String::with_capacity(record.len());
    for character in body.chars() {
        if is_unsafe(character) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped + end
}

/// Makes writers that escape.
struct EscapingMaker<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for EscapingMaker<W> {
    type Writer = Escaping<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Escaping(self.0.make_writer())
    }
}

/// Escapes what passes through. The formatter hands over a whole record at a time.
struct Escaping<W>(W);

impl<W: io::Write> io::Write for Escaping<W> {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape(&String::from_utf8_lossy(record)).as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be `text` or `json`"),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = EnvFilter::try_new(text).map_err(|error| format!("is no list of log directives: {error}"));
        parsed.map(|_| Self(text.to_owned()))
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, filter: &str, record: impl FnOnce()) -> String {
        let page = Page::default();
        let log = LogConfig { format, filter: filter.parse().unwrap() };
        let copy = page.clone();
        tracing::subscriber::with_default(subscriber(&log, move || copy.clone()).unwrap(), record);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_record_stays_on_its_line_and_cannot_drive_a_terminal() {
        let hostile = "first\n2026-01-01 INFO forged\u{1b}[2J\u{202e}\u{85}";
        let text = written(LogFormat::Text, "info", || tracing::info!(name = %hostile, "{hostile}"));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.trim_end().contains(is_unsafe), "{text:?}");
        assert!(text.contains("first\\u000a2026"), "{text}");
    }

    #[test]
    fn a_json_record_is_one_object_that_reads_back() {
        let hostile = "رفيق\n\u{202e}\"";
        let text = written(LogFormat::Json, "info", || tracing::info!(name = hostile, "saved"));
        assert_eq!(text.lines().count(), 1, "{text}");
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((record["name"].as_str(), record["message"].as_str()), (Some(hostile), Some("saved")));
    }

    #[test]
    fn libraries_do_not_speak_below_info_whatever_the_filter_says() {
        let text = written(LogFormat::Text, "trace", || {
            tracing::debug!(target: "h2::codec", "a bearer token");
            tracing::info!(target: "sqlx", "a slow statement");
            tracing::trace!(target: "rafiq_app", "our own");
        });
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.contains("bearer"), "{text}");
    }

    #[test]
    fn a_filter_that_is_no_list_of_directives_is_refused() {
        assert!("info,rafiq_app=debug".parse::<LogFilter>().is_ok());
        assert!("rafiq_app=loud".parse::<LogFilter>().unwrap_err().contains("directives"));
    }
}
