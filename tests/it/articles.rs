//! How much of the text of real articles is found, by the word of people who read them.

use std::collections::BTreeMap;
use std::fs;

use samizdat::read::Input;
use samizdat::{clean, read};
use serde_json::Value;
use url::Url;

use crate::corpus::data;

/// The pages of which people said what belongs to their text. Nothing is copied: where the data is
/// absent, this is passed over.
#[test]
fn the_text_of_real_pages_is_found_and_what_is_around_it_is_not() {
    let Some(directory) = data("html/trafilatura") else { return };
    let truth = fs::read(directory.join("evaldata-subset.json")).unwrap();
    let truth: BTreeMap<String, Value> = serde_json::from_slice(&truth).unwrap();
    let (mut found, mut missed, mut wrong, mut avoided) = (0, 0, 0, 0);
    let mut facts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (url, page) in &truth {
        let bytes = fs::read(directory.join(page["file"].as_str().unwrap())).unwrap();
        let base = Url::parse(url).unwrap();
        let input = Input { bytes: &bytes, content_type: None, base: &base, zone: None };
        let article = read::article(&input, None, read::Known::default())
            .map(clean::article)
            .unwrap_or_default();
        let text = squeezed(&clean::text::from_html(&article.content_html));
        let holds = |segment: &Value| text.contains(&squeezed(segment.as_str().unwrap()));
        let segments = |key: &str| page[key].as_array().cloned().unwrap_or_default();
        for segment in segments("with") {
            if holds(&segment) {
                found += 1;
            } else {
                missed += 1;
                println!("{}: missed {segment}", page["file"]);
            }
        }
        for segment in segments("without") {
            if holds(&segment) {
                wrong += 1;
                println!("{}: wrong {segment}", page["file"]);
            } else {
                avoided += 1;
            }
        }
        let mut check = |fact, is_right: bool| {
            let (right, of) = facts.entry(fact).or_default();
            *of += 1;
            *right += u32::from(is_right);
            if !is_right {
                println!(
                    "{}: {fact} {} is not {:?} {:?} {:?}",
                    page["file"], page[fact], article.title, article.published, article.authors
                );
            }
        };
        if let Some(title) = page["title"].as_str().filter(|title| !title.is_empty()) {
            check("title", squeezed(article.title.as_deref().unwrap_or("")) == squeezed(title));
        }
        if let Some(date) = page["date"].as_str().filter(|date| !date.is_empty()) {
            let read = article.published.map(|date| date.format("%Y-%m-%d").to_string());
            check("date", read.as_deref() == Some(date));
        }
        if let Some(author) = page["author"].as_str().filter(|author| !author.is_empty()) {
            let read = article.authors.iter().any(|name| author.contains(name.as_str()));
            check("author", read);
        }
    }
    let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
    let precision = share(found, found + wrong);
    let recall = share(found, found + missed);
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{} pages: precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}; {found} found, {missed} missed, {wrong} wrong, {avoided} avoided; {facts:?}",
        truth.len()
    );
    assert!(f1 >= 0.95, "F1 {f1:.3}");
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
