//! The manual page and the completions of shells, made from the same arguments as `--help`.
//!
//! One page holds all commands, so that a search in it finds everything. What clap_mangen writes for
//! a command alone is used for its beginning; commands within the page are written here.

use clap::{Arg, ArgAction, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::arguments::command;

/// What the shell needs to complete commands and options.
pub(super) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command(), "samizdat", &mut bytes);
    bytes
}

/// Exit codes and their meanings; those of `--help` are the ones of one command.
const EXITS: &[(&str, &str)] = &[
    ("0", "done; sources that failed and will be polled again do not change this"),
    (
        "1",
        "failed: outputs could not be written, a document could not be read, nothing was discovered, or something unexpected",
    ),
    ("2", "usage or feeds.toml is wrong; nothing was done"),
    ("3", "done, but a source has failed for longer than alert_after, or any source with --strict"),
    (
        "4",
        "the store is damaged, unreadable or unwritable; nothing was polled, and the message has the command that helps",
    ),
    ("75", "another process has the store and does not answer for it; nothing was done"),
    ("130, 143", "stopped by SIGINT or SIGTERM, with everything stored that had come in"),
];

const FILES: &[(&str, &str)] = &[
    ("feeds.toml", "the list of sources and everything else that people decide"),
    ("data/", "the store, with daily backups in data/backups/"),
    ("public/", "the outputs, for a web server"),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("COLUMNS", "how wide results may be; else as wide as the terminal is, or 80"),
    (
        "NO_COLOR",
        "set to anything, results have no colours; without it they have some on a terminal",
    ),
];

/// The manual page with all commands, in roff.
pub(super) fn page() -> Vec<u8> {
    // Of every command `help` is a copy that only fills the page.
    let mut whole = command().disable_help_subcommand(true);
    whole.build();
    let man = Man::new(whole.clone()).manual("Samizdat");
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = man.render_title(&mut bytes);
    let _ = man.render_name_section(&mut bytes);
    let _ = man.render_synopsis_section(&mut bytes);
    let _ = man.render_description_section(&mut bytes);
    let _ = man.render_options_section(&mut bytes);
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for inner in whole.get_subcommands() {
        write_command(&mut roff, inner);
    }
    write_list(&mut roff, "EXIT STATUS", EXITS);
    write_list(&mut roff, "FILES", FILES);
    write_list(&mut roff, "ENVIRONMENT", ENVIRONMENT);
    if let Some(examples) = whole.get_after_help() {
        roff.control("SH", ["EXAMPLES"]);
        let text = examples.to_string();
        write_behind(&mut roff, text.trim_start_matches("Examples:\n"));
    }
    // Without the preamble, which the title has written.
    bytes.extend(roff.to_roff().into_bytes());
    bytes
}

/// A command, and below it those within it.
fn write_command(roff: &mut Roff, command: &Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    roff.control("SS", [name.as_str()]);
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        roff.text([roman(about.to_string())]);
    }
    let usage = command.clone().render_usage().to_string();
    roff.control("PP", []);
    roff.text([bold(usage.trim_start_matches("Usage: "))]);
    // What every command has stands at the beginning of the page.
    let own = command.get_arguments().filter(|argument| {
        !argument.is_global_set() && !argument.is_hide_set() && argument.get_id() != "help"
    });
    for argument in own {
        roff.control("TP", []);
        roff.text(header(argument));
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        roff.text([roman(help)]);
        let words: Vec<String> = match argument.get_action() {
            ArgAction::Set | ArgAction::Append => argument
                .get_possible_values()
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        if !words.is_empty() {
            roff.text([roman(format!("One of: {}.", words.join(", ")))]);
        }
    }
    if let Some(behind) = command.get_after_help() {
        roff.control("PP", []);
        write_behind(roff, &behind.to_string());
    }
    for inner in command.get_subcommands() {
        write_command(roff, inner);
    }
}

/// How an argument is written.
fn header(argument: &Arg) -> Vec<Inline> {
    let mut words = Vec::new();
    if let Some(short) = argument.get_short() {
        words.push(bold(format!("-{short}")));
    }
    if let Some(long) = argument.get_long() {
        if !words.is_empty() {
            words.push(roman(", "));
        }
        words.push(bold(format!("--{long}")));
    }
    let takes = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    if takes && let Some(names) = argument.get_value_names() {
        if !words.is_empty() {
            words.push(roman(" "));
        }
        words.push(italic(names.join(" ")));
    }
    words
}

/// What stands behind the options: examples as they are, everything else in paragraphs.
fn write_behind(roff: &mut Roff, text: &str) {
    let mut is_example = false;
    for line in text.lines() {
        match (line.starts_with("  "), is_example) {
            (true, false) => {
                roff.control("nf", []);
            }
            (false, true) => {
                roff.control("fi", []);
            }
            _ => {}
        }
        is_example = line.starts_with("  ");
        if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    if is_example {
        roff.control("fi", []);
    }
}

fn write_list(roff: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (name, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*meaning)]);
    }
}
