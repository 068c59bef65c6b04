//! What stands in the place of an article: the first page of a site, a log-in, a test whether a person is
//! reading.

use url::Url;

use crate::model::{CleanArticle, words_of_html};
use crate::tag::Folded;

/// Said of a page to which the first page of its site was given.
const LED_HOME: &str =
    "its link leads to the first page of a site, and to no article; tell the partner";

/// Said of a page that only those see who have an account.
const LED_TO_LOG_IN: &str =
    "its link leads to a log-in; the words of the feed are all that there is";

/// Said of a page that stands before an article.
pub(super) const BARRIER: &str = "its page is a log-in, or a test whether a person is reading; open it in a browser, and ask the partner to let it through";

/// What the pages of log-ins are called.
const LOG_INS: &[&str] = &["login", "log-in", "signin", "sign-in", "wp-login"];

/// What log-ins have, and tests whether a person is reading. Articles may have it too.
const OF_BARRIERS: &[&str] = &[
    "type=\"password\"",
    "type='password'",
    "type=password",
    "captcha",
    "cdn-cgi/challenge",
    "just a moment",
    "checking your browser",
];

/// Words of a title that are longer than this tell something.
const LEAST_LETTERS: usize = 3;

/// Where a redirect of an article led that is no article.
pub(super) fn elsewhere(asked: &Url, found: &Url) -> Option<&'static str> {
    let is_first_page = |url: &Url| url.path() == "/" && url.query().is_none();
    if is_first_page(found) && !is_first_page(asked) {
        return Some(LED_HOME);
    }
    (is_log_in(found) && !is_log_in(asked)).then_some(LED_TO_LOG_IN)
}

/// Whether a page is called a log-in: `/login`, `/user/login/`, `/wp-login.php`.
fn is_log_in(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    LOG_INS.contains(&last.split('.').next().unwrap_or_default())
}

/// Whether a page is a log-in, or a test whether a person is reading: it has what those have, and not a
/// word of the title.
pub(super) fn is_barrier(title: &str, bytes: &[u8], article: &CleanArticle) -> bool {
    let page = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    if !OF_BARRIERS.iter().any(|mark| page.contains(mark)) {
        return false;
    }
    let said = article.title.as_deref().unwrap_or_default();
    let words = Folded::of(&format!("{said} {}", words_of_html(&article.content_html)));
    let title = Folded::of(title);
    let mut telling = title
        .as_str()
        .split_whitespace()
        .filter(|word| word.chars().nth(LEAST_LETTERS).is_some())
        .peekable();
    // Of a title of short words, or in a script without spaces, nothing is concluded.
    telling.peek().is_some() && !telling.any(|word| words.as_str().contains(&format!(" {word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(asked: &str, found: &str) -> bool {
        let url = |path: &str| Url::parse(&format!("https://a.example{path}")).unwrap();
        elsewhere(&url(asked), &url(found)).is_some()
    }

    #[test]
    fn first_pages_and_log_ins_are_told_from_articles() {
        for (asked, found) in [
            ("/news/1", "/"),
            ("/?p=12", "/"),
            ("/news/1", "/login?next=1"),
            ("/news/1", "/user/login/"),
            ("/news/1", "/wp-login.php"),
        ] {
            assert!(led(asked, found), "{asked} {found}");
        }
        for (asked, found) in [
            ("/", "/"),
            ("/news/1", "/news/1/"),
            ("/news/accounts/2026", "/news/accounts/2026/"),
            ("/?p=12", "/mitmachen/anmelden/demo"),
            ("/login", "/en/login"),
            ("/news/1", "/en/?p=1"),
        ] {
            assert!(!led(asked, found), "{asked} {found}");
        }
    }

    #[test]
    fn only_titles_that_tell_something_make_a_barrier() {
        let page = b"<form class=captcha></form>";
        let article = CleanArticle::default();
        for (title, expected) in [
            ("The bakers have voted", true),
            ("No to war", false),
            ("May Day", false),
            ("\u{58f0}\u{660e}\u{ff1a}\u{548c}\u{5e73}\u{4e0e}\u{6b63}\u{4e49}", false),
        ] {
            assert_eq!(is_barrier(title, page, &article), expected, "{title}");
        }
        assert!(!is_barrier("The bakers have voted", b"<p>Nothing of the kind.", &article));
    }
}
