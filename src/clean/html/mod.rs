//! HTML: rewritten from an allow-list, so that nothing runs, nothing hides, and every parser sees
//! the same tree.
//!
//! Two steps. First the markup is taken apart in linear time and written anew with what
//! `allowed` lists, bounded in depth and length and free of the constructs that parsers read
//! differently (`writer`). Then `ammonia` parses the result as a browser would and holds it
//! against the same list once more: should the first step ever let something slip, it ends there.
//! Sanitising what was sanitised changes nothing.

mod allowed;
#[cfg(test)]
mod tests;
mod videos;
mod writer;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::markup::{self, Attributes, Token};
use super::text::{self, escape_into};
use super::work;
use writer::Writer;

/// Sanitised HTML is at most this long; what is beyond is left out.
pub const MAX_CONTENT: usize = 1024 * 1024;

/// An emoji picture is replaced by its `alt` text when that is this short.
const MAX_EMOJI_BYTES: usize = 32;

static GUARD: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let own = allowed::ATTRIBUTES.iter();
    let own: HashMap<_, HashSet<_>> =
        own.map(|(name, attributes)| (*name, attributes.iter().copied().collect())).collect();
    let mut guard = Builder::empty();
    guard
        .tags(allowed::ELEMENTS.iter().copied().collect())
        .tag_attributes(own)
        .generic_attributes(allowed::GLOBAL_ATTRIBUTES.iter().copied().collect())
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(allowed::LINK_REL))
        .clean_content_tags(["script", "style"].into_iter().collect());
    guard
});

/// Makes markup safe to publish. URLs are resolved against `base`; only http and https come out
/// (and `mailto:` in links). Empty where there is nothing to read, see or hear.
pub fn sanitise(html: &str, base: &Url) -> String {
    let mut writer = Writer::default();
    let mut scripted = Scripted::default();
    for token in markup::tokens(html) {
        if writer.is_full() {
            break;
        }
        match token {
            Token::Text(text) => writer.text(&markup::decode(text)),
            Token::End { name } => {
                if name == "noscript" {
                    scripted.is_fallback = false;
                } else {
                    writer.end(&name);
                }
            }
            Token::Start { name, attributes } => match name.as_ref() {
                "noscript" => scripted.is_fallback = true,
                "img" => image(&mut writer, &mut scripted, &attributes, base),
                "iframe" => frame(&mut writer, &attributes, base),
                "br" | "wbr" | "hr" | "source" => void(&mut writer, &name, &attributes, base),
                _ => start(&mut writer, &name, &attributes, base),
            },
        }
    }
    let written = writer.finish();
    if written.is_empty() || is_plain(&written) {
        return written;
    }
    // Its time goes by length, depth and number of attributes, each of which has a bound by now.
    work::steps(written.len());
    GUARD.clean(&written).to_string()
}

/// Whether this is text without any markup, in which the guard finds nothing and changes nothing.
fn is_plain(written: &str) -> bool {
    // It writes a space that does not break as `&nbsp;`.
    !written.contains(['<', '\u{a0}']) && !written.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

/// The URL of the first picture in sanitised HTML.
pub fn first_image(html: &str) -> Option<String> {
    markup::tokens(html).find_map(|token| match token {
        Token::Start { name, attributes } if name == "img" => {
            attributes.get("src").map(|src| src.into_owned())
        }
        _ => None,
    })
}

/// Whether an element stands within a line of text.
pub fn is_inline(name: &str) -> bool {
    name != "br" && !allowed::published_name(name).is_some_and(allowed::is_block)
}

/// What is known about pictures that a script would have loaded.
#[derive(Debug, Default)]
struct Scripted {
    is_fallback: bool,
    last_image: String,
}

fn start(writer: &mut Writer, name: &str, attributes: &Attributes<'_>, base: &Url) {
    let Some(published) = allowed::published_name(name) else { return };
    let tag = allowed::start_tag(published, attributes, base);
    let says_nothing = match published {
        // An anchor, or a link that leads nowhere.
        "a" => allowed::address_of(&tag).is_none(),
        "span" => tag == "<span>",
        _ => false,
    };
    if says_nothing {
        return;
    }
    writer.start(name, published, &tag);
}

fn void(writer: &mut Writer, name: &str, attributes: &Attributes<'_>, base: &Url) {
    let Some(published) = allowed::published_name(name) else { return };
    let tag = match published {
        "source" => allowed::start_tag(published, attributes, base),
        // Their attributes would say nothing.
        _ => format!("<{published}>"),
    };
    if published == "source" && allowed::address_of(&tag).is_none() {
        return;
    }
    writer.void(published, &tag);
}

fn image(writer: &mut Writer, scripted: &mut Scripted, attributes: &Attributes<'_>, base: &Url) {
    if let Some(emoji) = emoji(attributes) {
        return writer.text(&emoji);
    }
    if is_tracker(attributes) {
        return;
    }
    let tag = allowed::start_tag("img", attributes, base);
    let Some(source) = allowed::address_of(&tag) else { return };
    // The fallback of a picture that was taken from `data-src` already.
    if scripted.is_fallback && scripted.last_image == source {
        return;
    }
    source.clone_into(&mut scripted.last_image);
    writer.void("img", &tag);
}

/// WordPress shows emoji as pictures; their text is in `alt`.
fn emoji(attributes: &Attributes<'_>) -> Option<String> {
    let class = attributes.get("class")?;
    let is_emoji = class.split_ascii_whitespace().any(|c| matches!(c, "wp-smiley" | "emoji"));
    let alt = attributes.get("alt").filter(|_| is_emoji)?;
    (!alt.is_empty() && alt.len() <= MAX_EMOJI_BYTES).then(|| text::line(&alt, MAX_EMOJI_BYTES))
}

/// Pictures that nobody sees count readers.
fn is_tracker(attributes: &Attributes<'_>) -> bool {
    let is_point = |name: &str| {
        attributes
            .get(name)
            .is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"))
    };
    let style = attributes.get("style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.split_ascii_whitespace().collect();
    is_point("width")
        || is_point("height")
        || attributes.has("hidden")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

/// A video of a well-known host becomes a link to its page.
fn frame(writer: &mut Writer, attributes: &Attributes<'_>, base: &Url) {
    let page = ["src", "data-src", "data-lazy-src"]
        .iter()
        .filter_map(|name| attributes.get(name))
        .find_map(|src| videos::page_of_frame(&src, base));
    let Some(page) = page else { return };
    let title = attributes.get("title").map(|title| text::line(&title, 200));
    let words = title.filter(|title| !title.is_empty()).unwrap_or_else(|| page.clone());
    let mut tag = String::from("<a href=\"");
    escape_into(&page, &mut tag);
    tag.push_str(&format!("\" rel=\"{}\">", allowed::LINK_REL));
    let is_alone = !writer.is_within("p") && !writer.is_within("a");
    if is_alone {
        writer.start("p", "p", "<p>");
    }
    writer.start("a", "a", &tag);
    writer.text(&words);
    writer.end("a");
    if is_alone {
        writer.end("p");
    }
}
