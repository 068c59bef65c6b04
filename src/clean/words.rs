//! The words of an entry: title, summary, content.
//!
//! Content holds all that the source syndicates, be it called content or description; the summary
//! is plain text, and shorter wherever there is more to read. Feeds use the two as they like: a
//! description may be the full text, a teaser of it, or the same text once more.

use url::Url;

use super::{html, text};
use crate::model::{RawContent, RawEntry};

/// Titles are cut to this many characters.
pub const MAX_TITLE: usize = 500;

/// Summaries of sources are cut to this many characters.
pub const MAX_SUMMARY: usize = 1000;

/// A summary that we take from the content has at most this many characters.
pub const EXCERPT: usize = 300;

/// A title that we take from the text has at most this many characters.
const TITLE_EXCERPT: usize = 80;

/// The title of an item that says nothing at all.
pub(super) const UNTITLED: &str = "Untitled";

/// What WordPress and its plugins append to descriptions: the beginning of the sentence, and what
/// follows the title in it.
const CREDITS: &[(&str, &str)] = &[
    ("The post ", "appeared first on"),
    ("The article ", "appeared first on"),
    ("Der Beitrag ", "erschien zuerst auf"),
    ("Το άρθρο ", "εμφανίστηκε πρώτα"),
    ("L’articolo ", "proviene da"),
    ("L'articolo ", "proviene da"),
    ("L’articolo ", "sembra essere il primo"),
    ("L'articolo ", "sembra essere il primo"),
    ("L’article ", "est apparu en premier"),
    ("L'article ", "est apparu en premier"),
    ("La entrada ", "se publicó primero en"),
    ("La entrada ", "aparece primero en"),
    ("O post ", "apareceu primeiro em"),
    ("Сообщение ", "появились сначала на"),
    ("Запись ", "впервые появилась"),
];

/// Such a sentence, title included, is no longer than this many bytes.
const MAX_CREDIT: usize = 1200;

/// Ends of teasers.
const MORE: &[&str] = &[
    "[…]",
    "[...]",
    "(more…)",
    "(more...)",
    "Read more",
    "Read More",
    "Weiterlesen",
    "Mehr lesen",
    "Leggi tutto",
    "Lire la suite",
    "Leer más",
    "Διαβάστε περισσότερα",
    "Читать далее",
    "→",
    "»",
];

/// Begins what WordPress ends teasers with.
const CONTINUE: &str = "Continue reading";

/// The words of an entry, safe to publish.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) content_html: String,
}

/// Makes the words of an entry; says in `repairs` where it had to make up a title.
pub(super) fn of_entry(
    raw: &RawEntry,
    base: &Url,
    url: Option<&str>,
    repairs: &mut Vec<String>,
) -> Words {
    let given = raw.summary.as_ref().map(plain).unwrap_or_default();
    let content_html = raw.content.as_ref().map(|content| safe(content, base)).unwrap_or_default();
    let content = text::from_html(&content_html);
    let (content_html, content) = match &raw.summary {
        // The description says more than the content does, or is all there is.
        Some(summary) if content_html.is_empty() || given.len() > content.len() => {
            let mut html = safe(summary, base);
            if content_html.is_empty() && is_bare(&html) && given.chars().count() <= MAX_SUMMARY {
                (content_html, content)
            } else {
                if content.is_empty() {
                    // Words in the one, pictures in the other.
                    html.push_str(&content_html);
                    html = html::sanitise(&html, base);
                }
                let text = text::from_html(&html);
                (html, text)
            }
        }
        _ => (content_html, content),
    };
    let title = raw.title.as_ref().map(plain).unwrap_or_default();
    let mut title = text::line(&title, MAX_TITLE);
    let summary = summary(without_title(&given, &title), without_title(&content, &title));
    if title.is_empty() {
        let words = if summary.is_empty() { &content } else { &summary };
        title = text::excerpt(words, TITLE_EXCERPT);
        let made_of = if !title.is_empty() {
            "the beginning of its text"
        } else if let Some(url) = url {
            title = text::line(url, MAX_TITLE);
            "its link"
        } else {
            title = UNTITLED.to_owned();
            "nothing"
        };
        repairs.push(format!("has no title; it is made of {made_of}"));
    }
    Words { title, summary, content_html }
}

/// Text as text; markup without its tags.
pub(super) fn plain(content: &RawContent) -> String {
    match content {
        RawContent::Text(text) => text.clone(),
        RawContent::Html(html) => text::from_html(html),
    }
}

/// As safe HTML; the paragraphs of plain text become such.
fn safe(content: &RawContent, base: &Url) -> String {
    match content {
        RawContent::Html(html) => html::sanitise(html, base),
        RawContent::Text(text) => {
            let mut markup = String::with_capacity(text.len());
            let unified = text.replace("\r\n", "\n");
            for paragraph in unified.split("\n\n") {
                markup.push_str("<p>");
                for (number, line) in paragraph.trim().lines().enumerate() {
                    if number > 0 {
                        markup.push_str("<br>");
                    }
                    text::escape_into(line, &mut markup);
                }
                markup.push_str("</p>");
            }
            html::sanitise(&markup, base)
        }
    }
}

/// Whether there is nothing to it but paragraphs of text.
fn is_bare(html: &str) -> bool {
    let tags = html.split('<').skip(1);
    tags.into_iter().all(|tag| ["p>", "/p>", "br>"].iter().any(|bare| tag.starts_with(bare)))
}

/// Text without the title that it begins with: Drupal's field templates repeat it there. A title
/// that the first sentence goes on from stays.
fn without_title<'a>(words: &'a str, title: &str) -> &'a str {
    let rest = match words.trim_start().strip_prefix(title) {
        Some(rest) if !title.is_empty() => rest,
        _ => return words,
    };
    let body = rest.trim_start();
    let is_apart = body.len() < rest.len() && body.starts_with(char::is_uppercase);
    if is_apart { body } else { words }
}

/// What the source says in short, unless it only repeats the content or is no shorter.
fn summary(given: &str, content: &str) -> String {
    let given = text::line(given, given.len());
    let teaser = without_appendix(&given);
    let content = text::line(content, content.len());
    let repeats = !content.is_empty() && teaser.len() >= content.len();
    if teaser.is_empty() || repeats {
        return text::excerpt(without_appendix(&content), EXCERPT);
    }
    let mut summary = text::excerpt(teaser, MAX_SUMMARY);
    let is_cut = teaser.len() < given.len() && content.len() > teaser.len();
    if is_cut && !summary.ends_with(['.', '!', '?', '…', ':', '"', '”', '»', ';']) {
        summary = text::line(&summary, MAX_SUMMARY.saturating_sub(1));
        summary.push('…');
    }
    summary
}

/// One line of text without "The post … appeared first on …", "Continue reading", "[…]".
fn without_appendix(line: &str) -> &str {
    let mut bare = line.trim_end();
    for (beginning, middle) in CREDITS {
        let end = ending(bare, MAX_CREDIT);
        // Whether it is there at all is found out much faster than where.
        if !end.contains(beginning) {
            continue;
        }
        let Some(at) = end.rfind(beginning) else { continue };
        let sentence = end.get(at..).unwrap_or_default();
        if sentence.contains(middle) {
            let length = bare.len().saturating_sub(sentence.len());
            bare = bare.get(..length).unwrap_or_default().trim_end();
        }
    }
    loop {
        let before = bare;
        for more in MORE {
            if let Some(head) = bare.strip_suffix(more) {
                bare = head.trim_end();
            }
        }
        // This one is followed by the title.
        let end = ending(bare, MAX_CREDIT / 2);
        if end.contains(CONTINUE)
            && let Some(at) = end.rfind(CONTINUE)
        {
            let length = bare.len().saturating_sub(end.len()).saturating_add(at);
            bare = bare.get(..length).unwrap_or_default().trim_end();
        }
        if bare.len() == before.len() {
            return bare;
        }
    }
}

/// At most the last so many bytes: what is looked for at the end is not searched for before it.
fn ending(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start = start.saturating_add(1);
    }
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, summary: Option<RawContent>, content: Option<RawContent>) -> Words {
        let raw = RawEntry {
            title: Some(RawContent::Text(title.to_owned())).filter(|_| !title.is_empty()),
            summary,
            content,
            ..RawEntry::default()
        };
        let base = Url::parse("https://example.org/").unwrap();
        of_entry(&raw, &base, Some("https://example.org/story"), &mut Vec::new())
    }

    fn html(html: &str) -> Option<RawContent> {
        Some(RawContent::Html(html.to_owned()))
    }

    fn plain_text(text: &str) -> Option<RawContent> {
        Some(RawContent::Text(text.to_owned()))
    }

    #[test]
    fn o11_titles_are_plain_text_decoded_once() {
        for (written, shown) in [
            ("AT&T", "AT&T"),
            ("a < b", "a < b"),
            ("<b>", "<b>"),
            ("&lt;", "&lt;"),
            ("]]>", "]]>"),
            ("🙂", "🙂"),
        ] {
            assert_eq!(of(written, None, None).title, shown);
        }
        let base = Url::parse("https://example.org/").unwrap();
        for (written, shown) in [
            ("AT&amp;T", "AT&T"),
            ("<b>x</b> &amp;lt; y", "x &lt; y"),
            ("a &lt; b", "a < b"),
            ("a\n b", "a b"),
        ] {
            let raw = RawEntry { title: html(written), ..RawEntry::default() };
            assert_eq!(of_entry(&raw, &base, None, &mut Vec::new()).title, shown);
        }
    }

    #[test]
    fn an_item_without_title_gets_one() {
        assert_eq!(of("", html("<p>One two. Three four.</p>"), None).title, "One two. Three four.");
        assert_eq!(of("", None, None).title, "https://example.org/story");
        let base = Url::parse("https://example.org/").unwrap();
        let mut repairs = Vec::new();
        let words = of_entry(&RawEntry::default(), &base, None, &mut repairs);
        assert_eq!((words.title.as_str(), repairs.len()), (UNTITLED, 1));
    }

    #[test]
    fn o13_the_summary_is_shorter_than_the_content() {
        let sentence = "A sentence of some words. ";
        let long = format!("<p>{}</p>", sentence.repeat(40));
        let words = of("t", html(&long), html(&long));
        assert!(words.summary.chars().count() <= EXCERPT && words.summary.ends_with('.'));
        assert!(words.content_html.len() > 1000);
        let words = of("t", html(&long), None);
        assert!(words.summary.len() < words.content_html.len(), "a long description is content");
        let words = of("t", plain_text("Short."), html(&long));
        assert_eq!(words.summary, "Short.");
        let words = of("t", html(&long), html("<p>Short.</p>"));
        assert!(words.content_html.len() > 1000, "the longer one is the content");
    }

    #[test]
    fn a_short_plain_description_is_only_a_summary() {
        assert_eq!(
            of("t", html("<p>Just this.</p>"), None),
            Words { title: "t".into(), summary: "Just this.".into(), content_html: String::new() }
        );
        let words = of("t", html("<p>See <a href='/x'>this</a>.</p>"), None);
        assert_eq!(words.summary, "See this.");
        assert!(words.content_html.contains("<a href=\"https://example.org/x\""));
    }

    #[test]
    fn o40_pictures_without_words_are_content() {
        let words = of("t", html("<img src=/i.jpg>"), None);
        assert_eq!(words.summary, "");
        assert_eq!(words.content_html, "<img src=\"https://example.org/i.jpg\">");
        let words = of("t", html("<p>Words.</p>"), html("<img src=/i.jpg>"));
        assert_eq!(words.content_html, "<p>Words.</p><img src=\"https://example.org/i.jpg\">");
    }

    #[test]
    fn plain_content_keeps_its_paragraphs() {
        let words = of("t", None, plain_text("a < b\nc\r\n\r\nd <script>"));
        assert_eq!(words.content_html, "<p>a &lt; b<br>c</p><p>d &lt;script&gt;</p>");
    }

    #[test]
    fn what_wordpress_appends_is_not_part_of_the_summary() {
        let long = format!("<p>{}</p>", "The prisoners wrote again. ".repeat(40));
        for appendix in [
            " [&hellip;]",
            "<p>The post <a href='/x'>Title</a> appeared first on <a href='/'>DiEM25</a>.</p>",
            " Continue reading <span>The title</span> &rarr;",
            " [&#8230;]</p><p>Der Beitrag <a>Titel</a> erschien zuerst auf <a>MERA25</a>.</p>",
            " <a href='/x'>Read more »</a>",
        ] {
            let words = of("t", html(&format!("<p>They wrote{appendix}</p>")), html(&long));
            assert_eq!(words.summary, "They wrote…", "{appendix}");
        }
        assert_eq!(
            of("t", html("The post office is closed."), None).summary,
            "The post office is closed."
        );
    }

    #[test]
    fn o13_an_excerpt_does_not_repeat_the_title_above_it() {
        let html = |text: &str| Some(RawContent::Html(text.to_owned()));
        let drupal = "<span>School for democracy</span>\n<p>Forty people meet for two days.</p>";
        let words = of("School for democracy", html(drupal), None);
        assert_eq!(words.summary, "Forty people meet for two days.");
        let sentence = "<p>School for democracy opens on Friday.</p>";
        let words = of("School for democracy", html(sentence), None);
        assert_eq!(words.summary, "School for democracy opens on Friday.");
    }
}
