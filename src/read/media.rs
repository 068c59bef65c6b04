//! Pictures and enclosures, from RSS, Atom links, Media RSS and iTunes.

use url::Url;

use super::survey::{Field, Space};
use crate::model::Enclosure;

/// Most enclosures of one entry.
pub(super) const MOST_ENCLOSURES: usize = 50;

/// The absolute http or https URL of a reference.
pub(super) fn absolute(written: &str, base: &Url) -> Option<String> {
    let written = written.trim();
    if written.is_empty() {
        return None;
    }
    let url = base.join(written).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// The picture and the enclosures of an entry.
pub(super) fn of_entry(fields: &[Field], base: &Url) -> (Option<String>, Vec<Enclosure>) {
    let mut found = Found { base, image: None, thumbnail: None, enclosures: Vec::new() };
    for field in fields {
        found.field(field);
    }
    let by_enclosure = || {
        let image = found.enclosures.iter().find(|file| file.media_type.starts_with("image/"));
        image.map(|file| file.url.clone())
    };
    let image = found.image.clone().or_else(|| found.thumbnail.clone()).or_else(by_enclosure);
    (image, found.enclosures)
}

/// The picture of a feed in the fields that feed-rs does not model.
pub(super) fn feed_image(fields: &[Field], base: &Url) -> Option<String> {
    let itunes = fields.iter().find(|field| field.is(Space::Itunes, "image"));
    let media = || fields.iter().find(|field| field.is(Space::Media, "thumbnail"));
    let href = itunes.and_then(|field| field.tag.attribute("href"));
    href.or_else(|| media().and_then(|field| field.tag.attribute("url")))
        .and_then(|image| absolute(image, base))
}

struct Found<'b> {
    base: &'b Url,
    image: Option<String>,
    thumbnail: Option<String>,
    enclosures: Vec<Enclosure>,
}

impl Found<'_> {
    fn field(&mut self, field: &Field) {
        let tag = &field.tag;
        match (tag.space, tag.local()) {
            (Space::Media, "group") => field.children.iter().for_each(|child| self.field(child)),
            (Space::Media, "content") => {
                self.media(field);
                field.children.iter().for_each(|child| self.field(child));
            }
            (Space::Media, "thumbnail") => {
                let url = tag.attribute("url").or_else(|| field.words());
                let url = url.and_then(|url| absolute(url, self.base));
                self.thumbnail = self.thumbnail.take().or(url);
            }
            (Space::Itunes, "image") => {
                let url = tag.attribute("href").and_then(|url| absolute(url, self.base));
                self.thumbnail = self.thumbnail.take().or(url);
            }
            (Space::Plain | Space::Rss, "image") => {
                let url = field.child("url").and_then(Field::words).or_else(|| field.words());
                let url = url.and_then(|url| absolute(url, self.base));
                self.image = self.image.take().or(url);
            }
            (_, "enclosure") => {
                self.enclosure(tag.attribute("url"), tag.attribute("type"), tag.attribute("length"))
            }
            (Space::Plain | Space::Rss | Space::Atom | Space::OldAtom, "link")
                if tag.attribute("rel") == Some("enclosure") =>
            {
                self.enclosure(
                    tag.attribute("href"),
                    tag.attribute("type"),
                    tag.attribute("length"),
                );
            }
            _ => {}
        }
    }

    /// media:content: a picture illustrates the item, anything else is enclosed.
    fn media(&mut self, field: &Field) {
        let tag = &field.tag;
        let Some(url) = tag.attribute("url") else { return };
        let kind = tag.attribute("type").unwrap_or_default();
        let medium = tag.attribute("medium").unwrap_or_default();
        if medium == "image" || kind.starts_with("image/") || is_picture(url) && medium.is_empty() {
            // WordPress gives every author's portrait as media:content of each item.
            if !url.contains("gravatar.com/") {
                self.image = self.image.take().or_else(|| absolute(url, self.base));
            }
        } else if ["audio", "video"].iter().any(|known| medium == *known || kind.starts_with(known))
        {
            self.enclosure(Some(url), Some(kind), tag.attribute("fileSize"));
        }
    }

    fn enclosure(&mut self, url: Option<&str>, kind: Option<&str>, length: Option<&str>) {
        let Some(url) = url.and_then(|url| absolute(url, self.base)) else { return };
        if self.enclosures.len() >= MOST_ENCLOSURES
            || self.enclosures.iter().any(|known| known.url == url)
        {
            return;
        }
        self.enclosures.push(Enclosure {
            url,
            media_type: kind.unwrap_or_default().trim().to_ascii_lowercase(),
            length: length.and_then(|length| length.trim().parse().ok()).unwrap_or_default(),
        });
    }
}

fn is_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|end| path.ends_with(end))
}
