//! A process of a test's own: this very binary, started once more with one test, which does there
//! what it is told, and nothing otherwise.

use std::env;
use std::process::{Child, Command, Output, Stdio};

/// Tells a process that it is a child, and what to do.
pub(crate) const TOLD: &str = "SAMIZDAT_TEST_CHILD";

/// What this process was told, if it is a child.
pub(crate) fn told() -> Option<String> {
    env::var(TOLD).ok()
}

/// Starts a child that runs `test` and is told `words`; waits for its end.
pub(crate) fn run(test: &str, words: &str) -> Output {
    command(test, words).output().unwrap()
}

/// Starts a child whose words nobody hears.
pub(crate) fn start(test: &str, words: &str) -> Child {
    command(test, words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn command(test: &str, words: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(TOLD, words).stdin(Stdio::null());
    command
}
