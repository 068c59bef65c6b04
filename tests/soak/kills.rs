//! A thousand real kill -9 at random moments of rounds over two hundred sources, and a thousand right
//! after a request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use samizdat::world::Random;
use serde_json::Value;

use crate::killed;
use crate::server::{Answer, Server};
use crate::tally::Tally;
use crate::wire::{Wire, numbered};

const SOURCES: usize = 200;
const KILLS: usize = 1000;
/// Rounds that are killed between two that are looked at.
const KILLED_IN_A_ROW: usize = 10;

fn samizdat(wire: &Wire, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
    command.args(arguments).current_dir(wire.directory.path()).stdin(Stdio::null());
    command
}

fn stories(wire: &Wire) -> BTreeMap<String, (String, String)> {
    let listed = samizdat(wire, &["list", "--json", "--limit", "0"]).output().unwrap();
    assert!(listed.status.success(), "I1: {listed:?}");
    let text = String::from_utf8(listed.stdout).unwrap();
    let field = |story: &Value, key: &str| story[key].as_str().unwrap().to_owned();
    let found: Vec<(String, (String, String))> = text
        .lines()
        .map(|line| {
            let story: Value = serde_json::from_str(line).unwrap();
            (field(&story, "id"), (field(&story, "title"), field(&story, "first_seen")))
        })
        .collect();
    let count = found.len();
    let by_id: BTreeMap<_, _> = found.into_iter().collect();
    let titles: BTreeSet<&String> = by_id.values().map(|(title, _)| title).collect();
    assert_eq!((by_id.len(), titles.len()), (count, count), "I2: a story is there twice");
    by_id
}

pub(crate) fn run(tally: &mut Tally) {
    tally.case(KILLS, || println!("kills: {}", killed::kill(KILLS, 1)));
    tally.operations += KILLS;
    kill_at_any_moment(tally);
}

fn kill_at_any_moment(tally: &mut Tally) {
    let random = Random::from_seed(200);
    let servers: Vec<Server> = (0..SOURCES)
        .map(|n| Server::start_at(Ipv4Addr::new(127, 0, 2, u8::try_from(n + 1).unwrap())))
        .collect();
    let host = |n: usize| format!("s{n}.example");
    let serve = |n: usize, news: u32| {
        let first = 5000 - news;
        servers[n].set("/feed", Answer::feed(numbered(&host(n), first..first + 10)));
    };
    let urls: Vec<(String, String)> = servers
        .iter()
        .enumerate()
        .map(|(n, server)| (format!("s{n}"), server.url("/feed")))
        .collect();
    let sources: Vec<(&str, &str)> =
        urls.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    let feeds_toml = wire.read("feeds.toml") + "[publish]\nper = [\"language\"]\n";
    wire.write("feeds.toml", feeds_toml);
    let mut news = vec![0_u32; SOURCES];
    (0..SOURCES).for_each(|n| serve(n, 0));
    let fetch = |wire: &Wire| {
        let ran = samizdat(wire, &["fetch", "--now", "--json"]).output().unwrap();
        assert!(ran.status.success(), "I6: {ran:?}");
        serde_json::from_slice::<Value>(&ran.stdout).unwrap()
    };
    fetch(&wire);
    let mut before = stories(&wire);
    for server in &servers {
        server.asked();
    }
    let mut died = 0;
    let mut ended_first = 0;
    let mut row = 0;
    // How long a round takes that is not killed, in seconds.
    let mut round_takes = 0.3;
    while died < KILLS {
        row += 1;
        tally.case(KILLED_IN_A_ROW, || {
            for _ in 0..KILLED_IN_A_ROW {
                for (n, news) in news.iter_mut().enumerate() {
                    if random.next().is_multiple_of(4) {
                        *news += 1;
                        serve(n, *news);
                    }
                }
                // From the first file to the last rename.
                let moment = format!("{:.3}", 0.002 + random.fraction() * round_takes);
                let ended = Command::new("timeout")
                    .args([
                        "--signal=KILL",
                        &moment,
                        env!("CARGO_BIN_EXE_samizdat"),
                        "fetch",
                        "--now",
                    ])
                    .current_dir(wire.directory.path())
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                let is_killed = !ended.status.success();
                died += usize::from(is_killed);
                ended_first += usize::from(!is_killed);
            }
            let begun = std::time::Instant::now();
            fetch(&wire);
            round_takes = begun.elapsed().as_secs_f64();
            let now = stories(&wire);
            for (id, known) in &before {
                assert_eq!(now.get(id), Some(known), "I1: {id} after {row} rows");
            }
            let expected = SOURCES * 10 + news.iter().sum::<u32>() as usize;
            assert_eq!(now.len(), expected, "I4: every item that was published");
            before = now;
            for (n, server) in servers.iter().enumerate() {
                let asked = server.asked();
                assert!(
                    asked.len() <= KILLED_IN_A_ROW + 1,
                    "I5: s{n} was asked {} times",
                    asked.len()
                );
                let conditional =
                    asked.iter().all(|asked| asked.headers.contains_key("if-none-match"));
                assert!(conditional, "P13: s{n}");
            }
            let written = samizdat(&wire, &["publish", "--json"]).output().unwrap();
            assert!(
                String::from_utf8_lossy(&written.stdout).contains("\"written\":[]"),
                "I3: {written:?}"
            );
            let left =
                wire.public().into_keys().filter(|name| name.contains("samizdat-tmp")).count();
            assert_eq!(left, 0, "I3: temporary files are left");
        });
    }
    tally.operations += died + ended_first;
    println!(
        "kills: {died} rounds were killed, {ended_first} had ended before; {} stories",
        before.len()
    );
    let bytes = |wire: &Wire| {
        let status = samizdat(wire, &["status", "--json"]).output().unwrap();
        serde_json::from_slice::<Value>(&status.stdout).unwrap()["store"]["bytes"].clone()
    };
    let grown = bytes(&wire);
    for command in [["backup", "all.gz"], ["restore", "all.gz"]] {
        assert!(samizdat(&wire, &command).output().unwrap().status.success());
    }
    println!("kills: the store has {grown} bytes, and {} when it is written anew", bytes(&wire));
}
