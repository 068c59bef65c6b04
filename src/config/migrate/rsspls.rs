//! rsspls (RSS Please): each `[[feed]]` is a page with selectors.

use scraper::Selector;
use toml_edit::{Item, TableLike};

use super::time_format::strftime;
use super::{
    ForeignSite, ForeignSource, Left, MOST_FOREIGN_FEEDS, MigrateError, Migrated, Program, short,
    web,
};
use crate::config::edit::NewSource;
use crate::model::{Kind, Select};

pub(super) fn migrate(text: &str) -> Result<Migrated, MigrateError> {
    let document = toml_edit::Document::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        let message = error.message().replace('\n', " ");
        MigrateError::Broken { what: format!("line {}: {message}", line_of(text, at)) }
    })?;
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
    let ends = ends.collect();
    let mut reading = Reading { ends, site: ForeignSite::default(), left: Left::default() };
    if let Some(whole) = document.get("rsspls").and_then(Item::as_table_like) {
        reading.whole(whole);
    }
    let mut sources = Vec::new();
    let feeds = document.get("feed").and_then(Item::as_array_of_tables);
    for feed in feeds.into_iter().flatten() {
        if sources.len() >= MOST_FOREIGN_FEEDS {
            return Err(MigrateError::TooMany);
        }
        sources.push(reading.feed(feed));
    }
    let Reading { site, left, .. } = reading;
    Ok(Migrated { program: Program::Rsspls, site, sources, not_carried: left.things })
}

struct Reading {
    /// Where each line ends.
    ends: Vec<usize>,
    site: ForeignSite,
    left: Left,
}

impl Reading {
    fn whole(&mut self, whole: &dyn TableLike) {
        for (key, item) in whole.iter() {
            match (key, item.as_str()) {
                ("proxy", Some(proxy)) if web(proxy).is_some() => self.site.proxy = web(proxy),
                ("output", _) => self.left(
                    whole,
                    key,
                    "`output` of [rsspls]",
                    "the outputs go to public/ beside feeds.toml; `[publish] path` names another directory, best an empty one",
                ),
                _ => self.left(
                    whole,
                    key,
                    &format!("`{key}` of [rsspls]"),
                    "feeds.toml has nothing of this name",
                ),
            }
        }
    }

    fn feed(&mut self, feed: &dyn TableLike) -> ForeignSource {
        let words = |key: &str| feed.get(key).and_then(Item::as_str);
        for (key, _) in feed.iter() {
            let advice = match key {
                "title" | "filename" | "config" => continue,
                "user_agent" => {
                    "the wire names itself and says who runs it ([site] contact); whoever wants another name is asked, not deceived"
                }
                _ => "feeds.toml has nothing of this name",
            };
            self.left(feed, key, &format!("`{key}` of feeds"), advice);
        }
        let file = words("filename").unwrap_or_default();
        let mut found = ForeignSource {
            source: NewSource {
                id: file.rsplit_once('.').map_or(file, |(name, _)| name).to_owned(),
                name: words("title").map(short),
                kind: Kind::Page,
                ..NewSource::default()
            },
            ..ForeignSource::default()
        };
        match feed.get("config").and_then(Item::as_table_like) {
            Some(config) => self.page(config, &mut found),
            None => found.unfit = Some("it has no [feed.config], and so no url".to_owned()),
        }
        found
    }

    fn page(&mut self, config: &dyn TableLike, found: &mut ForeignSource) {
        let words = |key: &str| config.get(key).and_then(Item::as_str).map(str::to_owned);
        found.url = words("url").unwrap_or_default();
        let (Some(item), Some(title)) = (words("item"), words("heading")) else {
            found.unfit =
                Some("it lacks `item` or `heading`, without which no page is read".to_owned());
            return;
        };
        let mut select = Select {
            // Without one, the heading is the link or has it in it.
            link: words("link").unwrap_or_else(|| title.clone()),
            item,
            title,
            summary: words("summary"),
            image: words("media"),
            min_items: 1,
            ..Select::default()
        };
        self.date(config, &mut select);
        for (key, _) in config.iter() {
            if !["url", "item", "heading", "link", "summary", "date", "media"].contains(&key) {
                let what = format!("`{key}` of [feed.config]");
                self.left(config, key, &what, "[source.select] has nothing of this name");
            }
        }
        let optional = [&select.summary, &select.date, &select.image];
        let written = [&select.item, &select.title, &select.link];
        let all = written.into_iter().chain(optional.into_iter().flatten());
        let broken = all.into_iter().find(|written| Selector::parse(written).is_err());
        if let Some(broken) = broken {
            found.unfit = Some(format!(
                "its selector {} is not understood; write another (`samizdat discover` proposes some)",
                short(broken)
            ));
        }
        found.source.select = Some(select);
    }

    /// A date is a selector, or a table with one and a format.
    fn date(&mut self, config: &dyn TableLike, select: &mut Select) {
        let Some(date) = config.get("date") else { return };
        if let Some(selector) = date.as_str() {
            select.date = Some(selector.to_owned());
            return;
        }
        let Some(table) = date.as_table_like() else { return };
        select.date = table.get("selector").and_then(Item::as_str).map(str::to_owned);
        let Some(format) = table.get("format").and_then(Item::as_str) else { return };
        select.date_format = strftime(format);
        if select.date_format.is_none() {
            self.left(
                table,
                "format",
                &format!("`format = {}` of a date", short(format)),
                "dates are read in many forms without one; where that is not enough, write `date_format` in the way of strftime (\"%d %B %Y\")",
            );
        }
    }

    fn left(&mut self, table: &dyn TableLike, key: &str, what: &str, advice: &str) {
        let at = table.key(key).and_then(|key| key.span()).map_or(0, |span| span.start);
        let line = self.ends.partition_point(|end| *end < at).saturating_add(1);
        self.left.add(line, what, advice);
    }
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1)
}
