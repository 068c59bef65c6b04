//! Sources that come from somebody else's list: which of them are new, which are there already, and
//! which cannot be sources, each with the reason.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Serialize;
use url::Url;

use super::feeds_toml::{FeedsToml, same};
use crate::config::NewSource;
use crate::fetch::check_url;
use crate::model::shown_url;

/// What becomes of what a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is a source now.
    Added,
    /// It was one.
    Known,
    /// It cannot be one.
    Skipped,
}

/// One feed or page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub outcome: Outcome,
    /// Its address, as everybody may see it.
    pub url: String,
    /// Its name in the list.
    pub name: Option<String>,
    /// The id of the source, where there is one.
    pub id: Option<String>,
    /// Why it was skipped, or where it is.
    pub reason: Option<String>,
}

/// What a list names.
pub(super) struct Candidate {
    /// Its address, as written.
    pub(super) url: String,
    /// Its name, as written.
    pub(super) name: Option<String>,
    /// Why it cannot be a source, where the list itself says so.
    pub(super) unfit: Option<String>,
    /// The source that it would be; its id, where there is one, is a wish.
    pub(super) source: NewSource,
}

/// What became of all of them.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) added: usize,
    pub(super) known: usize,
    pub(super) skipped: usize,
    /// One for each, in order.
    pub(super) lines: Vec<Line>,
    /// The sources to be added.
    pub(super) new: Vec<NewSource>,
}

/// Decides; nothing is written yet.
pub(super) fn take(
    candidates: Vec<Candidate>,
    feeds_toml: &mut FeedsToml,
    allowed: &[IpNet],
) -> Taken {
    let mut taken = Taken::default();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for candidate in candidates {
        let Candidate { url: written, name, unfit, source } = candidate;
        let mut line = Line {
            outcome: Outcome::Skipped,
            url: shown_url(&written),
            name: name.clone(),
            id: None,
            reason: None,
        };
        match unfit.map_or_else(|| address(&written, allowed), Err) {
            Err(reason) => line.reason = Some(reason),
            Ok(url) => {
                let canonical = same(url.as_str());
                if let Some(known) = feeds_toml.with_url(&url) {
                    line.outcome = Outcome::Known;
                    line.reason = Some(format!("line {} of feeds.toml", known.line));
                    line.id = Some(known.id.clone());
                } else if let Some(id) = ids.get(&canonical) {
                    line.outcome = Outcome::Known;
                    line.reason = Some("it stands twice in the list".to_owned());
                    line.id = Some(id.clone());
                } else {
                    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
                    let wish = Some(source.id.as_str()).filter(|id| !id.is_empty());
                    let name = wish.or(name.as_deref()).unwrap_or(host);
                    let id = feeds_toml.known.new_id(name);
                    line.outcome = Outcome::Added;
                    line.id = Some(id.clone());
                    ids.insert(canonical, id.clone());
                    taken.new.push(NewSource { id, url: url.to_string(), ..source });
                }
            }
        }
        let count = match line.outcome {
            Outcome::Added => &mut taken.added,
            Outcome::Known => &mut taken.known,
            Outcome::Skipped => &mut taken.skipped,
        };
        *count = count.saturating_add(1);
        taken.lines.push(line);
    }
    taken
}

/// The address of what a list names, where it may be polled.
fn address(written: &str, allowed: &[IpNet]) -> Result<Url, String> {
    let no_url = |_| "it is no web address".to_owned();
    let mut url = Url::parse(written.trim()).map_err(no_url)?;
    if url.scheme() == "feed" {
        let bare = written.trim().trim_start_matches("feed:");
        let bare =
            bare.strip_prefix("//").map_or(bare.to_owned(), |rest| format!("https://{rest}"));
        url = Url::parse(&bare).map_err(no_url)?;
    }
    check_url(&url, allowed).map_err(|refused| refused.to_string())?;
    if written.contains('…') {
        return Err("its secret was left out of the list; add it by hand, as {env:NAME}".to_owned());
    }
    if written.contains(['{', '}']) {
        return Err("it names a variable, which a list must not; add it by hand".to_owned());
    }
    Ok(url)
}

/// Words of a list, which are no longer than names are.
pub(super) fn short(words: &str) -> String {
    words.chars().take(200).collect()
}
