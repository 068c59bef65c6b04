//! A glance: what an answer would bring, without deciding or storing anything.

use super::ask::{Answered, Content};
use super::recognise::{Origin, text};
use crate::model::{CleanDocument, CleanEntry, Source, Validators};
use crate::store::{Result, View};
use crate::tag::{self, Selector, Tagger};

/// New entries that are named; the others are counted.
const MOST_NAMED: usize = 50;

/// What an answer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Entries of the document; `None` where it is the one that was read before.
    pub entries: Option<usize>,
    /// Of those the ones that the store does not know.
    pub new: usize,
    /// The first of the new ones.
    pub named: Vec<Glimpse>,
    /// What the next request would carry.
    pub validators: Option<Validators>,
    /// What had to be mended to read the document.
    pub repairs: Vec<String>,
}

/// A new entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// Its title.
    pub title: String,
    /// Its permalink, where it has one.
    pub url: Option<String>,
    /// Ids of the tags that the rules give to it.
    pub tags: Vec<String>,
    /// Whether its source leaves it out (`include`, `exclude`).
    pub is_excluded: bool,
}

/// Looks through a good answer; `known_as` is the id under which the store knows the source. Without
/// a store everything is new.
///
/// # Errors
/// Where the store cannot be read.
pub fn glance(
    answered: &Answered,
    content: &Content,
    known_as: &str,
    store: Option<&View>,
    tagger: &Tagger,
    selector: &Selector,
) -> Result<Glance> {
    let (document, validators) = match content {
        Content::Unchanged { validators, .. } => {
            return Ok(Glance {
                entries: None,
                new: 0,
                named: Vec::new(),
                validators: validators.clone(),
                repairs: Vec::new(),
            });
        }
        Content::Document { document, validators, .. } => (document, validators),
    };
    let source = &*answered.assigned.source;
    let mut glance = Glance {
        entries: Some(document.entries.len()),
        new: 0,
        named: Vec::new(),
        validators: validators.clone(),
        repairs: document.repairs.clone(),
    };
    for item in &document.entries {
        if let Some(store) = store
            && is_known(store, known_as, item)?
        {
            continue;
        }
        glance.new += 1;
        if glance.named.len() < MOST_NAMED {
            glance.named.push(glimpse(source, document, item, tagger, selector));
        }
    }
    Ok(glance)
}

/// Whether the store knows an item, by any of its names.
fn is_known(store: &View, source: &str, item: &CleanEntry) -> Result<bool> {
    let names = std::iter::once(&item.identity);
    for name in names.chain(&item.other_identities).chain(&item.canonical_link) {
        if store.seen(source, name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn glimpse(
    source: &Source,
    document: &CleanDocument,
    item: &CleanEntry,
    tagger: &Tagger,
    selector: &Selector,
) -> Glimpse {
    let origin = Origin::of(document);
    let mut words = text(item, origin);
    words.language = tag::language(
        source.language.as_deref(),
        item.language.as_deref(),
        origin.language,
        &words.title,
        if words.content_html.is_empty() { &words.summary } else { &words.content_html },
    );
    let tags = tagger.tags(&source.id, &source.tags, &words);
    Glimpse {
        title: item.title.clone(),
        url: item.url.clone(),
        tags: tags.into_iter().map(|tagged| tagged.tag).collect(),
        is_excluded: selector.excludes(&source.id, &words, false),
    }
}
