//! What was discovered and what was imported, in words.

use super::{count, line, printable};
use crate::commands::{discover, import, opml};

pub(in crate::cli) fn discovered(report: &discover::Report, is_added: bool) -> String {
    let mut text = String::new();
    if let Some(error) = &report.error {
        text.push_str(&format!("{}: {}\n", line(&report.document), line(error)));
        return text;
    }
    for feed in &report.feeds {
        text.push_str(&feed_line(feed));
    }
    for failed in &report.failed {
        text.push_str(&format!("{}: not a feed: {}\n", line(&failed.url), line(&failed.error)));
    }
    if report.left_out > 0 {
        let more = count(report.left_out as u64, "more link", "more links");
        text.push_str(&format!("{more} of the page were not asked\n"));
    }
    if report.places > 0 {
        let asked = count(report.places as u64, "common place was", "common places were");
        text.push_str(&format!("{asked} asked\n"));
    }
    for (number, proposal) in report.proposals.iter().enumerate() {
        text.push_str(&proposed(number, proposal));
    }
    if let Some(added) = &report.added {
        text.push_str(&format!(
            "\nadded to feeds.toml, line {}: source `{}`, {}\n",
            added.line,
            line(&added.id),
            line(&added.url)
        ));
        let others = report.feeds.iter().filter(|feed| feed.url != added.url).count();
        if others > 0 {
            let others = count(others as u64, "other feed", "other feeds");
            text.push_str(&format!("{others} listed above, not added\n"));
        }
    } else if !report.is_fruitful() {
        let comments = if report.feeds.is_empty() { "no feed" } else { "no feed but of comments" };
        let tail = if is_added { "; nothing was written" } else { "" };
        text.push_str(&format!(
            "{}: {comments} was found, and no block of the page that looks like a list of news{tail}; name a page that lists them\n",
            line(&report.document)
        ));
    }
    text
}

fn feed_line(feed: &discover::Feed) -> String {
    let kind = match feed.kind {
        discover::FeedKind::Posts => "posts   ",
        discover::FeedKind::Podcast => "podcast ",
        discover::FeedKind::Comments => "comments",
    };
    let format = feed.format.map(|format| format!("{format:?}").to_lowercase());
    let mut facts = vec![format.unwrap_or_else(|| "not asked".to_owned())];
    if let Some(entries) = feed.entries {
        facts.push(count(entries as u64, "entry", "entries"));
    }
    if let Some(newest) = feed.newest.as_deref().and_then(|date| date.get(..10)) {
        facts.push(format!("newest {newest}"));
    }
    let place = match feed.found {
        discover::Found::Place => ", at a common place",
        _ => "",
    };
    format!(
        "{kind}  {}\n          {}, {}{place}\n",
        line(&feed.url),
        line(feed.title.as_deref().unwrap_or("(no title)")),
        facts.join(", ")
    )
}

fn proposed(number: usize, proposal: &discover::Proposed) -> String {
    let beginning = if number == 0 {
        "no feed was found; this block of the page could be read in its place"
    } else {
        "or this one"
    };
    let mut text = format!(
        "\n{beginning} ({}, because: {}):\n",
        count(proposal.items as u64, "item", "items"),
        line(&proposal.reasons.join("; "))
    );
    for title in &proposal.titles {
        text.push_str(&format!("  - {}\n", line(title)));
    }
    text.push('\n');
    text.push_str(&printable(&proposal.toml));
    text
}

pub(in crate::cli) fn imported(report: &opml::Report) -> String {
    let mut text = lines(&report.sources, report.dry_run);
    text.push_str(&counts(report.added, report.known, report.skipped, report.dry_run));
    text
}

/// What came of the configuration of another program.
pub(in crate::cli) fn converted(report: &import::Report, feeds_toml: &str) -> String {
    let mut text = lines(&report.sources, report.dry_run);
    text.push_str(&counts(report.added, report.known, report.skipped, report.dry_run));
    if report.is_new && !report.dry_run {
        text.push_str(&format!(
            "{} was made; `samizdat check` looks through it, `samizdat fetch` polls its sources\n",
            line(feeds_toml)
        ));
    }
    text
}

/// What feeds.toml has no place for.
pub(in crate::cli) fn not_carried(report: &import::Report, file: &str) -> String {
    let mut text = String::new();
    for left in &report.not_carried {
        let times = match left.times {
            1 => String::new(),
            more => format!(" ({more} times)"),
        };
        text.push_str(&format!(
            "{}:{}: {}{times} was not carried over: {}\n",
            line(file),
            left.line,
            line(&left.what),
            line(&left.advice)
        ));
    }
    text
}

fn lines(sources: &[opml::Line], is_dry: bool) -> String {
    let mut text = String::new();
    for source in sources {
        let outcome = match source.outcome {
            opml::Outcome::Added if is_dry => "would be added",
            opml::Outcome::Added => "added",
            opml::Outcome::Known => "already there",
            opml::Outcome::Skipped => "skipped",
        };
        // What has no address is known by its name.
        let address = match (source.url.as_str(), source.name.as_deref()) {
            ("", Some(name)) => name,
            (address, _) => address,
        };
        let id = source.id.as_deref().map(|id| format!(" as `{id}`")).unwrap_or_default();
        let reason = source.reason.as_deref().map(|reason| format!(": {reason}"));
        text.push_str(&format!(
            "{outcome}{}  {}{}\n",
            line(&id),
            line(address),
            line(&reason.unwrap_or_default())
        ));
    }
    text
}

fn counts(added: usize, known: usize, skipped: usize, is_dry: bool) -> String {
    let outcome = if is_dry { "would be added" } else { "added" };
    let added = count(added as u64, "source", "sources");
    format!("{added} {outcome}, {known} already there, {skipped} skipped\n")
}
