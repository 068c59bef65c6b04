//! The holder's side: a socket beside the store at which others ask.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::frames::{Frame, PROTOCOL, receive, send};
use super::{in_portions, is_answered};
use crate::commands::fetch::{Progress, Stop};
use crate::commands::{self, CommandError, Hold, Places, Report, Request, Secrets, load_config};
use crate::config::Config;
use crate::world::World;

/// Who has connected asks within this time.
const ASK_WITHIN: Duration = Duration::from_secs(5);

/// How often an asker hears that its command is still being done.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Longest path that a Unix socket can have on Linux, with the zero at its end.
const LONGEST_PATH: usize = 108;

/// The socket beside the store.
pub(super) fn path(store: &Path) -> PathBuf {
    let path = store.join("control");
    if path.as_os_str().len() < LONGEST_PATH {
        return path;
    }
    // A path that is too long gets a short name, the same for everybody who knows the store.
    let hash = xxhash_rust::xxh3::xxh3_64(store.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("samizdat-{hash:016x}"))
}

/// The open door; without one where it cannot be opened: then nobody is answered.
pub(super) struct Door(Option<Open>);

struct Open {
    path: PathBuf,
    closing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// What a visit needs.
#[derive(Clone)]
struct Host {
    hold: Arc<Hold>,
    /// What this process was started to do.
    own: Arc<Request>,
    store: Arc<PathBuf>,
    world: World,
    stop: Stop,
}

impl Door {
    /// Listens from now on. A socket that a killed process left is replaced: the store is ours.
    pub(super) fn open(
        hold: &Arc<Hold>,
        own: &Request,
        config: &Config,
        world: &World,
        stop: Stop,
    ) -> Self {
        let path = path(&config.store.path);
        let listener = match listen(&path) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::info!(%error, "others cannot ask while this command runs");
                return Self(None);
            }
        };
        let host = Host {
            hold: Arc::clone(hold),
            own: Arc::new(own.clone()),
            store: Arc::new(config.store.path.clone()),
            world: world.clone(),
            stop,
        };
        let (closing, closed) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, host, closed));
        Self(Some(Open { path, closing, accepting }))
    }

    /// Lets nobody in any more, and waits until those who are have their answers.
    pub(super) async fn close(self) {
        let Some(open) = self.0 else { return };
        let _ = fs::remove_file(&open.path);
        open.closing.send_replace(true);
        let _ = open.accepting.await;
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, host: Host, mut closing: watch::Receiver<bool>) {
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if is_ours(&stream) => {
                    let host = host.clone();
                    visits.spawn(async move {
                        if let Err(error) = visit(stream, host).await {
                            tracing::debug!(%error, "a visit ended early");
                        }
                    });
                }
                Ok(_) => {}
                // Too many open files: who asks tries again.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = visits.join_next() => {}
            _ = closing.changed() => break,
        }
    }
    drop(listener);
    while visits.join_next().await.is_some() {}
}

/// Whether it is the same user who asks, or root.
fn is_ours(stream: &UnixStream) -> bool {
    let us = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == us || peer.uid() == 0)
}

/// One asker, from greeting to report.
async fn visit(mut stream: UnixStream, host: Host) -> io::Result<()> {
    let hello = Frame::Hello {
        protocol: PROTOCOL,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
    };
    send(&mut stream, &hello).await?;
    let asked = timeout(ASK_WITHIN, receive(&mut stream)).await??;
    let Some(Frame::Ask { places, request }) = asked else { return Ok(()) };
    if !is_answered(&host.own, &request) {
        return send(&mut stream, &Frame::Declined).await;
    }
    send(&mut stream, &Frame::Accepted).await?;
    let (says, said) = mpsc::channel::<Frame>(8);
    let (stopper, stop) = watch::channel(*host.stop.borrow());
    let process_stop = host.stop.clone();
    let mut work = tokio::spawn(work(host, places, request, stop, says));
    let ended = answer(stream, &mut work, said, process_stop, &stopper).await;
    if !work.is_finished() {
        // Nobody listens any more: what was begun ends as with Ctrl-C.
        stopper.send_replace(Some(libc::SIGINT));
        let _ = work.await;
    }
    ended
}

/// Tells the asker what the work says, and what comes of it.
async fn answer(
    stream: UnixStream,
    work: &mut JoinHandle<Result<Report, CommandError>>,
    mut said: mpsc::Receiver<Frame>,
    mut process_stop: Stop,
    stopper: &watch::Sender<Option<i32>>,
) -> io::Result<()> {
    let (mut hearing, mut speaking) = stream.into_split();
    let mut beat = tokio::time::interval(BEAT_EVERY);
    let mut process_ends = false;
    loop {
        tokio::select! {
            biased;
            Some(frame) = said.recv() => send(&mut speaking, &frame).await?,
            done = &mut *work => {
                while let Ok(frame) = said.try_recv() {
                    send(&mut speaking, &frame).await?;
                }
                return finish(&mut speaking, done).await;
            }
            heard = receive(&mut hearing) => {
                if matches!(heard, Ok(None) | Err(_)) {
                    return Ok(());
                }
            }
            Ok(()) = process_stop.changed(), if !process_ends => {
                process_ends = true;
                stopper.send_replace(*process_stop.borrow());
            }
            _ = beat.tick() => send(&mut speaking, &Frame::Beat).await?,
        }
    }
}

type Done = Result<Result<Report, CommandError>, tokio::task::JoinError>;

async fn finish(stream: &mut (impl tokio::io::AsyncWrite + Unpin), done: Done) -> io::Result<()> {
    let frame = match done {
        Ok(Ok(Report::List(lines))) => {
            for portion in in_portions(lines) {
                send(stream, &Frame::Lines(portion)).await?;
            }
            Frame::Done(Box::new(Report::List(Vec::new())))
        }
        Ok(Ok(report)) => Frame::Done(Box::new(report)),
        Ok(Err(error)) => Frame::Failed { kind: error.kind(), message: error.to_string() },
        Err(error) => Frame::Failed { kind: commands::Kind::Failed, message: error.to_string() },
    };
    send(stream, &frame).await
}

/// Does what was asked, with the feeds.toml of the asker.
async fn work(
    host: Host,
    places: Places,
    request: Request,
    stop: Stop,
    says: mpsc::Sender<Frame>,
) -> Result<Report, CommandError> {
    let Host { hold, store, world, .. } = host;
    let secrets = match request {
        Request::Online(online) if online.with_secrets => Secrets::Needed,
        _ => Secrets::Unneeded,
    };
    let (config, _) = load_config(&places, &world, secrets)?;
    if config.store.path != *store {
        return Err(CommandError::Failed(format!(
            "feeds.toml names another store now: {}",
            config.store.path.display()
        )));
    }
    let progress = says.clone();
    let watch = move |Progress { done, of }| {
        // Who is slow misses steps.
        let _ = progress.try_send(Frame::Progress { done, of });
    };
    let mut out = Portions { says, pending: Vec::new() };
    let report =
        commands::carry_out(&request, &hold, &config, &world, stop, &watch, &mut out).await?;
    tokio::task::block_in_place(|| out.flush())
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    Ok(report)
}

/// Sends what is written in portions.
struct Portions {
    says: mpsc::Sender<Frame>,
    pending: Vec<u8>,
}

const PORTION: usize = 256 * 1024;

impl Write for Portions {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PORTION {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let portion = Frame::Bytes(std::mem::take(&mut self.pending));
        tokio::runtime::Handle::current()
            .block_on(self.says.send(portion))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
