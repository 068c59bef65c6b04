//! Recordings and pictures: Media RSS, iTunes, Podcasting 2.0, enclosures.

use url::Url;

use super::entry::companion;
use super::push;
use crate::model::{EntryDetails, Medium};
use crate::read::media;
use crate::read::survey::{Field, Space};

/// No recording is longer, in seconds: 1000 hours.
const LONGEST: u64 = 3_600_000;

/// Reads an element of one of the namespaces for recordings.
pub(super) fn field(details: &mut EntryDetails, field: &Field<'_>, base: &Url) {
    let number = || field.words().and_then(|number| number.parse().ok());
    match (field.tag.space, field.tag.local()) {
        (Space::Media, "group") => {
            let group = details.media.iter().filter_map(|medium| medium.group).max();
            let group = group.unwrap_or_default().saturating_add(1);
            let files = field.children.iter().filter(|child| child.is(Space::Media, "content"));
            for child in files {
                medium(details, child, Some(group), base);
            }
        }
        (Space::Media, "content") => medium(details, field, None, base),
        (Space::Itunes, "duration") => {
            details.duration = details.duration.or_else(|| seconds(field.words()?));
        }
        (Space::Itunes | Space::Podcast, "episode") => {
            details.episode = details.episode.or_else(number);
        }
        (Space::Itunes | Space::Podcast, "season") => {
            details.season = details.season.or_else(number);
        }
        (Space::Podcast, "transcript") => push(&mut details.transcripts, companion(field, base)),
        (Space::Podcast, "chapters") => {
            details.chapters = details.chapters.take().or_else(|| companion(field, base));
        }
        (Space::Podcast, "alternateEnclosure") => alternates(details, field, base),
        _ => {}
    }
}

/// An enclosure of RSS, or a link of Atom to one; `address` is the attribute with its URL.
pub(super) fn enclosure(details: &mut EntryDetails, field: &Field<'_>, address: &str, base: &Url) {
    let url = field.tag.attribute(address).and_then(|url| media::absolute(url, base));
    let language = field.tag.attribute("hreflang");
    add(details, url.map(|url| Medium { language: language.map(str::to_owned), url, ..of(field) }));
}

fn medium(details: &mut EntryDetails, field: &Field<'_>, group: Option<usize>, base: &Url) {
    let tag = &field.tag;
    let number = |name: &str| tag.attribute(name).and_then(|number| number.trim().parse().ok());
    let url = tag.attribute("url").and_then(|url| media::absolute(url, base));
    add(
        details,
        url.map(|url| Medium {
            url,
            group,
            is_default: tag.attribute("isDefault").is_some_and(|said| said.trim() == "true"),
            duration: tag.attribute("duration").and_then(seconds),
            width: number("width"),
            height: number("height"),
            language: tag.attribute("lang").map(str::to_owned),
            ..of(field)
        }),
    );
}

/// The sources of an alternate enclosure are one more way to get the same recording.
fn alternates(details: &mut EntryDetails, field: &Field<'_>, base: &Url) {
    let group = details.media.iter().filter_map(|medium| medium.group).max();
    let group = group.unwrap_or_default().saturating_add(1);
    for source in field.children.iter().filter(|child| child.tag.local() == "source") {
        let url = source.tag.attribute("uri").and_then(|url| media::absolute(url, base));
        let is_default = field.tag.attribute("default").is_some_and(|said| said.trim() == "true");
        add(details, url.map(|url| Medium { url, group: Some(group), is_default, ..of(field) }));
    }
}

fn of(field: &Field<'_>) -> Medium {
    let kind = field.tag.attribute("type").unwrap_or_default();
    Medium { media_type: kind.trim().to_ascii_lowercase(), ..Medium::default() }
}

fn add(details: &mut EntryDetails, medium: Option<Medium>) {
    let is_known = |medium: &Medium| details.media.iter().any(|known| known.url == medium.url);
    let medium = medium.filter(|medium| !is_known(medium));
    push(&mut details.media, medium);
}

/// `3600`, `59:01`, `1:02:03`, each with a fraction at its end.
pub(in crate::read) fn seconds(written: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut parts = 0_usize;
    for part in written.trim().split(':') {
        let whole = part.split(['.', ',']).next().unwrap_or_default().trim();
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(whole.parse().ok()?)?;
        parts = parts.saturating_add(1);
    }
    (parts <= 3 && (1..=LONGEST).contains(&total)).then_some(total)
}
