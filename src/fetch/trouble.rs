//! What goes wrong on the way to a server, in words for maintainers.

use std::error::Error;

use chrono::DateTime;
use url::Url;

use super::guard::{Led, Refused, Unfound};
use super::hosts::host_of;
use super::trust::NO_CERTIFICATES;
use super::{CHECK_URL, FetchError};

/// Longest words of an error that are told: a server may add some of its own.
const LONGEST_CAUSE: usize = 200;

pub(super) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().chars().take(LONGEST_CAUSE).collect()
}

/// The error of this type that is at the root of another one.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut source = Some(error);
    while let Some(current) = source {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        // An I/O error that was made of another one gives that one's source for its own.
        source = match current.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()) {
            Some(within) => Some(within),
            None => current.source(),
        };
    }
    None
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

/// What is not asked, in words for maintainers.
pub(super) fn refusal(refused: &Refused, url: &Url, led: Option<Led>) -> FetchError {
    match led {
        // Where a name leads, the name service says: it may be one of a hotel.
        None => FetchError {
            is_barred: !matches!(refused, Refused::Private { .. }),
            ..FetchError::new(refused.to_string())
        },
        // A document says the same the next time.
        Some(led) => FetchError {
            is_disallowed: led == Led::Link,
            ..FetchError::new(refused.of_others(led, url))
        },
    }
}

/// An error of the transport in words for maintainers.
pub(super) fn describe(error: &reqwest::Error, url: &Url, led: Option<Led>) -> FetchError {
    let host = host_of(url);
    let cause = innermost(error);
    if let Some(refused) = find::<Refused>(error) {
        return refusal(refused, url, led);
    }
    if is_exhaustion(error) {
        return FetchError {
            is_ours: true,
            ..FetchError::new(format!("no connection can be made here: {cause}"))
        };
    }
    let is_untrusting = matches!(find::<rustls::Error>(error), Some(rustls::Error::General(words)) if words.starts_with(NO_CERTIFICATES));
    let is_unreachable =
        !is_untrusting && (error.is_timeout() || error.is_connect() || broke_off(error));
    let message = if error.is_timeout() {
        format!("{host} did not answer in time; the server is slow or down")
    } else if find::<Unfound>(error).is_some() {
        // EAI_AGAIN, as the C library writes it.
        let is_passing = cause.contains("emporary failure") || cause.contains("ry again");
        let remedy = if is_passing {
            "wait, and look at the name service of this machine if it stays"
        } else {
            CHECK_URL
        };
        format!("the name {host} cannot be looked up ({cause}); {remedy}")
    } else if let Some(tls) = find::<rustls::Error>(error) {
        format!("no secure connection to {host}: {}", insecure(tls))
    } else if error.is_connect() {
        format!("no connection to {host}: {cause}; wait, and tell the partner if it stays")
    } else if ["message head is too large", "header_list"].iter().any(|words| cause.contains(words))
    {
        format!("{host} answered with more headers than any document needs; tell the partner")
    } else {
        format!(
            "{host} broke off or answered in a way that HTTP does not know: {cause}; wait, and tell the partner if it stays"
        )
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

/// Most names of a certificate that are told.
const MOST_NAMES: usize = 3;

/// Why a connection is not secure, and the remedy. There is none that goes on without.
fn insecure(error: &rustls::Error) -> String {
    use rustls::{AlertDescription, CertificateError as Bad, Error as Tls};
    match error {
        Tls::InvalidCertificate(bad) => match bad {
            Bad::ExpiredContext { not_after, .. } => format!(
                "its certificate ended on {}; the partner has to renew it",
                day(*not_after)
            ),
            Bad::Expired => "its certificate has ended; the partner has to renew it".to_owned(),
            Bad::NotValidYetContext { not_before, .. } => format!(
                "its certificate does not begin before {}; if the clock of this machine is right, tell the partner",
                day(*not_before)
            ),
            Bad::NotValidForNameContext { presented, .. } => format!(
                "its certificate is for another host ({}); tell the partner, or check the url",
                names(presented)
            ),
            Bad::NotValidForName => {
                "its certificate is for another host; tell the partner, or check the url".to_owned()
            }
            bad if matches!(bad, Bad::UnknownIssuer | Bad::BadSignature) || is_own_authority(bad) => "nobody whom this machine trusts stands for its certificate \
                 (self-signed, or sent without the certificates between); tell the partner"
                .to_owned(),
            Bad::Revoked => "its certificate was revoked; tell the partner".to_owned(),
            other => format!("its certificate is not valid ({other}); tell the partner"),
        },
        Tls::PeerIncompatible(_) | Tls::AlertReceived(AlertDescription::ProtocolVersion) => {
            "it speaks only versions of TLS that are not secure any more (1.2 is the oldest that is); \
             tell the partner"
                .to_owned()
        }
        Tls::AlertReceived(AlertDescription::UnrecognisedName) => {
            "it knows no site of this name; check the url, or tell the partner".to_owned()
        }
        Tls::General(words) if words.starts_with(NO_CERTIFICATES) => words.clone(),
        other => format!("{other}; tell the partner if it stays"),
    }
}

/// Whether a server shows the certificate of an authority, which is then its own.
fn is_own_authority(bad: &rustls::CertificateError) -> bool {
    // rustls knows this as "other", and webpki's type is not at hand.
    format!("{bad:?}").contains("CaUsedAsEndEntity")
}

/// The day of a time since 1970, in UTC.
fn day(time: rustls::pki_types::UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map_or_else(
            || "a day that cannot be".to_owned(),
            |time| time.format("%Y-%m-%d").to_string(),
        )
}

/// A few of the names that a certificate is for, free of what no name has in it.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| -> String {
        // As rustls gives them: DnsName("partner.example").
        let name = name.split_once('"').map_or(name.as_str(), |(_, rest)| rest);
        let name = name.split_once('"').map_or(name, |(name, _)| name);
        name.chars().filter(char::is_ascii_graphic).take(100).collect()
    };
    let told: Vec<String> = presented.iter().take(MOST_NAMES).map(plain).collect();
    match (told.is_empty(), presented.len() > MOST_NAMES) {
        (true, _) => "for none at all".to_owned(),
        (false, true) => told.join(", ") + " and more",
        (false, false) => told.join(", "),
    }
}
