//! One item of a page: its title, link, words, date and picture.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use scraper::{ElementRef, Selector};
use url::Url;

use crate::clean::dates;
use crate::model::{RawContent, RawEntry, Select};

/// The selectors of a source, ready to use. They were checked with feeds.toml; one that is not
/// understood all the same finds nothing.
pub(super) struct Selectors {
    pub(super) item: Option<Selector>,
    title: Option<Selector>,
    link: Option<Selector>,
    summary: Option<Selector>,
    date: Option<Selector>,
    date_format: Option<String>,
    image: Option<Selector>,
}

impl Selectors {
    pub(super) fn new(select: &Select) -> Self {
        let parsed = |written: &str| Selector::parse(written).ok();
        let optional = |written: &Option<String>| written.as_deref().and_then(parsed);
        Self {
            item: parsed(&select.item),
            title: parsed(&select.title),
            link: parsed(&select.link),
            summary: optional(&select.summary),
            date: optional(&select.date),
            date_format: select.date_format.clone(),
            image: optional(&select.image),
        }
    }

    /// The entry that an item is; `None` where it has no title or no link.
    pub(super) fn entry(
        &self,
        item: ElementRef<'_>,
        base: &Url,
        zone: Option<Tz>,
    ) -> Option<RawEntry> {
        let title = words(within(item, self.title.as_ref())?);
        let link = href(within(item, self.link.as_ref())?, base)?;
        if title.is_empty() {
            return None;
        }
        let summary = within(item, self.summary.as_ref()).map(|element| element.inner_html());
        let written = within(item, self.date.as_ref()).map(written_date);
        let published =
            written.as_deref().and_then(|date| date_of(date, self.date_format.as_deref(), zone));
        let image = within(item, self.image.as_ref()).and_then(picture);
        Some(RawEntry {
            link: Some(link),
            title: Some(RawContent::Text(title)),
            summary: summary.map(RawContent::Html),
            published,
            unread_date: written.filter(|date| published.is_none() && !date.is_empty()),
            image,
            base: Some(base.clone()),
            ..RawEntry::default()
        })
    }
}

/// The first element that a selector finds within an item, or the item itself where it fits: then
/// the whole teaser is the link.
fn within<'h>(item: ElementRef<'h>, selector: Option<&Selector>) -> Option<ElementRef<'h>> {
    let selector = selector?;
    item.select(selector).next().or_else(|| selector.matches(&item).then_some(item))
}

/// The words of an element in one line.
pub(in crate::read) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().flat_map(|text| [text, " "]).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where an element leads: itself, a link in it, or the link that it is in.
fn href(element: ElementRef<'_>, base: &Url) -> Option<String> {
    let own = |element: ElementRef<'_>| element.value().attr("href").map(str::to_owned);
    let link = Selector::parse("a[href]").ok()?;
    let written = own(element)
        .or_else(|| element.select(&link).next().and_then(own))
        .or_else(|| element.ancestors().filter_map(ElementRef::wrap).find_map(own))?;
    let url = base.join(written.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn machine_date<'h>(element: ElementRef<'h>) -> Option<&'h str> {
    ["datetime", "content"].iter().find_map(|name| element.value().attr(name))
}

/// The date of an element as it is written: for machines where it can be, else for people.
fn written_date(element: ElementRef<'_>) -> String {
    let time = Selector::parse("time[datetime]").ok();
    let inner = time.and_then(|time| element.select(&time).next());
    match machine_date(element)
        .or_else(|| inner.and_then(machine_date))
        .filter(|date| !date.trim().is_empty())
    {
        Some(date) => date.trim().to_owned(),
        None => words(element),
    }
}

/// Reads a date: by the format of feeds.toml where it fits, else as dates are written anyway, also
/// behind a word such as "Published:".
fn date_of(written: &str, format: Option<&str>, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let by_format = format.and_then(|format| by_format(written, format, zone));
    by_format.or_else(|| dates::parse(written, zone)).or_else(|| {
        let (_, rest) = written.split_once(':')?;
        dates::parse(rest.trim(), zone)
    })
}

/// Month names other than English ones are read by [`dates::parse`], which knows them.
fn by_format(written: &str, format: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_str(written, format) {
        return Some(date.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(written, format)
        .ok()
        .or_else(|| NaiveDate::parse_from_str(written, format).ok()?.and_hms_opt(0, 0, 0))?;
    dates::in_zone(local, zone)
}

/// The picture of an element: itself, or one in it.
fn picture(element: ElementRef<'_>) -> Option<String> {
    let of = |element: ElementRef<'_>| {
        let attribute = |name: &str| element.value().attr(name).map(str::trim);
        // What a script puts in the place of `src` when the reader comes near.
        let lazy = ["data-src", "data-lazy-src", "data-original"].iter().find_map(|n| attribute(n));
        let set = attribute("srcset").or_else(|| attribute("data-srcset"));
        let first = set.and_then(|set| set.split_whitespace().next());
        lazy.or_else(|| attribute("src").filter(|src| !src.starts_with("data:")))
            .or(first.map(|first| first.trim_end_matches(',')))
            .filter(|src| !src.is_empty())
            .map(str::to_owned)
    };
    let image = Selector::parse("img, source").ok()?;
    of(element).or_else(|| element.select(&image).find_map(of))
}
