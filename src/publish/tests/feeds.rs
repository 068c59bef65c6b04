//! What feeds say when they are read again.

use super::*;

#[test]
fn o16_o45_links_lead_to_partners_and_every_publisher_is_credited() {
    let rendered = render(&output(stories()), Images::Link);
    let atom = read_atom(&rendered);
    for (entry, story) in atom.entries.iter().zip(stories()) {
        let mut alternates = BTreeSet::new();
        for link in entry.links.iter().filter(|link| link.rel == "alternate") {
            assert!(alternates.insert((link.mime_type.clone(), link.hreflang.clone())));
        }
        assert_eq!(Some(entry.links[0].href.clone()), story.url, "O39: the permalink itself");
        let source = entry.source.as_ref().unwrap();
        assert_eq!(source.id, story.origin.source_feed_id, "O37");
        assert_eq!(source.updated, entry.updated, "stable: not the time of a poll");
    }
    let via: Vec<_> = atom.entries[0].links.iter().filter(|link| link.rel == "via").collect();
    assert_eq!(via[0].href, "https://rabkor.example/boris?a=1&b=2");
    assert_eq!(via[0].title.as_deref(), Some("also published by Rabkor"));
    let rss = read_rss(&rendered);
    assert_eq!(rss.items[0].atom_ext.as_ref().unwrap().links[0].href, via[0].href);
    let sources: Vec<_> =
        rss.items.iter().map(|item| item.source.as_ref().unwrap().url.as_str()).collect();
    assert_eq!(sources[0], "https://diem25.example/feed/", "O38");
    assert_eq!(sources[3], "https://tni.example/", "a file source is credited with its site");
    let rights: Vec<_> = rss
        .items
        .iter()
        .map(|item| item.dublin_core_ext.as_ref().unwrap().rights.concat())
        .collect();
    assert_eq!(rights, ["CC BY 4.0", "", "CC BY-NC-SA 4.0", "© TNI"], "the item's beat the feed's");
    let page = read_page(&rendered);
    let credited = texts(&page, "article .notes").concat();
    assert!(credited.contains("Also published by Rabkor"), "{credited}");
    assert!(credited.contains("Also in Deutsch"), "{credited}");
}

#[test]
fn o12_o13_an_excerpt_comes_before_the_content_and_differs_from_it() {
    let rendered = render(&output(stories()), Images::Link);
    let rss = words(&rendered, "rss.xml");
    let first = rss.split("</item>").next().unwrap();
    assert!(first.find("<description>").unwrap() < first.find("<content:encoded>").unwrap());
    // The Greek story's excerpt is all of its content.
    let channel = read_rss(&rendered);
    assert_eq!(channel.items[1].description, Some(stories()[1].content_html.clone()));
    assert_eq!(channel.items[1].content, None);
    let atom = read_atom(&rendered);
    assert!(atom.entries[0].summary.is_some() && atom.entries[1].summary.is_none());
    assert_eq!(read_json(&rendered)["items"][1].get("summary"), None);
}

#[test]
fn o40_where_only_the_link_may_be_given_nothing_else_is() {
    let rendered = render(&output(stories()), Images::Link);
    let item = read_rss(&rendered).items.pop().unwrap();
    assert_eq!((item.description, item.content), (None, None));
    let entry = read_atom(&rendered).entries.pop().unwrap();
    assert_eq!((entry.summary, entry.content), (None, None));
    let json = read_json(&rendered);
    assert_eq!(json["items"][3]["content_text"], stories()[3].title);
    assert_eq!(json["items"][3].get("content_html"), None);
}

#[test]
fn o19_rss_has_one_enclosure_and_atom_and_json_have_all() {
    let rendered = render(&output(stories()), Images::Link);
    assert_eq!(words(&rendered, "rss.xml").matches("<enclosure ").count(), 1);
    let enclosure = read_rss(&rendered).items[2].enclosure.clone().unwrap();
    assert_eq!(enclosure.url, "https://rabkor.example/talk.mp3?x=1&y=2");
    assert_eq!(
        (enclosure.length.as_str(), enclosure.mime_type.as_str()),
        ("24986239", "audio/mpeg")
    );
    let links = read_atom(&rendered).entries[2].links.clone();
    assert_eq!(links.iter().filter(|link| link.rel == "enclosure").count(), 2);
    assert_eq!(read_json(&rendered)["items"][2]["attachments"].as_array().unwrap().len(), 2);
}

#[test]
fn o21_labels_are_there_once_and_the_language_is_carried() {
    let rendered = render(&output(stories()), Images::Link);
    let rss = read_rss(&rendered);
    let names: Vec<_> =
        rss.items[0].categories.iter().map(|category| category.name.as_str()).collect();
    assert_eq!(names, ["Political prisoners", "Peace", "Russia"]);
    let atom = words(&rendered, "atom.xml");
    for language in ["en", "el", "ar"] {
        assert!(atom.contains(&format!("<entry xml:lang=\"{language}\">")), "{language}");
    }
    assert_eq!(read_json(&rendered)["items"][2]["language"], "ar");
    let page = read_page(&rendered);
    assert_eq!(attributes(&page, "article", "lang"), ["en", "el", "ar", "en"]);
    assert_eq!(attributes(&page, "article", "dir"), ["ltr", "ltr", "rtl", "ltr"]);
}
