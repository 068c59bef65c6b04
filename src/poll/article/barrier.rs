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

/// Parts of the paths of log-ins.
const LOG_INS: &[&str] =
    &["login", "log-in", "signin", "sign-in", "wp-login", "anmelden", "accounts", "sso", "auth"];

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
    let path = found.path().to_ascii_lowercase();
    let is_log_in = path.split(['/', '.']).any(|part| LOG_INS.contains(&part));
    (found.path() != asked.path() && is_log_in).then_some(LED_TO_LOG_IN)
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
    let mut telling =
        title.as_str().split_whitespace().filter(|word| word.chars().nth(LEAST_LETTERS).is_some());
    !telling.any(|word| words.as_str().contains(&format!(" {word}")))
}
