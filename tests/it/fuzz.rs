//! What fuzzing found once is tried every day, and so is every fixture, by the same targets.

use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code, unreachable_pub, missing_docs, reason = "a library of its own for libFuzzer")]
#[path = "../../fuzz/src/lib.rs"]
pub(crate) mod targets;

use targets::TARGETS;

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none_or(|ending| ending != "jpg" && ending != "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_broke_once_and_every_fixture_keeps_the_promises() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut tried = 0;
    for target in TARGETS {
        let own = files(&fixtures.join("fuzz").join(target.name));
        let all = ["demo", "hostile", "pages", "sites"]
            .iter()
            .flat_map(|folder| files(&fixtures.join(folder)));
        for path in own.into_iter().chain(all) {
            let input = fs::read(&path).unwrap();
            let begun = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(begun.is_ok(), "{} of {}", path.display(), target.name);
            tried += 1;
        }
    }
    assert!(tried >= 100, "{tried} inputs");
}

/// Targets that can fail: each promise, broken on purpose, is seen.
#[test]
fn the_judge_sees_what_must_not_be() {
    use targets::judge::judge;
    for wrong in [
        "<script>1</script>",
        "<p onclick=\"x\">x</p>",
        "<p style=\"x\">x</p>",
        "<p id=\"x\">x</p>",
        "<svg></svg>",
        "<math><mi>x</mi></math>",
        "<!-- x -->",
        "<a href=\"javascript:x\" rel=\"noopener noreferrer\">x</a>",
        "<a href=\"//example.org/\" rel=\"noopener noreferrer\">x</a>",
        "<a href=\"https://u:p@example.org/\" rel=\"noopener noreferrer\">x</a>",
        "<a href=\"https://example.org/\">x</a>",
        "<a rel=\"noopener noreferrer\">x</a>",
        "<img alt=\"x\">",
        "<img src=\"mailto:a@b.org\">",
        "<img src=\"https://a.org/\" srcset=\"https://a.org/ 1x, data:x 2x\">",
        "<video src=\"https://a.org/\"></video>",
        "<video src=\"https://a.org/\" controls=\"\" preload=\"none\" autoplay=\"\"></video>",
        "<p>\u{202e}</p>",
        "<p>\u{1}</p>",
        // Parsed and written again it is another tree.
        "<p><p>x</p></p>",
        "<table>x</table>",
        "<a href=\"https://a.org/\" rel=\"noopener noreferrer\"><a href=\"https://b.org/\" rel=\"noopener noreferrer\">x</a></a>",
    ] {
        assert!(judge(wrong).is_err(), "{wrong}");
    }
    for right in
        ["", "x", "<p>x</p>", "<a href=\"mailto:a@b.org\" rel=\"noopener noreferrer\">x</a>"]
    {
        assert_eq!(judge(right), Ok(()), "{right}");
    }
}
