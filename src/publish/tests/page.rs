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
