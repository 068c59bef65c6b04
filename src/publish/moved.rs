//! Where an output was published before it got another id: the same feeds, which name their new
//! address as their own, and a page that leads on.
//!
//! `serve` answers such paths with 301. A web server that only hands out files cannot, and whoever
//! subscribed to the former path must not be left with a feed that is gone, or silent for ever.

use serde::Serialize;

use crate::model::OutputKey;

use super::document::Document;
use super::words::Words;
use super::{RenderError, Rendered, address, language, page, template};

#[derive(Serialize)]
struct Moved<'a> {
    words: &'static Words,
    language: &'static str,
    direction: &'static str,
    policy: &'static str,
    title: String,
    description: Option<String>,
    generator: String,
    root: String,
    canonical: String,
    site_title: &'a str,
    name: &'a str,
    href: String,
}

/// Adds to the documents of an output what is to be found at a former place of it.
pub(super) fn render(
    document: &Document<'_>,
    former: &OutputKey,
    rendered: &mut Vec<Rendered>,
) -> Result<(), RenderError> {
    let directory = address::directory(former)?;
    let mut found = Vec::new();
    for written in &*rendered {
        let Some(name) = written.path.strip_prefix(&document.directory) else { continue };
        let path = format!("{directory}{name}");
        let bytes = match name {
            address::PAGE => moved_page(document, &directory)?,
            address::RSS | address::ATOM | address::JSON => written.bytes.clone(),
            _ => continue,
        };
        found.push(Rendered { path, bytes });
    }
    rendered.append(&mut found);
    Ok(())
}

fn moved_page(document: &Document<'_>, from: &str) -> Result<Vec<u8>, RenderError> {
    let words = Words::of(&document.site.language);
    let root = address::to_root(from);
    let href = format!("{root}{}", document.path(address::PAGE));
    let page = Moved {
        words,
        language: words.language,
        direction: language::direction(words.language),
        policy: page::META_POLICY,
        title: document.feed_title(),
        description: None,
        generator: format!("{} {}", super::PROGRAM, super::VERSION),
        canonical: document.page_address(),
        site_title: &document.site_title,
        name: &document.name,
        href,
        root,
    };
    template::fill("moved.html", page)
}
