//! Where a source's bytes come from: told from its `url`, with secrets filled in.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::check::{scheme, web};
use super::finding::{Problem, shown};
use super::secrets;
use crate::model::Location;

/// Endings of the files that sources are kept in; there are more than a thousand endings of host names,
/// and new ones every month.
const FILE_ENDINGS: &[&str] = &[
    "xml", "rss", "rss2", "atom", "rdf", "json", "jsonfeed", "feed", "html", "htm", "xhtml",
    "shtml", "txt", "opml", "xsl", "php", "bak", "old", "orig", "new", "tmp", "part", "out", "gz",
];

/// Tells web from file. No message holds more than the url as written.
pub(super) fn location(
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
    // `https//a.example/`, with a slip in what should stand in front.
    let beheaded = ["https", "http"].iter().find_map(|scheme| {
        let rest = written.strip_prefix(scheme)?;
        rest.strip_prefix("//").or_else(|| rest.strip_prefix('/').filter(|it| looks_like_host(it)))
    });
    if beheaded.is_some() || looks_like_host(written) {
        let bare = beheaded.unwrap_or(written).trim_start_matches('/');
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

/// The logo of an organisation: a picture inside the directory of feeds.toml.
pub(super) fn picture(written: &str, directory: &Path) -> Result<PathBuf, Problem> {
    let written = written.trim();
    let path = inside(written, directory).filter(|path| path != directory);
    let Some(path) = path.filter(|_| super::check::scheme(written).is_none()) else {
        return Err(Problem::new(
            format!("`{}` is no file in the directory of feeds.toml", shown(written)),
            "put the picture beside feeds.toml, or below, and write its path from there",
        ));
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let is_known = ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()));
    is_known.then_some(path).ok_or_else(|| {
        Problem::new(
            format!("`{}` is no picture that browsers show", shown(written)),
            "save it as PNG, JPEG, GIF, WebP or SVG, and name it so: \"logo.svg\"",
        )
    })
}

/// Endings of pictures that browsers show.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp", "svg"];

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
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    // Directories seldom have endings, so that before a path also that of a file is a host's.
    let goes_on = host.len() < written.len();
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    host.rsplit_once('.').is_some_and(|(name, ending)| {
        let small = ending.to_lowercase();
        let is_ending = ending.chars().count() > 1
            && (ending.chars().all(char::is_alphabetic) || small.starts_with("xn--"));
        let is_file = !goes_on && FILE_ENDINGS.contains(&&*small);
        name.split('.').all(is_label) && is_ending && !is_file
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
            ("feeds.d/partner.xml", "/srv/wire/feeds.d/partner.xml"),
            ("v1.2/partner.xml", "/srv/wire/v1.2/partner.xml"),
            ("partner.RSS", "/srv/wire/partner.RSS"),
            ("partner.example.atom", "/srv/wire/partner.example.atom"),
            ("our partner.coop", "/srv/wire/our partner.coop"),
            ("partner", "/srv/wire/partner"),
            ("https/partner.xml", "/srv/wire/https/partner.xml"),
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
            ("partner.example/feed/", "\"https://partner.example/feed/\""),
            ("127.0.0.1:8080/feed", "\"https://127.0.0.1:8080/feed\""),
            ("https//a.example/feed", "\"https://a.example/feed\""),
            ("http/a.example/feed", "\"https://a.example/feed\""),
            // With nothing behind it, whatever its ending.
            ("partner.coop", "\"https://partner.coop\""),
            ("DiEM25.ORG", "\"https://DiEM25.ORG\""),
            ("news.partner.museum", "\"https://news.partner.museum\""),
            ("пример.рф", "\"https://пример.рф\""),
            ("xn--e1afmkfd.xn--p1ai/feed", "\"https://xn--e1afmkfd.xn--p1ai/feed\""),
            ("partner.feed/rss", "\"https://partner.feed/rss\""),
        ] {
            let problems = at(written).unwrap_err();
            assert!(problems[0].help.contains(help), "{written}: {problems:?}");
        }
    }

    #[test]
    fn h69_what_the_environment_says_is_never_told() {
        assert!(matches!(at("https://{env:HOST}/feed"), Ok(Location::Web(url))
            if url.as_str() == "https://secret.example/feed"));
        for written in
            ["https://a.example:{env:PATHS}/", "{env:HOST}/feed", "{env:PATHS}", "x:{env:HOST}"]
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
