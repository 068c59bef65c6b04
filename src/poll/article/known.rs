//! What is known of an article from its last reading, so that its page is asked for conditionally.

use super::errand::Errand;
use crate::model::{CleanArticle, Entry, EntryNumber, Source, Text, Validators};
use crate::store::{Changes, ReadArticle, Result, Seen, View, Waiting, WaitingKey};

/// The validators that the page of all these errands came with, where each of them knows what it said.
///
/// # Errors
/// Where the store cannot be read.
pub fn validators_of(errands: &[Errand], store: &View) -> Result<Option<Validators>> {
    let mut common = None;
    for Errand { key, waiting, source } in errands {
        let Some(number) = entry_of(&key.0, waiting, store)? else { return Ok(None) };
        let Some(known) = store.read_article(number)? else { return Ok(None) };
        if known.selectors != selectors(source) || !has_text(&known, &store.entry(number)?) {
            return Ok(None);
        }
        let ReadArticle { validators, .. } = known;
        if common.as_ref().is_some_and(|common| *common != validators) {
            return Ok(None);
        }
        common = Some(validators);
    }
    Ok(common)
}

/// The entry that what waits is a new revision of.
pub(super) fn entry_of(
    source: &str,
    waiting: &Waiting,
    store: &View,
) -> Result<Option<EntryNumber>> {
    match waiting.entry {
        Some(number) => Ok(Some(number)),
        None => Ok(store.seen(source, &waiting.item.identity)?.and_then(|seen| seen.entry)),
    }
}

/// What was read from the page of an entry before.
pub(super) fn read_before(
    known: Option<&(EntryNumber, Entry, Text)>,
    store: &View,
) -> Result<Option<CleanArticle>> {
    let Some((number, entry, words)) = known else { return Ok(None) };
    let known = store.read_article(*number)?.filter(|known| has_text(known, entry));
    let Some(known) = known else { return Ok(None) };
    let mut article = known.article;
    if known.text_of.is_some() {
        article.content_html.clone_from(&words.content_html);
    }
    Ok(Some(article))
}

/// Whether its text is at hand: that of the entry may be another one since, such as the source's own.
fn has_text(known: &ReadArticle, entry: &Entry) -> bool {
    known.text_of.is_none_or(|revision| revision == entry.revision)
}

/// What is to be known of an article when these changes are stored; with no validators, nothing.
pub(super) fn note(
    source: &Source,
    key: &WaitingKey,
    article: &CleanArticle,
    validators: Option<Validators>,
    changes: &Changes,
    store: &View,
) -> Result<Option<(EntryNumber, Option<ReadArticle>)>> {
    let is_it = |(id, hash, _): &&(String, u128, Seen)| *id == source.id && *hash == key.1;
    let Some((_, _, Seen { entry: Some(number), .. })) = changes.seen.iter().rfind(is_it) else {
        return Ok(None);
    };
    let Some(validators) = validators else { return Ok(Some((*number, None))) };
    let changed = changes.entries.iter().find(|(changed, ..)| changed == number);
    let (revision, words) = match changed {
        Some((_, entry, Some(words))) => (entry.revision, words.clone()),
        _ => {
            let revision = store.entry(*number)?.revision;
            (revision, store.text(*number, revision)?)
        }
    };
    let mut article = article.clone();
    let text_of = (article.content_html == words.content_html).then_some(revision);
    if text_of.is_some() {
        article.content_html.clear();
    }
    let selectors = selectors(source);
    Ok(Some((*number, Some(ReadArticle { validators, selectors, text_of, article }))))
}

/// Raised when the same page comes to be read in another way.
const READER_VERSION: u32 = 1;

/// Other selectors find something else in the same page, and so does another reader.
fn selectors(source: &Source) -> u128 {
    let reading = format!("{READER_VERSION} {:?} {:?}", source.select, source.timezone);
    xxhash_rust::xxh3::xxh3_128(reading.as_bytes())
}
