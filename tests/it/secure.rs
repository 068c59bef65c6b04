//! Secure connections: certificates that are not valid, versions that are not secure, and HTTP/2 as no
//! server should speak it. The program runs as a process, which trusts the authority of the test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;

use crate::server::Server;
use crate::wire::{HEAD, Wire, numbered};

type Connection = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;

/// What a server shows.
pub(crate) struct Identity {
    names: Vec<String>,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
    is_self_signed: bool,
    /// Whether it is marked as that of an authority, as `openssl req -x509` does.
    is_authority: bool,
    protocols: Vec<Vec<u8>>,
}

impl Identity {
    /// A certificate for 127.0.0.1, of an authority that the program trusts.
    pub(crate) fn until(ends: DateTime<Utc>) -> Self {
        Self {
            names: vec!["127.0.0.1".to_owned()],
            begins: Utc::now() - TimeDelta::days(90),
            ends,
            is_self_signed: false,
            is_authority: false,
            protocols: Vec::new(),
        }
    }

    fn good() -> Self {
        Self::until(Utc::now() + TimeDelta::days(30))
    }

    /// What a server is configured with, and the authority in PEM.
    fn config(&self) -> (rustls::ServerConfig, String) {
        let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let trusted = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let mut wanted = rcgen::CertificateParams::new(self.names.clone()).unwrap();
        let day = |time: DateTime<Utc>| {
            let part = |number: u32| u8::try_from(number).unwrap();
            rcgen::date_time_ymd(time.year(), part(time.month()), part(time.day()))
        };
        (wanted.not_before, wanted.not_after) = (day(self.begins), day(self.ends));
        if self.is_authority {
            wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            wanted.distinguished_name.push(rcgen::DnType::CommonName, "self-made");
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate: CertificateDer<'static> = if self.is_self_signed {
            wanted.self_signed(&key).unwrap().der().clone()
        } else {
            wanted.signed_by(&key, &issuer).unwrap().der().clone()
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], private)
            .unwrap();
        config.alpn_protocols.clone_from(&self.protocols);
        (config, trusted)
    }

    /// A server that shows this and then does with each connection what it is told. Gives its port,
    /// and the authority in PEM. It ends with the process; it only waits.
    pub(crate) fn serve(&self, act: impl Fn(Connection) + Send + Sync + 'static) -> (u16, String) {
        let (config, trusted) = self.config();
        let config = Arc::new(config);
        let port = listen(move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            act(rustls::StreamOwned::new(connection, stream));
        });
        (port, trusted)
    }
}

fn listen(act: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            act(stream.unwrap());
        }
    });
    port
}

/// Answers one request with a feed, over HTTP/1.
pub(crate) fn feed(connection: Connection) {
    let feed = numbered("a.example", 1..=2);
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", feed.len());
    say(connection, head + &feed);
}

fn say(mut connection: Connection, answer: String) {
    let mut asked = [0; 4096];
    if connection.read(&mut asked).is_ok() {
        let _ = connection.write_all(answer.as_bytes());
        connection.conn.send_close_notify();
        let _ = connection.flush();
    }
}

/// Runs the program in the wire's directory; it trusts what stands in `authority.pem`.
pub(crate) fn run(wire: &Wire, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .args(arguments)
        .env("SSL_CERT_FILE", wire.path("authority.pem"))
        .current_dir(wire.directory.path())
        .output()
        .unwrap()
}

/// What one poll of this url says went wrong, and `status` after it.
fn error_of(url: &str, trusted: &str) -> String {
    let wire = Wire::of(&[("a", url)]);
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml").replace("[fetch]\n", "[fetch]\ntimeout = \"2s\"\n"),
    );
    wire.write("authority.pem", trusted);
    let fetched = run(&wire, &["fetch", "--json"]);
    let report: Value = serde_json::from_slice(&fetched.stdout).unwrap();
    assert_eq!(report["failed"], 1, "{report}");
    let error = report["sources"][0]["error"].as_str().unwrap().to_owned();
    let status: Value = serde_json::from_slice(&run(&wire, &["status", "--json"]).stdout).unwrap();
    assert_eq!(status["sources"][0]["error"], error.as_str());
    assert_eq!(status["store"]["entries"], 0);
    error
}

#[test]
fn h20_r18_a_connection_that_is_not_secure_is_told_with_its_reason() {
    let now = Utc::now();
    let ended = now - TimeDelta::days(3);
    let begins = now + TimeDelta::days(3);
    let on = |time: DateTime<Utc>| time.format("%Y-%m-%d").to_string();
    for (what, identity, words) in [
        ("expired", Identity::until(ended), format!("its certificate ended on {}", on(ended))),
        (
            "not begun",
            Identity { begins, ..Identity::good() },
            format!("does not begin before {}", on(begins)),
        ),
        (
            "of another host",
            Identity {
                names: vec!["other.example".into(), "b.example".into()],
                ..Identity::good()
            },
            "for another host (other.example, b.example)".into(),
        ),
        (
            "self-signed",
            Identity { is_self_signed: true, ..Identity::good() },
            "nobody whom this machine trusts".into(),
        ),
        (
            "self-signed by an authority of its own",
            Identity { is_self_signed: true, is_authority: true, ..Identity::good() },
            "nobody whom this machine trusts".into(),
        ),
    ] {
        let (port, trusted) = identity.serve(feed);
        let error = error_of(&format!("https://127.0.0.1:{port}/feed"), &trusted);
        let begin = "no secure connection to 127.0.0.1: ";
        assert!(error.starts_with(begin) && error.contains(&words), "{what}: {error}");
        assert!(error.contains("partner"), "{what}: {error}");
    }
    // Alerts as a server sends them that speaks only TLS 1.0, or that knows no such name.
    for (alert, words) in [
        (b"\x15\x03\x01\x00\x02\x02\x46", "only versions of TLS that are not secure"),
        (b"\x15\x03\x01\x00\x02\x02\x70", "it knows no site of this name"),
        (b"HTTP/1.", "tell the partner if it stays"),
    ] {
        let port = listen(move |mut stream| {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello);
            let _ = stream.write_all(alert);
        });
        let (_, trusted) = Identity::good().config();
        let error = error_of(&format!("https://127.0.0.1:{port}/feed"), &trusted);
        assert!(error.contains(words), "{error}");
    }
    // The same server and a good certificate: it was this that was wrong.
    let (port, trusted) = Identity::good().serve(feed);
    let wire = Wire::of(&[("a", &format!("https://127.0.0.1:{port}/feed"))]);
    wire.write("authority.pem", trusted);
    let fetched = run(&wire, &["fetch", "--json"]);
    let report: Value = serde_json::from_slice(&fetched.stdout).unwrap();
    assert_eq!(report["entries"]["new"], 2, "{report}");
}

#[test]
fn r18_where_nobody_can_be_trusted_the_remedy_is_ours_and_others_are_polled() {
    let plain = crate::server::Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 7));
    plain.set("/feed", crate::server::Answer::feed(numbered("b.example", 1..=3)));
    let (port, _) = Identity::good().serve(feed);
    let wire =
        Wire::of(&[("a", &format!("https://127.0.0.1:{port}/feed")), ("b", &plain.url("/feed"))]);
    wire.write("none.pem", "");
    std::fs::create_dir(wire.path("none")).unwrap();
    let fetched = Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .args(["fetch", "--json"])
        .env("SSL_CERT_FILE", wire.path("none.pem"))
        .env("SSL_CERT_DIR", wire.path("none"))
        .current_dir(wire.directory.path())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&fetched.stdout).unwrap();
    assert_eq!((&report["failed"], &report["entries"]["new"]), (&1.into(), &3.into()), "{report}");
    let error = report["sources"][0]["error"].as_str().unwrap();
    assert!(error.contains("install them (ca-certificates)"), "{error}");
    assert!(!error.contains("partner"), "{error}");
}

#[test]
fn r18_where_nobody_can_be_trusted_it_is_said_at_once_and_no_network_is_blamed() {
    let (port, _) = Identity::good().serve(feed);
    let urls = ["127.0.0.1", "localhost"].map(|host| format!("https://{host}:{port}/feed"));
    let wire = Wire::of(&[("a", &urls[0]), ("b", &urls[1])]);
    wire.write("none.pem", "");
    std::fs::create_dir(wire.path("none")).unwrap();
    for told in [true, false] {
        let fetched = Command::new(env!("CARGO_BIN_EXE_samizdat"))
            .args(["fetch", "--now"])
            .env("SSL_CERT_FILE", wire.path("none.pem"))
            .env("SSL_CERT_DIR", wire.path("none"))
            .current_dir(wire.directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8(fetched.stderr).unwrap();
        assert_eq!(said.contains("install them (ca-certificates)"), told, "{said}");
        assert!(!said.contains("network"), "{said}");
    }
}

#[test]
fn h20_there_is_no_switch_that_ignores_a_certificate() {
    for key in
        ["insecure = true", "verify = false", "tls_verify = false", "accept_invalid_certs = true"]
    {
        let source = "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n";
        for text in [format!("{HEAD}{source}{key}\n"), format!("{HEAD}{key}\n{source}")] {
            let ran = Wire::new(&text).run(&["check"]);
            assert_eq!(ran.code, 2, "{text}: {ran:?}");
        }
    }
    for (path, text) in crate::house::sources() {
        // What rustls calls dangerous there is that we, and not it, ask the system's certificates.
        let asks_the_system = path.ends_with("fetch/trust.rs");
        assert!(
            !text.contains("danger_accept") && (asks_the_system || !text.contains("dangerous()")),
            "{}",
            path.display()
        );
    }
}

#[test]
fn p43_headers_do_not_go_from_https_to_http() {
    let plain = Server::start();
    plain.set("/feed", crate::server::Answer::feed(numbered("a.example", 1..=2)));
    let redirect = |target: String| {
        Identity::good().serve(move |connection| {
            say(connection, format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        })
    };
    let (port, trusted) = redirect(plain.url("/feed"));
    for (headers, is_followed) in
        [("X-Key = \"abc\"", false), ("Authorization = \"env:PATH\"", false), ("", true)]
    {
        let wire = Wire::new(&format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"https://127.0.0.1:{port}/feed\"\nheaders = {{ {headers} }}\n"
        ));
        wire.write("authority.pem", &trusted);
        let fetched = run(&wire, &["fetch", "--json"]);
        let report: Value = serde_json::from_slice(&fetched.stdout).unwrap();
        if is_followed {
            // It was the headers that stood in the way.
            assert_eq!(report["entries"]["new"], 2, "{report}");
            continue;
        }
        let error = report["sources"][0]["error"].as_str().unwrap();
        assert!(error.contains("redirected from https to http"), "{report}");
        assert!(error.contains("not followed"), "{report}");
        assert!(plain.asked().is_empty(), "{headers}");
    }
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// `:status: 200`, which has a number of its own (RFC 7541 appendix A).
const STATUS_200: u8 = 0x88;

/// A header that stands for itself (RFC 7541 §6.2.2).
fn header(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

/// A server that begins an HTTP/2 connection, waits for the request, says `first`, and then `again` and
/// again until the program goes away. Counts what it said again.
fn flooding(first: Vec<u8>, again: Vec<u8>) -> (u16, String, Arc<AtomicUsize>) {
    let flood = Arc::new(AtomicUsize::new(0));
    let log = Arc::clone(&flood);
    let identity = Identity { protocols: vec![b"h2".to_vec()], ..Identity::good() };
    let (port, trusted) = identity.serve(move |mut connection| {
        connection.sock.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut asked = Vec::new();
        let mut part = [0; 4096];
        connection.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
        // The preface and the first frames, one of which is HEADERS of stream 1.
        while !asked.windows(5).any(|bytes| bytes == [HEADERS, END_HEADERS | 1, 0, 0, 0]) {
            match connection.read(&mut part) {
                Ok(read) if read > 0 => asked.extend_from_slice(&part[..read]),
                _ => return,
            }
        }
        let mut write = connection.write_all(&first).is_ok();
        while write && !again.is_empty() {
            write = connection.write_all(&again).is_ok();
            log.fetch_add(again.len(), Ordering::SeqCst);
        }
        if again.is_empty() {
            let _ = connection.flush();
            while !matches!(connection.read(&mut part), Ok(0) | Err(_)) {}
        }
    });
    (port, trusted, flood)
}

#[test]
fn h21_http2_floods_end_at_a_cap_or_at_the_deadline() {
    let start = frame(HEADERS, END_HEADERS, 1, &[STATUS_200]);
    let large = header("x-large", &"a".repeat(120));
    let block = large.repeat(100);
    let open = frame(HEADERS, 0, 1, &[&[STATUS_200][..], &large].concat());
    let nothing = Vec::new;
    let settings = frame(SETTINGS, 0, 0, &[]).repeat(500);
    let pings = frame(PING, 0, 0, &[7; 8]).repeat(500);
    let empty = frame(DATA, 0, 1, &[]).repeat(500);
    let widen = frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes());
    let promise = [&2_u32.to_be_bytes()[..], &[0x82, 0x84, 0x86]].concat();
    // GOAWAY, with words of the server's.
    let farewell = frame(7, 0, 0, &[&[0, 0, 0, 0, 0, 0, 0, 2][..], &[b'x'; 10_000]].concat());
    let many: Vec<u8> = (0..10_000_u32).flat_map(|n| header(&format!("x-{n}"), "a")).collect();
    let many = [&[STATUS_200][..], &many[..16_000]].concat();
    for (what, first, again, words) in [
        (
            "continuations",
            open.clone(),
            frame(CONTINUATION, 0, 1, &block),
            "too_many_continuations",
        ),
        (
            "empty continuations",
            open,
            frame(CONTINUATION, 0, 1, &[]).repeat(500),
            "too_many_continuations",
        ),
        (
            "many headers",
            frame(HEADERS, END_HEADERS, 1, &many),
            nothing(),
            "more headers than any document needs",
        ),
        (
            "resets of our request",
            frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]),
            nothing(),
            "HTTP does not know",
        ),
        (
            "resets of others",
            nothing(),
            frame(RST_STREAM, 0, 3, &[0, 0, 0, 8]).repeat(500),
            "HTTP does not know",
        ),
        ("a window too wide", [start.clone(), widen].concat(), nothing(), "flow-control"),
        ("pushes", nothing(), frame(PUSH_PROMISE, END_HEADERS, 1, &promise), "HTTP does not know"),
        ("more than the window", start.clone(), frame(DATA, 0, 1, &[b' '; 16_000]), "flow-control"),
        (
            "an endless frame",
            start.clone(),
            frame(DATA, 0, 1, &vec![b' '; 1 << 20]),
            "invalid size",
        ),
        ("a long farewell", farewell, nothing(), "HTTP does not know"),
        ("settings", nothing(), settings, "no complete answer within 2 s"),
        ("pings", nothing(), pings, "no complete answer within 2 s"),
        ("empty data", start, empty, "too_many_data_frames"),
    ] {
        let (port, trusted, flood) = flooding(first, again);
        let begun = Instant::now();
        let error = error_of(&format!("https://127.0.0.1:{port}/feed"), &trusted);
        let took = begun.elapsed();
        let sent = flood.load(Ordering::SeqCst);
        println!("{what}: {} KiB in {took:?}: {error}", sent >> 10);
        assert!(sent < 256 << 20, "{what}: {sent} bytes");
        assert!(!error.contains("secure connection"), "{what}: {error}");
        assert!(error.contains(words) && error.len() < 400, "{what}: {error}");
        assert!(took < Duration::from_secs(15), "{what}: {took:?}");
    }
}

#[test]
fn h18_a_header_of_http2_makes_no_second_one() {
    let evil = header("etag", "\"a\"\r\nx-evil: 1");
    let block = [&[STATUS_200][..], &evil].concat();
    let (port, trusted, _) = flooding(frame(HEADERS, END_HEADERS | 1, 1, &block), Vec::new());
    let error = error_of(&format!("https://127.0.0.1:{port}/feed"), &trusted);
    assert!(error.contains("HTTP does not know"), "{error}");
}
