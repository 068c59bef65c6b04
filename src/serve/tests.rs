//! Answers for files, without a port.

use std::fs;
use std::path::Path;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{Answer, answer_bytes, answer_file};

fn get(root: &Path, path: &str, method: &Method, asked: &HeaderMap) -> Answer {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(answer_file(root, method, path, asked))
}

fn header(answer: &Answer, name: header::HeaderName) -> &str {
    answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[test]
fn o24_o25_feeds_have_their_types_and_a_validator_that_answers_304() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for (name, kind) in [
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
    ] {
        fs::File::create_new(root.join(name)).unwrap();
        let answer = get(root, &format!("/{name}"), &Method::GET, &HeaderMap::new());
        assert_eq!(header(&answer, header::CONTENT_TYPE), kind);
        assert_eq!(header(&answer, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let mut asked = HeaderMap::new();
        asked.insert(header::IF_NONE_MATCH, answer.headers().get(header::ETAG).unwrap().clone());
        let again = get(root, &format!("/{name}"), &Method::GET, &asked);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers().get(header::ETAG), answer.headers().get(header::ETAG));
    }
    let page = get(root, "/", &Method::GET, &HeaderMap::new());
    assert!(header(&page, header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
}

#[test]
fn h63_no_path_leads_out_of_the_directory() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("public");
    fs::create_dir_all(&root).unwrap();
    fs::File::create_new(outer.path().join("secret")).unwrap();
    fs::File::create_new(root.join(".atom.xml.samizdat-tmp")).unwrap();
    std::os::unix::fs::symlink(outer.path().join("secret"), root.join("link")).unwrap();
    for path in [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/..%5csecret",
        "//secret",
        "/link",
        "/%00",
        "/%c0%ae%c0%ae/secret",
        "/%",
        "/%zz",
        "/.atom.xml.samizdat-tmp",
        "/nothing",
    ] {
        let answer = get(&root, path, &Method::GET, &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn o29_head_has_the_length_and_other_methods_are_refused() {
    let answer =
        answer_bytes(Path::new("a.html"), b"words".to_vec(), &Method::HEAD, &HeaderMap::new());
    assert_eq!(answer.headers().get(header::CONTENT_LENGTH), Some(&HeaderValue::from_static("5")));
    let answer = answer_bytes(Path::new("a.html"), Vec::new(), &Method::POST, &HeaderMap::new());
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
