//! What an entry says beyond what is stored.

use url::Url;

use super::recording;
use super::{address, contributor, licence, push, related, relations, yes_or_no};
use crate::model::{CategoryTerm, ClaimedSource, EntryDetails, Point, Related};
use crate::read::media;
use crate::read::survey::{Field, Space};

/// What the fields of an entry say; `base` is what its addresses are relative to.
pub(in crate::read) fn of_entry(fields: &[Field<'_>], base: &Url) -> EntryDetails {
    let mut details = EntryDetails::default();
    let (mut latitude, mut longitude) = (None, None);
    for field in fields {
        let tag = &field.tag;
        match (tag.space, tag.local()) {
            (Space::Plain | Space::Rss | Space::Atom | Space::OldAtom, local) => {
                own(&mut details, field, local, base);
            }
            (Space::Dc | Space::Itunes | Space::Podcast | Space::Media, _) => {
                contributor(field, &mut details.contributors);
                recording::field(&mut details, field, base);
            }
            (Space::Thread, "in-reply-to") => {
                let id = tag.attribute("ref").or_else(|| tag.attribute("href"));
                push(&mut details.in_reply_to, id.map(|id| id.trim().to_owned()));
            }
            (Space::Thread, "total") | (Space::Slash, "comments") => {
                let count = field.words().and_then(|count| count.parse().ok());
                details.comment_count = details.comment_count.or(count);
            }
            (Space::CommentApi, local) if local.eq_ignore_ascii_case("commentRss") => {
                let feed = field.words().and_then(|feed| media::absolute(feed, base));
                details.comments_feed = details.comments_feed.or(feed);
            }
            (Space::GeoRss, "point" | "where") => {
                details.point = details.point.or_else(|| georss(field));
            }
            (Space::Geo, "Point") => {
                latitude = latitude.or_else(|| field.child("lat").and_then(degrees));
                longitude = longitude.or_else(|| field.child("long").and_then(degrees));
            }
            (Space::Geo, "lat") => latitude = latitude.or_else(|| degrees(field)),
            (Space::Geo, "long") => longitude = longitude.or_else(|| degrees(field)),
            _ => {}
        }
        push(&mut details.licences, licence(field, base));
    }
    details.point = details.point.or_else(|| point(latitude?, longitude?));
    details
}

/// Elements of RSS and Atom themselves.
fn own(details: &mut EntryDetails, field: &Field<'_>, local: &str, base: &Url) {
    let tag = &field.tag;
    match local {
        "source" => details.claimed_source = details.claimed_source.take().or(source(field, base)),
        "guid" => {
            let said = tag.attribute("isPermaLink").and_then(yes_or_no);
            details.is_permalink = details.is_permalink.or(said);
        }
        "category" => push(&mut details.category_terms, category(field)),
        "contributor" => contributor(field, &mut details.contributors),
        "comments" => {
            let page = field.words().and_then(|page| media::absolute(page, base));
            details.comments = details.comments.take().or(page);
        }
        "enclosure" => recording::enclosure(details, field, "url", base),
        "link" => link(details, field, base),
        _ => {}
    }
}

/// Links of Atom, or of atom:link in RSS, that are neither the page nor a licence.
fn link(details: &mut EntryDetails, field: &Field<'_>, base: &Url) {
    for relation in relations(field) {
        match relation {
            "enclosure" => recording::enclosure(details, field, "href", base),
            "replies" => {
                let kind = field.tag.attribute("type").unwrap_or_default();
                let replies = address(field, base);
                if kind.contains("html") {
                    details.comments = details.comments.take().or(replies);
                } else {
                    details.comments_feed = details.comments_feed.take().or(replies);
                }
                let count = field.tag.attributes.iter().find(|(key, _)| key.ends_with(":count"));
                let count = count.and_then(|(_, count)| count.trim().parse().ok());
                details.comment_count = details.comment_count.or(count);
            }
            "via" | "related" | "canonical" => {
                push(&mut details.links, related(field, relation, base));
            }
            "alternate" if field.tag.attribute("hreflang").is_some() => {
                push(&mut details.links, related(field, relation, base));
            }
            _ => {}
        }
    }
}

/// RSS: `<source url="feed">Title</source>`; Atom: a whole feed's metadata (RFC 4287 §4.2.11).
fn source(field: &Field<'_>, base: &Url) -> Option<ClaimedSource> {
    let words = |local: &str| field.child(local).and_then(Field::words).map(str::to_owned);
    let page = field.children.iter().find(|child| {
        child.tag.local() == "link"
            && child.tag.attribute("rel").is_none_or(|relation| relation == "alternate")
    });
    let url = field.tag.attribute("url").and_then(|url| media::absolute(url, base));
    let claim = ClaimedSource {
        title: words("title").or_else(|| field.words().map(str::to_owned)),
        url: url.or_else(|| page.and_then(|page| address(page, base))),
        id: words("id"),
    };
    (claim != ClaimedSource::default()).then_some(claim)
}

/// Only where there is more than the label that every category has.
fn category(field: &Field<'_>) -> Option<CategoryTerm> {
    let attribute = |name: &str| {
        let written = field.tag.attribute(name).map(str::trim).filter(|it| !it.is_empty());
        written.map(str::to_owned)
    };
    let (label, scheme) = (attribute("label"), attribute("scheme").or_else(|| attribute("domain")));
    if label.is_none() && scheme.is_none() {
        return None;
    }
    let term = attribute("term").or_else(|| field.words().map(str::to_owned))?;
    Some(CategoryTerm { term, label, scheme })
}

/// `<georss:point>45.2 -71.9</georss:point>`, or a gml:pos deep in georss:where.
fn georss(field: &Field<'_>) -> Option<Point> {
    let mut place = field;
    while let Some(inner) = place.children.first() {
        place = inner;
    }
    let words = place.words()?.replace(',', " ");
    let mut degrees = words.split_whitespace().map(str::parse);
    let (Some(Ok(latitude)), Some(Ok(longitude)), None) =
        (degrees.next(), degrees.next(), degrees.next())
    else {
        return None;
    };
    point(latitude, longitude)
}

fn degrees(field: &Field<'_>) -> Option<f64> {
    field.words()?.parse().ok()
}

/// A point on Earth; NaN and numbers beyond the poles are none.
fn point(latitude: f64, longitude: f64) -> Option<Point> {
    let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    is_on_earth.then_some(Point { latitude, longitude })
}

/// A document that goes with a recording.
pub(super) fn companion(field: &Field<'_>, base: &Url) -> Option<Related> {
    let url = field.tag.attribute("url").or_else(|| field.tag.attribute("href"))?;
    Some(Related {
        rel: field.tag.attribute("type").unwrap_or_default().to_owned(),
        url: media::absolute(url, base)?,
        language: field.tag.attribute("language").map(str::to_owned),
    })
}
