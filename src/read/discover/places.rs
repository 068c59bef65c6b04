//! Where the programs that make web sites keep their feeds.
//!
//! A guess costs the partner a request, so there are few, the likeliest first: those of the
//! program that the page names as its maker, then those that most sites have.

use url::Url;

/// Most places that are asked of one site.
pub const MOST_PLACES: usize = 12;

/// A program, how it calls itself in `<meta name="generator">`, and its places; those that begin with
/// `?` belong to the page itself.
const MAKERS: &[(&str, &[&str])] = &[
    ("wordpress", &["feed/", "?feed=rss2"]),
    ("drupal", &["rss.xml"]),
    ("ghost", &["rss/"]),
    ("typo3", &["?type=100", "feed.xml", "rss.xml"]),
    ("joomla", &["?format=feed&type=rss"]),
    ("hugo", &["index.xml"]),
    ("jekyll", &["feed.xml", "atom.xml"]),
    ("blogger", &["feeds/posts/default"]),
    ("squarespace", &["?format=rss"]),
    ("wix", &["blog-feed.xml"]),
    ("spip", &["spip.php?page=backend"]),
    ("plone", &["RSS"]),
    ("pelican", &["feeds/all.atom.xml"]),
    ("eleventy", &["feed.xml"]),
    ("hexo", &["atom.xml"]),
];

/// What is tried of every site, the likeliest first.
const EVERYWHERE: &[&str] = &[
    "feed/",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed.xml",
    "rss/",
    "?feed=rss2",
    "?format=feed&type=rss",
    "?type=100",
    "feed.json",
    "feeds/posts/default",
    "feed",
];

/// Of a page below the root so many places of its own directory are tried before those of the root.
const OF_DIRECTORY: usize = 4;

/// The places to ask, in order, at most [`MOST_PLACES`].
pub fn common_places(page: &Url, generator: Option<&str>) -> Vec<Url> {
    let mut places = Vec::new();
    let mut add = |url: Option<Url>| {
        if let Some(url) = url
            && places.len() < MOST_PLACES
            && url.host() == page.host()
            && !places.contains(&url)
        {
            places.push(url);
        }
    };
    if let Some(hosted) = hosted(page) {
        add(Some(hosted));
    }
    let generator = generator.unwrap_or_default().to_ascii_lowercase();
    let mut page = page.clone();
    page.set_query(None);
    page.set_fragment(None);
    // `https://a.example/blog` is a directory to the programs, though it does not end so.
    let mut directory = page.clone();
    let last = page.path().rsplit('/').next().unwrap_or_default();
    if !last.is_empty() && !last.contains('.') {
        directory.set_path(&format!("{}/", page.path()));
    }
    let bases: Vec<Url> = match page.join("/") {
        Ok(root) if root.path() != directory.path() => vec![directory, root],
        _ => vec![directory],
    };
    for (_, own) in MAKERS.iter().filter(|(name, _)| generator.contains(name)) {
        for base in &bases {
            own.iter().for_each(|place| add(base.join(place).ok()));
        }
    }
    if let [directory, _] = bases.as_slice() {
        EVERYWHERE.iter().take(OF_DIRECTORY).for_each(|place| add(directory.join(place).ok()));
    }
    if let Some(root) = bases.last() {
        EVERYWHERE.iter().for_each(|place| add(root.join(place).ok()));
    }
    places
}

/// The feed of an account on a host that has many.
fn hosted(page: &Url) -> Option<Url> {
    let host = page.host_str()?.trim_start_matches("www.").trim_start_matches("m.");
    let mut parts = page.path_segments()?;
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match host {
        "youtube.com" if first == "channel" && !second.is_empty() => {
            let mut feed = page.join("/feeds/videos.xml").ok()?;
            feed.query_pairs_mut().clear().append_pair("channel_id", second);
            Some(feed)
        }
        "youtube.com" if first == "playlist" => {
            let (_, list) = page.query_pairs().find(|(name, _)| name == "list")?;
            let mut feed = page.join("/feeds/videos.xml").ok()?;
            feed.query_pairs_mut().clear().append_pair("playlist_id", &list);
            Some(feed)
        }
        "medium.com" if !first.is_empty() => page.join(&format!("/feed/{first}")).ok(),
        _ if host.ends_with(".substack.com") => page.join("/feed").ok(),
        _ if host.ends_with(".blogspot.com") => page.join("/feeds/posts/default").ok(),
        _ if host.ends_with(".tumblr.com") => page.join("/rss").ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(page: &str, generator: Option<&str>) -> Vec<String> {
        let places = common_places(&Url::parse(page).unwrap(), generator);
        places.into_iter().map(String::from).collect()
    }

    #[test]
    fn the_program_that_made_the_page_comes_first() {
        let joomla = places("https://a.example/", Some("Joomla! - Open Source Content Management"));
        assert_eq!(joomla[0], "https://a.example/?format=feed&type=rss");
        let typo3 = places("https://a.example/presse/", Some("TYPO3 CMS"));
        assert_eq!(typo3[0], "https://a.example/presse/?type=100");
        assert_eq!(places("https://a.example/", None)[0], "https://a.example/feed/");
    }

    #[test]
    fn both_the_directory_of_the_page_and_the_root_are_tried_and_never_more_than_the_limit() {
        let found =
            places("https://a.example/blog?x=1#y", Some("WordPress 6, Hugo, Jekyll, TYPO3"));
        assert_eq!(found[0], "https://a.example/blog/feed/");
        assert!(found.contains(&"https://a.example/feed/".to_owned()), "{found:?}");
        assert_eq!(found.len(), MOST_PLACES);
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), found.len(), "each of them once: {found:?}");
        assert_eq!(places("https://a.example/news.html", None)[0], "https://a.example/feed/");
    }

    #[test]
    fn accounts_on_large_hosts_have_their_own() {
        for (page, feed) in [
            (
                "https://www.youtube.com/channel/UCabc",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UCabc",
            ),
            ("https://medium.com/@union/a-post", "https://medium.com/feed/@union"),
            ("https://union.substack.com/p/a-post", "https://union.substack.com/feed"),
            (
                "https://union.blogspot.com/2026/11/x.html",
                "https://union.blogspot.com/feeds/posts/default",
            ),
        ] {
            assert_eq!(places(page, None)[0], feed);
        }
    }
}
