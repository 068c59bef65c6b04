//! What one key says, checked by its form: words of the file in, a value or problems out.
//!
//! Nothing here knows of other keys, of the environment or of the disk.

mod address;
mod quantity;
mod words;

use std::ops::Range;
use std::time::Duration;

use chrono_tz::Tz;
use ipnet::IpNet;
use toml_edit::{Item, TableLike, Value};
use url::Url;

pub(super) use address::{scheme, web};
pub(super) use quantity::{size_pattern, time_pattern, written_duration};
pub(super) use words::language;

use super::finding::Problem;
use super::keys::Form;

/// Longest list that is taken; nothing that people write comes near.
const LONGEST_LIST: usize = 10_000;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// What a key says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Checked {
    Text(String),
    Texts(Vec<At<String>>),
    Switch(bool),
    Whole(i64),
    Time(Duration),
    Size(u64),
    Address(Url),
    Networks(Vec<IpNet>),
    Zone(Tz),
    Pairs(Vec<(At<String>, At<String>)>),
}

/// Problems of one key with their places.
pub(super) type Problems = Vec<(Range<usize>, Problem)>;

/// Checks what a key says; `None` where it says nothing (an empty text for none).
pub(super) fn check(
    form: Form,
    item: &Item,
    place: &Range<usize>,
    words: &str,
) -> Result<Option<Checked>, Problems> {
    let at = item.span().unwrap_or_else(|| place.clone());
    let alone = |problem: Problem| vec![(at.clone(), problem)];
    match form {
        Form::Switch => match item.as_bool() {
            Some(value) => Ok(Some(Checked::Switch(value))),
            None => Err(alone(wrong(form, item, words))),
        },
        Form::Whole(least, most) => match item.as_integer() {
            Some(value) if (least..=most).contains(&value) => Ok(Some(Checked::Whole(value))),
            Some(value) => Err(alone(Problem::new(
                format!("{value} is out of range"),
                format!("write a whole number from {least} to {most}"),
            ))),
            None => Err(alone(wrong(form, item, words))),
        },
        Form::ByLanguage | Form::Headers => match item.as_table_like() {
            Some(table) => pairs(form, table, &at).map(Some),
            None => Err(alone(wrong(form, item, words))),
        },
        _ if is_list(form) => match item.as_array() {
            Some(array) => list(form, array.iter(), &at).map(Some),
            None => Err(alone(wrong(form, item, words))),
        },
        _ => match item.as_str() {
            Some(text) if text.trim().is_empty() && may_be_empty(form) => Ok(None),
            Some(text) => single(form, text).map(Some).map_err(alone),
            None => Err(alone(wrong(form, item, words))),
        },
    }
}

fn is_list(form: Form) -> bool {
    matches!(
        form,
        Form::Texts
            | Form::Ids
            | Form::Languages
            | Form::Selectors
            | Form::Networks
            | Form::Hosts
            | Form::Choices(_)
            | Form::Command
    )
}

/// Where "" stands for none, as in `proxy = ""`.
fn may_be_empty(form: Form) -> bool {
    matches!(
        form,
        Form::Text
            | Form::Address
            | Form::Contact
            | Form::Language
            | Form::Zone
            | Form::Selector
            | Form::DateFormat
            | Form::Listen
            | Form::File
    )
}

/// A key that takes one text.
fn single(form: Form, text: &str) -> Result<Checked, Problem> {
    Ok(match form {
        Form::Time(least, most) => Checked::Time(quantity::duration(text, least, most)?),
        Form::Size => Checked::Size(quantity::size(text)?),
        Form::Address => Checked::Address(web(text.trim())?),
        Form::Zone => Checked::Zone(words::zone(text)?),
        Form::Contact => Checked::Text(address::contact(text)?),
        Form::Listen => Checked::Text(address::listen(text)?),
        Form::Id => Checked::Text(words::id(text)?),
        Form::Language => Checked::Text(words::language(text)?),
        Form::Selector => Checked::Text(words::selector(text)?),
        Form::DateFormat => Checked::Text(words::date_format(text)?),
        Form::Choice(of) => Checked::Text(words::choice(text, of)?.to_owned()),
        Form::File | Form::Origin => {
            words::text(text)?;
            Checked::Text(text.trim().to_owned())
        }
        _ => Checked::Text(words::text(text)?),
    })
}

/// A key that takes a list of texts.
fn list<'v>(
    form: Form,
    values: impl Iterator<Item = &'v Value>,
    place: &Range<usize>,
) -> Result<Checked, Problems> {
    let mut texts: Vec<At<String>> = Vec::new();
    let mut networks = Vec::new();
    let mut problems = Problems::new();
    for value in values {
        let span = value.span().unwrap_or_else(|| place.clone());
        let Some(text) = value.as_str() else {
            problems.push((
                span,
                Problem::new(
                    "a list of texts holds something else",
                    format!("write {}", example(form)),
                ),
            ));
            continue;
        };
        let member = match form {
            Form::Networks => address::network(text).map(|network| {
                networks.push(network);
                text.to_owned()
            }),
            Form::Ids => words::id(text),
            Form::Languages => words::language(text),
            Form::Selectors => words::selector(text),
            Form::Hosts => address::host(text),
            Form::Choices(of) => words::choice(text, of).map(str::to_owned),
            Form::Command => words::text(text).map(|_| text.to_owned()),
            _ if text.trim().is_empty() => Err(Problem::new(
                "an empty text in a list",
                "remove it; an empty list is written []",
            )),
            _ => words::text(text),
        };
        match member {
            Ok(value) => texts.push(At { value, span }),
            Err(problem) => problems.push((span, problem)),
        }
    }
    if texts.len() > LONGEST_LIST {
        problems.push((
            place.clone(),
            Problem::new("the list is too long", format!("at most {LONGEST_LIST} are taken")),
        ));
    }
    if form == Form::Command
        && let Some(first) = texts.first()
        && let Some(problem) = command_problem(&first.value, texts.len())
    {
        problems.push((first.span.clone(), problem));
    }
    match (problems.is_empty(), form) {
        (false, _) => Err(problems),
        (true, Form::Networks) => Ok(Checked::Networks(networks)),
        (true, _) => Ok(Checked::Texts(texts)),
    }
}

/// `alert` is a command with its arguments, or one https URL.
fn command_problem(first: &str, parts: usize) -> Option<Problem> {
    if first.trim().is_empty() {
        return Some(Problem::new("the command is empty", "write [] for none"));
    }
    match scheme(first).as_deref() {
        Some("http") => Some(Problem::new(
            "the address is not https, and what is sent is not for everybody",
            "write [\"https://…\"], or a command with its arguments",
        )),
        Some("https") if parts > 1 => Some(Problem::new(
            "more stands behind the address",
            "write one address alone: [\"https://…\"]",
        )),
        Some("https") => web(first).err(),
        _ => None,
    }
}

/// A key that takes a table of texts.
fn pairs(form: Form, table: &dyn TableLike, place: &Range<usize>) -> Result<Checked, Problems> {
    let mut pairs = Vec::new();
    let mut problems = Problems::new();
    for (name, item) in table.iter() {
        let key_span = table.key(name).and_then(|key| key.span()).unwrap_or_else(|| place.clone());
        let span = item.span().unwrap_or_else(|| key_span.clone());
        let Some(text) = item.as_str() else {
            problems.push((
                span,
                Problem::new(
                    format!("`{}` must be a text", super::finding::shown(name)),
                    format!("write {}", example(form)),
                ),
            ));
            continue;
        };
        let checked = match form {
            Form::ByLanguage => {
                words::language(name).and_then(|code| Ok((code, words::text(text)?)))
            }
            _ => Ok((name.to_owned(), text.to_owned())),
        };
        match checked {
            Ok((name, text)) => {
                pairs.push((At { value: name, span: key_span }, At { value: text, span }));
            }
            Err(problem) => problems.push((key_span, problem)),
        }
    }
    if problems.is_empty() { Ok(Checked::Pairs(pairs)) } else { Err(problems) }
}

/// A value of another type than its key takes.
fn wrong(form: Form, item: &Item, words: &str) -> Problem {
    let words = words.trim();
    let short = words.chars().count() <= 40 && !words.contains('\n');
    let help = match (form, item) {
        (Form::Switch, Item::Value(Value::String(text)))
            if matches!(text.value().trim(), "true" | "false") =>
        {
            format!("write {} without quotes", text.value().trim())
        }
        (Form::Whole(..), Item::Value(Value::String(text)))
            if text.value().trim().parse::<i64>().is_ok() =>
        {
            format!("write {} without quotes", text.value().trim())
        }
        (_, Item::Value(Value::String(_))) if is_list(form) && short => {
            format!("put it in brackets: [{words}]")
        }
        (Form::Text | Form::Id, Item::Value(value))
            if short && (value.is_integer() || value.is_float() || value.is_datetime()) =>
        {
            format!("put it in quotes: \"{words}\"")
        }
        (Form::Time(..), Item::Value(Value::Integer(number))) if *number.value() > 0 => {
            format!("write a unit and quotes: \"{}s\" for seconds, or \"1h\"", number.value())
        }
        _ => format!("write, for example, {}", example(form)),
    };
    Problem::new(format!("{} where {} should be", what(item), wanted(form)), help)
}

fn what(item: &Item) -> &'static str {
    match item {
        Item::Value(Value::String(_)) => "a text",
        Item::Value(Value::Integer(_)) => "a whole number",
        Item::Value(Value::Float(_)) => "a number",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a date",
        Item::Value(Value::Array(_)) => "a list",
        Item::Value(Value::InlineTable(_)) | Item::Table(_) => "a table",
        Item::ArrayOfTables(_) => "several tables",
        Item::None => "nothing",
    }
}

fn wanted(form: Form) -> &'static str {
    match form {
        Form::Switch => "true or false",
        Form::Whole(..) => "a whole number",
        Form::Time(..) => "a duration",
        Form::Size => "a size",
        Form::ByLanguage | Form::Headers => "a table",
        _ if is_list(form) => "a list",
        _ => "a text in quotes",
    }
}

/// A value of this form, as it could be written.
pub(super) fn example(form: Form) -> String {
    match form {
        Form::Text => "\"some words\"",
        Form::Texts => "[\"a phrase\", \"another one\"]",
        Form::Id => "\"my-id\"",
        Form::Ids => "[\"my-id\"]",
        Form::Switch => "true",
        Form::Whole(..) => "10",
        Form::Time(..) => "\"1h\"",
        Form::Size => "\"8MiB\"",
        Form::Address | Form::Origin => "\"https://example.org/\"",
        Form::Contact => "\"mailto:wire@example.org\"",
        Form::Language => "\"en\"",
        Form::Languages => "[\"en\", \"de\"]",
        Form::Zone => "\"Europe/Athens\"",
        Form::Selector => "\"h2 a\"",
        Form::Selectors => "[\".newsletter\"]",
        Form::DateFormat => "\"%d %B %Y\"",
        Form::Listen => "\"127.0.0.1:8080\"",
        Form::Networks => "[\"127.0.0.1/32\"]",
        Form::Hosts => "[\"example.org\"]",
        Form::File => "\"some/directory\"",
        Form::Choice(of) => return format!("\"{}\"", of.first().copied().unwrap_or_default()),
        Form::Choices(of) => return format!("[\"{}\"]", of.first().copied().unwrap_or_default()),
        Form::ByLanguage => "{ de = \"Frieden\", el = \"Ειρήνη\" }",
        Form::Headers => "{ Authorization = \"env:NAME\" }",
        Form::Command => "[\"https://example.org/alert\"]",
    }
    .to_owned()
}
