//! Planet and Planet Venus: `[Planet]` says what the whole is, every section with a url as its name is
//! a feed, all others belong to templates and filters.

use super::ini::{Ini, Section};
use super::phrases::{Phrases, phrases};
use super::{
    ForeignSite, ForeignSource, Left, MOST_FOREIGN_FEEDS, MigrateError, Migrated, Program, mailto,
    short, web,
};
use crate::config::edit::NewSource;

/// Keys of `[Planet]` that have no counterpart, and what to do about them.
const OF_PLANET: &[(&[&str], &str)] = &[
    (
        &["output_dir"],
        "the outputs go to public/ beside feeds.toml; `[publish] path` names another directory, best an empty one",
    ),
    (
        &["cache_directory", "http_cache_directory", "cache_keep_entries", "cache_lookup_range"],
        "the old cache is not read: the first fetch publishes the newest 10 stories of each source ([publish] backlog)",
    ),
    (
        &["days_per_page"],
        "a page is counted in stories, not in days: `[publish] window`; older ones are in the archive and in month/",
    ),
    (
        &[
            "output_theme",
            "template_files",
            "template_directories",
            "bill_of_materials",
            "django_autoescape",
        ],
        "the page is made as it is here, with a feed for each tag, language and organisation",
    ),
    (
        &["date_format", "new_date_format", "encoding"],
        "nothing to do: dates are written in the language of the page (`[site] language`), and everything is UTF-8",
    ),
    (
        &["log_level", "log_format"],
        "nothing to do: -v says more, --log-format json writes it for programs",
    ),
    (
        &["activity_threshold", "activity_horizon"],
        "`samizdat status` shows what fails, and `[fetch] alert_after` says when it is reported",
    ),
    (&["spider_threads"], "nothing to do: 32 sources are polled at once (`[fetch] concurrency`)"),
    (&["pubsubhubbub_feeds"], "nothing to do: with `[site] hub` every feed is announced"),
];

/// Keys of feeds that have no counterpart.
const OF_FEED: &[(&[&str], &str)] = &[
    (
        &["face", "facewidth", "faceheight", "face_url", "hackergotchi", "avatar", "icon"],
        "the page shows no portraits; an organisation may have a logo: [[organisation]] logo",
    ),
    (
        &[
            "title_type",
            "summary_type",
            "name_type",
            "ignore_in_feed",
            "future_dates",
            "xml_base",
            "filters_after",
        ],
        "nothing to do: feeds are mended as they are read; `samizdat preview URL` shows how",
    ),
    (
        &["cache_keep_entries"],
        "nothing to do: everything is kept, full texts for 5 years (`[store] keep`)",
    ),
];

pub(super) fn is_planet(section: &Section) -> bool {
    section.name.eq_ignore_ascii_case("planet")
}

/// Whether a section is that of a feed.
pub(super) fn is_feed(section: &Section) -> bool {
    let small = section.name.to_ascii_lowercase();
    ["http://", "https://", "feed:", "file:"].iter().any(|scheme| small.starts_with(scheme))
}

pub(super) fn migrate(ini: &Ini) -> Result<Migrated, MigrateError> {
    let mut left = Left::default();
    let mut site = ForeignSite::default();
    // What holds for every feed.
    let mut everywhere = NewSource::default();
    for section in ini.sections.iter().filter(|section| is_planet(section) || is_default(section)) {
        whole(section, &mut site, &mut everywhere, &mut left);
    }
    let mut sources = Vec::new();
    for section in ini.sections.iter().skip(1) {
        if is_feed(section) {
            if sources.len() >= MOST_FOREIGN_FEEDS {
                return Err(MigrateError::TooMany);
            }
            sources.push(feed(section, &everywhere, &mut left));
        } else if !is_planet(section) && !is_default(section) {
            left.add(
                section.line,
                format!("[{}]", short(&section.name)),
                "this section belongs to a template or a filter, and those are not carried over; if it is a feed, give its whole url",
            );
        }
    }
    Ok(Migrated { program: Program::Planet, site, sources, not_carried: left.things })
}

/// What `[DEFAULT]` says holds for every section.
fn is_default(section: &Section) -> bool {
    section.name == "DEFAULT"
}

fn whole(section: &Section, site: &mut ForeignSite, everywhere: &mut NewSource, left: &mut Left) {
    for setting in &section.settings {
        let (key, value, line) = (setting.key.as_str(), setting.value.as_str(), setting.line);
        let mut no_use =
            |advice: &str| left.add(line, format!("`{key} = {}`", short(value)), advice);
        match key {
            _ if value.is_empty() => {}
            _ if value.contains("%(") => {
                no_use(
                    "it names another key by %(…)s, which is not filled in; write what it stands for",
                );
            }
            "name" => site.title = Some(short(value)),
            "owner_name" => site.editor = Some(short(value)),
            "link" => match web(value) {
                Some(url) => site.url = Some(url),
                None => no_use(
                    "it is no http or https url; write where the wire will be into `[site] url`",
                ),
            },
            "owner_email" => match mailto(value) {
                Some(address) => site.contact = Some(address),
                None => no_use("it is no plain address; write `[site] contact = \"mailto:…\"`"),
            },
            "pubsubhubbub_hub" => match web(value) {
                Some(url) => site.hub = Some(url),
                None => no_use("it is no url; `[site] hub` names the hub"),
            },
            "feed_timeout" => match number(value, 86_400) {
                Some(seconds) => site.timeout = Some(seconds),
                None => no_use("write `[fetch] timeout = \"30s\"`"),
            },
            "items_per_page" => match number(value, 10_000) {
                Some(items) => site.window = Some(items),
                None => no_use("write `[publish] window = 100`"),
            },
            "new_feed_items" => match number(value, 10_000) {
                Some(items) => everywhere.limit = Some(items),
                None => no_use("write `limit` into each [[source]]"),
            },
            "locale" => match language(value) {
                Some(language) => site.language = Some(language),
                None => no_use("write `[site] language`"),
            },
            "filter" | "exclude" | "filters" => words(key, value, line, everywhere, left),
            _ => left.add(line, format!("`{key}` of [{}]", section.name), advice(OF_PLANET, key)),
        }
    }
}

fn feed(section: &Section, everywhere: &NewSource, left: &mut Left) -> ForeignSource {
    let mut source = everywhere.clone();
    let mut unfit = None;
    for setting in &section.settings {
        let (key, value, line) = (setting.key.as_str(), setting.value.as_str(), setting.line);
        match key {
            _ if value.is_empty() => {}
            "name" => source.name = Some(short(value)),
            "link" => source.site = web(value),
            "filter" | "exclude" | "filters" => words(key, value, line, &mut source, left),
            "content_type" if is_reading_list(value) => {
                unfit = Some(
                    "it is a list of feeds and no feed; save it into a file, and import that (`samizdat opml import`)"
                        .to_owned(),
                );
            }
            "items_per_page" | "new_feed_items" => match number(value, 10_000) {
                Some(items) => source.limit = Some(items),
                None => left.add(line, format!("`{key} = {}`", short(value)), "write `limit`"),
            },
            _ => left.add(line, format!("`{key}` of feeds"), advice(OF_FEED, key)),
        }
    }
    ForeignSource { url: section.name.clone(), source, unfit }
}

/// Readers of other lists: `opml`, `foaf`, `csv`, `config`.
fn is_reading_list(content_type: &str) -> bool {
    let kinds = ["opml", "foaf", "csv", "config"];
    kinds.iter().any(|kind| content_type.to_ascii_lowercase().contains(kind))
}

/// What must or must not occur in an entry, and the programs that change it.
fn words(key: &str, value: &str, line: usize, source: &mut NewSource, left: &mut Left) {
    if key == "filters" {
        left.add(
            line,
            format!("`filters = {}`", short(value)),
            "no programs are run on entries; `include` and `exclude` of a [[source]] take phrases, `republish = \"excerpt\"` shortens texts",
        );
        return;
    }
    let (into, name) = match key {
        "filter" => (&mut source.include, "include"),
        _ => (&mut source.exclude, "exclude"),
    };
    match phrases(value) {
        Some(Phrases { words, parts }) => {
            *into = words;
            if !parts.is_empty() {
                left.add(
                    line,
                    format!("that `{key} = {}` finds parts of words", short(value)),
                    format!("a phrase is found as whole words, in whatever inflection, so {} no longer within longer ones; write those that are meant into `{name}` as well", quoted(&parts)),
                );
            }
        }
        None => left.add(
            line,
            format!("`{key} = {}`", short(value)),
            format!("regular expressions are not read; write the phrases into `{name} = [\"…\"]` of the [[source]]"),
        ),
    }
}

/// A few words as a list.
fn quoted(words: &[String]) -> String {
    let few = words.iter().take(5).map(|word| format!("\"{}\"", short(word)));
    few.collect::<Vec<_>>().join(", ")
}

fn advice(known: &'static [(&[&str], &str)], key: &str) -> &'static str {
    let found = known.iter().find(|(keys, _)| keys.contains(&key));
    found.map_or(
        "feeds.toml has nothing of this name; what templates make of it is not carried over",
        |(_, advice)| *advice,
    )
}

fn number(written: &str, most: u32) -> Option<u32> {
    written.trim().parse().ok().filter(|number| (1..=most).contains(number))
}

/// `de` for `de_DE.UTF-8`.
fn language(locale: &str) -> Option<String> {
    let tag = locale.split(['_', '.', '@', '-']).next()?.to_ascii_lowercase();
    let is_tag = (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase());
    is_tag.then_some(tag)
}
