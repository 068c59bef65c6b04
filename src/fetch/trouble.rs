//! What goes wrong on the way to a server, in words for maintainers.

use std::error::Error;

use url::Url;

use super::guard::Refused;
use super::hosts::host_of;
use super::{CHECK_URL, FetchError};

pub(super) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Whether an error says that this machine has nothing left to make a connection with.
pub(super) fn is_exhaustion(error: &(dyn Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(current) = source {
        let number = current.downcast_ref::<std::io::Error>().and_then(|io| io.raw_os_error());
        if matches!(number, Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS)) {
            return true;
        }
        source = current.source();
    }
    // A look-up of a name tells it in words only.
    innermost(error).contains("Too many open files")
}

/// An error of the transport in words for maintainers.
pub(super) fn describe(error: &reqwest::Error, url: &Url) -> FetchError {
    let mut source: Option<&dyn Error> = Some(error);
    while let Some(current) = source {
        if let Some(refused) = current.downcast_ref::<Refused>() {
            return FetchError::new(refused.to_string());
        }
        source = current.source();
    }
    let host = host_of(url);
    let cause = innermost(error);
    if is_exhaustion(error) {
        return FetchError {
            is_ours: true,
            ..FetchError::new(format!("no connection can be made here: {cause}"))
        };
    }
    let is_unreachable = error.is_timeout() || error.is_connect() || broke_off(error);
    let lower = format!("{error:?} {cause}").to_lowercase();
    let message = if error.is_timeout() {
        format!("{host} did not answer in time; the server is slow or down")
    } else if lower.contains("dns") || lower.contains("lookup") {
        format!("the name {host} cannot be looked up ({cause}); {CHECK_URL}")
    } else if lower.contains("certificate") || lower.contains("tls") || lower.contains("handshake")
    {
        format!(
            "no secure connection to {host}: {cause}; the partner has to renew or mend their certificate"
        )
    } else if error.is_connect() {
        format!("no connection to {host}: {cause}")
    } else {
        format!("{host} broke off or answered in a way that HTTP does not know: {cause}")
    };
    FetchError { is_unreachable, ..FetchError::new(message) }
}

/// Whether a connection ended before anything was answered.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(current) = source {
        if current.is::<std::io::Error>() {
            return true;
        }
        source = current.source();
    }
    // The client tells a connection that was closed in words only.
    format!("{error:?}").contains("IncompleteMessage")
}
