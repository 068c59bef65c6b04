//! Size and depth: twice the markup takes at most thrice the work, and none of it takes more than a
//! fixed amount for each byte. Work is counted (`clean::work`); no clock decides.

use super::super::super::work::measured;
use super::{MAX_CONTENT, assert_sound, clean};

/// Steps for each byte that no markup may need: looking through all open elements for each of the
/// shortest tags, which is what nesting can cost at most.
const MOST_STEPS: usize = 200;

/// Kinds of markup, each of about so many bytes, that take parsers long.
fn monsters(bytes: usize) -> Vec<(String, String)> {
    let repeat = |unit: &str| unit.repeat(bytes / unit.len());
    let numbers = |unit: fn(usize) -> String| (0..bytes / 12).map(unit).collect::<String>();
    let mut monsters: Vec<(String, String)> = [
        ("bold", repeat("<b>")),
        ("bold and text", repeat("<b>x")),
        ("links in paragraphs", repeat("<p><a href=x>y")),
        ("inherited links", format!("<a href=\"/{}\">{}", "z".repeat(4000), repeat("<p>x"))),
        ("fonts in paragraphs", numbers(|n| format!("<p><i title={n}>x"))),
        ("attributes", format!("<p {}>x", numbers(|n| format!("a{n:010} ")))),
        ("one attribute", format!("<p title=\"{}\">x", repeat("a"))),
        ("one attribute of references", format!("<p title=\"{}\">x", repeat("&amp;"))),
        ("one address", format!("<a href=\"{}\">x", repeat("a/"))),
        ("one srcset", format!("<img src=a srcset=\"{}\">", repeat("a 1x, "))),
        ("one class", format!("<img src=a alt=b class=\"{}\">", repeat("a "))),
        ("one style", format!("<img src=a style=\"{}\">", repeat("a ;"))),
        ("unquoted values", repeat("<a b=")),
        ("half quoted values", format!("{}'", repeat("<a b=\"'>"))),
        ("comments", repeat("<!-- -->")),
        ("half comments", repeat("<!--")),
        ("dashes", format!("<!--{}", repeat("-"))),
        ("angles", repeat("<")),
        ("ends", repeat("</")),
        ("ampersands", repeat("&")),
        ("references", repeat("&ltt")),
        ("long reference", format!("&#{}", repeat("9"))),
        ("open svg", repeat("<svg>")),
        ("each that hides", repeat("<svg><math><template><select><button><datalist>")),
        ("open ends", repeat("<svg></")),
        ("open scripts", repeat("<script></scrip")),
        ("tables", repeat("<table><td>")),
        ("tables in tables", repeat("<table>x")),
        ("cells", format!("<table>{}", repeat("<td>"))),
        ("misnested", repeat("<b><i></b><p></i>x")),
        ("list items", repeat("<ul><li>x")),
        ("end tags", format!("{}{}", "<div>".repeat(99), repeat("</b>"))),
        ("other end tags", format!("{}{}", "<div>".repeat(99), repeat("</x>"))),
        ("cdata", repeat("<![CDATA[]]>")),
        ("empty", repeat("<p><i> </i></p>")),
        ("blanks in depth", format!("{}{}", "<b>".repeat(99), repeat("<i> </i>"))),
        ("blank, then closed", format!("{}{}{}", "<s>".repeat(99), repeat(" "), "</s>".repeat(99))),
        ("blank lines", format!("<pre>{}</pre>x", repeat("\n"))),
        ("nothing to see", format!("{}x", repeat("&nbsp;"))),
        ("images", repeat("<img src=a>")),
        ("headings", repeat("<h1>x")),
        ("ruby", format!("<ruby>{}", repeat("<rt>x"))),
        ("frames", repeat("<iframe src=//vimeo.com></iframe>")),
        ("combining marks", repeat("e\u{301}\u{301}")),
        ("hidden characters", repeat("\u{200b}")),
    ]
    .into_iter()
    .map(|(what, html)| (what.to_owned(), html))
    .collect();
    let listed = super::allowed::ELEMENTS.iter().copied();
    let others = super::allowed::RENAMED.iter().map(|(name, _)| *name);
    let strange = ["font", "object", "svg", "math", "template", "noscript", "x-y"];
    for name in listed.chain(others).chain(strange) {
        let unit = format!("<{name}>");
        let times = bytes / (2 * unit.len() + 1);
        let ends = format!("</{name}>").repeat(times);
        monsters.push((format!("nested {name}"), format!("{}x{ends}", unit.repeat(times))));
        monsters.push((format!("{name} without end"), format!("{unit}x").repeat(times)));
    }
    monsters
}

#[test]
fn h25_h45_twice_the_markup_is_at_most_thrice_the_work() {
    let bytes = 100_000;
    for ((what, html), (_, twice)) in monsters(bytes).into_iter().zip(monsters(2 * bytes)) {
        let (once, steps) = measured(|| clean(&html));
        let (_, more) = measured(|| clean(&twice));
        assert!(more <= 3 * steps + 10_000, "{what}: {steps} steps, of twice as much {more}");
        assert!(steps <= MOST_STEPS * html.len(), "{what}: {steps} steps for {}", html.len());
        // Parsers' own time goes by depth, attributes and length: the judge looks at all three.
        assert!(once.len() <= 2 * MAX_CONTENT);
        assert_sound(&html);
    }
}

#[test]
fn h25_h45_ten_mebibytes_are_bounded_and_safe() {
    let bytes = 10 * 1024 * 1024;
    for (what, html) in monsters(bytes).into_iter().filter(|(what, _)| !what.contains("nested")) {
        // Of those without end, three kinds stand for all.
        if what.ends_with("without end")
            && !["b", "div", "td"].iter().any(|name| what.starts_with(&format!("{name} ")))
        {
            continue;
        }
        let (output, steps) = measured(|| clean(&html));
        assert!(steps <= MOST_STEPS * html.len(), "{what}: {steps} steps");
        assert!(output.len() <= 2 * MAX_CONTENT, "{what}: {} bytes", output.len());
        assert!(clean(&output) == output, "{what}: not a fixed point");
    }
}

#[test]
fn h25_h45_fifty_thousand_nested_elements_of_each_kind() {
    let is_void = |name: &&str| matches!(*name, "br" | "hr" | "img" | "source" | "wbr");
    let listed = super::allowed::ELEMENTS.iter().copied().filter(|name| !is_void(name));
    for name in listed.chain(["font", "svg", "math", "object", "section", "form"]) {
        let html = format!(
            "{}x{}",
            format!("<{name}>").repeat(50_000),
            format!("</{name}>").repeat(50_000)
        );
        let (output, steps) = measured(|| clean(&html));
        assert!(steps <= MOST_STEPS * html.len(), "{name}: {steps} steps");
        let depth = output.matches(&format!("<{name}")).count();
        assert!(depth <= 110, "{name}: {depth} deep");
        assert!(
            output.contains('x') || matches!(name, "svg" | "math"),
            "{name}: its words are lost: {output}"
        );
        assert!(clean(&output) == output, "{name}: not a fixed point");
    }
}
