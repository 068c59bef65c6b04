//! A strict judge of sanitised HTML: parses it as browsers do, and holds every node against
//! `docs/SAFE-HTML.md`. It shares no code with what it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use html5ever::driver::{ParseOpts, parse_fragment};
use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{LocalName, QualName, ns};
use scraper::{Html, HtmlTreeSink, Node};
use url::Url;

const DOCUMENT: &str = include_str!("../../docs/SAFE-HTML.md");

/// Sanitised HTML is no longer; a few bytes more where white space is written as a reference.
const MAX_LENGTH: usize = 2 * 1024 * 1024;

/// Our own depth, and the elements that parsers put around.
const MAX_DEPTH: usize = 110;

/// What `docs/SAFE-HTML.md` promises.
#[derive(Debug, PartialEq, Eq)]
pub struct Promise {
    /// The attributes of each element.
    pub elements: BTreeMap<String, BTreeSet<String>>,
    /// Those of every element.
    pub everywhere: BTreeSet<String>,
    /// Under which name an element is published that has another one.
    pub renamed: BTreeMap<String, String>,
    /// The schemes of each attribute that holds an address.
    pub schemes: BTreeMap<String, BTreeSet<String>>,
    /// Where each frame of a video host leads.
    pub videos: BTreeMap<String, String>,
}

/// The tables of the document.
pub static PROMISE: LazyLock<Promise> = LazyLock::new(|| {
    let mut elements = BTreeMap::new();
    for row in rows("## What comes through") {
        for element in words(&row[1]) {
            elements.insert(element, words(&row[2]).into_iter().collect());
        }
    }
    let everywhere = DOCUMENT
        .lines()
        .find_map(|line| line.strip_prefix("On every element:"))
        .expect("the document names the attributes of every element");
    let pairs = |heading| {
        let mut pairs = BTreeMap::new();
        for row in rows(heading) {
            let to = words(&row[1]);
            pairs.extend(words(&row[0]).into_iter().map(|from| (from, to[0].clone())));
        }
        pairs
    };
    let mut schemes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows("## Addresses") {
        for attribute in words(&row[0]) {
            schemes.insert(attribute, words(&row[1]).into_iter().collect());
        }
    }
    Promise {
        elements,
        everywhere: words(everywhere).into_iter().collect(),
        renamed: pairs("## What is published under another name"),
        schemes,
        videos: pairs("## Video hosts"),
    }
});

/// The rows of the table below a heading, without its own first two lines.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = DOCUMENT.split_once(heading).expect("the document has this heading");
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// What stands between backticks.
fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Parses a fragment as a browser does that has scripts switched on or off: they read `noscript`
/// differently.
pub fn parsed(html: &str, scripting: bool) -> Html {
    let tree_builder =
        TreeBuilderOpts { scripting_enabled: scripting, ..TreeBuilderOpts::default() };
    let parser = parse_fragment(
        HtmlTreeSink::new(Html::new_fragment()),
        ParseOpts { tree_builder, ..ParseOpts::default() },
        QualName::new(None, ns!(html), LocalName::from("div")),
        Vec::new(),
        scripting,
    );
    parser.one(html)
}

/// Parsed and written once more, as an editor or a feed reader does with what it shows.
pub fn rewritten(html: &str) -> String {
    parsed(html, true).root_element().inner_html()
}

/// Whether the HTML keeps the promise, for every parser.
///
/// # Errors
///
/// Says what it has that it must not have.
pub fn judge(html: &str) -> Result<(), String> {
    if html.len() > MAX_LENGTH {
        return Err(format!("it has {} bytes", html.len()));
    }
    if let Some(c) = html.chars().find(|c| !may_stand(*c)) {
        return Err(format!("it has the character {c:?}"));
    }
    for scripting in [true, false] {
        let tree = parsed(html, scripting);
        for node in tree.root_element().descendants().skip(1) {
            if node.ancestors().take(MAX_DEPTH + 1).count() > MAX_DEPTH {
                return Err("it is nested too deep".to_owned());
            }
            match node.value() {
                Node::Element(element) => judge_element(element)?,
                Node::Text(_) => {}
                other => return Err(format!("it has {other:?}")),
            }
        }
    }
    // Written again, attributes may come in another order; everything else stands where it stood.
    let again = rewritten(html);
    if without_attributes(&again) != without_attributes(html)
        || parsed(&again, true).tree != parsed(html, true).tree
    {
        return Err(format!("parsed and written again it differs: {again}"));
    }
    Ok(())
}

/// Its tags have their names only. Within attributes of what is sanitised there is no `>`.
fn without_attributes(html: &str) -> String {
    let mut bare = String::with_capacity(html.len());
    for (number, piece) in html.split('<').enumerate() {
        if number == 0 {
            bare.push_str(piece);
            continue;
        }
        let (tag, text) = piece.split_once('>').unwrap_or((piece, "?"));
        let name = tag.split(' ').next().unwrap_or_default();
        bare.push_str(&format!("<{name}>{text}"));
    }
    bare
}

/// XML allows it, and it turns or hides no other.
fn may_stand(c: char) -> bool {
    let is_xml =
        matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    is_xml && !matches!(c, '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn judge_element(element: &scraper::node::Element) -> Result<(), String> {
    let name = element.name();
    if element.name.ns != ns!(html) {
        return Err(format!("<{name}> is foreign"));
    }
    let own = PROMISE.elements.get(name).ok_or_else(|| format!("it has <{name}>"))?;
    for (attribute, value) in &element.attrs {
        let attribute_name = attribute.local.as_ref();
        let is_promised =
            own.contains(attribute_name) || PROMISE.everywhere.contains(attribute_name);
        if !is_promised || attribute.ns != ns!() {
            return Err(format!("<{name}> has {attribute_name}"));
        }
        judge_value(name, attribute_name, value).map_err(|why| format!("<{name}>: {why}"))?;
    }
    let attribute = |name: &str| element.attr(name);
    let is_whole = match name {
        "a" => attribute("href").is_some() && attribute("rel") == Some("noopener noreferrer"),
        "img" => attribute("src").is_some(),
        "source" => attribute("src").is_some(),
        "audio" | "video" => {
            attribute("controls").is_some() && attribute("preload") == Some("none")
        }
        _ => true,
    };
    if is_whole { Ok(()) } else { Err(format!("<{name}> lacks an attribute: {element:?}")) }
}

fn judge_value(element: &str, attribute: &str, value: &str) -> Result<(), String> {
    let Some(schemes) = PROMISE.schemes.get(attribute) else {
        let is_long = value.chars().count() > 1000;
        return if is_long { Err(format!("{attribute} is long")) } else { Ok(()) };
    };
    let addresses: Vec<&str> = if attribute == "srcset" {
        let candidates = value.split(", ");
        candidates.map(|candidate| candidate.split(' ').next().unwrap_or_default()).collect()
    } else {
        vec![value]
    };
    for address in addresses {
        // Not only must the address be harmless when read well: it must leave nothing to read badly.
        let begins = schemes.iter().any(|scheme| {
            let slashes = if scheme == "mailto" { "" } else { "//" };
            address.starts_with(&format!("{scheme}:{slashes}"))
        });
        let has_odd =
            address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
        let url = Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
        let names_user = !url.username().is_empty() || url.password().is_some();
        if !begins || has_odd || names_user || !schemes.contains(url.scheme()) {
            return Err(format!("{attribute} of {element} is {address:?}"));
        }
    }
    Ok(())
}
