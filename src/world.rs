//! Everything that the program takes from its surroundings, as one value made in `main`:
//! the clock, randomness, name lookup, file operations, environment and the two output streams.
//!
//! Tests run [`crate::cli::run`] with a world of their own: a clock that they move, a lookup that
//! lies, a disk that fills at the n-th operation. Nothing else in the house reads the clock, draws
//! a random number or touches a file that it publishes.

mod clock;
mod files;
mod limits;
mod memory;
mod names;
mod random;
mod terminal;

pub use clock::{Clock, SystemClock};
pub use files::{Draft, FileOperation, Files, Readers, Verdict};
pub use limits::Limits;
pub use memory::take_small_pages;
pub use names::Names;
pub use random::Random;
pub use terminal::Terminal;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The surroundings of one run.
#[derive(Clone)]
pub struct World {
    /// What time it is, and waiting.
    pub clock: Arc<dyn Clock>,
    /// Jitter and shuffling.
    pub random: Random,
    /// Host names to addresses.
    pub names: Names,
    /// Operations on our own files.
    pub files: Files,
    /// What may still be opened.
    pub limits: Limits,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Directory that relative paths of the command line are relative to.
    pub directory: PathBuf,
    /// Where results and messages go.
    pub terminal: Terminal,
}

impl World {
    /// The real surroundings of this process.
    ///
    /// # Errors
    /// Where the current directory cannot be read.
    pub fn real() -> std::io::Result<Self> {
        Ok(Self {
            clock: Arc::new(SystemClock),
            random: Random::from_system(),
            names: Names::system(),
            files: Files::real(),
            limits: Limits::real(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            directory: std::env::current_dir()?,
            terminal: Terminal::real(),
        })
    }

    /// Columns of a line: what `COLUMNS` says, else those of the terminal, else 80.
    pub fn width(&self) -> usize {
        self.columns().or(self.terminal.width).unwrap_or(80)
    }

    /// Columns of a line of results; `None` where programs read them, to which a line is a record.
    pub fn result_width(&self) -> Option<usize> {
        let of_terminal = self.terminal.out_is_terminal.then(|| self.width());
        self.columns().or(of_terminal)
    }

    /// Columns of a line of messages; `None` where nobody looks, as in the mails of cron.
    pub fn message_width(&self) -> Option<usize> {
        let of_terminal = self.terminal.err_is_terminal.then(|| self.width());
        self.columns().or(of_terminal)
    }

    fn columns(&self) -> Option<usize> {
        let said = self.environment.get("COLUMNS").and_then(|columns| columns.parse().ok());
        said.filter(|columns| *columns > 0)
    }
}
