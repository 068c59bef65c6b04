//! Documents that unfold to thousands of times their size, and servers that never finish: what they cost
//! the program, which runs as a process of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flate2::{Compress, Compression, FlushCompress};
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// Size that a bomb unfolds to.
const UNFOLDED: usize = 10 << 30;

/// Most memory that a bomb may cost, in KiB.
const MOST: u64 = 64 << 10;

/// A server that answers one request with `head` and so many times `piece`, or as often as the program
/// takes it. Gives its url, and at its end the bytes that the program's side took.
fn bomb(head: Vec<u8>, piece: Vec<u8>, times: usize) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/feed", listener.local_addr().unwrap());
    let writing = std::thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked).unwrap();
        let mut sent = 0;
        let mut pieces = std::iter::once(&head).chain(std::iter::repeat_n(&piece, times));
        while let Some(piece) = pieces.next().filter(|piece| stream.write_all(piece).is_ok()) {
            sent += piece.len();
        }
        let _ = stream.shutdown(std::net::Shutdown::Write);
        // The program has what it wants of this when it closes its side.
        while !matches!(stream.read(&mut asked), Ok(0) | Err(_)) {}
        sent
    });
    (url, writing)
}

fn head(coding: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

/// Polls this url and a server that keeps the program waiting until its memory was looked at. Gives the
/// most memory that it ever had, in KiB, what it says of the url, and how long that took.
fn cost(url: &str, writing: JoinHandle<usize>) -> (u64, Value, Duration) {
    let slow = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    slow.set("/slow", Answer::Hang);
    let wire = Wire::of(&[("a", url), ("slow", &slow.url("/slow"))]);
    let begun = Instant::now();
    let program = Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .args(["fetch", "--json"])
        .current_dir(wire.directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writing.join().unwrap();
    let took = begun.elapsed();
    slow.wait_for(1);
    let peak = peak(&program);
    slow.set("/slow", Answer::feed(numbered("slow.example", 1..=2)));
    slow.release();
    let output = program.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |id: &str| {
        let sources = report["sources"].as_array().unwrap();
        sources.iter().find(|source| source["id"] == id).unwrap().clone()
    };
    assert_eq!(of("slow")["new"], 2, "the other source is well: {report}");
    (peak, of("a"), took)
}

/// The most memory that a process ever had, in KiB.
fn peak(program: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Gzip of zeros without end: its beginning, and a block of it that unfolds to 1 MiB.
fn gzip_of_zeros() -> (Vec<u8>, Vec<u8>) {
    let mut compress = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(1 << 16);
    compress.compress_vec(&vec![0; 1 << 20], &mut block, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), 1 << 20);
    (b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), block)
}

#[test]
fn h13_ten_megabytes_that_unfold_to_ten_gigabytes_cost_no_more_than_the_cap() {
    let (idle, fine, _) = {
        let feed = numbered("a.example", 1..=2);
        let (url, writing) =
            bomb(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(), feed.into_bytes(), 1);
        cost(&url, writing)
    };
    assert_eq!(fine["new"], 2, "{fine}");
    println!("idle: {idle} KiB");

    let (begin, block) = gzip_of_zeros();
    let times = UNFOLDED >> 20;
    let size = block.len() * times;
    assert!((8_000_000..12_000_000).contains(&size), "the bomb has {size} bytes");
    let zeros = vec![0; 1 << 20];
    let within: Vec<u8> = block.repeat(times);
    let mut zstd = zstd::Encoder::new(Vec::new(), 3).unwrap();
    zstd.window_log(27).unwrap();
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 5, 24);
    for _ in 0..512 {
        zstd.write_all(&zeros).unwrap();
    }
    for _ in 0..128 {
        brotli.write_all(&zeros).unwrap();
    }
    let mut nested = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    nested.write_all(&begin).unwrap();
    nested.write_all(&within).unwrap();
    let once = |coding: &str, body: Vec<u8>| (head(coding), body, 1);
    for (what, (head, piece, times)) in [
        ("gzip", ([head("gzip"), begin.clone()].concat(), block, times)),
        ("gzip in gzip", once("gzip", nested.finish().unwrap())),
        ("zstd", once("zstd", zstd.finish().unwrap())),
        ("br", once("br", brotli.into_inner())),
    ] {
        let (url, writing) = bomb(head, piece, times);
        let (peak, source, took) = cost(&url, writing);
        println!("{what}: {} KiB more, in {took:?}", peak.saturating_sub(idle));
        let error = source["error"].as_str().unwrap();
        assert!(error.contains("max_body (8388608 bytes)"), "{what}: {error}");
        assert!(peak.saturating_sub(idle) < MOST, "{what}: {peak} KiB, idle {idle}");
        assert!(took < Duration::from_secs(20), "{what}: {took:?}");
    }
}

#[test]
fn h15_r16_servers_that_never_finish_hold_nobody_up() {
    const SLOW: u8 = 16;
    const WELL: u8 = 60;
    let servers: Vec<Server> = (1..=SLOW + WELL)
        .map(|number| {
            let server = Server::start_at(Ipv4Addr::new(127, 0, 3, number));
            let is_slow = number <= SLOW;
            let host = format!("n{number}.example");
            let feed = Answer::feed(numbered(&host, 1..=2));
            server.set("/feed", if is_slow { Answer::Hang } else { feed });
            server
        })
        .collect();
    let sources: String = servers
        .iter()
        .enumerate()
        .map(|(at, server)| {
            format!("[[source]]\nid = \"s{at}\"\nurl = \"{}\"\n", server.url("/feed"))
        })
        .collect();
    // Eight at once: all of them may be waiting for slow ones, twice.
    let head = HEAD.replace("[fetch]\n", "[fetch]\ntimeout = \"1s\"\nconcurrency = 8\n");
    let wire = Wire::new(&(head + &sources));
    let begun = Instant::now();
    let report = wire.fetch();
    let took = begun.elapsed();
    println!("{SLOW} slow and {WELL} others, eight at once: {took:?}");
    assert_eq!((&report["failed"], &report["polled"]), (&SLOW.into(), &(SLOW + WELL).into()));
    assert_eq!(report["stories"]["new"], u64::from(WELL) * 2);
    for source in report["sources"].as_array().unwrap() {
        let error = source["error"].as_str().unwrap_or_default();
        let is_slow = source["outcome"] == "failed";
        assert_eq!(is_slow, error.contains("no complete answer within 1 s"), "{source}");
    }
    // One after the other they would take as many seconds as there are slow ones.
    assert!(took < Duration::from_secs(u64::from(SLOW) - 4), "{took:?}");
}

#[test]
fn i7_a_feed_of_very_many_items_costs_no_multiple_of_reading_it() {
    let (slow, big) = (Server::start(), Server::start_at(Ipv4Addr::new(127, 0, 0, 2)));
    slow.set("/slow", Answer::Hang);
    let items: String = (0..40_000)
        .map(|n| format!("<item><title>Item {n}</title><link>https://big.example/{n}</link><guid>{n}</guid></item>"))
        .collect();
    big.set(
        "/feed",
        Answer::feed(format!("<rss><channel><title>Big</title>{items}</channel></rss>")),
    );
    let wire = Wire::of(&[("big", &big.url("/feed")), ("slow", &slow.url("/slow"))]);
    let mut program = Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .arg("fetch")
        .current_dir(wire.directory.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    slow.wait_for(1);
    // The other source keeps the round from its end until all is stored.
    let entries = || {
        let status = Command::new(env!("CARGO_BIN_EXE_samizdat"))
            .args(["status", "--json"])
            .current_dir(wire.directory.path())
            .output()
            .unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).unwrap();
        status["sources"][0]["entries"].clone()
    };
    while entries() != 300 {
        assert!(program.try_wait().unwrap().is_none(), "it ended before all was stored");
    }
    let peak = peak(&program);
    println!("{peak} KiB");
    slow.release();
    program.wait().unwrap();
    // It was 1.2 GB where all names that it has were stored at once.
    assert!(peak < 600_000, "{peak} KiB");
    // Nothing of it is news later.
    let again = Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .args(["fetch", "--now", "--json"])
        .current_dir(wire.directory.path())
        .output()
        .unwrap();
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["entries"]["new"], 0, "{again}");
}
