//! URLs, hosts, ports and address blocks.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::super::finding::{Problem, shown};

/// An http or https URL with a host and without a user name.
pub(in super::super) fn web(written: &str) -> Result<Url, Problem> {
    let name = shown(written);
    let Some(scheme) = scheme(written) else {
        let bare = written.trim_start_matches('/');
        return Err(Problem::new(
            format!("`{name}` is not a web address"),
            format!("write it whole: \"https://{}\"", shown(bare)),
        ));
    };
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(Problem::new(
            format!("`{name}` is neither http nor https"),
            "write an address that begins with https:// or http://",
        ));
    }
    let url = Url::parse(written).map_err(|error| {
        Problem::new(
            format!("`{name}` is not a web address: {error}"),
            "copy the address from a browser's address bar",
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        // The address is not repeated: error messages travel further than the file.
        return Err(Problem::new(
            "the address holds a user name or password, which would be shown to everybody",
            "take it out of the address; for a source write \
             headers = { Authorization = \"env:NAME\" } and set NAME in the environment, \
             to \"Basic …\" or \"Bearer …\"",
        ));
    }
    Ok(url)
}

/// The scheme of a URL, in small letters, where there is one.
pub(in super::super) fn scheme(written: &str) -> Option<String> {
    let (scheme, _) = written.trim_start().split_once(':')?;
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    // `example.org:8080/feed` has a port, not a scheme.
    (well_formed && !scheme.contains('.')).then(|| scheme.to_ascii_lowercase())
}

/// A mailto, http or https URL.
pub(super) fn contact(written: &str) -> Result<String, Problem> {
    let help = "write \"mailto:name@example.org\" or an https:// address";
    match scheme(written).as_deref() {
        Some("http" | "https") => web(written).map(|_| written.trim().to_owned()),
        Some("mailto") => {
            let to = written.trim().get("mailto:".len()..).unwrap_or_default();
            if is_mail_address(to.split('?').next().unwrap_or_default()) {
                Ok(written.trim().to_owned())
            } else {
                Err(Problem::new(format!("`{}` is not a mail address", shown(to)), help))
            }
        }
        None if is_mail_address(written) => Err(Problem::new(
            format!("`{}` is a mail address, not a URL", shown(written)),
            format!("write \"mailto:{}\"", shown(written)),
        )),
        _ => Err(Problem::new(format!("`{}` is no way to reach anybody", shown(written)), help)),
    }
}

fn is_mail_address(written: &str) -> bool {
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>\"'".contains(c);
    !written.contains(strange)
        && written
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// An address and port to listen on, or `localhost` and a port.
pub(super) fn listen(written: &str) -> Result<String, Problem> {
    let written = written.trim();
    if written.parse::<SocketAddr>().is_ok() {
        return Ok(written.to_owned());
    }
    let port = written.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    if port.is_some() {
        return Ok(written.to_owned());
    }
    Err(Problem::new(
        format!("`{}` is not an address with a port", shown(written)),
        "write \"127.0.0.1:8080\" for this machine only, \"0.0.0.0:8080\" or \"[::]:8080\" \
         for everybody",
    ))
}

/// A block of addresses, such as `127.0.0.1/32`.
pub(super) fn network(written: &str) -> Result<IpNet, Problem> {
    let written = written.trim();
    written.parse::<IpNet>().map_err(|_| {
        let help = match written.parse::<std::net::IpAddr>() {
            Ok(address) => format!("write \"{}\" for this address alone", IpNet::from(address)),
            Err(_) => "write an address, a slash and a number: \"127.0.0.1/32\", \
                       \"10.1.0.0/16\", \"fd00::/8\""
                .to_owned(),
        };
        Problem::new(format!("`{}` is not a block of addresses", shown(written)), help)
    })
}

/// A host name, as links have it: in small letters, in its ASCII form.
pub(super) fn host(written: &str) -> Result<String, Problem> {
    let written = written.trim();
    let problem =
        |help: String| Problem::new(format!("`{}` is not a host name", shown(written)), help);
    if scheme(written).is_some() || written.contains('/') {
        let found = Url::parse(written).ok().and_then(|url| url.host_str().map(str::to_owned));
        let found = found.or_else(|| written.split('/').next().map(str::to_owned));
        return Err(problem(format!("write \"{}\" only", shown(&found.unwrap_or_default()))));
    }
    match Host::parse(written) {
        Ok(host) if !written.is_empty() && !written.contains([':', '*', ' ']) => {
            Ok(host.to_string())
        }
        _ => Err(problem("write it as it stands in links: \"example.org\"".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_whole_and_hold_no_secret() {
        for good in ["https://a.example/", "http://a.example:81/x?y#z", "HTTPS://Ä.example"] {
            assert!(web(good).is_ok(), "{good}");
        }
        for (bad, help) in [
            ("a.example", "https://a.example"),
            ("a.example:80/x", "https://a.example:80/x"),
            ("//a.example", "https://a.example"),
            ("ftp://a.example", "begins with https://"),
            ("javascript:alert(1)", "begins with https://"),
            ("https://", "browser"),
            ("https://u:p@a.example/", "headers = { Authorization"),
            ("https://u@a.example/", "headers"),
            ("https://:p@a.example/", "headers"),
        ] {
            let problem = web(bad).unwrap_err();
            assert!(problem.help.contains(help), "{bad}: {problem:?}");
        }
        let problem = web("https://u:hunter2@a.example/").unwrap_err();
        assert!(!problem.message.contains("hunter2") && !problem.help.contains("hunter2"));
    }

    #[test]
    fn contacts_hosts_ports_and_blocks() {
        assert!(contact("mailto:wire@example.org").is_ok());
        assert!(contact("https://example.org/contact").is_ok());
        assert!(contact("wire@example.org").unwrap_err().help.contains("mailto:wire@example.org"));
        for bad in ["", "mailto:", "mailto:nobody", "javascript:x", "a b@c", "mailto:a@b@c"] {
            assert!(contact(bad).is_err(), "{bad}");
        }
        for good in ["127.0.0.1:8080", "[::]:80", "localhost:1"] {
            assert!(listen(good).is_ok(), "{good}");
        }
        for bad in ["", ":8080", "8080", "127.0.0.1", "localhost:99999", "http://x:1"] {
            assert!(listen(bad).is_err(), "{bad}");
        }
        assert!(network("10.0.0.0/8").is_ok());
        assert!(network("10.0.0.1").unwrap_err().help.contains("\"10.0.0.1/32\""));
        assert!(network("10.0.0.0/99").is_err());
        assert_eq!(host("DiEM25.org"), Ok("diem25.org".to_owned()));
        assert!(host("https://diem25.org/x").unwrap_err().help.contains("\"diem25.org\""));
        for bad in ["", "a b", "*.example.org", "a:1", "a/b"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
