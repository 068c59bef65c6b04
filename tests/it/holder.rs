//! One process has the store, and answers for it: the real binary, several at once.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn samizdat(wire: &Wire, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
    command.args(arguments).current_dir(wire.directory.path());
    command
}

fn run(wire: &Wire, arguments: &[&str]) -> Output {
    samizdat(wire, arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn is_signalled(child: &Child, signal: &str) {
    let told = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(told.success());
}

/// Two sources: of `a` three statements are stored; `b` keeps whoever asks it waiting.
struct Busy {
    server: Server,
    slow: Server,
    wire: Wire,
    fetching: Option<Child>,
}

impl Busy {
    fn new() -> Self {
        let server = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
        let slow = Server::start();
        server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
        slow.set("/b", Answer::feed(numbered("b.example", 4..=5)));
        let wire = Wire::of(&[("a", &server.url("/a")), ("b", &slow.url("/b"))]);
        assert!(run(&wire, &["fetch"]).status.success());
        server.asked();
        slow.asked();
        slow.set("/b", Answer::Hang);
        let fetching = samizdat(&wire, &["fetch", "--now", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Either may be asked first.
        server.wait_for(1);
        slow.wait_for(1);
        Self { server, slow, wire, fetching: Some(fetching) }
    }

    /// Lets the slow server answer, and waits for the end of the running fetch.
    fn end(&mut self) -> Output {
        self.slow.set("/b", Answer::feed(numbered("b.example", 4..=6)));
        self.slow.release();
        self.fetching.take().unwrap().wait_with_output().unwrap()
    }
}

#[test]
fn r7_r8_while_a_fetch_runs_every_command_is_answered_and_asks_no_server() {
    let mut busy = Busy::new();
    let asked = busy.server.asked().len();
    let listed = run(&busy.wire, &["list", "--json"]);
    assert!(listed.status.success(), "{listed:?}");
    assert_eq!(lines(&listed).len(), 5);
    let status = run(&busy.wire, &["status", "--json"]);
    assert_eq!(lines(&status)[0]["store"]["stories"], 5, "{status:?}");

    std::fs::remove_file(busy.wire.path("public/atom.xml")).unwrap();
    let published = run(&busy.wire, &["publish", "--json"]);
    assert_eq!(lines(&published)[0]["written"], serde_json::json!(["atom.xml"]), "{published:?}");

    let backup = run(&busy.wire, &["backup", "--json", "while-busy.gz"]);
    assert_eq!(lines(&backup)[0]["stories"], 5, "{backup:?}");
    assert!(busy.wire.path("while-busy.gz").is_file());
    let mode = busy.wire.path("while-busy.gz").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // A second fetch is done by the first process, after its own; nobody is asked meanwhile.
    let second = samizdat(&busy.wire, &["fetch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let again = run(&busy.wire, &["list", "--json"]);
    assert_eq!(lines(&again).len(), 5);
    assert_eq!((busy.server.asked().len() + asked, busy.slow.asked().len()), (1, 1));
    let first = busy.end();
    assert!(first.status.success(), "{first:?}");
    assert_eq!(lines(&first)[0]["polled"], 2);
    assert_eq!(lines(&first)[0]["stories"]["new"], 1);
    let second = second.wait_with_output().unwrap();
    assert!(second.status.success(), "{second:?}");
    assert_eq!(lines(&second)[0]["not_due"], 2, "{second:?}");
    assert_eq!((busy.server.asked().len(), busy.slow.asked().len()), (0, 0));
    assert!(!busy.wire.path("data/control").exists(), "the socket goes with its process");
    assert_eq!(lines(&run(&busy.wire, &["list", "--json"])).len(), 6);
}

#[test]
fn what_a_newer_feeds_toml_says_is_not_taken_back_by_a_fetch_that_began_with_an_older_one() {
    let is_as_said = |wire: &Wire, when: &str| {
        let all = wire.read("public/atom.xml");
        assert!(all.contains("The wire of today"), "{when}");
        assert!(!all.contains("The words of statement 1."), "{when}: it was hidden");
        assert!(wire.read("public/tag/two/atom.xml").contains("statement 2"), "{when}");
    };
    let mut busy = Busy::new();
    let newer = busy.wire.read("feeds.toml").replace("Test wire", "The wire of today")
        + "[[decision]]\nstory = \"https://a.example/1/\"\ndo = \"hide\"\n\
           [[tag]]\nid = \"two\"\nmatch = [\"statement 2\"]\n\
           [[tag]]\nid = \"six\"\nmatch = [\"statement 6\"]\n";
    busy.wire.write("feeds.toml", newer);
    let published = run(&busy.wire, &["publish"]);
    assert!(published.status.success(), "{published:?}");
    is_as_said(&busy.wire, "at once");
    let first = busy.end();
    assert!(first.status.success(), "{first:?}");
    is_as_said(&busy.wire, "after the fetch");
    // What it brought goes by the newer rules as well.
    assert!(busy.wire.read("public/atom.xml").contains("The words of statement 6."));
    assert!(busy.wire.read("public/tag/six/atom.xml").contains("statement 6"));
    let again = run(&busy.wire, &["publish", "--json"]);
    assert_eq!(lines(&again)[0]["written"], serde_json::json!([]), "{again:?}");
}

#[test]
fn rules_that_come_into_force_during_a_fetch_make_room_for_old_stories_once() {
    let mut busy = Busy::new();
    let before = busy.wire.read("feeds.toml") + "[publish]\nbacklog = 2\n";
    let tagged = |words: &str| format!("{before}[[tag]]\nid = \"t\"\nmatch = [\"{words}\"]\n");
    let carried = |wire: &Wire| wire.read("public/tag/t/atom.xml").matches("<entry>").count();
    busy.wire.write("feeds.toml", tagged("statement 1"));
    assert!(run(&busy.wire, &["publish"]).status.success());
    assert_eq!(carried(&busy.wire), 1);
    // Now it has readers, who get two of the four others.
    busy.wire.write("feeds.toml", tagged("statement"));
    assert!(run(&busy.wire, &["publish"]).status.success());
    assert_eq!(carried(&busy.wire), 3);
    assert!(busy.end().status.success());
    assert_eq!(carried(&busy.wire), 4, "what the fetch brought, and no old one more");
}

#[test]
fn p31_a_silence_that_is_learnt_during_a_fetch_outlives_it() {
    let mut busy = Busy::new();
    busy.slow.set("/news", Answer::status("429 Too Many Requests", "Retry-After: 14400\r\n"));
    let news = busy.slow.url("/news");
    assert_eq!(run(&busy.wire, &["preview", &news]).status.code(), Some(1));
    let first = busy.end();
    assert_eq!(lines(&first)[0]["polled"], 2, "{first:?}");
    busy.slow.asked();
    let next = run(&busy.wire, &["fetch", "--now", "--json"]);
    assert_eq!(lines(&next)[0]["not_due"], 1, "{next:?}");
    assert_eq!(busy.slow.asked().len(), 0);
}

#[test]
fn r7_a_backup_taken_while_a_fetch_runs_is_whole() {
    let mut busy = Busy::new();
    assert!(run(&busy.wire, &["backup", "a.gz"]).status.success());
    busy.end();
    std::fs::remove_dir_all(busy.wire.path("data")).unwrap();
    let restored = run(&busy.wire, &["restore", "a.gz", "--json"]);
    assert!(restored.status.success(), "{restored:?}");
    assert_eq!(lines(&restored)[0]["stories"], 6, "five of the backup, one of the outputs");
}

#[test]
fn a_restore_while_a_fetch_runs_takes_nothing_from_what_it_replaced() {
    let mut busy = Busy::new();
    assert!(run(&busy.wire, &["backup", "before.gz"]).status.success());
    let restored = run(&busy.wire, &["restore", "before.gz"]);
    assert!(restored.status.success(), "{restored:?}");
    // What is under way was begun with the store that is gone: it is not stored.
    let first = busy.end();
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert_eq!(lines(&run(&busy.wire, &["list", "--json"])).len(), 5);
    // The next fetch brings it.
    let next = run(&busy.wire, &["fetch", "--now", "--json"]);
    assert_eq!(lines(&next)[0]["stories"]["new"], 1, "{next:?}");
    assert_eq!(lines(&run(&busy.wire, &["list", "--json"])).len(), 6);
}

#[test]
fn r7_a_lock_and_a_socket_that_a_killed_process_left_are_in_nobodys_way() {
    let mut busy = Busy::new();
    let mut fetching = busy.fetching.take().unwrap();
    fetching.kill().unwrap();
    fetching.wait().unwrap();
    assert!(busy.wire.path("data/control").exists(), "kill -9 leaves it");
    let listed = run(&busy.wire, &["list", "--json"]);
    assert_eq!((listed.status.code(), lines(&listed).len()), (Some(0), 5), "{listed:?}");
    // Somebody else's socket under our name is replaced as well.
    let _ = std::fs::remove_file(busy.wire.path("data/control"));
    let _theirs = UnixListener::bind(busy.wire.path("data/control")).unwrap();
    assert!(run(&busy.wire, &["status"]).status.success());
}

#[test]
fn r7_whoever_cannot_be_asked_is_named_and_nothing_is_done() {
    let mut busy = Busy::new();
    let fetching = busy.fetching.take().unwrap();
    let asked = busy.server.asked().len();
    is_signalled(&fetching, "-STOP");
    let refused = run(&busy.wire, &["fetch", "--now"]);
    assert_eq!(refused.status.code(), Some(75), "{refused:?}");
    let words = String::from_utf8(refused.stderr).unwrap();
    let named = format!("in use by pid {} since 20", fetching.id());
    assert!(words.contains(&named), "{words}");
    assert_eq!(run(&busy.wire, &["list"]).status.code(), Some(75));
    assert_eq!((busy.server.asked().len() + asked, busy.slow.asked().len()), (1, 1));
    is_signalled(&fetching, "-CONT");
    busy.fetching = Some(fetching);
    assert!(busy.end().status.success());
}

#[test]
fn r7_when_the_process_that_was_asked_is_killed_the_asker_does_it_itself() {
    let mut busy = Busy::new();
    let mut fetching = busy.fetching.take().unwrap();
    let second = samizdat(&busy.wire, &["fetch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    // It has been let in when the first process answers it among others.
    let listed = run(&busy.wire, &["list", "--json"]);
    assert!(listed.status.success());
    fetching.kill().unwrap();
    fetching.wait().unwrap();
    let second = second.wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert_eq!(lines(&second)[0]["not_due"], 2, "what was leased is not asked again: {second:?}");
}

#[test]
fn r2_sigterm_ends_a_fetch_that_others_have_asked() {
    let mut busy = Busy::new();
    let second = samizdat(&busy.wire, &["fetch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let listed = run(&busy.wire, &["list", "--json"]);
    assert!(listed.status.success());
    let fetching = busy.fetching.take().unwrap();
    is_signalled(&fetching, "-TERM");
    let first = fetching.wait_with_output().unwrap();
    assert_eq!(first.status.code(), Some(143), "{first:?}");
    let second = second.wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert_eq!(busy.slow.asked().len(), 1, "nobody asked twice");
}

#[test]
fn r2_a_second_signal_ends_it_at_once() {
    let mut busy = Busy::new();
    let fetching = busy.fetching.take().unwrap();
    is_signalled(&fetching, "-INT");
    is_signalled(&fetching, "-INT");
    let ended = fetching.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
}

#[test]
fn a_store_in_a_very_deep_directory_is_answered_for_as_well() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let slow = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
    slow.set("/b", Answer::Hang);
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &slow.url("/b"))]);
    let deep = format!("{}/data", "a-directory-with-a-long-name".repeat(5));
    std::fs::create_dir_all(wire.path(&deep)).unwrap();
    let mut fetching = samizdat(&wire, &["--store", &deep, "fetch"]).spawn().unwrap();
    slow.wait_for(1);
    let status = run(&wire, &["--store", &deep, "status", "--json"]);
    assert!(status.status.success(), "{status:?}");
    fetching.kill().unwrap();
    fetching.wait().unwrap();
}
