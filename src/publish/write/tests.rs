//! What the disk holds after writing, and after writing failed.

use std::fs;

use crate::world::FileOperation;

use super::*;

fn rendered(path: &str, words: &str) -> Rendered {
    Rendered { path: path.to_owned(), bytes: words.as_bytes().to_vec() }
}

fn unknown(_: &str) -> Option<FileRecord> {
    None
}

#[expect(clippy::disallowed_methods, reason = "a test lays out files that are not outputs")]
fn lay(path: &Path, words: &str) {
    fs::write(path, words).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn o4_a_second_write_touches_nothing() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("public");
    let documents = [rendered("rss.xml", "one"), rendered("tag/a/rss.xml", "two")];
    let files = Files::real();
    let first = write(&files, &root, &documents, &unknown, true).unwrap();
    assert_eq!(first.written, ["rss.xml", "tag/a/rss.xml"]);
    for check_bytes in [true, false] {
        let known = |path: &str| {
            first.records.iter().find(|(known, _)| known == path).map(|(_, record)| *record)
        };
        let second = write(&files, &root, &documents, &known, check_bytes).unwrap();
        assert!(second.written.is_empty(), "{:?}", second.written);
        assert_eq!(second.records, first.records, "same hash, size and mtime");
    }
}

#[test]
fn unread_files_count_as_equal_only_when_size_and_time_are_as_remembered() {
    let home = tempfile::tempdir().unwrap();
    let documents = [rendered("rss.xml", "one")];
    let reads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = reads.clone();
    let files = Files::gated(move |operation, _| {
        if operation == FileOperation::Read {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    });
    let first = write(&files, home.path(), &documents, &unknown, true).unwrap();
    let record = first.records[0].1;
    write(&files, home.path(), &documents, &|_| Some(record), false).unwrap();
    assert_eq!(reads.load(std::sync::atomic::Ordering::Relaxed), 0, "known: not read");
    // Same size, other bytes, other time: somebody changed it by hand.
    lay(&home.path().join("rss.xml"), "two");
    let older = FileRecord { mtime_ns: Some(1), ..record };
    let mended = write(&files, home.path(), &documents, &|_| Some(older), false).unwrap();
    assert_eq!(mended.written, ["rss.xml"]);
    assert_eq!(fs::read(home.path().join("rss.xml")).unwrap(), b"one");
}

#[test]
fn r40_a_wiped_directory_is_restored_whole() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("public");
    let documents = [rendered("rss.xml", "one"), rendered("tag/a/rss.xml", "two")];
    let files = Files::real();
    let first = write(&files, &root, &documents, &unknown, false).unwrap();
    fs::remove_dir_all(&root).unwrap();
    let known = |path: &str| {
        first.records.iter().find(|(known, _)| known == path).map(|(_, record)| *record)
    };
    let second = write(&files, &root, &documents, &known, false).unwrap();
    assert_eq!(second.written.len(), 2);
    assert_eq!(fs::read(root.join("tag/a/rss.xml")).unwrap(), b"two");
}

#[cfg(unix)]
#[test]
fn h48_symbolic_links_in_the_output_directory_are_never_written_through() {
    use std::os::unix::fs::symlink;
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("public");
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir_all(root.join("tag")).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    lay(&elsewhere.join("precious"), "precious");
    symlink(elsewhere.join("precious"), root.join("rss.xml")).unwrap();
    symlink(&elsewhere, root.join("tag/a")).unwrap();
    // A link under the name of our temporary file is removed, not followed.
    symlink(elsewhere.join("precious"), root.join(".atom.xml.samizdat-tmp")).unwrap();
    let documents =
        [rendered("rss.xml", "1"), rendered("tag/a/rss.xml", "2"), rendered("atom.xml", "3")];
    let report = write(&Files::real(), &root, &documents, &unknown, true).unwrap();
    assert_eq!(report.written, ["atom.xml"], "the other targets are still done");
    let said: Vec<_> = report.failures.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("rss.xml is a symbolic link where a file should be"), "{said:?}");
    assert!(said[1].contains("tag/a is a symbolic link where a directory"), "{said:?}");
    assert_eq!(names(&elsewhere), ["precious"]);
    assert_eq!(fs::read(elsewhere.join("precious")).unwrap(), b"precious");
}

#[test]
fn h48_paths_stay_below_the_output_directory() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("public");
    let paths = ["../x", "/etc/x", "a/../../x", "", "a/", "a\\..\\x", "tag/../x", "."];
    let documents: Vec<_> = paths.iter().map(|path| rendered(path, "x")).collect();
    let report = write(&Files::real(), &root, &documents, &unknown, true).unwrap();
    assert_eq!(report.failures.len(), paths.len(), "{:?}", report.written);
    assert_eq!(names(home.path()), ["public"]);
    assert!(names(&root).is_empty());
}

#[test]
fn r4_a_full_disk_leaves_the_old_file_and_no_temporary_one() {
    let home = tempfile::tempdir().unwrap();
    let old = [rendered("rss.xml", "old"), rendered("atom.xml", "old")];
    write(&Files::real(), home.path(), &old, &unknown, true).unwrap();
    for failing in [FileOperation::Write, FileOperation::Sync, FileOperation::Rename] {
        let files = Files::gated(move |operation, path| {
            if operation == failing && path.to_string_lossy().contains("rss.xml") {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        });
        let new = [rendered("rss.xml", "new"), rendered("atom.xml", &format!("{failing:?}"))];
        let remembered = |_: &str| Some(FileRecord { hash: 0, size: 0, mtime_ns: None });
        let report = write(&files, home.path(), &new, &remembered, true).unwrap();
        assert_eq!(report.written, ["atom.xml"], "R5: other targets are still done");
        let said = report.failures[0].to_string();
        assert!(said.contains("rss.xml") && said.contains("make room"), "{said}");
        assert_eq!(fs::read(home.path().join("rss.xml")).unwrap(), b"old");
        assert_eq!(names(home.path()), ["atom.xml", "rss.xml"]);
    }
}

#[test]
fn temporary_files_of_a_process_that_died_are_removed_and_others_stay() {
    let home = tempfile::tempdir().unwrap();
    for name in [".rss.xml.samizdat-tmp", ".htaccess", "robots.txt"] {
        lay(&home.path().join(name), "x");
    }
    write(&Files::real(), home.path(), &[rendered("rss.xml", "1")], &unknown, true).unwrap();
    assert_eq!(names(home.path()), [".htaccess", "robots.txt", "rss.xml"]);
}

#[test]
fn r5_preflight_names_directory_and_remedy_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("not/yet");
    preflight(&Files::real(), &root).unwrap();
    preflight(&Files::real(), home.path()).unwrap();
    assert!(names(home.path()).is_empty());
    for (kind, words) in [
        (io::ErrorKind::ReadOnlyFilesystem, "mount it writable"),
        (io::ErrorKind::PermissionDenied, "the right to write"),
        (io::ErrorKind::StorageFull, "make room"),
    ] {
        let files = Files::gated(move |operation, _| match operation {
            FileOperation::Write => Err(kind.into()),
            _ => Ok(()),
        });
        let said = preflight(&files, &root).unwrap_err().to_string();
        assert!(said.contains(&home.path().display().to_string()), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(names(home.path()).is_empty());
    }
}

#[test]
fn r5_a_file_where_the_output_directory_should_be_is_named() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("public");
    lay(&root, "x");
    for error in [
        preflight(&Files::real(), &root).unwrap_err(),
        write(&Files::real(), &root, &[], &unknown, true).unwrap_err(),
    ] {
        let said = error.to_string();
        assert!(said.contains("public is a file where a directory should be"), "{said}");
    }
}
