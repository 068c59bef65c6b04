//! What is wrong with a feeds.toml, and where: lines, columns and remedies.
//!
//! All findings of a file are gathered before any is told. Lines and columns count from 1, columns
//! in characters, as editors show them. Putting a finding into a picture is the work of `render`.

use std::ops::Range;

use serde::Serialize;

use super::masked::masked;

/// Findings beyond this number are counted, not told: nobody reads more, and a hostile file must
/// not make us keep one for each of its bytes.
const MOST_FINDINGS: usize = 500;

/// One thing that is wrong, or doubtful, with its place and its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The bytes of the text that it is about, not counting a byte order mark.
    #[serde(skip)]
    pub span: Range<usize>,
    /// The other place that it is about, where there are two.
    #[serde(skip)]
    pub other: Option<Mark>,
}

/// A second place, such as the first use of an id that occurs twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Line, from 1.
    pub line: usize,
    /// The bytes of the text, not counting a byte order mark.
    pub span: Range<usize>,
    /// What is there.
    pub label: String,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is done before it is mended.
    Error,
    /// Everything works, but perhaps not as was meant.
    Warning,
}

/// A feeds.toml that cannot be used, with everything that was found in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("feeds.toml has {} that must be mended", count(.findings.len()))]
pub struct Broken {
    /// The errors, in the order of the file; never empty.
    pub findings: Vec<Finding>,
    /// The warnings, in the order of the file.
    pub warnings: Vec<Finding>,
}

fn count(errors: usize) -> String {
    if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") }
}

/// The text without its byte order mark, which some editors write and TOML permits.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Gathers findings while a text is checked.
pub(super) struct Report<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
    errors: Findings,
    warnings: Findings,
}

#[derive(Default)]
struct Findings {
    kept: Vec<Finding>,
    left_out: usize,
}

impl Findings {
    fn has_room(&self) -> bool {
        self.kept.len() < MOST_FINDINGS
    }

    fn in_order(mut self) -> Vec<Finding> {
        self.kept.sort_by_key(|finding| finding.span.start);
        if let Some(last) = self.kept.last_mut().filter(|_| self.left_out > 0) {
            last.help =
                format!("{}; {} more of these are not shown here", last.help, self.left_out);
        }
        self.kept
    }
}

impl<'t> Report<'t> {
    /// `text` is without a byte order mark, as are the spans that are reported.
    pub(super) fn new(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
            errors: Findings::default(),
            warnings: Findings::default(),
        }
    }

    /// The words of the file in a span; empty where there are none.
    pub(super) fn words(&self, span: &Range<usize>) -> &'t str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    pub(super) fn error(&mut self, span: Range<usize>, problem: Problem) {
        self.add(Severity::Error, span, None, problem);
    }

    pub(super) fn warning(&mut self, span: Range<usize>, problem: Problem) {
        self.add(Severity::Warning, span, None, problem);
    }

    /// A finding about two places; its message names the line of the other one.
    pub(super) fn clash(
        &mut self,
        severity: Severity,
        span: Range<usize>,
        other: Range<usize>,
        problem: Problem,
    ) {
        self.add(severity, span, Some(other), problem);
    }

    fn add(
        &mut self,
        severity: Severity,
        span: Range<usize>,
        other: Option<Range<usize>>,
        problem: Problem,
    ) {
        let findings = match severity {
            Severity::Error => &self.errors,
            Severity::Warning => &self.warnings,
        };
        // Counting columns takes time, which findings that nobody will see are not given.
        let finding = findings.has_room().then(|| self.place(span, problem, other));
        let findings = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        match finding {
            Some(finding) => findings.kept.push(finding),
            None => findings.left_out += 1,
        }
    }

    /// Whether one more error would be told; if not, its words need not be looked for.
    pub(super) fn has_room(&self) -> bool {
        self.errors.has_room()
    }

    /// The line in which a span begins, from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.line_starts.partition_point(|start| *start <= span.start).max(1)
    }

    /// The text of a line, from 1.
    pub(super) fn line_text(&self, line: usize) -> &'t str {
        let start = line.checked_sub(1).and_then(|index| self.line_starts.get(index));
        let rest = start.and_then(|start| self.text.get(*start..)).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.kept.is_empty()
    }

    /// Warnings where there is no error, else everything.
    pub(super) fn finish(self) -> Result<Vec<Finding>, Broken> {
        let warnings = self.warnings.in_order();
        let findings = self.errors.in_order();
        if findings.is_empty() { Ok(warnings) } else { Err(Broken { findings, warnings }) }
    }

    fn place(&self, span: Range<usize>, problem: Problem, other: Option<Range<usize>>) -> Finding {
        let line = self.line(&span);
        let line_start = line.checked_sub(1).and_then(|index| self.line_starts.get(index)).copied();
        let before = line_start.and_then(|start| self.text.get(start..span.start));
        Finding {
            line,
            // The parser may point behind the carriage return of a line that ends with one.
            column: before.map_or(0, |text| text.trim_end_matches('\r').chars().count()) + 1,
            message: problem.message,
            help: problem.help,
            span,
            other: other.map(|span| Mark {
                line: self.line(&span),
                span,
                label: "the other one".to_owned(),
            }),
        }
    }
}

/// What is wrong and what to do about it, not yet at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: String,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// The same problem, said of a key.
    pub(super) fn of(self, key: &str) -> Self {
        Self { message: format!("`{key}`: {}", self.message), ..self }
    }
}

/// Words of the file as messages show them: short, on one line, without secrets and control
/// characters.
pub(super) fn shown(words: &str) -> String {
    const MOST_CHARACTERS: usize = 60;
    // A secret behind what is cut here would not be shown either.
    let words: String = words.chars().take(MOST_CHARACTERS * 20).collect();
    let masked = masked(&words);
    let mut shown: String = masked
        .chars()
        .take(MOST_CHARACTERS)
        .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
        .collect();
    if masked.chars().nth(MOST_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
