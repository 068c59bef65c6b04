//! Secrets: they stand in the environment, and feeds.toml names them.
//!
//! What is filled in here is never part of a message.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::finding::{Problem, shown};
use crate::model::{Secrets, is_placeholder, is_secret_parameter};

/// What may stand in the place of a secret within a url.
const OPENING: &str = "{env:";

/// Headers that the fetcher sets itself, and that break conditional requests or the connection
/// when somebody else does.
const OUR_HEADERS: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers whose value is a secret whatever it is.
pub(super) const SECRET_HEADERS: &[&str] =
    &["authorization", "cookie", "x-api-key", "x-auth-token"];

type Environment = BTreeMap<String, String>;

/// Whether a url has values of the environment in it.
pub(super) fn is_named_in_url(written: &str) -> bool {
    written.contains(OPENING)
}

/// Whether the value of a header comes from the environment.
pub(super) fn is_named(written: &str) -> bool {
    written.trim().starts_with("env:")
}

/// A url with every `{env:NAME}` filled in.
pub(super) fn filled(written: &str, environment: &Environment) -> Result<String, Vec<Problem>> {
    let mut filled = String::with_capacity(written.len());
    let mut problems = Vec::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once(OPENING) {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            problems.push(Problem::new(
                "`{env:` is not closed",
                "write {env:NAME}, with the name of a variable",
            ));
            return Err(problems);
        };
        match variable(name, environment) {
            Ok(value) => filled.push_str(value),
            Err(problem) => problems.push(problem),
        }
        rest = behind;
    }
    filled.push_str(rest);
    if problems.is_empty() { Ok(filled) } else { Err(problems) }
}

/// The variables that a url and headers name, with what the environment says.
pub(super) fn named<'t>(
    url: &'t str,
    headers: impl IntoIterator<Item = &'t str>,
    environment: &'t Environment,
) -> Secrets {
    let in_url = url.split(OPENING).skip(1).filter_map(|after| Some(after.split_once('}')?.0));
    let in_headers = headers.into_iter().filter_map(|value| value.trim().strip_prefix("env:"));
    let names = in_url.chain(in_headers.map(str::trim));
    Secrets::of(names.filter_map(|name| Some((name, environment.get(name)?.as_str()))))
}

/// Those of the variables that a url and headers name which are not there.
pub(super) fn lacking<'t>(
    url: &'t str,
    headers: impl IntoIterator<Item = &'t str>,
    missing: &BTreeSet<String>,
) -> Vec<String> {
    let in_url = url.split(OPENING).skip(1).filter_map(|after| Some(after.split_once('}')?.0));
    let in_headers = headers.into_iter().filter_map(|value| value.trim().strip_prefix("env:"));
    let named: BTreeSet<&str> = in_url.chain(in_headers.map(str::trim)).collect();
    named.into_iter().filter(|name| missing.contains(*name)).map(str::to_owned).collect()
}

/// Stands for a secret that is not at hand; never sent, since a source that lacks one is not asked.
const STAND_IN: &str = "not-set";

/// The environment with a stand-in for every variable that the text names and the environment
/// lacks, and where the text names each of those first.
pub(super) fn with_stand_ins(
    text: &str,
    environment: &Environment,
) -> (Environment, Vec<(String, Range<usize>)>) {
    let mut completed = environment.clone();
    let mut missing = Vec::new();
    for (at, found) in text.match_indices("env:") {
        let start = at.saturating_add(found.len());
        let named = text.get(start..).unwrap_or_default();
        let name: String =
            named.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if !name.is_empty() && completed.get(&name).is_none_or(|value| value.trim().is_empty()) {
            completed.insert(name.clone(), STAND_IN.to_owned());
            let end = start.saturating_add(name.len());
            missing.push((name, at..end));
        }
    }
    (completed, missing)
}

fn variable<'e>(name: &str, environment: &'e Environment) -> Result<&'e str, Problem> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_formed {
        return Err(Problem::new(
            format!("`{}` cannot be the name of a variable", shown(name)),
            "use letters, digits and underscores: PARTNER_TOKEN",
        ));
    }
    let help = format!("set {name} where samizdat runs: {name}=… samizdat check");
    match environment.get(name).map(|value| value.trim()) {
        None => Err(Problem::new(format!("the environment has no {name}"), help)),
        Some("") => Err(Problem::new(format!("{name} is empty in the environment"), help)),
        Some(value) if value.chars().any(char::is_control) => Err(Problem::new(
            format!("{name} has a line break or control character in the environment"),
            format!("set {name} to one line"),
        )),
        Some(value) => Ok(value),
    }
}

/// A request header: its value, or an error. `Ok((value, true))` where a secret stands in the file.
pub(super) fn header(
    name: &str,
    written: &str,
    environment: &Environment,
) -> Result<(String, bool), Problem> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(Problem::new(
            format!("`{}` is not the name of a header", shown(name)),
            "write it as the partner gave it: \"Authorization\", \"X-Api-Key\"",
        ));
    }
    let small = name.to_ascii_lowercase();
    if OUR_HEADERS.contains(&small.as_str()) {
        return Err(Problem::new(
            format!("the header `{name}` is set by the fetcher itself"),
            "remove it",
        ));
    }
    let (value, literal) = match written.trim().strip_prefix("env:") {
        Some(variable_name) => (variable(variable_name.trim(), environment)?, false),
        None => (written.trim(), true),
    };
    // RFC 9110 section 5.5: visible characters, spaces and tabs.
    if value.is_empty() || !value.chars().all(|c| matches!(c, ' '..='~' | '\t')) {
        return Err(Problem::new(
            format!("the value of the header `{name}` cannot be sent"),
            "use plain letters, digits and signs, on one line; or \"env:NAME\"",
        ));
    }
    if literal && value.contains(OPENING) {
        return Err(Problem::new(
            format!("the header `{name}` has its variable in braces"),
            "the whole value comes from the environment: \"env:NAME\"",
        ));
    }
    Ok((value.to_owned(), literal && SECRET_HEADERS.contains(&small.as_str())))
}

/// Names of query parameters whose secret stands in the url as written.
pub(super) fn secret_parameters(written: &str) -> Vec<String> {
    let Some((_, query)) = written.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    query
        .split(['&', ';'])
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, value)| {
            is_secret_parameter(name) && !value.is_empty() && !is_placeholder(value)
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}
