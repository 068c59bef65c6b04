//! Broken texts: every finding with its place and its remedy, and none that takes us down.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Each row: what is appended to a good [site] and [[source]] (lines 1 to 3 and 4 to 6), then the
/// place, and words of message and help.
#[test]
fn every_error_has_its_line_and_remedy() {
    let cases: &[(&str, usize, usize, &str, &str)] = &[
        // Unknown keys and tables name the nearest known one.
        ("intervall = \"1h\"", 7, 1, "`intervall` is not a key of [[source]]", "`interval`"),
        ("organization = \"A\"", 7, 1, "`organization`", "`organisation`"),
        ("title = \"A\"", 7, 1, "`title` is not a key", "`name`"),
        ("concurrency = 3", 7, 1, "`concurrency`", "belongs to [fetch]"),
        ("item = \"li\"", 7, 1, "`item` is not a key", "belongs to [source.select]"),
        ("colour = \"red\"", 7, 1, "`colour`", "keys of [[source]] are: id, was, url"),
        ("[fetsch]\ninterval = \"1h\"", 7, 2, "`fetsch` is not a table", "[fetch]"),
        ("[[tags]]\nid = \"x\"", 7, 3, "`tags` is not a table", "[[tag]]"),
        ("[select]\nitem = \"a\"", 7, 2, "`select` is not a table", "[source.select] below"),
        ("[tag]\nid = \"x\"", 7, 2, "needs two brackets", "[[tag]]"),
        ("[[fetch]]", 7, 3, "only one [fetch]", "one bracket"),
        // Types.
        ("enabled = \"true\"", 7, 11, "a text where true or false", "true without quotes"),
        ("limit = \"20\"", 7, 9, "a text where a whole number", "20 without quotes"),
        ("limit = -1", 7, 9, "-1 is out of range", "from 0"),
        ("name = 25", 7, 8, "a whole number where a text", "\"25\""),
        ("tags = \"europe\"", 7, 8, "a text where a list", "[\"europe\"]"),
        ("tags = [1]", 7, 9, "holds something else", "[\"my-id\"]"),
        ("include = [\"\"]", 7, 12, "an empty text", "[]"),
        ("interval = 60", 7, 12, "a whole number where a duration", "\"60s\""),
        ("headers = \"x\"", 7, 11, "a text where a table", "{ Authorization"),
        // Durations, sizes, words.
        ("interval = \"1 hour\"", 7, 12, "`1 hour` is not a duration", "\"90s\""),
        ("timeout = \"0s\"", 7, 11, "too short", "\"1s\""),
        ("max_body = \"8\"", 7, 12, "`8` is not a size", "\"8MiB\""),
        ("language = \"gr\"", 7, 12, "`gr` is not the code", "\"el\""),
        ("timezone = \"Europe/Athen\"", 7, 12, "not a time zone", "\"Europe/Athens\""),
        ("republish = \"fulll\"", 7, 13, "`fulll`", "did you mean \"full\""),
        ("kind = \"web\"", 7, 8, "`web`", "\"feed\", \"page\""),
        ("site = \"a.example\"", 7, 8, "not a web address", "\"https://a.example\""),
        ("link_hosts = [\"https://a.example/\"]", 7, 15, "not a host name", "\"a.example\""),
        ("name = \"a\\u0008b\"", 7, 8, "U+0008", "remove it"),
        ("[fetch]\nallow_private = [\"10.0.0.1\"]", 8, 18, "block of addresses", "10.0.0.1/32"),
        ("[fetch]\nconcurrency = 0", 8, 15, "0 is out of range", "from 1"),
        ("[publish]\nwindow = 0", 8, 10, "0 is out of range", "from 1"),
        ("[publish]\nper = [\"tags\"]", 8, 8, "`tags`", "did you mean \"tag\""),
        ("[publish]\nimages = \"copy\"", 8, 10, "`copy`", "\"link\", \"none\""),
        ("[publish]\npath = \"\"", 8, 1, "`path` is empty", "means \"public\""),
        ("[publish]\npath = \".\"", 8, 8, "directory of feeds.toml itself", "\"public\""),
        ("[publish]\npath = \"data/out\"", 8, 8, "one another's directory", "side by side"),
        ("[serve]\nlisten = \"8080\"", 8, 10, "address with a port", "127.0.0.1:8080"),
        ("[serve]\nalert = [\"http://a.example/\"]", 8, 10, "not https", "https://"),
        // Ids.
        (
            "[[source]]\nid = \"a\"\nurl = \"https://b.example/\"",
            8,
            6,
            "that of line 5",
            "another id",
        ),
        (
            "[[source]]\nid = \"b\"\nwas = [\"a\"]\nurl = \"https://b.example/\"",
            9,
            8,
            "the id in line 5",
            "remove it",
        ),
        ("[[tag]]\nid = \"Peace!\"", 8, 6, "`Peace!` is not an id", "\"peace\""),
        ("[[tag]]\nid = \"x\"\n[[tag]]\nid = \"x\"", 10, 6, "that of line 8", "tag another id"),
        ("[[tag]]\nname = \"X\"", 7, 1, "[[tag]] has no `id`", "id = \"my-id\""),
        ("[[source]]\nurl = \"https://b.example/\"", 7, 1, "[[source]] has no `id`", "id ="),
        ("[[source]]\nid = \"b\"", 7, 1, "[[source]] has no `url`", "url ="),
        // Pages.
        ("kind = \"page\"", 7, 8, "needs selectors", "[source.select]"),
        ("[source.select]\nitem = \"a\"", 8, 8, "read as a feed", "kind = \"page\""),
        (
            "kind = \"page\"\n[source.select]\nitem = \"a[\"\ntitle = \"b\"\nlink = \"c\"",
            9,
            8,
            "CSS",
            "h2 a",
        ),
        (
            "kind = \"page\"\n[source.select]\nitem = \"a\"\ntitle = \"b\"",
            8,
            1,
            "no `link`",
            "link =",
        ),
        // Headers and secrets.
        ("headers = { Authorization = \"env:NOBODY\" }", 7, 29, "has no NOBODY", "NOBODY=…"),
        ("headers = { Host = \"x\" }", 7, 20, "set by the fetcher", "remove it"),
        ("headers = { \"a b\" = \"x\" }", 7, 21, "not the name of a header", "X-Api-Key"),
        ("headers = { X = \"1\", x = \"2\" }", 7, 22, "stands twice", "remove one"),
        ("headers = { X = \"a\\nb\" }", 7, 17, "cannot be sent", "one line"),
        // Outputs and decisions.
        (
            "[[output]]\nid = \"x\"\nsources = [\"b\"]",
            9,
            12,
            "there is no source `b`",
            "id of a source",
        ),
        ("[[output]]\nid = \"x\"\nformats = [\"rrs\"]", 9, 12, "`rrs`", "\"rss\""),
        ("[[decision]]\nstory = \"x\"\ndo = \"hid\"", 9, 6, "`hid`", "\"hide\""),
        ("[[decision]]\nstory = \"x\"\ndo = \"tag\"", 9, 6, "does not say", "with ="),
        (
            "[[tag]]\nid = \"peace\"\n[[decision]]\nstory = \"x\"\ndo = \"tag\"\nwith = \"peas\"",
            12,
            8,
            "no tag `peas`",
            "\"peace\"",
        ),
        (
            "[[decision]]\nstory = \"12\"\ndo = \"hide\"",
            8,
            9,
            "`story` is a short number of `list`",
            "`samizdat explain 12` shows both",
        ),
        ("[[decision]]\nstory = \" #7\"\ndo = \"hide\"", 8, 9, "short number", "explain 7`"),
        // TOML itself; the rest cannot be judged then.
        ("name = DiEM25", 7, 8, "not TOML", "name = \"DiEM25\""),
        ("name = “DiEM25”", 7, 8, "not TOML", "straight quotes"),
        ("name = \"DiEM25", 7, 15, "not TOML", "closing quote"),
        ("name: DiEM25", 7, 7, "not TOML", "instead of a colon"),
        ("<<<<<<< HEAD", 7, 1, "merge conflict", "keep what is right of both sides"),
        ("=======", 7, 1, "merge conflict", "remove the lines"),
        (">>>>>>> theirs", 7, 1, "merge conflict", "remove the lines"),
        // Both sides end a table, or stand within a list, so that TOML breaks elsewhere.
        (
            "tags = [\n<<<<<<< HEAD\n  \"a\",\n=======\n  \"b\",\n>>>>>>> theirs\n]",
            8,
            1,
            "merge conflict",
            "keep what is right of both sides",
        ),
        (
            "name = \n<<<<<<< HEAD\nnote = \"a\"\n=======\nnote = \"b\"\n>>>>>>> theirs",
            8,
            1,
            "merge conflict",
            "keep what is right of both sides",
        ),
        ("========", 7, 2, "not TOML", "put the text in quotes"),
        ("enabled = True", 7, 11, "not TOML", "enabled = true"),
        ("id = \"b\"", 7, 1, "duplicate key", "stands twice"),
        ("id = \"b\"", 7, 1, "duplicate key", "write [[source]] or [[tag]] above it"),
        ("tags = [\"a\" \"b\"]", 7, 13, "not TOML", "commas"),
        ("tags = [\n  \"a\"\n  \"b\"\n]", 9, 3, "not TOML", "commas"),
        // What breaks is a line further on, and what is to be mended above it.
        (
            "tags = [\"a\", \"b\"\n[[source]]",
            8,
            1,
            "not TOML",
            "list above this line is not closed",
        ),
        ("tags = [\"a\"\nname = \"b\"", 8, 1, "not TOML", "list above this line is not closed"),
        ("[[source]\nid = \"b\"", 7, 10, "not TOML", "[[source]] for one of several"),
        ("name = \"a\";", 7, 11, "not TOML", "remove the semicolon"),
        ("name = \"a\" note = \"b\"", 7, 12, "not TOML", "on a line of its own"),
        ("name = \"a\", note = \"b\"", 7, 11, "not TOML", "on a line of its own"),
        // Columns count characters, not bytes.
        ("include = [\"ειρήνη, мир 日本\", 3]", 7, 30, "something else", "a phrase"),
        ("headers = { ёж = \"x\" }", 7, 13, "not TOML", "name in quotes"),
        ("headers = { \"日本\" = \"x\" }", 7, 20, "`日本` is not the name", "X-Api-Key"),
    ];
    for (added, line, column, message, help) in cases {
        for text in [
            format!("{SITE}{SOURCE}{added}\n"),
            format!("\u{feff}{SITE}{SOURCE}{added}\n"),
            format!("{SITE}{SOURCE}{added}\n").replace('\n', "\r\n"),
        ] {
            let Err(broken) = parsed(&text) else { panic!("accepted: {added}") };
            let shown = all(&broken.findings, &text);
            assert_eq!(broken.findings.len(), 1, "{added}\n{shown}");
            let found = &broken.findings[0];
            assert_eq!((found.line, found.column), (*line, *column), "{added}\n{shown}");
            assert!(found.message.contains(message), "{added}\n{shown}");
            assert!(found.help.contains(help), "{added}\n{shown}");
            assert!(shown.contains(&format!("feeds.toml:{line}:{column}")), "{added}\n{shown}");
        }
    }
}

#[test]
fn every_merge_conflict_is_named_by_its_first_line_also_where_the_file_begins_with_one() {
    let side = |side: &str| format!("name = \"{side}\"\n");
    let conflict = format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> a\n", side("ours"), side("theirs"));
    let text = format!("{conflict}{SITE}{SOURCE}{conflict}");
    let broken = parsed(&text).unwrap_err();
    let lines: Vec<usize> = broken.findings.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [1, 12], "{}", all(&broken.findings, &text));
    for finding in &broken.findings {
        assert!(finding.message.contains("merge conflict"), "{finding:?}");
    }
    // Within a text of several lines they are words like others.
    let quoted = format!("{SITE}description = \"\"\"\n<<<<<<< HEAD\n\"\"\"\n{SOURCE}");
    assert!(parsed(&quoted).is_ok());
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_file() {
    let text = "[site]\ntitle = 3\nurl = \"x\"\nlanguage = \"english\"\n\n[fetch]\ninterval = \"1\"\n\
                per = []\n\n[[source]]\nid = \"A\"\nurl = \"ftp://a.example/\"\n\n[[source]]\n\
                id = \"b\"\nur = \"https://b.example/\"\n";
    let broken = parsed(text).unwrap_err();
    let lines: Vec<usize> = broken.findings.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [2, 3, 4, 7, 8, 11, 12, 16], "{}", all(&broken.findings, text));
    assert_eq!(broken.to_string(), "feeds.toml has 8 errors that must be mended");
}

#[test]
fn what_every_file_needs_is_named_with_what_to_write() {
    for (text, message, help) in [
        ("", "there is no [site]", "title ="),
        (SITE, "there is no [[source]]", "[[source]]"),
        (SOURCE, "there is no [site]", "url ="),
        ("[site]\nurl = \"https://a.example\"\n", "has no `title`", "title ="),
        ("[site]\ntitle = \"\"\nurl = \"https://a.example\"\n", "`title` is empty", "title ="),
        ("[site]\ntitle = \"A\"\n", "has no `url`", "url ="),
        ("source = []\n", "there is no [[source]]", "id ="),
        ("title = \"A\"\n", "stands outside", "[site]"),
    ] {
        let broken = parsed(text).unwrap_err();
        let found = broken
            .findings
            .iter()
            .any(|finding| finding.message.contains(message) && finding.help.contains(help));
        assert!(found, "{text}\n{}", all(&broken.findings, text));
    }
}

#[test]
fn files_of_other_programs_are_recognised() {
    for (text, line, message) in [
        ("[rsspls]\noutput = \"/tmp\"\n[[feed]]\ntitle = \"A\"\n", 1, "rsspls"),
        ("[[feed]]\ntitle = \"A\"\n[feed.config]\nurl = \"https://a.example\"\n", 1, "rsspls"),
        ("[a]\nurl = \"https://a.example\"\nentrySelector = \"li\"\n", 3, "feed-me-up-scotty"),
        ("[a]\nlink_selector = \"a\"\n", 2, "feed-me-up-scotty"),
        (
            "# x\n[Planet]\nname = A planet\n[http://a.example/feed]\nname = A\n",
            2,
            "Planet or Venus",
        ),
        ("[https://a.example/feed]\nname = A\n", 1, "Planet or Venus"),
        ("title = A\n[a]\ntitle = B\nfeed = https://a.example/feed\n", 4, "Pluto"),
        ("<?xml version=\"1.0\"?>\n<opml version=\"2.0\"/>", 1, "OPML"),
        ("\u{feff}\n <rss version=\"2.0\">", 2, "this is a feed"),
        ("<!DOCTYPE html><title>x</title>", 1, "web page"),
        ("{\"feeds\": []}", 1, "JSON"),
        ("[\n  {\"url\": \"https://a.example\"}\n]", 1, "JSON"),
        ("---\nfeeds: []\n", 1, "YAML"),
        ("title: A\nfeeds:\n  - https://a.example\n", 1, "YAML"),
        ("https://a.example/feed\nhttps://b.example/feed\n", 1, "newsboat"),
        ("feeds() {\n feed \"a\" \"https://a.example\"\n}\n", 1, "sfeed"),
    ] {
        let broken = parsed(text).unwrap_err();
        assert_eq!(broken.findings.len(), 1, "{}", all(&broken.findings, text));
        let found = &broken.findings[0];
        assert_eq!(found.line, line, "{text}");
        assert!(found.message.contains(message), "{text}\n{found:?}");
        let is_read = ["rsspls", "Planet or Venus", "Pluto"].contains(&message);
        let help = if is_read { "`samizdat import FILE`" } else { "[[source]]" };
        assert!(found.help.contains(help), "{text}\n{found:?}");
    }
    // Words of other programs inside a file of ours are no sign of them.
    good(&format!("{SITE}description = \"\"\"\n[Planet] of the\nhttp://x\"\"\"\n{SOURCE}"));
    let slip = format!("{SITE}{SOURCE}feed = https://a.example/\n");
    assert!(parsed(&slip).unwrap_err().findings[0].message.contains("not TOML"));
}

#[test]
fn findings_are_shown_with_their_lines() {
    let text =
        format!("{SITE}{SOURCE}name = \"Ελλάδα\"\n[[source]]\nid = \"a\"\nurl = \"x.xml\"\n");
    let broken = parsed(&text).unwrap_err();
    let shown = render(&broken.findings[0], &text, "feeds.toml", Severity::Error, 140);
    let expected = "\
error: the id `a` is also that of line 5
 --> feeds.toml:9:6
  |
9 | id = \"a\"
  |      ^^^
  |
 ::: feeds.toml:5:6
  |
5 | id = \"a\"
  |      --- the other one
  |
  = help: give this source another id; ids are kept for ever, so change the newer one";
    assert_eq!(shown, expected);

    // A line without end is shown in part, with the true column.
    let long =
        format!("{SITE}{SOURCE}name = \"{}\"\nlimt = {}1\n", "ж".repeat(9_000), " ".repeat(9_000));
    let broken = parsed(&long).unwrap_err();
    assert!(render(&broken.findings[0], &long, "feeds.toml", Severity::Warning, 140).len() < 1_000);
    // A span that is not of this text must not make it fail.
    let finding = Finding { span: 5_000..6_000, ..broken.findings[0].clone() };
    assert!(render(&finding, "x", "feeds.toml", Severity::Error, 140).contains("feeds.toml"));
}

#[test]
fn files_have_limits() {
    let large = format!("{SITE}{SOURCE}# {}\n", "x".repeat(MOST_BYTES));
    assert!(parsed(&large).unwrap_err().findings[0].message.contains("too large"));
    let many: String = (0..=MOST_SOURCES)
        .map(|n| format!("[[source]]\nid=\"a{n}\"\nurl=\"a{n}.xml\"\n"))
        .collect();
    let broken = parsed(&format!("{SITE}{many}")).unwrap_err();
    assert_eq!(broken.findings.len(), 1);
    assert!(broken.findings[0].message.contains("more than 10000 sources"));
    // Errors without end are counted, not kept.
    let wrong: String = (0..50_000).map(|n| format!("x{n}=1\n")).collect();
    let broken = parsed(&format!("{SITE}{wrong}{SOURCE}")).unwrap_err();
    assert_eq!(broken.findings.len(), 500);
    assert!(broken.findings[499].help.contains("49500 more"));
    let deep = format!("{SITE}{SOURCE}tags = {}", "[".repeat(100_000));
    assert!(parsed(&deep).is_err());
}

/// Each would take minutes if a step compared everything with everything.
#[test]
fn files_made_to_be_slow_are_not() {
    let many =
        |count: usize, part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<String>();
    let list = |count: usize, letter: &str, from: usize| {
        many(count, &|n| format!("\"{letter}{}\",", n + from))
    };
    let tagged = many(9, &|n| {
        let tags = list(9_000, "t", n * 9_000);
        format!("[[source]]\nid = \"a{n}\"\nurl = \"{n}.xml\"\ntags = [{tags}]\n")
    });
    let cases = [
        format!("{SITE}{tagged}"),
        format!("{SITE}{tagged}{}", many(900, &|n| format!("[[tag]]\nid = \"tt{n}\"\n"))),
        format!("{SITE}{SOURCE}tags = [{}]\n", "1,".repeat(500_000)),
        format!("{SITE}{SOURCE}headers = {{ {} }}\n", many(60_000, &|n| format!("h{n} = \"x\","))),
        format!(
            "{SITE}{}{}",
            many(900, &|n| format!("[[source]]\nid = \"a{n}\"\nurl = \"{n}.xml\"\n")),
            many(9, &|n| {
                format!("[[output]]\nid = \"o{n}\"\nsources = [{}]\n", list(9_000, "b", n * 9_000))
            })
        ),
        format!(
            "{SITE}{SOURCE}{}",
            many(12_000, &|n| format!("[[tag]]\nid = \"t{n}\"\nwas = [\"t{}\"]\n", n / 2))
        ),
        format!(
            "{SITE}{SOURCE}[[tag]]\nid = \"x\"\nnames = {{ {} }}\n",
            many(50_000, &|n| { format!("aa-{n:x} = \"x\",") })
        ),
    ];
    for text in cases {
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        let began = std::time::Instant::now();
        let findings = match parsed(&text) {
            Ok(config) => config.warnings.len(),
            Err(broken) => broken.findings.len(),
        };
        assert!(findings <= 500, "{findings}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_fail(text in "\\PC*|([\\[\\]{}=\"'.,#:\\n\\r\u{feff}<ж \\\\]|id|url|source|site|[a-z0-9])*") {
        if let Err(broken) = parsed(&text) {
            for finding in &broken.findings {
                render(finding, &text, "feeds.toml", Severity::Error, 140);
            }
        }
    }

    /// One character of a good file replaced or removed: the likeliest of all broken files.
    #[test]
    fn no_slip_makes_it_fail(at in 0..EVERY_KEY.chars().count(), letter in proptest::option::of(any::<char>())) {
        let before = EVERY_KEY.chars().take(at);
        let text: String = before.chain(letter).chain(EVERY_KEY.chars().skip(at + 1)).collect();
        if let Err(broken) = parsed(&text) {
            prop_assert!(!broken.findings.is_empty());
            for finding in &broken.findings {
                prop_assert!(finding.line <= text.matches('\n').count() + 1);
                render(finding, &text, "feeds.toml", Severity::Error, 140);
            }
        }
    }
}
