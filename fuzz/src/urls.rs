//! URLs: what comes out leads to the web and nowhere else, and stays what it is.

use samizdat::clean::urls::{self, MAX_URL};
use url::Url;

/// What URLs are made of.
pub const WORDS: &[&str] = &[
    "http://",
    "https://",
    "//",
    "http:/\\",
    "\\\\",
    "javascript:",
    "java\tscript:",
    "data:text/html,",
    "file:///",
    "feed:",
    "mailto:a@b.org",
    "user:pass@",
    "@",
    "example.org",
    "www.example.org.",
    "EXAMPLE.org",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "127.0.0.1",
    "0x7f000001",
    "2130706433",
    "localhost",
    "xn--mxa4a3b",
    "ειρήνη.example",
    "ß",
    ":80",
    ":443",
    ":8080",
    ":99999",
    "/../",
    "/./",
    "%2e%2e/",
    "/amp/",
    "/index.html",
    "?utm_source=rss",
    "&fbclid=x",
    "?p=1",
    ";jsessionid=1",
    "#top",
    "#!/x",
    "%",
    "%00",
    "%zz",
    "%e2%80%ae",
    "\u{202e}",
    "\0",
    "\t",
    "\n",
    " ",
    "\"",
    "<",
    ">",
    "&amp;",
    "'",
    "?",
    "#",
    "|",
    "^",
    "`",
    "{",
    "}",
];

/// The first line is the base, the rest what is written there.
pub fn target(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(data);
    let (first, written) = text.split_once('\n').unwrap_or(("", &text));
    let base = urls::web(first);
    let base = base.unwrap_or_else(|| Url::parse("https://example.org/news/feed.xml").unwrap());
    let absolute = urls::absolute(&base, written);
    let loaded = urls::loaded(&base, written);
    if let Some(url) = &absolute {
        check(url);
        assert_eq!(urls::absolute(&base, url.as_str()).as_ref(), Some(url), "it stays what it is");
        assert_eq!(urls::web(url.as_str()).as_ref(), Some(url), "it is whole");
    }
    if loaded.is_some() {
        assert_eq!(loaded, absolute, "what is loaded is what is linked");
    }
    let canonical = absolute.as_ref().and_then(|url| urls::canonical(url.as_str()));
    if let Some(canonical) = &canonical {
        let again = urls::canonical(canonical);
        assert_eq!(again.as_ref(), Some(canonical), "the canonical form of {written:?}");
    }
    let told = absolute.as_ref().map(|url| {
        (
            url.host().map(|host| std::mem::discriminant(&host.to_owned())),
            url.path_segments().map(Iterator::count),
            (url.query().is_some(), url.fragment().is_some(), url.port().is_some()),
        )
    });
    super::kind((told, loaded.is_some(), canonical.is_some(), super::about(written.len())))
}

fn check(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https"), "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
    assert!(url.as_str().len() <= MAX_URL, "{url}");
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>\"".contains(c);
    let odd = url.as_str().chars().find(|c| !is_plain(*c));
    assert_eq!(odd, None, "{url}");
}
