//! The hosts of a season: one loopback address each, real sockets, and a log of all that was asked.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use samizdat::world::{Clock, Random};

use super::clock::SeasonClock;
use super::partner::{Given, Kind, Partner, http_date};
use crate::server::{Asked, read};

/// Sources of one host.
pub(crate) const OF_A_HOST: usize = 4;

/// One request, as the partner's server wrote it down, and what it answered.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) at: DateTime<Utc>,
    pub(crate) host: usize,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Whether it came while the host answered another one.
    pub(crate) overlaps: bool,
    /// Whether a person had asked for it (`fetch --now`).
    pub(crate) is_by_hand: bool,
    pub(crate) given: Given,
}

struct Shared {
    clock: Arc<SeasonClock>,
    partners: Vec<Mutex<Partner>>,
    addresses: Vec<SocketAddr>,
    busy: Vec<Mutex<usize>>,
    log: Mutex<Vec<Logged>>,
    random: Random,
    is_by_hand: AtomicBool,
    ended: AtomicBool,
}

/// All hosts; they end with this value.
pub(crate) struct Servers {
    shared: Arc<Shared>,
    accepting: Vec<JoinHandle<()>>,
}

impl Servers {
    pub(crate) fn start(sources: usize, clock: &Arc<SeasonClock>, seed: u64) -> Self {
        let random = Random::from_seed(seed);
        let begin = clock.now();
        let partners: Vec<_> =
            (0..sources).map(|n| Mutex::new(Partner::new(n, begin, &random))).collect();
        let listeners: Vec<TcpListener> = (0..sources.div_ceil(OF_A_HOST))
            .map(|host| {
                let last = u8::try_from(host + 1).unwrap();
                TcpListener::bind((Ipv4Addr::new(127, 0, 9, last), 0)).unwrap()
            })
            .collect();
        let shared = Arc::new(Shared {
            clock: Arc::clone(clock),
            partners,
            addresses: listeners.iter().map(|one| one.local_addr().unwrap()).collect(),
            busy: listeners.iter().map(|_| Mutex::new(0)).collect(),
            log: Mutex::default(),
            random,
            is_by_hand: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let accepting = listeners
            .into_iter()
            .enumerate()
            .map(|(host, listener)| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || accept(host, &listener, &shared))
            })
            .collect();
        Self { shared, accepting }
    }

    pub(crate) fn feeds_toml(&self) -> String {
        let section = |partner: &Mutex<Partner>| {
            let partner = partner.lock().unwrap();
            let address = self.shared.addresses[partner.number / OF_A_HOST];
            partner.in_feeds_toml(&format!("http://{address}/s{}/feed", partner.number))
        };
        self.shared.partners.iter().map(section).collect()
    }

    /// Says who asks from now on: a person, or cron.
    pub(crate) fn by_hand(&self, is_by_hand: bool) {
        self.shared.is_by_hand.store(is_by_hand, Ordering::SeqCst);
    }

    pub(crate) fn base(&self, host: usize) -> String {
        format!("http://{}", self.shared.addresses[host])
    }

    pub(crate) fn log(&self) -> Vec<Logged> {
        self.shared.log.lock().unwrap().clone()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for address in &self.shared.addresses {
            let _ = TcpStream::connect(address);
        }
        for accepting in self.accepting.drain(..) {
            let _ = accepting.join();
        }
    }
}

fn accept(host: usize, listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || serve(host, stream.unwrap(), &shared));
    }
}

fn serve(host: usize, mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let _ = stream.set_nodelay(true);
    while let Some(asked) = read(&mut reader) {
        let overlaps = {
            let mut busy = shared.busy[host].lock().unwrap();
            *busy += 1;
            *busy > 1
        };
        let given = answer(host, &asked, shared);
        let is_slow = given.status == 200 && partner_of(&asked.path, shared).is_some_and(is_slow);
        shared.log.lock().unwrap().push(Logged {
            at: shared.clock.now(),
            host,
            path: asked.path,
            headers: asked.headers,
            overlaps,
            is_by_hand: shared.is_by_hand.load(Ordering::SeqCst),
            given: given.clone(),
        });
        let (begun, rest) = written(&given);
        let mut is_open = stream.write_all(&begun).is_ok();
        if is_slow && !given.hangs {
            // A slow server, so that a second request would come while it answers.
            std::thread::sleep(Duration::from_millis(3));
        }
        // From its last bytes on the client may send the next one.
        *shared.busy[host].lock().unwrap() -= 1;
        if given.hangs {
            let _ = stream.read(&mut [0; 1]);
            is_open = false;
        } else if is_open {
            is_open = stream.write_all(&rest).is_ok();
        }
        if !is_open || given.status == 0 || given.is_cut {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn is_slow(partner: &Mutex<Partner>) -> bool {
    partner.lock().unwrap().kind == Kind::Slow
}

fn partner_of<'s>(path: &str, shared: &'s Shared) -> Option<&'s Mutex<Partner>> {
    let number: usize = path.strip_prefix("/s")?.split('/').next()?.parse().ok()?;
    shared.partners.get(number)
}

fn answer(host: usize, asked: &Asked, shared: &Shared) -> Given {
    let now = shared.clock.now();
    if asked.path == "/robots.txt" {
        return robots(host, now, shared);
    }
    let Some(partner) = partner_of(&asked.path, shared) else {
        return Given { status: 404, ..Given::default() };
    };
    let sent = |name: &str| asked.headers.get(name).map(String::as_str);
    let base = |host: usize| format!("http://{}", shared.addresses[host]);
    partner.lock().unwrap().answer(
        &asked.path,
        (sent("if-none-match"), sent("if-modified-since")),
        &base(host),
        &base((host + 1) % shared.addresses.len()),
        now,
        &shared.random,
    )
}

/// One host in three has no robots.txt, one in five cannot give it.
fn robots(host: usize, now: DateTime<Utc>, shared: &Shared) -> Given {
    let status = match host {
        _ if host.is_multiple_of(5) => 500,
        _ if host.is_multiple_of(3) => 404,
        _ => 200,
    };
    let mut body = String::new();
    if status == 200 {
        body = "User-agent: *\nCrawl-delay: 3\n".to_owned();
        for partner in &shared.partners {
            let partner = partner.lock().unwrap();
            if partner.kind == Kind::Forbidden {
                body.push_str(&format!("Disallow: /s{}/\n", partner.number));
            }
        }
    }
    let headers = vec![("Date".to_owned(), http_date(now))];
    Given { status, body, headers, ..Given::default() }
}

/// The bytes of an answer, in two pieces.
fn written(given: &Given) -> (Vec<u8>, Vec<u8>) {
    if given.status == 0 {
        return (Vec::new(), Vec::new());
    }
    let mut head = format!("HTTP/1.1 {} As it is\r\n", given.status);
    for (name, value) in &given.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if given.status != 304 {
        head.push_str(&format!("Content-Length: {}\r\n", given.body.len()));
    }
    head.push_str("\r\n");
    let middle = given.body.len() / 2;
    let end = if given.is_cut { middle + 1 } else { given.body.len() };
    head.push_str(&given.body[..middle]);
    // Something is left for the second piece, even of an answer without a body.
    let mut first = head.into_bytes();
    let mut rest = given.body.as_bytes()[middle..end].to_vec();
    if rest.is_empty() {
        rest = first.split_off(first.len() - 1);
    }
    (first, rest)
}
