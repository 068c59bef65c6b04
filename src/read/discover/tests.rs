//! Links and proposals, on pages as the usual programs make them.

mod lists;

use url::Url;

use super::*;
use crate::read::Input;

fn input<'a>(page: &'a str, base: &'a Url) -> Input<'a> {
    Input { bytes: page.as_bytes(), content_type: None, base, zone: None }
}

fn base() -> Url {
    Url::parse("https://a.example/news/today.html").unwrap()
}

fn links(page: &str) -> Vec<(String, FeedKind)> {
    let found = announced(&input(page, &base())).unwrap();
    found.feeds.into_iter().map(|feed| (feed.url.into(), feed.kind)).collect()
}

#[test]
fn link_elements_are_found_in_whatever_form() {
    for (link, url) in [
        ("<link rel=alternate type=application/rss+xml href=/feed/>", "https://a.example/feed/"),
        (
            "<LINK TYPE='application/atom+xml' HREF='a.xml' REL='ALTERNATE'>",
            "https://a.example/news/a.xml",
        ),
        (
            "<link rel='alternate feed' type='application/feed+json; charset=utf-8' href='/f.json'>",
            "https://a.example/f.json",
        ),
        ("<link rel=feed href=https://b.example/x>", "https://b.example/x"),
        ("<link rel=alternate type=text/xml href=/rss.xml>", "https://a.example/rss.xml"),
        (
            "<link rel=alternate type=application/rss+xml href=feed://a.example/x>",
            "https://a.example/x",
        ),
        (
            "<base href=/blog/><link rel=alternate type=application/rss+xml href=feed>",
            "https://a.example/blog/feed",
        ),
        ("<a href='/aktuelles/?type=rss'>RSS</a>", "https://a.example/aktuelles/?type=rss"),
        ("<a href=https://b.example/podcast.rss>Podcast</a>", "https://b.example/podcast.rss"),
    ] {
        assert_eq!(links(link).first().map(|(url, _)| url.as_str()), Some(url), "{link}");
    }
}

#[test]
fn other_alternates_are_no_feeds() {
    for link in [
        "<link rel=alternate hreflang=de href=/de/>",
        "<link rel=alternate type=application/json href=/wp-json/wp/v2/posts/5>",
        "<link rel=alternate type=application/json+oembed href=/oembed?url=x>",
        "<link rel=stylesheet type=application/rss+xml href=/x>",
        "<link rel=alternate type=application/rss+xml href=javascript:alert(1)>",
        "<link rel=alternate type=application/rss+xml href=''>",
        "<a href=https://reader.example/subscribe?feed=rss>Subscribe</a>",
        "<a href=/feedback>Feedback</a>",
    ] {
        assert_eq!(links(link), [], "{link}");
    }
}

#[test]
fn posts_come_before_comments() {
    let found = links(
        "<link rel=alternate type=application/rss+xml title='A » Comments Feed' href=/comments/feed/>\
         <a href=/rss.xml>RSS</a>\
         <link rel=alternate type=application/rss+xml title='A » Feed' href=/feed/>",
    );
    let urls: Vec<&str> = found.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "https://a.example/feed/",
            "https://a.example/rss.xml",
            "https://a.example/comments/feed/"
        ]
    );
    assert_eq!(found[2].1, FeedKind::Comments);
}

#[test]
fn a_proposal_leaves_menus_and_hashed_classes_alone() {
    let menu: String = (0..9)
        .map(|n| format!("<li class=menu-item><a href=/m{n}>A section of this site {n}</a></li>"))
        .collect();
    let items: String = (0..6)
        .map(|n| format!("<div class='teaser css-1x{n}y'><h3><a href=/{n}>Harbour workers vote on plan {n}</a></h3><time datetime=2026-11-0{}>x</time></div>", n + 1))
        .collect();
    let page = format!("<html><body><nav><ul>{menu}</ul></nav><main>{items}</main></body></html>");
    let found = propose(&input(&page, &base())).unwrap();
    let best = &found[0];
    assert_eq!(
        (best.select.item.as_str(), best.select.title.as_str(), best.select.link.as_str()),
        ("div.teaser", "h3 a", "h3 a")
    );
    assert_eq!(best.select.date.as_deref(), Some("time"));
    assert_eq!((best.items, best.titles[0].as_str()), (6, "Harbour workers vote on plan 0"));
    assert!(best.reasons.iter().any(|reason| reason.contains("date")), "{best:?}");
    let only_menu = format!("<html><body><nav><ul>{menu}</ul></nav><p>Words.</p></body></html>");
    assert_eq!(propose(&input(&only_menu, &base())).unwrap(), []);
}

#[test]
fn a_plain_list_is_found_wherever_it_stands_and_keeps_its_summaries() {
    let item = |n: usize| {
        format!(
            "<div class=n><h2><a href=/{n}>Harbour workers vote on plan {n}</a></h2><p>What they said at gate {n} of the dock.</p></div>"
        )
    };
    let items: String = (1..=6).map(item).collect();
    let foot = "<div><a href=/imprint>Imprint</a></div>";
    for (page, selector) in [
        (format!("<body><h1>Union</h1>{items}{foot}</body>"), "body > div"),
        (format!("<body><main>{items}</main>{foot}</body>"), "main div"),
        (format!("<body><div><div>{items}</div></div>{foot}</body>"), "body > div > div > div"),
        (format!("<body><ul>{}</ul></body>", items.replace("div", "li")), "body > ul > li"),
    ] {
        let found = propose(&input(&page, &base())).unwrap();
        let best = found.first().unwrap_or_else(|| panic!("nothing for {selector}"));
        assert_eq!(best.select.item, selector);
        assert_eq!((best.items, best.select.title.as_str()), (6, "h2 a"), "{selector}");
        assert_eq!(best.select.summary.as_deref(), Some("p"), "{selector}");
    }
    // Without headings, dates or summaries nothing tells a list of news from any other.
    let links: String = (1..=9)
        .map(|n| format!("<li><a href=/{n}>A section of this site, number {n}</a></li>"))
        .collect();
    let menu = format!("<body><ul>{links}</ul><p>Words.</p></body>");
    assert_eq!(propose(&input(&menu, &base())).unwrap(), []);
}

#[test]
fn h35_a_page_made_to_be_slow_is_not() {
    let deep = "<div class=item><a href=/x>words of a title</a>".repeat(20_000);
    let wide: String = (0..50_000)
        .map(|n| format!("<p class=item><a href=/{n}>A title that is long enough {n}</a>"))
        .collect();
    let classes =
        format!("<div class='{}'><a href=/1>x</a></div>", "post ".repeat(100_000)).repeat(5);
    let bare = format!("{}<p><a href=/x>A title that is long enough</a>", "<div>".repeat(60))
        .repeat(2_000);
    for page in [deep, wide, classes, bare] {
        let begun = std::time::Instant::now();
        let _ = propose(&input(&page, &base()));
        let _ = announced(&input(&page, &base()));
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
