//! A finding as maintainers see it: file, line and column, the line itself, and the remedy.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::finding::{Finding, Severity, without_mark};
use super::masked::masked;

/// A line longer than this is shown in part; no line that people write is.
const MOST_BYTES_OF_LINE: usize = 2_000;

/// Puts a finding into a picture, without colours and without a line break at its end.
///
/// `text` is the text that was parsed, `shown_name` the name of the file as it was given. Of a line that is wider than
/// `width` columns the part that matters is shown; message and remedy are whole.
pub fn render(
    finding: &Finding,
    text: &str,
    shown_name: &str,
    severity: Severity,
    width: usize,
) -> String {
    let text = without_mark(text);
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(finding.message.as_str()));
    // Only the lines in question are handed over, so that many findings of a large file stay cheap
    // to show.
    match excerpt(text, &finding.span) {
        Some(Excerpt { line, span, whole: true }) => {
            group = group.element(
                Snippet::source(line)
                    .line_start(finding.line)
                    .path(shown_name)
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        Some(Excerpt { line, span, whole: false }) => {
            group = group.element(origin(finding, shown_name)).element(
                Snippet::source(line)
                    .line_start(finding.line)
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        None => group = group.element(origin(finding, shown_name)),
    }
    if let Some(other) = &finding.other
        && let Some(Excerpt { line, span, .. }) = excerpt(text, &other.span)
    {
        group = group.element(
            Snippet::source(line)
                .line_start(other.line)
                .path(shown_name)
                .annotation(AnnotationKind::Context.span(span).label(other.label.as_str())),
        );
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(finding.help.as_str()));
    }
    Renderer::plain().term_width(width).render(&[group])
}

fn origin<'f>(finding: &Finding, shown_name: &'f str) -> Origin<'f> {
    Origin::path(shown_name).line(finding.line).char_column(finding.column)
}

/// A line, or the part of it that matters, without secrets, with the span counted from its start.
struct Excerpt {
    line: String,
    span: Range<usize>,
    whole: bool,
}

fn excerpt(text: &str, span: &Range<usize>) -> Option<Excerpt> {
    let before = text.get(..span.start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?.split('\n').next()?.trim_end_matches('\r');
    let start = span.start.checked_sub(line_start)?.min(line.len());
    let end = span.end.checked_sub(line_start)?.clamp(start, line.len());
    if line.len() <= MOST_BYTES_OF_LINE {
        let shown = masked(line);
        if shown == line {
            return Some(Excerpt { line: shown, span: start..end, whole: true });
        }
        let start = masked(line.get(..start)?).len().min(shown.len());
        let end = masked(line.get(..end)?).len().clamp(start, shown.len());
        let sound = shown.is_char_boundary(start) && shown.is_char_boundary(end);
        let span = if sound { start..end } else { 0..shown.len() };
        return Some(Excerpt { line: shown, span, whole: false });
    }
    // Characters are not cut: the part begins and ends where one does.
    let from = (start.saturating_sub(40)..=start).find(|at| line.is_char_boundary(*at))?;
    let to = (start..=start + 80).rev().find(|at| line.is_char_boundary(*at))?;
    let part = line.get(from..to)?;
    if masked(line) != line {
        return None;
    }
    let span = start - from..end.min(to) - from;
    Some(Excerpt { line: part.to_owned(), span, whole: false })
}
