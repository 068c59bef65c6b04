//! Writes allowed elements so that every parser builds the same tree from them.
//!
//! What breaks sanitisers is markup that one parser reads otherwise than the next: paragraphs in
//! paragraphs, links in links, text between table rows, elements nested deeper than a stack. So
//! nothing of the kind is written: every element is closed, blocks end paragraphs, list items
//! stand in lists, cells in rows, and depth and length are bounded. Elements without content are
//! taken back. Each step looks at no more than the open elements, of which there are at most
//! [`MAX_DEPTH`], so that the time is linear in the input.

mod tables;

use std::borrow::Cow;

use super::{MAX_CONTENT, allowed};
use crate::clean::text::Legible;
use crate::clean::work;

/// Elements that may be open at once; what is nested deeper keeps its text.
const MAX_DEPTH: usize = 100;

/// A cell needs a body, a row and itself inside its table.
const TABLE_DEPTH: usize = 4;

/// An element that was begun.
#[derive(Debug)]
struct Open {
    /// As the source calls it: its end tag closes the element.
    written: Cow<'static, str>,
    /// As it is published.
    name: &'static str,
    /// Where its start tag begins.
    start: usize,
    /// Where its start tag ends.
    inner: usize,
    /// It was begun by the source, but nothing is published of it but its content.
    phantom: bool,
    /// Something to read, see or hear is in it.
    content: bool,
    /// It has something to play.
    playable: bool,
}

/// Writes one document.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    stack: Vec<Open>,
    /// Bytes that the end tags of the open elements take.
    closing: usize,
    full: bool,
    content: bool,
}

impl Writer {
    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether an element of that name is open.
    pub(super) fn is_within(&self, name: &str) -> bool {
        self.stack.iter().any(|open| open.name == name && !open.phantom)
    }

    /// Everything closed; empty where there is nothing to read, see or hear.
    pub(super) fn finish(mut self) -> String {
        self.close_to(0);
        if !self.content {
            return String::new();
        }
        let out = legible_throughout(self.out);
        let mut html = out.as_str();
        loop {
            let trimmed = html.trim();
            let trimmed = trimmed.strip_prefix("&nbsp;").unwrap_or(trimmed);
            let trimmed = trimmed.strip_suffix("&nbsp;").unwrap_or(trimmed);
            if trimmed.len() == html.len() {
                return html.to_owned();
            }
            html = trimmed;
        }
    }

    /// Writes text whose character references are decoded.
    pub(super) fn text(&mut self, text: &str) {
        work::steps(text.len().saturating_add(self.stack.len()));
        let is_blank = text.chars().all(char::is_whitespace);
        if is_blank && (self.out.is_empty() || self.is_between_cells()) {
            return;
        }
        self.open_cell();
        let mut legible = Legible::default();
        let mut after_return = false;
        let mut rest = text;
        while !rest.is_empty() {
            let (run, after) = plain(rest);
            if !run.is_empty() {
                // The line break that `\r` stood for already.
                let run = if after_return { run.strip_prefix('\n').unwrap_or(run) } else { run };
                after_return = false;
                legible = Legible::default();
                rest = after;
                if !self.written(run) {
                    return;
                }
                continue;
            }
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { break };
            rest = chars.as_str();
            after_return = c == '\r';
            let c = if after_return { '\n' } else { c };
            if !legible.keeps(c) {
                continue;
            }
            let mut buffer = [0; 4];
            let escaped = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\u{a0}' => "&nbsp;",
                c => c.encode_utf8(&mut buffer),
            };
            if !self.has_room(escaped.len()) {
                self.full = true;
                return;
            }
            self.out.push_str(escaped);
            if !c.is_whitespace() {
                self.mark_content();
            }
        }
    }

    /// Writes [`plain`] text; false where there is no room for all of it.
    fn written(&mut self, plain: &str) -> bool {
        let used = self.out.len().saturating_add(self.closing);
        let fits = plain.get(..MAX_CONTENT.saturating_sub(used)).unwrap_or(plain);
        self.out.push_str(fits);
        if fits.bytes().any(|byte| byte.is_ascii_graphic()) {
            self.mark_content();
        }
        self.full |= fits.len() < plain.len();
        !self.full
    }

    /// Writes an element that has no end tag.
    pub(super) fn void(&mut self, name: &'static str, tag: &str) {
        if name == "source" {
            match self.stack.last_mut() {
                Some(open) if matches!(open.name, "audio" | "video") => open.playable = true,
                _ => return,
            }
        }
        if name == "hr" {
            self.close_paragraph();
        }
        self.open_cell();
        if !self.has_room(tag.len()) {
            self.full = true;
            return;
        }
        self.out.push_str(tag);
        if name == "img" {
            self.mark_content();
        }
    }

    /// Begins an element: `written` is its name in the source, `name` that under which it is
    /// published, `tag` its start tag.
    pub(super) fn start(&mut self, written: &str, name: &'static str, tag: &str) {
        work::steps(tag.len().saturating_add(self.stack.len()));
        let written = Cow::Owned(written.to_owned());
        if allowed::is_table_part(name) {
            return self.start_table_part(written, name, tag);
        }
        // First of all, since what is around a cell does not reach into it.
        self.open_cell();
        if !self.fits_depth(if name == "table" { TABLE_DEPTH } else { 1 }) {
            return;
        }
        let is_orphan = match name {
            "li" => !self.close_within(&["ul", "ol"]),
            "dt" | "dd" => !self.close_within(&["dl"]),
            "rt" | "rp" => {
                if !self.close_within(&["ruby"]) {
                    return;
                }
                false
            }
            "figcaption" => !self.is_in_reach("figure"),
            "summary" => self.stack.last().is_none_or(|open| open.name != "details"),
            _ => false,
        };
        let (name, tag) = if is_orphan { ("div", "<div>") } else { (name, tag) };
        let mut reopened = Vec::new();
        if allowed::is_block(name) {
            reopened = self.close_paragraph();
            if is_heading(name) {
                self.close_heading();
            }
        } else if name == "a" {
            if !self.close_link() {
                return self.push(written, name, None);
            }
        } else if is_formatting(name) && self.is_in_reach(name) {
            return self.push(written, name, None);
        }
        self.push(written, name, Some(tag));
        if matches!(name, "div" | "p" | "blockquote" | "figure" | "figcaption") || is_heading(name)
        {
            self.reopen(reopened);
        }
    }

    /// Ends the element that the source calls so, and what is open within it.
    pub(super) fn end(&mut self, written: &str) {
        work::steps(self.stack.len());
        let is_part = allowed::is_table_part(written);
        let mut found = None;
        for (index, open) in self.stack.iter().enumerate().rev() {
            let is_same = open.written == written
                || (is_source_heading(written) && is_source_heading(&open.written));
            if is_same {
                found = Some(index);
                break;
            }
            // What is within a cell does not end what is around its table.
            let is_wall = if is_part { open.name == "table" } else { is_cell(open.name) };
            if is_wall && written != "table" {
                break;
            }
        }
        let Some(index) = found else { return };
        let above = self.stack.get(index..).unwrap_or_default();
        let crosses = above.iter().all(|open| !allowed::is_block(open.name));
        let reopened = if crosses { self.tags_above(index.saturating_add(1)) } else { Vec::new() };
        self.close_to(index);
        self.reopen(reopened);
    }

    fn fits_depth(&self, more: usize) -> bool {
        self.stack.len().saturating_add(more) <= MAX_DEPTH
    }

    fn has_room(&self, more: usize) -> bool {
        self.out.len().saturating_add(self.closing).saturating_add(more) <= MAX_CONTENT
    }

    fn mark_content(&mut self) {
        match self.stack.last_mut() {
            Some(open) => open.content = true,
            None => self.content = true,
        }
    }

    fn push(&mut self, written: Cow<'static, str>, name: &'static str, tag: Option<&str>) {
        let end = name.len().saturating_add("</>".len());
        let start = self.out.len();
        if let Some(tag) = tag {
            if !self.has_room(tag.len().saturating_add(end)) {
                self.full = true;
                return;
            }
            self.out.push_str(tag);
            self.closing = self.closing.saturating_add(end);
        }
        self.stack.push(Open {
            written,
            name,
            start,
            inner: self.out.len(),
            phantom: tag.is_none(),
            content: false,
            playable: tag.and_then(allowed::address_of).is_some(),
        });
    }

    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        // What is taken back makes what follows move up.
        work::steps(self.out.len().saturating_sub(open.start));
        if !open.phantom {
            self.closing = self.closing.saturating_sub(open.name.len().saturating_add("</>".len()));
            if open.name == "pre" {
                // Parsers drop a line break that follows `<pre>` at once.
                let inner = self.out.get(open.inner..).unwrap_or_default();
                let breaks = inner.len().saturating_sub(inner.trim_start_matches('\n').len());
                self.out.drain(open.inner..open.inner.saturating_add(breaks));
            }
            let is_silent = matches!(open.name, "audio" | "video") && !open.playable;
            let is_empty = !open.content && !open.playable;
            if is_silent || (is_empty && !allowed::is_block(open.name)) {
                // White space between words stays.
                self.out.drain(open.start..open.inner);
            } else if is_empty && !is_kept_when_empty(open.name) {
                self.out.truncate(open.start);
                if !self.out.is_empty() && !self.out.ends_with([' ', '\n', '>']) {
                    self.out.push(' ');
                }
            } else {
                self.out.push_str("</");
                self.out.push_str(open.name);
                self.out.push('>');
            }
        }
        let is_media = matches!(open.name, "audio" | "video") && open.playable && !open.phantom;
        if open.content || is_media {
            self.mark_content();
        }
    }

    /// Closes down to the nearest of these elements, not beyond a cell; says whether there is one.
    fn close_within(&mut self, parents: &[&str]) -> bool {
        for (index, open) in self.stack.iter().enumerate().rev() {
            if parents.contains(&open.name) && !open.phantom {
                self.close_to(index.saturating_add(1));
                return true;
            }
            if is_cell(open.name) || open.name == "table" {
                break;
            }
        }
        false
    }

    /// Whether such an element is open within the nearest cell.
    fn is_in_reach(&self, name: &str) -> bool {
        let within = self.stack.iter().rev().take_while(|open| !is_cell(open.name));
        within.into_iter().any(|open| open.name == name && !open.phantom)
    }

    fn position_in_reach(&self, wanted: impl Fn(&Open) -> bool) -> Option<usize> {
        let within = self.stack.iter().enumerate().rev();
        within
            .take_while(|(_, open)| !is_cell(open.name))
            .find(|(_, open)| wanted(open) && !open.phantom)
            .map(|(index, _)| index)
    }

    /// Ends the open paragraph; gives back the formatting that was open in it.
    fn close_paragraph(&mut self) -> Vec<(&'static str, String)> {
        let Some(index) = self.position_in_reach(|open| open.name == "p") else {
            return Vec::new();
        };
        let tags = self.tags_above(index.saturating_add(1));
        self.close_to(index);
        tags
    }

    fn close_heading(&mut self) {
        if let Some(index) = self.position_in_reach(|open| is_heading(open.name)) {
            self.close_to(index);
        }
    }

    /// Ends an open link, since links do not nest; false where blocks are in between, so that the
    /// new one has to give way.
    fn close_link(&mut self) -> bool {
        let Some(index) = self.stack.iter().rposition(|open| open.name == "a" && !open.phantom)
        else {
            return true;
        };
        let above = self.stack.get(index..).unwrap_or_default();
        if above.iter().any(|open| allowed::is_block(open.name)) {
            return false;
        }
        self.close_to(index);
        true
    }

    /// Start tags of the formatting elements from that depth on.
    fn tags_above(&self, depth: usize) -> Vec<(&'static str, String)> {
        let above = self.stack.get(depth..).unwrap_or_default().iter();
        work::steps(above.len());
        above
            .filter(|open| !open.phantom && (is_formatting(open.name) || open.name == "a"))
            .filter_map(|open| Some((open.name, self.out.get(open.start..open.inner)?.to_owned())))
            .collect()
    }

    fn reopen(&mut self, tags: Vec<(&'static str, String)>) {
        for (name, tag) in tags {
            work::steps(tag.len().saturating_add(self.stack.len()));
            if self.fits_depth(1) && !self.is_in_reach(name) {
                self.push(Cow::Borrowed(name), name, Some(&tag));
            }
        }
    }
}

/// The ASCII at the beginning that stays as it is, and the rest.
fn plain(text: &str) -> (&str, &str) {
    let stays = |byte: &u8| {
        matches!(byte, b' '..=b'~' | b'\n' | b'\t') && !matches!(byte, b'&' | b'<' | b'>')
    };
    let length = text.bytes().take_while(stays).count();
    text.split_at_checked(length).unwrap_or(("", text))
}

/// Texts that came in pieces may have become one, since what stood between them was not published;
/// so their combining marks are counted once more, from tag to tag.
fn legible_throughout(html: String) -> String {
    if html.is_ascii() {
        return html;
    }
    work::steps(html.len());
    let mut legible = Legible::default();
    let mut in_tag = false;
    let mut stays = |c: char| match c {
        '<' => {
            in_tag = true;
            true
        }
        // Within attributes it is escaped.
        '>' => {
            in_tag = false;
            legible = Legible::default();
            true
        }
        c => in_tag || legible.keeps(c),
    };
    // Hardly ever anything goes.
    let Some((first, _)) = html.char_indices().find(|(_, c)| !stays(*c)) else { return html };
    let (kept, rest) = html.split_at_checked(first).unwrap_or((&html, ""));
    let rest = rest.chars().skip(1).filter(|c| stays(*c));
    kept.chars().chain(rest).collect()
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_source_heading(name: &str) -> bool {
    name == "h1" || is_heading(name)
}

fn is_cell(name: &str) -> bool {
    matches!(name, "td" | "th" | "caption")
}

/// Elements that are not nested in themselves: the inner one would change nothing.
fn is_formatting(name: &str) -> bool {
    matches!(name, "b" | "code" | "em" | "i" | "mark" | "s" | "small" | "strong" | "u")
}

/// An empty cell keeps its place; a table without content goes as a whole.
fn is_kept_when_empty(name: &str) -> bool {
    allowed::is_table_part(name)
}
