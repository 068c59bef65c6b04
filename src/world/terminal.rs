//! The two output streams, and whether a person is looking at them.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

type Stream = Arc<Mutex<dyn Write + Send>>;

/// Results go to `out`, messages and progress to `err`.
#[derive(Clone)]
pub struct Terminal {
    out: Stream,
    err: Stream,
    /// Whether results are shown on a terminal.
    pub out_is_terminal: bool,
    /// Whether messages are shown on a terminal.
    pub err_is_terminal: bool,
    /// Columns of the terminal; `None` where there is none.
    pub width: Option<usize>,
}

impl Terminal {
    /// The streams of this process.
    pub fn real() -> Self {
        Self {
            out: Arc::new(Mutex::new(io::stdout())),
            err: Arc::new(Mutex::new(io::stderr())),
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
            width: terminal_size::terminal_size().map(|(width, _)| width.0.into()),
        }
    }

    /// Streams that a test reads afterwards; no terminal.
    pub fn captured(out: Arc<Mutex<Vec<u8>>>, err: Arc<Mutex<Vec<u8>>>) -> Self {
        Self { out, err, out_is_terminal: false, err_is_terminal: false, width: None }
    }

    /// Writes a result.
    ///
    /// # Errors
    /// Whatever the stream says, for example that the reader of a pipe has gone.
    pub fn result(&self, text: &str) -> io::Result<()> {
        write(&self.out, text)
    }

    /// Writes a message. A stream that takes no messages is no reason to stop.
    pub fn message(&self, text: &str) {
        let _ = write(&self.err, text);
    }
}

fn write(stream: &Stream, text: &str) -> io::Result<()> {
    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
