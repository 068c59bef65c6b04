//! Deciding: what the store knows of what came is looked up, `story` judges, and the verdicts become
//! changes.

use std::collections::HashSet;

use url::Url;

use super::decided::put_into_force;
use super::judge::Bench;
use super::recognise::is_at_home;
use super::select::{filtered_members, select_outputs};
use crate::model::EntryNumber;
use crate::store::{AliasKind, Changes, Counters, Result, Seen, View, identity_hash};
use crate::story::{self, Known, Place, Polled, Tally, Verdict};

/// Judges a batch of polls as one; what each of them brought.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn decide(
    polls: &[Polled],
    store: &View,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> Result<Vec<Tally>> {
    let counters = store.counters()?;
    let known = known(polls, store, bench, &counters)?;
    let mut judgement = story::decide(polls, known, bench.authority, bench.backlog);
    put_into_force(&mut judgement, store, bench, changes)?;
    for (poll, arrival, verdict) in &judgement.verdicts {
        let Some(poll) = polls.get(*poll) else { continue };
        let Some(arrival) = poll.arrivals.get(*arrival) else { continue };
        let entry = match verdict {
            Verdict::New(entry) | Verdict::Joins(entry) | Verdict::Updated(entry) => Some(*entry),
            Verdict::Dropped => None,
        };
        let words = story::words_name(&arrival.text);
        let item = &arrival.item;
        let titled = story::titled_name(&item.title, item.published);
        let names = std::iter::once(&item.identity)
            .chain(&item.other_identities)
            .chain(&item.canonical_link)
            .chain([&words])
            .chain(&titled);
        for name in names {
            let seen = Seen { entry, last_listed: poll.at };
            changes.seen.push((poll.source.clone(), identity_hash(name), seen));
        }
    }
    changes.entries = judgement
        .entries
        .into_iter()
        .map(|(number, entry, text)| (number, entry, Some(text)))
        .collect();
    changes.stories = judgement
        .stories
        .into_iter()
        .map(|(number, (before, after))| (number, before, after))
        .collect();
    let links = judgement.links.into_iter().map(|(link, story)| (AliasKind::Link, link, story));
    let ids = judgement.ids.into_iter().map(|(id, story)| (AliasKind::PublishedId, id, story));
    let editions =
        judgement.editions.into_iter().map(|(link, story)| (AliasKind::Edition, link, story));
    changes.aliases = links.chain(ids).chain(editions).collect();
    changes.wire = judgement.wire;
    select_outputs(store, bench.selector, changes)?;
    changes.counters = Some(Counters {
        next_entry: judgement.last_entry,
        next_story: judgement.last_story,
        next_sequence: judgement.last_sequence,
        ..counters
    });
    Ok(judgement.tallies)
}

/// Looks up what bears on the arrivals: stories that their links name, ids that are taken.
fn known(polls: &[Polled], store: &View, bench: &Bench<'_>, counters: &Counters) -> Result<Known> {
    let mut known = Known {
        last_entry: counters.next_entry,
        last_story: counters.next_story,
        last_sequence: counters.next_sequence,
        newest_entered: store.newest_entered()?,
        priorities: bench.priorities.clone(),
        ..Known::default()
    };
    for poll in polls {
        for arrival in &poll.arrivals {
            if let Some((_, entry, _)) = &arrival.known {
                known.stories.insert(entry.story, store.story(entry.story)?);
            }
            let item = &arrival.item;
            let mark = arrival.mark();
            for link in arrival.links().chain(&mark).chain(&item.editions) {
                if let Some(number) = store.alias(AliasKind::Link, link)? {
                    known.links.insert(link.clone(), number);
                    known.stories.insert(number, store.story(number)?);
                }
            }
            for link in item.canonical_link.iter().chain(&item.editions) {
                if let Some(number) = store.alias(AliasKind::Edition, link)? {
                    known.editions.insert(link.clone(), number);
                    known.stories.insert(number, store.story(number)?);
                }
            }
            let made = bench.authority.story(&poll.source, &arrival.item.identity);
            for id in arrival.item.guid.iter().chain([&made]) {
                if let Some(number) = store.alias(AliasKind::PublishedId, id)? {
                    known.ids.insert(id.clone(), number);
                }
            }
        }
    }
    known.copies = copies(polls, &known, store, bench)?;
    let Known { stories, members, .. } = &mut known;
    for story in stories.values() {
        filtered_members(store, bench.selector, story, members)?;
    }
    Ok(known)
}

/// Which stories that an original joins are led by a copy of it; of a source that has left feeds.toml
/// nothing is known.
fn copies(
    polls: &[Polled],
    known: &Known,
    store: &View,
    bench: &Bench<'_>,
) -> Result<HashSet<EntryNumber>> {
    let originals = polls
        .iter()
        .flat_map(|poll| &poll.arrivals)
        .filter(|arrival| arrival.known.is_none() && arrival.place == Place::Home);
    let joined: HashSet<_> = originals
        .filter_map(|arrival| {
            let mut own = arrival.part.iter().chain(&arrival.item.canonical_link);
            own.find_map(|link| known.links.get(link))
        })
        .filter_map(|number| known.stories.get(number))
        .map(|story| story.lead)
        .collect();
    let mut copies = HashSet::new();
    for number in joined {
        let lead = store.entry(number)?;
        let link = lead.url.as_deref().and_then(|url| Url::parse(url).ok());
        let source = bench.sources.iter().find(|source| source.id == lead.source);
        if let (Some(source), Some(link)) = (source, link)
            && !is_at_home(source, &link)
        {
            copies.insert(number);
        }
    }
    Ok(copies)
}
