//! `docs/SAFE-HTML.md` says what the list says, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::PROMISE;
use super::{Url, allowed, clean, videos};

#[test]
fn the_document_names_every_element_with_its_attributes() {
    let mut list: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for element in allowed::ELEMENTS {
        list.insert((*element).to_owned(), BTreeSet::new());
    }
    for (element, attributes) in allowed::ATTRIBUTES {
        let own = list.get_mut(*element).expect("attributes belong to an element of the list");
        own.extend(attributes.iter().map(|name| (*name).to_owned()));
    }
    list.get_mut("a").unwrap().insert("rel".to_owned());
    assert_eq!(PROMISE.elements, list);
    let everywhere: Vec<&str> = PROMISE.everywhere.iter().map(String::as_str).collect();
    let mut list = allowed::GLOBAL_ATTRIBUTES.to_vec();
    list.sort_unstable();
    assert_eq!(everywhere, list);
}

#[test]
fn the_list_is_sorted_since_it_is_searched_so() {
    assert!(allowed::ELEMENTS.is_sorted());
}

#[test]
fn the_document_names_what_is_renamed_and_where_frames_lead() {
    let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
    assert_eq!(PROMISE.renamed, allowed::RENAMED.iter().map(owned).collect());
    let frames: BTreeMap<String, String> = videos::PLAYERS
        .iter()
        .map(|player| {
            let id = player.parameter.map_or("ID".to_owned(), |name| format!("?{name}=ID"));
            (format!("{}{}{id}", player.host, player.path), format!("{}ID", player.page))
        })
        .collect();
    assert_eq!(PROMISE.videos, frames);
    let base = Url::parse("https://example.org/").unwrap();
    for (frame, page) in &frames {
        assert_eq!(videos::page_of_frame(&format!("//www.{frame}"), &base).as_ref(), Some(page));
    }
}

#[test]
fn the_document_names_the_schemes_that_come_through() {
    let schemes = ["http", "https", "mailto", "ftp", "tel", "xmpp", "data", "javascript", "magnet"];
    for (attribute, allowed) in &PROMISE.schemes {
        for scheme in schemes {
            let address = match scheme {
                "mailto" => "mailto:a@b.org".to_owned(),
                _ => format!("{scheme}://b.org/x"),
            };
            let html = match attribute.as_str() {
                "href" => format!("<a href=\"{address}\">x</a>"),
                "cite" => format!("<q cite=\"{address}\">x</q>"),
                "poster" => format!("<video src=\"/v\" poster=\"{address}\"></video>"),
                "srcset" => format!("<img src=\"/i\" srcset=\"{address} 2x\">"),
                "src" => format!("<img src=\"{address}\">"),
                other => panic!("no case for {other}"),
            };
            let is_there = clean(&html).contains(&address);
            assert_eq!(is_there, allowed.contains(scheme), "{attribute} of {scheme}");
        }
    }
}

/// Of each kind of thing that the document says is dropped, one.
#[test]
fn the_document_says_what_becomes_of_the_rest() {
    for (html, becomes) in [
        ("<font size=7>x</font><label>y</label><nobr>z</nobr>", "xyz"),
        ("<object data=o><p>fallback</p></object>", "<p>fallback</p>"),
        (
            "<picture><source srcset=/a.webp><img src=/a.jpg></picture>",
            "<img src=\"https://example.org/a.jpg\">",
        ),
        ("a<textarea>b</textarea><title>c</title><noembed>d</noembed>e", "ae"),
        ("a<svg><text>b</text></svg><math><mi>c</mi></math><select><option>d</select>e", "ae"),
        ("a<map name=m><area href=/x></map><input value=v><link rel=stylesheet href=c>b", "ab"),
        (
            "<video src=/v><track src=/t.vtt></video>",
            "<video src=\"https://example.org/v\" controls=\"\" preload=\"none\"></video>",
        ),
        ("<audio>no sound here</audio>", "no sound here"),
        ("a<!-- b --><?php c ?><!doctype html>d", "ad"),
        ("<a name=note>here</a> <a href=\"#note\">there</a>", "here there"),
        ("<p><b></b></p><div><p> </p></div>x", "x"),
    ] {
        assert_eq!(clean(html), becomes, "{html}");
    }
}
