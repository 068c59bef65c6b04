//! How words look on a terminal: no line is longer than it is wide, and colours come only where a
//! person sees them.
//!
//! Nothing is left out for want of room: a line that is too long goes on in the next one, set in. Where
//! results go to a file or a program lines stay whole, so that `grep` finds what belongs together.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::world::World;

/// Help is not wider than this, since long lines are hard to read.
const WIDEST_HELP: usize = 100;

/// What is left and right of a mistake is not shown beyond this, where no terminal says less.
const WIDEST_PICTURE: usize = 140;

/// A terminal that says it is narrower is not believed.
const NARROWEST: usize = 20;

/// How wide what is shown may be, and whether it may have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Columns of a line; `None` where nobody looks, and lines stay whole.
    width: Option<usize>,
    /// Whether colours are shown.
    pub(super) is_coloured: bool,
}

/// What a word in colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Good,
    Doubtful,
    Bad,
}

impl Look {
    /// How results look here.
    pub(super) fn of_results(world: &World) -> Self {
        let says = |name: &str| world.environment.get(name).map(String::as_str).unwrap_or_default();
        Self {
            width: world.result_width().map(believed),
            is_coloured: world.terminal.out_is_terminal
                && says("NO_COLOR").is_empty()
                && says("TERM") != "dumb",
        }
    }

    /// Text with no line wider than this.
    pub(super) fn fit(self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| fit(text, width))
    }

    /// Columns of the picture of a line of feeds.toml.
    pub(super) fn width_of_pictures(self) -> usize {
        self.width.unwrap_or(WIDEST_PICTURE)
    }

    /// A word in a colour, where colours are shown.
    pub(super) fn paint(self, colour: Colour, word: &str) -> String {
        if !self.is_coloured {
            return word.to_owned();
        }
        let code = match colour {
            Colour::Good => 32,
            Colour::Doubtful => 33,
            Colour::Bad => 31,
        };
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    }
}

/// The width of a terminal, as far as it is believed.
pub(super) fn believed(width: usize) -> usize {
    width.max(NARROWEST)
}

/// The command line with help that fits.
pub(super) fn fitted(command: clap::Command, width: usize) -> clap::Command {
    let width = width.clamp(NARROWEST, WIDEST_HELP);
    let behind = command.get_after_help().map(|help| fit(&help.to_string(), width));
    let command = command.term_width(width).mut_subcommands(|inner| fitted(inner, width));
    match behind {
        Some(help) => command.after_help(help),
        None => command,
    }
}

/// Text with no line wider than `width` columns: longer ones are broken where a space is, and within a
/// word only where it fills a line by itself.
pub(super) fn fit(text: &str, width: usize) -> String {
    let mut fitting = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        // What has colours was fitted before it got them.
        if line.width() <= width || line.contains('\u{1b}') {
            fitting.push_str(line);
        } else {
            break_line(line, width, &mut fitting);
        }
        fitting.push_str(end);
    }
    fitting
}

fn break_line(line: &str, width: usize, fitting: &mut String) {
    let spaces = line.chars().take_while(|letter| *letter == ' ').count();
    // A numbered or aligned line is set in further than one of plain words.
    let hang = " ".repeat((spaces + 4).min(width / 3));
    let mut rest = line;
    let mut room = width;
    loop {
        let end = columns(rest, room);
        if end == rest.len() {
            fitting.push_str(rest);
            return;
        }
        let (part, _) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_between = rest.get(end..).is_some_and(|behind| behind.starts_with(' '));
        let at = if is_between { end } else { part.rfind(' ').unwrap_or(0) };
        // Spaces at the beginning are no place to break: the line would be empty.
        let is_place = rest.get(..at).is_some_and(|before| !before.trim().is_empty());
        let at = if is_place { at } else { end };
        let (part, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        fitting.push_str(part.trim_end());
        rest = behind.trim_start();
        if rest.is_empty() {
            return;
        }
        fitting.push('\n');
        fitting.push_str(&hang);
        room = width.saturating_sub(hang.len()).max(1);
    }
}

/// The bytes of as many letters as fit into so many columns; one letter at least.
fn columns(text: &str, width: usize) -> usize {
    let mut used = 0_usize;
    for (at, letter) in text.char_indices() {
        used = used.saturating_add(letter.width().unwrap_or(0));
        if used > width && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_set_in() {
        let text =
            "  samizdat fetch --now diem25   one source, whatever the schedule says\nshort\n";
        assert_eq!(
            fit(text, 40),
            "  samizdat fetch --now diem25   one\n      source, whatever the schedule says\nshort\n"
        );
        assert_eq!(fit("https://a.example/very/long", 20), "https://a.example/ve\n    ry/long");
        assert_eq!(fit("ειρήνη και δικαιοσύνη", 21), "ειρήνη και δικαιοσύνη");
        assert_eq!(fit("日本日本日本", 5), "日本\n 日本\n 日本");
    }

    #[test]
    fn colours_are_for_people_who_want_them() {
        let plain = Look { width: Some(80), is_coloured: false };
        assert_eq!(plain.paint(Colour::Bad, "failing"), "failing");
        let coloured = Look { is_coloured: true, ..plain };
        assert_eq!(coloured.paint(Colour::Bad, "failing"), "\u{1b}[31mfailing\u{1b}[0m");
    }

    proptest! {
        #[test]
        fn nothing_is_too_wide_and_nothing_is_lost(text in "[a-zα-ω日 \n]{0,300}", width in 20_usize..90) {
            let fitting = fit(&text, width);
            for line in fitting.lines() {
                prop_assert!(line.width() <= width, "{line:?}");
            }
            let words = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(words(&fitting), words(&text));
        }
    }
}
