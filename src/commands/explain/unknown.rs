//! A name that is no story's: what was looked for, and what is known of it all the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::clean::urls;
use crate::commands::{CommandError, time};
use crate::config::Config;
use crate::model::{Location, Source};
use crate::store::View;

/// Something that is known of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The source that it has to do with.
    pub source: String,
    /// How.
    pub kind: Kind,
    /// The same in words.
    pub words: String,
}

/// How a name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The source listed it, and it was not taken.
    Seen,
    /// It waits for its article.
    Waiting,
    /// It lies on the site of the source.
    Site,
}

/// What was looked for, and what was found.
pub(super) fn traces(
    view: &View,
    config: &Config,
    name: &str,
) -> Result<(Vec<String>, Vec<Trace>), CommandError> {
    let name = name.trim();
    let links: Vec<String> = urls::part(name).into_iter().chain(urls::canonical(name)).collect();
    let digits = name.strip_prefix('#').unwrap_or(name);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let mut looked_for = vec![if is_number {
        format!("the number {digits} of `samizdat list`")
    } else {
        format!("a published id {name}")
    }];
    looked_for.extend(links.iter().map(|link| format!("the link {link}")));
    looked_for.push(format!("a guid {name} of any source"));
    let mut traces = Vec::new();
    for source in view.source_ids()? {
        for name in links.iter().map(String::as_str).chain([name]) {
            if let Some(seen) = view.seen(&source, name)?.filter(|seen| seen.entry.is_none()) {
                let words = format!(
                    "listed by {source}, last on {}, and remembered without being taken: there were more new items than one poll may bring, or it was taken down",
                    day(seen.last_listed)
                );
                traces.push(Trace { source: source.clone(), kind: Kind::Seen, words });
                break;
            }
        }
    }
    for ((source, _), waiting) in view.all_waiting()? {
        let item = &waiting.item;
        let is_it = item.identity == name
            || item.url.as_deref() == Some(name)
            || item.canonical_link.as_ref().is_some_and(|link| links.contains(link));
        if is_it {
            let mut words = format!(
                "of {source}, waiting for its article since {}: asked for it {}, and again from {}",
                time(waiting.since),
                match waiting.tries {
                    1 => "once".to_owned(),
                    tries => format!("{tries} times"),
                },
                time(waiting.due)
            );
            if let Some(why) = waiting.unread {
                words.push_str(&format!("; {why}"));
            }
            traces.push(Trace { source, kind: Kind::Waiting, words });
        }
    }
    for source in config.sources.iter().filter(|source| is_on_site(name, source)) {
        let last = view.polls(&source.id, 1)?.into_iter().next();
        let words = match last {
            None => format!("on the site of {}, which was not polled yet", source.id),
            Some(poll) => format!(
                "on the site of {}, which was polled last at {}{}",
                source.id,
                time(poll.at),
                poll.error.map(|error| format!(" and failed: {error}")).unwrap_or_default()
            ),
        };
        traces.push(Trace { source: source.id.clone(), kind: Kind::Site, words });
    }
    Ok((looked_for, traces))
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

fn is_on_site(name: &str, source: &Source) -> bool {
    let Ok(url) = Url::parse(name) else { return false };
    let polled = match &source.location {
        Location::Web(url) => Some(url),
        Location::File(_) => None,
    };
    polled.into_iter().chain(&source.site).any(|own| urls::is_same_site(&url, own))
}
