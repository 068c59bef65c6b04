//! Weeks of rounds in one process, and readers while the outputs change.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::extract::{Request, State};
use chrono::TimeDelta;

use crate::child;
use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

/// Open files, and resident memory in KiB, of this process.
fn size() -> (usize, usize) {
    let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    (files, line.split_whitespace().nth(1).unwrap().parse().unwrap())
}

/// Not a test: rounds every two hours, with news each day, in a process of their own.
#[test]
fn child_of_many_rounds() {
    let Some(told) = child::told() else { return };
    let rounds: u32 = told.parse().unwrap();
    let server = Server::start();
    let wire = Wire::of(&[("a", &server.url("/a")), ("gone", &server.url("/gone"))]);
    for round in 0..rounds {
        // Twenty items, one more each day; older ones leave the feed.
        let newest = 1000 - round / 12;
        server.set("/a", Answer::feed(numbered("a.example", newest..newest + 20)));
        wire.clock.forward(TimeDelta::hours(2));
        let ran = wire.run(&["fetch"]);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        if round == rounds / 3 || round + 1 == rounds {
            let (files, memory) = size();
            let store = wire.run(&["status", "--json"]).json()["store"]["bytes"].clone();
            println!("{files} {memory} {store}");
        }
    }
}

#[test]
fn r39_i7_weeks_of_rounds_in_one_process_keep_its_files_and_memory() {
    let ended = child::run("weeks::child_of_many_rounds", "360");
    assert!(ended.status.success(), "{ended:?}");
    let text = String::from_utf8(ended.stdout).unwrap();
    let sizes: Vec<Vec<usize>> = text
        .lines()
        .filter_map(|line| line.split(' ').map(|word| word.parse().ok()).collect())
        .filter(|sizes: &Vec<usize>| sizes.len() == 3)
        .collect();
    let [early, late] = &sizes[..] else { panic!("{text}") };
    println!(
        "files, KiB of memory, bytes of the store: {early:?} after 10 days, {late:?} after 30"
    );
    assert!(late[0] <= early[0] + 4, "open files: {early:?} {late:?}");
    assert!(late[1] < early[1] + 24 * 1024, "memory: {early:?} {late:?}");
    // Fifty entries instead of thirty, and the sleeping space of sled's log.
    assert!(late[2] < 4 << 20, "bytes of the store: {early:?} {late:?}");
}

async fn answer(State(root): State<Arc<PathBuf>>, request: Request) -> samizdat::serve::Answer {
    let path = request.uri().path().to_owned();
    samizdat::serve::answer_file(&root, request.method(), &path, request.headers()).await
}

/// One request on a connection that stays open: (ETag, body).
fn get(stream: &mut BufReader<TcpStream>, path: &str) -> (String, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: wire\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut headers = BTreeMap::new();
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    assert!(first.contains(" 200 "), "{path}: {first}");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (headers["etag"].clone(), body)
}

/// Readers ask in turn for these, while they are published anew.
const READ: [(&str, &str); 4] = [
    ("/atom.xml", "</feed>"),
    ("/rss.xml", "</rss>"),
    ("/feed.json", "}"),
    ("/index.html", "</html>"),
];

#[test]
fn r41_ten_thousand_requests_during_a_hundred_publications_get_whole_answers() {
    let partner = Server::start();
    partner.set("/a", Answer::feed(numbered("a.example", 1..=12)));
    let wire = Wire::of(&[("a", &partner.url("/a"))]);
    wire.fetch();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let root = Arc::new(wire.path("public"));
    let router = axum::Router::new().fallback(answer).with_state(root);
    runtime.spawn(async move { axum::serve(listener, router).await });

    let done = Arc::new(AtomicBool::new(false));
    let requests = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (done, requests) = (Arc::clone(&done), Arc::clone(&requests));
            std::thread::spawn(move || {
                let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
                let mut etags: BTreeMap<String, Vec<u8>> = BTreeMap::new();
                let mut turn = reader;
                while !done.load(Ordering::SeqCst) || requests.load(Ordering::SeqCst) < 10_000 {
                    let (path, end) = READ[turn % READ.len()];
                    let (etag, body) = get(&mut stream, path);
                    assert!(body.trim_ascii_end().ends_with(end.as_bytes()), "{path} is cut");
                    // One ETag, one body.
                    let known = etags.entry(etag).or_insert_with(|| body.clone());
                    assert!(*known == body, "{path}: two bodies under one ETag");
                    requests.fetch_add(1, Ordering::SeqCst);
                    turn += 1;
                }
                etags.len()
            })
        })
        .collect();
    let feeds_toml = wire.read("feeds.toml");
    for version in 0..100 {
        let title = format!("title = \"Test wire, version {version}\"");
        wire.write("feeds.toml", feeds_toml.replace("title = \"Test wire\"", &title));
        let written = wire.run(&["publish", "--json"]).json()["written"].clone();
        assert!(written.as_array().unwrap().len() >= 8, "{written}");
    }
    done.store(true, Ordering::SeqCst);
    let versions: usize = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
    let requests = requests.load(Ordering::SeqCst);
    println!("{requests} requests saw {versions} versions, every one whole");
    assert!(requests >= 10_000 && versions > 16, "{requests} {versions}");
    runtime.shutdown_background();
}
