//! `index.html`: the newest stories of an output, for people, with links to every other output.
//!
//! No script, no pages of single stories: a title leads to the partner's own page. Links between
//! our own pages are relative and name the file, so that they work below any path and from disk.

use serde::Serialize;
use url::Url;

use crate::model::{Credit, Enclosure, Formats, OutputKey, OutputKind, PublicStory};

use super::document::{self, Document};
use super::words::{Date, Words};
use super::{Navigation, Profile, RenderError, Rendered, about, address, language, safe, template};

/// What a `meta` element can carry of [`super::CONTENT_SECURITY_POLICY`]: all but
/// `frame-ancestors`.
pub(super) const META_POLICY: &str = "default-src 'none'; img-src 'self' https:; media-src https:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

#[derive(Serialize)]
struct Page<'a> {
    words: &'static Words,
    language: &'static str,
    direction: &'static str,
    policy: &'static str,
    title: String,
    description: Option<String>,
    tagline: Option<String>,
    generator: String,
    root: String,
    home: String,
    canonical: String,
    site_title: &'a str,
    is_all: bool,
    kind: &'static str,
    name: &'a str,
    name_language: Option<&'a str>,
    name_direction: &'static str,
    latest: Option<Date>,
    profile: Option<Speaker>,
    feeds: Vec<Feed>,
    stories: Vec<Story<'a>>,
    groups: Vec<Group>,
}

/// Who speaks on the page of an organisation.
#[derive(Serialize)]
struct Speaker {
    site: Option<String>,
    site_shown: String,
    logo: Option<String>,
    sources: Vec<about::Source>,
    contact: Option<about::Contact>,
}

fn speaker(profile: &Profile, document: &Document<'_>, root: &str) -> Speaker {
    let site = profile.site.as_deref().and_then(safe::web_url);
    let shown = site.as_deref().and_then(|site| Url::parse(site).ok());
    Speaker {
        site_shown: shown
            .and_then(|site| site.host_str().map(|host| host.trim_start_matches("www.").to_owned()))
            .unwrap_or_default(),
        site,
        logo: profile.logo.as_ref().map(|path| format!("{root}{path}")),
        sources: profile.sources.iter().map(about::source).collect(),
        contact: document.site.contact.as_deref().and_then(about::contact),
    }
}

#[derive(Serialize)]
pub(super) struct Feed {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) href: &'static str,
}

/// The feeds that an output has, in the order in which they are offered.
pub(super) fn feeds(formats: Formats) -> Vec<Feed> {
    let feeds = [
        (formats.atom, "Atom", "application/atom+xml", address::ATOM),
        (formats.rss, "RSS", "application/rss+xml", address::RSS),
        (formats.json, "JSON Feed", "application/feed+json", address::JSON),
    ];
    let written = feeds.into_iter().filter(|(is_written, ..)| *is_written);
    written.map(|(_, name, media_type, href)| Feed { name, media_type, href }).collect()
}

#[derive(Serialize)]
struct Group {
    label: &'static str,
    links: Vec<Link>,
    /// The page that lists all of them, where this one does not.
    more: Option<String>,
}

#[derive(Serialize)]
struct Link {
    name: String,
    href: String,
    current: bool,
    language: Option<String>,
    /// The feed that it leads to, where the output has no page.
    feed: Option<Feed>,
}

#[derive(Serialize)]
struct Story<'a> {
    title: &'a str,
    url: Option<&'a str>,
    summary: &'a str,
    language: &'a str,
    direction: &'static str,
    language_name: Option<&'a str>,
    language_href: Option<String>,
    published: Date,
    image: Option<&'a str>,
    organisation: Named<'a>,
    source: Option<Named<'a>>,
    authors: Vec<&'a str>,
    tags: Vec<Named<'a>>,
    enclosures: Vec<File<'a>>,
    editions: Vec<Edition<'a>>,
    also: Vec<Named<'a>>,
    rights: Option<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    href: Option<String>,
    /// Whether the link leaves our own pages.
    foreign: bool,
}

#[derive(Serialize)]
struct File<'a> {
    url: &'a str,
    label: &'static str,
    size: Option<String>,
}

#[derive(Serialize)]
struct Edition<'a> {
    url: &'a str,
    language: &'a str,
    name: &'a str,
}

/// The document `index.html` of an output.
pub(super) fn render(
    document: &Document<'_>,
    navigation: &Navigation,
) -> Result<Rendered, RenderError> {
    let words = Words::of(&document.site.language);
    let root = address::to_root(&document.directory);
    let own = Own { root, navigation, site: &document.site.url };
    let key = &document.output.key;
    let is_all = key.kind == OutputKind::All;
    let name_language = (key.kind == OutputKind::Language).then_some(document.language.as_str());
    let tagline = document.site.description.as_deref().map(safe::line);
    let page = Page {
        words,
        language: words.language,
        direction: language::direction(words.language),
        policy: META_POLICY,
        title: document.feed_title(),
        description: Some(document.description()),
        tagline: tagline.filter(|tagline| !tagline.is_empty()),
        generator: format!("{} {}", super::PROGRAM, super::VERSION),
        home: format!("{}{}", own.root, address::PAGE),
        canonical: document.page_address(),
        site_title: &document.site_title,
        is_all,
        kind: match key.kind {
            OutputKind::All => "",
            OutputKind::Tag => words.topic,
            OutputKind::Organisation => words.organisation,
            OutputKind::Language => words.in_language,
            OutputKind::Output => words.selection,
        },
        name: &document.name,
        name_language,
        name_direction: name_language.map_or("ltr", language::direction),
        latest: document.stories.iter().map(|story| story.published).max().map(|t| words.date(t)),
        profile: document.output.profile.as_ref().map(|one| speaker(one, document, &own.root)),
        feeds: feeds(document.output.formats),
        stories: document.stories.iter().map(|story| view(story, words, &own)).collect(),
        groups: groups(words, &own, key)?,
        root: own.root.clone(),
    };
    let bytes = template::fill("index.html", page)?;
    Ok(Rendered { path: document.path(address::PAGE), bytes })
}

/// Our own pages, seen from the one that is being made.
struct Own<'a> {
    root: String,
    navigation: &'a Navigation,
    site: &'a Url,
}

impl Own<'_> {
    /// Whether the page's policy lets a picture through: `img-src 'self' https:`.
    fn shows(&self, picture: &str) -> bool {
        picture.starts_with("https:")
            || Url::parse(picture).is_ok_and(|picture| picture.origin() == self.site.origin())
    }

    /// The page of an output, if there is that output.
    fn page(&self, kind: OutputKind, id: &str) -> Option<String> {
        let key = OutputKey { kind, id: id.to_owned() };
        if !self.navigation.has_page(&key) {
            return None;
        }
        Some(self.page_at(&address::directory(&key).ok()?))
    }

    fn page_at(&self, directory: &str) -> String {
        format!("{}{directory}{}", self.root, address::PAGE)
    }
}

fn groups(
    words: &'static Words,
    own: &Own<'_>,
    current: &OutputKey,
) -> Result<Vec<Group>, RenderError> {
    let kinds = [
        (OutputKind::Output, words.selections),
        (OutputKind::Tag, words.topics),
        (OutputKind::Organisation, words.organisations),
        (OutputKind::Language, words.languages),
    ];
    let mut groups = Vec::new();
    for (kind, label) in kinds {
        let mut links = Vec::new();
        let (listed, is_short) = own.navigation.listed(kind, current);
        for output in listed {
            let spoken = (kind == OutputKind::Language).then(|| safe::language_tag(&output.key.id));
            let directory = address::directory(&output.key)?;
            let feed = feeds(output.formats).into_iter().next().filter(|_| !output.formats.html);
            links.push(Link {
                name: document::name("", &output.key, &output.title),
                href: match &feed {
                    Some(feed) => format!("{}{directory}{}", own.root, feed.href),
                    None => own.page_at(&directory),
                },
                feed,
                current: output.key == *current,
                language: spoken.filter(|tag| !tag.is_empty()),
            });
        }
        let more = is_short.then(|| format!("{}{}#filters", own.root, address::PAGE));
        if !links.is_empty() || is_short {
            groups.push(Group { label, links, more });
        }
    }
    Ok(groups)
}

fn view<'a>(story: &'a PublicStory, words: &'static Words, own: &Own<'_>) -> Story<'a> {
    let origin = &story.origin;
    let spoken = Some(story.language.as_str()).filter(|tag| !tag.is_empty());
    let is_organisation = |author: &&str| **author != *origin.organisation_name;
    Story {
        title: &story.title,
        url: story.url.as_deref(),
        summary: &story.summary,
        language: &story.language,
        // Of an unknown language the letters tell.
        direction: match story.language.as_str() {
            "" => "auto",
            tag => language::direction(tag),
        },
        language_name: spoken.map(language::name),
        language_href: spoken.and_then(|tag| own.page(OutputKind::Language, tag)),
        published: words.date(story.published),
        image: story.image.as_deref().filter(|image| own.shows(image)),
        organisation: organisation(origin, own),
        source: (origin.source_name != origin.organisation_name).then(|| Named {
            name: &origin.source_name,
            href: origin.source_site.clone(),
            foreign: true,
        }),
        authors: story.authors.iter().map(String::as_str).filter(is_organisation).collect(),
        tags: story
            .tags
            .iter()
            .map(|(id, name)| Named { name, href: own.page(OutputKind::Tag, id), foreign: false })
            .collect(),
        enclosures: story
            .enclosures
            .iter()
            .filter(|file| Some(&file.url) != story.image.as_ref())
            .map(|enclosure| file(enclosure, words))
            .collect(),
        editions: story
            .editions
            .iter()
            .filter_map(|edition| {
                let tag = edition.language.as_str();
                Some(Edition {
                    url: edition.url.as_deref()?,
                    language: tag,
                    name: language::name(tag),
                })
            })
            .collect(),
        also: story
            .also
            .iter()
            .map(|credit| Named {
                name: &credit.organisation_name,
                href: credit.url.clone().or_else(|| credit.organisation_site.clone()),
                foreign: true,
            })
            .collect(),
        rights: story.rights.as_deref().or(origin.source_rights.as_deref()),
    }
}

/// The organisation's own site; where we know none, its page on the wire.
fn organisation<'a>(origin: &'a Credit, own: &Own<'_>) -> Named<'a> {
    let site = origin.organisation_site.clone().or_else(|| origin.source_site.clone());
    let foreign = site.is_some();
    let href = site.or_else(|| own.page(OutputKind::Organisation, &origin.organisation));
    Named { name: &origin.organisation_name, href, foreign }
}

fn file<'a>(enclosure: &'a Enclosure, words: &'static Words) -> File<'a> {
    let label = match enclosure.media_type.split('/').next() {
        Some("audio") => words.audio,
        Some("video") => words.video,
        Some("image") => words.picture,
        _ => words.file,
    };
    File { url: &enclosure.url, label, size: size(enclosure.length) }
}

/// A size in the unit that a person would use; `None` where it is unknown.
fn size(bytes: u64) -> Option<String> {
    match bytes {
        0 => None,
        1..1_000_000 => Some(format!("{} kB", bytes.div_ceil(1_000))),
        _ => Some(format!("{} MB", bytes.div_ceil(1_000_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_pages_is_that_of_headers_but_for_frames() {
        assert_eq!(
            format!("{META_POLICY}; frame-ancestors 'none'"),
            super::super::CONTENT_SECURITY_POLICY
        );
    }

    #[test]
    fn sizes_are_in_the_unit_that_a_person_would_use() {
        assert_eq!(size(0), None);
        assert_eq!(size(1).unwrap(), "1 kB");
        assert_eq!(size(24_986_239).unwrap(), "25 MB");
    }
}
