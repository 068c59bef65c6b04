//! H23 to H32, as `checks/hostile-input.md` lists them: each document is polled beside a sound one,
//! and is read, or refused with a reason; what is published holds nothing of what it was after.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::hostile::assert_safe;
use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

/// What becomes of a document.
enum Ends {
    /// It is read, and its items have these titles.
    Titles(&'static [&'static str]),
    /// It is refused, and the message has this word.
    Refused(&'static str),
}
use Ends::{Refused, Titles};

/// Polls each document as a source of its own, beside one that is sound.
fn poll(documents: Vec<(&str, Vec<u8>, Ends)>) -> (Server, Wire) {
    let server = Server::start();
    server.set("/sound", Answer::feed(numbered("sound.example", 1..=3)));
    let mut sources = vec![("sound".to_owned(), server.url("/sound"))];
    for (number, (_, bytes, _)) in documents.iter().enumerate() {
        let path = format!("/{number}");
        server.set(&path, Answer::document("application/xml", bytes.clone()));
        sources.push((format!("s{number}"), server.url(&path)));
    }
    let pairs: Vec<(&str, &str)> =
        sources.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&pairs);
    let report = wire.fetch();
    let stories = wire.stories();
    let outcome = |id: &str| {
        let sources = report["sources"].as_array().unwrap();
        sources.iter().find(|source| source["id"] == id).unwrap().clone()
    };
    let titles = |id: &str| -> Vec<String> {
        let own = stories.iter().filter(|story| story["source"] == id);
        let mut titles: Vec<_> =
            own.map(|story| story["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles
    };
    for (number, (what, _, ends)) in documents.iter().enumerate() {
        let id = format!("s{number}");
        match ends {
            Titles(expected) => {
                assert_eq!(outcome(&id)["outcome"], "new", "{what}: {}", outcome(&id));
                assert_eq!(titles(&id), *expected, "{what}");
            }
            Refused(word) => {
                assert_eq!(outcome(&id)["outcome"], "failed", "{what}: {:?}", titles(&id));
                let error = outcome(&id)["error"].as_str().unwrap().to_owned();
                assert!(error.contains(word), "{what}: {error}");
            }
        }
    }
    assert_eq!(titles("sound").len(), 3, "the sound source is read as ever");
    assert_safe(&wire);
    (server, wire)
}

/// A feed with a head of its own and two items: one of the given title and text, one that is sound.
fn feed(head: &str, title: &str, text: &str) -> String {
    // Each has a host of its own: two with one link would be one story.
    static FEEDS: AtomicUsize = AtomicUsize::new(0);
    let host = format!("h{}.example", FEEDS.fetch_add(1, Ordering::SeqCst));
    format!(
        "{head}<rss version=\"2.0\"><channel><title>H</title><link>https://{host}/</link>\
         <description/><item><title>{title}</title><link>https://{host}/1/</link>\
         <guid isPermaLink=\"false\">1</guid><description>{text}</description></item>\
         <item><title>sound</title><link>https://{host}/2/</link>\
         <guid isPermaLink=\"false\">2</guid><description>sound</description></item>\
         </channel></rss>"
    )
}

fn utf16(text: &str, mark: &[u8], encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(encode)).collect()
}

#[test]
fn h23_entities_grow_in_no_encoding() {
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]>");
    let laughing = || feed(&laughs, "a &l9; b", "&l9;");
    let quadratic = feed(
        &format!("<!DOCTYPE rss [<!ENTITY q \"{}\">]>", "lol".repeat(20_000)),
        "q",
        &"&q;".repeat(20_000),
    );
    let parameter = feed("<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY l 'lollol'>\">%p;]>", "p", "&l;");
    // UTF-7 writes an ampersand as +ACY-: only a reader that believes in UTF-7 sees one.
    let utf7 = feed(
        "<?xml version=\"1.0\" encoding=\"utf-7\"?>+ADwAIQ-DOCTYPE rss +AFs-+ADwAIQ-ENTITY l \"lollol\"+AD4AXQA+-",
        "seven",
        "+ACY-l+ADs-",
    );
    // EBCDIC (IBM037) of `<?xml version="1.0" encoding="IBM037"?><rss/>`.
    let ebcdic = [
        0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40, 0xa5, 0x85, 0x99, 0xa2, 0x89, 0x96, 0x95, 0x7e, 0x7f,
        0xf1, 0x4b, 0xf0, 0x7f, 0x6f, 0x6e, 0x4c, 0x99, 0xa2, 0xa2, 0x61, 0x6e,
    ];
    let lying =
        feed(&format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{laughs}"), "lying", "&l9;");
    let (_, wire) = poll(vec![
        ("a billion laughs", laughing().into(), Titles(&["a &l9; b", "sound"])),
        ("quadratic", quadratic.into(), Titles(&["q", "sound"])),
        ("a parameter entity", parameter.into(), Titles(&["p", "sound"])),
        (
            "UTF-16, little end first",
            utf16(&laughing(), b"\xff\xfe", u16::to_le_bytes),
            Titles(&["a &l9; b", "sound"]),
        ),
        (
            "UTF-16, big end first",
            utf16(&laughing(), b"\xfe\xff", u16::to_be_bytes),
            Titles(&["a &l9; b", "sound"]),
        ),
        ("UTF-7", utf7.into(), Titles(&["seven", "sound"])),
        ("EBCDIC", ebcdic.to_vec(), Refused("plain text")),
        ("a charset that lies", lying.into(), Titles(&["lying", "sound"])),
    ]);
    for (name, (bytes, _)) in wire.public() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("lollol"), "{name}: an entity was expanded");
    }
}

#[test]
fn h24_nothing_that_a_document_names_is_opened() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "the words of a secret").unwrap();
    let file = format!("file://{}", secret.path().display());
    let asked = Server::start();
    asked.set("/x", Answer::document("text/plain", "the words of a secret"));
    let net = asked.url("/x");
    let entities = format!(
        "<?xml-stylesheet type=\"text/xsl\" href=\"{net}\"?><!DOCTYPE rss SYSTEM \"{net}\" \
         [<!ENTITY f SYSTEM \"{file}\"><!ENTITY n SYSTEM \"{net}\"><!ENTITY n2 PUBLIC \"x\" \"{net}\">\
         <!ENTITY % p SYSTEM \"{net}\">%p;]>"
    );
    let include = format!(
        "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{file}\" parse=\"text\"/>"
    );
    let (server, wire) = poll(vec![
        ("entities", feed(&entities, "e &f;", "&f; &n; &n2;").into(), Titles(&["e &f;", "sound"])),
        ("XInclude", feed("", "i", &include).into(), Titles(&["i", "sound"])),
        (
            "XInclude of http",
            feed("", "i", &include.replace(&file, &net)).into(),
            Titles(&["i", "sound"]),
        ),
    ]);
    assert_eq!(asked.asked().len(), 0, "a document made us ask for something");
    assert_eq!(server.asked().len(), 4, "each source is asked once and nobody else");
    for (name, (bytes, _)) in wire.public() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("the words of a secret"), "{name}");
        assert!(!text.contains("xml-stylesheet"), "{name}");
    }
}

#[test]
fn h25_h26_what_is_too_deep_too_wide_or_too_many_is_refused_or_left_out() {
    let json = |items: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"J\",\"items\":[{items}]}}"
        )
    };
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
    poll(vec![
        (
            "items without end",
            feed("", "x", "</item><item>").replace("<item>", &"<item/>".repeat(300_000)).into(),
            Refused("could not be repaired"),
        ),
        (
            "200,000 attributes",
            feed("", "x", "y").replace("<item>", &format!("<item{attributes}>")).into(),
            Refused("attributes"),
        ),
        (
            "an attribute of 4 MiB",
            feed("", "x", "y")
                .replacen("<item>", &format!("<item a=\"{}\">", "z".repeat(4 << 20)), 1)
                .into(),
            Titles(&["sound", "x"]),
        ),
        (
            "a description of 7 MiB of <b>",
            feed("", "x", &format!("<![CDATA[{}y]]>", "<b>".repeat(7 << 18))).into(),
            Titles(&["sound", "x"]),
        ),
        (
            "JSON nested a million deep",
            json(&"[".repeat(1_000_000)).into(),
            Refused("more than 128 deep"),
        ),
        (
            "JSON with a key twice",
            json("{\"id\":\"1\",\"title\":\"first\",\"title\":\"second\",\"content_text\":\"x\"}")
                .into(),
            Titles(&["second"]),
        ),
        ("JSON with NaN", json("{\"id\":NaN}").into(), Refused("damaged at line 1")),
        (
            "JSON with a huge number",
            json(&format!("{{\"id\":1{}}}", "0".repeat(400))).into(),
            Refused("number out of range"),
        ),
        (
            "JSON with lone surrogates",
            json("{\"id\":\"1\",\"title\":\"a\\ud800b\\udc00c\",\"content_text\":\"x\"}").into(),
            Titles(&["a\u{fffd}b\u{fffd}c"]),
        ),
    ]);
}

#[test]
fn h27_to_h30_bytes_and_names_that_are_wrong_stay_within_their_item() {
    let with = |title: &[u8]| {
        let feed = feed("", "§", "x");
        let (before, after) = feed.split_once('§').unwrap();
        [before.as_bytes(), title, after.as_bytes()].concat()
    };
    let double = |title: &str| {
        format!("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>{}", feed("", title, "x"))
    };
    poll(vec![
        (
            "invalid UTF-8",
            with(&["Ελλάδα, ειρήνη a".as_bytes(), b"\xff", "b".as_bytes()].concat()),
            Titles(&["sound", "Ελλάδα, ειρήνη a\u{fffd}b"]),
        ),
        // Where nothing else in it is UTF-8, it is read as what such bytes mostly are.
        ("bytes of another charset", with(b"a\xff\xc3(b"), Titles(&["a\u{ff}\u{c3}(b", "sound"])),
        (
            "overlong UTF-8",
            with(b"a\xc0\xbcscript\xc0\xbeb"),
            Titles(&["a\u{c0}\u{bc}script\u{c0}\u{be}b", "sound"]),
        ),
        ("a byte order mark within", with(b"a\xef\xbb\xbfb"), Titles(&["ab", "sound"])),
        ("NUL", with(b"a\0b"), Titles(&["ab", "sound"])),
        ("ESC", with(b"a\x1b[31mb"), Titles(&["a[31mb", "sound"])),
        ("U+FFFE and U+FFFF", with("a\u{fffe}\u{ffff}b".as_bytes()), Titles(&["ab", "sound"])),
        ("&#0;", with(b"a&#0;&#x1b;&#xfffe;b"), Titles(&["ab", "sound"])),
        ("UTF-8 that says Latin-1", double("Ελλάδα").into(), Titles(&["sound", "Ελλάδα"])),
        (
            "a prefix that means something else",
            feed(
                "",
                "right",
                "x</description><title xmlns=\"urn:x\">wrong</title><description xmlns=\"urn:x\">",
            )
            .into(),
            Titles(&["right", "sound"]),
        ),
        (
            "CDATA in CDATA",
            with(b"<![CDATA[a <![CDATA[b]]> c]]>"),
            Titles(&["a <![CDATA[b c]]>", "sound"]),
        ),
        ("]]> in text", with(b"a ]]> b"), Titles(&["a ]]> b", "sound"])),
        ("a comment that never ends", with(b"a</title><!-- "), Titles(&["a", "sound"])),
        ("half a DOCTYPE", feed("<!DOCTYPE rss [", "a", "x").into(), Titles(&["a", "sound"])),
    ]);
}

#[test]
fn h31_dates_that_cannot_be_give_way_to_first_sight() {
    let dates = [
        "Mon, 02 Nov 0000 08:00:00 +0000",
        "-0001-11-02T08:00:00Z",
        "10000-01-01T00:00:00Z",
        "+275760-09-13T00:00:00Z",
        "2026-06-30T23:59:61Z",
        "2026-11-02T25:00:00Z",
        "2026-11-02T08:00:00+99:99",
        "99999999999999999999999999",
        "-9223372036854775809",
        "2026-02-30T00:00:00Z",
    ];
    let items: String = (0..)
        .zip(dates)
        .map(|(n, date)| {
            format!("<item><title>{n}</title><link>https://h.example/{n}/</link><guid isPermaLink=\"false\">{n}</guid><pubDate>{date}</pubDate></item>")
        })
        .collect();
    let server = Server::start();
    server.set("/a", Answer::feed(format!("<rss version=\"2.0\"><channel><title>H</title><link>https://h.example/</link><description/>{items}</channel></rss>")));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let stories = wire.stories();
    assert_eq!(stories.len(), dates.len());
    for story in stories {
        let time = |name: &str| story[name].as_str().unwrap().to_owned();
        // A minute apart from one another, so that they stay in their order.
        let (published, seen) = (time("published"), time("first_seen"));
        assert!(
            published <= seen && published.as_str() > "2026-11-02T12:50",
            "{}: {published}",
            story["title"]
        );
    }
    assert_safe(&wire);
}

#[test]
fn h32_what_is_no_feed_is_told_and_what_was_there_stays() {
    let page = "<!DOCTYPE html><html><head><title>Polyglot</title></head><body>§</body></html>";
    let bodies: [(&str, Vec<u8>); 6] = [
        ("a page that holds a feed", page.replace('§', &feed("", "x", "y")).into_bytes()),
        ("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n<rss version=\"2.0\"><channel/></rss>".to_vec()),
        ("zip", b"PK\x03\x04<rss version=\"2.0\"><channel/></rss>".to_vec()),
        ("GIF", b"GIF89a<rss version=\"2.0\"><channel/></rss>".to_vec()),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF<rss version=\"2.0\"><channel/></rss>".to_vec()),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><title>rss</title></svg>".to_vec()),
    ];
    for (what, body) in bodies {
        let server = Server::start();
        server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
        let wire = Wire::of(&[("a", &server.url("/a"))]);
        wire.fetch();
        let public = wire.public();
        server.set("/a", Answer::feed(body));
        let report = wire.fetch();
        assert_eq!(report["failed"], 1, "{what}: {report}");
        assert!(report["sources"][0]["error"].as_str().unwrap().len() > 10, "{what}");
        assert_eq!(wire.public(), public, "{what}");
    }
}
