//! What is said on standard error: messages of commands, progress, and what `-v` adds; in lines for
//! people, or with `--log-format json` as one JSON object a line.
//!
//! Every message of the program goes through [`Messages`], so that neither form knows something that
//! the other does not. What it says may come from a source: nothing in it steers a terminal.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::arguments::LogFormat;
use super::look::{believed, fit};
use super::words::printable;
use crate::commands::fetch::Progress;
use crate::config::{Finding, Severity, render};
use crate::world::{Clock, Terminal, World};

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Something was not done, or must be looked at.
    Error,
    /// It was done, but not all of it, or something is odd.
    Warning,
    /// How it goes.
    Info,
    /// What only those want to know who look for a mistake.
    Debug,
}

/// Says things to the maintainers.
#[derive(Clone)]
pub(super) struct Messages {
    terminal: Terminal,
    clock: Arc<dyn Clock>,
    format: LogFormat,
    is_quiet: bool,
    /// Columns of help and of pictures of feeds.toml.
    width: usize,
    /// Columns of a line that somebody looks at.
    line: Option<usize>,
}

/// A message as a JSON object; more keys may be added.
#[derive(Serialize)]
struct Line<'l> {
    time: String,
    level: Level,
    message: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl<'l> Line<'l> {
    fn new(time: String, level: Level, message: &'l str) -> Self {
        Self {
            time,
            level,
            message,
            source: None,
            file: None,
            line: None,
            column: None,
            help: None,
            done: None,
            of: None,
            more: Map::new(),
        }
    }
}

impl Messages {
    pub(super) fn new(world: &World, format: LogFormat, is_quiet: bool) -> Self {
        Self {
            terminal: world.terminal.clone(),
            clock: Arc::clone(&world.clock),
            format,
            is_quiet,
            width: world.width(),
            line: world.message_width().map(believed),
        }
    }

    /// Writes lines, none of which is wider than a terminal that shows them.
    fn lines(&self, text: &str) {
        match self.line {
            Some(width) => self.terminal.message(&fit(text, width)),
            None => self.terminal.message(text),
        }
    }

    /// Whether it is said to programs.
    pub(super) fn is_json(&self) -> bool {
        self.format == LogFormat::Json
    }

    /// Says something with the program's name before it, as cron's mails need it.
    pub(super) fn say(&self, level: Level, text: &str) {
        self.say_of(level, None, text);
    }

    /// The same, of a source; it is named in the text already.
    pub(super) fn say_of(&self, level: Level, source: Option<&str>, text: &str) {
        let name = if level == Level::Info { "" } else { "samizdat: " };
        self.put(level, name, source, text);
    }

    /// Says something that needs no name before it: it belongs to what was said just now, or to
    /// what a person is looking at.
    pub(super) fn add(&self, level: Level, text: &str) {
        self.put(level, "", None, text);
    }

    fn put(&self, level: Level, name: &str, source: Option<&str>, text: &str) {
        if self.is_quiet && level != Level::Error {
            return;
        }
        let text = printable(text);
        match self.format {
            LogFormat::Text => self.lines(&format!("{name}{text}\n")),
            LogFormat::Json => self.object(&Line { source, ..self.line(level, text.trim_end()) }),
        }
    }

    /// Shows an error of feeds.toml in its line.
    pub(super) fn finding(&self, finding: &Finding, text: &str, file: &str) {
        match self.format {
            LogFormat::Text => {
                let picture = render(finding, text, file, Severity::Error, self.width);
                self.terminal.message(&format!("{}\n\n", fit(&printable(&picture), self.width)));
            }
            LogFormat::Json => {
                let (message, help) = (printable(&finding.message), printable(&finding.help));
                let file = printable(file);
                self.object(&Line {
                    file: Some(&file),
                    line: Some(finding.line),
                    column: Some(finding.column),
                    help: Some(&help),
                    ..self.line(Level::Error, &message)
                });
            }
        }
    }

    /// Tells a program how far a round is.
    pub(super) fn progress(&self, progress: Progress) {
        self.object(&Line {
            done: Some(progress.done),
            of: Some(progress.of),
            ..self.line(Level::Info, "polling")
        });
    }

    /// What clap has to say: help that was not asked for, and mistakes in the arguments.
    pub(super) fn usage(&self, text: &str) {
        match self.format {
            LogFormat::Text => self.terminal.message(&fit(text, self.width)),
            LogFormat::Json => {
                let words = text.trim().trim_start_matches("error: ");
                self.object(&self.line(Level::Error, &printable(words)));
            }
        }
    }

    fn line<'l>(&self, level: Level, message: &'l str) -> Line<'l> {
        Line::new(self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true), level, message)
    }

    fn object(&self, line: &Line<'_>) {
        if let Ok(line) = serde_json::to_string(line) {
            self.terminal.message(&format!("{line}\n"));
        }
    }

    /// Starts what `-v` adds, for this process; a second start (in tests) changes nothing.
    pub(super) fn listen(&self, verbose: u8) {
        let level = match verbose {
            0 => return,
            _ if self.is_quiet => return,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        // Only our own lines: libraries speak of things that nobody here can mend.
        let filter = EnvFilter::new(format!("samizdat={level}"));
        let heard = Heard(self.clone());
        let _ = tracing_subscriber::registry().with(filter).with(heard).try_init();
    }
}

/// What the rooms of the program tell of their work.
struct Heard(Messages);

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warning,
            tracing::Level::INFO => Level::Info,
            _ => Level::Debug,
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.message;
        match self.0.format {
            LogFormat::Text => {
                let time = self.0.clock.now().format("%H:%M:%S");
                let more: Vec<String> =
                    fields.more.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                self.0.lines(&format!(
                    "{time} {}\n",
                    printable(&format!("{message}{}", more.concat())).replace('\n', " ")
                ));
            }
            LogFormat::Json => {
                self.0.object(&Line { more: fields.more, ..self.0.line(level, &message) });
            }
        }
    }
}

/// The fields of one event, without what would steer a terminal.
#[derive(Default)]
struct Fields {
    message: String,
    more: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        // Names of our own keep their meaning.
        let name = match field.name() {
            "message" => {
                // An event may have a field of that name beside its words.
                let words = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
                self.message = match self.message.is_empty() {
                    true => words,
                    false => format!("{}: {words}", self.message),
                };
                return;
            }
            name @ ("time" | "level" | "file" | "line" | "column") => format!("{name}_"),
            name => name.to_owned(),
        };
        self.more.insert(name, value);
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, printable(value).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, printable(&format!("{value:?}")).into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;
    use crate::world::{Files, Limits, Names, Random, SystemClock};

    fn heard(format: LogFormat, speak: impl FnOnce()) -> String {
        let (out, err) = (Arc::default(), Arc::<Mutex<Vec<u8>>>::default());
        let world = World {
            clock: Arc::new(SystemClock),
            random: Random::from_seed(1),
            names: Names::system(),
            files: Files::real(),
            limits: Limits::real(),
            environment: BTreeMap::new(),
            directory: "/".into(),
            terminal: Terminal::captured(out, Arc::clone(&err)),
        };
        let layer = Heard(Messages::new(&world, format, false));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, speak);
        let bytes = err.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn h51_what_the_rooms_tell_is_one_object_a_line() {
        let speak = || {
            let error = "two\nlines \u{1b}[31m";
            tracing::info!(source = "a", status = 503_u16, error, line = 7, "not read");
        };
        let text = heard(LogFormat::Json, speak);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let object: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(object["level"], "info");
        assert_eq!(object["message"], "not read");
        assert_eq!(object["source"], "a");
        assert_eq!(object["status"], 503);
        assert_eq!(object["line_"], 7);
        assert_eq!(object["error"], "two\nlines \u{fffd}[31m");
        assert!(chrono::DateTime::parse_from_rfc3339(object["time"].as_str().unwrap()).is_ok());
        let text = heard(LogFormat::Text, speak);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.contains(" not read error="), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
