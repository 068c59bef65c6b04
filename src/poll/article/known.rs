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
        let known =
            store.read_article(number)?.filter(|known| known.selectors == selectors(source));
        let Some(ReadArticle { validators, .. }) = known else { return Ok(None) };
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
    let Some((number, _, words)) = known else { return Ok(None) };
    let Some(known) = store.read_article(*number)? else { return Ok(None) };
    let mut article = known.article;
    if known.is_text_of_entry {
        article.content_html.clone_from(&words.content_html);
    }
    Ok(Some(article))
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
    let words = match changed.and_then(|(_, _, words)| words.clone()) {
        Some(words) => words,
        None => store.text(*number, store.entry(*number)?.revision)?,
    };
    let mut article = article.clone();
    let is_text_of_entry = article.content_html == words.content_html;
    if is_text_of_entry {
        article.content_html.clear();
    }
    let selectors = selectors(source);
    Ok(Some((*number, Some(ReadArticle { validators, selectors, is_text_of_entry, article }))))
}

/// Other selectors find something else in the same page.
fn selectors(source: &Source) -> u128 {
    xxhash_rust::xxh3::xxh3_128(format!("{:?} {:?}", source.select, source.timezone).as_bytes())
}
