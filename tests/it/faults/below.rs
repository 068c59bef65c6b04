//! Faults below the database: sled writes by itself, so a shim stands between the real program and
//! its disk. At every operation of the whole process on the store's files the process is killed,
//! the operation fails, or the power goes and takes with it what was not forced to the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::scene::Scene;
use crate::wire::Wire;

/// The shim, compiled with the C compiler that Rust links with.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shim.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("cc is there, since Rust links with it");
        assert!(built.success());
        library
    })
}

/// What happens at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Kill,
    KillHalfWritten,
    Fail(i32),
    FailForEver(i32),
    /// The power goes; the number is a seed.
    PowerCut(u64),
}

impl Act {
    fn words(self) -> (String, Option<u64>) {
        match self {
            Self::Kill => ("kill".into(), None),
            Self::KillHalfWritten => ("half".into(), None),
            Self::Fail(error) => (error.to_string(), None),
            Self::FailForEver(error) => (format!("{error}!"), None),
            Self::PowerCut(seed) => ("half".into(), Some(seed)),
        }
    }
}

/// Runs `samizdat`, which must end within two minutes.
fn samizdat(wire: &Wire, arguments: &[&str]) -> Command {
    with(wire, &[], arguments)
}

/// The same with these words in its environment, which are not `timeout`'s own.
fn with(wire: &Wire, environment: &[String], arguments: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["--signal=KILL", "120", "env"])
        .args(environment)
        .arg(env!("CARGO_BIN_EXE_samizdat"))
        .args(arguments)
        .current_dir(wire.directory.path())
        .stdin(Stdio::null());
    command
}

/// A round of the real program in which `act` happens at operation `at` on the store's files.
/// Also gives the number of operations, where the process lived to count them.
pub(crate) fn disturbed(wire: &Wire, at: usize, act: Act) -> (Output, Option<usize>) {
    disturbed_in(&["fetch", "--now"], wire, at, act)
}

/// The same in another command.
pub(crate) fn disturbed_in(
    command: &[&str],
    wire: &Wire,
    at: usize,
    act: Act,
) -> (Output, Option<usize>) {
    let (what, power) = act.words();
    let count = wire.path("count");
    let mut environment = vec![
        format!("SHIM_DIR={}", wire.path("data").display()),
        format!("SHIM_AT={at}"),
        format!("SHIM_DO={what}"),
        format!("SHIM_COUNT={}", count.display()),
        format!("LD_PRELOAD={}", shim().display()),
    ];
    environment.extend(power.map(|seed| format!("SHIM_POWER={seed}")));
    let ended = with(wire, &environment, command).output().unwrap();
    let counted = fs::read_to_string(&count).ok().and_then(|count| count.parse().ok());
    // Names under which the shim keeps what can be lost.
    remove_kept(&wire.path("data"));
    (ended, counted)
}

fn remove_kept(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_kept(&path);
        } else if path.to_string_lossy().contains(".shim-") {
            fs::remove_file(path).unwrap();
        }
    }
}

/// What came of the rounds after a disturbed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// By itself.
    ByItself,
    /// Damage was noticed; the command that was named mended it.
    Noticed,
}

/// Runs rounds until the news are in, and checks that nothing is lost or doubled.
pub(crate) fn recover(scene: &Scene, wire: &Wire, when: &str) -> Recovery {
    let mut recovery = Recovery::ByItself;
    let mut ran = samizdat(wire, &["fetch", "--now", "--json"]).output().unwrap();
    if ran.status.code() == Some(4) {
        let words = String::from_utf8(ran.stderr.clone()).unwrap();
        let command = words.lines().find(|line| line.trim_start().starts_with("samizdat restore"));
        let command = command.unwrap_or_else(|| panic!("{when}: {words}"));
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let restored = samizdat(wire, &arguments).output().unwrap();
        assert!(restored.status.success(), "{when}: {words} {restored:?}");
        recovery = Recovery::Noticed;
        ran = samizdat(wire, &["fetch", "--now", "--json"]).output().unwrap();
    }
    assert!(ran.status.success(), "{when}: {ran:?}");
    let again = samizdat(wire, &["fetch", "--now", "--json"]).output().unwrap();
    assert!(again.status.success(), "{when}: {again:?}");
    let listed = samizdat(wire, &["list", "--json", "--limit", "0"]).output().unwrap();
    let stories: Vec<Value> = String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: BTreeSet<String> =
        stories.iter().map(|story| story["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, scene.after, "{when}: I1, I4: every story");
    assert_eq!(ids.len(), stories.len(), "{when}: I2: once");
    for story in &stories {
        let id = story["id"].as_str().unwrap();
        if let Some(first_seen) = scene.first_seen(id) {
            assert_eq!(story["first_seen"], first_seen, "{when}: I1: {id}");
        }
    }
    let published = samizdat(wire, &["publish", "--json"]).output().unwrap();
    assert!(String::from_utf8_lossy(&published.stdout).contains("\"written\":[]"), "{when}");
    for server in &scene.servers {
        let conditional =
            |asked: &crate::server::Asked| asked.headers.contains_key("if-none-match");
        let asked = server.asked();
        assert!(recovery == Recovery::Noticed || asked.iter().all(conditional), "{when}: P13");
    }
    recovery
}

/// The number of operations of a round without faults.
pub(crate) fn operations(scene: &Scene) -> usize {
    let (ended, counted) = disturbed(&scene.wire(), usize::MAX, Act::Kill);
    assert!(ended.status.success(), "{ended:?}");
    for server in &scene.servers {
        server.asked();
    }
    counted.unwrap()
}

#[test]
fn r1_p15_killed_at_any_operation_of_the_database_it_goes_on_by_itself() {
    let scene = Scene::new();
    let most = operations(&scene);
    assert!(most > 30, "{most}");
    for at in 1..=most {
        let act = if at % 2 == 0 { Act::Kill } else { Act::KillHalfWritten };
        let when = format!("{act:?} at operation {at} of {most}");
        let wire = scene.wire();
        disturbed(&wire, at, act);
        scene.check_whole(&wire, &when);
        assert_eq!(recover(&scene, &wire, &when), Recovery::ByItself, "{when}");
    }
}

#[test]
fn r3_r5_r6_any_operation_of_the_database_that_fails_is_told_and_loses_nothing() {
    let scene = Scene::new();
    let most = operations(&scene);
    let errors = [libc::EIO, libc::ENOSPC, libc::EROFS, libc::EDQUOT];
    for at in 1..=most {
        let error = errors[at / 2 % errors.len()];
        let act = if at % 2 == 0 { Act::Fail(error) } else { Act::FailForEver(error) };
        let when = format!("{act:?} at operation {at} of {most}");
        let wire = scene.wire();
        let (ended, _) = disturbed(&wire, at, act);
        let words = String::from_utf8_lossy(&ended.stderr);
        match ended.status.code() {
            Some(0) => assert_eq!(words, "", "{when}"),
            Some(1 | 4) => assert!(!words.is_empty(), "{when}"),
            _ => panic!("{when}: {ended:?}"),
        }
        assert!(!words.contains("panicked"), "{when}: {words}");
        assert!(!words.contains("damaged"), "{when}: a disk that fails is no damage: {words}");
        scene.check_whole(&wire, &when);
        assert_eq!(recover(&scene, &wire, &when), Recovery::ByItself, "{when}");
    }
}

#[test]
fn r1_when_the_power_goes_nothing_is_lost_unnoticed() {
    let scene = Scene::new();
    let most = operations(&scene);
    let mut noticed = 0;
    for at in 1..=most {
        let act = Act::PowerCut(at as u64);
        let when = format!("{act:?} at operation {at} of {most}");
        let wire = scene.wire();
        disturbed(&wire, at, act);
        if recover(&scene, &wire, &when) == Recovery::Noticed {
            noticed += 1;
        }
    }
    assert_eq!(noticed, 0, "of {most} power cuts so many needed a restore");
}
