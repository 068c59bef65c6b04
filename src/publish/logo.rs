//! Logos of organisations: a file that the maintainers put beside feeds.toml, published as it is.
//!
//! What it is goes by its first bytes, not by its name. SVG is a document that may run scripts and
//! load from elsewhere when somebody opens it by itself, and a server of plain files sends no policy
//! with it: so only drawings are taken, made of elements that draw and of references within the
//! file. What is refused is refused whole, with the remedy; nothing is mended in other people's
//! logos.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// No logo is larger.
pub const MAX_LOGO_BYTES: u64 = 512 * 1024;

/// Elements of SVG that draw, or describe what does.
const DRAWING: &[&str] = &[
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "title",
    "desc",
    "defs",
    "use",
    "symbol",
    "clipPath",
    "mask",
    "linearGradient",
    "radialGradient",
    "stop",
    "pattern",
    "style",
    "metadata",
    "switch",
    "marker",
    "filter",
    "feGaussianBlur",
    "feOffset",
    "feBlend",
    "feMerge",
    "feMergeNode",
    "feColorMatrix",
    "feFlood",
    "feComposite",
];

const SVG: &str = "http://www.w3.org/2000/svg";

/// What drawing programs leave in their files: notes to themselves, which no browser acts upon.
const NOTES: &[&str] = &[
    "http://www.inkscape.org/namespaces/inkscape",
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
];

/// Deeper than any drawing.
const MOST_DEPTH: usize = 100;

/// The ending under which a logo is published, such as `png`.
///
/// # Errors
/// Says what is wrong with it, and what would do.
pub fn ending(bytes: &[u8]) -> Result<&'static str, String> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok("png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Ok("jpg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Ok("gif")
    } else if is_webp {
        Ok("webp")
    } else {
        let text = std::str::from_utf8(bytes).map_err(|_| UNKNOWN.to_owned())?;
        if !text.contains("<svg") {
            return Err(UNKNOWN.to_owned());
        }
        drawing(text)
            .map(|()| "svg")
            .map_err(|what| format!("the SVG {what}; save it as a plain drawing, or as PNG"))
    }
}

const UNKNOWN: &str = "it is no picture that browsers show: use PNG, JPEG, GIF, WebP or SVG";

/// Whether an SVG only draws.
fn drawing(text: &str) -> Result<(), String> {
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut depth = 0_usize;
    let mut is_style = false;
    loop {
        let (space, event) =
            reader.read_resolved_event().map_err(|error| format!("is broken ({error})"))?;
        match event {
            Event::Start(element) => {
                depth = depth.saturating_add(1);
                if depth > MOST_DEPTH {
                    return Err("is nested too deeply".to_owned());
                }
                check_element(&space, &element)?;
                is_style = element.local_name().as_ref() == "style";
            }
            Event::Empty(element) => check_element(&space, &element)?,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                is_style = false;
            }
            Event::Text(words) if is_style => check_words(&words)?,
            Event::CData(words) if is_style => check_words(&words)?,
            // An entity may stand for anything.
            Event::GeneralRef(_) if is_style => {
                return Err("has entities in a style".to_owned());
            }
            Event::DocType(words) if words.contains('[') => {
                return Err("declares entities of its own".to_owned());
            }
            Event::PI(_) => return Err("has an instruction to other programs".to_owned()),
            Event::Eof if depth > 0 => return Err("ends in the middle".to_owned()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn check_element(space: &ResolveResult<'_>, element: &BytesStart<'_>) -> Result<(), String> {
    let name = element.local_name().as_ref().to_owned();
    let is_drawing = match space {
        ResolveResult::Bound(space) if space.as_ref() == SVG => DRAWING.contains(&name.as_str()),
        ResolveResult::Bound(space) => NOTES.contains(&space.as_ref()),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => false,
    };
    if !is_drawing {
        return Err(format!("has the element <{name}>"));
    }
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| format!("is broken ({error})"))?;
        let key = attribute.key.local_name().as_ref().to_ascii_lowercase();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| format!("is broken ({error})"))?;
        let is_declaration = attribute.key.as_namespace_binding().is_some();
        if key.starts_with("on") {
            return Err(format!("has a script in `{key}`"));
        }
        if matches!(key.as_str(), "href" | "src" | "base") && !value.trim_start().starts_with('#') {
            return Err(format!("refers to something else in `{key}`"));
        }
        if !is_declaration {
            check_words(&value)?;
        }
    }
    Ok(())
}

/// Words of styles and attributes: they may refer to parts of the file itself.
fn check_words(words: &str) -> Result<(), String> {
    let plain: String = words
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .flat_map(char::to_lowercase)
        .collect();
    let refers = plain.match_indices("url(").any(|(at, found)| {
        let rest = plain.get(at.saturating_add(found.len())..).unwrap_or_default();
        !rest.trim_start_matches(['"', '\'']).starts_with('#')
    });
    let forbidden =
        ["@import", "javascript:", "expression(", "image(", "image-set(", "\\", "-moz-binding"];
    match forbidden.iter().find(|word| plain.contains(*word)) {
        Some(word) => Err(format!("has `{word}` in it")),
        None if refers => Err("loads something from elsewhere".to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(within: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\">{within}</svg>"
        )
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(ending(b"\x89PNG\r\n\x1a\n...."), Ok("png"));
        assert_eq!(ending(b"\xff\xd8\xff\xe0"), Ok("jpg"));
        assert_eq!(ending(b"GIF89a"), Ok("gif"));
        assert_eq!(ending(b"RIFF\0\0\0\0WEBPVP8 "), Ok("webp"));
        for other in
            [&b""[..], b"%PDF-1.4", b"<html><script>", b"\xff\xfe<\0s\0v\0g\0", b"RIFF\0\0\0\0WAVE"]
        {
            assert!(ending(other).unwrap_err().contains("PNG"), "{other:?}");
        }
    }

    #[test]
    fn drawings_are_taken() {
        for within in [
            "<path d=\"M0 0h9v9z\" fill=\"#a61b1b\"/>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient></defs><rect fill=\"url(#a)\" style=\"fill: url( '#a' )\"/>",
            "<symbol id=\"s\"><circle r=\"2\"/></symbol><use xlink:href=\"#s\"/><use href=\"#s\"/>",
            "<style>.a{fill:red} .b{fill:url(#a)}</style><text x=\"1\">Peace &amp; bread</text>",
            "<metadata><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></metadata>",
        ] {
            assert_eq!(ending(svg(within).as_bytes()), Ok("svg"), "{within}");
        }
    }

    #[test]
    fn h37_what_may_run_or_load_is_refused() {
        for within in [
            "<script>alert(1)</script>",
            "<script xmlns=\"http://www.w3.org/1999/xhtml\">alert(1)</script>",
            "<path onload=\"alert(1)\"/>",
            "<path ONCLICK=\"alert(1)\"/>",
            "<a xlink:href=\"javascript:alert(1)\"><path/></a>",
            "<foreignObject><p xmlns=\"http://www.w3.org/1999/xhtml\"/></foreignObject>",
            "<image href=\"https://elsewhere.example/x.png\"/>",
            "<use href=\"https://elsewhere.example/x.svg#a\"/>",
            "<use xlink:href=\"data:image/svg+xml,x\"/>",
            "<rect fill=\"url(https://elsewhere.example/#a)\"/>",
            "<rect style=\"fill:u\\72l(x)\"/>",
            "<style>@import 'x';</style>",
            "<style><![CDATA[@import 'x';]]></style>",
            "<style>.a{fill:url(//elsewhere.example/)}</style>",
            "<style>.a{fill:&#117;rl(//elsewhere.example/)}</style>",
            "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>",
            "<set attributeName=\"href\" to=\"x\"/>",
            "<handler xmlns=\"http://www.w3.org/2001/xml-events\"/>",
            "<g xml:base=\"https://elsewhere.example/\"/>",
            "<g>",
            "<?xml-stylesheet href=\"x\"?>",
            "<x/>",
        ] {
            assert!(ending(svg(within).as_bytes()).is_err(), "{within}");
        }
        let entities = format!("<!DOCTYPE svg [<!ENTITY a \"b\">]>{}", svg(""));
        assert!(ending(entities.as_bytes()).is_err());
        assert!(ending(svg(&"<g>".repeat(100_000)).as_bytes()).is_err());
        assert!(ending(b"<svg><path/></svg>").is_err(), "no drawing without its namespace");
    }
}
