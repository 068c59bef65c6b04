//! What the tests of whole documents share: a wire of four stories with fixed dates, and readers
//! of what was rendered.

mod documents;
mod escaping;
mod feeds;
mod page;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use crate::model::{
    Credit, Edition, Enclosure, Formats, Kind, OutputKey, OutputKind, PublicStory, Republish,
    StoryNumber,
};

use super::*;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn site() -> Site {
    Site {
        title: "Solidarity Wire".to_owned(),
        url: Url::parse("https://example.org/wire/").unwrap(),
        description: Some("News of our partner organisations, on one wire".to_owned()),
        language: "en".to_owned(),
        editor: Some("Wire editors".to_owned()),
        contact: Some("mailto:wire@example.org".to_owned()),
        hub: Some(Url::parse("https://hub.example.org/").unwrap()),
    }
}

fn settings(images: Images) -> Settings {
    Settings {
        path: "public".into(),
        window: 100,
        backlog: 10,
        per: vec![OutputKind::Tag, OutputKind::Organisation, OutputKind::Language],
        theme: None,
        images,
    }
}

fn credit(id: &str, name: &str, host: &str) -> Credit {
    Credit {
        source: id.to_owned(),
        source_name: name.to_owned(),
        source_feed_id: format!("https://{host}/feed/"),
        source_url: format!("https://{host}/feed/"),
        source_site: Some(format!("https://{host}/")),
        source_rights: None,
        organisation: id.to_owned(),
        organisation_name: name.to_owned(),
        organisation_site: Some(format!("https://{host}/")),
        url: None,
        entry: 25,
    }
}

fn story(number: u64, date: &str, title: &str, origin: Credit) -> PublicStory {
    let url = format!("{}{number}/", origin.source_site.clone().unwrap());
    PublicStory {
        number: StoryNumber(number),
        revision: 1,
        id: format!("tag:example.org,2024:{}/{number}", origin.source),
        title: title.to_owned(),
        summary: String::new(),
        content_html: String::new(),
        language: "en".to_owned(),
        authors: Vec::new(),
        published: at(date),
        updated: at(date),
        first_seen: at(date),
        sort_date: at(date),
        entered: at(date),
        origin: Credit { url: Some(url.clone()), ..origin },
        also: Vec::new(),
        editions: Vec::new(),
        tags: Vec::new(),
        categories: Vec::new(),
        image: None,
        enclosures: Vec::new(),
        rights: None,
        url: Some(url),
    }
}

/// A story of which nothing is special.
pub(super) fn a_story() -> PublicStory {
    story(1, "2024-02-14T10:00:00Z", "T", credit("a", "A", "a.example"))
}

fn tag(id: &str, name: &str) -> (String, String) {
    (id.to_owned(), name.to_owned())
}

/// Four stories: one joined and illustrated, one in Greek with an edition, one in Arabic with
/// recordings, one of which only the link may be given.
fn stories() -> Vec<PublicStory> {
    let diem = credit("diem25", "DiEM25", "diem25.example");
    let mera = credit("mera25-gr", "ΜέΡΑ25", "mera25.example");
    let mut rabkor = credit("rabkor", "Rabkor", "rabkor.example");
    rabkor.source_rights = Some("CC BY-NC-SA 4.0".to_owned());
    rabkor.source_feed_id = "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6".to_owned();
    let mut tni = credit("tni-latest", "TNI: latest & greatest", "tni.example");
    tni.source_url = String::new();
    tni.source_rights = Some("© TNI".to_owned());
    tni.organisation_name = "Transnational Institute".to_owned();

    let mut joined =
        story(1, "2024-02-14T10:00:00Z", "Boris Kagarlitsky sentenced to five years", diem.clone());
    joined.id = "https://diem25.example/1/".to_owned();
    joined.summary = "The appeal lasted an hour. \"Free Boris\" & all political prisoners, say partners on three continents.".to_owned();
    joined.content_html = "<p>The appeal lasted an hour.</p>\n<p><img src=\"https://diem25.example/boris.jpg?w=1&amp;h=2\" alt=\"Boris > fear\"> &quot;Free Boris&quot; ]]&gt; &amp; all.</p>".to_owned();
    joined.authors = vec!["Ivana Nenadović".to_owned(), "Judith Meyer".to_owned()];
    joined.updated = at("2024-02-15T08:30:00Z");
    joined.image = Some("https://diem25.example/boris.jpg?w=1&h=2".to_owned());
    joined.tags = vec![tag("political-prisoners", "Political prisoners"), tag("peace", "Peace")];
    joined.categories = vec!["Russia".to_owned(), "peace".to_owned(), " Russia ".to_owned()];
    joined.also = vec![Credit {
        url: Some("https://rabkor.example/boris?a=1&b=2".to_owned()),
        ..rabkor.clone()
    }];
    joined.rights = Some("CC BY 4.0".to_owned());

    let mut greek = story(2, "2024-02-13T09:00:00Z", "Η ειρήνη δεν είναι ουτοπία", mera.clone());
    greek.language = "el".to_owned();
    greek.summary = "Ανακοίνωση για την ειρήνη.".to_owned();
    greek.content_html = "<p>Ανακοίνωση για την <em>ειρήνη</em>.</p>".to_owned();
    greek.tags = vec![tag("peace", "Peace")];
    greek.editions = vec![
        Edition {
            language: "de".to_owned(),
            url: Some("https://mera25.example/de/2/".to_owned()),
            id: "tag:example.org,2024:mera25-de/2".to_owned(),
        },
        Edition {
            language: "de".to_owned(),
            url: Some("https://mera25.example/de/twice/".to_owned()),
            id: "tag:example.org,2024:mera25-de/3".to_owned(),
        },
    ];

    let mut arabic = story(3, "2024-02-12T18:45:10.5Z", "الحرية للسجناء السياسيين", rabkor);
    arabic.language = "ar".to_owned();
    arabic.summary = "تسجيل صوتي من اللقاء.".to_owned();
    arabic.content_html = "<p dir=\"rtl\">تسجيل صوتي من اللقاء الذي عقد في تونس.</p>".to_owned();
    arabic.enclosures = vec![
        Enclosure {
            url: "https://rabkor.example/talk.mp3?x=1&y=2".to_owned(),
            media_type: "audio/mpeg".to_owned(),
            length: 24_986_239,
        },
        Enclosure {
            url: "https://rabkor.example/talk.webm".to_owned(),
            media_type: String::new(),
            length: 0,
        },
    ];

    let linked = story(4, "2024-02-01T00:00:00Z", "let's try & break this <item> ]]>", tni);
    vec![joined, greek, arabic, linked]
}

fn output(stories: Vec<PublicStory>) -> Output {
    Output {
        formats: Formats::ALL,
        former: Vec::new(),
        profile: None,
        key: OutputKey::all(),
        title: String::new(),
        feed_id: "tag:example.org,2024:wire/all".to_owned(),
        created: at("2024-01-01T00:00:00Z"),
        stories,
        removed: Vec::new(),
    }
}

fn navigation() -> Navigation {
    let link = |kind, id: &str, title: &str| OutputLink {
        key: OutputKey { kind, id: id.to_owned() },
        title: title.to_owned(),
        formats: Formats::ALL,
    };
    Navigation::new(vec![
        link(OutputKind::All, "", "Solidarity Wire"),
        link(OutputKind::Tag, "peace", "Peace"),
        link(OutputKind::Tag, "political-prisoners", "Political prisoners"),
        link(OutputKind::Organisation, "diem25", "DiEM25"),
        link(OutputKind::Organisation, "rabkor", "Rabkor"),
        link(OutputKind::Language, "en", ""),
        link(OutputKind::Language, "el", "Ελληνικά"),
    ])
}

fn sources() -> Vec<SourceLink> {
    let source = SourceLink {
        id: "diem25".to_owned(),
        name: "DiEM25".to_owned(),
        organisation: "DiEM25".to_owned(),
        site: Some("https://diem25.example/".to_owned()),
        url: "https://diem25.example/feed/?a=1&b=\"2\"".to_owned(),
        kind: Kind::Feed,
        rights: Some("CC BY-NC-SA 4.0".to_owned()),
        consent: Some("Press office, 2026-11-02".to_owned()),
        republish: Republish::Full,
        article: false,
        interval: Duration::from_secs(7200),
        language: Some("en".to_owned()),
        enabled: true,
    };
    vec![
        source.clone(),
        SourceLink {
            id: "tni".to_owned(),
            name: "<b>TNI</b> & friends".to_owned(),
            organisation: "Transnational Institute".to_owned(),
            url: "https://tni.example/latest?token=…".to_owned(),
            kind: Kind::Page,
            rights: None,
            consent: None,
            republish: Republish::Link,
            article: false,
            interval: Duration::from_secs(86_400),
            language: None,
            ..source.clone()
        },
        SourceLink {
            id: "file".to_owned(),
            name: "A file".to_owned(),
            url: String::new(),
            ..source.clone()
        },
        SourceLink {
            id: "resting".to_owned(),
            name: "Resting".to_owned(),
            enabled: false,
            ..source
        },
    ]
}

fn render(output: &Output, images: Images) -> Vec<Rendered> {
    render_output(&site(), &settings(images), output, &navigation()).unwrap()
}

fn words(rendered: &[Rendered], path: &str) -> String {
    let document = rendered.iter().find(|document| document.path == path).unwrap();
    String::from_utf8(document.bytes.clone()).unwrap()
}

fn read_rss(rendered: &[Rendered]) -> ::rss::Channel {
    ::rss::Channel::read_from(words(rendered, "rss.xml").as_bytes()).unwrap()
}

fn read_atom(rendered: &[Rendered]) -> atom_syndication::Feed {
    atom_syndication::Feed::read_from(words(rendered, "atom.xml").as_bytes()).unwrap()
}

fn read_json(rendered: &[Rendered]) -> serde_json::Value {
    serde_json::from_str(&words(rendered, "feed.json")).unwrap()
}

/// The page as a browser's parser takes it.
fn read_page(rendered: &[Rendered]) -> scraper::Html {
    scraper::Html::parse_document(&words(rendered, "index.html"))
}

fn texts(page: &scraper::Html, selector: &str) -> Vec<String> {
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.text().collect()).collect()
}

fn attributes(page: &scraper::Html, selector: &str, name: &str) -> Vec<String> {
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector).filter_map(|e| e.value().attr(name)).map(str::to_owned).collect()
}
