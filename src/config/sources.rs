//! `[[source]]`: one section -> one [`Source`], with its secrets filled in and its location told
//! apart into web and file.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::check::{scheme, web};
use super::finding::{Problem, Report, shown};
use super::secrets;
use super::walk::Section;
use crate::model::{Kind, Location, Republish, Select, Source};

/// Endings of host names that a file name hardly has.
const HOST_ENDINGS: &[&str] = &[
    "org", "com", "net", "eu", "info", "de", "gr", "it", "ru", "fr", "es", "uk", "at", "ch", "be",
    "nl", "pt", "int", "io", "news",
];

/// Makes a source of a section; `None` where its url cannot be used.
pub(super) fn source(
    section: &Section,
    order: usize,
    directory: &Path,
    environment: &BTreeMap<String, String>,
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
    Some(Source {
        id: section.text("id")?,
        was: section.texts("was"),
        url_as_written,
        location,
        name: section.text("name"),
        organisation: section.text("organisation"),
        site: section.address("site"),
        language: section.text("language").map(|tag| primary(&tag)),
        tags: each_once(section.texts("tags")),
        enabled: section.switch("enabled"),
        note: section.text("note"),
        interval: section.time("interval"),
        min_interval: section.time("min_interval"),
        max_interval: section.time("max_interval"),
        timeout: section.time("timeout"),
        max_body: section.size("max_body"),
        headers,
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

fn each_once(list: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    list.into_iter().filter(|item| seen.insert(item.clone())).collect()
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
    for (name, written) in section.pairs("headers") {
        match secrets::header(&name.value, &written.value, environment) {
            Err(problem) => report.error(written.span, problem.of("headers")),
            Ok(_) if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name.value)) => {
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
                    "write below this source: [source.select] item = \"article\" title = \"h2\" \
                     link = \"h2 a\", each on a line of its own",
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

/// Tells web from file. No message holds more than the url as written.
fn location(
    written: &str,
    directory: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Location, Vec<Problem>> {
    let filled = secrets::filled(written, environment)?;
    let has_secret = filled != written;
    let alone = |problem: Problem| vec![problem];
    match scheme(&filled).as_deref() {
        Some("http" | "https") => match web(&filled) {
            Ok(url) => Ok(Location::Web(url)),
            Err(_) if has_secret && web(written).is_ok() => Err(alone(Problem::new(
                "with its variables filled in it is not a web address",
                "look at what the environment says",
            ))),
            Err(_) if has_secret => Err(web(written).err().into_iter().collect()),
            Err(problem) => Err(alone(problem)),
        },
        Some(other) => {
            let other = if has_secret { "…" } else { other };
            Err(alone(foreign_scheme(written, other)))
        }
        None if has_secret => file(written, directory).map_err(alone).and_then(|_| {
            // A secret has no place in a file name, and must not choose a file.
            Err(alone(Problem::new(
                "a variable is part of a file path, or of an address without https://",
                "write https:// in front of it, or the path itself",
            )))
        }),
        None => file(&filled, directory).map(Location::File).map_err(alone),
    }
}

fn foreign_scheme(written: &str, scheme: &str) -> Problem {
    let message = format!("`{}` is neither http nor https", shown(written));
    let help = match scheme {
        "feed" => {
            let rest = written.trim().get("feed:".len()..).unwrap_or_default();
            let rest = rest.trim_start_matches('/');
            if self::scheme(rest).is_some() {
                format!("write \"{}\"", shown(rest))
            } else {
                format!("write \"https://{}\"", shown(rest))
            }
        }
        "file" => "write the path itself, relative to feeds.toml: \"feeds/partner.xml\"".to_owned(),
        letter if letter.len() == 1 => {
            "write the path relative to feeds.toml, with slashes: \"feeds/partner.xml\"".to_owned()
        }
        _ => "write an address that begins with https:// or http://, or a file path relative to \
              feeds.toml"
            .to_owned(),
    };
    Problem::new(message, help)
}

/// A file inside the directory of feeds.toml. That no symbolic link leads out of it is seen when
/// it is read.
fn file(written: &str, directory: &Path) -> Result<PathBuf, Problem> {
    let written = written.trim();
    if written.is_empty() {
        return Err(Problem::new("it is empty", "write the address of the feed"));
    }
    if looks_like_host(written) {
        let bare = written.trim_start_matches('/');
        return Err(Problem::new(
            format!("`{}` has no https:// in front", shown(written)),
            format!(
                "write \"https://{}\", or \"./{}\" for a file of this name",
                shown(bare),
                shown(bare)
            ),
        ));
    }
    match inside(written, directory) {
        Some(path) if path != directory => Ok(path),
        Some(_) => Err(Problem::new(
            format!("`{}` is a directory", shown(written)),
            "write the path of a file relative to feeds.toml: \"feeds/partner.xml\"",
        )),
        None => Err(Problem::new(
            format!("`{}` lies outside of the directory of feeds.toml", shown(written)),
            "put the file beside feeds.toml, or below, and write its path from there",
        )),
    }
}

/// A path joined to a directory and freed of `.` and `..`, where it does not leave it.
fn inside(written: &str, directory: &Path) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for component in directory.join(written).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.starts_with(directory).then_some(path)
}

fn looks_like_host(written: &str) -> bool {
    if written.starts_with("//") || written.starts_with("www.") {
        return true;
    }
    let host = written.split(['/', '?', ':']).next().unwrap_or_default();
    host.rsplit_once('.').is_some_and(|(name, ending)| {
        !name.is_empty() && !name.ends_with('.') && HOST_ENDINGS.contains(&ending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(written: &str) -> Result<Location, Vec<Problem>> {
        let environment = [("HOST", "secret.example"), ("PATHS", "../../etc/passwd")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        location(written, Path::new("/srv/wire"), &environment.into())
    }

    #[test]
    fn files_lie_beside_feeds_toml() {
        for (written, path) in [
            ("partner.xml", "/srv/wire/partner.xml"),
            ("./feeds//a/../partner.xml", "/srv/wire/feeds/partner.xml"),
            ("/srv/wire/partner.xml", "/srv/wire/partner.xml"),
            ("./example.org", "/srv/wire/example.org"),
        ] {
            assert_eq!(at(written), Ok(Location::File(PathBuf::from(path))), "{written}");
        }
        for written in [
            "../partner.xml",
            "feeds/../../partner.xml",
            "/etc/passwd",
            "/srv/wire/../secret",
            "/srv/wirex/a.xml",
            ".",
            "",
            "feeds/..",
        ] {
            assert!(at(written).is_err(), "{written}");
        }
    }

    #[test]
    fn h1_other_schemes_are_refused() {
        for (written, help) in [
            ("file:///etc/passwd", "relative to feeds.toml"),
            ("ftp://a.example/feed", "https://"),
            ("gopher://a.example/", "https://"),
            ("data:text/xml,<rss/>", "https://"),
            ("jar:https://a.example/!x", "https://"),
            ("unix:/run/x", "https://"),
            ("C:\\feeds\\a.xml", "with slashes"),
            ("feed://a.example/feed", "\"https://a.example/feed\""),
            ("feed:https://a.example/feed", "\"https://a.example/feed\""),
            ("diem25.org/feed/", "\"https://diem25.org/feed/\""),
            ("www.example.museum", "\"https://www.example.museum\""),
            ("//a.example/feed", "\"https://a.example/feed\""),
        ] {
            let problems = at(written).unwrap_err();
            assert!(problems[0].help.contains(help), "{written}: {problems:?}");
        }
    }

    #[test]
    fn h69_what_the_environment_says_is_never_told() {
        assert!(matches!(at("https://{env:HOST}/feed"), Ok(Location::Web(url))
            if url.as_str() == "https://secret.example/feed"));
        for written in ["https://{env:PATHS}:x/", "{env:HOST}/feed", "{env:PATHS}", "x:{env:HOST}"]
        {
            let problems = format!("{:?}", at(written).unwrap_err());
            assert!(!problems.contains("secret.example"), "{written}: {problems}");
            assert!(!problems.contains("passwd"), "{written}: {problems}");
        }
        let problems = at("https://{env:NOBODY}/{env:NEITHER}").unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].message.contains("NOBODY"), "{problems:?}");
        assert!(problems[0].help.contains("NOBODY=…"), "{problems:?}");
    }
}
