//! From the document to checked sections: every table and key is looked up among the known ones,
//! and what it says is checked by its form. What tables have to do with one another comes later.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Item, TableLike};

use super::check::{Checked, check};
use super::finding::{Problem, Report, shown};
use super::keys::{Absent, Effect, Key, TABLES, Table, table};
use super::nearest::{nearest, other_word};
use super::section::Section;

/// The checked tables of a file.
pub(super) struct Sections {
    all: Vec<Section>,
    /// Tables that an unknown one was probably meant to be, or that are there but misshapen.
    pub(super) broken: BTreeSet<&'static str>,
}

impl Sections {
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Section> + 'a {
        self.all.iter().filter(move |section| section.table.name == name)
    }
}

/// Checks every table and key of the document on its own.
pub(super) fn walk(document: &dyn TableLike, report: &mut Report<'_>) -> Sections {
    let mut sections = Sections { all: Vec::new(), broken: BTreeSet::new() };
    for (name, item) in document.iter() {
        let at = document.key(name).and_then(|key| key.span()).unwrap_or(0..0);
        let known = TABLES.iter().find(|table| table.name == name && !name.contains('.'));
        let Some(known) = known else {
            unknown_table(name, item, &at, report, &mut sections.broken);
            continue;
        };
        match instances(known, item, &at) {
            Ok(instances) => {
                let first = sections.all.len();
                for (instance, span) in instances {
                    sections.all.push(section(known, instance, span, report));
                }
                if let Some(first) = sections.all.get(first) {
                    warn_of_table_without_effect(first, report);
                }
            }
            Err(problem) => {
                sections.broken.insert(known.name);
                report.error(at, problem);
            }
        }
    }
    sections
}

type Instances<'d> = Vec<(&'d dyn TableLike, Range<usize>)>;

/// The tables that stand under a name: one, or for repeated ones any number.
fn instances<'d>(
    known: &'static Table,
    item: &'d Item,
    at: &Range<usize>,
) -> Result<Instances<'d>, Problem> {
    let header = known.header();
    match item {
        Item::ArrayOfTables(tables) if known.repeated => Ok(tables
            .iter()
            .map(|table| (table as &dyn TableLike, table.span().unwrap_or_else(|| at.clone())))
            .collect()),
        Item::ArrayOfTables(_) => Err(Problem::new(
            format!("there is only one {header}"),
            format!("write {header}, with one bracket on each side"),
        )),
        // `source = []` and `source = [{ id = "…" }]` are other ways to write the same.
        Item::Value(toml_edit::Value::Array(array))
            if known.repeated && array.iter().all(toml_edit::Value::is_inline_table) =>
        {
            Ok(array
                .iter()
                .filter_map(|value| {
                    let table = value.as_inline_table()?;
                    Some((table as &dyn TableLike, value.span().unwrap_or_else(|| at.clone())))
                })
                .collect())
        }
        _ => match item.as_table_like() {
            Some(_) if known.repeated => Err(Problem::new(
                format!("there may be several {header}, and each needs two brackets"),
                format!("write {header} above its keys"),
            )),
            Some(table) => Ok(vec![(table, item.span().unwrap_or_else(|| at.clone()))]),
            None => Err(Problem::new(
                format!("`{}` is a table", known.name),
                format!("write {header} on a line of its own, and its keys below"),
            )),
        },
    }
}

fn section(
    known: &'static Table,
    instance: &dyn TableLike,
    span: Range<usize>,
    report: &mut Report<'_>,
) -> Section {
    let mut section = Section {
        table: known,
        span,
        values: BTreeMap::new(),
        broken: BTreeSet::new(),
        inner: Vec::new(),
    };
    for (name, item) in instance.iter() {
        let at =
            instance.key(name).and_then(|key| key.span()).unwrap_or_else(|| section.span.clone());
        if let Some(inner) = known.inner(name) {
            match instances(inner, item, &at) {
                Ok(tables) => {
                    for (table, span) in tables {
                        let inner = self::section(inner, table, span, report);
                        warn_of_table_without_effect(&inner, report);
                        section.inner.push(inner);
                    }
                }
                Err(problem) => report.error(at, problem),
            }
            continue;
        }
        let Some(key) = known.key(name) else {
            let meant = unknown_key(known, name, &at, report);
            section.broken.extend(meant);
            continue;
        };
        let words = item.span().map(|span| report.words(&span)).unwrap_or_default();
        match check(key.form, item, &at, words) {
            Ok(None)
                if matches!(key.absent, Absent::Default(_)) && !MAY_BE_NONE.contains(&key.name) =>
            {
                section.broken.insert(key.name);
                report.error(at, empty(key));
            }
            Ok(value) => {
                warn_of_key_without_effect(known, key, value.as_ref(), &at, report);
                let place = item.span().unwrap_or_else(|| at.clone());
                section.values.insert(key.name, (value, place));
            }
            Err(problems) => {
                section.broken.insert(key.name);
                for (span, problem) in problems {
                    report.error(span, problem.of(key.name));
                }
            }
        }
    }
    missing_keys(&section, report);
    section
}

/// Keys with a default for which "" means none.
const MAY_BE_NONE: &[&str] = &["admin"];

fn empty(key: &Key) -> Problem {
    let message = format!("`{}` is empty", key.name);
    match key.absent {
        Absent::Default(written) => {
            Problem::new(message, format!("remove the line, which means {written}"))
        }
        _ => Problem::new(message, format!("write {}", super::check::example(key.form))),
    }
}

fn missing_keys(section: &Section, report: &mut Report<'_>) {
    for key in section.table.keys.iter().filter(|key| key.absent == Absent::Required) {
        let there = matches!(section.values.get(key.name), Some((Some(_), _)));
        if there || section.broken.contains(key.name) {
            continue;
        }
        let empty = section.values.get(key.name).map(|(_, span)| span.clone());
        let (span, message) = match empty {
            Some(span) => (span, format!("`{}` is empty", key.name)),
            None => {
                (section.span.clone(), format!("{} has no `{}`", section.table.header(), key.name))
            }
        };
        let help =
            format!("write {} = {}  # {}", key.name, super::check::example(key.form), key.doc);
        report.error(span, Problem::new(message, help));
    }
}

/// Says what an unknown key may have meant, and gives it back.
fn unknown_key(
    known: &'static Table,
    name: &str,
    at: &Range<usize>,
    report: &mut Report<'_>,
) -> Option<&'static str> {
    if !report.has_room() {
        report.error(at.clone(), Problem::new("", ""));
        return None;
    }
    let header = known.header();
    let message = format!("`{}` is not a key of {header}", shown(name));
    let inner = within(known, name);
    let near = || if inner.is_some() { None } else { nearest(name, known.names()) };
    let meant = other_word(known.name, name).or_else(near);
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match inner.or_else(|| elsewhere(name)) {
            Some(other) => format!("`{name}` belongs to {}", other.header()),
            None => {
                format!("keys of {header} are: {}", known.names().collect::<Vec<_>>().join(", "))
            }
        },
    };
    report.error(at.clone(), Problem::new(message, help));
    meant
}

/// The table within another one that has a key of this name.
fn within(outer: &Table, name: &str) -> Option<&'static Table> {
    let is_inner = |table: &&Table| {
        table.name.strip_prefix(outer.name).is_some_and(|rest| rest.starts_with('.'))
    };
    TABLES.iter().filter(is_inner).find(|table| table.key(name).is_some())
}

/// The table that has a key of this name.
fn elsewhere(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.key(name).is_some())
}

fn unknown_table(
    name: &str,
    item: &Item,
    at: &Range<usize>,
    report: &mut Report<'_>,
    broken: &mut BTreeSet<&'static str>,
) {
    let top = || TABLES.iter().filter(|table| !table.name.contains('.'));
    let tables = || top().map(Table::header).collect::<Vec<_>>().join(", ");
    let is_table = item.is_table() || item.is_array_of_tables() || item.is_inline_table();
    let meant = nearest(name, top().map(|table| table.name)).and_then(table);
    let problem = match (is_table, meant, elsewhere(name)) {
        (false, _, Some(owner)) => {
            broken.insert(owner.name);
            Problem::new(
                format!("`{name}` stands outside of a table"),
                format!("write it below {}", owner.header()),
            )
        }
        (_, Some(meant), _) => {
            broken.insert(meant.name);
            Problem::new(
                format!("`{}` is not a table of feeds.toml", shown(name)),
                format!("did you mean {}?", meant.header()),
            )
        }
        (true, None, Some(owner)) if table(&format!("{}.{name}", owner.name)).is_none() => {
            Problem::new(
                format!("`{}` is not a table of feeds.toml", shown(name)),
                format!("`{name}` is a key of {}; tables are: {}", owner.header(), tables()),
            )
        }
        _ => Problem::new(
            format!("`{}` is not a table of feeds.toml", shown(name)),
            match top().find_map(|table| table.inner(name)) {
                Some(inner) => format!("write {} below its [[source]]", inner.header()),
                None => format!("tables are: {}", tables()),
            },
        ),
    };
    report.error(at.clone(), problem);
}

const LATER: &str =
    "it is kept for a later version; until then everything works as if it were not there";

/// One warning says it for a table of which nothing has an effect.
fn warn_of_table_without_effect(section: &Section, report: &mut Report<'_>) {
    if !section.table.has_effect() {
        let message = format!("{} has no effect yet", section.table.header());
        report.warning(section.span.clone(), Problem::new(message, LATER));
    }
}

fn warn_of_key_without_effect(
    known: &'static Table,
    key: &'static Key,
    value: Option<&Checked>,
    at: &Range<usize>,
    report: &mut Report<'_>,
) {
    let without = match (key.effect, value) {
        (_, None) | (Effect::Now, _) => false,
        (Effect::NotYet, Some(value)) => known.has_effect() && asks_for_something(value),
    };
    if without {
        let what = format!("`{}` has no effect yet", key.name);
        report.warning(at.clone(), Problem::new(what, LATER));
    }
}

/// `article = false` or `was = []` asks for nothing, and gets it.
fn asks_for_something(value: &Checked) -> bool {
    match value {
        Checked::Texts(list) => !list.is_empty(),
        Checked::Pairs(pairs) => !pairs.is_empty(),
        Checked::Networks(list) => !list.is_empty(),
        Checked::Switch(on) => *on,
        Checked::Whole(number) => *number != 0,
        _ => true,
    }
}
