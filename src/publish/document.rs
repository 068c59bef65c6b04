//! What every format of an output is made from: the stories as they may be shown, and the words
//! and addresses around them.

use std::cmp::Reverse;

use chrono::{DateTime, SubsecRound, Utc};

use crate::model::{OutputKey, OutputKind, PublicStory, pieces_of_html};

use super::{
    Output, RenderError, Rendered, Settings, Site, address, atom, json, language, rss, safe,
};

/// One output, ready to be written in any format.
pub(super) struct Document<'a> {
    /// The wire that it belongs to.
    pub(super) site: &'a Site,
    /// What it selects, its id, when it was made.
    pub(super) output: &'a Output,
    /// Its own name: the site's title for `all`.
    pub(super) name: String,
    /// The site's title, as text.
    pub(super) site_title: String,
    /// Its language: the site's, or that of a language output.
    pub(super) language: String,
    /// Its directory below `public/`.
    pub(super) directory: String,
    /// Its stories, safe and in order.
    pub(super) stories: Vec<PublicStory>,
}

impl<'a> Document<'a> {
    /// Makes the stories of an output safe to show.
    pub(super) fn new(
        site: &'a Site,
        settings: &Settings,
        output: &'a Output,
    ) -> Result<Self, RenderError> {
        let site_title = safe::line(&site.title);
        let OutputKey { kind, id } = &output.key;
        let name = name(&site_title, &output.key, &output.title);
        Ok(Self {
            site,
            output,
            name,
            site_title,
            language: match *kind {
                OutputKind::Language => safe::language_tag(id),
                _ => safe::language_tag(&site.language),
            },
            directory: address::directory(&output.key)?,
            stories: output
                .stories
                .iter()
                .map(|story| safe::story(story, &site.url, settings.images))
                .collect(),
        })
    }

    /// The title of its feeds.
    pub(super) fn feed_title(&self) -> String {
        feed_title(&self.site_title, &self.output.key, &self.name)
    }

    /// What the wire is, in a sentence; its title where nobody said more.
    pub(super) fn description(&self) -> String {
        self.site
            .description
            .as_deref()
            .map(safe::line)
            .filter(|description| !description.is_empty())
            .unwrap_or_else(|| self.feed_title())
    }

    /// Who edits it.
    pub(super) fn editor(&self) -> String {
        self.site
            .editor
            .as_deref()
            .map(safe::line)
            .filter(|editor| !editor.is_empty())
            .unwrap_or_else(|| self.site_title.clone())
    }

    /// Path of one of its files below `public/`.
    pub(super) fn path(&self, file: &str) -> String {
        format!("{}{file}", self.directory)
    }

    /// Absolute URL of one of its files.
    pub(super) fn address(&self, file: &str) -> String {
        address::absolute(self.site, &self.path(file))
    }

    /// Absolute URL of its page, without the file name; that of the wire where it has none.
    pub(super) fn page_address(&self) -> String {
        let has_page = self.output.formats.html;
        address::absolute(self.site, if has_page { &self.directory } else { "" })
    }

    /// Absolute URL of the about page.
    pub(super) fn about_address(&self) -> String {
        address::absolute(self.site, address::ABOUT)
    }

    /// The vocabulary that our tags belong to.
    pub(super) fn tag_scheme(&self) -> String {
        address::absolute(self.site, "tag/")
    }

    /// The newest change in it; never the time of the run.
    pub(super) fn updated(&self) -> DateTime<Utc> {
        let newest = self.stories.iter().map(|story| story.updated.max(story.entered)).max();
        seconds(newest.unwrap_or(self.output.created))
    }

    /// Leaves only those `count` stories that entered last; the order stays.
    pub(super) fn keep_newest(&mut self, count: usize) {
        let rank = |story: &PublicStory| {
            (Reverse(story.entered), Reverse(story.sort_date), story.id.clone())
        };
        let mut ranks: Vec<_> = self.stories.iter().map(rank).collect();
        ranks.sort();
        ranks.truncate(count);
        self.stories.retain(|story| ranks.binary_search(&rank(story)).is_ok());
    }
}

/// What an output is called: the site's title for `all`, else the title that it was given, or what
/// we would call it where it was given none.
pub(super) fn name(site_title: &str, key: &OutputKey, title: &str) -> String {
    let title = safe::line(title);
    match key.kind {
        OutputKind::All => site_title.to_owned(),
        _ if !title.is_empty() => title,
        OutputKind::Language => language::name(&key.id).to_owned(),
        OutputKind::Tag | OutputKind::Organisation | OutputKind::Output => key.id.clone(),
    }
}

/// The title of an output's feeds: with the site's, so that it can be told apart in a feed reader.
pub(super) fn feed_title(site_title: &str, key: &OutputKey, name: &str) -> String {
    match key.kind {
        OutputKind::All => name.to_owned(),
        _ => format!("{site_title}: {name}"),
    }
}

/// Whether the excerpt says all that the content says, so that a feed need not say it twice.
pub(super) fn is_repeated(story: &PublicStory) -> bool {
    let mut summary = story.summary.chars().filter(|c| !c.is_whitespace());
    for piece in pieces_of_html(&story.content_html) {
        for letter in piece.chars().filter(|c| !c.is_whitespace()) {
            if summary.next() != Some(letter) {
                return false;
            }
        }
    }
    !story.summary.is_empty() && summary.next().is_none()
}

/// A time in whole seconds: fractions are legal everywhere, and needless.
pub(super) fn seconds(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(0)
}

/// The feed documents, of those formats that the output has.
pub(super) fn feeds(document: &Document<'_>) -> Result<Vec<Rendered>, RenderError> {
    let formats = document.output.formats;
    let mut feeds = Vec::new();
    if formats.rss {
        feeds.push(rss::render(document)?);
    }
    if formats.atom {
        feeds.push(atom::render(document)?);
    }
    if formats.json {
        feeds.push(json::render(document)?);
    }
    Ok(feeds)
}

/// How many stories to try where one of the documents is too large; `None` where none is, or only
/// one story is left.
pub(super) fn fewer(feeds: &[Rendered], stories: usize, most: usize) -> Option<usize> {
    let largest = feeds.iter().map(|feed| feed.bytes.len()).max().unwrap_or_default();
    if largest <= most || stories <= 1 {
        return None;
    }
    let fitting = stories.saturating_mul(most).checked_div(largest).unwrap_or(1);
    Some(fitting.clamp(1, stories.saturating_sub(1)))
}
