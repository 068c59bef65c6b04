//! Samizdat reads the feeds of partner organisations and publishes them as one wire.
//!
//! The map of the house, in the order of the flow:
//!
//! ```text
//! feeds.toml -> schedule -> fetch -> read -> clean -> story -> tag -> store -> publish -> serve
//! ```
//!
//! `model` is plain data that the stages share; `world` is the clock, the disk and the terminal.
//! [`poll`] tells the story of one poll, `round` that of one round of polls; `commands` has one
//! file per command, a request in and a report out, and `cli` turns arguments into requests and
//! reports into words. `serve::control` lets whoever has the store answer the commands of others.
//! `docs/ARCHITECTURE.md` walks through it.

pub mod cli;
pub mod commands;
pub mod config;
pub mod world;

pub mod model;

pub mod schedule;

pub mod fetch;

pub mod read;

pub mod clean;

pub mod story;

pub mod tag;

pub mod store;

pub mod poll;
pub mod round;

pub mod publish;

pub mod serve;
