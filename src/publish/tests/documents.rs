//! Whole documents: as they were, byte for byte, of the right size, at the right address.

use super::*;

#[test]
fn the_documents_of_an_output_are_as_they_were() {
    let rendered = render(&output(stories()), Images::Link);
    let paths: Vec<_> = rendered.iter().map(|document| document.path.as_str()).collect();
    assert_eq!(paths, ["index.html", "rss.xml", "atom.xml", "feed.json"]);
    insta::assert_snapshot!("index.html", words(&rendered, "index.html"));
    insta::assert_snapshot!("rss.xml", words(&rendered, "rss.xml"));
    insta::assert_snapshot!("atom.xml", words(&rendered, "atom.xml"));
    insta::assert_snapshot!("feed.json", words(&rendered, "feed.json"));
}

#[test]
fn the_documents_of_the_site_are_as_they_were() {
    let rendered =
        render_site(&site(), &settings(Images::Link), &sources(), &navigation()).unwrap();
    for path in ["about.html", "sources.opml", "outputs.opml"] {
        insta::assert_snapshot!(path, words(&rendered, path));
    }
    let mut paths: Vec<_> = rendered.into_iter().map(|document| document.path).collect();
    paths.sort();
    assert_eq!(paths, ["about.html", "icon.svg", "outputs.opml", "sources.opml", "style.css"]);
}

#[test]
fn o4_the_same_stories_give_the_same_bytes() {
    let output = output(stories());
    assert_eq!(render(&output, Images::Link), render(&output, Images::Link));
}

#[test]
fn o5_a_feed_is_as_new_as_its_newest_change_and_an_empty_one_as_old_as_itself() {
    let full = render(&output(stories()), Images::Link);
    assert_eq!(read_atom(&full).updated.to_rfc3339(), "2024-02-15T08:30:00+00:00");
    assert_eq!(
        read_rss(&full).last_build_date.unwrap(),
        "Thu, 15 Feb 2024 08:30:00 +0000",
        "O10: RFC 822, four digits, numeric zone, right weekday"
    );
    let mut late = stories();
    late[3].entered = at("2024-03-01T00:00:00Z");
    let late = render(&output(late), Images::Link);
    assert_eq!(read_atom(&late).updated.to_rfc3339(), "2024-03-01T00:00:00+00:00");
    let empty = render(&output(Vec::new()), Images::Link);
    assert_eq!(read_atom(&empty).updated.to_rfc3339(), "2024-01-01T00:00:00+00:00");
    assert!(texts(&read_page(&empty), ".empty")[0].starts_with("Nothing has been published"));
}

#[test]
fn o2_ids_are_the_same_in_every_format_and_survive_a_move_of_the_site() {
    let output = output(stories());
    let mut moved = site();
    moved.url = Url::parse("http://elsewhere.example/").unwrap();
    let moved = render_output(&moved, &settings(Images::Link), &output, &navigation()).unwrap();
    let here = render(&output, Images::Link);
    for rendered in [&here, &moved] {
        let ids: Vec<_> = output.stories.iter().map(|story| story.id.clone()).collect();
        let rss: Vec<_> =
            read_rss(rendered).items.into_iter().map(|item| item.guid.unwrap().value).collect();
        let atom: Vec<_> = read_atom(rendered).entries.into_iter().map(|entry| entry.id).collect();
        let json: Vec<_> = read_json(rendered)["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((&rss, &atom, &json), (&ids, &ids, &ids), "O6: and the same order");
        assert_eq!(read_atom(rendered).id, "tag:example.org,2024:wire/all");
    }
    let permalinks: Vec<_> =
        read_rss(&here).items.iter().map(|item| item.guid.as_ref().unwrap().permalink).collect();
    assert_eq!(permalinks, [true, false, false, false], "O1");
}

#[test]
fn o17_every_document_names_its_own_address_and_that_of_the_hub() {
    let mut output = output(stories());
    output.key = OutputKey { kind: OutputKind::Tag, id: "peace".to_owned() };
    output.title = "Peace".to_owned();
    let rendered = render(&output, Images::Link);
    let base = "https://example.org/wire/tag/peace/";
    let rss = words(&rendered, "tag/peace/rss.xml");
    let channel = ::rss::Channel::read_from(rss.as_bytes()).unwrap();
    assert_eq!(channel.title, "Solidarity Wire: Peace");
    assert_eq!(channel.link, base);
    assert!(rss.contains(&format!(
        "<atom:link href=\"{base}rss.xml\" rel=\"self\" type=\"application/rss+xml\"/>"
    )));
    assert!(rss.contains("<atom:link href=\"https://hub.example.org/\" rel=\"hub\"/>"));
    let atom = words(&rendered, "tag/peace/atom.xml");
    assert!(atom.contains(&format!("<link href=\"{base}atom.xml\" rel=\"self\"")));
    assert!(atom.contains(&format!("<link href=\"{base}\" rel=\"alternate\"")));
    let json: serde_json::Value =
        serde_json::from_str(&words(&rendered, "tag/peace/feed.json")).unwrap();
    assert_eq!(json["feed_url"], format!("{base}feed.json"));
    assert_eq!(json["home_page_url"], base);
    let page = scraper::Html::parse_document(&words(&rendered, "tag/peace/index.html"));
    assert_eq!(texts(&page, "h1"), ["Peace"]);
    assert_eq!(attributes(&page, "link[rel=stylesheet]", "href"), ["../../style.css"]);
    assert_eq!(texts(&page, "[aria-current=page]"), ["Peace"]);
    let own = attributes(&page, ".filters a", "href");
    assert!(own.contains(&"../../language/el/index.html".to_owned()), "{own:?}");
}

#[test]
fn a_feed_that_would_be_too_large_holds_the_stories_that_entered_last() {
    let stories: Vec<_> = (1..=60)
        .map(|number| {
            let mut story =
                story(number, "2024-02-14T10:00:00Z", "Long", credit("a", "A", "a.example"));
            // The higher the number, the later it entered; the order is the other way round.
            story.entered = at("2024-02-14T10:00:00Z") + Duration::from_secs(number);
            story.content_html = format!("<p>{}</p>", "& long <b>".repeat(6_000));
            story
        })
        .collect();
    let rendered = render(&output(stories), Images::Link);
    for document in &rendered {
        assert!(document.bytes.len() <= MAX_FEED_BYTES, "{}", document.path);
    }
    let numbers: Vec<u64> = read_atom(&rendered)
        .entries
        .iter()
        .map(|entry| entry.id.rsplit('/').next().unwrap().parse().unwrap())
        .collect();
    assert!((15..60).contains(&numbers.len()), "{}", numbers.len());
    let newest: Vec<u64> = (61 - numbers.len() as u64..=60).collect();
    assert_eq!(numbers, newest);
    assert_eq!(read_rss(&rendered).items.len(), numbers.len());
    assert_eq!(texts(&read_page(&rendered), "article").len(), numbers.len());
}

#[test]
fn one_story_that_is_too_large_by_itself_is_still_published() {
    let mut huge = story(1, "2024-02-14T10:00:00Z", "Huge", credit("a", "A", "a.example"));
    huge.content_html = "<p>x</p>".repeat(400_000);
    assert_eq!(read_rss(&render(&output(vec![huge]), Images::Link)).items.len(), 1);
}

#[test]
fn h48_an_output_whose_id_is_no_slug_is_refused() {
    let mut output = output(stories());
    output.key = OutputKey { kind: OutputKind::Tag, id: "../../etc".to_owned() };
    let refused = render_output(&site(), &settings(Images::Link), &output, &navigation());
    assert!(matches!(refused, Err(RenderError::UnsafeId { .. })));
}

#[test]
fn a_digest_changes_with_everything_that_is_shown_and_with_nothing_else() {
    let (site, settings, output, navigation) =
        (site(), settings(Images::Link), output(stories()), navigation());
    let stories: Vec<_> =
        output.stories.iter().map(|story| (story.number, story.revision)).collect();
    let plain = digest(&site, &settings, &output, &stories, 1, &navigation);
    let window = Settings { window: 3, backlog: 1, ..settings.clone() };
    assert_eq!(
        plain,
        digest(&site, &window, &output, &stories, 1, &navigation),
        "selection is done before"
    );
    let mut edited = stories.clone();
    edited[0].1 += 1;
    let without = Settings { images: Images::None, ..settings.clone() };
    let renamed = Site { title: "Other".to_owned(), ..site.clone() };
    let retitled = Output { title: "Other".to_owned(), ..output.clone() };
    let digests = BTreeSet::from([
        plain,
        digest(&site, &settings, &output, &edited, 1, &navigation),
        digest(&site, &settings, &output, &stories[1..], 1, &navigation),
        digest(&site, &settings, &output, &stories, 2, &navigation),
        digest(&site, &without, &output, &stories, 1, &navigation),
        digest(&renamed, &settings, &output, &stories, 1, &navigation),
        digest(&site, &settings, &retitled, &stories, 1, &navigation),
        digest(&site, &settings, &output, &stories, 1, &Navigation::default()),
    ]);
    assert_eq!(digests.len(), 8);
}
