//! Articles of three languages with what their sources put around them.

use super::*;

/// Five articles of one source: two paragraphs of their own, then what repeats.
struct Source {
    language: &'static str,
    paragraphs: &'static [[&'static str; 2]],
    boilerplate: &'static [&'static str],
}

const SOURCES: &[Source] = &[
    Source {
        language: "en",
        paragraphs: &[
            ["The dockers voted on Monday.", "The crane stood still for nine days."],
            ["Forty letters came in a tin box.", "A stoker had written them to his sister."],
            ["Five guards remember the fence.", "The tour begins at the old gate."],
            ["The reading room opens on Saturdays.", "A third volunteer is wanted."],
            ["Twelve portraits hang on the quay.", "They show women who counted bananas."],
        ],
        boilerplate: &[
            "<ul><li><a href=\"https://social.example/1\" rel=\"noopener noreferrer\">Mastodon</a></li><li>E-mail</li></ul>",
            "<p><em>Do you want to hear from us? <a href=\"https://a.example/n\">Sign up</a>.</em></p>",
        ],
    },
    Source {
        language: "el",
        paragraphs: &[
            ["Οι λιμενεργάτες ψήφισαν τη Δευτέρα.", "Ο γερανός έμεινε ακίνητος."],
            ["Σαράντα γράμματα βρέθηκαν σε κουτί.", "Τα έγραψε ένας θερμαστής."],
            ["Πέντε φρουροί θυμούνται τον φράχτη.", "Η ξενάγηση αρχίζει στην πύλη."],
            ["Το αναγνωστήριο ανοίγει το Σάββατο.", "Ζητείται ακόμη ένας εθελοντής."],
            ["Δώδεκα πορτρέτα στην προβλήτα.", "Δείχνουν γυναίκες του λιμανιού."],
        ],
        boilerplate: &[
            "<h3>Στηρίξτε μας</h3>",
            "<p>Το αρχείο ζει από <a href=\"https://a.example/d\">δωρεές</a>.</p>",
        ],
    },
    Source {
        language: "ru",
        paragraphs: &[
            ["Докеры голосовали в понедельник.", "Кран стоял девять дней."],
            ["Сорок писем нашли в коробке.", "Их написал кочегар."],
            ["Пять охранников помнят забор.", "Экскурсия начинается у ворот."],
            ["Читальный зал открыт по субботам.", "Нужен ещё один доброволец."],
            ["Двенадцать портретов на причале.", "На них женщины порта."],
        ],
        boilerplate: &["<div><p>Подпишитесь на нашу рассылку.</p></div>"],
    },
];

impl Source {
    fn article(&self, number: usize) -> String {
        let own: String =
            self.paragraphs[number].iter().map(|words| format!("<p>{words}</p>")).collect();
        own + &self.boilerplate.concat()
    }

    fn known(&self, articles: usize) -> Repetition {
        (0..articles).fold(Repetition::default(), |known, number| {
            let name = format!("story-{number}");
            without_repetition(&self.article(number), &name, self.language, &known).known
        })
    }
}

#[test]
fn what_stood_in_three_other_articles_goes() {
    for source in SOURCES {
        for known in 0..5_usize {
            let number = known.min(4);
            let before = source.known(known);
            let article = source.article(number);
            let cleaned = without_repetition(&article, "new", source.language, &before);
            let own: String =
                source.paragraphs[number].iter().map(|words| format!("<p>{words}</p>")).collect();
            if known < 3 {
                assert_eq!(cleaned.html, article, "{} after {known}", source.language);
                assert!(cleaned.removed.is_empty());
            } else {
                assert_eq!(cleaned.html, own, "{} after {known}", source.language);
                let boilerplate = text::from_html(&source.boilerplate.concat());
                assert_eq!(cleaned.removed.join("\n"), boilerplate);
            }
        }
    }
}

#[test]
fn an_article_may_quote_what_repeats() {
    let source = &SOURCES[0];
    let known = source.known(4);
    let line = "Do you want to hear from us? Sign up.";
    for quoting in [
        // Within a paragraph, in a quotation, as a paragraph of its own.
        format!("<p>Every page ends with “{line}” in italics.</p>"),
        format!("<blockquote><p>{line}</p></blockquote>"),
        format!("<p>{line}</p>"),
    ] {
        let own = format!(
            "<p>Our newsletter is ten years old today.</p>{quoting}<p>We ask who reads it.</p>"
        );
        let article = format!("{own}{}", source.boilerplate.concat());
        let cleaned = without_repetition(&article, "new", "en", &known);
        assert_eq!(cleaned.html, own);
        assert_eq!(cleaned.removed.len(), 3);
    }
    // In a quotation it stays also where the page no longer appends it.
    let own = format!(
        "<p>Our newsletter is ten years old today.</p><blockquote><p>{line}</p></blockquote>"
    );
    assert_eq!(without_repetition(&own, "new", "en", &known).html, own);
}

#[test]
fn articles_that_are_alike_are_left_alone() {
    let call = "<p>The assembly meets every Thursday at seven.</p><p>Everybody is welcome.</p>";
    let mut known = Repetition::default();
    for number in 0..8 {
        let cleaned = without_repetition(call, &format!("call-{number}"), "en", &known);
        assert_eq!((cleaned.html.as_str(), cleaned.removed.len()), (call, 0));
        known = cleaned.known;
    }
}

#[test]
fn an_article_that_is_read_again_does_not_repeat_itself() {
    let source = &SOURCES[0];
    let mut known = Repetition::default();
    for number in 0..9 {
        let article = format!("{}<p>Edited {number} times.</p>", source.article(0));
        let cleaned = without_repetition(&article, "the same", "en", &known);
        assert_eq!(cleaned.html, article);
        known = cleaned.known;
    }
}

#[test]
fn headings_stay_with_their_sections() {
    let article = |own: &str| {
        format!(
            "<h2>What happened</h2><p>{own}, told at length by those who were there.</p><h2>Donate</h2><p>Please give.</p>"
        )
    };
    let mut known = Repetition::default();
    for number in 0..6 {
        let html = article(&format!("Event {number}"));
        let cleaned = without_repetition(&html, &number.to_string(), "en", &known);
        if number >= 3 {
            let kept = html.split("<h2>Donate").next().unwrap();
            assert_eq!(cleaned.html, kept);
            assert_eq!(cleaned.removed, ["Donate", "Please give."]);
        }
        known = cleaned.known;
    }
}

#[test]
fn what_no_longer_repeats_is_forgotten_and_languages_are_apart() {
    let [english, greek, ..] = SOURCES else { unreachable!() };
    // Two languages in turn: in each of them the line is in every article.
    let mut known = Repetition::default();
    for number in 0..4 {
        for source in [english, greek] {
            let article = source.article(number);
            known = without_repetition(
                &article,
                &format!("{}{number}", source.language),
                source.language,
                &known,
            )
            .known;
        }
    }
    let cleaned = without_repetition(&english.article(4), "new", "en", &known);
    assert_eq!(cleaned.removed.len(), 3);
    // Ten articles without it, and it is news again.
    for number in 0..WINDOW {
        let article = format!("<p>Own words {number}.</p>");
        known = without_repetition(&article, &format!("later-{number}"), "en", &known).known;
    }
    assert!(without_repetition(&english.article(4), "new", "en", &known).removed.is_empty());
}

#[test]
fn what_is_known_stays_small_and_survives_storage() {
    let mut known = Repetition::default();
    for number in 0..40 {
        let article: String =
            (0..3000).map(|line| format!("<p>Line {line} of {number}</p>")).collect();
        let language = format!("l{}", number % 20);
        known = without_repetition(&article, &number.to_string(), &language, &known).known;
        known = without_repetition(&article, &format!("x{number}"), "en", &known).known;
    }
    assert!(known.languages.len() <= MAX_LANGUAGES);
    assert!(known.languages.values().all(|window| window.blocks.len() <= MAX_BLOCKS));
    let stored = serde_json::to_string(&known).unwrap();
    assert!(stored.len() < 300_000, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Repetition>(&stored).unwrap(), known);
    assert_eq!(serde_json::from_str::<Repetition>("{}").unwrap(), Repetition::default());
}

#[test]
fn h45_repetition_is_linear() {
    let started = std::time::Instant::now();
    let base = Url::parse("https://a.example/").unwrap();
    for unit in ["<p>x</p>", "<div>", "<li>y", "<blockquote>", "<table><tr><td>", "<h2>z</h2>", "x"]
    {
        let safe = html::sanitise(&unit.repeat((1 << 20) / unit.len()), &base);
        let _ = without_repetition(&safe, "a", "en", &Repetition::default());
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
