//! Changes to a text, collected while it is read and applied in one go.

use std::borrow::Cow;
use std::ops::Range;

/// Replacements of parts of a text.
#[derive(Default)]
pub(in crate::read) struct Edits {
    list: Vec<(Range<usize>, String)>,
}

impl Edits {
    /// Replaces a part.
    pub(super) fn replace(&mut self, part: Range<usize>, by: String) {
        self.list.push((part, by));
    }

    /// Replaces a part, whatever was said of exactly that part before.
    pub(super) fn replace_again(&mut self, part: Range<usize>, by: String) {
        self.list.retain(|(known, _)| *known != part);
        self.list.push((part, by));
    }

    /// Removes a part.
    pub(super) fn cut(&mut self, part: Range<usize>) {
        self.list.push((part, String::new()));
    }

    /// The text with all changes; where two overlap, the one that begins first (or is longer) wins.
    pub(in crate::read) fn apply<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if self.list.is_empty() {
            return Cow::Borrowed(text);
        }
        self.list.sort_by_key(|(part, _)| (part.start, usize::MAX.saturating_sub(part.end)));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (part, by) in &self.list {
            if part.start < at {
                continue;
            }
            out.push_str(text.get(at..part.start).unwrap_or_default());
            out.push_str(by);
            at = part.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(out)
    }
}
