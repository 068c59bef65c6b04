//! What outputs select: sources, tags and organisations of the file.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{Problem, Report};
use super::super::nearest::nearest;
use super::super::section::Section;
use super::MOST_COMPARED;
use crate::model::{Organisation, OutputRule, Source, TagRule, id_from_name};

/// What an output selects must exist; former ids are replaced by those of today.
pub(in super::super) fn check_outputs(
    outputs: &mut [(OutputRule, &Section)],
    sources: &[(Source, &Section)],
    tags: &[TagRule],
    organisations: &[Organisation],
    report: &mut Report<'_>,
) {
    let source_ids = names(sources.iter().map(|(source, _)| (&source.id, &source.was)));
    let tag_ids = names(tags.iter().map(|tag| (&tag.id, &tag.was)));
    let organisation_ids =
        names(organisations.iter().map(|organisation| (&organisation.id, &organisation.was)));
    for (rule, section) in outputs {
        let keys = [
            ("sources", &source_ids, "source", &mut rule.sources),
            ("tags", &tag_ids, "tag", &mut rule.tags),
        ];
        for (key, known, what, selected) in keys {
            selected.clear();
            for named in section.texts_at(key) {
                if let Some(id) = known.get(named.value.as_str()) {
                    selected.push((*id).to_owned());
                    continue;
                }
                let looked_for = report.has_room() && known.len() <= MOST_COMPARED;
                let meant =
                    looked_for.then(|| nearest(&named.value, known.keys().copied())).flatten();
                let help = match meant {
                    Some(meant) => format!("did you mean \"{meant}\"?"),
                    None => format!("name the id of a {what} of this file"),
                };
                let message = format!("`{key}`: there is no {what} `{}`", named.value);
                report.error(named.span, Problem::new(message, help));
            }
        }
        for id in &mut rule.organisations {
            if let Some(today) = organisation_ids.get(id.as_str()) {
                *id = (*today).to_owned();
            }
        }
        check_organisations(section, sources, &organisation_ids, report);
    }
}

/// Ids of organisations that nobody described are made when their first story comes, from a name
/// that may be their feed's title. Where every source names its organisation, the ids are known.
fn check_organisations(
    section: &Section,
    sources: &[(Source, &Section)],
    described: &BTreeMap<&str, &str>,
    report: &mut Report<'_>,
) {
    let named = section.texts_at("organisations");
    if named.is_empty() {
        return;
    }
    let name = |source: &Source| source.organisation.clone().or_else(|| source.name.clone());
    let made: Option<BTreeSet<String>> =
        sources.iter().map(|(source, _)| name(source).map(|name| id_from_name(&name))).collect();
    let Some(made) = made else { return };
    for named in named {
        if described.contains_key(named.value.as_str()) || made.contains(&named.value) {
            continue;
        }
        let known = described.keys().copied().chain(made.iter().map(String::as_str));
        let looked_for = report.has_room() && made.len() <= MOST_COMPARED;
        let help = match looked_for.then(|| nearest(&named.value, known)).flatten() {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => {
                "name its id, which is the name of its directory below organisation/".to_owned()
            }
        };
        let message = format!("`organisations`: no source speaks for `{}`", named.value);
        report.warning(named.span, Problem::new(message, help));
    }
}

/// Ids, and former ids with those of today.
fn names<'a>(
    things: impl Iterator<Item = (&'a String, &'a Vec<String>)>,
) -> BTreeMap<&'a str, &'a str> {
    let mut names = BTreeMap::new();
    for (id, was) in things {
        names.insert(id.as_str(), id.as_str());
        for was in was {
            names.entry(was.as_str()).or_insert(id.as_str());
        }
    }
    names
}
