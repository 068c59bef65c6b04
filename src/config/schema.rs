//! The JSON schema of feeds.toml, for editors: made from the table of keys, so that it knows every key
//! that `check` knows.
//!
//! It is draft 7, which the TOML language server taplo understands. What it accepts is a little more
//! than what `check` accepts: ranges of durations, ids that clash, and whether a selector is one, are
//! not for a schema. What it refuses is wrong, save spaces around the words of a choice.

use serde_json::{Map, Value, json};

use super::check::{example, size_pattern, time_pattern};
use super::keys::{Absent, Effect, Form, Key, TABLES, Table};

/// The schema, as it is written into a file.
pub fn schema() -> String {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for table in TABLES.iter().filter(|table| !table.name.contains('.')) {
        properties.insert(table.name.to_owned(), of_table(table));
        if matches!(table.name, "site" | "source") {
            required.push(table.name);
        }
    }
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "feeds.toml",
        "description": "The sources, tags and outputs of a wire made by samizdat",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "definitions": { "zone": { "type": "string", "enum": zones() } },
    });
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Names of time zones, and the empty one for none.
fn zones() -> Vec<&'static str> {
    std::iter::once("").chain(chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())).collect()
}

fn of_table(table: &Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        properties.insert(key.name.to_owned(), of_key(key));
    }
    for inner in TABLES {
        if let Some((outer, name)) = inner.name.split_once('.')
            && outer == table.name
        {
            properties.insert(name.to_owned(), of_table(inner));
        }
    }
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.absent == Absent::Required)
        .map(|key| key.name)
        .collect();
    let mut one = json!({
        "type": "object",
        "description": described(table.doc, table.has_effect()),
        "properties": properties,
        "additionalProperties": false,
    });
    put(&mut one, "required", (!required.is_empty()).then(|| json!(required)));
    // A page without selectors is refused, and selectors of pages are not for feeds.
    if table.name == "source" {
        let page = json!({ "properties": { "kind": { "const": "page" } }, "required": ["kind"] });
        let selectors = json!({
            "required": ["select"],
            "properties": { "select": { "required": ["item", "title", "link"] } },
        });
        put(&mut one, "if", Some(page));
        put(&mut one, "then", Some(selectors));
    }
    if !table.repeated {
        return one;
    }
    let mut many = json!({
        "type": "array",
        "description": described(table.doc, table.has_effect()),
        "items": one,
    });
    let least = (table.name == "source").then(|| json!(1));
    put(&mut many, "minItems", least);
    many
}

fn of_key(key: &Key) -> Value {
    let mut value = of_form(key.form, key.absent == Absent::Required);
    put(&mut value, "description", Some(json!(described(key.doc, key.effect == Effect::Now))));
    put(&mut value, "default", default(key));
    put(&mut value, "examples", from_toml(&example(key.form)).map(|value| json!([value])));
    value
}

fn described(doc: &str, has_effect: bool) -> String {
    if has_effect { doc.to_owned() } else { format!("{doc} (no effect yet)") }
}

fn put(schema: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (schema.as_object_mut(), value) {
        object.insert(name.to_owned(), value);
    }
}

fn default(key: &Key) -> Option<Value> {
    match key.absent {
        Absent::Default(written) => from_toml(written),
        Absent::Required | Absent::Nothing => None,
    }
}

/// A value as feeds.toml has it, in JSON.
fn from_toml(written: &str) -> Option<Value> {
    fn json_of(value: &toml_edit::Value) -> Option<Value> {
        Some(match value {
            toml_edit::Value::String(text) => json!(text.value()),
            toml_edit::Value::Integer(number) => json!(number.value()),
            toml_edit::Value::Boolean(switch) => json!(switch.value()),
            toml_edit::Value::Array(list) => {
                Value::Array(list.iter().filter_map(json_of).collect())
            }
            toml_edit::Value::InlineTable(table) => Value::Object(
                table
                    .iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), json_of(value)?)))
                    .collect(),
            ),
            _ => return None,
        })
    }
    json_of(&written.parse().ok()?)
}

/// Words, with something in them where they must not be empty.
fn words(is_required: bool) -> Value {
    if is_required {
        json!({ "type": "string", "pattern": "\\S" })
    } else {
        json!({ "type": "string" })
    }
}

fn texts(pattern: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string", "pattern": pattern } })
}

/// A pattern that lets an empty text through where it stands for none.
fn matching(pattern: &str, may_be_empty: bool) -> Value {
    let pattern = if may_be_empty {
        format!("^\\s*({pattern})?\\s*$")
    } else {
        format!("^\\s*({pattern})\\s*$")
    };
    json!({ "type": "string", "pattern": pattern })
}

const ID: &str = "[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?";
const LANGUAGE: &str = "[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*";
const WEB: &str = "[Hh][Tt][Tt][Pp][Ss]?://\\S.*";

fn of_form(form: Form, is_required: bool) -> Value {
    match form {
        Form::Text | Form::Origin => words(is_required),
        Form::Texts => texts("\\S"),
        Form::Id => json!({ "type": "string", "pattern": format!("^{ID}$") }),
        Form::Ids => texts(&format!("^{ID}$")),
        Form::Switch => json!({ "type": "boolean" }),
        Form::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Form::Time(..) => matching(&time_pattern(), false),
        Form::Size => matching(&size_pattern(), false),
        Form::Address => matching(WEB, !is_required),
        Form::Contact => matching(&format!("[Mm][Aa][Ii][Ll][Tt][Oo]:\\S+|{WEB}"), true),
        Form::Language => matching(LANGUAGE, true),
        Form::Languages => texts(&format!("^\\s*{LANGUAGE}\\s*$")),
        Form::Zone => json!({ "allOf": [{ "$ref": "#/definitions/zone" }] }),
        Form::Selector => words(false),
        Form::Selectors => texts("\\S"),
        Form::DateFormat => matching(".*%.*", true),
        Form::Listen => matching("\\S+:[0-9]+", true),
        Form::Networks => texts("/[0-9]+\\s*$"),
        Form::Hosts => texts("^\\s*[^\\s/:*]+\\s*$"),
        Form::File => words(false),
        Form::Choice(of) => json!({ "type": "string", "enum": of }),
        Form::Choices(of) => json!({ "type": "array", "items": { "type": "string", "enum": of } }),
        Form::ByLanguage => json!({
            "type": "object",
            "propertyNames": { "pattern": format!("^\\s*{LANGUAGE}\\s*$") },
            "additionalProperties": { "type": "string" },
        }),
        Form::Headers => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
            "additionalProperties": { "type": "string" },
        }),
        Form::Command => json!({ "type": "array", "items": { "type": "string" } }),
    }
}
