//! Pluto: what stands above all sections says what the whole is, every section with a `feed` is one.

use super::ini::{Ini, Section, Setting};
use super::{
    ForeignSite, ForeignSource, Left, MOST_FOREIGN_FEEDS, MigrateError, Migrated, Program, mailto,
    short, web,
};
use crate::config::edit::NewSource;

/// Keys under which a feed's address stands.
const FEED: &[&str] = &["feed", "feed_url"];

/// Short forms that stand for a feed.
const SHORTCUTS: &[&str] = &["github", "rubygems", "meetup", "googlegroups"];

/// Whether a section is that of a feed.
pub(super) fn is_feed(section: &Section) -> bool {
    FEED.iter().chain(SHORTCUTS).any(|key| section.get(key).is_some())
}

pub(super) fn migrate(ini: &Ini) -> Result<Migrated, MigrateError> {
    let mut left = Left::default();
    let mut site = ForeignSite::default();
    let mut sources = Vec::new();
    for section in &ini.sections {
        if section.name.is_empty() {
            section.settings.iter().for_each(|setting| whole(setting, &mut site, &mut left));
        } else if is_feed(section) {
            if sources.len() >= MOST_FOREIGN_FEEDS {
                return Err(MigrateError::TooMany);
            }
            sources.push(feed(section, &mut left));
        } else {
            left.add(
                section.line,
                format!("[{}]", short(&section.name)),
                "it has no `feed`; `samizdat discover` finds the feed of a site, or proposes selectors for its page",
            );
        }
    }
    Ok(Migrated { program: Program::Pluto, site, sources, not_carried: left.things })
}

fn whole(setting: &Setting, site: &mut ForeignSite, left: &mut Left) {
    let (key, value) = (setting.key.as_str(), setting.value.as_str());
    match key {
        _ if value.is_empty() => {}
        "title" | "name" => site.title = Some(short(value)),
        "author" | "owner_name" => site.editor = Some(short(value)),
        "url" | "link" if web(value).is_some() => site.url = web(value),
        "email" | "owner_email" if mailto(value).is_some() => site.contact = mailto(value),
        _ => left.add(
            setting.line,
            format!("`{key} = {}`", short(value)),
            "feeds.toml has nothing of this name; templates are not carried over",
        ),
    }
}

fn feed(section: &Section, left: &mut Left) -> ForeignSource {
    let source = NewSource {
        id: section.name.clone(),
        name: section.get("title").or_else(|| section.get("name")).map(short),
        site: section.get("link").or_else(|| section.get("url")).and_then(web),
        ..NewSource::default()
    };
    let mut found = ForeignSource { source, ..ForeignSource::default() };
    let written = FEED.iter().find_map(|key| section.get(key));
    match written.map(str::to_owned).or_else(|| shortcut(section)) {
        Some(url) => found.url = url,
        None => {
            let key = SHORTCUTS.iter().find(|key| section.get(key).is_some()).copied();
            let key = key.unwrap_or_default();
            found.url = format!("{key} = {}", section.get(key).unwrap_or_default());
            found.unfit = Some(format!(
                "the short form `{key}` stands for a service that has no such feeds any more; `samizdat discover` may find another"
            ));
        }
    }
    for setting in &section.settings {
        let is_known = ["title", "name", "link", "url"].contains(&setting.key.as_str())
            || FEED.iter().chain(SHORTCUTS).any(|key| *key == setting.key);
        if is_known || setting.value.is_empty() {
            continue;
        }
        let advice = match setting.key.as_str() {
            "includes" | "include" | "filter" => {
                "write the phrases into `include = [\"…\"]` of the [[source]]"
            }
            "excludes" | "exclude" => {
                "write the phrases into `exclude = [\"…\"]` of the [[source]]"
            }
            "author" | "email" | "twitter" | "avatar" | "location" => {
                "a source names an organisation (`organisation`, [[organisation]]); persons are named by their entries"
            }
            _ => "feeds.toml has nothing of this name",
        };
        left.add(setting.line, format!("`{}` of feeds", setting.key), advice);
    }
    found
}

/// The address that a short form stands for.
fn shortcut(section: &Section) -> Option<String> {
    let plain = |key: &str| {
        let value = section.get(key)?;
        let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        is_plain.then_some(value)
    };
    let github = plain("github").map(|path| format!("https://github.com/{path}/commits.atom"));
    let gem =
        plain("rubygems").map(|name| format!("https://rubygems.org/gems/{name}/versions.atom"));
    github.or(gem)
}
