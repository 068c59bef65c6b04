//! Answers that HTTP does not foresee, and servers that never end.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::*;

/// A server that writes `piece` for ever behind `head`, until the client goes away. Gives the bytes
/// that it got rid of.
fn endless(head: &'static [u8], piece: Vec<u8>) -> (Url, JoinHandle<usize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let writing = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 2048];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(head).unwrap();
        let mut written = 0;
        while stream.write_all(&piece).is_ok() {
            written += piece.len();
        }
        written
    });
    (url, writing)
}

/// More than this is in no buffer between two ends of a loopback connection.
const IN_FLIGHT: usize = 8 << 20;

fn error_of(raw: impl Into<Vec<u8>>) -> FetchError {
    let (url, _) = serve(vec![raw.into()]);
    get(&loopback(), &request(&url)).unwrap_err()
}

#[test]
fn h14_what_never_ends_is_cut_off() {
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let last: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n";
    for (what, head, piece, words) in [
        ("headers", ok, "X-Header: value\r\n".repeat(64), "more headers than"),
        ("one header", b"HTTP/1.1 200 OK\r\nX: ", "a".repeat(4096), "more headers than"),
        ("a status", b"HTTP/1.1 200 ", "a".repeat(4096), "more headers than"),
        ("a body", b"HTTP/1.1 200 OK\r\n\r\n", "a".repeat(4096), "max_body"),
        ("chunks", chunked, "10\r\n0123456789abcdef\r\n".repeat(64), "max_body"),
        (
            "a chunk",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
            "a".repeat(4096),
            "max_body",
        ),
        (
            "names of chunks",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            "a".repeat(4096),
            "broke off",
        ),
        ("trailers", last, "X-Trailer: value\r\n".repeat(64), "broke off"),
    ] {
        let (url, writing) = endless(head, piece.into_bytes());
        let error = get(&loopback(), &request(&url)).unwrap_err();
        assert!(error.message.contains(words), "{what}: {error:?}");
        let written = writing.join().unwrap();
        assert!(written < IN_FLIGHT, "{what}: {written} bytes");
    }
}

#[test]
fn h14_interim_answers_without_end_are_cut_off_by_the_deadline() {
    let (url, writing) = endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_vec());
    let asking = Request { timeout: Duration::from_millis(300), ..request(&url) };
    let error = get(&loopback(), &asking).unwrap_err();
    assert!(error.message.contains("no complete answer within 300 ms"), "{error:?}");
    writing.join().unwrap();
}

#[test]
fn h14_headers_are_capped_in_length_and_number() {
    let mebibyte = format!("X-Long: {}\r\n", "a".repeat(1 << 20));
    let many = "X-Many: a\r\n".repeat(10_000);
    for headers in [&mebibyte, &many, &"X-Many: a\r\n".repeat(101)] {
        let error = error_of(answer("200 OK", headers, "words"));
        assert!(error.message.contains("more headers than any document needs"), "{error:?}");
    }
    let (url, _) = serve(vec![answer("200 OK", &"X-Many: a\r\n".repeat(90), "words")]);
    assert!(get(&loopback(), &request(&url)).is_ok());
}

/// A server that writes one byte each 10 ms.
fn trickling(text: &'static [u8]) -> (Url, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let writing = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        for byte in text.iter().cycle() {
            let mut request = [0; 2048];
            // Reading paces it, and ends when the client has gone.
            let is_gone = matches!(stream.read(&mut request), Ok(0));
            if is_gone || stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    (url, writing)
}

#[test]
fn h15_r16_a_byte_now_and_then_does_not_put_the_deadline_off() {
    for text in [
        b"HTTP/1.1 200 OK\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".as_slice(),
        b"HTTP/1.1 200 OK\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let (url, writing) = trickling(text);
        let asking = Request { timeout: Duration::from_millis(400), ..request(&url) };
        let begun = std::time::Instant::now();
        let error = get(&loopback(), &asking).unwrap_err();
        assert!(error.message.contains("no complete answer within 400 ms"), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        // And the connection is closed: nothing is left that costs us anything.
        writing.join().unwrap();
    }
}

#[test]
fn h16_lengths_that_contradict_the_body_or_each_other_are_errors() {
    for (what, raw, words) in [
        ("larger", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss/>", "broke off"),
        ("negative", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<rss/>", "HTTP does not know"),
        ("a word", "HTTP/1.1 200 OK\r\nContent-Length: six\r\n\r\n<rss/>", "HTTP does not know"),
        ("signed", "HTTP/1.1 200 OK\r\nContent-Length: +6\r\n\r\n<rss/>", "HTTP does not know"),
        (
            "beyond numbers",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n<rss/>",
            "HTTP does not know",
        ),
        (
            "two",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 5\r\n\r\n<rss/>",
            "HTTP does not know",
        ),
        (
            "two in one",
            "HTTP/1.1 200 OK\r\nContent-Length: 6, 5\r\n\r\n<rss/>",
            "HTTP does not know",
        ),
        (
            "and chunks",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n",
            "two lengths of one body",
        ),
    ] {
        let error = error_of(raw);
        assert!(error.message.contains(words), "{what}: {error:?}");
    }
}

#[test]
fn h16_what_comes_behind_a_body_is_no_answer_to_the_next_question() {
    let (url, asked) = serve(vec![
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwordsHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".to_vec(),
        answer("200 OK", "", "good"),
    ]);
    let client = loopback();
    for expected in ["words", "good"] {
        let Ok(Fetched::Body { bytes, .. }) = get(&client, &request(&url)) else { panic!() };
        assert_eq!(bytes, expected.as_bytes());
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// The bytes in each coding that we ask for.
fn encoded(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(bytes).unwrap();
    let zstd = zstd::encode_all(bytes, 3).unwrap();
    vec![
        ("gzip", gzip.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("zstd", zstd),
        // Written by hand: a stored block of brotli (RFC 7932 §9.2) needs no compressor.
        ("br", stored_brotli(bytes)),
    ]
}

/// A brotli stream of one uncompressed block, and an empty last one.
fn stored_brotli(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap() - 1;
    assert!(length < 1 << 16);
    // Window of 16 bits (0), not last (0), four nibbles (00), the length, uncompressed (1).
    let head = length << 4 | 1 << 20;
    let mut stream = head.to_le_bytes()[..3].to_vec();
    stream.extend_from_slice(bytes);
    stream.push(0b11);
    stream
}

fn in_coding(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn r17_a_compressed_body_that_was_cut_is_not_used() {
    let words: Vec<u8> = (0..900_u32).map(|n| b'a' + (n.wrapping_mul(n) % 26) as u8).collect();
    for (coding, whole) in encoded(&words) {
        let (url, _) = serve(vec![in_coding(coding, &whole)]);
        let found = get(&loopback(), &request(&url));
        let Ok(Fetched::Body { bytes, .. }) = found else { panic!("{coding}: {found:?}") };
        assert_eq!(bytes, words, "{coding}");
        // The cut is the server's own: the length that it gives is that of the rest.
        for keeps in [whole.len() - 1, whole.len() - 5, whole.len() / 2, 12] {
            let error = error_of(in_coding(coding, &whole[..keeps]));
            let is_told = error.message.contains("nothing of it was used");
            assert!(is_told, "{coding} cut at {keeps} of {}: {error:?}", whole.len());
        }
    }
}

#[test]
fn r17_a_body_that_was_cut_or_reset_is_not_used() {
    for raw in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n<rss/>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsix\r\n<rss/>\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-6\r\n<rss/>\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n<rss/>",
    ] {
        let error = error_of(raw);
        assert!(error.message.contains("nothing of it was used"), "{raw:?}: {error:?}");
    }
    // A server that closes with the request unread resets the connection.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let resetting = std::thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
        let mut one = [0; 1];
        stream.read_exact(&mut one).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>").unwrap();
    });
    let error = get(&loopback(), &request(&url)).unwrap_err();
    assert!(error.message.contains("broke off"), "{error:?}");
    resetting.join().unwrap();
}

#[test]
fn h17_codings_that_are_not_kept_are_errors() {
    for coding in ["gzip", "deflate", "zstd", "br"] {
        let error = error_of(in_coding(coding, b"<rss>no such coding at all</rss>"));
        assert!(error.message.contains("nothing of it was used"), "{coding}: {error:?}");
    }
    let twice = encoded(&encoded(b"<rss/>")[0].1)[0].1.clone();
    for coding in ["gzip, gzip", "identity, gzip", "compress", "x-unknown\t"] {
        let error = error_of(in_coding(coding, &twice));
        assert!(error.message.contains("the unknown coding"), "{coding}: {error:?}");
    }
}

#[test]
fn h18_validators_are_sent_back_as_they_came_or_not_at_all() {
    let etag =
        b"HTTP/1.1 200 OK\r\nETag: \"\xff\xe9\t\x80\"\r\nContent-Length: 1\r\n\r\na".to_vec();
    let (url, asked) = serve(vec![etag, answer("304 Not Modified", "", "")]);
    let client = loopback();
    let Ok(Fetched::Body { validators: Some(validators), .. }) = get(&client, &request(&url))
    else {
        panic!("no body");
    };
    assert_eq!(validators.etag.as_deref(), Some(b"\"\xff\xe9\t\x80\"".as_slice()));
    let again = Request { validators: Some(validators), ..request(&url) };
    // The log cannot hold what is not UTF-8; the 304 says that it was a conditional request.
    assert!(matches!(get(&client, &again), Ok(Fetched::NotModified { .. })));
    drop(asked);

    for raw in [
        b"HTTP/1.1 200 OK\r\nETag: \"a\0b\"\r\nContent-Length: 1\r\n\r\na".to_vec(),
        b"HTTP/1.1 200 OK\r\nETag: \"a\rb\"\r\nContent-Length: 1\r\n\r\na".to_vec(),
        b"HTTP/1.1 200 OK\r\nETag: \"a\x7fb\"\r\nContent-Length: 1\r\n\r\na".to_vec(),
        b"HTTP/1.1 200 OK\r\nETag: \"a\r\n folded\"\r\nContent-Length: 1\r\n\r\na".to_vec(),
    ] {
        let error = error_of(raw);
        assert!(error.message.contains("HTTP does not know"), "{error:?}");
    }

    // Whatever a store holds, it makes no second header.
    for evil in ["\"a\"\r\nX-Evil: 1", "\"a\"\nX-Evil: 1", "\"a\"\rX-Evil: 1", "\"a\"\0X-Evil: 1"] {
        let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
        let validators = Validators {
            final_url: url.to_string(),
            etag: Some(evil.into()),
            last_modified: Some(evil.into()),
        };
        let asking = Request { validators: Some(validators), ..request(&url) };
        assert!(get(&loopback(), &asking).is_ok());
        let asked = asked.lock().unwrap()[0].to_lowercase();
        assert!(!asked.contains("x-evil") && !asked.contains("if-"), "{asked}");
    }
}

#[test]
fn h19_a_huge_validator_leaves_the_other_one() {
    let huge = format!("ETag: \"{}\"\r\nLast-Modified: then\r\n", "a".repeat(5000));
    let (url, _) = serve(vec![answer("200 OK", &huge, "words")]);
    let Ok(Fetched::Body { validators: Some(validators), .. }) = get(&loopback(), &request(&url))
    else {
        panic!("no body");
    };
    assert_eq!((validators.etag, validators.last_modified), (None, Some(b"then".to_vec())));
}

/// A port at which connections are neither taken nor refused: its queue holds one, which is there.
fn black_hole() -> (Url, impl Sized) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listen(&socket, 0).unwrap();
    let address = SocketAddr::try_from(getsockname(&socket).unwrap()).unwrap();
    let first = TcpStream::connect(address).unwrap();
    (Url::parse(&format!("http://{address}/")).unwrap(), (socket, first))
}

#[test]
fn r15_a_machine_that_swallows_what_is_sent_is_given_up() {
    let (url, _held) = black_hole();
    let asking = Request { timeout: Duration::from_millis(400), ..request(&url) };
    let error = get(&loopback(), &asking).unwrap_err();
    assert!(error.is_unreachable && error.message.contains("400 ms"), "{error:?}");
}

#[test]
fn r15_where_one_address_is_broken_the_next_one_is_tried() {
    let (url, asked) = serve(vec![answer("200 OK", "", "words")]);
    // Nothing listens at the first two.
    let names = Names::new(|_| async {
        Ok(["::1", "127.0.0.2", "127.0.0.1"].map(|address| address.parse().unwrap()).to_vec())
    });
    let client = finding(&settings(&["127.0.0.0/8", "::1/128"]), names).unwrap();
    let mut named = url;
    named.set_host(Some("both.example")).unwrap();
    assert!(get(&client, &request(&named)).is_ok());
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn r20_a_test_for_persons_is_told_as_one() {
    for status in ["403 Forbidden", "200 OK", "503 Service Unavailable"] {
        let challenge =
            answer(status, "cf-mitigated: challenge\r\nContent-Type: text/html\r\n", "<html>");
        let error = error_of(challenge);
        assert!(error.message.contains("a challenge of Cloudflare"), "{error:?}");
        assert!(status.starts_with(&error.status.unwrap().to_string()));
    }
}
