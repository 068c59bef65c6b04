//! Where requests go, and where not: real sockets, and a name service of the test's own.

use std::io;
use std::net::IpAddr;

use super::*;

/// A name service that keeps what it was asked.
fn names(
    answer: impl Fn(&str, usize) -> io::Result<Vec<&'static str>> + Send + Sync + 'static,
) -> (Names, Asked) {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let names = Names::new(move |host| {
        let mut log = log.lock().unwrap();
        let found = answer(&host, log.len());
        log.push(host);
        async move { Ok(found?.into_iter().map(|address| address.parse::<IpAddr>().unwrap()).collect()) }
    });
    (names, asked)
}

fn everywhere() -> (Names, Asked) {
    names(|_, _| Ok(vec!["127.0.0.1"]))
}

/// A host of the same port, at another address, that nobody may connect to.
struct Forbidden(TcpListener);

impl Forbidden {
    fn beside(url: &Url) -> Self {
        let listener = TcpListener::bind(("127.0.0.2", url.port().unwrap())).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn assert_untouched(&self) {
        let came = self.0.accept().map(|(_, from)| from);
        assert_eq!(came.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}

fn at(url: &Url, host: &str) -> Url {
    Url::parse(&format!("http://{host}:{}/feed", url.port().unwrap())).unwrap()
}

fn redirects(to: &str) -> Vec<u8> {
    answer("302 Found", &format!("Location: {to}\r\n"), "<rss>a body of a redirect</rss>")
}

#[test]
fn h1_a_redirect_to_another_scheme_is_refused_before_anything_is_done() {
    for to in [
        "file:///etc/passwd",
        "gopher://a.example/",
        "ftp://a.example/",
        "data:text/xml,<rss/>",
        "jar:http://a.example/a!/b",
        "unix:/run/a.socket",
    ] {
        let (url, _) = serve(vec![redirects(to)]);
        let (names, looked_up) = everywhere();
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        let error = get(&client, &request(&url)).unwrap_err();
        assert!(
            error.message.starts_with("the server redirected to an address of the kind "),
            "{to}: {error:?}"
        );
        assert!(looked_up.lock().unwrap().is_empty(), "{to} was looked up");
    }
}

#[test]
fn h2_names_of_our_own_machine_are_refused() {
    let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
    let of_system = || Names::system();
    let of_others = || names(|_, _| Ok(vec!["::1", "127.0.0.1"])).0;
    for (host, names) in [
        ("localhost", of_system()),
        ("LocalHost", of_system()),
        ("localhost.", of_others()),
        ("a.localhost", of_others()),
        ("localtest.example", of_others()),
    ] {
        let client = finding(&settings(&[]), names).unwrap();
        let error = get(&client, &request(&at(&url, host))).unwrap_err();
        assert!(error.message.contains("private or reserved network"), "{host}: {error:?}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn h3_names_of_metadata_services_are_refused() {
    for address in ["169.254.169.254", "fd00:ec2::254"] {
        let (names, _) = names(move |_, _| Ok(vec![address]));
        let client = finding(&settings(&["127.0.0.0/8"]), names).unwrap();
        let url = Url::parse("http://metadata.google.internal/computeMetadata/v1/").unwrap();
        let error = get(&client, &request(&url)).unwrap_err();
        let words = format!("metadata.google.internal is at {address}");
        assert!(error.message.starts_with(&words), "{error:?}");
    }
}

#[test]
fn h6_of_mixed_answers_the_private_address_is_not_dialled() {
    // In either order, and where the private one comes in IPv6 clothes.
    for found in [
        vec!["127.0.0.2", "127.0.0.1"],
        vec!["127.0.0.1", "127.0.0.2"],
        vec!["::ffff:127.0.0.2", "127.0.0.1"],
    ] {
        let (url, _) = serve(vec![answer("200 OK", "", "words")]);
        let forbidden = Forbidden::beside(&url);
        let (names, _) = names(move |_, _| Ok(found.clone()));
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        assert!(get(&client, &request(&at(&url, "mixed.example"))).is_ok());
        forbidden.assert_untouched();
    }
    let (url, _) = serve(vec![]);
    let forbidden = Forbidden::beside(&url);
    let (names, _) = names(|_, _| Ok(vec!["127.0.0.2", "10.0.0.1", "::1"]));
    let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
    let error = get(&client, &request(&at(&url, "private.example"))).unwrap_err();
    assert!(error.message.starts_with("private.example is at 127.0.0.2"), "{error:?}");
    forbidden.assert_untouched();
}

#[test]
fn h7_the_address_that_was_checked_is_the_one_dialled() {
    // First the public address, then the private one, as a name service does that rebinds.
    let (url, asked) = serve(vec![answer("200 OK", "", "words"); 3]);
    let forbidden = Forbidden::beside(&url);
    let (names, looked_up) =
        names(|_, before| Ok(vec![if before == 0 { "127.0.0.1" } else { "127.0.0.2" }]));
    let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
    let request = request(&at(&url, "rebinding.example"));
    assert!(get(&client, &request).is_ok());
    // A check with a look-up of its own would leave a gap between the two.
    assert_eq!(looked_up.lock().unwrap().len(), 1);
    let error = get(&client, &request).unwrap_err();
    assert!(error.message.contains("rebinding.example is at 127.0.0.2"), "{error:?}");
    assert_eq!((looked_up.lock().unwrap().len(), asked.lock().unwrap().len()), (2, 1));
    forbidden.assert_untouched();
}

#[test]
fn h7_a_name_that_rebinds_between_two_hops_is_refused() {
    let (url, _) = serve(vec![redirects("/again"), answer("200 OK", "", "words")]);
    let forbidden = Forbidden::beside(&url);
    let (names, _) =
        names(|_, before| Ok(vec![if before == 0 { "127.0.0.1" } else { "127.0.0.2" }]));
    let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
    let error = get(&client, &request(&at(&url, "rebinding.example"))).unwrap_err();
    assert!(error.message.contains("rebinding.example, which is at 127.0.0.2"), "{error:?}");
    forbidden.assert_untouched();
}

#[test]
fn h8_a_redirect_from_a_public_to_a_private_host_is_refused() {
    let (to, _) = serve(vec![]);
    let forbidden = Forbidden::beside(&to);
    for target in
        [format!("http://127.0.0.2:{}/", to.port().unwrap()), at(&to, "inner.example").into()]
    {
        let (url, _) = serve(vec![redirects(&target)]);
        let (names, _) = names(|host, _| {
            Ok(vec![if host == "inner.example" { "127.0.0.2" } else { "127.0.0.1" }])
        });
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        let error = get(&client, &request(&at(&url, "outer.example"))).unwrap_err();
        assert!(error.message.contains("an address of a private"), "{error:?}");
    }
    forbidden.assert_untouched();
}

#[test]
fn h9_check_and_connection_read_a_url_alike() {
    // (as written, the host that is looked up and asked; none where it is refused).
    for (written, expected) in [
        ("http://good.example:PORT#@evil.example/", Some("good.example")),
        ("http://good.example:PORT\\@evil.example/", Some("good.example")),
        ("http://good.example:PORT/@evil.example", Some("good.example")),
        ("http://good.example:PORT?@evil.example", Some("good.example")),
        ("http://good.exa\tmple:PORT/", Some("good.example")),
        ("ht\ntp://good.exam\r\nple:PORT/", Some("good.example")),
        ("  http://good.example:PORT/ ", Some("good.example")),
        ("http:/\\good.example:PORT/", Some("good.example")),
        ("http:good.example:PORT/", Some("good.example")),
        ("http:\\\\\\good.example:PORT", Some("good.example")),
        ("HTTP://GOOD.eXample:PORT/", Some("good.example")),
        ("http://good%2eexample:PORT/", Some("good.example")),
        ("http://good.example:PORT/http://evil.example/", Some("good.example")),
        ("http://good@evil.example:PORT/", None),
        ("http://good:word@evil.example:PORT/", None),
        ("http://:@evil.example:PORT/", Some("evil.example")),
        ("http://good.example%2f@evil.example:PORT/", None),
        ("http://good.example:80@evil.example:PORT/", None),
    ] {
        let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
        let port = url.port().unwrap();
        let written = written.replace("PORT", &port.to_string());
        let url = Url::parse(&written).unwrap();
        let (names, looked_up) = everywhere();
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        let found = get(&client, &request(&url));
        let looked_up = looked_up.lock().unwrap().clone();
        match expected {
            Some(host) => {
                assert!(found.is_ok(), "{written:?}: {found:?}");
                assert_eq!(looked_up, [host], "{written:?}");
                let asked = asked.lock().unwrap()[0].to_lowercase();
                assert!(asked.contains(&format!("\r\nhost: {host}:{port}\r\n")), "{asked}");
                assert!(!asked.contains("authorization"), "{asked}");
            }
            None => {
                let error = found.unwrap_err();
                assert!(error.message.contains("user name or password"), "{written:?}: {error:?}");
                assert!(looked_up.is_empty(), "{written:?} was looked up");
            }
        }
    }
}

#[test]
fn h9_a_redirect_gives_us_no_name_and_password() {
    let (to, asked) = serve(vec![answer("200 OK", "", "words")]);
    for user in ["user:word@", "user@"] {
        let target = to.as_str().replace("http://", &format!("http://{user}"));
        let (url, _) = serve(vec![redirects(&target)]);
        let error = get(&loopback(), &request(&url)).unwrap_err();
        assert!(error.message.contains("user name or password"), "{error:?}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn h10_odd_names_are_normalised_once_or_refused() {
    let labels = "a.".repeat(300) + "example";
    let label = "a".repeat(64) + ".example";
    let long = format!("http://good.example/{}", "a".repeat(64 * 1024));
    for (to, words) in [
        (format!("http://{labels}/"), "a name or a part of it too long"),
        (format!("http://{label}/"), "a name or a part of it too long"),
        (long, "more than 8192 bytes"),
        // Nothing that a URL parser reads.
        ("http://xn--/".into(), "without saying where to"),
        ("http://xn--zzzzzzzz-99999999999/".into(), "without saying where to"),
        ("http://a b.example/".into(), "without saying where to"),
        ("http://[::1/".into(), "without saying where to"),
        ("http://a.example:99999/".into(), "without saying where to"),
        ("http://1.2.3.4.5/".into(), "without saying where to"),
        ("http://./".into(), "names no host"),
    ] {
        let (url, _) = serve(vec![redirects(&to)]);
        let (names, looked_up) = everywhere();
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        let error = get(&client, &request(&url)).unwrap_err();
        let shown: String = to.chars().take(60).collect();
        assert!(error.message.contains(words), "{shown}: {error:?}");
        assert!(looked_up.lock().unwrap().is_empty(), "{shown} was looked up");
    }
    // (as written, as looked up): a Cyrillic а is not a Latin one, and capitals are small.
    for (written, expected) in [
        ("p\u{430}rtner.example", "xn--prtner-3nf.example"),
        ("XN--PRTNER-3NF.example", "xn--prtner-3nf.example"),
        ("\u{ff50}artner.example", "partner.example"),
        ("part\u{ad}ner.example", "partner.example"),
        ("partner.example.", "partner.example."),
    ] {
        let (target, asked) = serve(vec![answer("200 OK", "", "words")]);
        let (names, looked_up) = everywhere();
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        assert!(get(&client, &request(&at(&target, written))).is_ok(), "{written}");
        assert_eq!(*looked_up.lock().unwrap(), [expected], "{written}");
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

#[test]
fn h10_a_dot_at_the_end_makes_no_other_host() {
    let (url, asked) = serve(vec![answer("429 Slow", "Retry-After: 3600\r\n", ""); 2]);
    let (names, _) = everywhere();
    let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
    assert_eq!(get(&client, &request(&at(&url, "a.example."))).unwrap_err().status, Some(429));
    let error = get(&client, &request(&at(&url, "A.example"))).unwrap_err();
    assert!(error.is_unasked, "{error:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn h11_the_proxy_of_feeds_toml_is_checked_like_any_host() {
    let (proxy, asked) = serve(vec![answer("200 OK", "", "words"); 2]);
    let mut with_proxy = Settings { proxy: Some(proxy.clone()), ..settings(&[]) };
    let refused = finding(&with_proxy, everywhere().0).err().unwrap();
    assert!(refused.message.contains("allow_private"), "{refused:?}");
    // Nor does a name and password in its address hide it, nor a name of its own.
    let hidden = proxy.as_str().replace("http://", "http://user:word@");
    with_proxy.proxy = Some(Url::parse(&hidden).unwrap());
    assert!(finding(&with_proxy, everywhere().0).is_err());
    with_proxy.proxy = Some(at(&proxy, "proxy.example"));
    let client = finding(&with_proxy, everywhere().0).unwrap();
    let public = Url::parse("http://93.184.215.14/feed").unwrap();
    let error = get(&client, &request(&public)).unwrap_err();
    assert!(error.message.contains("proxy.example is at 127.0.0.1"), "{error:?}");
    assert!(asked.lock().unwrap().is_empty());

    with_proxy = Settings { proxy: Some(proxy), ..settings(&["127.0.0.1/32"]) };
    let client = finding(&with_proxy, everywhere().0).unwrap();
    assert!(get(&client, &request(&public)).is_ok());
    let asked = asked.lock().unwrap();
    assert!(asked[0].starts_with("GET http://93.184.215.14/feed HTTP/1.1\r\n"), "{asked:?}");
}

#[test]
fn h11_a_proxy_is_not_asked_for_private_hosts() {
    let (proxy, asked) = serve(vec![answer("200 OK", "", "words"); 2]);
    let with_proxy = Settings { proxy: Some(proxy), ..settings(&["127.0.0.1/32"]) };
    let (names, _) = names(|host, _| match host {
        "inner.example" => Ok(vec!["10.0.0.1"]),
        "public.example" => Ok(vec!["93.184.215.14"]),
        _ => Err(io::Error::other("no name service here")),
    });
    let client = finding(&with_proxy, names).unwrap();
    for url in [
        "http://localhost/",
        "http://wiki/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://metadata.google.internal./",
        "http://router.home.arpa/",
        "http://10.0.0.1/",
        "http://[64:ff9b::a00:1]/",
        "http://inner.example/",
    ] {
        let error = get(&client, &request(&Url::parse(url).unwrap())).unwrap_err();
        assert!(error.message.contains("allow_private"), "{url}: {error:?}");
    }
    assert!(asked.lock().unwrap().is_empty());
    // A network that has a proxy may have no name service.
    for url in ["http://public.example/", "http://unknown.example/"] {
        assert!(get(&client, &request(&Url::parse(url).unwrap())).is_ok(), "{url}");
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[test]
fn h22_a_chain_of_hosts_ends_after_five_redirects() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let hops = (1..10).map(|hop| redirects(&format!("http://h{hop}.example:{port}/")));
    let (url, asked) = serve_on(listener, hops.collect());
    let (names, looked_up) = everywhere();
    let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
    let error = get(&client, &request(&at(&url, "h0.example"))).unwrap_err();
    assert!(error.message.starts_with("more than 5 redirects"), "{error:?}");
    assert_eq!(asked.lock().unwrap().len(), 6);
    let expected: Vec<String> = (0..6).map(|hop| format!("h{hop}.example")).collect();
    assert_eq!(*looked_up.lock().unwrap(), expected);
}

#[test]
fn p43_what_is_for_one_host_does_not_come_back_with_a_redirect() {
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let away = format!("http://127.0.0.1:{}/", elsewhere.local_addr().unwrap().port());
    let (home, at_home) = serve(vec![redirects(&away), answer("200 OK", "", "words")]);
    let (_, asked) = serve_on(elsewhere, vec![redirects(home.join("/delete").unwrap().as_str())]);
    let headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
    assert!(get(&loopback(), &Request { headers, ..request(&home) }).is_ok());
    let at_home = at_home.lock().unwrap();
    assert!(at_home[0].contains("Bearer secret") && !at_home[1].contains("Bearer secret"));
    assert!(!asked.lock().unwrap()[0].contains("Bearer secret"));
}

#[test]
fn r14_a_name_that_is_not_found_is_told_with_its_remedy() {
    for (says, words) in [
        ("failed to lookup address information: Name or service not known", "check the url"),
        ("failed to lookup address information: Temporary failure in name resolution", "wait"),
    ] {
        let (names, _) = names(move |_, _| Err(io::Error::other(says)));
        let client = finding(&settings(&[]), names).unwrap();
        // Words of the url are no words of the error.
        let url = Url::parse("http://gone.example/certificate/handshake").unwrap();
        let error = get(&client, &request(&url)).unwrap_err();
        let begin = "the name gone.example cannot be looked up";
        assert!(error.message.starts_with(begin), "{error:?}");
        assert!(error.message.contains(words), "{error:?}");
    }
    let (names, _) = names(|_, _| Ok(vec![]));
    let client = finding(&settings(&[]), names).unwrap();
    let error = get(&client, &request(&Url::parse("http://empty.example/").unwrap())).unwrap_err();
    assert!(error.message.contains("it has no address"), "{error:?}");
}

#[test]
fn r14_a_name_service_that_says_nothing_costs_no_more_than_the_timeout() {
    let client = finding(&settings(&[]), Names::new(|_| std::future::pending())).unwrap();
    let url = Url::parse("http://slow.example/").unwrap();
    let asking = Request { timeout: Duration::from_millis(50), ..request(&url) };
    let error = get(&client, &asking).unwrap_err();
    assert!(error.message.contains("no complete answer within 50 ms"), "{error:?}");
}

/// A request for what a document names whose source is polled there.
fn linked(url: &Url, of: &str) -> Request {
    Request { named: Named::ByDocument { of: Url::parse(of).ok() }, ..request(url) }
}

#[test]
fn h8_what_a_document_names_is_asked_as_far_as_a_redirect_would_be_followed() {
    let home = "http://127.0.0.1:8099/feed";
    for (url, words) in [
        (
            "http://127.0.0.1:6379/",
            "the document links to port 6379 of 127.0.0.1, where no web server is",
        ),
        ("http://127.0.0.1:22/", "port 22"),
        ("ftp://a.example/feed", "an address of the kind ftp:"),
        ("http://user:word@127.0.0.1/", "127.0.0.1 by a user name or password"),
        (
            "http://10.0.0.1/secret?token=x",
            "the document links to 10.0.0.1, an address of a private",
        ),
        ("http://wiki.example/", "wiki.example, which is at 10.0.0.5, an address of a private"),
    ] {
        let (names, _) = names(|_, _| Ok(vec!["10.0.0.5"]));
        let client = finding(&settings(&["127.0.0.1/32"]), names).unwrap();
        let error = get(&client, &linked(&Url::parse(url).unwrap(), home)).unwrap_err();
        assert!(error.message.contains(words), "{url}: {error:?}");
        assert!(error.message.ends_with("that was not followed: ask the partner"), "{error:?}");
        for never in ["allow_private", "secret", "token", "word@"] {
            assert!(!error.message.contains(never), "{url}: {error:?}");
        }
        assert!(error.is_disallowed && !error.is_unreachable, "{url}: {error:?}");
    }
}

#[test]
fn h8_only_sources_of_a_private_network_lead_about_in_it() {
    for (of, names_the_same, is_allowed) in [
        // Partners of the world, by address and by name.
        ("http://93.184.215.14/feed", false, false),
        ("http://partner.example/feed", false, false),
        // Also where their names lead into the private network when we look.
        ("http://rebinding.example/feed", false, false),
        ("", false, false),
        // Sources of that network, and what is asked at the very place of the source.
        ("http://127.0.0.2:8099/feed", false, true),
        ("http://feeds.internal/feed", false, true),
        ("http://partner.example/feed", true, true),
    ] {
        let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
        let (of, url) = if names_the_same {
            (at(&url, "partner.example").to_string(), at(&url, "partner.example"))
        } else {
            (of.to_owned(), url)
        };
        for url in [url.clone(), at(&url, "inner.example")] {
            let (names, _) = names(move |host, _| match host {
                "partner.example" if !names_the_same => Ok(vec!["93.184.215.14"]),
                _ => Ok(vec!["127.0.0.1"]),
            });
            let client = finding(&settings(&["127.0.0.0/8"]), names).unwrap();
            if is_allowed {
                assert!(get(&client, &linked(&url, &of)).is_ok(), "{of} {url}");
                break;
            }
            let error = get(&client, &linked(&url, &of)).unwrap_err();
            assert!(error.message.contains("private or reserved network"), "{of} {url}: {error:?}");
            assert!(asked.lock().unwrap().is_empty(), "{of} {url}");
        }
    }
}

#[test]
fn h8_a_redirect_from_the_world_does_not_reach_what_allow_private_names() {
    let inner = serve(vec![answer("200 OK", "", "words")]);
    // A proxy answers for a partner of the world; that it is itself in a private network says nothing.
    let (proxy, _) = serve(vec![redirects(inner.0.as_str())]);
    let with_proxy = Settings { proxy: Some(proxy), ..settings(&["127.0.0.0/8"]) };
    let client = finding(&with_proxy, everywhere().0).unwrap();
    let public = Url::parse("http://93.184.215.14/feed").unwrap();
    let error = get(&client, &request(&public)).unwrap_err();
    assert!(
        error.message.starts_with("the server redirected to 127.0.0.1, an address"),
        "{error:?}"
    );
    assert!(inner.1.lock().unwrap().is_empty());
}
