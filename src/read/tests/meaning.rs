//! What feeds say beyond title, link and text.

use std::time::Duration;

use super::{atom, item, read, rss, said};
use crate::model::{Format, RawContent, RawEntry};

#[track_caller]
fn second(text: &str) -> RawEntry {
    let document = read(text).unwrap();
    assert_eq!(document.entries.len(), 3);
    document.entries[1].clone()
}

#[test]
fn titles_of_rss_are_html_only_where_they_look_like_it() {
    for (written, expected) in [
        ("AT&amp;T", RawContent::Text("AT&T".into())),
        ("&lt;b&gt;x&lt;/b&gt;", RawContent::Html("<b>x</b>".into())),
        ("a &lt; b", RawContent::Text("a < b".into())),
        ("a &lt; b &gt; c", RawContent::Text("a < b > c".into())),
        ("AT&amp;amp;T", RawContent::Html("AT&amp;T".into())),
        ("it&amp;#8217;s", RawContent::Html("it&#8217;s".into())),
        ("&lt;jane@example.org&gt;", RawContent::Text("<jane@example.org>".into())),
        ("press &lt;Enter&gt;", RawContent::Text("press <Enter>".into())),
        ("<![CDATA[Tom & <i>Jerry</i>]]>", RawContent::Html("Tom & <i>Jerry</i>".into())),
        ("a &amp;b; c", RawContent::Text("a &b; c".into())),
    ] {
        assert_eq!(second(&rss(&item(written, "x"))).title, Some(expected), "{written}");
    }
}

#[test]
fn h58_ids_are_never_made_up() {
    let entry = second(&rss("<item><title>Second</title></item>"));
    assert_eq!((entry.guid, entry.link), (None, None));
    let text = rss("<item><description>only words</description></item>");
    assert_eq!(read(&text).unwrap(), read(&text).unwrap());
}

#[test]
fn a_guid_is_a_link_only_where_it_says_so() {
    let entry = |guid: &str| second(&rss(&format!("<item><title>Second</title>{guid}</item>")));
    let link = "https://partner.example/?p=2";
    assert_eq!(entry(&format!("<guid>{link}</guid>")).link.as_deref(), Some(link));
    assert_eq!(
        entry(&format!("<guid isPermaLink=\"true\">{link}</guid>")).link.as_deref(),
        Some(link)
    );
    let opaque = entry(&format!("<guid isPermaLink=\"False\">{link}</guid>"));
    assert_eq!((opaque.link, opaque.guid.as_deref()), (None, Some(link)));
    assert_eq!(entry("<guid>12 at https://partner.example</guid>").link, None);
    assert_eq!(entry("<link> </link><guid>g</guid>").link, None);
}

#[test]
fn links_are_the_pages_of_items() {
    let links = "<entry><id>2</id><title>Second</title><link rel=\"self\" href=\"/self\"/>\
        <link rel=\"alternate\" type=\"application/json\" href=\"/2.json\"/>\
        <link rel=\"enclosure\" type=\"audio/mpeg\" length=\"9\" href=\"/2.mp3\"/><link href=\"/2\"/></entry>";
    let entry = second(&atom(links));
    assert_eq!(entry.link.as_deref(), Some("https://partner.example/2"));
    assert_eq!(entry.enclosures[0].url, "https://partner.example/2.mp3");
    let links = "<item><title>Second</title><link>http://feeds.example/~r/2</link>\
        <feedburner:origLink xmlns:feedburner=\"http://rssnamespace.org/feedburner/ext/1.0\">https://partner.example/2</feedburner:origLink></item>";
    assert_eq!(second(&rss(links)).link.as_deref(), Some("https://partner.example/2"));
    let links = "<item><title>Second</title><atom:link href=\"/2\"/></item>";
    assert_eq!(second(&rss(links)).link.as_deref(), Some("https://partner.example/2"));
}

#[test]
fn people_are_named_without_their_addresses() {
    let entry = second(&rss(
        "<item><title>Second</title><author>jane@example.org (Jane Doe)</author><dc:creator>Jane Doe</dc:creator>\
         <dc:creator><![CDATA[Joe Bloggs <joe@example.org>]]></dc:creator><dc:creator>desk@example.org</dc:creator>\
         <atom:author><atom:name>Ann</atom:name><atom:email>a@example.org</atom:email></atom:author></item>",
    ));
    assert_eq!(entry.authors, ["Jane Doe", "Joe Bloggs", "Ann"]);
    let entry = second(&atom(
        "<entry><id>2</id><title>x</title><author><name>A</name></author><author><name>B</name></author></entry>",
    ));
    assert_eq!(entry.authors, ["A", "B"]);
}

#[test]
fn languages_rights_and_bases_of_items_are_kept() {
    let entry = second(&rss(
        "<item xml:lang=\"de\"><title>Second</title><dc:rights>CC BY</dc:rights><category>Frieden</category>\
         <category>  Arbeit </category><dc:subject>Brot</dc:subject></item>",
    ));
    assert_eq!(entry.language.as_deref(), Some("de"));
    assert_eq!(entry.rights.as_deref(), Some("CC BY"));
    assert_eq!(entry.categories, ["Frieden", "Arbeit", "Brot"]);
    let entry = second(&rss("<item><title>Second</title><dc:language>el</dc:language>\
        <cc:license xmlns:cc=\"http://web.resource.org/cc/\" rdf:resource=\"https://creativecommons.org/licenses/by/4.0/\"/></item>"));
    assert_eq!(entry.language.as_deref(), Some("el"));
    assert_eq!(entry.rights.as_deref(), Some("https://creativecommons.org/licenses/by/4.0/"));
    let entry = second(&atom(
        "<entry xml:base=\"https://other.example/a/\"><id>2</id><title>x</title><link href=\"b\"/>\
         <content type=\"html\" xml:base=\"c/\" xml:lang=\"fr\">x</content></entry>",
    ));
    assert_eq!(entry.link.as_deref(), Some("https://other.example/a/b"));
    assert_eq!(entry.base.unwrap().as_str(), "https://other.example/a/c/");
    assert_eq!(entry.language.as_deref(), Some("fr"));
}

#[test]
fn keywords_are_categories() {
    let entry = second(&rss(
        "<item><title>Second</title><category>Peace</category><media:keywords>bread , Peace,roses</media:keywords></item>",
    ));
    assert_eq!(entry.categories, ["Peace", "bread", "roses"]);
}

#[test]
fn pictures_and_files_are_told_apart() {
    let entry = second(&rss(
        "<item><title>Second</title><enclosure url=\"/a.mp3\" type=\"audio/mpeg\" length=\"1\"/>\
         <enclosure url=\"/b.mp3\" type=\"audio/mpeg\" length=\"x\"/><enclosure url=\"javascript:x\"/>\
         <media:group><media:content url=\"/v.mp4\" type=\"video/mp4\" fileSize=\"5\"/><media:thumbnail url=\"/t.jpg\"/></media:group>\
         <media:content url=\"/p.jpg\" medium=\"image\"><media:title>p</media:title></media:content></item>",
    ));
    let urls: Vec<&str> = entry.enclosures.iter().map(|file| file.url.as_str()).collect();
    let expected =
        ["/a.mp3", "/b.mp3", "/v.mp4"].map(|path| format!("https://partner.example{path}"));
    assert_eq!(urls, expected);
    assert_eq!(entry.image.as_deref(), Some("https://partner.example/p.jpg"));
    let entry = second(&rss(
        "<item><title>Second</title><enclosure url=\"/p.png\" type=\"image/png\"/></item>",
    ));
    assert_eq!(entry.image.as_deref(), Some("https://partner.example/p.png"));
}

#[test]
fn a_channel_says_when_to_poll_it() {
    let hints = |fields: &str| {
        let head =
            format!("<channel xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">{fields}");
        read(rss("").replace("<channel>", &head)).unwrap().hints
    };
    let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
    assert_eq!(hints("<ttl>60</ttl>").interval, minutes(60));
    let sy =
        "<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>";
    assert_eq!(hints(sy).interval, minutes(6 * 60));
    assert_eq!(hints("<sy:updatePeriod>hourly</sy:updatePeriod>").interval, minutes(60));
    // Nonsense counts as silence.
    for nonsense in ["0", "-5", "1000000000", "99999999999999999999", "soon", "1.5", ""] {
        assert_eq!(hints(&format!("<ttl>{nonsense}</ttl>")).interval, None, "{nonsense}");
        let sy = format!(
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>{nonsense}</sy:updateFrequency>"
        );
        assert!(nonsense.is_empty() || hints(&sy).interval.is_none(), "{nonsense}");
    }
    let skip = hints(
        "<skipHours><hour>3</hour><hour>24</hour><hour>3</hour><hour>25</hour></skipHours>\
        <skipDays><day>sunday</day><day>Monday</day><day>Caturday</day></skipDays>",
    );
    assert_eq!((skip.skip_hours, skip.skip_days), (vec![0, 3], vec![0, 6]));
    let all: String = (0..24).map(|hour| format!("<hour>{hour}</hour>")).collect();
    assert_eq!(hints(&format!("<skipHours>{all}</skipHours>")).skip_hours, Vec::<u8>::new());
}

#[test]
fn a_feed_says_what_it_is() {
    let head = "<channel xml:lang=\"pt\"><language>pt-BR</language><copyright>Nós</copyright>\
        <atom:link rel=\"self\" href=\"/feed\"/><atom:link rel=\"hub\" href=\"https://hub.example/\"/>\
        <lastBuildDate>Mon, 02 Nov 2026 12:00:00 +0100</lastBuildDate><managingEditor>desk@example.org (The Desk)</managingEditor>\
        <image><url>/logo.png</url><title>t</title><link>https://partner.example/</link></image>";
    let document = read(rss("").replace("<channel>", head)).unwrap();
    assert_eq!(document.language.as_deref(), Some("pt-br"));
    assert_eq!(document.rights.as_deref(), Some("Nós"));
    assert_eq!(document.hub.as_deref(), Some("https://hub.example/"));
    assert_eq!(document.site.as_deref(), Some("https://partner.example/"));
    assert_eq!(document.updated.unwrap().to_rfc3339(), "2026-11-02T11:00:00+00:00");
    assert_eq!(document.image.as_deref(), Some("https://partner.example/logo.png"));
    assert_eq!(document.authors, ["The Desk"]);
    assert_eq!(said(document.title.as_ref()), "Partner");
    assert!(document.repairs.is_empty(), "{:?}", document.repairs);
    assert!(document.entries[0].updated.is_none(), "a date of publication is none of change");
}

#[test]
fn rdf_items_without_link_stay_in_step() {
    let text = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://partner.example/"><title>Partner</title><link>https://partner.example/</link><dc:language>es</dc:language>
<items><rdf:Seq><rdf:li rdf:resource="https://partner.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://partner.example/1"><title>First</title><dc:creator>One</dc:creator></item>
<item><title>Second</title><dc:creator>Two</dc:creator></item>
<item rdf:about="x"><title>Third</title><link>https://partner.example/3</link><dc:creator>Three</dc:creator><dc:date>2026-11-02T10:00:00Z</dc:date></item></rdf:RDF>"#;
    let document = read(text).unwrap();
    assert_eq!((document.format, document.language.as_deref()), (Format::Rdf, Some("es")));
    let all: Vec<_> = document
        .entries
        .iter()
        .map(|entry| (said(entry.title.as_ref()), entry.authors[0].as_str(), entry.link.as_deref()))
        .collect();
    assert_eq!(
        all,
        [
            ("First", "One", Some("https://partner.example/1")),
            ("Second", "Two", None),
            ("Third", "Three", Some("https://partner.example/3")),
        ]
    );
    assert!(document.entries[2].published.is_some());
    let old = text.replace("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/");
    assert_eq!(read(old).unwrap().entries.len(), 3);
}

#[test]
fn an_entry_document_is_a_feed_of_one() {
    let text = "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:1</id><title>One</title><author><name>A</name></author></entry>";
    let document = read(text).unwrap();
    assert_eq!(document.entries.len(), 1);
    assert_eq!(document.entries[0].authors, ["A"]);
}
