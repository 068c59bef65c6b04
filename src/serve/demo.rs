//! `demo`: everything to see, no partner's server touched.
//!
//! Invented organisations, bundled with the program, are served over real HTTP on a loopback
//! address; the real pipeline polls them; the wire made of them is served on the same address,
//! so that its pages may show the pictures. Nothing but that address is asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::files::{Answer, answer_bytes, answer_file};
use crate::commands::fetch::Stop;
use crate::commands::{self, CommandError, Hold};
use crate::config::{self, Config};
use crate::model::Location;
use crate::world::{Readers, World};

/// Stands for the demo's own address in its feeds.toml and feeds.
const PLACEHOLDER: &str = "http://demo.invalid/";

/// The address that the outputs of `--once` name as theirs, the same at every run.
const ONCE_URL: &str = "http://127.0.0.1:8080/";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Write the outputs there and end.
    pub once: Option<PathBuf>,
    /// Loopback address and port to serve on.
    pub listen: String,
}

/// The bundled files: path below the demo's address, bytes.
const BUNDLE: &[(&str, &[u8])] = &[
    ("partners/diem25/feed.xml", include_bytes!("../../fixtures/demo/diem25/feed.xml")),
    ("partners/tni/rss.xml", include_bytes!("../../fixtures/demo/tni/rss.xml")),
    ("partners/mera25-gr/feed.xml", include_bytes!("../../fixtures/demo/mera25-gr/feed.xml")),
    ("partners/mera25-de/feed.xml", include_bytes!("../../fixtures/demo/mera25-de/feed.xml")),
    ("partners/mera25-it/feed.xml", include_bytes!("../../fixtures/demo/mera25-it/feed.xml")),
    ("partners/free-boris/atom.xml", include_bytes!("../../fixtures/demo/free-boris/atom.xml")),
    ("partners/passerelles/feed.json", include_bytes!("../../fixtures/demo/passerelles/feed.json")),
    ("media/assembly.jpg", include_bytes!("../../fixtures/demo/media/assembly.jpg")),
    ("media/barred-window.jpg", include_bytes!("../../fixtures/demo/media/barred-window.jpg")),
    ("media/bridge.jpg", include_bytes!("../../fixtures/demo/media/bridge.jpg")),
    ("media/harbour.jpg", include_bytes!("../../fixtures/demo/media/harbour.jpg")),
    ("media/letters.jpg", include_bytes!("../../fixtures/demo/media/letters.jpg")),
    ("media/library.jpg", include_bytes!("../../fixtures/demo/media/library.jpg")),
    ("media/night-train.jpg", include_bytes!("../../fixtures/demo/media/night-train.jpg")),
    ("media/olive-branch.jpg", include_bytes!("../../fixtures/demo/media/olive-branch.jpg")),
    ("media/paper-crane.jpg", include_bytes!("../../fixtures/demo/media/paper-crane.jpg")),
    ("media/roofs.jpg", include_bytes!("../../fixtures/demo/media/roofs.jpg")),
    ("media/threads.jpg", include_bytes!("../../fixtures/demo/media/threads.jpg")),
    ("media/wind-hills.jpg", include_bytes!("../../fixtures/demo/media/wind-hills.jpg")),
];

const FEEDS_TOML: &str = include_str!("../../fixtures/demo/feeds.toml");

/// What the demo's server serves.
#[derive(Clone)]
struct Stage {
    /// What stands for [`PLACEHOLDER`] in the feeds.
    base: Arc<str>,
    public: Arc<PathBuf>,
}

/// Runs the demo; returns the signal that ended it, if one did.
///
/// # Errors
/// Where the address or a directory cannot be used, or a source of the demo cannot be read.
pub async fn run(
    request: &Request,
    world: &World,
    mut stop: Stop,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Option<i32>, CommandError> {
    let address: SocketAddr = request
        .listen
        .parse()
        .ok()
        .filter(|address: &SocketAddr| address.ip().is_loopback())
        .ok_or_else(|| {
            CommandError::Usage(format!(
                "--listen {}: the demo is served on a loopback address such as 127.0.0.1:8080 only",
                request.listen
            ))
        })?;
    let failed = |what: &str, error: std::io::Error| {
        CommandError::Failed(format!(
            "{what} cannot be used: {error}; name another with --listen or --once"
        ))
    };
    let listener =
        TcpListener::bind(address).await.map_err(|error| failed(&request.listen, error))?;
    let here = listener.local_addr().map_err(|error| failed(&request.listen, error))?;
    let served = format!("http://{here}/");
    let shown = if request.once.is_some() { ONCE_URL.to_owned() } else { served.clone() };

    let work = Scratch::new(world)?;
    let public = request.once.clone().unwrap_or_else(|| work.0.join("public"));
    let stage = Stage { base: shown.as_str().into(), public: Arc::new(public.clone()) };
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve(listener, stage, ended));

    let config = demo_config(world, &work.0, &public, &served, &shown)?;
    if request.once.is_some() {
        write_media(world, &public)?;
    }
    let hold = Hold::open(&config, world)?;
    let fetch = commands::fetch::Request { init: true, ..commands::fetch::Request::default() };
    let report = commands::fetch::run(&fetch, &hold, &config, world, stop.clone(), &|_| {}).await?;
    if let Some(broken) = report.sources.iter().find_map(|source| source.error.as_ref()) {
        return Err(CommandError::Failed(format!("a source of the demo failed: {broken}")));
    }
    if let Some(failure) = report.publish_failures.first() {
        return Err(CommandError::Failed(failure.clone()));
    }
    let stopped = match &request.once {
        _ if report.stopped.is_some() => report.stopped,
        Some(directory) => {
            say(&format!(
                "{} sources, {} entries, {} stories: the wire is in {dir}. To see it with its pictures: \
                 python3 -m http.server --bind 127.0.0.1 --directory {dir} 8080, then {ONCE_URL}",
                report.polled,
                report.entries.new,
                report.stories.new,
                dir = directory.display()
            ));
            None
        }
        None => {
            say(&format!(
                "{} sources, {} entries, {} stories\n\nthe page:   {served}\nthe feeds:  {served}atom.xml  {served}rss.xml  {served}feed.json\n\nCtrl-C ends it.",
                report.polled, report.entries.new, report.stories.new,
            ));
            let _ = stop.wait_for(Option::is_some).await;
            *stop.borrow()
        }
    };
    drop(end);
    let _ = server.await;
    Ok(stopped)
}

/// The demo's feeds.toml for these addresses.
fn demo_config(
    world: &World,
    work: &Path,
    public: &Path,
    served: &str,
    shown: &str,
) -> Result<Config, CommandError> {
    let text = FEEDS_TOML.replace(PLACEHOLDER, shown);
    let file = work.join("feeds.toml");
    let mut config = config::parse(&text, &file, &BTreeMap::new())
        .map_err(|broken| CommandError::Config { broken, text: text.clone() })?;
    config.store.path = work.join("data");
    config.publish.path = public.to_owned();
    for source in &mut config.sources {
        // Outputs that are written once name an address that is the same at every run.
        let actual = source.url_as_written.replace(shown, served);
        let url = Url::parse(&actual).map_err(|error| CommandError::Failed(error.to_string()))?;
        source.location = Location::Web(url);
    }
    world
        .files
        .replace(&file, text.as_bytes(), Readers::Us)
        .map_err(|error| CommandError::Failed(format!("{}: {error}", file.display())))?;
    Ok(config)
}

/// The pictures that the feeds link to, beside the outputs, so that a page on the disk shows them
/// where it is served.
fn write_media(world: &World, public: &Path) -> Result<(), CommandError> {
    for (path, bytes) in BUNDLE.iter().filter(|(path, _)| path.starts_with("media/")) {
        let file = public.join(path);
        let written = file
            .parent()
            .map_or(Ok(()), |directory| world.files.create_directory(directory, Readers::Everyone))
            .and_then(|()| match world.files.read(&file) {
                Ok(there) if there == *bytes => Ok(()),
                _ => world.files.replace(&file, bytes, Readers::Everyone),
            });
        written.map_err(|error| CommandError::Failed(format!("{}: {error}", file.display())))?;
    }
    Ok(())
}

async fn serve(listener: TcpListener, stage: Stage, mut ended: watch::Receiver<()>) {
    let router = Router::new().fallback(answer).with_state(stage);
    let end = async move {
        // An error means that the other side is gone, which is the end as well.
        let _ = ended.changed().await;
    };
    tokio::select! {
        _ = axum::serve(listener, router).into_future() => {}
        () = end => {}
    }
}

async fn answer(State(stage): State<Stage>, request: HttpRequest) -> Answer {
    let path = request.uri().path();
    let name = path.trim_start_matches('/');
    if let Some((_, bytes)) = BUNDLE.iter().find(|(bundled, _)| *bundled == name) {
        let bytes = match std::str::from_utf8(bytes) {
            Ok(text) => text.replace(PLACEHOLDER, &stage.base).into_bytes(),
            Err(_) => bytes.to_vec(),
        };
        return answer_bytes(Path::new(name), bytes, request.method(), request.headers());
    }
    if name.starts_with("partners/") {
        return (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response();
    }
    answer_file(&stage.public, request.method(), path, request.headers()).await
}

/// A directory for the time of the demo.
struct Scratch(PathBuf);

impl Scratch {
    fn new(world: &World) -> Result<Self, CommandError> {
        let name = format!("samizdat-demo-{:016x}", world.random.next());
        let directory = std::env::temp_dir().join(name);
        world
            .files
            .create_directory(&directory, Readers::Us)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", directory.display())))?;
        Ok(Self(directory))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{BUNDLE, PLACEHOLDER};
    use std::path::Path;

    #[test]
    fn every_fixture_of_the_demo_is_bundled() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
        let mut found = Vec::new();
        for directory in std::fs::read_dir(&fixtures).unwrap().map(|entry| entry.unwrap().path()) {
            if directory.is_dir() {
                let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
                let above = if name == "media" { "" } else { "partners/" };
                for file in std::fs::read_dir(&directory).unwrap() {
                    let file = file.unwrap().file_name();
                    found.push(format!("{above}{name}/{}", file.to_str().unwrap()));
                }
            }
        }
        let mut bundled: Vec<&str> = BUNDLE.iter().map(|(path, _)| *path).collect();
        found.sort();
        bundled.sort_unstable();
        assert_eq!(found, bundled);
    }

    #[test]
    fn every_picture_that_a_fixture_names_is_bundled() {
        for (path, bytes) in BUNDLE {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            for part in text.split(PLACEHOLDER).skip(1) {
                let name: String = part
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || "/-._".contains(*c))
                    .collect();
                assert!(
                    BUNDLE.iter().any(|(bundled, _)| *bundled == name),
                    "{path} names {name}, which is not bundled"
                );
            }
        }
    }
}
