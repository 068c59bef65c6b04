//! What tables have to do with one another: ids that occur twice, tags that nobody described,
//! two sources with one url.

mod former;
mod outputs;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::finding::{Problem, Report, Severity, shown};
use super::nearest::{distance, nearest};
use super::rules::{Action, DecisionRule};
use super::section::Section;
use super::walk::Sections;
use crate::fetch;
use crate::model::{Location, Organisation, Source, TagRule};

pub(super) use former::check_former_organisations;
pub(super) use outputs::check_outputs;

/// Beyond this many ids no nearest one is looked for: it would cost more than it tells.
const MOST_COMPARED: usize = 1_000;

/// How many words are compared in search of slips; a file that people write needs far fewer.
const MOST_COMPARISONS: usize = 200_000;

/// A proxy in a private network is one that `allow_private` names. Whether a name leads into one is seen
/// when it is looked up.
pub(super) fn check_proxy(sections: &Sections, report: &mut Report<'_>) {
    for section in sections.named("fetch") {
        let Some(url) = section.address("proxy") else { continue };
        if let Err(fetch::Refused::PrivateAddress(address)) =
            fetch::check_host(&url, &section.networks("allow_private"))
        {
            let length = if address.is_ipv4() { 32 } else { 128 };
            report.error(
                section.place("proxy"),
                Problem::new(
                    "the proxy is at an address of a private network",
                    format!(
                        "if it is the right one, write allow_private = [\"{address}/{length}\"]"
                    ),
                ),
            );
        }
    }
}

/// A source at an address of a private network is not asked, unless `allow_private` has it. Of other
/// names that is seen when they are looked up.
pub(super) fn check_private(
    sections: &Sections,
    sources: &[(Source, &Section)],
    report: &mut Report<'_>,
) {
    let allowed: Vec<ipnet::IpNet> =
        sections.named("fetch").flat_map(|section| section.networks("allow_private")).collect();
    for (source, section) in sources.iter().filter(|(source, _)| source.enabled) {
        let Location::Web(url) = &source.location else { continue };
        let address = match fetch::check_host(url, &allowed) {
            Err(fetch::Refused::PrivateAddress(address)) => address,
            Ok(()) if url.host_str() == Some("localhost") && allowed.is_empty() => {
                std::net::Ipv4Addr::LOCALHOST.into()
            }
            _ => continue,
        };
        let length = if address.is_ipv4() { 32 } else { 128 };
        report.warning(
            section.place("url"),
            Problem::new(
                "this is an address of a private network, and is not asked",
                format!(
                    "if it is the right one, write allow_private = [\"{address}/{length}\"] below [fetch]"
                ),
            ),
        );
    }
}

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
            report.clash(Severity::Error, span, other.clone(), Problem::new(message, help));
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
                report.clash(Severity::Error, span, other.clone(), Problem::new(message, help));
            }
            None => {
                names.insert(name, span);
            }
        }
    }
}

/// Two sources that read the same at one location are told, and polled once. A page may well be read by
/// two, each of which finds other items on it.
pub(super) fn check_locations(sources: &[(Source, &Section)], report: &mut Report<'_>) {
    let mut first: BTreeMap<(String, String), &Section> = BTreeMap::new();
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
        let item = source.select.as_ref().map(|select| select.item.clone()).unwrap_or_default();
        let reading = (location, item);
        let Some(other) = first.get(&reading) else {
            first.insert(reading, section);
            continue;
        };
        let span = other.place("url");
        let message = format!(
            "this url is also that of `{}` in line {}; it is polled once",
            other.text("id").unwrap_or_default(),
            report.line(&span)
        );
        let help = "remove one of the two sources, or write enabled = false";
        report.clash(Severity::Warning, section.place("url"), span, Problem::new(message, help));
    }
}

/// Tags of sources that no `[[tag]]` describes are made, without phrases; former ids are replaced.
pub(super) fn complete_tags(
    sources: &mut [(Source, &Section)],
    tags: &mut Vec<TagRule>,
    report: &mut Report<'_>,
) {
    let described: Vec<String> = tags.iter().map(|tag| tag.id.clone()).collect();
    let mut known: BTreeSet<String> = described.iter().cloned().collect();
    let former: BTreeMap<String, String> = tags
        .iter()
        .flat_map(|tag| tag.was.iter().map(|was| (was.clone(), tag.id.clone())))
        .collect();
    let mut comparisons = MOST_COMPARISONS;
    for (source, section) in sources {
        let mut given = BTreeSet::new();
        source.tags.clear();
        for written in section.texts_at("tags") {
            let id = former.get(&written.value).cloned().unwrap_or(written.value);
            if known.insert(id.clone()) {
                if let Some(meant) = slip(&id, &described, &mut comparisons) {
                    report.warning(
                        written.span,
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
            if given.insert(id.clone()) {
                source.tags.push(id);
            }
        }
    }
}

/// The known word of which this one is a slip, while there are comparisons left.
fn slip<'k>(written: &str, known: &'k [String], comparisons: &mut usize) -> Option<&'k String> {
    *comparisons = comparisons.checked_sub(known.len())?;
    known.iter().find(|known| is_slip(written, known))
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
    let names: Vec<String> = organisations.iter().map(|known| known.name.clone()).collect();
    let by_name: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let by_id: BTreeMap<&str, &str> =
        organisations.iter().map(|known| (known.id.as_str(), known.name.as_str())).collect();
    let mut comparisons = MOST_COMPARISONS;
    for (source, section) in sources {
        let Some(written) = source.organisation.clone() else { continue };
        if by_name.contains(written.as_str()) {
            continue;
        }
        if let Some(name) = by_id.get(written.as_str()) {
            source.organisation = Some((*name).to_owned());
        } else if let Some(meant) = slip(&written, &names, &mut comparisons) {
            report.warning(
                section.place("organisation"),
                Problem::new(
                    format!("no [[organisation]] has the name `{}`", shown(&written)),
                    format!("did you mean \"{}\"?", shown(meant)),
                ),
            );
        }
    }
}

/// The tag that an editor gives or takes must exist; a former id is replaced.
pub(super) fn complete_decisions(
    decisions: &mut [(DecisionRule, &Section)],
    tags: &[TagRule],
    report: &mut Report<'_>,
) {
    let known: BTreeSet<&str> = tags.iter().map(|tag| tag.id.as_str()).collect();
    let former: BTreeMap<&str, &str> = tags
        .iter()
        .flat_map(|tag| tag.was.iter().map(|was| (was.as_str(), tag.id.as_str())))
        .collect();
    for (rule, section) in decisions {
        if !matches!(rule.action, Action::Tag | Action::Untag) {
            continue;
        }
        let Some(written) = rule.with.as_deref().filter(|with| !known.contains(with)) else {
            continue;
        };
        if let Some(id) = former.get(written) {
            rule.with = Some((*id).to_owned());
            continue;
        }
        let looked_for = report.has_room() && known.len() <= MOST_COMPARED;
        let meant = looked_for.then(|| nearest(written, known.iter().copied())).flatten();
        let help = match meant {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "name the id of a [[tag]] of this file".to_owned(),
        };
        let message = format!("`with`: there is no tag `{}`", shown(written));
        report.error(section.place("with"), Problem::new(message, help));
    }
}
