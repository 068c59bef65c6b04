//! Hostile documents: refused or read, never a panic, an overflow or a long wait.

use std::time::{Duration, Instant};

use super::{atom, item, read, rss, said};
use crate::read::ReadError;

/// Reads within a time that anything worse than linear would pass by far.
#[track_caller]
fn quickly(text: &str) -> Result<crate::model::RawDocument, ReadError> {
    let start = Instant::now();
    let result = read(text);
    let head: String = text.chars().take(80).collect();
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}: {head}", start.elapsed());
    result
}

#[test]
fn h32_a_cdf_channel_is_told_from_a_feed() {
    let cdf = "<?xml version=\"1.0\"?><CHANNEL HREF=\"http://a.example/\"><TITLE>x</TITLE>\
        <ITEM HREF=\"/1\"><TITLE>One</TITLE></ITEM></CHANNEL>";
    let error = read(cdf).unwrap_err();
    assert!(error.to_string().contains("a CDF channel"), "{error}");
    // A channel of RSS that has lost its root is another matter.
    let bare = "<channel><title>x</title><item><title>One</title><guid>1</guid></item></channel>";
    assert_eq!(read(bare).unwrap().entries.len(), 1);
}

#[test]
fn h23_entities_are_never_expanded() {
    let laughs = "<!DOCTYPE rss [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
        <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let feed = rss(&item("x &c; y", "&c;"));
    let (declaration, rest) = feed.split_once("?>").unwrap();
    let document = read(format!("{declaration}?>{laughs}{rest}")).unwrap();
    assert_eq!(said(document.entries[1].title.as_ref()), "x &c; y");
    assert!(document.repairs.iter().any(|repair| repair.contains("never expanded")));
    let utf16: Vec<u8> =
        format!("{laughs}{rest}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(said(read(utf16).unwrap().entries[1].title.as_ref()), "x &c; y");
    // A DOCTYPE without declarations is nothing to tell.
    let plain = format!(
        "{declaration}?><!DOCTYPE rss PUBLIC \"-//N//DTD RSS 0.91//EN\" \"http://n/r.dtd\">{}",
        rest.replace("&c;", "")
    );
    assert!(read(plain).unwrap().repairs.is_empty());
}

#[test]
fn h24_nothing_named_by_a_document_is_read() {
    let entity = "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM \"http://169.254.169.254/\">%p;]>\
        <?xml-stylesheet href=\"http://evil.example/\"?>";
    let feed = rss(&item(
        "a&x;b",
        "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>",
    ));
    let document = read(feed.replacen("<rss", &format!("{entity}<rss"), 1)).unwrap();
    assert_eq!(said(document.entries[1].title.as_ref()), "a&x;b");
    assert!(!format!("{document:?}").contains("root:"));
}

#[test]
fn h25_depth_is_limited() {
    let deep = |name: &str| {
        format!("{}{}", format!("<{name}>").repeat(100_000), format!("</{name}>").repeat(100_000))
    };
    let feed = rss(&format!("<item><title>x</title>{}</item>", deep("x:a")));
    assert_eq!(quickly(&feed), Err(ReadError::TooDeep { limit: 200 }));
    assert_eq!(quickly(&deep("rss")), Err(ReadError::TooDeep { limit: 200 }));
    // Words are not a tree: deep markup is text for `clean`, and costs the others nothing.
    assert_eq!(quickly(&rss(&item("x", &deep("b")))).unwrap().entries.len(), 3);
    let xhtml =
        format!("<entry><id>2</id><content type=\"xhtml\">{}</content></entry>", deep("div"));
    assert_eq!(quickly(&atom(&xhtml)).unwrap().entries.len(), 3);
    // Without end tags, so that the repair meets them.
    let unclosed = rss(&format!("<item><title>x</title>{}</item>", "<x:a>".repeat(100_000)));
    assert_eq!(quickly(&unclosed), Err(ReadError::TooDeep { limit: 200 }));
    let groups = format!("{}{}", "<media:group>".repeat(150), "</media:group>".repeat(150));
    assert_eq!(
        quickly(&rss(&format!("<item><title>x</title>{groups}</item>"))).unwrap().entries.len(),
        3
    );
}

#[test]
fn h25_numbers_are_limited() {
    let attributes: String = (0..1_000_000).map(|number| format!(" a{number}=\"x\"")).collect();
    let error = quickly(&rss(&format!("<item{attributes}><title>x</title></item>")));
    assert!(matches!(error, Err(ReadError::TooLarge { .. })), "{error:?}");
    let unquoted: String = (0..300_000).map(|number| format!(" a{number}=x")).collect();
    assert_eq!(
        quickly(&rss(&format!("<item{unquoted}><title>x</title></item>"))).unwrap().entries.len(),
        3
    );
    let long = format!("<item><title a=\"{}\">x</title></item>", "y".repeat(10 << 20));
    assert_eq!(quickly(&rss(&long)).unwrap().entries.len(), 3);
    let many = rss(&"<item><title>x</title></item>".repeat(1_000_000));
    assert_eq!(quickly(&many), Err(ReadError::TooLarge { what: "more than 100,000 entries" }));
    let spaces: String =
        (0..1000).map(|number| format!(" xmlns:a{number}=\"u:{number}\"")).collect();
    assert!(quickly(&rss("").replacen("<rss", &format!("<rss{spaces}"), 1)).is_err());
}

#[test]
fn damage_takes_no_longer_than_order() {
    // Beginnings without end: each of them must not search the whole rest again.
    for part in [
        "<",
        "<a",
        "<a b=",
        "<a b=\"",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!",
        "<!DOCTYPE [",
        "&",
        "&#",
        "</",
        "<item>",
        "<item ",
        "<title>",
        "<description>",
        "<description><![CDATA[",
        "<![CDATA[<![CDATA[",
        "<item><title>",
        "<guid>",
        "<author>",
        "]]>",
        "<a b=\"x\" ",
        "<rss>",
        "<channel>",
        "</item>",
        "<a b='",
        "=",
        "<x:y>",
        "<media:group>",
        "<title>&lt;/",
        "<title><b>&amp",
        "<description><p>",
    ] {
        let long = part.repeat((1 << 20) / part.len());
        let _ = quickly(&long);
        // Nothing follows that could end what begins.
        let _ =
            quickly(&format!("<rss version=\"2.0\"><channel><item><guid>1</guid></item>{long}"));
        let _ = quickly(&format!("<rss version=\"2.0\"><channel>{long}</channel></rss>"));
        let _ =
            quickly(&format!("<rss version=\"2.0\"><channel><item>{long}</item></channel></rss>"));
        let _ = quickly(&format!(
            "<rss version=\"2.0\"><channel><item><title>{long}</title></item></channel></rss>"
        ));
        let _ = quickly(&format!(
            "<feed><entry><content type=\"xhtml\">{long}</content></entry></feed>"
        ));
    }
    let bases = "<div xml:base=\"a/\">".repeat(50_000);
    let _ = quickly(&atom(&format!(
        "<entry><content type=\"xhtml\">{bases}{}</content></entry>",
        "</div>".repeat(50_000)
    )));
}

#[test]
fn h26_json_is_limited() {
    let deep = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":{}",
        "[".repeat(1_000_000)
    );
    assert!(matches!(quickly(&deep), Err(ReadError::TooDeep { .. } | ReadError::Truncated)));
    assert!(quickly(&"[".repeat(1_000_000)).is_err());
    let feed = |item: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"x\",\"items\":[{item}]}}"
        )
    };
    let double = feed("{\"id\":\"1\",\"id\":\"2\",\"title\":\"a\",\"title\":\"b\"}");
    assert_eq!(quickly(&double).unwrap().entries[0].guid.as_deref(), Some("2"));
    assert!(matches!(quickly(&feed("{\"id\":NaN}")), Err(ReadError::Malformed { .. })));
    assert!(matches!(quickly(&feed("{\"id\":1e400}")), Err(ReadError::Malformed { .. })));
    let surrogate = feed("{\"id\":\"1\",\"title\":\"a\\ud800b \\ud83d\\ude00 \\udc00\"}");
    let document = quickly(&surrogate).unwrap();
    assert_eq!(said(document.entries[0].title.as_ref()), "a\u{FFFD}b 😀 \u{FFFD}");
}

#[test]
fn h29_elements_are_read_by_namespace() {
    let second = "<item><x:creator xmlns:x=\"http://purl.org/dc/elements/1.1/\">Right</x:creator>\
        <dc:creator xmlns:dc=\"http://evil.example/\">Wrong</dc:creator>\
        <title>Second</title><title xmlns=\"http://evil.example/\">Wrong</title>\
        <atom:title xmlns:atom=\"http://evil.example/\">Wrong</atom:title></item>\
        <item xmlns=\"http://evil.example/\"><title>No item</title></item>";
    let document = read(rss(second)).unwrap();
    assert_eq!(document.entries.len(), 3);
    assert_eq!(document.entries[1].authors, ["Right"]);
    assert_eq!(said(document.entries[1].title.as_ref()), "Second");
}

#[test]
fn h31_absurd_dates_are_kept_unread() {
    for date in [
        "Mon, 32 Foo 20266 25:61:61 +9999",
        "0000-00-00",
        "275760-09-13T00:00:00Z",
        "-1",
        "99999999999999999999",
        "2026-11-02T10:00:00+99:99",
    ] {
        let second = format!("<item><title>Second</title><pubDate>{date}</pubDate></item>");
        let entry = read(rss(&second)).unwrap().entries[1].clone();
        assert_eq!((entry.published, entry.unread_date.as_deref()), (None, Some(date)), "{date}");
    }
}

#[test]
fn h32_what_is_no_feed_is_told() {
    for (bytes, what) in [
        (&b"%PDF-1.7 ..."[..], "a PDF"),
        (b"PK\x03\x04rss", "a zip archive"),
        (b"\x89PNG\r\n\x1a\n<rss>", "an image"),
        (b"hello", "plain text"),
        (
            b"<opml version=\"2.0\"><body><outline text=\"feed\"/></body></opml>",
            "an OPML list of feeds",
        ),
        (
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata><rdf:RDF/></metadata></svg>",
            "an image",
        ),
        (b"<?xml version=\"1.0\"?><urlset><url/></urlset>", "a sitemap"),
        (b"<x><y/></x>", "XML that is not a feed"),
        (b"{\"posts\":[]}", "JSON that is not a JSON Feed"),
        (b"{\"items\":[]}", "JSON that is not a JSON Feed"),
        (b"[]", "JSON that is not a JSON Feed"),
    ] {
        assert_eq!(read(bytes), Err(ReadError::NotAFeed { what }));
    }
    // An HTML page in which a feed is hidden.
    let page = format!(
        "<!DOCTYPE html><html><head><title>Just a\n moment &amp; more</title></head>{}</html>",
        rss("")
    );
    let Err(error) = read(&page) else { panic!("a page was read as a feed") };
    assert_eq!(error, ReadError::WebPage { title: Some("Just a moment & more".into()) });
    assert!(error.to_string().contains("Just a moment"));
    assert!(matches!(
        read("<HTML><BODY>down</BODY></HTML>"),
        Err(ReadError::WebPage { title: None })
    ));
    assert!(matches!(read("<br><p>502 Bad Gateway</p>"), Err(ReadError::WebPage { .. })));
}

#[test]
fn r21_nothing_is_not_an_empty_feed() {
    for bytes in [&b""[..], b" \n\t", b"\0\0\0\0", b"\xEF\xBB\xBF", b"\xFF\xFE"] {
        assert_eq!(read(bytes), Err(ReadError::Empty), "{bytes:?}");
    }
}

#[test]
fn r22_a_feed_without_items_is_an_empty_feed() {
    let empty = "<rss version=\"2.0\"><channel><title>x</title><!-- <item> --></channel></rss>";
    assert_eq!(read(empty).unwrap().entries.len(), 0);
    assert_eq!(
        read("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>x</title></feed>")
            .unwrap()
            .entries
            .len(),
        0
    );
    let strange = "<rss version=\"2.0\"><channel><item xmlns=\"http://x/\"><title>x</title></item></channel></rss>";
    assert_eq!(read(strange), Err(ReadError::NoEntries));
}

#[test]
fn words_on_which_feed_rs_panics_are_kept_from_it() {
    let second = "<item><title>Second</title><author>«a@b.com»</author><dc:creator>—jane@example.org</dc:creator>\
        <itunes:duration xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\">99999999999999999999999</itunes:duration>\
        <media:content url=\"https://x.example/a\"><media:text start=\"99999999999999999999:00:00\">x</media:text></media:content></item>";
    let document = read(rss(second)).unwrap();
    assert_eq!(document.entries.len(), 3);
    let feed = "<managingEditor>«a@b.com»</managingEditor></channel>";
    assert_eq!(read(rss(second).replace("</channel>", feed)).unwrap().entries.len(), 3);
}
