use super::*;
use proptest::prelude::*;

fn strings(written: &[&str]) -> Vec<String> {
    written.iter().map(|text| (*text).to_owned()).collect()
}

fn rule(id: &str, phrases: &[&str], not: &[&str], categories: &[&str]) -> TagRule {
    TagRule {
        id: id.to_owned(),
        name: id.to_uppercase(),
        names: vec![("el".to_owned(), format!("{id} στα ελληνικά"))],
        phrases: strings(phrases),
        not: strings(not),
        categories: strings(categories),
        was: vec![format!("old-{id}")],
    }
}

fn titled(title: &str) -> Text {
    Text { title: title.to_owned(), ..Text::default() }
}

fn occurs(phrase: &str, text: &str) -> bool {
    !phrases_in(&[phrase], text).is_empty()
}

#[test]
fn phrases_match_whole_words() {
    assert!(occurs("peace", "Peace, now!"));
    assert!(occurs("peace", "peace"));
    assert!(occurs("peace", "(peace)"));
    assert!(!occurs("peace", "peaceful"));
    assert!(!occurs("peace", "unpeace"));
    assert!(!occurs("act", "acts of tact"));
    assert!(occurs("political prisoner", "a political\n   prisoner"));
    assert!(occurs("political prisoner", "political-prisoner"));
    assert!(!occurs("political prisoner", "political and prisoner"));
    assert!(occurs("Free Boris", "#FreeBoris and Free Boris"));
    assert!(!occurs("Free Boris", "#FreeBoris"));
}

#[test]
fn phrases_ignore_case_and_accents() {
    for (phrase, text) in [
        ("πολιτικός κρατούμενος", "Ο ΠΟΛΙΤΙΚΟΣ ΚΡΑΤΟΥΜΕΝΟΣ"),
        ("ΠΟΛΙΤΙΚΌΣ", "πολιτικος"),
        ("Straße", "STRASSE"),
        ("Strasse", "die Straße"),
        ("политзаключённый", "Политзаключенный"),
        ("café", "CAFE\u{301}"),
        ("naïve", "naive"),
        ("München", "Munchen"),
        ("İstanbul", "istanbul"),
        ("kadın", "KADIN"),
        ("Łódź", "lodz"),
        ("ﬁnance", "finance"),
        ("solidarity", "soli\u{ad}darity"),
        ("北京", "在北京的人"),
        ("LGBTQ", "LGBTQ+ people"),
    ] {
        assert!(occurs(phrase, text), "{phrase} in {text}");
    }
    assert!(!occurs("北京", "北の京"));
}

#[test]
fn h54_phrases_without_letters_never_match() {
    for phrase in ["", " ", "-", "…", "\u{301}", "\u{200b}"] {
        assert!(!occurs(phrase, "any text - of … words"), "{phrase:?}");
        let tagger = Tagger::new(&[rule("t", &[phrase], &[], &[phrase])]);
        let text = Text { categories: strings(&["", "-"]), ..titled("any - text") };
        assert!(tagger.tags("s", &[], &text).is_empty());
    }
    assert!(Tagger::new(&[]).tags("s", &[], &titled("x")).is_empty());
}

#[test]
fn an_occurrence_within_a_not_phrase_does_not_count() {
    let rules = [rule("climate", &["climate"], &["climate of fear", "business climate"], &[])];
    let tagger = Tagger::new(&rules);
    let has = |title: &str| !tagger.tags("s", &[], &titled(title)).is_empty();
    assert!(has("The climate"));
    assert!(!has("A Climate of Fear"));
    assert!(!has("The business climate"));
    assert!(has("A climate of fear, and the climate itself"));
    let rules = [rule("strike", &["strike", "strikes"], &["air strike"], &[])];
    let tagger = Tagger::new(&rules);
    assert!(tagger.tags("s", &[], &titled("An air-strike")).is_empty());
    assert!(!tagger.tags("s", &[], &titled("An air strike and a strike")).is_empty());
    // The `not` of one tag says nothing about another.
    let rules = [
        rule("climate", &["climate"], &["climate of fear"], &[]),
        rule("fear", &["fear"], &[], &[]),
    ];
    let tags = Tagger::new(&rules).tags("s", &[], &titled("climate of fear"));
    assert_eq!(tags.iter().map(|tag| tag.tag.as_str()).collect::<Vec<_>>(), ["fear"]);
}

#[test]
fn title_summary_and_content_are_read_but_no_phrase_spans_them() {
    let tagger = Tagger::new(&[rule("t", &["political prisoner"], &[], &[])]);
    let has = |text: Text| !tagger.tags("s", &[], &text).is_empty();
    let content = |html: &str| Text { content_html: html.to_owned(), ..Text::default() };
    assert!(has(titled("Political prisoner")));
    assert!(has(Text { summary: "a political prisoner".to_owned(), ..Text::default() }));
    assert!(has(content("<p>a <b>polit</b>ical&nbsp;<a href=\"https://x.org/\">prisoner</a></p>")));
    assert!(has(content("<p>Political</p><p>prisoner</p>")));
    assert!(!has(content("<p><a href=\"https://x.org/political prisoner\">x</a></p>")));
    assert!(!has(Text {
        title: "Political".to_owned(),
        summary: "prisoner".to_owned(),
        ..Text::default()
    }));
}

#[test]
fn every_tag_says_why_in_the_order_of_the_rules() {
    let rules = [
        rule("peace", &["peace", "ειρήνη"], &[], &["Frieden"]),
        rule("europe", &["Europe"], &[], &[]),
        rule("unused", &["nothing"], &[], &[]),
    ];
    let text = Text {
        summary: "For ΕΙΡΗΝΗ and peace".to_owned(),
        categories: strings(&["frieden", "Other"]),
        ..titled("Peace")
    };
    let tags = Tagger::new(&rules).tags("diem25", &strings(&["local", "europe", "local"]), &text);
    assert_eq!(
        tags,
        [
            Tagged {
                tag: "peace".to_owned(),
                reasons: vec![
                    TagReason::Category("frieden".to_owned()),
                    TagReason::Phrase("peace".to_owned()),
                    TagReason::Phrase("ειρήνη".to_owned()),
                ]
            },
            Tagged {
                tag: "europe".to_owned(),
                reasons: vec![TagReason::Source("diem25".to_owned())]
            },
            Tagged {
                tag: "local".to_owned(),
                reasons: vec![TagReason::Source("diem25".to_owned())]
            },
        ]
    );
}

#[test]
fn names_of_a_tag_are_categories_and_former_ids_its_own() {
    let tagger = Tagger::new(&[rule("peace", &[], &[], &[])]);
    for category in ["Peace", "PEACE ", "peace στα Ελληνικά"] {
        let text = Text { categories: strings(&[category]), ..Text::default() };
        assert_eq!(tagger.tags("s", &[], &text).len(), 1, "{category}");
    }
    let tags = tagger.tags("s", &strings(&["old-peace", "peace"]), &Text::default());
    assert_eq!(tags.len(), 1);
    assert_eq!(tags[0].tag, "peace");
    assert_eq!(tags[0].reasons.len(), 1);
}

#[test]
fn reasons_are_few() {
    let words: Vec<String> = (0..50).map(|n| format!("word{n}")).collect();
    let phrases: Vec<&str> = words.iter().map(String::as_str).collect();
    let tags =
        Tagger::new(&[rule("t", &phrases, &[], &[])]).tags("s", &[], &titled(&words.join(" ")));
    assert_eq!(tags[0].reasons.len(), MAX_REASONS);
}

#[test]
fn h54_a_mebibyte_takes_no_time() {
    let rules: Vec<TagRule> = (0..50)
        .map(|n| rule(&format!("t{n}"), &["a", "a a", "a a a", "aa"], &["a a a a"], &[]))
        .collect();
    let tagger = Tagger::new(&rules);
    let plain = Tagger::new(&[rule("t", &["political prisoner", "peace"], &["peace pipe"], &[])]);
    for unit in ["peace pipe ", "x", "<p>", "é ", "&amp;", "political "] {
        let text = Text { content_html: unit.repeat(1_048_576 / unit.len()), ..Text::default() };
        let started = std::time::Instant::now();
        let _ = plain.tags("s", &[], &text);
        assert!(started.elapsed().as_millis() < 500, "{unit}: {:?}", started.elapsed());
    }
    let text = Text { content_html: "a ".repeat(20_000), ..Text::default() };
    let started = std::time::Instant::now();
    let _ = tagger.tags("s", &[], &text);
    assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
}

#[test]
fn the_language_is_what_is_said_else_what_it_looks_like() {
    let greek = "Η Ευρώπη χρειάζεται δημοκρατία και αλληλεγγύη";
    assert_eq!(language(Some("el-GR"), Some("en"), Some("de"), "", ""), "el");
    assert_eq!(language(None, Some("EN_us"), Some("de"), greek, ""), "en");
    assert_eq!(language(None, None, Some("deu"), greek, ""), "de");
    assert_eq!(language(None, Some("und"), Some("?"), greek, ""), "el");
    let english = "<p>Boris Kagarlitsky has been sentenced to five years in prison for what he wrote against the war.</p>";
    assert_eq!(language(None, None, None, "A sentence", english), "en");
    assert_eq!(language(None, None, None, "Ok", ""), "");
    assert_eq!(language(None, None, None, "", ""), "");
    assert_eq!(language(None, None, None, "12345 67890 12345 67890", "<p>"), "");
}

proptest! {
    #[test]
    fn folding_is_its_own_folded_form(text in "\\PC{0,40}") {
        let once = Folded::of(&text);
        let twice = Folded::of(once.as_str());
        prop_assert_eq!(twice.as_str(), once.as_str());
    }

    #[test]
    fn every_text_contains_itself(text in "[a-zA-Zα-ωάΑ-Ω \\-,ßёİ]{1,30}") {
        let expected = !Folded::of(&text).is_empty();
        prop_assert_eq!(occurs(&text, &format!("x, {text}; y")), expected);
    }
}
