//! A scene for faults: partners whose feeds have changed since the last round, a store and outputs
//! of that last round, and what must be true of them whatever happens in the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use samizdat::world::Files;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// Two partners before and after their news, and the wire as it was before.
pub(crate) struct Scene {
    pub(crate) servers: Vec<Server>,
    feeds_toml: String,
    /// The directory of the wire after the first round.
    base: tempfile::TempDir,
    /// Ids and first sights of the stories of the first round.
    before: BTreeMap<String, String>,
    /// Ids of all stories once the news are in.
    pub(crate) after: BTreeSet<String>,
    /// Every published file, as the first round and as an undisturbed second one left it.
    versions: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let servers: Vec<Server> =
            (1..=2).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 0, host))).collect();
        let feeds_toml = format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n[[tag]]\nid = \"peace\"\nmatch = [\"peace\"]\n",
            servers[0].url("/feed"),
            servers[1].url("/feed")
        );
        let mut scene = Self {
            servers,
            feeds_toml,
            base: tempfile::tempdir().unwrap(),
            before: BTreeMap::new(),
            after: BTreeSet::new(),
            versions: BTreeMap::new(),
        };
        let wire = Wire::new(&scene.feeds_toml);
        scene.serve(0);
        wire.fetch();
        copy(wire.directory.path(), scene.base.path());
        scene.before = first_sights(&wire);
        assert_eq!(scene.before.len(), 8);
        scene.remember_versions(&wire);
        scene.serve(1);
        wire.fetch();
        scene.after = first_sights(&wire).into_keys().collect();
        assert_eq!(scene.after.len(), 11);
        scene.remember_versions(&wire);
        for server in &scene.servers {
            server.asked();
        }
        scene
    }

    /// What the partners publish: at first, and when there is news (an edit, three new ones, and
    /// one that both publish).
    fn serve(&self, news: u32) {
        let a = numbered("a.example", (5 - 2 * news)..=8);
        let b = numbered("b.example", (5 - 2 * news)..=8)
            .replace("https://b.example/4/", "https://a.example/4/")
            .replace(
                "statement 7.",
                if news == 0 { "statement 7." } else { "statement 7, for peace." },
            );
        self.servers[0].set("/feed", Answer::feed(a));
        self.servers[1].set("/feed", Answer::feed(b));
    }

    fn remember_versions(&mut self, wire: &Wire) {
        for (name, (bytes, _)) in wire.public() {
            let versions = self.versions.entry(name).or_default();
            if !versions.contains(&bytes) {
                versions.push(bytes);
            }
        }
    }

    /// A copy of the wire as it was after the first round, an hour later.
    pub(crate) fn wire(&self) -> Wire {
        self.wire_from(self.base.path())
    }

    /// A copy of the wire in a directory, an hour later.
    pub(crate) fn wire_from(&self, directory: &Path) -> Wire {
        let wire = Wire::new(&self.feeds_toml);
        copy(directory, wire.directory.path());
        wire.clock.forward(TimeDelta::minutes(2 * 65));
        wire
    }

    /// What must be true right after the disturbed round: every output is there in a whole version,
    /// the old or the new one (I3).
    pub(crate) fn check_outputs(&self, wire: &Wire, when: &str) {
        let public = wire.public();
        for (name, versions) in &self.versions {
            match public.get(name) {
                Some((bytes, _)) => {
                    assert!(versions.contains(bytes), "{when}: {name} is neither old nor new");
                }
                None => assert!(
                    versions.len() == 1 && !self.base.path().join("public").join(name).exists(),
                    "{when}: {name} is gone"
                ),
            }
        }
    }

    /// What must be true at any moment: every output is a whole document (I3).
    pub(crate) fn check_whole(&self, wire: &Wire, when: &str) {
        for (name, (bytes, _)) in wire.public() {
            // What was being written when the process died; the next round sweeps it away.
            if name.ends_with("samizdat-tmp") {
                continue;
            }
            let text = String::from_utf8(bytes).unwrap();
            let end = match name.rsplit('.').next() {
                Some("html") => "</html>",
                Some("opml") => "</opml>",
                Some("svg") => "</svg>",
                Some("json" | "css") => "}",
                _ if name.ends_with("rss.xml") => "</rss>",
                _ => "</feed>",
            };
            assert!(text.trim_end().ends_with(end), "{when}: {name} is cut");
        }
    }

    /// When a story of the first round was first seen.
    pub(crate) fn first_seen(&self, id: &str) -> Option<&str> {
        self.before.get(id).map(String::as_str)
    }

    /// Runs rounds without faults until the news are in, and checks that nothing was lost, doubled
    /// or asked too often.
    pub(crate) fn check_recovery(&self, wire: &mut Wire, when: &str) {
        wire.files = Files::real();
        for round in 0..2 {
            let ran = wire.run(&["fetch", "--json"]);
            assert_eq!(ran.code, 0, "{when}, round {round} afterwards: {ran:?}");
            self.check_stories(wire, when);
            wire.clock.forward(TimeDelta::minutes(65));
        }
        let ran = wire.run(&["fetch", "--json"]);
        let now = first_sights(wire);
        let ids: BTreeSet<String> = now.keys().cloned().collect();
        assert_eq!(ids, self.after, "{when}: I1, I2, I4: every story, once ({ran:?})");
        // That publishing once more changes nothing says that each is whole and current (I3).
        let names = wire.public().into_keys();
        let left: Vec<String> = names.filter(|name| name.contains("samizdat-tmp")).collect();
        assert!(left.is_empty(), "{when}: I3: {left:?}");
        assert_eq!(
            wire.run(&["publish", "--json"]).json()["written"],
            Value::Array(Vec::new()),
            "{when}"
        );
        self.check_requests(when);
    }

    /// I1: what was published is there under the same id, with the same first sight.
    fn check_stories(&self, wire: &Wire, when: &str) {
        let now = first_sights(wire);
        for (id, first_seen) in &self.before {
            assert_eq!(now.get(id), Some(first_seen), "{when}: I1: {id}");
        }
    }

    /// I5, P13: every source is asked at most once an hour, and always with its validators.
    fn check_requests(&self, when: &str) {
        for server in &self.servers {
            let asked = server.asked();
            // The disturbed round, and one after each hour.
            assert!(asked.len() <= 3, "{when}: I5: asked {} times", asked.len());
            let conditional = asked.iter().all(|asked| asked.headers.contains_key("if-none-match"));
            assert!(conditional, "{when}: P13: a request without validators");
        }
    }
}

fn first_sights(wire: &Wire) -> BTreeMap<String, String> {
    let stories = wire.stories();
    let count = stories.len();
    let text = |story: &Value, key: &str| story[key].as_str().unwrap().to_owned();
    let sights: BTreeMap<String, String> =
        stories.iter().map(|story| (text(story, "id"), text(story, "first_seen"))).collect();
    assert_eq!(sights.len(), count, "I2: an id is there twice");
    let titles: BTreeSet<String> = stories.iter().map(|story| text(story, "title")).collect();
    assert_eq!(titles.len(), count, "I2: a story is there under two ids");
    sights
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target: PathBuf = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), &target).unwrap();
            // Outputs keep their times, which are compared.
            let modified = entry.metadata().unwrap().modified().unwrap();
            fs::File::options().append(true).open(&target).unwrap().set_modified(modified).unwrap();
        }
    }
}

/// Counts operations, so that a fault can be given at the n-th.
pub(crate) type Counter = Arc<std::sync::atomic::AtomicUsize>;
