//! Asking a site for its feeds.
//!
//! The page's own links come first. Common places are guesses, so they are asked only where those
//! gave nothing but comments, one after the other, and no more once a feed is found. What counts as a
//! feed is what `fetch` would read.

use url::Url;

use super::{Failed, Feed, Found, Proposed, Report};
use crate::commands::document::{self, Document};
use crate::commands::{CommandError, time};
use crate::config::{NewSource, block};
use crate::fetch::{self, Client, Named};
use crate::model::{CleanDocument, Kind, defect, id_from_name, shown_url};
use crate::read::{Announced, Announcement, Announcements, Proposal};
use crate::{clean, read};

/// Links of a page that are asked. These are no guesses, but one request each all the same.
const MOST_ASKED: usize = 12;

/// What the bytes of a document are.
enum Looked {
    Feed(Box<CleanDocument>),
    Page(Box<Announcements>, Box<Document>),
    Neither(String),
}

/// Looks at a document, where deep markup has room.
async fn look(document: Document) -> Looked {
    let looking = tokio::task::spawn_blocking(move || {
        let input = input(&document);
        match read::feed(&input) {
            Ok(raw) => Looked::Feed(Box::new(clean::document(raw, &document.base))),
            Err(refused @ (read::ReadError::WebPage { .. } | read::ReadError::NotAFeed { .. })) => {
                match read::announced(&input) {
                    Ok(found) if matches!(refused, read::ReadError::WebPage { .. }) => {
                        Looked::Page(Box::new(found), Box::new(document))
                    }
                    // What a page is too large for is told of the page.
                    Err(refused @ read::ReadError::PageTooLarge { .. }) => {
                        Looked::Neither(refused.of_document())
                    }
                    _ => Looked::Neither(refused.of_document()),
                }
            }
            Err(refused) => Looked::Neither(refused.of_document()),
        }
    });
    looking.await.unwrap_or_else(|_| Looked::Neither(defect("reading it", "the document")))
}

fn input(document: &Document) -> read::Input<'_> {
    read::Input {
        bytes: &document.bytes,
        content_type: document.content_type.as_deref(),
        base: &document.base,
        zone: None,
    }
}

/// A saved page: nothing is asked, so what it names is shown as it names it.
///
/// # Errors
/// Where nobody says at which address the page is.
pub(super) async fn saved(
    page: Document,
    has_address: bool,
    report: &mut Report,
) -> Result<(), CommandError> {
    match look(page).await {
        Looked::Page(..) if !has_address => {
            return Err(CommandError::Usage(format!(
                "{} is a saved page, which does not say where it was; give its address by --base-url \
                 https://…, or name the address in the place of the file",
                report.document
            )));
        }
        Looked::Feed(feed) => {
            let words = "this is a feed itself; `samizdat preview` shows how it is read";
            report.error = Some(feed.title.map_or(words.to_owned(), |t| format!("{t}: {words}")));
        }
        Looked::Page(found, page) => {
            report.feeds = found.feeds.iter().map(unasked).collect();
            if !report.is_fruitful() {
                report.proposals = propose(*page, &found).await;
            }
        }
        Looked::Neither(error) => report.error = Some(error),
    }
    Ok(())
}

fn unasked(announced: &Announced) -> Feed {
    Feed {
        url: shown_url(announced.url.as_str()),
        found: found_by(announced),
        kind: announced.kind,
        format: None,
        title: announced.title.clone(),
        language: None,
        entries: None,
        newest: None,
        source: None,
    }
}

fn found_by(announced: &Announced) -> Found {
    match announced.by {
        Announcement::Head => Found::Link,
        Announcement::Body => Found::Body,
    }
}

/// Why a place is no feed.
struct NoFeed {
    why: String,
    /// Whether its host wants silence, or has nothing to say.
    wants_silence: bool,
    /// Whether anything was asked for at all.
    is_asked: bool,
}

impl NoFeed {
    /// What came is something else.
    fn read(why: String) -> Self {
        Self { why, wants_silence: false, is_asked: true }
    }
}

/// A search of one site, with one client, so that the manners of its hosts hold throughout.
pub(super) struct Search<'a> {
    pub(super) client: Client,
    pub(super) settings: fetch::Settings,
    pub(super) report: &'a mut Report,
}

impl Search<'_> {
    pub(super) async fn site(&mut self, given: &str) -> Result<(), String> {
        let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
        let request = document::request(url.clone(), Named::ByUs, &self.settings, true);
        let answer = document::download(&request, &self.client).await;
        let answer = answer.map_err(|error| error.of_document())?;
        let address = answer.base.clone();
        let named = Named::ByDocument { of: Some(url) };
        let (found, page) = match look(answer).await {
            Looked::Feed(document) => {
                self.report.feeds.push(feed(&address, None, Found::Itself, *document));
                return Ok(());
            }
            Looked::Page(found, page) => (found, page),
            Looked::Neither(error) => return Err(error),
        };
        let mut asked: Vec<Url> = vec![address.clone()];
        let mut silent: Vec<String> = Vec::new();
        for announced in found.feeds.iter().take(MOST_ASKED) {
            asked.push(announced.url.clone());
            let host = announced.url.host_str().unwrap_or_default().to_owned();
            if silent.contains(&host) {
                let url = shown_url(announced.url.as_str());
                let error =
                    "not asked, since its host gave no answer before, or wants silence".to_owned();
                self.report.failed.push(Failed { url, error });
                continue;
            }
            // What the site announces is a feed like any that `fetch` polls; other links are guesses.
            let is_guess = announced.by == Announcement::Body;
            let title = announced.title.as_deref();
            let asked =
                self.ask(&announced.url, &named, title, found_by(announced), is_guess).await;
            if let Err(NoFeed { why, wants_silence, .. }) = asked {
                if wants_silence {
                    silent.push(host);
                }
                self.failed(&announced.url, why);
            }
        }
        self.report.left_out = found.feeds.len().saturating_sub(MOST_ASKED);
        if !self.report.is_fruitful() {
            self.places(&address, &named, &found, &asked).await;
        }
        if !self.report.is_fruitful() {
            self.report.proposals = propose(*page, &found).await;
        }
        Ok(())
    }

    /// Asks the common places, until one is a feed or the host wants silence.
    async fn places(&mut self, address: &Url, named: &Named, found: &Announcements, asked: &[Url]) {
        let places = read::common_places(address, found.generator.as_deref());
        let mut refused = None;
        for place in places.iter().filter(|place| !asked.contains(place)) {
            let asked = self.ask(place, named, None, Found::Place, true).await;
            let is_asked = asked.as_ref().err().is_none_or(|no_feed| no_feed.is_asked);
            self.report.places = self.report.places.saturating_add(usize::from(is_asked));
            match asked {
                Err(NoFeed { why, wants_silence: true, .. }) => return self.failed(place, why),
                Err(NoFeed { why, is_asked: false, .. }) => {
                    refused.get_or_insert((place.clone(), why));
                }
                _ if self.report.is_fruitful() => return,
                _ => {}
            }
        }
        // Of places that may not be asked for the first one tells enough.
        if let Some((place, why)) = refused {
            self.failed(&place, why);
        }
    }

    fn failed(&mut self, url: &Url, error: String) {
        let url = shown_url(url.as_str());
        self.report.failed.push(Failed { url, error });
    }

    /// Asks for one feed.
    async fn ask(
        &mut self,
        url: &Url,
        named: &Named,
        title: Option<&str>,
        found: Found,
        is_guess: bool,
    ) -> Result<(), NoFeed> {
        let request = document::request(url.clone(), named.clone(), &self.settings, is_guess);
        let answer = document::download(&request, &self.client).await;
        let answer = answer.map_err(|error| {
            let has_answered = error.status.is_some() || error.is_disallowed;
            let wants_silence = !has_answered
                || error.silent_until.is_some()
                || matches!(error.status, Some(429 | 503));
            let is_asked = !error.is_disallowed && !error.is_unasked && !error.is_barred;
            NoFeed { why: error.of_document(), wants_silence, is_asked }
        })?;
        // A redirect within the site is its present address; one that leaves it is its own affair.
        let address =
            if answer.base.host() == url.host() { answer.base.clone() } else { url.clone() };
        let is_known = |known: &Feed| known.url == shown_url(address.as_str());
        if self.report.feeds.iter().any(is_known) {
            return Ok(());
        }
        match look(answer).await {
            Looked::Feed(document) => {
                self.report.feeds.push(feed(&address, title, found, *document));
                Ok(())
            }
            Looked::Page(..) => Err(NoFeed::read("it is a web page and no feed".to_owned())),
            Looked::Neither(error) => Err(NoFeed::read(error)),
        }
    }
}

fn feed(url: &Url, called: Option<&str>, found: Found, document: CleanDocument) -> Feed {
    let dates = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated));
    let source = NewSource {
        id: id_of_host(url),
        url: url.to_string(),
        name: document.title.clone(),
        site: document.site.clone(),
        ..NewSource::default()
    };
    Feed {
        url: shown_url(url.as_str()),
        found,
        kind: read::kind_of(url, called, &document),
        format: Some(document.format),
        entries: Some(document.entries.len()),
        newest: dates.max().map(time),
        title: document.title,
        language: document.language,
        source: Some(source),
    }
}

/// `diem25` for `https://www.diem25.org/feed/`; a host without a name has its number.
fn id_of_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("page").trim_start_matches("www.");
    match url.domain() {
        Some(_) => id_from_name(host.split('.').next().unwrap_or(host)),
        None => id_from_name(host),
    }
}

async fn propose(page: Document, found: &Announcements) -> Vec<Proposed> {
    let (title, url) = (found.title.clone(), page.base.clone());
    let proposing =
        tokio::task::spawn_blocking(move || read::propose(&input(&page)).unwrap_or_default());
    let proposals = proposing.await.unwrap_or_default();
    proposals.into_iter().map(|proposal| proposed(proposal, &url, title.clone())).collect()
}

fn proposed(proposal: Proposal, url: &Url, title: Option<String>) -> Proposed {
    let source = NewSource {
        id: id_of_host(url),
        url: url.to_string(),
        name: title,
        kind: Kind::Page,
        select: Some(proposal.select),
        ..NewSource::default()
    };
    Proposed {
        items: proposal.items,
        titles: proposal.titles,
        reasons: proposal.reasons,
        // What is shown may be mailed or pasted into a chat; `--add` writes the whole address.
        toml: block(&NewSource { url: shown_url(url.as_str()), ..source.clone() }),
        source,
    }
}
