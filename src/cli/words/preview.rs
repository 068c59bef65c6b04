//! How a document is read, in words; and what has changed in a page.

use super::{count, line};
use crate::commands::preview::{self, Changes, Counted, SelectorChange, Standing};

pub(in crate::cli) fn document(document: &preview::Line) -> String {
    let mut text = String::new();
    if let Some(changes) = &document.changes {
        return compared(document, changes);
    }
    // A copy is shown by what has changed since; by itself only where it could not be read.
    if document.saved.is_some() && document.error.is_none() {
        return text;
    }
    if let Some(error) = &document.error {
        text.push_str(&format!("{}: {}\n", line(&document.file), line(error)));
        // Of a document that was cut, what was whole is shown all the same.
        if document.format.is_none() {
            return text;
        }
    }
    let format = document.format.map(|format| format!("{format:?}")).unwrap_or_default();
    text.push_str(&format!(
        "{}: {}, {}: {}\n",
        line(&document.file),
        format.to_lowercase(),
        count(document.entries.len() as u64, "entry", "entries"),
        line(document.title.as_deref().unwrap_or("(no title)"))
    ));
    // Of an article it is told in which way each field was found as well.
    let is_article = document.format == Some(preview::Format::Article);
    let label = if is_article { "" } else { "mended: " };
    for repair in &document.repairs {
        text.push_str(&format!("  {label}{}\n", line(repair)));
    }
    for entry in &document.entries {
        let date = entry.published.as_deref().or(entry.updated.as_deref());
        let date = date.and_then(|date| date.get(..10)).unwrap_or("no date   ");
        text.push_str(&format!("  {date}  {}\n", line(&entry.title)));
        text.push_str(&format!(
            "              {}\n",
            line(entry.url.as_deref().unwrap_or("(no link)"))
        ));
        for repair in &entry.repairs {
            text.push_str(&format!("              mended: {}\n", line(repair)));
        }
        if is_article {
            if !entry.authors.is_empty() {
                text.push_str(&format!("              by {}\n", line(&entry.authors.join(", "))));
            }
            for part in preview::paragraphs(&entry.content_html) {
                text.push_str(&format!("\n  {}\n", line(&part)));
            }
            for removed in &document.removed {
                text.push_str(&format!("\n  removed: {}\n", line(removed)));
            }
        }
    }
    text
}

/// Characters of a summary that are shown.
const MOST_OF_FIELD: usize = 120;

fn compared(document: &preview::Line, changes: &Changes) -> String {
    let since = changes.since.get(..16).unwrap_or(&changes.since).replace('T', " ");
    let mut text = format!(
        "{}: the page now, beside its last good copy of {since} UTC\n",
        line(&document.file)
    );
    if let Some(error) = &document.error {
        text.push_str(&format!("  {}\n", line(error)));
    }
    text.push_str(&format!(
        "  {} new, {} gone, {} changed, {} as before\n",
        changes.added.len(),
        changes.gone.len(),
        changes.changed.len(),
        changes.same
    ));
    for (sign, entries) in [("+", &changes.added), ("-", &changes.gone)] {
        for entry in entries {
            text.push_str(&standing(sign, entry));
        }
    }
    for change in &changes.changed {
        let field = |name: &str| change.fields.iter().any(|field| field.field == name);
        text.push_str(&format!("~ {}\n", line(&change.title)));
        if !field("link") {
            text.push_str(&format!(
                "              {}\n",
                line(change.url.as_deref().unwrap_or(""))
            ));
        }
        for field in &change.fields {
            text.push_str(&format!(
                "    {:<7}   {}\n         now  {}\n",
                field.field,
                shortened(field.then.as_deref()),
                shortened(field.now.as_deref())
            ));
        }
    }
    text.push_str("what the selectors find:\n");
    let width = changes.selectors.iter().map(|row| row.selector.chars().count()).max();
    for row in &changes.selectors {
        text.push_str(&selector(row, width.unwrap_or_default()));
    }
    text
}

fn standing(sign: &str, entry: &Standing) -> String {
    let date = entry.published.as_deref().and_then(|date| date.get(..10)).unwrap_or("no date   ");
    format!(
        "{sign} {date}  {}\n              {}\n",
        line(&entry.title),
        line(entry.url.as_deref().unwrap_or("(no link)"))
    )
}

fn shortened(words: Option<&str>) -> String {
    let Some(words) = words else { return "(none)".to_owned() };
    let mut short: String = words.chars().take(MOST_OF_FIELD).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    line(&short)
}

fn selector(row: &SelectorChange, width: usize) -> String {
    let counted = |counted: &Counted| match row.name {
        "item" => count(counted.elements as u64, "element", "elements"),
        _ => format!(
            "{} in {}",
            count(counted.elements as u64, "element", "elements"),
            count(counted.items as u64, "item", "items")
        ),
    };
    let found = |counted: &Counted| match row.name {
        "item" => counted.elements > 0,
        _ => counted.items > 0,
    };
    let remark = match (found(&row.then), found(&row.now)) {
        (true, false) => "  <- finds nothing any more",
        (false, false) => "  <- finds nothing",
        _ => "",
    };
    format!(
        "  {:<8} {:<width$}  now {}, then {}{remark}\n",
        row.name,
        line(&row.selector),
        counted(&row.now),
        counted(&row.then)
    )
}
