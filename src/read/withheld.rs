//! Whether a page asks not to be shown elsewhere: a `meta` element for robots, or for us, that says
//! `noindex`, `noarchive` or `none`.

use super::{Input, tree};

/// The names of `meta` elements that are for us.
const NAMES: [&str; 2] = ["robots", "samizdat"];

const WORDS: [&str; 3] = ["noindex", "noarchive", "none"];

/// Whether a page asks not to be shown elsewhere. What is no page asks for nothing.
pub fn is_withheld(input: &Input<'_>) -> bool {
    // Few pages have these words at all, and the others need not be parsed once more.
    let has = |words: &[&str]| words.iter().any(|word| contains(input.bytes, word.as_bytes()));
    if !has(&NAMES) || !has(&WORDS) {
        return false;
    }
    let Ok(tree) = tree::parse(input) else { return false };
    tree::all(&tree.html, "meta[name][content]").into_iter().any(|element| {
        let name = element.attr("name").unwrap_or_default().trim();
        let content = element.attr("content").unwrap_or_default();
        NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
            && content
                .split([',', ' '])
                .any(|said| WORDS.iter().any(|word| said.trim().eq_ignore_ascii_case(word)))
    })
}

/// Whether bytes have a word in them, in whatever case.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Input, is_withheld};

    #[test]
    fn p48_a_page_says_for_whom_it_is() {
        let base = Url::parse("https://a.example/1/").unwrap();
        for (meta, expected) in [
            ("<meta name=\"robots\" content=\"noindex, follow\">", true),
            ("<META content='NOARCHIVE' NAME=Robots>", true),
            ("<meta name=robots content=none>", true),
            ("<meta name=\"samizdat\" content=\"noindex\">", true),
            // For others, or nothing of the kind.
            ("<meta name=\"googlebot\" content=\"noindex\"><p>robots</p>", false),
            ("<meta name=\"robots\" content=\"index, max-image-preview:none\">", false),
            ("<meta name=\"robots\" content=\"nofollow\"><p hidden>noindex</p>", false),
            ("<p>&lt;meta name=\"robots\" content=\"noindex\"&gt;</p>", false),
        ] {
            let page = format!("<!doctype html><title>One</title>{meta}<p>Words.");
            let input = Input {
                bytes: page.as_bytes(),
                content_type: Some("text/html"),
                base: &base,
                zone: None,
            };
            assert_eq!(is_withheld(&input), expected, "{meta}");
        }
        let feed = b"<rss version=\"2.0\"><channel><title>robots, none</title></channel></rss>";
        let input = Input { bytes: feed, content_type: None, base: &base, zone: None };
        assert!(!is_withheld(&input));
    }
}
