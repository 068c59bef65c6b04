//! `list`: the stories that are out, newest first; or those that are kept back.

mod choice;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, time};
use crate::config::Config;
use crate::model::{Enclosure, OutputKey, OutputKind, PublicStory, Story, StoryNumber, StoryState};
use crate::round::Gatherer;
use crate::store::{self, View};
use crate::tag::Folded;
use choice::Choice;

/// Which stories are asked for; every part narrows the choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Id of a tag.
    pub tag: Option<String>,
    /// Id of a source, leading or not.
    pub source: Option<String>,
    /// Id or name of an organisation, leading or not.
    pub organisation: Option<String>,
    /// Primary subtag.
    pub language: Option<String>,
    /// Published since then.
    pub since: Option<DateTime<Utc>>,
    /// Words that occur in title, summary or text.
    pub search: Option<String>,
    /// Those that an editor has hidden, or `include` and `exclude` of their sources keep back, instead of
    /// those that are out.
    #[serde(default)]
    pub hidden: bool,
    /// Most stories; 0 for all.
    pub limit: usize,
}

/// A story; serialises to a line of `list --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Published id.
    pub id: String,
    /// Short number.
    pub number: u64,
    /// The partner's permalink.
    pub url: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Sanitised HTML.
    pub content_html: String,
    /// Primary subtag; `None` where unknown.
    pub language: Option<String>,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: String,
    /// Date of the newest substantive change.
    pub updated: String,
    /// Time of first sight.
    pub first_seen: String,
    /// Id of the source that leads.
    pub source: String,
    /// Name of the organisation that leads.
    pub organisation: String,
    /// Who published it as well.
    pub also: Vec<Also>,
    /// Translations.
    pub editions: Vec<Edition>,
    /// Ids of its tags.
    pub tags: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Rights or licence.
    pub rights: Option<String>,
    /// Why it is not out, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_back: Option<KeptBack>,
}

/// Why a story is not out, though it could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeptBack {
    /// An editor has hidden it.
    Hidden,
    /// Its sources exclude it.
    Excluded,
}

impl KeptBack {
    fn of(state: StoryState) -> Option<Self> {
        match state {
            StoryState::Hidden => Some(Self::Hidden),
            StoryState::Excluded => Some(Self::Excluded),
            _ => None,
        }
    }
}

/// A further publication of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// Id of the source.
    pub source: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Permalink there.
    pub url: Option<String>,
}

/// A translation of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Primary subtag.
    pub language: String,
    /// Permalink.
    pub url: Option<String>,
    /// Published id.
    pub id: String,
}

impl From<PublicStory> for Line {
    fn from(story: PublicStory) -> Self {
        Self {
            number: story.number.0,
            id: story.id,
            url: story.url,
            title: story.title,
            summary: story.summary,
            content_html: story.content_html,
            language: Some(story.language).filter(|language| !language.is_empty()),
            authors: story.authors,
            published: time(story.published),
            updated: time(story.updated),
            first_seen: time(story.first_seen),
            source: story.origin.source,
            organisation: story.origin.organisation_name,
            also: story
                .also
                .into_iter()
                .map(|credit| Also {
                    source: credit.source,
                    organisation: credit.organisation_name,
                    url: credit.url,
                })
                .collect(),
            editions: story
                .editions
                .into_iter()
                .map(|edition| Edition {
                    language: edition.language,
                    url: edition.url,
                    id: edition.id,
                })
                .collect(),
            tags: story.tags.into_iter().map(|(id, _)| id).collect(),
            image: story.image,
            enclosures: story.enclosures,
            rights: story.rights,
            kept_back: None,
        }
    }
}

impl Request {
    /// Whether anything but their number narrows the choice.
    pub fn is_narrowed(&self) -> bool {
        let Self { tag, source, organisation, language, since, search, hidden, limit: _ } = self;
        let words = [tag, source, organisation, language, search];
        words.iter().any(|word| word.is_some()) || since.is_some() || *hidden
    }
}

/// The stories that there are where there is no store yet.
///
/// # Errors
/// [`CommandError::Usage`] where what was asked for is not in feeds.toml.
pub fn without_store(request: &Request, config: &Config) -> Result<Vec<Line>, CommandError> {
    Choice::new(request, config, None).map(|_| Vec::new())
}

/// Lists.
///
/// # Errors
/// [`CommandError::Usage`] where there is nothing of a name that was asked for, and where the store
/// cannot be read.
pub fn run(request: &Request, hold: &Hold, config: &Config) -> Result<Vec<Line>, CommandError> {
    let store = hold.store.reading();
    let gatherer = Gatherer::new(&store, config)?;
    let choice = Choice::new(request, config, Some((&store, &gatherer)))?;
    // Folded text has a space before every word, so this finds words by their beginning.
    let words =
        request.search.as_deref().map(|search| Folded::of(search).as_str().trim_end().to_owned());
    // The narrowest of the outputs is walked; the rest is filtered.
    let key = choice.key.clone().unwrap_or_else(OutputKey::all);
    let most = if request.limit == 0 { usize::MAX } else { request.limit };
    let mut found = Vec::new();
    for number in numbers(request.hidden, &key, &store) {
        let number = number?;
        let story = store.story(number)?;
        let kept_back = KeptBack::of(story.state);
        let is_wanted = request.since.is_none_or(|since| story.published >= since)
            && choice.language.as_ref().is_none_or(|language| story.language == *language)
            && choice.sources.as_ref().is_none_or(|sources| {
                story.members.iter().any(|member| sources.contains(&member.source))
            })
            && choice.organisations.as_ref().is_none_or(|organisations| {
                story.members.iter().any(|member| organisations.contains(&member.organisation))
            });
        if !is_wanted {
            continue;
        }
        let story = gatherer.story(number, &story)?;
        let is_found = words.as_ref().is_none_or(|words| {
            [&story.title, &story.summary, &crate::clean::text::from_html(&story.content_html)]
                .iter()
                .any(|text| Folded::of(text).as_str().contains(words.as_str()))
        });
        if is_found {
            found.push((story, kept_back));
        }
        if found.len() >= most {
            break;
        }
    }
    found.sort_by(|(a, _), (b, _)| b.sort_date.cmp(&a.sort_date).then_with(|| a.id.cmp(&b.id)));
    let line = |(story, kept_back)| Line { kept_back, ..Line::from(story) };
    Ok(found.into_iter().map(line).collect())
}

/// The stories of an output, or those that would be in it if they were not kept back; newest first.
fn numbers<'a>(
    hidden: bool,
    key: &'a OutputKey,
    store: &'a View,
) -> Box<dyn Iterator<Item = store::Result<StoryNumber>> + 'a> {
    if !hidden {
        return Box::new(store.members(key));
    }
    let is_in = |story: &Story| match key.kind {
        OutputKind::Tag => story.tags.iter().any(|tagged| tagged.tag == key.id),
        _ => true,
    };
    Box::new(store.stories().rev().filter_map(move |found| match found {
        Ok((number, story)) => {
            (KeptBack::of(story.state).is_some() && is_in(&story)).then_some(Ok(number))
        }
        Err(error) => Some(Err(error)),
    }))
}
