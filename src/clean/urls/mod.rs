//! URLs: resolved, http or https only, and the canonical form that is equal for equal pages.
//!
//! One parser does it all (the `url` crate, which reads URLs as browsers do), so that what is
//! checked is what is used. Nothing here says whether a URL may be *fetched*: that is decided
//! where the connection is made.

mod canonical;
#[cfg(test)]
mod tests;

use url::{Host, Url};

use crate::model::is_public_address;

pub use canonical::{canonical, part};

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

/// Like [`absolute`], for what a reader's program loads by itself, such as a picture: nothing in
/// the reader's own network, which a source has no business in. What lies beside the document
/// that names it may be loaded all the same.
pub fn loaded(base: &Url, written: &str) -> Option<Url> {
    absolute(base, written).filter(|url| url.host() == base.host() || !is_private(url))
}

/// Endings of names that mean something only within one network.
const LOCAL_NAMES: &[&str] = &["localhost", "local", "internal", "intranet", "lan", "home", "arpa"];

fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public_address(address.into()),
        Some(Host::Ipv6(address)) => !is_public_address(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let ending = name.rsplit('.').next().unwrap_or_default();
            !name.contains('.') || LOCAL_NAMES.contains(&ending.to_ascii_lowercase().as_str())
        }
        None => true,
    }
}

/// Like [`absolute`], for what must be a whole URL already.
pub fn web(written: &str) -> Option<Url> {
    if written.len() > MAX_WRITTEN {
        return None;
    }
    checked(Url::parse(written.trim()).ok()?)
}

/// Whether a host is written with what names and addresses are made of: browsers take more, but no
/// name that can be looked up has it.
fn is_plain(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte))
}

fn checked(url: Url) -> Option<Url> {
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_user = !url.username().is_empty() || url.password().is_some();
    let host = url.host_str()?;
    (is_web
        && !has_user
        && !host.is_empty()
        && host.len() <= MAX_HOST
        && is_plain(host)
        && url.as_str().len() <= MAX_URL)
        .then_some(url)
}

/// Whether two addresses are of one site: the same host, or one that lies within the other, `www.`
/// left out. What is not on the web has no site.
pub fn is_same_site(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
    };
    let (one, other) = (host(one), host(other));
    let is_within = |inner: &str, outer: &str| {
        outer.contains('.') && inner.strip_suffix(outer).is_some_and(|rest| rest.ends_with('.'))
    };
    !one.is_empty() && (one == other || is_within(&one, &other) || is_within(&other, &one))
}
