//! Where outputs lie: paths below `public/`, absolute URLs, and links between our own pages.
//!
//! A path is made of our own fixed words and of ids that are strict slugs; nothing that a source
//! or a category says ever becomes part of one. Ids that are no slugs are refused, not mended:
//! mending could put two outputs into one directory.

use crate::model::{OutputKey, OutputKind};

use super::{RenderError, Site};

/// Longest id that may become a directory name.
const MAX_SLUG: usize = 100;

/// File names of an output, in the order in which pages offer them.
pub(super) const PAGE: &str = "index.html";
pub(super) const RSS: &str = "rss.xml";
pub(super) const ATOM: &str = "atom.xml";
pub(super) const JSON: &str = "feed.json";

/// The page that says who edits the wire and how to have something removed.
pub(super) const ABOUT: &str = "about.html";
/// The list of sources.
pub(super) const SOURCES: &str = "sources.opml";
/// The list of outputs.
pub(super) const OUTPUTS: &str = "outputs.opml";
/// The icon of every page.
pub(super) const ICON: &str = "icon.svg";
/// The style of every page.
pub(super) const STYLE: &str = "style.css";

/// Whether an id may become a directory name: `a-z 0-9 -`, not empty, not too long.
fn is_slug(id: &str) -> bool {
    (1..=MAX_SLUG).contains(&id.len())
        && !id.starts_with('-')
        && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The directory of an output below `public/`, with a trailing slash; empty for `all`.
pub(super) fn directory(key: &OutputKey) -> Result<String, RenderError> {
    let safe = match key.kind {
        OutputKind::All => key.id.is_empty(),
        _ => is_slug(&key.id),
    };
    if safe { Ok(key.directory()) } else { Err(RenderError::UnsafeId { id: key.id.clone() }) }
}

/// What leads from a directory back to the root of `public/`: `../` for each level.
pub(super) fn to_root(directory: &str) -> String {
    "../".repeat(directory.matches('/').count())
}

/// The absolute URL of a path below `public/`. The site's own path, if it has one, stays.
pub(super) fn absolute(site: &Site, path: &str) -> String {
    let base = site.url.as_str();
    let slash = if base.ends_with('/') { "" } else { "/" };
    format!("{base}{slash}{path}")
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn key(id: &str) -> OutputKey {
        OutputKey { kind: OutputKind::Tag, id: id.to_owned() }
    }

    #[test]
    fn h48_only_slugs_become_directories() {
        assert_eq!(directory(&key("political-prisoners")).unwrap(), "tag/political-prisoners/");
        assert_eq!(directory(&OutputKey::all()).unwrap(), "");
        let long = "a".repeat(300);
        for id in [
            // Leave the directory.
            "..",
            "../../etc/x",
            "..\\x",
            "/etc",
            "a/b",
            // Mean something else to some file system.
            "",
            ".",
            "a.",
            "C++",
            "Con",
            "a\0b",
            "💥",
            "-rf",
            "a b",
            &long,
        ] {
            assert!(directory(&key(id)).is_err(), "{id:?}");
        }
        assert!(directory(&OutputKey { kind: OutputKind::All, id: "x".to_owned() }).is_err());
    }

    #[test]
    fn h49_ids_that_differ_only_in_case_or_signs_never_share_a_directory() {
        assert!(directory(&key("C")).is_err());
        assert!(directory(&key("c++")).is_err());
        assert!(directory(&key("c")).is_ok());
    }

    #[test]
    fn the_path_of_the_site_stays_in_its_urls() {
        let mut site = Site {
            title: String::new(),
            url: Url::parse("https://example.org/wire/").unwrap(),
            description: None,
            language: "en".to_owned(),
            editor: None,
            contact: None,
            hub: None,
        };
        assert_eq!(absolute(&site, "tag/a/atom.xml"), "https://example.org/wire/tag/a/atom.xml");
        site.url = Url::parse("https://example.org/wire").unwrap();
        assert_eq!(absolute(&site, "rss.xml"), "https://example.org/wire/rss.xml");
    }

    #[test]
    fn every_directory_level_is_climbed() {
        assert_eq!(to_root(""), "");
        assert_eq!(to_root("tag/a/"), "../../");
    }
}
