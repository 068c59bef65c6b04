//! What the partners of a season do: of each kind there are several, each with a memory of its own
//! and with faults by chance.

use chrono::{DateTime, TimeDelta, Utc};
use samizdat::world::Random;

/// How a partner's server behaves when nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ETag and Last-Modified.
    Both,
    /// ETag alone.
    Tagged,
    /// Last-Modified alone.
    Dated,
    /// No validators.
    Bare,
    /// No validators, and an interval of its own in feeds.toml.
    BareOften,
    /// New validators for the same body.
    Touched,
    /// New validators with each 304.
    Renewed,
    /// 304 without validators.
    Silent,
    /// Leaves out Last-Modified now and then.
    Dropping,
    /// Cache-Control: max-age, with an Age.
    Fresh,
    /// Expires.
    Expiring,
    /// Cache-Control: no-cache.
    Uncached,
    /// `<ttl>`.
    Paced,
    /// `<skipHours>`.
    Nightly,
    /// 301 to another path.
    Moved,
    /// 302 to another host.
    Elsewhere,
    /// 308, and 307 from there.
    Twice,
    /// Validators that no library would write.
    Odd,
    /// 410 from some day on.
    Leaving,
    /// A page that robots.txt allows.
    Page,
    /// A page that robots.txt forbids.
    Forbidden,
    /// Writes its answer in two pieces; now and then only the first comes.
    Slow,
    /// Named by two sources.
    Twins,
    /// `sy:updatePeriod`.
    Daily,
    /// Polled every two hours.
    Quick,
}

pub(crate) const KINDS: [Kind; 25] = [
    Kind::Both,
    Kind::Tagged,
    Kind::Dated,
    Kind::Bare,
    Kind::BareOften,
    Kind::Touched,
    Kind::Renewed,
    Kind::Silent,
    Kind::Dropping,
    Kind::Fresh,
    Kind::Expiring,
    Kind::Uncached,
    Kind::Paced,
    Kind::Nightly,
    Kind::Moved,
    Kind::Elsewhere,
    Kind::Twice,
    Kind::Odd,
    Kind::Leaving,
    Kind::Page,
    Kind::Forbidden,
    Kind::Slow,
    Kind::Twins,
    Kind::Daily,
    Kind::Quick,
];

/// When the server wants to be asked again, in its own words.
#[derive(Debug, Clone, Copy)]
enum Wait {
    Seconds(i64),
    Date(i64),
    Unnamed,
    Nonsense,
}

/// What is wrong for a while.
#[derive(Debug, Clone, Copy)]
enum Fault {
    TooMany(Wait),
    Unavailable(Wait),
    Error,
    NotFound,
    Refused,
    Reset,
    Cut,
    WebPage,
    Empty,
    Loop,
    NeverModified,
}

/// A partner's server, as far as one source of it goes.
pub(crate) struct Partner {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    entries: u32,
    version: u32,
    changed: DateTime<Utc>,
    has_date: bool,
    fault: Option<(Fault, DateTime<Utc>)>,
    leaves: DateTime<Utc>,
}

/// An answer as it is written and as it is logged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// Status code; 0 where the connection is closed without a word.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Whether the body is a document that can be used, all of it.
    pub(crate) is_usable: bool,
    /// Whether only a half of the body comes.
    pub(crate) is_cut: bool,
    /// Whether nothing more comes until the client leaves.
    pub(crate) hangs: bool,
}

impl Given {
    fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn below(random: &Random, n: u64) -> u64 {
    random.next() % n
}

impl Partner {
    pub(crate) fn new(number: usize, begin: DateTime<Utc>, random: &Random) -> Self {
        let days = 20 + i64::try_from(below(random, 40)).unwrap();
        Self {
            number,
            kind: KINDS[number % KINDS.len()],
            entries: 5,
            version: 1,
            changed: begin - TimeDelta::days(1),
            has_date: true,
            fault: None,
            leaves: begin + TimeDelta::days(days),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("/s{}/{name}", self.number)
    }

    /// What feeds.toml says of it.
    pub(crate) fn in_feeds_toml(&self, url: &str) -> String {
        let n = self.number;
        let more = match self.kind {
            Kind::BareOften => "interval = \"6h\"\n",
            Kind::Quick => "interval = \"2h\"\n",
            Kind::Slow => "interval = \"12h\"\ntimeout = \"1s\"\n",
            Kind::Page | Kind::Forbidden => {
                "kind = \"page\"\n[source.select]\nitem = \"article\"\ntitle = \"h2\"\nlink = \"h2 a\"\n"
            }
            _ => "",
        };
        let twin = if self.kind == Kind::Twins {
            format!("[[source]]\nid = \"s{n}-again\"\nurl = \"{url}\"\n")
        } else {
            String::new()
        };
        format!("[[source]]\nid = \"s{n}\"\nurl = \"{url}\"\n{more}{twin}")
    }

    fn etag(&self) -> Option<String> {
        let (n, version) = (self.number, self.version);
        match self.kind {
            Kind::Dated | Kind::Bare | Kind::BareOften | Kind::Slow => None,
            Kind::Odd => Some(format!("{n}.{version} not quoted")),
            _ if n.is_multiple_of(2) => Some(format!("W/\"{n} {version}\"")),
            _ => Some(format!("\"{n}-{version}\"")),
        }
    }

    fn last_modified(&self) -> Option<String> {
        match self.kind {
            Kind::Tagged | Kind::Bare | Kind::BareOften | Kind::Slow => None,
            Kind::Dropping if !self.has_date => None,
            Kind::Odd => Some(format!("{} or so", self.changed.timestamp())),
            _ => Some(http_date(self.changed)),
        }
    }

    /// Answers a request at `path`; `base` is its own server, `other` that of its neighbour.
    pub(crate) fn answer(
        &mut self,
        path: &str,
        sent: (Option<&str>, Option<&str>),
        base: &str,
        other: &str,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Given {
        let given = self.found(path, sent, base, other, now, random);
        given.with("Date", http_date(now))
    }

    fn found(
        &mut self,
        path: &str,
        sent: (Option<&str>, Option<&str>),
        base: &str,
        other: &str,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Given {
        let name = path.rsplit('/').next().unwrap_or_default();
        if name == "loop" {
            return Given::of(302).with("Location", self.path("loop"));
        }
        if name == "feed" {
            if self.kind == Kind::Leaving && now >= self.leaves {
                return Given::of(410);
            }
            self.live(now, random);
            if let Some((fault, _)) = self.fault.filter(|(_, until)| *until > now) {
                return self.faulty(fault, sent, now);
            }
        }
        match (self.kind, name) {
            (Kind::Moved, "feed") => Given::of(301).with("Location", self.path("new")),
            (Kind::Elsewhere, "feed") => {
                Given::of(302).with("Location", format!("{other}{}", self.path("new")))
            }
            (Kind::Twice, "feed") => Given::of(308).with("Location", self.path("next")),
            (Kind::Twice, "next") => {
                Given::of(307).with("Location", format!("{base}{}", self.path("new")))
            }
            _ => self.document(sent, now, random),
        }
    }

    /// What happened since it was asked last.
    fn live(&mut self, now: DateTime<Utc>, random: &Random) {
        if below(random, 100) < 12 {
            self.entries += 1;
            self.version += 1;
            self.changed = now - TimeDelta::minutes(5);
            self.has_date = below(random, 3) > 0;
        } else if self.kind == Kind::Touched && below(random, 3) == 0 {
            self.version += 1;
            self.changed = now;
        }
        if self.fault.is_some_and(|(_, until)| until > now) || below(random, 100) >= 4 {
            return;
        }
        let hours = [1, 1, 6, 30, 100][usize::try_from(below(random, 5)).unwrap()];
        let wait = match below(random, 4) {
            0 => Wait::Seconds(3600 * (1 + i64::try_from(below(random, 72)).unwrap())),
            1 => Wait::Date(3600 * (1 + i64::try_from(below(random, 72)).unwrap())),
            2 => Wait::Unnamed,
            _ => Wait::Nonsense,
        };
        let fault = match below(random, 11) {
            0 => Fault::TooMany(wait),
            1 => Fault::Unavailable(wait),
            2 => Fault::Error,
            3 => Fault::NotFound,
            4 => Fault::Refused,
            5 => Fault::Reset,
            6 => Fault::Cut,
            7 => Fault::WebPage,
            8 => Fault::Empty,
            9 => Fault::Loop,
            _ => Fault::NeverModified,
        };
        self.fault = Some((fault, now + TimeDelta::hours(hours)));
    }

    fn faulty(
        &self,
        fault: Fault,
        sent: (Option<&str>, Option<&str>),
        now: DateTime<Utc>,
    ) -> Given {
        let waiting = |given: Given, wait| match wait {
            Wait::Seconds(seconds) => given.with("Retry-After", seconds.to_string()),
            Wait::Date(seconds) => {
                given.with("Retry-After", http_date(now + TimeDelta::seconds(seconds)))
            }
            Wait::Unnamed => given,
            Wait::Nonsense => given.with("Retry-After", "-5"),
        };
        // What goes wrong has validators as well: they belong to nothing that is of use.
        let broken = |body: &str| Given {
            body: body.to_owned(),
            ..Given::of(200)
                .with("ETag", format!("\"broken-{}\"", self.number))
                .with("Last-Modified", http_date(now))
                .with("Cache-Control", "max-age=60")
        };
        match fault {
            Fault::TooMany(wait) => waiting(Given::of(429), wait),
            Fault::Unavailable(wait) => waiting(Given::of(503), wait),
            Fault::Error => Given::of(500),
            Fault::NotFound => Given::of(404),
            Fault::Refused => Given::of(if self.number.is_multiple_of(2) { 403 } else { 401 }),
            Fault::Reset => Given::of(0),
            Fault::Cut => Given { is_cut: true, ..broken(&self.body()) },
            Fault::WebPage => broken("<!doctype html><title>Back soon</title><p>We are updating."),
            Fault::Empty => broken(""),
            Fault::Loop => Given::of(302).with("Location", self.path("loop")),
            Fault::NeverModified if sent == (None, None) => {
                Given::of(304).with("ETag", "\"never-asked\"")
            }
            Fault::NeverModified => Given::of(502),
        }
    }

    fn document(
        &mut self,
        sent: (Option<&str>, Option<&str>),
        now: DateTime<Utc>,
        random: &Random,
    ) -> Given {
        let (etag, date) = (self.etag(), self.last_modified());
        // If-None-Match decides alone where it is there (RFC 9110 §13.2.2).
        let is_known = match sent {
            (Some(sent), _) => etag.as_deref() == Some(sent),
            (None, Some(sent)) => date.as_deref() == Some(sent),
            (None, None) => false,
        };
        let mut given = Given::of(if is_known { 304 } else { 200 });
        given = match self.kind {
            Kind::Fresh => given.with("Cache-Control", "public, max-age=72000").with("Age", "3600"),
            Kind::Expiring => given.with("Expires", http_date(now + TimeDelta::hours(16))),
            Kind::Uncached => given.with("Cache-Control", "no-cache, max-age=90000"),
            _ => given,
        };
        if is_known && self.kind == Kind::Silent {
            return given;
        }
        if is_known && self.kind == Kind::Renewed {
            self.version += 1;
        }
        for (name, value) in [("ETag", self.etag()), ("Last-Modified", date)] {
            if let Some(value) = value {
                given = given.with(name, value);
            }
        }
        if is_known {
            return given;
        }
        let hangs = self.kind == Kind::Slow && below(random, 150) == 0;
        Given { body: self.body(), is_usable: !hangs, hangs, ..given }
    }

    fn body(&self) -> String {
        let n = self.number;
        let numbers = self.entries - 4..=self.entries;
        if matches!(self.kind, Kind::Page | Kind::Forbidden) {
            let items = numbers.rev().map(|entry| {
                format!("<article><h2><a href=\"/s{n}/{entry}\">Statement {entry} of {n}</a></h2></article>")
            });
            return format!(
                "<!doctype html><title>News</title><main>{}</main>",
                items.collect::<String>()
            );
        }
        let hints = match self.kind {
            Kind::Paced => "<ttl>900</ttl>".to_owned(),
            Kind::Daily => {
                "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>"
                    .to_owned()
            }
            Kind::Nightly => {
                let hours = (0..6).map(|hour| format!("<hour>{hour}</hour>")).collect::<String>();
                format!("<skipHours>{hours}</skipHours>")
            }
            _ => String::new(),
        };
        let items = numbers.rev().map(|entry| {
            format!("<item><title>Statement {entry} of partner {n}</title><link>https://p{n}.example/{entry}/</link><guid isPermaLink=\"false\">p{n}-{entry}</guid><description>Words {entry} of {n}.</description></item>")
        });
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel><title>Partner {n}</title><link>https://p{n}.example/</link><description/>{hints}{}</channel></rss>",
            items.collect::<String>()
        )
    }
}
