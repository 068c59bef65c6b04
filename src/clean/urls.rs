//! URLs: resolved, http or https only, and the canonical form that is equal for equal pages.
//!
//! One parser does it all (the `url` crate, which reads URLs as browsers do), so that what is
//! checked is what is used. Nothing here says whether a URL may be *fetched*: that is decided
//! where the connection is made.

use std::borrow::Cow;

use url::Url;

/// A URL longer than this, once resolved, is refused.
pub const MAX_URL: usize = 4096;

/// What is written may be longer than what comes of it (line breaks, indentation), within reason.
const MAX_WRITTEN: usize = 4 * MAX_URL;

/// The longest name that DNS can carry.
const MAX_HOST: usize = 253;

/// Resolves what a source wrote. Only http and https come out, without user name and password,
/// at most [`MAX_URL`] bytes long.
pub fn absolute(base: &Url, written: &str) -> Option<Url> {
    if written.len() > MAX_WRITTEN || written.trim().is_empty() {
        return None;
    }
    checked(base.join(written.trim()).ok()?)
}

/// Like [`absolute`], for what must be a whole URL already.
pub fn web(written: &str) -> Option<Url> {
    if written.len() > MAX_WRITTEN {
        return None;
    }
    checked(Url::parse(written.trim()).ok()?)
}

fn checked(url: Url) -> Option<Url> {
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_user = !url.username().is_empty() || url.password().is_some();
    let host = url.host_str()?;
    (is_web
        && !has_user
        && !host.is_empty()
        && host.len() <= MAX_HOST
        && url.as_str().len() <= MAX_URL)
        .then_some(url)
}

/// Query parameters that tell where a reader came from, never which page is meant.
const TRACKING: &[&str] = &[
    "_branch_match_id",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_ke",
    "_openstat",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "at_format",
    "at_link_id",
    "at_link_origin",
    "at_link_type",
    "at_medium",
    "at_ptr_name",
    "cmpid",
    "dclid",
    "fbclid",
    "ftag",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "icid",
    "igsh",
    "igshid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "ncid",
    "noamp",
    "ocid",
    "phpsessid",
    "rb_clickid",
    "ref_src",
    "ref_url",
    "replytocom",
    "s_cid",
    "s_kwcid",
    "sfnsn",
    "smid",
    "smtyp",
    "soc_src",
    "soc_trk",
    "sr_share",
    "srsltid",
    "trk",
    "ttclid",
    "twclid",
    "usqp",
    "wbraid",
    "wickedid",
    "xtor",
    "yclid",
    "ymclid",
    "ysclid",
];

/// Families of such parameters.
const TRACKING_PREFIXES: &[&str] =
    &["amp_", "hsa_", "matomo_", "mtm_", "oly_", "piwik_", "pk_", "utm_", "vero_", "wt_", "wt."];

/// Parameters that are tracking only with one of [`CHANNELS`] as value.
const CHANNEL_NAMES: &[&str] = &["cid", "from", "ref", "share", "source", "src", "via"];

/// Where readers come from.
const CHANNELS: &[&str] = &[
    "atom",
    "email",
    "facebook",
    "feed",
    "mastodon",
    "newsletter",
    "rss",
    "rssfeed",
    "telegram",
    "twitter",
    "whatsapp",
    "x",
];

/// Last path segments that stand for their directory.
const INDEX_PAGES: &[&str] =
    &["index.html", "index.htm", "index.php", "index.asp", "default.aspx", "default.asp"];

/// The form of a URL that is equal for equal pages: scheme, `www.`, default port, trailing slash,
/// index page, tracking parameters, fragment and AMP are forgotten, the other parameters sorted,
/// percent-encoding brought to one form. Still a URL, and its own canonical form. `None` where
/// the link identifies nothing: a bare home page, or no web URL at all.
///
/// The case of the path is kept: servers may tell it apart. So is a fragment that begins with
/// `!`, by which some sites name their pages.
pub fn canonical(url: &str) -> Option<String> {
    let url = web(url)?;
    let host = canonical_host(url.host_str()?)?;
    let path = canonical_path(url.path());
    let mut parameters: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| normal_encoding(&pair.replace('+', "%20")).into_owned())
        .filter(|pair| !is_tracking(pair))
        .collect();
    parameters.sort();
    let page = url.fragment().filter(|fragment| fragment.starts_with('!'));
    if path.is_empty() && parameters.is_empty() && page.is_none() {
        return None;
    }
    let mut canonical = format!("https://{host}");
    // Both default ports go, since the scheme does.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        canonical.push_str(&format!(":{port}"));
    }
    canonical.push_str(if path.is_empty() { "/" } else { &path });
    if !parameters.is_empty() {
        canonical.push('?');
        canonical.push_str(&parameters.join("&"));
    }
    if let Some(page) = page {
        canonical.push('#');
        canonical.push_str(&normal_encoding(page));
    }
    Some(canonical)
}

fn canonical_host(host: &str) -> Option<&str> {
    let mut host = host.trim_end_matches('.');
    while let Some(rest) = host.strip_prefix("www.").or_else(|| host.strip_prefix("amp.")) {
        // `www.org` is a domain of its own.
        if !rest.contains('.') {
            break;
        }
        host = rest;
    }
    (!host.is_empty()).then_some(host)
}

/// The path without a trailing slash, without index page and AMP segments; empty for the root.
fn canonical_path(path: &str) -> String {
    let path = normal_encoding(path);
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    while let Some(last) = segments.last() {
        let more = segments.len() > 1;
        if !(last.is_empty() || INDEX_PAGES.contains(last) || (more && *last == "amp")) {
            break;
        }
        segments.pop();
    }
    while segments.len() > 1 && segments.first() == Some(&"amp") {
        segments.remove(0);
    }
    let mut canonical = String::with_capacity(path.len());
    for segment in &segments {
        canonical.push('/');
        canonical.push_str(segment);
    }
    while let Some(shorter) = canonical.strip_suffix(".amp") {
        canonical.truncate(shorter.len());
    }
    if let Some(stem) = canonical.strip_suffix(".amp.html") {
        let length = stem.len();
        canonical.truncate(length);
        canonical.push_str(".html");
    }
    canonical
}

fn is_tracking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    TRACKING.contains(&name.as_str())
        || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (CHANNEL_NAMES.contains(&name.as_str()) && CHANNELS.contains(&value.as_str()))
        || (name == "amp" && matches!(value.as_str(), "" | "1" | "true"))
        || (name == "outputtype" && value == "amp")
}

/// Percent-encoding in one form (RFC 3986 section 6.2.2): unreserved characters bare, the rest
/// with upper-case digits.
fn normal_encoding(written: &str) -> Cow<'_, str> {
    if !written.contains('%') {
        return Cow::Borrowed(written);
    }
    let mut normal = String::with_capacity(written.len());
    let mut parts = written.split('%');
    normal.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        // `from_str_radix` takes a sign, which is no hexadecimal digit.
        let code = code.filter(|_| !part.starts_with('+'));
        match (code, part.get(2..)) {
            (Some(code), Some(rest)) => {
                let character = char::from(code);
                if character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~') {
                    normal.push(character);
                } else {
                    normal.push_str(&format!("%{code:02X}"));
                }
                normal.push_str(rest);
            }
            _ => {
                normal.push('%');
                normal.push_str(part);
            }
        }
    }
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://example.org/news/feed.xml").unwrap()
    }

    fn resolved(written: &str) -> Option<String> {
        absolute(&base(), written).map(String::from)
    }

    #[test]
    fn o15_relative_urls_are_resolved() {
        assert_eq!(resolved("story").as_deref(), Some("https://example.org/news/story"));
        assert_eq!(resolved("/a?b=1").as_deref(), Some("https://example.org/a?b=1"));
        assert_eq!(resolved("//cdn.net/x").as_deref(), Some("https://cdn.net/x"));
        assert_eq!(resolved("  \n/a\tb ").as_deref(), Some("https://example.org/ab"));
        assert_eq!(
            resolved("/ελλάδα").as_deref(),
            Some("https://example.org/%CE%B5%CE%BB%CE%BB%CE%AC%CE%B4%CE%B1")
        );
    }

    #[test]
    fn h35_only_web_urls_come_out() {
        for written in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://example.org/",
            "mailto:a@b.org",
            "",
            " ",
            "https://",
            "http://[",
        ] {
            assert_eq!(resolved(written), None, "{written:?}");
        }
    }

    #[test]
    fn h9_user_info_never_comes_from_feeds() {
        for written in ["http://good@evil/", "https://u:p@example.org/", "//u@example.org"] {
            assert_eq!(resolved(written), None, "{written:?}");
        }
        // One parser: a backslash is a slash, as in browsers.
        assert_eq!(resolved("http://good\\@evil").as_deref(), Some("http://good/@evil"));
    }

    #[test]
    fn h10_long_urls_and_hosts_are_refused() {
        assert_eq!(resolved(&format!("/{}", "a".repeat(65_536))), None);
        assert_eq!(resolved(&format!("/{}", "α".repeat(1000))), None, "longer once encoded");
        assert_eq!(resolved(&format!("https://{}org/", "a.".repeat(300))), None);
    }

    #[test]
    fn equal_pages_have_one_canonical_form() {
        let groups: &[(&str, &[&str])] = &[
            (
                "https://diem25.org/some-story",
                &[
                    "http://diem25.org/some-story/",
                    "https://www.diem25.org/some-story",
                    "https://DiEM25.org:443/some-story/?utm_source=rss&utm_medium=rss",
                    "https://diem25.org/some-story/?fbclid=x#respond",
                    "https://diem25.org/some-story/amp/",
                    "https://diem25.org/some-story/?amp=1",
                    "https://amp.diem25.org/some-story",
                    "https://diem25.org/some%2Dstory/index.html",
                    "https://diem25.org/some-story?ref=rss&mc_cid=1&_hsenc=2&at_medium=3",
                    "http://diem25.org:80/some-story/?UTM_campaign=x",
                    "https://diem25.org./some-story//",
                ],
            ),
            ("https://diem25.org/?p=123", &["http://www.diem25.org/?p=123&utm_id=9"]),
            (
                "https://a.org/x?a=1&b=%20",
                &["https://a.org/x?b=+&a=1", "https://a.org/x?b=%20&&a=1"],
            ),
            ("https://a.org/%CE%B1", &["https://a.org/α", "https://a.org/%ce%b1"]),
        ];
        for (expected, urls) in groups {
            for url in *urls {
                assert_eq!(canonical(url).as_deref(), Some(*expected), "{url}");
            }
        }
    }

    #[test]
    fn different_pages_keep_different_forms() {
        let urls = [
            "https://a.org/x",
            "https://a.org/X",
            "https://b.org/x",
            "https://blog.a.org/x",
            "https://a.org/x?id=1",
            "https://a.org/x?id=2",
            "https://a.org/x?ref=issue-7",
            "https://a.org/#!x",
            "https://a.org:8080/x",
            "https://a.org/x%2Fy",
            "https://a.org/x/y",
        ];
        for (index, one) in urls.iter().enumerate() {
            for other in urls.iter().skip(index + 1) {
                assert_ne!(canonical(one), canonical(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn home_pages_identify_nothing() {
        for url in
            ["https://a.org", "http://www.a.org/?utm_source=x#top", "https://a.org/index.php"]
        {
            assert_eq!(canonical(url), None, "{url}");
        }
        assert_eq!(canonical("mailto:a@b.org"), None);
        assert_eq!(canonical("not a url"), None);
    }

    proptest! {
        #[test]
        fn canonical_is_its_own_canonical_form(
            url in "https?://(www\\.|amp\\.)?[a-c]{1,3}\\.org(:(80|443|81))?\
                    (/(amp|index\\.html|\\.|%2[eEfF]|%41|é|a\\.amp|b\\.amp\\.html|c)){0,4}/?\
                    (\\?((utm_a|p|q|%71|amp|x%)=?[a1+%é]{0,3}&?){0,4})?(#!?[a%]{0,3})?"
        ) {
            if let Some(once) = canonical(&url) {
                let twice = canonical(&once);
                prop_assert_eq!(twice.as_deref(), Some(once.as_str()));
            }
        }

        #[test]
        fn nothing_panics(written in "\\PC{0,60}") {
            let _ = absolute(&base(), &written);
            let _ = canonical(&written);
        }
    }
}
