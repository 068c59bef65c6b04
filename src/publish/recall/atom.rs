//! `atom.xml` read back: less than `feed.json` says.

use super::{RecalledCredit, RecalledOutput, RecalledStory};
use crate::model::Enclosure;
use crate::publish::PROGRAM;

/// The output and the stories of one `atom.xml`.
pub(super) fn atom(
    bytes: &[u8],
    directory: &str,
    _problems: &mut Vec<String>,
) -> Result<(RecalledOutput, Vec<RecalledStory>), String> {
    let feed = atom_syndication::Feed::read_from(bytes).map_err(|error| error.to_string())?;
    if feed.generator.as_ref().is_none_or(|generator| generator.value != PROGRAM) {
        return Err("samizdat did not make it".to_owned());
    }
    let output = RecalledOutput {
        directory: directory.to_owned(),
        feed_id: feed.id,
        created: feed.updated.to_utc(),
        oldest_entered: None,
    };
    Ok((output, feed.entries.into_iter().map(atom_story).collect()))
}

fn atom_story(entry: atom_syndication::Entry) -> RecalledStory {
    let published = entry.published.unwrap_or(entry.updated).to_utc();
    let source = entry.source.unwrap_or_default();
    let organisation = source.authors.first().map(|author| author.name.clone()).unwrap_or_default();
    let language = |link: &atom_syndication::Link| link.hreflang.clone().unwrap_or_default();
    let alternate = entry.links.iter().find(|link| link.rel == "alternate");
    let of_source =
        |rel: &str| source.links.iter().find(|link| link.rel == rel).map(|link| link.href.clone());
    let also = entry.links.iter().filter(|link| link.rel == "via").map(|link| RecalledCredit {
        organisation_name: link
            .title
            .as_deref()
            .and_then(|title| title.strip_prefix("also published by "))
            .unwrap_or_default()
            .to_owned(),
        url: Some(link.href.clone()),
        ..RecalledCredit::default()
    });
    let ours = |category: &&atom_syndication::Category| category.scheme.is_some();
    let authors: Vec<String> = entry
        .authors
        .iter()
        .map(|author| author.name.clone())
        .filter(|name| *name != organisation)
        .collect();
    RecalledStory {
        id: entry.id,
        title: entry.title.value,
        summary: entry.summary.map(|summary| summary.value).unwrap_or_default(),
        content_html: entry
            .content
            .filter(|content| content.content_type.as_deref() == Some("html"))
            .and_then(|content| content.value)
            .unwrap_or_default(),
        language: alternate.map(language).unwrap_or_default(),
        published,
        updated: entry.updated.to_utc(),
        first_seen: published,
        entered: published,
        sort_date: published,
        also: also.collect(),
        tags: entry.categories.iter().filter(ours).map(|ours| ours.term.clone()).collect(),
        labels: entry
            .categories
            .iter()
            .map(|category| category.label.clone().unwrap_or_else(|| category.term.clone()))
            .collect(),
        image: entry
            .extensions
            .get("media")
            .and_then(|media| media.get("thumbnail")?.first()?.attrs.get("url").cloned()),
        enclosures: entry
            .links
            .iter()
            .filter(|link| link.rel == "enclosure")
            .map(|link| Enclosure {
                url: link.href.clone(),
                media_type: link.mime_type.clone().unwrap_or_default(),
                length: link.length.as_deref().and_then(|n| n.parse().ok()).unwrap_or_default(),
            })
            .collect(),
        rights: entry.rights.map(|rights| rights.value),
        outputs: Vec::new(),
        origin: RecalledCredit {
            source_url: of_source("self").unwrap_or_default(),
            source_site: of_source("alternate"),
            source_name: source.title.value,
            source_feed_id: source.id,
            source_rights: source.rights.map(|rights| rights.value),
            organisation_name: organisation,
            url: alternate.map(|link| link.href.clone()),
            ..RecalledCredit::default()
        },
        authors,
    }
}
