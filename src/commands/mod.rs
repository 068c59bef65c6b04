//! One file per command: a request value in, a report value out.
