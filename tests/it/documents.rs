//! Documents that follow from the program are kept equal to it: whole files, and blocks between two
//! marks. `UPDATE_DOCS=1 cargo test --test it documents::` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use samizdat::config::keys::{Absent, Effect, Form, TABLES};

use crate::wire::Wire;

pub(crate) const RENEW: &str = "UPDATE_DOCS=1 cargo test --test it documents::";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn is_renewed() -> bool {
    std::env::var("UPDATE_DOCS").is_ok_and(|value| !value.is_empty())
}

/// A file that is generated as a whole.
fn keep_file(name: &str, text: &str) {
    let path = root().join(name);
    let there = fs::read_to_string(&path).unwrap_or_default();
    if there == text {
        return;
    }
    if is_renewed() {
        fs::write(path, text).unwrap();
        return;
    }
    panic!("{name} is not what the program says; renew it: {RENEW}");
}

/// A block of a file between `<!-- NAME: generated -->` and `<!-- end -->`.
fn keep_block(file: &str, name: &str, block: &str) {
    let path = root().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let opening = format!("<!-- {name}: generated -->\n");
    let (before, rest) =
        text.split_once(&opening).unwrap_or_else(|| panic!("{file} has no line {opening:?}"));
    let (there, behind) = rest.split_once("<!-- end -->").unwrap();
    if there == block {
        return;
    }
    if is_renewed() {
        fs::write(&path, format!("{before}{opening}{block}<!-- end -->{behind}")).unwrap();
        return;
    }
    panic!("{file}: the block {name:?} is not what the program says; renew it: {RENEW}\n{block}");
}

#[test]
fn the_usage_in_the_readme_is_that_of_help() {
    let mut wire = Wire::new("");
    wire.environment.insert("COLUMNS".to_owned(), "80".to_owned());
    let help = wire.run(&["--help"]).out;
    keep_block("README.md", "samizdat --help", &format!("```text\n{help}```\n"));
}

#[test]
fn the_schema_for_editors_is_that_of_the_program() {
    let wire = Wire::new("");
    let ran = wire.run(&["check", "--schema"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    keep_file("docs/feeds.schema.json", &ran.out);
}

/// What a key takes, in words.
fn takes(form: Form) -> String {
    let one_of = |of: &[&str]| of.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
    match form {
        Form::Text => "words".to_owned(),
        Form::Texts => "a list of phrases".to_owned(),
        Form::Id => "an id".to_owned(),
        Form::Ids => "a list of ids".to_owned(),
        Form::Switch => "`true` or `false`".to_owned(),
        Form::Whole(least, most) => format!("{least} to {most}"),
        Form::Time(..) => "a duration".to_owned(),
        Form::Size => "a size".to_owned(),
        Form::Address => "an http(s) address".to_owned(),
        Form::Origin => "an http(s) address, or a file".to_owned(),
        Form::Contact => "`mailto:` or an http(s) address".to_owned(),
        Form::Language => "a language code".to_owned(),
        Form::Languages => "a list of language codes".to_owned(),
        Form::Zone => "a time zone, such as `Europe/Athens`".to_owned(),
        Form::Selector => "a CSS selector".to_owned(),
        Form::Selectors => "a list of CSS selectors".to_owned(),
        Form::DateFormat => "a format, such as `%d %B %Y`".to_owned(),
        Form::Listen => "address and port".to_owned(),
        Form::Networks => "a list of blocks, such as `127.0.0.1/32`".to_owned(),
        Form::Hosts => "a list of host names".to_owned(),
        Form::File => "a path".to_owned(),
        Form::Choice(of) => one_of(of).join(", "),
        Form::Choices(of) => format!("a list of {}", one_of(of).join(", ")),
        Form::ByLanguage => "words by language".to_owned(),
        Form::Headers => "a table of headers".to_owned(),
        Form::Command => "a list: a command, or one address".to_owned(),
    }
}

#[test]
fn the_guide_to_feeds_toml_has_every_key_and_says_why() {
    let name = "docs/FEEDS-TOML.md";
    for table in TABLES {
        let mut block =
            String::from("| key | takes | without it | meaning |\n| --- | --- | --- | --- |\n");
        for key in table.keys {
            let absent = match key.absent {
                Absent::Required => "*an error*".to_owned(),
                Absent::Nothing => String::new(),
                Absent::Default(written) => format!("`{written}`"),
            };
            let later = if key.effect == Effect::Now { "" } else { " (no effect yet)" };
            block.push_str(&format!(
                "| `{}` | {} | {absent} | {}{later} |\n",
                key.name,
                takes(key.form),
                key.doc
            ));
        }
        keep_block(name, &table.header(), &block);
    }
    let text = fs::read_to_string(root().join(name)).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## [")).collect();
    assert_eq!(headings.len(), TABLES.len(), "a section for each table, and no other");
    for table in TABLES {
        let header = table.header();
        let section = text
            .split_once(&format!("\n## {header}\n"))
            .unwrap_or_else(|| panic!("no section {header}"))
            .1;
        let section = section.split("\n## ").next().unwrap();
        let prose = section.split_once("<!-- end -->").unwrap().1;
        let told: Vec<&str> = prose
            .lines()
            .filter_map(|line| line.strip_prefix("- ")?.split_once(": "))
            .flat_map(|(names, _)| names.split(", "))
            .collect();
        let known: Vec<String> = table.keys.iter().map(|key| format!("`{}`", key.name)).collect();
        for key in &known {
            assert!(told.contains(&key.as_str()), "{name}, {header}: say why there is {key}");
        }
        for key in told {
            assert!(known.iter().any(|known| known == key), "{name}, {header}: {key} is no key");
        }
    }
}
