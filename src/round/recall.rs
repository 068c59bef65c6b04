//! From our own outputs back to a store: ids, dates, credits, tags, and what was seen.
//!
//! What the store knows already stays as it is; only stories that it lacks are added, under the
//! ids that subscribers know. The next polls recognise their items by the hashes of identities
//! that the outputs carry, by their links, and by their words.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::clean;
use crate::config::Config;
use crate::model::{
    Entry, EntryNumber, Member, OutputKey, OutputKind, RECALLED, Source, SourceState, Story,
    StoryNumber, StoryState, TagReason, Tagged, Text,
};
use crate::poll::organisation_key;
use crate::publish::recall::{DOCUMENT, Recalled, RecalledCredit, RecalledStory};
use crate::store::{
    AliasKind, Changes, Counters, OutputRecord, Place, PublishedFile, Result, Seen, View,
    identity_hash,
};
use crate::story::{TagAuthority, mark_of, words_name};

/// Why an entry of a recalled story belongs to it.
const JOINED_BY: &str = "our own outputs";

/// What came back.
#[derive(Debug, Default)]
pub struct Recall {
    /// What is to be written.
    pub changes: Changes,
    /// Stories that were added.
    pub stories: u64,
    /// Entries that were added.
    pub entries: u64,
    /// What was left out, and why.
    pub problems: Vec<String>,
}

/// How much is known besides the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A backup: it knows what was there when it was made.
    Backup,
    /// Nothing: what the outputs do not have may be old.
    Nothing,
}

/// What of the outputs the store lacks, as changes to it.
///
/// # Errors
/// Where the store cannot be read.
pub fn recall(
    view: &View,
    recalled: Recalled,
    config: &Config,
    base: Base,
    now: DateTime<Utc>,
) -> Result<Recall> {
    let known_authority = view.tag_authority()?;
    let Recalled { outputs, stories, problems, shown } = recalled;
    let told = outputs.iter().find_map(|output| authority_of(&output.feed_id));
    let mut recall = Recall { problems, ..Recall::default() };
    if let (Some(known), Some(told)) = (&known_authority, &told)
        && known != told
    {
        recall.problems.push(format!(
            "the outputs were made from another store ({told}, and this one is {known}); nothing of them was taken"
        ));
        return Ok(recall);
    }
    recall.changes.at = Some(now);
    if known_authority.is_none() {
        recall.changes.tag_authority.clone_from(&told);
    }
    let authority = TagAuthority(known_authority.or(told).unwrap_or_default());
    let all = outputs.iter().find(|output| output.directory.is_empty());
    let oldest_entered = all.and_then(|all| all.oldest_entered);
    let newest_entered = view.newest_entered()?;
    for output in outputs {
        if let Some(key) = key_of(&output.directory)
            && view.output(&key)?.is_none()
        {
            let record = OutputRecord { feed_id: output.feed_id, created: output.created };
            recall.changes.outputs.push((key, record));
        }
    }
    let mut writer = Rewriter {
        view,
        config,
        now,
        authority,
        counters: view.counters()?,
        names: HashMap::new(),
        entries_of: BTreeMap::new(),
        newest_of: BTreeMap::new(),
        feeds: BTreeMap::new(),
        taken: HashSet::new(),
        recall,
    };
    for story in stories {
        writer.story(story)?;
    }
    // What of them could not be taken is told now, and not asked for again.
    let place = Place::of(&config.publish.path);
    writer.recall.changes.files.extend(
        shown.map(|file| (place, DOCUMENT.to_owned(), Some(PublishedFile { digest: 0, file }))),
    );
    // Between the newest that the backup knows and the oldest that the outputs show, stories came and
    // left again that nobody tells of any more.
    let gap_until =
        oldest_entered.filter(|oldest| newest_entered.is_none_or(|newest| newest < *oldest));
    writer.finish(base, gap_until)
}

/// The authority in the id of an output of ours.
pub(super) fn authority_of(feed_id: &str) -> Option<String> {
    let (authority, _) = feed_id.strip_prefix("tag:")?.split_once(":output/")?;
    (!authority.is_empty()).then(|| authority.to_owned())
}

/// The output that is published in a directory.
fn key_of(directory: &str) -> Option<OutputKey> {
    if directory.is_empty() {
        return Some(OutputKey::all());
    }
    let (kind, id) = directory.strip_suffix('/')?.split_once('/')?;
    let kind = match kind {
        "tag" => OutputKind::Tag,
        "organisation" => OutputKind::Organisation,
        "language" => OutputKind::Language,
        "output" => OutputKind::Output,
        _ => return None,
    };
    Some(OutputKey { kind, id: id.to_owned() })
}

struct Rewriter<'a> {
    view: &'a View,
    config: &'a Config,
    now: DateTime<Utc>,
    authority: TagAuthority,
    counters: Counters,
    /// Canonical links that stories got in this recall.
    names: HashMap<String, StoryNumber>,
    entries_of: BTreeMap<String, u64>,
    /// For each source the publication date of the newest story that the store lacked.
    newest_of: BTreeMap<String, DateTime<Utc>>,
    feeds: BTreeMap<String, RecalledCredit>,
    /// (source, hash of identity) that are taken by entries of this recall.
    taken: HashSet<(String, u128)>,
    recall: Recall,
}

impl Rewriter<'_> {
    /// Adds a story, unless the store has it.
    fn story(&mut self, recalled: RecalledStory) -> Result<()> {
        let credits: Vec<&RecalledCredit> =
            std::iter::once(&recalled.origin).chain(&recalled.also).collect();
        if self.view.alias(AliasKind::PublishedId, &recalled.id)?.is_some() {
            return Ok(());
        }
        let mut members: Vec<(String, &RecalledCredit)> = Vec::new();
        for credit in credits {
            let Some(source) = self.source_of(credit) else { continue };
            if let Some(hash) = credit.entry
                && self.view.seen_hash(&source, hash)?.is_some_and(|seen| seen.entry.is_some())
            {
                // Its entry is there, in a story of another id.
                continue;
            }
            if members.iter().all(|(other, _)| *other != source) {
                members.push((source, credit));
            }
        }
        if members.is_empty() {
            self.recall.problems.push(format!("{}: its source is not known", recalled.id));
            return Ok(());
        }
        self.counters.next_story = self.counters.next_story.saturating_add(1);
        self.counters.next_sequence = self.counters.next_sequence.saturating_add(1);
        let number = StoryNumber(self.counters.next_story);
        let sequence = self.counters.next_sequence;
        let text = self.text(&recalled);
        let mut story = Story {
            published_id: recalled.id.clone(),
            members: Vec::new(),
            lead: EntryNumber::default(),
            first_seen: recalled.first_seen,
            published: recalled.published,
            updated: recalled.updated,
            updated_moved: None,
            sort_date: recalled.sort_date,
            entered: recalled.entered,
            sequence: Some(sequence),
            revision: 1,
            state: StoryState::Public,
            language: recalled.language.clone(),
            tags: (recalled.tags.iter())
                .map(|tag| Tagged { tag: tag.clone(), reasons: vec![TagReason::Published] })
                .collect(),
            editions: Vec::new(),
        };
        for (source, credit) in members {
            let is_lead = story.members.is_empty();
            let entry = self.entry(&source, credit, number, &recalled, &text, is_lead)?;
            if is_lead {
                story.lead = entry;
            }
            story.members.push(Member {
                entry,
                organisation: self.organisation(&source, credit)?,
                source,
                joined_by: if is_lead { String::new() } else { JOINED_BY.to_owned() },
            });
        }
        let changes = &mut self.recall.changes;
        changes.aliases.push((AliasKind::PublishedId, recalled.id, number));
        changes.wire.push((sequence, number));
        changes.stories.push((number, None, story));
        if !recalled.outputs.is_empty() {
            changes.selected.push((number, recalled.outputs));
        }
        self.recall.stories = self.recall.stories.saturating_add(1);
        Ok(())
    }

    /// The id of the source that a credit names: by itself, or by its feed.
    fn source_of(&self, credit: &RecalledCredit) -> Option<String> {
        if !credit.source.is_empty() {
            return Some(credit.source.clone());
        }
        let is_it = |source: &&Source| {
            (!credit.source_url.is_empty() && source.shown_url() == credit.source_url)
                || self.authority.source(&source.id) == credit.source_feed_id
        };
        let by_feed = self.config.sources.iter().find(is_it);
        // Further publishers are named by their organisation alone.
        let by_name = || {
            let mut named = self.config.sources.iter().filter(|source| {
                !credit.organisation_name.is_empty()
                    && organisation_key(source) == credit.organisation_name
            });
            named.next().filter(|_| named.next().is_none())
        };
        by_feed.or_else(by_name).map(|source| source.id.clone())
    }

    /// Whether a link names no story yet.
    fn is_unnamed(&self, link: &String) -> Result<bool> {
        let is_named = self.names.contains_key(link);
        Ok(!is_named && self.view.alias(AliasKind::Link, link)?.is_none())
    }

    fn entry(
        &mut self,
        source: &str,
        credit: &RecalledCredit,
        story: StoryNumber,
        recalled: &RecalledStory,
        text: &Text,
        is_lead: bool,
    ) -> Result<EntryNumber> {
        self.counters.next_entry = self.counters.next_entry.saturating_add(1);
        let number = EntryNumber(self.counters.next_entry);
        // Without a hash the published id is the guid, unless we made it.
        let guid = || is_lead.then(|| identity_hash(&recalled.id));
        let hash = credit.entry.or_else(guid);
        let link = credit.url.as_deref().and_then(clean::urls::canonical);
        let mut names: Vec<u128> = hash.into_iter().collect();
        let part = credit.url.as_deref().and_then(clean::urls::part);
        names.extend(part.iter().chain(&link).map(|link| identity_hash(link)));
        if is_lead {
            names.push(identity_hash(&words_name(text)));
        }
        for name in names {
            let is_known = self.view.seen_hash(source, name)?.is_some();
            if !is_known && self.taken.insert((source.to_owned(), name)) {
                let seen = Seen { entry: Some(number), last_listed: self.now };
                self.recall.changes.seen.push((source.to_owned(), name, seen));
            }
        }
        // A part of a page may not have the page's name alone.
        let mark = link.as_deref().filter(|_| part.is_some()).map(mark_of);
        let is_unnamed = match &link {
            Some(link) => self.is_unnamed(link)?,
            None => false,
        };
        let mark = mark.filter(|_| is_unnamed);
        for link in link.iter().chain(&part).chain(&mark) {
            if self.is_unnamed(link)? {
                self.names.insert(link.clone(), story);
                self.recall.changes.aliases.push((AliasKind::Link, link.clone(), story));
            }
        }
        let entry = Entry {
            source: source.to_owned(),
            identity: Entry::hashed_identity(
                hash.or(link.as_deref().map(identity_hash)).unwrap_or_default(),
            ),
            story,
            first_seen: recalled.first_seen,
            published: None,
            updated: None,
            url: credit.url.clone(),
            canonical_link: link,
            revision: 1,
            fingerprint: RECALLED,
            repairs: Vec::new(),
        };
        let words = if is_lead {
            text.clone()
        } else {
            Text { title: text.title.clone(), language: text.language.clone(), ..Text::default() }
        };
        self.recall.changes.entries.push((number, entry, Some(words)));
        self.recall.entries = self.recall.entries.saturating_add(1);
        let count = self.entries_of.entry(source.to_owned()).or_default();
        *count = count.saturating_add(1);
        let published = recalled.published.min(recalled.first_seen);
        let newest = self.newest_of.entry(source.to_owned()).or_insert(published);
        *newest = (*newest).max(published);
        self.feeds.entry(source.to_owned()).or_insert_with(|| credit.clone());
        Ok(number)
    }

    /// The words of a story, made safe like those that come in.
    fn text(&self, recalled: &RecalledStory) -> Text {
        let line = |words: &str, most| clean::text::line(words, most);
        let base = recalled.origin.url.as_deref().and_then(|url| Url::parse(url).ok());
        let content_html = clean::html::sanitise(
            &recalled.content_html,
            base.as_ref().unwrap_or(&self.config.site.url),
        );
        let mut summary = line(&recalled.summary, clean::MAX_SUMMARY);
        if summary.is_empty() && !content_html.is_empty() {
            let words = clean::text::from_html(&content_html);
            summary = clean::text::excerpt(&words, clean::EXCERPT);
        }
        let is_tag = |label: &&String| {
            let rule = |tag: &&crate::model::TagRule| {
                recalled.tags.contains(&tag.id) && (tag.name == **label || tag.id == **label)
            };
            self.config.tags.iter().any(|tag| rule(&tag)) || recalled.tags.contains(label)
        };
        Text {
            title: line(&recalled.title, clean::MAX_TITLE),
            summary,
            content_html,
            authors: recalled.authors.clone(),
            categories: recalled.labels.iter().filter(|label| !is_tag(label)).cloned().collect(),
            image: recalled.image.clone(),
            enclosures: recalled.enclosures.clone(),
            language: recalled.language.clone(),
            rights: recalled.rights.clone(),
        }
    }

    /// The id of the organisation of a credit, kept under the name by which feeds.toml knows it.
    fn organisation(&mut self, source: &str, credit: &RecalledCredit) -> Result<String> {
        let configured = self.config.sources.iter().find(|known| known.id == source);
        let key = configured.map_or_else(|| credit.organisation_name.clone(), organisation_key);
        let made = |(name, _): &&(String, String)| *name == key;
        if let Some(id) = self.view.organisation_id(&key)? {
            return Ok(id);
        }
        if let Some((_, id)) = self.recall.changes.organisations.iter().find(made) {
            return Ok(id.clone());
        }
        let described = self.config.organisations.iter().find(|known| known.name == key);
        if let Some(described) = described {
            return Ok(described.id.clone());
        }
        let id = if credit.organisation.is_empty() {
            crate::model::id_from_name(&credit.organisation_name)
        } else {
            credit.organisation.clone()
        };
        self.recall.changes.organisations.push((key, id.clone()));
        Ok(id)
    }

    /// Ends the recall; `gap_until` is until when stories were published that neither the backup nor
    /// the outputs know.
    fn finish(mut self, base: Base, gap_until: Option<DateTime<Utc>>) -> Result<Recall> {
        for (id, entries) in &self.entries_of {
            let mut state = self.view.source(id)?;
            state.entries = state.entries.saturating_add(*entries);
            if base == Base::Nothing {
                self.remember_feed(id, &mut state);
            }
            self.recall.changes.sources.push((id.clone(), state));
        }
        let config = self.config;
        for source in &config.sources {
            // One that was never read is a new one, with a backlog.
            let newest = self.newest_of.remove(&source.id);
            if newest.is_none() && self.view.source(&source.id)?.last_success.is_none() {
                continue;
            }
            if let Some(horizon) = newest.max(gap_until.filter(|_| base == Base::Backup)) {
                self.recall.changes.horizons.push((source.id.clone(), Some(horizon)));
            }
        }
        for (id, newest) in self.newest_of {
            self.recall.changes.horizons.push((id, Some(newest)));
        }
        self.recall.changes.counters = Some(self.counters);
        Ok(self.recall)
    }

    /// What the outputs showed of a feed, so that they show it again before it is read.
    fn remember_feed(&self, id: &str, state: &mut SourceState) {
        let Some(credit) = self.feeds.get(id) else { return };
        let configured = self.config.sources.iter().find(|source| source.id == id);
        state.title =
            Some(credit.source_name.clone()).filter(|name| !name.is_empty() && name != id);
        state.site.clone_from(&credit.source_site);
        state.rights.clone_from(&credit.source_rights);
        // What stands for a feed that has no id of its own is none.
        let stands_in = credit.source_feed_id == credit.source_url
            || self.authority.is_ours(&credit.source_feed_id);
        state.feed_id =
            Some(credit.source_feed_id.clone()).filter(|id| !stands_in && !id.is_empty());
        if let Some(source) = configured {
            state.reading = source.reading();
            // When it was asked last is not known; it is not asked again at once.
            let least = source.min_interval.unwrap_or(self.config.schedule.min_interval);
            let least = TimeDelta::from_std(least).unwrap_or_default();
            state.last_poll = Some(self.now);
            state.due = self.now.checked_add_signed(least);
        }
    }
}
