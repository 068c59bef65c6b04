//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use url::Url;

/// Reads the feeds of partner organisations and publishes them as one wire.
#[derive(Debug, Parser)]
#[command(
    name = "samizdat",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  samizdat demo                 see it all, with invented organisations\n  samizdat check                look through feeds.toml\n  samizdat fetch                poll what is due, publish what is new (for cron)\n  samizdat status               how each source is doing"
)]
pub(super) struct Arguments {
    /// The list of sources
    #[arg(long, global = true, default_value = "feeds.toml", value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Directory of the store, instead of `[store] path`
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Directory of the outputs, instead of `[publish] path`
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) public: Option<PathBuf>,
    /// Say more; twice for every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// How messages are written on standard error: for people, or one object a line
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(super) log_format: LogFormat,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    // Without help of their own, which would spread all options over two lines each.
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Poll the sources that are due, store what is new, publish what changed
    #[command(
        after_help = "Examples:\n  samizdat fetch                all sources that are due\n  samizdat fetch --now diem25   one source, whatever the schedule says\n\nExit codes: 0 done; 1 outputs could not be written; 2 usage or feeds.toml is\nwrong; 3 a source has failed for longer than alert_after, or with --strict any\nsource; 4 the store is damaged, unreadable or unwritable; 75 the store is in\nuse"
    )]
    Fetch(FetchArguments),
    /// Render the outputs from the store, without polling
    #[command(after_help = "Example:\n  samizdat publish --public /var/www/wire")]
    Publish {
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Check feeds.toml
    #[command(
        after_help = "Examples:\n  samizdat check --config new-feeds.toml\n  samizdat check --online       ask every source, and show what would come in\n  samizdat check --diff         show what an edited file would do to the stories\n  samizdat check --schema > feeds.schema.json\n\n--online stores and publishes nothing. It leaves alone what was polled within\nmin_interval and what asked for it, and sends no secret: sources whose url or\nheaders have values of the environment are passed over without --with-secrets,\nso that a pull request cannot have them sent elsewhere.\n\nA feeds.toml that begins with the line `#:schema feeds.schema.json` is then\nchecked and completed by editors that know TOML (taplo, Even Better TOML).\n\nExit codes: 0 it can be used; 2 it has errors; with --online 3 a source does\nnot answer and has failed for longer than alert_after, or with --strict any"
    )]
    Check(CheckArguments),
    /// List the stories
    #[command(
        after_help = "Examples:\n  samizdat list --tag peace --since 2w\n  samizdat list --json --search housing\n  samizdat list --hidden    what editors hide, or sources exclude"
    )]
    List(ListArguments),
    /// Show how each source is doing, what is wrong and what to do
    #[command(
        after_help = "Examples:\n  samizdat status --json\n  samizdat status --politeness   how partners' servers would rate us"
    )]
    Status {
        /// Our own score instead: requests, validators, and gaps, from the poll records
        #[arg(long)]
        politeness: bool,
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Show how feeds are read: the entries, what was repaired, what was dropped
    #[command(
        after_help = "Examples:\n  samizdat preview https://diem25.org/feed/\n  samizdat preview --base-url https://partner.example/ saved.xml\n  samizdat preview --article https://partner.example/a-statement/\n  samizdat preview --as tni https://www.tni.org/en/latest\n  samizdat preview --saved tni    what changed in its page since the last poll\n\nExit codes: 0 all could be read; 1 one could not"
    )]
    Preview(PreviewArguments),
    /// Find the feeds of a site, or propose selectors for its page
    #[command(
        after_help = "Examples:\n  samizdat discover https://diem25.org/\n  samizdat discover --add https://partner.example/news\n  samizdat discover --base-url https://partner.example/news saved.html\n\nThe page's own links are asked first; common places (such as /feed/, at most\n12) only where those gave no feed. Of a FILE nothing is asked. --add takes the\nfirst feed of posts, and keeps everything in feeds.toml as it is.\n\nExit codes: 0 something was found; 1 nothing was, or the page could not be had;\n2 usage or feeds.toml is wrong, or has the url already; nothing was written"
    )]
    Discover(DiscoverArguments),
    /// Take sources from a list of feeds (OPML), or give them as one
    #[command(
        after_help = "Examples:\n  samizdat opml import --dry-run partners.opml\n  samizdat opml import partners.opml\n  samizdat opml export > sources.opml"
    )]
    Opml {
        #[command(subcommand)]
        what: OpmlCommand,
    },
    /// Show why a story is here as it is, or what is known of a link that is no story's
    #[command(
        after_help = "Examples:\n  samizdat explain 1204\n  samizdat explain https://partner.example/a-statement/\n\nExit codes: 0 it is a story; 2 there is no such story, and the result says what\n  is known"
    )]
    Explain {
        /// A story (a number, a link, or an id), or any link
        #[arg(value_name = "STORY-or-URL")]
        name: String,
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Take stories out of the outputs, without forgetting them
    #[command(
        after_help = "Example:\n  samizdat hide --note \"asked by the partner, 2026-11-02\" 1204\n\nA STORY is named by the number that `samizdat list` shows, by any link of it, or\nby its id. It stays hidden when its source edits it. `unhide` brings it back to\nwhere it was; `takedown` is for what must be gone for good."
    )]
    Hide(StoriesArguments),
    /// Show hidden stories again: under the same id, with the same dates, in the same place
    #[command(after_help = "Example:\n  samizdat unhide 1204")]
    Unhide(StoriesArguments),
    /// Give tags to stories, or take tags from them, whatever the rules say
    #[command(
        after_help = "Examples:\n  samizdat tag 1204 +peace -housing\n  samizdat tag --note \"it is about the port\" 1204 1207 +labour\n\n+TAG gives a tag, -TAG takes it; options stand before the first story. What an\neditor says of a tag holds when the story is edited and when the rules of\nfeeds.toml change."
    )]
    Tag(TagArguments),
    /// Remove text for good: from the outputs at once, and from the files of the store
    #[command(
        after_help = "Examples:\n  samizdat takedown --note \"letter of 2 November\" 1204\n  samizdat takedown diem25          all of a source, which is polled no more\n  samizdat takedown --lift diem25   has it polled again; what is gone stays gone\n\nThe text does not come back, whoever gives it again. Backups still hold it: the\nresult names those beside the store. Remove them, and after restoring one of\nthem take the text down again. Until the command returns, the store needs twice\nits place on the disk."
    )]
    Takedown(TakedownArguments),
    /// Rewrite the store, whose files only grow
    #[command(
        after_help = "Example:\n  samizdat compact\n\nWhile it runs, the store needs twice its place on the disk."
    )]
    Compact {
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Turn the configuration of Planet, Venus, Pluto or rsspls into feeds.toml
    #[command(
        after_help = "Examples:\n  samizdat import --dry-run planet.ini\n  samizdat import planet.ini\n  samizdat import --config pages.toml ~/.config/rsspls/feeds.toml\n\nA feeds.toml is made where there is none; to one that is there the sources are\nadded, and everything in it stays as it is. What has no place in feeds.toml is\nnamed with its line and with what to do about it. Nothing that the file names is\nread or run.\n\nExit codes: 0 done; 2 the file or feeds.toml is wrong, nothing was written"
    )]
    Import(ImportArguments),
    /// Write the whole store into one file, also while it is in use
    #[command(
        after_help = "Example:\n  samizdat backup /mnt/safe/wire.jsonl.gz\n\nAn earlier backup there is replaced when the new one is complete; anything else\nstays, and that is an error. The file is gzip: zcat shows it.\nDaily backups are kept in backups/ beside the store by themselves ([store]\nbackups)."
    )]
    Backup {
        /// The file, for example wire.jsonl.gz
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Put a store in the place of a damaged, lost or unwanted one
    #[command(
        after_help = "Examples:\n  samizdat restore data/backups/2026-11-02T0607Z.jsonl.gz\n  samizdat restore --from-outputs\n\nWhat the outputs show and the backup lacks is added to it. The store that was\nthere is kept beside the new one; the result says where."
    )]
    Restore(RestoreArguments),
    /// See everything: invented organisations, the wire made of them, no partner's server touched
    #[command(
        after_help = "Examples:\n  samizdat demo                 serves the wire until Ctrl-C\n  samizdat demo --once wire     writes it into a directory and ends"
    )]
    Demo {
        /// Write the outputs into DIR and end
        #[arg(long, value_name = "DIR")]
        once: Option<PathBuf>,
        /// Loopback address and port to serve on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
        listen: String,
    },
    /// Print completions of commands and options for a shell
    #[command(
        after_help = "Examples:\n  samizdat completions bash > /etc/bash_completion.d/samizdat\n  samizdat completions fish > ~/.config/fish/completions/samizdat.fish\n  samizdat completions zsh > /usr/local/share/zsh/site-functions/_samizdat"
    )]
    Completions {
        /// The shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(
        after_help = "Examples:\n  samizdat man | man -l -\n  samizdat man > /usr/local/share/man/man1/samizdat.1"
    )]
    Man,
}

#[derive(Debug, Args)]
pub(super) struct FetchArguments {
    /// Ids of sources; all without any
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<String>,
    /// Ignore the schedule, but neither min_interval nor what a server asked for
    #[arg(long)]
    pub(super) now: bool,
    /// Start a new store although outputs of an earlier one are there
    #[arg(long)]
    pub(super) init: bool,
    /// Store without publishing
    #[arg(long)]
    pub(super) no_publish: bool,
    /// Show what would be stored, and store only when each source is due again
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Exit with 3 when any source failed
    #[arg(long)]
    pub(super) strict: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Also ask every source once, politely; nothing is stored or published
    #[arg(long)]
    pub(super) online: bool,
    /// Also ask sources whose url or headers have values of the environment
    #[arg(long, requires = "online")]
    pub(super) with_secrets: bool,
    /// Exit with 3 when any source that was asked failed
    #[arg(long, requires = "online")]
    pub(super) strict: bool,
    /// Also show what the file would do to the stories that are known: with what they have now, or with
    /// what the rules of OLD.toml give them
    #[arg(long, value_name = "OLD.toml", num_args = 0..=1)]
    pub(super) diff: Option<Option<PathBuf>>,
    /// Print the JSON schema of feeds.toml, for editors; nothing is checked
    #[arg(long, conflicts_with_all = ["json", "online", "diff"])]
    pub(super) schema: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum OpmlCommand {
    /// Add the feeds of a list to feeds.toml, and keep everything in it as it is
    #[command(
        after_help = "Example:\n  samizdat opml import --dry-run partners.opml\n\nNothing is written where the list or the result could not be used. A list of\nmore than 1000 feeds is refused.\n\nExit codes: 0 done; 2 the list or feeds.toml is wrong, nothing was written"
    )]
    Import {
        /// The list
        #[arg(value_name = "FILE")]
        file: String,
        /// Show what would be added, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Machine-readable result
        #[arg(long)]
        json: bool,
    },
    /// Print the sources of feeds.toml as OPML 2.0
    #[command(
        after_help = "Example:\n  samizdat opml export > sources.opml\n\nDisabled sources are in it as comments (isComment), and the selectors of pages\nin attributes of our own, so that `opml import` brings both back. What else\nfeeds.toml says of a source (tags, interval, republish, consent and so on) is\nnot in it, nor are sources that are files."
    )]
    Export,
}

#[derive(Debug, Args)]
pub(super) struct DiscoverArguments {
    /// A page of the site, or a file with a saved one
    #[arg(value_name = "URL-or-FILE")]
    pub(super) document: String,
    /// What relative links of a file are resolved against
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<Url>,
    /// Write what was found into feeds.toml, as a [[source]]
    #[arg(long)]
    pub(super) add: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// planet.ini, config.ini, or the feeds.toml of rsspls
    #[arg(value_name = "FILE")]
    pub(super) file: String,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct StoriesArguments {
    /// Stories: a number, a link, or an id
    #[arg(required = true, value_name = "STORY")]
    pub(super) stories: Vec<String>,
    /// Why; kept with the decision
    #[arg(long, value_name = "WORDS")]
    pub(super) note: Option<String>,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TakedownArguments {
    /// Stories (a number, a link, or an id), or ids of sources
    #[arg(required = true, value_name = "STORY-or-SOURCE")]
    pub(super) names: Vec<String>,
    /// Why; kept with the decision
    #[arg(long, value_name = "WORDS")]
    pub(super) note: Option<String>,
    /// Have sources polled again that were taken down
    #[arg(long, conflicts_with = "note")]
    pub(super) lift: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TagArguments {
    /// Why; kept with the decision
    #[arg(long, value_name = "WORDS")]
    pub(super) note: Option<String>,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
    /// Stories, then +TAG and -TAG
    #[arg(required = true, num_args = 2.., allow_hyphen_values = true, value_name = "STORY-and-TAG")]
    pub(super) words: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// A backup
    #[arg(value_name = "FILE", required_unless_present = "from_outputs")]
    pub(super) file: Option<PathBuf>,
    /// From our own published files, when nothing else is left
    #[arg(long, conflicts_with = "file")]
    pub(super) from_outputs: bool,
    /// Machine-readable result
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Stories with this tag
    #[arg(long, value_name = "ID")]
    pub(super) tag: Option<String>,
    /// Stories of this source
    #[arg(long, value_name = "ID")]
    pub(super) source: Option<String>,
    /// Stories of this organisation, by id or name
    #[arg(long, value_name = "ID")]
    pub(super) organisation: Option<String>,
    /// Stories in this language
    #[arg(long, value_name = "CODE")]
    pub(super) language: Option<String>,
    /// Stories published since a date or for a time: 2026-11-02, 36h, 2w
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<String>,
    /// Stories in which these words occur
    #[arg(long, value_name = "WORDS")]
    pub(super) search: Option<String>,
    /// Instead of the stories that are out those that editors hide, or sources exclude
    #[arg(long)]
    pub(super) hidden: bool,
    /// Most stories; without it the newest 50, with --json all
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Machine-readable result, one story a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PreviewArguments {
    /// Files or URLs of feeds, pages, or articles
    #[arg(required_unless_present = "saved", value_name = "FILE-or-URL")]
    pub(super) documents: Vec<String>,
    /// Content-Type that files count as
    #[arg(long, value_name = "TYPE")]
    pub(super) content_type: Option<String>,
    /// What relative links of files are resolved against
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<Url>,
    /// Read each as an article's own page
    #[arg(long)]
    pub(super) article: bool,
    /// Read each as this source of feeds.toml is read: with its selectors and its time zone
    #[arg(long = "as", value_name = "SOURCE")]
    pub(super) source: Option<String>,
    /// Show what has changed in the page of this source since its last good copy, and what its selectors
    /// find now and found then
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["documents", "source", "article"])]
    pub(super) saved: Option<String>,
    /// Machine-readable result, one document a line
    #[arg(long)]
    pub(super) json: bool,
}

/// The whole command line, for tests that compare it with what is documented.
pub fn command() -> clap::Command {
    Arguments::command()
}
