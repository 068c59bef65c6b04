//! Every table and key of feeds.toml, as data: the reader, the defaults, the warnings about keys
//! without effect, and what is generated for editors and for the manual all go by these rows.
//!
//! A key is added here first; `settings`, `sources` and `rules` then ask for it by name.

use Absent::{Default as Is, Nothing, Required};
use Effect::{NotYet, Now};
use Form::*;

/// A table of feeds.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name; that of a table within another with a dot.
    pub name: &'static str,
    /// Whether it is written with two brackets, once for each thing.
    pub repeated: bool,
    /// What it is about.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// What holds where it is absent.
    pub absent: Absent,
    /// Whether it does something in this version.
    pub effect: Effect,
    /// What it means.
    pub doc: &'static str,
}

/// What holds where a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It must be there.
    Required,
    /// Nothing; the doc says what happens then.
    Nothing,
    /// This, as it would be written.
    Default(&'static str),
}

/// Whether a key does something in this version; what it says is checked all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It does.
    Now,
    /// It does not yet.
    NotYet,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Words.
    Text,
    /// A list of words or phrases.
    Texts,
    /// A short name.
    Id,
    /// A list of short names.
    Ids,
    /// true or false.
    Switch,
    /// A whole number between two others.
    Whole(i64, i64),
    /// A duration between two others, in seconds.
    Time(u64, u64),
    /// A number of bytes.
    Size,
    /// An http or https URL.
    Address,
    /// The URL, or the file, of a source.
    Origin,
    /// A mailto, http or https URL.
    Contact,
    /// A language tag.
    Language,
    /// A list of language tags.
    Languages,
    /// The name of a time zone.
    Zone,
    /// A CSS selector.
    Selector,
    /// A list of CSS selectors.
    Selectors,
    /// A strftime format of a date.
    DateFormat,
    /// Address and port to listen on.
    Listen,
    /// A list of address blocks.
    Networks,
    /// A list of host names.
    Hosts,
    /// A file or directory.
    File,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of some of these words.
    Choices(&'static [&'static str]),
    /// Words by language.
    ByLanguage,
    /// Request headers.
    Headers,
    /// A command with its arguments, or one https URL.
    Command,
}

const DAY: u64 = 24 * 60 * 60;
const YEAR: u64 = 365 * DAY;
const KINDS: &[&str] = &["feed", "page"];
const AMOUNTS: &[&str] = &["full", "excerpt", "link"];

/// Every table, in the order of the manual.
#[rustfmt::skip] // One row is one line.
pub const TABLES: &[Table] = &[
    Table { name: "site", repeated: false, doc: "What the wire is and where it will be reachable", keys: &[
        key("title", Text, Required, Now, "title of the wire"),
        key("url", Address, Required, Now, "where the outputs will be reachable"),
        key("description", Text, Nothing, Now, "what the wire is, in a sentence"),
        key("language", Language, Is("\"en\""), Now, "language of the page's own words"),
        key("editor", Text, Nothing, Now, "who edits the wire"),
        key("contact", Contact, Nothing, Now, "how to reach the editors; shown on about.html, to which the User-Agent points"),
        key("hub", Address, Nothing, Now, "WebSub hub to announce and to tell of news"),
    ] },
    Table { name: "fetch", repeated: false, doc: "How sources are polled", keys: &[
        key("interval", Time(1, YEAR), Is("\"1h\""), Now, "how often a source is polled that itself says nothing"),
        key("min_interval", Time(0, YEAR), Is("\"15m\""), Now, "never sooner, also by hand; lower it only where the partner agreed"),
        key("max_interval", Time(1, YEAR), Is("\"1d\""), Now, "cap of widening, back-off, ttl and max-age"),
        key("timeout", Time(1, DAY), Is("\"30s\""), Now, "for a whole request, from name lookup to last byte"),
        key("max_body", Size, Is("\"8MiB\""), Now, "most bytes of one answer, decoded"),
        key("concurrency", Whole(1, 1_000), Is("32"), Now, "sources at once; always one request at a time per host"),
        key("host_gap", Time(0, DAY), Is("\"1s\""), Now, "least time between two requests to one host"),
        key("alert_after", Time(0, YEAR), Is("\"1d\""), Now, "a source that fails longer than this is reported"),
        key("allow_private", Networks, Is("[]"), Now, "blocks of private addresses that may be polled"),
        key("proxy", Address, Nothing, Now, "the only proxy that is used; those of the environment are ignored"),
    ] },
    Table { name: "store", repeated: false, doc: "Where stories are kept", keys: &[
        key("path", File, Is("\"data\""), Now, "directory of the embedded store"),
        key("keep", Time(0, 100 * YEAR), Is("\"5y\""), Now, "how long full texts are kept; title, link, date and credits stay"),
        key("backups", Whole(0, 365), Is("3"), Now, "daily backups that are kept beside the store; 0 for none"),
    ] },
    Table { name: "publish", repeated: false, doc: "What is published, and where", keys: &[
        key("path", File, Is("\"public\""), Now, "directory of the static outputs"),
        key("window", Whole(1, 10_000), Is("100"), Now, "stories in a feed document"),
        key("backlog", Whole(0, 10_000), Is("10"), Now, "stories of a new source that are published at its first poll"),
        key("per", Choices(&["tag", "organisation", "language"]), Is("[\"tag\", \"organisation\", \"language\"]"), Now, "outputs made besides the one of everything"),
        key("theme", File, Nothing, NotYet, "directory of templates and styles that replace ours file by file"),
        key("images", Choice(&["link", "none"]), Is("\"link\""), Now, "whether pictures are linked"),
    ] },
    Table { name: "serve", repeated: false, doc: "The wire over HTTP", keys: &[
        key("listen", Listen, Is("\"127.0.0.1:8080\""), NotYet, "address and port of the public server"),
        key("admin", Listen, Is("\"127.0.0.1:8081\""), NotYet, "address and port of /status, /metrics, /healthz; \"\" for none"),
        key("alert", Command, Is("[]"), NotYet, "a command with its arguments, or one https URL: gets what cron would have mailed"),
    ] },
    Table { name: "source", repeated: true, doc: "A partner's feed or page", keys: &[
        key("id", Id, Required, Now, "stable short name"),
        key("was", Ids, Is("[]"), Now, "former ids, so that a rename keeps the history"),
        key("url", Origin, Required, Now, "http or https, or a file path relative to feeds.toml"),
        key("name", Text, Nothing, Now, "shown name; else the feed's own title"),
        key("organisation", Text, Nothing, Now, "who speaks; else the name"),
        key("site", Address, Nothing, Now, "the organisation's web site"),
        key("language", Language, Nothing, Now, "else what the feed says, else detected"),
        key("tags", Ids, Is("[]"), Now, "given to every story of this source"),
        key("enabled", Switch, Is("true"), Now, "whether it is polled"),
        key("note", Text, Nothing, Now, "why it is not enabled, and since when"),
        key("interval", Time(1, YEAR), Nothing, Now, "said here, it also holds for a source without validators"),
        key("min_interval", Time(0, YEAR), Nothing, Now, "for this source, instead of that of [fetch]"),
        key("max_interval", Time(1, YEAR), Nothing, Now, "for this source, instead of that of [fetch]"),
        key("timeout", Time(1, DAY), Nothing, Now, "for this source, instead of that of [fetch]"),
        key("max_body", Size, Nothing, Now, "for this source, instead of that of [fetch]"),
        key("headers", Headers, Is("{}"), Now, "request headers; secrets come from the environment as \"env:NAME\""),
        key("priority", Whole(-1_000_000, 1_000_000), Is("0"), Now, "which copy leads when several sources publish the same story; higher leads"),
        key("limit", Whole(0, 10_000), Nothing, Now, "most stories of this source in one window; 0 for no limit, else half of the window where there are several sources"),
        key("republish", Choice(AMOUNTS), Is("\"full\""), Now, "how much of what the source syndicates"),
        key("article", Switch, Is("false"), Now, "read the full text from the story's own page"),
        key("rights", Text, Nothing, Now, "licence or rights statement"),
        key("consent", Text, Nothing, Now, "who agreed, and when; shown by status and on the about page"),
        key("timezone", Zone, Nothing, Now, "for dates that name none"),
        key("include", Texts, Is("[]"), Now, "publish only entries in which one of these phrases occurs"),
        key("exclude", Texts, Is("[]"), Now, "do not publish entries in which one of these phrases occurs"),
        key("link_hosts", Hosts, Is("[]"), NotYet, "hosts that entries may link to, others are held"),
        key("kind", Choice(KINDS), Is("\"feed\""), Now, "whether a feed or an HTML page is read"),
    ] },
    Table { name: "source.select", repeated: false, doc: "How a page is read: CSS selectors", keys: &[
        key("item", Selector, Nothing, Now, "one element for each entry"),
        key("title", Selector, Nothing, Now, "title within the item"),
        key("link", Selector, Nothing, Now, "link within the item"),
        key("summary", Selector, Nothing, Now, "summary within the item"),
        key("date", Selector, Nothing, Now, "date within the item"),
        key("date_format", DateFormat, Nothing, Now, "when there is no machine-readable datetime attribute"),
        key("image", Selector, Nothing, Now, "image within the item"),
        key("content", Selector, Nothing, Now, "content on the story's own page, with article = true"),
        key("drop", Selectors, Is("[]"), Now, "removed from content"),
        key("min_items", Whole(0, 1_000), Is("1"), Now, "fewer is an error: the page has changed"),
    ] },
    Table { name: "organisation", repeated: true, doc: "More about an organisation than its name", keys: &[
        key("id", Id, Nothing, Now, "used in output paths; else made from the name"),
        key("name", Text, Required, Now, "the name that sources give as their organisation"),
        key("site", Address, Nothing, Now, "its web site"),
        key("logo", File, Nothing, Now, "its logo: a PNG, JPEG, GIF, WebP or SVG file beside feeds.toml"),
        key("was", Ids, Is("[]"), Now, "former ids"),
    ] },
    Table { name: "tag", repeated: true, doc: "A topic", keys: &[
        key("id", Id, Required, Now, "used in output paths"),
        key("name", Text, Nothing, Now, "shown name; else the id"),
        key("names", ByLanguage, Is("{}"), Now, "names in other languages"),
        key("match", Texts, Is("[]"), Now, "phrases that give the tag: whole words, in any case, with or without accents"),
        key("not", Texts, Is("[]"), Now, "phrases in which a match does not count"),
        key("categories", Texts, Is("[]"), Now, "categories of the sources that mean this tag"),
        key("was", Ids, Is("[]"), Now, "former ids"),
    ] },
    Table { name: "output", repeated: true, doc: "A merged feed besides those that [publish] per makes", keys: &[
        key("id", Id, Required, Now, "used in output paths"),
        key("title", Text, Nothing, Now, "shown title; else the id"),
        key("tags", Ids, Is("[]"), Now, "stories with any of these tags"),
        key("languages", Languages, Is("[]"), Now, "stories in any of these languages; with editions = \"prefer\" a preference, the first before the second"),
        key("sources", Ids, Is("[]"), Now, "stories of any of these sources"),
        key("organisations", Ids, Is("[]"), Now, "stories of any of these organisations"),
        key("include", Texts, Is("[]"), Now, "only stories in which one of these phrases occurs"),
        key("exclude", Texts, Is("[]"), Now, "no stories in which one of these phrases occurs"),
        key("content", Choice(AMOUNTS), Is("\"full\""), Now, "how much is shown; never more than the source's republish"),
        key("editions", Choice(&["all", "prefer"]), Is("\"all\""), Now, "all of them, or one edition of each story"),
        key("formats", Choices(&["rss", "atom", "json", "html"]), Is("[\"rss\", \"atom\", \"json\", \"html\"]"), Now, "formats that are written"),
        key("window", Whole(1, 10_000), Nothing, Now, "stories in a feed document; else as in [publish]"),
        key("was", Ids, Is("[]"), Now, "former ids"),
    ] },
    Table { name: "decision", repeated: true, doc: "An editor's decision, in the reviewed file instead of by command", keys: &[
        key("story", Text, Required, Now, "any link of the story, or its id"),
        key("do", Choice(&["hide", "approve", "tag", "untag", "join", "split"]), Required, Now, "what is done with it"),
        key("with", Text, Nothing, Now, "the tag, or the other story"),
        key("note", Text, Nothing, Now, "why, and since when"),
    ] },
];

const fn key(
    name: &'static str,
    form: Form,
    absent: Absent,
    effect: Effect,
    doc: &'static str,
) -> Key {
    Key { name, form, absent, effect, doc }
}

/// The table of this name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// Its key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The table within it that is written under this name.
    pub fn inner(&self, name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| {
            table.name.split_once('.').is_some_and(|(outer, key)| outer == self.name && key == name)
        })
    }

    /// Names of its keys and of the tables within it.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let outer = self.name;
        let inner = TABLES.iter().filter_map(move |table| {
            table.name.split_once('.').filter(|(of, _)| *of == outer).map(|(_, name)| name)
        });
        self.keys.iter().map(|key| key.name).chain(inner)
    }

    /// How its header is written.
    pub fn header(&self) -> String {
        if self.repeated { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    /// Whether anything in it does something in this version.
    pub fn has_effect(&self) -> bool {
        self.keys.iter().any(|key| key.effect != Effect::NotYet)
    }
}
