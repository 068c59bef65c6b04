//! From what the store keeps to what outputs show: words, names, credits.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3Default;

use super::departed::Departed;
use crate::config::Config;
use crate::model::{
    Credit, Edition, Member, PublicStory, Republish, Source, SourceState, Story, StoryNumber, Text,
};
use crate::poll::{kept_organisation, organisation_key, organisation_today};
use crate::store::{Result, View};
use crate::story::{TagAuthority, is_absolute_iri};
use crate::tag::Selector;

/// Gathers stories as outputs show them.
pub struct Gatherer<'a> {
    store: &'a View,
    sources: HashMap<&'a str, &'a Source>,
    tags: HashMap<&'a str, &'a str>,
    organisations: HashMap<String, Shown>,
    organisation_of: HashMap<&'a str, String>,
    sources_of: HashMap<String, Vec<&'a Source>>,
    selector: Selector,
    departed: Departed,
    authority: TagAuthority,
    digest: u128,
}

/// An organisation as it is shown.
#[derive(Debug, Clone, Default)]
struct Shown {
    name: String,
    site: Option<String>,
}

impl<'a> Gatherer<'a> {
    /// Reads what is known of the sources and organisations of feeds.toml.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn new(store: &'a View, config: &'a Config) -> Result<Self> {
        let departed = Departed::of(store, config)?;
        let mut organisations = HashMap::new();
        for described in &config.organisations {
            let shown = Shown {
                name: described.name.clone(),
                site: described.site.as_ref().map(ToString::to_string),
            };
            organisations.insert(described.id.clone(), shown);
        }
        let mut organisation_of = HashMap::new();
        let mut sources_of: HashMap<String, Vec<&Source>> = HashMap::new();
        let mut context = Xxh3Default::new();
        for source in &config.sources {
            let state = store.source(&source.id)?;
            context.update(format!("{:?}", shown_of(source, &state)).as_bytes());
            let key = organisation_key(source);
            let described = config.organisations.iter().find(|described| described.name == key);
            let Some(id) = (match described {
                Some(described) => Some(described.id.clone()),
                None => kept_organisation(store, source)?
                    .map(|id| organisation_today(&config.organisations, id)),
            }) else {
                continue;
            };
            organisation_of.insert(source.id.as_str(), id.clone());
            sources_of.entry(id.clone()).or_default().push(source);
            let named = source.organisation.clone().or_else(|| source.name.clone());
            let shown = organisations.entry(id).or_insert_with(|| Shown {
                name: named.or_else(|| state.title.clone()).unwrap_or(source.id.clone()),
                site: None,
            });
            if shown.site.is_none() {
                shown.site = source.site.as_ref().map(ToString::to_string).or(state.site);
            }
        }
        let mut shown: Vec<(&String, &Shown)> = organisations.iter().collect();
        shown.sort_by_key(|(id, _)| *id);
        let names: Vec<(&str, &str)> =
            config.tags.iter().map(|tag| (tag.id.as_str(), tag.name.as_str())).collect();
        context.update(format!("{shown:?}{names:?}").as_bytes());
        Ok(Self {
            store,
            sources: config.sources.iter().map(|source| (source.id.as_str(), source)).collect(),
            tags: config.tags.iter().map(|tag| (tag.id.as_str(), tag.name.as_str())).collect(),
            organisations,
            organisation_of,
            sources_of,
            selector: departed.selector(&[], &config.sources),
            departed,
            digest: context.digest128(),
            authority: TagAuthority(store.tag_authority()?.unwrap_or_default()),
        })
    }

    /// The shown name of an organisation.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn organisation_name(&self, id: &str) -> Result<String> {
        if let Some(shown) = self.organisations.get(id) {
            return Ok(shown.name.clone());
        }
        // Its sources are no longer in feeds.toml; its stories stay.
        let Some(key) = self.store.organisation_name(id)? else { return Ok(id.to_owned()) };
        // It is called like its only source, which may have no name but that of its feed.
        let Some(source) = key.strip_prefix("source ") else { return Ok(key) };
        let named = self.departed.terms(source).and_then(|terms| terms.name.clone());
        let named = named.or(self.store.source(source)?.title);
        Ok(named.unwrap_or_else(|| id.to_owned()))
    }

    /// The web site of an organisation, where one is known.
    pub fn organisation_site(&self, id: &str) -> Option<String> {
        self.organisations.get(id).and_then(|shown| shown.site.clone())
    }

    /// A hash of everything that is shown with stories and has no revision of its own: names,
    /// sites and rights of sources, organisations and tags, and how much is republished.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// The id of the organisation that a source of feeds.toml speaks for, where it has one yet.
    pub fn organisation_of(&self, source: &str) -> Option<&str> {
        self.organisation_of.get(source).map(String::as_str)
    }

    /// The sources of feeds.toml that speak for an organisation, in their order.
    pub fn sources_of(&self, organisation: &str) -> &[&'a Source] {
        self.sources_of.get(organisation).map(Vec::as_slice).unwrap_or_default()
    }

    /// Names of the organisations of feeds.toml by id, in lower case.
    pub fn organisations(&self) -> HashMap<String, String> {
        let name = |(id, shown): (&String, &Shown)| (id.clone(), shown.name.to_lowercase());
        self.organisations.iter().map(name).collect()
    }

    /// A story as outputs show it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn story(&self, number: StoryNumber, story: &Story) -> Result<PublicStory> {
        self.story_with(number, story, Republish::Full)
    }

    /// A story as an output shows it that shows at most so much of it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn story_with(
        &self,
        number: StoryNumber,
        story: &Story,
        most: Republish,
    ) -> Result<PublicStory> {
        let lead_member = story
            .members
            .iter()
            .find(|member| member.entry == story.lead)
            .or_else(|| story.members.first());
        let lead = self.store.entry(story.lead)?;
        let text = self.store.text(story.lead, lead.revision)?;
        let source = self.sources.get(lead.source.as_str()).copied();
        let departed = self.departed.terms(&lead.source);
        let allowed = match (source, departed) {
            (Some(source), _) => source.republish,
            (None, Some(terms)) => terms.republish,
            (None, None) => Republish::default(),
        };
        let text = cut_down(text, allowed.min(most));
        let mut also = Vec::new();
        for member in &story.members {
            if member.entry != story.lead && self.is_published(member)? {
                also.push(self.credit(member)?);
            }
        }
        let origin = match lead_member {
            Some(member) => self.credit(member)?,
            None => return Err(self.store.missing("the members of story", number.0)),
        };
        // A source under another id than it had is nobody else.
        let is_there = |credit: &Credit| self.sources.contains_key(credit.source.as_str());
        also.retain(|credit| {
            credit.organisation_name != origin.organisation_name
                || is_there(credit) && is_there(&origin)
        });
        let mut editions = Vec::new();
        for edition in &story.editions {
            let other = self.store.story(*edition)?;
            if other.is_public() {
                let entry = self.store.entry(other.lead)?;
                let id = other.published_id;
                editions.push(Edition { language: other.language, url: entry.url, id });
            }
        }
        let tags = story
            .tags
            .iter()
            .map(|tagged| {
                let name = self.tags.get(tagged.tag.as_str()).copied();
                (tagged.tag.clone(), name.unwrap_or(&tagged.tag).to_owned())
            })
            .collect();
        Ok(PublicStory {
            number,
            revision: story.revision,
            id: story.published_id.clone(),
            url: lead.url,
            title: text.title,
            summary: text.summary,
            content_html: text.content_html,
            language: story.language.clone(),
            authors: text.authors,
            published: story.published,
            updated: story.updated,
            first_seen: story.first_seen,
            sort_date: story.sort_date,
            entered: story.entered,
            origin,
            also,
            editions,
            tags,
            categories: text.categories,
            image: text.image,
            enclosures: text.enclosures,
            rights: source
                .and_then(|source| source.rights.clone())
                .or_else(|| departed.and_then(|terms| terms.rights.clone()))
                .or(text.rights),
        })
    }

    /// Whether the source of an entry publishes it; the others of its story may be out all the same.
    fn is_published(&self, member: &Member) -> Result<bool> {
        if !self.selector.filters(&member.source) {
            return Ok(true);
        }
        let entry = self.store.entry(member.entry)?;
        let text = self.store.text(member.entry, entry.revision)?;
        Ok(!self.selector.excludes(&member.source, &text, text.is_partial(&entry)))
    }

    fn credit(&self, member: &Member) -> Result<Credit> {
        let state = self.store.source(&member.source)?;
        let source = self.sources.get(member.source.as_str()).copied();
        let organisation = self.organisations.get(&member.organisation);
        let is_web =
            source.is_some_and(|source| matches!(source.location, crate::model::Location::Web(_)));
        let source_url = source.filter(|_| is_web).map(Source::shown_url).unwrap_or_default();
        let source_feed_id = match (state.feed_id.filter(|id| is_absolute_iri(id)), source) {
            (Some(id), _) => id,
            // An RSS feed is known by its address, where that may be shown whole.
            (None, Some(source))
                if is_web
                    && source_url == source.url_as_written
                    && state.reading == source.reading()
                    && !source_url.contains('{') =>
            {
                source_url.clone()
            }
            (None, _) => self.authority.source(&member.source),
        };
        let source_site =
            source.and_then(|source| source.site.as_ref().map(ToString::to_string)).or(state.site);
        let source_name = source
            .and_then(|source| source.name.clone())
            .or_else(|| self.departed.terms(&member.source)?.name.clone())
            .or(state.title)
            .unwrap_or_else(|| member.source.clone());
        let entry = self.store.entry(member.entry)?;
        Ok(Credit {
            source: member.source.clone(),
            source_name,
            source_feed_id,
            source_url,
            source_site: source_site.clone(),
            source_rights: state.rights,
            organisation: member.organisation.clone(),
            organisation_name: self.organisation_name(&member.organisation)?,
            organisation_site: organisation.and_then(|shown| shown.site.clone()).or(source_site),
            entry: entry.identity_hash(),
            url: entry.url,
        })
    }
}

/// What is shown of a source, wherever it comes from.
fn shown_of<'a>(source: &'a Source, state: &'a SourceState) -> impl std::fmt::Debug + 'a {
    (
        (&source.id, &source.name, &source.organisation, &source.site, source.shown_url()),
        (&source.rights, source.republish, organisation_key(source)),
        (&source.include, &source.exclude),
        (&state.reading, &state.title, &state.site, &state.feed_id, &state.rights),
    )
}

/// Leaves of a text what its source lets be republished.
fn cut_down(mut text: Text, republish: Republish) -> Text {
    match republish {
        Republish::Full => {}
        Republish::Excerpt => {
            text.content_html.clear();
            text.enclosures.clear();
        }
        Republish::Link => {
            text.content_html.clear();
            text.summary.clear();
            text.image = None;
            text.enclosures.clear();
        }
    }
    text
}
