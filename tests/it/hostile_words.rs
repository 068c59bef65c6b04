//! H35, H40 to H44, H46 and H52, the whole way: polled, stored, published, and read back from every
//! format by the parsers of others.

use std::collections::BTreeSet;

use scraper::{Html, Selector};
use serde_json::Value;

use crate::fuzz::targets::judge::judge;
use crate::hostile::assert_safe;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire};

/// The policy of our pages, letter by letter as the check has it.
const POLICY: &str = "default-src 'none'; img-src 'self' https:; media-src https:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Addresses that are programs.
const PROGRAMS: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#x09;script:alert(1)",
    "&#x01; javascript:alert(1)",
    "vbscript:alert(1)",
    "data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;",
];

/// Words that mean something to some interpreter, and must be shown as they are.
const WORDS: &[&str] = &[
    "<b>bold</b> & <script>alert(1)</script>",
    "AT&amp;T &lt;i&gt; &#60;u&#62;",
    "a < b > c ]]> d <!-- e --> </title></item></entry>",
    "\"double\" 'single' `back` onmouseover=alert(1)",
    "</article></body></html><plaintext>",
    "<a href=\"unclosed",
    "{{7*7}} {% include \"about.html\" %} {# note #}",
    "<% 7*7 %> <?php echo 49 ?> ${7*7} #{7*7}",
];

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn wire_of(feed: String) -> Wire {
    let server = Server::start();
    server.set("/a", Answer::document("application/atom+xml", feed));
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nbacklog = 100\nper = [\"organisation\"]\n[[source]]\nid = \"a\"\nurl = \"{}\"\n",
        server.url("/a")
    ));
    let report = wire.fetch();
    assert_eq!(report["sources"][0]["outcome"], "new", "{report}");
    wire
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|element| element.text().collect()).collect()
}

/// Text of the elements of that name in an XML document, read by an XML parser.
fn elements(xml: &str, name: &str) -> Vec<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut found, mut within) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return found,
            Event::Start(start) if start.name().as_ref() == name => within = Some(String::new()),
            Event::End(end) if end.name().as_ref() == name => found.extend(within.take()),
            Event::Text(text) => {
                if let Some(within) = &mut within {
                    within.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(within) = &mut within {
                    within.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(within) = &mut within {
                    let written = format!("&{};", &*reference);
                    within.push_str(&quick_xml::escape::unescape(&written).unwrap());
                }
            }
            _ => {}
        }
    }
}

#[test]
fn h35_no_field_of_a_feed_leads_to_a_program() {
    let entries: String = (0..)
        .zip(PROGRAMS)
        .map(|(n, program)| {
            format!(
                "<entry><id>{program}{n}</id><title>T{n}</title><updated>2026-11-02T08:00:00Z</updated>\
                 <link href=\"{program}\"/><link rel=\"enclosure\" href=\"{program}\" type=\"audio/mpeg\" length=\"1\"/>\
                 <link rel=\"via\" href=\"{program}\"/><link rel=\"license\" href=\"{program}\"/>\
                 <author><name>A{n}</name><uri>{program}</uri></author>\
                 <category term=\"c{n}\" scheme=\"{program}\"/>\
                 <media:thumbnail xmlns:media=\"http://search.yahoo.com/mrss/\" url=\"{program}\"/>\
                 <source><id>{program}</id><title>S{n}</title><link href=\"{program}\"/></source>\
                 <content type=\"html\">{}</content></entry>",
                escaped(&format!(
                    "words {n} <a href=\"{program}\">a</a><img src=\"{program}\"><img srcset=\"{program} 2x\">\
                     <video poster=\"{program}\" src=\"{program}\"></video><audio><source src=\"{program}\"></audio>\
                     <form action=\"{program}\"><button formaction=\"{program}\">b</button></form>\
                     <svg><a xlink:href=\"{program}\">s</a></svg><q cite=\"{program}\">q</q>\
                     <object data=\"{program}\"></object><iframe src=\"{program}\"></iframe>\
                     <table background=\"{program}\"><tr><td>t</td></tr></table><a ping=\"{program}\" href=/ok>ok</a>"
                ))
            )
        })
        .collect();
    let program = PROGRAMS[0];
    let wire = wire_of(format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{program}</id><title>F</title>\
         <updated>2026-11-02T08:00:00Z</updated><link href=\"{program}\"/><link rel=\"hub\" href=\"{program}\"/>\
         <link rel=\"self\" href=\"{program}\"/><icon>{program}</icon><logo>{program}</logo>\
         <generator uri=\"{program}\">g</generator><author><name>F</name><uri>{program}</uri></author>{entries}</feed>"
    ));
    assert_eq!(wire.stories().len(), PROGRAMS.len());
    for (name, (bytes, _)) in wire.public() {
        let text: String = String::from_utf8(bytes).unwrap().to_lowercase();
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        for scheme in ["javascript:", "vbscript:", "data:", "alert(1)"] {
            let around =
                bare.find(scheme).map(|at| bare[..at].chars().rev().take(200).collect::<String>());
            let around: Option<String> = around.map(|before| before.chars().rev().collect());
            assert_eq!(around, None, "{name} holds {scheme}");
        }
    }
    assert!(wire.read("public/atom.xml").contains("https://"), "what is sound stays");
    assert_safe(&wire);
}

/// An Atom feed that says each of [`WORDS`] as text in every place that has one.
fn feed_of_words() -> String {
    let entries: String = (0..)
        .zip(WORDS)
        .map(|(n, words)| {
            let words = escaped(words);
            format!(
                "<entry><id>https://h.example/{n}</id><title type=\"text\">{words}</title>\
                 <link href=\"https://h.example/{n}/\"/><updated>2026-11-02T08:00:00Z</updated>\
                 <author><name>{words}</name></author><category term=\"t{n}\" label=\"{words}\"/>\
                 <rights type=\"text\">{words}</rights><summary type=\"text\">{words}</summary></entry>"
            )
        })
        .collect();
    let all = escaped(WORDS[0]);
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>https://h.example/</id><title type=\"text\">{all}</title>\
         <subtitle type=\"text\">{all}</subtitle><link href=\"https://h.example/\"/>\
         <generator>{all}</generator><rights type=\"text\">{all}</rights>\
         <updated>2026-11-02T08:00:00Z</updated>{entries}</feed>"
    )
}

#[test]
fn h41_h52_words_are_words_in_every_format() {
    let wire = wire_of(feed_of_words());
    let expected: BTreeSet<String> = WORDS.iter().map(|words| (*words).to_owned()).collect();
    let set = |words: Vec<String>| words.into_iter().collect::<BTreeSet<_>>();

    let json: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
    let items = json["items"].as_array().unwrap();
    let of = |field: &str| {
        set(items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect())
    };
    assert_eq!(of("title"), expected, "JSON");

    let rss = wire.read("public/rss.xml");
    let mut titles = elements(&rss, "title");
    assert_eq!(titles.remove(0), "Test wire");
    assert_eq!(set(titles), expected, "RSS");

    let atom = wire.read("public/atom.xml");
    let titles = set(elements(&atom, "title"));
    assert!(expected.is_subset(&titles), "Atom: {titles:?}");

    let page = Html::parse_document(&wire.read("public/index.html"));
    assert_eq!(set(texts(&page, "article h2 a")), expected, "the page");
    assert_eq!(texts(&page, "article").len(), WORDS.len());
    assert_eq!(
        texts(&page, "body > footer").len(),
        1,
        "H40: nothing swallows the rest of the page"
    );
    assert!(texts(&page, "script, plaintext, b, u, i").is_empty());

    // The feed's own title names the source and its organisation.
    assert_eq!(set(texts(&page, ".organisation")), BTreeSet::from([WORDS[0].to_owned()]));
    let organisation = wire
        .public()
        .into_keys()
        .find(|name| name.starts_with("organisation/") && name.ends_with("index.html"))
        .unwrap();
    let own = Html::parse_document(&wire.read(&format!("public/{organisation}")));
    assert_eq!(texts(&own, "h1"), [WORDS[0]]);
    let about = Html::parse_document(&wire.read("public/about.html"));
    assert_eq!(texts(&about, ".sources h3"), [WORDS[0]]);
    for name in ["sources.opml", "outputs.opml"] {
        let opml = wire.read(&format!("public/{name}"));
        let outlines: Vec<String> = outline_texts(&opml);
        assert!(outlines.iter().any(|text| text.contains(WORDS[0])), "{name}: {outlines:?}");
    }

    // A terminal, a log and a mail of cron have plain text.
    for command in
        [["list", "--limit", "0"].as_slice(), &["status"], &["list", "--json", "--limit", "0"]]
    {
        let ran = wire.run(command);
        assert_eq!(ran.code, 0);
        assert!(!ran.out.contains("&lt;script"), "{}", ran.out);
    }
}

fn outline_texts(opml: &str) -> Vec<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(opml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return found,
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes().map(Result::unwrap) {
                    if attribute.key.as_ref() == "text" {
                        found.push(
                            quick_xml::escape::unescape(&attribute.value).unwrap().into_owned(),
                        );
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn h42_no_error_page_repeats_what_was_asked() {
    let root = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for path in [
        "/<script>alert(1)</script>",
        "/%3Cscript%3E",
        "/?q=<img src=x onerror=alert(1)>",
        "/..%2f<b>",
    ] {
        for method in ["GET", "POST", "<SCRIPT>"] {
            let Ok(method) = method.parse::<axum::http::Method>() else { continue };
            let asked = axum::http::HeaderMap::new();
            let answer = samizdat::serve::answer_file(root.path(), &method, path, &asked);
            let answer = runtime.block_on(answer);
            let headers = answer.headers().clone();
            assert_eq!(headers["content-type"], "text/plain; charset=utf-8", "{path}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert!(!headers.contains_key("set-cookie"));
            let body = runtime.block_on(axum::body::to_bytes(answer.into_body(), 10_000)).unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(!body.contains(['<', '%', '?']), "{path}: {body}");
        }
    }
}

/// What a server says of itself is shown to maintainers as plain text, and to nobody else.
#[test]
fn h42_what_a_server_answers_is_text_to_maintainers() {
    let server = Server::start();
    server.set(
        "/a",
        Answer::document(
            "text/html; charset=<script>alert(1)</script>",
            "<html><head><title>Down <img src=x onerror=alert(1)></title></head></html>",
        ),
    );
    // On a host of its own: the whole host of a 503 is left alone.
    let busy = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
    busy.set(
        "/b",
        Answer::status("503 <script>alert(1)</script>", "Server: <b>\r\nRetry-After: <i>\r\n"),
    );
    let wire = Wire::of(&[("a", &server.url("/a?<script>=1")), ("b", &busy.url("/b"))]);
    server.set(
        "/a?%3Cscript%3E=1",
        Answer::document(
            "text/html; charset=<script>",
            "<html><title>Down <script>alert(1)</script>",
        ),
    );
    assert_eq!(wire.fetch()["failed"], 2);
    for (name, (bytes, _)) in wire.public() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("alert(1)") && !text.contains("Down"), "{name}: {text}");
        assert!(!text.contains("<script"), "{name}: {text}");
    }
}

#[test]
fn h44_every_field_has_a_longest_length() {
    let long = "x".repeat(300_000);
    let tower = format!("Z\u{202e}\u{200b}{}", "\u{301}".repeat(100_000));
    let entry = |n: u32, words: &str| {
        format!(
            "<entry><id>https://h.example/{n}?{words}</id><title>{words}</title><link href=\"https://h.example/{n}/{}\"/>\
             <updated>2026-11-02T08:00:00Z</updated><author><name>{words}</name></author>\
             <category term=\"{words}\"/><rights>{words}</rights><summary>{words}</summary>\
             <link rel=\"enclosure\" href=\"https://h.example/a.mp3\" type=\"audio/{words}\"/></entry>",
            n
        )
    };
    let wire = wire_of(format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:{long}</id><title>{long}</title><rights>{long}</rights>\
         <updated>2026-11-02T08:00:00Z</updated>{}{}</feed>",
        entry(1, &long),
        entry(2, &tower)
    ));
    let stories = wire.stories();
    assert_eq!(stories.len(), 2);
    fn longest(value: &Value) -> usize {
        match value {
            Value::String(text) => text.chars().count(),
            Value::Array(values) => values.iter().map(longest).max().unwrap_or(0),
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| name.as_str() != "content_html")
                .map(|(_, value)| longest(value))
                .max()
                .unwrap_or(0),
            _ => 0,
        }
    }
    let feed: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
    for value in stories.iter().chain([&feed]) {
        assert!(longest(value) <= 4096, "{} characters", longest(value));
    }
    for name in ["index.html", "atom.xml", "rss.xml", "feed.json", "about.html", "sources.opml"] {
        let text = wire.read(&format!("public/{name}"));
        let marks = text.chars().filter(|c| *c == '\u{301}').count();
        assert!(marks <= 200, "{name}: {marks} combining marks");
        assert!(!text.contains(['\u{202e}', '\u{200b}']), "{name}");
    }
    assert_safe(&wire);
}

#[test]
fn h43_without_images_nothing_of_a_picture_is_left() {
    let html = "<p>words</p><img src=https://h.example/a.png srcset='https://h.example/b.png 2x'>\
                <figure><picture><source srcset=https://h.example/c.png><img src=https://h.example/d.png></picture></figure>\
                <video src=https://h.example/v.mp4 poster=https://h.example/e.png autoplay></video>\
                <a ping=//t.example/ href=https://h.example/x>link</a><img src=https://h.example/f.png width=1>";
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:f</id><title>F</title><updated>2026-11-02T08:00:00Z</updated>\
         <entry><id>https://h.example/1</id><title>T</title><link href=\"https://h.example/1/\"/>\
         <updated>2026-11-02T08:00:00Z</updated><link rel=\"enclosure\" href=\"https://h.example/g.png\" type=\"image/png\"/>\
         <content type=\"html\">{}</content></entry></feed>",
        escaped(html)
    );
    let server = Server::start();
    server.set("/a", Answer::document("application/atom+xml", feed));
    for (images, expected) in [("link", true), ("none", false)] {
        let wire = Wire::new(&format!(
            "{HEAD}[publish]\nimages = \"{images}\"\n[[source]]\nid = \"a\"\nurl = \"{}\"\n",
            server.url("/a")
        ));
        wire.fetch();
        for name in ["index.html", "atom.xml", "rss.xml", "feed.json"] {
            let text = wire.read(&format!("public/{name}"));
            assert_eq!(text.contains(".png"), expected, "{name}, images = {images}: {text}");
            for never in ["ping=", "autoplay", "f.png", "c.png"] {
                assert!(!text.contains(never), "{name} holds {never}");
            }
        }
        let json: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
        let content = json["items"][0]["content_html"].as_str().unwrap();
        judge(content).unwrap();
        assert!(content.contains("rel=\"noopener noreferrer\""), "{content}");
        assert!(content.contains("v.mp4"), "{content}");
        assert_eq!(content.contains("<figure>"), expected, "nothing is left of it: {content}");
    }
}

#[test]
fn h46_pages_carry_the_policy_and_servers_are_told_the_whole() {
    let wire = wire_of(feed_of_words());
    let in_pages = POLICY.strip_suffix("; frame-ancestors 'none'").unwrap();
    let mut pages = 0;
    for (name, (bytes, _)) in wire.public() {
        let Some(_) = name.strip_suffix(".html") else { continue };
        let text = String::from_utf8(bytes).unwrap();
        let page = Html::parse_document(&text);
        let selector = Selector::parse("head > meta[http-equiv]").unwrap();
        let policies: Vec<_> = page
            .select(&selector)
            .map(|meta| (meta.attr("http-equiv"), meta.attr("content")))
            .collect();
        assert_eq!(policies, [(Some("Content-Security-Policy"), Some(in_pages))], "{name}");
        // Nothing stands before it that it would have to hold for.
        let before = text.split("Content-Security-Policy").next().unwrap();
        assert!(!before.contains("<link") && !before.contains("<script"), "{name}");
        pages += 1;
    }
    assert!(pages >= 3);
    assert_eq!(samizdat::publish::CONTENT_SECURITY_POLICY, POLICY);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for name in ["/", "/about.html"] {
        let asked = axum::http::HeaderMap::new();
        let root = wire.path("public");
        let get = axum::http::Method::GET;
        let answer = runtime.block_on(samizdat::serve::answer_file(&root, &get, name, &asked));
        let headers = answer.headers();
        assert_eq!(headers["content-security-policy"], POLICY, "{name}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{name}");
        assert!(!headers.contains_key("set-cookie"), "{name}");
    }

    // Every web server that the README shows.
    let readme = include_str!("../../README.md");
    let snippets: Vec<&str> = ["```nginx\n", "```caddyfile\n"]
        .iter()
        .map(|fence| readme.split_once(fence).unwrap().1.split_once("```").unwrap().0)
        .collect();
    for snippet in snippets {
        assert!(snippet.contains(&format!("Content-Security-Policy \"{POLICY}\"")), "{snippet}");
        assert!(
            snippet.contains("X-Content-Type-Options") && snippet.contains("nosniff"),
            "{snippet}"
        );
    }
}
