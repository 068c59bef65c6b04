//! Embedded videos of well-known hosts: a frame becomes a link to the video's own page.
//!
//! Frames themselves are never published: what runs in them is not ours to vouch for. A frame of
//! another host is dropped.

use url::Url;

use super::super::urls;

/// A way in which videos are put into frames.
pub(super) struct Player {
    /// The host, without `www.`.
    pub(super) host: &'static str,
    /// What the path begins with; the id follows where no parameter has it.
    pub(super) path: &'static str,
    /// The parameter of the query that has the id.
    pub(super) parameter: Option<&'static str>,
    /// The page of the video, up to its id.
    pub(super) page: &'static str,
}

/// Every player whose videos become links; the first that fits counts.
pub(super) const PLAYERS: &[Player] = &[
    Player {
        host: "youtube.com",
        path: "/embed/videoseries",
        parameter: Some("list"),
        page: "https://www.youtube.com/playlist?list=",
    },
    Player {
        host: "youtube.com",
        path: "/embed/",
        parameter: None,
        page: "https://www.youtube.com/watch?v=",
    },
    Player {
        host: "youtube-nocookie.com",
        path: "/embed/",
        parameter: None,
        page: "https://www.youtube.com/watch?v=",
    },
    Player {
        host: "player.vimeo.com",
        path: "/video/",
        parameter: None,
        page: "https://vimeo.com/",
    },
    Player {
        host: "dailymotion.com",
        path: "/embed/video/",
        parameter: None,
        page: "https://www.dailymotion.com/video/",
    },
    Player {
        host: "geo.dailymotion.com",
        path: "/player",
        parameter: Some("video"),
        page: "https://www.dailymotion.com/video/",
    },
    Player {
        host: "archive.org",
        path: "/embed/",
        parameter: None,
        page: "https://archive.org/details/",
    },
    Player {
        host: "kolektiva.media",
        path: "/videos/embed/",
        parameter: None,
        page: "https://kolektiva.media/videos/watch/",
    },
    Player {
        host: "framatube.org",
        path: "/videos/embed/",
        parameter: None,
        page: "https://framatube.org/videos/watch/",
    },
];

/// The page of the video that a frame shows.
pub(super) fn page_of_frame(src: &str, base: &Url) -> Option<String> {
    let url = urls::absolute(base, src)?;
    let host = url.host_str()?.trim_start_matches("www.");
    let fits = |player: &&Player| player.host == host && url.path().starts_with(player.path);
    let player = PLAYERS.iter().find(fits)?;
    let id = match player.parameter {
        Some(name) => url.query_pairs().find(|(own, _)| own == name)?.1.into_owned(),
        None => {
            let rest = url.path().strip_prefix(player.path)?;
            rest.split('/').next().unwrap_or_default().to_owned()
        }
    };
    is_video_id(&id).then(|| format!("{}{id}", player.page))
}

fn is_video_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !id.starts_with('.')
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
            ("https://archive.org/embed/a.film_1998", "https://archive.org/details/a.film_1998"),
            (
                "https://kolektiva.media/videos/embed/0c3f-9a?title=0",
                "https://kolektiva.media/videos/watch/0c3f-9a",
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
            "https://www.youtube.com/embed/videoseries",
            "https://archive.org/embed/..",
            "https://archive.org/embed/%2e%2e/x",
        ] {
            assert_eq!(page(src), None, "{src}");
        }
    }
}
