//! Namespaces: read by URI, not by prefix (H29), in every spelling that feeds use.

/// What a namespace means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::read) enum Space {
    /// No namespace: the words of the document's own format.
    Plain,
    Rss,
    Atom,
    /// Atom 0.3, which has some names of its own.
    OldAtom,
    Rdf,
    Content,
    Dc,
    DcTerms,
    Media,
    Itunes,
    Sy,
    Xhtml,
    Feedburner,
    Licence,
    /// RFC 5005, feed paging and archiving.
    History,
    /// RFC 6721, deleted entries.
    Tombstone,
    /// RFC 4685, threading.
    Thread,
    CommentApi,
    Slash,
    GeoRss,
    Geo,
    Podcast,
    Indexing,
    /// Known, and of no use to us.
    Other,
    Unknown,
}

/// Namespaces in the spelling that feed-rs knows or that their specification gives.
const KNOWN: &[(Space, &str)] = &[
    (Space::Rss, "http://purl.org/rss/1.0/"),
    (Space::Atom, "http://www.w3.org/2005/Atom"),
    (Space::OldAtom, "http://purl.org/atom/ns#"),
    (Space::Rdf, "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    (Space::Content, "http://purl.org/rss/1.0/modules/content/"),
    (Space::Dc, "http://purl.org/dc/elements/1.1/"),
    (Space::DcTerms, "http://purl.org/dc/terms/"),
    (Space::Media, "http://search.yahoo.com/mrss/"),
    (Space::Itunes, "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    (Space::Sy, "http://purl.org/rss/1.0/modules/syndication/"),
    (Space::Xhtml, "http://www.w3.org/1999/xhtml"),
    (Space::Feedburner, "http://rssnamespace.org/feedburner/ext/1.0"),
    (Space::Licence, "http://creativecommons.org/ns#"),
    (Space::History, "http://purl.org/syndication/history/1.0"),
    (Space::Tombstone, "http://purl.org/atompub/tombstones/1.0"),
    (Space::Thread, "http://purl.org/syndication/thread/1.0"),
    (Space::CommentApi, "http://wellformedweb.org/CommentAPI/"),
    (Space::Slash, "http://purl.org/rss/1.0/modules/slash/"),
    (Space::GeoRss, "http://www.georss.org/georss"),
    (Space::Geo, "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    (Space::Podcast, "https://podcastindex.org/namespace/1.0"),
    (Space::Indexing, "urn:atom-extension:indexing"),
];

/// Other spellings, as [`reduced`] gives them.
const SPELLINGS: &[(Space, &str)] = &[
    (Space::Rss, "my.netscape.com/rdf/simple/0.9"),
    (Space::Rss, "channel.netscape.com/rdf/simple/0.9"),
    (Space::Rss, "my.netscape.com/publish/formats/rss-0.9"),
    (Space::Rss, "backend.userland.com/rss"),
    (Space::Rss, "backend.userland.com/rss2"),
    (Space::Rss, "backend.userland.com/rss091"),
    (Space::Rss, "backend.userland.com/rss092"),
    (Space::Rss, "blogs.law.harvard.edu/tech/rss"),
    (Space::Rss, "cyber.law.harvard.edu/rss"),
    (Space::Rss, "cyber.law.harvard.edu/rss/rss.html"),
    (Space::Rss, "www.rssboard.org/rss-specification"),
    (Space::Rss, "purl.org/rss/2.0"),
    (Space::Atom, "w3.org/2005/atom"),
    (Space::Dc, "purl.org/dc/elements/1.0"),
    (Space::Media, "search.yahoo.com/mrss"),
    (Space::Media, "www.rssboard.org/media-rss"),
    (Space::Media, "video.search.yahoo.com/mrss"),
    (Space::Licence, "backend.userland.com/creativecommonsrssmodule"),
    (Space::Licence, "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html"),
    (Space::Licence, "web.resource.org/cc"),
    (Space::Podcast, "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"),
];

/// Prefixes that feeds use without declaring them.
const PREFIXES: &[(Space, &str)] = &[
    (Space::Atom, "atom"),
    (Space::Atom, "atom10"),
    (Space::Atom, "a10"),
    (Space::Rdf, "rdf"),
    (Space::Content, "content"),
    (Space::Dc, "dc"),
    (Space::DcTerms, "dcterms"),
    (Space::Media, "media"),
    (Space::Itunes, "itunes"),
    (Space::Sy, "sy"),
    (Space::Xhtml, "xhtml"),
    (Space::Feedburner, "feedburner"),
    (Space::Licence, "cc"),
    (Space::Licence, "creativeCommons"),
    (Space::Slash, "slash"),
    (Space::CommentApi, "wfw"),
    (Space::GeoRss, "georss"),
    (Space::Geo, "geo"),
    (Space::Thread, "thr"),
    (Space::Podcast, "podcast"),
    (Space::History, "fh"),
    (Space::Tombstone, "at"),
    (Space::Other, "googleplay"),
    (Space::Other, "admin"),
    (Space::Other, "trackback"),
];

impl Space {
    /// The meaning of a namespace URI.
    pub(in crate::read) fn of(uri: &str) -> Self {
        if uri.is_empty() {
            return Self::Plain;
        }
        let exact = KNOWN.iter().find(|(_, known)| *known == uri);
        if let Some((space, _)) = exact {
            return *space;
        }
        let short = reduced(uri);
        let same = |known: &&(Self, &str)| reduced(known.1) == short;
        KNOWN
            .iter()
            .find(same)
            .or_else(|| SPELLINGS.iter().find(|known| known.1 == short))
            .map_or(Self::Unknown, |known| known.0)
    }

    /// The meaning of a prefix that the document forgot to declare.
    pub(in crate::read) fn of_undeclared(prefix: &str) -> Self {
        PREFIXES
            .iter()
            .find(|(_, known)| *known == prefix)
            .map_or(Self::Unknown, |(space, _)| *space)
    }

    /// The URI by which feed-rs knows it.
    pub(in crate::read) fn uri(self) -> Option<&'static str> {
        let wanted = if self == Self::OldAtom { Self::Atom } else { self };
        KNOWN.iter().find(|(space, _)| *space == wanted).map(|(_, uri)| *uri)
    }
}

/// A URI without what its many spellings differ in: scheme, case, final `/` or `#`, white space.
fn reduced(uri: &str) -> String {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(&uri);
    uri.trim_end_matches(['/', '#']).to_owned()
}

/// The bindings that hold at a place of a document.
#[derive(Default)]
pub(super) struct Scopes {
    /// Depth at which it was declared, prefix, meaning. Searched from its end.
    bindings: Vec<(usize, String, Space)>,
}

/// More bindings than this at one place are no feed; the search stays short.
const MAX_BINDINGS: usize = 128;

impl Scopes {
    /// Notes a declaration on an element at `depth`; false when there are too many.
    pub(super) fn declare(&mut self, depth: usize, prefix: &str, space: Space) -> bool {
        self.bindings.push((depth, prefix.to_owned(), space));
        self.bindings.len() <= MAX_BINDINGS
    }

    /// Forgets what was declared deeper than `depth`.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|(declared, ..)| *declared > depth) {
            self.bindings.pop();
        }
    }

    /// The meaning of a prefix; `None` where nobody declared it.
    pub(super) fn find(&self, prefix: &str) -> Option<Space> {
        let bound = self.bindings.iter().rev().find(|(_, known, _)| known == prefix);
        bound.map(|(_, _, space)| *space).or(if prefix.is_empty() {
            Some(Space::Plain)
        } else {
            None
        })
    }
}
