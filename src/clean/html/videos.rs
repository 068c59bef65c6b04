//! Embedded videos of well-known hosts: a frame becomes a link to the video's own page.
//!
//! Frames themselves are never published: what runs in them is not ours to vouch for. A frame of
//! another host is dropped.

use url::Url;

use super::super::urls;

/// The page of the video that a frame shows.
pub(super) fn page_of_frame(src: &str, base: &Url) -> Option<String> {
    let url = urls::absolute(base, src)?;
    let host = url.host_str()?.trim_start_matches("www.");
    let mut segments = url.path_segments()?;
    let (first, second) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
    let parameter = |name: &str| {
        let value = url.query_pairs().find(|(own, _)| own == name)?.1;
        is_video_id(&value).then(|| value.into_owned())
    };
    match host {
        "youtube.com" | "youtube-nocookie.com" if first == "embed" => {
            if second == "videoseries" {
                return Some(format!(
                    "https://www.youtube.com/playlist?list={}",
                    parameter("list")?
                ));
            }
            is_video_id(second).then(|| format!("https://www.youtube.com/watch?v={second}"))
        }
        "player.vimeo.com" if first == "video" => {
            is_video_id(second).then(|| format!("https://vimeo.com/{second}"))
        }
        "dailymotion.com" if first == "embed" && second == "video" => {
            let id = segments.next().filter(|id| is_video_id(id))?;
            Some(format!("https://www.dailymotion.com/video/{id}"))
        }
        "geo.dailymotion.com" => {
            Some(format!("https://www.dailymotion.com/video/{}", parameter("video")?))
        }
        _ => None,
    }
}

fn is_video_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h37_frames_of_named_hosts_become_pages_and_others_nothing() {
        let base = Url::parse("https://example.org/").unwrap();
        let page = |src: &str| page_of_frame(src, &base);
        for (src, expected) in [
            (
                "https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            ),
            ("//www.youtube-nocookie.com/embed/abc_-1", "https://www.youtube.com/watch?v=abc_-1"),
            (
                "https://youtube.com/embed/videoseries?list=PL1",
                "https://www.youtube.com/playlist?list=PL1",
            ),
            ("https://player.vimeo.com/video/123?h=1", "https://vimeo.com/123"),
            ("https://www.dailymotion.com/embed/video/x1", "https://www.dailymotion.com/video/x1"),
            (
                "https://geo.dailymotion.com/player.html?video=x1",
                "https://www.dailymotion.com/video/x1",
            ),
        ] {
            assert_eq!(page(src).as_deref(), Some(expected));
        }
        for src in [
            "//evil.example/",
            "javascript:alert(1)",
            "https://www.youtube.com/embed/",
            "https://www.youtube.com/embed/%22onload=",
            "https://youtube.com.evil.example/embed/abc",
            "https://www.youtube.com/watch?v=abc",
        ] {
            assert_eq!(page(src), None, "{src}");
        }
    }
}
