//! What repeats from article to article of a source, learnt as articles come in.
//!
//! What one batch brings is learnt from before anything is removed, so that of the first articles
//! of a source the first one is no worse off than the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::article::{Done, Outcome};
use crate::clean::{Cleaned, Repetition, without_repetition};
use crate::model::{CleanArticle, Source};
use crate::store::{Result, View, Waiting};

/// Lines that are told of one article.
const MOST_TOLD: usize = 20;

/// What is known of the sources of a batch.
pub(super) struct Boilerplate {
    sources: BTreeMap<String, Repetition>,
}

impl Boilerplate {
    /// What the store knows, and what the articles of this batch add.
    pub(super) fn learn(done: &[Done], store: &View) -> Result<Self> {
        let mut sources: BTreeMap<String, Repetition> = BTreeMap::new();
        for Done { errand, outcome } in done {
            let Outcome::Read(article, _) = outcome else { continue };
            let id = &errand.source.id;
            if !sources.contains_key(id) {
                sources.insert(id.clone(), Repetition::of_kept(store.repetition(id)?.as_deref()));
            }
            if let Some(known) = sources.get_mut(id) {
                *known = read(&errand.waiting, article, known).known;
            }
        }
        Ok(Self { sources })
    }

    /// An article without what repeats, and what was removed, in words for maintainers.
    pub(super) fn remove(
        &mut self,
        source: &Source,
        waiting: &Waiting,
        article: &Arc<CleanArticle>,
    ) -> (CleanArticle, Vec<String>) {
        let mut article = CleanArticle::clone(article);
        let Some(known) = self.sources.get_mut(&source.id) else { return (article, Vec::new()) };
        let cleaned = read(waiting, &article, known);
        article.content_html = cleaned.html;
        *known = cleaned.known;
        let told = |line: &String| format!("removed, since other articles have it too: {line}");
        (article, cleaned.removed.iter().take(MOST_TOLD).map(told).collect())
    }

    /// What is known now, for the store.
    pub(super) fn known(self) -> Vec<(String, String)> {
        self.sources.into_iter().map(|(source, known)| (source, known.kept())).collect()
    }
}

fn read(waiting: &Waiting, article: &CleanArticle, known: &Repetition) -> Cleaned {
    let language = article.language.as_deref().or(waiting.language.as_deref());
    let (html, identity) = (&article.content_html, &waiting.item.identity);
    without_repetition(html, identity, language.unwrap_or_default(), known)
}
