//! URLs: resolved, http or https only, and the canonical form that is equal for equal pages.
//!
//! One parser does it all (the `url` crate, which reads URLs as browsers do), so that what is
//! checked is what is used. Nothing here says whether a URL may be *fetched*: that is decided
//! where the connection is made.

mod canonical;
#[cfg(test)]
mod tests;

use url::Url;

pub use canonical::canonical;

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
