//! Hostile words and links come out as words, once, or not at all.

use proptest::prelude::*;

use super::*;

/// Titles that a careless writer escapes never, or twice.
const HOSTILE_TITLES: &[&str] = &[
    "AT&amp;T",
    "a < b",
    "<b>",
    "&lt;",
    "let's try & break this <item> ]]>",
    "💥 solidarité 👩‍👩‍👧",
    "{{7*7}} {% include \"x\" %} <% x %> ${x}",
    "\"quoted\" 'twice' onmouseover=alert(1)",
    "</title></head><script>alert(1)</script>",
    "</article></body> --> <!--",
    "&#60;i&#62; &nbsp;",
];

#[test]
fn o11_h41_h52_titles_are_escaped_exactly_once_everywhere() {
    let hostile: Vec<_> = (1..)
        .zip(HOSTILE_TITLES)
        .map(|(number, title)| {
            let mut story =
                story(number, "2024-02-14T10:00:00Z", title, credit("a", title, "a.example"));
            story.summary = (*title).to_owned();
            story.authors = vec![(*title).to_owned()];
            story.categories = vec![(*title).to_owned()];
            story.tags = vec![tag("peace", title)];
            story.rights = Some((*title).to_owned());
            story.also = vec![Credit {
                url: Some("https://b.example/".to_owned()),
                ..credit("b", title, "b.example")
            }];
            story
        })
        .collect();
    let rendered = render(&output(hostile), Images::Link);
    let expected: Vec<_> = HOSTILE_TITLES.iter().map(|title| (*title).to_owned()).collect();

    let rss = read_rss(&rendered);
    let of_items = |f: fn(&::rss::Item) -> String| rss.items.iter().map(f).collect::<Vec<_>>();
    assert_eq!(of_items(|item| item.title.clone().unwrap()), expected);
    assert_eq!(of_items(|item| item.categories[0].name.clone()), expected);
    assert_eq!(of_items(|item| item.source.clone().unwrap().title.unwrap()), expected);
    assert_eq!(
        of_items(|item| item.dublin_core_ext.as_ref().unwrap().creators[0].clone()),
        expected
    );
    // A description is HTML: its text, as a browser shows it, is the summary.
    let shown: Vec<_> = rss
        .items
        .iter()
        .map(|item| {
            let html = scraper::Html::parse_fragment(item.description.as_ref().unwrap());
            html.root_element().text().collect::<String>()
        })
        .collect();
    assert_eq!(shown, expected);

    let atom = read_atom(&rendered);
    let of_entries =
        |f: fn(&atom_syndication::Entry) -> String| atom.entries.iter().map(f).collect::<Vec<_>>();
    assert_eq!(of_entries(|entry| entry.title.value.clone()), expected);
    assert_eq!(of_entries(|entry| entry.authors[0].name.clone()), expected);
    assert_eq!(of_entries(|entry| entry.categories[0].label.clone().unwrap()), expected);
    assert_eq!(of_entries(|entry| entry.summary.clone().unwrap().value), expected);
    assert_eq!(of_entries(|entry| entry.source.clone().unwrap().title.value), expected);
    assert!(
        atom.entries.iter().all(|entry| entry.title.r#type == atom_syndication::TextType::Text)
    );

    let json = read_json(&rendered);
    for (item, title) in json["items"].as_array().unwrap().iter().zip(&expected) {
        assert_eq!(item["title"].as_str(), Some(title.as_str()));
        assert_eq!(item["authors"][0]["name"].as_str(), Some(title.as_str()));
    }

    let page = read_page(&rendered);
    assert_eq!(texts(&page, "article h2 a"), expected);
    assert_eq!(texts(&page, ".excerpt"), expected);
    assert_eq!(texts(&page, ".tags li a"), expected);
    assert!(texts(&page, "script").is_empty());
}

#[test]
fn h41_the_words_of_maintainers_are_escaped_as_well() {
    let mut site = site();
    for title in HOSTILE_TITLES {
        site.title = (*title).to_owned();
        site.description = Some((*title).to_owned());
        site.editor = Some((*title).to_owned());
        let mut navigation = navigation();
        for output in &mut navigation.outputs {
            output.title = (*title).to_owned();
        }
        let settings = settings(Images::Link);
        let rendered = render_output(&site, &settings, &output(stories()), &navigation).unwrap();
        assert_eq!(read_rss(&rendered).title, *title);
        assert_eq!(read_rss(&rendered).description, *title);
        assert_eq!(read_atom(&rendered).title.value, *title);
        let page = read_page(&rendered);
        assert_eq!(texts(&page, "h1"), [*title]);
        assert_eq!(texts(&page, "title"), [*title]);
        assert_eq!(attributes(&page, "meta[name=description]", "content"), [*title]);
        assert_eq!(texts(&page, ".filters li a").first().map(String::as_str), Some(*title));
        let mut sources = sources();
        sources[0].name = (*title).to_owned();
        let rendered = render_site(&site, &settings, &sources, &navigation).unwrap();
        let about = scraper::Html::parse_document(&words(&rendered, "about.html"));
        assert_eq!(texts(&about, ".sources h3").first().map(String::as_str), Some(*title));
        assert!(texts(&about, "script").is_empty());
    }
}

#[test]
fn o14_what_could_run_is_taken_out_once_more_on_the_way_out() {
    let mut story = story(1, "2024-02-14T10:00:00Z", "T", credit("a", "A", "a.example"));
    story.content_html = "<p onclick=\"steal()\" style=\"x\">Words <script>steal()</script>\
        <a href=\"javascript:steal()\">link</a><iframe srcdoc=\"steal()\"></iframe></div>"
        .to_owned();
    for document in render(&output(vec![story]), Images::Link) {
        let words = String::from_utf8(document.bytes).unwrap();
        assert!(!words.contains("steal"), "{}: {words}", document.path);
    }
}

#[test]
fn o20_no_address_of_an_author_is_given_away() {
    let rendered = render(&output(stories()), Images::Link);
    for document in rendered {
        let words = String::from_utf8(document.bytes).unwrap();
        assert!(!words.contains('@'), "{}", document.path);
        assert!(!words.contains("<author>wire"), "{}", document.path);
    }
}

#[test]
fn o15_links_that_are_not_web_addresses_are_left_out() {
    let mut story = story(1, "2024-02-14T10:00:00Z", "T", credit("a", "A", "a.example"));
    for url in ["javascript:alert(1)", "data:text/html,x", "/relative", "\" onclick=\"x"] {
        story.url = Some(url.to_owned());
        story.image = Some(url.to_owned());
        story.origin.organisation_site = Some(url.to_owned());
        story.origin.source_site = Some(url.to_owned());
        story.also = vec![Credit { url: Some(url.to_owned()), ..credit("b", "B", "b.example") }];
        story.enclosures = vec![Enclosure { url: url.to_owned(), ..Enclosure::default() }];
        for document in render(&output(vec![story.clone()]), Images::Link) {
            let words = String::from_utf8(document.bytes).unwrap();
            assert!(!words.contains(url), "{} has {url}", document.path);
        }
    }
}

#[test]
fn h69_sources_without_a_url_that_may_be_shown_are_not_listed() {
    let rendered =
        render_site(&site(), &settings(Images::Link), &sources(), &navigation()).unwrap();
    let opml = words(&rendered, "sources.opml");
    assert_eq!(opml.matches("<outline ").count(), 2, "neither the file nor what rests");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn o11_whatever_a_title_is_it_reads_back_as_its_one_line(
        title in "(.|[&<>\"'\\]\\[ \r\n\t\0\u{b}\u{fffe}]|&amp;|]]>|<!--|&#0;){0,24}",
        content in "(.|[&<>\"'\\] \r\n\t\0]|&amp;|]]>|<p>|</p>){0,24}",
    ) {
        let mut story = story(1, "2024-02-14T10:00:00Z", &title, credit("a", &title, "a.example"));
        story.summary = content.clone();
        story.content_html = content.clone();
        story.authors = vec![title.clone()];
        story.categories = vec![title.clone()];
        story.rights = Some(content);
        let rendered = render(&output(vec![story]), Images::Link);
        let line = safe::line(&title);
        let expected = if line.is_empty() { "[…]" } else { &line };
        let (rss, atom) = (read_rss(&rendered), read_atom(&rendered));
        prop_assert_eq!(rss.items[0].title.as_deref(), Some(expected));
        prop_assert_eq!(&atom.entries[0].title.value, expected);
        let json = read_json(&rendered);
        prop_assert_eq!(json["items"][0]["title"].as_str(), Some(expected));
        prop_assert_eq!(texts(&read_page(&rendered), "article h2").concat(), expected);
    }
}
