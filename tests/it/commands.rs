//! Help and the README say what the program does.

use crate::wire::Wire;

#[test]
fn the_readme_names_every_command_and_none_that_does_not_exist() {
    let readme = include_str!("../../README.md");
    let command = samizdat::cli::command();
    let names: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| *name != "help")
        .collect();
    for name in &names {
        assert!(
            readme.contains(&format!("samizdat {name}")) || readme.contains(&format!("`{name}")),
            "{name}"
        );
    }
    for line in readme.lines() {
        for (_, rest) in
            line.match_indices("samizdat ").map(|(at, found)| (at, &line[at + found.len()..]))
        {
            let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            let before = &line[..line.len() - rest.len() - "samizdat ".len()];
            if before.ends_with('`') || line.trim_start().starts_with("samizdat ") {
                assert!(
                    names.contains(&word.as_str()) || word.is_empty() || word == "help",
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let wire = Wire::new("");
    let help = wire.run(&["--help"]);
    assert_eq!(help.code, 0);
    for command in samizdat::cli::command().get_subcommands() {
        let name = command.get_name();
        if name == "help" {
            continue;
        }
        assert!(help.out.contains(name), "{name} is not in --help");
        let own = wire.run(&[name, "--help"]);
        assert_eq!(own.code, 0);
        assert!(own.out.contains("Example"), "{name}: {}", own.out);
    }
}
