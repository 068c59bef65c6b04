//! Whether an item is one that the store knows, and whether it changed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
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
    /// The kind of name under which it was found.
    pub by: FoundBy,
}

/// The kind of name under which an item was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// Its first name: what identifies it within its source.
    Identity,
    /// Its link, where that is not its first name.
    Link,
    /// The hash of its words, where that is not its first name.
    Words,
}

/// The one of `found` that the item is, if any.
///
/// Under its first name an item is the known one, unless link, title and date all speak against
/// it (an edited title does not): some systems give a guid to a second article (DreamHost did).
/// Under another name more must agree, since "Newsletter" is the title of every newsletter, and
/// "/news" the link of every item of some feeds: under its link title or date, under its words
/// link or date, and two dates never differ.
pub fn choose<'a>(item: &CleanEntry, found: &'a [Found]) -> Option<&'a Found> {
    found.iter().find(|known| {
        let same_title = fold(&item.title) == fold(&known.title);
        let same_date = item.published.is_some() && item.published == known.entry.published;
        let same_link = match (&item.canonical_link, &known.entry.canonical_link) {
            (Some(new), Some(old)) => new == old,
            _ => item.url.is_some() && item.url == known.entry.url,
        };
        let has_dates = item.published.is_some() && known.entry.published.is_some();
        if known.by == FoundBy::Identity {
            let has_links = item.url.is_some() && known.entry.url.is_some();
            are_alike(&item.title, &known.title)
                || same_link
                || same_date
                || !has_dates
                || !has_links
        } else {
            let agrees =
                same_date || if known.by == FoundBy::Link { same_title } else { same_link };
            agrees && (same_date || !has_dates)
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

/// Words that a name of words is made of; boilerplate comes later in a text.
const NAMING_WORDS: usize = 200;

/// A name made of an item's words alone: equal where only links, dates, markup, quotation marks
/// and case differ, as after a move to another system. Too weak to recognise a single item by.
pub fn words_name(text: &Text) -> String {
    let mut naming = Naming { hasher: Xxh3Default::new(), left: NAMING_WORDS, word: String::new() };
    let title = std::iter::once(Cow::Borrowed(&*text.title));
    for piece in title.chain(text.body_pieces()) {
        if naming.left == 0 {
            break;
        }
        piece.split_whitespace().for_each(|words| naming.take(words));
    }
    format!("words:{:032x}", naming.hasher.digest128())
}

/// Words of a title that has fewer may stand over any statement.
const TELLING_TITLE: usize = 3;

/// A name within a source, made of what a statement is called and when it was published: nearly sure to be
/// the same one, whatever else changes. `None` where the title or the date says too little.
pub fn titled_name(title: &str, published: Option<DateTime<Utc>>) -> Option<String> {
    let published = published?;
    let title = title.to_lowercase();
    let words: Vec<&str> = title
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let name = format!("{} {}", published.timestamp(), words.join(" "));
    (words.len() >= TELLING_TITLE)
        .then(|| format!("titled:{:032x}", xxhash_rust::xxh3::xxh3_128(name.as_bytes())))
}

/// Words on their way into a name.
struct Naming {
    hasher: Xxh3Default,
    /// So many more.
    left: usize,
    /// The last one; kept for its room.
    word: String,
}

impl Naming {
    /// Takes what stands between two spaces; a letter's small form may depend on what is around it.
    fn take(&mut self, words: &str) {
        if words.is_ascii() {
            words.split(|letter: char| !letter.is_ascii_alphanumeric()).for_each(|word| {
                let mut small = std::mem::take(&mut self.word);
                small.clear();
                small.push_str(word);
                small.make_ascii_lowercase();
                self.word(&small);
                self.word = small;
            });
        } else {
            let small = words.to_lowercase();
            small.split(|letter: char| !letter.is_alphanumeric()).for_each(|word| self.word(word));
        }
    }

    fn word(&mut self, word: &str) {
        if !word.is_empty() && self.left > 0 {
            self.left = self.left.saturating_sub(1);
            self.hasher.update(word.as_bytes());
            self.hasher.update(b" ");
        }
    }
}

/// Fewer words than these say nothing of their own: "Newsletter", "Read more".
const TELLING_WORDS: usize = 12;

/// Whether an item has so many words that another one with the very same is a copy of it.
pub fn is_telling(text: &Text) -> bool {
    let mut words = text.title.split_whitespace().take(TELLING_WORDS).count();
    for piece in text.body_pieces() {
        words = words.saturating_add(piece.split_whitespace().take(TELLING_WORDS).count());
        if words >= TELLING_WORDS {
            return true;
        }
    }
    words >= TELLING_WORDS
}

/// Fewer items that moved together are no move of a source.
const MOVED_TOGETHER: usize = 5;

/// Whether a document is that of a source which moved to another system: of its `items` more than
/// 60 in 100 are under new names, and of those at least five have the words, or the title and date, of
/// known ones.
pub fn is_mass_move(items: usize, under_new_names: usize, with_known_names: usize) -> bool {
    with_known_names >= MOVED_TOGETHER
        && under_new_names.saturating_mul(10) > items.saturating_mul(6)
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

/// Whether a reader should be told of the change: its words are others, not only its markup. Where
/// only a title is left of what was known (`keep`), the title alone tells.
pub fn is_substantive(before: &Text, after: &Text) -> bool {
    if before.is_bare() {
        return fold(&before.title) != fold(&after.title);
    }
    fold(&before.title) != fold(&after.title)
        || fold(&before.content_words()) != fold(&after.content_words())
        || (after.content_html.is_empty() && fold(&before.summary) != fold(&after.summary))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The name as it is defined: of the whole text, small, cut into words.
    fn whole(text: &Text) -> String {
        let content = text.content_words();
        let body = if content.is_empty() { &text.summary } else { &content };
        let words = format!("{}\n{}", text.title, body).to_lowercase();
        let mut hasher = Xxh3Default::new();
        let words = words.split(|letter: char| !letter.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()).take(NAMING_WORDS) {
            hasher.update(word.as_bytes());
            hasher.update(b" ");
        }
        format!("words:{:032x}", hasher.digest128())
    }

    proptest! {
        #[test]
        fn a_name_of_words_is_that_of_the_whole_text(
            title in "[A-Za-zΣςéİß'’ ]{0,30}",
            summary in "[a-zΣ ]{0,30}",
            content in "(<p>|</p>|<b>|</b>|<img alt=\"x > y\">|&amp;|&nbsp;|[A-ZΑΣ'’]{1,4}|[a-z]{1,5}| |\u{a0}){0,400}",
        ) {
            let text = Text { title, summary, content_html: content, ..Text::default() };
            prop_assert_eq!(words_name(&text), whole(&text));
            let count = |text: &str| text.split_whitespace().count();
            let content = text.content_words();
            let body = if content.is_empty() { &text.summary } else { &content };
            prop_assert_eq!(is_telling(&text), count(&text.title) + count(body) >= TELLING_WORDS);
        }
    }
}
