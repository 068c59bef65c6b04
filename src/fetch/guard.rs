//! Which addresses and URLs may be asked: never those that only we can reach.
//!
//! The same check runs on every URL and redirect hop (literal addresses never reach a resolver)
//! and on every address that a name resolves to; the addresses checked are those connected to.
//! A proxy looks names up by itself: there the check can only refuse names that lead nowhere but
//! into a private network, as far as we see it, and the rest is the proxy's duty.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::Settings;
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
    /// Another service, where others named the URL.
    #[error("port {0} is not that of a web server; ask the partner")]
    Port(u16),
    /// No host at all.
    #[error("the url names no host; check it in feeds.toml")]
    NoHost,
    /// A host name that the name service has no room for.
    #[error("the url names a host that cannot be, with a name or a part of it too long; check it")]
    LongName,
    /// A name of private networks, which a proxy would look up for us.
    #[error(
        "{0} is a name within a private network; if it is meant to be polled through the proxy, give its address and name that in [fetch] allow_private"
    )]
    LocalName(String),
    /// A literal address of a private network.
    #[error(
        "{0} is an address of a private or reserved network; if it is meant to be polled, name it in [fetch] allow_private"
    )]
    PrivateAddress(IpAddr),
    /// A name that leads to an address of a private network.
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

/// How we came to a URL that nobody of ours has named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Led {
    /// A server redirected to it.
    Redirect,
    /// A document links to it.
    Link,
}

impl Refused {
    /// The same of a URL that a server or a document names. Whoever reads this is not to open the guard
    /// for it: the partner is mistaken, or hacked. Of the URL it tells the host alone.
    pub(super) fn of_others(&self, led: Led, url: &Url) -> String {
        let host = url.host_str().filter(|host| host.len() <= LONGEST_NAME).unwrap_or("no host");
        let place = match self {
            Self::Scheme(scheme) => {
                format!("an address of the kind {scheme}:, which is not polled")
            }
            Self::Credentials => format!("{host} by a user name or password, which is not sent"),
            Self::TooLong => format!("a url of more than {LONGEST_URL} bytes"),
            Self::Port(port) => format!("port {port} of {host}, where no web server is"),
            Self::NoHost => "a url that names no host".to_owned(),
            Self::LongName => {
                "a host that cannot be, with a name or a part of it too long".to_owned()
            }
            Self::LocalName(_) => format!("{host}, a name within a private network"),
            Self::PrivateAddress(_) => {
                format!("{host}, an address of a private or reserved network")
            }
            Self::Private { address, .. } => {
                format!(
                    "{host}, which is at {address}, an address of a private or reserved network"
                )
            }
        };
        match led {
            Led::Redirect => {
                format!("the server redirected to {place}; that was not followed: ask the partner")
            }
            Led::Link => {
                format!("the document links to {place}; that was not followed: ask the partner")
            }
        }
    }
}

/// How far a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public addresses, and those that `allow_private` names.
    Allowed,
    /// Public addresses alone.
    Public,
}

/// A name that could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unfound(#[source] io::Error);

/// What may be asked: checks URLs before a request, and addresses before a connection.
#[derive(Clone)]
pub(super) struct Guard {
    names: Names,
    allow_private: Vec<IpNet>,
    is_proxied: bool,
}

/// Longest time that a name is looked up which a proxy looks up once more.
const PROXIED_LOOKUP: Duration = Duration::from_secs(3);

impl Guard {
    pub(super) fn new(settings: &Settings, names: Names) -> Self {
        let allow_private = settings.allow_private.clone();
        Self { names, allow_private, is_proxied: settings.proxy.is_some() }
    }

    /// The guard that lets through what is public and nothing else. (Where a proxy connects, the name
    /// that is looked up is the proxy's, which feeds.toml gives.)
    pub(super) fn within(&self, reach: Reach) -> Self {
        match reach {
            Reach::Public if !self.is_proxied => Self { allow_private: Vec::new(), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// Whether something is a private host beyond doubt: by an address that stands in the URL, or by a
    /// name that no name service of the world has. What a name leads to is its owner's choice.
    pub(super) fn is_inner(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
            Some(Host::Domain(name)) => is_local_name(name),
            None => false,
        }
    }

    /// Whether an answer came from a private host. A proxy is one often, and says nothing of it.
    pub(super) fn came_from_inner(&self, peer: Option<SocketAddr>) -> bool {
        !self.is_proxied && peer.is_some_and(|peer| !is_public(peer.ip()))
    }

    /// Checks a URL, and where a proxy is to connect also what its host is called and leads to.
    ///
    /// # Errors
    /// [`Refused`] says why it is not asked.
    pub(super) async fn check(&self, url: &Url, reach: Reach) -> Result<(), Refused> {
        let allowed = self.allowed_within(reach);
        check_url(url, allowed)?;
        let Some(Host::Domain(name)) = url.host().filter(|_| self.is_proxied) else {
            return Ok(());
        };
        if is_local_name(name) {
            return Err(Refused::LocalName(name.to_owned()));
        }
        // A network with a proxy often has no name service: then the proxy alone knows.
        match tokio::time::timeout(PROXIED_LOOKUP, self.names.lookup(name)).await {
            Ok(Ok(found)) => dialled(name, &found, allowed).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn allowed_within(&self, reach: Reach) -> &[IpNet] {
        match reach {
            Reach::Allowed => &self.allow_private,
            Reach::Public => &[],
        }
    }
}

/// The addresses that may be connected to, of those that a name has.
fn dialled(host: &str, found: &[IpAddr], allowed: &[IpNet]) -> Result<Vec<IpAddr>, Refused> {
    let may = |address: &IpAddr| may_connect(*address, allowed);
    let dialled: Vec<IpAddr> = found.iter().copied().filter(may).collect();
    match found.first() {
        Some(address) if dialled.is_empty() => {
            Err(Refused::Private { host: host.to_owned(), address: *address })
        }
        _ => Ok(dialled),
    }
}

fn is_public(address: IpAddr) -> bool {
    is_public_address(address.to_canonical())
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found = guard.names.lookup(host).await.map_err(Unfound)?;
            if found.is_empty() {
                return Err(Unfound(io::Error::other("it has no address")).into());
            }
            let dialled = dialled(host, &found, &guard.allow_private)?;
            let dialled = dialled.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(dialled) as Addrs)
        })
    }
}

/// Endings of names that belong to no public host (RFC 6761, 6762, 8375), and metadata services'.
const LOCAL_ENDINGS: &[&str] = &["localhost", "local", "internal", "home.arpa", "localdomain"];

/// Whether a name leads nowhere but into a private network.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let is_below = |ending: &str| {
        name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !name.contains('.') || LOCAL_ENDINGS.iter().any(|ending| is_below(ending))
}

/// Longest URL that is asked for.
const LONGEST_URL: usize = 8 * 1024;

/// Longest name of a host, and longest part of it (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

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
    check_host(url, allowed)
}

/// Checks what stands for the host in a URL: a name that can be, or an address that may be asked.
///
/// # Errors
/// [`Refused`] says why it is not asked.
pub fn check_host(url: &Url, allowed: &[IpNet]) -> Result<(), Refused> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) if !name.trim_end_matches('.').is_empty() => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let is_short = name.len() <= LONGEST_NAME
                && name.split('.').all(|label| label.len() <= LONGEST_LABEL);
            return if is_short { Ok(()) } else { Err(Refused::LongName) };
        }
        _ => return Err(Refused::NoHost),
    };
    if may_connect(address, allowed) { Ok(()) } else { Err(Refused::PrivateAddress(address)) }
}

/// Ports of services that speak no HTTP and might obey what looks like their own words.
const OTHER_SERVICES: &[u16] = &[
    1080, 1433, 1521, 2049, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 6000, 6379, 6667, 9042, 9092,
    9200, 11211, 27017,
];

/// Checks a URL that others name: it leads to a web server, as far as ports tell, or to the port of the
/// URL that feeds.toml gives.
///
/// # Errors
/// [`Refused::Port`].
pub(super) fn check_port(home: Option<&Url>, url: &Url) -> Result<(), Refused> {
    match url.port() {
        Some(port)
            if Some(port) != home.and_then(Url::port)
                && (port < 1024 || OTHER_SERVICES.contains(&port)) =>
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
        for url in [
            "file:///etc/passwd",
            "gopher://a.example/",
            "ftp://a.example/",
            "data:text/xml,x",
            "jar:https://a.example/a.jar!/feed",
            "unix:/run/feed.socket",
            "javascript:alert(1)",
            "ws://a.example/",
        ] {
            assert!(matches!(check(url), Err(Refused::Scheme(_))), "{url}");
        }
        assert_eq!(check("https://user:word@a.example/"), Err(Refused::Credentials));
        assert_eq!(check("https://a.example/feed"), Ok(()));
    }

    fn assert_refused(hosts: &[&str]) {
        for host in hosts {
            let found = check(&format!("http://{host}/"));
            assert!(matches!(found, Err(Refused::PrivateAddress(_))), "{host}: {found:?}");
        }
    }

    #[test]
    fn h2_our_own_machine_is_refused_in_every_spelling() {
        assert_refused(&[
            "127.0.0.1",
            "127.1",
            "127.255.255.254",
            "0x7f000001",
            "0x7f.1",
            "2130706433",
            "0177.0.0.1",
            "0177.0x0.1",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
            "\u{2460}\u{2461}\u{2466}.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::]",
            "0.0.0.0",
            "0",
        ]);
    }

    #[test]
    fn h3_metadata_services_are_refused() {
        assert_refused(&["169.254.169.254", "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::a9fe:a9fe]"]);
    }

    #[test]
    fn h4_private_and_reserved_networks_are_refused_from_end_to_end() {
        for (first, last, below, above) in [
            ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("224.0.0.0", "239.255.255.255", "223.255.255.255", ""),
            ("240.0.0.0", "255.255.255.255", "", ""),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""),
            ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""),
            ("100::", "100::ffff:ffff:ffff:ffff", "", ""),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db9::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe::", "3fff:1000::"),
            ("4000::", "5fff::", "3fff:ffff::", ""),
        ] {
            let may = |address: &str| may_connect(address.parse().unwrap(), &[]);
            assert!(!may(first) && !may(last), "{first} to {last}");
            for beyond in [below, above] {
                assert!(beyond.is_empty() || may(beyond), "{beyond}");
            }
        }
    }

    #[test]
    fn h5_ipv4_in_ipv6_clothes_is_judged_as_what_it_leads_to() {
        assert_refused(&[
            // Mapped, compatible, translated (SIIT).
            "[::ffff:127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[::127.0.0.1]",
            "[::a9fe:a9fe]",
            "[::ffff:0:127.0.0.1]",
            // NAT64, well-known and local-use (RFC 8215), wherever that has the address.
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::7f00:1]",
            "[64:ff9b:1::5db8:d70e]",
            "[64:ff9b:1:7f00:0:100::]",
            "[64:ff9b:0:1::5db8:d70e]",
            // 6to4 and Teredo, also where the address within is public: nobody needs them.
            "[2002:7f00:1::]",
            "[2002:5db8:d70e::1]",
            "[2001:0:1::1]",
            "[2001::5db8:d70e]",
        ]);
        // What is allowed is not allowed for whatever ends like it.
        let allowed = ["127.0.0.0/8".parse().unwrap()];
        for address in ["64:ff9b:1::7f00:1", "64:ff9b:1:a00:0:100:7f00:1", "fd00::7f00:1"] {
            assert!(!may_connect(address.parse().unwrap(), &allowed), "{address}");
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
