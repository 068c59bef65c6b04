//! Why a document could not be read, in sentences for maintainers.
//!
//! A refusal changes nothing but the poll record (DESIGN rule 2), so each message says what the
//! server sent and what to look at. Nothing of the document but a web page's title is quoted.

/// Why [`super::feed`], [`super::page()`] or [`super::article()`] read nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No bytes, or only white space.
    #[error(
        "the source answered with an empty document; open its url in a browser and ask the \
         organisation if it stays empty"
    )]
    Empty,
    /// An HTML page: a moved feed, a maintenance page, a challenge by a bot wall.
    #[error(
        "the source answered with a web page{} instead of a feed; the feed may have moved, or the \
         site shows a log-in, maintenance or are-you-human page (Cloudflare, captcha): open the \
         url in a browser, and look on the site for the address of its feed", titled(.title.as_deref())
    )]
    WebPage {
        /// The page's title, shortened; hostile text.
        title: Option<String>,
    },
    /// Something that is no feed at all.
    #[error("the source answered with {what} instead of a feed; check its url in feeds.toml")]
    NotAFeed {
        /// What it is, with its article: "a PDF".
        what: &'static str,
    },
    /// The document ends early; none of it is used, for a cut feed looks like items removed.
    #[error(
        "the document ends in the middle; nothing of it was used and the next poll tries again; if \
         this stays, the server cuts its feed short: ask the organisation"
    )]
    Truncated,
    /// Damage that no repair could mend.
    #[error(
        "the feed is damaged at line {line}, column {column} ({what}) and could not be repaired; \
         ask the organisation to run it through https://validator.w3.org/feed/"
    )]
    Malformed {
        /// Line of the decoded text, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// Elements or brackets nested beyond reason.
    #[error(
        "the document nests its elements more than {limit} deep, which no feed does; it was not \
         read further"
    )]
    TooDeep {
        /// The limit that was passed.
        limit: usize,
    },
    /// More of something than any feed has.
    #[error("the document holds {what}, which no feed does; it was not read further")]
    TooLarge {
        /// What there was too much of.
        what: &'static str,
    },
    /// Entries are there, but in a form that nobody reads; not the same as an empty feed.
    #[error(
        "the document holds entries, but none of them could be read; please report its url as a \
         defect of Samizdat"
    )]
    NoEntries,
    /// Something that is no web page, where one is to be read.
    #[error("the source answered with {what} instead of a web page; check its url in feeds.toml")]
    NotAPage {
        /// What it is, with its article: "a PDF".
        what: &'static str,
    },
    /// A page with more elements than any has that people read.
    #[error("the page has more than {limit} elements; it was not read further")]
    PageTooLarge {
        /// The limit that was passed.
        limit: usize,
    },
    /// A selector that is none; `config` refuses it before.
    #[error("`{name}` \"{written}\" is not a CSS selector: correct [source.select]")]
    Selector {
        /// Its key in `[source.select]`.
        name: &'static str,
        /// What stands there.
        written: String,
    },
    /// The selectors no longer find what they found when they were written.
    #[error(
        "{findings}; the page has changed, or the selectors are not right: compare them with the \
         page (`samizdat preview --saved SOURCE` shows what was different), and mend \
         [source.select]"
    )]
    PageChanged {
        /// Which selector found nothing, and what each of the others found on the page.
        findings: String,
    },
    /// A page on which no article could be found.
    #[error(
        "no article was found on the page{}; name its place with `content` in [source.select]",
        titled(.title.as_deref())
    )]
    NoArticle {
        /// The page's title, shortened; hostile text.
        title: Option<String>,
    },
}

impl ReadError {
    /// The same for the maintainers of the source `id`; `site` is where its feed can be looked for.
    pub fn of_source(&self, id: &str, site: Option<&str>) -> String {
        match (self, site) {
            (Self::WebPage { title }, Some(site)) => format!(
                "the source answered with a web page{} instead of a feed; it may have moved: open its \
                 url in a browser, in case it shows a log-in, maintenance or are-you-human page \
                 (Cloudflare, captcha), and run `samizdat discover {site}`",
                titled(title.as_deref())
            ),
            (Self::PageChanged { .. }, _) => {
                self.to_string().replace("--saved SOURCE", &format!("--saved {id}"))
            }
            _ => self.to_string(),
        }
    }

    /// Whether it is a file of another kind, which will be no page another time either. Words without markup
    /// may be those of a server that is being mended.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::NotAPage { what } if !["plain text", "JSON"].contains(what))
    }

    /// The same for somebody who named a document that may be no source: what it is, and what can be done
    /// with it.
    pub fn of_document(&self) -> String {
        match self {
            Self::Empty => "the document is empty; open it in a browser".to_owned(),
            Self::WebPage { title } => format!(
                "this is a web page{} and no feed; `samizdat discover` finds the feed of its site or \
                 proposes selectors for it, `samizdat preview --article` reads it as an article",
                titled(title.as_deref())
            ),
            Self::NotAFeed { what } if what.starts_with("an OPML") => {
                "this is a list of feeds (OPML) and no feed; `samizdat opml import` takes its feeds \
                 into feeds.toml"
                    .to_owned()
            }
            Self::NotAFeed { what } => format!(
                "this is {} and no feed; name a feed (RSS, Atom, JSON Feed) or a web page",
                what.trim_end_matches(',')
            ),
            Self::NotAPage { what } => {
                format!("this is {} and no web page", what.trim_end_matches(','))
            }
            Self::NoArticle { title } => format!(
                "no article was found on the page{}; where it is of a source, `content` in its \
                 [source.select] names the place, and `--as SOURCE` reads it so",
                titled(title.as_deref())
            ),
            other => other.to_string(),
        }
    }
}

fn titled(title: Option<&str>) -> String {
    title.map_or_else(String::new, |title| format!(" (“{title}”)"))
}

/// Line and column, both from 1, of a byte offset in `text`.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (line.saturating_add(1), column.saturating_add(1))
}
