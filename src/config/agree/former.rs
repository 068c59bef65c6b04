//! Former ids of organisations: the ids of those that nobody described are made from names.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{Problem, Report, Severity, shown};
use super::super::section::Section;
use super::super::walk::Sections;
use crate::model::{Organisation, Source, id_from_name};

/// The id of an organisation that nobody described is made from its name; a former id that is the
/// same would make one of two.
pub(in super::super) fn check_former_organisations(
    sections: &Sections,
    sources: &[(Source, &Section)],
    organisations: &[Organisation],
    report: &mut Report<'_>,
) {
    let described: BTreeSet<&str> =
        organisations.iter().map(|organisation| organisation.name.as_str()).collect();
    let mut ids: BTreeMap<String, &Section> = BTreeMap::new();
    for (source, section) in sources {
        let name = source.organisation.as_deref().or(source.name.as_deref());
        if let Some(name) = name.filter(|name| !described.contains(name)) {
            ids.entry(id_from_name(name)).or_insert(section);
        }
    }
    // Ids that are not written either.
    let mut own: BTreeMap<String, &Section> = BTreeMap::new();
    for section in sections.named("organisation").filter(|section| section.text("id").is_none()) {
        if let Some(name) = section.text("name") {
            own.entry(id_from_name(&name)).or_insert(section);
        }
    }
    for section in sections.named("organisation") {
        let today = section.text("name").unwrap_or_default();
        for was in section.texts_at("was") {
            if let Some(other) = ids.get(&was.value) {
                let key = if other.says("organisation") { "organisation" } else { "name" };
                let span = other.place(key);
                let message = format!(
                    "`{}` in `was` is the id of the organisation in line {}",
                    was.value,
                    report.line(&span)
                );
                let help =
                    format!("write organisation = \"{}\" there, or remove it here", shown(&today));
                report.clash(Severity::Error, was.span, span, Problem::new(message, help));
            } else if let Some(other) = own.get(&was.value) {
                let span = other.place("name");
                let message = format!(
                    "`{}` in `was` is the id that the name in line {} gives",
                    was.value,
                    report.line(&span)
                );
                let help = "write an `id` there that differs, or remove it here";
                report.clash(Severity::Error, was.span, span, Problem::new(message, help));
            }
        }
    }
}
