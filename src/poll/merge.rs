//! An entry and its article made one: the source's document leads, the page adds what it lacks.

use url::Url;

use crate::clean::{self, text, urls};
use crate::model::{CanonicalLink, CleanArticle, CleanEntry, words_of_html};

/// Marks at the end of a text that was cut.
const CUT: &[&str] = &["…", "...", "[…]", "[...]"];

/// The entry with what its own page says.
pub(super) fn merge(item: &CleanEntry, article: &CleanArticle) -> CleanEntry {
    let mut merged = item.clone();
    if let Some(title) = &article.title
        && let Some(beginning) = without_cut(&item.title)
        && title.starts_with(beginning)
    {
        merged.title.clone_from(title);
    }
    let words = |html: &str| words_of_html(html).split_whitespace().count();
    let says_more = words(&article.content_html) > words(&item.content_html);
    if says_more {
        merged.content_html.clone_from(&article.content_html);
    }
    if !article.standfirst.is_empty()
        && (item.summary.is_empty() || without_cut(&item.summary).is_some())
    {
        merged.summary.clone_from(&article.standfirst);
    } else if item.summary.is_empty() && says_more {
        let words = text::from_html(&article.content_html);
        merged.summary = text::excerpt(&words, crate::clean::EXCERPT);
    }
    if merged.authors.is_empty() {
        merged.authors.clone_from(&article.authors);
    }
    merged.published = item.published.or(article.published);
    merged.updated = item.updated.or(article.updated);
    if merged.image.is_none() {
        merged.image.clone_from(&article.image);
    }
    if merged.language.is_none() {
        merged.language.clone_from(&article.language);
    }
    let named = article.editions.iter().map(|(_, url)| url.as_str());
    for link in clean::editions(named, item.url.as_deref()) {
        if !merged.editions.contains(&link) {
            merged.editions.push(link);
        }
    }
    let canonical = article.canonical.as_ref();
    // What its page is called the entry has already, or it is a part of a page that others have as well.
    let known = item.url.as_deref().and_then(urls::canonical);
    if let Some(link) = canonical.and_then(|link| urls::canonical(&link.url))
        && merged.canonical_link.as_ref() != Some(&link)
        && known.as_ref() != Some(&link)
    {
        // The page that the source links to may lead on to another site, which speaks for itself alone.
        let own = item.url.as_deref().and_then(|url| Url::parse(url).ok());
        let is_of_site = |link: &CanonicalLink| {
            let link = Url::parse(&link.url).ok();
            own.as_ref().zip(link).is_some_and(|(own, link)| urls::is_same_site(own, &link))
        };
        if canonical.is_some_and(|link| link.is_claim || !is_of_site(link)) {
            merged.claimed_link = Some(link);
            return merged;
        }
        // The source may list it under either link another time.
        merged.other_identities.extend(merged.canonical_link.replace(link));
    }
    merged
}

/// A text without the mark of its having been cut; `None` where it was not.
fn without_cut(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let cut = CUT.iter().find_map(|mark| text.strip_suffix(mark))?;
    Some(cut.trim_end()).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CanonicalLink;

    fn item() -> CleanEntry {
        CleanEntry {
            identity: "1".into(),
            url: Some("https://a.example/news/1".into()),
            canonical_link: Some("https://a.example/news/1".into()),
            title: "Dockers refuse to load…".into(),
            summary: "Dockers in Piraeus […]".into(),
            content_html: "<p>Dockers in Piraeus</p>".into(),
            ..CleanEntry::default()
        }
    }

    fn link(url: &str, is_claim: bool) -> Option<CanonicalLink> {
        Some(CanonicalLink { url: url.into(), is_claim })
    }

    fn article() -> CleanArticle {
        CleanArticle {
            title: Some("Dockers refuse to load arms".into()),
            standfirst: "The union has voted.".into(),
            content_html: "<p>Dockers in Piraeus have voted not to load arms.</p>".into(),
            authors: vec!["Eleni".into()],
            language: Some("en".into()),
            canonical: link("https://www.a.example/original/?utm_source=a", false),
            ..CleanArticle::default()
        }
    }

    #[test]
    fn the_page_adds_what_the_document_lacks() {
        let merged = merge(&item(), &article());
        assert_eq!(merged.title, "Dockers refuse to load arms");
        assert_eq!(merged.summary, "The union has voted.");
        assert_eq!(merged.content_html, article().content_html);
        assert_eq!(merged.authors, ["Eleni"]);
        assert_eq!(merged.language.as_deref(), Some("en"));
        assert_eq!(merged.url, item().url, "the link stays the source's own");
    }

    #[test]
    fn what_the_document_says_stays() {
        let item = CleanEntry {
            title: "A title of its own".into(),
            summary: "A summary of its own.".into(),
            content_html: "<p>Longer than what was found on the page, by some words.</p>".into(),
            authors: vec!["The desk".into()],
            ..item()
        };
        let article = CleanArticle { content_html: "<p>Cookies?</p>".into(), ..article() };
        let merged = merge(&item, &article);
        assert_eq!(merged.title, item.title);
        assert_eq!(merged.summary, item.summary);
        assert_eq!(merged.content_html, item.content_html);
        assert_eq!(merged.authors, item.authors);
    }

    #[test]
    fn the_canonical_link_of_the_page_tells_copies() {
        let merged = merge(&item(), &article());
        assert_eq!(merged.canonical_link.as_deref(), Some("https://a.example/original"));
        assert_eq!(merged.other_identities, ["https://a.example/news/1"]);
        assert_eq!(merged.claimed_link, None);
        // A home page is no article's own link.
        let home = CleanArticle { canonical: link("https://a.example/", false), ..article() };
        assert_eq!(merge(&item(), &home).canonical_link, item().canonical_link);
    }

    #[test]
    fn a_part_of_a_page_keeps_its_name() {
        let part = |link: Option<&str>| CleanEntry {
            url: Some("https://a.example/original#part".into()),
            canonical_link: link.map(str::to_owned),
            ..item()
        };
        let named = part(Some("https://a.example/original#part"));
        assert_eq!(merge(&named, &article()).canonical_link, named.canonical_link);
        assert_eq!(merge(&part(None), &article()).canonical_link, None);
    }

    #[test]
    fn h57_a_link_to_another_site_stays_a_claim() {
        let canonical = link("https://b.example/original", true);
        let merged = merge(&item(), &CleanArticle { canonical, ..article() });
        assert_eq!(merged.claimed_link.as_deref(), Some("https://b.example/original"));
        assert_eq!(merged.canonical_link, item().canonical_link);
        assert_eq!(merged.other_identities, item().other_identities);
        // The link leads on to another site, whose page names itself: that is no link of ours.
        let led =
            CleanArticle { canonical: link("https://b.example/original", false), ..article() };
        assert_eq!(merge(&item(), &led), merged);
    }
}
