//! The client against real sockets that say what each test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use super::*;
use crate::world::{Names, SystemClock};

mod guarded;
mod transport;

type Asked = Arc<Mutex<Vec<String>>>;

/// A server that answers each connection with the next of these bytes and keeps what it was asked.
fn serve(answers: Vec<Vec<u8>>) -> (Url, Asked) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    serve_on(listener, answers)
}

fn serve_on(listener: TcpListener, answers: Vec<Vec<u8>>) -> (Url, Asked) {
    let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !request.ends_with("\r\n\r\n") {
                if reader.read_line(&mut request).unwrap_or(0) == 0 {
                    break;
                }
            }
            log.lock().unwrap().push(request);
            let _ = stream.write_all(&answer);
        }
    });
    (url, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn settings(allow: &[&str]) -> Settings {
    Settings {
        allow_private: allow.iter().map(|block| block.parse().unwrap()).collect(),
        host_gap: Duration::ZERO,
        ..Settings::default()
    }
}

/// A client that finds names so.
fn finding(settings: &Settings, names: Names) -> Result<Client, FetchError> {
    let clock: Arc<dyn crate::world::Clock> = Arc::new(SystemClock);
    let hosts = Hosts::new(Arc::clone(&clock), settings.host_gap, []);
    Client::new(settings, "samizdat-test/1", names, clock, hosts)
}

fn client(allow: &[&str]) -> Client {
    let names = Names::new(|host| async move {
        Ok(match host.as_str() {
            "mixed.example" => vec!["10.0.0.1".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            _ => vec!["127.0.0.1".parse().unwrap()],
        })
    });
    finding(&settings(allow), names).unwrap()
}

fn request(url: &Url) -> Request {
    Request {
        url: url.clone(),
        named: Named::ByUs,
        validators: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        max_body: 1000,
        obeys_robots: false,
    }
}

fn get(client: &Client, request: &Request) -> Result<Fetched, FetchError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(client.get(request))
}

fn loopback() -> Client {
    client(&["127.0.0.1/32"])
}

#[test]
fn p1_p7_one_get_then_both_validators_byte_for_byte() {
    let (url, asked) = serve(vec![
        answer("200 OK", "ETag: W/\"a b\"\r\nLast-Modified: yesterday, more or less\r\n", "words"),
        answer("304 Not Modified", "", ""),
    ]);
    let client = loopback();
    let Ok(Fetched::Body { bytes, validators: Some(validators), .. }) =
        get(&client, &request(&url))
    else {
        panic!("no body");
    };
    assert_eq!(bytes, b"words");
    let again = Request { validators: Some(validators.clone()), ..request(&url) };
    let Ok(Fetched::NotModified { validators: kept, .. }) = get(&client, &again) else {
        panic!("not 304");
    };
    // P11: a silent 304 keeps what is stored.
    assert_eq!(kept, validators);
    let asked = asked.lock().unwrap();
    assert!(asked[0].starts_with("GET /feed HTTP/1.1\r\n"));
    assert!(!asked[0].to_lowercase().contains("if-none-match"));
    assert!(!asked[0].to_lowercase().contains("cookie"));
    let second = asked[1].to_lowercase();
    assert!(second.contains("if-none-match: w/\"a b\"\r\n"), "{second}");
    assert!(second.contains("if-modified-since: yesterday, more or less\r\n"), "{second}");
    assert!(second.contains("user-agent: samizdat-test/1\r\n"));
    assert_eq!(second.matches("accept-encoding:").count(), 1);
}

#[test]
fn p10_a_304_with_new_validators_replaces_the_old_ones() {
    let (url, _) = serve(vec![answer("304 Not Modified", "ETag: \"new\"\r\n", "")]);
    let old = Validators {
        final_url: url.to_string(),
        etag: Some(b"\"old\"".to_vec()),
        last_modified: Some(b"then".to_vec()),
    };
    let asked = Request { validators: Some(old), ..request(&url) };
    let Ok(Fetched::NotModified { validators, .. }) = get(&loopback(), &asked) else {
        panic!("not 304");
    };
    assert_eq!(validators.etag.as_deref(), Some(b"\"new\"".as_slice()));
    assert_eq!(validators.last_modified.as_deref(), Some(b"then".as_slice()));
}

#[test]
fn p19_a_304_that_nobody_asked_for_is_an_error() {
    let (url, _) = serve(vec![answer("304 Not Modified", "", "")]);
    assert_eq!(get(&loopback(), &request(&url)).unwrap_err().status, Some(304));
}

#[test]
fn p44_validators_of_another_url_are_not_sent() {
    let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
    let other = Validators {
        final_url: "http://127.0.0.1/other".into(),
        etag: Some(b"\"x\"".to_vec()),
        last_modified: None,
    };
    let asking = Request { validators: Some(other), ..request(&url) };
    assert!(get(&loopback(), &asking).is_ok());
    assert!(!asked.lock().unwrap()[0].to_lowercase().contains("if-none-match"));
}

#[test]
fn p43_a_redirect_loop_ends_after_six_requests() {
    let hop = answer("302 Found", "Location: /feed\r\n", "");
    let (url, asked) = serve(vec![hop; 10]);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.contains("redirects"), "{error:?}");
    assert_eq!(asked.lock().unwrap().len(), 6);
}

#[test]
fn p43_headers_of_feeds_toml_are_for_their_host_alone() {
    let (target, asked) = serve(vec![answer("200 OK", "", "words")]);
    let elsewhere = format!("http://other.example:{}/feed", target.port().unwrap());
    let (url, first) = serve(vec![answer("302 Found", &format!("Location: {elsewhere}\r\n"), "")]);
    let secret = ("Authorization".to_owned(), "Bearer secret".to_owned());
    let asking = Request { headers: vec![secret], ..request(&url) };
    let Ok(Fetched::Body { final_url, .. }) = get(&loopback(), &asking) else { panic!("no body") };
    assert_eq!(final_url.as_str(), elsewhere);
    assert!(first.lock().unwrap()[0].contains("Bearer secret"));
    assert!(!asked.lock().unwrap()[0].contains("Bearer secret"));
}

#[test]
fn p43_from_https_to_http_only_without_headers() {
    let url = |text: &str| Url::parse(text).unwrap();
    let secret = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
    for (from, to, headers, expected) in [
        ("https://a.example/", "http://a.example/", secret.clone(), true),
        ("https://a.example/", "http://b.example/", secret.clone(), true),
        ("https://a.example/", "https://b.example/", secret.clone(), false),
        ("http://a.example/", "http://b.example/", secret, false),
        ("https://a.example/", "http://a.example/", Vec::new(), false),
    ] {
        let asking = Request { headers, ..request(&url(from)) };
        assert_eq!(client::is_downgrade(&asking, &url(to)), expected, "{from} {to}");
    }
}

#[test]
fn h6_h8_private_addresses_are_refused_first_hop_and_later() {
    let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
    let error = get(&client(&[]), &request(&url)).unwrap_err();
    assert!(error.message.contains("allow_private"), "{error:?}");
    // A name that leads to the loopback address is no way around.
    let named = Url::parse(&format!("http://public.example:{}/", url.port().unwrap())).unwrap();
    let error = get(&client(&[]), &request(&named)).unwrap_err();
    assert!(error.message.contains("public.example is at 127.0.0.1"), "{error:?}");
    assert!(asked.lock().unwrap().is_empty(), "something was sent");

    for target in ["http://10.0.0.1/", "file:///etc/passwd", "http://[::1]/"] {
        let hop = answer("302 Found", &format!("Location: {target}\r\n"), "");
        let (url, _) = serve(vec![hop]);
        let error = get(&loopback(), &request(&url)).unwrap_err();
        assert!(error.message.starts_with("the server redirected to "), "{target}: {error:?}");
        assert!(error.message.ends_with("that was not followed: ask the partner"), "{error:?}");
        assert!(!error.message.contains("allow_private"), "{target}: {error:?}");
        assert!(!error.message.contains("no connection"), "{target} was tried: {error:?}");
    }
}

#[test]
fn h6_of_mixed_addresses_only_the_allowed_one_is_dialled() {
    let (url, _) = serve(vec![answer("200 OK", "", "words")]);
    let mixed = Url::parse(&format!("http://mixed.example:{}/", url.port().unwrap())).unwrap();
    assert!(get(&loopback(), &request(&mixed)).is_ok());
}

#[test]
fn h8_a_redirect_to_the_port_of_another_service_is_refused() {
    for port in [22, 25, 6379] {
        let hop = answer("302 Found", &format!("Location: http://127.0.0.1:{port}/\r\n"), "");
        let (url, _) = serve(vec![hop]);
        let error = get(&loopback(), &request(&url)).unwrap_err();
        assert!(error.message.contains(&format!("port {port}")), "{error:?}");
    }
}

#[test]
fn h69_no_message_shows_the_url() {
    let hop = answer("302 Found", "Location: /feed?token=hidden\r\n", "");
    let (url, _) = serve(vec![hop; 10]);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(!error.message.contains("hidden"), "{error:?}");
}

#[test]
fn h15_one_deadline_holds_for_all_hops() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    // It takes connections and never answers.
    let asking = Request { timeout: Duration::from_millis(50), ..request(&url) };
    let error = get(&loopback(), &asking).unwrap_err();
    assert!(error.message.contains("no complete answer within 50 ms"), "{error:?}");
    drop(listener);
}

#[test]
fn h13_the_cap_is_on_decoded_bytes() {
    let (url, _) = serve(vec![answer("200 OK", "", &"x".repeat(1001))]);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.contains("max_body"), "{error:?}");
}

#[test]
fn r17_h16_a_cut_body_is_not_used() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>".to_vec();
    let (url, _) = serve(vec![cut]);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.contains("broke off"), "{error:?}");
}

#[test]
fn p31_a_429_silences_the_host() {
    let (url, asked) = serve(vec![answer("429 Too Many Requests", "Retry-After: 3600\r\n", ""); 2]);
    let client = loopback();
    let first = get(&client, &request(&url)).unwrap_err();
    assert_eq!(first.status, Some(429));
    assert!(first.silent_until.is_some());
    let other = url.join("/another").unwrap();
    let second = get(&client, &request(&other)).unwrap_err();
    assert!(second.message.contains("left alone") && second.is_unasked, "{second:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn h17_an_unknown_coding_is_not_read_as_text() {
    let (url, _) = serve(vec![answer("200 OK", "Content-Encoding: rot13\r\n", "jbeqf")]);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.contains("rot13"), "{error:?}");
    let (url, _) = serve(vec![answer("200 OK", "Content-Encoding: gzip\r\n", "no gzip at all")]);
    assert!(get(&loopback(), &request(&url)).is_err());
}

#[test]
fn r15_a_refused_connection_is_told_as_one() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.starts_with("no connection to"), "{error:?}");
}

/// The first lines of what was asked.
fn asked_for(log: &Mutex<Vec<String>>) -> Vec<String> {
    let first = |request: &String| request.lines().next().unwrap_or_default().to_owned();
    log.lock().unwrap().iter().map(first).collect()
}

fn page(url: &Url, path: &str) -> Request {
    let url = url.join(path).unwrap();
    Request { obeys_robots: true, ..request(&url) }
}

#[tokio::test]
async fn p46_robots_is_asked_once_and_holds_for_every_page() {
    let robots = "User-agent: *\nDisallow: /private/\n";
    let (url, log) = serve(vec![answer("200 OK", "", robots), answer("200 OK", "", "one")]);
    let client = client(&["127.0.0.0/8"]);
    assert!(matches!(client.get(&page(&url, "/news/1")).await, Ok(Fetched::Body { .. })));
    let blocked = client.get(&page(&url, "/private/2")).await.unwrap_err();
    assert!(blocked.is_disallowed && blocked.message.contains("blocked by robots"), "{blocked:?}");
    assert_eq!(asked_for(&log), ["GET /robots.txt HTTP/1.1", "GET /news/1 HTTP/1.1"]);
    assert!(log.lock().unwrap().iter().all(|asked| asked.contains("user-agent: samizdat-test/1")));
}

#[tokio::test]
async fn p46_no_robots_forbids_nothing_and_a_broken_one_everything() {
    let missing = vec![answer("404 Not Found", "", ""), answer("200 OK", "", "one")];
    let (url, log) = serve(missing);
    assert!(client(&["127.0.0.0/8"]).get(&page(&url, "/1")).await.is_ok());
    assert_eq!(log.lock().unwrap().len(), 2);

    let (url, log) = serve(vec![answer("500 Oops", "", ""), answer("200 OK", "", "never")]);
    let client = client(&["127.0.0.0/8"]);
    for _ in 0..2 {
        let blocked = client.get(&page(&url, "/1")).await.unwrap_err();
        assert!(blocked.is_disallowed, "{blocked:?}");
        assert!(blocked.message.contains("could not be read"), "{blocked:?}");
    }
    assert_eq!(asked_for(&log), ["GET /robots.txt HTTP/1.1"]);
}

#[tokio::test]
async fn p46_the_last_good_robots_holds_while_the_server_is_down() {
    let (url, log) = serve(vec![answer("500 Oops", "", "")]);
    let client = client(&["127.0.0.0/8"]);
    let origin = url.origin().ascii_serialization();
    let rules = robots::read(b"User-agent: *\nDisallow: /a", "samizdat");
    let asked = client.clock.now() - chrono::TimeDelta::hours(25);
    let known = crate::model::Robots { asked, is_answered: true, rules };
    client.hosts.note_robots("127.0.0.1", &origin, known);
    let blocked = client.get(&page(&url, "/a")).await.unwrap_err();
    assert!(blocked.is_disallowed, "{blocked:?}");
    let kept = client.hosts.robots("127.0.0.1", &origin).unwrap();
    assert!(!kept.is_answered && robots::allows(&kept.rules, &url.join("/b").unwrap()));
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn p31_p32_a_robots_txt_that_is_refused_silences_the_host() {
    let (url, log) = serve(vec![answer("503 Down", "", ""); 3]);
    let client = client(&["127.0.0.0/8"]);
    // A host that wants silence is not blocked by its rules.
    let silenced = client.get(&page(&url, "/a")).await.unwrap_err();
    assert!(!silenced.is_disallowed && silenced.status == Some(503), "{silenced:?}");
    let unasked = client.get(&page(&url, "/a")).await.unwrap_err();
    let until = unasked.silent_until.unwrap() - client.clock.now();
    assert!(unasked.is_unasked && until > chrono::TimeDelta::hours(3), "{unasked:?}");
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn p40_robots_of_the_place_that_a_redirect_leads_to_is_asked() {
    let (to, there) = serve(vec![answer("200 OK", "", "User-agent: *\nDisallow: /")]);
    let location = format!("Location: {}\r\n", to.join("/page").unwrap());
    let (from, _) = serve(vec![answer("404 None", "", ""), answer("302 Found", &location, "")]);
    let blocked = client(&["127.0.0.0/8"]).get(&page(&from, "/page")).await.unwrap_err();
    assert!(blocked.is_disallowed, "{blocked:?}");
    assert_eq!(asked_for(&there), ["GET /robots.txt HTTP/1.1"]);
}

#[tokio::test]
async fn p47_a_long_crawl_delay_puts_the_page_off() {
    let robots = "User-agent: *\nCrawl-delay: 3600\n";
    let (url, log) = serve(vec![answer("200 OK", "", robots), answer("200 OK", "", "never")]);
    let put_off = client(&["127.0.0.0/8"]).get(&page(&url, "/1")).await.unwrap_err();
    assert!(put_off.is_unasked && put_off.silent_until.is_some(), "{put_off:?}");
    assert_eq!(asked_for(&log), ["GET /robots.txt HTTP/1.1"]);
}
