//! `[[source]]`: one section -> one [`Source`], with its secrets filled in and its location told
//! apart into web and file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::{Problem, Report, shown};
use super::location::location;
use super::secrets;
use super::section::Section;
use crate::model::{Kind, Republish, Select, Source};

/// Makes a source of a section; `None` where its url cannot be used. Of `missing` variables the
/// environment has what stands in their place.
pub(super) fn source(
    section: &Section,
    order: usize,
    directory: &Path,
    environment: &BTreeMap<String, String>,
    missing: &BTreeSet<String>,
    report: &mut Report<'_>,
) -> Option<Source> {
    let headers = headers(section, environment, report);
    let select = select(section, report);
    let url_as_written = section.text("url")?;
    let location = match location(&url_as_written, directory, environment) {
        Ok(location) => location,
        Err(problems) => {
            for problem in problems {
                report.error(section.place("url"), problem.of("url"));
            }
            return None;
        }
    };
    warn_of_secrets(&url_as_written, section, report);
    let pairs = section.pairs("headers");
    let values = || pairs.iter().map(|(_, written)| written.value.as_str());
    let has_secrets = secrets::is_named_in_url(&url_as_written) || values().any(secrets::is_named);
    let secrets = secrets::named(&url_as_written, values(), environment);
    let missing = secrets::lacking(&url_as_written, values(), missing);
    Some(Source {
        id: section.text("id")?,
        was: section.texts("was"),
        url_as_written,
        location,
        name: section.text("name"),
        organisation: section.text("organisation"),
        site: section.address("site"),
        language: section.text("language").map(|tag| primary(&tag)),
        tags: section.texts("tags"),
        enabled: section.switch("enabled"),
        note: section.text("note"),
        interval: section.time("interval"),
        min_interval: section.time("min_interval"),
        max_interval: section.time("max_interval"),
        timeout: section.time("timeout"),
        max_body: section.size("max_body"),
        headers,
        has_secrets,
        secrets,
        missing,
        priority: section.whole("priority").unwrap_or_default(),
        limit: section.count("limit"),
        republish: match section.text("republish").as_deref() {
            Some("link") => Republish::Link,
            Some("excerpt") => Republish::Excerpt,
            _ => Republish::Full,
        },
        article: section.switch("article"),
        rights: section.text("rights"),
        consent: section.text("consent"),
        timezone: section.zone("timezone"),
        include: section.texts("include"),
        exclude: section.texts("exclude"),
        link_hosts: section.texts("link_hosts"),
        kind: kind(section),
        select,
        order,
    })
}

/// The primary subtag of a language tag.
pub(super) fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_owned()
}

fn kind(section: &Section) -> Kind {
    if section.text("kind").as_deref() == Some("page") { Kind::Page } else { Kind::Feed }
}

fn headers(
    section: &Section,
    environment: &BTreeMap<String, String>,
    report: &mut Report<'_>,
) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for (name, written) in section.pairs("headers") {
        match secrets::header(&name.value, &written.value, environment) {
            Err(problem) => report.error(written.span, problem.of("headers")),
            Ok(_) if !known.insert(name.value.to_ascii_lowercase()) => {
                let message = format!("the header `{}` stands twice", name.value);
                report.error(name.span, Problem::new(message, "remove one").of("headers"));
            }
            Ok((value, in_the_open)) => {
                if in_the_open {
                    let message =
                        format!("a secret stands in the file, as header `{}`", name.value);
                    let help = "write \"env:NAME\", and set NAME in the environment";
                    report.warning(written.span, Problem::new(message, help));
                }
                headers.push((name.value, value));
            }
        }
    }
    headers
}

fn select(section: &Section, report: &mut Report<'_>) -> Option<Select> {
    let page = kind(section) == Kind::Page;
    let Some(select) = section.inner() else {
        if page && !section.says("select") {
            report.error(
                section.place("kind"),
                Problem::new(
                    "a page needs selectors, which say where its entries are",
                    "write below this source, with selectors of the page:\n[source.select]\n\
                     item = \"article\"\ntitle = \"h2\"\nlink = \"h2 a\"",
                ),
            );
        }
        return None;
    };
    for key in ["item", "title", "link"] {
        if page && !select.says(key) {
            let message = format!("[source.select] has no `{key}`");
            let help = format!("write {key} = \"…\", as a browser's inspector shows it");
            report.error(select.span.clone(), Problem::new(message, help));
        }
    }
    let of_pages =
        ["item", "title", "link", "summary", "date", "date_format", "image", "min_items"];
    // A wrong `kind` has its own error.
    if !page
        && (section.text("kind").is_some())
        && let Some(key) = of_pages.iter().find(|key| select.says(key))
    {
        report.error(
            select.place(key),
            Problem::new(
                format!("`{key}` is for pages, and this source is read as a feed"),
                "write kind = \"page\" above [source.select], or remove the selectors",
            ),
        );
    }
    Some(Select {
        item: select.text("item").unwrap_or_default(),
        title: select.text("title").unwrap_or_default(),
        link: select.text("link").unwrap_or_default(),
        summary: select.text("summary"),
        date: select.text("date"),
        date_format: select.text("date_format"),
        image: select.text("image"),
        content: select.text("content"),
        drop: select.texts("drop"),
        min_items: select.count("min_items").unwrap_or(1),
    })
}

fn warn_of_secrets(url_as_written: &str, section: &Section, report: &mut Report<'_>) {
    for name in secrets::secret_parameters(url_as_written) {
        let message = format!("a secret stands in the file, as `{}` of the url", shown(&name));
        let help = format!(
            "write {}={{env:NAME}}, and set NAME in the environment; it is shown as … everywhere",
            shown(&name)
        );
        report.warning(section.place("url"), Problem::new(message, help));
    }
}
