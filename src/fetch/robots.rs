//! robots.txt: reading it, and whether it lets us read a page (RFC 9309).
//!
//! It holds for pages that we find by ourselves and for pages that are read in the place of a feed;
//! a feed that is named in feeds.toml is not crawled.

use std::time::Duration;

use url::Url;

use crate::model::{RobotsRule, RobotsRules};

/// Bytes of a robots.txt that are read (RFC 9309 §2.5 asks for 500 KiB at least).
pub(super) const MOST_BYTES: u64 = 512 * 1024;

/// Rules of a robots.txt beyond these are left out.
const MOST_RULES: usize = 5_000;

/// A pattern that is longer is left out.
const LONGEST_PATTERN: usize = 2_048;

/// A `Crawl-delay` is not taken for longer than this. It is less than the time for which a robots.txt is
/// kept: asking for that again must not put the page off for ever.
const LONGEST_DELAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Where the robots.txt of a page is.
pub(super) fn address(page: &Url) -> Url {
    let mut url = page.clone();
    url.set_path("/robots.txt");
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// What the bytes of a robots.txt say to a program of this name. Groups for it count together; those
/// for `*` count where there is none.
pub(super) fn read(bytes: &[u8], name: &str) -> RobotsRules {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut ours = Group::default();
    let mut everybody = Group::default();
    let (mut is_ours, mut is_everybody) = (false, false);
    let mut is_in_head = false;
    for line in text.split(['\n', '\r']) {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key == "user-agent" {
            if !is_in_head {
                (is_ours, is_everybody) = (false, false);
            }
            is_in_head = true;
            is_everybody |= value == "*";
            is_ours |= product(value).eq_ignore_ascii_case(name);
            ours.is_there |= is_ours;
            continue;
        }
        let allows = match key.as_str() {
            "allow" => Some(true),
            "disallow" => Some(false),
            "crawl-delay" => None,
            // Sitemaps and the like belong to no group, and end no head.
            _ => continue,
        };
        is_in_head = false;
        for (group, is_meant) in [(&mut ours, is_ours), (&mut everybody, is_everybody)] {
            if is_meant {
                match allows {
                    Some(allows) => group.add(allows, value),
                    None => group.rules.delay = delay(value).or(group.rules.delay),
                }
            }
        }
    }
    if ours.is_there { ours.rules } else { everybody.rules }
}

#[derive(Default)]
struct Group {
    is_there: bool,
    rules: RobotsRules,
}

impl Group {
    fn add(&mut self, allows: bool, pattern: &str) {
        // "Disallow:" alone forbids nothing.
        let is_pattern = pattern.starts_with(['/', '*', '$']) && pattern.len() <= LONGEST_PATTERN;
        if is_pattern && self.rules.rules.len() < MOST_RULES {
            self.rules.rules.push(RobotsRule { allows, pattern: encoded(pattern) });
        }
    }
}

/// The product token of a line; some write a whole User-Agent.
fn product(value: &str) -> &str {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    value.split(|c| !is_token(c)).next().unwrap_or_default()
}

fn delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    let delay = Duration::try_from_secs_f64(seconds).ok()?;
    Some(delay.min(LONGEST_DELAY))
}

/// Whether a page may be read: the longest rule that fits it decides, of two as long the one that
/// allows; none allows.
pub(super) fn allows(rules: &RobotsRules, page: &Url) -> bool {
    let path = match page.query() {
        Some(query) => format!("{}?{query}", page.path()),
        None => page.path().to_owned(),
    };
    let path = encoded(&path);
    rules
        .rules
        .iter()
        .filter(|rule| fits(&rule.pattern, &path))
        .map(|rule| (rule.pattern.len(), rule.allows))
        .max()
        .is_none_or(|(_, allows)| allows)
}

/// Percent-encoding made regular: what needs none has none, what needs it has it in capitals.
fn encoded(path: &str) -> String {
    let mut written = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let code = after
            .first_chunk::<2>()
            .filter(|digits| *byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                rest = after.get(2..).unwrap_or_default();
                if code.is_ascii_alphanumeric() || b"-._~".contains(&code) {
                    written.push(char::from(code));
                } else {
                    written.push_str(&format!("%{code:02X}"));
                }
            }
            None if byte.is_ascii_graphic() => written.push(char::from(*byte)),
            None => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

/// Whether a pattern fits the beginning of a path. Each part between two `*` is taken where it
/// occurs first, which is as good as anywhere else; so this takes no more than linear time a part.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_the_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if to_the_end && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(robots: &str, path: &str) -> bool {
        let page = Url::parse("https://a.example").unwrap().join(path).unwrap();
        allows(&read(robots.as_bytes(), "samizdat"), &page)
    }

    #[test]
    fn p46_the_longest_rule_decides_and_allow_wins_a_tie() {
        for (robots, path, expected) in [
            // Nothing said, nothing forbidden.
            ("", "/a", true),
            ("User-agent: *\nDisallow:", "/a", true),
            ("<!DOCTYPE html><p>Not found: sorry", "/a", true),
            // The longest match, wherever it stands.
            ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/1", true),
            ("User-agent: *\nAllow: /news/\nDisallow: /", "/about", false),
            ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true),
            ("User-agent: *\nDisallow: /news", "/newsroom", false),
            ("User-agent: *\nDisallow: /news/", "/news", true),
            // Our own group counts, and not that of others.
            ("User-agent: *\nDisallow: /\n\nUser-agent: Samizdat\nDisallow: /x", "/a", true),
            ("User-agent: samizdat/1.0 (+x)\nDisallow: /x", "/x", false),
            ("User-agent: samizdatbot\nDisallow: /", "/x", true),
            ("User-agent: a\nUser-agent: samizdat\nUser-agent: b\nDisallow: /x", "/x", false),
            ("User-agent: samizdat\nDisallow: /x\nUser-agent: b\nDisallow: /y", "/y", true),
            (
                "User-agent: samizdat\nDisallow: /x\n\nUser-agent: samizdat\nDisallow: /y",
                "/x",
                false,
            ),
            ("User-agent: samizdat\n\nUser-agent: *\nDisallow: /", "/x", false),
            // BOM, CRLF, old Macs, remarks, capitals, spaces.
            ("\u{feff}User-Agent : *\r\n DISALLOW : /x # not this\r\n", "/x", false),
            ("user-agent: *\rdisallow: /x", "/x", false),
            ("User-agent: *\nSitemap: https://a.example/s.xml\nDisallow: /x", "/x", false),
            // Stars and ends.
            ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", false),
            ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", true),
            ("User-agent: *\nDisallow: /*?", "/a?x=1", false),
            ("User-agent: *\nDisallow: /a*b*c", "/a-b-b-c-d", false),
            ("User-agent: *\nDisallow: /a*b*c", "/a-c-b", true),
            ("User-agent: *\nDisallow: /$", "/", false),
            ("User-agent: *\nDisallow: /$", "/a", true),
            ("User-agent: *\nDisallow: *private", "/a/private", false),
            // One address, however it is encoded.
            ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/x", false),
            ("User-agent: *\nDisallow: /νέα", "/%ce%bd%CE%AD%CE%B1/1", false),
            ("User-agent: *\nDisallow: /a%2fb", "/a/b", true),
        ] {
            assert_eq!(may(robots, path), expected, "{robots:?} {path}");
        }
    }

    #[test]
    fn p47_a_crawl_delay_is_a_number_of_seconds() {
        let delay = |line: &str| {
            read(format!("User-agent: *\nCrawl-delay: {line}").as_bytes(), "samizdat").delay
        };
        assert_eq!(delay("10"), Some(Duration::from_secs(10)));
        assert_eq!(delay("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(delay("1e30"), None);
        assert_eq!(delay("1000000"), Some(LONGEST_DELAY));
        assert_eq!(delay("-1"), None);
        assert_eq!(delay("NaN"), None);
    }

    #[test]
    fn a_hostile_file_is_bounded() {
        let robots = format!("User-agent: *\n{}", "Disallow: /*a*a*a*a*a*a*a*b\n".repeat(20_000));
        let rules = read(robots.as_bytes(), "samizdat");
        assert_eq!(rules.rules.len(), MOST_RULES);
        let page = format!("https://a.example/{}", "a".repeat(8_000));
        assert!(allows(&rules, &Url::parse(&page).unwrap()));
        let long = format!("User-agent: *\nDisallow: /{}", "x".repeat(LONGEST_PATTERN));
        assert!(read(long.as_bytes(), "samizdat").rules.is_empty());
    }
}
