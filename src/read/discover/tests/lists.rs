//! Lists as people write them: with titles of one word, and with boxes that ask for something.

use super::{base, input, propose};
use crate::read::discover::Proposal;

const TITLES: [&str; 5] = [
    "Solidarity",
    "Harbour workers vote for the strike",
    "Greece",
    "What the water contracts do not say",
    "Night trains instead of short flights",
];

fn proposed(page: &str) -> Proposal {
    let found = propose(&input(page, &base())).unwrap();
    found.into_iter().next().unwrap_or_else(|| panic!("nothing for {page}"))
}

/// A list of five with what makes an entry of a title and a number.
fn list(entry: impl Fn(usize, &str) -> String) -> String {
    TITLES.iter().enumerate().map(|(n, title)| entry(n, title)).collect()
}

fn dated(n: usize, title: &str) -> String {
    format!(
        "<div class=card><h3><a href=/2026/{n}-post>{title}</a></h3>\
         <time datetime=2026-11-0{}>x</time><p>What was said at gate {n} of the dock.</p></div>",
        n + 1
    )
}

fn undated(n: usize, title: &str) -> String {
    format!(
        "<div class=card><h3><a href=/2026/{n}-post>{title}</a></h3>\
         <p>What was said at gate {n} of the dock.</p></div>"
    )
}

#[test]
fn titles_of_one_word_among_others_are_those_of_entries() {
    for page in [
        format!("<body><main>{}</main>", list(dated)),
        format!("<body>{}", list(undated)),
        format!(
            "<body><main>{}</main>",
            list(|n, title| format!(
                "<article class=post><h2><a href=/{n}>{title}</a></h2></article>"
            ))
        ),
        format!(
            "<body><main><ul class=news>{}</ul></main>",
            list(|n, title| format!(
                "<li><span class=date>{}.11.2026</span> <a href=/{n}>{title}</a></li>",
                n + 1
            ))
        ),
        format!(
            "<body><table>{}</table>",
            list(|n, title| format!(
                "<tr><td>{}.11.2026</td><td><a href=/{n}.html>{title}</a></td></tr>",
                n + 1
            ))
        ),
    ] {
        let best = proposed(&page);
        assert_eq!((best.items, best.titles), (5, TITLES.map(str::to_owned).to_vec()), "{page}");
    }
    // Sections have headings too.
    let sections: String = ["Greece", "Climate", "Rights", "Labour and unions", "Women's network"]
        .iter()
        .map(|title| format!("<div class=box><h3><a href=/{title}>{title}</a></h3></div>"))
        .collect();
    assert_eq!(propose(&input(&format!("<body>{sections}"), &base())).unwrap(), []);
}

#[test]
fn a_box_that_asks_readers_for_something_is_no_entry() {
    let menu = "<header><a href=/help-us-now/>Help</a></header>";
    for (entry, call, ending) in [
        // Told by the missing date and by an address, in whatever language.
        (
            dated as fn(usize, &str) -> String,
            "<div class=card><h3><a href=/donate>Support our work</a></h3><p>We live of what you give us.</p></div>",
            ":not(:has(h3 a[href='/donate']))",
        ),
        (
            dated,
            "<div class=card><h3><a href='/el/δωρεές'>Στηρίξτε μας</a></h3><p>Ζούμε από όσα μας δίνετε εσείς.</p></div>",
            ":not(:has(h3 a[href='/el/δωρεές']))",
        ),
        // By the missing date alone.
        (
            dated,
            "<div class=card><h3><a href=/xyz/abc>Qwertz uiopü asdf</a></h3><p>Yxcvb nmqw ert zui opa.</p></div>",
            ":has(time)",
        ),
        // By its class.
        (
            dated,
            "<div class='card card-promo'><h3><a href=/donate>Support our work</a></h3></div>",
            ":not(.card-promo)",
        ),
        // Without dates: by its address, by a form, by the menu and another site.
        (
            undated,
            "<div class=card><h3><a href=/spenden/>Jetzt unterstützen</a></h3><p>Wir leben von dem, was ihr gebt.</p></div>",
            ":not(:has(h3 a[href='/spenden/']))",
        ),
        (
            undated,
            "<div class=card><h3><a href=/letters>Stay in touch with us</a></h3><form><input type=email></form></div>",
            ":not(:has(h3 a[href='/letters']))",
        ),
        (
            undated,
            "<div class=card><h3><a href=/help-us-now/>Jetzt spenden hilft</a></h3><p>Wir leben von dem, was ihr gebt.</p></div>",
            ":not(:has(h3 a[href='/help-us-now/']))",
        ),
    ] {
        let page = format!(
            "<body>{menu}<main>{}{call}{}</main>",
            list(entry),
            entry(7, "The last of them all")
        );
        let best = proposed(&page);
        assert_eq!(best.select.item, format!("div.card{ending}"));
        assert_eq!(best.items, 6, "{best:?}");
        assert!(best.reasons.iter().any(|reason| reason.contains("is left out")), "{best:?}");
    }
}

#[test]
fn an_entry_that_asks_for_support_stays() {
    // It has a date, or lies where entries lie.
    for entry in [dated as fn(usize, &str) -> String, undated, |n, title| {
        undated(n, title).replace("/2026/", "/news/2026/")
    }] {
        let strike = entry(6, "Donate to the strike fund of the dockers");
        let best = proposed(&format!("<body><main>{}{strike}</main>", list(entry)));
        assert_eq!((best.select.item.as_str(), best.items), ("div.card", 6));
    }
    let strike = dated(6, "Support the dockers").replace("/2026/6-post", "/support");
    let best = proposed(&format!("<body><main>{}{strike}</main>", list(dated)));
    assert_eq!((best.select.item.as_str(), best.items), ("div.card", 6));
    // "Today" is a date, though none that is read.
    let today = dated(6, "The vote is on").replace("datetime=2026-11-07>x", ">Today");
    let best = proposed(&format!("<body><main>{today}{}</main>", list(dated)));
    assert_eq!((best.select.item.as_str(), best.items), ("div.card", 6));
}

#[test]
fn titles_without_spaces_between_their_words_are_long_enough() {
    let titles =
        ["港湾労働者がスト決行", "水道契約の問題点", "夜行列車を増やせ", "郵便局を占拠した理由"];
    let page: String = titles
        .iter()
        .enumerate()
        .map(|(n, title)| format!("<article><h2><a href=/{n}>{title}</a></h2></article>"))
        .collect();
    assert_eq!(proposed(&format!("<body>{page}")).items, 4);
}
