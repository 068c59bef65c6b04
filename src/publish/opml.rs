//! OPML 2.0: the sources that we read, for those who would rather read them themselves, and the
//! outputs that we make.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::model::{Formats, Kind, OPML_NAMESPACE, Source};

use super::{
    Navigation, PROGRAM, RenderError, Rendered, Site, SourceLink, VERSION, address, document,
    proof, safe,
};

type Attributes<'a> = Vec<(&'a str, String)>;

/// Whether an output belongs into a folder.
type Has = fn(Formats) -> bool;

/// `sources.opml`: every source that is polled and has a url that may be shown.
pub(super) fn sources(site: &Site, sources: &[SourceLink]) -> Result<Rendered, RenderError> {
    let title = format!("Sources of {}", safe::line(&site.title));
    let outlines = sources
        .iter()
        .filter(|source| source.enabled && !source.url.is_empty())
        .map(|source| Outline { attributes: source_attributes(source), children: Vec::new() })
        .collect();
    write(site, address::SOURCES, &title, outlines)
}

/// What `opml export` gives: every source with a url, also the disabled ones, and of pages their
/// selectors, so that an import brings back what it took.
pub(super) fn export(
    site: &Site,
    sources: &[(&SourceLink, &Source)],
) -> Result<Rendered, RenderError> {
    let title = format!("Sources of {}", safe::line(&site.title));
    let outlines = sources
        .iter()
        .filter(|(link, _)| !link.url.is_empty())
        .map(|(link, source)| {
            let mut attributes = source_attributes(link);
            attributes.extend(own_attributes(source));
            Outline { attributes, children: Vec::new() }
        })
        .collect();
    write(site, address::SOURCES, &title, outlines)
}

/// What OPML has no attributes for; everything else that feeds.toml says of a source is not carried.
fn own_attributes(source: &Source) -> Attributes<'static> {
    let mut attributes = Vec::new();
    if !source.enabled {
        // By the specification an outline that readers leave alone.
        attributes.push(("isComment", "true".to_owned()));
        attributes.push(("samizdat:enabled", "false".to_owned()));
    }
    if let Some(note) = &source.note {
        attributes.push(("samizdat:note", safe::line(note)));
    }
    let Some(select) = &source.select else { return attributes };
    // A list of selectors is one selector with commas.
    let drop = (!select.drop.is_empty()).then(|| select.drop.join(", "));
    let own = [
        ("samizdat:item", Some(&select.item)),
        ("samizdat:title", Some(&select.title)),
        ("samizdat:link", Some(&select.link)),
        ("samizdat:summary", select.summary.as_ref()),
        ("samizdat:date", select.date.as_ref()),
        ("samizdat:date_format", select.date_format.as_ref()),
        ("samizdat:image", select.image.as_ref()),
        ("samizdat:content", select.content.as_ref()),
        ("samizdat:drop", drop.as_ref()),
        ("samizdat:min_items", Some(&select.min_items.to_string())),
    ]
    .map(|(key, words)| words.map(|words| (key, safe::line(words))));
    attributes.extend(own.into_iter().flatten());
    attributes
}

fn source_attributes(source: &SourceLink) -> Attributes<'static> {
    let name = safe::line(&source.name);
    let organisation = safe::line(&source.organisation);
    let url = safe::line(&source.url);
    let mut attributes = vec![("text", name.clone()), ("title", name.clone())];
    match source.kind {
        Kind::Feed => attributes.extend([("type", "rss".to_owned()), ("xmlUrl", url)]),
        // There is no feed to subscribe to: a link is what OPML has for it.
        Kind::Page => attributes.extend([("type", "link".to_owned()), ("url", url)]),
    }
    if let Some(site) = source.site.as_deref().and_then(safe::web_url) {
        attributes.push(("htmlUrl", site));
    }
    if !organisation.is_empty() && organisation != name {
        attributes.push(("description", organisation));
    }
    if let Some(language) = source.language.as_deref().map(safe::language_tag)
        && !language.is_empty()
    {
        attributes.push(("language", language));
    }
    attributes
}

/// `outputs.opml`: the feeds of every output, once as Atom and once as RSS, in a folder each, so
/// that whoever imports it can drop one; in a third one those that are neither.
pub(super) fn outputs(site: &Site, navigation: &Navigation) -> Result<Rendered, RenderError> {
    let site_title = safe::line(&site.title);
    let formats: [(_, _, Has); 3] = [
        ("Atom", address::ATOM, |formats| formats.atom),
        ("RSS", address::RSS, |formats| formats.rss),
        ("JSON Feed", address::JSON, |formats| formats.json && !formats.atom && !formats.rss),
    ];
    let mut folders = Vec::new();
    for (format, file, has) in formats {
        let mut children = Vec::new();
        for output in navigation.outputs.iter().filter(|output| has(output.formats)) {
            let directory = address::directory(&output.key)?;
            let name = document::name(&site_title, &output.key, &output.title);
            let name = document::feed_title(&site_title, &output.key, &name);
            let mut attributes = vec![
                ("text", name.clone()),
                ("title", name),
                ("type", "rss".to_owned()),
                ("xmlUrl", address::absolute(site, &format!("{directory}{file}"))),
            ];
            if output.formats.html {
                attributes.push(("htmlUrl", address::absolute(site, &directory)));
            }
            children.push(Outline { attributes, children: Vec::new() });
        }
        if !children.is_empty() {
            folders.push(Outline { attributes: vec![("text", format.to_owned())], children });
        }
    }
    write(site, address::OUTPUTS, &site_title, folders)
}

struct Outline<'a> {
    attributes: Attributes<'a>,
    children: Vec<Outline<'a>>,
}

fn write(
    site: &Site,
    path: &str,
    title: &str,
    outlines: Vec<Outline<'_>>,
) -> Result<Rendered, RenderError> {
    let failed =
        |reason: String| RenderError::Format { path: path.to_owned(), format: "OPML", reason };
    let bytes = opml(site, title, outlines).map_err(|error| failed(error.to_string()))?;
    proof::well_formed(&bytes)
        .map_err(|reason| RenderError::Unreadable { path: path.to_owned(), reason })?;
    Ok(Rendered { path: path.to_owned(), bytes })
}

fn opml(site: &Site, title: &str, outlines: Vec<Outline<'_>>) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    // OPML has no element for the program that made it.
    writer
        .write_event(Event::Comment(BytesText::from_escaped(format!(" {PROGRAM} {VERSION} "))))?;
    let mut root = BytesStart::new("opml").with_attributes([("version", "2.0")]);
    let is_own = |(name, _): &(&str, String)| name.starts_with("samizdat:");
    if outlines.iter().flat_map(|outline| &outline.attributes).any(is_own) {
        root.push_attribute(("xmlns:samizdat", OPML_NAMESPACE));
    }
    writer.write_event(Event::Start(root))?;
    writer.write_event(Event::Start(BytesStart::new("head")))?;
    writer.create_element("title").write_text_content(BytesText::new(title))?;
    if let Some(editor) = &site.editor {
        let editor = safe::line(editor);
        writer.create_element("ownerName").write_text_content(BytesText::new(&editor))?;
    }
    let docs = BytesText::new("http://opml.org/spec2.opml");
    writer.create_element("docs").write_text_content(docs)?;
    writer.write_event(Event::End(BytesEnd::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    for outline in outlines {
        put(&mut writer, outline)?;
    }
    writer.write_event(Event::End(BytesEnd::new("body")))?;
    writer.write_event(Event::End(BytesEnd::new("opml")))?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// Folders are one level deep, so this goes no deeper than two.
fn put(writer: &mut Writer<Vec<u8>>, outline: Outline<'_>) -> std::io::Result<()> {
    let attributes = outline.attributes.iter().map(|(key, value)| (*key, value.as_str()));
    let element = BytesStart::new("outline").with_attributes(attributes);
    if outline.children.is_empty() {
        return writer.write_event(Event::Empty(element));
    }
    writer.write_event(Event::Start(element))?;
    for child in outline.children {
        put(writer, child)?;
    }
    writer.write_event(Event::End(BytesEnd::new("outline")))
}
