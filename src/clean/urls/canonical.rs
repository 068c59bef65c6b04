//! The form of a URL that is equal for equal pages.

use std::borrow::Cow;

use url::{Host, Url};

use super::{MAX_URL, web};

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
    let (page, identifies) = page(&web(url)?)?;
    (identifies && page.len() <= MAX_URL).then_some(page)
}

/// The form of a URL that is equal for equal parts of pages: the canonical form of the page, and the
/// fragment. `None` without one, and where it only tells where a reader came from or which words are
/// to be shown (`#:~:text=`). Also a part of a home page has one.
pub fn part(url: &str) -> Option<String> {
    let url = web(url)?;
    let fragment = url.fragment()?.split(":~:").next().unwrap_or_default();
    let fragment = normal_encoding(fragment);
    if fragment.is_empty() || fragment.starts_with('!') || fragment.split('&').all(is_tracking) {
        return None;
    }
    let (page, _) = page(&url)?;
    let part = format!("{page}#{fragment}");
    (part.len() <= MAX_URL).then_some(part)
}

/// The canonical form of a page, and whether it identifies anything.
fn page(url: &Url) -> Option<(String, bool)> {
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
    let identifies = !path.is_empty() || !parameters.is_empty() || page.is_some();
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
    Some((canonical, identifies))
}

fn canonical_host(host: &str) -> Option<String> {
    let mut host = host.trim_end_matches('.');
    while let Some(rest) = host.strip_prefix("www.").or_else(|| host.strip_prefix("amp.")) {
        // `www.org` is a domain of its own.
        if !rest.contains('.') {
            break;
        }
        host = rest;
    }
    // What is left may be another way to write an address: `www.0x7f.1`.
    Some(Host::parse(host).ok()?.to_string())
}

/// The path without a trailing slash, without index page and AMP segments; empty for the root.
fn canonical_path(path: &str) -> String {
    let path = normal_encoding(path);
    let mut segments: Vec<Cow<'_, str>> = path.split('/').skip(1).map(Cow::Borrowed).collect();
    // What is left of a segment may be one that says nothing: `index.amp.html`, `.amp`.
    while let Some(last) = segments.pop() {
        let last = without_amp(last);
        let more = !segments.is_empty();
        if !(last.is_empty() || INDEX_PAGES.contains(&&*last) || (more && last == "amp")) {
            segments.push(last);
            break;
        }
    }
    let leading = segments.iter().take_while(|segment| *segment == "amp").count();
    let leading = leading.min(segments.len().saturating_sub(1));
    let mut canonical = String::with_capacity(path.len());
    for segment in segments.iter().skip(leading) {
        canonical.push('/');
        canonical.push_str(segment);
    }
    canonical
}

/// A last segment without the endings that say AMP: `story.amp`, `story.amp.html`.
fn without_amp(mut segment: Cow<'_, str>) -> Cow<'_, str> {
    loop {
        segment = if let Some(stem) = segment.strip_suffix(".amp") {
            let stem = stem.trim_end_matches(".amp");
            // These would lead elsewhere: `..amp`, `...amp`.
            if matches!(stem, "." | "..") {
                return segment;
            }
            Cow::Owned(stem.to_owned())
        } else if let Some(stem) = segment.strip_suffix(".amp.html") {
            Cow::Owned(format!("{}.html", stem.trim_end_matches(".amp")))
        } else {
            return segment;
        };
    }
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
/// with upper-case digits. What comes out stays as it is.
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
            // One that encodes nothing stands for itself; bare it could come to encode what follows.
            _ => {
                normal.push_str("%25");
                normal.push_str(part);
            }
        }
    }
    Cow::Owned(normal)
}
