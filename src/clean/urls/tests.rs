use super::*;
use proptest::prelude::*;

fn base() -> Url {
    Url::parse("https://example.org/news/feed.xml").unwrap()
}

fn resolved(written: &str) -> Option<String> {
    absolute(&base(), written).map(String::from)
}

#[test]
fn o15_relative_urls_are_resolved() {
    assert_eq!(resolved("story").as_deref(), Some("https://example.org/news/story"));
    assert_eq!(resolved("/a?b=1").as_deref(), Some("https://example.org/a?b=1"));
    assert_eq!(resolved("//cdn.net/x").as_deref(), Some("https://cdn.net/x"));
    assert_eq!(resolved("  \n/a\tb ").as_deref(), Some("https://example.org/ab"));
    assert_eq!(
        resolved("/ελλάδα").as_deref(),
        Some("https://example.org/%CE%B5%CE%BB%CE%BB%CE%AC%CE%B4%CE%B1")
    );
}

#[test]
fn h35_only_web_urls_come_out() {
    for written in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "mailto:a@b.org",
        "",
        " ",
        "https://",
        "http://[",
    ] {
        assert_eq!(resolved(written), None, "{written:?}");
    }
}

#[test]
fn h9_user_info_never_comes_from_feeds() {
    for written in ["http://good@evil/", "https://u:p@example.org/", "//u@example.org"] {
        assert_eq!(resolved(written), None, "{written:?}");
    }
    // One parser: a backslash is a slash, as in browsers.
    assert_eq!(resolved("http://good\\@evil").as_deref(), Some("http://good/@evil"));
}

#[test]
fn h10_long_urls_and_hosts_are_refused() {
    assert_eq!(resolved(&format!("/{}", "a".repeat(65_536))), None);
    assert_eq!(resolved(&format!("/{}", "α".repeat(1000))), None, "longer once encoded");
    assert_eq!(resolved(&format!("https://{}org/", "a.".repeat(300))), None);
}

#[test]
fn equal_pages_have_one_canonical_form() {
    let groups: &[(&str, &[&str])] = &[
        (
            "https://diem25.org/some-story",
            &[
                "http://diem25.org/some-story/",
                "https://www.diem25.org/some-story",
                "https://DiEM25.org:443/some-story/?utm_source=rss&utm_medium=rss",
                "https://diem25.org/some-story/?fbclid=x#respond",
                "https://diem25.org/some-story/amp/",
                "https://diem25.org/some-story/?amp=1",
                "https://amp.diem25.org/some-story",
                "https://diem25.org/some%2Dstory/index.html",
                "https://diem25.org/some-story?ref=rss&mc_cid=1&_hsenc=2&at_medium=3",
                "http://diem25.org:80/some-story/?UTM_campaign=x",
                "https://diem25.org./some-story//",
            ],
        ),
        ("https://diem25.org/?p=123", &["http://www.diem25.org/?p=123&utm_id=9"]),
        ("https://a.org/x?a=1&b=%20", &["https://a.org/x?b=+&a=1", "https://a.org/x?b=%20&&a=1"]),
        ("https://a.org/%CE%B1", &["https://a.org/α", "https://a.org/%ce%b1"]),
    ];
    for (expected, urls) in groups {
        for url in *urls {
            assert_eq!(canonical(url).as_deref(), Some(*expected), "{url}");
        }
    }
}

#[test]
fn different_pages_keep_different_forms() {
    let urls = [
        "https://a.org/x",
        "https://a.org/X",
        "https://b.org/x",
        "https://blog.a.org/x",
        "https://a.org/x?id=1",
        "https://a.org/x?id=2",
        "https://a.org/x?ref=issue-7",
        "https://a.org/#!x",
        "https://a.org:8080/x",
        "https://a.org/x%2Fy",
        "https://a.org/x/y",
    ];
    for (index, one) in urls.iter().enumerate() {
        for other in urls.iter().skip(index + 1) {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
    }
}

#[test]
fn home_pages_identify_nothing() {
    for url in ["https://a.org", "http://www.a.org/?utm_source=x#top", "https://a.org/index.php"] {
        assert_eq!(canonical(url), None, "{url}");
    }
    assert_eq!(canonical("mailto:a@b.org"), None);
    assert_eq!(canonical("not a url"), None);
}

proptest! {
    #[test]
    fn canonical_is_its_own_canonical_form(
        url in "https?://(www\\.|amp\\.)?[a-c]{1,3}\\.org(:(80|443|81))?\
                (/(amp|index\\.html|\\.|%2[eEfF]|%41|é|a\\.amp|b\\.amp\\.html|c)){0,4}/?\
                (\\?((utm_a|p|q|%71|amp|x%)=?[a1+%é]{0,3}&?){0,4})?(#!?[a%]{0,3})?"
    ) {
        if let Some(once) = canonical(&url) {
            let twice = canonical(&once);
            prop_assert_eq!(twice.as_deref(), Some(once.as_str()));
        }
    }

    #[test]
    fn nothing_panics(written in "\\PC{0,60}") {
        let _ = absolute(&base(), &written);
        let _ = canonical(&written);
    }
}

#[test]
fn h12_nothing_is_loaded_from_the_readers_own_network() {
    let base = Url::parse("http://127.0.0.1:8099/feed.xml").unwrap();
    for (written, is_loaded) in [
        ("https://a.example/p.jpg", true),
        ("http://93.184.215.14/p.jpg", true),
        // Beside the document itself.
        ("/p.jpg", true),
        ("http://127.0.0.1:9000/p.jpg", true),
        ("http://192.168.1.1/reboot?x=1", false),
        ("http://10.0.0.1/a.jpg", false),
        ("http://169.254.169.254/latest", false),
        ("http://[::1]/a.jpg", false),
        ("http://router.local/", false),
        ("http://router/", false),
        ("http://localhost:631/", false),
    ] {
        assert_eq!(super::loaded(&base, written).is_some(), is_loaded, "{written}");
    }
    // A link is followed by a person, who sees where it leads.
    assert!(absolute(&base, "http://192.168.1.1/").is_some());
}

#[test]
fn a_canonical_form_stays_as_it_is() {
    for written in [
        // A percent sign that encodes nothing must not come to encode what follows it.
        "https://a.example/x%%32e",
        // Where an ending that says AMP goes, what is left may say nothing either.
        "https://a.example/x///.amp#!/x",
        "https://a.example/x/..amp",
        "https://a.example/x/y/...amp.amp/",
        "https://a.example/x/index.amp.html",
        "https://a.example/x/s.amp.html.amp.amp.html.amp",
        "https://a.example/amp/amp/amp.amp",
        "https://a.example/x?q=100%&r=%%36%31",
        "https://a.example/%e/%2e#!/%%37%32",
    ] {
        let canonical = super::canonical(written).unwrap();
        assert_eq!(super::canonical(&canonical).as_ref(), Some(&canonical), "{written}");
    }
    let long = format!("https://a.example/?{}", "+".repeat(3000));
    assert_eq!(super::canonical(&long), None, "longer than any address");
}
