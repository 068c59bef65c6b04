//! The page's own words, in the language that the maintainers chose for it, and its dates.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::Serialize;

/// The words of a page. A language that has none yet gets the English ones, and the page says so
/// in its `lang`.
#[derive(Serialize)]
pub(super) struct Words {
    /// Language tag of these words.
    pub(super) language: &'static str,
    skip: &'static str,
    latest: &'static str,
    pub(super) browse: &'static str,
    subscribe: &'static str,
    subscribe_how: &'static str,
    pub(super) topics: &'static str,
    pub(super) organisations: &'static str,
    pub(super) languages: &'static str,
    pub(super) selections: &'static str,
    pub(super) topic: &'static str,
    pub(super) organisation: &'static str,
    pub(super) in_language: &'static str,
    pub(super) selection: &'static str,
    moved: &'static str,
    how_read: &'static str,
    reading: &'static str,
    not_read: &'static str,
    removal: &'static str,
    removal_how: &'static str,
    write_to: &'static str,
    removal_more: &'static str,
    all_stories: &'static str,
    all_of_them: &'static str,
    by: &'static str,
    read_at: &'static str,
    also_in: &'static str,
    also_by: &'static str,
    source: &'static str,
    pub(super) audio: &'static str,
    pub(super) video: &'static str,
    pub(super) picture: &'static str,
    pub(super) file: &'static str,
    empty: &'static str,
    credit: &'static str,
    about: &'static str,
    sources_opml: &'static str,
    outputs_opml: &'static str,
    #[serde(skip)]
    months: [&'static str; 12],
    /// Between day and month, and between month and year.
    #[serde(skip)]
    joints: (&'static str, &'static str),
}

const ENGLISH: Words = Words {
    language: "en",
    skip: "Skip to the stories",
    latest: "Latest story:",
    browse: "Topics, organisations, languages",
    subscribe: "Subscribe",
    subscribe_how: "Put one of these addresses into your feed reader, and new stories come to you.",
    topics: "Topics",
    organisations: "Organisations",
    languages: "Languages",
    selections: "Selections",
    topic: "Topic",
    organisation: "Organisation",
    in_language: "Language",
    selection: "Selection",
    moved: "This page has another address now:",
    how_read: "How we read it, and removal",
    reading: "How we read it",
    not_read: "It is not read any more. What it published until then is still here.",
    removal: "To have something removed",
    removal_how: "If a text of yours is here and should not be, tell us, and we take it away without argument; the same holds for everything of a source.",
    write_to: "Write to",
    removal_more: "More about this wire",
    all_stories: "All stories",
    all_of_them: "All of them",
    by: "By",
    read_at: "Read at",
    also_in: "Also in",
    also_by: "Also published by",
    source: "From",
    audio: "Audio",
    video: "Video",
    picture: "Picture",
    file: "File",
    empty: "Nothing has been published here yet. New stories will appear as our partners publish them.",
    credit: "Every story belongs to those who published it; its title leads to their page.",
    about: "About, contact, removal",
    sources_opml: "Sources (OPML)",
    outputs_opml: "All feeds (OPML)",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    joints: (" ", " "),
};

impl Words {
    /// The words for a language tag.
    pub(super) fn of(tag: &str) -> &'static Self {
        static ALL: &[Words] = &[ENGLISH];
        let primary = tag.split('-').next().unwrap_or(tag);
        ALL.iter().find(|words| words.language == primary).unwrap_or(&ENGLISH)
    }

    /// A date in these words, such as "14 February 2024".
    pub(super) fn date(&self, time: DateTime<Utc>) -> Date {
        let month = usize::try_from(time.month0()).ok().and_then(|month| self.months.get(month));
        let (before, after) = self.joints;
        Date {
            machine: time.to_rfc3339_opts(SecondsFormat::Secs, true),
            shown: format!(
                "{}{before}{}{after}{}",
                time.day(),
                month.copied().unwrap_or_default(),
                time.year()
            ),
        }
    }
}

/// A date for people and for machines.
#[derive(Serialize)]
pub(super) struct Date {
    machine: String,
    shown: String,
}
