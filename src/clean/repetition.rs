//! What repeats from article to article of a source: newsletter lines, share boxes, calls for
//! donations, the note about the author.
//!
//! It stands here and not in `read` because it looks at safe HTML, as the text of a feed is too,
//! and because it needs what only the store knows: the blocks of the source's other articles.
//! [`Repetition`] is that knowledge, small enough to be kept with the source: for each language
//! the fingerprints of the last [`WINDOW`] articles' blocks. A block goes if it stood in at least
//! [`MIN_ARTICLES`] other articles and in more than half of the recent ones.
//!
//! What stays whatever repeats: headings whose section stays, what stands in a quotation, a
//! second occurrence that the other articles do not have (an article about the newsletter may
//! quote its line), and everything where next to nothing would be left: then the source's
//! articles are alike, and it is the rest that is odd.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::html;
use super::markup::{self, Token};
use super::text;

/// Articles of one language that are remembered, the newest.
pub const WINDOW: usize = 10;

/// A block of fewer other articles is no boilerplate.
pub const MIN_ARTICLES: u32 = 3;

/// Languages of one source that are remembered.
const MAX_LANGUAGES: usize = 12;

/// Blocks that are remembered for one language.
const MAX_BLOCKS: usize = 1000;

/// Blocks of one article that are remembered: boilerplate stands near its ends.
const MAX_OF_ARTICLE: usize = 120;

/// Of an article's letters at least one in so many stays.
const MIN_REST: usize = 4;

/// A line in a report is cut to this many characters.
const MAX_LINE: usize = 200;

/// Elements that are blocks. Of these only what holds no other is compared.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "figure",
    "table",
    "details",
];

/// Blocks that are compared as a whole.
const WHOLE: &[&str] = &["table", "figure", "pre", "details"];

/// What is known of the articles of one source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Repetition {
    languages: BTreeMap<String, Window>,
}

/// The last articles of one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Window {
    /// Names of the articles, hashed, the newest first.
    articles: Vec<u64>,
    /// In which of them each block stood: one bit for each, the lowest for the newest.
    blocks: BTreeMap<u64, u32>,
}

/// An article without what repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// Safe HTML.
    pub html: String,
    /// The words of the blocks that were removed.
    pub removed: Vec<String>,
    /// What is known now, this article included.
    pub known: Repetition,
}

/// Removes from safe HTML what repeats. `article` names the story (its identity), so that one
/// that is read again is not taken for another; `language` is its tag, or empty.
pub fn without_repetition(
    safe: &str,
    article: &str,
    language: &str,
    known: &Repetition,
) -> Cleaned {
    let blocks = blocks(safe);
    let mut known = known.clone();
    let window = known.window(language.split('-').next().unwrap_or_default());
    let place = window.place(article);
    let mut goes: Vec<bool> = blocks
        .iter()
        .map(|block| !block.is_quoted && window.repeats(block.fingerprint, place))
        .collect();
    window.remember(&blocks, place);
    keep_headings(&blocks, &mut goes);
    let letters = |kept: bool| -> usize {
        let blocks = blocks.iter().zip(&goes).filter(|(_, goes)| **goes != kept);
        blocks.map(|(block, _)| block.letters).fold(0, usize::saturating_add)
    };
    let (rest, gone) = (letters(true), letters(false));
    let is_too_much = rest == 0 || rest.saturating_mul(MIN_REST) < rest.saturating_add(gone);
    if is_too_much || !goes.contains(&true) {
        return Cleaned { html: safe.to_owned(), removed: Vec::new(), known };
    }
    let mut left = String::with_capacity(safe.len());
    let mut removed = Vec::new();
    let mut at = 0_usize;
    for (block, _) in blocks.iter().zip(&goes).filter(|(_, goes)| **goes) {
        left.push_str(safe.get(at..block.start).unwrap_or_default());
        at = at.max(block.end);
        removed.push(text::line(&block.words, MAX_LINE));
    }
    left.push_str(safe.get(at..).unwrap_or_default());
    Cleaned { html: without_shells(&left), removed, known }
}

/// Sanitising takes back the elements that are empty now. All URLs are absolute already.
fn without_shells(left: &str) -> String {
    match Url::parse("https://invalid.invalid/") {
        Ok(nowhere) => html::sanitise(left, &nowhere),
        Err(_) => left.to_owned(),
    }
}

impl Repetition {
    /// As [`Repetition::kept`] gave it; what another version kept in other words is learnt anew.
    pub fn of_kept(kept: Option<&str>) -> Self {
        kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
    }

    /// As the store keeps it.
    pub fn kept(&self) -> String {
        // Maps of numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn window(&mut self, language: &str) -> &mut Window {
        if !self.languages.contains_key(language) && self.languages.len() >= MAX_LANGUAGES {
            // The one of which least is known.
            let least = self.languages.iter().min_by_key(|(_, window)| window.articles.len());
            if let Some(least) = least.map(|(language, _)| language.clone()) {
                self.languages.remove(&least);
            }
        }
        self.languages.entry(language.to_owned()).or_default()
    }
}

impl Window {
    /// The bit of an article; room is made for one that is new.
    fn place(&mut self, article: &str) -> u32 {
        let name = xxh3_64(article.as_bytes());
        if let Some(at) = self.articles.iter().position(|known| *known == name) {
            return bit(at);
        }
        self.articles.insert(0, name);
        self.articles.truncate(WINDOW);
        let all = bit(WINDOW).wrapping_sub(1);
        for mask in self.blocks.values_mut() {
            *mask = mask.wrapping_shl(1) & all;
        }
        self.blocks.retain(|_, mask| *mask != 0);
        bit(0)
    }

    fn repeats(&self, fingerprint: u64, place: u32) -> bool {
        let mask = self.blocks.get(&fingerprint).copied().unwrap_or_default() & !place;
        let others = u32::try_from(self.articles.len()).unwrap_or_default().saturating_sub(1);
        let count = mask.count_ones();
        count >= MIN_ARTICLES && count.saturating_mul(2) > others
    }

    fn remember(&mut self, blocks: &[Block], place: u32) {
        // What an earlier reading of this article had does not count twice.
        for mask in self.blocks.values_mut() {
            *mask &= !place;
        }
        let head = MAX_OF_ARTICLE / 3;
        let tail = blocks.len().saturating_sub(MAX_OF_ARTICLE.saturating_sub(head));
        for (_, block) in blocks.iter().enumerate().filter(|(at, _)| *at < head || *at >= tail) {
            let mask = self.blocks.entry(block.fingerprint).or_default();
            *mask |= place;
        }
        self.blocks.retain(|_, mask| *mask != 0);
        if self.blocks.len() > MAX_BLOCKS {
            // Those that stood in one article only, long ago, say least.
            let mut order: Vec<(u32, std::cmp::Reverse<u32>, u64)> = self
                .blocks
                .iter()
                .map(|(block, mask)| {
                    (mask.count_ones(), std::cmp::Reverse(mask.trailing_zeros()), *block)
                })
                .collect();
            order.sort_unstable();
            let spare = self.blocks.len().saturating_sub(MAX_BLOCKS);
            for (_, _, block) in order.into_iter().take(spare) {
                self.blocks.remove(&block);
            }
        }
    }
}

fn bit(at: usize) -> u32 {
    u32::try_from(at).ok().and_then(|at| 1_u32.checked_shl(at)).unwrap_or_default()
}

/// A heading goes only with all that stands below it.
fn keep_headings(blocks: &[Block], goes: &mut [bool]) {
    let mut section_goes = true;
    let mut is_empty = true;
    for (block, goes) in blocks.iter().zip(goes.iter_mut()).rev() {
        if block.is_heading {
            *goes &= section_goes && !is_empty;
            (section_goes, is_empty) = (true, true);
        } else {
            section_goes &= *goes;
            is_empty = false;
        }
    }
}

/// A block with no other in it.
#[derive(Debug)]
struct Block {
    start: usize,
    end: usize,
    words: String,
    letters: usize,
    fingerprint: u64,
    is_heading: bool,
    is_quoted: bool,
}

/// An element that is open.
struct Open {
    name: String,
    start: usize,
    has_blocks: bool,
    picture: Option<String>,
}

/// The blocks of safe HTML, in order. Linear: the words of each are read once.
fn blocks(safe: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut quotes = 0_usize;
    let mut wholes = 0_usize;
    let mut tokens = markup::tokens(safe);
    loop {
        let start = tokens.offset(safe);
        let Some(token) = tokens.next() else { break };
        match token {
            Token::Start { name, attributes } => {
                if name == "img"
                    && let Some(block) = open.last_mut()
                {
                    block.picture = attributes.get("src").map(|src| src.into_owned());
                }
                if !BLOCKS.contains(&name.as_ref()) {
                    continue;
                }
                if wholes == 0
                    && let Some(around) = open.last_mut()
                {
                    around.has_blocks = true;
                }
                quotes = quotes.saturating_add(usize::from(name == "blockquote"));
                wholes = wholes.saturating_add(usize::from(WHOLE.contains(&name.as_ref())));
                open.push(Open {
                    name: name.into_owned(),
                    start,
                    has_blocks: false,
                    picture: None,
                });
            }
            Token::End { name } if BLOCKS.contains(&name.as_ref()) => {
                if open.last().is_none_or(|last| last.name != name) {
                    continue;
                }
                let Some(block) = open.pop() else { continue };
                let is_quoted = quotes > 0;
                quotes = quotes.saturating_sub(usize::from(name == "blockquote"));
                wholes = wholes.saturating_sub(usize::from(WHOLE.contains(&name.as_ref())));
                if wholes > 0 || block.has_blocks {
                    continue;
                }
                let end = tokens.offset(safe);
                found.extend(of(safe, &block, end, is_quoted));
            }
            _ => {}
        }
    }
    number(&mut found);
    found
}

fn of(safe: &str, block: &Open, end: usize, is_quoted: bool) -> Option<Block> {
    let words = text::from_html(safe.get(block.start..end)?);
    let folded: String =
        words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let named = match (&block.picture, folded.is_empty()) {
        // A row of stars says nothing, and a picture without words is its address.
        (None, true) => return None,
        (Some(picture), true) => picture.as_str(),
        _ => folded.as_str(),
    };
    Some(Block {
        start: block.start,
        end,
        letters: folded.chars().count(),
        fingerprint: xxh3_64(named.as_bytes()),
        is_heading: matches!(block.name.as_str(), "h2" | "h3" | "h4" | "h5" | "h6"),
        words,
        is_quoted,
    })
}

/// Tells blocks of the same words apart, counted from the end: the last is the one that the
/// template appended.
fn number(blocks: &mut [Block]) {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    for block in blocks.iter_mut().rev() {
        let count = seen.entry(block.fingerprint).or_default();
        let bytes = [block.fingerprint.to_le_bytes(), count.to_le_bytes()].concat();
        *count = count.saturating_add(1);
        block.fingerprint = xxh3_64(&bytes);
    }
}

#[cfg(test)]
mod tests;
