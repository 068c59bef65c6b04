//! What documents say can be done as it is said: their links lead somewhere, their command lines are
//! understood, and what they say about feeds.toml is true.

use std::collections::BTreeSet;
use std::fs;

use clap::error::ErrorKind;

use crate::documents::root;

/// The documents for people, with their text.
pub(crate) fn documents() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_owned(), "fixtures/README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let text = fs::read_to_string(root().join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

/// Fails where a command line is not understood.
pub(crate) fn assert_understood(line: &str) {
    if let Err(error) = parsed(line) {
        panic!("{line}: {error}");
    }
}

fn parsed(line: &str) -> Result<(), clap::Error> {
    match samizdat::cli::command().try_get_matches_from(words(line)) {
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// Fails where the running text names a command that does not exist; it may leave out what the command
/// is given.
fn assert_named(line: &str) {
    match parsed(line) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            panic!("{line}: {error}")
        }
        _ => {}
    }
}

/// Words as a shell makes them of a simple line, up to a redirection, a pipe, or the next command.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '>' | '|' | ';' | '&' | ')' | '#') if words.last().unwrap().is_empty() => break,
            (None, ';' | ')') => break,
            (None, ' ') => words.push(String::new()),
            (_, letter) => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    // `2>/dev/null` is for the shell.
    words.into_iter().take_while(|word| !word.contains('>')).collect()
}

/// Command lines of ours in a document: in the running text, and (true) in blocks of code.
fn command_lines(text: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut is_code = false;
    // A span of code may go on in the next line of its paragraph.
    let mut paragraph = String::new();
    let in_text = |paragraph: &mut String, found: &mut Vec<(bool, String)>| {
        let spans = paragraph.split('`').skip(1).step_by(2);
        let ours = spans.filter(|span| span.starts_with("samizdat "));
        found.extend(ours.map(|span| (false, span.to_owned())));
        paragraph.clear();
    };
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            in_text(&mut paragraph, &mut found);
            continue;
        }
        if is_code {
            let line = line.trim_end().trim_end_matches('\\');
            if line.trim_start().starts_with('#') {
                continue;
            }
            for (at, _) in line.match_indices("samizdat ") {
                let before = line[..at].chars().next_back();
                if before.is_none_or(|c| " /=(!".contains(c)) {
                    found.push((true, line[at..].to_owned()));
                }
            }
        } else {
            paragraph.push_str(line.trim());
            paragraph.push(' ');
            if line.trim().is_empty() {
                in_text(&mut paragraph, &mut found);
            }
        }
    }
    in_text(&mut paragraph, &mut found);
    // Words in their place: `samizdat [OPTIONS] COMMAND`, `samizdat help COMMAND`.
    found.retain(|(_, line)| !line.contains(['[', '…']) && !line.contains("COMMAND"));
    found
}

#[test]
fn command_lines_in_documents_are_understood() {
    let mut count = 0;
    for (name, text) in documents() {
        // The usage says how words are put together, not what to write.
        let usage = "<!-- samizdat --help: generated -->";
        let text = match text.split_once(usage) {
            Some((before, rest)) => {
                format!("{before}{}", rest.split_once("<!-- end -->").unwrap().1)
            }
            None => text,
        };
        for (is_code, line) in command_lines(&text) {
            println!("{name}: {line}");
            if is_code {
                assert_understood(&line);
            } else {
                assert_named(&line);
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count} command lines were found");
}

#[test]
fn command_lines_are_found_and_mistakes_in_them_too() {
    let text = "Run `samizdat fetch --now` or\n```sh\n# samizdat is silent\n0 * * * * cd /x && samizdat fetch; samizdat backup x.gz > /dev/null\nUser=samizdat\n```\n";
    assert_eq!(
        command_lines(text),
        [
            (false, "samizdat fetch --now".to_owned()),
            (true, "samizdat fetch; samizdat backup x.gz > /dev/null".to_owned()),
            (true, "samizdat backup x.gz > /dev/null".to_owned())
        ]
    );
    assert_understood("samizdat fetch; samizdat nothing");
    for wrong in ["samizdat fetsh", "samizdat fetch --soon", "samizdat backup"] {
        assert!(parsed(wrong).is_err(), "{wrong}");
    }
}

/// The name under which a heading can be linked to.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut linked = BTreeSet::new();
    for (name, text) in documents() {
        let path = root().join(&name);
        let mut is_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            }
            if is_code {
                continue;
            }
            for part in line.split("](").skip(1) {
                let target = part.split(')').next().unwrap();
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                let (file, section) = target.split_once('#').unwrap_or((target, ""));
                let aim = match file {
                    "" => path.clone(),
                    file => path.parent().unwrap().join(file),
                };
                if !aim.exists() {
                    wrong.push(format!("{name}: {target}"));
                    continue;
                }
                if name == "README.md" {
                    linked.insert(file.to_owned());
                }
                if !section.is_empty() {
                    let there = fs::read_to_string(&aim).unwrap();
                    let mut headings = there
                        .lines()
                        .filter(|line| line.starts_with('#'))
                        .map(|line| anchor(line.trim_start_matches('#').trim()));
                    if !headings.any(|heading| heading == section) {
                        wrong.push(format!("{name}: {target}"));
                    }
                }
            }
        }
    }
    for (name, _) in documents().iter().filter(|(name, _)| name.starts_with("docs/")) {
        if !linked.contains(name) {
            wrong.push(format!("README.md does not link {name}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The blocks of code of one language in a document.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Tags that outputs and decisions of an example name, and that it does not describe.
fn tags_described_elsewhere(block: &str) -> BTreeSet<String> {
    let example: toml_edit::DocumentMut = block.parse().unwrap();
    let tables = |name: &str| example.get(name).and_then(|item| item.as_array_of_tables());
    let texts = |table: &str, key: &str| -> BTreeSet<String> {
        let values = tables(table).into_iter().flatten().filter_map(|table| table.get(key));
        let texts = values.flat_map(|value| match value.as_array() {
            Some(list) => list.iter().filter_map(|text| text.as_str()).collect(),
            None => value.as_str().into_iter().collect::<Vec<_>>(),
        });
        texts.filter(|text| !text.contains("://")).map(str::to_owned).collect()
    };
    let mut named = texts("output", "tags");
    named.extend(texts("decision", "with"));
    named.difference(&texts("tag", "id")).cloned().collect()
}

#[test]
fn examples_of_feeds_toml_in_documents_are_accepted() {
    let mut count = 0;
    for (name, text) in documents().into_iter().filter(|(name, _)| !name.contains("DESIGN-NOTES")) {
        for block in blocks(&text, "toml") {
            // An example may leave out what stands elsewhere.
            let mut whole = block.to_owned();
            if !block.contains("[site]") {
                whole = format!("[site]\ntitle = \"W\"\nurl = \"https://w.example/\"\n{block}");
            }
            if !block.contains("[[source]]") {
                whole.push_str("\n[[source]]\nid = \"x\"\nurl = \"https://x.example/\"\n");
            }
            for tag in tags_described_elsewhere(block) {
                whole.push_str(&format!("\n[[tag]]\nid = \"{tag}\"\n"));
            }
            let wire = crate::wire::Wire::new(&whole);
            let ran = wire.run(&["check"]);
            assert_eq!(ran.code, 0, "{name}:\n{block}\n{}", ran.out);
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
}

#[test]
fn the_configuration_for_nginx_is_one() {
    for name in ["README.md", "docs/RUNNING.md"] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let server = blocks(&text, "nginx").concat();
        assert!(server.contains("default-src 'none'"), "{name}");
        let place = tempfile::tempdir().unwrap();
        let at = place.path().display();
        fs::write(
            place.path().join("nginx.conf"),
            format!(
                "pid {at}/pid;\nerror_log {at}/errors;\nevents {{}}\nhttp {{\naccess_log off;\n{}}}\n",
                server.replace("/srv/wire/public", &at.to_string()).replace("server {", "server { ")
            ),
        )
        .unwrap();
        let tried = std::process::Command::new("nginx")
            .args(["-t", "-q", "-e", "stderr", "-p"])
            .arg(place.path())
            .arg("-c")
            .arg(place.path().join("nginx.conf"))
            .output();
        match tried {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                if said.contains("invalid option") {
                    println!("passed over: this nginx is too old to be asked");
                    continue;
                }
                // Whoever is not root may not write where nginx keeps what it receives.
                assert!(output.status.success() || said.contains("Permission denied"), "{said}");
            }
            Err(_) => println!("passed over: no nginx here"),
        }
    }
}

#[test]
fn the_policy_for_web_servers_is_the_same_everywhere() {
    let policy = |text: &str| {
        text.match_indices("default-src 'none'")
            .map(|(at, _)| text[at..].split('"').next().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let running = fs::read_to_string(root().join("docs/RUNNING.md")).unwrap();
    let both: BTreeSet<String> = policy(&readme).union(&policy(&running)).cloned().collect();
    assert_eq!(both.len(), 1, "{both:#?}");
}
