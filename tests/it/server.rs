//! Partners' servers, as far as a test needs them: real sockets, answers that a test sets, and a
//! log of what was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use samizdat::world::Clock;

use crate::wire::HandClock;

/// How long an answer waits for another request.
const LINGER: Duration = Duration::from_millis(20);

/// How often a server lets go of one more byte that lets go of a byte now and then.
const DROP_EVERY: Duration = Duration::from_millis(200);

/// A request as it came: first line and headers, names in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Names of the headers, each as often as it came.
    pub(crate) names: Vec<String>,
    /// When it came on the clock of the test, where the server was given one.
    pub(crate) at: Option<DateTime<Utc>>,
    /// When it came in truth.
    pub(crate) moment: Instant,
}

impl Asked {
    /// Whether it asks only for what has changed.
    pub(crate) fn is_conditional(&self) -> bool {
        ["if-none-match", "if-modified-since"].iter().any(|name| self.headers.contains_key(*name))
    }
}

/// What a path answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A whole document with an ETag made of its bytes; 304 where the request knows it.
    Document { content_type: String, body: Vec<u8>, headers: Vec<(String, String)> },
    /// These bytes and nothing else.
    Raw(Vec<u8>),
    /// Nothing until the server is told to go on; then what the path answers by then.
    Hang,
    /// A document that never ends, a byte now and then, until the test lets go of it.
    Drip,
}

impl Answer {
    pub(crate) fn feed(body: impl Into<Vec<u8>>) -> Self {
        Self::document("application/rss+xml", body)
    }

    pub(crate) fn document(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = content_type.to_owned();
        Self::Document { content_type, body: body.into(), headers: Vec::new() }
    }

    pub(crate) fn status(line: &str, headers: &str) -> Self {
        let text =
            format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n");
        Self::Raw(text.into_bytes())
    }

    /// A document with these headers and no validators but what they are.
    pub(crate) fn bare(headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
        );
        Self::Raw([head.as_bytes(), body.as_bytes()].concat())
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Document { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// What a test does when a request comes.
pub(crate) type Heard = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Shared {
    answers: Mutex<BTreeMap<String, Answer>>,
    asked: Mutex<Vec<Asked>>,
    arrived: Condvar,
    ended: AtomicBool,
    hanging: Mutex<Vec<TcpStream>>,
    /// What the test does when a request has come, before it is answered.
    heard: Mutex<Option<Heard>>,
    /// The clock of the test.
    clock: Mutex<Option<Arc<HandClock>>>,
    /// Requests that are under way, and the most that were at once.
    in_flight: Mutex<(usize, usize)>,
    more_in_flight: Condvar,
    /// Whether an answer waits a moment for another request, so that two at once are seen.
    lingers: AtomicBool,
    /// How often those who were kept waiting were let go on.
    released: Mutex<usize>,
    releasing: Condvar,
}

/// A server on a loopback address; it ends with this value.
pub(crate) struct Server {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST)
    }

    /// Another loopback address is another host.
    pub(crate) fn start_at(address: Ipv4Addr) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let state = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if state.ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(stream.unwrap(), &state));
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// This is done from now on when a request has come, before it is answered.
    pub(crate) fn on_request(&self, heard: &Heard) {
        *self.shared.heard.lock().unwrap() = Some(Arc::clone(heard));
    }

    /// What a path answers.
    pub(crate) fn answer(&self, path: &str) -> Answer {
        self.shared.answers.lock().unwrap()[path].clone()
    }

    /// Requests are noted with the time of this clock from now on.
    pub(crate) fn note_time_of(&self, clock: &Arc<HandClock>) {
        *self.shared.clock.lock().unwrap() = Some(Arc::clone(clock));
    }

    /// Answers wait a moment from now on, so that it shows when two requests are sent at once.
    pub(crate) fn linger(&self) {
        self.shared.lingers.store(true, Ordering::SeqCst);
    }

    /// How many of those who were kept waiting still wait: they have not closed their connection.
    pub(crate) fn kept_waiting(&self) -> usize {
        let waits = |stream: &&TcpStream| {
            stream.set_nonblocking(true).unwrap();
            let waits = matches!(stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
            stream.set_nonblocking(false).unwrap();
            waits
        };
        self.shared.hanging.lock().unwrap().iter().filter(waits).count()
    }

    /// Requests that are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.shared.in_flight.lock().unwrap().0
    }

    /// The most requests that were under way at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.in_flight.lock().unwrap().1
    }

    /// Everything that was asked since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shared.asked.lock().unwrap())
    }

    /// Lets those who were kept waiting have what their path answers now.
    pub(crate) fn release(&self) {
        let mut released = self.shared.released.lock().unwrap();
        *released += 1;
        self.shared.releasing.notify_all();
    }

    /// Waits until so many requests came.
    pub(crate) fn wait_for(&self, requests: usize) {
        let asked = self.shared.asked.lock().unwrap();
        drop(self.shared.arrived.wait_while(asked, |asked| asked.len() < requests).unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for stream in self.shared.hanging.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.release();
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// A request that is under way until this is dropped.
struct UnderWay<'s>(&'s Shared);

impl<'s> UnderWay<'s> {
    fn begin(shared: &'s Shared) -> Self {
        let mut count = shared.in_flight.lock().unwrap();
        count.0 += 1;
        count.1 = count.1.max(count.0);
        shared.more_in_flight.notify_all();
        if shared.lingers.load(Ordering::SeqCst) {
            let alone = |count: &mut (usize, usize)| count.0 < 2;
            drop(shared.more_in_flight.wait_timeout_while(count, LINGER, alone).unwrap());
        }
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.lock().unwrap().0 -= 1;
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(mut asked) = read(&mut reader) {
        asked.at = shared.clock.lock().unwrap().as_ref().map(|clock| clock.now());
        let _under_way = UnderWay::begin(shared);
        let mut answer = shared.answers.lock().unwrap().get(&asked.path).cloned();
        let released = *shared.released.lock().unwrap();
        shared.asked.lock().unwrap().push(asked.clone());
        shared.arrived.notify_all();
        let heard = shared.heard.lock().unwrap().clone();
        if let Some(heard) = heard {
            heard();
        }
        if matches!(answer, Some(Answer::Hang | Answer::Drip)) {
            shared.hanging.lock().unwrap().push(stream.try_clone().unwrap());
        }
        if matches!(answer, Some(Answer::Hang)) {
            // Ends when the test lets it go on, or ends.
            let waiting = shared.released.lock().unwrap();
            drop(shared.releasing.wait_while(waiting, |now| *now == released).unwrap());
            answer = shared.answers.lock().unwrap().get(&asked.path).cloned();
        }
        let bytes = match answer {
            None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
            Some(Answer::Document { content_type, body, headers }) => {
                document(&asked, &content_type, &body, &headers)
            }
            Some(Answer::Raw(bytes)) => {
                let _ = stream.write_all(&bytes);
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            Some(Answer::Drip) => return drip(&mut stream, shared, released),
            Some(Answer::Hang) => return,
        };
        if stream.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn drip(stream: &mut TcpStream, shared: &Shared, released: usize) {
    let mut next: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n<rss>";
    let mut now = shared.released.lock().unwrap();
    while *now == released && stream.write_all(next).is_ok() {
        next = b" ";
        now = shared.releasing.wait_timeout(now, DROP_EVERY).unwrap().0;
    }
    let _ = stream.shutdown(Shutdown::Both);
}

pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    let mut names = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => {
                names.push(name.to_lowercase());
                headers.insert(name.to_lowercase(), value.to_owned());
            }
            None => break,
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Asked { method, path, body, headers, names, at: None, moment: Instant::now() })
}

fn document(
    asked: &Asked,
    content_type: &str,
    body: &[u8],
    headers: &[(String, String)],
) -> Vec<u8> {
    let sum =
        body.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    let etag = format!("W/\"{sum:x} {}\"", body.len());
    let mut head = format!("ETag: {etag}\r\nLast-Modified: Mon, 02 Nov 2026 09:00:00 GMT\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if asked.headers.get("if-none-match") == Some(&etag) {
        return format!("HTTP/1.1 304 Not Modified\r\n{head}\r\n").into_bytes();
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{head}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
