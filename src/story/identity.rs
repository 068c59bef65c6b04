//! Whether an item is one that the store knows, and whether it changed.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3Default;

use crate::model::{CleanEntry, Entry, EntryNumber, Text};

/// An entry that the store knows under one of an item's names.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its number.
    pub number: EntryNumber,
    /// Its facts.
    pub entry: Entry,
    /// Its current title.
    pub title: String,
    /// Whether it was found under the item's first name, not one of the others.
    pub by_identity: bool,
}

/// The one of `found` that the item is, if any.
///
/// Under its first name an item is the known one, unless link, title and date all speak against
/// it (an edited title is no other one): some systems give a guid to a second article (DreamHost did). Under another name, such as
/// its link, it is the known one only where title or date agree: a page that always has the same
/// link, such as "news", is no article's name.
pub fn choose<'a>(item: &CleanEntry, found: &'a [Found]) -> Option<&'a Found> {
    found.iter().find(|known| {
        let same_title = fold(&item.title) == fold(&known.title);
        let same_date = item.published.is_some() && item.published == known.entry.published;
        let same_link = match (&item.canonical_link, &known.entry.canonical_link) {
            (Some(new), Some(old)) => new == old,
            _ => item.url.is_some() && item.url == known.entry.url,
        };
        if known.by_identity {
            let has_dates = item.published.is_some() && known.entry.published.is_some();
            let has_links = item.url.is_some() && known.entry.url.is_some();
            are_alike(&item.title, &known.title)
                || same_link
                || same_date
                || !has_dates
                || !has_links
        } else {
            same_title || same_date
        }
    })
}

/// Whether one title is an edit of the other: half of the words of the shorter one are in both,
/// and all numbers, since "Bulletin 13" is no edit of "Bulletin 12".
fn are_alike(one: &str, other: &str) -> bool {
    let words = |title: &str| -> BTreeSet<String> {
        fold(title)
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    let is_number = |word: &&String| word.chars().any(|letter| letter.is_ascii_digit());
    let shared = one.intersection(&other).count();
    one.iter().filter(is_number).eq(other.iter().filter(is_number))
        && shared.saturating_mul(2) >= one.len().min(other.len())
}

fn fold(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Hash of everything of an item that subscribers could see.
pub fn fingerprint(url: Option<&str>, text: &Text) -> u128 {
    let mut hasher = Xxh3Default::new();
    let mut part = |words: &str| {
        hasher.update(&(words.len() as u64).to_be_bytes());
        hasher.update(words.as_bytes());
    };
    part(url.unwrap_or_default());
    for words in [&text.title, &text.summary, &text.content_html] {
        part(words);
    }
    for list in [&text.authors, &text.categories] {
        part("list");
        list.iter().for_each(|words| part(words));
    }
    part(text.image.as_deref().unwrap_or_default());
    for enclosure in &text.enclosures {
        part(&enclosure.url);
        part(&enclosure.media_type);
        part(&enclosure.length.to_string());
    }
    part(text.rights.as_deref().unwrap_or_default());
    hasher.digest128()
}

/// Whether a reader should be told of the change: its words are others, not only its markup.
pub fn is_substantive(before: &Text, after: &Text) -> bool {
    let words = |html: &str| {
        let mut in_tag = false;
        let text: String = html
            .chars()
            .map(|character| match character {
                '<' => {
                    in_tag = true;
                    ' '
                }
                '>' => {
                    in_tag = false;
                    ' '
                }
                _ if in_tag => ' ',
                other => other,
            })
            .collect();
        fold(&text)
    };
    fold(&before.title) != fold(&after.title)
        || words(&before.content_html) != words(&after.content_html)
        || (after.content_html.is_empty() && fold(&before.summary) != fold(&after.summary))
}
