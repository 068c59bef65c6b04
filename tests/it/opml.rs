//! Lists of sources: taken in with limits, given out without secrets.

use crate::corpus::data;
use crate::wire::{HEAD, Wire};

fn list(outlines: &str) -> String {
    format!("<?xml version=\"1.0\"?><opml version=\"2.0\"><head/><body>{outlines}</body></opml>")
}

/// A feeds.toml whose sources are these.
fn of(sources: &str) -> String {
    format!("{HEAD}{sources}")
}

#[test]
fn folders_names_and_sites_come_in_and_everything_else_stays() {
    let before =
        of("[[source]]\nid = \"mine\" # stays\nurl = \"https://mine.example/feed/\"\n\n# end\n")
            .replace('\n', "\r\n");
    let wire = Wire::new(&before);
    wire.write(
        "partners.opml",
        list(
            "<outline text='Partners'><outline text='Greece'><outline type='rss' text='Ένωση' xmlUrl='https://union.example/feed' htmlUrl='https://union.example/' language='el-GR'/></outline></outline>\
             <outline text='Mine' xmlUrl='http://www.mine.example/feed'/>\
             <outline text='mine' xmlUrl='https://other.example/rss'/>\
             <outline text='again' xmlUrl='https://other.example/rss'/>\
             <outline type='include' text='more' url='https://list.example/more.opml'/>\
             <outline text='bad' xmlUrl='not a url'/>",
        ),
    );
    let shown = wire.run(&["opml", "import", "--dry-run", "partners.opml"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains("would be added as `enosi`"), "{shown:?}");
    assert_eq!(wire.read("feeds.toml"), before);

    let report = wire.run(&["opml", "import", "--json", "partners.opml"]).json();
    assert_eq!(
        (&report["added"], &report["known"], &report["skipped"]),
        (&2.into(), &2.into(), &2.into())
    );
    let after = wire.read("feeds.toml");
    let union = "# from partners.opml: Partners / Greece\n[[source]]\nid = \"enosi\"\nurl = \"https://union.example/feed\"\nname = \"Ένωση\"\nsite = \"https://union.example/\"\nlanguage = \"el\"\n".replace('\n', "\r\n");
    assert!(after.contains(&union), "{after}");
    assert!(after.contains("id = \"mine-2\"") && after.ends_with("\r\n\r\n# end\r\n"), "{after}");
    assert!(after.starts_with(before.trim_end_matches("\r\n# end\r\n")), "{after}");
    assert_eq!(wire.run(&["check"]).code, 0);
    let again = wire.run(&["opml", "import", "--json", "partners.opml"]).json();
    assert_eq!((&again["added"], &again["known"]), (&0.into(), &4.into()));
    assert_eq!(wire.read("feeds.toml"), after);
}

#[test]
fn an_export_comes_back_as_it_went() {
    let wire = Wire::new(&of(
        "[[source]]\nid = \"one\"\nurl = \"https://one.example/feed?a=1&b=2\"\nname = \"One & <all>\"\norganisation = \"The One\"\nsite = \"https://one.example/\"\nlanguage = \"fr\"\n[[source]]\nid = \"two\"\nurl = \"https://two.example/feed\"\nname = \"Two\"\n",
    ));
    let exported = wire.run(&["opml", "export"]);
    assert_eq!(exported.code, 0, "{exported:?}");
    let other = Wire::new(HEAD);
    other.write("list.opml", &exported.out);
    let ran = other.run(&["opml", "import", "list.opml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(other.run(&["opml", "export"]).out, exported.out);
    assert!(other.read("feeds.toml").contains("organisation = \"The One\""));
}

#[test]
fn an_export_keeps_what_is_disabled_and_the_selectors_of_pages() {
    let wire = Wire::new(&of(
        "[[source]]\nid = \"off\"\nurl = \"https://off.example/feed\"\nname = \"Off\"\nenabled = false\nnote = \"silent since May\"\n\
         [[source]]\nid = \"page\"\nurl = \"https://page.example/news\"\nname = \"Page\"\nkind = \"page\"\n[source.select]\nitem = \"li:not(.ad) > a[href^='/x']\"\ntitle = \"h2\"\nlink = \":scope\"\nsummary = \"p\"\ndate = \"time\"\ndate_format = \"%d. %B %Y\"\nimage = \"img\"\ncontent = \"main\"\ndrop = [\".x\", \".y > b\"]\nmin_items = 3\n",
    ));
    let exported = wire.run(&["opml", "export"]).out;
    assert!(exported.contains("isComment=\"true\""), "{exported}");
    let other = Wire::new(HEAD);
    other.write("list.opml", &exported);
    let ran = other.run(&["opml", "import", "--json", "list.opml"]);
    assert_eq!((ran.code, &ran.json()["added"]), (0, &2.into()), "{ran:?}");
    let text = other.read("feeds.toml");
    for line in [
        "enabled = false",
        "note = \"silent since May\"",
        "item = \"li:not(.ad) > a[href^='/x']\"",
        "link = \":scope\"",
        "date_format = \"%d. %B %Y\"",
        "drop = [\".x, .y > b\"]",
        "min_items = 3",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(other.run(&["check"]).code, 0);
    assert_eq!(other.run(&["opml", "export"]).out, exported);
    // Others' attributes of the same name mean nothing, and a page without selectors is no source.
    let third = Wire::new(HEAD);
    third.write("list.opml", exported.replace("urn:x-samizdat:source", "urn:other"));
    let ran = third.run(&["opml", "import", "--json", "list.opml"]).json();
    assert_eq!((&ran["added"], &ran["skipped"]), (&1.into(), &1.into()), "{ran}");
    assert!(!third.read("feeds.toml").contains("enabled"), "{ran}");
}

#[test]
fn what_is_wrong_with_a_list_is_told_also_to_programs() {
    let wire = Wire::new(&of("[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n"));
    let ran = wire.run(&["opml", "import", "--json", "missing.opml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.json()["error"], "missing.opml: there is no such file", "{ran:?}");
    assert!(ran.err.contains("missing.opml"), "{ran:?}");
    wire.write("empty.opml", list("<outline text='A folder'/>"));
    let ran = wire.run(&["opml", "import", "empty.opml"]);
    assert!(ran.code == 0 && ran.err.contains("empty.opml names no feed"), "{ran:?}");
    wire.write("bare.toml", HEAD);
    let ran = wire.run(&["opml", "import", "--dry-run", "--config", "bare.toml", "empty.opml"]);
    assert!(ran.code == 0 && ran.err.contains("empty.opml names no feed"), "{ran:?}");
    // What would be too large for feeds.toml is told of the list, and before it is to be written.
    let long = "x".repeat(200);
    let outlines: String = (0..1000)
        .map(|n| format!("<outline text='{long}'><outline text='{long}'><outline text='{long}'><outline text='{long}' xmlUrl='https://s{n}.example/{long}'/></outline></outline></outline>"))
        .collect();
    wire.write("large.opml", list(&outlines));
    let before = wire.read("feeds.toml");
    for arguments in
        [&["opml", "import", "large.opml"][..], &["opml", "import", "--dry-run", "large.opml"]]
    {
        let ran = wire.run(arguments);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains("with 1000 more sources") && ran.err.contains("1024 at most"),
            "{}",
            ran.err
        );
    }
    assert_eq!(wire.read("feeds.toml"), before);
}

#[test]
fn whoever_links_feeds_toml_hard_is_told_that_the_others_keep_the_old_text() {
    let wire = Wire::new(&of("[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n"));
    let before = wire.read("feeds.toml");
    std::fs::hard_link(wire.path("feeds.toml"), wire.path("same.toml")).unwrap();
    wire.write("list.opml", list("<outline text='B' xmlUrl='https://b.example/feed'/>"));
    let ran = wire.run(&["opml", "import", "list.opml"]);
    assert!(ran.code == 0 && ran.err.contains("2 names (hard links)"), "{ran:?}");
    assert_eq!(wire.read("same.toml"), before);
    assert!(wire.read("feeds.toml").contains("https://b.example/feed"));
}

#[test]
fn h61_a_list_runs_nothing_reads_nothing_and_has_limits() {
    let wire = Wire::new(&of("[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n"));
    let before = wire.read("feeds.toml");
    let feed = "<outline text='x' xmlUrl='https://x.example/'/>";
    for (bytes, word) in [
        (list(&feed.repeat(100_000)), "larger than"),
        (list(&feed.repeat(1_001)), "more than 1000 feeds"),
        (list(&"<outline text='x'>".repeat(10_000)), "32 deep"),
        ("<html></html>".to_owned(), "no OPML"),
        (String::new(), "no OPML"),
        (list("<outline xmlUrl='https://a"), "damaged"),
    ] {
        wire.write("list.opml", bytes);
        let ran = wire.run(&["opml", "import", "list.opml"]);
        assert_eq!(ran.code, 2, "{word}: {ran:?}");
        assert!(ran.err.contains(word), "{word}: {ran:?}");
    }
    wire.write(
        "list.opml",
        format!(
            "<?xml version='1.0'?><!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{}",
            list(
                "<outline text='&x;' xmlUrl='|touch pwned'/><outline xmlUrl='exec:touch pwned'/>\
                 <outline xmlUrl='file:///etc/passwd'/><outline xmlUrl='http://10.0.0.1/feed'/>\
                 <outline xmlUrl='http://169.254.169.254/'/><outline xmlUrl='https://u:p@b.example/'/>\
                 <outline xmlUrl='https://b.example/?token=…'/><outline xmlUrl='https://b.example/{env:HOME}'/>\
                 <outline type='include' url='list.opml'/>"
            )
            .trim_start_matches("<?xml version=\"1.0\"?>")
        ),
    );
    let ran = wire.run(&["opml", "import", "--json", "list.opml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((&ran.json()["added"], &ran.json()["skipped"]), (&0.into(), &9.into()), "{ran:?}");
    assert!(!wire.path("pwned").exists() && !ran.out.contains("root:"));
    assert_eq!(wire.read("feeds.toml"), before);
}

#[test]
fn h61_names_of_a_list_are_words_in_feeds_toml() {
    let wire = Wire::new(HEAD);
    wire.write(
        "list.opml",
        list("<outline text='x&#10;[[source]]&#10;id = \"evil\"'><outline text='a\"&#10;url = \"https://evil.example/' xmlUrl='https://b.example/\"x'/></outline>"),
    );
    let ran = wire.run(&["opml", "import", "list.opml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let checked = wire.run(&["check"]);
    assert!(checked.code == 0 && checked.out.contains("1 source,"), "{checked:?}");
}

#[test]
fn h69_an_export_shows_no_secrets() {
    let wire =
        Wire::new(&of("[[source]]\nid = \"a\"\nurl = \"https://a.example/?token=s3cret\"\n"));
    let ran = wire.run(&["opml", "export"]);
    assert!(ran.out.contains("token=…") && !ran.out.contains("s3cret"), "{ran:?}");
}

#[test]
fn captured_lists_are_read() {
    let Some(lists) = data("opml/awesome-rss-feeds") else { return };
    for entry in std::fs::read_dir(lists).unwrap() {
        let path = entry.unwrap().path();
        let wire = Wire::new(HEAD);
        let ran = wire.run(&["opml", "import", "--json", path.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}: {ran:?}", path.display());
        assert!(ran.json()["added"].as_u64().unwrap() >= 5, "{}: {ran:?}", path.display());
        assert_eq!(wire.run(&["check"]).code, 0, "{}", path.display());
    }
}

#[test]
fn remarks_stay_with_their_source_and_the_file_with_its_readers() {
    use std::os::unix::fs::PermissionsExt;
    let own = "[[source]]\nid = \"a\"\nurl = \"http://feed.a.example\"\n# interval = \"12h\"\n# said by phone\n";
    let wire =
        Wire::new(&format!("{HEAD}{own}\n# tags\n[[tag]]\nid = \"peace\"\nmatch = [\"peace\"]\n"));
    let mode =
        |mode| std::fs::set_permissions(wire.path("feeds.toml"), PermissionsExt::from_mode(mode));
    mode(0o640).unwrap();
    wire.write(
        "list.opml",
        list("<outline text='B' xmlUrl='https://b.example/feed'/><outline text='A' xmlUrl='http://feed.a.example'/>\
              <outline text='A again' xmlUrl='http://feed.a.example/#x'/><outline text='C' xmlUrl='feed://c.example/rss'/>"),
    );
    let ran = wire.run(&["opml", "import", "list.opml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("2 sources added, 2 already there"), "{ran:?}");
    let text = wire.read("feeds.toml");
    assert!(text.contains(own) && text.contains("\n# tags\n[[tag]]"), "{text}");
    assert!(text.contains("url = \"https://c.example/rss\""), "{text}");
    assert_eq!(wire.path("feeds.toml").metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(wire.run(&["check"]).code, 0);
}

#[test]
fn lists_that_come_in_at_once_lose_nothing() {
    let wire = Wire::new(&of(""));
    for number in 0..8 {
        let outline =
            format!("<outline text='S{number}' xmlUrl='https://s{number}.example/feed'/>");
        wire.write(&format!("{number}.opml"), list(&outline));
    }
    let codes: Vec<u8> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|number| {
                let wire = &wire;
                scope.spawn(move || wire.run(&["opml", "import", &format!("{number}.opml")]).code)
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let text = wire.read("feeds.toml");
    for (number, code) in codes.iter().enumerate() {
        // Who came too late is told so; who is told that it is done finds it there.
        let is_there = text.contains(&format!("https://s{number}.example/feed"));
        assert_eq!(*code == 0, is_there, "{number}: {text}");
    }
    assert!(codes.contains(&0), "{codes:?}");
}
