//! What feeds say beyond what is stored, made safe: text is plain and short, addresses lead to
//! the web, numbers stay as they are.

use url::Url;

use super::fields::{self, MAX_LABEL, MAX_NAME};
use super::{dates, text, urls};
use crate::model::{
    CategoryTerm, ClaimedSource, EntryDetails, FeedDetails, Hints, Medium, Related, Tombstone,
};

/// Ids are cut to this many characters.
const MAX_ID: usize = 2048;

/// What a feed says of itself, and of being polled.
pub(super) fn of_feed(raw: FeedDetails, hints: &Hints, base: &Url) -> FeedDetails {
    FeedDetails {
        interval_seconds: hints.interval.map(|interval| interval.as_secs()),
        skip_hours: hints.skip_hours.clone(),
        skip_days: hints.skip_days.clone(),
        hubs: addresses(raw.hubs, base),
        links: raw.links.into_iter().filter_map(|link| related(link, base)).collect(),
        deleted: raw
            .deleted
            .into_iter()
            .map(|gone| Tombstone {
                reference: text::line(&gone.reference, MAX_ID),
                when: gone.when.filter(|date| dates::is_plausible(*date)),
            })
            .collect(),
        licences: addresses(raw.licences, base),
        contributors: fields::authors(&raw.contributors),
        generator: raw.generator.as_deref().and_then(|name| line(name, MAX_NAME)),
        complete: raw.complete,
        archive: raw.archive,
        may_index: raw.may_index,
    }
}

/// What an entry says; its language and its rights are safe already.
pub(super) fn of_entry(
    raw: &EntryDetails,
    base: &Url,
    language: Option<String>,
    rights: Option<String>,
) -> EntryDetails {
    // Most entries say nothing of the kind.
    if *raw == EntryDetails::default() {
        return EntryDetails { language, rights, ..EntryDetails::default() };
    }
    let raw = raw.clone();
    let web = |written: Option<String>| address(&written?, base);
    EntryDetails {
        claimed_source: raw.claimed_source.map(|source| ClaimedSource {
            title: source.title.and_then(|title| line(&title, MAX_NAME)),
            url: web(source.url),
            id: source.id.and_then(|id| line(&id, MAX_ID)),
        }),
        is_permalink: raw.is_permalink,
        language,
        rights,
        licences: addresses(raw.licences, base),
        contributors: fields::authors(&raw.contributors),
        category_terms: raw.category_terms.into_iter().filter_map(category).collect(),
        media: raw.media.into_iter().filter_map(|file| medium(file, base)).collect(),
        transcripts: raw.transcripts.into_iter().filter_map(|link| related(link, base)).collect(),
        chapters: raw.chapters.and_then(|link| related(link, base)),
        in_reply_to: raw.in_reply_to.iter().filter_map(|id| line(id, MAX_ID)).collect(),
        comments: web(raw.comments),
        comments_feed: web(raw.comments_feed),
        links: raw.links.into_iter().filter_map(|link| related(link, base)).collect(),
        duration: raw.duration,
        episode: raw.episode,
        season: raw.season,
        comment_count: raw.comment_count,
        point: raw.point,
    }
}

fn line(written: &str, most: usize) -> Option<String> {
    Some(text::line(written, most)).filter(|line| !line.is_empty())
}

fn address(written: &str, base: &Url) -> Option<String> {
    urls::absolute(base, written).map(String::from)
}

fn addresses(written: Vec<String>, base: &Url) -> Vec<String> {
    written.iter().filter_map(|written| address(written, base)).collect()
}

fn related(link: Related, base: &Url) -> Option<Related> {
    Some(Related {
        rel: text::line(&link.rel, MAX_LABEL),
        url: address(&link.url, base)?,
        language: link.language.as_deref().and_then(fields::language_tag),
    })
}

fn category(category: CategoryTerm) -> Option<CategoryTerm> {
    Some(CategoryTerm {
        term: line(&category.term, MAX_LABEL)?,
        label: category.label.and_then(|label| line(&label, MAX_LABEL)),
        // A vocabulary is a name that looks like an address, or any word (RSS `domain`).
        scheme: category.scheme.and_then(|scheme| {
            let has_scheme = scheme.contains(':');
            if has_scheme { urls::web(&scheme).map(String::from) } else { line(&scheme, MAX_LABEL) }
        }),
    })
}

fn medium(medium: Medium, base: &Url) -> Option<Medium> {
    Some(Medium {
        url: urls::loaded(base, &medium.url)?.into(),
        media_type: fields::media_type(&medium.media_type),
        language: medium.language.as_deref().and_then(fields::language_tag),
        ..medium
    })
}
