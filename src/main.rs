//! Calls `cli`, turns its outcome into an exit code.

fn main() {}
