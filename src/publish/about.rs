//! `about.html`: what the wire is, who edits it, how to have something removed, and whom it reads.
//!
//! Requests to sources point here, so that whoever runs a server that we ask finds out who asks,
//! how often, and how to make us stop. Its words are English in every wire.

use std::time::Duration;

use serde::Serialize;
use url::Url;

use crate::model::{Kind, Republish};

use super::words::Words;
use super::{
    Navigation, RenderError, Rendered, Site, SourceLink, address, document, language, page, safe,
    template, user_agent,
};

#[derive(Serialize)]
struct About {
    words: &'static Words,
    policy: &'static str,
    title: String,
    description: String,
    tagline: Option<String>,
    generator: String,
    root: &'static str,
    canonical: String,
    site_title: String,
    editor: Option<String>,
    contact: Option<Contact>,
    user_agent: String,
    sources: Vec<Source>,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
pub(super) struct Contact {
    href: String,
    shown: String,
}

/// A source, and what is told of it.
#[derive(Serialize)]
pub(super) struct Source {
    name: String,
    site: Option<String>,
    facts: Vec<Fact>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Output {
    name: String,
    page: Option<String>,
    feeds: Vec<FeedLink>,
}

#[derive(Serialize)]
struct FeedLink {
    name: &'static str,
    media_type: &'static str,
    href: String,
}

/// The document `about.html`.
pub(super) fn render(
    site: &Site,
    sources: &[SourceLink],
    navigation: &Navigation,
) -> Result<Rendered, RenderError> {
    let site_title = safe::line(&site.title);
    let outputs: Result<Vec<_>, _> = navigation
        .outputs
        .iter()
        .map(|link| {
            let directory = address::directory(&link.key)?;
            let name = document::name(&site_title, &link.key, &link.title);
            let file = |file: &str| format!("{directory}{file}");
            Ok(Output {
                name,
                page: link.formats.html.then(|| file(address::PAGE)),
                feeds: page::feeds(link.formats)
                    .into_iter()
                    .map(|feed| FeedLink {
                        name: if feed.name == "JSON Feed" { "JSON" } else { feed.name },
                        media_type: feed.media_type,
                        href: file(feed.href),
                    })
                    .collect(),
            })
        })
        .collect();
    let said =
        |words: &Option<String>| words.as_deref().map(safe::line).filter(|words| !words.is_empty());
    let about = About {
        words: Words::of("en"),
        policy: page::META_POLICY,
        title: format!("About {site_title}"),
        description: format!("Who edits {site_title}, how to reach them, and whom it reads."),
        tagline: said(&site.description),
        generator: format!("{} {}", super::PROGRAM, super::VERSION),
        root: "",
        canonical: address::absolute(site, address::ABOUT),
        editor: said(&site.editor),
        contact: site.contact.as_deref().and_then(contact),
        user_agent: user_agent(site),
        sources: sources.iter().map(source).collect(),
        outputs: outputs?,
        site_title,
    };
    let bytes = template::fill("about.html", about)?;
    Ok(Rendered { path: address::ABOUT.to_owned(), bytes })
}

/// A way to reach the editors; addresses of other schemes are not shown.
pub(super) fn contact(words: &str) -> Option<Contact> {
    let url = Url::parse(words).ok()?;
    let shown = match url.scheme() {
        "mailto" => url.path().to_owned(),
        "http" | "https" => url.to_string(),
        _ => return None,
    };
    Some(Contact { href: url.into(), shown })
}

/// What is told of a source.
pub(super) fn source(source: &SourceLink) -> Source {
    let said =
        |words: &Option<String>| words.as_deref().map(safe::line).filter(|words| !words.is_empty());
    let name = safe::line(&source.name);
    let organisation = safe::line(&source.organisation);
    let url = safe::line(&source.url);
    let mut facts = Vec::new();
    let mut tell = |name: &'static str, value: Option<String>, href: Option<String>| {
        facts.extend(value.map(|value| Fact { name, value, href }));
    };
    tell("Organisation", Some(organisation).filter(|words| *words != name), None);
    let kind = match source.kind {
        Kind::Feed => "Feed",
        Kind::Page => "Page",
    };
    // What is shown in place of a secret makes no address that works.
    let href = safe::web_url(&url).filter(|_| !url.contains(['{', '…']));
    match url.as_str() {
        "" => tell(kind, Some("a file that it gives us".to_owned()), None),
        _ => tell(kind, Some(url), href),
    }
    let named = |tag: String| language::name(&tag).to_owned();
    tell("Language", said(&source.language).map(named), None);
    let share = match source.republish {
        Republish::Full if source.article => "the text of each story's own page",
        Republish::Full => "what the source itself syndicates",
        Republish::Excerpt => "title, link and an excerpt",
        Republish::Link => "title and link",
    };
    tell("Republished", Some(share.to_owned()), None);
    tell("Rights", said(&source.rights), None);
    tell("Agreed by", said(&source.consent), None);
    let asked = if source.enabled {
        format!("at most every {}", duration(source.interval))
    } else {
        "not at present".to_owned()
    };
    tell("Asked", Some(asked), None);
    Source { name, site: source.site.as_deref().and_then(safe::web_url), facts }
}

/// A duration in the largest unit that divides it: "2 hours", "90 minutes".
fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let fitting =
        units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (unit, name) = fitting.unwrap_or((1, "second"));
    match seconds.checked_div(unit).unwrap_or(seconds) {
        1 => name.to_owned(),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_largest_unit_that_divides_them() {
        for (seconds, words) in [
            (604_800, "week"),
            (172_800, "2 days"),
            (3_600, "hour"),
            (5_400, "90 minutes"),
            (61, "61 seconds"),
            (0, "0 seconds"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn only_addresses_that_reach_a_person_are_contacts() {
        assert_eq!(contact("mailto:wire@example.org").unwrap().shown, "wire@example.org");
        assert!(contact("javascript:alert(1)").is_none());
        assert!(contact("wire").is_none());
    }
}
