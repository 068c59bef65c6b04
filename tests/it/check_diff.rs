//! `check --diff`: what an edited feeds.toml would do to the stories that are known.

use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

const TITLES: [&str; 4] =
    ["Peace in the harbour", "A march for peace", "Rents rise again", "A vacancy in our office"];

/// A feed with these four statements, the first of them the newest.
fn statements() -> String {
    let links: Vec<String> = (0..4).map(|n| format!("https://a.example/{n}/")).collect();
    let dates: Vec<String> =
        (0..4).map(|n| format!("Mon, 02 Nov 2026 1{}:00:00 GMT", 3 - n)).collect();
    let items: Vec<Item<'_>> = (0..4)
        .map(|n| Item {
            guid: &links[n],
            link: &links[n],
            title: TITLES[n],
            date: &dates[n],
            text: "Words of the statement.",
        })
        .collect();
    rss("Harbour", &items)
}

fn wire(server: &Server, more: &str) -> Wire {
    server.set("/a", Answer::feed(statements()));
    let wire = Wire::new(&feeds(server, "", more));
    assert_eq!(wire.fetch()["stories"]["new"], 4);
    wire
}

fn feeds(server: &Server, keys: &str, more: &str) -> String {
    format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n{keys}\n{more}", server.url("/a"))
}

const PEACE: &str = "[[tag]]\nid = \"peace\"\nname = \"Peace\"\nmatch = [\"peace\"]\n\
                     [[output]]\nid = \"calm\"\ntitle = \"Calm\"\ntags = [\"peace\"]\n";

fn titles(list: &Value) -> Vec<&str> {
    let stories = list["stories"].as_array().unwrap();
    assert_eq!(list["count"], stories.len());
    stories.iter().map(|story| story["title"].as_str().unwrap()).collect()
}

/// What `check --diff --json` says would become of the stories.
fn diff(wire: &Wire, arguments: &[&str]) -> Value {
    let ran = wire.run(&[&["check", "--json", "--diff"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()["diff"].clone()
}

#[test]
fn rules_that_do_not_change_do_nothing() {
    let server = Server::start();
    let wire = wire(&server, PEACE);
    let nothing = json!({"count": 0, "stories": []});
    let expected = json!({"tags": {}, "outputs": {}, "published": nothing, "withdrawn": nothing});
    assert_eq!(diff(&wire, &[]), expected);
    // Neither does what decides about no story.
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml").replace("interval = \"1h\"", "interval = \"2h\""),
    );
    assert_eq!(diff(&wire, &[]), expected);
    let ran = wire.run(&["check", "--diff"]);
    assert!(
        ran.out.contains("no story would gain or lose a tag, or its place in an output"),
        "{ran:?}"
    );
}

#[test]
fn what_is_foreseen_is_what_happens_and_until_then_nothing_does() {
    let server = Server::start();
    let wire = wire(&server, PEACE);
    let before = (wire.stories(), wire.public());
    let edited = PEACE.replace("match = [\"peace\"]", "match = [\"harbour\", \"rents\"]")
        + "[[tag]]\nid = \"homes\"\nname = \"Homes\"\nmatch = [\"rents\"]\n";
    wire.write("feeds.toml", feeds(&server, "exclude = [\"vacancy\"]", &edited));
    let foreseen = diff(&wire, &[]);
    assert_eq!(titles(&foreseen["tags"]["peace"]["gained"]), ["Rents rise again"]);
    assert_eq!(titles(&foreseen["tags"]["homes"]["gained"]), ["Rents rise again"]);
    assert_eq!(titles(&foreseen["tags"]["peace"]["lost"]), ["A march for peace"]);
    assert_eq!(titles(&foreseen["outputs"]["calm"]["gained"]), ["Rents rise again"]);
    assert_eq!(titles(&foreseen["outputs"]["calm"]["lost"]), ["A march for peace"]);
    assert_eq!(titles(&foreseen["withdrawn"]), ["A vacancy in our office"]);
    assert_eq!(titles(&foreseen["published"]), Vec::<&str>::new());
    let ran = wire.run(&["check", "--diff"]);
    for words in [
        "1 story would be withdrawn, since their sources leave them out:",
        "1 story would gain the tag homes:",
        "1 story would lose the tag peace:",
        "1 story would enter the output calm:",
        "1 story would leave the output calm:",
        "  A march for peace\n",
        "nothing was changed",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert_eq!((wire.stories(), wire.public()), before, "nothing was changed");

    assert_eq!(wire.run(&["publish"]).code, 0);
    let tagged = |tag: &str| -> Vec<String> {
        let stories = wire.run(&["list", "--json", "--tag", tag]).lines();
        stories.iter().map(|story| story["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(tagged("peace"), ["Peace in the harbour", "Rents rise again"]);
    assert_eq!(tagged("homes"), ["Rents rise again"]);
    assert_eq!(wire.stories().len(), 3);
    assert_eq!(diff(&wire, &[])["tags"], json!({}), "now it is so");

    // What was left out comes back.
    wire.write("feeds.toml", feeds(&server, "", &edited));
    assert_eq!(titles(&diff(&wire, &[])["published"]), ["A vacancy in our office"]);
}

#[test]
fn another_file_can_be_what_is_compared_with() {
    let server = Server::start();
    let wire = wire(&server, PEACE);
    let edited = PEACE.replace("[\"peace\"]\n[[output]]", "[\"rents\"]\n[[output]]");
    assert_ne!(edited, PEACE);
    // The file in force is the new one: the other way round tells what it had changed.
    wire.write("elsewhere/old.toml", feeds(&server, "", &edited));
    let foreseen = diff(&wire, &["elsewhere/old.toml"]);
    let peace = &foreseen["tags"]["peace"];
    assert_eq!(titles(&peace["gained"]), ["Peace in the harbour", "A march for peace"]);
    assert_eq!(titles(&peace["lost"]), ["Rents rise again"]);
    wire.write("elsewhere/old.toml", "[site]\n");
    let ran = wire.run(&["check", "--diff", "elsewhere/old.toml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("old.toml cannot be compared with, since it has errors"), "{ran:?}");
}

#[test]
fn new_names_are_no_change_and_a_flood_is_none() {
    let server = Server::start();
    let wire = wire(&server, PEACE);
    let renamed = PEACE
        .replace("id = \"peace\"", "id = \"calm-days\"\nwas = [\"peace\"]")
        .replace("tags = [\"peace\"]", "tags = [\"calm-days\"]")
        .replace("id = \"calm\"\n", "id = \"quiet\"\nwas = [\"calm\"]\n");
    let feeds_toml = feeds(&server, "", &renamed)
        .replace("id = \"a\"\n", "id = \"harbour\"\nwas = [\"a\"]\nexclude = [\"vacancy\"]\n");
    wire.write("feeds.toml", &feeds_toml);
    let foreseen = diff(&wire, &[]);
    assert_eq!((&foreseen["tags"], &foreseen["outputs"]), (&json!({}), &json!({})));
    assert_eq!(titles(&foreseen["withdrawn"]), ["A vacancy in our office"], "by its new name");
    // An output that people read is entered by `backlog` old stories at most.
    let wider = PEACE.replace("tags = [\"peace\"]", "");
    let few =
        feeds(&server, "", &wider).replace("[[source]]", "[publish]\nbacklog = 1\n[[source]]");
    wire.write("feeds.toml", few);
    assert_eq!(titles(&diff(&wire, &[])["outputs"]["calm"]["gained"]), ["Rents rise again"]);
}

#[test]
fn without_a_store_there_is_nothing_to_compare_with() {
    let server = Server::start();
    let wire = Wire::new(&feeds(&server, "", PEACE));
    let ran = wire.run(&["check", "--diff"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("there is no store in"), "{ran:?}");
    assert!(!wire.path("data").exists());
}
