//! How words look: widths, colours, manual page, completions.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::TimeDelta;
use unicode_width::UnicodeWidthStr as _;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// Every way to ask for help.
fn helps() -> Vec<Vec<String>> {
    fn walk(command: &clap::Command, above: &[String], found: &mut Vec<Vec<String>>) {
        let with = |word: &str| [above, &[word.to_owned()]].concat();
        found.push(with("--help"));
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            walk(inner, &with(inner.get_name()), found);
        }
    }
    let mut found = Vec::new();
    walk(&samizdat::cli::command(), &[], &mut found);
    found
}

fn assert_fits(text: &str, width: usize, what: &str) {
    for line in text.lines() {
        assert!(line.width() <= width, "{what}, {width} columns: {line:?}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a-very-long-name-of-a-host.example", 1..=3)));
    // On a host of its own: the whole host of a 503 is left alone.
    let busy = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
    busy.set("/b", Answer::status("503 Not now", ""));
    let source = |id: &str, more: &str| {
        let server = if id == "b" { &busy } else { &server };
        format!("[[source]]\nid = \"{id}\"\nurl = \"{}\"\n{more}", server.url(&format!("/{id}")))
    };
    let sources = [
        source(
            "a",
            "organisation = \"An organisation of many words and a name that nobody remembers\"\ninterval = \"2d\"\n",
        ),
        source("b", ""),
    ];
    let mut wire = Wire::new(&format!("{HEAD}{}", sources.concat()));
    wire.fetch();
    wire.clock.forward(TimeDelta::days(40));
    wire.run(&["fetch"]);
    for (columns, width) in [(None, 80), (Some("40"), 40), (Some("120"), 120), (Some("0"), 80)] {
        match columns {
            Some(columns) => wire.environment.insert("COLUMNS".to_owned(), columns.to_owned()),
            None => wire.environment.remove("COLUMNS"),
        };
        for help in helps() {
            let ran = wire.run(&help.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(ran.code, 0, "{help:?}");
            assert_fits(&ran.out, width.min(100), &help.join(" "));
        }
        let ran =
            wire.run(&["fetch", "--there-is-no-option-of-this-name-in-the-program", "--nor-this"]);
        assert_eq!(ran.code, 2);
        assert_fits(&ran.err, width, "usage");
        if columns.is_none_or(|columns| columns == "0") {
            // Nobody looks: a line is a record, which grep finds whole.
            let status = wire.run(&["status"]).out;
            assert_eq!(status.lines().count(), 3, "one for each source, and the store: {status}");
            let list = wire.run(&["list"]).out;
            assert_eq!(list.lines().count(), 3, "one for each story: {list}");
            assert!(list.lines().all(|line| line.contains("nobody remembers")), "{list}");
            continue;
        }
        let page = server.url("/a");
        for command in [
            &["status"][..],
            &["list"],
            &["check"],
            &["explain", "1"],
            &["preview", &page],
            &["status", "--politeness"],
            &["hide", "1"],
            &["unhide", "1"],
        ] {
            let ran = wire.run(command);
            assert_eq!(ran.code, 0, "{ran:?}");
            let least = if command[0].ends_with("hide") { 1 } else { 3 };
            assert!(ran.out.lines().count() >= least, "{ran:?}");
            assert_fits(&ran.out, width, command[0]);
            assert!(!ran.out.contains('\u{1b}'), "no colours where nobody looks: {ran:?}");
        }
        // Messages as well, and what -v adds; programs get them whole.
        let told = wire.run(&["fetch", "there-is-no-source-of-this-name-in-the-file", "-v"]).err;
        assert!(told.contains("there-is-no-source"), "{told}");
        assert_fits(&told, width, "messages");
        let told = wire.run(&["fetch", "nosuch", "--log-format", "json"]).err;
        assert!(told.lines().all(|line| line.ends_with('}')), "{told}");
        // Nothing is left out.
        let words = wire.run(&["status"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("failing since 2026-11-02") && words.contains("answered 503"),
            "{words}"
        );
        wire.write("broken.toml", format!("{HEAD}{}name = \"a name that is longer than forty columns, and then an error\" x\nintervall = \"1h\"\n", sources.concat()));
        wire.write("wrong.toml", format!("{HEAD}{}\n[[source]]\nid = \"A name that is no id, and longer than forty columns\"\nurl = \"https://u:p@partner.example/feeds/of/this/partner/and/more\"\nintervall = \"1h\"\n", sources.concat()));
        for file in ["broken.toml", "wrong.toml"] {
            let ran = wire.run(&["--config", file, "check"]);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert_fits(&ran.out, width, file);
        }
    }
    // A terminal that says itself how wide it is.
    wire.environment.remove("COLUMNS");
    let (out, err) = (Arc::default(), Arc::default());
    let mut world = wire.world(&out, &err);
    (world.terminal.out_is_terminal, world.terminal.width) = (true, Some(50));
    world.environment.insert("NO_COLOR".to_owned(), "1".to_owned());
    assert_eq!(samizdat::cli::run(["samizdat", "status"].map(OsString::from), &world).code(), 0);
    let shown = String::from_utf8(out.lock().unwrap().clone()).unwrap();
    assert!(shown.lines().count() > 3, "{shown}");
    assert_fits(&shown, 50, "status");
}

#[test]
fn colours_are_shown_on_a_terminal_to_whoever_wants_them() {
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\ninterval = \"2d\"\n"
    ));
    let shown = |wire: &Wire, command: &str, is_terminal: bool| {
        let (out, err) = (Arc::default(), Arc::default());
        let mut world = wire.world(&out, &err);
        world.terminal.out_is_terminal = is_terminal;
        let arguments = ["samizdat", command].map(OsString::from);
        assert_eq!(samizdat::cli::run(arguments, &world).code(), 0);
        let bytes = out.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    };
    for (command, word) in [("check", "warning"), ("status", "waiting")] {
        assert!(shown(&wire, command, true).contains(&format!("\u{1b}[33m{word}\u{1b}[0m")));
        assert!(!shown(&wire, command, false).contains('\u{1b}'));
    }
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        wire.environment.insert(name.to_owned(), value.to_owned());
        for command in ["check", "status"] {
            assert!(!shown(&wire, command, true).contains('\u{1b}'), "{name}");
        }
        wire.environment.remove(name);
    }
}

#[test]
fn examples_fit_on_a_narrow_page_as_they_are_written() {
    fn walk(command: &clap::Command) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("Example"), "{} has no example", command.get_name());
        assert_fits(&help, 80, command.get_name());
        command.get_subcommands().for_each(walk);
    }
    samizdat::cli::command()
        .get_subcommands()
        .filter(|command| command.get_subcommands().next().is_none())
        .for_each(walk);
}

#[test]
fn examples_are_command_lines_that_are_understood() {
    for help in helps() {
        let mut command = &samizdat::cli::command();
        for word in help.iter().take(help.len() - 1) {
            command = command.find_subcommand(word).unwrap();
        }
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in text.lines().filter(|line| line.starts_with("  samizdat ")) {
            crate::guides::assert_understood(line.trim().split("   ").next().unwrap());
        }
    }
}

/// Gives a text to a program, where there is one, and returns what it says.
fn through(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let child = Command::new(program)
        .args(arguments)
        .env("MANPAGER", "cat")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("passed over: no {program} here");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writing.join().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(said).unwrap()))
}

#[test]
fn the_manual_page_has_every_command_and_option() {
    let wire = Wire::new("");
    // Neither needs a feeds.toml.
    std::fs::remove_file(wire.path("feeds.toml")).unwrap();
    let ran = wire.run(&["man"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let page = ran.out.replace("\\-", "-");
    fn walk(command: &clap::Command, name: &str, page: &str) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let name = format!("{name} {}", inner.get_name());
            assert!(page.contains(&format!(".SS \"{name}\"")), "{name}");
            for option in inner.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(page.contains(&format!("--{option}")), "{name} --{option}");
            }
            walk(inner, &name, page);
        }
    }
    walk(&samizdat::cli::command(), "samizdat", &page);
    assert_eq!(page.matches("\n.TH ").count(), 1);
    for section in ["EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"] {
        assert!(
            page.contains(&format!(".SH \"{section}\""))
                || page.contains(&format!(".SH {section}\n")),
            "{section}"
        );
    }
    if let Some((is_good, said)) = through("man", &["--warnings", "-l", "-"], &ran.out) {
        assert!(is_good, "{said}");
        assert!(!said.contains("warning"), "{said}");
        assert!(said.contains("EXIT STATUS") && said.contains("samizdat opml import"), "{said}");
    }
    if let Some((_, said)) = through("mandoc", &["-T", "lint", "-W", "error"], &ran.out) {
        assert_eq!(said, "");
    }
}

#[test]
fn shells_complete_every_command() {
    let wire = Wire::new("");
    std::fs::remove_file(wire.path("feeds.toml")).unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = wire.run(&["completions", shell]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for command in samizdat::cli::command().get_subcommands() {
            assert!(ran.out.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
        assert!(ran.out.contains("no-publish"), "{shell}");
        if shell == "bash"
            && let Some((is_good, said)) = through("bash", &["-n"], &ran.out)
        {
            assert!(is_good && said.is_empty(), "{said}");
        }
    }
    assert_eq!(wire.run(&["completions", "dos"]).code, 2);
}
