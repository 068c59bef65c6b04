//! What `-v` says: log lines on standard error, for people or as JSON.

use std::io;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::arguments::LogFormat;
use crate::world::Terminal;

#[derive(Clone)]
struct Messages(Terminal);

impl io::Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.message(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Messages {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Starts logging for this process; a second start (in tests) changes nothing.
pub(super) fn start(verbose: u8, quiet: bool, format: LogFormat, terminal: &Terminal) {
    let level = match verbose {
        _ if quiet => LevelFilter::OFF,
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    if level == LevelFilter::OFF {
        return;
    }
    // Only our own lines: libraries speak of things that nobody here can mend.
    let filter = tracing_subscriber::EnvFilter::new(format!("samizdat={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Messages(terminal.clone()))
        .with_ansi(false);
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
