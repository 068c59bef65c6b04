//! Attacks, sanitised, as pages for a browser: `scripts/browse-attacks.py` loads what is written here
//! and sees nothing run. Here they are judged by a parser alone.

use std::fs;
use std::path::Path;

use samizdat::clean::html::sanitise;
use serde_json::json;
use url::Url;

use crate::attacks;
use crate::fuzz::targets::judge::{PROMISE, judge};
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

/// Attacks on one page.
const ON_A_PAGE: usize = 400;

/// Attacks that are not sanitised, with the sign by which the browser's canary must see each: were
/// one not seen, seeing nothing elsewhere would say nothing.
const CONTROLS: &[(&str, &str)] = &[
    ("call", "<script>alert(1)</script>"),
    ("call", "<img src=x onerror=alert(1)>"),
    ("call", "<svg onload=alert(1)></svg>"),
    ("call", "<details open ontoggle=alert(1)>x</details>"),
    ("call", "<p onmouseover=alert(1)>x</p>"),
    ("call", "<a href=\"javascript:alert(1)\">x</a>"),
    ("call", "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>"),
    ("call", "<svg><style></svg><img src=x onerror=alert(1)>"),
    ("call", "<script>fetch('http://canary.example/')</script>"),
    ("error", "<img src=x onerror=\"nobody.knows()\">"),
    ("policy", "<p style=\"position:fixed;inset:0\">x</p>"),
    ("policy", "<base href=\"http://canary.example/\">"),
    ("policy", "<script>1</script>"),
    ("page", "<script>document.title = 'owned'</script>"),
    ("page", "<form></form>"),
    ("page", "</div></div><p>out of its case</p>"),
    ("dom", "<p id=body>x</p>"),
    ("dom", "<!-- a comment -->x"),
    ("dom", "<math><mi>x</mi></math>"),
    ("page", "<iframe src=\"about:blank\"></iframe>"),
    ("left", "<meta http-equiv=refresh content=\"0;url=http://canary.example/\">"),
    ("left", "<form action=\"http://canary.example/\"><button>x</button></form>"),
    ("load", "<script src=http://canary.example/s.js></script>"),
];

fn page(cases: &[String]) -> String {
    let cases: String =
        cases.iter().map(|html| format!("<div class=\"case\">{html}</div>\n")).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>attacks</title>\
         <script src=\"canary.js\"></script></head>\n<body>\n{cases}</body></html>\n"
    )
}

fn promise() -> serde_json::Value {
    json!({
        "elements": PROMISE.elements,
        "everywhere": PROMISE.everywhere,
        "schemes": PROMISE.schemes,
    })
}

#[test]
fn h33_h40_sanitised_attacks_are_safe_and_stand_ready_for_a_browser() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacks");
    fs::remove_dir_all(&directory).or_else(absent).unwrap();
    fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, html: String, told: serde_json::Value| {
        fs::write(directory.join(format!("{name}.html")), html).unwrap();
        fs::write(directory.join(format!("{name}.json")), told.to_string()).unwrap();
    };

    // Pictures of attacks may be loaded, from the script's own server.
    let base = Url::parse("http://partner.test/news/").unwrap();
    let (made, known) = (attacks::made(), attacks::known());
    if known.is_empty() {
        println!("passed over: ../shared/data/xss is not here; its attacks were not tried");
    }
    println!("{} attacks made, {} attacks known", made.len(), known.len());
    let mut safe = Vec::new();
    for attack in made.iter().chain(&known) {
        let html = sanitise(attack, &base);
        judge(&html).unwrap_or_else(|why| panic!("{why}\nin {html}\nfrom {attack}"));
        assert_eq!(sanitise(&html, &base), html, "no fixed point: {attack}");
        safe.push(html);
    }
    assert!(made.len() > 5000, "thousands of attacks");
    assert!(safe.iter().filter(|html| html.contains('<')).count() > 1000, "not all are nothing");
    for (number, cases) in safe.chunks(ON_A_PAGE).enumerate() {
        let told = json!({ "cases": cases, "standing": cases.len(), "promise": promise() });
        write(&format!("safe-{number:03}"), page(cases), told);
    }

    // A page of ours, with attacks for stories, as it is published, but for its policy.
    let (published, style) = published_page(&made);
    fs::write(directory.join("style.css"), style).unwrap();
    let told = json!({ "cases": [], "standing": 0, "promise": promise() });
    write("safe-published", published, told);

    for (number, (sign, attack)) in CONTROLS.iter().enumerate() {
        assert!(judge(attack).is_err(), "the judge lets {attack} pass");
        let cases = [(*attack).to_owned()];
        let told = json!({ "cases": [], "standing": 1, "promise": promise(), "sign": sign });
        write(&format!("control-{number:02}"), page(&cases), told);
    }
}

fn absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The page, and its style.
fn published_page(attacks: &[String]) -> (String, String) {
    let server = Server::start();
    let texts: Vec<String> =
        attacks.iter().step_by(attacks.len() / 80).map(|html| html.replace("]]>", "")).collect();
    let links: Vec<String> =
        (0..texts.len()).map(|number| format!("http://partner.test/{number}/")).collect();
    let titles: Vec<String> =
        texts.iter().map(|html| format!("<![CDATA[{html} title]]>")).collect();
    let items: Vec<Item<'_>> = texts
        .iter()
        .zip(&links)
        .zip(&titles)
        .map(|((text, link), title)| Item {
            guid: link,
            link,
            title,
            date: "Mon, 02 Nov 2026 08:00:00 +0000",
            text,
        })
        .collect();
    server.set("/a", Answer::feed(rss("A", &items)));
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nbacklog = 100\n[[source]]\nid = \"a\"\nurl = \"{}\"\nlimit = 0\n",
        server.url("/a")
    ));
    wire.fetch();
    for story in wire.stories() {
        let content = story["content_html"].as_str().unwrap();
        judge(content).unwrap_or_else(|why| panic!("{why}\nin {content}"));
    }
    let page = wire.read("public/index.html");
    assert!(page.matches("<article").count() >= 70, "{}", page.matches("<article").count());
    let (before, after) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let (_, after) = after.split_once('>').unwrap();
    let page = format!("{before}<script src=\"canary.js\"></script>{after}");
    (page, wire.read("public/style.css"))
}
