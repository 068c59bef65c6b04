//! What belongs to pages: entries that wait for their articles, how those were read, what repeats in
//! them, and the last good page of a source.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::keys::{self, TreeName};
use super::staging::Staging;
use super::{Result, View};
use crate::model::{CleanArticle, CleanEntry, EntryNumber, Sent, Validators, where_noted};

/// Requests for articles that one poll record keeps.
const MOST_REQUESTS: usize = 200;

/// An entry that is not judged before its article was read, or given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// When we saw it first, or saw that it had changed.
    pub since: DateTime<Utc>,
    /// How often its article was asked for.
    pub tries: u8,
    /// Not to be asked for before this.
    pub due: DateTime<Utc>,
    /// Whether it came with the first poll of its source.
    pub is_first: bool,
    /// Its place in its document.
    pub position: u32,
    /// The date of that document.
    pub document_date: Option<DateTime<Utc>>,
    /// The language of that document.
    pub language: Option<String>,
    /// The rights of that document.
    pub rights: Option<String>,
    /// The site of that document.
    pub site: Option<String>,
    /// The known entry that it is a new revision of.
    pub entry: Option<EntryNumber>,
    /// The item as the document gave it.
    #[serde(serialize_with = "as_json", deserialize_with = "from_json")]
    pub item: CleanEntry,
    /// Why its page was not read when it was asked for last.
    #[serde(default, deserialize_with = "where_noted")]
    pub unread: Option<String>,
}

/// Kept as JSON, so that a field more in a later version is no other format of the store.
fn as_json<T: Serialize, S: Serializer>(
    item: &T,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serde_json::to_string(item).map_err(S::Error::custom)?.serialize(serializer)
}

fn from_json<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// How the article of an entry was read last, so that it is asked for again with its validators. It
/// goes when the entry's words go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadArticle {
    /// What its page came with.
    pub validators: Validators,
    /// Digest of the selectors by which it was read.
    pub selectors: u128,
    /// The revision of the entry that has its text, which is not kept twice.
    pub text_of: Option<u32>,
    /// What was read; its text is empty where the entry has it.
    #[serde(serialize_with = "as_json", deserialize_with = "from_json")]
    pub article: CleanArticle,
}

/// A page as it was when it was last read without fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPage {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// Where it was after redirects, as far as that is no secret: what its links are resolved against.
    pub final_url: String,
    /// Content-Type as it came.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What waits, by source and hash of identity.
pub type WaitingKey = (String, u128);

impl View {
    /// The entry of a source that waits for its article, by the hash of its identity.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn waiting(&self, source: &str, identity: u128) -> Result<Option<Waiting>> {
        self.get(TreeName::Meta, &keys::waiting(source, identity))
    }

    /// Every entry that waits for its article, those of one source together.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn all_waiting(&self) -> Result<Vec<(WaitingKey, Waiting)>> {
        self.scan(TreeName::Meta, keys::WAITING)
            .map(|pair| {
                let (key, record) = pair?;
                let odd = || self.damaged("a key of what waits is not what belongs there");
                let name = keys::split_waiting(&key).ok_or_else(odd)?;
                Ok((name, self.decode(TreeName::Meta, &key, &record)?))
            })
            .collect()
    }

    /// Whether any entry waits for its article.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn is_any_waiting(&self) -> Result<bool> {
        Ok(self.scan(TreeName::Meta, keys::WAITING).next().transpose()?.is_some())
    }

    /// How the article of an entry was read last.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn read_article(&self, entry: EntryNumber) -> Result<Option<ReadArticle>> {
        self.get(TreeName::Meta, &keys::article(entry))
    }

    /// What is known to repeat in the articles of a source, in words of `clean`.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn repetition(&self, source: &str) -> Result<Option<String>> {
        self.get(TreeName::Meta, &keys::repetition(source))
    }

    /// The last good page of a source.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn saved_page(&self, source: &str) -> Result<Option<SavedPage>> {
        self.get(TreeName::Meta, &keys::page(source))
    }
}

/// What one transaction changes of all this.
#[derive(Debug, Default)]
pub struct PageChanges {
    /// Entries that wait; `None` where they do no more.
    pub waiting: Vec<(WaitingKey, Option<Waiting>)>,
    /// How articles were read, by entry; `None` where that tells nothing about the next time.
    pub articles: Vec<(EntryNumber, Option<ReadArticle>)>,
    /// What repeats in articles, by source.
    pub repetitions: Vec<(String, String)>,
    /// Last good pages, by source.
    pub pages: Vec<(String, SavedPage)>,
    /// Requests for articles that were sent, by source: noted in its newest poll record.
    pub requests: Vec<(String, Vec<Sent>)>,
}

impl PageChanges {
    pub(super) fn fill(&self, staging: &mut Staging<'_>) -> Result<()> {
        for ((source, identity), waiting) in &self.waiting {
            let key = keys::waiting(source, *identity);
            match waiting {
                Some(waiting) => staging.put(TreeName::Meta, &key, waiting)?,
                None => staging.remove(TreeName::Meta, &key),
            }
        }
        for (entry, article) in &self.articles {
            let key = keys::article(*entry);
            match article {
                Some(article) => staging.put(TreeName::Meta, &key, article)?,
                None => staging.remove(TreeName::Meta, &key),
            }
        }
        for (source, known) in &self.repetitions {
            staging.put(TreeName::Meta, &keys::repetition(source), known)?;
        }
        for (source, page) in &self.pages {
            staging.put(TreeName::Meta, &keys::page(source), page)?;
        }
        for (source, sent) in &self.requests {
            let view = staging.view();
            let newest = view.newest_poll(source)?.zip(view.polls(source, 1)?.into_iter().next());
            let Some((at, mut poll)) = newest else { continue };
            poll.articles.extend_from_slice(sent);
            poll.articles.drain(..poll.articles.len().saturating_sub(MOST_REQUESTS));
            staging.put(TreeName::Poll, &keys::poll(source, at), &poll)?;
        }
        Ok(())
    }
}
