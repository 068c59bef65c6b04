//! What editors decided, applied to what polls bring: decisions hold for stories that change and
//! for those that are read anew.

use std::collections::HashMap;

use super::judge::Bench;
use crate::model::{Decision, EntryNumber, Story};
use crate::store::{Changes, DecisionKey, Result, View};
use crate::story::{self, Judgement};

/// Brings the stories of a judgement into the state that editors decided.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn put_into_force(
    judgement: &mut Judgement,
    store: &View,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> Result<()> {
    if !store.has_decisions()? {
        return Ok(());
    }
    let mut names: HashMap<EntryNumber, u128> = HashMap::new();
    for (number, entry, _) in &judgement.entries {
        let new = entry.identity_hash();
        names.insert(*number, new);
        // A source that gives its entry another name does not get rid of what was decided.
        let Some(old) = store.find_entry(*number)?.map(|entry| entry.identity_hash()) else {
            continue;
        };
        if old != new
            && let Some(decision) = store.decision(&entry.source, old)?
        {
            let under = |name: u128| (entry.source.clone(), name);
            changes.decisions.decisions.push((under(old), None));
            changes.decisions.decisions.push((under(new), Some(decision)));
        }
    }
    let moved: HashMap<DecisionKey, Decision> = (changes.decisions.decisions.iter().cloned())
        .filter_map(|(key, decision)| Some((key, decision?)))
        .collect();
    for (_, now) in judgement.stories.values_mut() {
        if let Some(decision) = decision_of(now, &names, &moved, store)? {
            let tag_id = |id: &str| bench.tagger.id(id).map(str::to_owned);
            story::put_into_force(now, &decision, tag_id);
        }
    }
    Ok(())
}

/// What is decided about a story: what is kept under any of its entries.
fn decision_of(
    story: &Story,
    names: &HashMap<EntryNumber, u128>,
    moved: &HashMap<DecisionKey, Decision>,
    store: &View,
) -> Result<Option<Decision>> {
    for member in &story.members {
        let name = match names.get(&member.entry) {
            Some(name) => *name,
            None => store.entry(member.entry)?.identity_hash(),
        };
        if let Some(decision) = moved.get(&(member.source.clone(), name)) {
            return Ok(Some(decision.clone()));
        }
        if let Some(decision) = store.decision(&member.source, name)? {
            return Ok(Some(decision));
        }
    }
    Ok(None)
}
