//! The tables that stand once: each becomes the settings of its stage.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::{scheme, written_duration};
use super::finding::{Problem, Report};
use super::section::Section;
use super::walk::Sections;
use crate::model::OutputKind;
use crate::{fetch, publish, schedule, serve, store};

/// The section of this name, or one in which every key has its default.
pub(super) fn only<'s>(sections: &'s Sections, name: &'s str, absent: &'s Section) -> &'s Section {
    sections.named(name).next().unwrap_or(absent)
}

/// `[site]`.
pub(super) fn site(section: &Section, report: &mut Report<'_>) -> Option<publish::Site> {
    let mut url = section.address("url")?;
    if url.query().is_some() || url.fragment().is_some() {
        report.error(
            section.place("url"),
            Problem::new(
                "`url`: the outputs cannot lie behind a ? or #",
                "write the address of the directory: \"https://wire.example.org/\"",
            ),
        );
    }
    // Links to outputs are made by joining, which would replace the last part of the path.
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(publish::Site {
        title: section.text("title")?,
        url,
        description: section.text("description"),
        language: section.text("language").unwrap_or_else(|| "en".to_owned()),
        editor: section.text("editor"),
        contact: section.text("contact"),
        hub: section.address("hub"),
    })
}

/// The timing part of `[fetch]`.
pub(super) fn schedule(section: &Section) -> schedule::Settings {
    let usual = schedule::Settings::default();
    schedule::Settings {
        interval: section.time("interval").unwrap_or(usual.interval),
        min_interval: section.time("min_interval").unwrap_or(usual.min_interval),
        max_interval: section.time("max_interval").unwrap_or(usual.max_interval),
        alert_after: section.time("alert_after").unwrap_or(usual.alert_after),
    }
}

/// The transport part of `[fetch]`.
pub(super) fn fetch(section: &Section) -> fetch::Settings {
    let usual = fetch::Settings::default();
    fetch::Settings {
        timeout: section.time("timeout").unwrap_or(usual.timeout),
        max_body: section.size("max_body").unwrap_or(usual.max_body),
        concurrency: section.count("concurrency").unwrap_or(usual.concurrency),
        keeps_connections: usual.keeps_connections,
        host_gap: section.time("host_gap").unwrap_or(usual.host_gap),
        allow_private: section.networks("allow_private"),
        proxy: section.address("proxy"),
    }
}

/// `[store]`.
pub(super) fn store(section: &Section, directory: &Path) -> store::Settings {
    store::Settings {
        path: below(directory, section.text("path"), "data"),
        keep: section.time("keep").unwrap_or(Duration::MAX),
        backups: section.whole("backups").and_then(|count| u32::try_from(count).ok()).unwrap_or(3),
    }
}

/// `[publish]`.
pub(super) fn publish(section: &Section, directory: &Path) -> publish::Settings {
    let per = section.texts("per");
    let kinds = [
        ("tag", OutputKind::Tag),
        ("organisation", OutputKind::Organisation),
        ("language", OutputKind::Language),
    ];
    publish::Settings {
        path: below(directory, section.text("path"), "public"),
        window: section.count("window").unwrap_or(100),
        backlog: section.count("backlog").unwrap_or(10),
        per: kinds
            .into_iter()
            .filter(|(name, _)| per.iter().any(|written| written == name))
            .map(|(_, kind)| kind)
            .collect(),
        theme: section.text("theme").map(|path| below(directory, Some(path), "")),
        images: match section.text("images").as_deref() {
            Some("none") => publish::Images::None,
            _ => publish::Images::Link,
        },
    }
}

/// `[serve]`.
pub(super) fn serve(section: &Section) -> serve::Settings {
    serve::Settings {
        listen: section.text("listen").unwrap_or_default(),
        admin: section.text("admin"),
        alert: section.texts("alert"),
    }
}

fn below(directory: &Path, written: Option<String>, usual: &str) -> PathBuf {
    directory.join(written.as_deref().unwrap_or(usual))
}

/// Store and outputs must be two directories, and neither may hold feeds.toml's whole directory:
/// what the one writes, the other would take for its own and remove.
pub(super) fn check_paths(
    store: (&Section, &Path),
    publish: (&Section, &Path),
    directory: &Path,
    report: &mut Report<'_>,
) {
    let mut usable = true;
    for (section, path) in [store, publish] {
        let written = section.text("path").unwrap_or_default();
        if scheme(&written).is_some_and(|scheme| scheme.len() > 1) {
            report.error(
                section.place("path"),
                Problem::new("`path` is an address", "write a directory relative to feeds.toml"),
            );
            usable = false;
        } else if plain(directory).starts_with(plain(path)) {
            report.error(
                section.place("path"),
                Problem::new(
                    "`path` is the directory of feeds.toml itself, or one above it",
                    "write a directory of its own: \"data\" or \"public\"",
                ),
            );
            usable = false;
        }
    }
    let (store_path, publish_path) = (plain(store.1), plain(publish.1));
    let nested = store_path.starts_with(&publish_path) || publish_path.starts_with(&store_path);
    if usable && nested {
        report.error(
            if publish.0.says("path") { publish.0.place("path") } else { store.0.place("path") },
            Problem::new(
                "the store and the outputs are in one another's directory",
                "give [store] path and [publish] path two directories side by side; the store \
                 must not be published",
            ),
        );
    }
}

/// A path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Intervals that contradict one another, in `[fetch]` or for one source, work: the longer one
/// holds. But they are hardly what was meant.
pub(super) fn check_intervals(
    section: &Section,
    global: Option<&Section>,
    report: &mut Report<'_>,
) {
    // What is wrong has its own error, and a default in its place would only confuse.
    let keys = ["interval", "min_interval", "max_interval"];
    let broken = |section: &Section| keys.iter().any(|key| section.is_broken(key));
    if broken(section) || global.is_some_and(broken) {
        return;
    }
    let time = |key: &'static str| {
        section.time(key).or_else(|| global.and_then(|global| global.time(key)))
    };
    let quoted = |duration: Duration| format!("\"{}\"", written_duration(duration.as_secs()));
    let (Some(least), Some(most)) = (time("min_interval"), time("max_interval")) else { return };
    let whose = if global.is_some() { "for this source" } else { "here" };
    if least > most {
        let key = if section.says("min_interval") { "min_interval" } else { "max_interval" };
        if section.says(key) {
            report.warning(
                section.place(key),
                Problem::new(
                    format!(
                        "`min_interval` is {}, longer than `max_interval`, which is {} {whose}",
                        quoted(least),
                        quoted(most)
                    ),
                    "min_interval holds; raise max_interval, or lower min_interval if the partner agreed",
                ),
            );
        }
        return;
    }
    let Some(interval) = time("interval") else { return };
    // What [fetch] says about itself is told there, not for every source.
    let ours = keys.iter().find(|key| section.says(key));
    let Some(place) = ours.map(|key| section.place(key)) else { return };
    if interval < least && (global.is_none() || section.says("interval")) {
        report.warning(
            place,
            Problem::new(
                format!(
                    "`interval` is {}, shorter than `min_interval`, which is {} {whose}",
                    quoted(interval),
                    quoted(least)
                ),
                format!(
                    "min_interval holds: write interval = {}, or lower min_interval if the partner agreed",
                    quoted(least)
                ),
            ),
        );
    } else if interval > most && (global.is_none() || section.says("interval")) {
        report.warning(
            place,
            Problem::new(
                format!(
                    "`interval` is {}, longer than `max_interval`, which is {} {whose}",
                    quoted(interval),
                    quoted(most)
                ),
                format!("interval holds; write max_interval = {} as well", quoted(interval)),
            ),
        );
    }
}
