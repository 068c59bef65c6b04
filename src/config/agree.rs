//! What tables have to do with one another: ids that occur twice, tags that nobody described,
//! two sources with one url.

use std::collections::BTreeMap;
use std::ops::Range;

use super::finding::{Problem, Report, shown};
use super::nearest::{distance, nearest};
use super::rules::OutputRule;
use super::walk::{Section, Sections};
use crate::model::{Location, Organisation, Source, TagRule};

/// Beyond this many ids no nearest one is looked for: it would cost more than it tells.
const MOST_COMPARED: usize = 500;

/// An id, and a former id, may stand for one thing only.
pub(super) fn check_ids(sections: &Sections, report: &mut Report<'_>) {
    for name in ["source", "tag", "organisation", "output"] {
        let mut first: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let ids = sections
            .named(name)
            .filter_map(|section| section.text("id").map(|id| (id, section.place("id"), false)));
        let former = sections.named(name).flat_map(|section| {
            section.texts_at("was").into_iter().map(|was| (was.value, was.span, true))
        });
        for (id, span, is_former) in ids.chain(former) {
            let Some(other) = first.get(&id) else {
                first.insert(id, span);
                continue;
            };
            let line = report.line(other);
            let (message, help) = if is_former {
                (
                    format!("`{id}` in `was` is also the id in line {line}, now or formerly"),
                    format!("a former id belongs to one {name}: remove it here, or there"),
                )
            } else {
                (
                    format!("the id `{id}` is also that of line {line}"),
                    format!(
                        "give this {name} another id; ids are kept for ever, so change the newer one"
                    ),
                )
            };
            report.clash(span, other.clone(), Problem::new(message, help));
        }
    }
    let mut names: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for section in sections.named("organisation") {
        let Some(name) = section.text("name") else { continue };
        let span = section.place("name");
        match names.get(&name) {
            Some(other) => {
                let message = format!(
                    "the organisation `{}` is also described in line {}",
                    shown(&name),
                    report.line(other)
                );
                let help = "sources name their organisation by its name: keep one of the two";
                report.clash(span, other.clone(), Problem::new(message, help));
            }
            None => {
                names.insert(name, span);
            }
        }
    }
}

/// Two sources with one location are told, and polled once.
pub(super) fn check_locations(sources: &[(Source, &Section)], report: &mut Report<'_>) {
    let mut first: BTreeMap<String, &Section> = BTreeMap::new();
    for (source, section) in sources.iter().filter(|(source, _)| source.enabled) {
        let location = match &source.location {
            Location::Web(url) => {
                // A fragment is never sent.
                let mut url = url.clone();
                url.set_fragment(None);
                url.to_string()
            }
            Location::File(path) => path.display().to_string(),
        };
        let Some(other) = first.get(&location) else {
            first.insert(location, section);
            continue;
        };
        let span = other.place("url");
        let message = format!(
            "this url is also that of `{}` in line {}; it is polled once",
            other.text("id").unwrap_or_default(),
            report.line(&span)
        );
        let help = "remove one of the two sources, or write enabled = false";
        report.doubt(section.place("url"), span, Problem::new(message, help));
    }
}

/// Tags of sources that no `[[tag]]` describes are made, without phrases; former ids are replaced.
pub(super) fn complete_tags(
    sources: &mut [(Source, &Section)],
    tags: &mut Vec<TagRule>,
    report: &mut Report<'_>,
) {
    let described: Vec<String> = tags.iter().map(|tag| tag.id.clone()).collect();
    for (source, section) in sources {
        for id in &mut source.tags {
            if let Some(now) = tags.iter().find(|tag| tag.was.contains(id)).map(|tag| &tag.id) {
                id.clone_from(now);
            }
            if tags.iter().any(|tag| tag.id == *id) {
                continue;
            }
            let meant = (described.len() <= MOST_COMPARED)
                .then(|| described.iter().find(|known| is_slip(id, known)))
                .flatten();
            if let Some(meant) = meant {
                let span = section.texts_at("tags").into_iter().find(|tag| tag.value == *id);
                report.warning(
                    span.map_or_else(|| section.place("tags"), |tag| tag.span),
                    Problem::new(
                        format!("no [[tag]] describes `{id}`, so it is a tag of its own"),
                        format!("did you mean \"{meant}\"?"),
                    ),
                );
            }
            tags.push(TagRule {
                id: id.clone(),
                name: id.clone(),
                names: Vec::new(),
                phrases: Vec::new(),
                not: Vec::new(),
                categories: Vec::new(),
                was: Vec::new(),
            });
        }
    }
}

/// Two slips at most, in a word that is long enough for them.
fn is_slip(written: &str, known: &str) -> bool {
    let slips = distance(written, known);
    slips <= 2 && slips * 3 < known.chars().count()
}

/// A source may name its organisation by id as well; a name that is nearly one is doubted.
pub(super) fn complete_organisations(
    sources: &mut [(Source, &Section)],
    organisations: &[Organisation],
    report: &mut Report<'_>,
) {
    for (source, section) in sources {
        let Some(written) = source.organisation.clone() else { continue };
        if organisations.iter().any(|known| known.name == written) {
            continue;
        }
        if let Some(known) = organisations.iter().find(|known| known.id == written) {
            source.organisation = Some(known.name.clone());
        } else if organisations.len() <= MOST_COMPARED
            && let Some(known) = organisations.iter().find(|known| is_slip(&written, &known.name))
        {
            report.warning(
                section.place("organisation"),
                Problem::new(
                    format!("no [[organisation]] has the name `{}`", shown(&written)),
                    format!("did you mean \"{}\"?", shown(&known.name)),
                ),
            );
        }
    }
}

/// What an output selects must exist.
pub(super) fn check_outputs(
    outputs: &[(OutputRule, &Section)],
    sources: &[(Source, &Section)],
    tags: &[TagRule],
    report: &mut Report<'_>,
) {
    let source_ids: Vec<&str> = names(sources.iter().map(|(source, _)| (&source.id, &source.was)));
    let tag_ids: Vec<&str> = names(tags.iter().map(|tag| (&tag.id, &tag.was)));
    for (_, section) in outputs {
        for (key, known, what) in [("sources", &source_ids, "source"), ("tags", &tag_ids, "tag")] {
            for named in section.texts_at(key) {
                if known.contains(&named.value.as_str()) {
                    continue;
                }
                let meant = (known.len() <= MOST_COMPARED)
                    .then(|| nearest(&named.value, known.iter().copied()))
                    .flatten();
                let help = match meant {
                    Some(meant) => format!("did you mean \"{meant}\"?"),
                    None => format!("name the id of a {what} of this file"),
                };
                let message = format!("`{key}`: there is no {what} `{}`", named.value);
                report.error(named.span, Problem::new(message, help));
            }
        }
    }
}

fn names<'a>(things: impl Iterator<Item = (&'a String, &'a Vec<String>)>) -> Vec<&'a str> {
    things.flat_map(|(id, was)| std::iter::once(id).chain(was)).map(String::as_str).collect()
}
