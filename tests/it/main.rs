//! Black-box tests of the program over real sockets, real files and a real store. One binary, so
//! that linking stays cheap.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test that meets what it did not expect fails, and files of tests are its own"
)]

/// That of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod articles;
mod attacks;
mod child;
mod server;
mod wire;

mod boilerplate;
mod bombs;
mod broken;
mod browser;
mod check_diff;
mod check_online;
mod clocks;
mod commands;
mod config_file;
mod contract;
mod corpus;
mod crashes;
mod decisions;
mod demo;
mod departed;
mod discover;
mod disk;
mod documents;
mod dry_run;
mod explain;
mod faults;
mod fuzz;
mod guides;
mod holder;
mod hostile;
mod hostile_feeds;
mod hostile_words;
mod hosting;
mod house;
mod hub;
mod import;
mod json_messages;
mod keep;
mod killed;
mod limits;
mod look;
mod manners;
mod messages;
mod opml;
mod outputs;
mod pages;
mod parts;
mod preview;
mod proxies;
mod renames;
mod restore;
mod season;
mod secure;
mod selections;
mod slow;
mod status;
mod stories;
mod takedown;
mod versions;
mod weeks;
mod words;
