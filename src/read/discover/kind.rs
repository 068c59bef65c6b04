//! Posts, comments or a podcast: what a feed brings.

use url::Url;

use crate::model::CleanDocument;

/// What a feed brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// What the organisation publishes.
    Posts,
    /// Recordings: most entries have one.
    Podcast,
    /// What readers say below the posts.
    Comments,
}

/// Words for comments in the languages of the partners, as they begin.
const COMMENTS: &[&str] = &[
    "comment",
    "kommentar",
    "comentario",
    "comentário",
    "commenti",
    "commento",
    "reacties",
    "yorum",
    "коммент",
    "комент",
    "σχόλι",
    "σχολί",
    "σχολι",
];

/// Whether words name comments: any word of them begins so.
fn names_comments(words: &str) -> bool {
    let words = words.to_lowercase();
    let mut words = words.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        // A commentary is an article.
        !word.starts_with("commentar") && COMMENTS.iter().any(|comment| word.starts_with(comment))
    })
}

/// What a link says that it leads to; podcasts say it too seldom to be told by it.
pub(super) fn leaning(url: &Url, title: Option<&str>) -> FeedKind {
    let query = url.query().unwrap_or_default();
    // `/comments/feed/`, `?feed=comments-rss2`, Blogger's `/feeds/123/comments/default`.
    if names_comments(url.path()) || names_comments(query) || title.is_some_and(names_comments) {
        FeedKind::Comments
    } else {
        FeedKind::Posts
    }
}

/// What a feed brings that was read from `url`.
pub fn kind_of(url: &Url, title: Option<&str>, document: &CleanDocument) -> FeedKind {
    // The feed of a post's own comments has the post's address and says it in its title only; a
    // statement about comments says it in an entry's title, which does not count.
    let own = document.title.as_deref().filter(|title| is_title_of_comments(title));
    if leaning(url, title) == FeedKind::Comments || own.is_some() {
        return FeedKind::Comments;
    }
    let recorded = document.entries.iter().filter(|entry| {
        entry.enclosures.iter().any(|enclosure| {
            ["audio/", "video/"].iter().any(|kind| enclosure.media_type.starts_with(kind))
        })
    });
    let recorded = recorded.count();
    if recorded > 0 && recorded.saturating_mul(2) > document.entries.len() {
        FeedKind::Podcast
    } else {
        FeedKind::Posts
    }
}

/// "Comments on: A statement", "Kommentare zu …": what the programs write, at the beginning.
fn is_title_of_comments(title: &str) -> bool {
    let first = title.split_whitespace().next().unwrap_or_default();
    names_comments(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_by_their_links() {
        for (url, title, kind) in [
            ("https://a.example/feed/", Some("Aurora » Feed"), FeedKind::Posts),
            ("https://a.example/comments/feed/", None, FeedKind::Comments),
            ("https://a.example/?feed=comments-rss2", None, FeedKind::Comments),
            ("https://a.example/a-post/feed/", Some("A » Kommentar-Feed"), FeedKind::Comments),
            ("https://a.example/x/feed/", Some("A » Flux des commentaires"), FeedKind::Comments),
            ("https://a.example/x/feed/", Some("Ροή Σχολίων"), FeedKind::Comments),
            ("https://a.example/feeds/12/comments/default", None, FeedKind::Comments),
            // A commune is no comment.
            ("https://commune.example/feed", Some("La commune"), FeedKind::Posts),
        ] {
            assert_eq!(leaning(&Url::parse(url).unwrap(), title), kind, "{url}");
        }
    }
}
