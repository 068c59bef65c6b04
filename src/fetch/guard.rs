//! Which addresses and URLs may be asked: never those that only we can reach.
//!
//! The same check runs on every URL and redirect hop (literal addresses never reach a resolver)
//! and on every address that a name resolves to; the addresses checked are those connected to.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::{inner_ipv4, is_public_address};
use crate::world::Names;

/// Why something is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither http nor https.
    #[error("{0}: addresses are not polled; give an http or https url")]
    Scheme(String),
    /// A user name or password in the URL.
    #[error(
        "the url holds a user name or password, which is not sent; ask the partner for another way in"
    )]
    Credentials,
    /// Longer than any address is.
    #[error("the url has more than {LONGEST_URL} bytes; check it")]
    TooLong,
    /// A redirect to another service.
    #[error("redirected to port {0}, where no web server is; not followed: ask the partner")]
    Port(u16),
    /// No host at all.
    #[error("the url names no host; check it in feeds.toml")]
    NoHost,
    /// An address of a private network.
    #[error(
        "{host} is at {address}, an address of a private or reserved network; if it is meant to be polled, name it in [fetch] allow_private"
    )]
    Private {
        /// The host as the URL names it.
        host: String,
        /// The address.
        address: IpAddr,
    },
}

/// Looks names up and leaves only addresses that may be connected to.
pub(super) struct GuardedNames {
    pub(super) names: Names,
    pub(super) allow_private: Vec<IpNet>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.names.clone();
        let allow_private = self.allow_private.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<IpAddr> = names.lookup(&host).await?;
            let refused = found.first().copied();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| may_connect(*address, &allow_private))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            match (allowed.is_empty(), refused) {
                (true, Some(address)) => Err(Refused::Private { host, address }.into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// Longest URL that is asked for.
const LONGEST_URL: usize = 8 * 1024;

/// Checks scheme, credentials and literal addresses of a URL.
///
/// # Errors
/// [`Refused`] says why it is not asked.
pub fn check_url(url: &Url, allowed: &[IpNet]) -> Result<(), Refused> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    if url.as_str().len() > LONGEST_URL {
        return Err(Refused::TooLong);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) if !name.trim_end_matches('.').is_empty() => return Ok(()),
        _ => return Err(Refused::NoHost),
    };
    if may_connect(address, allowed) {
        Ok(())
    } else {
        Err(Refused::Private { host: url.host_str().unwrap_or_default().into(), address })
    }
}

/// Ports of services that speak no HTTP and might obey what looks like their own words.
const OTHER_SERVICES: &[u16] = &[
    1080, 1433, 1521, 2049, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 6000, 6379, 6667, 9042, 9092,
    9200, 11211, 27017,
];

/// Checks a redirect from the URL of feeds.toml: it leads to a web server, as far as ports tell.
///
/// # Errors
/// [`Refused::Port`].
pub(super) fn check_hop(first: &Url, hop: &Url) -> Result<(), Refused> {
    match hop.port() {
        Some(port)
            if Some(port) != first.port() && (port < 1024 || OTHER_SERVICES.contains(&port)) =>
        {
            Err(Refused::Port(port))
        }
        _ => Ok(()),
    }
}

/// Whether an address may be connected to: it is public, or `allowed` names it.
pub fn may_connect(address: IpAddr, allowed: &[IpNet]) -> bool {
    let is_allowed = |address: IpAddr| allowed.iter().any(|network| network.contains(&address));
    let address = address.to_canonical();
    is_allowed(address)
        || inner_ipv4(address).is_some_and(|inner| is_allowed(IpAddr::V4(inner)))
        || is_public_address(address)
}

#[cfg(test)]
mod tests {
    use super::{Refused, check_url, may_connect};
    use url::Url;

    fn check(url: &str) -> Result<(), Refused> {
        check_url(&Url::parse(url).unwrap(), &[])
    }

    #[test]
    fn h1_only_http_and_https_are_asked() {
        for url in
            ["file:///etc/passwd", "gopher://a.example/", "ftp://a.example/", "data:text/xml,x"]
        {
            assert!(matches!(check(url), Err(Refused::Scheme(_))), "{url}");
        }
        assert_eq!(check("https://user:word@a.example/"), Err(Refused::Credentials));
        assert_eq!(check("https://a.example/feed"), Ok(()));
    }

    #[test]
    fn h2_h5_addresses_that_only_we_can_reach_are_refused() {
        for host in [
            // Loopback in every spelling that the URL parser knows.
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "[::1]",
            "[::]",
            "0.0.0.0",
            // Metadata services.
            "169.254.169.254",
            "[fd00:ec2::254]",
            // Private, shared, reserved, multicast.
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[fc00::1]",
            "[fe80::1]",
            "[ff02::1]",
            // IPv4 in IPv6 clothes, 6to4, NAT64, Teredo.
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:1::1]",
        ] {
            let found = check(&format!("http://{host}/"));
            assert!(matches!(found, Err(Refused::Private { .. })), "{host}: {found:?}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for host in ["93.184.215.14", "172.32.0.1", "[2606:2800:21f::1]", "[64:ff9b::5db8:d70e]"] {
            assert_eq!(check(&format!("http://{host}/")), Ok(()), "{host}");
        }
    }

    #[test]
    fn what_feeds_toml_allows_passes_in_every_spelling() {
        let allowed = ["127.0.0.1/32".parse().unwrap()];
        for url in ["http://127.0.0.1:8099/", "http://127.1/", "http://[::ffff:127.0.0.1]/"] {
            assert_eq!(check_url(&Url::parse(url).unwrap(), &allowed), Ok(()), "{url}");
        }
        assert!(!may_connect("127.0.0.2".parse().unwrap(), &allowed));
    }
}
