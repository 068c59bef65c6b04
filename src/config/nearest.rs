//! The known word that somebody probably meant.

/// Words longer than this are no slips of the pen.
const MOST_CHARACTERS: usize = 40;

/// Words from other programs, or from everyday use, that are further away than a slip:
/// (table, what is written, what is meant).
const OTHER_WORDS: &[(&str, &str, &str)] = &[
    ("site", "name", "title"),
    ("site", "link", "url"),
    ("site", "owner", "editor"),
    ("site", "owner_name", "editor"),
    ("site", "email", "contact"),
    ("site", "owner_email", "contact"),
    ("site", "locale", "language"),
    ("fetch", "max_size", "max_body"),
    ("fetch", "threads", "concurrency"),
    ("fetch", "delay", "host_gap"),
    ("publish", "output_dir", "path"),
    ("publish", "limit", "window"),
    ("publish", "items", "window"),
    ("store", "dir", "path"),
    ("store", "database", "path"),
    ("serve", "address", "listen"),
    ("serve", "port", "listen"),
    ("source", "title", "name"),
    ("source", "feed", "url"),
    ("source", "feed_url", "url"),
    ("source", "xmlUrl", "url"),
    ("source", "link", "site"),
    ("source", "homepage", "site"),
    ("source", "htmlUrl", "site"),
    ("source", "group", "organisation"),
    ("source", "disabled", "enabled"),
    ("source", "type", "kind"),
    ("source", "license", "rights"),
    ("source", "licence", "rights"),
    ("source", "tz", "timezone"),
    ("source", "categories", "tags"),
    ("source.select", "url", "link"),
    ("source.select", "entry", "item"),
    ("source.select", "heading", "title"),
    ("source.select", "media", "image"),
    ("organisation", "title", "name"),
    ("organisation", "url", "site"),
    ("organisation", "link", "site"),
    ("tag", "title", "name"),
    ("tag", "phrases", "match"),
    ("tag", "keywords", "match"),
    ("tag", "words", "match"),
    ("tag", "exclude", "not"),
    ("output", "name", "title"),
    ("output", "limit", "window"),
    ("decision", "action", "do"),
    ("decision", "id", "story"),
];

/// What a word of another program means in a table of ours.
pub(super) fn other_word(table: &str, written: &str) -> Option<&'static str> {
    OTHER_WORDS
        .iter()
        .find(|(of, word, _)| *of == table && word.eq_ignore_ascii_case(written))
        .map(|(_, _, meant)| *meant)
}

/// The known word that is nearest to what was written, where it is near enough to be meant.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let written = written.to_lowercase().replace('-', "_");
    if written.is_empty() || written.chars().nth(MOST_CHARACTERS).is_some() {
        return None;
    }
    known
        .into_iter()
        .map(|word| (closeness(&written, &word.to_lowercase().replace('-', "_")), word))
        .filter_map(|(closeness, word)| closeness.map(|distance| (distance, word)))
        // The first of equally near ones, in the order of the table.
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How far two words are apart; `None` where nobody would mean one by the other.
fn closeness(written: &str, word: &str) -> Option<usize> {
    let distance = distance(written, word);
    let letters = written.chars().count().max(word.chars().count());
    // Two slips in six letters, three in nine; one in a word of three letters.
    let near = distance <= letters.div_ceil(3).min(3) && distance < letters;
    // `lang` for `language`, `timeout_seconds` for `timeout`.
    let begins = written.chars().count() >= 3 && word.starts_with(written)
        || word.chars().count() >= 4 && written.starts_with(word);
    (near || begins).then_some(distance)
}

/// Edit distance: letters put in, left out, replaced, or swapped with their neighbour.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().take(MOST_CHARACTERS + 1).collect();
    let to: Vec<char> = to.chars().take(MOST_CHARACTERS + 1).collect();
    let mut two_back: Vec<usize> = Vec::new();
    let mut back: Vec<usize> = (0..=to.len()).collect();
    let mut previous_letter = None;
    for (row, letter) in from.iter().enumerate() {
        let mut current = Vec::with_capacity(to.len() + 1);
        current.push(row + 1);
        let mut previous_target = None;
        for (column, target) in to.iter().enumerate() {
            let at = |values: &[usize], index: usize| values.get(index).copied().unwrap_or(0);
            let replaced = at(&back, column) + usize::from(letter != target);
            let put_in = at(&current, column) + 1;
            let left_out = at(&back, column + 1) + 1;
            let mut best = replaced.min(put_in).min(left_out);
            if previous_letter == Some(target) && previous_target == Some(letter) {
                best = best.min(at(&two_back, column.saturating_sub(1)) + 1);
            }
            current.push(best);
            previous_target = Some(target);
        }
        previous_letter = Some(letter);
        two_back = std::mem::replace(&mut back, current);
    }
    back.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_slips() {
        for (from, to, slips) in [
            ("", "", 0),
            ("url", "", 3),
            ("interval", "intervall", 1),
            ("organization", "organisation", 1),
            ("lnaguage", "language", 1),
            ("timeout", "timezone", 3),
        ] {
            assert_eq!(distance(from, to), slips, "{from} {to}");
            assert_eq!(distance(to, from), slips, "{to} {from}");
        }
    }

    #[test]
    fn the_nearest_word_is_one_that_may_be_meant() {
        let known = ["id", "url", "name", "interval", "min_interval", "language", "timeout"];
        for (written, meant) in [
            ("intervall", Some("interval")),
            ("Interval", Some("interval")),
            ("min-interval", Some("min_interval")),
            ("lang", Some("language")),
            ("timeout_seconds", Some("timeout")),
            ("ulr", Some("url")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
