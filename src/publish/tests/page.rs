//! The page as a browser takes it.

use super::*;

#[test]
fn o23_h46_a_page_has_one_heading_its_feeds_and_a_policy_and_no_script() {
    let mut by_tag = output(stories());
    by_tag.key = OutputKey { kind: OutputKind::Language, id: "ar".to_owned() };
    for (output, path) in [(output(stories()), "index.html"), (by_tag, "language/ar/index.html")] {
        let rendered = render(&output, Images::Link);
        let page = scraper::Html::parse_document(&words(&rendered, path));
        assert_eq!(texts(&page, "h1").len(), 1);
        assert_eq!(
            attributes(&page, "link[rel=alternate]", "type"),
            ["application/atom+xml", "application/rss+xml", "application/feed+json"]
        );
        assert_eq!(attributes(&page, "html", "lang"), ["en"]);
        assert_eq!(attributes(&page, "html", "dir"), ["ltr"]);
        let policy = attributes(&page, "meta[http-equiv=Content-Security-Policy]", "content");
        assert!(policy[0].starts_with("default-src 'none'"), "{policy:?}");
        assert!(texts(&page, "script, style, [style], iframe").is_empty());
        assert_eq!(texts(&page, "article").len(), 4);
    }
}

#[test]
fn without_images_there_is_no_picture_anywhere() {
    let rendered = render(&output(stories()), Images::None);
    for document in &rendered {
        let words = String::from_utf8(document.bytes.clone()).unwrap();
        assert!(!words.contains("boris.jpg"), "{}", document.path);
        assert!(!words.contains("<img"), "{}", document.path);
    }
    assert!(words(&rendered, "rss.xml").contains("talk.mp3"), "recordings stay");
    let with = render(&output(stories()), Images::Link);
    for path in ["index.html", "rss.xml", "atom.xml", "feed.json"] {
        assert!(words(&with, path).contains("boris.jpg"), "{path}");
    }
}

#[test]
fn o23_every_story_says_its_language_and_direction_and_whose_page_its_link_leads_to() {
    let mut stories = stories();
    stories[3].language = String::new();
    let rendered = render(&output(stories.clone()), Images::Link);
    let page = scraper::Html::parse_document(&words(&rendered, "index.html"));
    assert_eq!(attributes(&page, "article", "lang"), ["en", "el", "ar", ""]);
    assert_eq!(attributes(&page, "article", "dir"), ["ltr", "ltr", "rtl", "auto"]);
    let links = texts(&page, ".read-at a");
    let addresses = attributes(&page, ".read-at a", "href");
    for ((story, link), address) in stories.iter().zip(&links).zip(&addresses) {
        // Read out one by one, no two of them are the same.
        let said = format!("Read at {}: {}", story.origin.organisation_name, story.title);
        assert_eq!((link, Some(address)), (&said, story.url.as_ref()));
    }
    assert_eq!(links.len(), 4);
}

/// What the page of an organisation is made of.
fn of_an_organisation() -> Output {
    let mut of_one = output(stories());
    of_one.key = OutputKey { kind: OutputKind::Organisation, id: "diem25".to_owned() };
    of_one.title = "DiEM25".to_owned();
    of_one.profile = Some(Profile {
        site: Some("https://www.diem25.example/".to_owned()),
        logo: Some("logo/diem25.svg".to_owned()),
        sources: sources(),
    });
    of_one
}

#[test]
fn headings_are_in_order_and_the_first_link_leads_past_the_rest() {
    let rendered = render_site(&site(), &settings(Images::Link), &sources(), &navigation());
    let mut pages = vec![words(&rendered.unwrap(), "about.html")];
    pages.push(words(&render(&output(stories()), Images::Link), "index.html"));
    let of_one = render(&of_an_organisation(), Images::Link);
    pages.push(words(&of_one, "organisation/diem25/index.html"));
    for page in pages {
        let page = scraper::Html::parse_document(&page);
        let headings = scraper::Selector::parse("h1, h2, h3, h4, h5, h6").unwrap();
        let levels: Vec<u8> = page
            .select(&headings)
            .map(|heading| heading.value().name().as_bytes()[1] - b'0')
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{levels:?}");
        let is_step = |pair: &[u8]| pair[1] <= pair[0] + 1;
        assert!(levels[0] == 1 && levels.windows(2).all(is_step), "{levels:?}");
        let first = attributes(&page, "body a", "href").remove(0);
        let aim = first.strip_prefix('#').unwrap().to_owned();
        assert!(attributes(&page, "main", "id").contains(&aim), "{aim}");
    }
}

#[test]
fn the_page_of_an_organisation_says_how_it_is_read_and_how_to_have_something_removed() {
    let rendered = render(&of_an_organisation(), Images::Link);
    let page = scraper::Html::parse_document(&words(&rendered, "organisation/diem25/index.html"));
    assert_eq!(attributes(&page, ".logo", "src"), ["../../logo/diem25.svg"]);
    assert_eq!(texts(&page, ".section-more a")[0], "diem25.example");
    let said = texts(&page, "#reading").remove(0);
    for words in [
        "Feed",
        "https://diem25.example/feed/",
        "Page",
        "https://tni.example/latest?token=…",
        "at most every 2 hours",
        "at most every day",
        "not at present",
        "CC BY-NC-SA 4.0",
        "Press office, 2026-11-02",
        "title and link",
        "a file that it gives us",
        "wire@example.org",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        attributes(&page, "#reading a", "href").contains(&"mailto:wire@example.org".to_owned())
    );
    assert!(attributes(&page, "#reading a", "href").contains(&"../../about.html".to_owned()));
    // Secrets lead nowhere.
    assert!(!attributes(&page, "#reading a", "href").iter().any(|href| href.contains("token")));
    let mut gone = of_an_organisation();
    gone.profile = Some(Profile::default());
    let rendered = render(&gone, Images::Link);
    let page = scraper::Html::parse_document(&words(&rendered, "organisation/diem25/index.html"));
    assert!(texts(&page, "#reading")[0].contains("not read any more"));
    assert!(attributes(&page, ".logo", "src").is_empty());
}
