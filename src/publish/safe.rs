//! What goes out is made safe once more, whatever the store holds.
//!
//! Every string loses the characters that XML forbids; URLs that are not http or https are left
//! out; HTML is sanitised again; pictures are removed where the maintainers want none. Nothing
//! here mends a story for its own sake: that is the business of `clean`, when it comes in.

use std::collections::BTreeSet;

use url::Url;

use crate::clean;
use crate::model::{Credit, Edition, Enclosure, PublicStory};

use super::{Images, language};

/// Shown in place of a title that has no character left.
const NO_TITLE: &str = "[…]";

/// Media type of a file whose type nobody said.
const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

/// A story as outputs may show it.
pub(super) fn story(story: &PublicStory, site: &Url, images: Images) -> PublicStory {
    let url = story.url.as_deref().and_then(web_url);
    let title = line(&story.title);
    let base = url.as_deref().and_then(|url| Url::parse(url).ok());
    let base = base.as_ref().unwrap_or(site);
    let mut content_html = safe_html(&story.content_html, base);
    if images == Images::None {
        // A figure without its picture is nothing.
        content_html = safe_html(&without_pictures(&content_html), base);
    }
    let content_html = content_html.trim().to_owned();
    let is_picture = |enclosure: &Enclosure| enclosure.media_type.starts_with("image/");
    let mut enclosed = BTreeSet::new();
    let mut edition_languages = BTreeSet::from([story.language.clone()]);
    let mut labels = BTreeSet::new();
    let tags: Vec<_> = story
        .tags
        .iter()
        .map(|(id, name)| (text(id), line(name)))
        .filter(|(id, _)| labels.insert(id.to_lowercase()))
        .collect();
    labels.extend(tags.iter().map(|(_, name)| name.to_lowercase()));
    PublicStory {
        number: story.number,
        revision: story.revision,
        id: line(&story.id),
        title: if title.is_empty() { NO_TITLE.to_owned() } else { title },
        summary: line(&story.summary),
        content_html,
        language: language_tag(&story.language),
        authors: distinct(&story.authors),
        published: story.published,
        // RFC 4287 §4.2.15: what changes a story never comes before its publication.
        updated: story.updated.max(story.published),
        first_seen: story.first_seen,
        sort_date: story.sort_date,
        entered: story.entered,
        origin: credit(&story.origin),
        also: story.also.iter().map(credit).collect(),
        editions: story
            .editions
            .iter()
            .map(edition)
            // RFC 4287 §4.1.2: no two alternates with the same type and language.
            .filter(|edition| edition_languages.insert(edition.language.clone()))
            .collect(),
        categories: distinct(&story.categories)
            .into_iter()
            .filter(|label| labels.insert(label.to_lowercase()))
            .collect(),
        image: match images {
            Images::Link => story.image.as_deref().and_then(web_url),
            Images::None => None,
        },
        enclosures: story
            .enclosures
            .iter()
            .filter(|enclosure| images == Images::Link || !is_picture(enclosure))
            .filter_map(enclosure)
            .filter(|enclosure| enclosed.insert(enclosure.url.clone()))
            .collect(),
        rights: story.rights.as_deref().map(line).filter(|rights| !rights.is_empty()),
        tags,
        url,
    }
}

fn credit(credit: &Credit) -> Credit {
    let or = |name: String, other: &str| if name.is_empty() { line(other) } else { name };
    let source_name = or(line(&credit.source_name), &credit.source);
    Credit {
        source: line(&credit.source),
        source_feed_id: line(&credit.source_feed_id),
        source_url: text(&credit.source_url),
        source_site: credit.source_site.as_deref().and_then(web_url),
        source_rights: credit
            .source_rights
            .as_deref()
            .map(line)
            .filter(|rights| !rights.is_empty()),
        organisation: line(&credit.organisation),
        organisation_name: or(line(&credit.organisation_name), &source_name),
        organisation_site: credit.organisation_site.as_deref().and_then(web_url),
        url: credit.url.as_deref().and_then(web_url),
        entry: credit.entry,
        source_name,
    }
}

fn edition(edition: &Edition) -> Edition {
    Edition {
        language: language_tag(&edition.language),
        url: edition.url.as_deref().and_then(web_url),
        id: line(&edition.id),
    }
}

fn enclosure(enclosure: &Enclosure) -> Option<Enclosure> {
    let media_type = line(&enclosure.media_type);
    Some(Enclosure {
        url: web_url(&enclosure.url)?,
        // RSS demands a type, and JSON Feed too.
        media_type: if media_type.is_empty() { UNKNOWN_MEDIA_TYPE.to_owned() } else { media_type },
        length: enclosure.length,
    })
}

/// A language tag, or nothing where it is none.
pub(super) fn language_tag(tag: &str) -> String {
    if language::is_tag(tag) { tag.to_owned() } else { String::new() }
}

/// Trimmed, without empty ones, each once.
fn distinct(words: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    words
        .iter()
        .map(|word| line(word))
        .filter(|word| !word.is_empty() && seen.insert(word.clone()))
        .collect()
}

/// Whether XML 1.0 allows a character (§2.2, `Char`).
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Text without the characters that XML forbids. A carriage return becomes a line feed, as every
/// XML parser would make it.
pub(super) fn text(words: &str) -> String {
    words
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| is_allowed(*c))
        .map(|c| if c == '\r' { '\n' } else { c })
        .collect()
}

/// Text as one line: white space is single spaces, none at either end.
pub(super) fn line(words: &str) -> String {
    let words = text(words);
    let mut line = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// An absolute http or https URL with only the characters that a URI may have.
pub(super) fn web_url(words: &str) -> Option<String> {
    let url = Url::parse(words).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

/// HTML, sanitised on its way out. Its URLs are absolute since it came in; `base` is for those that
/// are not all the same.
fn safe_html(html: &str, base: &Url) -> String {
    if html.is_empty() { String::new() } else { clean::html::sanitise(&text(html), base) }
}

/// Elements that show pictures. (`source` is for recordings as well, and shows nothing by itself.)
const PICTURE_TAGS: &[&str] = &["image", "img", "picture"];

/// Sanitised HTML without its pictures. Sanitised HTML is serialised from a tree: every `<` opens
/// a tag, and attribute values are quoted.
fn without_pictures(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag_onward)) = rest.split_once('<') {
        kept.push_str(before);
        let name: String = tag_onward
            .chars()
            .skip_while(|c| *c == '/')
            .take_while(|c| c.is_ascii_alphanumeric())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let end = end_of_tag(tag_onward);
        let (tag, after) = tag_onward.split_at_checked(end).unwrap_or((tag_onward, ""));
        if !PICTURE_TAGS.contains(&name.as_str()) {
            kept.push('<');
            // The still that a video shows before it is played.
            match tag.split_once(" poster=\"") {
                Some((before, poster)) if name == "video" => {
                    kept.push_str(before);
                    kept.push_str(poster.split_once('"').map_or(">", |(_, after)| after));
                }
                _ => kept.push_str(tag),
            }
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// Bytes up to and with the `>` that ends a tag; `>` inside quotes does not.
fn end_of_tag(tag_onward: &str) -> usize {
    let mut quote = None;
    for (position, byte) in tag_onward.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return position.saturating_add(1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    tag_onward.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o8_characters_that_xml_forbids_are_removed() {
        assert_eq!(text("a\0b\u{8}c\u{b}\u{1f}d\u{fffe}\u{ffff}\te\r\nf\rg💥"), "abcd\te\nf\ng💥");
    }

    #[test]
    fn o15_only_web_addresses_are_links() {
        assert_eq!(
            web_url("https://example.org/Ψ?q=a b").unwrap(),
            "https://example.org/%CE%A8?q=a%20b"
        );
        for refused in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "",
            "mailto:a@b.org",
            "file:///etc/passwd",
        ] {
            assert_eq!(web_url(refused), None, "{refused}");
        }
    }

    #[test]
    fn o14_h36_what_was_sanitised_goes_out_as_it_is() {
        let site = Url::parse("https://wire.example.org/").unwrap();
        let partner = Url::parse("https://partner.example/feed/").unwrap();
        for html in [
            "<p>One <b>two<p>three</b> <a href=/x>four</a><img src=i.jpg srcset='j.jpg 2x'>",
            "<svg><style><img src=x onerror=alert(1)></style></svg><table><tr>a<td>b",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<pre>\n\n x\r\ny</pre><p title='\"<>&'>z",
        ] {
            let came_in = clean::html::sanitise(html, &partner);
            assert_eq!(safe_html(&came_in, &site), came_in, "{html}");
            let bare = without_pictures(&came_in);
            assert!(!bare.contains("<img"), "{bare}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 500, failure_persistence: None, ..Default::default()
        })]

        #[test]
        fn o14_h36_making_content_safe_twice_changes_nothing(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "<p>", "</p>", "<figure>", "<figcaption>", "</figure>", "<img src=/i>", "<img src=/i alt='<>\"'>",
                "<video src=/v poster=/p>", "</video>", "<table>", "<tr>", "<td>", "<pre>", "\n", "<a href=/x>", "</a>",
                "<b>", "</b>", "<svg>", "<style>", "</style>", "<math>", "<!--", "-->", "<li>", "x", " ", "&nbsp;",
                "\u{301}", "\r", "\0", "<picture><source srcset=/s>", "</picture>", "<script>", "</script>",
            ][..]), 0..30)
        ) {
            let story = PublicStory { content_html: pieces.concat(), ..crate::publish::tests::a_story() };
            let site = Url::parse("https://wire.example.org/").unwrap();
            for images in [Images::Link, Images::None] {
                let once = super::story(&story, &site, images);
                assert_eq!(super::story(&once, &site, images), once);
                let pictures = once.content_html.contains("<img") || once.content_html.contains("poster=");
                assert!(images == Images::Link || !pictures, "{}", once.content_html);
            }
        }
    }

    #[test]
    fn without_pictures_text_and_other_tags_stay() {
        for (with, without) in [
            ("<p>a<img src=\"https://x.org/1.png\" alt=\"a > b\">b</p>", "<p>ab</p>"),
            ("<picture><img src=\"x\"></picture>c", "c"),
            (
                "<video controls=\"\" poster=\"https://x.org/1.png\" src=\"v\"></video>",
                "<video controls=\"\" src=\"v\"></video>",
            ),
            ("<audio><source src=\"a\"></audio>", "<audio><source src=\"a\"></audio>"),
            ("<p>1 &lt; 2 <em>img</em> <b>", "<p>1 &lt; 2 <em>img</em> <b>"),
            ("<IMG SRC=x><p title='<img>'>d", "<p title='<img>'>d"),
            ("broken <img src=\"", "broken "),
            ("<", "<"),
        ] {
            assert_eq!(without_pictures(with), without, "{with}");
        }
    }
}
