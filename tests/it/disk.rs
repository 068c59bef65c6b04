//! Disks that are full or read-only, and directories that are not what they should be.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use samizdat::world::{FileOperation, Files};

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

/// Files of which every write below a directory fails while the switch is on.
fn failing(below: &'static str, error: io::ErrorKind) -> (Files, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&fails);
    let files = Files::gated(move |operation, path| {
        let writes = matches!(
            operation,
            FileOperation::Write | FileOperation::Rename | FileOperation::CreateDirectory
        );
        let is_below = path.components().any(|part| part.as_os_str() == below);
        if writes && is_below && switch.load(Ordering::SeqCst) { Err(error.into()) } else { Ok(()) }
    });
    (files, fails)
}

#[test]
fn r3_r5_a_full_or_read_only_disk_is_named_before_any_request() {
    for (below, error, code, words) in [
        ("public", io::ErrorKind::StorageFull, 1, "make room"),
        ("public", io::ErrorKind::ReadOnlyFilesystem, 1, "read-only"),
        ("public", io::ErrorKind::PermissionDenied, 1, "the right to write"),
        ("data", io::ErrorKind::StorageFull, 4, "Free some space"),
        ("data", io::ErrorKind::ReadOnlyFilesystem, 4, "read-only"),
    ] {
        let server = Server::start();
        server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
        let mut wire = Wire::of(&[("a", &server.url("/a"))]);
        let (files, fails) = failing(below, error);
        wire.files = files;
        wire.fetch();
        server.asked();
        let public = wire.public();
        server.set("/a", Answer::feed(numbered("a.example", 0..=3)));
        fails.store(true, Ordering::SeqCst);
        wire.clock.forward(TimeDelta::hours(2));
        let ran = wire.run(&["fetch"]);
        assert_eq!(ran.code, code, "{below}: {ran:?}");
        assert!(ran.err.contains(words) && ran.err.contains(below), "{ran:?}");
        assert_eq!(server.asked().len(), 0, "{below}: a request was sent");
        assert_eq!(wire.public(), public);
        // It recovers by itself when there is room again.
        fails.store(false, Ordering::SeqCst);
        assert_eq!(wire.fetch()["stories"]["new"], 1);
    }
}

#[test]
fn r4_a_disk_that_fills_while_publishing_leaves_old_files_and_no_rest() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let mut wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    server.set("/a", Answer::feed(numbered("a.example", 0..=3)));
    // The probe before the requests still fits; no document does.
    wire.files = Files::gated(|operation, path| {
        let is_document =
            path.to_string_lossy().contains("public") && !path.to_string_lossy().contains("probe");
        if operation == FileOperation::Sync && is_document {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    });
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("atom.xml") && ran.err.contains("make room"), "{ran:?}");
    assert_eq!(wire.public(), public, "old files whole, nothing temporary");
    wire.files = Files::real();
    assert_eq!(wire.stories().len(), 4, "the store has it");
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert!(wire.read("public/atom.xml").contains("Statement 0"), "the next run publishes it");
}

#[test]
fn h48_links_in_the_output_directory_are_not_followed() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.write("precious.txt", "mine");
    std::fs::create_dir_all(wire.path("public")).unwrap();
    std::fs::create_dir_all(wire.path("elsewhere")).unwrap();
    symlink(wire.path("precious.txt"), wire.path("public/rss.xml")).unwrap();
    symlink(wire.path("elsewhere"), wire.path("public/organisation")).unwrap();
    let ran = wire.run(&["fetch", "--init"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("rss.xml"), "{ran:?}");
    let told = ran.err.lines().filter(|line| line.contains("public/organisation ")).count();
    assert_eq!(told, 1, "what is in the way of several files is said once: {ran:?}");
    assert_eq!(wire.read("precious.txt"), "mine");
    assert_eq!(std::fs::read_dir(wire.path("elsewhere")).unwrap().count(), 0);
    assert!(wire.read("public/atom.xml").contains("Statement 1"), "the others are published");
}

#[test]
fn i3_what_a_run_that_died_left_is_swept() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    wire.write("public/.atom.xml.samizdat-tmp", "half");
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(wire.public(), public);
}

#[test]
fn h70_files_are_ours_alone_or_everybodys_by_what_they_are_for() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    let mode = |name: &str| wire.path(name).metadata().unwrap().permissions().mode() & 0o777;
    for name in ["data/flushed.json", "data/lock", "b.gz"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    let backup = std::fs::read_dir(wire.path("data/backups")).unwrap().next().unwrap().unwrap();
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for name in ["data", "data/backups"] {
        assert_eq!(mode(name), 0o700, "{name}");
    }
    for name in wire.public().keys() {
        assert_eq!(mode(&format!("public/{name}")), 0o644, "{name}");
    }
    for name in ["public", "public/organisation", "public/organisation/a-example"] {
        assert_eq!(mode(name), 0o755, "{name}");
    }
}

#[test]
fn h70_a_feeds_toml_that_anybody_may_change_is_told_once_a_day() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let file = wire.path("feeds.toml");
    let allow = |mode| std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    allow(0o666);
    let words = "every user of this machine may change";
    assert!(wire.run(&["check"]).out.contains(words));
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 0 && ran.err.contains(words) && ran.err.contains("chmod o-w"), "{ran:?}");
    wire.clock.forward(TimeDelta::hours(2));
    assert_eq!(wire.run(&["fetch"]).err, "");
    wire.clock.forward(TimeDelta::hours(23));
    assert!(wire.run(&["fetch"]).err.contains(words));
    allow(0o644);
    wire.clock.forward(TimeDelta::hours(25));
    assert_eq!(wire.run(&["fetch"]).err, "");
    assert!(!wire.run(&["check"]).out.contains(words));
}

#[test]
fn h70_the_store_of_another_user_is_refused() {
    // Only root can make a file of another user; others pass over this.
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.asked();
    if std::os::unix::fs::chown(wire.path("data/sled/db"), Some(54_321), None).is_err() {
        println!("passed over: not root");
        return;
    }
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.err.contains("another user (uid 54321)") && !ran.err.contains("restore"),
        "{ran:?}"
    );
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn h70_a_lock_that_is_a_link_is_not_followed() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.write("precious.txt", "mine");
    std::fs::create_dir_all(wire.path("data")).unwrap();
    symlink(wire.path("precious.txt"), wire.path("data/lock")).unwrap();
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 4 && ran.err.contains("not a plain file"), "{ran:?}");
    assert_eq!((server.asked().len(), wire.read("precious.txt").as_str()), (0, "mine"));
}

#[test]
fn nothing_that_was_there_before_is_overwritten_whatever_it_is() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let theirs = [
        ("style.css", "body { color: red }"),
        ("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("sources.opml", "<opml version=\"2.0\"><head/><body/></opml>"),
        ("feed.json", "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}"),
        ("about.html", "<h1>About us</h1>"),
        ("rss.xml", "<rss version=\"2.0\"/>"),
    ];
    for (name, text) in theirs {
        wire.write(&format!("public/{name}"), text);
    }
    let ran = wire.run(&["fetch", "--init"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for (name, text) in theirs {
        assert!(
            ran.err.contains(&format!("{name} is a file that samizdat did not write")),
            "{ran:?}"
        );
        assert_eq!(wire.read(&format!("public/{name}")), text);
    }
    assert!(wire.read("public/atom.xml").contains("Statement 1"), "the others are published");
}

#[test]
fn another_output_directory_is_guarded_like_the_usual_one() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    wire.write("other/index.html", "<h1>Our old home page</h1>");
    let ran = wire.run(&["publish", "--public", "other"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(wire.read("other/index.html"), "<h1>Our old home page</h1>");
    assert!(wire.read("other/atom.xml").contains("Statement 1"));
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(wire.public(), public, "the usual one is as it was");
}

#[test]
fn a_page_that_was_there_before_is_not_overwritten() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.write("public/index.html", "<h1>Our old home page</h1>");
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("index.html") && ran.err.contains("did not write"), "{ran:?}");
    assert_eq!(wire.read("public/index.html"), "<h1>Our old home page</h1>");
    assert!(wire.read("public/atom.xml").contains("Statement 1"), "the others are published");
    std::fs::remove_file(wire.path("public/index.html")).unwrap();
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert!(wire.read("public/index.html").contains("Statement 1"));
    // One of ours that somebody edited is ours all the same.
    wire.write("public/index.html", "vandalised");
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert!(wire.read("public/index.html").contains("Statement 1"));
}
