//! What feeds say beyond what is stored.

use chrono::DateTime;

use super::{atom, read, rss};
use crate::model::{CategoryTerm, EntryDetails, FeedDetails, Point};

#[track_caller]
fn entry(text: &str) -> EntryDetails {
    let document = read(text).unwrap();
    assert_eq!(document.entries.len(), 3);
    document.entries[1].details.clone()
}

#[track_caller]
fn of_feed(text: &str) -> FeedDetails {
    read(text).unwrap().details
}

#[test]
fn h56_a_source_is_a_claim() {
    let details = entry(&rss(
        "<item><title>Second</title><source url=\"https://other.example/feed\">Other</source></item>",
    ));
    let claim = details.claimed_source.unwrap();
    assert_eq!(claim.title.as_deref(), Some("Other"));
    assert_eq!(claim.url.as_deref(), Some("https://other.example/feed"));
    let details = entry(&atom(
        "<entry><id>2</id><title>Second</title><source><id>urn:other</id><title>Other</title>\
         <link rel=\"self\" href=\"https://other.example/feed\"/><link href=\"https://other.example/\"/>\
         </source></entry>",
    ));
    let claim = details.claimed_source.unwrap();
    assert_eq!(claim.id.as_deref(), Some("urn:other"));
    assert_eq!(claim.url.as_deref(), Some("https://other.example/"));
    // It lends the entry neither its title nor its link.
    let plain = read(atom("<entry><source><title>Other</title></source><id>2</id></entry>"));
    assert_eq!(plain.unwrap().entries[1].title, None);
}

#[test]
fn permalinks_and_categories_say_what_they_are() {
    let details = entry(&rss(
        "<item><title>Second</title><guid isPermaLink=\"false\">2</guid><category>Peace</category>\
         <category domain=\"urn:topics\">t1</category></item>",
    ));
    assert_eq!(details.is_permalink, Some(false));
    let term = |term: &str, label: Option<&str>, scheme: Option<&str>| CategoryTerm {
        term: term.to_owned(),
        label: label.map(str::to_owned),
        scheme: scheme.map(str::to_owned),
    };
    assert_eq!(details.category_terms, [term("t1", None, Some("urn:topics"))]);
    let details = entry(&atom(
        "<entry><id>2</id><title>x</title><category term=\"p\" label=\"Peace\" scheme=\"urn:s\"/></entry>",
    ));
    assert_eq!(details.category_terms, [term("p", Some("Peace"), Some("urn:s"))]);
}

#[test]
fn recordings_come_with_all_their_forms() {
    let details = entry(&rss(
        "<item xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\">\
         <title>Second</title><enclosure url=\"/a.mp3\" type=\"audio/mpeg\"/><itunes:duration>1:02:03</itunes:duration>\
         <itunes:episode>7</itunes:episode><podcast:transcript url=\"/a.vtt\" type=\"text/vtt\" language=\"de\"/>\
         <podcast:chapters url=\"/a.json\" type=\"application/json+chapters\"/>\
         <media:group><media:content url=\"/low.mp4\" type=\"video/mp4\" height=\"240\"/>\
         <media:content url=\"/high.mp4\" isDefault=\"true\" duration=\"90\" height=\"1080\"/></media:group></item>",
    ));
    let urls: Vec<&str> = details
        .media
        .iter()
        .map(|file| file.url.trim_start_matches("https://partner.example"))
        .collect();
    assert_eq!(urls, ["/a.mp3", "/low.mp4", "/high.mp4"]);
    let groups: Vec<_> = details.media.iter().map(|file| file.group).collect();
    assert_eq!(groups, [None, Some(1), Some(1)]);
    assert!(details.media[2].is_default && !details.media[1].is_default);
    assert_eq!((details.media[2].duration, details.media[2].height), (Some(90), Some(1080)));
    assert_eq!((details.duration, details.episode), (Some(3723), Some(7)));
    assert_eq!(details.transcripts[0].url, "https://partner.example/a.vtt");
    assert_eq!(details.transcripts[0].language.as_deref(), Some("de"));
    assert_eq!(details.chapters.unwrap().url, "https://partner.example/a.json");
    for (written, expected) in [
        ("90", Some(90)),
        ("59:01", Some(3541)),
        ("12.5", Some(12)),
        // Refused: no length that a recording has.
        ("0", None),
        ("-5", None),
        ("1:2:3:4", None),
        ("99999999999999999999", None),
        ("an hour", None),
        ("", None),
    ] {
        assert_eq!(crate::read::details::seconds(written), expected, "{written}");
    }
}

#[test]
fn answers_comments_and_places_are_told() {
    let details = entry(&rss(
        "<item xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\"\
          xmlns:thr=\"http://purl.org/syndication/thread/1.0\" xmlns:georss=\"http://www.georss.org/georss\">\
         <title>Second</title><comments>/2#comments</comments><wfw:commentRss>/2/feed</wfw:commentRss>\
         <slash:comments>3</slash:comments><thr:in-reply-to ref=\"urn:1\"/><georss:point>37.98 23.73</georss:point></item>",
    ));
    assert_eq!(details.comments.as_deref(), Some("https://partner.example/2#comments"));
    assert_eq!(details.comments_feed.as_deref(), Some("https://partner.example/2/feed"));
    assert_eq!(details.comment_count, Some(3));
    assert_eq!(details.in_reply_to, ["urn:1"]);
    let athens = Some(Point { latitude: 37.98, longitude: 23.73 });
    assert_eq!(details.point, athens);
    for (written, expected) in [
        ("<geo:lat>37.98</geo:lat><geo:long>23.73</geo:long>", athens),
        ("<geo:Point><geo:lat>37.98</geo:lat><geo:long>23.73</geo:long></geo:Point>", athens),
        ("<georss:where><g:Point><g:pos>37.98 23.73</g:pos></g:Point></georss:where>", athens),
        // Refused: nowhere on Earth.
        ("<geo:lat>91</geo:lat><geo:long>0</geo:long>", None),
        ("<geo:lat>NaN</geo:lat><geo:long>0</geo:long>", None),
        ("<geo:lat>37.98</geo:lat>", None),
        ("<georss:point>1 2 3</georss:point>", None),
    ] {
        let item = format!(
            "<item xmlns:g=\"http://www.opengis.net/gml\"><title>Second</title>{written}</item>"
        );
        assert_eq!(entry(&rss(&item)).point, expected, "{written}");
    }
}

#[test]
fn feeds_name_their_hubs_archives_and_what_is_gone() {
    let details = of_feed(&atom(
        "<link rel=\"hub\" href=\"https://hub.example/\"/><link rel=\"self hub\" href=\"https://hub2.example/\"/>\
         <link rel=\"prev-archive\" href=\"/2024\"/><link rel=\"license\" href=\"https://cc.example/by\"/>\
         <fh:complete xmlns:fh=\"http://purl.org/syndication/history/1.0\"/><contributor><name>Joe</name></contributor>\
         <at:deleted-entry xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" ref=\"urn:9\" when=\"2026-11-01T00:00:00Z\"/>\
         <at:deleted-entry xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" when=\"2026-11-01T00:00:00Z\"/>\
         <indexing:index xmlns:indexing=\"urn:atom-extension:indexing\">no</indexing:index>\
         <entry><id>2</id><title>Second</title></entry>",
    ));
    assert_eq!(details.hubs, ["https://hub.example/", "https://hub2.example/"]);
    let rels: Vec<&str> = details.links.iter().map(|link| link.rel.as_str()).collect();
    assert_eq!(rels, ["self", "prev-archive"]);
    assert!(details.complete && !details.archive);
    assert_eq!(details.licences, ["https://cc.example/by"]);
    assert_eq!(details.contributors, ["Joe"]);
    assert_eq!(details.deleted.len(), 1, "one without ref says nothing");
    assert_eq!(details.deleted[0].reference, "urn:9");
    assert_eq!(details.deleted[0].when, DateTime::from_timestamp(1_793_491_200, 0));
    assert_eq!(details.may_index, Some(false));
}

#[test]
fn json_feeds_tell_hubs_pages_and_alternatives() {
    let document = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","next_url":"/2","expired":true,
        "hubs":[{"type":"rssCloud","url":"https://a.example/"},{"type":"WebSub","url":"https://b.example/"}],
        "items":[{"id":"1","url":"/1","external_url":"https://c.example/","content_text":"x","attachments":[
        {"url":"/a.mp3","mime_type":"audio/mpeg","title":"talk","duration_in_seconds":12.5},
        {"url":"/a.ogg","mime_type":"audio/ogg","title":"talk"}]}]}"#,
    )
    .unwrap();
    assert_eq!(document.details.hubs, ["https://a.example/", "https://b.example/"]);
    assert_eq!(document.details.links[0].rel, "next");
    assert!(document.details.archive);
    let details = &document.entries[0].details;
    assert_eq!((details.media[0].group, details.media[1].group), (Some(1), Some(1)));
    assert_eq!(details.media[0].duration, Some(12));
    assert_eq!(details.links[0].url, "https://c.example/");
}
