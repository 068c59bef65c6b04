//! Feeds of three items, each damaged in one way: all three must be read.

use super::{atom, item, read, read_as, rss, said};
use crate::model::{Format, RawContent, RawDocument};
use crate::read::ReadError;

/// Reads a damaged feed; its first and third items must be whole and the repair must be told.
#[track_caller]
fn mended(text: impl AsRef<[u8]>) -> RawDocument {
    let document = read(text).unwrap();
    let titles: Vec<&str> =
        document.entries.iter().map(|entry| said(entry.title.as_ref())).collect();
    assert_eq!(titles.len(), 3, "{titles:?} {:?}", document.repairs);
    assert_eq!((titles[0], titles[2]), ("First", "Third"));
    for (at, number) in [(0, 1), (2, 3)] {
        let link = format!("https://partner.example/{number}");
        assert_eq!(document.entries[at].link.as_deref(), Some(link.as_str()));
    }
    assert!(!document.repairs.is_empty(), "nothing was told");
    document
}

#[track_caller]
fn second_title(text: &str) -> String {
    said(mended(text).entries[1].title.as_ref()).to_owned()
}

#[track_caller]
fn second_summary(text: &str) -> String {
    said(mended(text).entries[1].summary.as_ref()).to_owned()
}

#[test]
fn stray_signs_are_text() {
    assert_eq!(second_title(&rss(&item("Bread & Roses", "x"))), "Bread & Roses");
    assert_eq!(second_title(&rss(&item("AT&T", "x"))), "AT&T");
    assert_eq!(second_title(&rss(&item("3 < 4", "x"))), "3 < 4");
    assert_eq!(second_title(&rss(&item("I <3 unions", "x"))), "I <3 unions");
    let said = second_title(&rss(&item("let's try & break this <item> ]]>", "x")));
    assert!(said.starts_with("let's try & break this"), "{said}");
    let link = "<item><title>Second</title><link>https://partner.example/?a=1&b=2</link></item>";
    let document = mended(rss(link));
    assert_eq!(document.entries[1].link.as_deref(), Some("https://partner.example/?a=1&b=2"));
}

#[test]
fn end_tags_are_put_where_they_belong() {
    for second in [
        // Missing.
        "<item><title>Second<link>https://partner.example/2</link><description>x</description></item>",
        "<item><title>Second</title><link>https://partner.example/2<description>x</description></item>",
        "<item><title>Second</title><link>https://partner.example/2</link><description>x</item>",
        "<item><title>Second</title><link>https://partner.example/2</link><description>x</description>",
        // Crossed.
        "<item><title>Second</link><link>https://partner.example/2</link></title></item>",
        "<item><title>Second</title><link>https://partner.example/2</guid></link></item>",
        "<item><title>Second</title><link>https://partner.example/2</link><description>x</item></description>",
        // Too many.
        "<item><title>Second</title></b><link>https://partner.example/2</link></item></item>",
    ] {
        let document = mended(rss(second));
        let entry = &document.entries[1];
        assert_eq!(said(entry.title.as_ref()), "Second", "{second}");
        assert_eq!(entry.link.as_deref(), Some("https://partner.example/2"), "{second}");
    }
}

#[test]
fn raw_html_is_kept_to_its_last_word() {
    let html = "before <b>bold</b> <p>para<br>graph</p> &nbsp; last word";
    assert_eq!(second_summary(&rss(&item("Second", html))), html);
    // Well-formed, so that feed-rs alone would give "before " and no error.
    let summary = second_summary(&rss(&item("Second", "before <b>bold</b> last word")));
    assert_eq!(summary, "before <b>bold</b> last word");
    let summary = second_summary(&rss(&item("Second", "<img src=\"a.png\" alt=\"x\"/><i>y</i>")));
    assert_eq!(summary, "<img src=\"a.png\" alt=\"x\"><i>y</i>");
    let title = mended(rss(&item("A <em>great</em> day", "x"))).entries[1].title.clone();
    assert_eq!(title, Some(RawContent::Html("A <em>great</em> day".into())));
}

#[test]
fn html_entities_are_resolved() {
    assert_eq!(second_title(&rss(&item("Caf&eacute; &ndash; &euro;", "x"))), "Café – €");
    let document = read(rss(&item("it&#146;s &#x2019;", "x"))).unwrap();
    assert_eq!(said(document.entries[1].title.as_ref()), "it’s ’");
}

#[test]
fn h27_forbidden_characters_are_gone() {
    assert_eq!(second_title(&rss(&item("a\u{1}b\u{1b}c\u{0}d", "x"))), "abcd");
    assert_eq!(second_title(&rss(&item("a&#0;b&#x1F;c&#xFFFF;d&#xD800;e", "x"))), "abcde");
    let mut bytes = rss(&item("Zürich caf", "Größe und Maß")).into_bytes();
    let at = bytes.windows(4).position(|part| part == b"caf<").unwrap();
    bytes.insert(at + 3, 0xE9);
    let document = mended(&bytes);
    assert_eq!(said(document.entries[1].title.as_ref()), "Zürich caf\u{FFFD}");
}

#[test]
fn attributes_get_their_quotes() {
    let second = "<item><title>Second</title><link>https://partner.example/2</link>\
        <enclosure url=https://partner.example/a.mp3 length=5 type=audio/mpeg /></item>";
    let file = &mended(rss(second)).entries[1].enclosures[0];
    assert_eq!((file.url.as_str(), file.length), ("https://partner.example/a.mp3", 5));
    let second = "<item><title>Second</title>\
        <enclosure url=\"https://partner.example/a.mp3 length=\"5\" type=\"audio/mpeg\" /></item>";
    let file = &mended(rss(second)).entries[1].enclosures[0];
    assert_eq!((file.url.as_str(), file.length), ("https://partner.example/a.mp3", 5));
    let second = "<item><title>Second</title><guid isPermaLink=\"false>g-2</guid></item>";
    assert_eq!(mended(rss(second)).entries[1].guid.as_deref(), Some("g-2"));
}

#[test]
fn h30_sections_without_end_swallow_nothing() {
    let second = item("Second", "<![CDATA[<p>Two</p>");
    assert_eq!(second_summary(&rss(&second)), "<p>Two</p>");
    // Three sections, the second without end: well-formed, with one item less.
    let text = rss(&second).replace("Three", "<![CDATA[Three]]>").replace("One", "<![CDATA[One]]>");
    assert_eq!(second_summary(&text), "<p>Two</p>");
    let document = read(rss(&item("Second", "<![CDATA[a <![CDATA[ b ]]> c ]]>"))).unwrap();
    assert_eq!(document.entries.len(), 3);
    assert_eq!(mended(rss(&format!("<![CDATA[{}", item("Second", "x")))).entries.len(), 3);
    assert_eq!(read(rss(&item("a ]]> b", "x"))).unwrap().entries.len(), 3);
    assert_eq!(mended(rss(&item("Second", "a <!-- b"))).entries.len(), 3);
    for half in ["<!DOCTYPE rss [", "<!DOCTYPE rss SYSTEM \"", "<!DOCTYPE", "<!"] {
        let text = format!("{half}\n{}", rss(&item("Second", "x")));
        assert_eq!(read(&text).map(|document| document.entries.len()), Ok(3), "{half}");
    }
}

#[test]
fn junk_around_the_feed_is_left_out() {
    let feed = rss(&item("Second", "x"));
    for text in [
        format!("\n\n  {feed}"),
        format!("<!-- cached --><br />\n<b>Warning</b>: mysql in <b>/a.php</b>\n{feed}"),
        format!("Notice: undefined index & more\n{feed}"),
        format!("{feed}<script>track()</script>"),
        format!("{feed}<!-- 0.1 s -->\nnull"),
    ] {
        assert_eq!(read(&text).unwrap().entries.len(), 3, "{text}");
    }
    assert!(read(format!("  {feed}\n")).unwrap().repairs.is_empty());
}

#[test]
fn odd_roots_and_versions_are_read() {
    let feed = rss(&item("Second", "x"));
    for version in ["2", "2.0.1", "0.90", "0.93", "0.94", "1.0", "9"] {
        mended(feed.replacen("version=\"2.0\"", &format!("version=\"{version}\""), 1));
    }
    mended(feed.replacen(" version=\"2.0\"", "", 1));
    mended(feed.replace("<rss", "<RSS").replace("</rss", "</RSS"));
    mended(feed.replace("item>", "ITEM>"));
    mended(feed.replace("pubDate", "PUBDATE").replace("title>", "Title>").replace("<rss", "<RSS"));
    let bare = feed.split_once("<channel>").unwrap().1.replace("</rss>", "");
    mended(format!("<channel>{bare}"));
    // Items behind the channel.
    let (head, tail) = feed.split_once("<item>").unwrap();
    let tail = tail.replace("</channel>", "");
    mended(format!("{head}</channel><item>{tail}"));
    for version in ["0.91", "0.92", "2.0"] {
        let same = feed.replacen("\"2.0\"", &format!("\"{version}\""), 1);
        assert!(read(&same).unwrap().repairs.is_empty());
    }
}

#[test]
fn namespaces_are_put_right() {
    let entry = "<entry><id>urn:2</id><title>Second</title></entry>";
    let document =
        mended(atom(entry).replace("http://www.w3.org/2005/Atom", "https://www.w3.org/2005/Atom"));
    assert_eq!(document.format, Format::Atom);
    for uri in
        ["http://backend.userland.com/rss2", "http://made.up/", "http://www.w3.org/2005/Atom"]
    {
        let text = rss(&item("Second", "x")).replacen("<rss", &format!("<rss xmlns=\"{uri}\""), 1);
        assert_eq!(read(text).unwrap().entries.len(), 3, "{uri}");
    }
    let second = "<item><title>Second</title><dc:creator>Jane</dc:creator><content:encoded>Full</content:encoded>\
        <media:title>Picture</media:title></item>";
    let text = rss(second);
    let (head, tail) = text.split_once(" xmlns:content").unwrap();
    let document = mended(format!("{head}>{}", tail.split_once('>').unwrap().1));
    assert_eq!(document.entries[1].authors, ["Jane"]);
    assert_eq!(said(document.entries[1].content.as_ref()), "Full");
    assert_eq!(said(document.entries[1].title.as_ref()), "Second");
}

#[test]
fn atom_0_3_is_read() {
    let text = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="de"><title mode="escaped" type="text/html">Old &amp;amp; good</title>
<tagline>Words</tagline><modified>2004-01-02T03:04:05Z</modified><copyright>Us</copyright>
<entry><title>First</title><link rel="alternate" type="text/html" href="https://partner.example/1"/><id>tag:1</id>
<issued>2004-01-01T00:00:00Z</issued><modified>2004-01-02T00:00:00Z</modified><created>2003-12-31T00:00:00Z</created>
<author><name>Jane</name></author><content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry>
<entry><title>Second</title><id>tag:2</id><content type="application/xhtml+xml" mode="xml"><div xmlns="http://www.w3.org/1999/xhtml"><p>y<br/>z</p></div></content></entry></feed>"#;
    let document = read(text).unwrap();
    assert_eq!((document.format, document.entries.len()), (Format::Atom, 2));
    assert_eq!(document.title, Some(RawContent::Html("Old &amp; good".into())));
    assert_eq!(document.rights.as_deref(), Some("Us"));
    let entry = &document.entries[0];
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2004-01-01T00:00:00+00:00");
    assert_eq!(entry.updated.unwrap().to_rfc3339(), "2004-01-02T00:00:00+00:00");
    assert_eq!(entry.content, Some(RawContent::Html("<p>x</p>".into())));
    assert_eq!(entry.authors, ["Jane"]);
    let second = said(document.entries[1].content.as_ref());
    assert!(second.contains("<p>y<br>z</p>"), "{second}");
    assert!(document.repairs.iter().any(|repair| repair.contains("0.3")), "{:?}", document.repairs);
}

#[test]
fn odd_types_of_atom_are_read() {
    let entry =
        |content: &str| format!("<entry><id>urn:2</id><title>Second</title>{content}</entry>");
    for (content, expected) in [
        (
            "<content type=\"htm\">&lt;b&gt;x&lt;/b&gt;</content>",
            RawContent::Html("<b>x</b>".into()),
        ),
        (
            "<content type=\"HTML\">&lt;b&gt;x&lt;/b&gt;</content>",
            RawContent::Html("<b>x</b>".into()),
        ),
        (
            "<content type=\"text/html\">&lt;b&gt;x&lt;/b&gt;</content>",
            RawContent::Html("<b>x</b>".into()),
        ),
        ("<content type=\"text/plain\">a &lt; b</content>", RawContent::Text("a < b".into())),
        ("<content>&lt;p&gt;x&lt;/p&gt;</content>", RawContent::Html("<p>x</p>".into())),
        ("<content>plain</content>", RawContent::Text("plain".into())),
        (
            "<content type=\"text\">&lt;p&gt; is a tag</content>",
            RawContent::Text("<p> is a tag".into()),
        ),
        (
            "<content type=\"xhtml\"><div><a title='say \"hi\"' href=\"?a=1&amp;b=2\">x</a></div></content>",
            RawContent::Html(
                "<div><a title=\"say &quot;hi&quot;\" href=\"?a=1&amp;b=2\">x</a></div>".into(),
            ),
        ),
    ] {
        let document = read(atom(&entry(content))).unwrap();
        assert_eq!(document.entries[1].content, Some(expected), "{content}");
        assert_eq!(document.entries.len(), 3);
    }
    // None of these may cost the feed its other entries.
    for content in [
        "<content type=\"image/png\"/>",
        "<content type=\"audio/mpeg\" src=\"https://partner.example/a.mp3\">x</content>",
        "<content type=\"xyz\" src=\"a b\"/>",
        "<content xml:base=\"http://[\" type=\"html\">x</content>",
        "<link xml:base=\"http://a:b:c/\" href=\"/2\"/>",
    ] {
        assert_eq!(read(atom(&entry(content))).unwrap().entries.len(), 3, "{content}");
    }
    let title = "<entry><id>urn:2</id><title type=\"text/plain\">a &lt;b&gt;</title></entry>";
    assert_eq!(read(atom(title)).unwrap().entries[1].title, Some(RawContent::Text("a <b>".into())));
}

#[test]
fn r17_a_document_that_was_cut_is_refused() {
    let whole = rss(&item("Second", "some &amp; words"));
    // All that lacks is `</rss>`: nothing is missing.
    assert_eq!(mended(whole.replace("</rss>", "")).entries.len(), 3);
    let end = whole.find("</channel>").unwrap() + "</channel>".len();
    let start = whole.find("<channel>").unwrap();
    for at in (start..end).filter(|at| whole.is_char_boundary(*at)) {
        assert_eq!(read(whole.get(..at).unwrap()), Err(ReadError::Truncated), "at {at}");
    }
    let whole = atom("<entry><id>urn:2</id><title>Second</title></entry>");
    for at in whole.find("<title>").unwrap()..whole.len() {
        assert_eq!(read(whole.get(..at).unwrap()), Err(ReadError::Truncated), "at {at}");
    }
}

#[test]
fn h28_charsets_follow_one_rule() {
    let text = rss(&item("Größe", "x"));
    let utf8 = text.as_bytes();
    let western = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let title = |bytes: &[u8], header: Option<&str>| {
        let document = read_as(bytes, header).unwrap();
        said(document.entries[1].title.as_ref()).to_owned()
    };
    // Valid UTF-8 is UTF-8, whatever is claimed.
    assert_eq!(title(utf8, Some("text/xml; charset=iso-8859-1")), "Größe");
    assert_eq!(title(text.replace("UTF-8", "ISO-8859-1").as_bytes(), None), "Größe");
    // A lie about UTF-8 falls through to the header, then to detection.
    assert_eq!(title(&western, Some("text/xml; charset=\"windows-1252\"")), "Größe");
    assert_eq!(title(&western, Some("text/xml; charset=utf-8")), "Größe");
    assert_eq!(title(&western, None), "Größe");
    // The header wins over the declaration.
    let russian = rss(&item("Мир", "x")).replace("UTF-8", "koi8-r");
    let cyrillic = encoding_rs::WINDOWS_1251.encode(&russian).0.into_owned();
    assert_eq!(title(&cyrillic, Some("application/rss+xml; charset=windows-1251")), "Мир");
    let cyrillic = encoding_rs::KOI8_R.encode(&russian).0.into_owned();
    assert_eq!(title(&cyrillic, None), "Мир");
    // UTF-16 and UTF-32, with and without mark.
    for mark in ["\u{FEFF}", ""] {
        let marked = format!("{mark}{text}");
        let units = || marked.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let wide: Vec<u8> = marked.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        let wide_little: Vec<u8> =
            marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        for bytes in [little, big, wide, wide_little, marked.clone().into_bytes()] {
            assert_eq!(title(&bytes, Some("text/xml; charset=iso-8859-1")), "Größe");
        }
    }
}
