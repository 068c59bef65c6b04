//! Our own outputs read back: what is left of the wire when its store is lost.
//!
//! `feed.json` says everything: ids, dates, credits, tags, and hashes of the identities that the
//! sources gave their items. Where it is missing or broken, `atom.xml` beside it says the most of
//! it. Every output is read, since each has stories that have left the others' windows; a story
//! that is in several counts once, with the most of its words.

mod atom;
mod json;
mod removed;

pub use removed::{Told, removed};

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{address, write};
use crate::model::{Enclosure, FileRecord};
use crate::world::Files;

/// An output that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecalledOutput {
    /// Its directory below the output directory, with a slash at the end; empty for `all`.
    pub directory: String,
    /// Its own id.
    pub feed_id: String,
    /// When it was made; where that is not said, the date of its newest story.
    pub created: DateTime<Utc>,
    /// When the oldest of its stories entered the wire; `None` without stories.
    pub oldest_entered: Option<DateTime<Utc>>,
}

/// A story as it was published.
#[derive(Debug, Clone, PartialEq)]
pub struct RecalledStory {
    /// Published id.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// HTML; to be made safe before it is stored.
    pub content_html: String,
    /// Primary subtag; empty where unknown.
    pub language: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: DateTime<Utc>,
    /// Date of the newest substantive change.
    pub updated: DateTime<Utc>,
    /// Time of first sight.
    pub first_seen: DateTime<Utc>,
    /// Decided about windows.
    pub entered: DateTime<Utc>,
    /// Ordered stories.
    pub sort_date: DateTime<Utc>,
    /// Who led it.
    pub origin: RecalledCredit,
    /// Who published it as well.
    pub also: Vec<RecalledCredit>,
    /// Ids of its tags.
    pub tags: Vec<String>,
    /// Labels: the names of its tags, and the categories of its source.
    pub labels: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Rights or licence.
    pub rights: Option<String>,
    /// Ids of the outputs of feeds.toml in which it was found.
    pub outputs: Vec<String>,
}

/// Who published a story, as far as the outputs say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecalledCredit {
    /// Id of the source; empty where only its feed is named.
    pub source: String,
    /// Shown name of the source.
    pub source_name: String,
    /// Id of the feed, or what stood for it.
    pub source_feed_id: String,
    /// Address of the feed; empty where it is not told.
    pub source_url: String,
    /// Web site of the feed.
    pub source_site: Option<String>,
    /// Rights of the whole feed.
    pub source_rights: Option<String>,
    /// Id of the organisation; empty where only its name is known.
    pub organisation: String,
    /// Name of the organisation.
    pub organisation_name: String,
    /// Permalink.
    pub url: Option<String>,
    /// Hash of the identity that the source gave its entry, where it is told.
    pub entry: Option<u128>,
}

/// What outputs say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recalled {
    /// Every output that was found.
    pub outputs: Vec<RecalledOutput>,
    /// Every story in them, in the order in which they entered the wire.
    pub stories: Vec<RecalledStory>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
    /// `feed.json` of `all` as it lay there, without the hash of its bytes.
    pub shown: Option<FileRecord>,
}

/// The document that says everything of an output.
pub const DOCUMENT: &str = address::JSON;

/// Directories below the output directory in which each directory is an output.
const KINDS: [&str; 4] = ["tag", "organisation", "language", "output"];

/// Reads every output below `root`.
///
/// # Errors
/// Where the directory cannot be read. A document that cannot be read is a problem, and the others
/// are read.
pub fn recall(files: &Files, root: &Path) -> io::Result<Recalled> {
    let shown = write::recorded(files, &root.join(DOCUMENT));
    let mut recalled = Recalled { shown, ..Recalled::default() };
    let mut stories = BTreeMap::new();
    for directory in directories(files, root)? {
        let found = output(files, root, &directory, &mut recalled.problems);
        let Some((mut output, found)) = found else { continue };
        output.oldest_entered = found.iter().map(|story| story.entered).min();
        recalled.outputs.push(output);
        let carrier = directory.strip_prefix("output/").map(|id| id.trim_end_matches('/'));
        for story in found {
            let known: &mut RecalledStory =
                stories.entry(story.id.clone()).or_insert_with(|| story.clone());
            if known.content_html.len() < story.content_html.len() {
                let outputs = std::mem::take(&mut known.outputs);
                *known = RecalledStory { outputs, ..story };
            }
            known.outputs.extend(carrier.map(str::to_owned));
        }
    }
    recalled.stories = stories.into_values().collect();
    recalled
        .stories
        .sort_by(|a, b| (a.entered, a.sort_date, &a.id).cmp(&(b.entered, b.sort_date, &b.id)));
    Ok(recalled)
}

/// The output `all` and its stories; `None` where neither of its documents can be read.
pub fn all(files: &Files, root: &Path) -> Option<(RecalledOutput, Vec<RecalledStory>)> {
    output(files, root, "", &mut Vec::new())
}

fn directories(files: &Files, root: &Path) -> io::Result<Vec<String>> {
    let mut found = vec![String::new()];
    for kind in KINDS {
        let above = root.join(kind);
        if files.find(&above)?.is_none_or(|found| !found.is_dir()) {
            continue;
        }
        for path in files.list(&above)? {
            if files.metadata(&path)?.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                found.push(format!("{kind}/{name}/"));
            }
        }
    }
    Ok(found)
}

/// One output: from its JSON Feed, else from its Atom feed.
fn output(
    files: &Files,
    root: &Path,
    directory: &str,
    problems: &mut Vec<String>,
) -> Option<(RecalledOutput, Vec<RecalledStory>)> {
    type Read =
        fn(&[u8], &str, &mut Vec<String>) -> Result<(RecalledOutput, Vec<RecalledStory>), String>;
    let formats: [(&str, Read); 2] = [(address::JSON, json::json), (address::ATOM, atom::atom)];
    for (name, read) in formats {
        let path = format!("{directory}{name}");
        let bytes = match files.read(&root.join(&path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                problems.push(format!("{path}: {error}"));
                continue;
            }
        };
        let mut odd = Vec::new();
        match read(&bytes, directory, &mut odd) {
            Ok(found) => {
                problems.extend(odd.into_iter().map(|odd| format!("{path}: {odd}")));
                return Some(found);
            }
            Err(reason) => problems.push(format!("{path}: {reason}")),
        }
    }
    None
}
