//! A wire of a test's own: a directory, a feeds.toml, a clock that the test moves, and the program
//! run in process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use samizdat::cli;
use samizdat::world::{Clock, Files, Limits, Names, Random, Terminal, World};
use serde_json::Value;
use tokio::sync::watch;

/// A clock that stands still until it is moved; who sleeps for less than [`LONG`] waits for real,
/// without moving it, the others until it is moved so far.
pub(crate) struct HandClock(watch::Sender<DateTime<Utc>>);

const LONG: Duration = Duration::from_secs(600);

impl HandClock {
    pub(crate) fn new() -> Self {
        Self::at(Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap())
    }

    pub(crate) fn at(now: DateTime<Utc>) -> Self {
        Self(watch::Sender::new(now))
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        self.0.send_replace(now);
    }

    pub(crate) fn forward(&self, time: TimeDelta) {
        self.0.send_modify(|now| *now += time);
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.borrow()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if duration < LONG {
            return Box::pin(tokio::time::sleep(duration));
        }
        let (until, mut moved) = (self.now() + duration, self.0.subscribe());
        Box::pin(async move {
            let _ = moved.wait_for(|now| *now >= until).await;
        })
    }
}

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The one JSON value of a run that went well.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// One JSON value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The directory of a wire: the test's own, or another process's.
pub(crate) enum Directory {
    Own(tempfile::TempDir),
    Lent(PathBuf),
}

impl Directory {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(directory) => directory.path(),
            Self::Lent(path) => path,
        }
    }
}

pub(crate) struct Wire {
    pub(crate) directory: Directory,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) files: Files,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Wire {
    pub(crate) fn new(feeds_toml: &str) -> Self {
        let wire = Self {
            directory: Directory::Own(tempfile::tempdir().unwrap()),
            clock: Arc::new(HandClock::new()),
            files: Files::real(),
            environment: BTreeMap::new(),
        };
        wire.write("feeds.toml", feeds_toml);
        wire
    }

    /// A wire that is there already, in the directory of another process.
    pub(crate) fn at(directory: &Path, clock: HandClock, files: Files) -> Self {
        Self {
            directory: Directory::Lent(directory.to_owned()),
            clock: Arc::new(clock),
            files,
            environment: BTreeMap::new(),
        }
    }

    /// A wire of these (id, url) that may poll loopback addresses.
    pub(crate) fn of(sources: &[(&str, &str)]) -> Self {
        let sources: Vec<String> = sources
            .iter()
            .map(|(id, url)| format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n"))
            .collect();
        Self::new(&format!("{HEAD}{}", sources.concat()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn world(&self, out: &Arc<Mutex<Vec<u8>>>, err: &Arc<Mutex<Vec<u8>>>) -> World {
        World {
            clock: Arc::<HandClock>::clone(&self.clock),
            random: Random::from_seed(7),
            names: Names::new(|host| async move {
                Err(std::io::Error::other(format!("no name is looked up in tests: {host}")))
            }),
            files: self.files.clone(),
            limits: Limits::real(),
            environment: self.environment.clone(),
            directory: self.directory.path().to_owned(),
            terminal: Terminal::captured(Arc::clone(out), Arc::clone(err)),
        }
    }

    /// Runs `samizdat` with these words.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let (out, err) = (Arc::default(), Arc::default());
        let world = self.world(&out, &err);
        let arguments =
            ["samizdat"].iter().chain(arguments).map(OsString::from).collect::<Vec<_>>();
        let code = cli::run(arguments, &world).code();
        let text =
            |bytes: &Mutex<Vec<u8>>| String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
        Ran { code, out: text(&out), err: text(&err) }
    }

    /// `fetch --json`, an hour and a bit after the last one, so that everything is due.
    pub(crate) fn fetch(&self) -> Value {
        self.fetch_with(0)
    }

    /// The same, where it ends with this code.
    pub(crate) fn fetch_with(&self, code: u8) -> Value {
        self.clock.forward(TimeDelta::minutes(65));
        let ran = self.run(&["fetch", "--json"]);
        assert_eq!(ran.code, code, "{ran:?}");
        ran.json()
    }

    /// Every story, as `list --json` gives them.
    pub(crate) fn stories(&self) -> Vec<Value> {
        let ran = self.run(&["list", "--json", "--limit", "0"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.lines()
    }

    /// Every file below `public/` with its bytes and modification time.
    pub(crate) fn public(&self) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
        let mut found = BTreeMap::new();
        collect(&self.path("public"), "", &mut found);
        found
    }
}

fn collect(
    directory: &Path,
    above: &str,
    found: &mut BTreeMap<String, (Vec<u8>, std::time::SystemTime)>,
) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = format!("{above}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else {
            let modified = path.metadata().unwrap().modified().unwrap();
            found.insert(name, (fs::read(&path).unwrap(), modified));
        }
    }
}

/// The beginning of a feeds.toml of a test.
pub(crate) const HEAD: &str = r#"
[site]
title = "Test wire"
url = "https://wire.example.org/"
[fetch]
allow_private = ["127.0.0.0/8"]
host_gap = "0s"
min_interval = "0s"
interval = "1h"
"#;

/// An item of an RSS feed.
pub(crate) struct Item<'a> {
    pub(crate) guid: &'a str,
    pub(crate) link: &'a str,
    pub(crate) title: &'a str,
    pub(crate) date: &'a str,
    pub(crate) text: &'a str,
}

/// An RSS feed of these items, shaped like WordPress writes it.
pub(crate) fn rss(title: &str, items: &[Item<'_>]) -> String {
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>{title}</title><link>https://partner.example/</link><description></description><language>en</language>\n"
    );
    for item in items {
        feed.push_str(&format!(
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate><description><![CDATA[{}]]></description></item>\n",
            item.title, item.link, item.guid, item.date, item.text
        ));
    }
    feed + "</channel></rss>\n"
}

/// A feed of items with these guids, links and titles, that say little of what stands behind the links.
pub(crate) fn teasers(items: &[(&str, &str, &str)]) -> String {
    let item = |&(guid, link, title)| Item {
        guid,
        link,
        title,
        date: "Mon, 02 Nov 2026 10:00:00 +0000",
        text: "A teaser […]",
    };
    let items: Vec<Item<'_>> = items.iter().map(item).collect();
    rss("Partner", &items)
}

/// A feed with items of these numbers; number n was published n hours before noon.
pub(crate) fn numbered(host: &str, numbers: impl IntoIterator<Item = u32>) -> String {
    let noon = Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap();
    let mut items = String::new();
    for number in numbers {
        let date = (noon - TimeDelta::hours(number.into())).to_rfc2822();
        items.push_str(&format!(
            "<item><title>Statement {number} of {host}</title><link>https://{host}/{number}/</link><guid isPermaLink=\"false\">https://{host}/?p={number}</guid><pubDate>{date}</pubDate><description>The words of statement {number}.</description></item>\n"
        ));
    }
    format!(
        "<rss version=\"2.0\"><channel><title>{host}</title><link>https://{host}/</link><description/>{items}</channel></rss>"
    )
}
