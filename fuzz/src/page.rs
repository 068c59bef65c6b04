//! Web pages: listings, articles, and what `discover` finds on them. A first line `Item: …` gives the
//! selector of the items.

use samizdat::clean::{self, Repetition};
use samizdat::model::Select;
use samizdat::read::{self, Input, Known};
use url::Url;

use super::document::{check, judge_content, one_line, web};

/// What pages are made of.
pub const WORDS: &[&str] = &[
    "Item: article\n",
    "Item: li:has(a)\n",
    "Item: div > :not(p, .x) ~ [class^=te]\n",
    "<!DOCTYPE html>",
    "<html lang=el>",
    "<head>",
    "</head>",
    "<body>",
    "<base href=\"//cdn.example/x/\">",
    "<title>",
    "</title>",
    "<link rel=canonical href=\"https://other.example/1\">",
    "<link rel=alternate hreflang=de href=/de/>",
    "<link rel=alternate type=application/rss+xml href=/feed/ title=Comments>",
    "<meta property=og:title content=\"",
    "<meta property=article:published_time content=\"2026-11-02T10:00:00Z\">",
    "<meta name=description content='",
    "<script type=application/ld+json>",
    "{\"@context\":\"https://schema.org\",\"@graph\":[",
    "{\"@type\":\"NewsArticle\",\"headline\":\"",
    "\"articleBody\":\"",
    "\"author\":{\"@type\":\"Person\",\"name\":\"",
    "\"datePublished\":\"2026-11-02\"",
    "]}",
    "}",
    "</script>",
    "<main>",
    "</main>",
    "<nav>",
    "</nav>",
    "<article class=teaser>",
    "</article>",
    "<ul class=news>",
    "<li>",
    "</ul>",
    "<div class=\"post-card css-1x2y3z\">",
    "</div>",
    "<h1>",
    "</h1>",
    "<h2>",
    "</h2>",
    "<a href=\"/2026/11/a-story/\">",
    "<a href=javascript:alert(1)>",
    "</a>",
    "<p>",
    "</p>",
    "<p>Sign up for our newsletter</p>",
    "<div class=share>",
    "<time datetime=2026-11-02>",
    "2 November 2026",
    "</time>",
    "<span class=byline>By Ada Example</span>",
    "<img src=/i.jpg srcset='/i.jpg 1x, /j.jpg 2x' data-src=/k.jpg>",
    "<picture>",
    "<noscript>",
    "</noscript>",
    "<style>",
    "</style>",
    "<svg>",
    "<title>x</title>",
    "</svg>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<template>",
    "<iframe src=https://player.vimeo.com/video/1>",
    "<form>",
    "<blockquote>",
    "</blockquote>",
    "<!--",
    "-->",
    "&amp;",
    "&lt;script&gt;",
    "\u{202e}",
    "\0",
    "The union has voted not to load arms, and the port stands still. ",
    "Το συνδικάτο αποφάσισε να μη φορτώσει όπλα. ",
    "x",
    " ",
    "\n",
];

/// Reads a page in every way that there is.
pub fn target(data: &[u8]) -> u64 {
    let (item, bytes) = item(data);
    let base = Url::parse("https://partner.example/news/").unwrap();
    let input = Input { bytes, content_type: None, base: &base, zone: None };
    let select = Select {
        item: item.unwrap_or("article, li, .teaser").to_owned(),
        title: "h1, h2, a".into(),
        link: "a".into(),
        summary: Some("p".into()),
        date: Some("time, p".into()),
        image: Some("img".into()),
        min_items: 1,
        ..Select::default()
    };
    let listing = read::page(&input, &select);
    assert_eq!(format!("{listing:?}"), format!("{:?}", read::page(&input, &select)));
    let entries = listing.map_or(0, |raw| {
        let document = clean::document(raw, &base);
        check(&document);
        document.entries.len()
    });
    let feeds = read::announced(&input).map_or(0, |found| {
        found.feeds.iter().for_each(|feed| web(feed.url.as_str()));
        found.feeds.len()
    });
    let proposals = read::propose(&input).map_or(0, |proposals| {
        for proposal in &proposals {
            let read = read::page(&input, &proposal.select).expect("what is proposed was tried");
            assert_eq!(read.entries.len(), proposal.items);
        }
        proposals.len()
    });
    super::kind((super::about(entries), super::about(feeds), proposals, article(&input)))
}

/// Reads it as an article, and as one of five that are alike.
fn article(input: &Input<'_>) -> (bool, bool, bool, usize, usize) {
    let Ok(raw) = read::article(input, None, Known::default()) else {
        return Default::default();
    };
    let article = clean::article(raw);
    judge_content(&article.content_html);
    for line in article.title.iter().chain(&article.site_name).chain(&article.repairs) {
        one_line(line, 500);
    }
    let links = article.canonical.iter().map(|link| &link.url).chain(&article.image);
    links.chain(article.editions.iter().map(|(_, url)| url)).for_each(|url| web(url));
    let mut known = Repetition::default();
    let mut removed = 0;
    for number in 0..5 {
        let html = format!("{}<p>Number {number} says something else.</p>", article.content_html);
        let cleaned = clean::without_repetition(&html, &number.to_string(), "en", &known);
        judge_content(&cleaned.html);
        removed = cleaned.removed.len();
        known = cleaned.known;
    }
    (
        article.title.is_some(),
        article.published.is_some(),
        article.canonical.is_some(),
        super::about(article.content_html.len()) as usize,
        removed.min(3),
    )
}

/// What stands before the page.
fn item(data: &[u8]) -> (Option<&str>, &[u8]) {
    let Some(rest) = data.strip_prefix(b"Item: ") else { return (None, data) };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return (None, data) };
    let (written, page) = rest.split_at(end);
    match std::str::from_utf8(written) {
        Ok(written) => (Some(written), page),
        Err(_) => (None, data),
    }
}
